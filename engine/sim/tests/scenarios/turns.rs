//! How long a step waits and for what: ceilings, places, clocks.

use std::sync::atomic::{AtomicU32, Ordering};

use finsight_engine::contract::{Failure, FailureClass, Reply};
use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_sim::{Knobs, Mishap};

use crate::check::{MINUTE, after, check, nothing, took};
use crate::programs::*;
use crate::tape::{Fault, each_live, pending, refuse};
use crate::wish::{destroy, up};

fn two() -> Graph {
    program(|p| {
        p.add(PARENT, "one", &[("range", OLD.into())]);
        p.add(PARENT, "two", &[("range", OLD.into())]);
    })
}

/// V9: with `--parallel 1` one that only waits keeps nobody from beginning.
#[test]
fn what_waits_holds_no_place() {
    let slow = Fault::Answer("read Parent/two#1", pending);
    check(
        nothing(),
        &two(),
        &[slow],
        "
        plan create Parent/two: it does not exist yet
        plan create Parent/one: it does not exist yet
        create Parent/two#1
        create Parent/one#1
        error Parent/two EXEC-TIMEOUT: Parent/two was not done after 20 minutes: creating
        end failed
        row Parent/one#1
        row Parent/two#1 created
    ",
    );
}

/// V9: a call begins only when there is a place for it.
#[test]
fn no_more_calls_are_at_work_than_may_be() {
    let graph = three();
    let mut life = nothing();
    life.world.cloud.knobs = Knobs::natural();
    for seed in 0..5 {
        let mut life = life.fork();
        life.world.advance(seed);
        let (end, seen) = life.run(&up(&graph), &[]);
        assert_eq!(end, "end ok", "{seen:?}");
        // A call of one and the record of its outcome follow each other, with nothing of another between.
        for pair in life.commands().windows(2).filter(|pair| pair[0].starts_with("call create")) {
            assert!(pair[1].starts_with("record put"), "{pair:?}");
        }
    }
}

static TURN: AtomicU32 = AtomicU32::new(0);

/// Two replicas that answer in turn: each shows another property as it was.
fn replicas(reply: &mut Reply) {
    each_live(reply, |live| {
        let name = if TURN.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { "note" } else { "zone" };
        live.properties.insert(name.to_owned(), "stale".into());
    });
}

fn both(to: &str) -> Graph {
    program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into()), ("note", to.into()), ("zone", to.into())]);
    })
}

/// V13: that ends within the ceiling and after tens of calls.
#[test]
fn settings_that_undo_each_other_end_after_tens_of_calls() {
    let mut life = after(&[&both("a")]);
    let began = life.world.now;
    let (end, seen) = life.run(&up(&both("b")), &[Fault::Answer("read Parent/main#1", replicas)]);
    assert_eq!(end, "end failed");
    assert_eq!(life.troubles[0].1.code, "EXEC-NOT-CONVERGING", "{seen:?}");
    let calls = seen.iter().filter(|line| line.starts_with("converge")).count();
    assert!(calls <= 30, "{calls} calls");
    assert!(took(&life, began) <= 21 * MINUTE, "{}", took(&life, began));
}

/// V13: the ceiling holds also where each look shows something else.
#[test]
fn a_turn_has_a_ceiling() {
    let graph = |note| {
        let mut options = plain();
        options.timeouts.update = Some(30);
        program(|p| {
            let inputs = [("range", OLD.into()), ("note", note), ("zone", "a".into())];
            p.add_with(PARENT, "main", &inputs, options);
        })
    };
    let mut life = after(&[&graph("a".into())]);
    let began = life.world.now;
    let (_, seen) = life.run(&up(&graph("b".into())), &[Fault::Answer("read Parent/main#1", replicas)]);
    // In a call, or in the wait after one.
    let code = life.troubles[0].1.code;
    assert!(["EXEC-NOT-CONVERGING", "EXEC-TIMEOUT"].contains(&code), "{seen:?}");
    assert!(took(&life, began) <= 2 * MINUTE, "{}", took(&life, began));
}

fn tomorrow(reply: &mut Reply) {
    *reply = Reply::Failed(Failure {
        class: FailureClass::Throttled,
        code: "Throttling".to_owned(),
        message: "come back tomorrow".to_owned(),
        operation: "sim:create".to_owned(),
        request_id: None,
        retry_after: Some(24 * 60 * MINUTE),
    });
}

/// V14: what AWS asks to wait counts up to the ceiling.
#[test]
fn a_wait_that_aws_asks_for_ends_with_the_ceiling() {
    let mut life = nothing();
    let began = life.world.now;
    life.run(
        &up(&alone(OLD, plain())),
        &[refuse("create", FailureClass::Throttled), Fault::Answer("create", tomorrow)],
    );
    assert_eq!(life.troubles[0].1.code, "EXEC-UNAVAILABLE");
    assert!(took(&life, began) <= 21 * MINUTE, "{}", took(&life, began));
}

/// Somebody sets the wall clock by an hour, every other second.
fn jumping(now: u64) -> u64 {
    if (now / 1000).is_multiple_of(2) { now + 60 * MINUTE } else { now - 60 * MINUTE }
}

/// V25: neither does a step time out, nor a lag end early.
#[test]
fn a_wall_clock_that_jumps_changes_no_decision() {
    let graph = net(OLD, plain(), plain());
    let faults = [Fault::At("call create Member/a", Mishap::AnswerLost)];
    let run = |wall: fn(u64) -> u64| {
        let mut life = nothing();
        life.world.cloud.knobs = Knobs::natural();
        life.world.wall = wall;
        let (end, seen) = life.run(&up(&graph), &faults);
        assert_eq!(end, "end ok", "{seen:?}");
        life.world.expect_converged(&graph);
        life.world.expect_no_violations();
        (life.world.now, life.commands())
    };
    assert_eq!(run(|now| now), run(jumping));
}

fn emptying(reply: &mut Reply) {
    *reply = Reply::Emptying { so_far: "1000 objects are gone".to_owned() };
}

/// What is filled as fast as it is emptied is given up, and that it is still written to is said.
#[test]
fn what_is_filled_as_fast_as_it_is_emptied_is_given_up() {
    let timeouts = finsight_engine::program::Timeouts { delete: Some(60), ..Default::default() };
    let mut life = after(&[&alone(OLD, Options { timeouts, ..plain() })]);
    let began = life.world.now;
    let (end, seen) = life.run(&destroy(), &[Fault::Answer("call delete Parent/main", emptying)]);
    life.world.expect_no_violations();
    assert!(end == "end failed" && took(&life, began) < 10 * MINUTE, "{end} after {}", took(&life, began));
    let error = seen.iter().find(|line| line.starts_with("error")).expect("an error");
    assert!(error.contains("EXEC-TIMEOUT") && error.contains("may still be written to"), "{error}");
}
