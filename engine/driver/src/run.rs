//! The loop that carries commands out and brings events back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use finsight_engine::contract::{Failure, FailureClass, Reply, Request};
use finsight_engine::exec::{Command, Event, Machine, Now, Outcome, Report, Ticket};
use finsight_engine::plan::Observed;
use finsight_engine::refresh::Refresh;
use finsight_engine::state::Entry;
use finsight_engine::urn::Urn;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::clock::now;
use crate::cloud::Cloud;
use crate::store::Store;

/// For how long calls in flight are awaited after an interrupt.
const GRACE: Duration = Duration::from_secs(10);

/// The clock of a run: what has passed since it began cannot be set, as the wall clock can.
struct Clock {
    began: Instant,
    wall: u64,
}

impl Clock {
    fn start() -> Self {
        Self { began: Instant::now(), wall: now() }
    }

    fn now(&self) -> Now {
        let passed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Now { run: self.wall.saturating_add(passed), wall: now() }
    }
}

/// What is on its way, and how its answers come back.
struct Flight {
    cloud: Arc<dyn Cloud>,
    sender: mpsc::UnboundedSender<Event>,
    calls: BTreeMap<Ticket, (Urn, &'static str)>,
}

impl Flight {
    /// Nothing is on its way yet; with where the answers arrive.
    fn begin(cloud: Arc<dyn Cloud>) -> (Self, mpsc::UnboundedReceiver<Event>) {
        let (sender, events) = mpsc::unbounded_channel();
        (Self { cloud, sender, calls: BTreeMap::new() }, events)
    }

    fn wait(&self, ticket: Ticket, millis: u64) {
        let sender = self.sender.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            // A closed channel means that the run is over.
            let _ = sender.send(Event::Elapsed { ticket });
        });
    }

    fn call(&mut self, ticket: Ticket, urn: Urn, request: Request) {
        self.calls.insert(ticket, (urn, request.call.name()));
        let (sender, cloud) = (self.sender.clone(), Arc::clone(&self.cloud));
        tokio::spawn(async move {
            let reply = answer(cloud, request).await;
            let _ = sender.send(Event::Replied { ticket, reply });
        });
    }

    fn landed(&mut self, event: &Event) {
        if let Event::Replied { ticket, .. } = event {
            self.calls.remove(ticket);
        }
    }
}

/// Ctrl-C as the loops see it: heard once, and then a deadline.
struct Interrupt {
    asked: watch::Receiver<bool>,
    watching: bool,
    leaves_at: Option<Instant>,
}

impl Interrupt {
    fn new(asked: watch::Receiver<bool>) -> Self {
        Self { asked, watching: true, leaves_at: None }
    }

    /// Whether it came and was not heard yet.
    fn is_new(&mut self) -> bool {
        let new = self.leaves_at.is_none() && *self.asked.borrow_and_update();
        if new {
            self.leaves_at = Some(Instant::now() + GRACE);
        }
        new
    }

    /// Waits until it comes, and afterwards until what is in flight is not awaited any longer; `true` then.
    /// For ever where nobody can press it any more.
    async fn turns(&mut self) -> bool {
        match self.leaves_at {
            Some(at) => tokio::time::sleep_until(at).await,
            None if self.watching => self.watching = self.asked.changed().await.is_ok(),
            None => std::future::pending().await,
        }
        self.leaves_at.is_some()
    }
}

/// Runs a machine to its end. A change of `interrupt` to `true` stops it gently: every wait ends, and calls in
/// flight have ten seconds to be answered.
pub async fn run(
    mut machine: Machine,
    cloud: Arc<dyn Cloud>,
    mut store: Box<dyn Store>,
    interrupt: watch::Receiver<bool>,
    mut report: impl FnMut(Report),
) -> (Machine, Box<dyn Store>, Outcome) {
    let clock = Clock::start();
    let (mut flight, mut events) = Flight::begin(cloud);
    let mut interrupt = Interrupt::new(interrupt);
    let mut queue = machine.step(clock.now(), Event::Begin);
    loop {
        if interrupt.is_new() {
            queue.extend(machine.step(clock.now(), Event::Interrupt));
            for (urn, call) in flight.calls.values() {
                let message = format!("the answer to its {call} call is awaited");
                report(Report::StepProgress { urn: urn.clone(), message });
            }
        }
        // Records first, all in one group: no call of a later round goes out before they are durable.
        let mut appends: Vec<(Ticket, Vec<Entry>)> = Vec::new();
        for command in queue.drain(..) {
            match command {
                Command::Append { ticket, entries } => appends.push((ticket, entries)),
                Command::Report(event) => report(event),
                Command::Wait { ticket, millis } => flight.wait(ticket, millis),
                Command::Call { ticket, urn, request } => flight.call(ticket, urn, *request),
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
                queue.extend(machine.step(clock.now(), event));
            }
            continue;
        }
        if let Some(outcome) = machine.outcome(clock.now()) {
            return (machine, store, outcome);
        }
        tokio::select! {
            Some(event) = events.recv() => {
                flight.landed(&event);
                queue.extend(machine.step(clock.now(), event));
                // What else has arrived goes into the same group of records.
                while let Ok(event) = events.try_recv() {
                    flight.landed(&event);
                    queue.extend(machine.step(clock.now(), event));
                }
            }
            leaves = interrupt.turns() => if leaves {
                for (urn, call) in flight.calls.values() {
                    let message = format!("its {call} call was not answered: the next run finds out what became of it");
                    report(Report::StepProgress { urn: urn.clone(), message });
                }
                queue.extend(machine.step(clock.now(), Event::Leave));
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
pub async fn refresh(machine: Refresh, cloud: Arc<dyn Cloud>) -> Observed {
    // Nobody can press Ctrl-C here: the channel is closed.
    let (_, interrupt) = watch::channel(false);
    refresh_until(machine, cloud, interrupt, |_| {}).await.into_observed()
}

/// Reads what is on record until it is done, or interrupted: what is in flight is not awaited then.
pub async fn refresh_until(
    mut machine: Refresh,
    cloud: Arc<dyn Cloud>,
    interrupt: watch::Receiver<bool>,
    mut report: impl FnMut(Report),
) -> Refresh {
    let clock = Clock::start();
    let (mut flight, mut events) = Flight::begin(cloud);
    let mut interrupt = Interrupt::new(interrupt);
    let mut queue = machine.step(clock.now(), Event::Begin);
    loop {
        if interrupt.is_new() {
            queue.extend(machine.step(clock.now(), Event::Interrupt));
        }
        for command in queue.drain(..) {
            match command {
                Command::Call { ticket, urn, request } => flight.call(ticket, urn, *request),
                Command::Wait { ticket, millis } => flight.wait(ticket, millis),
                Command::Report(event) => report(event),
                Command::Append { .. } => {}
            }
        }
        if machine.is_over() {
            return machine;
        }
        tokio::select! {
            Some(event) = events.recv() => queue = machine.step(clock.now(), event),
            _ = interrupt.turns() => {}
        }
    }
}
