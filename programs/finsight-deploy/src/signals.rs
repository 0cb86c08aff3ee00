//! Ctrl-C, TERM and HUP: once to stop, twice to leave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::error::{CommandError, INTERRUPTED};

/// How long a call that was sent may take to answer.
const ANSWER: Duration = Duration::from_millis(1_000);
/// How long the process may take to leave by itself.
const LEAVE: Duration = Duration::from_millis(1_800);

/// What was asked of the command from outside.
///
/// As long as nothing is being changed, the first signal ends whatever is waited for. While a plan is
/// carried out it stops gently: what runs is finished and recorded. At the second signal the process
/// leaves with 130: intents stay on record.
#[derive(Clone)]
pub struct Stop {
    asked: watch::Receiver<bool>,
    gently: Arc<AtomicBool>,
}

impl Stop {
    /// Watches for signals from now on.
    pub fn watch() -> Self {
        let (sender, asked) = watch::channel(false);
        let gently = Arc::new(AtomicBool::new(false));
        tokio::spawn(listen(sender, Arc::clone(&gently)));
        Self { asked, gently }
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// For what stops by itself.
    pub fn receiver(&self) -> watch::Receiver<bool> {
        self.asked.clone()
    }

    /// From here on something is changed: what runs comes to its end.
    ///
    /// # Errors
    /// When it was asked to stop before.
    pub fn begin(&self) -> Result<(), CommandError> {
        self.gently.store(true, Ordering::SeqCst);
        if self.is_asked() { Err(interrupted()) } else { Ok(()) }
    }

    /// Waits for what changes nothing, or leaves it at the first signal.
    ///
    /// # Errors
    /// When it was asked to stop.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, CommandError> {
        self.within(Duration::ZERO, work).await
    }

    /// The same for what may stop by itself, or has sent a call whose answer is near.
    ///
    /// # Errors
    /// When it was asked to stop, and the work did not end soon.
    pub async fn or_soon<T>(&self, work: impl Future<Output = T>) -> Result<T, CommandError> {
        self.within(ANSWER, work).await
    }

    async fn within<T>(&self, grace: Duration, work: impl Future<Output = T>) -> Result<T, CommandError> {
        let mut asked = self.asked.clone();
        let left = async {
            // Without a sender nobody will ask.
            if asked.wait_for(|asked| *asked).await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            done = work => Ok(done),
            () = left => Err(interrupted()),
        }
    }
}

/// What a command ends with that was asked to stop.
pub fn interrupted() -> CommandError {
    CommandError::new("CLI-INTERRUPTED", "interrupted", "the state is whole; run the command again to go on")
        .with_exit(INTERRUPTED)
}

async fn listen(sender: watch::Sender<bool>, gently: Arc<AtomicBool>) {
    let Some(mut signals) = Signals::open() else { return };
    signals.next().await;
    if gently.load(Ordering::SeqCst) {
        crate::render::note(
            "stopping: what runs is finished and recorded, nothing new starts; press Ctrl-C again to leave at once",
        );
        let _ = sender.send(true);
    } else {
        let _ = sender.send(true);
        // What holds the process up all the same, such as a slow disk, is not waited for.
        tokio::select! {
            () = signals.next() => {}
            () = tokio::time::sleep(LEAVE) => {
                if gently.load(Ordering::SeqCst) {
                    signals.next().await;
                } else {
                    crate::render::note("interrupted; the state is whole");
                }
            }
        }
        std::process::exit(i32::from(INTERRUPTED));
    }
    signals.next().await;
    std::process::exit(i32::from(INTERRUPTED));
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn open() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let open = |kind| signal(kind).ok();
        // A terminal that is closed, or a connection that is lost, is asked to end as by `kill`.
        Some(Self([
            open(SignalKind::interrupt())?,
            open(SignalKind::terminate())?,
            open(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn open() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
