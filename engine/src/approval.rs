//! What gets wider: IAM permissions and network openings, for `--require-approval broadening`.

use serde::Serialize;

use crate::normal::canonical;
use crate::plan::{Op, Plan, Step};
use crate::schema::{Equality, Grants, Property, Registry};
use crate::state::{Edge, Row, State};
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
        .flat_map(|step| {
            let row = on_record(plan, step, state);
            let mut found = of_step(registry, step, row);
            found.extend(let_off(registry, step, row, state));
            found
        })
        .collect()
}

/// The row of a step, which may have another name on record.
fn on_record<'s>(plan: &Plan, step: &Step, state: &'s State) -> Option<&'s Row> {
    let old = plan.moves.iter().find(|(_, to)| *to == step.urn).map(|(from, _)| from);
    state.rows.get(&step.urn).or_else(|| state.rows.get(old?))
}

/// Denials that go with a policy which a resource no longer has: it stood on that, and does not any more.
fn let_off(registry: &Registry, step: &Step, row: Option<&Row>, state: &State) -> Vec<Broadening> {
    let Some(row) = row else { return Vec::new() };
    let stays =
        |edge: &&Edge| step.dependencies.iter().any(|(urn, via)| *urn == edge.urn && *via == edge.via);
    let mut found = Vec::new();
    for edge in row.edges.iter().filter(|edge| !stays(edge)) {
        let iam = registry.get(step.urn.type_name()).and_then(|spec| spec.property(&edge.via));
        if iam.and_then(Property::grants) != Some(Grants::Iam) {
            continue;
        }
        let Some((policy, spec)) =
            state.row(&edge.owner).and_then(|row| Some((row, registry.get(row.urn.type_name())?)))
        else {
            continue;
        };
        for property in spec.properties.iter().filter(|property| property.grants() == Some(Grants::Iam)) {
            let stood = policy.inputs.get(property.name).unwrap_or(&Value::Null);
            let freed = added(property, stood, &Value::Null);
            found.extend(freed.into_iter().map(|statement| Broadening {
                urn: step.urn.clone(),
                kind: "iam",
                statement,
            }));
        }
    }
    found
}

fn of_step(registry: &Registry, step: &Step, row: Option<&Row>) -> Vec<Broadening> {
    let nothing = Map::new();
    // Of what was created and not configured to its end nothing may have been given yet.
    let before = row.filter(|row| row.configured).map_or(&nothing, |row| &row.inputs);
    let Some(spec) = registry.get(step.urn.type_name()) else { return Vec::new() };
    spec.properties
        .iter()
        .filter_map(|property| Some((property, property.grants()?)))
        .flat_map(|(property, grants)| {
            let kind = match grants {
                Grants::Iam => "iam",
                Grants::Network => "network",
            };
            let old = stood(step, property.name, before.get(property.name));
            let new = step.known.get(property.name).unwrap_or(&Value::Null);
            added(property, &old, new)
                .into_iter()
                .map(|statement| Broadening { urn: step.urn.clone(), kind, statement })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// What stood before a step: what is on record, and over it what a read has shown to be otherwise, entry by
/// entry of a map.
fn stood(step: &Step, property: &str, on_record: Option<&Value>) -> Value {
    let mut value = on_record.cloned().unwrap_or(Value::Null);
    for change in &step.diff {
        if change.path == property {
            value = change.before.clone();
            continue;
        }
        let Some(key) = change.path.strip_prefix(property).and_then(|rest| rest.strip_prefix('.')) else {
            continue;
        };
        if let Value::Map(entries) = &mut value {
            if change.before.is_null() {
                entries.remove(key);
            } else {
                entries.insert(key.to_owned(), change.before.clone());
            }
        }
    }
    value
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
