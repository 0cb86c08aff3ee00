//! The project's own resource types in random lives, and a network at every step.

#![allow(clippy::print_stdout, reason = "a test tells what it has covered")]
#![allow(clippy::disallowed_methods, reason = "how long to live is said by the environment")]

use std::sync::Arc;

use finsight_engine::graph::Graph;
use finsight_engine::program::Stack;
use finsight_engine::value::Value;
use finsight_sim::nth::{Sweep, nth_step};
use finsight_sim::random::{Link, Vocabulary, live, live_with};
use finsight_specs::ec2::{
    DefaultSecurityGroup, ElasticIp, FlowLog, InternetGateway, NatGateway, Route, RouteTable, SecurityGroup,
    Subnet, SubnetRouteTableAssociation, Vpc, VpcEndpoint, VpcGatewayAttachment,
};
use finsight_specs::iam::Role;
use finsight_specs::logs::LogGroup;

/// What properties of these names refer to.
const REFERENCES: [(&str, &str, &str); 17] = [
    ("vpc_id", "aws:ec2:Vpc", "id"),
    ("resource_id", "aws:ec2:Vpc", "id"),
    ("subnet_id", "aws:ec2:Subnet", "id"),
    ("subnet_ids", "aws:ec2:Subnet", "id"),
    ("allocation_id", "aws:ec2:EIP", "id"),
    ("internet_gateway_id", "aws:ec2:InternetGateway", "id"),
    ("route_table_id", "aws:ec2:RouteTable", "id"),
    ("route_table_ids", "aws:ec2:RouteTable", "id"),
    ("group_id", "aws:ec2:SecurityGroup", "id"),
    ("security_group_ids", "aws:ec2:SecurityGroup", "id"),
    ("log_destination", "aws:logs:LogGroup", "arn"),
    ("deliver_logs_permission_arn", "aws:iam:Role", "arn"),
    ("target_key_id", "aws:kms:Key", "id"),
    ("kms_key_id", "aws:kms:Key", "arn"),
    ("managed_policy_arns", "aws:iam:ManagedPolicy", "id"),
    ("permissions_boundary", "aws:iam:ManagedPolicy", "id"),
    ("role", "aws:iam:Role", "arn"),
];

fn vocabulary() -> Vocabulary {
    let registry = Arc::new(finsight_specs::registry());
    let links = registry
        .iter()
        .flat_map(|spec| spec.properties.iter().map(move |property| (spec.name, property.name)))
        .filter_map(|(from, property)| {
            let (_, to, output) = REFERENCES.iter().find(|(name, to, _)| *name == property && *to != from)?;
            Some(Link::new(from, property, to, output))
        })
        .collect();
    Vocabulary { registry, links }
}

#[test]
fn random_lives() {
    let vocabulary = vocabulary();
    if let Some(seed) = std::env::var("SEED").ok().and_then(|text| text.parse().ok()) {
        let life = live_with(&vocabulary, seed, None, true);
        println!("{}\n{}", life.world.story.join("\n"), life.broken.join("\n"));
    }
    let seeds = std::env::var("SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000);
    let broken: Vec<String> = (0..seeds)
        .filter_map(|seed| {
            let life = live(&vocabulary, seed);
            (!life.broken.is_empty()).then(|| format!("seed {seed}: {}", life.broken.join("\n    ")))
        })
        .take(10)
        .collect();
    assert!(
        broken.is_empty(),
        "{}\nlook at one with SEED=n cargo test -p finsight-sim --test real_types random -- --nocapture",
        broken.join("\n")
    );
}

/// A network as a production program declares it.
fn network(cidr: &str) -> Graph {
    let stack = Stack::new("dev", "ap-northeast-1");
    let s = stack.component("network", [("project".to_owned(), "finsight".to_owned())].into());
    let vpc = s.add("main", Vpc::new(format!("{cidr}.0.0/16")).enable_dns_hostnames(true));
    s.add("default", DefaultSecurityGroup::new(&vpc));
    let gateway = s.add("main", InternetGateway::new());
    s.add("main", VpcGatewayAttachment::new(&vpc, &gateway));
    let public =
        s.add("public", RouteTable::new(&vpc).routes([Route::internet_gateway("0.0.0.0/0", &gateway)]));
    let address = s.add("nat", ElasticIp::new());
    let outside = s.add("public-a", Subnet::new(&vpc, format!("{cidr}.0.0/24")));
    let nat = s.add("main", NatGateway::new(&outside).allocation_id(&address));
    let private = s.add("private", RouteTable::new(&vpc).routes([Route::nat_gateway("0.0.0.0/0", &nat)]));
    s.add("public-a", SubnetRouteTableAssociation::new(&outside, &public));
    for (zone, range) in [("a", 1), ("c", 2)] {
        let subnet = s.add(&format!("private-{zone}"), Subnet::new(&vpc, format!("{cidr}.{range}.0/24")));
        s.add(&format!("private-{zone}"), SubnetRouteTableAssociation::new(&subnet, &private));
    }
    s.add("lambda", SecurityGroup::new(&vpc, "FinSight functions: outbound only"));
    s.add("s3", VpcEndpoint::new(&vpc, "com.amazonaws.ap-northeast-1.s3").route_table_ids([&private]));
    let trust = serde_json::json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}}]});
    let role = s.add("flow-logs", Role::new(Value::from_plain_json(&trust)));
    let group = s.add("flow-logs", LogGroup::new().retention_in_days(30));
    s.add("main", FlowLog::new(&vpc, &group.arn, &role.arn));
    stack.finish().expect("a sound program")
}

#[test]
fn a_network_at_every_step() {
    let registry = Arc::new(finsight_specs::registry());
    let (one, two) = (network("10.0"), network("10.1"));
    let sweep = Sweep { again_at_most: Some(1), ..Sweep::default() };
    for (name, before, after) in
        [("create", None, Some(&one)), ("replace", Some(&one), Some(&two)), ("destroy", Some(&two), None)]
    {
        let report = nth_step(&registry, before, after, &sweep);
        println!("{name}: {report}");
        assert!(report.broken.is_empty(), "{name}: {report}");
    }
}
