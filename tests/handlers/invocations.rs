//! Calls of functions: made once, and again with each change of what they are made for; never for nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use finsight_engine::plan::Op;
use finsight_local::{CallInfo, Fault, Faults, Outcome};
use serde_json::{Value as Json, json};

use crate::fixture::{Fixture, urn};
use crate::life::Life;
use crate::runtime;

const CALL: &str = "aws:lambda:Invocation";

fn called(life: &Life) -> usize {
    life.cloud.calls().iter().filter(|call| call.operation == "Invoke").count()
}

fn wanted(triggers: Json) -> finsight_engine::graph::Graph {
    Fixture::of(CALL).graph(&[("triggers", triggers)])
}

#[test]
fn a_call_is_made_once_and_again_when_what_it_is_for_changes() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&wanted(json!({"database": "db-1"})), "made").await;
        assert_eq!(called(&life), 1);
        life.reach(&wanted(json!({"database": "db-1"})), "made already").await;
        assert_eq!((called(&life), life.drift().await), (1, String::new()));
        let plan = life.plan(&wanted(json!({"database": "db-2"}))).await;
        assert_eq!(plan.step(&urn(CALL, "subject")).expect("a step").op, Op::Update);
        life.reach(&wanted(json!({"database": "db-2"})), "for another").await;
        assert_eq!(called(&life), 2);
        // The same event in other words is the same event.
        let fixture = Fixture::of(CALL);
        let event = |text: &str| fixture.graph(&[("input", json!(text))]);
        life.reach(&event(r#"{"a":1,"b":2}"#), "an event").await;
        life.reach(&event(r#"{ "b": 2, "a": 1 }"#), "the same event").await;
        assert_eq!(called(&life), 3);
        life.destroy("all of it").await;
        assert_eq!(called(&life), 3, "a delete calls nothing");
    });
}

#[test]
fn a_function_that_fails_is_told_in_its_words_and_called_again() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let fails = |code: &str| Outcome {
            kind: CALL.to_owned(),
            name: "*".to_owned(),
            code: code.to_owned(),
            reason: "the database says 42501: permission denied".to_owned(),
        };
        for (triggers, calls) in [(json!({"database": "db-1"}), 2), (json!({"database": "db-2"}), 4)] {
            life.cloud.set_outcomes(vec![fails("DatabaseUser.Refused")]);
            let outcome = life.up(&wanted(triggers.clone())).await;
            let told = format!("{:?}", outcome.errors);
            assert!(
                !outcome.succeeded() && told.contains("DatabaseUser.Refused: the database says 42501"),
                "{told}"
            );
            life.cloud.set_outcomes(Vec::new());
            // Of one that failed nothing is on record that would keep it from being made.
            life.reach(&wanted(triggers), "well this time").await;
            assert_eq!(called(&life), calls);
        }
    });
}

/// Drops the connection of the first call, before or after its effect.
struct Lost {
    after_effect: bool,
    seen: AtomicU64,
}

impl Lost {
    fn strike(&self, call: &CallInfo) -> Option<Fault> {
        let first = call.operation == "Invoke" && self.seen.fetch_add(1, Ordering::SeqCst) == 0;
        first.then_some(Fault::DropConnection)
    }
}

impl Faults for Lost {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        if self.after_effect { None } else { self.strike(call) }
    }

    fn after(&self, call: &CallInfo) -> Option<Fault> {
        if self.after_effect { self.strike(call) } else { None }
    }
}

/// Nobody knows whether it was made: it is made again, at create and at a change.
#[test]
fn a_call_whose_answer_was_lost_is_made_again() {
    runtime().block_on(async {
        for after_effect in [true, false] {
            let mut life = Life::new().await;
            life.reach(&Fixture::of(CALL).surroundings(), "around it").await;
            for database in ["db-1", "db-2"] {
                let lost = Arc::new(Lost { after_effect, seen: AtomicU64::new(0) });
                life.cloud.set_faults(Some(lost.clone()));
                life.reach(&wanted(json!({ "database": database })), "with an answer lost").await;
                life.cloud.set_faults(None);
                let made = lost.seen.load(Ordering::SeqCst);
                assert_eq!(made, 2, "{database}, after the effect: {after_effect}");
            }
        }
    });
}
