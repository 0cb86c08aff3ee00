//! What AWS makes of a call: failed states, conflicts, things gone, things that never get done.

use std::collections::BTreeSet;

use finsight_engine::contract::{FailureClass, Health, Reply};
use finsight_engine::value::{Map, Value};
use finsight_sim::kinds;

use crate::check::{Life, after, check, nothing};
use crate::programs::*;
use crate::tape::{Fault, each_live, refuse};
use crate::wish::{destroy, up};

fn sick(reply: &mut Reply) {
    each_live(reply, |live| {
        live.health = Health::Failed("no capacity".to_owned());
    });
}

#[test]
fn what_comes_to_a_failed_state_is_tainted_and_replaced_by_the_next_run() {
    let graph = alone(OLD, plain());
    let life = check(
        nothing(),
        &graph,
        &[Fault::Answer("call read Parent/main#1", sick)],
        "
        plan create Parent/main: it does not exist yet
        create Parent/main#1
        error Parent/main EXEC-FAILED-STATE: Parent/main came to a failed state: no capacity
        end failed
        row Parent/main#1 tainted
    ",
    );
    check(
        life,
        &graph,
        &[],
        "
        plan replace Parent/main: it is marked as tainted
        create Parent/main#2
        delete Parent/main#1
        end ok
        row Parent/main#2
    ",
    );
}

#[test]
fn what_never_gets_ready_times_out_and_the_next_run_goes_on() {
    let graph = alone(OLD, plain());
    let life = check(
        nothing().with(|world| world.cloud.knobs.stuck = 1000),
        &graph,
        &[Fault::Answer("nothing", |_| ())],
        "
        plan create Parent/main: it does not exist yet
        create Parent/main#1
        error Parent/main EXEC-TIMEOUT: Parent/main was not done after 20 minutes: pending
        end failed
        row Parent/main#1 created
    ",
    );
    let life = life.with(|world| {
        world.cloud.knobs.stuck = 0;
        world.cloud.heal(world.now, &BTreeSet::new());
    });
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

#[test]
fn a_name_that_another_holds_is_a_conflict_and_what_holds_it_is_not_touched() {
    let graph = program(|p| {
        p.add(ROLE, "runner", &[("role_name", "taken-by-them".into())]);
    });
    let before = nothing().with(|world| {
        let registry = kinds::registry();
        let properties =
            Map::from([("role_name".to_owned(), "taken-by-them".into()), ("path".to_owned(), "/".into())]);
        let spec = registry.get(ROLE).expect("the type");
        world.cloud.someone_makes(world.now, spec, "us-east-1", properties).expect("a free name");
    });
    check(
        before.fork(),
        &graph,
        &[],
        "
        refused PLAN-STANDS: Role/runner cannot be created: taken-by-them stands already and carries no stack's tag
    ",
    );
    // Without a refresh the create call says so.
    let life = check(before, up(&graph).no_refresh(), &[], "
        plan create Role/runner: it does not exist yet
        create Role/runner#1
        find Role/runner#1
        error Role/runner EXEC-CONFLICT: Role/runner cannot be created: taken-by-them stands already and is not of this stack
        end failed
    ");
    assert!(life.troubles[0].1.hint.contains("finsight-deploy import"), "{:?}", life.troubles);
    check(
        life,
        destroy(),
        &[],
        "
        end ok
    ",
    );
}

fn noted(note: &str) -> finsight_engine::graph::Graph {
    program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
    })
}

#[test]
fn what_went_unseen_without_a_refresh_leaves_the_record_and_comes_anew_with_the_next_run() {
    let life = after(&[&noted("one")]).gone(&urn(PARENT, "main"));
    let life = check(
        life,
        up(&noted("two")).no_refresh(),
        &[],
        "
        plan update Parent/main: the program changed it
        error Parent/main EXEC-VANISHED: Parent/main is gone from AWS
        end failed
    ",
    );
    check(
        life,
        &noted("two"),
        &[],
        "
        plan create Parent/main: it does not exist yet
        create Parent/main#2
        converge Parent/main#2 note
        end ok
        row Parent/main#2
    ",
    );
}

#[test]
fn what_is_gone_already_is_deleted_without_an_error() {
    let life = after(&[&noted("one")]).gone(&urn(PARENT, "main"));
    let mut wish = destroy();
    wish.ask.refresh = false;
    check(
        life,
        wish,
        &[],
        "
        plan delete Parent/main: the stack is taken down
        delete Parent/main#1
        end ok
    ",
    );
}

#[test]
fn a_delete_that_others_block_is_asked_again_and_then_given_up() {
    let life = check(
        after(&[&noted("one")]),
        destroy(),
        &[refuse("delete", FailureClass::Blocked)],
        "
        plan delete Parent/main: the stack is taken down
        delete Parent/main#1 ✗ Blocked
        error Parent/main EXEC-BLOCKED: sim:delete answered Blocked: the scenario says so
        end failed
        row Parent/main#1 deleting
    ",
    );
    check(
        life,
        destroy(),
        &[],
        "
        plan delete Parent/main: the stack is taken down
        delete Parent/main#1
        end ok
    ",
    );
}

#[test]
fn what_a_failed_delete_left_is_used_again_when_the_program_wants_it_back() {
    let life = check(
        after(&[&noted("one")]),
        destroy(),
        &[refuse("delete", FailureClass::Denied)],
        "
        plan delete Parent/main: the stack is taken down
        delete Parent/main#1 ✗ Denied
        error Parent/main EXEC-DENIED: sim:delete answered Denied: the scenario says so
        end failed
        row Parent/main#1 deleting
    ",
    );
    check(
        life,
        &noted("one"),
        &[],
        "
        plan update Parent/main: an earlier run did not finish it
        end ok
        row Parent/main#1
    ",
    );
}

fn lost(reply: &mut Reply) {
    *reply = Reply::Created { id: String::new() };
}

#[test]
fn while_an_open_intent_cannot_be_settled_nothing_else_is_done() {
    let graph = program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into())]);
        p.add(ROLE, "runner", &[]);
    });
    let blind = || [Fault::Answer("call create Parent/main#1", lost), refuse("find", FailureClass::Denied)];
    let mut life = nothing();
    let (end, _) = life.run(&(&graph).into(), &blind());
    assert_eq!(end, "end failed");
    let rows = life.world.store.state().rows.len();
    let life: Life = check(life, &graph, &[refuse("find", FailureClass::Denied)], "
        find Parent/main#1 ✗ Denied
        error Parent/main EXEC-AMBIGUOUS: Parent/main may have been created, and looking for it failed: sim:find answered Denied: the scenario says so
        end unsettled
        open create Parent/main#1
    ");
    assert_eq!(life.world.store.state().rows.len(), rows);
    let mut life = life;
    let (end, seen) = life.run(&(&graph).into(), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    life.world.expect_converged(&graph);
}

#[test]
fn a_change_that_aws_takes_and_never_shows_is_an_error_that_names_the_property() {
    let deaf: fn(&mut Reply) = |reply| {
        each_live(reply, |live| {
            live.properties.insert("note".to_owned(), Value::from("one"));
        });
    };
    let mut life = after(&[&noted("one")]);
    let (end, seen) = life.run(&(&noted("two")).into(), &[Fault::Answer("call read Parent/main#1", deaf)]);
    assert_eq!(end, "end failed");
    let error = "error Parent/main EXEC-NOT-CONVERGING: Parent/main: AWS took the calls, but these properties stay \
                 different: note";
    assert!(seen.iter().any(|line| line == error), "{seen:#?}");
}
