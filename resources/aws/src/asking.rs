//! Questions outside the engine: asked again until AWS answers them.

use std::time::Duration;

use finsight_engine::contract::{Failure, FailureClass};
use tokio::time::{Instant, sleep};

use crate::session::Session;

/// Between two questions; twice as long each time, up to the last.
const PAUSE: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(5)];

impl Session {
    /// Asks AWS something that changes nothing. Credentials that have expired are asked for anew, or waited for; a lost
    /// network and refusals that pass are waited out, for so long. `say` hears what is waited for, once.
    ///
    /// # Errors
    /// What AWS refused for good, or refused still at the end of the patience.
    pub async fn ask<T>(
        &self,
        patience: Duration,
        say: impl Fn(&Failure),
        question: impl AsyncFn() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let end = Instant::now() + patience;
        let (mut pause, mut said) = (PAUSE[0], false);
        loop {
            let credentials = self.generation();
            let failure = match question().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let expired = failure.class == FailureClass::Expired || failure.code == "NoCredentials";
            if expired && self.renew(credentials).await {
                continue;
            }
            if !(expired || passes(failure.class)) || Instant::now() + pause > end {
                return Err(failure);
            }
            if !said {
                say(&failure);
                said = true;
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE[1]);
        }
    }
}

/// Whether the same question may be answered later.
fn passes(class: FailureClass) -> bool {
    use FailureClass::{Ambiguous, NotYet, Throttled, Transient, Unreachable};
    matches!(class, Ambiguous | NotYet | Throttled | Transient | Unreachable)
}
