//! Names of folders, and which of them belong together.

use std::cell::Cell;

use super::{Identity, Sidecar, Sidecars, language};

fn looked(segment: &[u8]) -> Sidecar {
    Sidecar {
        name: [b"dir/", segment].concat(),
        identity: Identity {
            device: 0,
            inode: 0,
            len: 0,
            modified_nanos: 0,
        },
    }
}

/// Each name that is told, but those that begin with `gone`, is a file.
fn look(segment: &[u8]) -> Option<Sidecar> {
    (!segment.starts_with(b"gone")).then(|| looked(segment))
}

fn noted(names: &[&str]) -> Sidecars {
    let mut sidecars = Sidecars::default();
    names.iter().for_each(|name| sidecars.note(name.as_bytes()));
    sidecars
}

#[test]
fn posters() {
    for (title, names, poster) in [
        ("a.mp4", &["a.jpg"][..], "a.jpg"),
        ("a.mp4", &["a.webp", "a.png", "a.jpeg"], "a.jpeg"),
        ("a.mp4", &["a.JPG"], "a.JPG"),
        ("a.mp4", &["a.mp4.jpg"], "a.mp4.jpg"),
        ("a.mp4", &["a.mp4.jpg", "a.webp"], "a.webp"),
        ("a.mp4", &["b.jpg", "ab.jpg", "a.b.jpg", "A.jpg"], ""),
        ("a.mp4", &["cover.jpg", "folder.jpg"], "folder.jpg"),
        ("a.mp4", &["Folder.jpg", "poster.png"], "poster.png"),
        ("a.mp4", &["poster.jpg", "a.png"], "a.png"),
        ("a.b.mp4", &["a.jpg", "a.b.jpg"], "a.b.jpg"),
        ("gone.mp4", &["gone.jpg", "cover.jpg"], "cover.jpg"),
        ("a.mp4", &["a.gif", "a", ".jpg", "a.jpg.txt"], ""),
    ] {
        let found = noted(names).sorted(look).poster(title.as_bytes());
        let wanted = (!poster.is_empty()).then(|| looked(poster.as_bytes()));
        assert_eq!(found, wanted, "{title} {names:?}");
    }
}

#[test]
fn subtitles() {
    for (title, names, wanted) in [
        ("a.mp4", &["a.srt"][..], &["a.srt  "][..]),
        ("a.mp4", &["a.srt", "a.vtt"], &["a.vtt  "]),
        (
            "a.mp4",
            &["a.fr.srt", "a.en.srt", "a.en.vtt", "a.srt"],
            &["a.srt  ", "a.en.vtt en ", "a.fr.srt fr "],
        ),
        (
            "a.mp4",
            &["a.pt-br.srt", "a.pt.SRT", "a.PT-PT.srt"],
            &["a.pt.SRT pt ", "a.pt-br.srt pt-BR ", "a.PT-PT.srt pt-PT "],
        ),
        (
            "a.mp4",
            &["a.en.forced.srt", "a.en.srt", "a.sdh.srt", "a.en.SDH.vtt"],
            &[
                "a.sdh.srt  sdh",
                "a.en.srt en ",
                "a.en.forced.srt en forced",
                "a.en.SDH.vtt en sdh",
            ],
        ),
        // An equal stem is one thing, a longer one another.
        ("a.en.mp4", &["a.en.srt"], &["a.en.srt  "]),
        ("a.mp4", &["ab.srt", "a.b.srt", "a.long.srt", "b.srt"], &[]),
        ("a.mp4", &["a.en.fr.srt"], &[]),
        ("gone.mp4", &["gone.srt"], &[]),
        ("a", &["a.en.srt"], &["a.en.srt en "]),
    ] {
        let found = noted(names).sorted(look).subtitles(title.as_bytes(), 32);
        let found: Vec<String> = found
            .iter()
            .map(|text| {
                assert_eq!(text.is_vtt, text.file.name.ends_with(b".vtt"));
                let name = String::from_utf8_lossy(&text.file.name[4..]);
                format!("{name} {} {}", text.language, text.label)
            })
            .collect();
        assert_eq!(found, wanted, "{title} {names:?}");
    }
}

#[test]
fn names_are_bytes() {
    let mut sidecars = Sidecars::default();
    sidecars.note(b"\xff.jpg");
    sidecars.note(b"\xff.en.srt");
    sidecars.note(b"\xff.\xfe\xfe.srt");
    let sorted = sidecars.sorted(look);
    assert_eq!(sorted.poster(b"\xff.mp4"), Some(looked(b"\xff.jpg")));
    assert_eq!(sorted.subtitles(b"\xff.mp4", 32).len(), 1);
    assert_eq!(sorted.poster(b"\xfe.mp4"), None);
}

#[test]
fn languages() {
    for (word, wanted) in [
        ("en", Some("en")),
        ("ENG", Some("eng")),
        ("pt-br", Some("pt-BR")),
        ("es-419", Some("es-419")),
        ("zh-hant", Some("zh-Hant")),
        ("e", None),
        ("engl", None),
        ("e1", None),
        ("en-", None),
        ("en-b", None),
        ("en-b1", None),
        ("en-us-x", None),
        ("é", None),
        ("", None),
    ] {
        assert_eq!(language(word.as_bytes()).as_deref(), wanted, "{word}");
    }
}

#[test]
fn a_title_has_only_so_many() {
    let names: Vec<String> = ('a'..='z')
        .map(|letter| format!("a.x{letter}.srt"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(noted(&names).sorted(look).subtitles(b"a.mp4", 5).len(), 5);
}

/// Ten thousand of each in one folder: every file is looked at once, those of nobody never.
#[test]
fn each_file_is_looked_at_once() {
    let mut sidecars = Sidecars::default();
    for number in 0..10_000 {
        sidecars.note(format!("{number}.en.srt").as_bytes());
        sidecars.note(format!("frame {number}.jpg").as_bytes());
    }
    sidecars.note(b"cover.jpg");
    assert_eq!(sidecars.count(), 20_001);
    let looks = Cell::new(0);
    let sorted = sidecars.sorted(|segment| {
        looks.set(looks.get() + 1);
        look(segment)
    });
    for number in 0..10_000 {
        let title = format!("{number}.mp4");
        assert_eq!(sorted.subtitles(title.as_bytes(), 32).len(), 1);
        assert_eq!(sorted.poster(title.as_bytes()), Some(looked(b"cover.jpg")));
    }
    assert_eq!(looks.get(), 10_001);
}
