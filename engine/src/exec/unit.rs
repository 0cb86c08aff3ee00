//! Units of execution: an action of a plan and how far it is.

use super::skip::Fate;
use super::task::{Task, Work};
use crate::contract::OwnerId;
use crate::plan::{Action, ActionKind, Op, Plan, Step};
use crate::urn::Urn;

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
    /// Broken off: the next run goes on with it.
    Interrupted,
}

impl UnitStatus {
    /// What the others make of it.
    pub(super) fn fate(&self) -> Fate {
        match self {
            Self::Done => Fate::Done,
            Self::Failed => Fate::Failed,
            Self::Interrupted => Fate::Interrupted,
            Self::Waiting | Self::Active(_) => Fate::NotBegun,
        }
    }
}

impl Unit {
    /// The word for what it does.
    pub(super) fn word(&self) -> &'static str {
        match &self.work {
            Work::Remove { forget: true, .. } => Op::Forget.word(),
            Work::Remove { .. } => Op::Delete.word(),
            _ => self.op.word(),
        }
    }
}

/// The unit of an action; `Err` where the plan does not say what the action does.
pub(super) fn unit_of(plan: &Plan, action: &Action) -> Result<Unit, Urn> {
    let step = plan.step(&action.urn);
    let (work, op) = match &action.kind {
        ActionKind::Apply => {
            let step = step.ok_or_else(|| action.urn.clone())?;
            (Work::Apply(Box::new(step.clone())), step.op)
        }
        ActionKind::LetGo { letting } => {
            let letting = plan.lettings.get(*letting).ok_or_else(|| action.urn.clone())?;
            (Work::LetGo(Box::new(letting.clone())), Op::Update)
        }
        ActionKind::Remove { owner } => removal(plan, step, owner).ok_or_else(|| action.urn.clone())?,
    };
    Ok(Unit { action: action.clone(), work, op, status: UnitStatus::Waiting })
}

fn removal(plan: &Plan, step: Option<&Step>, owner: &OwnerId) -> Option<(Work, Op)> {
    let (owner, doubted) = (owner.clone(), None);
    if let Some(left) = plan.leftovers.iter().find(|left| left.owner == owner) {
        return Some((Work::Remove { owner, forget: left.forget, replaced: true, doubted }, Op::Delete));
    }
    let step = step.filter(|step| step.old_owner.as_ref() == Some(&owner) || step.owner == owner)?;
    let replaces = step.op == Op::Replace;
    let forget = step.op == Op::Forget || step.options.retain_on_delete;
    // An old incarnation goes only once it was replaced, or where it has to go first.
    let op = if replaces && step.delete_first.is_none() { Op::Same } else { Op::Delete };
    let first = replaces && step.delete_first.is_some() && !step.forced;
    let doubted = first.then(|| Box::new(step.clone()));
    Some((Work::Remove { owner, forget, replaced: replaces, doubted }, op))
}
