//! Which resources a run touches.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::PlanError;
use crate::graph::Graph;
use crate::state::State;
use crate::urn::{Urn, UrnPattern, nearest};

/// A selection of resources; the default selects all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Only these, and what they newly need must be among them.
    pub target: Vec<UrnPattern>,
    /// Also what depends on the targets.
    pub target_dependents: bool,
    /// Not these.
    pub exclude: Vec<UrnPattern>,
    /// Only these components.
    pub component: Vec<String>,
}

impl Selection {
    /// Whether it selects all.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.target.is_empty() && self.exclude.is_empty() && self.component.is_empty()
    }

    /// The selected URNs among those declared and those on record.
    ///
    /// # Errors
    /// When a pattern fits nothing.
    pub fn select(&self, graph: Option<&Graph>, state: &State) -> Result<BTreeSet<Urn>, PlanError> {
        let mut all: BTreeSet<Urn> = state.rows.keys().cloned().collect();
        all.extend(state.deposed.values().map(|row| row.urn.clone()));
        if let Some(graph) = graph {
            all.extend(graph.nodes.keys().cloned());
        }
        for pattern in self.target.iter().chain(&self.exclude) {
            if !all.iter().any(|urn| pattern.matches(urn)) {
                let near = nearest(pattern.as_str(), all.iter().map(Urn::as_str));
                let near =
                    if near.is_empty() { nearest(pattern.as_str(), all.iter().map(Urn::name)) } else { near };
                return Err(PlanError::NoSuchUrn {
                    pattern: pattern.as_str().to_owned(),
                    near: near.into_iter().map(str::to_owned).collect(),
                });
            }
        }
        for component in &self.component {
            if !all.iter().any(|urn| urn.component() == component) {
                let known: BTreeSet<&str> = all.iter().map(Urn::component).collect();
                return Err(PlanError::NoSuchUrn {
                    pattern: component.clone(),
                    near: nearest(component, known).into_iter().map(str::to_owned).collect(),
                });
            }
        }
        let wanted = |urn: &Urn| {
            (self.target.is_empty() || self.target.iter().any(|pattern| pattern.matches(urn)))
                && (self.component.is_empty() || self.component.iter().any(|name| name == urn.component()))
        };
        let mut selected: BTreeSet<Urn> = all.iter().filter(|urn| wanted(urn)).cloned().collect();
        if self.target_dependents {
            while let Some(next) = all.iter().find(|urn| {
                !selected.contains(*urn)
                    && dependencies(graph, state, urn).iter().any(|to| selected.contains(to))
            }) {
                selected.insert(next.clone());
            }
        }
        selected.retain(|urn| !self.exclude.iter().any(|pattern| pattern.matches(urn)));
        Ok(selected)
    }
}

/// What a resource depends on, by program and by record.
fn dependencies(graph: Option<&Graph>, state: &State, urn: &Urn) -> BTreeSet<Urn> {
    let declared = graph
        .and_then(|graph| graph.nodes.get(urn))
        .into_iter()
        .flat_map(|node| node.dependencies().into_iter().map(|(to, _)| to));
    let recorded =
        state.rows.get(urn).into_iter().flat_map(|row| row.edges.iter().map(|edge| edge.urn.clone()));
    declared.chain(recorded).collect()
}
