//! Killed, or without room for the state: nothing is lost, nothing stands twice.

use finsight_sim::Mishap;

use crate::check::{Life, after, check, nothing};
use crate::programs::*;
use crate::tape::Fault;
use crate::wish::{destroy, preview, up};

/// `up` of `Parent/main` that is killed at its create call.
fn killed(mishap: Mishap) -> Life {
    check(
        nothing(),
        &alone(OLD, plain()),
        &[Fault::At("call create Parent/main#1", mishap)],
        match mishap {
            Mishap::CrashBefore | Mishap::CrashAfter | Mishap::CrashInFlight => {
                "
            plan create Parent/main: it does not exist yet
            create Parent/main#1
            end crashed
            open create Parent/main#1
        "
            }
            _ => "",
        },
    )
}

const FOUND: &str = "
    plan update Parent/main: an earlier run did not finish it
    find Parent/main#1
    recovered Parent/main: it was created as Parent/main#1 and is on record now
    end ok
    row Parent/main#1
";

const NOT_FOUND: &str = "
    plan create Parent/main: it does not exist yet
    find Parent/main#1
    create Parent/main#2
    recovered Parent/main: it was not created
    end ok
    row Parent/main#2
";

#[test]
fn killed_between_intent_and_result_of_a_create_exactly_one_stands_after_the_next_up() {
    let graph = alone(OLD, plain());
    for (mishap, next) in
        [(Mishap::CrashAfter, FOUND), (Mishap::CrashInFlight, FOUND), (Mishap::CrashBefore, NOT_FOUND)]
    {
        let life = check(killed(mishap), &graph, &[], next);
        assert_eq!(life.world.cloud.standing().count(), 1, "{mishap:?}");
    }
}

#[test]
fn killed_there_a_destroy_leaves_nothing() {
    check(
        killed(Mishap::CrashAfter),
        destroy(),
        &[],
        "
        plan delete Parent/main: the stack is taken down
        find Parent/main#1
        delete Parent/main#1
        recovered Parent/main: it was created as Parent/main#1 and is on record now
        end ok
    ",
    );
    let life = check(
        killed(Mishap::CrashBefore),
        destroy(),
        &[],
        "
        find Parent/main#1
        recovered Parent/main: it was not created
        end ok
    ",
    );
    assert_eq!(life.world.cloud.standing().count(), 0);
}

#[test]
fn killed_in_an_update_and_in_a_delete_the_next_run_goes_on() {
    let noted = |note: &str| {
        program(|p| {
            p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
        })
    };
    let faults = [Fault::At("call converge Parent/main#1", Mishap::CrashAfter)];
    let life = check(
        after(&[&noted("one")]),
        &noted("two"),
        &faults,
        "
        plan update Parent/main: the program changed it
        converge Parent/main#1 note
        end crashed
        row Parent/main#1 unfinished
        open update Parent/main#1
    ",
    );
    let life = check(
        life,
        &noted("two"),
        &[],
        "
        plan update Parent/main: an earlier run did not finish it
        converge Parent/main#1 note
        recovered Parent/main: its update goes on
        end ok
        row Parent/main#1
    ",
    );
    let life = check(
        life,
        destroy(),
        &[Fault::At("call delete Parent/main#1", Mishap::CrashAfter)],
        "
        plan delete Parent/main: the stack is taken down
        delete Parent/main#1
        end crashed
        row Parent/main#1 deleting
        open delete Parent/main#1
    ",
    );
    check(
        life,
        destroy(),
        &[],
        "
        plan gone Parent/main#1
        recovered Parent/main: its deletion goes on
        end ok
    ",
    );
}

#[test]
fn preview_with_open_intents_settles_them_in_thought_and_writes_nothing() {
    let graph = alone(OLD, plain());
    let life = check(
        killed(Mishap::CrashAfter),
        preview(&graph),
        &[],
        "
        recovered Parent/main: it was created as parent-000001 and is on record now
        plan update Parent/main: an earlier run did not finish it
        end ok
        open create Parent/main#1
    ",
    );
    check(life, &graph, &[], FOUND);
    let life = check(
        killed(Mishap::CrashBefore),
        preview(&graph),
        &[],
        "
        recovered Parent/main: it was not created
        plan create Parent/main: it does not exist yet
        end ok
        open create Parent/main#1
    ",
    );
    check(life, &graph, &[], NOT_FOUND);
}

#[test]
fn when_the_store_fails_before_a_call_the_call_is_not_made() {
    let faults = [Fault::At("record intend create Parent/one#1", Mishap::LostBefore)];
    let life = check(nothing(), &three(), &faults, "
        plan create Parent/two: it does not exist yet
        plan create Parent/three: it does not exist yet
        plan create Parent/one: it does not exist yet
        plan create Member/a: it does not exist yet
        error Parent/one EXEC-STORE: the intent for Parent/one could not be recorded, so nothing was sent: no space left on device
        skipped Parent/two: the state could not be written
        skipped Parent/three: the state could not be written
        skipped Member/a: the state could not be written
        end store failed: no space left on device
    ");
    assert_eq!(life.world.cloud.standing().count(), 0);
    check(
        life,
        &three(),
        &[],
        "
        plan create Parent/two: it does not exist yet
        plan create Parent/three: it does not exist yet
        plan create Parent/one: it does not exist yet
        plan create Member/a: it does not exist yet
        create Parent/one#1
        create Parent/two#1
        create Parent/three#1
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
fn when_the_store_fails_after_a_call_nothing_new_starts_and_the_next_run_finds_what_stands() {
    let faults = [Fault::At("record put Parent/one#1 created", Mishap::LostBefore)];
    let life = check(
        nothing(),
        &three(),
        &faults,
        "
        plan create Parent/two: it does not exist yet
        plan create Parent/three: it does not exist yet
        plan create Parent/one: it does not exist yet
        plan create Member/a: it does not exist yet
        create Parent/one#1
        error Parent/one EXEC-STORE: the outcome for Parent/one could not be recorded: no space left on device
        skipped Parent/two: the state could not be written
        skipped Parent/three: the state could not be written
        skipped Member/a: the state could not be written
        end store failed: no space left on device
        open create Parent/one#1
    ",
    );
    assert_eq!(life.world.cloud.standing().count(), 1);
    assert!(life.troubles[0].1.hint.contains("what stands is found by the next run"), "{:?}", life.troubles);
    let life = check(
        life,
        &three(),
        &[],
        "
        plan create Parent/two: it does not exist yet
        plan create Parent/three: it does not exist yet
        plan update Parent/one: an earlier run did not finish it
        plan create Member/a: it does not exist yet
        find Parent/one#1
        create Parent/two#1
        create Parent/three#1
        create Member/a#1
        recovered Parent/one: it was created as Parent/one#1 and is on record now
        end ok
        row Member/a#1 on Parent/one#1
        row Parent/one#1
        row Parent/three#1
        row Parent/two#1
    ",
    );
    assert_eq!(life.world.cloud.standing().count(), 4);
}

#[test]
fn a_record_that_is_durable_though_the_store_said_no_does_no_harm() {
    let graph = alone(OLD, plain());
    let faults = [Fault::At("record put Parent/main#1 created", Mishap::AnswerLost)];
    let life = check(
        nothing(),
        &graph,
        &faults,
        "
        plan create Parent/main: it does not exist yet
        create Parent/main#1
        error Parent/main EXEC-STORE: the outcome for Parent/main could not be recorded: input/output error
        end store failed: input/output error
        row Parent/main#1 created
        open create Parent/main#1
    ",
    );
    check(
        life,
        &graph,
        &[],
        "
        plan update Parent/main: an earlier run did not finish it
        recovered Parent/main: it was created; its configuration goes on
        end ok
        row Parent/main#1
    ",
    );
}

/// N8: a state that cannot be written is one error, and not one for each step that was under way.
#[test]
fn a_store_that_fails_is_one_error() {
    let faults = [Fault::At("record intend create Parent/one", Mishap::LostBefore)];
    let mut life = nothing();
    let (end, seen) = life.run(&up(&three()).at_once(), &faults);
    assert!(end.starts_with("end store failed"), "{seen:?}");
    assert_eq!(life.troubles.len(), 1, "{seen:?}");
}
