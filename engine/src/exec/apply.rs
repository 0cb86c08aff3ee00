//! Starting a step: what it comes to with the values that are known now.

use super::foresight::Foresight;
use super::task::{Cx, Do, Task, Then, Work};
use crate::context::Rows;
use crate::diff::{Change, Effect};
use crate::expr::{Lookup, resolve};
use crate::plan::{Op, Step, with_identity};
use crate::schema::TypeSpec;
use crate::state::{Edge, Row};
use crate::value::{Map, Value};

impl Task {
    pub(super) fn start_apply(&mut self, cx: &Cx<'_>, step: &Step) -> Do {
        let Some(spec) = self.spec(cx) else {
            let message = format!("{} is of a type that this version does not know", self.urn);
            return self.fail("PLAN-UNKNOWN-TYPE", message, "use the version that made the plan", None, cx);
        };
        self.edges = edges(cx, step);
        let current = cx.state.rows.get(&self.urn);
        if let (Op::Replace, Some(row)) = (step.op, current)
            && Some(&row.owner) == step.old_owner.as_ref()
        {
            return self.start_replace(cx, step, spec, row);
        }
        if let Err(why) = self.resolve_inputs(cx, step, spec, None) {
            return self.unresolved(cx, step, why);
        }
        match (step.op, current) {
            (Op::Import, None) => {
                self.deadline = cx.now + 5 * 60_000;
                self.call_read(cx)
            }
            (Op::Create | Op::Replace, None) => self.start_create(cx, step, spec),
            (_, Some(row)) => self.start_update(cx, step, spec, row),
            (_, None) => {
                let message = format!("{} is not on record any more", self.urn);
                self.fail("EXEC-VANISHED", message, "run `up` again", None, cx)
            }
        }
    }

    /// A replacement, if what is known now still demands one.
    fn start_replace(&mut self, cx: &Cx<'_>, step: &Step, spec: &TypeSpec, row: &Row) -> Do {
        if !step.forced {
            self.owner = row.owner.clone();
            if let Err(why) = self.resolve_inputs(cx, step, spec, Some(row)) {
                return self.unresolved(cx, step, why);
            }
            if cx.plan.is_some_and(|plan| !Foresight::new(cx, plan).needs(step)) {
                self.op = Op::Update;
                return self.start_update(cx, step, spec, row);
            }
            self.owner = step.owner.clone();
        }
        if step.delete_first.is_some() {
            let why = "its old one was to go first, and stands".to_owned();
            return self.unresolved(cx, step, why);
        }
        match self.resolve_inputs(cx, step, spec, None) {
            Ok(()) => self.start_create(cx, step, spec),
            Err(why) => self.unresolved(cx, step, why),
        }
    }

    fn start_create(&mut self, cx: &Cx<'_>, step: &Step, spec: &TypeSpec) -> Do {
        let ceiling = step.options.timeouts.create.map_or(spec.timing.timeout[0], |seconds| seconds * 1000);
        self.deadline = cx.now + ceiling;
        let next = step.adopts.clone().map_or(Then::Create, Then::Adopt);
        if matches!(next, Then::Adopt(_)) {
            // No create call carries what no read gives back.
            self.unsent = self.unseen_settings(spec, &[]);
        } else if self.must_look(cx, spec) {
            self.looking = Some(cx.now);
            return self.call_look();
        }
        Do::Append(self.before_create(cx), next)
    }

    /// Computes the inputs from what is on record now, for the row's incarnation or a new one.
    fn resolve_inputs(
        &mut self,
        cx: &Cx<'_>,
        step: &Step,
        spec: &TypeSpec,
        keep: Option<&Row>,
    ) -> Result<(), String> {
        let name = match keep {
            Some(row) => crate::plan::name_on_record(spec, &row.inputs),
            None => step.new_name.clone(),
        };
        let inputs = with_identity(
            spec,
            &step.inputs,
            &step.default_tags,
            &cx.state.stack,
            &self.owner,
            name.as_deref(),
        );
        let mut resolved = resolved(&inputs, &Rows { state: cx.state, place: cx.place })?;
        for (name, value) in &mut resolved {
            if value.has_unknown() {
                return Err(format!("property `{name}` is still unknown"));
            }
            // Unknown in the plan may turn out to be anything; what was known must be the same.
            if let Some(known) = step.known.get(name)
                && !keeps_known(known, value)
                && !(name == "tags" || Some(name.as_str()) == spec.generated_name)
            {
                return Err(format!("property `{name}` is not what the plan was approved with"));
            }
        }
        self.desired = resolved;
        Ok(())
    }

    pub(super) fn unresolved(&mut self, cx: &Cx<'_>, step: &Step, why: String) -> Do {
        let message = format!("{}: {why}", step.urn);
        self.fail("EXEC-PLAN-DIFFERS", message, "nothing was sent for it; make a new plan", None, cx)
    }

    /// The step that it carries out, if it is one.
    pub(super) fn step(&self) -> Option<&Step> {
        match &self.work {
            Work::Apply(step) => Some(step),
            _ => None,
        }
    }
}

/// The inputs with what they refer to.
pub(super) fn resolved(inputs: &Map, lookup: &dyn Lookup) -> Result<Map, String> {
    inputs
        .iter()
        .map(|(name, value)| match resolve(value, lookup) {
            Ok(value) => Ok((name.clone(), value)),
            Err(why) => Err(format!("property `{name}`: {why}")),
        })
        .collect()
}

/// Whether these changes of a standing resource need a new one in its place.
pub(super) fn demands_replacement(changes: &[Change], step: &Step) -> bool {
    changes.iter().any(|change| change.effect == Effect::Replace)
        || !changes.iter().all(|change| step.shows(first(&change.path)))
}

/// The property of a path.
pub(super) fn first(path: &str) -> &str {
    path.split_once('.').map_or(path, |(name, _)| name)
}

/// Whether all that was known in the plan is the same in what it turned out to be.
fn keeps_known(planned: &Value, actual: &Value) -> bool {
    match (planned, actual) {
        (Value::Unknown, _) => true,
        (Value::List(planned), Value::List(actual)) => {
            planned.len() == actual.len() && planned.iter().zip(actual).all(|(a, b)| keeps_known(a, b))
        }
        (Value::Map(planned), Value::Map(actual)) => {
            planned.len() == actual.len()
                && planned.iter().all(|(key, a)| actual.get(key).is_some_and(|b| keeps_known(a, b)))
        }
        (planned, actual) => planned == actual,
    }
}

/// The edges of the row to be, to the incarnations that stand now.
fn edges(cx: &Cx<'_>, step: &Step) -> Vec<Edge> {
    step.dependencies
        .iter()
        .filter_map(|(urn, via)| {
            let row = cx.state.rows.get(urn)?;
            Some(Edge { urn: urn.clone(), owner: row.owner.clone(), via: via.clone() })
        })
        .collect()
}
