//! Rules of a security group: between EC2's shape and the spec's.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroupRule, UserIdGroupPair,
};
use finsight_engine::contract::Failure;
use finsight_engine::normal::network;
use finsight_engine::value::{Map, Value};

use super::common::{FILTER_VALUES, filter};
use crate::failure::unread;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// Who may be on the other side of a rule.
const SOURCES: [&str; 4] = ["cidr_ip", "cidr_ipv6", "group_id", "prefix_list_id"];

/// What tells a rule from others of its group and direction: all but its description.
pub type Identity = (String, Option<i64>, Option<i64>, &'static str, String);

/// Which way a rule's traffic goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// In.
    Ingress,
    /// Out.
    Egress,
}

impl Direction {
    /// Both directions.
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];

    /// The property that holds its rules.
    pub fn property(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// Whether a rule goes this way.
    pub fn has(self, rule: &SecurityGroupRule) -> bool {
        rule.is_egress().unwrap_or_default() == (self == Self::Egress)
    }
}

/// All rules of some groups, by group: one call for many groups.
pub async fn rules_of(
    aws: &Region,
    groups: &[&str],
) -> Result<BTreeMap<String, Vec<SecurityGroupRule>>, Failure> {
    let mut found: BTreeMap<String, Vec<SecurityGroupRule>> = BTreeMap::new();
    for batch in groups.chunks(FILTER_VALUES) {
        let mut pages = aws
            .ec2()
            .describe_security_group_rules()
            .filters(filter("group-id", batch.iter().copied()))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("ec2:DescribeSecurityGroupRules", &error))?;
            for rule in page.security_group_rules.unwrap_or_default() {
                found.entry(rule.group_id().unwrap_or_default().to_owned()).or_default().push(rule);
            }
        }
    }
    Ok(found)
}

/// A group's rules as the properties `ingress` and `egress`.
pub fn properties(rules: &[SecurityGroupRule]) -> Values {
    Direction::BOTH.into_iter().fold(Values::new(), |values, direction| {
        // In the order of their identities, so that two reads give the same.
        let shapes: BTreeMap<Identity, Map> = rules
            .iter()
            .filter(|rule| direction.has(rule))
            .map(shape)
            .map(|shape| (identity(&shape), shape))
            .collect();
        values.set(direction.property(), Value::List(shapes.into_values().map(Value::Map).collect()))
    })
}

/// A rule in the spec's shape.
pub fn shape(rule: &SecurityGroupRule) -> Map {
    let protocol = protocol(rule.ip_protocol().unwrap_or_default());
    let ports = |port: Option<i32>| port.filter(|port| has_ports(&protocol, *port));
    Values::new()
        .set("ip_protocol", protocol.as_str())
        .set("from_port", ports(rule.from_port()))
        .set("to_port", ports(rule.to_port()))
        .set("cidr_ip", rule.cidr_ipv4())
        .set("cidr_ipv6", rule.cidr_ipv6())
        .set("group_id", rule.referenced_group_info().and_then(|group| group.group_id()))
        .set("prefix_list_id", rule.prefix_list_id())
        .set("description", rule.description().filter(|text| !text.is_empty()))
        .build()
}

/// EC2 takes numbers and capitals for the protocols that it names, and gives back the names.
fn protocol(text: &str) -> String {
    match text {
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "1" => "icmp".to_owned(),
        "58" => "icmpv6".to_owned(),
        "all" => "-1".to_owned(),
        other => other.to_ascii_lowercase(),
    }
}

/// Whether a port stands for something: of ICMP, -1 means every type; of others, no ports at all.
fn has_ports(protocol: &str, port: i32) -> bool {
    match protocol {
        "icmp" | "icmpv6" => true,
        "-1" => false,
        _ => port != -1,
    }
}

/// The identity of a rule in the spec's shape.
pub fn identity(rule: &Map) -> Identity {
    let protocol = protocol(rule.text("ip_protocol").unwrap_or_default());
    let port = |name: &str| rule.int(name).filter(|_| protocol != "-1");
    let (kind, source) =
        SOURCES.into_iter().find_map(|name| Some((name, rule.text(name)?))).unwrap_or_default();
    let source = network(source).unwrap_or_else(|| source.to_owned());
    let (from, to) = (port("from_port"), port("to_port"));
    (protocol, from, to, kind, source)
}

/// A rule as a call takes it.
pub fn permission(rule: &Map) -> IpPermission {
    let text = |name: &str| rule.text(name).map(str::to_owned);
    let note = text("description");
    let permission = IpPermission::builder()
        .set_ip_protocol(text("ip_protocol"))
        .set_from_port(rule.int32("from_port"))
        .set_to_port(rule.int32("to_port"));
    let permission = match text("cidr_ip") {
        Some(range) => {
            permission.ip_ranges(IpRange::builder().cidr_ip(range).set_description(note.clone()).build())
        }
        None => permission,
    };
    let permission = match text("cidr_ipv6") {
        Some(range) => permission
            .ipv6_ranges(Ipv6Range::builder().cidr_ipv6(range).set_description(note.clone()).build()),
        None => permission,
    };
    let permission = match text("group_id") {
        Some(id) => permission.user_id_group_pairs(
            UserIdGroupPair::builder().group_id(id).set_description(note.clone()).build(),
        ),
        None => permission,
    };
    let permission = match text("prefix_list_id") {
        Some(id) => permission
            .prefix_list_ids(PrefixListId::builder().prefix_list_id(id).set_description(note).build()),
        None => permission,
    };
    permission.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(protocol: &str, from: i32, to: i32) -> SecurityGroupRule {
        SecurityGroupRule::builder()
            .ip_protocol(protocol)
            .from_port(from)
            .to_port(to)
            .cidr_ipv4("10.0.0.0/8")
            .description("")
            .build()
    }

    #[test]
    fn ports_stand_where_they_mean_something() {
        let check = |protocol: &str, from, to, expected: &[&str]| {
            let keys: Vec<String> = shape(&rule(protocol, from, to)).into_keys().collect();
            assert_eq!(keys, expected, "{protocol}");
        };
        check("-1", -1, -1, &["cidr_ip", "ip_protocol"]);
        check("tcp", 443, 443, &["cidr_ip", "from_port", "ip_protocol", "to_port"]);
        check("icmp", -1, -1, &["cidr_ip", "from_port", "ip_protocol", "to_port"]);
        check("50", -1, -1, &["cidr_ip", "ip_protocol"]);
    }

    #[test]
    fn a_rule_is_the_same_by_number_host_bits_and_description() {
        let wanted = Map::from([
            ("ip_protocol".to_owned(), "6".into()),
            ("from_port".to_owned(), Value::Int(1)),
            ("to_port".to_owned(), Value::Int(2)),
            ("cidr_ip".to_owned(), "10.1.2.3/8".into()),
            ("description".to_owned(), "why".into()),
        ]);
        assert_eq!(identity(&wanted), identity(&shape(&rule("tcp", 1, 2))));
        assert_ne!(identity(&wanted), identity(&shape(&rule("udp", 1, 2))));
    }
}
