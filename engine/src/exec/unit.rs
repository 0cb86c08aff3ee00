//! Units of execution: an action of a plan and how far it is.

use super::skip::Fate;
use super::task::{Task, Work};
use crate::plan::{Action, ActionKind, Op, Plan};

/// One action of a plan, or one open intent, on its way.
pub(super) struct Unit {
    pub(super) action: Action,
    pub(super) work: Work,
    pub(super) op: Op,
    pub(super) status: UnitStatus,
}

/// How far it is.
pub(super) enum UnitStatus {
    Waiting,
    Active(Box<Task>),
    Done,
    Failed,
}

impl UnitStatus {
    /// What the others make of it.
    pub(super) fn fate(&self) -> Fate {
        match self {
            Self::Done => Fate::Done,
            Self::Failed => Fate::Failed,
            Self::Waiting | Self::Active(_) => Fate::NotBegun,
        }
    }
}

/// The unit of an action.
pub(super) fn unit_of(plan: &Plan, action: &Action) -> Option<Unit> {
    let step = plan.step(&action.urn);
    let (work, op) = match &action.kind {
        ActionKind::Apply => {
            let step = step?;
            (Work::Apply(Box::new(step.clone())), step.op)
        }
        ActionKind::LetGo { letting } => {
            (Work::LetGo(Box::new(plan.lettings.get(*letting)?.clone())), Op::Update)
        }
        ActionKind::Remove { owner } => {
            let leftover = plan.leftovers.iter().find(|left| left.owner == *owner);
            let forget = match leftover {
                Some(left) => left.forget,
                None => step.is_some_and(|step| step.op == Op::Forget || step.options.retain_on_delete),
            };
            // An old incarnation goes only once it was replaced, or where it has to go first.
            let replaced = leftover.is_none()
                && step.is_some_and(|step| step.op == Op::Replace && step.delete_first.is_none());
            let op = if replaced { Op::Same } else { Op::Delete };
            let replaced = leftover.is_some() || step.is_some_and(|step| step.op == Op::Replace);
            (Work::Remove { owner: owner.clone(), forget, replaced }, op)
        }
    };
    Some(Unit { action: action.clone(), work, op, status: UnitStatus::Waiting })
}
