//! What must go before something else can be made.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Planner;
use super::{Leftover, Op, PlanError, Step};
use crate::contract::OwnerId;
use crate::normal::same;
use crate::schema::{Equality, TypeSpec};
use crate::state::Row;
use crate::urn::Urn;
use crate::value::{Map, Value};

/// What orders actions besides dependencies.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Who is made in the place of which incarnation.
    pub yields: BTreeSet<(Urn, OwnerId)>,
    /// Replaced incarnations that are not deleted in this run.
    pub kept: BTreeSet<OwnerId>,
}

impl Planner<'_> {
    /// What is to be made in the place of another resource waits until that has gone.
    pub(super) fn yield_claims(&mut self, leftovers: &[Leftover]) {
        let going: BTreeSet<&OwnerId> = self
            .steps
            .iter()
            .filter(|step| matches!(step.op, Op::Delete | Op::Replace))
            .filter_map(|step| step.old_owner.as_ref())
            .chain(leftovers.iter().filter(|left| !left.forget).map(|left| &left.owner))
            .collect();
        let rows: Vec<&Row> = self.state.all_rows().filter(|row| going.contains(&row.owner)).collect();
        let mut reasons: BTreeMap<OwnerId, String> = BTreeMap::new();
        for step in self.steps.iter().filter(|step| matches!(step.op, Op::Create | Op::Replace)) {
            let Some(spec) = self.input.registry.get(step.urn.type_name()) else { continue };
            let others = rows.iter().filter(|row| {
                row.urn.type_name() == spec.name
                    && row.region == step.region
                    && step.old_owner.as_ref() != Some(&row.owner)
            });
            for row in others {
                if let Some(set) = shared_claim(spec, step, row) {
                    let what = if set.is_empty() { "place".to_owned() } else { set.join(" and ") };
                    let reason = format!("{} takes its {what}", step.urn);
                    reasons.insert(row.owner.clone(), reason);
                    self.order.yields.insert((step.urn.clone(), row.owner.clone()));
                }
            }
        }
        for step in &mut self.steps {
            if let Some(reason) = step.old_owner.as_ref().and_then(|old| reasons.remove(old)) {
                step.delete_first.get_or_insert(reason);
            }
        }
    }

    /// An old resource on which something stands that is not selected stays for now.
    pub(super) fn keep_what_others_stand_on(&mut self) {
        for step in self.steps.iter().filter(|step| step.op == Op::Replace) {
            let Some(old) = &step.old_owner else { continue };
            match self.unselected_dependent(old) {
                Some(dependent) if step.delete_first.is_some() => {
                    self.errors.push(PlanError::StillNeeded { urn: step.urn.clone(), dependent });
                }
                Some(_) => {
                    self.order.kept.insert(old.clone());
                }
                None => {}
            }
        }
    }

    pub(super) fn unselected_dependent(&self, owner: &OwnerId) -> Option<Urn> {
        self.state
            .all_rows()
            .find(|row| {
                !self.selected.contains(&row.urn) && row.edges.iter().any(|edge| edge.owner == *owner)
            })
            .map(|row| row.urn.clone())
    }

    /// What stands on a resource that is deleted first, and goes itself, goes first too.
    pub(super) fn spread_delete_first(&mut self) {
        let mut first: BTreeSet<OwnerId> = self.order.yields.iter().map(|(_, owner)| owner.clone()).collect();
        let early = self.steps.iter().filter(|step| step.delete_first.is_some());
        first.extend(early.filter_map(|step| step.old_owner.clone()));
        loop {
            let stands = |row: &Row| row.edges.iter().any(|edge| first.contains(&edge.owner));
            let Some(owner) = self
                .state
                .all_rows()
                .find(|row| !first.contains(&row.owner) && stands(row) && self.goes(row))
            else {
                return;
            };
            let owner = owner.owner.clone();
            for step in self.steps.iter_mut().filter(|step| step.old_owner.as_ref() == Some(&owner)) {
                step.delete_first.get_or_insert_with(|| "what it stands on is deleted first".to_owned());
            }
            first.insert(owner);
        }
    }

    /// Whether this run takes a row's resource away.
    fn goes(&self, row: &Row) -> bool {
        let deposed = self.state.deposed.contains_key(row.owner.as_str()) && self.selected.contains(&row.urn);
        deposed
            || self.steps.iter().any(|step| {
                step.old_owner.as_ref() == Some(&row.owner)
                    && matches!(step.op, Op::Replace | Op::Delete | Op::Forget)
            })
    }
}

/// Why the old resource has to go before the new one can be made, if so.
pub(super) fn must_delete_first(spec: &TypeSpec, step: &Step, row: &Row) -> Option<String> {
    if step.options.delete_before_replace {
        return Some("delete_before_replace is set".to_owned());
    }
    shared_claim(spec, step, row).map(|set| match set {
        [] => "there can be only one".to_owned(),
        set => format!("no two can have the same {}", set.join(" and ")),
    })
}

/// The properties that the step's new resource cannot share with the row's. What is null or an empty list
/// claims nothing.
pub(super) fn shared_claim<'s>(spec: &'s TypeSpec, step: &Step, row: &Row) -> Option<&'s [&'static str]> {
    let given = |name: &str| Some(name) != spec.generated_name || step.inputs.contains_key(name);
    spec.claims().find(|set| {
        set.iter().all(|name| given(name) && claims_the_same(spec, name, &step.known, &row.inputs))
    })
}

/// Whether new inputs have the same value as old ones, and one that claims anything.
fn claims_the_same(spec: &TypeSpec, name: &str, new: &Map, old: &Map) -> bool {
    let (Some(old), Some(new)) = (old.get(name), new.get(name)) else { return false };
    let equality = spec.property(name).map_or(Equality::Exact, |p| p.equality);
    !new.has_unknown() && claims_something(new) && same(equality, new, old)
}

fn claims_something(value: &Value) -> bool {
    match value {
        Value::List(items) => !items.is_empty(),
        value => !value.is_null(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Identity, Kind, Property, Timing};

    fn spec() -> TypeSpec {
        TypeSpec {
            name: "test:Site",
            doc: "A site with names.",
            identity: Identity::Minted { token: true },
            properties: vec![Property::new("aliases", Kind::List, false, "Its names.").unordered()],
            outputs: Vec::new(),
            exclusive: &[&["aliases"]],
            scopes: &[],
            restorable: false,
            held: false,
            generated_name: None,
            global: false,
            pending: true,
            on_replace: &[],
            timing: Timing::new([1, 1, 1], [1, 1, 1]),
        }
    }

    #[test]
    fn no_names_are_no_claim() {
        let claim = |new: &[&str], old: &[&str]| {
            let inputs = |names: &[&str]| {
                let names = names.iter().map(|name| Value::text(*name)).collect();
                Map::from([("aliases".to_owned(), Value::List(names))])
            };
            claims_the_same(&spec(), "aliases", &inputs(new), &inputs(old))
        };
        assert!(claim(&["a", "b"], &["b", "a"]));
        assert!(!claim(&["a"], &["b"]));
        assert!(!claim(&[], &[]), "two sites without names do not get in each other's way");
        let null = Map::from([("aliases".to_owned(), Value::Null)]);
        assert!(!claims_the_same(&spec(), "aliases", &null, &null));
    }
}
