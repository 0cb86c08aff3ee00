//! Ctrl-C: once, and what is in flight is finished; twice, and the next run settles it.

use finsight_engine::contract::FailureClass;
use finsight_sim::Mishap;

use crate::check::{after, check, nothing, took};
use crate::programs::*;
use crate::tape::{Fault, pending, refuse};
use crate::wish::up;

#[test]
fn after_ctrl_c_what_is_in_flight_finishes_and_is_recorded_and_nothing_new_starts() {
    let faults = [Fault::At("call create Parent/", Mishap::Interrupt)];
    let life = check(
        nothing(),
        up(&three()).at_once(),
        &faults,
        "
        plan create Parent/two: it does not exist yet
        plan create Parent/three: it does not exist yet
        plan create Parent/one: it does not exist yet
        plan create Member/a: it does not exist yet
        create Parent/one#1
        create Parent/three#1
        create Parent/two#1
        skipped Member/a: the run was interrupted
        end interrupted
        row Parent/one#1
        row Parent/three#1
        row Parent/two#1
    ",
    );
    let finish = life.world.store.state().history.last().and_then(|update| update.finish.clone());
    assert_eq!(finish.map(|finish| finish.result).as_deref(), Some("interrupted"));
    check(
        life,
        &three(),
        &[],
        "
        plan create Member/a: it does not exist yet
        create Member/a#1
        end ok
        row Member/a#1 on Parent/one#1
        row Parent/one#1
        row Parent/three#1
        row Parent/two#1
    ",
    );
}

#[test]
fn ctrl_c_before_anything_has_begun_changes_nothing() {
    check(
        nothing(),
        &three(),
        &[Fault::At("record start", Mishap::Interrupt)],
        "
        plan create Parent/two: it does not exist yet
        plan create Parent/three: it does not exist yet
        plan create Parent/one: it does not exist yet
        plan create Member/a: it does not exist yet
        skipped Parent/two: the run was interrupted
        skipped Parent/three: the run was interrupted
        skipped Parent/one: the run was interrupted
        skipped Member/a: the run was interrupted
        end interrupted
    ",
    );
}

#[test]
fn ctrl_c_while_the_live_resources_are_read_changes_nothing() {
    let life = after(&[&alone(OLD, plain())]);
    let bytes = life.world.store.bytes();
    let life = check(
        life,
        &alone(NEW, plain()),
        &[Fault::At("call read Parent/main#1", Mishap::Interrupt)],
        "
        end interrupted
        row Parent/main#1
    ",
    );
    assert!(life.world.store.bytes() == bytes);
}

#[test]
fn ctrl_c_while_open_intents_are_settled_finishes_that_and_begins_nothing() {
    let graph = net(OLD, plain(), plain());
    let life = check(
        nothing(),
        &graph,
        &[Fault::At("call create Parent/main#1", Mishap::CrashAfter)],
        "
        plan create Parent/main: it does not exist yet
        plan create Member/a: it does not exist yet
        create Parent/main#1
        end crashed
        open create Parent/main#1
    ",
    );
    check(
        life,
        &graph,
        &[Fault::At("call find Parent/main#1", Mishap::Interrupt)],
        "
        find Parent/main#1
        recovered Parent/main: it was created as Parent/main#1 and is on record now
        end unsettled
        row Parent/main#1 created
    ",
    );
}

#[test]
fn ctrl_c_in_an_update_finishes_it_to_its_end() {
    let noted = |note: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
            p.add_with(ROLE, "runner", &[("note", note.into())], depending(&main));
        })
    };
    check(
        after(&[&noted("one")]),
        &noted("two"),
        &[Fault::At("record intend update Parent/main#1", Mishap::Interrupt)],
        "
        plan update Parent/main: the program changed it
        plan update Role/runner: the program changed it
        converge Parent/main#1 note
        skipped Role/runner: the run was interrupted
        end interrupted
        row Role/runner#1 on Parent/main#1
        row Parent/main#1
    ",
    );
}

#[test]
fn ctrl_c_twice_leaves_intents_and_the_next_run_settles_them() {
    // The second one ends the process at once: the same as a kill.
    let faults = [
        Fault::At("call create Parent/one", Mishap::Interrupt),
        Fault::At("call create Parent/two", Mishap::CrashAfter),
    ];
    let mut life = nothing();
    let (end, _) = life.run(&up(&three()).at_once(), &faults);
    assert_eq!(end, "end crashed");
    assert!(!life.world.store.state().intents.is_empty());
    let mut again = life.fork();
    let (end, seen) = again.run(&(&three()).into(), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    again.world.expect_converged(&three());
    again.world.expect_no_violations();
    assert_eq!(again.world.cloud.standing().count(), 4);
}

/// G6: a step that waits ends with the interrupt, and is no error.
#[test]
fn ctrl_c_ends_a_poll() {
    let graph = alone(OLD, plain());
    let faults =
        [Fault::Answer("read Parent/main#1", pending), Fault::At("read Parent/main#1", Mishap::Interrupt)];
    let life = nothing();
    let began = life.world.now;
    let life = check(
        life,
        &graph,
        &faults,
        "
        plan create Parent/main: it does not exist yet
        create Parent/main#1
        broken off Parent/main: the run was interrupted
        end interrupted
        row Parent/main#1 created
    ",
    );
    assert!(took(&life, began) < 2_000, "{}", took(&life, began));
    check(
        life,
        &graph,
        &[],
        "
        plan update Parent/main: an earlier run did not finish it
        end ok
        row Parent/main#1
    ",
    );
}

/// G6: also one that had begun long before.
#[test]
fn ctrl_c_ends_waits_that_have_begun() {
    let faults = [
        Fault::Answer("read Parent/one#1", pending),
        refuse("create Parent/three", FailureClass::Throttled),
        Fault::At("call create Parent/two", Mishap::Interrupt),
    ];
    let mut life = nothing();
    let began = life.world.now;
    let (end, seen) = life.run(&up(&three()).at_once(), &faults);
    assert_eq!(end, "end interrupted", "{seen:?}");
    assert!(life.troubles.is_empty(), "{seen:?}");
    assert!(took(&life, began) < 2_000, "{}", took(&life, began));
    let open = life.world.store.state().intents.len();
    assert_eq!(open, 0, "what a throttled call did is known");
    let (end, seen) = life.run(&up(&three()), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
}
