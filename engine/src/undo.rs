//! What a log record is about to touch, so that a refused one leaves nothing behind.

use std::collections::BTreeSet;

use crate::state::{Entry, Intent, Removal, Row, State, Update};
use crate::urn::Urn;
use crate::value::Map;

/// The state before a record, as far as the record can reach.
pub(crate) struct Undo {
    /// All of it, where the record can reach anywhere.
    whole: Option<Box<State>>,
    rows: Vec<(Urn, Option<Row>)>,
    deposed: Vec<(String, Option<Row>)>,
    intents: Vec<(String, Option<Intent>)>,
    outputs: Option<Map>,
    spent: Option<BTreeSet<String>>,
    updates: usize,
    last: Option<Update>,
}

impl Undo {
    /// What these entries can touch.
    pub(crate) fn of(state: &State, record: &[Entry]) -> Self {
        let mut undo = Self {
            whole: None,
            rows: Vec::new(),
            deposed: Vec::new(),
            intents: Vec::new(),
            outputs: None,
            spent: None,
            updates: state.history.len(),
            last: state.history.last().cloned(),
        };
        for entry in record {
            match entry {
                Entry::Moved { .. } | Entry::RowRemoved { why: Removal::Absent, .. } => {
                    undo.whole = Some(Box::new(state.clone()));
                    return undo;
                }
                Entry::Outputs { .. } => undo.outputs = Some(state.outputs.clone()),
                Entry::RowPut { row } => {
                    undo.rows.push((row.urn.clone(), state.rows.get(&row.urn).cloned()));
                    undo.incarnation(state, row.owner.as_str());
                }
                Entry::Intended { intent } => undo.incarnation(state, intent.owner.as_str()),
                Entry::RowRemoved { owner, .. } => {
                    undo.spent.get_or_insert_with(|| state.spent.clone());
                    undo.incarnation(state, owner.as_str());
                }
                Entry::Deposed { owner, .. } | Entry::Settled { owner } => {
                    undo.incarnation(state, owner.as_str());
                }
                Entry::UpdateStarted { .. } | Entry::UpdateFinished { .. } => {}
            }
        }
        undo
    }

    /// The row and the intent of an incarnation.
    fn incarnation(&mut self, state: &State, owner: &str) {
        self.deposed.push((owner.to_owned(), state.deposed.get(owner).cloned()));
        self.intents.push((owner.to_owned(), state.intents.get(owner).cloned()));
        if let Some(row) = state.rows.values().find(|row| row.owner.as_str() == owner) {
            self.rows.push((row.urn.clone(), Some(row.clone())));
        }
    }

    /// The state as it was.
    pub(crate) fn restore(self, state: &mut State) {
        if let Some(whole) = self.whole {
            *state = *whole;
            return;
        }
        for (urn, row) in self.rows {
            match row {
                Some(row) => state.rows.insert(urn, row),
                None => state.rows.remove(&urn),
            };
        }
        for (owner, row) in self.deposed {
            match row {
                Some(row) => state.deposed.insert(owner, row),
                None => state.deposed.remove(&owner),
            };
        }
        for (owner, intent) in self.intents {
            match intent {
                Some(intent) => state.intents.insert(owner, intent),
                None => state.intents.remove(&owner),
            };
        }
        if let Some(outputs) = self.outputs {
            state.outputs = outputs;
        }
        if let Some(spent) = self.spent {
            state.spent = spent;
        }
        state.history.truncate(self.updates);
        if let (Some(last), Some(update)) = (self.last, state.history.last_mut()) {
            *update = last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::OwnerId;
    use crate::program::Options;
    use crate::state::{Finish, Operation, Status};

    fn row(name: &str, owner: &str) -> Row {
        Row {
            urn: format!("dev/c/a:b:C/{name}").parse().unwrap(),
            owner: OwnerId(owner.to_owned()),
            id: format!("id-{owner}"),
            account: String::new(),
            region: String::new(),
            inputs: Map::new(),
            outputs: Map::new(),
            edges: Vec::new(),
            status: Status::Ready,
            locked: false,
            options: Options::default(),
        }
    }

    /// Every kind of entry, followed by one that is refused.
    #[test]
    fn a_refused_record_leaves_the_state_as_it_was() {
        let owner = |name: &str| OwnerId(name.to_owned());
        let put = |row: Row| Entry::RowPut { row: Box::new(row) };
        let started = || Entry::UpdateStarted { command: "up".into(), who: "me".into(), at: "now".into() };
        let intent = |of: &Row, operation| Entry::Intended {
            intent: Intent {
                owner: of.owner.clone(),
                urn: of.urn.clone(),
                operation,
                account: String::new(),
                region: String::new(),
                inputs: Map::new(),
                edges: Vec::new(),
                options: Options::default(),
            },
        };
        let (mut a, b, c) = (row("a", "a1"), row("b", "b1"), row("c", "c1"));
        a.options.import_id = Some("imported".to_owned());
        let deleted =
            |owner: &str| Entry::RowRemoved { owner: OwnerId(owner.to_owned()), why: Removal::Deleted };
        let mut state = State::empty("dev");
        state.apply(&[started(), put(a.clone()), put(b.clone()), put(c.clone())]).unwrap();
        state
            .apply(&[Entry::Deposed { owner: owner("c1"), options: None }, intent(&b, Operation::Update)])
            .unwrap();
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
            vec![intent(&a, Operation::Delete), deleted("a1")],
            vec![intent(&row("d", "d1"), Operation::Create), put(row("d", "d1"))],
            vec![Entry::Deposed { owner: owner("a1"), options: None }, put(row("a", "a2"))],
            vec![put(Row { id: "other".into(), ..c.clone() })],
            vec![Entry::RowRemoved { owner: owner("a1"), why: Removal::Forgotten }],
            vec![Entry::RowRemoved { owner: owner("c1"), why: Removal::Absent }],
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
        }
    }
}
