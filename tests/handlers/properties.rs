//! Every property: set at create, added, changed, removed.

use std::time::Duration;

use finsight_engine::plan::Op;
use finsight_engine::schema::TypeSpec;
use serde_json::Value as Json;

use crate::fixture::Fixture;
use crate::life::Life;
use crate::{runtime, subjects};

#[test]
fn every_property_is_set_added_changed_and_removed() {
    let (mut types, mut properties, mut left_out) = (0, 0, 0);
    let mut failures: Vec<String> = Vec::new();
    runtime().block_on(async {
        for spec in &subjects() {
            let fixture = Fixture::of(spec.name);
            types += 1;
            left_out += fixture.not_tested.len();
            for name in fixture.samples.keys() {
                let (spec, name, shown) = (spec.clone(), name.clone(), format!("{}.{name}", spec.name));
                // Each in a task of its own, so that one failure does not hide the next.
                let life =
                    tokio::spawn(async move { one_property(&Fixture::of(spec.name), &spec, &name).await });
                match tokio::time::timeout(Duration::from_secs(60), life).await {
                    Ok(Ok(())) => properties += 1,
                    Ok(Err(failed)) => failures.push(format!("{shown}: {failed}")),
                    Err(_) => failures.push(format!("{shown} does not come to its end")),
                }
            }
        }
    });
    println!(
        "properties: {types} types, {properties} properties set, changed, removed and added; {left_out} not tested"
    );
    assert!(failures.is_empty(), "{} properties failed:\n{}", failures.len(), failures.join("\n"));
}

async fn one_property(fixture: &Fixture, spec: &TypeSpec, name: &str) {
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
    // A property whose two samples are the same can only be set and removed.
    if first != second {
        change(&mut life, &with(second), spec.name, &what("changed")).await;
    }
    if !property.required && !fixture.one_way.contains_key(name) {
        life.reach(&fixture.graph_without(name), &what("removed")).await;
        change(&mut life, &with(first), spec.name, &what("added")).await;
    }
    life.destroy(&what("destroyed")).await;
}

/// A change that the plan must show, and that must then stand.
async fn change(life: &mut Life, graph: &finsight_engine::graph::Graph, type_name: &str, what: &str) {
    let plan = life.plan(graph).await;
    let step = plan.step(&crate::fixture::urn(type_name, "subject")).expect("the subject has a step");
    assert_ne!(step.op, Op::Same, "{what}: the plan shows no change");
    let outcome = life.execute(plan).await;
    assert!(outcome.succeeded(), "{what}: {:?}", outcome.errors);
    life.reach(graph, what).await;
}
