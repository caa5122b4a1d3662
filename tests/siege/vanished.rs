//! Peers that vanish without a word, as a laptop does that is closed: in a network of its own.
//!
//! ```text
//! the server, the witness ── 10.99.0.1 ═══ cable ═══ 10.99.0.2 ── peers, in a second network
//!                                            ╳ pulled
//! ```

use std::net::SocketAddr;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::house::{self, House, Told, target};
use crate::kernel;
use crate::peers::{self, Crowd, get};
use crate::server::Pipes;

const SERVER: &str = "10.99.0.1";

/// Runs `ip` in the network of this thread.
fn ip(arguments: &str) -> bool {
    let ran = Command::new("ip")
        .args(arguments.split_whitespace())
        .output();
    ran.is_ok_and(|output| output.status.success())
}

/// Two hundred peers in every state, whose cable is pulled: nothing is left of them, in the server or in
/// the kernel, once they have been silent for `stall_secs_max`.
pub(crate) fn peers() -> Told {
    thread::spawn(besieged)
        .join()
        .unwrap_or_else(|why| std::panic::resume_unwind(why))
}

fn besieged() -> Told {
    if !kernel::leave_network() {
        return Told::NotRun("no right to a network of its own".into());
    }
    if !ip("link set lo up") {
        return Told::NotRun("no program called ip".into());
    }
    let (ready, is_ready) = channel();
    let (go, goes) = channel();
    let far = thread::spawn(move || vanish(&ready, &goes));
    let other: u32 = is_ready.recv().expect("a second network");
    let cable = format!("link add near type veth peer name far netns {other}");
    if !ip(&cable) || !ip(&format!("address add {SERVER}/24 dev near")) || !ip("link set near up") {
        return Told::NotRun("no right to a cable".into());
    }
    // The last address wins where two are given: loopback is for the witness.
    let house = House::with(
        &["-b", &format!("{SERVER}:0")],
        house::folder(),
        Pipes::Drained,
    );
    let near = house.server().addresses();
    let near = *near
        .iter()
        .find(|address| address.ip().to_string() == SERVER)
        .expect("the cable's address");
    let told = house.stands(|| {
        go.send(near).unwrap();
        let there = is_ready.recv().expect("they came");
        let left = house.wait_until_empty();
        house.wait_for("nothing left in the kernel", || connections() == 0);
        format!(
            "{there} peers gone without a word, forgotten after {} ms",
            left.as_millis()
        )
    });
    drop(go);
    far.join()
        .unwrap_or_else(|why| std::panic::resume_unwind(why));
    told
}

/// The other end of the cable: comes, asks, and is cut off.
fn vanish(ready: &Sender<u32>, goes: &Receiver<SocketAddr>) {
    assert!(kernel::leave_network(), "a second network");
    ready.send(kernel::thread_id()).unwrap();
    let Ok(server) = goes.recv() else { return };
    assert!(ip("address add 10.99.0.2/24 dev far") && ip("link set far up"));
    let mut crowd = Crowd::come(server, 200);
    let narrow = Crowd::come_narrow(server, 40);
    crowd.0.extend(narrow.0);
    for (number, peer) in crowd.0.iter_mut().enumerate() {
        match number % 5 {
            // A reply under way, read and unread.
            0 => {
                peers::try_say(peer, get(&target("video/film.mp4"), &[]));
                peers::hear_some(peer, 1_000);
            }
            1 => peers::try_say(peer, get(&target("video/film.mp4"), &[])),
            // A head begun, a socket of the page, and a reply that is in the kernel as a whole.
            2 => peers::try_say(peer, "GET /video"),
            3 => peers::try_say(peer, crate::frames::upgrade("gone")),
            _ => peers::try_say(
                peer,
                get(&target("video/film.mp4"), &["Range: bytes=0-200000"]),
            ),
        }
    }
    thread::sleep(Duration::from_millis(100));
    assert!(ip("link set far down"), "the cable is pulled");
    ready.send(u32::try_from(crowd.len()).unwrap()).unwrap();
    // They stay, and would answer if anything came.
    while goes.recv().is_ok() {}
    drop(crowd);
}

/// How many connections the kernel still has at the cable, in any state, TIME_WAIT (06) aside.
fn connections() -> usize {
    let table = std::fs::read_to_string("/proc/thread-self/net/tcp").unwrap();
    // 10.99.0.1, its bytes as the kernel writes them on this machine.
    let here = format!("{:08X}:", u32::from_ne_bytes([10, 99, 0, 1]));
    table
        .lines()
        .skip(1)
        .filter(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let is_here = fields.next().is_some_and(|local| local.starts_with(&here));
            is_here && !matches!(fields.nth(1), Some("0A" | "06"))
        })
        .count()
}
