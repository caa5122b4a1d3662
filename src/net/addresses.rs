//! Owns at which addresses and by which names a server can be reached, and which of them are told first.
//! Knows nothing of what is served there.

use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::net::sys;

/// The addresses that a browser can open, for what is bound: what stands for all addresses becomes those
/// of the interfaces. The one that other devices most probably reach is the first.
pub fn reachable(bound: &[SocketAddr]) -> Vec<SocketAddr> {
    let interfaces = sys::interface_addresses().unwrap_or_default();
    let mut all = Vec::new();
    for door in bound {
        for (rank, address) in behind(*door, &interfaces) {
            // Behind its equals: they stay in the order in which they were asked for.
            let place = all.partition_point(|(other, _)| *other <= rank);
            all.insert(place, (rank, address));
        }
    }
    all.into_iter().map(|(_, address)| address).collect()
}

/// The names by which this host is known in its own network: its host name, alone and in the domains of that network.
/// Nobody elsewhere has one of them to give to a page of theirs.
pub fn names() -> Vec<String> {
    let uname = rustix::system::uname();
    let mut text = String::new();
    // Without such a file there are a few names less.
    if let Ok(file) = File::open("/etc/resolv.conf") {
        _ = file.take(RESOLVER_BYTES_MAX).read_to_string(&mut text);
    }
    names_of(&uname.nodename().to_string_lossy(), &text)
}

/// What is longer is not looked at to its end.
const RESOLVER_BYTES_MAX: u64 = 1 << 14;
/// Domains that are never delegated to anybody, as homes use them: of mDNS (RFC 6762), of RFC 8375, of ICANN for
/// networks within, and two of routers.
const INNER_DOMAINS: [&str; 5] = ["local", "home.arpa", "internal", "lan", "home"];

fn names_of(node: &str, resolver: &str) -> Vec<String> {
    let label = node.split('.').next().unwrap_or_default();
    if label.is_empty() {
        return Vec::new();
    }
    let mut names = vec![label.to_owned(), node.to_owned()];
    let mut add = |domain: &str| {
        if !domain.is_empty() {
            names.push([label, ".", domain].concat());
        }
    };
    INNER_DOMAINS.into_iter().for_each(&mut add);
    for line in resolver.lines() {
        let mut words = line.split_ascii_whitespace();
        if matches!(words.next(), Some("search" | "domain")) {
            words.for_each(|domain| add(domain.trim_matches('.')));
        }
    }
    names
}

/// How likely it is that another device gets there; the likeliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A private network, as homes and offices have.
    Local,
    /// A public address, or that of an overlay network.
    Public,
    /// IPv6: typed less gladly, and not spoken everywhere.
    Version6,
    /// A network of containers or virtual machines within this host, or one that nobody gave out.
    Inner,
    /// This host alone.
    Loopback,
}

fn behind(door: SocketAddr, interfaces: &[(String, IpAddr)]) -> Vec<(Rank, SocketAddr)> {
    let ranked = |interface: &str, ip| (rank(interface, ip), SocketAddr::new(ip, door.port()));
    if !door.ip().is_unspecified() {
        let known = interfaces.iter().find(|(_, ip)| *ip == door.ip());
        let interface = known.map_or("", |(name, _)| name);
        return vec![ranked(interface, door.ip())];
    }
    let speaks = |ip: &IpAddr| match ip {
        IpAddr::V4(_) => true,
        // A link-local address of IPv6 cannot be typed into a browser: it needs a zone.
        IpAddr::V6(v6) => {
            door.is_ipv6() && !v6.is_unicast_link_local() && *v6 != Ipv6Addr::LOCALHOST
        }
    };
    let spoken = interfaces.iter().filter(|(_, ip)| speaks(ip));
    spoken.map(|(name, ip)| ranked(name, *ip)).collect()
}

fn rank(interface: &str, ip: IpAddr) -> Rank {
    /// How Docker, Podman, LXC, libvirt, Kubernetes and VirtualBox call what they make.
    const INNER: [&str; 10] = [
        "docker", "br-", "veth", "virbr", "podman", "cni", "lxc", "lxdbr", "flannel", "vboxnet",
    ];
    let is_inner = INNER.iter().any(|begin| interface.starts_with(begin));
    match ip {
        ip if ip.is_loopback() => Rank::Loopback,
        _ if is_inner => Rank::Inner,
        // Docker's own network, whatever the interface is called.
        IpAddr::V4(v4) if v4.is_link_local() || v4.octets().starts_with(&[172, 17]) => Rank::Inner,
        IpAddr::V4(v4) if v4.is_private() => Rank::Local,
        IpAddr::V4(_) => Rank::Public,
        IpAddr::V6(v6) if v6.is_unicast_link_local() => Rank::Inner,
        IpAddr::V6(_) => Rank::Version6,
    }
}

#[cfg(test)]
mod tests {
    use super::{SocketAddr, behind, names_of};

    const HOST: [(&str, &str); 9] = [
        ("lo", "127.0.0.1"),
        ("lo", "::1"),
        ("docker0", "172.17.0.1"),
        ("br-1f2e3d", "172.18.0.1"),
        ("eth0", "fe80::1"),
        ("eth0", "2001:db8::5"),
        ("eth1", "169.254.7.7"),
        ("tun0", "100.64.0.9"),
        ("wlan0", "192.168.1.5"),
    ];

    fn told(bound: &[&str]) -> Vec<String> {
        let host = HOST.map(|(name, ip)| (name.to_owned(), ip.parse().unwrap()));
        let bound = bound.iter().map(|text| text.parse::<SocketAddr>().unwrap());
        let mut all: Vec<_> = bound.flat_map(|door| behind(door, &host)).collect();
        all.sort_by_key(|(rank, _)| *rank);
        all.iter().map(|(_, address)| address.to_string()).collect()
    }

    #[test]
    fn what_others_can_reach_comes_first() {
        assert_eq!(
            told(&["[::]:80"]),
            [
                "192.168.1.5:80",
                "100.64.0.9:80",
                "[2001:db8::5]:80",
                "172.17.0.1:80",
                "172.18.0.1:80",
                "169.254.7.7:80",
                "127.0.0.1:80",
            ]
        );
        assert!(!told(&["0.0.0.0:80"]).iter().any(|text| text.contains('[')));
    }

    #[test]
    fn names() {
        let resolver =
            "# made by hand\nnameserver 10.0.0.1\nsearch fritz.box corp.example.\noptions edns0\n";
        let names = names_of("nas", resolver);
        for name in [
            "nas",
            "nas.fritz.box",
            "nas.corp.example",
            "nas.local",
            "nas.home.arpa",
            "nas.lan",
        ] {
            assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
        }
        assert!(
            !names
                .iter()
                .any(|name| name.contains("10.0.0.1") || name.contains("edns0"))
        );
        // The root alone is no domain, and a name with dots is known as it is, and by its first part.
        let names = names_of("nas.example.org", "search .\ndomain\n");
        assert!(names.contains(&"nas.example.org".to_owned()), "{names:?}");
        assert!(
            names.contains(&"nas.local".to_owned()) && names.len() == 7,
            "{names:?}"
        );
        assert!(names_of("", "search fritz.box").is_empty());
    }

    #[test]
    fn what_was_asked_for_is_told_as_it_is() {
        assert_eq!(told(&["[::1]:8080"]), ["[::1]:8080"]);
        assert_eq!(
            told(&["127.0.0.1:1", "127.0.0.2:2"]),
            ["127.0.0.1:1", "127.0.0.2:2"]
        );
        assert_eq!(
            told(&["127.0.0.1:1", "172.18.0.1:2", "10.0.0.7:3"]),
            ["10.0.0.7:3", "172.18.0.1:2", "127.0.0.1:1"]
        );
    }
}
