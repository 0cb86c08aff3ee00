//! What was not changed is kept: a property is changed while all others are set, and again while AWS has them
//! and the program does not say them; the whole account is compared before and after.
//!
//! Which paths of the account are a property's own is found by changing it alone. Any other path that changes
//! beside is a loss, and so is one that two properties of a type call their own, unless `kept.json` says why.

mod crowd;
mod facts;
mod known;
mod others;
mod proof;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::graph::Graph;
use finsight_engine::plan::Op;
use finsight_engine::schema::TypeSpec;
use serde_json::Value as Json;

pub use facts::Moved;
use facts::{Facts, Names};
pub use known::KNOWN;
pub use verdict::judge;

use crate::fixture::{Fixture, urn};
use crate::life::Life;

/// The account at one moment.
pub struct Before {
    snapshot: Json,
    names: Names,
}

impl Before {
    pub fn of(life: &Life) -> Self {
        let snapshot = life.cloud.snapshot().expect("the account is written as JSON");
        Self {
            snapshot,
            names: Names::of(
                &life.state,
                &crate::registry(),
                life.state.rows.keys().find(|urn| urn.name() == "subject"),
            ),
        }
    }

    /// What is another one since: all of it, or, where the resource was replaced, what was lost.
    pub fn changes(&self, life: &Life, op: Op) -> BTreeMap<String, Moved> {
        let now = Self::of(life);
        let anew = op == Op::Replace;
        let before = Facts::of(&self.snapshot, &self.names, anew);
        // What is left of the replaced one does not count for the new one.
        let names = if anew { now.names.after(&self.names) } else { now.names };
        let mut changes = before.changes(&Facts::of(&now.snapshot, &names, anew));
        changes.retain(|_, moved| !anew || !moved.lost.is_empty());
        changes
    }
}

/// A change of one property, in one way.
#[derive(Debug)]
pub struct Change {
    pub op: Op,
    pub changes: BTreeMap<String, Moved>,
}

/// What the changes of a property came to.
#[derive(Debug)]
pub struct Case {
    pub type_name: String,
    pub property: String,
    /// Alone.
    pub alone: Change,
    /// While all others are said, and while they are not; how many were.
    pub beside: Vec<(&'static str, Change)>,
    pub others: usize,
}

impl Case {
    /// The paths that change when it is changed alone.
    pub fn own(&self) -> BTreeSet<&str> {
        self.alone.changes.keys().map(String::as_str).collect()
    }
}

/// Changes a property beside all others, and, where it can be changed back, while nothing else is said any more.
pub async fn beside(
    life: &mut Life,
    fixture: &Fixture,
    spec: &TypeSpec,
    (name, from, to): (&str, &Json, &Json),
    back: bool,
) -> (Vec<(&'static str, Change)>, usize) {
    let crowd = crowd::crowd(fixture, spec, name);
    let full = |value: &Json| {
        let others = crowd.iter().map(|(name, value)| (name.as_str(), value.clone()));
        fixture.graph(&others.chain([(name, value.clone())]).collect::<Vec<_>>())
    };
    let alone = |value: &Json| {
        let mut inputs = fixture.beside(name);
        inputs.push((name, value.clone()));
        fixture.graph(&inputs)
    };
    let what = |stage: &str| format!("{}.{name} {stage}", spec.name);
    let mut found = Vec::new();
    life.reach(&full(from), &what("with all others")).await;
    let said = change(life, &full(to), spec.name, &what("changed beside all others")).await;
    // What is made anew has what the program says.
    let back = back && said.op != Op::Replace;
    found.push(("said", said));
    if back {
        life.reach(&alone(to), &what("with nothing said of the others")).await;
        let unsaid = change(life, &alone(from), spec.name, &what("changed beside what is unsaid")).await;
        found.push(("unsaid", unsaid));
        let row = life.subject(spec.name);
        if others::add(life, &row).await {
            life.reach(&alone(from), &what("with what others have set")).await;
            let set = change(life, &alone(to), spec.name, &what("changed beside what others have set")).await;
            found.push(("set by others", set));
        }
    }
    (found, crowd.len())
}

/// A change that the plan must show, and that must then stand; what else it has changed.
pub async fn change(life: &mut Life, graph: &Graph, type_name: &str, what: &str) -> Change {
    let plan = life.plan(graph).await;
    let step = plan.step(&urn(type_name, "subject")).expect("the subject has a step");
    let op = step.op;
    assert_ne!(op, Op::Same, "{what}: the plan shows no change");
    let before = Before::of(life);
    let outcome = life.execute(plan).await;
    let outcome = life.or_later(outcome, graph).await;
    assert!(outcome.succeeded(), "{what}: {:?}", outcome.errors);
    let again = life.plan(graph).await;
    assert!(!again.has_changes(), "{what}: a second run would change {}", crate::life::shown(&again));
    let changes = before.changes(life, op);
    Change { op, changes }
}
