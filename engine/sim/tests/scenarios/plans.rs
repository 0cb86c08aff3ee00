//! A plan is carried out as it was approved, or not at all.

use finsight_engine::contract::Reply;
use finsight_engine::expr::Expr;
use finsight_engine::graph::Graph;
use finsight_engine::plan::Plan;
use finsight_engine::value::Value;
use finsight_sim::kinds::reference;

use crate::check::{after, check, nothing};
use crate::programs::*;
use crate::tape::{Fault, each_live};
use crate::wish::{apply, preview};

#[test]
fn a_plan_of_an_older_state_is_refused_and_nothing_is_changed() {
    let (one, two) = (alone(OLD, plain()), alone(OLD, protected()));
    let life = check(
        after(&[&one]),
        preview(&alone(NEW, plain())),
        &[],
        "
        plan replace Parent/main: range cannot be changed in place
        end ok
        row Parent/main#1
    ",
    );
    let plan = life.plan.clone().unwrap();
    let life = check(
        life,
        &two,
        &[],
        "
        plan record Parent/main: nothing differs
        end ok
        row Parent/main#1
    ",
    );
    let bytes = life.world.store.bytes();
    let life = check(
        life,
        apply(&plan, &alone(NEW, plain())),
        &[],
        "
        plan replace Parent/main: range cannot be changed in place
        stale PLAN-STALE
        row Parent/main#1
    ",
    );
    assert!(life.world.store.bytes() == bytes);
}

#[test]
fn a_saved_plan_is_carried_out_as_it_is_even_when_the_world_has_changed_since() {
    let wanted = service("/", plain());
    let life = check(
        nothing(),
        preview(&wanted),
        &[],
        "
        plan create Role/runner: it does not exist yet
        plan create Function/api: it does not exist yet
        end ok
    ",
    );
    let plan = life.plan.clone().unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    let plan: Plan = serde_json::from_str(&text).unwrap();
    check(
        life,
        apply(&plan, &wanted),
        &[],
        "
        plan create Role/runner: it does not exist yet
        plan create Function/api: it does not exist yet
        create Role/runner#1
        create Function/api#1
        end ok
        row Function/api#1 on Role/runner#1
        row Role/runner#1
    ",
    );
}

fn noted(note: &str, with_api: bool) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
        if with_api {
            p.add(FUNCTION, "api", &[("role", "a-role".into()), ("code", reference(&main, "arn"))]);
        }
    })
}

/// An update that gives an output another value, which no update should.
fn another_arn(reply: &mut Reply) {
    each_live(reply, |live| {
        if live.properties.get("note").and_then(Value::as_text) == Some("two") {
            live.outputs.insert("arn".to_owned(), "arn:another".into());
        }
    });
}

#[test]
fn what_was_known_in_the_plan_must_be_the_same() {
    let faults = [Fault::Answer("call read Parent/main#1", another_arn)];
    check(after(&[&noted("one", false)]), &noted("two", true), &faults, "
        plan update Parent/main: the program changed it
        plan create Function/api: it does not exist yet
        converge Parent/main#1 note
        error Function/api EXEC-PLAN-DIFFERS: Function/api: property `code` is not what the plan was approved with
        end failed
        row Parent/main#1
    ");
}

#[test]
fn what_was_unknown_in_the_plan_may_turn_out_to_be_anything() {
    let graph = |note: &str, with_api: bool| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
            if with_api {
                // A volatile output: an update may change it.
                p.add(FUNCTION, "api", &[("role", "a-role".into()), ("code", reference(&main, "state"))]);
            }
        })
    };
    let life = check(
        after(&[&graph("one", false)]),
        &graph("two", true),
        &[],
        "
        plan update Parent/main: the program changed it
        plan create Function/api: it does not exist yet
        converge Parent/main#1 note
        create Function/api#1
        end ok
        row Function/api#1 on Parent/main#1
        row Parent/main#1
    ",
    );
    let plan = life.plan.as_ref().unwrap();
    assert_eq!(plan.step(&urn(FUNCTION, "api")).unwrap().known["code"], Value::Unknown);
}

#[test]
fn what_is_partly_known_must_be_the_same_in_that_part() {
    let graph = |note: &str, with_api: bool| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
            if with_api {
                let environment = [
                    ("ARN".to_owned(), reference(&main, "arn")),
                    ("STATE".to_owned(), reference(&main, "state")),
                ];
                let environment = Value::Map(environment.into());
                p.add(FUNCTION, "api", &[("role", "a-role".into()), ("environment", environment)]);
            }
        })
    };
    let faults = [Fault::Answer("call read Parent/main#1", another_arn)];
    check(after(&[&graph("one", false)]), &graph("two", true), &faults, "
        plan update Parent/main: the program changed it
        plan create Function/api: it does not exist yet
        converge Parent/main#1 note
        error Function/api EXEC-PLAN-DIFFERS: Function/api: property `environment` is not what the plan was approved with
        end failed
        row Parent/main#1
    ");
}

#[test]
fn a_run_that_changes_nothing_writes_nothing() {
    let graph = program(|p| {
        let role = p.add(ROLE, "runner", &[]);
        p.export("role", reference(&role, "arn"));
        p.export(
            "text",
            Value::Expr(Box::new(Expr::Concat { items: vec![reference(&role, "id"), "!".into()] })),
        );
    });
    let life = after(&[&graph]);
    let (bytes, changes) = (life.world.store.bytes(), life.world.cloud.log.len());
    let life = check(
        life,
        &graph,
        &[],
        "
        end ok
        row Role/runner#1
    ",
    );
    assert!(life.world.store.bytes() == bytes);
    assert_eq!(life.world.cloud.log.len(), changes);
}

#[test]
fn credentials_of_another_account_are_refused_before_anything_is_read_or_changed() {
    let graph = alone(OLD, plain());
    let life = after(&[&graph]).with(|world| world.place.account = Some("999999999999".to_owned()));
    let bytes = life.world.store.bytes();
    let mut life = life;
    let (end, _) = life.run(&(&alone(NEW, plain())).into(), &[]);
    assert!(
        end.starts_with("refused PLAN-OTHER-ACCOUNT: Parent/main stands in account 123456789012"),
        "{end}"
    );
    assert!(life.world.store.bytes() == bytes);
}
