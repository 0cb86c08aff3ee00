//! Whether what has to be called is reached: groups on both sides, routes, and endpoints.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, referred};
use finsight_engine::urn::{Urn, glob};
use finsight_engine::value::{Map, Value};
use ipnet::Ipv4Net;

use super::audit::serves_users;
use super::plain::{at, output, plain, plains};
use super::{WORKS, pack};

pub(super) fn rules() -> Vec<Rule> {
    vec![
        pack(Severity::Error, WORKS)(
            "reach-ports",
            "security groups let through who calls whom, on both sides",
            "let the caller's group out to the port (egress), and the other side's group take it in from there (ingress)",
            ports,
        ),
        pack(Severity::Warning, WORKS)(
            "reach-zones",
            "what outlives a zone hangs on nothing that stands in one alone",
            "give each zone a NAT gateway (network.nat_gateways), or leave the database in one zone",
            zones,
        ),
    ]
}

/// One calls another on a port.
struct Call<'a> {
    from: &'a Filled<'a>,
    to: &'a Filled<'a>,
    port: i64,
    then: &'static str,
}

/// What stands in the network, and the property that names its security groups.
const GROUPS: &[(&str, &str)] = &[
    ("aws:lambda:Function", "security_group_ids"),
    ("aws:rds:DBProxy", "vpc_security_group_ids"),
    ("aws:rds:DBInstance", "vpc_security_group_ids"),
    ("aws:ec2:VpcEndpoint", "security_group_ids"),
];

fn groups_of<'a>(subject: &'a Subject<'a>, item: &Filled<'_>) -> Vec<&'a Filled<'a>> {
    let property =
        GROUPS.iter().find(|(kind, _)| *kind == item.urn().type_name()).map(|(_, property)| *property);
    let named = property.and_then(|name| item.get(name)).map(references).unwrap_or_default();
    named.iter().filter_map(|urn| subject.get(urn)).collect()
}

/// The port that a database or its proxy listens on ("RDS Proxy concepts": the engine's own).
fn port_of(item: &Filled<'_>) -> i64 {
    let engine =
        ["engine", "engine_family"].iter().find_map(|name| item.get(name)).map(plain).unwrap_or_default();
    let usual = if engine.to_ascii_lowercase().starts_with("postgres") { 5432 } else { 3306 };
    item.get("port").and_then(Value::as_int).unwrap_or(usual)
}

fn calls<'a>(subject: &'a Subject<'a>) -> Vec<Call<'a>> {
    let mut found = Vec::new();
    for function in subject.of_type("aws:lambda:Function").filter(|one| !subnets_of(one).is_empty()) {
        let environment = function.get("environment").and_then(Value::as_map);
        let named: BTreeSet<&Urn> =
            environment.into_iter().flat_map(Map::values).filter_map(output).map(|(urn, _)| urn).collect();
        for to in named.into_iter().filter_map(|urn| subject.get(urn)) {
            if ["aws:rds:DBProxy", "aws:rds:DBInstance"].contains(&to.urn().type_name()) {
                let then = "each call that needs data waits for the database until it times out";
                found.push(Call { from: function, to, port: port_of(to), then });
            }
        }
        for to in
            subject.of_type("aws:ec2:VpcEndpoint").filter(|one| one.is("vpc_endpoint_type", "Interface"))
        {
            let then = "each call of that service waits until it times out";
            found.push(Call { from: function, to, port: 443, then });
        }
    }
    for target in subject.of_type("aws:rds:DBProxyTarget") {
        let of = |property: &str| target.refers_to(property).and_then(|urn| subject.get(urn));
        if let (Some(from), Some(to)) = (of("db_proxy_name"), of("db_instance_identifier")) {
            let then = "the proxy never connects to the database, and no function gets data";
            found.push(Call { from, to, port: port_of(to), then });
        }
    }
    found
}

pub(super) fn subnets_of(item: &Filled<'_>) -> BTreeSet<Urn> {
    item.get("subnet_ids").map(references).unwrap_or_default()
}

fn ports(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found: Vec<Violation> = Vec::new();
    for call in calls(subject) {
        let (from, to) = (groups_of(subject, call.from), groups_of(subject, call.to));
        if from.is_empty() || to.is_empty() {
            // The VPC's default group stands in, which says nothing here.
            continue;
        }
        let lets_out = from.iter().any(|group| {
            openings(subject, group, "egress")
                .any(|rule| opens(rule, call.port) && leads_to(rule, &to) && may_hold(subject, rule, call.to))
        });
        let lets_in = to.iter().any(|group| {
            openings(subject, group, "ingress").any(|rule| {
                opens(rule, call.port) && leads_to(rule, &from) && may_hold(subject, rule, call.from)
            })
        });
        let ends = [(lets_out, from, "lets nothing out to"), (lets_in, to, "takes nothing in from")];
        for (open, groups, says) in ends {
            let other = if says.ends_with("to") { call.to } else { call.from };
            let names: Vec<&str> = groups.iter().map(|group| group.urn().as_str()).collect();
            let message =
                format!("{} {says} {} on port {}: {}", names.join(", "), other.urn(), call.port, call.then);
            let side = if says.ends_with("to") { call.from } else { call.to };
            if !open && !found.iter().any(|one| one.urn == *side.urn() && one.message == message) {
                found.push(Violation::new(side, message));
            }
        }
    }
    found
}

/// The rules of a group in one direction, those that are declared apart among them.
fn openings<'a>(
    subject: &'a Subject<'a>,
    group: &'a Filled<'a>,
    direction: &'a str,
) -> impl Iterator<Item = &'a Map> {
    let apart = subject
        .of_type("aws:ec2:SecurityGroupEgress")
        .filter(move |one| direction == "egress" && one.refers_to("group_id") == Some(group.urn()))
        .filter_map(|one| one.get("egress"));
    let own = group.get(direction);
    own.into_iter().chain(apart).filter_map(Value::as_list).flatten().filter_map(Value::as_map)
}

fn opens(rule: &Map, port: i64) -> bool {
    let protocol = at(rule, "ip_protocol");
    let end = |key: &str| rule.get(key).and_then(Value::as_int);
    protocol == "-1"
        || (protocol == "tcp" || protocol == "6")
            && end("from_port").is_some_and(|from| from <= port)
            && end("to_port").is_some_and(|to| port <= to)
}

/// Whether a rule's range may hold an address of something: of the subnets in which it stands, as far as these are known.
fn may_hold(subject: &Subject<'_>, rule: &Map, item: &Filled<'_>) -> bool {
    let net = |value: Option<&Value>| value?.as_text()?.parse::<Ipv4Net>().ok();
    let Some(range) = net(rule.get("cidr_ip")) else { return true };
    let group = item.refers_to("db_subnet_group_name").and_then(|urn| subject.get(urn));
    let named = [Some(item), group].into_iter().flatten();
    let subnets: BTreeSet<Urn> = named
        .flat_map(|one| ["subnet_ids", "vpc_subnet_ids"].into_iter().filter_map(|name| one.get(name)))
        .flat_map(references)
        .collect();
    let holds = |urn: &Urn| {
        let subnet = subject.get(urn).and_then(|one| net(one.get("cidr_block")));
        subnet.is_none_or(|subnet| range.contains(&subnet) || subnet.contains(&range))
    };
    subnets.is_empty() || subnets.iter().any(holds)
}

/// Whether a rule is for one of these groups. A range may hold them: which addresses they have is known later only.
fn leads_to(rule: &Map, groups: &[&Filled<'_>]) -> bool {
    match rule.get("group_id") {
        Some(group) => referred(group).is_none_or(|urn| groups.iter().any(|one| one.urn() == urn)),
        None => {
            rule.contains_key("cidr_ip")
                || rule.contains_key("cidr_ipv6")
                || rule.contains_key("prefix_list_id")
        }
    }
}

/// Whether the functions' groups let out to every address on a port.
pub(super) fn lets_out(subject: &Subject<'_>, item: &Filled<'_>, port: i64) -> bool {
    let groups = groups_of(subject, item);
    let wide =
        |rule: &Map| opens(rule, port) && ["0.0.0.0/0", "::/0"].contains(&at(rule, "cidr_ip").as_str());
    groups.is_empty() || groups.iter().any(|group| openings(subject, group, "egress").any(wide))
}

/// The routes of a subnet; without a table of its own it has those of the VPC's main table, to the VPC alone.
fn routes<'a>(subject: &'a Subject<'a>, subnet: &'a Urn) -> impl Iterator<Item = &'a Map> {
    let tables = subject
        .of_type("aws:ec2:SubnetRouteTableAssociation")
        .filter(move |one| one.refers_to("subnet_id") == Some(subnet));
    let listed =
        tables.filter_map(|one| subject.get(one.refers_to("route_table_id")?)?.get("routes")?.as_list());
    listed.flatten().filter_map(Value::as_map)
}

/// Why a subnet has no way to everywhere for what has no public address: its routes lead to no NAT gateway, or to one that itself
/// has none, through an internet gateway that is attached ("NAT gateways", "Enable internet access for a VPC using an internet
/// gateway").
pub(super) fn stuck(subject: &Subject<'_>, subnet: &Urn) -> Option<String> {
    let mut why = "none of its routes leads out".to_owned();
    for route in everywhere(subject, subnet) {
        let nat = route.get("nat_gateway_id").and_then(referred).and_then(|urn| subject.get(urn));
        // Another way out, such as a transit gateway, leads where it leads; an internet gateway takes public addresses alone.
        let Some(nat) = nat else {
            if route.contains_key("gateway_id") {
                continue;
            }
            return None;
        };
        match nat.refers_to("subnet_id") {
            Some(public) if !has_gateway(subject, public) => {
                why = format!("{} stands in {public}, which has no route to an internet gateway", nat.urn());
            }
            _ => return None,
        }
    }
    Some(why)
}

fn everywhere<'a>(subject: &'a Subject<'a>, subnet: &'a Urn) -> impl Iterator<Item = &'a Map> {
    routes(subject, subnet).filter(|route| at(route, "destination_cidr_block") == "0.0.0.0/0")
}

fn has_gateway(subject: &Subject<'_>, subnet: &Urn) -> bool {
    everywhere(subject, subnet).any(|route| {
        let gateway = route.get("gateway_id").and_then(referred);
        gateway.is_some_and(|urn| {
            let attached = |one: &Filled<'_>| one.refers_to("internet_gateway_id") == Some(urn);
            subject
                .of_type("aws:ec2:VPCGatewayAttachment")
                .chain(subject.of_type("aws:ec2:VpcGatewayAttachment"))
                .any(attached)
        })
    })
}

/// A database in two zones is paid for so that users notice nothing of the loss of one: neither may the way out of who asks it be lost
/// ("NAT gateway basics": one is in one zone).
fn zones(subject: &Subject<'_>) -> Vec<Violation> {
    let mut twice = subject.of_type("aws:rds:DBInstance").filter(|one| one.is("multi_az", true));
    let Some(database) = twice.next().filter(|_| serves_users(subject)) else { return Vec::new() };
    let mut ways: BTreeMap<String, BTreeSet<&Urn>> = BTreeMap::new();
    let subnets: BTreeSet<Urn> = subject.of_type("aws:lambda:Function").flat_map(subnets_of).collect();
    for route in subnets.iter().flat_map(|subnet| everywhere(subject, subnet)) {
        let nat = route.get("nat_gateway_id").and_then(referred).and_then(|urn| subject.get(urn));
        // Another way out, such as a transit gateway, stands where it stands.
        let Some(nat) = nat else { return Vec::new() };
        let subnet = nat.refers_to("subnet_id").and_then(|urn| subject.get(urn));
        let Some(zone) = subnet.and_then(|one| one.get("availability_zone")).map(plain) else {
            return Vec::new();
        };
        ways.entry(zone).or_default().insert(nat.urn());
    }
    let mut ways = ways.into_iter();
    let (Some((zone, nats)), None) = (ways.next(), ways.next()) else { return Vec::new() };
    let told = |nat: &Filled<'_>| {
        let message = format!(
            "{} outlives the loss of {zone}, and functions do not: this is their only way out, and they reach neither the secrets nor who answers for tokens",
            database.urn()
        );
        Violation::new(nat, message)
    };
    nats.into_iter().filter_map(|urn| subject.get(urn)).map(told).collect()
}

/// Whether an interface endpoint takes a service's calls from a VPC, under the service's own name, and lets through what is called.
/// Where there is none, nothing is said: with one, the service's name leads there, whatever other way out there is ("Access an AWS
/// service using an interface VPC endpoint", private DNS).
pub(super) fn endpoint_lets(subject: &Subject<'_>, name: &str, calls: &[(String, String)]) -> Option<bool> {
    let ending = format!(".{name}");
    let mut found = subject
        .of_type("aws:ec2:VpcEndpoint")
        .filter(|one| one.is("vpc_endpoint_type", "Interface") && one.is("private_dns_enabled", true))
        .filter(|one| one.get("service_name").map(plain).is_some_and(|service| service.ends_with(&ending)))
        .filter(|one| !subnets_of(one).is_empty())
        .peekable();
    found.peek()?;
    Some(found.any(|one| {
        let policy = one.get("policy_document").and_then(Value::as_map).and_then(|map| map.get("Statement"));
        let Some(listed) = policy.and_then(Value::as_list) else { return true };
        let statements = || listed.iter().filter_map(Value::as_map);
        let about = |statement: &Map, action: &str, resource: &str| {
            plains(statement.get("Action"))
                .iter()
                .any(|one| glob(&one.to_ascii_lowercase(), &action.to_ascii_lowercase()))
                && plains(statement.get("Resource")).iter().any(|one| glob(one, resource) || one == resource)
        };
        // A condition narrows to what is not known here: what it allows does not count, and what it denies neither.
        let says = |effect: &str, action: &str, resource: &str| {
            statements().any(|one| {
                at(one, "Effect") == effect && !one.contains_key("Condition") && about(one, action, resource)
            })
        };
        calls
            .iter()
            .all(|(action, resource)| says("Allow", action, resource) && !says("Deny", action, resource))
    }))
}
