//! Options that can have no effect are refused with their place.

use std::collections::BTreeMap;

use super::{Graph, GraphError, Node, hint};
use crate::schema::{Registry, TypeSpec};
use crate::urn::{Urn, nearest};
use crate::value::{Map, Value};

impl Graph {
    /// What is wrong with options: paths that begin with no property of the type, and old names that
    /// cannot be what the resource had.
    pub(super) fn check_options(&self, registry: &Registry) -> Vec<GraphError> {
        let mut errors = Vec::new();
        let mut claimed: BTreeMap<&Urn, &Node> = BTreeMap::new();
        for node in self.nodes.values() {
            let mut wrong = |option: &'static str, why: String| {
                errors.push(GraphError::Option {
                    urn: node.urn.clone(),
                    at: node.declared_at.clone(),
                    option,
                    why,
                });
            };
            if let Some(spec) = registry.get(node.urn.type_name()) {
                for path in &node.options.ignore_changes {
                    no_property(spec, path).into_iter().for_each(|why| wrong("ignore_changes", why));
                }
                for path in &node.options.replace_on_changes {
                    no_property(spec, path).into_iter().for_each(|why| wrong("replace_on_changes", why));
                }
            }
            let own = node.inputs.get("tags").and_then(Value::as_map).into_iter().flat_map(Map::keys);
            for key in own.chain(node.default_tags.keys()).filter(|key| node.options.ignore_tags.covers(key))
            {
                wrong("ignore_tags", format!("the tag `{key}` is the program's own"));
            }
            if node.options.depends_on.contains_key(&node.urn) {
                wrong("depends_on", "it cannot depend on itself".to_owned());
            }
            for from in &node.options.moved_from {
                if from.type_name() != node.urn.type_name() {
                    wrong("moved_from", format!("{from} is of another type; a resource keeps its type"));
                } else if self.nodes.contains_key(from) {
                    wrong("moved_from", format!("{from} is declared itself, and so keeps its resource"));
                } else if let Some(other) = claimed.insert(from, node).filter(|other| other.urn != node.urn) {
                    let why = format!("{from} is also the old name of {} ({})", other.urn, other.declared_at);
                    wrong("moved_from", why);
                }
            }
        }
        errors
    }
}

/// Why a path can fit no property of the type, if so.
fn no_property(spec: &TypeSpec, path: &str) -> Option<String> {
    let first = path.split('.').next().unwrap_or_default();
    match spec.property(first) {
        _ if first == "*" => return None,
        Some(property) if path.contains('.') && !property.kind.has_parts() => {
            return Some(format!("`{path}`: `{first}` of {} has no parts", spec.name));
        }
        Some(_) => return None,
        None => {}
    }
    let near = nearest(first, spec.properties.iter().map(|property| property.name));
    let near: Vec<String> = near.into_iter().map(str::to_owned).collect();
    Some(format!("`{path}`: {} has no property `{first}`{}", spec.name, hint(&near)))
}
