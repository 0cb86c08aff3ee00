//! Every property: set at create, added, changed, removed; and nothing that was not changed is lost.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use finsight_engine::schema::TypeSpec;
use futures::StreamExt as _;
use serde_json::Value as Json;

use crate::fixture::Fixture;
use crate::kept::{self, Case, KNOWN};
use crate::life::Life;
use crate::{runtime, subjects};

/// So many lives at once.
const LIVES: usize = 6;

/// So many properties are changed beside all others, unless `FINSIGHT_CASES` says how many, or `all`.
const SAMPLE: usize = 100;

/// Which of so many are in the sample: spread evenly from where `SEED` says.
fn sample(of: usize) -> BTreeSet<usize> {
    let wanted = std::env::var("FINSIGHT_CASES").ok();
    if wanted.as_deref() == Some("all") || std::env::var("FINSIGHT_TYPES").is_ok() || of == 0 {
        return (0..of).collect();
    }
    let seed: usize = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    println!("SEED={seed}");
    let most = wanted.and_then(|text| text.parse().ok()).unwrap_or(SAMPLE).min(of);
    (0..most).map(|n| (seed % of + n * of / most) % of).collect()
}

#[test]
fn every_property_is_set_added_changed_and_removed() {
    let began = Instant::now();
    let (mut types, mut not_tested) = (0, 0);
    let mut cases: Vec<Case> = Vec::new();
    let (mut properties, mut failures): (usize, Vec<String>) = (0, Vec::new());
    let mut all = Vec::new();
    for spec in &subjects() {
        let fixture = Fixture::of(spec.name);
        types += 1;
        not_tested += fixture.not_tested.len();
        all.extend(fixture.samples.keys().map(|name| (spec.clone(), name.clone())));
    }
    let sample = sample(all.len());
    let whole = sample.len() == all.len();
    runtime().block_on(async {
        let lives = futures::stream::iter(all.into_iter().enumerate()).map(|(at, (spec, name))| {
            let (shown, beside) = (format!("{}.{name}", spec.name), sample.contains(&at));
            async move {
                // Each in a task of its own, so that one failure does not hide the next.
                let life =
                    tokio::spawn(
                        async move { one_property(&Fixture::of(spec.name), &spec, &name, beside).await },
                    );
                (shown, tokio::time::timeout(Duration::from_secs(120), life).await)
            }
        });
        let mut lives = lives.buffer_unordered(LIVES);
        while let Some((shown, end)) = lives.next().await {
            match end {
                Ok(Ok(case)) => {
                    properties += 1;
                    cases.extend(case);
                }
                Ok(Err(failed)) => failures.push(format!("{shown}: {failed}")),
                Err(_) => failures.push(format!("{shown} does not come to its end")),
            }
        }
    });
    println!(
        "properties: {types} types, {properties} properties set, changed, removed and added; {not_tested} not tested, in {:?}",
        began.elapsed()
    );
    let verdict = kept::judge(&cases, &KNOWN);
    println!("{verdict}; {} left out, and the {not_tested} that are not tested", KNOWN.left_out.len());
    if whole && failures.is_empty() && std::env::var("FINSIGHT_TYPES").is_err() {
        failures.extend(KNOWN.stale(&verdict.met));
    }
    failures.extend(verdict.losses);
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// What is known of single properties exists, and is still so.
#[test]
fn what_is_known_of_what_is_kept_is_still_so() {
    KNOWN.check(&crate::registry());
}

async fn one_property(fixture: &Fixture, spec: &TypeSpec, name: &str, beside_all: bool) -> Option<Case> {
    let property = spec.property(name).expect("checked by another test");
    let (first, second) = &fixture.samples[name];
    let beside = fixture.beside(name);
    let with = |value: &Json| {
        let mut inputs = beside.clone();
        inputs.push((name, value.clone()));
        fixture.graph(&inputs)
    };
    let what = |stage: &str| format!("{}.{name} {stage}", spec.name);

    let mut life = Life::new().await;
    life.reach(&with(first), &what("set at create")).await;
    let one_way = fixture.one_way.contains_key(name);
    // A property whose two samples are the same can only be set and removed.
    let mut alone = None;
    if first != second {
        alone = Some(kept::change(&mut life, &with(second), spec.name, &what("changed")).await);
    }
    if !property.required && !one_way {
        life.reach(&fixture.graph_without(name), &what("removed")).await;
        kept::change(&mut life, &with(first), spec.name, &what("added")).await;
    }
    let mut case = None;
    assert!(
        alone.is_some() || KNOWN.is_left_out(spec.name, name),
        "its two samples are the same, and tests/handlers/kept.json does not say why"
    );
    if let Some(alone) = alone.filter(|_| !KNOWN.is_left_out(spec.name, name)) {
        if one_way && beside_all {
            life.destroy(&what("destroyed")).await;
            life = Life::new().await;
        }
        let (found, others) = if beside_all {
            kept::beside(&mut life, fixture, spec, (name, first, second), !one_way).await
        } else {
            (Vec::new(), 0)
        };
        let (type_name, property) = (spec.name.to_owned(), name.to_owned());
        case = Some(Case { type_name, property, alone, beside: found, others });
    }
    life.destroy(&what("destroyed")).await;
    case
}
