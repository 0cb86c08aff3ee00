//! Ranges of the network.

use std::net::Ipv4Addr;

use finsight_specs::regions;
use ipnet::Ipv4Net;

use super::{Wrong, retention, within};
use crate::config::NetworkConfig;

/// Interface endpoints of a VPC (Amazon VPC quotas).
const ENDPOINTS: usize = 50;

/// Ranges in which no VPC can be: this network, loop back, link local, multicast and what is above ("VPC CIDR blocks").
const FORBIDDEN: [(Ipv4Addr, u8); 4] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

pub(super) fn check(config: &NetworkConfig, region: &str, wrong: Wrong<'_>) {
    let zones = config.zones.len();
    if zones < 2 {
        wrong("network.zones", format!("{zones} zone"), "at least two availability zones");
    }
    // Which of them this account sees, it alone can tell.
    let there: Vec<String> = regions::zones(region).into_iter().map(|zone| zone.name).collect();
    for (index, zone) in config.zones.iter().enumerate() {
        let letter = zone.strip_prefix(region).unwrap_or_default();
        let plain = letter.len() == 1 && letter.chars().all(|c| c.is_ascii_lowercase());
        if !plain || !there.is_empty() && !there.contains(zone) {
            let such = if there.is_empty() { format!("{region}a") } else { there.join(", ") };
            let path = format!("network.zones.{index}");
            wrong(&path, format!("`{zone}`"), &format!("a zone of {region}, such as {such}"));
        }
    }
    if config.nat_gateways > 1 && config.nat_gateways != zones {
        wrong(
            "network.nat_gateways",
            config.nat_gateways.to_string(),
            &format!("0, 1, or {zones} (one a zone)"),
        );
    }
    let vpc = range("network.cidr", &config.cidr, wrong);
    if let Some(vpc) = vpc
        && !(16..=28).contains(&vpc.prefix_len())
    {
        wrong("network.cidr", format!("a /{}", vpc.prefix_len()), "a range from /16 to /28");
    }
    if let Some(vpc) =
        vpc.filter(|vpc| FORBIDDEN.iter().any(|(from, bits)| Ipv4Net::new_assert(*from, *bits).contains(vpc)))
    {
        wrong(
            "network.cidr",
            format!("`{vpc}`"),
            "a private range, such as 10.0.0.0/16: AWS keeps this one back",
        );
    }
    let mut seen: Vec<(String, Ipv4Net)> = Vec::new();
    for (kind, ranges) in
        [("public_subnets", &config.public_subnets), ("private_subnets", &config.private_subnets)]
    {
        if ranges.len() != zones {
            let path = format!("network.{kind}");
            wrong(
                &path,
                format!("{} ranges", ranges.len()),
                &format!("{zones}: one for each of network.zones"),
            );
        }
        for (index, text) in ranges.iter().enumerate() {
            let path = format!("network.{kind}.{index}");
            let Some(subnet) = range(&path, text, wrong) else { continue };
            if let Some(vpc) = vpc
                && !vpc.contains(&subnet)
            {
                wrong(
                    &path,
                    format!("{subnet}, which is not inside the VPC"),
                    &format!("a range within {vpc}"),
                );
            }
            if !(16..=28).contains(&subnet.prefix_len()) {
                wrong(&path, format!("a /{}", subnet.prefix_len()), "a range from /16 to /28");
            }
            if kind == "private_subnets" {
                room(config, &path, subnet, wrong);
            }
            if let Some((other, taken)) =
                seen.iter().find(|(_, taken)| taken.contains(&subnet) || subnet.contains(taken))
            {
                wrong(&path, format!("{subnet}, which overlaps {taken} of {other}"), "a range of its own");
            }
            seen.push((path, subnet));
        }
    }
    if config.interface_endpoints.len() > ENDPOINTS {
        let found = format!("{} endpoints", config.interface_endpoints.len());
        wrong("network.interface_endpoints", found, &format!("at most {ENDPOINTS}: AWS's quota for a VPC"));
    }
    for (index, service) in config.interface_endpoints.iter().enumerate() {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        if service.is_empty() || service.len() > 63 || !service.chars().all(fits) {
            let path = format!("network.interface_endpoints.{index}");
            wrong(&path, format!("`{service}`"), "a service's short name, such as secretsmanager");
        } else if let Some(meant) = CALLED.iter().find(|called| is_slip(service, called)) {
            let path = format!("network.interface_endpoints.{index}");
            wrong(&path, format!("`{service}`, which AWS does not have"), meant);
        }
    }
    if let Some(logs) = &config.flow_logs {
        retention("network.flow_logs.retention_days", logs.retention_days, wrong);
        within("network.flow_logs.key_deletion_days", logs.key_deletion_days, 7..=30, wrong);
    }
}

/// The network interfaces of the stack in a private subnet must find an address each; AWS keeps five of a subnet's (VPC
/// User Guide, "Subnet CIDR blocks").
fn room(config: &NetworkConfig, path: &str, subnet: Ipv4Net, wrong: Wrong<'_>) {
    let left = (1_usize << (32 - subnet.prefix_len().clamp(1, 32))).saturating_sub(5);
    let endpoints = config.interface_endpoints.len();
    let proxy = usize::from(config.database_proxy);
    let needed = endpoints + proxy + 3;
    if needed > left {
        let proxy = if config.database_proxy { ", the database proxy" } else { "" };
        wrong(
            path,
            format!("{subnet}, which has {left} addresses to give"),
            &format!(
                "a range with {needed}: for {endpoints} interface endpoints, the functions, the database, what makes its \
                 user{proxy}"
            ),
        );
    }
}

/// Services that functions call, with names long enough that no other service's is one letter away.
const CALLED: [&str; 6] = ["secretsmanager", "scheduler", "monitoring", "lambda", "events", "states"];

/// Whether a text is another one but for a letter: left out, put in, another one, or two of them the other way round.
fn is_slip(text: &str, meant: &str) -> bool {
    let (text, meant) = (text.as_bytes(), meant.as_bytes());
    let begins = text.iter().zip(meant).take_while(|(one, other)| one == other).count();
    let (text, meant) = (&text[begins..], &meant[begins..]);
    let ends = text.iter().rev().zip(meant.iter().rev()).take_while(|(one, other)| one == other).count();
    match (&text[..text.len() - ends], &meant[..meant.len() - ends]) {
        ([], []) => false,
        ([a, b], [c, d]) => a == d && b == c,
        (text, meant) => text.len() <= 1 && meant.len() <= 1,
    }
}

/// A range in its one form: an address with host bits set is refused.
fn range(path: &str, text: &str, wrong: Wrong<'_>) -> Option<Ipv4Net> {
    match text.parse::<Ipv4Net>() {
        Ok(net) if net.trunc() == net => Some(net),
        Ok(net) => {
            wrong(path, format!("`{text}`, which has host bits set"), &format!("{}", net.trunc()));
            None
        }
        Err(_) => {
            wrong(path, format!("`{text}`"), "an IPv4 range, such as 10.0.0.0/16");
            None
        }
    }
}
