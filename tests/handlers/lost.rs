//! The answer lost at every call, after the effect and before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use finsight_local::{CallInfo, Fault, Faults};

use crate::fixture::Fixture;
use crate::life::Life;
use crate::{runtime, subjects};

/// Cuts the connection at the n-th mutating call.
struct Cut {
    at: u64,
    after_effect: bool,
    seen: AtomicU64,
}

impl Cut {
    fn strike(&self, call: &CallInfo) -> Option<Fault> {
        (call.mutating && self.seen.fetch_add(1, Ordering::SeqCst) == self.at)
            .then_some(Fault::DropConnection)
    }
}

impl Faults for Cut {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        if self.after_effect { None } else { self.strike(call) }
    }

    fn after(&self, call: &CallInfo) -> Option<Fault> {
        if self.after_effect { self.strike(call) } else { None }
    }
}

#[test]
fn an_answer_lost_at_any_call_leaves_one_resource() {
    let (mut types, mut lives) = (0u64, 0u64);
    runtime().block_on(async {
        for spec in &subjects() {
            let fixture = Fixture::of(spec.name);
            let wanted = whole(&fixture).await;
            types += 1;
            for after_effect in [true, false] {
                for at in 0.. {
                    let what = format!("{}: call {at}, after the effect: {after_effect}", spec.name);
                    let mut life = Life::new().await;
                    life.reach(&fixture.surroundings(), &what).await;
                    let cut = Arc::new(Cut { at, after_effect, seen: AtomicU64::new(0) });
                    life.cloud.set_faults(Some(cut.clone()));
                    let graph = fixture.graph(&[]);
                    let outcome = life.up(&graph).await;
                    life.cloud.set_faults(None);
                    assert!(outcome.succeeded(), "{what}: {:?}", outcome.errors);
                    life.reach(&graph, &what).await;
                    assert_eq!(serde_json::json!(life.cloud.status().await), wanted, "{what}");
                    lives += 1;
                    if cut.seen.load(Ordering::SeqCst) <= at {
                        break;
                    }
                }
            }
        }
    });
    println!("answers lost: {types} types, {lives} lives, 0 duplicates");
}

/// What stands after a life without faults.
async fn whole(fixture: &Fixture) -> serde_json::Value {
    let mut life = Life::new().await;
    life.reach(&fixture.graph(&[]), &fixture.type_name).await;
    serde_json::json!(life.cloud.status().await)
}

#[test]
fn an_answer_lost_at_any_call_of_a_destroy_leaves_nothing() {
    let mut lives = 0u64;
    runtime().block_on(async {
        for spec in &subjects() {
            let fixture = Fixture::of(spec.name);
            for after_effect in [true, false] {
                for at in 0.. {
                    let what =
                        format!("{}: call {at} of the destroy, after the effect: {after_effect}", spec.name);
                    let mut life = Life::new().await;
                    life.reach(&fixture.graph(&[]), &what).await;
                    let cut = Arc::new(Cut { at, after_effect, seen: AtomicU64::new(0) });
                    life.cloud.set_faults(Some(cut.clone()));
                    life.destroy(&what).await;
                    life.cloud.set_faults(None);
                    assert_eq!(serde_json::json!(life.cloud.status().await), serde_json::json!({}), "{what}");
                    lives += 1;
                    if cut.seen.load(Ordering::SeqCst) <= at {
                        break;
                    }
                }
            }
        }
    });
    println!("answers lost while destroying: {lives} lives, nothing left");
}
