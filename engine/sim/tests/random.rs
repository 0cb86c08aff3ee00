//! Random lives: `SEEDS=100000 cargo test -p finsight-sim --test random` lives longer, and `HARD=twins,waiting`
//! adds hardships (`engine/sim/src/hardship.rs`) to those that every life holds; `LESS=clocks` takes some away.

#![allow(clippy::print_stdout, reason = "a test tells what it has covered")]
#![allow(clippy::disallowed_methods, reason = "how long to live is said by the environment")]

use std::collections::BTreeSet;

use finsight_sim::Hardship;
use finsight_sim::random::{Vocabulary, live, live_all, live_with};

/// `HARD=retained,twins` adds these hardships to those that every life holds; `HARD=all` adds all.
fn vocabulary() -> Vocabulary {
    let mut hardships: BTreeSet<Hardship> = Hardship::stood();
    if let Ok(names) = std::env::var("HARD") {
        for name in names.split(',') {
            let named = Hardship::named(name);
            assert!(!named.is_empty(), "there is no hardship {name}");
            hardships.extend(named);
        }
    }
    for name in std::env::var("LESS").unwrap_or_default().split(',') {
        for one in Hardship::named(name) {
            hardships.remove(&one);
        }
    }
    Vocabulary::with(&hardships)
}

fn seeds(default: u64) -> u64 {
    std::env::var("SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn first() -> u64 {
    std::env::var("FIRST").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[test]
fn random_lives() {
    let vocabulary = vocabulary();
    if let Ok(text) = std::env::var("SEED") {
        let seed = text.parse().expect("SEED is a number");
        let life = live_with(&vocabulary, seed, None, true);
        println!("{}\n{}", life.world.story.join("\n"), life.broken.join("\n"));
        assert!(life.broken.is_empty());
        return;
    }
    let lives = live_all(&vocabulary, first()..first() + seeds(10_000));
    println!("{} lives, {} commands", lives.lives, lives.commands);
    assert!(
        lives.broken.is_empty(),
        "{}\nlook at one with SEED=n cargo test -p finsight-sim --test random -- --nocapture",
        lives.why()
    );
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let vocabulary = vocabulary();
    for seed in 0..100 {
        let (one, two) = (live(&vocabulary, seed), live(&vocabulary, seed));
        assert_eq!(one.world.fingerprint, two.world.fingerprint, "seed {seed}");
        assert_eq!(one.world.store.bytes(), two.world.store.bytes(), "seed {seed}");
    }
}
