//! Settling the intents that an earlier run left open.

use super::task::{Cx, Do, Ending, Finding, Task, Then};
use crate::state::{Entry, Intent, Operation};

impl Task {
    pub(super) fn start_settle(&mut self, cx: &Cx<'_>, intent: &Intent) -> Do {
        self.desired = intent.inputs.clone();
        self.edges = intent.edges.clone();
        self.deadline = cx.now + 15 * 60_000;
        if intent.operation == Operation::Create && self.row(cx).is_none() {
            self.finding = Some(Finding { since: cx.now, misses: 0, exists: None });
            return self.call_find();
        }
        // The resource is on record; what is left of the operation is what the
        // next plan sees: its row is marked as unfinished or deleting.
        let what = match intent.operation {
            Operation::Create => "it was created; its configuration goes on",
            Operation::Update => "its update goes on",
            Operation::Delete => "its deletion goes on",
        };
        Do::Append(
            vec![Entry::Settled { owner: self.owner.clone() }],
            Then::End(Ending::Settled(what.to_owned())),
        )
    }

    /// Nothing stands that proves to be what the create call was to make.
    pub(super) fn settled_absent(&self, other: Option<&str>) -> Do {
        let what = match other {
            None => "it was not created".to_owned(),
            Some(id) => format!(
                "{id} stands and is not as its create call was to make it: that of another hand, or changed by one; if it is \
                 to be this, take it under management with `finsight-deploy import {} {id}`",
                self.urn
            ),
        };
        Do::Append(vec![Entry::Settled { owner: self.owner.clone() }], Then::End(Ending::Settled(what)))
    }
}
