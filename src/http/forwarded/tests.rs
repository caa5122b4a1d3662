//! Whom proxies name: a table, laws, and whatever somebody may invent.

use std::net::IpAddr;

use proptest::prelude::*;

use super::{Said, client};

/// 10.0.0.0/8 and `fd00::/8` are ours.
fn is_proxy(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.octets()[0] == 10,
        IpAddr::V6(six) => six.octets()[0] == 0xfd,
    }
}

fn said(forwarded: &[&str], listed: &[&str]) -> Said {
    client(
        &mut forwarded.iter().map(|line| line.as_bytes()),
        &mut listed.iter().map(|line| line.as_bytes()),
        &is_proxy,
    )
}

fn named(address: &str) -> Said {
    Said::Client(address.parse().unwrap())
}

#[test]
fn forwarded() {
    for (lines, wanted) in [
        (&[][..], Said::Nobody),
        (&[""], Said::Nobody),
        (&[" , ,"], Said::Nobody),
        (&["for=192.0.2.60"], named("192.0.2.60")),
        (
            &["For=192.0.2.60;proto=http;by=203.0.113.43"],
            named("192.0.2.60"),
        ),
        (&["proto=http; FOR = 192.0.2.60"], named("192.0.2.60")),
        (&["for=\"192.0.2.60:8080\""], named("192.0.2.60")),
        (&["for=\"[2001:db8::17]:4711\""], named("2001:db8::17")),
        (&["for=\"[2001:db8::17]\""], named("2001:db8::17")),
        (&["for=\"[2001:db8::17]:_p-1\""], named("2001:db8::17")),
        (&["for=[2001:db8::17]"], named("2001:db8::17")),
        (&["for=\"[::ffff:192.0.2.1]\""], named("192.0.2.1")),
        (
            &["for=192.0.2.43, for=198.51.100.17"],
            named("198.51.100.17"),
        ),
        (
            &["for=192.0.2.43", "for=198.51.100.17"],
            named("198.51.100.17"),
        ),
        // Trusted ones lead on, to the last that is none.
        (&["for=192.0.2.43, for=10.0.0.1"], named("192.0.2.43")),
        (
            &["for=1.1.1.1, for=192.0.2.43, for=10.0.0.1, for=\"[fd00::1]\""],
            named("192.0.2.43"),
        ),
        (&["for=10.0.0.1, for=10.0.0.2"], Said::Nobody),
        // What stands before it may be invented.
        (&["for=127.0.0.1, for=192.0.2.43"], named("192.0.2.43")),
        (&["for=unknown, for=192.0.2.43"], named("192.0.2.43")),
        (&["\"; for=, for=192.0.2.43"], Said::Unclear),
        (&["\"", "for=192.0.2.43"], named("192.0.2.43")),
        (
            &["by=\"a,b;for=1.1.1.1\";for=192.0.2.43"],
            named("192.0.2.43"),
        ),
        (
            &["by=\"\\\",for=1.1.1.1\";for=192.0.2.43"],
            named("192.0.2.43"),
        ),
        // Nobody can be named so.
        (&["for=unknown"], Said::Unclear),
        (&["for=_hidden"], Said::Unclear),
        (&["for=\"_hidden:80\""], Said::Unclear),
        (&["for=192.0.2.43, for=unknown"], Said::Unclear),
        (&["for=192.0.2.43, for=_a, for=10.0.0.1"], Said::Unclear),
        (&["proto=https"], Said::Unclear),
        (&["for=192.0.2.43, proto=https"], Said::Unclear),
        (&["for"], Said::Unclear),
        (&["for="], Said::Unclear),
        (&["for=\"\""], Said::Unclear),
        (&["for=192.0.2.43;for=192.0.2.44"], Said::Unclear),
        (&["for=\"192.0.2.43"], Said::Unclear),
        (&["for=192.0.2.43\""], Said::Unclear),
        (&["for=\"192.0.2.4\\3\""], Said::Unclear),
        (&["for=192.0.2.43:"], Said::Unclear),
        (&["for=192.0.2.43:123456"], Said::Unclear),
        (&["for=192.0.2.256"], Said::Unclear),
        (&["for=\"[2001:db8::17\""], Said::Unclear),
        (&["for=\"[2001:db8::17]x\""], Said::Unclear),
        (&["for=\"[192.0.2.1]\""], Said::Unclear),
        (&["for=\"[fe80::1%eth0]\""], Said::Unclear),
        (&["for=localhost"], Said::Unclear),
    ] {
        assert_eq!(said(lines, &[]), wanted, "{lines:?}");
    }
}

#[test]
fn listed() {
    for (lines, wanted) in [
        (&["192.0.2.60"][..], named("192.0.2.60")),
        (&["127.0.0.1, 192.0.2.60"], named("192.0.2.60")),
        (&["192.0.2.60,10.0.0.1 ,\t10.0.0.2"], named("192.0.2.60")),
        (&["127.0.0.1", "192.0.2.60"], named("192.0.2.60")),
        (&["2001:db8::17"], named("2001:db8::17")),
        (&["[2001:db8::17]:80"], named("2001:db8::17")),
        (&["192.0.2.60:4711"], named("192.0.2.60")),
        (&["::ffff:10.0.0.1"], Said::Nobody),
        (&[", ,"], Said::Nobody),
        (&["unknown"], Said::Unclear),
        (&["192.0.2.60, <script>"], Said::Unclear),
        (&["192.0.2.60, \u{e9}"], Said::Unclear),
    ] {
        assert_eq!(said(&[], lines), wanted, "{lines:?}");
    }
}

#[test]
fn both() {
    let same = said(&["for=192.0.2.60"], &["192.0.2.60"]);
    assert_eq!(same, named("192.0.2.60"));
    // One of them has come through from elsewhere, and nobody knows which.
    let unlike = said(&["for=127.0.0.1"], &["192.0.2.60"]);
    assert_eq!(unlike, Said::Unclear);
    assert_eq!(said(&["for=10.0.0.1"], &["192.0.2.60"]), Said::Unclear);
    assert_eq!(said(&["", ","], &["192.0.2.60"]), named("192.0.2.60"));
}

proptest! {
    /// Whatever a client invents, its own proxy has the last word.
    #[test]
    fn the_last_word_counts(invented in "[ -~]{0,40}", last: [u8; 4]) {
        let last = IpAddr::from(last);
        let wanted = if is_proxy(last) { None } else { Some(Said::Client(last)) };
        let (line, listed) = (format!("for={last}"), format!("{invented}, {last}"));
        let by_line = client(&mut [invented.as_bytes(), line.as_bytes()].into_iter(), &mut [].into_iter(), &is_proxy);
        let by_list = client(&mut [].into_iter(), &mut [listed.as_bytes()].into_iter(), &is_proxy);
        if let Some(wanted) = wanted {
            prop_assert_eq!(by_line, wanted);
            prop_assert_eq!(by_list, wanted);
        }
    }

    /// What is written is read, with any number of proxies behind it.
    #[test]
    fn round_trip(six: u128, port: u16, proxies in 0..5usize) {
        let client_address = std::net::Ipv6Addr::from_bits(six);
        prop_assume!(!is_proxy(IpAddr::V6(client_address).to_canonical()));
        let mut line = format!("for=\"[{client_address}]:{port}\";proto=https");
        for number in 0..proxies {
            line.push_str(&format!(", by=_a;for=10.0.0.{number}"));
        }
        let said = client(&mut [line.as_bytes()].into_iter(), &mut [].into_iter(), &is_proxy);
        prop_assert_eq!(said, Said::Client(IpAddr::V6(client_address).to_canonical()));
    }

    /// Nobody is named who is not there, and never a proxy.
    #[test]
    fn any_bytes(
        one in prop::collection::vec(any::<u8>(), 0..80),
        two in "[for=,;\":\\[\\]0-9.a-f_ \\\\]{0,60}",
    ) {
        let lines = [&one[..], two.as_bytes()];
        for said in [
            client(&mut lines.into_iter(), &mut [].into_iter(), &is_proxy),
            client(&mut [].into_iter(), &mut lines.into_iter(), &is_proxy),
        ] {
            if let Said::Client(address) = said {
                prop_assert!(!is_proxy(address));
            }
        }
    }
}
