//! A function that was taken back to a version stays there until its code changes.

use std::sync::Arc;

use finsight_engine::graph::Graph;
use finsight_engine::plan::{Op, PlanError, Purpose};
use finsight_engine::program::{Scope, Stack};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use finsight_sim::{Ask, End, Mishap, World};
use finsight_specs::iam::Role;
use finsight_specs::lambda::{Code, Function};

fn program(declare: impl Fn(&Scope)) -> Graph {
    let stack = Stack::new("dev", "ap-northeast-1");
    declare(&stack.component("app", Default::default()));
    stack.finish().unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn function(code: &str, memory: i64) -> Graph {
    program(|s| {
        let policy = Value::Map([("Version".to_owned(), "2012-10-17".into())].into());
        let role = s.add("role", Role::new(policy));
        let function = Function::new(&role.arn, "provided.al2023", "bootstrap", Code::s3("bucket", code));
        s.add("users", function.function_name("users").memory_size(memory).live_alias("live"));
    })
}

fn urn() -> Urn {
    "dev/app/aws:lambda:Function/users".parse().expect("a URN")
}

/// `rollback`: a fix that sets the version.
fn rollback(version: Value) -> Ask {
    let set: Map = [("live_pin".to_owned(), version)].into();
    Ask {
        purpose: Purpose::Fix,
        sets: [(urn(), set)].into(),
        ..Ask::up(&Graph::new("dev", "ap-northeast-1"))
    }
}

fn world() -> World {
    let mut world = World::new(Arc::new(finsight_specs::registry()), 1);
    world.rename("dev");
    succeeds(&mut world, &Ask::up(&function("a", 128)));
    world
}

fn succeeds(world: &mut World, ask: &Ask) {
    let run = world.run(ask);
    assert!(run.succeeded(), "{}", run.why());
}

fn live(world: &World) -> Value {
    let function = world.cloud.standing().find(|object| object.type_name == "aws:lambda:Function");
    function.and_then(|object| object.properties().get("live_pin").cloned()).unwrap_or_default()
}

fn recorded(world: &World) -> Value {
    let row = world.store.state().rows.get(&urn()).cloned();
    row.and_then(|row| row.inputs.get("live_pin").cloned()).unwrap_or_default()
}

/// F2: `up` keeps it and says so; a change of something else keeps it too; other code asks first.
#[test]
fn it_stays_until_the_code_changes() {
    let mut world = world();
    succeeds(&mut world, &rollback("6".into()));
    assert_eq!((live(&world), recorded(&world)), ("6".into(), "6".into()));

    let plan = world.preview(&Ask::up(&function("a", 128))).expect("a plan");
    assert!(plan.steps.iter().all(|step| step.op == Op::Same), "{:?}", plan.steps);
    assert!(plan.notes.iter().any(|note| note.contains("keeps live_pin 6")), "{:?}", plan.notes);
    succeeds(&mut world, &Ask::up(&function("a", 256)));
    assert_eq!((live(&world), recorded(&world)), ("6".into(), "6".into()));

    let run = world.run(&Ask::up(&function("b", 256)));
    let End::Refused(errors) = &run.end else { panic!("{}", run.why()) };
    assert!(
        matches!(errors.as_slice(), [PlanError::Kept { changed, .. }] if changed.starts_with("code")),
        "{errors:?}"
    );
    assert_eq!(live(&world), "6".into());
    succeeds(&mut world, &Ask { confirmed: vec!["users".to_owned()], ..Ask::up(&function("b", 256)) });
    assert_eq!((live(&world), recorded(&world)), (Value::Null, Value::Null));
}

/// Taken forward again by hand.
#[test]
fn it_is_let_go() {
    let mut world = world();
    succeeds(&mut world, &rollback("6".into()));
    succeeds(&mut world, &rollback(Value::Null));
    assert_eq!((live(&world), recorded(&world)), (Value::Null, Value::Null));
    let plan = world.preview(&Ask::up(&function("a", 128))).expect("a plan");
    assert!(plan.notes.iter().all(|note| !note.contains("live_pin")), "{:?}", plan.notes);
}

/// Killed at each record: an `up` in between takes nothing forward that stands back, and the repeated rollback ends as
/// if it had not been cut off.
#[test]
fn a_rollback_that_is_cut_off_is_kept_and_gone_on_with() {
    let base = world();
    let mut whole = base.fork();
    succeeds(&mut whole, &rollback("6".into()));
    let records = whole.records.clone();
    assert!(records.len() >= 4, "{records:?}");
    for record in records {
        for mishap in [Mishap::CrashBefore, Mishap::CrashAfter] {
            for between in [false, true] {
                let mut world = base.fork();
                world.mishap_in(record - base.commands, mishap);
                let crashed = world.run(&rollback("6".into())).crashed();
                world.no_more_mishaps();
                let stood = live(&world);
                if between {
                    let pause = world.longest_lag();
                    world.advance(pause);
                    succeeds(&mut world, &Ask::up(&function("a", 256)));
                    assert!(!crashed || live(&world) == stood, "an `up` has taken it forward");
                }
                succeeds(&mut world, &rollback("6".into()));
                assert_eq!((live(&world), recorded(&world)), ("6".into(), "6".into()), "{record} {mishap:?}");
            }
        }
    }
}

/// Its versions go with it: a function that is replaced is asked about, and its successor begins as it is.
#[test]
fn it_does_not_go_on_to_a_successor() {
    let mut world = world();
    succeeds(&mut world, &rollback("6".into()));
    let replace = || vec![finsight_engine::urn::UrnPattern::new(urn().as_str())];
    let run = world.run(&Ask { replace: replace(), ..Ask::up(&function("a", 128)) });
    let End::Refused(errors) = &run.end else { panic!("{}", run.why()) };
    assert!(matches!(errors.as_slice(), [PlanError::Kept { .. }]), "{errors:?}");
    let confirmed = vec!["users".to_owned()];
    succeeds(&mut world, &Ask { replace: replace(), confirmed, ..Ask::up(&function("a", 128)) });
    assert_eq!((live(&world), recorded(&world)), (Value::Null, Value::Null));
}

/// Let go by its name, whether its code changes or not.
#[test]
fn it_is_let_go_by_its_name() {
    let mut world = world();
    succeeds(&mut world, &rollback("6".into()));
    succeeds(&mut world, &Ask { confirmed: vec!["users".to_owned()], ..Ask::up(&function("a", 128)) });
    assert_eq!((live(&world), recorded(&world)), (Value::Null, Value::Null));
}

/// Somebody moves the alias by hand: it is put back where it was taken to.
#[test]
fn what_is_on_record_is_put_back() {
    let mut world = world();
    succeeds(&mut world, &rollback("6".into()));
    let number = world.cloud.standing().find(|o| o.type_name == "aws:lambda:Function").map(|o| o.number);
    world
        .cloud
        .someone_sets(world.now, number.expect("it stands"), "live_pin", Value::Null)
        .expect("it stands");
    let pause = world.longest_lag();
    world.advance(pause);
    succeeds(&mut world, &Ask::up(&function("a", 128)));
    assert_eq!(live(&world), "6".into());
}
