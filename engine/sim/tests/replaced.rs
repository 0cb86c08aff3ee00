//! Each resource of random programs in turn is replaced, or renamed, under surviving dependents.
//! `SEEDS=5000 cargo test -p finsight-sim --release --test replaced -- --nocapture` tries more.

#![allow(clippy::print_stdout, reason = "a test tells what it has covered")]
#![allow(clippy::disallowed_methods, reason = "how many to try is said by the environment")]

use std::collections::BTreeSet;

use finsight_sim::Hardship;
use finsight_sim::random::Vocabulary;
use finsight_sim::replaced::{Replaced, rename_each, replace_each, story};

fn vocabulary() -> Vocabulary {
    let mut hardships: BTreeSet<Hardship> = Hardship::stood();
    for name in std::env::var("HARD").unwrap_or_default().split(',') {
        hardships.extend(Hardship::named(name));
    }
    Vocabulary::with(&hardships)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn each(of: impl Fn(&Vocabulary, u64, &mut Replaced)) {
    let vocabulary = vocabulary();
    let mut report = Replaced::default();
    let seeds = number("SEEDS").unwrap_or(300);
    let first = number("SEED").unwrap_or(0);
    for seed in first..first + seeds {
        of(&vocabulary, seed, &mut report);
    }
    println!("{seeds} programs: {report}");
    assert!(report.done > 0, "nothing was replaced");
    assert!(report.broken.is_empty(), "{report}");
}

#[test]
fn each_resource_is_replaced_or_the_plan_is_refused() {
    if let (Some(seed), Ok(name)) = (number("SEED"), std::env::var("CASE")) {
        println!("{}", story(&vocabulary(), seed, &name).join("\n"));
    }
    each(replace_each);
}

#[test]
fn each_resource_takes_another_name_or_the_plan_is_refused() {
    each(rename_each);
}
