//! Deleting and forgetting.

use super::foresight::Foresight;
use super::task::{Cx, Do, Ending, Task, Then, Work};
use crate::contract::{Call, Failure, FailureClass, Health, MAKES_WAY, Reading};
use crate::plan::{Op, Step};
use crate::state::{Entry, Intent, Operation, Removal, Row, Status};
use crate::urn::Urn;

/// For how long something may be emptied: tens of millions of objects take hours.
const EMPTYING: u64 = 12 * 60 * 60_000;
/// The same where the ceiling of its delete is set: so many times that.
const EMPTYING_TIMES: u64 = 8;
/// Between two parts of what goes.
const BETWEEN_PARTS: u64 = 100;

impl Task {
    pub(super) fn start_remove(&mut self, cx: &Cx<'_>, forget: bool, doubted: Option<&Step>) -> Do {
        let Some(row) = self.row(cx).cloned() else {
            // It went with a replacement that turned out not to be needed.
            return Do::End(Ending::Succeeded(Op::Same));
        };
        if let (Some(step), Some(plan)) = (doubted, cx.plan)
            && !Foresight::new(cx, plan).needs(step)
        {
            // The replacement turned out not to be needed: its step changes it in place.
            return Do::End(Ending::Succeeded(Op::Same));
        }
        let replaced = cx.state.rows.get(&row.urn).is_some_and(|current| current.owner == row.owner)
            && self.op == Op::Same;
        if replaced {
            return Do::End(Ending::Succeeded(Op::Same));
        }
        // Two cannot have one id: one of them is gone, most likely the one whose delete was begun.
        let going =
            |row: &Row| row.status == Status::Deleting || cx.state.deposed.contains_key(row.owner.as_str());
        let taken = |other: &Row| {
            other.owner != row.owner
                && other.id == row.id
                && other.region == row.region
                && other.urn.type_name() == row.urn.type_name()
                && (going(&row) || !going(other))
        };
        if cx.state.all_rows().any(taken) {
            return Do::Append(
                vec![Entry::RowRemoved { owner: row.owner, why: Removal::Absent }],
                Then::End(Ending::Succeeded(Op::Delete)),
            );
        }
        // What was decided about it is on record, whoever goes on.
        let decided =
            cx.state.deposed.get(row.owner.as_str()).is_some_and(|row| row.options.retain_on_delete);
        if forget || decided {
            self.op = Op::Forget;
            return Do::Append(
                vec![Entry::RowRemoved { owner: row.owner, why: Removal::Forgotten }],
                Then::End(Ending::Succeeded(Op::Forget)),
            );
        }
        if self.must_see_mark(cx, &row) {
            self.op = Op::Delete;
            self.deadline = cx.now + 10 * 60_000;
            return self.call_read(cx);
        }
        self.deadline = cx.now + self.delete_ceiling(cx);
        self.op = Op::Delete;
        let intent = Intent {
            owner: row.owner.clone(),
            urn: row.urn.clone(),
            operation: Operation::Delete,
            account: row.account.clone(),
            region: row.region.clone(),
            inputs: crate::value::Map::new(),
            edges: Vec::new(),
            options: row.options,
        };
        Do::Append(vec![Entry::Intended { intent }], Then::Delete)
    }

    pub(super) fn call_delete(&mut self, cx: &Cx<'_>) -> Do {
        let Some(row) = self.row(cx) else { return Do::End(Ending::Succeeded(Op::Delete)) };
        let mut target = row.target();
        if matches!(self.work, Work::Remove { replaced: true, .. }) {
            let kept = self.spec(cx).and_then(|spec| spec.data).map_or(&[][..], |data| data.on_replace);
            target.inputs.extend(kept.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
            let lingers = self.spec(cx).is_some_and(|spec| spec.lingers.is_some());
            if lingers && !cx.units[cx.index].action.late {
                target.inputs.insert(MAKES_WAY.to_owned(), true.into());
            }
        }
        Do::Call(Call::Delete { target })
    }

    pub(super) fn gone(&self, cx: &Cx<'_>) -> Do {
        let mut entries = self.removing(cx, Removal::Deleted);
        entries.push(Entry::Settled { owner: self.owner.clone() });
        Do::Append(entries, Then::End(Ending::Succeeded(Op::Delete)))
    }

    /// The row goes, and what its delete leaves is on record with that.
    pub(super) fn removing(&self, cx: &Cx<'_>, why: Removal) -> Vec<Entry> {
        let Some(row) = self.row(cx) else {
            return vec![Entry::RowRemoved { owner: self.owner.clone(), why }];
        };
        let replaced = matches!(self.work, Work::Remove { replaced: true, .. });
        cx.state.removing(self.spec(cx), row, why, replaced, cx.now)
    }

    pub(super) fn read_while_removing(&mut self, cx: &Cx<'_>, reading: Reading) -> Do {
        if !cx.state.intents.contains_key(self.owner.as_str()) {
            return self.judge_mark(cx, reading);
        }
        match reading {
            // What was just made may not be visible yet.
            Reading::Absent if self.is_doubtful(cx) => {
                self.saw_nothing(cx);
                self.poll(cx, Then::Read, "it is not seen any more")
            }
            Reading::Absent => self.gone(cx),
            Reading::Found(live) => match live.health {
                // It waits for days, and can be restored: as far as a run goes it is gone.
                Health::Deleting(_) if self.spec(cx).is_some_and(|spec| spec.restorable) => self.gone(cx),
                Health::Deleting(word) | Health::Pending(word) => self.poll(cx, Then::Read, &word),
                // It stands as if nothing had been asked: reads may lag, or the call was lost.
                Health::Ready | Health::Failed(_) => {
                    if let Some(not_ours) = self.has_gone_on(cx, &live) {
                        return not_ours;
                    }
                    self.stalls += 1;
                    let then = if self.stalls.is_multiple_of(5) { Then::Delete } else { Then::Read };
                    self.poll(cx, then, "it is being deleted")
                }
            },
            Reading::Unknown(failure) => match self.read_again(cx, &failure) {
                Some(wait) => wait,
                None => self.refused(cx, failure),
            },
        }
    }

    /// What is in it goes part by part: as long as something goes it is not too late, up to a ceiling of its own.
    pub(super) fn emptied(&mut self, cx: &Cx<'_>, so_far: &str) -> Do {
        let ceiling = self.own_ceiling(cx).map_or(EMPTYING, |own| own * EMPTYING_TIMES);
        let until = *self.empty_until.get_or_insert(cx.now + ceiling);
        if cx.now > until {
            let minutes = ceiling / 60_000;
            return self.fail(
                "EXEC-TIMEOUT",
                format!(
                    "{} was not empty after {minutes} minutes, and may still be written to: {so_far}",
                    self.urn
                ),
                "stop what writes to it, and run the command again to go on from where it stands",
                None,
                cx,
            );
        }
        self.deadline = cx.now + self.delete_ceiling(cx);
        self.failures = 0;
        let pause = BETWEEN_PARTS * cx.settings.pace.poll_permille / 1000;
        Do::Wait(pause.max(1), Then::Delete, so_far.to_owned())
    }

    /// For how long a delete may take.
    fn delete_ceiling(&self, cx: &Cx<'_>) -> u64 {
        let own = self.own_ceiling(cx);
        own.or_else(|| self.spec(cx).map(|spec| spec.timing.timeout[2])).unwrap_or(600_000)
    }

    /// The same where the resource's options say it.
    fn own_ceiling(&self, cx: &Cx<'_>) -> Option<u64> {
        self.row(cx).and_then(|row| row.options.timeouts.delete).map(|seconds| seconds * 1000)
    }

    pub(super) fn is_doubtful(&mut self, cx: &Cx<'_>) -> bool {
        let since = *self.unseen_since.get_or_insert(cx.now);
        cx.now.saturating_sub(since) <= self.lag(cx) && cx.state.may_be_unseen(&self.urn, cx.now)
    }

    pub(super) fn failed_removing(&mut self, cx: &Cx<'_>, failure: Failure) -> Do {
        if !cx.state.intents.contains_key(self.owner.as_str()) {
            return self.judge_mark(cx, Reading::Unknown(failure));
        }
        match failure.class {
            // Something that the call names is not there, itself or its parent: a look tells which.
            FailureClass::Absent => self.call_read(cx),
            FailureClass::Exists => self.refused(cx, failure),
            class if class.lasts() => self.refused(cx, failure),
            FailureClass::Blocked => match self.held_for_good(cx) {
                Some((holder, property)) => self.blocked_for_good(cx, &holder, &property, failure),
                None => self.delete_again(cx, failure, Then::Delete),
            },
            // It may have had its effect: a look tells, and what still stands is deleted again.
            FailureClass::Ambiguous => self.delete_again(cx, failure, Then::Read),
            _ => self.delete_again(cx, failure, Then::Delete),
        }
    }

    /// A delete is idempotent.
    fn delete_again(&mut self, cx: &Cx<'_>, failure: Failure, then: Then) -> Do {
        // Not blindly, where a read has shown somebody else's.
        let then = if self.strange_at.is_some() { Then::Read } else { then };
        match self.back_off(cx, &failure, then) {
            Some(wait) => wait,
            None => self.refused(cx, failure),
        }
    }

    fn blocked_for_good(&mut self, cx: &Cx<'_>, holder: &Urn, property: &str, failure: Failure) -> Do {
        let message = format!(
            "{} cannot be deleted: {holder} holds it by its property `{property}`, and nothing in this run makes \
             it let go ({failure})",
            self.urn
        );
        let hint = format!("change or delete {holder} first, and run the command again");
        self.fail("EXEC-BLOCKED", message, &hint, Some(failure), cx)
    }
}
