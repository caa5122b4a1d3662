//! Owns what a client would rather have: names with weights (RFC 9110 12.4.2), as Accept and
//! Accept-Encoding list them.
//! Knows nothing of what there is to offer.

use crate::http::request::{Field, View};

/// The names of one field value with their weights in thousandths.
///
/// ```text
/// gzip;q=0.5, br, *;q=0        (gzip, 500) (br, 1000) (*, 0)
/// ```
pub fn weighted(value: &[u8]) -> impl Iterator<Item = (&[u8], u32)> {
    value.split(|&byte| byte == b',').map(|item| {
        let mut words = item.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        let name = words.next().unwrap_or_default();
        let weight = words.find_map(|word| match word {
            [b'q' | b'Q', b'=', weight @ ..] => Some(thousandths(weight)),
            _ => None,
        });
        (name, weight.unwrap_or(1_000))
    })
}

/// How welcome JSON and HTML are, in thousandths, by exact name (RFC 9110 12.5.1). Browsers that go to an address name
/// HTML; players do not.
pub fn json_and_html(request: &View<'_>) -> (u32, u32) {
    json_and_html_in(request.field(Field::Accept).unwrap_or_default())
}

fn json_and_html_in(accept: &[u8]) -> (u32, u32) {
    let (mut json, mut html) = (0, 0);
    for (name, weight) in weighted(accept) {
        if name.eq_ignore_ascii_case(b"application/json") {
            json = json.max(weight);
        } else if name.eq_ignore_ascii_case(b"text/html") {
            html = html.max(weight);
        }
    }
    (json, html)
}

/// Whether gzip is welcome and nothing is said to be better (RFC 9110 12.5.3). A client that says
/// nothing gets no coding: not all that are silent understand one.
pub fn prefers_gzip(request: &View<'_>) -> bool {
    gzip_among(request.values(Field::AcceptEncoding))
}

fn gzip_among<'a>(values: impl Iterator<Item = &'a [u8]>) -> bool {
    let (mut gzip, mut any, mut identity) = (None, None, None);
    for (name, weight) in values.flat_map(weighted) {
        let named = match name {
            b"*" => &mut any,
            _ if name.eq_ignore_ascii_case(b"identity") => &mut identity,
            _ if name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip") => {
                &mut gzip
            }
            _ => continue,
        };
        *named = (*named).max(Some(weight));
    }
    let gzip = gzip.or(any).unwrap_or(0);
    gzip > 0 && identity.is_none_or(|identity| gzip >= identity)
}

/// `0.7` is 700; what is no weight counts as none.
fn thousandths(weight: &[u8]) -> u32 {
    let text = str::from_utf8(weight).unwrap_or_default();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<3}");
    let part = part
        .get(..3)
        .and_then(|part| part.parse().ok())
        .unwrap_or(0u32);
    whole
        .parse::<u32>()
        .map_or(0, |whole| (whole.min(1) * 1_000 + part).min(1_000))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{gzip_among, json_and_html_in, thousandths, weighted};

    #[test]
    fn json_or_html() {
        for (field, wanted) in [
            ("application/json", (1_000, 0)),
            ("text/html,application/xhtml+xml,*/*;q=0.8", (0, 1_000)),
            ("*/*", (0, 0)),
            ("", (0, 0)),
            ("application/json;q=0.5, Text/HTML;q=0.4", (500, 400)),
            ("application/json;q=0", (0, 0)),
        ] {
            assert_eq!(json_and_html_in(field.as_bytes()), wanted, "{field}");
        }
    }

    #[test]
    fn gzip() {
        for (values, wanted) in [
            (&[][..], false),
            (&[""], false),
            (&["gzip"], true),
            (&["GZip"], true),
            (&["x-gzip"], true),
            (&["gzip, deflate, br, zstd"], true),
            (&["br"], false),
            (&["*"], true),
            (&["br, *;q=0.1"], true),
            (&["*;q=0"], false),
            (&["gzip;q=0"], false),
            (&["gzip;q=0.000, *"], false),
            (&["gzip ; q=0.001"], true),
            (&["gzip;Q=0"], false),
            (&["gzip;q=1.0, identity;q=0.5"], true),
            (&["identity;q=1, gzip;q=0.5"], false),
            (&["identity, *;q=0.5"], false),
            (&["identity;q=0.5, *;q=0.5"], true),
            (&["identity;q=0"], false),
            (&["identity;q=0, gzip;q=0.2"], true),
            (&["gzip;q=0, gzip"], true),
            (&["br", "gzip"], true),
            (&["gzipped"], false),
            (&["gzip;q=nonsense"], false),
        ] {
            let found = gzip_among(values.iter().map(|value| value.as_bytes()));
            assert_eq!(found, wanted, "{values:?}");
        }
    }

    #[test]
    fn weights() {
        for (text, wanted) in [
            ("1", 1_000),
            ("1.000", 1_000),
            ("0", 0),
            ("0.7", 700),
            ("0.07", 70),
            ("0.123", 123),
            ("0.1239", 123),
            ("9", 1_000),
            ("", 0),
            ("-1", 0),
            ("x", 0),
        ] {
            assert_eq!(thousandths(text.as_bytes()), wanted, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_value_has_weights_in_bounds(value in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(weighted(&value).all(|(_, weight)| weight <= 1_000));
        }
    }
}
