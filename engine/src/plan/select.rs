//! Which resources a run touches.

use std::collections::{BTreeMap, BTreeSet};

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

/// What a selection selects from, and under which names each is known.
struct Known<'a> {
    all: BTreeSet<&'a Urn>,
    /// Of what was renamed, or will be: its other names.
    also: BTreeMap<&'a Urn, BTreeSet<&'a Urn>>,
}

impl Selection {
    /// Whether it selects all.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.target.is_empty() && self.exclude.is_empty() && self.component.is_empty()
    }

    /// The selected URNs among those declared and those on record. What the program renames is known
    /// under both names.
    ///
    /// # Errors
    /// When a pattern fits nothing.
    pub fn select(&self, graph: Option<&Graph>, state: &State) -> Result<BTreeSet<Urn>, PlanError> {
        let known = Known::of(graph, state);
        for pattern in self.target.iter().chain(&self.exclude) {
            if !known.all.iter().any(|urn| known.fits(pattern, urn)) {
                return Err(known.nothing_like(pattern));
            }
        }
        for component in &self.component {
            if !known.all.iter().any(|urn| known.is_of(component, urn)) {
                let names: BTreeSet<&str> = known.all.iter().map(|urn| urn.component()).collect();
                return Err(PlanError::NoSuchUrn {
                    pattern: component.clone(),
                    near: nearest(component, names).into_iter().map(str::to_owned).collect(),
                });
            }
        }
        let wanted = |urn: &Urn| {
            (self.target.is_empty() || self.target.iter().any(|pattern| known.fits(pattern, urn)))
                && (self.component.is_empty() || self.component.iter().any(|name| known.is_of(name, urn)))
        };
        let mut selected: BTreeSet<Urn> =
            known.all.iter().filter(|urn| wanted(urn)).map(|urn| (*urn).clone()).collect();
        if self.target_dependents {
            while let Some(next) = known.all.iter().find(|urn| {
                !selected.contains(**urn)
                    && dependencies(graph, state, urn)
                        .iter()
                        .any(|to| known.names(to).any(|name| selected.contains(name)))
            }) {
                selected.insert((*next).clone());
            }
        }
        selected.retain(|urn| !self.exclude.iter().any(|pattern| known.fits(pattern, urn)));
        Ok(selected)
    }

    /// What a `destroy` takes down: the selected URNs of what is on record. What is to be spared must be
    /// on record: a name that fits nothing there, such as that of what was renamed without `moved_from`,
    /// is refused and never dropped.
    ///
    /// # Errors
    /// When a pattern fits nothing.
    pub fn select_to_destroy(
        &self,
        graph: Option<&Graph>,
        state: &State,
    ) -> Result<BTreeSet<Urn>, PlanError> {
        let known = Known::of(graph, state);
        let stands =
            |urn: &Urn| state.rows.contains_key(urn) || state.deposed.values().any(|row| row.urn == *urn);
        let spared =
            |pattern: &UrnPattern| known.all.iter().any(|urn| stands(urn) && known.fits(pattern, urn));
        // Where nothing is on record, nothing can be lost.
        let anything = state.all_rows().next().is_some();
        if let Some(pattern) = self.exclude.iter().find(|pattern| anything && !spared(pattern)) {
            return Err(PlanError::NotOnRecord { pattern: pattern.as_str().to_owned() });
        }
        let mut selected = self.select(graph, state)?;
        selected.retain(|urn| stands(urn));
        Ok(selected)
    }
}

/// The URNs that `--replace` names. What the program renames is known under both names.
///
/// # Errors
/// When a pattern fits nothing.
pub(super) fn named(
    patterns: &[UrnPattern],
    graph: Option<&Graph>,
    state: &State,
) -> Result<BTreeSet<Urn>, PlanError> {
    let known = Known::of(graph, state);
    let mut named = BTreeSet::new();
    for pattern in patterns {
        let before = named.len();
        named.extend(known.all.iter().filter(|urn| known.fits(pattern, urn)).map(|urn| (*urn).clone()));
        if named.len() == before && !named.iter().any(|urn| known.fits(pattern, urn)) {
            return Err(known.nothing_like(pattern));
        }
    }
    Ok(named)
}

impl<'a> Known<'a> {
    fn of(graph: Option<&'a Graph>, state: &'a State) -> Self {
        let mut all: BTreeSet<&Urn> = state.rows.keys().collect();
        all.extend(state.deposed.values().map(|row| &row.urn));
        let mut also: BTreeMap<&Urn, BTreeSet<&Urn>> = BTreeMap::new();
        for node in graph.iter().flat_map(|graph| graph.nodes.values()) {
            all.insert(&node.urn);
            for from in &node.options.moved_from {
                let declared = graph.is_some_and(|graph| graph.nodes.contains_key(from));
                // What stands under the new name already is not moved over: those are two.
                let two = state.rows.contains_key(from) && state.rows.contains_key(&node.urn);
                if !declared && !two && from.type_name() == node.urn.type_name() {
                    also.entry(&node.urn).or_default().insert(from);
                    also.entry(from).or_default().insert(&node.urn);
                }
            }
        }
        Self { all, also }
    }

    /// All names of a resource.
    fn names<'s>(&'s self, urn: &'s Urn) -> impl Iterator<Item = &'s Urn> {
        let other = self.also.get(urn).into_iter().flatten().copied();
        // The names that one name leads to lead to each other.
        let further = self.also.get(urn).into_iter().flatten().filter_map(|urn| self.also.get(urn));
        std::iter::once(urn).chain(other).chain(further.flatten().copied())
    }

    fn fits(&self, pattern: &UrnPattern, urn: &Urn) -> bool {
        self.names(urn).any(|name| pattern.matches(name))
    }

    fn is_of(&self, component: &str, urn: &Urn) -> bool {
        self.names(urn).any(|name| name.component() == component)
    }

    fn nothing_like(&self, pattern: &UrnPattern) -> PlanError {
        let near = nearest(pattern.as_str(), self.all.iter().map(|urn| urn.as_str()));
        let near = if near.is_empty() {
            nearest(pattern.as_str(), self.all.iter().map(|urn| urn.name()))
        } else {
            near
        };
        PlanError::NoSuchUrn {
            pattern: pattern.as_str().to_owned(),
            near: near.into_iter().map(str::to_owned).collect(),
        }
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
