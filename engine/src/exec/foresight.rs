//! Whether a replacement whose old one goes first is needed at all, with the values known by then.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::apply::{demands_replacement, resolved};
use super::task::{Cx, Work};
use super::unit::UnitStatus;
use crate::context::Rows;
use crate::diff::diff_inputs;
use crate::expr::{ContextKey, Lookup};
use crate::plan::{Letting, Op, Plan, Step, name_on_record, with_identity};
use crate::urn::Urn;
use crate::value::Value;

/// References as they are now: what is still to be made is unknown.
pub(super) struct Foresight<'a> {
    cx: &'a Cx<'a>,
    plan: &'a Plan,
    judged: RefCell<BTreeMap<Urn, bool>>,
}

impl<'a> Foresight<'a> {
    pub(super) fn new(cx: &'a Cx<'a>, plan: &'a Plan) -> Self {
        Self { cx, plan, judged: RefCell::default() }
    }

    /// Whether the step's old resource has to make way, as far as that can be said.
    pub(super) fn needs(&self, step: &Step) -> bool {
        let known = self.judged.borrow().get(&step.urn).copied();
        known.unwrap_or_else(|| {
            let needed = step.forced || self.judge(step).unwrap_or(true);
            self.judged.borrow_mut().insert(step.urn.clone(), needed);
            needed
        })
    }

    /// Whether anything that a letting is for has to make way.
    pub(super) fn lets_go(&self, letting: &Letting) -> bool {
        letting.of.iter().any(|urn| self.makes_way(urn))
    }

    /// Whether a resource is deleted: what stands, or what an earlier run left.
    fn makes_way(&self, urn: &Urn) -> bool {
        self.plan.leftovers.iter().any(|left| left.urn == *urn)
            || self.plan.step(urn).is_some_and(|step| match step.op {
                Op::Replace => self.needs(step),
                op => matches!(op, Op::Delete | Op::Forget),
            })
    }

    /// `None` where it cannot be told.
    fn judge(&self, step: &Step) -> Option<bool> {
        let spec = self.cx.registry.get(step.urn.type_name())?;
        // Where another one stands already, it had to.
        let row =
            self.cx.state.rows.get(&step.urn).filter(|row| step.old_owner.as_ref() == Some(&row.owner))?;
        let name = name_on_record(spec, &row.inputs);
        let (tags, stack) = (&step.default_tags, &self.cx.state.stack);
        let inputs = with_identity(spec, &step.inputs, tags, stack, &row.owner, name.as_deref());
        let inputs = resolved(&inputs, self).ok()?;
        let changes = diff_inputs(spec, &row.standing(), &inputs, &row.effective(&step.options));
        Some(demands_replacement(&changes, step) || step.along.iter().any(|urn| self.makes_way(urn)))
    }

    /// Whether the step of a resource is still to be done.
    fn is_ahead(&self, urn: &Urn) -> bool {
        self.cx.units.iter().any(|unit| {
            unit.action.urn == *urn
                && matches!(unit.work, Work::Apply(_))
                && !matches!(unit.status, UnitStatus::Done)
        })
    }
}

impl Lookup for Foresight<'_> {
    fn output(&self, urn: &Urn, name: &str) -> Result<Value, String> {
        let on_record = Rows { state: self.cx.state, place: self.cx.place };
        let Some(step) = self.plan.step(urn).filter(|_| self.is_ahead(urn)) else {
            return on_record.output(urn, name);
        };
        let unknown = match step.op {
            Op::Create | Op::Import => true,
            Op::Replace if self.needs(step) => true,
            Op::Replace | Op::Update => {
                let spec = self.cx.registry.get(urn.type_name());
                spec.is_none_or(|spec| spec.outputs.iter().any(|o| o.name == name && o.volatile))
            }
            _ => false,
        };
        if unknown { Ok(Value::Unknown) } else { on_record.output(urn, name) }
    }

    fn context(&self, key: ContextKey) -> Value {
        Rows { state: self.cx.state, place: self.cx.place }.context(key)
    }
}
