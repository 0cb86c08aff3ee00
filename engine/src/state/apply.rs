//! The rules by which records change the state: what breaks one is refused whole.

use super::{Edge, Entry, Illegal, Intent, Operation, Removal, Row, State, Status, Update};
use crate::contract::OwnerId;
use crate::program::Options;
use crate::undo::Undo;
use crate::urn::Urn;

impl State {
    /// Applies one log record: its entries all together, and one step of the serial.
    ///
    /// # Errors
    /// When an entry breaks a rule; the state is then as it was.
    pub fn apply(&mut self, record: &[Entry]) -> Result<(), Illegal> {
        // An entry alone is refused before it changes anything.
        let undo = (record.len() > 1).then(|| Undo::of(self, record));
        for entry in record {
            if let Err(illegal) = self.apply_one(entry) {
                if let Some(undo) = undo {
                    undo.restore(self);
                }
                return Err(illegal);
            }
        }
        self.serial += 1;
        Ok(())
    }

    fn apply_one(&mut self, entry: &Entry) -> Result<(), Illegal> {
        match entry {
            Entry::UpdateStarted { command, who, at } => {
                let number = self.history.last().map_or(1, |update| update.number + 1);
                self.history.push(Update {
                    number,
                    command: command.clone(),
                    who: who.clone(),
                    at: at.clone(),
                    changes: Vec::new(),
                    finish: None,
                });
                Ok(())
            }
            Entry::Intended { intent } => self.intend(intent),
            Entry::RowPut { row } => self.put(row),
            Entry::Deposed { owner, options } => self.depose(owner, options.as_deref()),
            Entry::RowRemoved { owner, why } => self.remove(owner, *why),
            Entry::Moved { from, to } => self.rename(from, to),
            Entry::Settled { owner } => match self.intents.remove(owner.as_str()) {
                Some(_) => Ok(()),
                None => Err(Illegal(format!("no open intent of {}", owner.as_str()))),
            },
            Entry::Outputs { outputs } => {
                self.outputs = outputs.clone();
                Ok(())
            }
            Entry::UpdateFinished { record } => {
                if let Some(update) = self.history.last_mut() {
                    update.finish = Some(record.clone());
                }
                Ok(())
            }
        }
    }

    fn intend(&mut self, intent: &Intent) -> Result<(), Illegal> {
        let key = intent.owner.as_str();
        if self.intents.contains_key(key) {
            return Err(Illegal(format!("{} has an open intent already", intent.urn)));
        }
        let known = self.row(&intent.owner).is_some();
        match intent.operation {
            Operation::Create if known => {
                return Err(Illegal(format!("{} exists already", intent.urn)));
            }
            Operation::Update | Operation::Delete if !known => {
                return Err(Illegal(format!("{} is not on record", intent.urn)));
            }
            Operation::Create => {}
            Operation::Update => {
                self.set_status(&intent.owner, Status::Unfinished);
                self.widen(&intent.owner, &intent.edges);
            }
            Operation::Delete => self.set_status(&intent.owner, Status::Deleting),
        }
        self.intents.insert(key.to_owned(), intent.clone());
        self.note(
            &intent.urn,
            match intent.operation {
                Operation::Create => "create",
                Operation::Update => "update",
                Operation::Delete => "delete",
            },
        );
        Ok(())
    }

    fn put(&mut self, row: &Row) -> Result<(), Illegal> {
        if row.urn.stack() != self.stack {
            return Err(Illegal(format!("{} is not of stack {}", row.urn, self.stack)));
        }
        if row.id.is_empty() {
            return Err(Illegal(format!("{} has no physical id", row.urn)));
        }
        if let Some(deposed) = self.deposed.get_mut(row.owner.as_str()) {
            *deposed = row.clone();
            return Ok(());
        }
        match self.rows.get(&row.urn) {
            Some(current) if current.owner != row.owner => {
                Err(Illegal(format!("{} would lose its row {}", row.urn, current.id)))
            }
            _ => {
                self.rows.insert(row.urn.clone(), row.clone());
                Ok(())
            }
        }
    }

    fn depose(&mut self, owner: &OwnerId, options: Option<&Options>) -> Result<(), Illegal> {
        let urn = self.rows.values().find(|row| row.owner == *owner).map(|row| row.urn.clone());
        match urn.and_then(|urn| self.rows.remove(&urn)) {
            Some(mut row) => {
                if let Some(decided) = options {
                    row.options = decided.clone();
                }
                self.deposed.insert(owner.as_str().to_owned(), row);
                Ok(())
            }
            None => Err(Illegal(format!("{} is not current", owner.as_str()))),
        }
    }

    fn remove(&mut self, owner: &OwnerId, why: Removal) -> Result<(), Illegal> {
        let Some(row) = self.row(owner).cloned() else {
            return Err(Illegal(format!("{} is not on record", owner.as_str())));
        };
        if why == Removal::Deleted && !self.intents.contains_key(owner.as_str()) {
            return Err(Illegal(format!("{} was deleted without an intent", row.urn)));
        }
        if self.deposed.remove(owner.as_str()).is_none() {
            self.rows.remove(&row.urn);
        }
        // What was imported and is gone is not there to be imported again.
        if let Some(id) = row.options.import_id.as_ref().filter(|_| why != Removal::Forgotten) {
            self.spent.insert(Self::import_key(&row.urn, &row.region, id));
        }
        if why == Removal::Absent {
            for other in self.rows.values_mut().chain(self.deposed.values_mut()) {
                other.edges.retain(|edge| edge.owner != *owner);
            }
        }
        if why != Removal::Deleted {
            self.note(&row.urn, "forget");
        }
        Ok(())
    }

    fn rename(&mut self, from: &Urn, to: &Urn) -> Result<(), Illegal> {
        if self.rows.contains_key(to) {
            return Err(Illegal(format!("{to} exists already")));
        }
        let Some(mut row) = self.rows.remove(from) else {
            return Err(Illegal(format!("{from} is not on record")));
        };
        row.urn = to.clone();
        self.rows.insert(to.clone(), row);
        for row in self.rows.values_mut().chain(self.deposed.values_mut()) {
            for edge in row.edges.iter_mut().filter(|edge| edge.urn == *from) {
                edge.urn = to.clone();
            }
        }
        for intent in self.intents.values_mut() {
            for edge in intent.edges.iter_mut().filter(|edge| edge.urn == *from) {
                edge.urn = to.clone();
            }
            if intent.urn == *from {
                intent.urn = to.clone();
            }
        }
        self.note(to, "move");
        Ok(())
    }

    /// While a row is being changed it stands on what it stood on and on what it will.
    fn widen(&mut self, owner: &OwnerId, edges: &[Edge]) {
        if let Some(row) = self.row_mut(owner) {
            for edge in edges {
                if !row.edges.contains(edge) {
                    row.edges.push(edge.clone());
                }
            }
        }
    }

    fn row_mut(&mut self, owner: &OwnerId) -> Option<&mut Row> {
        match self.deposed.get_mut(owner.as_str()) {
            Some(row) => Some(row),
            None => self.rows.values_mut().find(|row| row.owner == *owner),
        }
    }

    fn set_status(&mut self, owner: &OwnerId, status: Status) {
        let row = self.row_mut(owner);
        // A tainted row stays tainted until it is replaced.
        if let Some(row) = row
            && !(row.status == Status::Tainted && status == Status::Unfinished)
        {
            row.status = status;
        }
    }

    fn note(&mut self, urn: &Urn, what: &str) {
        if let Some(update) = self.history.last_mut()
            && update.finish.is_none()
        {
            update.changes.push((urn.clone(), what.to_owned()));
        }
    }
}
