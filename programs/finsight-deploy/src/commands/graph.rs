//! `graph`

use std::fmt::Write as _;

use finsight_engine::graph::Graph as Resources;
use serde_json::json;

use crate::cli::{Global, Graph, GraphFormat};
use crate::error::Outcome;
use crate::render;
use crate::stack::Stack;

pub fn run(global: &Global, args: &Graph) -> Outcome {
    let stack = Stack::new(global)?;
    let graph = stack.program(&stack.config()?)?;
    let format = if global.is_json() { GraphFormat::Json } else { args.format };
    match format {
        GraphFormat::Dot => render::text(&dot(&graph)),
        GraphFormat::Mermaid => render::text(&mermaid(&graph)),
        GraphFormat::Json => render::json(&document(&graph)),
    }
    Ok(0)
}

fn dot(graph: &Resources) -> String {
    let mut text =
        String::from("digraph finsight {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n");
    for urn in graph.nodes.keys() {
        let _ = writeln!(text, "  \"{urn}\" [label=\"{}\\n{}\"];", urn.name(), urn.type_name());
    }
    for node in graph.nodes.values() {
        for (to, via) in node.dependencies() {
            let _ = writeln!(text, "  \"{}\" -> \"{to}\" [label=\"{via}\"];", node.urn);
        }
    }
    text.push_str("}\n");
    text
}

fn mermaid(graph: &Resources) -> String {
    let mut text = String::from("flowchart LR\n");
    let index =
        |wanted: &finsight_engine::urn::Urn| graph.nodes.keys().position(|urn| urn == wanted).unwrap_or(0);
    for (position, urn) in graph.nodes.keys().enumerate() {
        let _ = writeln!(text, "  n{position}[\"{}<br/>{}\"]", urn.name(), urn.type_name());
    }
    for (position, node) in graph.nodes.values().enumerate() {
        for (to, via) in node.dependencies() {
            let _ = writeln!(text, "  n{position} -->|{via}| n{}", index(&to));
        }
    }
    text
}

fn document(graph: &Resources) -> serde_json::Value {
    let nodes: Vec<_> = graph
        .nodes
        .values()
        .map(|node| {
            let inputs: serde_json::Map<_, _> =
                node.inputs.iter().map(|(name, value)| (name.clone(), value.masked())).collect();
            let depends_on: Vec<_> =
                node.dependencies().into_iter().map(|(urn, via)| json!({"urn": urn, "via": via})).collect();
            json!({
                "urn": node.urn,
                "type": node.urn.type_name(),
                "inputs": inputs,
                "depends_on": depends_on,
                "declared_at": node.declared_at,
            })
        })
        .collect();
    json!({"version": 1, "stack": graph.stack, "region": graph.region, "resources": nodes})
}
