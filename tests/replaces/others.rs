//! Another valid value of a property, in a stack that stands: the samples of its type's fixture with their
//! references led to resources of the stack, values that others of its type have, and changes of its own.

use finsight_engine::graph::{Graph, Node};
use finsight_engine::schema::Registry;
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

use crate::fixture::{Fixture, urn};
use crate::known::KNOWN;
use crate::references::redirect;

/// So many resources are tried for a reference.
const TURNS: usize = 3;

/// A program, and a type of which it declares one more, if so.
pub type Program = (Graph, Option<String>);

/// Programs in which the property has another value, the likeliest first.
pub fn programs(graph: &Graph, registry: &Registry, subject: &Urn, property: &str) -> Vec<Program> {
    let Some(node) = graph.nodes.get(subject) else { return Vec::new() };
    let stands = node.inputs.get(property).cloned().unwrap_or_default();
    let mut programs: Vec<Program> = Vec::new();
    let mut add = |candidate: Program| {
        let value = candidate.0.nodes.get(subject).and_then(|node| node.inputs.get(property));
        let told = value.is_some_and(|value| *value != stands);
        if told && !programs.iter().any(|(known, _)| *known == candidate.0) {
            programs.push(candidate);
        }
    };
    for value in KNOWN.values(subject.type_name(), property) {
        add((with(graph, subject, &[(property.to_owned(), value)]), None));
    }
    for turn in 0..TURNS {
        for sample in samples(subject.type_name(), property) {
            placed(graph, registry, node, &sample, turn).into_iter().for_each(&mut add);
        }
    }
    for other in graph.nodes.values().filter(|other| other.urn.type_name() == subject.type_name()) {
        if let Some(value) = other.inputs.get(property) {
            add((with(graph, subject, &[(property.to_owned(), value.clone())]), None));
        }
    }
    for text in stands.as_text().map(texts).into_iter().flatten() {
        add((with(graph, subject, &[(property.to_owned(), Value::text(text))]), None));
    }
    programs
}

/// The samples of the property: with what stands beside it in its fixture, and alone.
fn samples(type_name: &str, property: &str) -> Vec<Vec<(String, Value)>> {
    let fixture = Fixture::of(type_name);
    let Some((one, two)) = fixture.samples.get(property) else { return Vec::new() };
    let mut found = Vec::new();
    let alone = (!fixture.beside(property).is_empty()).then(Vec::new);
    for beside in std::iter::once(fixture.beside(property)).chain(alone) {
        for sample in [one, two] {
            let mut inputs = beside.clone();
            inputs.push((property, sample.clone()));
            let names: Vec<&str> = inputs.iter().map(|(name, _)| *name).collect();
            let graph = fixture.graph(&inputs);
            let node = &graph.nodes[&urn(type_name, "subject")];
            let values =
                names.iter().filter_map(|name| Some(((*name).to_owned(), node.inputs.get(*name)?.clone())));
            found.push(values.collect());
        }
    }
    found
}

/// A sample with its references led to resources of the stack: to others than now refers to, as far as
/// there are any, or else to one that is made for it.
fn placed(
    graph: &Graph,
    registry: &Registry,
    node: &Node,
    sample: &[(String, Value)],
    turn: usize,
) -> Option<Program> {
    let wanted: Vec<Urn> =
        sample.iter().flat_map(|(_, value)| finsight_engine::expr::references(value)).collect();
    if wanted.iter().all(|urn| graph.nodes.contains_key(urn)) {
        return Some((with(graph, &node.urn, sample), None));
    }
    let taken: Vec<Urn> = node.dependencies().into_iter().map(|(to, _)| to).collect();
    let region = graph.region_of(node);
    let fits = |type_name: &str| -> Vec<Urn> {
        let near = |it: &&Node| it.urn.type_name() == type_name && graph.region_of(it) == region;
        let others = graph.nodes.values().filter(near).filter(|it| it.urn != node.urn);
        let mut others: Vec<&Node> = others.collect();
        others.sort_by_key(|it| (taken.contains(&it.urn), it.urn.clone()));
        others.into_iter().map(|it| it.urn.clone()).collect()
    };
    let mut graph_with = graph.clone();
    let mut more = None;
    let mut targets = std::collections::BTreeMap::new();
    for from in wanted {
        let others = fits(from.type_name());
        let free: Vec<&Urn> = others.iter().filter(|urn| !taken.contains(urn)).collect();
        let target = match (free.get(turn % free.len().max(1)), others.first()) {
            (Some(free), _) => (*free).clone(),
            (None, Some(only)) => {
                more = Some(from.type_name().to_owned());
                double(&mut graph_with, registry, only)?
            }
            (None, None) => continue,
        };
        targets.insert(from, target);
    }
    let mut sample = sample.to_vec();
    for (_, value) in &mut sample {
        redirect(value, &|urn| targets.get(urn).unwrap_or(urn).clone());
    }
    Some((with(&graph_with, &node.urn, &sample), more))
}

/// A second resource like this one, under other names; none where there can be only one.
fn double(graph: &mut Graph, registry: &Registry, of: &Urn) -> Option<Urn> {
    let urn = Urn::new(of.stack(), of.component(), of.type_name(), &format!("{}-other", of.name())).ok()?;
    let mut node = graph.nodes.get(of)?.clone();
    node.urn = urn.clone();
    for claim in registry.get(of.type_name())?.claims() {
        let own = claim.iter().find(|name| matches!(node.inputs.get(**name), Some(Value::Text(_))));
        let stands = claim.iter().all(|name| node.inputs.get(*name).is_some_and(|value| !value.is_null()));
        match own.and_then(|name| node.inputs.get_mut(*name)) {
            Some(Value::Text(text)) => *text = another(text),
            _ if stands => return None,
            _ => {}
        }
    }
    graph.nodes.insert(urn.clone(), node);
    Some(urn)
}

/// Another name like this one.
fn another(name: &str) -> String {
    match name.split_once('.') {
        Some((host, domain)) if !host.starts_with('/') => format!("{host}-other.{domain}"),
        _ => format!("{name}-other"),
    }
}

fn with(graph: &Graph, subject: &Urn, inputs: &[(String, Value)]) -> Graph {
    let mut graph = graph.clone();
    if let Some(node) = graph.nodes.get_mut(subject) {
        node.inputs.extend(inputs.iter().cloned());
    }
    graph
}

/// Texts like this one.
fn texts(text: &str) -> Vec<String> {
    let mut found = vec![format!("{text}x"), format!("x{text}")];
    if let Some(at) = text.rfind(|c: char| c.is_ascii_digit()) {
        let digit = if &text[at..=at] == "1" { "2" } else { "1" };
        found.push(format!("{}{digit}{}", &text[..at], &text[at + 1..]));
    }
    found
}
