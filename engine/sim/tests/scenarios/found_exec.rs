//! What a reading has found (2026-11-29, second reading of the engine): each test says what is right, and fails
//! until it is so.

use finsight_engine::graph::Graph;
use finsight_engine::plan::Purpose;
use finsight_engine::program::Options;
use finsight_engine::state::Status;
use finsight_engine::value::Value;
use finsight_sim::Mishap;
use finsight_sim::kinds::reference;

use crate::check::*;
use crate::programs::*;
use crate::tape::Fault;
use crate::wish::{apply, destroy, up};

/// The nth answer to reads is bent so.
macro_rules! bent {
    ($name:ident, $nth:expr, $bend:expr) => {
        fn $name(reply: &mut finsight_engine::contract::Reply) {
            static SEEN: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
            let nth = SEEN.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
            if let finsight_engine::contract::Reply::Read(readings) = reply
                && nth == $nth
            {
                let bend: fn(&mut finsight_engine::contract::Reading) = $bend;
                readings.iter_mut().for_each(bend);
            }
        }
    };
}

/// What `*` ignores stays on record as it stands.
#[test]
fn what_a_star_ignores_is_not_recorded_as_set() {
    let graph = |note: &str, ignored: &[&str]| {
        program(|p| {
            let ignore_changes = ignored.iter().map(|path| (*path).to_owned()).collect();
            let inputs = [("store_name", "ledger".into()), ("password", note.into())];
            p.add_with(STORE, "db", &inputs, Options { ignore_changes, ..plain() });
        })
    };
    let life = after(&[&graph("one", &[])]);
    let mut life = life.with_row(&urn(STORE, "db"), |row| row.status = Status::Unfinished);
    let (end, seen) = life.run(&up(&graph("two", &["*"])), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let (end, seen) = life.run(&up(&graph("two", &[])), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    let stands = life.world.cloud.standing().next().expect("the store");
    assert_eq!(stands.properties()["password"].as_text(), Some("two"), "never sent: {seen:#?}");
}

fn vault(name: &str) -> Graph {
    program(|p| {
        p.add(VAULT, name, &[("vault_name", "ledger".into())]);
    })
}

/// V20: whose tags cannot be read is not imported.
#[test]
fn what_carries_tags_that_cannot_be_read_is_not_imported() {
    let mut life = nothing().with(|world| {
        let registry = std::sync::Arc::clone(&world.registry);
        let spec = registry.get(PARENT).expect("the type");
        let tags = Value::Map([("finsight:stack".to_owned(), "another".into())].into());
        let properties = [("range".to_owned(), Value::from(OLD)), ("tags".to_owned(), tags)].into();
        world.cloud.someone_makes(world.now, spec, finsight_sim::cloud::REGION, properties).expect("free");
        world.advance(60_000);
    });
    let id = life.world.cloud.standing().next().expect("theirs").id.clone();
    let mut wish = up(&alone(OLD, Options { import_id: Some(id), ..plain() }));
    wish.ask.purpose = Purpose::Import;
    let (end, seen) = life.run(&wish, &[Fault::Answer("read", unread_tags)]);
    assert!(did(&seen, "refused"), "another stack's is taken: {end} {seen:#?}");
}

/// V34 in place: what an earlier run did not finish is not gone on with on a stranger's thing.
#[test]
fn what_is_unfinished_is_not_gone_on_with_on_a_stranger_s_thing() {
    let graph = program(|p| {
        p.add(STORE, "db", &[("store_name", "ledger".into()), ("note", "ours".into())]);
    });
    let life = after(&[&graph]).with_row(&urn(STORE, "db"), |row| row.status = Status::Unfinished);
    let number = life.number(&urn(STORE, "db"));
    let mut life = life.with(|world| {
        let theirs = world.cloud.someone_replaces(world.now, number).expect("theirs");
        world.cloud.someone_sets(world.now, theirs, "note", "theirs".into());
        world.advance(60_000);
    });
    let (end, seen) = life.run(&up(&graph).no_refresh(), &[]);
    assert!(!did(&seen, "converge"), "{end}: {seen:#?}");
}

/// A store of ours of a moment ago, gone, and a stranger's under its name.
fn usurped() -> Life {
    let graph = program(|p| {
        p.add(STORE, "db", &[("store_name", "ledger".into())]);
    });
    let life = after(&[&graph]);
    let number = life.number(&urn(STORE, "db"));
    life.with(|world| {
        world.cloud.someone_replaces(world.now, number).expect("theirs");
        world.advance(60_000);
    })
}

/// V34: a read that sees nothing, after one that has seen a stranger's, may lag behind: nothing is deleted.
#[test]
fn a_stranger_that_was_seen_once_is_not_deleted_when_a_read_sees_nothing() {
    bent!(absent_then, 2, |reading| *reading = finsight_engine::contract::Reading::Absent);
    let mut life = usurped();
    let faults = [Fault::Answer("read Store/db#1", absent_then)];
    let (end, seen) = life.run(&destroy().no_refresh(), &faults);
    let left = life.world.cloud.standing().count();
    assert_eq!(left, 1, "the stranger's is deleted: {end} {seen:#?}");
}

/// V34: nor when the only read before the delete lags behind.
#[test]
fn a_stranger_is_not_deleted_when_the_first_read_sees_nothing() {
    bent!(absent_first, 1, |reading| *reading = finsight_engine::contract::Reading::Absent);
    let mut life = usurped();
    let faults = [Fault::Answer("read Store/db#1", absent_first)];
    let (end, seen) = life.run(&destroy().no_refresh(), &faults);
    let left = life.world.cloud.standing().count();
    assert_eq!(left, 1, "the stranger's is deleted: {end} {seen:#?}");
}

/// N1: what takes no tags is taken for ours after a kill before the create call was sent.
#[test]
fn a_look_alike_is_not_adopted_after_a_kill_before_the_call() {
    let parent = alone(OLD, plain());
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let inputs = [("parent_id", reference(&main, "id")), ("slot", "one".into()), ("target", "a".into())];
        p.add(LINK, "link", &inputs);
    });
    let mut life = after(&[&parent]).with(|world| {
        let registry = std::sync::Arc::clone(&world.registry);
        let spec = registry.get(LINK).expect("the type");
        let id = world.store.state().rows[&urn(PARENT, "main")].id.clone();
        let inputs = [("parent_id", Value::from(id)), ("slot", "one".into()), ("target", "a".into())];
        let properties = inputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        world.cloud.someone_makes(world.now, spec, finsight_sim::cloud::REGION, properties).expect("free");
        world.advance(60_000);
    });
    let faults = [Fault::At("call create Link/link#1", Mishap::CrashBefore)];
    life.run(&up(&graph).no_refresh(), &faults);
    life.world.advance(60_000);
    let (_, seen) = life.run(&up(&graph), &[]);
    life.world.advance(60_000);
    let (_, then) = life.run(&destroy(), &[]);
    let left = life.world.cloud.standing().filter(|object| object.type_name == LINK).count();
    assert_eq!(left, 1, "the stranger's is adopted and deleted: {seen:#?} {then:#?}");
}

/// V34: a read that shows ours, after one that has seen a stranger's, may lag behind too.
#[test]
fn a_stranger_that_was_seen_once_is_not_deleted_when_a_read_lags() {
    static OWNER: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    bent!(ours_then, 2, |reading| {
        if let finsight_engine::contract::Reading::Found(live) = reading {
            let owner = Value::text(OWNER.get().unwrap());
            let tags = [("finsight:stack".to_owned(), "dev".into()), ("finsight:id".to_owned(), owner)];
            live.properties.insert("tags".to_owned(), Value::Map(tags.into()));
        }
    });
    let mut life = usurped();
    let owner = life.world.store.state().rows[&urn(STORE, "db")].owner.clone();
    OWNER.set(owner.as_str().to_owned()).unwrap();
    let faults = [Fault::Answer("read Store/db#1", ours_then)];
    let (end, seen) = life.run(&destroy().no_refresh(), &faults);
    let left = life.world.cloud.standing().count();
    assert_eq!(left, 1, "the stranger's is deleted: {end} {seen:#?}");
}

/// V34 in two steps: `up` marks a stranger's thing that looks like ours, and `destroy` deletes it.
#[test]
fn a_stranger_s_look_alike_is_not_marked_and_then_deleted() {
    let life = after(&[&vault("main")]);
    let number = life.number(&urn(VAULT, "main"));
    let mut life = life.with(|world| {
        world.cloud.someone_replaces(world.now, number).expect("theirs");
        world.advance(60_000);
    });
    let (end, seen) = life.run(&up(&vault("main")), &[]);
    life.world.advance(60_000);
    let (_, then) = life.run(&destroy(), &[]);
    let left = life.world.cloud.standing().count();
    assert_eq!(left, 1, "the stranger's vault is gone: {end} {seen:#?} {then:#?}");
}

/// V35: a read that lags behind hides what was changed since the plan, and after the first call it is set back.
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

/// V1: what could not be read right after the create counts as set, and is ignored from then on.
#[test]
fn what_could_not_be_read_after_its_create_is_set_though_it_is_ignored() {
    bent!(unread_once, 1, |reading| {
        if let finsight_engine::contract::Reading::Found(live) = reading {
            live.properties.insert("policy".to_owned(), Value::Unknown);
        }
    });
    let policy = Value::from_plain_json(&serde_json::json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}));
    let graph = program(|p| {
        let options = Options { ignore_changes: vec!["policy".to_owned()], ..plain() };
        p.add_with(ROLE, "runner", &[("role_name", "runner".into()), ("policy", policy)], options);
    });
    let mut life = nothing();
    let (end, seen) = life.run(&up(&graph), &[Fault::Answer("read Role/runner#1", unread_once)]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    life.run(&up(&graph), &[]);
    let stands = life.world.cloud.standing().next().expect("the role");
    assert!(stands.properties().contains_key("policy"), "never set, and the record says it was: {seen:#?}");
}

/// What is not selected is not written: the outputs of a part are those on record.
#[test]
fn a_run_of_a_part_writes_no_outputs_that_its_plan_does_not_show() {
    let graph = |text: &str, note: &str| {
        program(|p| {
            p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
            p.add(PARENT, "other", &[("range", OLD.into())]);
            p.export("said", text.into());
        })
    };
    let mut life = after(&[&graph("one", "one")]);
    let (end, seen) = life.run(&up(&graph("two", "two")).target("*/main"), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    let shown = life.plan.as_ref().is_some_and(|plan| plan.outputs_change);
    let written = life.world.store.state().outputs["said"] != Value::from("one");
    assert!(shown == written, "shown: {shown}, written: {written}");
}

fn unread_tags(reply: &mut finsight_engine::contract::Reply) {
    use finsight_engine::contract::{Reading, Reply};
    if let Reply::Read(readings) = reply {
        for reading in readings {
            if let Reading::Found(live) = reading {
                live.properties.insert("tags".to_owned(), Value::Unknown);
            }
        }
    }
}
