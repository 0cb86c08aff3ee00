//! Steps that fail: what is on record then, what still happens, and how the next run goes on.

use finsight_engine::contract::{FailureClass, Reply};
use finsight_engine::exec::Report;
use finsight_engine::expr::Expr;
use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::value::{Map, Value};
use finsight_sim::kinds::reference;

use crate::check::{after, check, nothing};
use crate::programs::*;
use crate::tape::{Fault, each_live, refuse};
use crate::wish::{destroy, preview, up};

fn function(code: &str, level: &str) -> Graph {
    program(|p| {
        let environment = Map::from([("LEVEL".to_owned(), level.into())]);
        p.add(
            FUNCTION,
            "api",
            &[("role", "a-role".into()), ("code", code.into()), ("environment", Value::Map(environment))],
        );
    })
}

/// The first change is visible as far as the environment goes; the code is still the old one.
fn half_way(reply: &mut Reply) {
    each_live(reply, |live| {
        if live.outputs.get("version").and_then(Value::as_text).is_some_and(|text| text.ends_with("-v2")) {
            live.properties.insert("code".to_owned(), "v1".into());
        }
    });
}

#[test]
fn an_update_that_fails_half_way_keeps_the_old_inputs_with_the_outputs_now_known() {
    let (old, new) = (function("v1", "info"), function("v2", "debug"));
    let faults = [
        Fault::Answer("read Function/api#1", half_way),
        Fault::Refuse("converge Function/api#1", FailureClass::Invalid, 1),
    ];
    let life = check(
        after(&[&old]),
        &new,
        &faults,
        "
        plan update Function/api: the program changed it
        converge Function/api#1 code,environment
        converge Function/api#1 code ✗ Invalid
        error Function/api EXEC-INVALID: sim:converge answered Invalid: the scenario says so
        end failed
        row Function/api#1 unfinished
    ",
    );
    let row = &life.world.store.state().rows[&urn(FUNCTION, "api")];
    assert_eq!(row.inputs["code"].as_text(), Some("v1"));
    assert_eq!(row.inputs["environment"].masked()["LEVEL"], "info");
    assert!(row.outputs["version"].as_text().is_some_and(|text| text.ends_with("-v2")), "{:?}", row.outputs);
    check(
        life,
        &new,
        &[],
        "
        plan update Function/api: an earlier run did not finish it
        converge Function/api#1 code,environment
        end ok
        row Function/api#1
    ",
    );
}

#[test]
fn after_it_failed_half_way_the_program_may_go_back() {
    let (old, new) = (function("v1", "info"), function("v2", "debug"));
    let faults = [
        Fault::Answer("read Function/api#1", half_way),
        Fault::Refuse("converge Function/api#1", FailureClass::Invalid, 1),
    ];
    let mut life = after(&[&old]);
    life.run(&(&new).into(), &faults);
    check(
        life,
        &old,
        &[],
        "
        plan update Function/api: an earlier run did not finish it
        converge Function/api#1 code,environment
        end ok
        row Function/api#1
    ",
    );
}

fn role() -> Graph {
    let policy = serde_json::json!({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    program(|p| {
        p.add(ROLE, "runner", &[("policy", Value::from_plain_json(&policy))]);
    })
}

#[test]
fn a_create_whose_configuration_fails_is_finished_by_the_next_run_without_a_change_of_inputs() {
    let faults = [refuse("converge Role/runner#1", FailureClass::Denied)];
    let life = check(
        nothing(),
        &role(),
        &faults,
        "
        plan create Role/runner: it does not exist yet
        create Role/runner#1
        converge Role/runner#1 policy ✗ Denied
        error Role/runner EXEC-DENIED: sim:converge answered Denied: the scenario says so
        end failed
        row Role/runner#1 created
    ",
    );
    let again = "
        plan update Role/runner: an earlier run did not finish it
        converge Role/runner#1 policy
        end ok
        row Role/runner#1
    ";
    check(life.fork(), &role(), &[], again);
    check(life, up(&role()).no_refresh(), &[], again);
}

#[test]
fn what_is_unfinished_can_be_destroyed() {
    let faults = [refuse("converge Role/runner#1", FailureClass::Denied)];
    let mut life = nothing();
    life.run(&(&role()).into(), &faults);
    check(
        life,
        destroy(),
        &[],
        "
        plan delete Role/runner: the stack is taken down
        delete Role/runner#1
        end ok
    ",
    );
}

fn without_id(reply: &mut Reply) {
    *reply = Reply::Created { id: String::new() };
}

#[test]
fn a_create_that_answers_without_an_id_is_settled_by_observation() {
    let graph = alone(OLD, plain());
    check(
        nothing(),
        &graph,
        &[Fault::Answer("create Parent/main#1", without_id)],
        "
        plan create Parent/main: it does not exist yet
        create Parent/main#1
        find Parent/main#1
        end ok
        row Parent/main#1
    ",
    );
    let blind = [Fault::Answer("create Parent/main#1", without_id), refuse("find", FailureClass::Denied)];
    let life = check(nothing(), &graph, &blind, "
        plan create Parent/main: it does not exist yet
        create Parent/main#1
        find Parent/main#1 ✗ Denied
        error Parent/main EXEC-AMBIGUOUS: Parent/main may have been created, and looking for it failed: sim:find answered Denied: the scenario says so
        end failed
        open create Parent/main#1
    ");
    let life = check(
        life,
        &graph,
        &[],
        "
        plan update Parent/main: an earlier run did not finish it
        find Parent/main#1
        recovered Parent/main: it was created as Parent/main#1 and is on record now
        end ok
        row Parent/main#1
    ",
    );
    assert_eq!(life.world.cloud.standing().count(), 1);
}

#[test]
fn an_expression_that_cannot_be_computed_stops_everything_before_any_call() {
    let graph = program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into())]);
        let none = Expr::Index { of: Value::List(Vec::new()), key: "0".to_owned() };
        p.add(ROLE, "runner", &[("note", Value::Expr(Box::new(none)))]);
    });
    let before = after(&[&program(|p| {
        p.add(ROLE, "gone", &[]);
    })]);
    check(
        before,
        &graph,
        &[],
        "
        refused PLAN-EXPRESSION: Role/runner: property `note`: there is no entry `0` in []
        row Role/gone#1
    ",
    );
}

/// `Member/a` fails; link refers to it, api depends on link, store on api by a property, and
/// `Role/free` on nothing. `Role/gone` is to be deleted.
fn wide() -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let a = p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
        let link = p.add(
            LINK,
            "link",
            &[("parent_id", reference(&main, "id")), ("slot", "one".into()), ("target", reference(&a, "id"))],
        );
        let api = p.add_with(FUNCTION, "api", &[("role", "a-role".into())], depending(&link));
        p.add(STORE, "db", &[("store_name", "main".into()), ("note", reference(&api, "arn"))]);
        p.add(ROLE, "free", &[]);
    })
}

#[test]
fn what_depends_on_the_failed_one_is_skipped_by_every_kind_of_edge_and_all_else_goes_on() {
    let before = || {
        after(&[&program(|p| {
            p.add(ROLE, "gone", &[]);
        })])
    };
    let faults = [refuse("create Member/a#1", FailureClass::Invalid)];
    let life = check(
        before(),
        up(&wide()).go_on(),
        &faults,
        "
        plan create Parent/main: it does not exist yet
        plan create Member/a: it does not exist yet
        plan create Link/link: it does not exist yet
        plan create Role/free: it does not exist yet
        plan create Function/api: it does not exist yet
        plan create Store/db: it does not exist yet
        plan delete Role/gone: the program no longer declares it
        create Parent/main#1
        create Member/a#1 ✗ Invalid
        create Role/free#1
        error Member/a EXEC-INVALID: sim:create answered Invalid: the scenario says so
        skipped Link/link: it waits for Member/a, which failed
        skipped Function/api: it waits for Link/link, which was not begun
        skipped Store/db: it waits for Function/api, which was not begun
        skipped Role/gone: deletes come last, and Member/a failed
        end failed
        row Role/free#1
        row Role/gone#1
        row Parent/main#1
    ",
    );
    assert!(
        life.reports
            .iter()
            .all(|report| !matches!(report, Report::StepStarted { urn, .. } if urn.name() == "link"))
    );
    // Without it nothing new starts.
    check(
        before(),
        &wide(),
        &faults,
        "
        plan create Parent/main: it does not exist yet
        plan create Member/a: it does not exist yet
        plan create Link/link: it does not exist yet
        plan create Role/free: it does not exist yet
        plan create Function/api: it does not exist yet
        plan create Store/db: it does not exist yet
        plan delete Role/gone: the program no longer declares it
        create Parent/main#1
        create Member/a#1 ✗ Invalid
        error Member/a EXEC-INVALID: sim:create answered Invalid: the scenario says so
        skipped Link/link: it waits for Member/a, which failed
        skipped Role/free: Member/a failed, and the run stops at the first failure
        skipped Function/api: it waits for Link/link, which was not begun
        skipped Store/db: it waits for Function/api, which was not begun
        skipped Role/gone: deletes come last, and Member/a failed
        end failed
        row Role/gone#1
        row Parent/main#1
    ",
    );
}

#[test]
fn what_a_failed_delete_stands_on_stays_by_the_edges_on_record() {
    let faults = [refuse("delete Function/api#1", FailureClass::Denied)];
    check(
        after(&[&wide()]),
        destroy().go_on(),
        &faults,
        "
        plan delete Function/api: the stack is taken down
        plan delete Store/db: the stack is taken down
        plan delete Role/free: the stack is taken down
        plan delete Link/link: the stack is taken down
        plan delete Member/a: the stack is taken down
        plan delete Parent/main: the stack is taken down
        delete Store/db#1
        delete Function/api#1 ✗ Denied
        delete Role/free#1
        error Function/api EXEC-DENIED: sim:delete answered Denied: the scenario says so
        skipped Link/link: it waits for the delete of Function/api, which failed
        skipped Member/a: it waits for the delete of Link/link, which was not begun
        skipped Parent/main: it waits for the delete of Link/link, which was not begun
        end failed
        row Function/api#1 deleting on Link/link#1
        row Link/link#1 on Member/a#1 Parent/main#1
        row Member/a#1 on Parent/main#1
        row Parent/main#1
    ",
    );
}

#[test]
fn three_protected_resources_that_are_gone_from_the_program_are_three_errors_at_once() {
    let graph = |options: &Options| {
        program(|p| {
            for name in ["one", "two", "three"] {
                p.add_with(ROLE, name, &[], options.clone());
            }
        })
    };
    let refused = "
        refused PLAN-PROTECTED: Role/one is protected and would be deleted
        refused PLAN-PROTECTED: Role/three is protected and would be deleted
        refused PLAN-PROTECTED: Role/two is protected and would be deleted
        row Role/one#1
        row Role/three#1
        row Role/two#1
    ";
    let life = check(after(&[&graph(&protected())]), preview(&empty()), &[], refused);
    let life = check(life, &empty(), &[], refused);
    let life = check(life, destroy(), &[], refused);
    let life = check(
        life,
        &graph(&plain()),
        &[],
        "
        plan record Role/two: nothing differs
        plan record Role/three: nothing differs
        plan record Role/one: nothing differs
        end ok
        row Role/one#1
        row Role/three#1
        row Role/two#1
    ",
    );
    check(
        life,
        &empty(),
        &[],
        "
        plan delete Role/one: the program no longer declares it
        plan delete Role/three: the program no longer declares it
        plan delete Role/two: the program no longer declares it
        delete Role/one#1
        delete Role/three#1
        delete Role/two#1
        end ok
    ",
    );
}
