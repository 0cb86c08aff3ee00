//! A plan is tied to the state that was loaded, whatever was settled in thought or written beside it since.

use finsight_engine::plan::{Confirmed, Observed, PlanInput, Purpose, Selection, plan};
use finsight_engine::state::{Entry, Removal};

use crate::check::{after, check};
use crate::programs::*;
use crate::wish::{apply, up};

/// V15: a preview beside an `up` of another: its plan carries the serial that it was made from.
#[test]
fn a_plan_carries_the_serial_that_was_loaded() {
    let graph = alone(OLD, plain());
    let mut life = after(&[&graph]);
    let loaded = life.world.store.load().expect("a readable state");
    // What was settled in thought moves the serial of the copy.
    let mut settled = loaded.clone();
    let owner = settled.rows[&urn(PARENT, "main")].owner.clone();
    settled.apply(&[Entry::RowRemoved { owner, why: Removal::Absent }]).expect("a legal record");
    let registry = finsight_sim::kinds::registry();
    let checked = graph.clone().checked(&registry).expect("a sound program");
    let made = plan(&PlanInput {
        graph: &checked,
        purpose: Purpose::Up,
        state: &settled,
        serial: loaded.serial,
        registry: &registry,
        observed: Some(&Observed::default()),
        selection: &Selection::default(),
        replace: &[],
        confirmed: &Confirmed::default(),
        sets: &std::collections::BTreeMap::new(),
        place: &life.world.place,
        entropy: "e",
    })
    .expect("a plan");
    assert_eq!((made.serial, settled.serial), (loaded.serial, loaded.serial + 1));
    // Another one's `up` came between: the state has moved on, and the plan is stale.
    let changed = program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into()), ("note", "two".into())]);
    });
    let (end, seen) = life.run(&up(&changed), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    check(
        life,
        apply(&made, &graph),
        &[],
        "
        plan create Parent/main: it does not exist yet
        stale PLAN-STALE
        row Parent/main#1
    ",
    );
}
