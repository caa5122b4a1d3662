//! What playlists and manifests say, read by somebody else where there is somebody.

use hls_m3u8::tags::{ExtXMedia, VariantStream};
use hls_m3u8::types::MediaType;
use hls_m3u8::{MasterPlaylist, MediaPlaylist};

use super::seen::Seen;
use super::{TOKEN, made, package, text, text_beside};
use crate::media::mp4::tests::film::boxes::{TURNED, atom, sound_entry};
use crate::media::mp4::tests::film::{Film, Reel};
use crate::media::package::playlist::Media;
use crate::media::package::resource::Rendition;
use crate::media::package::{Beside, Package};

fn language(letters: &[u8; 3]) -> u16 {
    let letters = letters.iter().map(|letter| u16::from(letter - 0x60));
    letters.fold(0, |sum, letter| sum << 5 | letter)
}

/// A film with sounds of these languages, names and codecs.
fn film(sounds: &[(&[u8; 3], &str, &[u8; 4])]) -> Film {
    let mut reels = vec![Reel::video(24 * 12, 48)];
    for (number, (letters, name, fourcc)) in (2u32..).zip(sounds) {
        let mut reel = Reel::sound(560);
        (reel.id, reel.language, reel.name) = (number, language(letters), (*name).to_owned());
        reel.is_enabled = number > 2;
        if *fourcc == b"ac-3" {
            reel.entries = vec![sound_entry(fourcc, &atom(b"dac3", &[0x10, 0x3d, 0x40]))];
        }
        reels.push(reel);
    }
    Film::of(reels)
}

fn beside(language: &str, label: &'static str) -> Beside {
    Beside {
        language: language.to_owned(),
        label,
        version: format!("v-{language}{label}"),
    }
}

/// Every address of a playlist is relative, carries the token and is served.
fn expect_addresses(package: &Package, playlist: &str, files: &[Beside]) {
    let quoted = playlist
        .split("URI=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    let plain = playlist.lines().filter(|line| !line.starts_with('#'));
    for address in quoted.chain(plain) {
        let (name, version) = address.split_once("?v=").unwrap();
        if let Some(key) = name
            .strip_prefix("t-")
            .and_then(|key| key.strip_suffix(".vtt"))
        {
            assert!(key == "0" || files.iter().any(|file| file.version == version));
            continue;
        }
        assert_eq!(version, TOKEN);
        if name.starts_with("t-") {
            let next = text_beside(package, name, files).unwrap();
            expect_addresses(package, &next, files);
        } else if name.ends_with(".m3u8") {
            let next = text(package, name).unwrap();
            expect_media(&next);
            expect_addresses(package, &next, files);
        } else {
            assert!(made(package, name).is_some(), "{name}");
        }
    }
}

fn expect_media(playlist: &str) {
    let read = MediaPlaylist::try_from(playlist).unwrap();
    assert!(read.has_end_list && read.unknown.is_empty());
    let longest = read
        .segments
        .values()
        .map(|segment| segment.duration.duration());
    let longest = longest.max().unwrap().as_micros();
    assert_eq!(
        read.target_duration.as_micros(),
        ((longest + 500_000) / 1_000_000).max(1) * 1_000_000
    );
}

fn expect_master<'a>(package: &Package, master: &'a str, files: &[Beside]) -> MasterPlaylist<'a> {
    expect_addresses(package, master, files);
    let read = MasterPlaylist::try_from(master).unwrap();
    assert!(read.unknown_tags.is_empty());
    read
}

fn of_kind<'a>(master: &'a MasterPlaylist<'a>, kind: MediaType) -> Vec<&'a ExtXMedia<'a>> {
    master
        .media
        .iter()
        .filter(|media| media.media_type == kind)
        .collect()
}

#[test]
fn one_sound_is_in_one_stream() {
    let package = package(&film(&[(b"eng", "", b"mp4a")]));
    let master = text(&package, "master.m3u8").unwrap();
    assert!(master.starts_with("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"));
    assert!(master.contains(
        ",CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=24.000\nm.m3u8?v="
    ));
    let read = expect_master(&package, &master, &[]);
    assert!(read.media.is_empty());
    assert_eq!(read.variant_streams.len(), 2);
    assert!(matches!(
        read.variant_streams[1],
        VariantStream::ExtXIFrame { .. }
    ));
    let keys = text(&package, "i.m3u8").unwrap();
    assert!(keys.contains("#EXT-X-I-FRAMES-ONLY\n"));
}

#[test]
fn pictures_or_sound_alone() {
    let mut film = film(&[]);
    film.reels[0].matrix = TURNED;
    let package = package(&film);
    let master = text(&package, "master.m3u8").unwrap();
    assert!(
        master.contains(",CODECS=\"avc1.64001f\",RESOLUTION=360x640,FRAME-RATE=24.000\nv.m3u8")
    );
    expect_master(&package, &master, &[]);
    let package = super::package(&Film::of(vec![Reel::sound(900)]));
    let master = text(&package, "master.m3u8").unwrap();
    assert!(
        master.contains(",CODECS=\"mp4a.40.2\"\na0.m3u8"),
        "{master}"
    );
    let read = expect_master(&package, &master, &[]);
    assert_eq!(read.variant_streams.len(), 1);
    assert_eq!(made(&package, "a0-0.m4s").unwrap().media_type, "audio/mp4");
    assert!(made(&package, "m.m3u8").is_none() && made(&package, "i-0.m4s").is_none());
}

#[test]
fn sounds_to_choose_from() {
    let sounds: [(&[u8; 3], &str, &[u8; 4]); 4] = [
        (b"eng", "", b"mp4a"),
        (b"deu", "", b"mp4a"),
        (b"deu", "", b"mp4a"),
        (b"und", "With \"comments\"", b"mp4a"),
    ];
    let package = package(&film(&sounds));
    let master = text(&package, "master.m3u8").unwrap();
    let read = expect_master(&package, &master, &[]);
    let media = of_kind(&read, MediaType::Audio);
    let names: Vec<&str> = media.iter().map(|media| &media.name()[..]).collect();
    assert_eq!(
        names,
        ["English", "Deutsch", "Deutsch 2", "With 'comments'"]
    );
    let languages = media
        .iter()
        .map(|media| media.language().map(|tag| tag.to_string()));
    let languages: Vec<String> = languages.map(Option::unwrap_or_default).collect();
    assert_eq!(languages, ["en", "de", "de", ""]);
    // The first that is enabled.
    let defaults: Vec<bool> = media.iter().map(|media| media.is_default).collect();
    assert_eq!(defaults, [false, true, false, false]);
    assert!(
        media
            .iter()
            .all(|media| media.group_id() == "a" && media.is_autoselect)
    );
    assert_eq!(master.matches("CHANNELS=\"2\"").count(), 4);
    assert!(master.contains(",AUDIO=\"a\"\nv.m3u8?v="));
}

#[test]
fn sounds_of_several_codecs_are_groups() {
    let package = package(&film(&[(b"eng", "", b"ac-3"), (b"eng", "", b"mp4a")]));
    let master = text(&package, "master.m3u8").unwrap();
    let read = expect_master(&package, &master, &[]);
    assert_eq!(of_kind(&read, MediaType::Audio).len(), 2);
    let variants = [
        "avc1.64001f,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=24.000,AUDIO=\"a\"\nv.m3u8",
        "avc1.64001f,ac-3\",RESOLUTION=640x360,FRAME-RATE=24.000,AUDIO=\"b\"\nv.m3u8",
    ];
    let places = variants.map(|variant| master.find(variant).unwrap());
    assert!(places[0] < places[1], "the default first");
    let mut alone = film(&[(b"eng", "", b"ac-3"), (b"eng", "", b"mp4a")]);
    alone.reels.remove(0);
    let package = super::package(&alone);
    let master = text(&package, "master.m3u8").unwrap();
    expect_master(&package, &master, &[]);
    assert!(
        master.contains("mp4a.40.2\",AUDIO=\"a\"\na1.m3u8"),
        "{master}"
    );
    assert!(master.contains("ac-3\",AUDIO=\"b\"\na0.m3u8"), "{master}");
}

#[test]
fn texts_beside_and_within() {
    let mut film = film(&[(b"eng", "", b"mp4a")]);
    let mut own = Reel::text(3, &[4, 5]);
    own.language = language(b"fra");
    film.reels.push(own);
    let package = package(&film);
    let files = [
        beside("en", ""),
        beside("pt-BR", "forced"),
        beside("en", "sdh"),
        beside("", ""),
        beside("en", ""),
        beside("x\"y", ""),
    ];
    let master = text_beside(&package, "master.m3u8", &files).unwrap();
    let read = expect_master(&package, &master, &files);
    let media = of_kind(&read, MediaType::Subtitles);
    let uris = media
        .iter()
        .map(|media| media.uri().unwrap().split('?').next().unwrap());
    let uris: Vec<&str> = uris.collect();
    assert_eq!(
        uris,
        [
            "t-0.m3u8",
            "t-en.m3u8",
            "t-pt-BR-forced.m3u8",
            "t-en-sdh.m3u8",
            "t-und.m3u8"
        ]
    );
    let names: Vec<&str> = media.iter().map(|media| &media.name()[..]).collect();
    let expected = [
        "Français",
        "English",
        "Português (forced)",
        "English (sdh)",
        "Subtitles",
    ];
    assert_eq!(names, expected);
    assert_eq!(media.iter().filter(|media| media.is_forced).count(), 1);
    assert_eq!(master.matches("transcribes-spoken-dialog").count(), 1);
    assert!(master.contains(",SUBTITLES=\"t\"\nm.m3u8"));
    let list = text_beside(&package, "t-pt-BR-forced.m3u8", &files).unwrap();
    assert!(list.contains("\nt-pt-BR-forced.vtt?v=v-pt-BRforced\n"));
    assert!(text_beside(&package, "t-de.m3u8", &files).is_none());
    expect_xml(&text_beside(&package, "manifest.mpd", &files).unwrap());
}

/// Seconds are rounded to the nearest, halves up, and nothing is of no length.
#[test]
fn target_durations() {
    for (bounds, target) in [
        (&[0, 6_499_999][..], 6),
        (&[0, 6_500_000], 7),
        (&[0, 6_000_000, 6_000_001], 6),
        (&[0, 400_000], 1),
        (&[0, 0], 1),
    ] {
        let media = Media {
            rendition: Rendition::Video,
            token: TOKEN,
            bounds,
            is_independent: true,
        };
        let playlist = media.write();
        assert!(
            playlist.contains(&format!("#EXT-X-TARGETDURATION:{target}\n")),
            "{bounds:?}"
        );
    }
}

/// What is declared is what is sent, within a twentieth.
#[test]
fn rates_are_honest() {
    for name in ["video.mp4", "plasma (moov at end).mp4", "Été à la mer.mp4"] {
        let path = format!("{}/videos/{name}", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read(path).unwrap();
        let package = Package::read(&file).1.unwrap();
        let master = text(&package, "master.m3u8").unwrap();
        let manifest = text(&package, "manifest.mpd").unwrap();
        for rendition in ["m", "i", "v", "a0"] {
            let seen = Seen::of(&package, &file, rendition).unwrap();
            let rates = seen.sizes.iter().zip(&seen.lengths);
            let rates = rates.map(|(size, length)| *size as u64 * 8_000_000 / length);
            let average = seen.sizes.iter().sum::<usize>() as u64 * 8_000_000;
            let average = average / seen.lengths.iter().sum::<u64>();
            let (line, names): (_, &[&str]) = match rendition {
                "m" => (
                    find(&master, "#EXT-X-STREAM-INF:"),
                    &["BANDWIDTH=", "AVERAGE-BANDWIDTH="],
                ),
                "i" => (
                    find(&master, "I-FRAME-STREAM"),
                    &["BANDWIDTH=", "AVERAGE-BANDWIDTH="],
                ),
                _ => (
                    find(&manifest, &format!("id=\"{rendition}\"")),
                    &["bandwidth=\""],
                ),
            };
            for (name, real) in names.iter().zip([rates.max().unwrap(), average]) {
                let told = line
                    .split([',', ':', ' '])
                    .find_map(|word| word.strip_prefix(name));
                let told: u64 = told.unwrap().trim_end_matches('"').parse().unwrap();
                assert!(
                    told * 20 > real * 19 && told * 20 < real * 21,
                    "{rendition} {name}{told}, not {real}"
                );
            }
        }
    }
}

fn find<'a>(text: &'a str, part: &str) -> &'a str {
    text.lines().find(|line| line.contains(part)).unwrap()
}

/// Tags that are open are closed, attributes are quoted, and nothing else could be markup.
fn expect_xml(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let body = xml
        .strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n")
        .unwrap();
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        assert!(
            !text.contains(['"', '&']) || text.contains("&amp;"),
            "{text}"
        );
        let is_empty = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let name = tag.split(' ').next().unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        assert_eq!(
            tag.matches('"').count(),
            tag.matches("=\"").count() * 2,
            "{tag}"
        );
        if !is_empty {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn manifests() {
    let package = package(&film(&[
        (b"eng", "A & B <c>", b"mp4a"),
        (b"und", "", b"ac-3"),
    ]));
    let manifest = text(&package, "manifest.mpd").unwrap();
    expect_xml(&manifest);
    assert_eq!(
        made(&package, "manifest.mpd").unwrap().media_type,
        "application/dash+xml"
    );
    for part in [
        "mediaPresentationDuration=\"PT12.000000S\"",
        "media=\"v-$Number$.m4s?v=0123456789abcdef\"",
        "initialization=\"a1-init.mp4?v=0123456789abcdef\"",
        "<S t=\"0\" d=\"73728\" r=\"1\"/>",
        "<S t=\"0\" d=\"288768\"/>\n<S d=\"284672\"/>",
        "<Label>A &amp; B &lt;c&gt;</Label>",
        "frameRate=\"24/1\"",
        "codecs=\"ac-3\"",
        " lang=\"en\"",
    ] {
        assert!(manifest.contains(part), "{part} in {manifest}");
    }
    // Timelines are as long as the playlists.
    for (rendition, count) in [("v", 2), ("a0", 2), ("a1", 2)] {
        let playlist = text(&package, &format!("{rendition}.m3u8")).unwrap();
        assert_eq!(playlist.matches("#EXTINF").count(), count);
    }
}
