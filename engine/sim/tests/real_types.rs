//! The project's own resource types in random lives.

#![allow(clippy::print_stdout, reason = "a test tells what it has covered")]
#![allow(clippy::disallowed_methods, reason = "how long to live is said by the environment")]

use std::sync::Arc;

use finsight_engine::schema::Registry;
use finsight_sim::random::{Link, Vocabulary, live, live_with};

/// What properties of these names refer to.
const REFERENCES: [(&str, &str, &str); 20] = [
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
    ("db_proxy_name", "aws:rds:DBProxy", "id"),
    ("db_instance_identifier", "aws:rds:DBInstance", "id"),
    ("secret_id", "aws:secretsmanager:Secret", "id"),
];

/// Types that the simulated cloud does not show as AWS does; the embedded AWS is where they are tested.
const LEFT_OUT: [(&str, &str); 7] = [
    ("aws:apigateway:Account", "a write-only property of what is adopted is never sent by a create call"),
    ("aws:apigateway:Deployment", "it takes no tags: AWS shows the owner in its description"),
    ("aws:cloudfront:CachePolicy", "it takes no tags: its content proves whose it is"),
    ("aws:cloudfront:OriginAccessControl", "it takes no tags: its content proves whose it is"),
    ("aws:cloudfront:OriginRequestPolicy", "it takes no tags: its content proves whose it is"),
    ("aws:cloudfront:ResponseHeadersPolicy", "it takes no tags: its content proves whose it is"),
    ("aws:lambda:Version", "AWS never gives back the trigger that tells versions apart"),
];

fn vocabulary() -> Vocabulary {
    let known = finsight_specs::registry();
    let fits = |name: &str| !LEFT_OUT.iter().any(|(left_out, _)| *left_out == name);
    let registry = Arc::new(Registry::new(known.iter().filter(|spec| fits(spec.name)).cloned()));
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
