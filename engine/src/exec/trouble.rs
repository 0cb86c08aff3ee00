//! How a task ends before it is done: by an error, or broken off.

use super::Trouble;
use super::task::{Cx, Do, Ending, Task, Then, Work};
use crate::contract::{Failure, FailureClass};
use crate::state::{Entry, Row};
use crate::urn::Urn;

impl Task {
    /// Ends in failure; an intent whose outcome is known is settled.
    pub fn fail(
        &mut self,
        code: &'static str,
        message: String,
        hint: &str,
        failure: Option<Failure>,
        cx: &Cx<'_>,
    ) -> Do {
        let trouble = Trouble { code, message, hint: hint.to_owned(), failure };
        self.end(cx, Ending::Failed(Box::new(trouble)))
    }

    /// Ends where it stands: the next run goes on with it.
    pub fn break_off(&mut self, cx: &Cx<'_>) -> Do {
        self.end(cx, Ending::Interrupted)
    }

    fn end(&self, cx: &Cx<'_>, ending: Ending) -> Do {
        // What a create call did is not known before it was found or surely not found.
        let doubtful = self.finding.is_some() && self.row(cx).is_none();
        if !self.is_open(cx) || doubtful || matches!(self.work, Work::Settle(_)) {
            return Do::End(ending);
        }
        let mut entries = Vec::new();
        if let (Some(row), Some(live)) = (self.row(cx), &self.live) {
            // The old inputs stay the base of the next diff, with the outputs now known.
            let outputs = live.over(row).outputs;
            if row.outputs != outputs {
                entries.push(Entry::RowPut { row: Box::new(Row { outputs, ..row.clone() }) });
            }
        }
        entries.push(Entry::Settled { owner: self.owner.clone() });
        Do::Append(entries, Then::End(ending))
    }

    /// Ends in failure because of what AWS answered.
    pub fn refused(&mut self, cx: &Cx<'_>, failure: Failure) -> Do {
        let (code, hint) = match failure.class {
            FailureClass::Denied => {
                ("EXEC-DENIED", "give the credentials the permission that AWS names, and run `up` again")
            }
            FailureClass::Expired => ("EXEC-CREDENTIALS", "sign in again, and run the command again"),
            FailureClass::Quota => {
                ("EXEC-QUOTA", "have the quota raised or free some of it, and run `up` again")
            }
            FailureClass::Blocked => (
                "EXEC-BLOCKED",
                "something else still uses it; see what AWS names, and run the command again",
            ),
            FailureClass::Throttled
            | FailureClass::Transient
            | FailureClass::NotYet
            | FailureClass::Unreachable => {
                ("EXEC-UNAVAILABLE", "AWS did not take the call for a long time; run the command again later")
            }
            FailureClass::Later => (
                "EXEC-UNAVAILABLE",
                "what AWS had taken before stands, and this is left to a later run: run `up` again when AWS takes it",
            ),
            FailureClass::Ambiguous => {
                ("EXEC-AMBIGUOUS", "whether it had its effect is on record as open; the next run finds out")
            }
            FailureClass::Exists => {
                ("EXEC-CONFLICT", "another resource holds this identity; import it, or choose another name")
            }
            FailureClass::Absent => (
                "EXEC-VANISHED",
                "nothing that the call names was made just now, so it is not on its way: something is gone from AWS, or was \
                 never there; AWS names it. If it is of this stack, run `up` again to make it anew",
            ),
            FailureClass::Invalid => {
                let what = match self.in_hands(cx) {
                    Some((property, of)) => {
                        format!("the program, its config, or what {of} holds, from which `{property}` comes")
                    }
                    None => "the program or its config".to_owned(),
                };
                let hint = format!("correct {what}, and run `up` again");
                return self.fail("EXEC-INVALID", failure.to_string(), &hint, Some(failure), cx);
            }
        };
        self.fail(code, failure.to_string(), hint, Some(failure), cx)
    }

    /// A secret of the resource that no program holds, and what it comes from: somebody has put it in there, or is still to.
    fn in_hands<'a>(&self, cx: &Cx<'a>) -> Option<(&'a str, &'a Urn)> {
        let (spec, step) = (self.spec(cx)?, cx.plan?.step(&self.urn)?);
        let mut dependencies = step.dependencies.iter();
        let (of, property) =
            dependencies.find(|(_, property)| spec.property(property).is_some_and(|p| p.secret))?;
        Some((property, of))
    }
}
