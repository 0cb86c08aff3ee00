//! Faults that are planted are found, and sound programs are left alone. A sample of the faults is planted: `SEED=n` draws another,
//! `FINSIGHT_CASES=n` so many, `all` all.
//!
//! ```text
//! $ FINSIGHT_CASES=1000 cargo test -p finsight --test planted -- --nocapture
//! ```
#![allow(clippy::print_stdout)]

mod faults;
mod old;
mod sound;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use faults::Fault;
use finsight::artifacts::Artifacts;
use finsight::config::{Config, built_in, parse};
use finsight::policy::{rules, waivers};
use finsight_engine::expr::references;
use finsight_engine::graph::Graph;
use finsight_engine::policy::{Finding, Subject, evaluate};
use finsight_engine::schema::Registry;
use finsight_engine::urn::Urn;
use serde_json::{Value as Json, json};

const TODAY: &str = "2026-11-30";
const STACKS: [&str; 3] = ["dev", "staging", "prod"];

fn shipped(stack: &str) -> Json {
    serde_json::from_str(built_in(stack).expect("shipped")).expect("JSON")
}

/// A program, and what the policy pack says of it.
struct Program {
    name: &'static str,
    graph: Graph,
    config: Config,
    said: BTreeSet<(String, String, String)>,
}

fn program(name: &'static str, stack: &str, config: &Json, registry: &Registry) -> Program {
    let config = parse("test.json", &config.to_string()).unwrap_or_else(|error| panic!("{error}"));
    let graph = finsight::finsight(stack, &config, &Artifacts::default())
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    let said = judged(&graph, &config, registry).iter().map(key).collect();
    Program { name, graph, config, said }
}

fn judged(graph: &Graph, config: &Config, registry: &Registry) -> Vec<Finding> {
    evaluate(&rules(), &Subject::new(graph, registry, TODAY), &waivers(&config.security))
}

fn key(finding: &Finding) -> (String, String, String) {
    let urn = finding.urn.as_ref().map(ToString::to_string).unwrap_or_default();
    (finding.rule.clone(), urn, finding.message.clone())
}

/// The three stacks, and prod without a way out but for endpoints.
fn programs(registry: &Registry) -> Vec<Program> {
    let mut inside = shipped("prod");
    inside["network"]["nat_gateways"] = 0.into();
    inside["network"]["interface_endpoints"] = json!(["secretsmanager", "email"]);
    let mut all: Vec<Program> =
        STACKS.iter().map(|stack| program(stack, stack, &shipped(stack), registry)).collect();
    all.push(program("prod without NAT", "prod", &inside, registry));
    all
}

/// Resources within so many references of one, in either direction: those that may suffer.
fn near(graph: &Graph, of: &Urn, most: usize) -> BTreeSet<Urn> {
    let mut edges: BTreeMap<Urn, BTreeSet<Urn>> = BTreeMap::new();
    let mut edge = |one: &Urn, other: &Urn| {
        edges.entry(one.clone()).or_default().insert(other.clone());
        edges.entry(other.clone()).or_default().insert(one.clone());
    };
    // Filters and alarms know each other by the name of a metric.
    let named =
        |value: &finsight_engine::value::Value, metric: &str| value.any(&|one| one.as_text() == Some(metric));
    for node in graph.nodes.values() {
        node.inputs.values().flat_map(references).for_each(|other| edge(&node.urn, &other));
        node.options.depends_on.keys().for_each(|other| edge(&node.urn, other));
        if let Some(metric) = node.inputs.get("metric_name").and_then(finsight_engine::value::Value::as_text)
        {
            let filters = graph.nodes.values().filter(|one| one.urn.type_name() == "aws:logs:MetricFilter");
            filters
                .filter(|one| one.inputs.values().any(|value| named(value, metric)))
                .for_each(|one| edge(&node.urn, &one.urn));
        }
    }
    let mut found = BTreeSet::from([of.clone()]);
    let mut queue = VecDeque::from([(of.clone(), 0)]);
    while let Some((urn, far)) = queue.pop_front() {
        for other in edges.get(&urn).into_iter().flatten() {
            if far < most && found.insert(other.clone()) {
                queue.push_back((other.clone(), far + 1));
            }
        }
    }
    found
}

/// What the policy pack says of a fault, on the resource or one that suffers.
fn found(program: &Program, fault: &Fault, registry: &Registry) -> BTreeSet<String> {
    let planted = fault.planted(&program.graph);
    let (near, beside) = (near(&program.graph, &fault.urn, 3), near(&program.graph, &fault.urn, 1));
    let new = judged(&planted, &program.config, registry)
        .into_iter()
        .filter(|finding| !program.said.contains(&key(finding)));
    let about = |finding: &Finding| {
        // Who is further away is told by whom he suffers.
        let named = |urn: &Urn| finding.message.contains(urn.as_str());
        finding.urn.as_ref().is_some_and(|urn| near.contains(urn)) || beside.iter().any(named)
    };
    new.filter(about).map(|finding| finding.rule).collect()
}

/// What somebody asks for besides: `SEED` and `FINSIGHT_CASES`.
#[allow(clippy::disallowed_methods, reason = "a test is told how much to do")]
fn asked(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    if text == "all" {
        return Some(u64::from(u32::MAX));
    }
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

/// A small generator of numbers (SplitMix64): the same seed draws the same faults.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % most as u64).expect("below")
    }
}

/// Faults of which the policy pack says nothing, by a part of `KIND: STACK URN: WHAT`, and why.
const MISSED: &[(&str, &str)] = &[(
    "aws:iam:Role/database-user: secrets",
    "RDS's own secret: the deployment's call of the function fails, in AWS's words",
)];

#[test]
fn planted_faults_are_found() {
    let registry = finsight_specs::registry();
    let programs = programs(&registry);
    let mut kinds: BTreeMap<&str, Vec<(usize, Fault)>> = BTreeMap::new();
    for (at, program) in programs.iter().enumerate() {
        for fault in faults::all(&program.graph) {
            kinds.entry(fault.kind).or_default().push((at, fault));
        }
    }
    let all: usize = kinds.values().map(Vec::len).sum();
    let (seed, cases) = (
        asked("SEED").unwrap_or(15),
        usize::try_from(asked("FINSIGHT_CASES").unwrap_or(60)).expect("a count").min(all),
    );
    let mut dice = Dice(seed);
    // Each kind as often as another, as long as it has some left.
    let mut drawn = Vec::new();
    while drawn.len() < cases {
        let names: Vec<&str> =
            kinds.iter().filter(|(_, left)| !left.is_empty()).map(|(name, _)| *name).collect();
        let left = kinds.get_mut(names[dice.below(names.len())]).expect("a kind");
        drawn.push(left.swap_remove(dice.below(left.len())));
    }
    let mut tally: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut missed = Vec::new();
    for (at, fault) in &drawn {
        let program = &programs[*at];
        let rules = found(program, fault, &registry);
        let (hit, miss) = tally.entry(fault.kind).or_default();
        if rules.is_empty() {
            *miss += 1;
            missed.push(format!("{}: {} {}: {}", fault.kind, program.name, fault.urn, fault.what));
        } else {
            *hit += 1;
        }
    }
    println!("planted faults: seed {seed}, {cases} of {all}");
    for (kind, (hit, miss)) in &tally {
        println!("  {kind}: {hit} found, {miss} missed");
    }
    missed.iter().for_each(|one| println!("  missed {one}"));
    let unnamed: Vec<&String> =
        missed.iter().filter(|one| !MISSED.iter().any(|(part, _)| one.contains(part))).collect();
    assert!(unnamed.is_empty(), "missed, and not named: {unnamed:#?}");
    assert!(missed.len() * 60 <= 2 * cases, "{} of {cases} missed", missed.len());
}
