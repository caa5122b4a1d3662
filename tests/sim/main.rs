//! The connection machine in all weathers: generated scripts of requests, cut anywhere, sent in
//! short writes, with jumping clocks, late answers and ends at any moment; each from one seed.
//!
//! Owns the seeds and the laws between two runs of one script. Knows nothing of sockets: there are
//! none, [`Conn`](reeld::conn::Conn) is driven directly.
//!
//! ```text
//! seed ─▶ script: items of bytes, each with what must become of it    (script.rs)
//!      ─▶ drive:  feed, end, send, answer, tick, stop; after each step the invariants  (drive.rs)
//!      ─▶ wire:   what was sent, read as replies                       (wire.rs)
//!      ─▶ judge:  replies against the script                           (judge.rs)
//! ```
//!
//! A failure prints its seed. `REELD_SIM_SEED=n cargo test --test sim` runs that one alone, and
//! `REELD_SIM_SEEDS=n` runs so many.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod drive;
mod judge;
mod library;
mod rng;
mod script;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::drive::{Drive, Ran, Weather};
use crate::library::Library;
use crate::rng::Rng;
use crate::script::Script;

/// Enough to meet each kind of item in each weather many times, in a few seconds.
const SEEDS: u64 = 4_000;

/// However a script is cut and however little the socket takes, the same bytes come out.
#[test]
fn cuts_change_nothing() {
    for_each_seed(|seed, library| {
        let mut rng = Rng::new(seed);
        let script = Script::generate(&mut rng, library);
        let mut drive = Drive::new(&script, library);
        let whole = drive.run(Weather::Still, &mut rng)?;
        judge::calm(&script, &whole).map_err(|why| format!("whole: {why}{whole}"))?;
        let cut = drive.run(Weather::Calm, &mut rng)?;
        judge::calm(&script, &cut).map_err(|why| format!("cut: {why}{cut}"))?;
        judge::alike(&script, &whole, &cut).map_err(|why| format!("{why}{whole}{cut}"))
    });
}

/// Whatever happens, what has left is true, and everything ends for a reason that has a name.
#[test]
fn storms_break_nothing() {
    for_each_seed(|seed, library| {
        let mut rng = Rng::new(seed ^ 0x5707_0000_0000_0000);
        let script = Script::generate(&mut rng, library);
        let mut drive = Drive::new(&script, library);
        // One pool of exchanges for both: what the first left behind must not show in the second.
        for _ in 0..2 {
            let ran: Ran = drive.run(Weather::Storm, &mut rng)?;
            judge::stormy(&script, &ran).map_err(|why| format!("{why}{ran}"))?;
        }
        Ok(())
    });
}

fn for_each_seed(law: impl Fn(u64, &Library) -> Result<(), String>) {
    let number = |name| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().expect("a number"))
    };
    let seeds = match number("REELD_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("REELD_SIM_SEEDS").unwrap_or(SEEDS),
    };
    let library = Library::make();
    for seed in seeds {
        let replay = format!("to see it again: REELD_SIM_SEED={seed} cargo test --test sim");
        match catch_unwind(AssertUnwindSafe(|| law(seed, &library))) {
            Ok(Ok(())) => {}
            Ok(Err(why)) => panic!("seed {seed}: {why}\n{replay}"),
            Err(_) => panic!("seed {seed}: panicked, see above\n{replay}"),
        }
    }
}
