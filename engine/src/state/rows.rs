//! The rows of a state, found by incarnation and by what stands on what.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::{Row, State};
use crate::contract::OwnerId;
use crate::urn::Urn;

/// Rows by their key. Only `State::apply` adds and removes them, so that what finds them stays true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rows<K: Ord>(BTreeMap<K, Row>);

impl<K: Ord> Rows<K> {
    /// The rows, to change their values: who a row is and what it stands on must stay.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.0.values_mut()
    }
}

impl<K: Ord> Default for Rows<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Deref for Rows<K> {
    type Target = BTreeMap<K, Row>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, K: Ord> IntoIterator for &'a Rows<K> {
    type Item = (&'a K, &'a Row);
    type IntoIter = std::collections::btree_map::Iter<'a, K, Row>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<K: Ord> FromIterator<(K, Row)> for Rows<K> {
    fn from_iter<T: IntoIterator<Item = (K, Row)>>(rows: T) -> Self {
        Self(rows.into_iter().collect())
    }
}

/// What follows from the rows, so that a record costs the same however many there are.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Index {
    /// The name of each current row, by incarnation.
    current: BTreeMap<OwnerId, Urn>,
    /// Which incarnations have an edge to one.
    dependents: BTreeMap<OwnerId, BTreeSet<OwnerId>>,
}

impl Index {
    pub(super) fn of(rows: &Rows<Urn>, deposed: &Rows<String>) -> Self {
        let mut index = Self::default();
        for (urn, row) in rows {
            index.current.insert(row.owner.clone(), urn.clone());
            index.add_edges(row);
        }
        for row in deposed.values() {
            index.add_edges(row);
        }
        index
    }

    fn add_edges(&mut self, row: &Row) {
        for edge in &row.edges {
            self.dependents.entry(edge.owner.clone()).or_default().insert(row.owner.clone());
        }
    }

    fn drop_edges(&mut self, row: &Row) {
        for edge in &row.edges {
            if let Some(dependents) = self.dependents.get_mut(&edge.owner) {
                dependents.remove(&row.owner);
                if dependents.is_empty() {
                    self.dependents.remove(&edge.owner);
                }
            }
        }
    }
}

/// The only ways by which rows come and go.
impl State {
    /// The name of a current incarnation.
    pub(super) fn current(&self, owner: &OwnerId) -> Option<&Urn> {
        self.index.current.get(owner)
    }

    /// The incarnations with an edge to one.
    pub(crate) fn dependents(&self, owner: &OwnerId) -> Vec<OwnerId> {
        self.index.dependents.get(owner).into_iter().flatten().cloned().collect()
    }

    pub(crate) fn insert_current(&mut self, row: Row) {
        self.remove_current(&row.urn.clone());
        self.index.current.insert(row.owner.clone(), row.urn.clone());
        self.index.add_edges(&row);
        self.rows.0.insert(row.urn.clone(), row);
    }

    pub(crate) fn remove_current(&mut self, urn: &Urn) -> Option<Row> {
        let row = self.rows.0.remove(urn)?;
        // A log of version 1 can have one incarnation under two names.
        if self.index.current.get(&row.owner) == Some(urn) {
            self.index.current.remove(&row.owner);
        }
        self.index.drop_edges(&row);
        Some(row)
    }

    pub(crate) fn insert_deposed(&mut self, row: Row) {
        self.remove_deposed(row.owner.clone().as_str());
        self.index.add_edges(&row);
        self.deposed.0.insert(row.owner.as_str().to_owned(), row);
    }

    pub(crate) fn remove_deposed(&mut self, owner: &str) -> Option<Row> {
        let row = self.deposed.0.remove(owner)?;
        self.index.drop_edges(&row);
        Some(row)
    }

    /// Changes the row of an incarnation, current or deposed; its name and incarnation must stay.
    pub(super) fn change(&mut self, owner: &OwnerId, change: impl FnOnce(&mut Row)) {
        if let Some(mut row) = self.remove_deposed(owner.as_str()) {
            change(&mut row);
            self.insert_deposed(row);
        } else if let Some(urn) = self.current(owner).cloned()
            && let Some(mut row) = self.remove_current(&urn)
        {
            change(&mut row);
            self.insert_current(row);
        }
    }

    /// Changes every row.
    pub(super) fn change_all(&mut self, change: impl Fn(&mut Row)) {
        self.rows.values_mut().chain(self.deposed.values_mut()).for_each(change);
        self.index = Index::of(&self.rows, &self.deposed);
    }
}
