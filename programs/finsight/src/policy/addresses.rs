//! How many addresses a list of ranges lets in.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// More public IPv4 addresses than these are nobody in particular: a /8.
const MANY: u64 = 1 << 24;
/// An IPv6 range that is longer belongs to somebody: registries give none that is shorter to one network.
const SHORT: u8 = 16;

/// Ranges that nobody has on the internet (RFC 1918, 6598, 3927, 1122 and 4193, 4291).
const PRIVATE_V4: [&str; 6] =
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"];
const PRIVATE_V6: [&str; 2] = ["fc00::/7", "fe80::/10"];

/// Whether ranges together let in more than anybody has; what is no range lets in nobody.
pub(super) fn lets_everyone_in<'a>(ranges: impl IntoIterator<Item = &'a str>) -> bool {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for net in ranges.into_iter().filter_map(|range| range.parse::<IpNet>().ok()) {
        match net {
            IpNet::V4(net) => v4.push(net.trunc()),
            IpNet::V6(net) => v6.push(net.trunc()),
        }
    }
    let private = |net: &Ipv4Net| {
        PRIVATE_V4.iter().filter_map(|text| text.parse::<Ipv4Net>().ok()).any(|own| own.contains(net))
    };
    let public = Ipv4Net::aggregate(&v4).into_iter().filter(|net| !private(net));
    let addresses: u64 = public.map(|net| 1_u64 << (32 - net.prefix_len())).sum();
    let private = |net: &Ipv6Net| {
        PRIVATE_V6.iter().filter_map(|text| text.parse::<Ipv6Net>().ok()).any(|own| own.contains(net))
    };
    let short = |net: &Ipv6Net| net.prefix_len() <= SHORT && !private(net);
    addresses >= MANY || Ipv6Net::aggregate(&v6).iter().any(short)
}
