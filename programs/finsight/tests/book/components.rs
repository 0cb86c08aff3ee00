//! `guide/components.md`: what the shipped stacks consist of, and the stack's outputs in `reference/config.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use finsight_engine::graph::Graph;

use super::{STACKS, docs, graph_of, keep_part};

/// The components in the order in which the program declares them.
const COMPONENTS: [&str; 6] = ["network", "security", "database", "api", "frontend", "monitoring"];

/// Resources of a component by type, and their names.
fn parts(graph: &Graph, component: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for urn in graph.nodes.keys().filter(|urn| urn.component() == component) {
        found.entry(urn.type_name().to_owned()).or_default().push(urn.name().to_owned());
    }
    found
}

#[test]
fn the_counts_are_the_programs() {
    let graphs = STACKS.map(graph_of);
    for graph in &graphs {
        let known = graph.nodes.keys().all(|urn| COMPONENTS.contains(&urn.component()));
        assert!(known, "a component that the page does not name");
    }
    let mut table = "| component |".to_owned();
    for stack in STACKS {
        let _ = write!(table, " `{stack}` |");
    }
    table.push_str("\n| --- | --- | --- | --- |\n");
    for component in COMPONENTS {
        let _ = write!(table, "| [`{component}`](#{component}) |");
        for graph in &graphs {
            let count = graph.nodes.keys().filter(|urn| urn.component() == component).count();
            let _ = write!(table, " {count} |");
        }
        table.push('\n');
    }
    table.push_str("| all |");
    for graph in &graphs {
        let _ = write!(table, " {} |", graph.nodes.len());
    }
    table.push('\n');
    keep_part(&docs().join("guide/components.md"), "counts", &table);
}

#[test]
fn what_each_component_makes_is_the_programs() {
    let graphs = STACKS.map(graph_of);
    for component in COMPONENTS {
        let [dev, staging, prod] = [&graphs[0], &graphs[1], &graphs[2]].map(|graph| parts(graph, component));
        let types: BTreeSet<&String> = dev.keys().chain(staging.keys()).chain(prod.keys()).collect();
        let count = |of: &BTreeMap<String, Vec<String>>, name: &String| {
            of.get(name).map_or("–".to_owned(), |all| all.len().to_string())
        };
        let mut table = "| type | `dev` | `staging` | `prod` |\n| --- | --- | --- | --- |\n".to_owned();
        for name in types {
            let _ = writeln!(
                table,
                "| `{name}` | {} | {} | {} |",
                count(&dev, name),
                count(&staging, name),
                count(&prod, name)
            );
        }
        keep_part(&docs().join("guide/components.md"), component, &table);
    }
}

/// Which component uses outputs of which.
#[test]
fn the_dependencies_are_the_programs() {
    let graph = graph_of("prod");
    let mut uses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (urn, node) in &graph.nodes {
        let others = node.dependencies().into_iter().map(|(other, _)| other.component().to_owned());
        uses.entry(urn.component()).or_default().extend(others.filter(|other| other != urn.component()));
    }
    let mut table = "| component | uses |\n| --- | --- |\n".to_owned();
    for component in COMPONENTS {
        let others: Vec<String> =
            uses.get(component).into_iter().flatten().map(|other| format!("`{other}`")).collect();
        let others = if others.is_empty() { "nothing".to_owned() } else { others.join(", ") };
        let _ = writeln!(table, "| `{component}` | {others} |");
    }
    keep_part(&docs().join("guide/components.md"), "dependencies", &table);
}

#[test]
fn the_outputs_are_the_programs() {
    let graphs = STACKS.map(graph_of);
    let names: BTreeSet<&String> = graphs.iter().flat_map(|graph| graph.outputs.keys()).collect();
    let mut list = String::new();
    for name in names {
        let has: Vec<&str> = graphs
            .iter()
            .filter(|graph| graph.outputs.contains_key(name))
            .map(|graph| graph.stack.as_str())
            .collect();
        let only = if has.len() == STACKS.len() { String::new() } else { format!(" ({})", has.join(", ")) };
        let _ = writeln!(list, "- `{name}`{only}");
    }
    keep_part(&docs().join("reference/config.md"), "outputs", &list);
}
