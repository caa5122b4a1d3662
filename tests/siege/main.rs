//! The server under siege: everything that hostile peers and a hostile machine can do to it from outside,
//! one attack after the other, against the built binary.
//!
//! Owns the list of attacks and what must hold after each. Knows nothing of the code within.
//!
//! ```text
//! house    a server, and what it was like when it rested: sockets, descriptors, memory
//! witness  an honest client beside every attack: ranges all the time, each byte compared
//! attack   hostile peers come, in their hundreds, and stay
//! judge    alive · a right range within a second · sockets, descriptors and memory as they were ·
//!          no processor time when idle · the witness was served throughout
//! ```
//!
//! `cargo test --test siege [-- WORD…]` runs those whose name has one of the words. REELD_BIN names another
//! binary, SIEGE_FLAGS gives it further arguments, SIEGE_PREFIX stands before the addresses of files, and
//! SIEGE_SEED repeats the chance of an earlier run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::print_stdout,
    reason = "a line for each attack is what it is for"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "an outside test has the real clock and waits"
)]

#[path = "../it/bytes.rs"]
mod bytes;
#[path = "../it/client.rs"]
#[expect(dead_code, reason = "shared with the tests that need all of it")]
mod client;
#[path = "../it/folder.rs"]
#[expect(dead_code, reason = "shared with the tests that need all of it")]
mod folder;
#[path = "../it/posix.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "shared with the tests that need all of it"
)]
mod posix;
#[path = "../it/server.rs"]
#[expect(dead_code, reason = "shared with the tests that need all of it")]
mod server;

mod house;
mod kernel;
mod peers;
mod witness;

mod bombs;
mod floods;
mod frames;
mod machine;
mod noise;
mod packaged;
mod slow;
mod vanished;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use crate::house::{House, Told};

/// One attack. Those on the common house meet what the others have left.
struct Attack {
    name: &'static str,
    run: Run,
}

enum Run {
    /// On the house that stands through the whole siege.
    Common(fn(&House) -> Told),
    /// On a house of its own.
    Own(fn() -> Told),
}

const fn common(name: &'static str, run: fn(&House) -> Told) -> Attack {
    Attack {
        name,
        run: Run::Common(run),
    }
}

const fn own(name: &'static str, run: fn() -> Told) -> Attack {
    Attack {
        name,
        run: Run::Own(run),
    }
}

const ATTACKS: &[Attack] = &[
    common("nobody", house::nobody),
    common("slow-heads", slow::heads),
    common("slow-bodies", slow::bodies),
    common("never-reading", slow::never_reading),
    common("sipping", slow::sipping),
    common("unread-pipeline", slow::unread_pipeline),
    common("resets", floods::resets),
    common("comings-and-goings", floods::comings_and_goings),
    common("unknown-names", floods::unknown_names),
    own("crowd-silent", floods::silent),
    own("crowd-slow-heads", floods::slow_heads),
    own("crowd-never-reading", floods::never_reading),
    own("crowd-sockets", floods::sockets),
    common("range-bombs", bombs::ranges),
    common("header-bombs", bombs::fields),
    common("name-bombs", bombs::names),
    common("body-bombs", bombs::bodies),
    common("random-bytes", noise::random),
    common("mutated-requests", noise::mutated),
    common("socket-never-reading", frames::never_reading),
    common("socket-fragments", frames::fragments),
    common("socket-control-flood", frames::control_flood),
    common("socket-pong-storm", frames::pong_storm),
    common("socket-broken-frames", frames::broken),
    common("segments-of-all-numbers", packaged::all_numbers),
    common("playlists-never-read", packaged::never_read),
    own("vanished-peers", vanished::peers),
    own("stopped-and-continued", machine::stopped),
    own("full-log-disk", machine::full_log_disk),
    own("closed-outputs", machine::closed_outputs),
    own("wall-clock", machine::wall_clock),
    own(
        "outputs-without-a-reader",
        machine::outputs_without_a_reader,
    ),
];

/// Those that the words name, in their order, as often as they do; without words all of them.
fn chosen(words: &[String]) -> Vec<&'static Attack> {
    let named = |word: &'_ String| {
        let word = word.clone();
        ATTACKS
            .iter()
            .filter(move |attack| attack.name.contains(&word))
    };
    if words.is_empty() {
        ATTACKS.iter().collect()
    } else {
        words.iter().flat_map(named).collect()
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let descriptors = kernel::raise_descriptors();
    println!(
        "siege of {}: seed {}, {descriptors} descriptors",
        house::program().display(),
        noise::seed()
    );
    if peers::scaled(1_000) < 1_000 {
        println!(
            "siege: there are descriptors for {} peers at once, not for 1000",
            house::room()
        );
    }
    let began = Instant::now();
    let mut house = None;
    let (mut passed, mut failed) = (0, Vec::new());
    for attack in chosen(&words) {
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| match attack.run {
            Run::Common(run) => run(house.get_or_insert_with(House::common)),
            Run::Own(run) => run(),
        }));
        let name = attack.name;
        match outcome {
            Ok(Told::Done(figures)) => {
                passed += 1;
                println!(
                    "siege {name}: passed in {:.1} s, {figures}",
                    start.elapsed().as_secs_f32()
                );
            }
            Ok(Told::NotRun(why)) => println!("siege {name}: not run: {why}"),
            Err(_) => {
                println!("siege {name}: FAILED, see above");
                failed.push(name);
                // What stands after this one starts anew.
                if let Run::Common(_) = attack.run {
                    let last = house.take();
                    drop(catch_unwind(AssertUnwindSafe(|| drop(last))));
                }
            }
        }
    }
    let ended = catch_unwind(AssertUnwindSafe(|| drop(house)));
    println!(
        "siege: {passed} passed, {} failed {failed:?} in {} s",
        failed.len(),
        began.elapsed().as_secs()
    );
    if failed.is_empty() && ended.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
