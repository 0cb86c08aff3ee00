//! The n-th step on the whole of FinSight's prod: create, change, replace and destroy, with every
//! mishap at a command of the run, and one more in the run that recovers.
//!
//! An evenly spread sample of the commands, another one with each seed. `FINSIGHT_POSITIONS=all` tries all
//! commands, and every eighth life meets one more mishap then; a number tries so many of them. `SEED=n`
//! does again what a run has printed.

#![allow(clippy::print_stdout, reason = "a test tells what it has covered")]
#![allow(clippy::disallowed_methods, reason = "how long to live is said by the environment")]

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight_engine::graph::Graph;
use finsight_engine::schema::Registry;
use finsight_sim::nth::{Report, Sweep, nth_step};
use serde_json::{Value, json};

/// How many commands are tried with each mishap, unless all are.
const SAMPLE: u64 = 24;

fn prod(change: impl Fn(&mut Value)) -> Graph {
    let mut config: Value = serde_json::from_str(built_in("prod").expect("shipped")).expect("JSON");
    change(&mut config);
    let config = parse("prod.json", &config.to_string()).unwrap_or_else(|error| panic!("{error}"));
    finsight::finsight("prod", &config, &Artifacts::default()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// Prod as it is before it is taken down, or its database replaced: the protection is off.
fn unprotected(config: &mut Value) {
    config["database"]["protection"] = false.into();
}

fn databases(graph: &Graph) -> Vec<String> {
    let of_database = |urn: &&finsight_engine::urn::Urn| urn.type_name() == "aws:rds:DBInstance";
    graph.nodes.keys().filter(of_database).map(ToString::to_string).collect()
}

fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(1, |time| time.as_secs())
    })
}

/// Every command has its turn with all mishaps, each alone and with one more during recovery.
fn sweep(what: &str, before: Option<&Graph>, after: Option<&Graph>) -> Report {
    let registry: Arc<Registry> = Arc::new(finsight_specs::registry());
    let wanted = std::env::var("FINSIGHT_POSITIONS").ok();
    let all = wanted.as_deref() == Some("all");
    let sweep = Sweep {
        again_at_most: Some(1),
        again_in_turn: true,
        again_every: if all { 8 } else { 1 },
        at_most: (!all).then(|| wanted.and_then(|text| text.parse().ok()).unwrap_or(SAMPLE)),
        confirmed: before.map(databases).unwrap_or_default(),
        seed: seed(),
        ..Sweep::default()
    };
    let began = Instant::now();
    let report = nth_step(&registry, before, after, &sweep);
    println!(
        "n-th step, prod, {} resources, {what}: {report} ({} broken, seed {}, {:.0} s)",
        after.or(before).map_or(0, |graph| graph.nodes.len()),
        report.broken.len(),
        sweep.seed,
        began.elapsed().as_secs_f64()
    );
    assert!(report.commands > 0, "{what}: nothing was done");
    assert!(report.broken.is_empty(), "SEED={} {what}: {report}", sweep.seed);
    report
}

#[test]
fn create() {
    let graph = prod(|_| ());
    assert!(graph.nodes.len() > 200, "it is not the whole of prod: {} resources", graph.nodes.len());
    sweep("create", None, Some(&graph));
}

/// Something of each component but for what forces a replacement of data.
#[test]
fn change() {
    let changed = prod(|config| {
        config["network"]["flow_logs"]["retention_days"] = 30.into();
        config["network"]["nat_gateways"] = 2.into();
        config["network"]["database_proxy"] = false.into();
        config["database"]["multi_az"] = true.into();
        config["database"]["max_connections"] = 200.into();
        config["api"]["functions"]["users"]["memory_mib"] = 1024.into();
        config["api"]["throttling"]["burst"] = 300.into();
        config["api"]["log_retention_days"] = 30.into();
        config["frontend"]["node_version"] = "24".into();
    });
    sweep("change", Some(&prod(|_| ())), Some(&changed));
}

/// Another address range and another owner of the database: the network with all that stands in it, and
/// the database, which is confirmed by name.
#[test]
fn replace() {
    let replaced = prod(|config| {
        unprotected(config);
        config["database"]["master_username"] = "finsight_owner".into();
        config["network"]["cidr"] = "10.1.0.0/16".into();
        config["network"]["public_subnets"] = json!(["10.1.0.0/24", "10.1.1.0/24"]);
        config["network"]["private_subnets"] = json!(["10.1.10.0/24", "10.1.11.0/24"]);
    });
    sweep("replace", Some(&prod(unprotected)), Some(&replaced));
}

#[test]
fn destroy() {
    sweep("destroy", Some(&prod(unprotected)), None);
}
