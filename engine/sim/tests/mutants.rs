//! Broken engines: each must be caught within a thousand random lives. What only a hardship catches is tried
//! where the engine stands up to that hardship: the lives of an engine that does not would tell nothing.

#![allow(clippy::print_stdout, reason = "a test tells what it has covered")]

use finsight_sim::Hardship;
use finsight_sim::mutants::Mutant;
use finsight_sim::random::{Vocabulary, live_with};

const SEEDS: u64 = 1_000;

#[test]
fn every_mutant_is_caught() {
    let stood = Hardship::stood();
    let mut survivors = Vec::new();
    for mutant in Mutant::ALL {
        if mutant.caught_by().is_some_and(|hardship| !stood.contains(&hardship)) {
            println!("{mutant:?}: waits for {:?}", mutant.caught_by());
            continue;
        }
        // Its own hardship alone: others only make it rarer.
        let hardships = mutant.caught_by().into_iter().collect();
        let vocabulary = Vocabulary::with(&hardships);
        let caught = (0..SEEDS).find_map(|seed| {
            let life = live_with(&vocabulary, seed, Some(mutant.bend()), false);
            life.broken.first().map(|rule| (seed, rule.clone()))
        });
        match caught {
            Some((seed, rule)) => println!("{mutant:?}: seed {seed}: {rule}"),
            None => survivors.push(mutant),
        }
    }
    assert!(survivors.is_empty(), "not caught: {survivors:?}");
}

/// Each hardship has an engine that it catches.
#[test]
fn every_hardship_has_a_mutant() {
    let caught: Vec<Hardship> = Mutant::ALL.into_iter().filter_map(Mutant::caught_by).collect();
    let without: Vec<Hardship> = Hardship::ALL
        .into_iter()
        // A taint is what `TaintIgnored` forgets, in every life.
        .filter(|hardship| *hardship != Hardship::Taint && !caught.contains(hardship))
        .collect();
    assert!(without.is_empty(), "{without:?}");
}
