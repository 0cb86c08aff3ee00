//! What is deleted under a name is ours: its mark is seen before the delete is on record.

use super::task::{Cx, Do, Ending, Task, Then};
use crate::contract::{Live, Reading};
use crate::plan::{Op, Whose, is_told_by_mark, whose};
use crate::state::{Entry, Removal, Row};

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
                return self.poll(cx, Then::Read, "it is not seen, and may not be visible yet");
            }
            Reading::Absent => {
                let gone = Entry::RowRemoved { owner: row.owner, why: Removal::Absent };
                return Do::Append(vec![gone], Then::End(Ending::Succeeded(Op::Delete)));
            }
            Reading::Found(live) => whose(spec, &row, &live),
        };
        if whose == Whose::Ours {
            self.unseen_since = None;
            self.seen_mark = true;
            return self.start_remove(cx, false, None);
        }
        self.not_ours(cx, &row, &whose)
    }

    /// Whether a read while a delete is under way shows that the name went on to somebody else.
    pub(super) fn has_gone_on(&self, cx: &Cx<'_>, live: &Live) -> Option<(Row, Whose)> {
        let (row, spec) = (self.row(cx)?, self.spec(cx)?);
        let whose = whose(spec, row, live);
        (whose != Whose::Ours).then(|| (row.clone(), whose))
    }

    /// Somebody else's stands under the name: it is not deleted.
    pub(super) fn not_ours(&mut self, cx: &Cx<'_>, row: &Row, whose: &Whose) -> Do {
        let carries = match whose {
            // A read that lags behind shows what had the name before.
            _ if self.is_doubtful(cx) => return self.poll(cx, Then::Read, "whose it is is not sure yet"),
            Whose::AnotherStack(stack) => format!("carries the tag of stack {stack}"),
            Whose::Ours | Whose::Unmarked => "stands without the mark of this stack".to_owned(),
        };
        let message = format!("{} was not deleted: {} {carries}", self.urn, row.id);
        let hint = "it was not touched; the next run with a refresh takes the row off the record";
        self.fail("EXEC-CONFLICT", message, hint, None, cx)
    }
}
