//! The project's own resource types in random lives.

#![allow(clippy::print_stdout, reason = "a test tells what it has covered")]
#![allow(clippy::disallowed_methods, reason = "how long to live is said by the environment")]

use std::sync::Arc;

use finsight_engine::schema::{Identity, Registry, TypeSpec};
use finsight_sim::random::{Link, Vocabulary, live_all, live_with};

/// What properties of these names refer to.
const REFERENCES: [(&str, &str, &str); 29] = [
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
    ("function_name", "aws:lambda:Function", "id"),
    ("rest_api_id", "aws:apigateway:RestApi", "id"),
    ("usage_plan_id", "aws:apigateway:UsagePlan", "id"),
    ("app_id", "aws:amplify:App", "id"),
    ("hosted_zone_id", "aws:route53:HostedZone", "id"),
    ("topic_arn", "aws:sns:Topic", "arn"),
    ("log_group_name", "aws:logs:LogGroup", "id"),
    ("certificate_arn", "aws:acm:Certificate", "arn"),
    ("bucket", "aws:s3:Bucket", "id"),
];

/// What the simulated cloud cannot tell of the real one, besides what [`carried`] says. The embedded
/// AWS is where these types are tested, by the handlers' own lives.
const LEFT_OUT: [&str; 3] = [
    // AWS makes its value where none is set, so that two of them never stand in each other's way.
    "aws:apigateway:ApiKey",
    // Random aliases take each other's place, which AWS lets one distribution alone do.
    "aws:cloudfront:Distribution",
    // Its random names are words that other types have as a value.
    "aws:config:ConfigurationRecorder",
];

/// Whether the simulated cloud can carry a type: it proves by tags or another mark whose a resource is, and
/// takes an entry of a parent for ours where the parent is.
fn carried(spec: &TypeSpec) -> bool {
    let refers = |name: &str| REFERENCES.iter().any(|(known, to, _)| *known == name && *to != spec.name);
    let seen = |name: &str| spec.property(name).is_some_and(|property| !property.write_only);
    match spec.identity {
        _ if LEFT_OUT.contains(&spec.name) => false,
        Identity::Minted { .. } => true,
        Identity::Named { .. } => spec.taggable(),
        Identity::Child { key } => key.iter().any(|name| refers(name)) && key.iter().all(|name| seen(name)),
        Identity::Adopted { key } => {
            key.iter().any(|name| refers(name)) && !spec.properties.iter().any(|property| property.write_only)
        }
    }
}

fn vocabulary() -> Vocabulary {
    let known = finsight_specs::registry();
    // Random values know nothing of AWS's words and ranges.
    let unlimited = |spec: &TypeSpec| TypeSpec { limits: Vec::new(), ..spec.clone() };
    let registry = Arc::new(Registry::new(known.iter().filter(|spec| carried(spec)).map(unlimited)));
    println!("{} of {} types", registry.iter().count(), known.iter().count());
    let links = registry
        .iter()
        .flat_map(|spec| spec.properties.iter().map(move |property| (spec.name, property.name)))
        .filter_map(|(from, property)| {
            let (_, to, output) = REFERENCES.iter().find(|(name, to, _)| *name == property && *to != from)?;
            Some(Link::new(from, property, to, output))
        })
        .collect();
    let mut hardships = finsight_sim::Hardship::stood();
    for name in std::env::var("LESS").unwrap_or_default().split(',') {
        for one in finsight_sim::Hardship::named(name) {
            hardships.remove(&one);
        }
    }
    Vocabulary { registry, links, hardships }
}

#[test]
fn random_lives() {
    let vocabulary = vocabulary();
    if let Some(seed) = std::env::var("SEED").ok().and_then(|text| text.parse().ok()) {
        let life = live_with(&vocabulary, seed, None, true);
        println!("{}\n{}", life.world.story.join("\n"), life.broken.join("\n"));
        assert!(life.broken.is_empty());
        return;
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("FIRST").unwrap_or(0);
    let lives = live_all(&vocabulary, first..first + number("SEEDS").unwrap_or(3_000));
    println!("{} lives, {} commands", lives.lives, lives.commands);
    assert!(
        lives.broken.is_empty(),
        "{}\nlook at one with SEED=n cargo test -p finsight-sim --test real_types random -- --nocapture",
        lives.why()
    );
}
