//! What was read of rows, as the entries that take it on record.

use std::collections::BTreeSet;

use super::{Edge, Entry, Removal, Row, State};
use crate::contract::OwnerId;
use crate::urn::Urn;
use crate::value::Map;

/// What is to be taken on record at once, after resources were read.
#[derive(Debug, Clone, Default)]
pub struct Readings {
    /// Rows that take another name.
    pub moves: Vec<(Urn, Urn)>,
    /// Incarnations that were found gone.
    pub gone: Vec<OwnerId>,
    /// What was read of the others.
    pub found: Vec<Found>,
}

/// What was read of an incarnation.
#[derive(Debug, Clone)]
pub struct Found {
    /// Which.
    pub owner: OwnerId,
    /// The physical id that AWS answers with.
    pub id: String,
    /// Its inputs, where they are taken on too.
    pub inputs: Option<Map>,
    /// Of what it does without for a while, the properties that the reading says nothing about.
    pub unseen: BTreeSet<String>,
    /// Its outputs.
    pub outputs: Map,
}

impl State {
    /// The entries that take readings on record. Rows are written as they are once the others are gone
    /// and have their new names; what says what is on record already is left out.
    #[must_use]
    pub fn take_on(&self, readings: &Readings) -> Vec<Entry> {
        let moved =
            readings.moves.iter().map(|(from, to)| Entry::Moved { from: from.clone(), to: to.clone() });
        let gone = readings.gone.iter().cloned();
        let gone = gone.map(|owner| Entry::RowRemoved { owner, why: Removal::Absent });
        let mut entries: Vec<Entry> = moved.chain(gone).collect();
        let mut after = self.clone();
        // What no rule allows is refused with the record.
        let _ = after.apply(&entries);
        for Found { owner, id, inputs, unseen, outputs } in &readings.found {
            let Some(row) = after.row(owner) else { continue };
            let mut new = Row { id: id.clone(), outputs: outputs.clone(), ..row.clone() };
            if let Some(inputs) = inputs {
                new.inputs.clone_from(inputs);
                new.interim =
                    new.interim.map(|interim| interim.of(unseen)).filter(|one| !one.inputs.is_empty());
                // What was seen is what is wanted, and where that is what it was it stands on what it had given up.
                let stands = |edge: &&Edge| {
                    !unseen.contains(&edge.via) && inputs.get(&edge.via) == row.inputs.get(&edge.via)
                };
                let given_up = row.interim.iter().flat_map(|interim| &interim.edges);
                new.edges.extend(given_up.filter(stands).cloned());
            }
            if new != *row {
                entries.push(Entry::RowPut { row: Box::new(new) });
            }
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::{owner, put, row};

    fn on(name: &str, owner_id: &str) -> Edge {
        Edge { urn: row(name, owner_id).urn, owner: owner(owner_id), via: "vpc".to_owned() }
    }

    /// `a` stands on `b` and `c`.
    fn state() -> State {
        let mut state = State::empty("dev");
        let a = Row { edges: vec![on("b", "b1"), on("c", "c1")], ..row("a", "a1") };
        state.apply(&[put(row("b", "b1")), put(row("c", "c1")), put(a)]).unwrap();
        state
    }

    fn edges(state: &State) -> Vec<String> {
        let row = state.row(&owner("a1")).unwrap();
        row.edges.iter().map(|edge| format!("{} {}", edge.urn.name(), edge.owner.as_str())).collect()
    }

    /// V27: a record that removes one row and writes another brought the edge back.
    #[test]
    fn what_is_gone_takes_its_edges_with_it_though_the_same_record_writes_rows() {
        let mut state = state();
        let a = state.row(&owner("a1")).unwrap().clone();
        let gone = Entry::RowRemoved { owner: owner("b1"), why: Removal::Absent };
        state.apply(&[gone, put(Row { id: "new".into(), ..a })]).unwrap();
        assert_eq!(edges(&state), ["c c1"]);
    }

    /// The kind of V27: by no record and for no reason a row stands on what is not on record.
    #[test]
    fn no_record_leaves_an_edge_to_what_is_not_on_record() {
        for why in [Removal::Absent, Removal::Forgotten] {
            let mut state = state();
            state.apply(&[Entry::RowRemoved { owner: owner("b1"), why }]).unwrap();
            assert_eq!(edges(&state), ["c c1"], "{why:?}");
        }
        let mut state = state();
        let a = Row { edges: vec![on("z", "z9"), on("c", "c1"), on("d", "d1")], ..row("a", "a1") };
        // `d` comes with the same record, behind it.
        state.apply(&[put(a), put(row("d", "d1"))]).unwrap();
        assert_eq!(edges(&state), ["c c1", "d d1"]);
    }

    #[test]
    fn readings_are_taken_on_with_new_names_and_without_what_is_gone() {
        let mut state = state();
        let to = row("moved", "c1").urn;
        let same = state.row(&owner("c1")).unwrap().clone();
        let found = |of: &str, id: &str, outputs| {
            let (owner, id) = (owner(of), id.to_owned());
            Found { owner, id, inputs: None, unseen: BTreeSet::new(), outputs }
        };
        let readings = Readings {
            moves: vec![(row("c", "c1").urn, to.clone())],
            gone: vec![owner("b1")],
            found: vec![
                found("a1", "new", Map::new()),
                found("c1", &same.id, same.outputs),
                found("b1", "gone", Map::new()),
            ],
        };
        let entries = state.take_on(&readings);
        assert_eq!(entries.len(), 3, "{entries:?}");
        state.apply(&entries).unwrap();
        assert_eq!(edges(&state), ["moved c1"]);
        assert_eq!(state.row(&owner("a1")).unwrap().id, "new");
        assert_eq!(state.rows[&to].owner, owner("c1"));
    }
}
