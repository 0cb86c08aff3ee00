//! Whatever a config says: AWS refuses nothing that the preview let pass.
//!
//! Each key of the config gets values at and beyond what AWS takes; that those which the preview refuses are refused at their
//! key is shown in `programs/finsight/tests/bad_input.rs`. Those that pass are put together and deployed on the embedded AWS,
//! with AWS's service models. A sample of them is; `FINSIGHT_CASES=all` deploys all, `SEED=n` tries another sample.

#[allow(dead_code, reason = "what the preview says is looked at elsewhere")]
#[path = "../../programs/finsight/tests/inputs/mod.rs"]
mod inputs;

use std::collections::BTreeMap;

use finsight_engine::schema::Registry;
use inputs::{Change, base, changes, passes};
use serde_json::Value as Json;

use crate::support::Site;

#[test]
fn aws_refuses_nothing_that_the_preview_lets_pass() {
    let (base, registry) = (base(), finsight_specs::registry());
    let mut all = Vec::new();
    changes(&base, &mut Vec::new(), &mut all);
    let mut passed: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    for change in all {
        if change.made(&base).is_some_and(|config| passes(&config, &registry)) {
            let key = format!("{}{}", change.key(), if change.names { " (name)" } else { "" });
            passed.entry(key).or_default().push(change);
        }
    }
    println!(
        "bad input: {} values of {} keys passed",
        passed.values().map(Vec::len).sum::<usize>(),
        passed.len()
    );
    deploy(&base, &registry, passed);
}

/// Deploys what passed, as much at once as stands together.
fn deploy(base: &Json, registry: &Registry, mut passed: BTreeMap<String, Vec<Change>>) {
    let cases = std::env::var("FINSIGHT_CASES").unwrap_or_default();
    let rounds = if cases == "all" { usize::MAX } else { cases.parse().unwrap_or(1) };
    let seed: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    println!("bad input: SEED={seed}");
    let (mut turn, mut refused) = (seed, Vec::new());
    for round in 0..rounds {
        let mut config = base.clone();
        let mut made: Vec<Change> = Vec::new();
        for of_key in passed.values_mut().filter(|of_key| !of_key.is_empty()) {
            turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(turn >> 33).unwrap_or_default() % of_key.len();
            let change = of_key[at].clone();
            if let Some(with) = change.made(&config)
                && passes(&with, registry)
            {
                config = with;
                made.push(of_key.swap_remove(at));
            }
        }
        if made.is_empty() {
            break;
        }
        let site = Site::local("prod");
        std::fs::write(site.path("config/prod.json"), config.to_string()).expect("the config is written");
        let shown: Vec<String> = made
            .iter()
            .map(|change| {
                format!("{}{} = {}", change.key(), if change.names { " (name)" } else { "" }, change.to)
            })
            .map(|text| text.chars().take(120).collect())
            .collect();
        let run = site.run(&["up", "--yes"]);
        if run.code != Some(0) {
            let failed = run.stdout.lines().filter(|line| line.starts_with('✗'));
            let said = failed.chain(run.stderr.lines()).collect::<Vec<_>>().join("\n");
            refused.push(format!("round {round}, SEED={seed}: {said}\n{}", shown.join("\n")));
        }
        println!("bad input: round {round} tried {} values at once", made.len());
    }
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
}
