//! What a log record is about to touch, so that a refused one leaves nothing behind.

use std::collections::BTreeMap;

use crate::contract::OwnerId;
use crate::state::{Entry, Finish, Intent, Remnant, Row, State};
use crate::urn::Urn;
use crate::value::Map;

/// The state before a record, as far as the record can reach.
pub struct Undo {
    /// All of it, where the record can reach anywhere.
    whole: Option<Box<State>>,
    serial: u64,
    rows: Vec<(Urn, Option<Row>)>,
    deposed: Vec<(String, Option<Row>)>,
    intents: Vec<(String, Option<Intent>)>,
    spent: Vec<(String, bool)>,
    let_stand: BTreeMap<String, Row>,
    remnants: BTreeMap<String, Remnant>,
    outputs: Option<Map>,
    updates: usize,
    /// Of the last update: how many changes it had and how much it took off the record, and how it ended.
    last: Option<(usize, usize, Option<Finish>)>,
}

impl Undo {
    /// What these entries can touch.
    pub(crate) fn of(state: &State, record: &[Entry]) -> Self {
        let mut undo = Self {
            whole: None,
            serial: state.serial,
            rows: Vec::new(),
            deposed: Vec::new(),
            intents: Vec::new(),
            spent: Vec::new(),
            let_stand: state.let_stand.clone(),
            remnants: state.remnants.clone(),
            outputs: None,
            updates: state.history.len(),
            last: state.history.last().map(|last| (last.changes.len(), last.gone.len(), last.finish.clone())),
        };
        for entry in record {
            match entry {
                Entry::Moved { .. } => {
                    undo.whole = Some(Box::new(state.clone()));
                    return undo;
                }
                Entry::Outputs { .. } => undo.outputs = Some(state.outputs.clone()),
                Entry::RowPut { row } => {
                    undo.rows.push((row.urn.clone(), state.rows.get(&row.urn).cloned()));
                    undo.incarnation(state, &row.owner);
                    undo.import(state, row);
                }
                Entry::RowRemoved { owner, .. } => {
                    undo.incarnation(state, owner);
                    for dependent in state.dependents(owner) {
                        undo.incarnation(state, &dependent);
                    }
                    if let Some(row) = state.row(owner) {
                        undo.import(state, row);
                    }
                }
                Entry::Intended { intent } => undo.incarnation(state, &intent.owner),
                Entry::Deposed { owner, .. } | Entry::Settled { owner } => undo.incarnation(state, owner),
                Entry::UpdateStarted { .. }
                | Entry::UpdateFinished { .. }
                | Entry::Left { .. }
                | Entry::LetGo { .. } => {}
            }
        }
        undo
    }

    /// The row and the intent of an incarnation.
    fn incarnation(&mut self, state: &State, owner: &OwnerId) {
        let key = owner.as_str();
        let deposed = state.deposed.get(key);
        if deposed.is_none()
            && let Some(row) = state.row(owner)
        {
            self.rows.push((row.urn.clone(), Some(row.clone())));
        }
        self.deposed.push((key.to_owned(), deposed.cloned()));
        self.intents.push((key.to_owned(), state.intents.get(key).cloned()));
    }

    fn import(&mut self, state: &State, row: &Row) {
        if let Some(import) = row.spent_import() {
            let was = state.spent.contains(&import);
            self.spent.push((import, was));
        }
    }

    /// Makes the state what it was.
    pub fn restore(self, state: &mut State) {
        if let Some(whole) = self.whole {
            *state = *whole;
            return;
        }
        state.serial = self.serial;
        for (urn, _) in &self.rows {
            state.remove_current(urn);
        }
        for (owner, _) in &self.deposed {
            state.remove_deposed(owner);
        }
        self.rows.into_iter().filter_map(|(_, row)| row).for_each(|row| state.insert_current(row));
        self.deposed.into_iter().filter_map(|(_, row)| row).for_each(|row| state.insert_deposed(row));
        for (owner, intent) in self.intents {
            match intent {
                Some(intent) => state.intents.insert(owner, intent),
                None => state.intents.remove(&owner),
            };
        }
        for (import, was) in self.spent {
            if !was {
                state.spent.remove(&import);
            }
        }
        state.let_stand = self.let_stand;
        state.remnants = self.remnants;
        if let Some(outputs) = self.outputs {
            state.outputs = outputs;
        }
        state.history.truncate(self.updates);
        if let (Some((changes, gone, finish)), Some(update)) = (self.last, state.history.last_mut()) {
            update.changes.truncate(changes);
            update.gone.truncate(gone);
            update.finish = finish;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::{deposed, intent, owner, put, row};
    use crate::state::{Edge, Operation, Removal};

    /// Every kind of entry, followed by one that is refused.
    #[test]
    fn a_refused_record_leaves_the_state_as_it_was() {
        let started = || Entry::UpdateStarted { command: "up".into(), who: "me".into(), at: "now".into() };
        let (a, mut b, c) = (row("a", "a1"), row("b", "b1"), row("c", "c1"));
        b.edges =
            [&a, &c].map(|on| Edge { urn: on.urn.clone(), owner: on.owner.clone(), via: "x".into() }).into();
        let mut imported = row("i", "i1");
        imported.options.import_id = Some(imported.id.clone());
        let mut state = State::empty("dev");
        state.apply(&[started(), put(a.clone()), put(b.clone()), put(c.clone()), put(imported)]).unwrap();
        state.apply(&[deposed("c1"), intent(&b, Operation::Update)]).unwrap();
        let finish = Finish {
            result: "succeeded".into(),
            at: "now".into(),
            seconds: 0.0,
            summary: std::collections::BTreeMap::new(),
            errors: Vec::new(),
        };
        let refused = Entry::Settled { owner: owner("nobody") };
        let records = [
            vec![intent(&a, Operation::Delete)],
            vec![intent(&row("d", "d1"), Operation::Create), put(row("d", "d1"))],
            vec![deposed("a1"), put(row("a", "a2"))],
            vec![put(Row { id: "other".into(), ..c.clone() })],
            vec![Entry::RowRemoved { owner: owner("a1"), why: Removal::Forgotten }],
            vec![
                Entry::Settled { owner: owner("b1") },
                Entry::RowRemoved { owner: owner("b1"), why: Removal::Forgotten },
            ],
            vec![Entry::RowRemoved { owner: owner("c1"), why: Removal::Absent }],
            vec![Entry::RowRemoved { owner: owner("i1"), why: Removal::Absent }],
            vec![Entry::RowRemoved { owner: owner("a1"), why: Removal::Absent }, put(b.clone())],
            vec![Entry::Moved { from: a.urn.clone(), to: row("e", "e1").urn }],
            vec![Entry::Settled { owner: owner("b1") }],
            vec![Entry::Outputs { outputs: Map::from([("x".into(), "y".into())]) }],
            vec![Entry::UpdateFinished { record: finish }],
            vec![started(), intent(&a, Operation::Update)],
        ];
        for mut record in records {
            record.push(refused.clone());
            let before = state.clone();
            assert!(state.apply(&record).is_err());
            assert_eq!(state, before, "{record:?}");
            // And what was applied is taken back.
            record.pop();
            state.apply_reversibly(&record).unwrap().restore(&mut state);
            assert_eq!(state, before, "{record:?}");
        }
    }
}
