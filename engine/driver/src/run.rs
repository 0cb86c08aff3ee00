//! The loop that carries commands out and brings events back.

use std::sync::Arc;
use std::time::Duration;

use finsight_engine::contract::{Failure, FailureClass, Reply, Request};
use finsight_engine::exec::{Command, Event, Machine, Outcome, Report, Ticket};
use finsight_engine::plan::Observed;
use finsight_engine::refresh::Refresh;
use finsight_engine::state::Entry;
use tokio::sync::{mpsc, watch};

use crate::cloud::Cloud;
use crate::store::Store;

/// Milliseconds since 1970.
#[must_use]
pub fn now() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default()
}

/// Runs a machine to its end. A change of `interrupt` to `true` stops it gently.
pub async fn run(
    mut machine: Machine,
    cloud: Arc<dyn Cloud>,
    mut store: Box<dyn Store>,
    mut interrupt: watch::Receiver<bool>,
    mut report: impl FnMut(Report),
) -> (Machine, Box<dyn Store>, Outcome) {
    let (sender, mut events) = mpsc::unbounded_channel::<Event>();
    let mut queue = machine.step(now(), Event::Begin);
    let mut watching = true;
    loop {
        // Records first, all in one group: no call of a later round goes out before they are durable.
        let mut appends: Vec<(Ticket, Vec<Entry>)> = Vec::new();
        for command in queue.drain(..) {
            match command {
                Command::Append { ticket, entries } => appends.push((ticket, entries)),
                Command::Report(event) => report(event),
                Command::Wait { ticket, millis } => {
                    let sender = sender.clone();
                    tokio::spawn(async move {
                        tokio::time::sleep(Duration::from_millis(millis)).await;
                        // A closed channel means that the run is over.
                        let _ = sender.send(Event::Elapsed { ticket });
                    });
                }
                Command::Call { ticket, request, .. } => {
                    let (sender, cloud) = (sender.clone(), Arc::clone(&cloud));
                    tokio::spawn(async move {
                        let reply = answer(cloud, *request).await;
                        let _ = sender.send(Event::Replied { ticket, reply });
                    });
                }
            }
        }
        if !appends.is_empty() {
            let (tickets, records): (Vec<_>, Vec<_>) = appends.into_iter().unzip();
            let written = append(store, records).await;
            store = written.0;
            for ticket in tickets {
                let event = match &written.1 {
                    Ok(()) => Event::Appended { ticket },
                    Err(why) => Event::AppendFailed { ticket, why: why.clone() },
                };
                queue.extend(machine.step(now(), event));
            }
            continue;
        }
        if let Some(outcome) = machine.outcome(now()) {
            return (machine, store, outcome);
        }
        tokio::select! {
            Some(event) = events.recv() => {
                queue.extend(machine.step(now(), event));
                // What else has arrived goes into the same group of records.
                while let Ok(event) = events.try_recv() {
                    queue.extend(machine.step(now(), event));
                }
            }
            changed = interrupt.changed(), if watching => {
                watching = changed.is_ok();
                if *interrupt.borrow() {
                    queue.extend(machine.step(now(), Event::Interrupt));
                }
            }
        }
    }
}

/// The cloud's reply; a defect in a handler is an answer too, or the run would wait for ever.
async fn answer(cloud: Arc<dyn Cloud>, request: Request) -> Reply {
    let operation = format!("{}:{}", request.type_name, request.call.name());
    match tokio::spawn(async move { cloud.call(request).await }).await {
        Ok(reply) => reply,
        Err(error) => Reply::Failed(Failure {
            class: FailureClass::Ambiguous,
            code: "HandlerFailed".to_owned(),
            message: error.to_string(),
            operation,
            request_id: None,
            retry_after: None,
        }),
    }
}

/// Writes off the runtime's threads: an fsync blocks.
async fn append(store: Box<dyn Store>, records: Vec<Vec<Entry>>) -> (Box<dyn Store>, Result<(), String>) {
    let mut store = store;
    let task = tokio::task::spawn_blocking(move || {
        let result = store.append(records);
        (store, result)
    });
    match task.await {
        Ok(written) => written,
        Err(error) => (Box::new(crate::store::Broken), Err(format!("the store failed: {error}"))),
    }
}

/// Reads what is on record.
pub async fn refresh(mut machine: Refresh, cloud: Arc<dyn Cloud>) -> Observed {
    let (sender, mut events) = mpsc::unbounded_channel::<Event>();
    let mut queue = machine.step(Event::Begin);
    while !machine.is_over() {
        for command in queue.drain(..) {
            let sender = sender.clone();
            match command {
                Command::Call { ticket, request, .. } => {
                    let cloud = Arc::clone(&cloud);
                    tokio::spawn(async move {
                        let reply = answer(cloud, *request).await;
                        let _ = sender.send(Event::Replied { ticket, reply });
                    });
                }
                Command::Wait { ticket, millis } => {
                    tokio::spawn(async move {
                        tokio::time::sleep(Duration::from_millis(millis)).await;
                        let _ = sender.send(Event::Elapsed { ticket });
                    });
                }
                Command::Append { .. } | Command::Report(_) => {}
            }
        }
        match events.recv().await {
            Some(event) => queue = machine.step(event),
            None => break,
        }
    }
    machine.into_observed()
}
