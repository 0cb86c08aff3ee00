//! What an earlier run has begun to change, and a read that lags behind and does not see it yet.

use finsight_engine::graph::Graph;
use finsight_engine::value::Value;
use finsight_sim::{Hardship, Mishap};

use crate::check::*;
use crate::programs::*;
use crate::tape::{Fault, bent};
use crate::wish::up;

/// `lb` has done without its role for a while and has got the new one, and then the run was killed.
fn put_back() -> Life {
    let mut life = wide(&[Hardship::Users], &stacked("/", "10.0.2.0/24"));
    let killed = [Fault::At("put Balancer/lb#1 ready", Mishap::CrashBefore)];
    let (end, seen) = life.run(&up(&stacked("/b/", "10.0.2.0/24")), &killed);
    let calls = seen.iter().filter(|line| line.starts_with("converge Balancer/lb#1 role")).count();
    assert!(end == "end crashed" && calls == 2, "{end}: {seen:#?}");
    life
}

/// A run that lets go once more, in which as many first reads still show that it does without.
fn lets_go_again(lag: Fault) {
    let mut life = put_back();
    let (end, seen) = life.run(&up(&stacked("/c/", "10.0.2.0/24")), &[lag]);
    life.world.expect_no_violations();
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.expect_converged(&stacked("/c/", "10.0.2.0/24"));
}

fn without_a_role(reading: &mut finsight_engine::contract::Reading) {
    if let finsight_engine::contract::Reading::Found(live) = reading {
        live.properties.insert("role".to_owned(), Value::Null);
    }
}

/// What lets go once more does so though the record says that it does without, and a read says so too.
#[test]
fn what_was_begun_to_be_put_back_is_let_go_of_again() {
    bent!(stale, 2, without_a_role);
    lets_go_again(Fault::Answer("read Balancer/lb#1", stale));
}

/// So it does where nothing was read before the plan: what was begun may have come to its end.
#[test]
fn what_was_begun_to_be_put_back_is_let_go_of_unread() {
    let mut life = put_back();
    let (end, seen) = life.run(&up(&stacked("/c/", "10.0.2.0/24")).no_refresh(), &[]);
    life.world.expect_no_violations();
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.expect_converged(&stacked("/c/", "10.0.2.0/24"));
}

fn noted(note: &str) -> Graph {
    program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
    })
}

/// What is wanted as it was before a change that was begun is not taken for unchanged by the first read.
#[test]
fn what_was_begun_to_be_changed_is_set_back() {
    bent!(stale, 2, |reading| {
        if let finsight_engine::contract::Reading::Found(live) = reading {
            live.properties.insert("note".to_owned(), "one".into());
        }
    });
    let mut life = after(&[&noted("one")]);
    let killed = [Fault::At("put Parent/main#1 ready", Mishap::CrashBefore)];
    let (end, seen) = life.run(&up(&noted("two")), &killed);
    assert!(end == "end crashed" && did(&seen, "converge Parent/main#1 note"), "{end}: {seen:#?}");
    let faults = [Fault::Answer("read Parent/main#1", stale)];
    let (end, seen) = life.run(&up(&noted("one")), &faults);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.expect_converged(&noted("one"));
}

/// Nor does a plan take it for let go by a read that lags behind.
#[test]
fn what_was_begun_to_be_put_back_is_known_as_a_holder() {
    bent!(stale, 1, without_a_role);
    lets_go_again(Fault::Answer("read Balancer/lb#1", stale));
}
