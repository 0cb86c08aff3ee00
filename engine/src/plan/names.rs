//! What names what: two that would be one, and names of what goes.

use std::collections::BTreeMap;

use super::build::Planner;
use super::claims::{Claim, claims_of, collision, generates};
use super::{Op, PlanError, Step};
use crate::expr::Expr;
use crate::schema::{Equality, Identity, TypeSpec};
use crate::state::Row;
use crate::urn::Urn;
use crate::value::{Map, Value};

/// A shorter text stands in too many places by chance.
const SHORTEST: usize = 6;

impl Planner<'_> {
    /// Two declared resources that would be one are refused: each run would change the other's.
    pub(super) fn check_twins(&mut self) {
        let kept = |step: &&Step| !step.unselected && !matches!(step.op, Op::Delete | Op::Forget);
        let mut claimed: BTreeMap<&str, Vec<(&Urn, Vec<Claim<'_>>)>> = BTreeMap::new();
        let mut twins = Vec::new();
        for step in self.steps.iter().filter(kept) {
            let Some(spec) = self.input.registry.get(step.urn.type_name()) else { continue };
            let mine = claims_of(spec, &told(step), &step.region, generates(spec, step));
            let others = claimed.entry(spec.name).or_default();
            let twin = others.iter().find_map(|(other, theirs)| {
                let claim = collision(&mine, theirs)?;
                (!self.is_taken(&step.urn, other)).then(|| ((*other).clone(), claim.words()))
            });
            if let Some((other, claim)) = twin {
                twins.push(PlanError::Twins { urn: step.urn.clone(), other, claim });
            }
            others.push((&step.urn, mine));
        }
        self.refusals.extend(twins);
    }

    /// Whether it was said already that one of them has what the other wants.
    fn is_taken(&self, one: &Urn, other: &Urn) -> bool {
        self.errors.iter().any(|error| {
            matches!(error, PlanError::ClaimTaken { urn, holder, .. }
                if [one, other].contains(&urn) && [one, other].contains(&holder))
        })
    }

    /// A literal that names what goes is a reference to it.
    pub(super) fn check_named_literally(&mut self) {
        if self.destroying {
            return;
        }
        let going: Vec<(&Row, Vec<String>)> = self
            .steps
            .iter()
            .filter(|step| step.op == Op::Delete)
            .filter_map(|step| self.state.rows.get(&step.urn))
            .map(|row| (row, self.names_of(row)))
            .collect();
        let mut found = Vec::new();
        for step in self.steps.iter().filter(|step| !matches!(step.op, Op::Delete | Op::Forget)) {
            let Some(spec) = self.input.registry.get(step.urn.type_name()) else { continue };
            for (name, value) in step.inputs.iter().filter(|(name, _)| may_refer(spec, name)) {
                let named = going.iter().find(|(row, names)| {
                    let successor = row.urn.type_name() == spec.name && identifies(spec, name);
                    !successor && names.iter().any(|text| says(value, text))
                });
                if let Some((row, _)) = named {
                    found.push(PlanError::NamedLiterally {
                        urn: row.urn.clone(),
                        dependent: step.urn.clone(),
                        property: name.clone(),
                    });
                }
            }
        }
        self.refusals.extend(found);
    }

    /// The texts that name a row's resource: its id, its ARN, and a name that was generated for it.
    fn names_of(&self, row: &Row) -> Vec<String> {
        let spec = self.input.registry.get(row.urn.type_name());
        // A domain is the name of much that has nothing to do with each other.
        let domain = spec.is_some_and(|spec| {
            matches!(spec.identity, Identity::Named { property }
                if spec.property(property).is_some_and(|p| p.equality == Equality::DnsName))
        });
        let id = (!domain).then(|| row.id.clone());
        let arn = row.outputs.get("arn").and_then(Value::as_text).map(str::to_owned);
        let generated = spec.and_then(|spec| super::name_on_record(spec, &row.inputs));
        [id, arn, generated].into_iter().flatten().filter(|text| text.len() >= SHORTEST).collect()
    }
}

/// A step's inputs, where those that are known only later stand by what they refer to.
fn told(step: &Step) -> Map {
    let stands = |(name, value): (&String, &Value)| {
        let refers = match step.inputs.get(name) {
            Some(Value::Expr(expr)) if *value == Value::Unknown => match &**expr {
                Expr::Output { urn, name } => Some(Value::Text(format!("{name} of {urn}"))),
                _ => None,
            },
            _ => None,
        };
        (name.clone(), refers.unwrap_or_else(|| value.clone()))
    };
    step.known.iter().map(stands).collect()
}

/// Whether a literal in a property can be a reference: what it is called, and tags, are none.
fn may_refer(spec: &TypeSpec, name: &str) -> bool {
    let own = matches!(spec.identity, Identity::Named { property } if property == name)
        || spec.generated_name == Some(name);
    let domain = spec.property(name).is_some_and(|property| property.equality == Equality::DnsName);
    !own && !domain && name != "tags"
}

/// Whether a property is of what tells a resource from others of its type.
fn identifies(spec: &TypeSpec, name: &str) -> bool {
    spec.claims().any(|set| set.contains(&name))
}

/// Whether a literal of the value is this text.
fn says(value: &Value, text: &str) -> bool {
    value.any(&|value| matches!(value, Value::Text(literal) if literal == text))
}
