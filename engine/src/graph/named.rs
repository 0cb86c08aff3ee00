//! A plain text that names a declared resource is a reference to it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Graph, Node};
use crate::expr::Expr;
use crate::schema::{Identity, Property, Registry, Scope, TypeSpec};
use crate::urn::Urn;
use crate::value::{Map, Value};

/// By which of its properties a resource is named, and the output that has the name.
struct Name {
    property: &'static str,
    output: &'static str,
    /// Where the name is one among those of a parent: what says which parent.
    within: Vec<&'static str>,
}

impl Graph {
    /// Puts references in the place of texts that name what is declared, where the property can name such a type.
    /// What would make a circle stays a text.
    pub(super) fn refer_by_name(&mut self, registry: &Registry) {
        let mut on: BTreeMap<Urn, BTreeSet<Urn>> = self
            .nodes
            .values()
            .map(|node| (node.urn.clone(), node.dependencies().into_iter().map(|(to, _)| to).collect()))
            .collect();
        for (from, property, to, text, output) in self.named(registry) {
            if reaches(&on, &to, &from) {
                continue;
            }
            let reference = Expr::Output { urn: to.clone(), name: output.to_owned() };
            let value = self.nodes.get_mut(&from).and_then(|node| node.inputs.get_mut(property));
            if value.is_some_and(|value| replace(value, &text, &Value::Expr(Box::new(reference)))) {
                on.entry(from).or_default().insert(to);
            }
        }
    }

    /// Who names whom: the resource, its property, what it names, the text, and the output that has it.
    fn named(&self, registry: &Registry) -> Vec<(Urn, &'static str, Urn, String, &'static str)> {
        let mut found = Vec::new();
        for node in self.nodes.values() {
            let Some(spec) = registry.get(node.urn.type_name()) else { continue };
            for property in spec.properties.iter().filter(|property| !property.names.is_empty()) {
                let Some(value) = node.inputs.get(property.name) else { continue };
                for other in self.nodes.values().filter(|other| can_name(property, node, other)) {
                    let Some(of) = registry.get(other.urn.type_name()) else { continue };
                    for name in names(of) {
                        let text = other.inputs.get(name.property).and_then(Value::as_text);
                        if let Some(text) = text.filter(|text| !text.is_empty())
                            && says(value, text)
                            && self.is_in_reach(node, other, of, name.property)
                            && name.within.iter().all(|key| same(&node.inputs, &other.inputs, key))
                        {
                            let (from, to) = (node.urn.clone(), other.urn.clone());
                            found.push((from, property.name, to, text.to_owned(), name.output));
                        }
                    }
                }
            }
        }
        found
    }

    /// Whether the name of the other one is the same thing from where the first one stands.
    fn is_in_reach(&self, node: &Node, other: &Node, of: &TypeSpec, property: &str) -> bool {
        of.scope(&[property]) != Scope::Region || self.region_of(node) == self.region_of(other)
    }
}

fn can_name(property: &Property, node: &Node, other: &Node) -> bool {
    property.names.contains(&other.urn.type_name()) && node.urn != other.urn
}

fn names(spec: &TypeSpec) -> Vec<Name> {
    let plain = |property| Name { property, output: "id", within: Vec::new() };
    match spec.identity {
        Identity::Named { property } => vec![plain(property)],
        Identity::Child { key: [property] } => vec![plain(property)],
        Identity::Child { key } => key
            .iter()
            .filter(|name| spec.outputs.iter().any(|output| output.name == **name))
            .map(|name| Name {
                property: name,
                output: name,
                within: key.iter().copied().filter(|other| other != name).collect(),
            })
            .collect(),
        Identity::Minted { .. } | Identity::Adopted { .. } => Vec::new(),
    }
}

/// Whether both are of one parent, as far as the one that names says whose it is.
fn same(one: &Map, other: &Map, key: &str) -> bool {
    one.get(key).is_none_or(|value| other.get(key) == Some(value))
}

/// Whether a text of the value is this one.
pub(crate) fn says(value: &Value, text: &str) -> bool {
    value.any(&|value| matches!(value, Value::Text(literal) if literal == text))
}

/// Puts a reference where the text stands; whether it stood anywhere.
fn replace(value: &mut Value, text: &str, reference: &Value) -> bool {
    match value {
        Value::Text(literal) if literal == text => *value = reference.clone(),
        Value::List(items) => return replace_all(items.iter_mut(), text, reference),
        Value::Map(map) => return replace_all(map.values_mut(), text, reference),
        _ => return false,
    }
    true
}

fn replace_all<'v>(items: impl Iterator<Item = &'v mut Value>, text: &str, reference: &Value) -> bool {
    // Everywhere, and not until the first.
    items.filter_map(|item| replace(item, text, reference).then_some(())).count() > 0
}

/// Whether one stands on the other, directly or not.
fn reaches(on: &BTreeMap<Urn, BTreeSet<Urn>>, from: &Urn, to: &Urn) -> bool {
    let mut open = vec![from];
    let mut seen = BTreeSet::new();
    while let Some(urn) = open.pop() {
        if urn == to {
            return true;
        }
        if seen.insert(urn) {
            open.extend(on.get(urn).into_iter().flatten());
        }
    }
    false
}
