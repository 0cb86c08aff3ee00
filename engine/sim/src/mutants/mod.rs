//! Engines that are broken on purpose: each must be caught by the random lives.

mod hard;
mod ways;

use std::collections::BTreeMap;

use finsight_engine::contract::{Call, FailureClass, OwnerId, Reply, Request};
use finsight_engine::plan::{ActionKind, Op, Plan};
use finsight_engine::state::{Entry, Operation, Removal, Row, State, Status};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

use crate::world::{Ask, Bend, Keep, Phase};
use hard::Seen;
pub use ways::Mutant;

impl Mutant {
    /// The broken engine, to be put into a world.
    #[must_use]
    pub fn bend(self) -> Box<dyn Bend> {
        Box::new(Broken { mutant: self, attempts: BTreeMap::new(), seen: Seen::default() })
    }
}

struct Broken {
    mutant: Mutant,
    attempts: BTreeMap<OwnerId, u32>,
    seen: Seen,
}

impl Bend for Broken {
    fn record(&mut self, entries: &mut Vec<Entry>) -> Keep {
        let settles = entries.iter().any(|entry| matches!(entry, Entry::Settled { .. }));
        match self.mutant {
            Mutant::NoIntent if intends(entries, None) => return Keep::Drop,
            Mutant::NoDeleteIntent if intends(entries, Some(Operation::Delete)) => return Keep::Drop,
            Mutant::LateResult if settles => return Keep::Later,
            Mutant::SettledWithoutRow if settles => entries.retain(|entry| {
                !matches!(entry, Entry::RowPut { row } if is_unfinished(row.status))
                    && !matches!(entry, Entry::Deposed { .. })
            }),
            Mutant::DroppedDeposed => {
                for entry in entries.iter_mut() {
                    if let Entry::Deposed { owner, .. } = entry {
                        *entry = Entry::RowRemoved { owner: owner.clone(), why: Removal::Forgotten };
                    }
                }
            }
            Mutant::UndecidedDeposed => {
                for entry in entries.iter_mut() {
                    if let Entry::Deposed { options, .. } = entry {
                        *options = None;
                    }
                }
            }
            Mutant::TwoOfOne => twice(entries),
            Mutant::LostEdges => rows(entries, |row| row.edges.clear()),
            Mutant::TaintIgnored => rows(entries, |row| {
                if row.status == Status::Tainted {
                    row.status = Status::Ready;
                }
            }),
            Mutant::UnfinishedIsReady => rows(entries, |row| {
                if is_unfinished(row.status) {
                    row.status = Status::Ready;
                }
            }),
            Mutant::ClearSecrets => rows(entries, |row| {
                for value in row.inputs.values_mut() {
                    if let Some(text) = value.as_text() {
                        *value = Value::text(text);
                    }
                }
            }),
            _ => {}
        }
        Keep::Store
    }

    fn request(&mut self, request: &mut Request) {
        self.bend_request(request);
        if let (Mutant::FreshToken, Call::Create { owner, .. }) = (self.mutant, &mut request.call) {
            let attempt = self.attempts.entry(owner.clone()).or_default();
            *attempt += 1;
            if *attempt > 1 {
                owner.0 = format!("{}{attempt}", &owner.0[..24]);
            }
        }
    }

    fn reply(&mut self, request: &Request, reply: &mut Reply) {
        self.bend_reply(request, reply);
        let ambiguous = matches!(reply, Reply::Failed(failure) if failure.class == FailureClass::Ambiguous);
        let creates = matches!(request.call, Call::Create { .. });
        match (self.mutant, &mut *reply) {
            (Mutant::NoLook, Reply::Found(candidates)) => candidates.clear(),
            (Mutant::AmbiguousIsAbsent, Reply::Failed(failure)) if ambiguous && creates => {
                failure.class = FailureClass::Transient;
            }
            (Mutant::AmbiguousIsFailure, Reply::Failed(failure)) if ambiguous && creates => {
                failure.class = FailureClass::Invalid;
            }
            (Mutant::AdoptsAnybody, Reply::Found(candidates)) => {
                candidates.iter_mut().for_each(|candidate| candidate.ours = true);
            }
            (Mutant::DeletingIsGone, Reply::Deleting) => *reply = Reply::Gone,
            (Mutant::BlockedIsGone, Reply::Failed(failure)) if failure.class == FailureClass::Blocked => {
                *reply = Reply::Gone;
            }
            (Mutant::GuessedId, Reply::Created { id }) if id.is_empty() => "guessed".clone_into(id),
            _ => {}
        }
    }

    fn plan(&mut self, plan: &mut Plan, state: &State) {
        self.bend_plan(plan, state);
        let replaced: Vec<OwnerId> = plan
            .steps
            .iter()
            .filter(|step| step.op == Op::Replace)
            .filter_map(|step| step.old_owner.clone())
            .collect();
        if self.mutant == Mutant::StalePlan {
            plan.serial = state.serial;
        }
        for action in &mut plan.actions {
            let removes = match &action.kind {
                ActionKind::Remove { owner } => Some(replaced.contains(owner)),
                ActionKind::Apply | ActionKind::LetGo { .. } => None,
            };
            match (self.mutant, removes) {
                (Mutant::DeleteBeforeCreate, Some(true)) | (Mutant::DeletesNotLast, Some(false)) => {
                    action.late = false
                }
                (Mutant::DeletesInAnyOrder, Some(_)) | (Mutant::AppliesInAnyOrder, None) => {
                    action.after.clear()
                }
                _ => {}
            }
        }
        if self.mutant == Mutant::DeleteBeforeCreate {
            for step in plan.steps.iter_mut().filter(|step| step.op == Op::Replace) {
                step.delete_first.get_or_insert_with(String::new);
            }
        }
    }

    fn state(&mut self, state: &mut State) {
        self.bend_state(state);
        if self.mutant == Mutant::NoRetention {
            for row in state.rows.values_mut().chain(state.deposed.values_mut()) {
                row.options.retain_on_delete = false;
            }
        }
        if self.mutant == Mutant::NoProtection {
            for row in state.rows.values_mut() {
                row.options.protect = false;
            }
        }
    }

    fn lag_permille(&self, phase: Phase) -> u64 {
        match (self.mutant, phase) {
            (Mutant::HastyRecovery | Mutant::NoLook, Phase::Recovery)
            | (Mutant::HastySearch | Mutant::NoLook, Phase::Execution)
            | (Mutant::HastyRefresh, Phase::Refresh) => 0,
            _ => 1000,
        }
    }

    fn poll_permille(&self) -> u64 {
        if self.mutant == Mutant::Breathless { 0 } else { 1000 }
    }

    fn wait(&mut self, millis: u64) -> u64 {
        match self.mutant {
            Mutant::Sleeper if millis > 1_000 => 24 * 60 * 60_000,
            _ => millis,
        }
    }

    fn is_on_the_wall(&self) -> bool {
        self.mutant == Mutant::OnTheWall
    }

    fn is_fenceless(&self) -> bool {
        self.mutant == Mutant::Fenceless
    }

    fn ask(&mut self, ask: &mut Ask) {
        if self.mutant == Mutant::DeafToExclude {
            ask.selection.exclude.clear();
        }
    }

    fn is_deaf(&self) -> bool {
        self.mutant == Mutant::Deaf
    }
}

fn is_unfinished(status: Status) -> bool {
    status == Status::Unfinished
}

fn intends(entries: &[Entry], operation: Option<Operation>) -> bool {
    entries.iter().any(|entry| {
        matches!(entry, Entry::Intended { intent } if operation.is_none_or(|wanted| wanted == intent.operation))
    })
}

fn rows(entries: &mut [Entry], mut change: impl FnMut(&mut finsight_engine::state::Row)) {
    for entry in entries {
        if let Entry::RowPut { row } = entry {
            change(row);
        }
    }
}

/// Of what exists once, each row comes twice.
fn twice(entries: &mut Vec<Entry>) {
    let copy = entries.iter().find_map(|entry| match entry {
        Entry::RowPut { row } if row.status == Status::Ready && row.urn.type_name() == "sim:net:Default" => {
            let name = format!("{}-twin", row.urn.name());
            let urn = Urn::new(row.urn.stack(), row.urn.component(), row.urn.type_name(), &name).ok()?;
            let owner = OwnerId(format!("twin{}", &row.owner.as_str()[4..]));
            Some(Entry::RowPut { row: Box::new(Row { urn, owner, ..(**row).clone() }) })
        }
        _ => None,
    });
    entries.extend(copy);
}
