//! Carrying out commands on simulated time, with everything that can go wrong.

use finsight_engine::contract::{Call, FailureClass, Reply, Request};
use finsight_engine::exec::{Command, Event, Machine, Now, Report};
use finsight_engine::refresh::Refresh;
use finsight_engine::state::Entry;
use finsight_engine::urn::Urn;

use super::{Due, Keep, Late, Mishap, World};
use crate::cloud::refusal;

/// A machine of the engine.
pub(super) trait Driven {
    fn step(&mut self, now: Now, event: Event) -> Vec<Command>;
    fn over(&self, now: u64) -> bool;
}

impl Driven for Machine {
    fn step(&mut self, now: Now, event: Event) -> Vec<Command> {
        Machine::step(self, now, event)
    }

    fn over(&self, now: u64) -> bool {
        self.outcome(now).is_some()
    }
}

impl Driven for Refresh {
    fn step(&mut self, now: Now, event: Event) -> Vec<Command> {
        Refresh::step(self, now, event)
    }

    fn over(&self, _now: u64) -> bool {
        self.is_over()
    }
}

/// More events than any sound run has.
const TOO_MANY: u64 = 40_000;

impl World {
    /// The time of an event, by both clocks.
    fn times(&mut self) -> Now {
        let wall = (self.wall)(self.now.saturating_add_signed(self.ahead));
        Now { run: self.clock(), wall }
    }

    /// Drives a machine to its end; `false` where the process died.
    pub(super) fn drive(&mut self, machine: &mut dyn Driven, writer: u64) -> bool {
        let mut commands = machine.step(self.times(), Event::Begin);
        for _ in 0..TOO_MANY {
            for command in commands.drain(..) {
                self.take(command);
            }
            let clock = self.clock();
            if machine.over(clock) {
                self.queue.clear();
                self.flush(writer);
                return true;
            }
            let Some(((time, _), due)) = self.queue.pop_first() else {
                self.violation("the run waits for nothing".to_owned());
                return true;
            };
            self.now = self.now.max(time);
            self.arrivals();
            let event = match due {
                Due::Elapsed { ticket } => Event::Elapsed { ticket },
                Due::Reply { ticket, reply } => Event::Replied { ticket, reply },
                due => {
                    self.commands += 1;
                    if matches!(due, Due::Write { .. }) {
                        self.records.push(self.commands);
                        self.come_between();
                    }
                    let mishap = self.mishap(&due);
                    if mishap == Some(Mishap::Interrupt) {
                        self.interrupt(machine);
                    }
                    match self.carry_out(due, mishap, writer) {
                        Some(Some(event)) => {
                            let failed = matches!(event, Event::AppendFailed { .. });
                            self.watch.told |= failed && self.watch.fenced;
                            event
                        }
                        Some(None) => continue,
                        None => {
                            self.crash(writer);
                            return false;
                        }
                    }
                }
            };
            commands = machine.step(self.times(), event);
        }
        self.violation("the run does not come to an end".to_owned());
        true
    }

    fn interrupt(&mut self, machine: &mut dyn Driven) {
        self.say(|| "Ctrl-C".to_owned());
        let deaf = self.bend.as_ref().is_some_and(|bend| bend.is_deaf());
        let commands = if deaf { Vec::new() } else { machine.step(self.times(), Event::Interrupt) };
        for command in commands {
            self.take(command);
        }
        self.watch.interrupted = true;
    }

    /// Schedules a command; mutating calls are judged as they are sent.
    fn take(&mut self, command: Command) {
        match command {
            Command::Report(report) => self.heard(report),
            Command::Wait { ticket, millis } => {
                let millis = self.bend.as_mut().map_or(millis, |bend| bend.wait(millis));
                self.judge_wait(millis);
                self.schedule(millis, Due::Elapsed { ticket });
            }
            Command::Append { ticket, entries } => {
                let begins = |entry: &Entry| matches!(entry, Entry::Intended { .. });
                if self.watch.interrupted && entries.iter().any(begins) {
                    self.violation("something begins after Ctrl-C".to_owned());
                }
                let delay = 1 + self.rng.below(4);
                self.schedule(delay, Due::Write { ticket, entries });
            }
            Command::Call { ticket, urn, mut request } => {
                if let Some(bend) = &mut self.bend {
                    bend.request(&mut request);
                }
                if request.call.mutates() {
                    if self.watch.preview {
                        self.violation("a preview changes something".to_owned());
                    }
                    self.judge_sent(&urn, &request);
                }
                let delay = 1 + self.rng.below(120);
                self.schedule(delay, Due::Arrive { ticket, urn, request });
            }
        }
    }

    fn heard(&mut self, report: Report) {
        match &report {
            Report::StepSucceeded { urn, op, .. } if op != "delete" && op != "forget" => {
                self.watch.applied.insert(urn.clone());
            }
            Report::StepFailed { urn, op, error } => {
                self.watch.failed |= op != "delete";
                let line = format!("failed {urn}: {error}");
                self.say(|| line);
                let (urn, error) = (urn.clone(), error.clone());
                self.judge_failure(&urn, &error);
            }
            Report::Recovered { urn, message } => {
                let line = format!("recovered {urn}: {message}");
                self.say(|| line);
            }
            _ => {}
        }
        if serde_json::to_string(&report).is_ok_and(|text| text.contains(crate::SECRET_MARK)) {
            self.violation("a secret is in a report".to_owned());
        }
        self.reports.push(report);
    }

    fn schedule(&mut self, delay: u64, due: Due) {
        self.sequence += 1;
        self.queue.insert((self.now + delay, self.sequence), due);
    }

    fn mishap(&mut self, due: &Due) -> Option<Mishap> {
        if let Some(mishap) = self.script.remove(&self.commands) {
            return Some(mishap);
        }
        let kinds = [Mishap::CrashBefore, Mishap::CrashAfter, Mishap::CrashInFlight];
        if self.rng.chance(self.chaos.crash) {
            return self.rng.pick(&kinds).copied();
        }
        if matches!(due, Due::Write { .. }) && self.rng.chance(self.chaos.store) {
            return self.rng.pick(&[Mishap::LostBefore, Mishap::AnswerLost]).copied();
        }
        self.rng.chance(self.chaos.interrupt).then_some(Mishap::Interrupt)
    }

    /// Carries out a record or a call. `None`: the process dies. `Some(None)`: the answer comes later.
    fn carry_out(&mut self, due: Due, mishap: Option<Mishap>, writer: u64) -> Option<Option<Event>> {
        if mishap.is_some() {
            self.say(|| format!("mishap {mishap:?}"));
        }
        if mishap == Some(Mishap::CrashBefore) {
            return None;
        }
        match due {
            Due::Write { ticket, mut entries } => {
                let written = match mishap {
                    Some(Mishap::LostBefore) => Err("no space left on device".to_owned()),
                    _ => self.write(writer, &mut entries),
                };
                match mishap {
                    Some(Mishap::CrashAfter | Mishap::CrashInFlight) => None,
                    Some(Mishap::AnswerLost) => {
                        Some(Some(Event::AppendFailed { ticket, why: "input/output error".to_owned() }))
                    }
                    _ => Some(Some(match written {
                        Ok(()) => Event::Appended { ticket },
                        Err(why) => Event::AppendFailed { ticket, why },
                    })),
                }
            }
            Due::Arrive { ticket, urn, request } => {
                let mut reply = match mishap {
                    Some(Mishap::CrashInFlight) => {
                        self.delay(urn, request);
                        return None;
                    }
                    Some(Mishap::LostBefore) => {
                        refusal(&request, FailureClass::Ambiguous, "the answer was lost")
                    }
                    Some(Mishap::AnswerLost | Mishap::CrashAfter) => {
                        self.cloud.carry_out(self.now, &urn, &request);
                        refusal(&request, FailureClass::Ambiguous, "the answer was lost")
                    }
                    _ if matches!(request.call, Call::Create { .. })
                        && self.rng.chance(self.cloud.knobs.in_flight) =>
                    {
                        let reply = refusal(&request, FailureClass::Ambiguous, "timeout");
                        self.delay(urn.clone(), request.clone());
                        reply
                    }
                    _ => self.cloud.call(self.now, &urn, &request),
                };
                self.after_call(&urn, &request, &reply);
                if mishap == Some(Mishap::CrashAfter) {
                    return None;
                }
                if let Some(bend) = &mut self.bend {
                    bend.reply(&request, &mut reply);
                }
                let delay = 1 + self.rng.below(120);
                self.schedule(delay, Due::Reply { ticket, reply });
                Some(None)
            }
            Due::Reply { .. } | Due::Elapsed { .. } => Some(None),
        }
    }

    fn after_call(&mut self, urn: &Urn, request: &Request, reply: &Reply) {
        self.mark(urn.as_str());
        self.mark(request.call.name());
        let line = self.tell.then(|| format!("{} {urn} → {}", request.call.name(), brief(reply)));
        if let Some(line) = line {
            self.say(|| line);
        }
        if request.call.mutates() {
            self.judge_answer(urn, request, reply);
            self.judge_world();
        }
    }

    fn write(&mut self, writer: u64, entries: &mut Vec<Entry>) -> Result<(), String> {
        let keep = self.bend.as_mut().map_or(Keep::Store, |bend| bend.record(entries));
        match keep {
            Keep::Store => {}
            Keep::Drop => return Ok(()),
            Keep::Later => {
                self.flush(writer);
                self.held_back.push(entries.clone());
                return Ok(());
            }
        }
        self.mark("record");
        let line = self.tell.then(|| format!("record {}", brief_entries(entries)));
        if let Some(line) = line {
            self.say(|| line);
        }
        if !self.watch.fenced {
            self.note_forgotten(entries);
            self.judge_record(entries);
        }
        let fenceless = self.bend.as_ref().is_some_and(|bend| bend.is_fenceless());
        let writer = if fenceless { self.store.writer() } else { writer };
        let written = self.store.append(writer, entries);
        if written.is_ok() {
            self.note_decisions(entries);
            self.note_ready(entries);
        }
        if let Err(why) = &written
            && !self.watch.fenced
        {
            self.violation(format!("the store refuses a record: {why}"));
        }
        self.judge_world();
        written
    }

    /// What a mutant has held back is stored after all.
    fn flush(&mut self, writer: u64) {
        for entries in std::mem::take(&mut self.held_back) {
            // What comes too late may be refused: that it came too late is judged elsewhere.
            let _ = self.store.append(writer, &entries);
        }
    }

    /// A request that takes effect after its caller has gone; reads of it lag the shorter.
    fn delay(&mut self, urn: Urn, request: Box<Request>) {
        let lag = self.cloud.registry.get(&request.type_name).map_or(0, |spec| spec.timing.lag);
        // A create may take its time; what else is in flight has arrived before a process starts again.
        let longest = if matches!(request.call, Call::Create { .. }) { lag / 2 } else { 900 };
        let delay = self.rng.below(longest + 1);
        self.sequence += 1;
        self.late.insert((self.now + delay, self.sequence), Late { urn, request, lag: lag / 2 });
    }

    /// What was in flight takes effect when its time has come.
    pub(super) fn arrivals(&mut self) {
        while let Some(entry) = self.late.first_entry()
            && entry.key().0 <= self.now
        {
            let ((at, _), late) = entry.remove_entry();
            self.say(|| format!("late {} {}", late.request.call.name(), late.urn));
            self.cloud.carry_out_late(at, &late.urn, &late.request, late.lag);
            self.judge_world();
        }
    }

    /// The process dies: what it had sent may arrive or not, what it was writing may be durable or not.
    fn crash(&mut self, writer: u64) {
        self.say(|| "crash".to_owned());
        for (_, due) in std::mem::take(&mut self.queue) {
            if self.rng.chance(500) {
                continue;
            }
            match due {
                Due::Arrive { urn, request, .. } if request.call.mutates() => self.delay(urn, request),
                Due::Write { mut entries, .. } => {
                    // A torn record does not count; a whole one does.
                    let _ = self.write(writer, &mut entries);
                }
                _ => {}
            }
        }
        self.held_back.clear();
        let pause = 1_000 + self.rng.below(4_000);
        self.advance(pause);
    }
}

fn brief(reply: &Reply) -> String {
    match reply {
        Reply::Read(readings) => {
            format!("{} readings: {readings:?}", readings.len()).chars().take(400).collect()
        }
        other => format!("{other:?}").chars().take(300).collect(),
    }
}

fn brief_entries(entries: &[Entry]) -> String {
    let words: Vec<String> = entries
        .iter()
        .map(|entry| match entry {
            Entry::Intended { intent } => {
                format!("intend {:?} {} {}", intent.operation, intent.urn, &intent.owner.as_str()[..6])
            }
            Entry::RowPut { row } => {
                format!("put {} {} {:?} {}", row.urn, row.id, row.status, &row.owner.as_str()[..6])
            }
            Entry::Deposed { owner, .. } => format!("depose {}", &owner.as_str()[..6]),
            Entry::RowRemoved { owner, why } => format!("remove {why:?} {}", &owner.as_str()[..6]),
            Entry::Left { remnant } => format!("left {}", remnant.key()),
            Entry::LetGo { key } => format!("let go {key}"),
            Entry::Settled { owner } => format!("settle {}", &owner.as_str()[..6]),
            Entry::Moved { from, to } => format!("move {from} {to}"),
            Entry::UpdateStarted { command, .. } => format!("start {command}"),
            Entry::UpdateFinished { record } => format!("finish {} {:?}", record.result, record.errors),
            Entry::Outputs { .. } => "outputs".to_owned(),
        })
        .collect();
    words.join("; ")
}
