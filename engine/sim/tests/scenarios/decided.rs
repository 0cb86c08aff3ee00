//! What was decided about a row holds, whatever is begun with it afterwards and has no effect.

use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::state::Status;
use finsight_engine::value::Value;
use finsight_sim::Mishap;

use crate::check::{after, nothing};
use crate::programs::*;
use crate::tape::Fault;
use crate::wish::{destroy, up};

fn ignoring() -> Graph {
    let policy = serde_json::json!({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "one"}]});
    let options = Options { ignore_changes: vec!["policy".to_owned()], ..plain() };
    program(|p| {
        p.add_with(ROLE, "runner", &[("policy", Value::from_plain_json(&policy))], options);
    })
}

/// V1: a row that was never configured to its end, and whose delete was begun, is not ready either.
#[test]
fn what_is_ignored_is_set_though_a_delete_was_begun_in_between() {
    let graph = ignoring();
    for mishap in [Mishap::CrashBefore, Mishap::CrashAfter] {
        let mut life = nothing();
        life.run(&up(&graph), &[Fault::At("record put Role/runner#1 created", Mishap::CrashAfter)]);
        life.world.advance(60_000);
        life.run(&destroy(), &[Fault::At("record intend delete Role/runner#1", mishap)]);
        life.world.advance(60_000);
        let (end, seen) = life.run(&up(&graph), &[]);
        assert_eq!(end, "end ok", "{mishap:?} {seen:?}");
        let number = life.number(&urn(ROLE, "runner"));
        let object = life.world.cloud.objects().find(|object| object.number == number).expect("it stands");
        assert!(object.properties().contains_key("policy"), "{mishap:?} {seen:?}");
        life.world.expect_no_violations();
    }
}

/// What is to be replaced, by a person's word, is replaced: also where the run that had begun with it was killed.
#[test]
fn what_is_tainted_stays_so_though_its_delete_was_begun() {
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
    });
    for mishap in [Mishap::CrashBefore, Mishap::CrashAfter] {
        let mut life = after(&[&graph]).with_row(&urn(MEMBER, "a"), |row| row.status = Status::Tainted);
        life.run(&up(&graph), &[Fault::At("record intend delete Member/a#1", mishap)]);
        life.world.advance(60_000);
        let (end, seen) = life.run(&up(&graph), &[]);
        assert_eq!(end, "end ok", "{mishap:?} {seen:?}");
        let replaced = |line: &String| line.starts_with("plan replace Member/a: it is marked as tainted");
        assert!(seen.iter().any(replaced), "{mishap:?} {seen:?}");
        life.world.expect_no_violations();
    }
}
