//! IPv4 blocks.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An IPv4 block with its host bits zeroed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cidr {
    base: u32,
    pub prefix: u32,
}

impl Cidr {
    pub(crate) fn parse(text: &str) -> Option<Cidr> {
        let (address, prefix) = text.split_once('/')?;
        let address: Ipv4Addr = address.parse().ok()?;
        let prefix: u32 = prefix.parse().ok().filter(|p| *p <= 32)?;
        Some(Cidr { base: u32::from(address) & mask(prefix), prefix })
    }

    pub(crate) fn contains(self, other: Cidr) -> bool {
        self.prefix <= other.prefix && other.base & mask(self.prefix) == self.base
    }

    pub(crate) fn overlaps(self, other: Cidr) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// The number of addresses.
    pub(crate) fn size(self) -> u64 {
        1u64 << (32 - self.prefix)
    }

    /// The n-th address.
    pub(crate) fn address(self, n: u32) -> Ipv4Addr {
        Ipv4Addr::from(self.base.wrapping_add(n))
    }
}

impl std::fmt::Display for Cidr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.base), self.prefix)
    }
}

fn mask(prefix: u32) -> u32 {
    u32::MAX.checked_shl(32 - prefix).unwrap_or(0)
}

/// An IPv6 block in canonical form.
pub(crate) fn canonical_v6(text: &str) -> Option<String> {
    let (address, prefix) = text.split_once('/')?;
    let address: Ipv6Addr = address.parse().ok()?;
    let prefix: u32 = prefix.parse().ok().filter(|p| *p <= 128)?;
    let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
    Some(format!("{}/{prefix}", Ipv6Addr::from(u128::from(address) & mask)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_bits_are_zeroed() {
        assert_eq!(Cidr::parse("10.0.1.7/16").map(|c| c.to_string()).as_deref(), Some("10.0.0.0/16"));
        assert_eq!(Cidr::parse("1.2.3.4/0").map(|c| c.to_string()).as_deref(), Some("0.0.0.0/0"));
        assert_eq!(canonical_v6("::/0").as_deref(), Some("::/0"));
        assert_eq!(Cidr::parse("10.0.0.0/33"), None);
    }
}
