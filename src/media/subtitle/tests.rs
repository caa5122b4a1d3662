//! SubRip as it is found, what becomes of it, and what holds for whatever comes.

use proptest::prelude::*;

use super::{for_segments, time, to_vtt};

/// What a cue of this text becomes, without its times.
fn text(text: &str) -> String {
    let out = to_vtt(format!("1\n00:00:01,000 --> 00:00:02,000\n{text}\n\n").as_bytes());
    let cue = out.strip_prefix("WEBVTT\n").unwrap();
    let cue = cue.strip_prefix("\n00:00:01.000 --> 00:00:02.000\n");
    cue.unwrap_or_default().trim_end_matches('\n').to_owned()
}

/// Times and text of each cue, by a reader that takes nothing but what the grammar of WebVTT has.
fn read(vtt: &str) -> Vec<(u64, u64, String)> {
    assert!(!vtt.contains(['\r', '\0']), "{vtt:?}");
    let mut blocks = vtt.split("\n\n");
    let first = blocks.next().unwrap();
    assert_eq!(first.trim_end_matches('\n'), "WEBVTT");
    blocks.map(read_cue).collect()
}

fn read_cue(block: &str) -> (u64, u64, String) {
    let (timing, text) = block.split_once('\n').expect("a cue has text");
    let (from, to) = timing.split_once(" --> ").expect("two times");
    let stamp = |text: &str| {
        assert!(
            text.len() >= 12 && text.rfind('.') == Some(text.len() - 4),
            "{text}"
        );
        time(text).expect("a time")
    };
    let (from, to) = (stamp(from), stamp(to));
    assert!(from < to, "{block}");
    assert!(!text.contains("-->"), "{block}");
    let text = text.strip_suffix('\n').unwrap_or(text);
    assert!(
        text.lines().all(|line| !line.trim().is_empty()),
        "{block:?}"
    );
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        rest = &rest[at..];
        if let Some(escape) = rest.strip_prefix('&') {
            let (name, after) = escape.split_once(';').expect("an escape ends");
            assert!(
                ["amp", "lt", "gt", "nbsp", "lrm", "rlm"].contains(&name),
                "{block}"
            );
            rest = after;
        } else {
            let (tag, after) = rest[1..].split_once('>').expect("a tag ends");
            match tag.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "{block}"),
                None => open.push(tag),
            }
            assert!(
                ["b", "i", "u"].contains(&tag.trim_start_matches('/')),
                "{block}"
            );
            rest = after;
        }
    }
    assert!(open.is_empty(), "{block}");
    (from, to, text.to_owned())
}

#[test]
fn a_whole_file() {
    let subrip = "\u{feff}1\r\n00:00:01,500 --> 00:00:04,000 X1:40 Y1:20\r\n\
        {\\an8}<font color=\"red\"><i>Who?</i></font>\r\n- Me.\r\n\r\n\
        2\r\n01:00:00,000 --> 01:00:01,000\r\nBye\r\n";
    assert_eq!(
        to_vtt(subrip.as_bytes()),
        "WEBVTT\n\n00:00:01.500 --> 00:00:04.000\n<i>Who?</i>\n- Me.\n\n\
         01:00:00.000 --> 01:00:01.000\nBye\n"
    );
}

#[test]
fn nothing_is_a_file_too() {
    for subrip in [
        "",
        "\u{feff}",
        "\n\n\n",
        "no cue at all",
        "-->",
        "1\n2\n3\n",
    ] {
        assert_eq!(to_vtt(subrip.as_bytes()), "WEBVTT\n", "{subrip:?}");
    }
}

#[test]
fn texts() {
    for (subrip, vtt) in [
        ("plain", "plain"),
        ("two\nlines", "two\nlines"),
        ("<b>a</b> <I>b</I> <U>c</U>", "<b>a</b> <i>b</i> <u>c</u>"),
        ("<i>two\nlines</i>", "<i>two\nlines</i>"),
        ("<font size=\"9\">a</font>", "a"),
        ("<FONT COLOR=#fff>a</FONT>", "a"),
        ("<i class=\"x\">a</i>", "<i>a</i>"),
        ("<i>never closed", "<i>never closed</i>"),
        ("never opened</i>", "never opened"),
        ("<b><i>a</b>c</i>", "<b><i>ac</i></b>"),
        ("<i><i>a</i>", "<i>a</i>"),
        ("{\\an8}top", "top"),
        ("{\\an8}\nsecond", "second"),
        ("{\\pos(1,2)}{\\fade(1)}a", "a"),
        ("{literally} {\\open", "{literally} {\\open"),
        ("I <3 you & me > all", "I &lt;3 you &amp; me &gt; all"),
        ("a < b > c", "a &lt; b &gt; c"),
        (
            "&amp; &lt;i&gt; &nbsp; &copy; &",
            "&amp; &lt;i&gt; &nbsp; &amp;copy; &amp;",
        ),
        ("<", "&lt;"),
        ("<i", "&lt;i"),
        ("a<br>b<br/>", "ab"),
        ("{\\{\\an8}a", "{\\a"),
        ("NOTE x", "NOTE x"),
        ("\u{0}a\u{0}", "a"),
        ("   ", ""),
        ("<i></i>", "<i></i>"),
    ] {
        assert_eq!(text(subrip), vtt, "{subrip:?}");
    }
}

#[test]
fn cues_as_they_are_found() {
    let cue = |from, to, text: &str| (from, to, text.to_owned());
    for (subrip, cues) in [
        // No index, no hours, a dot, few digits, no part at all.
        ("00:01,5 --> 00:02.25\na", vec![cue(1_500, 2_250, "a")]),
        ("0:00:01 --> 0:00:02\na", vec![cue(1_000, 2_000, "a")]),
        (
            "100:00:00,000-->100:00:01,000\na",
            vec![cue(360_000_000, 360_001_000, "a")],
        ),
        // No empty line between two.
        (
            "1\n00:01,0 --> 00:02,0\na\n2\n00:03,0 --> 00:04,0\nb",
            vec![cue(1_000, 2_000, "a"), cue(3_000, 4_000, "b")],
        ),
        // A number that is text stays.
        (
            "1\n00:01,0 --> 00:02,0\n42\n\n",
            vec![cue(1_000, 2_000, "42")],
        ),
        // Line ends of all three kinds.
        (
            "1\r00:01,0 --> 00:02,0\ra\r\r",
            vec![cue(1_000, 2_000, "a")],
        ),
        // Broken ones are left out, with their text.
        (
            "00:61,0 --> 00:62,0\na\n\n00:01,0 --> 00:02,0\nb",
            vec![cue(1_000, 2_000, "b")],
        ),
        ("00:02,0 --> 00:01,0\na\n\n00:01,0 --> 00:01,0\nb", vec![]),
        ("-1:00,0 --> 00:02,0\na\n\nx --> y\nb", vec![]),
        (
            "00:01,0 --> 00:02,0\na\nb --> c\nd\n",
            vec![cue(1_000, 2_000, "a")],
        ),
        ("00:01,0 -->\na\n\n00:01,0 --> 00:02,0\n\n\n", vec![]),
        ("99999:00:00,0 --> 99999:00:01,0\na", vec![]),
    ] {
        assert_eq!(read(&to_vtt(subrip.as_bytes())), cues, "{subrip:?}");
    }
}

#[test]
fn encodings() {
    let utf16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
        let text = "00:01,0 --> 00:02,0\né 漢 😀".encode_utf16();
        [mark.to_vec(), text.flat_map(bytes).collect()].concat()
    };
    for (bytes, wanted) in [
        (utf16([0xff, 0xfe], u16::to_le_bytes), "é 漢 😀"),
        (utf16([0xfe, 0xff], u16::to_be_bytes), "é 漢 😀"),
        ("00:01,0 --> 00:02,0\né 漢 😀".into(), "é 漢 😀"),
        (
            b"00:01,0 --> 00:02,0\n\x80\x93caf\xe9\x94\x9f\xa0\xff".to_vec(),
            "€“café”Ÿ\u{a0}ÿ",
        ),
    ] {
        let cues = read(&to_vtt(&bytes));
        assert_eq!(cues, [(1_000, 2_000, wanted.to_owned())]);
    }
}

/// Marks that never end are searched for once each: otherwise this would take hours.
#[test]
fn open_marks_cost_no_more_than_others() {
    for mark in ["<", "<a", "{\\", "{", "&", "<b>", "-->\n", "1\n"] {
        let subrip = format!("00:01,0 --> 00:02,0\n{}", mark.repeat(500_000));
        read(&to_vtt(subrip.as_bytes()));
    }
}

proptest! {
    #[test]
    fn any_bytes_become_webvtt(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(&to_vtt(&bytes));
    }

    /// Of the words that matter, in any order.
    #[test]
    fn any_words_become_webvtt(words in prop::collection::vec(
        prop::sample::select(vec![
            "\n", "\r\n", "\r", "\n\n", "00:00:01,000", "00:00:02,000", " --> ", "-->", "1",
            "00:01,0 --> 00:02,0\n", "00:03,0 --> 00:09,0\r\n", "<i>", "</i>", "<b>", "</B>", "<",
            ">", "</", "<font x>", "{\\an8}", "{", "}", "&", "&amp;", "é", "\0", " ", "text", "\u{feff}",
            "<i", "\u{2028}", "\t", "\u{b}", "\u{a0}",
        ]), 0..60)
    ) {
        let subrip = words.concat();
        let vtt = to_vtt(subrip.as_bytes());
        read(&vtt);
        prop_assert!(vtt.len() <= 16 + 7 * subrip.len() + 40, "{} of {}", vtt.len(), subrip.len());
    }

    /// What is sound already comes through whole.
    #[test]
    fn sound_cues_come_through(cues in prop::collection::vec((0..9_999_999u64, 1..9_999u64, "[a-zà-ü ,.!?'-]{0,20}[a-z]"), 0..8)) {
        let stamp = |millis: u64| format!(
            "{:02}:{:02}:{:02},{:03}", millis / 3_600_000, millis / 60_000 % 60, millis / 1_000 % 60, millis % 1_000
        );
        let subrip: String = cues.iter().enumerate().map(|(at, (from, long, text))| {
            format!("{}\n{} --> {}\n{text}\n\n", at + 1, stamp(*from), stamp(from + long))
        }).collect();
        let wanted: Vec<_> = cues.into_iter().map(|(from, long, text)| (from, from + long, text)).collect();
        prop_assert_eq!(read(&to_vtt(subrip.as_bytes())), wanted);
    }
}

#[test]
fn texts_for_segments_say_their_clock() {
    const CLOCK: &str = "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n";
    for (before, first, rest) in [
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\na\n",
            "WEBVTT\n",
            "\n00:01.000 --> 00:02.000\na\n",
        ),
        ("\u{feff}WEBVTT a film\r\n\r\nb", "WEBVTT a film\n", "\r\nb"),
        ("WEBVTT\rSTYLE", "WEBVTT\n", "STYLE"),
        ("WEBVTT", "WEBVTT\n", ""),
    ] {
        let after = String::from_utf8(for_segments(before.as_bytes())).unwrap();
        assert_eq!(after, format!("{first}{CLOCK}{rest}"));
        // Once is enough.
        assert_eq!(for_segments(after.as_bytes()), after.as_bytes());
    }
    assert_eq!(for_segments(b"no subtitles"), b"no subtitles");
    assert_eq!(for_segments(b""), b"");
}
