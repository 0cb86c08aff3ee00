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

#[test]
fn every_property_is_set_added_changed_and_removed() {
    let began = Instant::now();
    let (mut types, mut left_out) = (0, 0);
    let mut cases: Vec<Case> = Vec::new();
    let (mut properties, mut failures): (usize, Vec<String>) = (0, Vec::new());
    runtime().block_on(async {
        let mut all = Vec::new();
        for spec in &subjects() {
            let fixture = Fixture::of(spec.name);
            types += 1;
            left_out += fixture.not_tested.len();
            all.extend(fixture.samples.keys().map(|name| (spec.clone(), name.clone())));
        }
        let lives = futures::stream::iter(all).map(|(spec, name)| async move {
            let shown = format!("{}.{name}", spec.name);
            // Each in a task of its own, so that one failure does not hide the next.
            let life = tokio::spawn(async move { one_property(&Fixture::of(spec.name), &spec, &name).await });
            (shown, tokio::time::timeout(Duration::from_secs(120), life).await)
        });
        let mut lives = lives.buffer_unordered(LIVES);
        while let Some((shown, end)) = lives.next().await {
            if !matches!(end, Ok(Ok(_))) {
                println!("failed: {shown}");
            }
            match end {
                Ok(Ok(case)) => {
                    properties += 1;
                    for loss in
                        case.iter().flat_map(|case| kept::judge(std::slice::from_ref(case), &KNOWN).losses)
                    {
                        println!("lost: {loss}");
                    }
                    cases.extend(case);
                }
                Ok(Err(failed)) => failures.push(format!("{shown}: {failed}")),
                Err(_) => failures.push(format!("{shown} does not come to its end")),
            }
        }
    });
    println!(
        "properties: {types} types, {properties} properties set, changed, removed and added; {left_out} not tested, in {:?}",
        began.elapsed()
    );
    let verdict = kept::judge(&cases, &KNOWN);
    let kept_types: BTreeSet<&str> = cases.iter().map(|case| case.type_name.as_str()).collect();
    println!(
        "kept: {} types, {} properties changed in place, {} replaced, beside {} others; {} left out; losses {}",
        kept_types.len(),
        verdict.in_place,
        verdict.replaced,
        cases.iter().map(|case| case.others).sum::<usize>(),
        KNOWN.left_out.len(),
        verdict.losses.len()
    );
    failures.extend(verdict.losses);
    assert!(failures.is_empty(), "{} properties failed:\n{}", failures.len(), failures.join("\n"));
}

async fn one_property(fixture: &Fixture, spec: &TypeSpec, name: &str) -> Option<Case> {
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
        if one_way {
            life.destroy(&what("destroyed")).await;
            life = Life::new().await;
        }
        let (found, others) = kept::beside(&mut life, fixture, spec, (name, first, second), !one_way).await;
        let (type_name, property) = (spec.name.to_owned(), name.to_owned());
        case = Some(Case { type_name, property, alone, beside: found, others });
    }
    life.destroy(&what("destroyed")).await;
    case
}
