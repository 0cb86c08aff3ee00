//! What is metered: resources of a program, of a state, or of a state after a plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Graph, Node};
use crate::plan::{Op, Plan};
use crate::schema::Registry;
use crate::state::{Row, State};
use crate::urn::Urn;
use crate::value::{Map, Value};

/// A resource as an estimate sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its name.
    pub urn: Urn,
    /// The region that it stands in.
    pub region: String,
    /// Its inputs, defaults among them, with what is known of them.
    pub inputs: Map,
    /// What it refers to: the property, and the resource.
    pub edges: BTreeSet<(String, Urn)>,
}

impl Item {
    /// A property; `None` where it is not set.
    #[must_use]
    pub fn get(&self, property: &str) -> Option<&Value> {
        self.inputs.get(property).filter(|value| !value.is_null())
    }

    /// A whole number that is known.
    #[must_use]
    pub fn int(&self, property: &str) -> Option<i64> {
        self.get(property)?.as_int()
    }

    /// A text that is known.
    #[must_use]
    pub fn text(&self, property: &str) -> Option<&str> {
        self.get(property)?.as_text()
    }

    /// Whether a property is known to be true.
    #[must_use]
    pub fn is_on(&self, property: &str) -> bool {
        self.get(property).and_then(Value::as_bool) == Some(true)
    }

    /// Whether a property is known at deployment only.
    #[must_use]
    pub fn is_open(&self, property: &str) -> bool {
        matches!(self.get(property), Some(Value::Unknown | Value::Expr(_)))
    }

    /// The resources that a property refers to.
    pub fn refers<'a>(&'a self, property: &'a str) -> impl Iterator<Item = &'a Urn> {
        self.edges.iter().filter(move |(via, _)| via == property).map(|(_, urn)| urn)
    }
}

/// All resources of an estimate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Items(Vec<Item>);

impl Items {
    /// What a program declares.
    #[must_use]
    pub fn of_graph(graph: &Graph, registry: &Registry) -> Self {
        let items = graph.nodes.values().map(|node| Item {
            urn: node.urn.clone(),
            region: region_of(graph, node, registry),
            inputs: filled(&node.urn, &node.inputs, registry),
            edges: node.dependencies().into_iter().map(|(urn, via)| (via, urn)).collect(),
        });
        Self(items.collect())
    }

    /// What stands by the record; also what an earlier replacement left to be deleted.
    #[must_use]
    pub fn of_state(state: &State, registry: &Registry) -> Self {
        Self(state.all_rows().map(|row| recorded(row, registry)).collect())
    }

    /// What will stand when a plan has been carried out.
    #[must_use]
    pub fn of_plan(plan: &Plan, state: &State, registry: &Registry) -> Self {
        let mut items: BTreeMap<&Urn, Item> =
            state.rows.values().map(|row| (&row.urn, recorded(row, registry))).collect();
        // Under their new names these have steps.
        items.retain(|urn, _| plan.moves.iter().all(|(from, _)| from != *urn));
        items.retain(|urn, _| state.rows.get(urn).is_some_and(|row| !plan.gone.contains(&row.owner)));
        for step in &plan.steps {
            match step.op {
                Op::Delete | Op::Forget => {
                    items.remove(&step.urn);
                }
                _ if step.unselected => {}
                _ => {
                    let item = Item {
                        urn: step.urn.clone(),
                        region: step.region.clone(),
                        inputs: filled(&step.urn, &step.inputs, registry),
                        edges: step
                            .dependencies
                            .iter()
                            .map(|(urn, via)| (via.clone(), urn.clone()))
                            .collect(),
                    };
                    items.insert(&step.urn, item);
                }
            }
        }
        let goes = |row: &&Row| {
            plan.gone.contains(&row.owner) || plan.leftovers.iter().any(|left| left.owner == row.owner)
        };
        let left = state.deposed.values().filter(|row| !goes(row));
        Self(items.into_values().chain(left.map(|row| recorded(row, registry))).collect())
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Item> {
        self.0.iter()
    }

    /// Those of a type.
    pub fn of_type<'a>(&'a self, type_name: &'a str) -> impl Iterator<Item = &'a Item> {
        self.0.iter().filter(move |item| item.urn.type_name() == type_name)
    }

    /// The one of this URN.
    #[must_use]
    pub fn get(&self, urn: &Urn) -> Option<&Item> {
        self.0.iter().find(|item| item.urn == *urn)
    }
}

impl FromIterator<Item> for Items {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

/// As the plan has it: what AWS runs once for all regions answers in `us-east-1`.
fn region_of(graph: &Graph, node: &Node, registry: &Registry) -> String {
    let global = registry.get(node.urn.type_name()).is_some_and(|spec| spec.global);
    if global { "us-east-1".to_owned() } else { graph.region_of(node) }
}

fn recorded(row: &Row, registry: &Registry) -> Item {
    Item {
        urn: row.urn.clone(),
        region: row.region.clone(),
        inputs: filled(&row.urn, &row.inputs, registry),
        edges: row.edges.iter().map(|edge| (edge.via.clone(), edge.urn.clone())).collect(),
    }
}

fn filled(urn: &Urn, inputs: &Map, registry: &Registry) -> Map {
    let mut inputs = inputs.clone();
    if let Some(spec) = registry.get(urn.type_name()) {
        spec.fill_defaults(&mut inputs);
    }
    inputs
}
