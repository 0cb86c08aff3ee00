//! Someone else: changes one property of a resource, or takes the resource away, through the same API.

use std::collections::BTreeSet;
use std::time::Duration;

use finsight_engine::contract::{Call, FailureClass, Health, Reply};
use finsight_engine::diff::diff_live;
use finsight_engine::program::Options;
use finsight_engine::state::Row;
use finsight_engine::value::{Map, Value};

use crate::prod::Prod;

/// How often someone looks and calls again before they give up.
const PATIENCE: usize = 25;

async fn pause() {
    tokio::time::sleep(Duration::from_millis(3)).await;
}

fn passing(class: FailureClass) -> bool {
    matches!(class, FailureClass::Throttled | FailureClass::Transient | FailureClass::NotYet)
}

/// Brings a resource to other properties; `sent` are write-only ones that go with them.
pub async fn change(prod: &Prod, row: &Row, desired: &Map, sent: &[&str]) -> Result<(), String> {
    let spec = prod.spec(row);
    let mut unsent: BTreeSet<String> = sent.iter().map(|name| (*name).to_owned()).collect();
    let mut last = "nothing differs".to_owned();
    for turn in 0..PATIENCE {
        let Some(live) = prod.look(row).await? else { return Err("it is gone".to_owned()) };
        if !matches!(live.health, Health::Ready) {
            pause().await;
            continue;
        }
        let changes = diff_live(&spec, &live, desired, &Options::default());
        // What is ours of what hangs on it only the engine can tell: the outsider leaves it alone.
        let shown = |name: &str| spec.property(name).is_some_and(|property| property.shown);
        let mut differing: BTreeSet<String> =
            changes.iter().map(|change| root(&change.path).to_owned()).filter(|name| !shown(name)).collect();
        differing.append(&mut unsent.clone());
        if differing.is_empty() {
            return if turn == 0 { Err(last) } else { Ok(()) };
        }
        last = format!("still different: {differing:?}");
        let call = Call::Converge {
            target: row.target(),
            live: Box::new(live),
            desired: desired.clone(),
            differing: differing.into_iter().collect(),
        };
        match prod.outsider(row, call).await {
            Reply::Converged { applied } => unsent.retain(|name| !applied.contains(name)),
            Reply::Failed(failure) if passing(failure.class) && turn < PATIENCE - 1 => pause().await,
            Reply::Failed(failure) => return Err(failure.to_string()),
            other => return Err(format!("{other:?}")),
        }
    }
    Err(last)
}

/// Takes a resource away, for good: no window in which it could be restored.
pub async fn delete(prod: &Prod, row: &Row) -> Result<(), String> {
    let mut target = row.target();
    target.inputs.insert("recovery_window_in_days".to_owned(), Value::Int(0));
    for _ in 0..10 * PATIENCE {
        match prod.outsider(row, Call::Delete { target: target.clone() }).await {
            Reply::Gone => return Ok(()),
            Reply::Deleting | Reply::Emptying { .. } => {}
            // Disabling comes first, and takes its time at the edges.
            Reply::Failed(failure) if passing(failure.class) || failure.code == "DistributionNotDisabled" => {
            }
            Reply::Failed(failure) => return Err(failure.to_string()),
            other => return Err(format!("{other:?}")),
        }
        pause().await;
        if prod.look(row).await?.is_none() {
            return Ok(());
        }
    }
    Err("it does not go".to_owned())
}

/// The property of a path.
pub fn root(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}
