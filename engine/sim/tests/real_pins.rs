//! A function that was taken back to a version stays there until its code changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use finsight_engine::graph::Graph;
use finsight_engine::plan::{Confirmed, Op, PlanError, Purpose, Selection};
use finsight_engine::program::{Options, Output, Scope, Stack};
use finsight_engine::urn::{Urn, UrnPattern};
use finsight_engine::value::{Map, Value};
use finsight_sim::{Ask, End, Mishap, World};
use finsight_specs::iam::Role;
use finsight_specs::ids::Arn;
use finsight_specs::lambda::{Code, Function};

fn program(declare: impl Fn(&Scope)) -> Graph {
    let stack = Stack::new("dev", "ap-northeast-1");
    declare(&stack.component("app", Default::default()));
    stack.finish().unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn function(code: &str, memory: i64) -> Graph {
    program(|s| {
        let role = s.add("role", Role::new(policy()));
        add(s, &role.arn, code, memory);
    })
}

fn add(scope: &Scope, role: &Output<Arn>, code: &str, memory: i64) {
    let function = Function::new(role, "provided.al2023", "bootstrap", Code::s3("bucket", code));
    scope.add("users", function.function_name("users").memory_size(memory).live_alias("live"));
}

/// A function that runs as the one of two roles, of which the first is as it is told.
fn roles(one: Option<Role>, first: bool) -> Graph {
    program(|s| {
        let one = one.clone().map(|role| s.add("role", role));
        let two = s.add("two", Role::new(policy()));
        let role = one.filter(|_| first).unwrap_or(two);
        add(s, &role.arn, "a", 128);
    })
}

fn policy() -> Value {
    Value::Map([("Version".to_owned(), "2012-10-17".into())].into())
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

/// `--unpin users`.
fn unpin() -> Confirmed {
    Confirmed { unpin: vec!["users".to_owned()], ..Confirmed::default() }
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
    // No other word lets it go.
    let others = Confirmed { unpin: Vec::new(), ..Confirmed::all(["users".to_owned()]) };
    let run = world.run(&Ask { confirmed: others, ..Ask::up(&function("b", 256)) });
    assert!(matches!(run.end, End::Refused(_)), "{}", run.why());
    succeeds(&mut world, &Ask { confirmed: unpin(), ..Ask::up(&function("b", 256)) });
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
    let replace = || vec![UrnPattern::new(urn().as_str())];
    let run = world.run(&Ask { replace: replace(), ..Ask::up(&function("a", 128)) });
    let End::Refused(errors) = &run.end else { panic!("{}", run.why()) };
    assert!(matches!(errors.as_slice(), [PlanError::Kept { .. }]), "{errors:?}");
    succeeds(&mut world, &Ask { replace: replace(), confirmed: unpin(), ..Ask::up(&function("a", 128)) });
    assert_eq!((live(&world), recorded(&world)), (Value::Null, Value::Null));
}

/// Let go by its name, whether its code changes or not.
#[test]
fn it_is_let_go_by_its_name() {
    let mut world = world();
    succeeds(&mut world, &rollback("6".into()));
    succeeds(&mut world, &Ask { confirmed: unpin(), ..Ask::up(&function("a", 128)) });
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

/// A version runs as the role with which it was published, and no call gives it another: with that role it goes, and is
/// asked about, also where the function itself is not selected.
#[test]
fn it_goes_with_its_role_by_its_name() {
    let before = roles(Some(Role::new(policy())), true);
    let mut base = World::new(Arc::new(finsight_specs::registry()), 1);
    base.rename("dev");
    succeeds(&mut base, &Ask::up(&before));
    succeeds(&mut base, &rollback("6".into()));
    let role = "dev/app/aws:iam:Role/role";
    let pattern = || UrnPattern::new(role);
    let cases = [
        ("replaced", Ask::up(&roles(Some(Role::new(policy()).path("/other/")), true))),
        ("named", Ask { replace: vec![pattern()], ..Ask::up(&before) }),
        ("another, and the old one goes", Ask::up(&roles(None, false))),
        ("another", Ask::up(&roles(Some(Role::new(policy())), false))),
    ];
    for (case, ask) in cases {
        let mut world = base.fork();
        let run = world.run(&ask);
        let End::Refused(errors) = &run.end else { panic!("{case}: {}", run.why()) };
        assert!(
            matches!(errors.as_slice(), [PlanError::Kept { changed, .. }] if changed.starts_with("role")),
            "{case}: {errors:?}"
        );
        assert_eq!(live(&world), "6".into(), "{case}");
        succeeds(&mut world, &Ask { confirmed: unpin(), ..ask });
        assert_eq!((live(&world), recorded(&world)), (Value::Null, Value::Null), "{case}");
    }
    // A role that is replaced alone stays for what is not selected, and is asked about when it is to go.
    let selection = Selection { target: vec![pattern()], ..Selection::default() };
    let alone = || Ask { replace: vec![pattern()], selection: selection.clone(), ..Ask::up(&before) };
    succeeds(&mut base, &alone());
    let roles = |world: &World| world.cloud.standing().filter(|it| it.type_name == "aws:iam:Role").count();
    assert_eq!((live(&base), roles(&base)), ("6".into(), 3));
    let run = base.run(&Ask::up(&before));
    let End::Refused(errors) = &run.end else { panic!("{}", run.why()) };
    assert!(matches!(errors.as_slice(), [PlanError::Kept { .. }]), "{errors:?}");
    assert_eq!((live(&base), roles(&base)), ("6".into(), 3));
}

/// Also where the function itself would not follow to another role.
#[test]
fn it_goes_with_a_role_that_it_does_not_follow() {
    let graph = |path: &str| {
        program(|s| {
            let role = s.add("role", Role::new(policy()).path(path));
            let function = Function::new(&role.arn, "provided.al2023", "bootstrap", Code::s3("bucket", "a"));
            let options = Options { ignore_changes: vec!["role".to_owned()], ..Options::default() };
            s.add_with("users", function.function_name("users").live_alias("live"), options);
        })
    };
    let mut world = World::new(Arc::new(finsight_specs::registry()), 1);
    world.rename("dev");
    succeeds(&mut world, &Ask::up(&graph("/")));
    succeeds(&mut world, &rollback("6".into()));
    let run = world.run(&Ask::up(&graph("/other/")));
    let End::Refused(errors) = &run.end else { panic!("{}", run.why()) };
    assert!(
        matches!(errors.as_slice(), [PlanError::Kept { changed, .. }] if changed.ends_with("Role/role, which goes)")),
        "{errors:?}"
    );
}

/// What its role may do is what it may do, which version ever is live.
#[test]
fn a_change_of_what_its_role_may_do_is_said() {
    let role = |rights: &[&str]| {
        let one = |name: &&str| ((*name).to_owned(), policy());
        Some(Role::new(policy()).inline_policies(rights.iter().map(one).collect::<BTreeMap<String, Value>>()))
    };
    let mut world = World::new(Arc::new(finsight_specs::registry()), 1);
    world.rename("dev");
    let both = roles(role(&["read", "write"]), true);
    succeeds(&mut world, &Ask::up(&both));
    succeeds(&mut world, &rollback("6".into()));
    let said = |world: &mut World, graph: &Graph| {
        let plan = world.preview(&Ask::up(graph)).expect("a plan");
        plan.notes.iter().any(|note| {
            note.contains("what it may do changes: inline_policies.write of dev/app/aws:iam:Role/role")
        })
    };
    assert!(said(&mut world, &roles(role(&["read"]), true)));
    assert!(!said(&mut world, &both));
}
