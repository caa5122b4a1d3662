//! Owns networks: an address and how many of its bits count.
//! Knows nothing of who is in them.

use std::net::IpAddr;

/// A network, such as `10.0.0.0/8` or `fd00::/8`; an address alone is a network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    bits: u32,
}

impl Cidr {
    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = width(address);
        let bits = match bits {
            // `+8` is a number to Rust, and to nobody else.
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().ok()?,
            Some(_) => return None,
            None => most,
        };
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && leading(self.address, self.bits) == leading(address, self.bits)
    }
}

/// What one household or one machine is told by: an IPv4 address, or 64 bits of IPv6, of which each has as many
/// addresses as it likes.
pub fn household(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => four.to_ipv6_mapped().to_bits(),
        IpAddr::V6(six) => six.to_bits() >> 64 << 64,
    }
}

const fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Its first bits, as a number.
fn leading(address: IpAddr, bits: u32) -> u128 {
    let all = match address {
        IpAddr::V4(four) => u128::from(four.to_bits()),
        IpAddr::V6(six) => six.to_bits(),
    };
    // A shift by all bits is none of a number's.
    all.checked_shr(width(address).saturating_sub(bits))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use super::{Cidr, household};

    #[test]
    fn what_is_inside() {
        for (network, address, is_in) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3/8", "10.9.9.9", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("192.0.2.6/31", "192.0.2.7", true),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "fd00::1", true),
            ("::/0", "127.0.0.1", false),
            ("fd00::/8", "fdff::1", true),
            ("fd00::/8", "fe00::1", false),
            ("::1", "::1", true),
            ("::1/128", "::2", false),
        ] {
            let network = Cidr::parse(network).unwrap();
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(network.contains(address), is_in, "{network:?} {address}");
        }
    }

    #[test]
    fn what_is_none() {
        for text in [
            "",
            "/",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/+8",
            "10.0.0.0/-1",
            "10.0.0/8",
            "10.0.0.0/8/8",
            "::1%eth0",
            "[::1]",
            "localhost",
            "10.0.0.0/ 8",
            "10.0.0.0/99999999999",
        ] {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }

    #[test]
    fn households() {
        for (one, other, is_same) in [
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", true),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:3::", false),
            ("::1", "::2", true),
            ("::1", "192.0.2.7", false),
        ] {
            let of = |text: &str| household(text.parse().unwrap());
            assert_eq!(of(one) == of(other), is_same, "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn an_address_is_in_its_own_networks(address: u32, bits in 0..=32u32, other: u32) {
            let at = |number: u32| IpAddr::from(number.to_be_bytes());
            let network = Cidr::parse(&format!("{}/{bits}", at(address))).unwrap();
            prop_assert!(network.contains(at(address)));
            let same = (address ^ other).leading_zeros() >= bits;
            prop_assert_eq!(network.contains(at(other)), same);
        }
    }
}
