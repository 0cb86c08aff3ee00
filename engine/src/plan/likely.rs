//! What is known only later, and what it will be if nothing turns out to be another.

use super::build::Planner;
use super::claims::generates;
use super::{Op, PlanError, Step};
use crate::context::{View, Views};
use crate::diff::{Effect, diff_inputs};
use crate::expr::{Expr, references, resolve};
use crate::schema::{Identity, TypeSpec};
use crate::state::Row;
use crate::urn::Urn;
use crate::value::{Map, Value};

impl Planner<'_> {
    /// What of a resource's outputs is known, and what they will be if nothing turns out to be another.
    pub(super) fn see(&mut self, urn: &Urn, known: View, likely: View) {
        self.views.insert(urn.clone(), known);
        self.likely_views.insert(urn.clone(), likely);
    }

    pub(super) fn resolve_inputs(&mut self, step: &mut Step, wanted: &Map) -> Result<(), PlanError> {
        step.known = self.resolved(&step.urn, wanted)?;
        if step.known.values().any(Value::has_unknown) {
            let lookup = Views { views: &self.likely_views, place: self.input.place };
            let likely = |value| resolve(value, &lookup).unwrap_or(Value::Unknown);
            let likely = wanted.iter().map(|(name, value)| (name.clone(), likely(value))).collect();
            self.likely.insert(step.urn.clone(), likely);
        }
        Ok(())
    }

    /// The inputs that a step will have if nothing known only later turns out to be another.
    pub(super) fn likely<'s>(&'s self, step: &'s Step) -> &'s Map {
        self.likely.get(&step.urn).unwrap_or(&step.known)
    }

    /// Whether the outputs after a replacement may be what they were: it is not needed, or takes over the name.
    pub(super) fn likely_as_before(&self, spec: &TypeSpec, step: &Step, row: &Row) -> bool {
        let likely = self.likely(step);
        let changes = diff_inputs(spec, &row.standing(), likely, &row.effective(&step.options));
        let needed = step.forced || changes.iter().any(|change| change.effect == Effect::Replace);
        !needed
            || matches!(spec.identity, Identity::Named { property }
                if !generates(spec, step) && likely.get(property) == row.standing().get(property))
    }

    /// Whether a value holds the id of something that does not stand yet, and that AWS gives another id than any.
    pub(super) fn names_a_new_one(&self, value: &Value) -> bool {
        let new = |step: &Step| step.op == Op::Create || (step.op == Op::Replace && step.forced);
        value.any(&|part| match part {
            Value::Expr(expression) => match &**expression {
                Expr::Output { urn, name } if name == "id" => {
                    self.is_minted_anew(urn) && self.steps.iter().any(|step| step.urn == *urn && new(step))
                }
                _ => false,
            },
            _ => false,
        })
    }

    /// Whether AWS gives each incarnation of a resource another id than any before.
    fn is_minted_anew(&self, urn: &Urn) -> bool {
        let spec = self.input.registry.get(urn.type_name());
        spec.is_some_and(|spec| matches!(spec.identity, Identity::Minted { .. }) && !spec.restorable)
    }

    /// Whether a value can come out as it was though it is said of another incarnation by then.
    pub(super) fn may_be_said_of_another(&self, value: &Value) -> bool {
        let anew = |urn: &Urn| self.steps.iter().any(|step| step.urn == *urn && step.op == Op::Replace);
        let minted = match value {
            Value::Expr(expression) => matches!(&**expression,
                Expr::Output { urn, name } if name == "id" && self.is_minted_anew(urn)),
            _ => false,
        };
        !minted && references(value).iter().any(anew)
    }
}
