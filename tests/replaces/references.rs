//! References inside of values and graphs: finding them, and giving them other targets.

use std::collections::BTreeMap;

use finsight_engine::expr::Expr;
use finsight_engine::graph::{Graph, Node};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

/// Gives each reference in the value another target.
pub fn redirect(value: &mut Value, to: &dyn Fn(&Urn) -> Urn) {
    match value {
        Value::List(items) => items.iter_mut().for_each(|item| redirect(item, to)),
        Value::Map(map) => map.values_mut().for_each(|item| redirect(item, to)),
        Value::Expr(expr) => match expr.as_mut() {
            Expr::Output { urn, .. } => *urn = to(urn),
            other => other.operands_mut().for_each(|item| redirect(item, to)),
        },
        _ => {}
    }
}

/// The graph with a resource under another name, and all that refers to it.
pub fn renamed(graph: &Graph, old: &Urn, new: &Urn) -> Graph {
    let to = |urn: &Urn| if urn == old { new.clone() } else { urn.clone() };
    let mut graph = graph.clone();
    graph.nodes = graph
        .nodes
        .into_values()
        .map(|mut node| {
            redirect_node(&mut node, &to);
            node.urn = to(&node.urn);
            (node.urn.clone(), node)
        })
        .collect();
    graph.outputs.values_mut().for_each(|value| redirect(value, &to));
    graph
}

fn redirect_node(node: &mut Node, to: &dyn Fn(&Urn) -> Urn) {
    node.inputs.values_mut().for_each(|value| redirect(value, to));
    let depends_on = std::mem::take(&mut node.options.depends_on);
    node.options.depends_on =
        depends_on.into_iter().map(|(urn, why)| (to(&urn), why)).collect::<BTreeMap<_, _>>();
}

/// What stands on each resource: the type and the property that refers to it.
pub fn dependents(graph: &Graph) -> BTreeMap<Urn, Vec<(String, String)>> {
    let mut found: BTreeMap<Urn, Vec<(String, String)>> = BTreeMap::new();
    for node in graph.nodes.values() {
        for (to, via) in node.dependencies() {
            found.entry(to).or_default().push((node.urn.type_name().to_owned(), via));
        }
    }
    found
}
