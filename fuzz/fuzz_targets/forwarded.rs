//! Whatever a client invents, its own proxy has the last word; and nobody is named who is a proxy.
//!
//! ```text
//! input    lines of Forwarded, 0xff, lines of X-Forwarded-For; each line ends with a line feed
//! ```

#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use reeld::http::cidr::Cidr;
use reeld::http::forwarded::{Said, client};

fuzz_target!(|input: &[u8]| {
    let known = [Cidr::parse("10.0.0.0/8"), Cidr::parse("fd00::/8")].map(Option::unwrap);
    let is_proxy = |address: IpAddr| known.iter().any(|network| network.contains(address));
    let at = input.iter().position(|byte| *byte == 0xff);
    let (forwarded, listed) = input.split_at(at.unwrap_or(input.len()));
    let split = |text| <[u8]>::split(text, |byte: &u8| *byte == b'\n');
    let said = client(&mut split(forwarded), &mut split(listed), &is_proxy);
    if let Said::Client(address) = said {
        assert!(!is_proxy(address), "a proxy was named");
        assert_eq!(address, address.to_canonical());
    }

    let last = IpAddr::from([192, 0, 2, 7]);
    let line = b"for=192.0.2.7".as_slice();
    let said = client(&mut split(forwarded).chain([line]), &mut [].into_iter(), &is_proxy);
    assert_eq!(said, Said::Client(last), "the last line counts");
    let said = client(&mut [].into_iter(), &mut split(listed).chain([&line[4..]]), &is_proxy);
    assert_eq!(said, Said::Client(last), "the last line counts");
});
