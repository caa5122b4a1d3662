//! Signatures that were altered, over the socket: none opens. The ten thousand are beside the code.

use super::*;

const TRIES: u64 = 400;

/// Seeded: the same ones each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[test]
fn no_altered_signature_opens() {
    const LETTERS: &[u8] = b"ABCXYZabcxyz0189-_.=%ip~!";
    let server = start(&[], shows);
    let right = format!("{}/video/a.mp4", title("a.mp4"));
    let token = 3..right.find("/video").unwrap();
    let mut wire = server.wire();
    let mut dice = Dice(20_251);
    let mut get = |target: &str| {
        wire.send(request("GET", target, &[]));
        wire.reply().status
    };
    assert_eq!(get(&right), 200);
    for _ in 0..TRIES {
        let mut altered = right[token.clone()].as_bytes().to_vec();
        for _ in 0..=dice.roll(3) {
            let at = dice.roll(altered.len());
            match dice.roll(3) {
                0 => altered[at] = LETTERS[dice.roll(LETTERS.len())],
                1 => _ = altered.remove(at),
                _ => altered.insert(at, LETTERS[dice.roll(LETTERS.len())]),
            }
        }
        let altered = String::from_utf8(altered).unwrap();
        let altered = format!("/s/{altered}/video/a.mp4");
        // Some undo themselves.
        let expected = if altered == right { 200 } else { 403 };
        assert_eq!(get(&altered), expected, "{altered}");
    }
    // Spelled otherwise it is another token.
    let signature = right[token].to_owned();
    let first = signature.as_bytes()[0];
    for odd in [
        right.replace(&signature, &format!("%{first:02x}{}", &signature[1..])),
        right.replace(&signature, &signature.replace('.', "%2E")),
        right.replace(&signature, &format!("{signature}=")),
        right.replace(&signature, &format!("0{signature}")),
        right.replace(&signature, &format!("+{signature}")),
        right.replace(&signature, &format!("{signature}.")),
        right.replace(&signature, &format!("{signature};x")),
        right.replace("/s/", "/s//"),
    ] {
        assert_ne!(get(&odd), 200, "{odd}");
    }
    assert_eq!(get(&right.replace("/s/", "/S/")), 404);
    assert_eq!(get(&right), 200);
}
