//! found

use finsight_engine::contract::FailureClass;
use finsight_engine::program::Options;
use finsight_engine::state::Status;
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use finsight_sim::{Hardship, Mishap};

use crate::check::*;
use crate::programs::*;
use crate::tape::{Fault, refuse};
use crate::wish::{destroy, up};

/// A taint is a decision: an intent to delete must not drop it.
#[test]
fn what_is_tainted_stays_so_when_its_delete_was_only_intended() {
    let graph = alone(OLD, first());
    let mut life = after(&[&graph]).with_row(&urn(PARENT, "main"), |row| row.status = Status::Tainted);
    let faults = [Fault::At("call delete Parent/main#1", Mishap::CrashBefore)];
    let (end, _) = life.run(&up(&graph), &faults);
    assert_eq!(end, "end crashed");
    life.world.advance(60_000);
    let (_, seen) = life.run(&up(&graph), &[]);
    assert!(did(&seen, "plan replace Parent/main"), "it is taken for sound: {seen:#?}");
}

/// V1 by another way: created and not configured, then a delete was intended and not sent.
#[test]
fn what_is_ignored_is_set_though_a_delete_was_intended_between() {
    let policy = |p: &str| {
        Value::from_plain_json(&serde_json::json!({"Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": p, "Resource": "*"}]}))
    };
    let graph = |path: &str| {
        program(|p| {
            let options = Options { ignore_changes: vec!["policy".to_owned()], ..Options::default() };
            let inputs = [("role_name", "runner".into()), ("path", path.into()), ("policy", policy("s3:*"))];
            p.add_with(ROLE, "runner", &inputs, options);
        })
    };
    let mut life = nothing();
    life.run(&up(&graph("/")), &[Fault::At("record put Role/runner#1 created", Mishap::CrashAfter)]);
    life.world.advance(60_000);
    assert!(!life.world.store.state().rows[&urn(ROLE, "runner")].configured);
    // Somebody tries another path, which is killed before the delete is sent, and comes back to the first.
    life.run(&up(&graph("/b/")), &[Fault::At("call delete Role/runner#1", Mishap::CrashBefore)]);
    life.world.advance(60_000);
    let (end, seen) = life.run(&up(&graph("/")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    let number = life.number(&urn(ROLE, "runner"));
    let stands = life.world.cloud.standing().find(|object| object.number == number).expect("the role");
    assert!(stands.properties().contains_key("policy"), "never set, and the record says it was: {seen:#?}");
}

/// An old incarnation of what is spared stands on what would be deleted.
#[test]
fn a_destroy_sees_what_an_old_one_of_the_spared_stands_on() {
    let graph = |on: &str, range: &str| {
        program(|p| {
            let one = p.add(PARENT, "one", &[("range", OLD.into())]);
            let two = p.add(PARENT, "two", &[("range", OLD.into())]);
            p.add(MEMBER, "a", &member(if on == "one" { &one } else { &two }, range));
        })
    };
    let mut life = after(&[&graph("one", "10.0.1.0/24")]);
    let faults = [refuse("delete Member/a#1", FailureClass::Denied)];
    let (end, seen) = life.run(&up(&graph("two", "10.0.2.0/24")), &faults);
    assert_eq!(end, "end failed", "{seen:#?}");
    assert_eq!(life.world.store.state().deposed.len(), 1);
    life.world.advance(60_000);
    let (end, seen) = life.run(&destroy().target("*/one"), &[]);
    assert!(did(&seen, "refused"), "{end}: {seen:#?}");
}

/// `--replace` of a renamed resource by its old name, and of what is not there at all.
#[test]
fn a_replacement_that_fits_nothing_is_refused() {
    let graph = |name: &str, from: &[Urn]| {
        program(|p| {
            let options = Options { moved_from: from.to_vec(), ..plain() };
            p.add_with(PARENT, name, &[("range", OLD.into())], options);
        })
    };
    let life = after(&[&graph("old", &[])]);
    let mut renamed = life.fork();
    let (end, seen) = renamed.run(&up(&graph("new", &[urn(PARENT, "old")])).replace("*/old"), &[]);
    let replaced = did(&seen, "plan replace Parent/new");
    let mut life = life;
    let (other, none) = life.run(&up(&graph("old", &[])).replace("*/misspelt"), &[]);
    assert!(replaced && did(&none, "refused"), "{end}: {seen:#?}\n{other}: {none:#?}");
}

/// One endpoint that is out of reach while others answer: the run must come to an end.
#[test]
fn an_endpoint_out_of_reach_beside_one_that_answers_ends_the_run() {
    fn pending(reply: &mut finsight_engine::contract::Reply) {
        use finsight_engine::contract::{Health, Reading, Reply};
        if let Reply::Read(readings) = reply {
            for reading in readings {
                if let Reading::Found(live) = reading {
                    live.health = Health::Pending("pending".to_owned());
                }
            }
        }
    }
    let graph = program(|p| {
        p.add_with(
            PARENT,
            "main",
            &[("range", OLD.into())],
            Options {
                timeouts: finsight_engine::program::Timeouts { create: Some(60), ..Default::default() },
                ..plain()
            },
        );
        p.add(ROLE, "far", &[]);
    });
    let mut life = nothing();
    let began = life.world.now;
    let faults = [
        Fault::First("create Role/far#1", FailureClass::Unreachable, 3_000),
        Fault::Answer("read Parent/main#1", pending),
    ];
    let (end, seen) = life.run(&up(&graph).at_once(), &faults);
    let minutes = (life.world.now - began) / 60_000;
    eprintln!("{end} {minutes} {:#?}", &seen[..seen.len().min(6)]);
    assert!(
        minutes < 30,
        "{end} after {minutes} minutes, with a ceiling of 1 and a patience of 10: {seen:#?}"
    );
}

/// V21: a path below a text can have no effect.
#[test]
fn an_option_below_a_text_is_refused() {
    let options = Options { ignore_changes: vec!["note.x".to_owned(), "tags.a.b".to_owned()], ..plain() };
    let graph = alone(OLD, options);
    assert!(graph.checked(&finsight_sim::kinds::registry()).is_err());
}

#[test]
fn a_secret_that_waits_for_its_end_is_accepted_as_gone_or_not_drift() {
    let graph = program(|p| {
        p.add("sim:keep:Secret", "main", &[("secret_name", "one".into())]);
    });
    let mut life = wide(&[Hardship::Waiting], &graph).gone(&urn("sim:keep:Secret", "main"));
    let observed = crate::check::observe(&mut life.world);
    let state = life.world.store.load().expect("a state");
    assert_eq!(life.drift(), ["Secret/main deleted"]);
    let entries = finsight_engine::accept::accept(&life.world.registry, &state, &observed, &[]).unwrap();
    assert!(!entries.is_empty(), "drift says it is gone, and accepting that does nothing");
}
