//! What a config's shape cannot say: ranges, counts, names.

use ipnet::Ipv4Net;

use super::{Config, NetworkConfig};

/// A finding at a path of the config.
pub(super) struct Finding {
    pub path: String,
    pub found: String,
    pub expected: String,
}

/// The retentions that CloudWatch Logs takes, in days (`aws-semantics.md` 13).
const RETENTIONS: &[i64] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/// All that is wrong with a config.
pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wrong = |path: &str, found: String, expected: &str| {
        findings.push(Finding { path: path.to_owned(), found, expected: expected.to_owned() });
    };
    if config.region.split('-').count() < 3 {
        wrong("region", format!("`{}`", config.region), "an AWS region, such as ap-northeast-1");
    }
    if let Some(account) = &config.account
        && (account.len() != 12 || !account.chars().all(|c| c.is_ascii_digit()))
    {
        wrong("account", format!("`{account}`"), "an account id of 12 digits");
    }
    network(&config.network, &config.region, &mut wrong);
    findings
}

fn network(config: &NetworkConfig, region: &str, wrong: &mut dyn FnMut(&str, String, &str)) {
    let zones = config.zones.len();
    if zones < 2 {
        wrong("network.zones", format!("{zones} zone"), "at least two availability zones");
    }
    for (index, zone) in config.zones.iter().enumerate() {
        let path = format!("network.zones.{index}");
        let letter = zone.strip_prefix(region).unwrap_or_default();
        if letter.len() != 1 || !letter.chars().all(|c| c.is_ascii_lowercase()) {
            wrong(&path, format!("`{zone}`"), &format!("a zone of {region}, such as {region}a"));
        }
        if config.zones[..index].contains(zone) {
            wrong(
                &path,
                format!("`{zone}` a second time"),
                "a different zone: two subnets in one zone fail together",
            );
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
            if let Some((other, taken)) =
                seen.iter().find(|(_, taken)| taken.contains(&subnet) || subnet.contains(taken))
            {
                wrong(&path, format!("{subnet}, which overlaps {taken} of {other}"), "a range of its own");
            }
            seen.push((path, subnet));
        }
    }
    for (index, service) in config.interface_endpoints.iter().enumerate() {
        if service.is_empty() || !service.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)) {
            let path = format!("network.interface_endpoints.{index}");
            wrong(&path, format!("`{service}`"), "a service's short name, such as secretsmanager");
        }
    }
    if let Some(logs) = &config.flow_logs {
        if !RETENTIONS.contains(&logs.retention_days) {
            let allowed: Vec<String> = RETENTIONS.iter().map(ToString::to_string).collect();
            let expected = format!("one of {}", allowed.join(", "));
            wrong("network.flow_logs.retention_days", logs.retention_days.to_string(), &expected);
        }
        if !(7..=30).contains(&logs.key_deletion_days) {
            wrong("network.flow_logs.key_deletion_days", logs.key_deletion_days.to_string(), "7 to 30");
        }
    }
}

/// A range in its one form: an address with host bits set is refused.
fn range(path: &str, text: &str, wrong: &mut dyn FnMut(&str, String, &str)) -> Option<Ipv4Net> {
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
