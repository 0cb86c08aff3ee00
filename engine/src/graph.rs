//! The resource graph: a plain value that serialises, hashes and compares.

pub(crate) mod named;
mod options;

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::{tarjan_scc, toposort};
use petgraph::graphmap::DiGraphMap;
use serde::{Deserialize, Serialize};

use crate::expr::references;
use crate::limits::Broken;
use crate::program::Options;
use crate::schema::Registry;
use crate::urn::{Urn, nearest};
use crate::value::{Map, Value};

/// A declared resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub urn: Urn,
    /// Its properties, with references.
    pub inputs: Map,
    /// Tags of its component, for types that take tags.
    pub default_tags: BTreeMap<String, String>,
    /// Its options.
    pub options: Options,
    /// File, line and column of its declaration.
    pub declared_at: String,
}

/// All declared resources of a stack.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// The stack's name.
    pub stack: String,
    /// The stack's own region.
    pub region: String,
    /// The resources.
    pub nodes: BTreeMap<Urn, Node>,
    /// The stack's outputs.
    pub outputs: Map,
}

/// A graph that was checked: references, circles and types. Only such a one can be planned:
///
/// ```compile_fail,E0308
/// # use finsight_engine::{graph::{CheckedGraph, Graph}, plan::PlanInput};
/// fn wish<'a>(graph: &'a Graph, input: PlanInput<'a>) -> PlanInput<'a> {
///     PlanInput { graph, ..input }
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedGraph(Graph);

impl CheckedGraph {
    /// A graph without resources, in which nothing can be wrong.
    #[must_use]
    pub fn empty(stack: &str, region: &str) -> Self {
        Self(Graph::new(stack, region))
    }

    /// What is on record as a graph: it was checked when it was made, and what it refers to may be gone.
    pub(crate) fn of_record(graph: Graph) -> Self {
        Self(graph)
    }

    /// The graph, to be changed and checked again.
    #[must_use]
    pub fn into_graph(self) -> Graph {
        self.0
    }
}

impl std::ops::Deref for CheckedGraph {
    type Target = Graph;

    fn deref(&self) -> &Graph {
        &self.0
    }
}

/// What is wrong with a program's declarations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A name that cannot stand in a URN.
    #[error("{at}: the name `{name}` cannot be used: {why}")]
    Name {
        /// The name.
        name: String,
        /// Where.
        at: String,
        /// Why not.
        why: String,
    },
    /// A URN that is declared twice.
    #[error("{urn} is declared twice: at {first} and at {second}; give one of them another name")]
    Duplicate {
        /// The URN.
        urn: Urn,
        /// The first place.
        first: String,
        /// The second place.
        second: String,
    },
    /// Resources that depend on each other in a circle.
    #[error("resources depend on each other in a circle: {}; take out one of these references", .way.join(" → "))]
    Cycle {
        /// The way round, the first one repeated at the end, each step with its property.
        way: Vec<String>,
    },
    /// A reference to what is not declared.
    #[error("{from} refers to {to}, which is not declared{}", hint(.near))]
    Dangling {
        /// Who refers.
        from: Urn,
        /// To what.
        to: Urn,
        /// Names like it.
        near: Vec<String>,
    },
    /// A type that the registry does not know.
    #[error("{urn}: there is no resource type `{}`{}", .urn.type_name(), hint(.near))]
    UnknownType {
        /// The resource.
        urn: Urn,
        /// Names like it.
        near: Vec<String>,
    },
    /// An option that can have no effect, or says what cannot be.
    #[error("{urn} ({at}): option `{option}`: {why}")]
    Option {
        /// The resource.
        urn: Urn,
        /// Where it is declared.
        at: String,
        /// The option.
        option: &'static str,
        /// What is wrong.
        why: String,
    },
    /// A required property that is not set, or one that the type does not have.
    #[error("{urn} ({at}): property `{property}` {why}")]
    Property {
        /// The resource.
        urn: Urn,
        /// Where it is declared.
        at: String,
        /// The property.
        property: String,
        /// What is wrong.
        why: String,
    },
    /// A value that AWS does not take.
    #[error("{urn} ({at}): property `{property}` {found}, and AWS takes {takes}")]
    Limit {
        /// The resource.
        urn: Urn,
        /// Where it is declared.
        at: String,
        /// The property, or where in it.
        property: String,
        /// What the value is.
        found: String,
        /// What AWS takes.
        takes: String,
    },
}

fn hint(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) }
}

impl Node {
    /// What it depends on, each with the property that says so.
    #[must_use]
    pub fn dependencies(&self) -> BTreeSet<(Urn, String)> {
        let mut found: BTreeSet<(Urn, String)> = self
            .inputs
            .iter()
            .flat_map(|(name, value)| references(value).into_iter().map(move |urn| (urn, name.clone())))
            .collect();
        for urn in self.options.depends_on.keys() {
            found.insert((urn.clone(), "depends_on".to_owned()));
        }
        found
    }
}

impl Graph {
    /// An empty graph.
    #[must_use]
    pub fn new(stack: &str, region: &str) -> Self {
        Self { stack: stack.to_owned(), region: region.to_owned(), ..Self::default() }
    }

    /// Adds a resource.
    ///
    /// # Errors
    /// When its URN is taken.
    pub fn add(&mut self, node: Node) -> Result<(), GraphError> {
        if let Some(first) = self.nodes.get(&node.urn) {
            return Err(GraphError::Duplicate {
                urn: node.urn,
                first: first.declared_at.clone(),
                second: node.declared_at,
            });
        }
        self.nodes.insert(node.urn.clone(), node);
        Ok(())
    }

    /// The region that a resource stands in.
    #[must_use]
    pub fn region_of(&self, node: &Node) -> String {
        node.options.region.clone().unwrap_or_else(|| self.region.clone())
    }

    /// Checks all that can be checked before anything is read. A text that names what is declared is a reference from
    /// then on.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn checked(mut self, registry: &Registry) -> Result<CheckedGraph, Vec<GraphError>> {
        let mut errors = self.check().err().unwrap_or_default();
        errors.extend(self.check_types(registry).err().unwrap_or_default());
        errors.extend(self.check_options(registry));
        if !errors.is_empty() {
            return Err(errors);
        }
        self.refer_by_name(registry);
        Ok(CheckedGraph(self))
    }

    /// Checks references and cycles.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn check(&self) -> Result<(), Vec<GraphError>> {
        let mut errors = Vec::new();
        let names = || self.nodes.keys().map(Urn::as_str);
        for node in self.nodes.values() {
            for (to, _) in node.dependencies() {
                if !self.nodes.contains_key(&to) {
                    let near = nearest(to.as_str(), names()).into_iter().map(str::to_owned).collect();
                    errors.push(GraphError::Dangling { from: node.urn.clone(), to, near });
                }
            }
        }
        if errors.is_empty()
            && let Err(cycle) = self.order()
        {
            errors.push(cycle);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Checks every resource against its type.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn check_types(&self, registry: &Registry) -> Result<(), Vec<GraphError>> {
        let mut errors = Vec::new();
        for node in self.nodes.values() {
            let Some(spec) = registry.get(node.urn.type_name()) else {
                let known = registry.iter().map(|spec| spec.name);
                let near = nearest(node.urn.type_name(), known).into_iter().map(str::to_owned).collect();
                errors.push(GraphError::UnknownType { urn: node.urn.clone(), near });
                continue;
            };
            let mut wrong = |property: &str, why: String| {
                errors.push(GraphError::Property {
                    urn: node.urn.clone(),
                    at: node.declared_at.clone(),
                    property: property.to_owned(),
                    why,
                });
            };
            for property in spec.properties.iter().filter(|property| property.required) {
                if node.inputs.get(property.name).is_none_or(Value::is_null) {
                    wrong(property.name, "is required and not set".into());
                }
            }
            for name in node.inputs.keys().filter(|name| spec.property(name).is_none()) {
                let near = nearest(name, spec.properties.iter().map(|property| property.name));
                let near: Vec<String> = near.into_iter().map(str::to_owned).collect();
                wrong(name, format!("does not exist on {}{}", spec.name, hint(&near)));
            }
            let set = |name: &str| node.inputs.get(name).is_some_and(|value| !value.is_null());
            for property in spec.properties.iter().filter(|property| property.shown && set(property.name)) {
                wrong(
                    property.name,
                    "is not set by programs: it shows what others have hung on the resource".into(),
                );
            }
            let broken = spec.limits.iter().flat_map(|limit| limit.broken(&node.inputs));
            errors.extend(broken.map(|Broken { at: property, found, takes }| GraphError::Limit {
                urn: node.urn.clone(),
                at: node.declared_at.clone(),
                property,
                found,
                takes,
            }));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// All URNs, dependencies before dependents.
    ///
    /// # Errors
    /// A cycle, with the way round.
    pub fn order(&self) -> Result<Vec<Urn>, GraphError> {
        let mut graph: DiGraphMap<&Urn, ()> = DiGraphMap::new();
        let edges: Vec<(&Urn, Urn)> = self
            .nodes
            .values()
            .flat_map(|node| node.dependencies().into_iter().map(|(to, _)| (&node.urn, to)))
            .collect();
        for urn in self.nodes.keys() {
            graph.add_node(urn);
        }
        for (from, to) in &edges {
            graph.add_edge(to, from, ());
        }
        toposort(&graph, None)
            .map(|order| order.into_iter().cloned().collect())
            .map_err(|_| GraphError::Cycle { way: self.way_round(&graph) })
    }

    /// One way round within the first strongly connected component.
    fn way_round(&self, graph: &DiGraphMap<&Urn, ()>) -> Vec<String> {
        let circle: BTreeSet<&Urn> = tarjan_scc(graph)
            .into_iter()
            .find(|group| group.len() > 1 || group.iter().any(|urn| graph.contains_edge(urn, urn)))
            .unwrap_or_default()
            .into_iter()
            .collect();
        let mut way: Vec<(Urn, String)> = Vec::new();
        let mut at = circle.first().map(|urn| (*urn).clone());
        while let Some(urn) = at {
            if let Some(start) = way.iter().position(|(seen, _)| *seen == urn) {
                let mut steps: Vec<String> =
                    way[start..].iter().map(|(urn, via)| format!("{urn} ({via})")).collect();
                steps.push(urn.to_string());
                return steps;
            }
            let next = self
                .nodes
                .get(&urn)
                .and_then(|node| node.dependencies().into_iter().find(|(to, _)| circle.contains(to)));
            at = next.as_ref().map(|(to, _)| to.clone());
            way.push((urn, next.map(|(_, via)| via).unwrap_or_default()));
        }
        way.into_iter().map(|(urn, _)| urn.to_string()).collect()
    }
}
