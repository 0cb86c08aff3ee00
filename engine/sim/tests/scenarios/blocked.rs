//! Deletes that others block: what is waited for, and what is not.

use std::sync::Arc;

use finsight_engine::contract::FailureClass;
use finsight_engine::schema::Registry;
use finsight_sim::kinds;

use crate::check::{MINUTE, after, planned, took};
use crate::programs::*;
use crate::tape::{Fault, refuse};
use crate::wish::{apply, destroy, up};

/// G6: the delete waits for what can only happen after it.
#[test]
fn a_delete_that_only_later_steps_could_free_ends_at_once() {
    let mut life = after(&[&named_service("/")]);
    let plan = planned(&life, &up(&named_service("/other/")));
    // The plan took the function for one that holds nothing; it does.
    let mut specs = kinds::specs();
    for property in specs.iter_mut().flat_map(|spec| &mut spec.properties) {
        property.lets_go = None;
    }
    life.world.registry = Arc::new(Registry::new(specs));
    let began = life.world.now;
    let (end, seen) = life.run(
        &apply(&plan, &named_service("/other/")),
        &[refuse("delete Role/runner#1", FailureClass::Blocked)],
    );
    assert_eq!(end, "end failed", "{seen:?}");
    let trouble = &life.troubles[0].1;
    assert_eq!(trouble.code, "EXEC-BLOCKED");
    assert!(trouble.message.contains("Function/api") && trouble.message.contains("`role`"), "{trouble}");
    assert!(took(&life, began) < 2 * MINUTE, "{}", took(&life, began));
}

/// G6: what another step will free is waited for.
#[test]
fn a_delete_whose_holder_is_not_on_record_is_waited_for() {
    let mut life = after(&[&alone(OLD, plain())]);
    let (end, seen) = life.run(&destroy(), &[Fault::First("delete Parent/main#1", FailureClass::Blocked, 5)]);
    assert_eq!(end, "end ok", "{seen:?}");
}
