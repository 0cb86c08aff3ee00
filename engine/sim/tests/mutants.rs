//! Broken engines: each must be caught within a thousand random lives.

#![allow(clippy::print_stdout, reason = "a test tells what it has covered")]

use finsight_sim::mutants::Mutant;
use finsight_sim::random::{Vocabulary, live_with};

const SEEDS: u64 = 1_000;

#[test]
fn every_mutant_is_caught() {
    let vocabulary = Vocabulary::simulated();
    let mut survivors = Vec::new();
    for mutant in Mutant::ALL {
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
