//! How long a run may take before it counts as one that hangs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use finsight_engine::exec::Report;
use finsight_engine::plan::Plan;
use finsight_local::LocalCloud;

/// For so long no step may begin or end: at the pace of these tests, most of an hour of AWS's time.
const PATIENCE: Duration = Duration::from_secs(10);

/// For so long a small run may go on, and for so much longer for each of its actions.
const WALL: (Duration, Duration) = (Duration::from_secs(30), Duration::from_millis(500));

/// So many API calls a small run may make, and so many more for each of its actions.
const CALLS: (u64, u64) = (400, 40);

/// Watches a run.
#[derive(Clone)]
pub struct Bounds {
    cloud: LocalCloud,
    began: Instant,
    wall: Duration,
    calls: u64,
    seen: Arc<Mutex<Seen>>,
}

struct Seen {
    progress: Instant,
    waiting: BTreeMap<String, String>,
}

impl Bounds {
    /// The bounds of a plan's run, from now.
    pub fn of(plan: &Plan, cloud: &LocalCloud) -> Self {
        let actions = plan.actions.len();
        let began = Instant::now();
        Self {
            cloud: cloud.clone(),
            began,
            wall: WALL.0 + WALL.1 * u32::try_from(actions).unwrap_or(u32::MAX),
            calls: cloud.call_count() + CALLS.0 + CALLS.1 * actions as u64,
            seen: Arc::new(Mutex::new(Seen { progress: began, waiting: BTreeMap::new() })),
        }
    }

    /// Takes in what the run tells.
    pub fn hear(&self, report: Report) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match report {
            Report::StepProgress { urn, message } => {
                seen.waiting.insert(urn.to_string(), message);
            }
            Report::StepStarted { urn, op } => {
                seen.progress = Instant::now();
                seen.waiting.insert(urn.to_string(), format!("{op} begun"));
            }
            Report::StepSucceeded { urn, .. } | Report::StepFailed { urn, .. } => {
                seen.progress = Instant::now();
                seen.waiting.remove(urn.as_str());
            }
            Report::StepSkipped { .. } | Report::Recovered { .. } => {}
        }
    }

    /// Why the run counts as one that hangs, if it does.
    pub fn exceeded(&self) -> Option<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let why = if self.cloud.call_count() > self.calls {
            format!("more than {} calls", self.calls)
        } else if seen.progress.elapsed() > PATIENCE {
            format!("no step began or ended for {} s", PATIENCE.as_secs())
        } else if self.began.elapsed() > self.wall {
            format!("more than {} s", self.wall.as_secs())
        } else {
            return None;
        };
        let waits: Vec<String> =
            seen.waiting.iter().map(|(urn, message)| format!("{urn}: {message}")).collect();
        Some(format!("{why}; {}", waits.join("; ")))
    }
}
