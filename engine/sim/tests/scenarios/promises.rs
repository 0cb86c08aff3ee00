//! The executor does what the plan has shown, no more and no less, whoever goes on with it.

use finsight_engine::contract::Reply;
use finsight_engine::diff::{Change, Effect};
use finsight_engine::graph::Graph;
use finsight_engine::plan::{ActionKind, Op};
use finsight_engine::program::Options;
use finsight_engine::state::Status;
use finsight_engine::value::{Map, Value};
use finsight_sim::Mishap;
use finsight_sim::kinds::reference;

use crate::check::{Life, after, check, nothing, planned};
use crate::programs::*;
use crate::tape::{Fault, bent, each_live};
use crate::wish::{apply, up};

fn actual(life: &Life, type_name: &str, name: &str, property: &str) -> Option<Value> {
    let number = life.number(&urn(type_name, name));
    let object = life.world.cloud.objects().find(|object| object.number == number).expect("an object");
    object.properties().get(property).cloned()
}

/// V35: a responder closes something after the preview; the update does not open it again.
#[test]
fn what_changed_after_the_plan_was_made_is_not_set_back() {
    let life = after(&[&zoned("x")]);
    let plan = planned(&life, &up(&zoned("y")));
    let life = life.meddled(&urn(PARENT, "main"), "note", "closed by the responder");
    let life = check(life, apply(&plan, &zoned("y")), &[], "
        plan update Parent/main: the program changed it
        error Parent/main PLAN-STALE: Parent/main was changed since the plan was made: note would be set, which the plan did not show
        end failed
        row Parent/main#1
    ");
    assert_eq!(actual(&life, PARENT, "main", "note"), Some("closed by the responder".into()));
    check(
        life,
        &zoned("y"),
        &[],
        "
        plan update Parent/main: it was changed outside of finsight-deploy
        converge Parent/main#1 note,zone
        end ok
        row Parent/main#1
    ",
    );
}

/// V35: what came to be as wanted since is no reason to stop, and nothing is sent.
#[test]
fn what_was_done_since_the_plan_was_made_is_only_recorded() {
    let life = after(&[&zoned("x")]);
    let plan = planned(&life, &up(&zoned("y")));
    let life = life.with(|world| {
        let number = world.cloud.standing().next().expect("an object").number;
        world.cloud.someone_sets(world.now, number, "zone", "y".into());
        world.advance(60_000);
    });
    // The input changed, so that it is sent all the same: no read could tell the two apart while reads lag.
    check(
        life,
        apply(&plan, &zoned("y")),
        &[],
        "
        plan update Parent/main: the program changed it
        converge Parent/main#1 zone
        end ok
        row Parent/main#1
    ",
    );
}

/// G1: the value turns out to be the one on record, but what stands is another.
#[test]
fn a_live_difference_counts_where_the_program_s_side_was_unknown() {
    let graph = program(|p| {
        let db = p.add(STORE, "db", &[("store_name", "db".into())]);
        let environment = Map::from([("END".to_owned(), reference(&db, "endpoint"))]);
        let inputs = [("role", "a-role".into()), ("environment", Value::Map(environment))];
        p.add(FUNCTION, "api", &inputs);
    });
    let open = Map::from([("END".to_owned(), Value::text("elsewhere"))]);
    let life = after(&[&graph]).with_row(&urn(STORE, "db"), |row| row.status = Status::Unfinished).meddled(
        &urn(FUNCTION, "api"),
        "environment",
        Value::Map(open),
    );
    let mut life = life;
    let (end, seen) = life.run(&up(&graph), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(seen.contains(&"converge Function/api#1 environment".to_owned()), "{seen:?}");
    life.world.expect_converged(&graph);
}

fn policy(resource: &str) -> Value {
    Value::from_plain_json(
        &serde_json::json!({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": resource}]}),
    )
}

fn ignoring(resource: &str) -> Graph {
    let options = Options { ignore_changes: vec!["policy".to_owned()], ..plain() };
    program(|p| {
        p.add_with(ROLE, "runner", &[("policy", policy(resource))], options);
    })
}

/// V1: what a create cannot carry is set once, and ignored from then on.
#[test]
fn what_is_ignored_is_set_when_it_is_made() {
    let life = check(
        nothing(),
        &ignoring("one"),
        &[],
        "
        plan create Role/runner: it does not exist yet
        create Role/runner#1
        converge Role/runner#1 policy
        end ok
        row Role/runner#1
    ",
    );
    assert!(actual(&life, ROLE, "runner", "policy").is_some());
    let mut life = life.meddled(&urn(ROLE, "runner"), "policy", policy("theirs"));
    let (end, seen) = life.run(&up(&ignoring("two")), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(!seen.iter().any(|line| line.contains("converge")), "{seen:?}");
}

/// V1: also where the run ended in between, wherever that was.
#[test]
fn what_is_ignored_is_set_when_it_is_made_by_two_runs() {
    let graph = ignoring("one");
    for says in ["call create Role/runner", "record put Role/runner#1 created", "call converge Role/runner#1"]
    {
        for mishap in [Mishap::CrashBefore, Mishap::CrashAfter] {
            let mut life = nothing();
            life.run(&up(&graph), &[Fault::At(says, mishap)]);
            life.world.advance(60_000);
            let (end, seen) = life.run(&up(&graph), &[]);
            assert_eq!(end, "end ok", "{says} {mishap:?} {seen:?}");
            assert!(actual(&life, ROLE, "runner", "policy").is_some(), "{says} {mishap:?} {seen:?}");
        }
    }
}

/// V11: `retain_on_delete` comes with a replacing change, and the run ends before the old one is forgotten.
#[test]
fn a_decision_to_retain_holds_for_whoever_goes_on() {
    let old = alone(OLD, plain());
    let new = alone(NEW, retained());
    for says in ["record depose Parent/main#1", "call read Parent/main#2", "record put Parent/main#2 ready"] {
        for mishap in [Mishap::CrashAfter, Mishap::Interrupt] {
            let mut life = after(&[&old]);
            life.run(&up(&new), &[Fault::At(says, mishap)]);
            for _ in 0..2 {
                life.world.advance(60_000);
                let (end, seen) = life.run(&up(&new), &[]);
                assert_eq!(end, "end ok", "{says} {mishap:?} {seen:?}");
                assert!(!seen.iter().any(|line| line.starts_with("delete")), "{says} {mishap:?} {seen:?}");
            }
            assert_eq!(life.world.cloud.standing().count(), 2, "the old one stays: {says} {mishap:?}");
            life.world.expect_no_violations();
        }
    }
}

/// V11: the row decides, also in the run that made the plan.
#[test]
fn a_plan_that_forgot_the_decision_does_not_delete() {
    let life = after(&[&alone(OLD, plain())]);
    let graph = alone(NEW, retained());
    let mut life = life;
    life.run(&up(&graph), &[Fault::At("record put Parent/main#2 ready", Mishap::CrashAfter)]);
    life.world.advance(60_000);
    let mut plan = planned(&life, &up(&graph));
    assert!(plan.leftovers[0].forget);
    plan.leftovers[0].forget = false;
    let (end, seen) = life.run(&apply(&plan, &graph), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert_eq!(life.world.cloud.standing().count(), 2, "{seen:?}");
}

/// V29: what turns out to need a replacement is not changed in place.
#[test]
fn a_replacement_that_the_plan_did_not_show_is_not_made_in_place() {
    let graph = |level: &str| {
        let options = Options { replace_on_changes: vec!["environment.LEVEL".to_owned()], ..plain() };
        let environment = Map::from([("LEVEL".to_owned(), level.into())]);
        program(|p| {
            let inputs = [("role", "a-role".into()), ("environment", Value::Map(environment))];
            p.add_with(FUNCTION, "api", &inputs, options);
        })
    };
    let life = after(&[&graph("info")]);
    let mut plan = planned(&life, &up(&graph("debug")));
    // As it is planned where the whole map is known only later.
    let owner = life.world.store.state().rows[&urn(FUNCTION, "api")].owner.clone();
    let step = &mut plan.steps[0];
    (step.op, step.forced, step.owner, step.old_owner) = (Op::Update, false, owner, None);
    step.known.insert("environment".to_owned(), Value::Unknown);
    step.diff = vec![Change {
        path: "environment".to_owned(),
        before: Value::Null,
        after: Value::Unknown,
        effect: Effect::Update,
    }];
    plan.actions.retain(|action| action.kind == ActionKind::Apply);
    let mut life = life;
    let (end, seen) = life.run(&apply(&plan, &graph("debug")), &[]);
    assert_eq!(end, "end failed", "{seen:?}");
    assert_eq!(life.troubles[0].1.code, "EXEC-PLAN-DIFFERS", "{seen:?}");
    assert!(!seen.iter().any(|line| line.starts_with("converge")), "{seen:?}");
}

/// V31: an action without a step is an error, and shifts nothing.
#[test]
fn a_plan_whose_actions_have_no_steps_is_refused() {
    let life = nothing();
    let graph = three();
    let mut plan = planned(&life, &up(&graph));
    plan.steps.remove(0);
    let mut life = life;
    let (end, seen) = life.run(&apply(&plan, &graph), &[]);
    assert_eq!(end, "stale PLAN-UNREADABLE-FILE", "{seen:?}");
    assert_eq!(life.world.cloud.standing().count(), 0);
}

/// A store that stands on the state of a parent, which is known only after the parent was updated.
fn standing_on_state() -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        p.add(STORE, "db", &[("store_name", "db".into()), ("member_id", reference(&main, "state"))]);
    })
}

/// V3: the old one is not deleted when the value turns out to be the same.
#[test]
fn a_replacement_that_is_only_possible_waits_for_the_values() {
    let graph = standing_on_state();
    let life = after(&[&graph]).with_row(&urn(PARENT, "main"), |row| row.status = Status::Unfinished);
    let mut plan = planned(&life, &up(&graph));
    let apply_main = plan.actions.iter().position(|a| a.urn == urn(PARENT, "main")).expect("an action");
    let remove = plan
        .actions
        .iter()
        .position(|a| matches!(a.kind, ActionKind::Remove { .. }) && a.urn == urn(STORE, "db"))
        .expect("a removal");
    plan.actions[remove].after.insert(apply_main);
    let mut life = life;
    let (end, seen) = life.run(&apply(&plan, &graph), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(!seen.iter().any(|line| line.starts_with("delete") || line.starts_with("create")), "{seen:?}");
    life.world.expect_converged(&graph);
}

/// V3: where it is needed, the old one goes and the new one comes.
#[test]
fn a_replacement_that_is_only_possible_is_made_when_it_is_needed() {
    let graph = |note: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
            p.add(STORE, "db", &[("store_name", "db".into()), ("member_id", reference(&main, "state"))]);
        })
    };
    let mut life = after(&[&graph("one")]);
    let (end, seen) = life.run(&up(&graph("two")), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(seen.iter().any(|line| line.starts_with("delete Store/db#1")), "{seen:?}");
    life.world.expect_converged(&graph("two"));
}

fn unread(reply: &mut Reply) {
    each_live(reply, |live| {
        live.properties.insert("note".to_owned(), Value::Unknown);
        live.outputs.insert("arn".to_owned(), Value::Unknown);
    });
}

/// E5: what could not be read is no difference, and the record keeps it.
#[test]
fn unread_is_not_absent() {
    let mut life = after(&[&zoned("x")]);
    let before = life.world.store.state().rows[&urn(PARENT, "main")].outputs["arn"].clone();
    let plan = planned(&life, &up(&zoned("y")));
    let (end, seen) = life.run(&apply(&plan, &zoned("y")), &[Fault::Answer("read Parent/main#1", unread)]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(seen.contains(&"converge Parent/main#1 zone".to_owned()), "{seen:?}");
    assert_eq!(life.world.store.state().rows[&urn(PARENT, "main")].outputs["arn"], before);
}

fn unread_at_first(reply: &mut Reply) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static READS: AtomicU32 = AtomicU32::new(0);
    if READS.fetch_add(1, Ordering::Relaxed) < 2 {
        unread(reply);
    }
}

/// E5: an output that was never read is read before anything stands on it.
#[test]
fn an_output_that_could_not_be_read_is_read_again() {
    let mut life = nothing();
    let (end, seen) = life.run(&up(&zoned("x")), &[Fault::Answer("read Parent/main#1", unread_at_first)]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(life.world.store.state().rows[&urn(PARENT, "main")].outputs.contains_key("arn"));
}

/// V35: nor is what a read that lags behind has hidden, and what is changed in the middle of an update, set back.
#[test]
fn what_a_lagging_read_hid_is_not_set_back() {
    bent!(stale, 1, |reading| {
        if let finsight_engine::contract::Reading::Found(live) = reading {
            live.properties.insert("note".to_owned(), "open".into());
        }
    });
    let graph = |zone: &str| {
        program(|p| {
            p.add(PARENT, "main", &[("range", OLD.into()), ("note", "open".into()), ("zone", zone.into())]);
        })
    };
    let life = after(&[&graph("one")]);
    let plan = planned(&life, &up(&graph("two")));
    let mut life = life.meddled(&urn(PARENT, "main"), "note", "closed by a responder");
    let faults = [Fault::Answer("read Parent/main#1", stale)];
    let (end, seen) = life.run(&apply(&plan, &graph("two")), &faults);
    let set_back = seen.iter().any(|line| line.starts_with("converge") && line.contains("note"));
    assert!(!set_back, "{end}: {seen:#?}");
}
