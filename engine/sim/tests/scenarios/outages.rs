//! A network that is lost, and credentials that have expired.

use finsight_engine::contract::FailureClass;
use finsight_engine::exec::Report;
use finsight_engine::program::Options;

use crate::check::{MINUTE, after, nothing, took};
use crate::programs::*;
use crate::tape::{Fault, pending, refuse};
use crate::wish::up;

/// E10, E11: one word when it begins, one when it is over, and the run goes on.
#[test]
fn a_lost_network_is_waited_out_and_said_once() {
    for (class, cause) in [(FailureClass::Unreachable, "Network"), (FailureClass::Expired, "Credentials")] {
        let graph = three();
        let mut life = nothing();
        let began = life.world.now;
        let (end, seen) = life.run(&up(&graph).at_once(), &[Fault::First("create", class, 30)]);
        assert_eq!(end, "end ok", "{seen:?}");
        let said: Vec<&String> = seen.iter().filter(|line| line.starts_with("waiting")).collect();
        assert_eq!(said, [&format!("waiting for {cause}")], "{seen:?}");
        assert_eq!(seen.iter().filter(|line| *line == "going on").count(), 1);
        assert!(took(&life, began) < 2 * MINUTE);
        life.world.expect_converged(&graph);
        life.world.expect_no_violations();
    }
}

/// E10: the reading before a plan waits too.
#[test]
fn a_lost_network_is_waited_out_while_reading() {
    let graph = alone(OLD, plain());
    let mut life = after(&[&graph]);
    let (end, seen) = life.run(&up(&graph), &[Fault::First("read", FailureClass::Unreachable, 20)]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(life.plan.as_ref().is_some_and(finsight_engine::plan::Plan::is_empty));
}

/// E10, E11: after that there is one error for the run, and the next run goes on.
#[test]
fn a_network_that_does_not_come_back_is_one_error() {
    for (class, code) in
        [(FailureClass::Unreachable, "EXEC-NETWORK"), (FailureClass::Expired, "EXEC-CREDENTIALS")]
    {
        let graph = three();
        let mut life = nothing();
        let began = life.world.now;
        let (end, seen) = life.run(&up(&graph).at_once(), &[refuse("create", class)]);
        assert_eq!(end, "end failed");
        assert_eq!(life.troubles.len(), 1, "{seen:?}");
        assert_eq!(life.troubles[0].1.code, code);
        assert!((10 * MINUTE..11 * MINUTE).contains(&took(&life, began)), "{}", took(&life, began));
        let waits = life.reports.iter().filter(|report| matches!(report, Report::Waiting { .. })).count();
        assert!((15..=21).contains(&waits), "every half minute: {waits}");
        assert!(life.world.store.state().intents.is_empty(), "nothing was sent");
        let (end, seen) = life.run(&up(&graph), &[]);
        assert_eq!(end, "end ok", "{seen:?}");
    }
}

/// E10: time in which nothing gets through does not count against a step's ceiling.
#[test]
fn an_outage_extends_the_ceiling() {
    let mut options = plain();
    options.timeouts.create = Some(60);
    let graph = alone(OLD, options);
    let mut life = nothing();
    let faults = [Fault::First("read Parent/main#1", FailureClass::Unreachable, 50)];
    let began = life.world.now;
    let (end, seen) = life.run(&up(&graph), &faults);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(took(&life, began) > 2 * MINUTE, "{}", took(&life, began));
}

/// One endpoint that is out of reach while others answer: the run must come to an end.
#[test]
fn an_endpoint_out_of_reach_beside_one_that_answers_ends_the_run() {
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
    let minutes = took(&life, began) / MINUTE;

    assert!(
        minutes < 30,
        "{end} after {minutes} minutes, with a ceiling of 1 and a patience of 10: {seen:#?}"
    );
}

/// A service out of reach stops nobody else's clock, whatever is answered beside it, and its call has its own patience.
#[test]
fn a_service_out_of_reach_stops_no_other_clock() {
    let graph = program(|p| {
        p.add(ROLE, "runner", &[]);
        p.add(PARENT, "main", &[("range", OLD.into())]);
    });
    for unreachable in [false, true] {
        let mut life = nothing();
        let began = life.world.now;
        let mut faults = vec![Fault::Answer("call read Parent/main", pending)];
        if unreachable {
            faults.push(refuse("call create Role/runner", FailureClass::Unreachable));
        }
        let (end, seen) = life.run(&up(&graph).at_once().go_on(), &faults);
        let minutes = took(&life, began) / MINUTE;
        assert!(minutes < 40, "{unreachable}: {end} after {minutes} minutes: {:?}", seen.last());
        let given_up = life.troubles.iter().any(|(_, trouble)| trouble.code == "EXEC-NETWORK");
        assert_eq!(given_up, unreachable, "{seen:#?}");
    }
}
