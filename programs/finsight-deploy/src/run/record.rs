//! The record as a program: what the policy is asked of where the record is the wish.

use std::collections::BTreeMap;

use finsight_engine::expr::Expr;
use finsight_engine::graph::{Graph, Node};
use finsight_engine::state::{Row, State};
use finsight_engine::value::Value;

/// What is on record as if it were declared, with references where they can be told.
pub fn graph(state: &State, region: &str) -> Graph {
    let mut graph = Graph::new(&state.stack, region);
    for row in state.rows.values() {
        let input = |(name, value): (&String, &Value)| (name.clone(), referring(value, name, row, state));
        let node = Node {
            urn: row.urn.clone(),
            inputs: row.inputs.iter().map(input).collect(),
            default_tags: BTreeMap::new(),
            options: row.options.clone(),
            declared_at: "on record".to_owned(),
        };
        graph.nodes.insert(row.urn.clone(), node);
    }
    graph
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
