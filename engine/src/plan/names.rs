//! What names what: two that would be one, and names of what goes.

use std::collections::BTreeMap;

use super::build::Planner;
use super::claims::{Claim, claims_of, collision, generates};
use super::{Op, PlanError, Step};
use crate::expr::Expr;
use crate::graph::named::says;
use crate::schema::{Identity, Property, Scope, TypeSpec};
use crate::state::Row;
use crate::urn::Urn;
use crate::value::{Map, Value};

/// A shorter id stands in too many places by chance.
const SHORTEST: usize = 6;

impl Planner<'_> {
    /// Two declared resources that would be one are refused: each run would change the other's.
    pub(super) fn check_twins(&mut self) {
        let kept = |step: &&Step| !step.unselected && !matches!(step.op, Op::Delete | Op::Forget);
        let mut claimed: BTreeMap<&str, Vec<(&Urn, Vec<Claim<'_>>)>> = BTreeMap::new();
        let mut twins = Vec::new();
        for step in self.steps.iter().filter(kept) {
            let Some(spec) = self.input.registry.get(step.urn.type_name()) else { continue };
            let mine = claims_of(spec, &with_unknown_by_name(step), &step.region, generates(spec, step));
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

    /// A literal that names what goes is a reference to it; one that its successor is called by is one to that.
    pub(super) fn check_named_literally(&mut self) {
        let going: Vec<Going<'_>> = self
            .steps
            .iter()
            .filter(|step| matches!(step.op, Op::Delete | Op::Replace))
            .filter_map(|step| self.state.rows.get(&step.urn))
            .filter(|row| self.fate(row).goes())
            .filter_map(|row| self.going(row))
            .collect();
        let (mut refused, mut order) = (Vec::new(), Vec::new());
        let stays = |step: &&Step| !step.unselected && !matches!(step.op, Op::Delete | Op::Forget);
        for step in self.steps.iter().filter(stays) {
            let Some(spec) = self.input.registry.get(step.urn.type_name()) else { continue };
            for property in spec.properties.iter().filter(|property| may_refer(spec, property)) {
                let Some(value) = step.inputs.get(property.name) else { continue };
                for gone in going.iter().filter(|gone| gone.row.urn != step.urn) {
                    match (gone.named_by(property, value, &step.region), &gone.successor) {
                        (false, _) => {}
                        (true, Some(urn)) if *urn == step.urn => {}
                        (true, Some(urn)) => order.push((step.urn.clone(), urn.clone())),
                        (true, None) => refused.push(PlanError::NamedLiterally {
                            urn: gone.row.urn.clone(),
                            what: gone.what,
                            dependent: step.urn.clone(),
                            property: property.name.to_owned(),
                        }),
                    }
                }
            }
        }
        refused.extend(self.named_by_what_stays(&going));
        self.refusals.extend(refused);
        self.order.named.extend(order);
    }

    /// Likewise what is not selected names it by what is on record, where no edge tells.
    fn named_by_what_stays(&self, going: &[Going<'_>]) -> Vec<PlanError> {
        let mut refused = Vec::new();
        for row in self.state.rows.values().filter(|row| !self.selected.contains(&row.urn)) {
            let Some(spec) = self.input.registry.get(row.urn.type_name()) else { continue };
            let standing = row.standing();
            for property in spec.properties.iter().filter(|property| may_refer(spec, property)) {
                let Some(value) = standing.get(property.name) else { continue };
                let told = |gone: &&Going<'_>| row.edges.iter().any(|edge| edge.owner == gone.row.owner);
                let named = going.iter().filter(|gone| !told(gone) && gone.successor.is_none());
                refused.extend(named.filter(|gone| gone.named_by(property, value, &row.region)).map(
                    |gone| PlanError::NamedLiterally {
                        urn: gone.row.urn.clone(),
                        what: gone.what,
                        dependent: row.urn.clone(),
                        property: property.name.to_owned(),
                    },
                ));
            }
        }
        refused
    }

    /// What the resource of a row that goes is called by.
    fn going<'r>(&self, row: &'r Row) -> Option<Going<'r>> {
        let spec = self.input.registry.get(row.urn.type_name())?;
        let name = name_in(spec, &row.inputs).unwrap_or(&row.id);
        let minted = matches!(spec.identity, Identity::Minted { .. }) && row.id.len() >= SHORTEST;
        let arn = row.outputs.get("arn").and_then(Value::as_text);
        let ids = [Some(row.id.as_str()).filter(|id| minted || id.starts_with("arn:")), arn];
        // With the name goes all that is made of it, as long as nothing in it is minted.
        let named = self.steps.iter().filter(|_| row.id == name).find(|step| {
            step.urn.type_name() == spec.name
                && !matches!(step.op, Op::Delete | Op::Forget)
                && step.region == row.region
                && name_in(spec, &step.known) == Some(name)
        });
        let replaced = self.steps.iter().any(|step| step.urn == row.urn && step.op == Op::Replace);
        Some(Going {
            row,
            what: if replaced { "replaced" } else { "deleted" },
            ids: ids.into_iter().flatten().collect(),
            name,
            anywhere: spec.scope(&name_property(spec).map_or_else(Vec::new, |property| vec![property]))
                != Scope::Region,
            successor: named.map(|step| step.urn.clone()),
        })
    }
}

/// The inputs as they are known; what is known only later stands in them by what it will be made of: two
/// that say the same there will be the same.
fn with_unknown_by_name(step: &Step) -> Map {
    fn named(known: &Value, said: &Value) -> Value {
        match (known, said) {
            (known, _) if !known.has_unknown() => known.clone(),
            (Value::List(known), Value::List(said)) if known.len() == said.len() => {
                Value::List(known.iter().zip(said).map(|(known, said)| named(known, said)).collect())
            }
            (known, Value::Expr(expression)) => match &**expression {
                Expr::Output { urn, name } => Value::Text(format!("{name} of {urn}")),
                other => serde_json::to_string(other).map_or_else(|_| known.clone(), Value::Text),
            },
            (known, _) => known.clone(),
        }
    }
    let null = Value::Null;
    let said = |name: &String| step.inputs.get(name).unwrap_or(&null);
    step.known.iter().map(|(name, known)| (name.clone(), named(known, said(name)))).collect()
}

/// A resource that goes, and what it is called by.
struct Going<'r> {
    row: &'r Row,
    what: &'static str,
    /// What is nothing else wherever it stands.
    ids: Vec<&'r str>,
    /// What is a name where such names stand, and a word anywhere else.
    name: &'r str,
    /// Whether the name means it in other regions, too.
    anywhere: bool,
    /// Who takes its name, and so its id and ARN.
    successor: Option<Urn>,
}

impl Going<'_> {
    /// Whether a property of something in this region names it.
    fn named_by(&self, property: &Property, value: &Value, region: &str) -> bool {
        let here = self.anywhere || self.row.region == region;
        let names = here && property.names.contains(&self.row.urn.type_name());
        self.ids.iter().any(|id| says(value, id)) || (names && says(value, self.name))
    }
}

/// Whether a literal in a property can be a reference: what it is called itself, and tags, are none.
fn may_refer(spec: &TypeSpec, property: &Property) -> bool {
    let own = matches!(spec.identity, Identity::Named { property: name } if property.name == name)
        || spec.generated_name == Some(property.name);
    !own && property.name != "tags"
}

/// By what a resource with these inputs is named.
fn name_in<'v>(spec: &TypeSpec, inputs: &'v Map) -> Option<&'v str> {
    inputs.get(name_property(spec)?)?.as_text()
}

fn name_property(spec: &TypeSpec) -> Option<&'static str> {
    match spec.identity {
        Identity::Named { property } => Some(property),
        Identity::Child { key: [property] } => Some(property),
        _ => None,
    }
}
