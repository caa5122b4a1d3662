//! Texts inside a file and chapters, as WebVTT.

use super::{made, package, text};
use crate::media::mp4::tests::film::boxes::{atom, full};
use crate::media::mp4::tests::film::{Film, Reel};
use crate::media::package::{Package, TextTrack};

/// A film with a text track whose samples are these.
fn with_texts(entry: Option<&[u8; 4]>, samples: &[&[u8]]) -> (Vec<u8>, Package) {
    let sizes: Vec<u32> = samples.iter().map(|sample| sample.len() as u32).collect();
    let mut reel = Reel::text(3, &sizes);
    if let Some(fourcc) = entry {
        reel.entries = vec![atom(fourcc, &[0, 0, 0, 0, 0, 0, 0, 1])];
    }
    let film = Film::of(vec![Reel::video(240, 48), reel]);
    let (mut file, found) = film.make();
    for (sample, bytes) in found[1].iter().zip(samples) {
        let at = sample.offset as usize;
        file[at..at + bytes.len()].copy_from_slice(bytes);
    }
    let package = Package::read(&file).1.unwrap();
    (file, package)
}

fn sized(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text].concat()
}

#[test]
fn timed_text() {
    let styled = [
        &sized(b"Two\r\n\r\nlines --> <i>&")[..],
        b"\0\0\0\x0cstyl\0\0\0\0",
    ]
    .concat();
    let utf16 = [&b"\xfe\xff"[..], &[0, b'h', 0x20, 0xac]].concat();
    let (file, package) = with_texts(
        None,
        &[
            &sized(b"One"),
            &sized(b""),
            &styled,
            &sized(&utf16),
            &sized(b"again"),
            &sized(b"again"),
            b"\xff\xffcut",
            b"",
            &sized(b" \n "),
            &sized("é".as_bytes()),
        ],
    );
    let vtt = package
        .text(&file, TextTrack::Subtitle(0))
        .unwrap()
        .unwrap();
    assert_eq!(
        vtt,
        "WEBVTT\n\
         \n00:00:00.000 --> 00:00:01.000\nOne\n\
         \n00:00:02.000 --> 00:00:03.000\nTwo\nlines --&gt; &lt;i&gt;&amp;\n\
         \n00:00:03.000 --> 00:00:04.000\nh€\n\
         \n00:00:04.000 --> 00:00:06.000\nagain\n\
         \n00:00:09.000 --> 00:00:10.000\né\n"
    );
    assert_eq!(package.text(&file, TextTrack::Subtitle(1)).unwrap(), None);
    assert_eq!(package.text(&file, TextTrack::Chapters).unwrap(), None);
    let playlist = text(&package, "t-0.m3u8").unwrap();
    assert!(
        playlist.contains("#EXT-X-TARGETDURATION:10\n#"),
        "{playlist}"
    );
    assert!(playlist.contains("#EXTINF:10.000000,\nt-0.vtt?v=0123456789abcdef\n#EXT-X-ENDLIST"));
    assert!(made(&package, "t-0.vtt").is_none() && made(&package, "t-1.m3u8").is_none());
}

#[test]
fn cues_of_webvtt() {
    let cue = |settings: &[u8], text: &[u8]| {
        atom(
            b"vttc",
            &[
                atom(b"iden", b"7"),
                atom(b"sttg", settings),
                atom(b"payl", text),
            ]
            .concat(),
        )
    };
    let two = [cue(b"line:0", b"<b>a</b>"), cue(b"", b"b\n\nc")].concat();
    let odd = [cue(b"x --> y", b"d --> e"), b"\0\0\xff\xffvttc".to_vec()].concat();
    let (file, package) = with_texts(Some(b"wvtt"), &[&two, &atom(b"vtte", b""), &odd]);
    let vtt = package
        .text(&file, TextTrack::Subtitle(0))
        .unwrap()
        .unwrap();
    assert_eq!(
        vtt,
        "WEBVTT\n\
         \n00:00:00.000 --> 00:00:01.000 line:0\n<b>a</b>\n\
         \n00:00:00.000 --> 00:00:01.000\nb\nc\n\
         \n00:00:02.000 --> 00:00:03.000\nd --&gt; e\n"
    );
}

#[test]
fn chapters_of_a_track() {
    let (first, second) = (sized(b"One"), sized(b"Two & on"));
    let sizes = [first.len() as u32, second.len() as u32];
    let mut film = Film::of(vec![Reel::video(240, 48), Reel::text(3, &sizes)]);
    film.reels[0].chapters = vec![3];
    film.reels[1].shots[0].duration = 4_000;
    film.reels[1].shots[1].duration = 6_000;
    let (mut file, found) = film.make();
    for (sample, bytes) in found[1].iter().zip([first, second]) {
        let at = sample.offset as usize;
        file[at..at + bytes.len()].copy_from_slice(&bytes);
    }
    let package = Package::read(&file).1.unwrap();
    let vtt = package.text(&file, TextTrack::Chapters).unwrap().unwrap();
    let expected = "WEBVTT\n\
         \n00:00:00.000 --> 00:00:04.000\nOne\n\
         \n00:00:04.000 --> 00:00:10.000\nTwo &amp; on\n";
    assert_eq!(vtt, expected);
    // They are no subtitles.
    assert_eq!(package.text(&file, TextTrack::Subtitle(0)).unwrap(), None);
    assert!(!text(&package, "master.m3u8").unwrap().contains("SUBTITLES"));
}

#[test]
fn chapters_of_a_list() {
    let mut list = vec![0, 0, 0, 0, 2];
    for (start, title) in [(0u64, "One"), (40_000_000, "Two & on")] {
        list.extend(start.to_be_bytes());
        list.push(title.len() as u8);
        list.extend(title.as_bytes());
    }
    let mut film = Film::of(vec![Reel::video(240, 48)]);
    film.more = atom(b"udta", &full(b"chpl", 1, 0, &list));
    let package = package(&film);
    let vtt = package
        .text(&film.file(), TextTrack::Chapters)
        .unwrap()
        .unwrap();
    let expected = "WEBVTT\n\
         \n00:00:00.000 --> 00:00:04.000\nOne\n\
         \n00:00:04.000 --> 00:00:10.000\nTwo &amp; on\n";
    assert_eq!(vtt, expected);
}

/// A title that was cut without encoding begins earlier: so do its texts.
#[test]
fn texts_follow_the_clock_of_the_title() {
    let sample = sized(b"One");
    let mut film = Film::of(vec![Reel::video(240, 48), Reel::text(3, &[5, 5])]);
    film.reels[0].edits = vec![(0, 12_288)];
    let (mut file, found) = film.make();
    for sample_at in &found[1] {
        let at = sample_at.offset as usize;
        file[at..at + 5].copy_from_slice(&sample);
    }
    let package = Package::read(&file).1.unwrap();
    let vtt = package
        .text(&file, TextTrack::Subtitle(0))
        .unwrap()
        .unwrap();
    assert_eq!(vtt, "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nOne\n");
}
