//! The rules by which records change the state: what breaks one is refused whole.

use super::{Edge, Entry, Illegal, Intent, Operation, Removal, Row, STATE_VERSION, State, Status, Update};
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
        self.replay(STATE_VERSION, record)
    }

    /// Applies a record of the log by the rules of the version that wrote it, so that it does what it did then.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn replay(&mut self, version: u16, record: &[Entry]) -> Result<(), Illegal> {
        // An entry alone is refused before it changes anything.
        let undo = (record.len() > 1).then(|| Undo::of(self, record));
        let outcome = self.apply_all(version, record);
        if let (Err(_), Some(undo)) = (&outcome, undo) {
            undo.restore(self);
        }
        outcome
    }

    /// [`apply`](Self::apply), and what takes the record back.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn apply_reversibly(&mut self, record: &[Entry]) -> Result<Undo, Illegal> {
        let undo = Undo::of(self, record);
        match self.apply_all(STATE_VERSION, record) {
            Ok(()) => Ok(undo),
            Err(illegal) => {
                undo.restore(self);
                Err(illegal)
            }
        }
    }

    fn apply_all(&mut self, version: u16, record: &[Entry]) -> Result<(), Illegal> {
        if version > 1 {
            self.judge_removals(record)?;
        }
        for entry in record {
            self.apply_one(version, entry)?;
        }
        if version > 1 {
            self.drop_loose_edges(record);
        }
        self.serial += 1;
        Ok(())
    }

    /// What was begun on a row comes to its end with it: an intent without its row would bring it back.
    fn judge_removals(&self, record: &[Entry]) -> Result<(), Illegal> {
        let settled = |owner: &OwnerId| {
            record.iter().any(|entry| matches!(entry, Entry::Settled { owner: settled } if settled == owner))
        };
        for entry in record {
            if let Entry::RowRemoved { owner, .. } = entry
                && let Some(intent) = self.intents.get(owner.as_str())
                && !settled(owner)
            {
                return Err(Illegal(format!("what became of an operation on {} is not settled", intent.urn)));
            }
        }
        Ok(())
    }

    /// The rows that a record wrote stand on nothing that is not on record when it ends.
    fn drop_loose_edges(&mut self, record: &[Entry]) {
        for entry in record {
            let owner = match entry {
                Entry::RowPut { row } => &row.owner,
                Entry::Intended { intent } => &intent.owner,
                _ => continue,
            };
            let Some(row) = self.row(owner) else { continue };
            let stands = |edge: &Edge| self.row(&edge.owner).is_some();
            if !row.edges.iter().all(stands) {
                let edges = row.edges.iter().filter(|edge| stands(edge)).cloned().collect();
                self.change(&owner.clone(), |row| row.edges = edges);
            }
        }
    }

    fn apply_one(&mut self, version: u16, entry: &Entry) -> Result<(), Illegal> {
        match entry {
            Entry::UpdateStarted { command, who, at } => {
                let number = self.history.last().map_or(1, |update| update.number + 1);
                self.history.push(Update {
                    number,
                    command: command.clone(),
                    who: who.clone(),
                    at: at.clone(),
                    changes: Vec::new(),
                    gone: Vec::new(),
                    finish: None,
                });
                Ok(())
            }
            Entry::Intended { intent } => self.intend(intent),
            Entry::RowPut { row } => self.put(version, row),
            Entry::Deposed { owner, options } => self.depose(owner, options.as_deref()),
            Entry::RowRemoved { owner, why } => self.remove(version, owner, *why),
            Entry::Left { remnant } => {
                self.remnants.insert(remnant.key(), (**remnant).clone());
                Ok(())
            }
            Entry::LetGo { key } => match self.remnants.remove(key) {
                Some(_) => Ok(()),
                None => Err(Illegal(format!("nothing is left as {key}"))),
            },
            Entry::Moved { from, to } => self.rename(version, from, to),
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
        self.note(&intent.urn, intent.operation.word());
        Ok(())
    }

    /// What a row depended on before this record or an earlier one, and does not any more, as far as it stands.
    fn former(&self, version: u16, row: &Row) -> Vec<Edge> {
        let Some(before) = self.row(&row.owner).filter(|_| version > 5) else { return Vec::new() };
        let is_now =
            |edge: &Edge| row.edges.iter().any(|now| (&now.owner, &now.via) == (&edge.owner, &edge.via));
        let mut former: Vec<Edge> = Vec::new();
        for edge in before.former.iter().chain(&before.edges) {
            let known = former.iter().any(|one| (&one.owner, &one.via) == (&edge.owner, &edge.via));
            if edge.via != "depends_on" && !known && !is_now(edge) && self.row(&edge.owner).is_some() {
                former.push(edge.clone());
            }
        }
        former
    }

    fn put(&mut self, version: u16, row: &Row) -> Result<(), Illegal> {
        let row = &Row { former: self.former(version, row), ..row.clone() };
        if row.urn.stack() != self.stack {
            return Err(Illegal(format!("{} is not of stack {}", row.urn, self.stack)));
        }
        if row.id.is_empty() {
            return Err(Illegal(format!("{} has no physical id", row.urn)));
        }
        let is_it = |one: &Row| {
            one.id == row.id && one.region == row.region && one.urn.type_name() == row.urn.type_name()
        };
        // Taken under management again.
        self.let_stand.retain(|_, one| !is_it(one));
        self.remnants.retain(|_, one| !one.is_again(row));
        if self.deposed.contains_key(row.owner.as_str()) {
            self.insert_deposed(row.clone());
            return Ok(());
        }
        match (self.rows.get(&row.urn), self.current(&row.owner)) {
            (Some(current), _) if current.owner != row.owner => {
                Err(Illegal(format!("{} would lose its row {}", row.urn, current.id)))
            }
            (_, Some(urn)) if *urn != row.urn && version > 1 => {
                Err(Illegal(format!("{} is {urn} on record", row.urn)))
            }
            (current, _) => {
                // What was taken under management a moment ago may be seen as late as what was made.
                let taken_in = current.is_none()
                    && row.options.import_id.as_ref() == Some(&row.id)
                    && !self.intents.contains_key(row.owner.as_str());
                self.insert_current(row.clone());
                if taken_in && version > 1 {
                    self.note(&row.urn, "import");
                }
                Ok(())
            }
        }
    }

    fn depose(&mut self, owner: &OwnerId, options: Option<&Options>) -> Result<(), Illegal> {
        let urn = self.current(owner).cloned();
        match urn.and_then(|urn| self.remove_current(&urn)) {
            Some(mut row) => {
                if let Some(decided) = options {
                    row.options = decided.clone();
                }
                self.insert_deposed(row);
                Ok(())
            }
            None => Err(Illegal(format!("{} is not current", owner.as_str()))),
        }
    }

    fn remove(&mut self, version: u16, owner: &OwnerId, why: Removal) -> Result<(), Illegal> {
        let Some(row) = self.row(owner) else {
            return Err(Illegal(format!("{} is not on record", owner.as_str())));
        };
        let (urn, id) = (row.urn.clone(), row.id.clone());
        let known = version > 3 || (version > 2 && !row.edges.is_empty());
        let stands = (known && why == Removal::Forgotten).then(|| row.let_stand());
        if why == Removal::Deleted && !self.intents.contains_key(owner.as_str()) {
            return Err(Illegal(format!("{urn} was deleted without an intent")));
        }
        // What stands no more is not imported a second time.
        if version > 1
            && why != Removal::Forgotten
            && let Some(spent) = row.spent_import()
        {
            self.spent.insert(spent);
        }
        if self.remove_deposed(owner.as_str()).is_none() {
            self.remove_current(&urn);
        }
        self.let_stand.retain(|_, row| {
            row.edges.retain(|edge| edge.owner != *owner);
            version > 3 || !row.edges.is_empty()
        });
        if let Some(row) = stands {
            self.let_stand.insert(owner.as_str().to_owned(), row);
        }
        if version > 1 || why == Removal::Absent {
            for dependent in self.dependents(owner) {
                self.change(&dependent, |row| row.edges.retain(|edge| edge.owner != *owner));
            }
        }
        if why != Removal::Deleted {
            self.note(&urn, "forget");
        }
        if version > 5
            && let Some(update) = self.history.last_mut()
            && update.finish.is_none()
        {
            update.gone.push(id);
        }
        Ok(())
    }

    fn rename(&mut self, version: u16, from: &Urn, to: &Urn) -> Result<(), Illegal> {
        if self.rows.contains_key(to) {
            return Err(Illegal(format!("{to} exists already")));
        }
        let begun = |intent: &Intent| intent.urn == *to && intent.operation == Operation::Create;
        if version > 1 && self.intents.values().any(begun) {
            return Err(Illegal(format!("{to} is being created")));
        }
        let Some(mut row) = self.remove_current(from) else {
            return Err(Illegal(format!("{from} is not on record")));
        };
        row.urn = to.clone();
        self.insert_current(row);
        self.change_all(|row| {
            let given_up = row.interim.iter_mut().flat_map(|interim| &mut interim.edges);
            for edge in row.edges.iter_mut().chain(given_up).filter(|edge| edge.urn == *from) {
                edge.urn = to.clone();
            }
        });
        for edge in self.let_stand.values_mut().flat_map(|row| &mut row.edges) {
            if edge.urn == *from {
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
        self.change(owner, |row| {
            for edge in edges {
                if !row.edges.contains(edge) {
                    row.edges.push(edge.clone());
                }
            }
        });
    }

    fn set_status(&mut self, owner: &OwnerId, status: Status) {
        // A tainted row stays tainted until it is replaced: also where its delete was begun and had no effect.
        self.change(owner, |row| {
            if row.status != Status::Tainted {
                row.status = status;
            }
        });
    }

    fn note(&mut self, urn: &Urn, what: &str) {
        if let Some(update) = self.history.last_mut()
            && update.finish.is_none()
        {
            update.changes.push((urn.clone(), what.to_owned()));
        }
    }
}
