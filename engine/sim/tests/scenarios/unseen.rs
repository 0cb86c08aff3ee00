//! What another service does not see yet, and answers that nobody can understand.

use finsight_engine::contract::{FailureClass, Reading};
use finsight_engine::plan::Plan;
use finsight_engine::secret::Secret;
use finsight_engine::value::Value;
use finsight_sim::Mishap;
use finsight_sim::kinds::reference;

use crate::check::{MINUTE, after, check, nothing, took};
use crate::programs::*;
use crate::tape::{Fault, bent, refuse};
use crate::wish::{destroy, up};

/// E7: what was just made is not visible to another service yet.
#[test]
fn a_parent_of_this_run_that_is_not_visible_yet_is_waited_for() {
    let graph = net(OLD, plain(), plain());
    let life = check(
        nothing(),
        &graph,
        &[Fault::First("create Member/a#1", FailureClass::Absent, 6)],
        "
        plan create Parent/main: it does not exist yet
        plan create Member/a: it does not exist yet
        create Parent/main#1
        create Member/a#1 ✗ Absent
        create Member/a#1
        end ok
        row Member/a#1 on Parent/main#1
        row Parent/main#1
    ",
    );
    drop(life);
    let began = nothing().world.now;
    let mut life = nothing();
    life.run(&up(&graph), &[refuse("create Member/a#1", FailureClass::Absent)]);
    assert_eq!(life.troubles[0].1.code, "EXEC-VANISHED");
    assert!((5 * MINUTE..7 * MINUTE).contains(&took(&life, began)), "{}", took(&life, began));
}

/// E7: what stands for long and is not found is gone; that is said at once.
#[test]
fn a_parent_that_stands_for_long_and_is_not_found_is_not_waited_for() {
    let mut life = after(&[&alone(OLD, plain())]);
    life.world.advance(60 * MINUTE);
    let began = life.world.now;
    life.run(&up(&net(OLD, plain(), plain())), &[refuse("create Member/a#1", FailureClass::Absent)]);
    assert_eq!(life.troubles[0].1.code, "EXEC-VANISHED");
    assert!(took(&life, began) < MINUTE, "{}", took(&life, began));
}

/// E7, E12: a configuration call that needs what was just made.
#[test]
fn a_configuration_call_waits_for_what_is_not_visible_yet() {
    let policy = serde_json::json!({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let graph = program(|p| {
        p.add(ROLE, "runner", &[("policy", finsight_engine::value::Value::from_plain_json(&policy))]);
    });
    for class in [FailureClass::Absent, FailureClass::NotYet] {
        let mut life = nothing();
        let (end, seen) = life.run(&up(&graph), &[Fault::First("converge Role/runner#1", class, 15)]);
        assert_eq!(end, "end ok", "{seen:?}");
        life.world.expect_converged(&graph);
    }
}

/// What a configuration call does not find, where nothing that it needs is new, will not come: that is said at once.
#[test]
fn a_configuration_call_does_not_wait_for_what_can_never_come() {
    let noted = |note: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let [parent, range] = member(&main, "10.0.1.0/24");
            p.add(MEMBER, "a", &[parent, range, ("note", note.into())]);
        })
    };
    let mut life = after(&[&noted("one")]);
    life.world.advance(60 * MINUTE);
    let began = life.world.now;
    let (end, seen) = life.run(&up(&noted("two")), &[refuse("converge Member/a#1", FailureClass::Absent)]);
    assert_ne!(end, "end ok", "{seen:?}");
    assert_eq!(life.troubles[0].1.code, "EXEC-VANISHED");
    assert!(life.troubles[0].1.hint.contains("never there"), "{:?}", life.troubles[0].1);
    assert!(took(&life, began) < MINUTE, "{}", took(&life, began));
}

/// E8: AWS cannot be understood, then says that it exists, and it is not seen: it may be ours.
#[test]
fn what_may_have_been_created_stays_open_when_aws_says_that_it_exists() {
    let graph = program(|p| {
        p.add(ROLE, "runner", &[("role_name", "ours".into())]);
    });
    let faults = [
        Fault::Refuse("create Role/runner#1", FailureClass::Exists, 1),
        Fault::First("create Role/runner#1", FailureClass::Ambiguous, 1),
    ];
    let mut life = nothing();
    life.run(&up(&graph), &faults);
    assert_eq!(life.troubles[0].1.code, "EXEC-AMBIGUOUS");
    assert_eq!(life.world.store.state().intents.len(), 1, "its intent stays open");
    check(
        life,
        &graph,
        &[],
        "
        plan create Role/runner: it does not exist yet
        find Role/runner#1
        create Role/runner#2
        recovered Role/runner: it was not created
        end ok
        row Role/runner#2
    ",
    );
}

/// E8: a delete whose answer cannot be understood is looked into, and not taken for done or for without effect.
#[test]
fn a_delete_that_is_ambiguous_is_read() {
    for mishap in [Mishap::AnswerLost, Mishap::LostBefore] {
        let mut life = after(&[&alone(OLD, plain())]);
        let (end, seen) = life.run(&destroy(), &[Fault::At("call delete Parent/main#1", mishap)]);
        assert_eq!(end, "end ok", "{seen:?}");
        let commands = life.commands();
        let at = commands.iter().position(|command| command.contains("call delete")).expect("a delete");
        assert_eq!(commands[at + 1], "call read Parent/main#1");
        life.world.expect_nothing_left();
    }
}

/// What keeps an output from being read, that others wait for, is said at once: not waited for until the ceiling.
#[test]
fn what_keeps_an_output_from_being_read_is_said() {
    fn unread(reply: &mut finsight_engine::contract::Reply) {
        crate::tape::each_live(reply, |live| {
            live.outputs.insert("arn".to_owned(), finsight_engine::value::Value::Unknown);
        });
    }
    let graph = net(OLD, plain(), plain());
    let faults = [
        Fault::Answer("read Parent/main#1", unread),
        refuse("read Parent/main#1, awaited", FailureClass::Denied),
    ];
    let mut life = nothing();
    let began = life.world.now;
    let (end, seen) = life.run(&up(&graph), &faults);
    assert_ne!(end, "end ok", "{seen:?}");
    assert_eq!(life.troubles[0].1.code, "EXEC-DENIED", "{:?}", life.troubles);
    assert!(took(&life, began) < MINUTE, "{}", took(&life, began));
    // What stands is on record, and the next run goes on with it.
    let (end, seen) = life.run(&up(&graph), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    life.world.expect_converged(&graph);
}

/// What no read shows may bring new outputs: the first reads after it tell the old ones, and those are not put on record.
#[test]
fn outputs_from_before_a_change_that_no_read_shows_are_not_recorded() {
    fn of_before(reading: &mut Reading) {
        if let Reading::Found(live) = reading {
            let Some(Value::Text(endpoint)) = live.outputs.get_mut("endpoint") else { return };
            *endpoint = endpoint.replace("-v2", "-v1");
        }
    }
    let graph = |password: &str| {
        program(|p| {
            let password = Value::Secret(Secret::new(password));
            let main = p.add(STORE, "main", &[("store_name", "ledger".into()), ("password", password)]);
            p.add(PARENT, "main", &[("range", OLD.into()), ("note", reference(&main, "endpoint"))]);
        })
    };
    bent!(stale, 3, of_before);
    let mut life = after(&[&graph("one")]);
    let (end, seen) = life.run(&up(&graph("two")), &[Fault::Answer("read Store/main#1", stale)]);
    assert_eq!(end, "end ok", "{seen:#?}");
    let (_, seen) = life.run(&up(&graph("two")), &[]);
    assert!(life.plan.as_ref().is_some_and(Plan::is_empty), "{seen:#?}");
    life.world.expect_no_violations();
}
