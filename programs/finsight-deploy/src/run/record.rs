//! The record as a wish: what `drift --fix` puts back.

use std::collections::BTreeSet;

use finsight_engine::expr::Expr;
use finsight_engine::graph::{CheckedGraph, Graph, Node};
use finsight_engine::plan::{Op, Plan, Step};
use finsight_engine::schema::{Registry, TypeSpec};
use finsight_engine::state::{Row, State};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

use crate::error::CommandError;

/// What is on record as if it were declared. References are put back where they can be told.
pub fn graph(state: &State, region: &str, registry: &Registry) -> Result<CheckedGraph, CommandError> {
    let mut graph = Graph::new(&state.stack, region);
    for row in state.rows.values() {
        let node = Node {
            urn: row.urn.clone(),
            inputs: row
                .inputs
                .iter()
                .map(|(name, value)| (name.clone(), referring(value, name, row, state)))
                .collect(),
            default_tags: std::collections::BTreeMap::new(),
            options: finsight_engine::program::Options {
                region: Some(row.region.clone()),
                moved_from: Vec::new(),
                import_id: None,
                depends_on: row
                    .options
                    .depends_on
                    .clone()
                    .into_iter()
                    .filter(|(urn, _)| state.rows.contains_key(urn))
                    .collect(),
                ..row.options.clone()
            },
            declared_at: "the record".to_owned(),
        };
        graph.nodes.insert(row.urn.clone(), node);
    }
    graph.outputs.clone_from(&state.outputs);
    Ok(graph.checked(registry)?)
}

/// A value in which ids and outputs of what the row stands on by this property are references again.
fn referring(value: &Value, property: &str, row: &Row, state: &State) -> Value {
    match value {
        Value::Text(text) if !text.is_empty() => {
            let stands_on = row.edges.iter().filter(|edge| edge.via == property);
            let mut rows = stands_on.filter_map(|edge| state.rows.get(&edge.urn));
            rows.find_map(|on| output_of(on, text)).unwrap_or_else(|| value.clone())
        }
        Value::List(items) => {
            Value::List(items.iter().map(|item| referring(item, property, row, state)).collect())
        }
        Value::Map(map) => Value::Map(
            map.iter().map(|(name, item)| (name.clone(), referring(item, property, row, state))).collect(),
        ),
        other => other.clone(),
    }
}

fn output_of(row: &Row, text: &str) -> Option<Value> {
    let name = if row.id == text {
        "id".to_owned()
    } else {
        row.outputs.iter().find(|(_, value)| value.as_text() == Some(text))?.0.clone()
    };
    Some(Value::Expr(Box::new(Expr::Output { urn: row.urn.clone(), name })))
}

/// Keeps options and edges as they are on record, and refuses what is no putting back.
pub fn keep(plan: &mut Plan, state: &State, registry: &Registry) -> Result<(), CommandError> {
    for step in &mut plan.steps {
        let Some(row) = state.rows.get(&step.urn) else { continue };
        step.options.clone_from(&row.options);
        step.dependencies = edges(row);
        step.record_only = false;
    }
    plan.outputs_change = false;
    refuse_empty(plan, registry)?;
    let more: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| !matches!(step.op, Op::Create | Op::Update | Op::Same))
        .map(|step| format!("{} would be {}d: {}", step.urn, step.op.word(), step.reason))
        .chain(plan.leftovers.iter().map(|left| format!("{} ({}) would be deleted", left.urn, left.id)))
        .collect();
    if more.is_empty() {
        return Ok(());
    }
    Err(CommandError::refused(
        "FIX-NOT-IN-PLACE",
        format!("not all of it can be put back in place:\n{}", more.join("\n")),
        "nothing was changed; give --exclude for these, or run `up`, which makes them anew",
    ))
}

/// What held data and is gone is not made anew: it would be empty.
fn refuse_empty(plan: &Plan, registry: &Registry) -> Result<(), CommandError> {
    let holds = |step: &&Step| registry.get(step.urn.type_name()).is_some_and(TypeSpec::holds_data);
    let empty: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| step.op == Op::Create)
        .filter(holds)
        .map(|step| format!("{} held data and is gone: a new one would be empty", step.urn))
        .collect();
    if empty.is_empty() {
        return Ok(());
    }
    Err(CommandError::refused(
        "PLAN-HOLDS-DATA",
        empty.join("\n"),
        "nothing was changed; `ops database restore --latest` brings it back out of its backups",
    ))
}

fn edges(row: &Row) -> BTreeSet<(Urn, String)> {
    row.edges.iter().map(|edge| (edge.urn.clone(), edge.via.clone())).collect()
}
