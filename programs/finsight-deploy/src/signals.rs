//! Ctrl-C: once to stop gently, twice to leave.

use tokio::sync::watch;

/// Watches for signals; the receiver turns `true` at the first one. At the
/// second the process leaves with 130: intents stay on record.
pub fn watch() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        let mut asked = false;
        loop {
            signal().await;
            if asked {
                std::process::exit(i32::from(crate::error::INTERRUPTED));
            }
            asked = true;
            crate::render::note(
                "stopping: what runs is finished and recorded, nothing new starts; press Ctrl-C again to leave at once",
            );
            if sender.send(true).is_err() {
                return;
            }
        }
    });
    receiver
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
