//! What gets wider: IAM permissions and network openings, for `--require-approval broadening`.

use serde::Serialize;

use crate::diff::Change;
use crate::normal::canonical;
use crate::plan::{Op, Plan, Step};
use crate::schema::{Equality, Grants, Property, Registry};
use crate::state::{State, Status};
use crate::urn::Urn;
use crate::value::{Map, Value};

/// One permission or opening that a plan adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broadening {
    /// Whose.
    pub urn: Urn,
    /// `iam` or `network`.
    pub kind: &'static str,
    /// The statement, rule or policy that is added, or the denial that goes.
    pub statement: String,
}

/// All that a plan widens.
#[must_use]
pub fn broadening(registry: &Registry, plan: &Plan, state: &State) -> Vec<Broadening> {
    plan.steps
        .iter()
        .filter(|step| matches!(step.op, Op::Create | Op::Update | Op::Replace | Op::Import))
        .flat_map(|step| of_step(registry, step, state))
        .collect()
}

fn of_step(registry: &Registry, step: &Step, state: &State) -> Vec<Broadening> {
    let nothing = Map::new();
    // Of what was created and not configured to its end nothing may have been given yet.
    let row = state.rows.get(&step.urn).filter(|row| row.status != Status::Created);
    let before = row.map_or(&nothing, |row| &row.inputs);
    let Some(spec) = registry.get(step.urn.type_name()) else { return Vec::new() };
    spec.properties
        .iter()
        .filter_map(|property| Some((property, property.grants()?)))
        .flat_map(|(property, grants)| {
            let kind = match grants {
                Grants::Iam => "iam",
                Grants::Network => "network",
            };
            let old = stands(property, before.get(property.name), &step.diff);
            let new = step.known.get(property.name).unwrap_or(&Value::Null);
            added(property, &old, new)
                .into_iter()
                .map(|statement| Broadening { urn: step.urn.clone(), kind, statement })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// What stands of a property: what is on record, but for what the plan has found to be otherwise.
fn stands(property: &Property, on_record: Option<&Value>, diff: &[Change]) -> Value {
    let mut old = on_record.cloned().unwrap_or(Value::Null);
    for change in diff {
        if change.path == property.name {
            old = change.before.clone();
        } else if let Some(key) =
            change.path.strip_prefix(property.name).and_then(|rest| rest.strip_prefix('.'))
            && let Value::Map(map) = &mut old
        {
            match &change.before {
                Value::Null => drop(map.remove(key)),
                before => drop(map.insert(key.to_owned(), before.clone())),
            }
        }
    }
    old
}

/// Entries that allow and are new, and entries that deny and are gone.
fn added(property: &Property, old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (entries(property, old), entries(property, new));
    let denies = |entry: &Value| entry.as_map().and_then(|map| map.get("Effect")?.as_text()) == Some("Deny");
    let widened = new.iter().filter(|entry| !denies(entry) && !old.contains(entry));
    let freed = old.iter().filter(|entry| denies(entry) && !new.contains(entry));
    widened
        .map(|entry| entry.masked().to_string())
        .chain(freed.map(|entry| format!("no longer denied: {}", entry.masked())))
        .collect()
}

/// The statements, rules or ARNs of a property's value.
fn entries(property: &Property, value: &Value) -> Vec<Value> {
    let statements = |document: &Value| {
        let document = canonical(Equality::Policy, document);
        let found = match &document {
            Value::Unknown => Some(&document),
            document => document.as_map().and_then(|map| map.get("Statement")),
        };
        match found {
            // What is not known yet may turn out to be anything.
            Some(Value::Unknown) => vec![Value::Unknown],
            found => found.and_then(Value::as_list).map(<[Value]>::to_vec).unwrap_or_default(),
        }
    };
    match (property.equality, value) {
        (_, Value::Null) => Vec::new(),
        (_, Value::Unknown) => vec![Value::Unknown],
        (Equality::Policy, document) => statements(document),
        (Equality::PolicyMap, Value::Map(documents)) => documents.values().flat_map(statements).collect(),
        (equality, value) => match canonical(equality, value) {
            Value::List(items) => items,
            other => vec![other],
        },
    }
}
