//! The n-th step on FinSight's own network: every command of create, change,
//! replace and destroy, with a crash before it, a crash after it, and its answer lost.

#![allow(clippy::print_stdout)]

use std::sync::Arc;

use finsight::config::{built_in, parse};
use finsight_engine::graph::Graph;
use finsight_engine::schema::Registry;
use finsight_sim::nth::{Report, Sweep, nth_step};

fn network(change: impl Fn(&mut serde_json::Value)) -> Graph {
    let mut config: serde_json::Value =
        serde_json::from_str(built_in("prod").expect("shipped")).expect("JSON");
    change(&mut config);
    let config = parse("prod.json", &config.to_string()).unwrap_or_else(|error| panic!("{error}"));
    finsight::finsight("prod", &config, &finsight::artifacts::Artifacts::default())
        .unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn sweep(what: &str, before: Option<&Graph>, after: Option<&Graph>) {
    let registry: Arc<Registry> = Arc::new(finsight_specs::registry());
    // One more mishap in the recovering run, spread over its commands.
    let sweep = Sweep { again_at_most: Some(1), ..Sweep::default() };
    let report: Report = nth_step(&registry, before, after, &sweep);
    println!(
        "n-th step, FinSight's network, {what}: {} of {} commands covered, {} lives, {} crashes, {} broken",
        report.commands,
        report.commands,
        report.lives,
        report.crashes,
        report.broken.len()
    );
    assert!(report.commands > 0, "{what}: nothing was done");
    assert!(report.broken.is_empty(), "{what}: {report}");
}

#[test]
fn create() {
    sweep("create", None, Some(&network(|_| ())));
}

#[test]
fn change() {
    let changed = network(|config| {
        config["network"]["flow_logs"]["retention_days"] = 30.into();
        config["network"]["nat_gateways"] = 2.into();
        config["network"]["database_proxy"] = false.into();
    });
    sweep("change", Some(&network(|_| ())), Some(&changed));
}

#[test]
fn replace() {
    let replaced = network(|config| {
        config["network"]["cidr"] = "10.1.0.0/16".into();
        config["network"]["public_subnets"] = serde_json::json!(["10.1.0.0/24", "10.1.1.0/24"]);
        config["network"]["private_subnets"] = serde_json::json!(["10.1.10.0/24", "10.1.11.0/24"]);
    });
    sweep("replace", Some(&network(|_| ())), Some(&replaced));
}

#[test]
fn destroy() {
    sweep("destroy", Some(&network(|_| ())), None);
}
