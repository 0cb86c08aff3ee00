//! The n-th step on the whole of FinSight's prod: create, change, replace and destroy, with every
//! mishap at a command of the run, and one more in the run that recovers.
//!
//! A small, evenly spread sample of the commands, the same one each time, so that what it finds has come with a change;
//! another one with `SEED=n`. `FINSIGHT_POSITIONS=all` tries all
//! commands, and every eighth life meets one more mishap then; a number tries so many of them, such as 24.
//! `DRAWS=n` draws options more often. `SEED=n` does again what a run has printed.

#![allow(clippy::print_stdout, reason = "a test tells what it has covered")]
#![allow(clippy::disallowed_methods, reason = "how long to live is said by the environment")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight_engine::graph::Graph;
use finsight_engine::plan::Confirmed;
use finsight_engine::schema::Registry;
use finsight_engine::urn::{Urn, UrnPattern};
use finsight_sim::nth::{Report, Sweep, nth_step};
use finsight_sim::{Mishap, Rng};
use serde_json::{Value, json};

/// How many commands are tried with each mishap, unless all are.
const SAMPLE: u64 = 6;

/// How many draws of options and exclusions are lived through.
const DRAWS: u64 = 3;

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

/// What holds data, whose name confirms that it may go.
fn holding(graph: &Graph) -> Confirmed {
    let registry = finsight_specs::registry();
    let holds = |urn: &&finsight_engine::urn::Urn| {
        registry.get(urn.type_name()).is_some_and(|spec| spec.data.is_some())
    };
    Confirmed::all(graph.nodes.keys().filter(holds).map(ToString::to_string))
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn seed() -> u64 {
    number("SEED").unwrap_or(1)
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
        confirmed: before.map(holding).unwrap_or_default(),
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
fn changed() -> Graph {
    prod(|config| {
        config["network"]["flow_logs"]["retention_days"] = 30.into();
        config["network"]["nat_gateways"] = 2.into();
        config["network"]["database_proxy"] = false.into();
        config["database"]["multi_az"] = true.into();
        config["database"]["max_connections"] = 200.into();
        config["api"]["functions"]["users"]["memory_mib"] = 1024.into();
        config["api"]["throttling"]["burst"] = 300.into();
        config["api"]["log_retention_days"] = 30.into();
        config["frontend"]["node_version"] = "24".into();
    })
}

#[test]
fn change() {
    sweep("change", Some(&prod(|_| ())), Some(&changed()));
}

/// Another address range and another owner of the database: the network with all that stands in it, and
/// what holds data, which is confirmed by name.
fn replaced() -> Graph {
    prod(|config| {
        unprotected(config);
        config["database"]["master_username"] = "finsight_owner".into();
        config["network"]["cidr"] = "10.1.0.0/16".into();
        config["network"]["public_subnets"] = json!(["10.1.0.0/24", "10.1.1.0/24"]);
        config["network"]["private_subnets"] = json!(["10.1.10.0/24", "10.1.11.0/24"]);
    })
}

#[test]
fn replace() {
    sweep("replace", Some(&prod(unprotected)), Some(&replaced()));
}

#[test]
fn destroy() {
    sweep("destroy", Some(&prod(unprotected)), None);
}

/// A resource and all that it stands on.
fn ground(graph: &Graph, urn: &Urn) -> BTreeSet<Urn> {
    let mut found = BTreeSet::new();
    let mut open = vec![urn.clone()];
    while let Some(urn) = open.pop() {
        if found.insert(urn.clone()) {
            let node = graph.nodes.get(&urn);
            open.extend(node.into_iter().flat_map(|node| node.dependencies()).map(|(to, _)| to));
        }
    }
    found
}

/// What is retained (or else protected), and what is left out of the run. Mostly with all that it stands on: who
/// keeps less than that is refused.
fn draw(graph: &Graph, rng: &mut Rng) -> (BTreeMap<Urn, bool>, BTreeSet<Urn>) {
    let urns: Vec<Urn> = graph.nodes.keys().cloned().collect();
    let (mut options, mut excluded) = (BTreeMap::new(), BTreeSet::new());
    for _ in 0..1 + rng.below(4) {
        let Some(urn) = rng.pick(&urns) else { continue };
        let kept = if rng.chance(800) { ground(graph, urn) } else { BTreeSet::from([urn.clone()]) };
        match rng.below(3) {
            0 => excluded.extend(kept),
            1 => options.extend(kept.into_iter().map(|urn| (urn, true))),
            _ => {
                options.extend(kept.iter().map(|urn| (urn.clone(), false)));
                // What is protected keeps a destroy from going on, unless it is left out.
                if rng.chance(800) {
                    excluded.extend(kept);
                }
            }
        }
    }
    (options, excluded)
}

/// Prod as it stands, and a change of it or its end, with what is retained, protected and excluded drawn at
/// random: it is refused before anything changes, or what is to be kept is kept, whatever happens.
fn kept(what: &str, after: Option<&Graph>) {
    let registry: Arc<Registry> = Arc::new(finsight_specs::registry());
    let draws = number("DRAWS").unwrap_or(DRAWS);
    let mut rng = Rng::new(seed());
    let (mut lived, mut tried, mut refused) = (0, 0, 0);
    while lived < draws && lived + refused < 6 * draws {
        let mut before = prod(unprotected);
        let (options, excluded) = draw(&before, &mut rng);
        let mut after = after.cloned();
        for graph in [Some(&mut before), after.as_mut()].into_iter().flatten() {
            for (urn, retained) in &options {
                if let Some(node) = graph.nodes.get_mut(urn) {
                    node.options.retain_on_delete = *retained;
                    node.options.protect = !retained;
                }
            }
        }
        let sweep = Sweep {
            mishaps: vec![Mishap::CrashBefore, Mishap::CrashAfter],
            again_at_most: Some(1),
            again_in_turn: true,
            again_every: 4,
            at_most: Some(number("FINSIGHT_POSITIONS").unwrap_or(SAMPLE)),
            confirmed: holding(&before),
            exclude: excluded.iter().map(|urn| UrnPattern::new(urn.as_str())).collect(),
            keeps: true,
            seed: rng.number(),
            ..Sweep::default()
        };
        let report = nth_step(&registry, Some(&before), after.as_ref(), &sweep);
        let name = format!("SEED={} {what}, draw {}", seed(), lived + refused);
        // Refused: nothing was done but to read.
        if report.refused {
            refused += 1;
            continue;
        }
        lived += 1;
        tried += report.lives;
        assert!(report.broken.is_empty(), "{name}: {report}");
    }
    println!(
        "n-th step, prod, {what}, options drawn: {lived} times lived through in {tried} lives, all kept; \
         {refused} times refused"
    );
    assert!(tried > 0, "SEED={} {what}: every draw was refused", seed());
}

#[test]
fn what_is_to_be_kept_is_kept_in_a_destroy() {
    kept("destroy", None);
}

#[test]
fn what_is_to_be_kept_is_kept_in_a_replacement() {
    kept("replace", Some(&replaced()));
}

#[test]
fn what_is_to_be_kept_is_kept_in_a_change() {
    kept("change", Some(&changed()));
}
