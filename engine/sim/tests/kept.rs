//! What is retained, protected or excluded is never deleted: small lives with a kill at every record.
//!
//! A sample, the same one each time, so that what it finds has come with a change; others with `SEED=n`. The whole is
//! `LIVES=1000000 cargo test -p finsight-sim --release --test kept -- --nocapture`, which says how far it is
//! every 20,000 lives. `SEED=n` does again what a run has printed.

#![allow(clippy::print_stdout, reason = "a test tells what it has covered")]
#![allow(clippy::disallowed_methods, reason = "how long to live is said by the environment")]

use std::collections::BTreeSet;
use std::time::Instant;

use finsight_sim::Hardship;
use finsight_sim::kept::{Tally, kept, story};
use finsight_sim::mutants::Mutant;
use finsight_sim::random::Vocabulary;

/// How many lives, unless the environment says so.
const SAMPLE: u64 = 20_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn vocabulary() -> Vocabulary {
    let mut hardships: BTreeSet<Hardship> = Hardship::stood();
    for name in std::env::var("HARD").unwrap_or_default().split(',') {
        hardships.extend(Hardship::named(name));
    }
    Vocabulary::with(&hardships)
}

#[test]
fn what_is_to_be_kept_is_kept() {
    let first = number("SEED").unwrap_or(1);
    let lives = number("LIVES").unwrap_or(SAMPLE);
    let vocabulary = vocabulary();
    if lives == 1 {
        println!("{}", story(&vocabulary, first).join("\n"));
    }
    let began = Instant::now();
    let mut tally = Tally { next: first, ..Tally::default() };
    while tally.lives < lives && tally.broken.is_empty() {
        let some = (lives - tally.lives).min(SAMPLE);
        let more = kept(&vocabulary, tally.next, some, None);
        tally = tally.and(more);
        println!("{tally}, {:.0} s", began.elapsed().as_secs_f64());
    }
    let seconds = began.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss)]
    let pace = tally.lives as f64 / seconds.max(0.001);
    println!("from seed {first}, {seconds:.0} s, {pace:.0} lives a second");
    assert!(tally.kills > 0 && tally.kept > 0 && tally.deleted > 0, "{tally}: nothing was tried");
    assert!(tally.broken.is_empty(), "SEED={first}: {tally}");
}

/// Engines that lose what was to be kept are caught.
#[test]
fn engines_that_keep_nothing_are_caught() {
    let hardships = [Hardship::Decisions, Hardship::Selections].into_iter().collect();
    let vocabulary = Vocabulary::with(&hardships);
    for mutant in [Mutant::NoProtection, Mutant::NoRetention, Mutant::UndecidedDeposed] {
        let tally = kept(&vocabulary, 1, 20_000, Some(&|| mutant.bend()));
        assert!(!tally.broken.is_empty(), "{mutant:?} is not caught: {tally}");
        println!("{mutant:?}: {}", tally.broken[0]);
    }
}
