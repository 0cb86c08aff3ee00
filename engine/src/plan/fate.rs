//! What becomes of each resource on record.

use super::build::Planner;
use super::{Op, Step};
use crate::state::Row;

/// What becomes of a resource on record in this plan.
pub(super) enum Fate<'a> {
    /// It is deleted.
    Goes,
    /// It is deleted, or changed in place where its replacement turns out not to be needed.
    MayGo(&'a Step),
    /// It is changed in place.
    Changes(&'a Step),
    /// It stays as it is; why.
    Stays(&'static str),
}

impl Fate<'_> {
    /// Whether it is deleted, as far as the plan knows.
    pub(super) fn goes(&self) -> bool {
        matches!(self, Self::Goes | Self::MayGo(_))
    }
}

impl Planner<'_> {
    /// What becomes of a row's resource.
    pub(super) fn fate(&self, row: &Row) -> Fate<'_> {
        if self.state.deposed.contains_key(row.owner.as_str()) {
            return match self.leftovers.iter().find(|left| left.owner == row.owner) {
                Some(left) if left.forget => Fate::Stays("is retained"),
                Some(_) => Fate::Goes,
                None => Fate::Stays("was replaced before and is not selected or locked"),
            };
        }
        let Some(step) = self.steps.iter().find(|step| step.urn == row.urn) else {
            return Fate::Stays("is not selected");
        };
        match step.op {
            _ if step.unselected => Fate::Stays("is not selected"),
            Op::Delete => Fate::Goes,
            Op::Forget => Fate::Stays("is retained"),
            Op::Replace if step.options.retain_on_delete => Fate::Stays("is retained when it is replaced"),
            Op::Replace if self.order.kept.contains(&row.owner) => {
                Fate::Stays("is still needed by what is not selected")
            }
            Op::Replace if !step.forced => Fate::MayGo(step),
            Op::Replace => Fate::Goes,
            Op::Update => Fate::Changes(step),
            Op::Create | Op::Same | Op::Import => Fate::Stays("stays"),
        }
    }
}
