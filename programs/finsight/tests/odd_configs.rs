//! Whole configs that somebody could write: each is refused at a place, or has a program that passes every check, can be
//! planned, judged and priced. That those which pass are made, stay as they are and leave nothing is shown in
//! `tests/end_to_end/odd_configs.rs`.
#![allow(clippy::print_stdout)]

mod odd;

use std::collections::{BTreeMap, BTreeSet};

use finsight::artifacts::Artifacts;
use finsight::config::{Config, ConfigError, Source};
use finsight::cost::estimate;
use finsight::policy::{rules, waivers};
use finsight_engine::context::Place;
use finsight_engine::cost::Items;
use finsight_engine::graph::CheckedGraph;
use finsight_engine::plan::{Confirmed, PlanInput, Purpose, Selection, plan};
use finsight_engine::policy::{Subject, evaluate};
use finsight_engine::schema::Registry;
use finsight_engine::state::State;
use odd::{CONFIGS, Odd, odd};

/// The program of a config, or where it is refused.
fn judged(one: &Odd, registry: &Registry) -> Result<(Config, CheckedGraph), ConfigError> {
    let text = serde_json::to_string_pretty(&one.config).expect("JSON");
    let source = Source { file: format!("{}.json", one.stack), text };
    let config = source.config()?;
    let declare = |config: &Config| finsight::finsight(&one.stack, config, &Artifacts::default());
    match declare(&config).and_then(|graph| graph.checked(registry)) {
        Ok(graph) => Ok((config, graph)),
        Err(refused) => {
            let (error, rest) = source.trace(&config, refused, registry, &declare);
            assert!(rest.is_empty(), "seed {}, {:?}: refused at no key: {rest:?}", one.seed, one.turns);
            Err(error.expect("refused at a key"))
        }
    }
}

/// Whether an `up` from nothing can be planned, and changes what it declares.
fn planned(one: &Odd, graph: &CheckedGraph, registry: &Registry) -> Result<(), String> {
    let state = State::empty(&one.stack);
    let input = PlanInput {
        graph,
        purpose: Purpose::Up,
        state: &state,
        serial: 0,
        registry,
        observed: None,
        selection: &Selection::default(),
        replace: &[],
        confirmed: &Confirmed::default(),
        sets: &std::collections::BTreeMap::new(),
        place: &Place::default(),
        entropy: "the same each time",
    };
    let plan = plan(&input)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let missing = plan.steps.len() < graph.nodes.len();
    if missing {
        Err(format!("{} steps for {} resources", plan.steps.len(), graph.nodes.len()))
    } else {
        Ok(())
    }
}

#[test]
fn each_is_refused_at_a_place_or_has_a_sound_program() {
    let registry = finsight_specs::registry();
    let rules = rules();
    let (mut passed, mut wrong) = (0, Vec::new());
    let mut refused: BTreeMap<String, u32> = BTreeMap::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for one in (0..CONFIGS).map(odd) {
        let mut say = |what: String| wrong.push(format!("seed {}, {:?}: {what}", one.seed, one.turns));
        match judged(&one, &registry) {
            Ok(_) if one.mistaken => say("it was taken".to_owned()),
            Ok((config, graph)) => {
                passed += 1;
                seen.extend(&one.turns);
                planned(&one, &graph, &registry).unwrap_or_else(&mut say);
                let subject = Subject::new(&graph, &registry, "2026-12-01");
                let findings = evaluate(&rules, &subject, &waivers(&config.security));
                findings
                    .iter()
                    .filter(|finding| finding.refuses())
                    .for_each(|finding| say(format!("{finding:?}")));
                if let Err(errors) = estimate(&Items::of_graph(&graph, &registry), 10) {
                    // Prices are of some regions alone, and say so.
                    let known = one.turns.contains(&"another region")
                        || one.turns.contains(&"a database of another class");
                    if !known {
                        say(format!("{errors:?}"));
                    }
                }
            }
            Err(error) => {
                for problem in &error.problems {
                    if problem.line == 0 || problem.column == 0 {
                        say(format!("refused at no place: {problem:?}"));
                    }
                    let shape = if problem.path.is_empty() { "by its shape" } else { &problem.path };
                    *refused.entry(shape.to_owned()).or_default() += 1;
                }
                if !one.mistaken {
                    say(format!("{error}"));
                }
            }
        }
    }
    println!(
        "odd configs: {CONFIGS}, of which {passed} passed with {} kinds of turns; refused at {refused:?}",
        seen.len()
    );
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(passed >= 150, "{passed}");
}
