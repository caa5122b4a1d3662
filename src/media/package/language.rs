//! Owns how languages are called: MP4 has three letters (ISO 639-2), playlists want two where there are two, and
//! people want a name.
//! Knows nothing of tracks.

/// Three letters, two letters, and what speakers call it. Others go by their three letters.
const KNOWN: [(&str, &str, &str); 41] = [
    ("ara", "ar", "العربية"),
    ("bul", "bg", "Български"),
    ("cat", "ca", "Català"),
    ("ces", "cs", "Čeština"),
    ("cze", "cs", "Čeština"),
    ("chi", "zh", "中文"),
    ("zho", "zh", "中文"),
    ("dan", "da", "Dansk"),
    ("deu", "de", "Deutsch"),
    ("ger", "de", "Deutsch"),
    ("dut", "nl", "Nederlands"),
    ("nld", "nl", "Nederlands"),
    ("ell", "el", "Ελληνικά"),
    ("gre", "el", "Ελληνικά"),
    ("eng", "en", "English"),
    ("est", "et", "Eesti"),
    ("fin", "fi", "Suomi"),
    ("fra", "fr", "Français"),
    ("fre", "fr", "Français"),
    ("heb", "he", "עברית"),
    ("hin", "hi", "हिन्दी"),
    ("hrv", "hr", "Hrvatski"),
    ("hun", "hu", "Magyar"),
    ("ind", "id", "Indonesia"),
    ("ita", "it", "Italiano"),
    ("jpn", "ja", "日本語"),
    ("kor", "ko", "한국어"),
    ("nor", "no", "Norsk"),
    ("pol", "pl", "Polski"),
    ("por", "pt", "Português"),
    ("ron", "ro", "Română"),
    ("rum", "ro", "Română"),
    ("rus", "ru", "Русский"),
    ("slk", "sk", "Slovenčina"),
    ("slo", "sk", "Slovenčina"),
    ("spa", "es", "Español"),
    ("swe", "sv", "Svenska"),
    ("tha", "th", "ไทย"),
    ("tur", "tr", "Türkçe"),
    ("ukr", "uk", "Українська"),
    ("vie", "vi", "Tiếng Việt"),
];

/// The tag of three letters, as short as it can be.
pub(super) fn tag(three: &str) -> &str {
    KNOWN
        .iter()
        .find(|known| known.0 == three)
        .map_or(three, |known| known.1)
}

/// What people call the language of a tag; nothing where we do not know.
pub(super) fn name(tag: &str) -> Option<&'static str> {
    let first = tag.split('-').next().unwrap_or(tag);
    let is_it = |known: &&(&str, &str, &str)| {
        known.1.eq_ignore_ascii_case(first) || known.0.eq_ignore_ascii_case(first)
    };
    KNOWN.iter().find(is_it).map(|known| known.2)
}
