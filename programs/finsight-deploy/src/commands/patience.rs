//! Looking again until it stands as wanted.

use std::time::Duration;

use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::exec::Pace;
use tokio::time::Instant;

use crate::error::CommandError;
use crate::render;
use crate::signals::{Stop as Signal, interrupted};

/// Between two looks at AWS's pace.
const LOOK_MILLIS: u64 = 5_000;
/// How many times in a row AWS may refuse for a state that it does not show.
const REFUSALS: u32 = 30;

/// What one look says of how to go on.
pub enum Next<T> {
    /// It stands.
    Done(T),
    /// Not yet: what AWS is doing.
    Wait(String),
}

/// Why there is no going on.
pub enum Stop {
    /// A call failed; some failures pass.
    Aws(Failure),
    /// Nothing that waiting helps.
    Refused(CommandError),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Aws(failure)
    }
}

impl From<CommandError> for Stop {
    fn from(error: CommandError) -> Self {
        Self::Refused(error)
    }
}

/// Looks again and again, up to a time.
pub struct Patience {
    pause: Duration,
    minutes: u64,
    signal: Signal,
}

impl Patience {
    pub fn new(pace: Pace, minutes: u64, signal: Signal) -> Self {
        let pause = Duration::from_millis((LOOK_MILLIS * pace.poll_permille / 1000).max(1));
        Self { pause, minutes, signal }
    }

    /// Looks until it is done. `goal` is what is waited for, in words.
    pub async fn until<T>(
        &mut self,
        goal: &str,
        mut look: impl AsyncFnMut() -> Result<Next<T>, Stop>,
    ) -> Result<T, CommandError> {
        let end = Instant::now() + Duration::from_secs(60 * self.minutes);
        let (mut said, mut refusals) = (String::new(), 0);
        loop {
            if self.signal.is_asked() {
                return Err(interrupted());
            }
            // A call that was sent has a moment for its answer; what became of it, the next look tells.
            let waits = match self.signal.or_soon(look()).await? {
                Ok(Next::Done(result)) => return Ok(result),
                Ok(Next::Wait(why)) => {
                    refusals = 0;
                    why
                }
                Err(Stop::Refused(error)) => return Err(error),
                Err(Stop::Aws(failure)) => {
                    refusals += 1;
                    if !passes(&failure) || refusals > REFUSALS {
                        return Err(refused(&failure));
                    }
                    failure.to_string()
                }
            };
            if waits != said {
                render::note(&waits);
                said = waits;
            }
            if Instant::now() >= end {
                return Err(CommandError::new(
                    "OPS-TIMEOUT",
                    format!("after {} minutes there is no end of waiting for {goal}: {said}", self.minutes),
                    "AWS goes on by itself; run the command again to wait on, with a longer --timeout if need be",
                ));
            }
            self.signal.or(tokio::time::sleep(self.pause)).await?;
        }
    }
}

/// Whether another look may find it passed. A lost answer does: the look tells what became of the call.
fn passes(failure: &Failure) -> bool {
    matches!(
        failure.class,
        FailureClass::Throttled
            | FailureClass::Transient
            | FailureClass::NotYet
            | FailureClass::Ambiguous
            | FailureClass::Exists
    )
}

/// What AWS refuses for good.
pub fn refused(failure: &Failure) -> CommandError {
    let hint = match failure.class {
        FailureClass::Denied => "the credentials lack the permission for this call",
        FailureClass::Quota => "have the quota raised, or make room for one more",
        _ => "what was done before stands; correct what AWS names and run the command again",
    };
    CommandError::new("OPS-REFUSED", failure.to_string(), hint)
}
