//! What is changed and deleted under a name is ours: its mark is seen before the delete is on record.

use super::task::{Cx, Do, Ending, Task, Then};
use crate::contract::{Live, OWNER_TAG, Reading};
use crate::plan::{Op, Whose, is_told_by_mark, only_tags_differ, whose};
use crate::schema::TypeSpec;
use crate::state::{Removal, Row};

const UNSURE: &str = "whose it is is not sure yet";

/// What reads have shown so far.
enum Mark {
    Ours,
    /// A read that lags behind shows what had the name before, or what has it no more.
    Doubtful,
    Theirs(Whose),
}

fn carries(whose: &Whose) -> String {
    match whose {
        Whose::AnotherStack(stack) => format!("carries the tag of stack {stack}"),
        Whose::Ours | Whose::Unmarked => "stands without the mark of this stack".to_owned(),
    }
}

impl Task {
    /// Whether somebody else may have made another one under the row's id since it was read.
    pub(super) fn must_see_mark(&self, cx: &Cx<'_>, row: &Row) -> bool {
        !self.seen_mark && self.spec(cx).is_some_and(|spec| is_told_by_mark(spec, row))
    }

    /// What was read before a delete: only what is ours is deleted.
    pub(super) fn judge_mark(&mut self, cx: &Cx<'_>, reading: Reading) -> Do {
        let (Some(row), Some(spec)) = (self.row(cx).cloned(), self.spec(cx)) else {
            return self.start_remove(cx, false, None);
        };
        let whose = match reading {
            Reading::Unknown(failure) => {
                return match self.back_off(cx, &failure, Then::Read) {
                    Some(wait) => wait,
                    None => self.refused(cx, failure),
                };
            }
            // A delete goes by the name, and whoever takes the name next would lose theirs by it.
            Reading::Absent if self.is_doubtful(cx) => {
                self.saw_nothing(cx);
                return self.poll(cx, Then::Read, "it is not seen, and may not be visible yet");
            }
            Reading::Absent => {
                return Do::Append(
                    self.removing(cx, Removal::Absent),
                    Then::End(Ending::Succeeded(Op::Delete)),
                );
            }
            Reading::Found(live) => whose(spec, &row, &live),
        };
        match self.mark_of(cx, whose) {
            Mark::Ours => {
                self.unseen_since = None;
                self.seen_mark = true;
                self.start_remove(cx, false, None)
            }
            Mark::Doubtful => self.poll(cx, Then::Read, UNSURE),
            Mark::Theirs(whose) => self.not_ours(cx, &row, &whose),
        }
    }

    /// A read has not shown it: ours may be gone, and who takes the name next is not seen yet where a later read shows
    /// ours, older than that.
    pub(super) fn saw_nothing(&mut self, cx: &Cx<'_>) {
        let told = |row: &Row| self.spec(cx).is_some_and(|spec| is_told_by_mark(spec, row));
        if self.row(cx).is_some_and(told) {
            self.strange_at = Some(cx.now);
        }
    }

    /// What to make of a read, after all that reads have shown so far: they lag behind in both directions. What was
    /// seen to be somebody else's, or not at all, is ours again after a whole lag without such a read.
    fn mark_of(&mut self, cx: &Cx<'_>, whose: Whose) -> Mark {
        let lag = self.lag(cx);
        if whose == Whose::Ours {
            if self.strange_at.is_some_and(|at| cx.now.saturating_sub(at) <= lag) {
                return Mark::Doubtful;
            }
            (self.strange_since, self.strange_at) = (None, None);
            return Mark::Ours;
        }
        self.strange_at = Some(cx.now);
        let since = *self.strange_since.get_or_insert(cx.now);
        if cx.now.saturating_sub(since) <= lag { Mark::Doubtful } else { Mark::Theirs(whose) }
    }

    /// What to do where a read while a delete is under way shows that the name went on to somebody else.
    pub(super) fn has_gone_on(&mut self, cx: &Cx<'_>, live: &Live) -> Option<Do> {
        let (row, spec) = (self.row(cx)?.clone(), self.spec(cx)?);
        match self.mark_of(cx, whose(spec, &row, live)) {
            Mark::Ours => None,
            Mark::Doubtful => Some(self.poll(cx, Then::Read, UNSURE)),
            Mark::Theirs(whose) => Some(self.not_ours(cx, &row, &whose)),
        }
    }

    /// What to do where a read of what is to be changed shows that the name went on to somebody else.
    pub(super) fn is_strange(&mut self, cx: &Cx<'_>, live: &Live) -> Option<Do> {
        // What this task has made, or takes back from its deletion, gets its mark on the way.
        let row = self.row(cx).filter(|_| !self.created)?.clone();
        let spec = self.spec(cx)?;
        let whose = match whose(spec, &row, live) {
            Whose::Unmarked if self.brings_mark_back(cx, spec, &row, live) => Whose::Ours,
            whose => whose,
        };
        match self.mark_of(cx, whose) {
            Mark::Ours => None,
            Mark::Doubtful => Some(self.poll(cx, Then::Read, UNSURE)),
            Mark::Theirs(whose) => {
                let message =
                    format!("{} is not changed any further: {} {}", self.urn, row.id, carries(&whose));
                let hint = "the next run with a refresh says what it makes of what stands there";
                Some(self.fail("EXEC-CONFLICT", message, hint, None, cx))
            }
        }
    }

    /// Whether the plan has shown that its mark is put back, and it is still what was planned for.
    fn brings_mark_back(&self, cx: &Cx<'_>, spec: &TypeSpec, row: &Row, live: &Live) -> bool {
        let Some(plan) = cx.plan else { return false };
        let mark = format!("tags.{OWNER_TAG}");
        let shown = plan
            .step(&self.urn)
            .is_some_and(|step| step.diff.iter().any(|change| change.path == "tags" || change.path == mark));
        let begun = self.touched || plan.lettings.iter().any(|letting| letting.owner == row.owner);
        shown && (begun || only_tags_differ(spec, row, live))
    }

    /// Somebody else's stands under the name: it is not deleted.
    fn not_ours(&mut self, cx: &Cx<'_>, row: &Row, whose: &Whose) -> Do {
        let message = format!("{} was not deleted: {} {}", self.urn, row.id, carries(whose));
        let hint = "it was not touched; the next run with a refresh takes the row off the record";
        self.fail("EXEC-CONFLICT", message, hint, None, cx)
    }
}
