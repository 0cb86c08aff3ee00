//! How plan, errors, end and record read, a line each.

use finsight_engine::contract::OwnerId;
use finsight_engine::diff::Change;
use finsight_engine::exec::{Report, Trouble};
use finsight_engine::plan::{Op, Plan, PlanError, Step};
use finsight_engine::refresh::Drift;
use finsight_engine::state::{Row, Status};
use finsight_engine::urn::Urn;
use finsight_sim::world::{End, Run};

use crate::check::Life;
use crate::tape::{Tape, short, status, word};

impl Life {
    pub fn planned(&self, plan: &Plan) -> Vec<String> {
        let tape = self.tape.borrow();
        let moves = plan.moves.iter().map(|(from, to)| format!("plan move {} to {}", short(from), short(to)));
        let gone = plan.gone.iter().map(|owner| format!("plan gone {}", tape.label(owner)));
        let steps =
            plan.steps.iter().filter(|step| step.op != Op::Same || step.record_only).map(planned_step);
        let left = plan.leftovers.iter().map(|left| {
            format!("plan {} {}", if left.forget { "forget" } else { "delete" }, tape.label(&left.owner))
        });
        moves.chain(gone).chain(steps).chain(left).map(|line| tape.readable(&line)).collect()
    }

    pub fn error(&self, urn: &Urn, error: &Trouble) -> String {
        format!("error {} {}: {}", short(urn), error.code, self.tape.borrow().readable(&error.message))
    }

    pub fn report(&self, report: &Report) -> Option<String> {
        match report {
            Report::StepSkipped { urn, reason } => {
                Some(format!("skipped {}: {}", short(urn), self.tape.borrow().readable(reason)))
            }
            Report::StepInterrupted { urn, reason, .. } => {
                Some(format!("broken off {}: {}", short(urn), self.tape.borrow().readable(reason)))
            }
            Report::Waiting { cause, .. } => Some(format!("waiting for {cause:?}")),
            Report::Resumed { .. } => Some("going on".to_owned()),
            Report::Recovered { urn, message } => {
                Some(format!("recovered {}: {}", short(urn), self.tape.borrow().readable(message)))
            }
            Report::StepSucceeded { urn, op, .. } if matches!(op.as_str(), "forget" | "import") => {
                Some(format!("{op} {}", short(urn)))
            }
            _ => None,
        }
    }

    pub fn refused(&self, error: &PlanError) -> String {
        let text = error.to_string();
        let what = text.split(';').next().unwrap_or_default();
        format!("refused {}: {}", error.code(), self.tape.borrow().readable(what))
    }

    pub fn ended(&self, run: &Run) -> Vec<String> {
        let outcome = run.outcome.as_ref().or(run.recovery.as_ref());
        let end = match (&run.end, outcome) {
            (End::Refused(errors), _) => return errors.iter().map(|error| self.refused(error)).collect(),
            (End::Stale(trouble), _) => format!("stale {}", trouble.code),
            (End::Crashed, _) => "end crashed".to_owned(),
            (End::Interrupted, _) => "end interrupted".to_owned(),
            (End::Unsettled, _) => "end unsettled".to_owned(),
            (End::Unreadable(why), _) => format!("end unreadable: {why}"),
            (End::Over, None) => "end without an outcome".to_owned(),
            (End::Over, Some(outcome)) => match &outcome.store_failed {
                Some(why) => format!("end store failed: {why}"),
                None if outcome.interrupted => "end interrupted".to_owned(),
                None if outcome.succeeded() => "end ok".to_owned(),
                None => "end failed".to_owned(),
            },
        };
        vec![end]
    }

    /// The record, a line a row: `row Member/a#1 on Parent/main#1`.
    pub fn record(&self) -> Vec<String> {
        let tape = self.tape.borrow();
        let state = self.world.store.state();
        let line = |word: &str, row: &Row| {
            let renamed = named(&tape, &row.owner, &row.urn);
            let state = if row.status == Status::Ready { String::new() } else { format!(" {}", status(row)) };
            let mut on: Vec<String> =
                row.edges.iter().map(|edge| named(&tape, &edge.owner, &edge.urn)).collect();
            on.dedup();
            let on = if on.is_empty() { String::new() } else { format!(" on {}", on.join(" ")) };
            format!("{word} {renamed}{state}{on}")
        };
        let rows = state.rows.values().map(|row| line("row", row));
        let old = state.deposed.values().map(|row| line("old", row));
        let open = state
            .intents
            .values()
            .map(|intent| format!("open {} {}", word(intent.operation), tape.label(&intent.owner)));
        let mut rows: Vec<String> = rows.chain(old).chain(open).collect();
        rows.sort_by_key(|line| line.starts_with("open"));
        rows
    }
}

fn planned_step(step: &Step) -> String {
    let op = if step.op == Op::Same { "record" } else { step.op.word() };
    let first = step.delete_first.as_ref().map(|why| format!(", old one first: {why}")).unwrap_or_default();
    format!("plan {op} {}: {}{first}", short(&step.urn), step.reason)
}

fn named(tape: &Tape, owner: &OwnerId, urn: &Urn) -> String {
    let label = tape.label(owner);
    let name = short(urn);
    if label.starts_with(&format!("{name}#")) { label } else { format!("{name}={label}") }
}

pub fn drifted(drift: &Drift) -> String {
    use finsight_engine::refresh::DriftKind::{Changed, Deleted, Unreadable};
    let changed = |changes: &[Change]| {
        let words: Vec<String> = changes
            .iter()
            .map(|change| format!("{} {:?} → {:?}", change.path, change.before, change.after))
            .collect();
        words.join(", ")
    };
    let what = match &drift.kind {
        Changed(changes) => changed(changes),
        Deleted => "deleted".to_owned(),
        Unreadable(failure) => format!("unreadable: {}", failure.code),
    };
    format!("{} {what}", short(&drift.urn))
}
