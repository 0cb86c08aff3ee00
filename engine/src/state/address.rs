//! Names of single incarnations: a resource and what its replacements left are told apart.

use std::fmt;
use std::str::FromStr;

use super::{Entry, Removal, Row, State};
use crate::urn::{UrnPattern, nearest};

/// So many characters of an incarnation's id are shown at least, and wanted at least.
const PREFIX: usize = 6;

/// What a user calls an incarnation: `URN` is the current one, `URN#PREFIX` the one whose id begins so.
///
/// In place of the URN the resource's name may stand, or a pattern, where only one fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    name: String,
    owner: Option<String>,
}

/// Why an address names no incarnation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It cannot be an address.
    #[error(
        "`{text}` is no address: {why}; expected a URN, or URN# and the first characters of an incarnation's id"
    )]
    Form {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Nothing on record has it.
    #[error("nothing on record is called `{text}`{}", offered("did you mean", candidates))]
    Nothing {
        /// The address.
        text: String,
        /// Addresses like it.
        candidates: Vec<String>,
    },
    /// More than one has it.
    #[error("`{text}` fits more than one{}", offered("which of these", candidates))]
    Several {
        /// The address.
        text: String,
        /// Their addresses.
        candidates: Vec<String>,
    },
}

impl AddressError {
    /// The stable code: the name of the error's page in the book.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form { .. } => "CLI-URN",
            Self::Nothing { .. } | Self::Several { .. } => "PLAN-NO-SUCH-URN",
        }
    }
}

fn offered(question: &str, candidates: &[String]) -> String {
    if candidates.is_empty() { String::new() } else { format!("; {question}: {}?", candidates.join(", ")) }
}

/// How many names are offered in place of one that is not there.
const MOST: usize = 5;

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = |why| AddressError::Form { text: text.to_owned(), why };
        let (name, owner) = match text.split_once('#') {
            None => (text, None),
            Some((name, owner)) => (name, Some(owner)),
        };
        if name.is_empty() {
            return Err(wrong("the name is empty"));
        }
        if let Some(owner) = owner {
            if !owner.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) {
                return Err(wrong("behind # only lower-case letters and digits stand"));
            }
            if owner.len() < PREFIX {
                return Err(wrong("behind # stand at least 6 characters"));
            }
        }
        Ok(Self { name: name.to_owned(), owner: owner.map(str::to_owned) })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            None => f.write_str(&self.name),
            Some(owner) => write!(f, "{}#{owner}", self.name),
        }
    }
}

impl State {
    /// Whether an incarnation was replaced and is still to be deleted.
    #[must_use]
    pub fn is_deposed(&self, row: &Row) -> bool {
        self.deposed.contains_key(row.owner.as_str())
    }

    /// The shortest address of a row that [`find`](Self::find) takes.
    #[must_use]
    pub fn address(&self, row: &Row) -> Address {
        let name = row.urn.to_string();
        if !self.is_deposed(row) {
            return Address { name, owner: None };
        }
        let id = row.owner.as_str();
        let others = || self.all_rows().filter(|other| other.urn == row.urn && other.owner != row.owner);
        let unique = |length: &usize| {
            id.get(..*length)
                .is_some_and(|prefix| others().all(|other| !other.owner.as_str().starts_with(prefix)))
        };
        let length = (PREFIX..id.len()).find(unique).unwrap_or(id.len());
        Address { name, owner: Some(id[..length].to_owned()) }
    }

    /// The row that an address names.
    ///
    /// # Errors
    /// Where none or more than one fits, with the addresses that might be meant.
    pub fn find(&self, address: &Address) -> Result<&Row, AddressError> {
        let pattern = UrnPattern::new(&address.name);
        let named = |row: &&Row| row.urn.as_str() == address.name || pattern.matches(&row.urn);
        let fits = |row: &&Row| match &address.owner {
            None => !self.is_deposed(row),
            Some(owner) => row.owner.as_str().starts_with(owner.as_str()),
        };
        let text = address.to_string();
        let found: Vec<&Row> = self.all_rows().filter(named).filter(fits).collect();
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(AddressError::Nothing {
                candidates: self.like(address, self.all_rows().filter(named)),
                text,
            }),
            several => {
                Err(AddressError::Several { candidates: self.addresses(several.iter().copied()), text })
            }
        }
    }

    fn addresses<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<String> {
        rows.map(|row| self.address(row).to_string()).collect()
    }

    /// The other incarnations of that name, and else the names nearest to it.
    fn like<'a>(&self, address: &Address, named: impl Iterator<Item = &'a Row>) -> Vec<String> {
        let others = self.addresses(named);
        if !others.is_empty() {
            return others;
        }
        let urns = || self.all_rows().map(|row| row.urn.as_str());
        let mut near = nearest(&address.name, urns());
        if near.is_empty() {
            let names = nearest(&address.name, self.all_rows().map(|row| row.urn.name()));
            near = urns().filter(|urn| names.iter().any(|name| urn.ends_with(&format!("/{name}")))).collect();
        }
        near.dedup();
        near.truncate(MOST);
        near.into_iter().map(str::to_owned).collect()
    }

    /// What takes a row off the record, with what was begun on it. It stands on in AWS.
    #[must_use]
    pub fn forgetting(&self, row: &Row) -> Vec<Entry> {
        let owner = row.owner.clone();
        let mut entries = vec![Entry::RowRemoved { owner: owner.clone(), why: Removal::Forgotten }];
        if self.intents.contains_key(owner.as_str()) {
            entries.push(Entry::Settled { owner });
        }
        entries
    }
}

impl Row {
    /// What protects the row by hand, or takes every protection off.
    #[must_use]
    pub fn protecting(&self, protect: bool) -> Entry {
        let mut row = Box::new(Self { locked: protect, ..self.clone() });
        row.options.protect &= protect;
        Entry::RowPut { row }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Operation;
    use crate::state::tests::{deposed, intent, put, row};

    /// `a` with two earlier incarnations, and `b`.
    fn state() -> State {
        let mut state = State::empty("dev");
        for entries in [
            vec![put(row("a", "0001aaaa11"))],
            vec![deposed("0001aaaa11"), put(row("a", "0001aaaa22"))],
            vec![deposed("0001aaaa22"), put(row("a", "0001bbbb33")), put(row("b", "0001cccc44"))],
        ] {
            state.apply(&entries).unwrap();
        }
        state
    }

    fn found(state: &State, text: &str) -> Result<String, AddressError> {
        state.find(&text.parse()?).map(|row| row.owner.as_str().to_owned())
    }

    #[test]
    fn every_incarnation_has_an_address_that_finds_it() {
        let state = state();
        for row in state.all_rows() {
            let text = state.address(row).to_string();
            assert_eq!(found(&state, &text).unwrap(), row.owner.as_str(), "{text}");
        }
        assert_eq!(state.address(state.rows.values().next().unwrap()).to_string(), "dev/c/a:b:C/a");
        assert_eq!(found(&state, "a").unwrap(), "0001bbbb33");
        assert_eq!(found(&state, "a#0001aaaa1").unwrap(), "0001aaaa11");
        assert_eq!(found(&state, "dev/c/a:b:C/a#0001bbbb").unwrap(), "0001bbbb33");
    }

    #[test]
    fn an_address_that_names_none_or_several_says_which_there_are() {
        let state = state();
        let both = ["dev/c/a:b:C/a#0001aaaa1", "dev/c/a:b:C/a#0001aaaa2"];
        match found(&state, "a#0001aaaa").unwrap_err() {
            AddressError::Several { candidates, .. } => assert_eq!(candidates, both),
            other => panic!("{other}"),
        }
        let error = found(&state, "a#zzzzzz").unwrap_err().to_string();
        assert!(error.contains(both[0]) && error.contains("dev/c/a:b:C/a,"), "{error}");
        let error = found(&state, "dev/c/a:b:C/aa").unwrap_err().to_string();
        assert!(error.contains("dev/c/a:b:C/a"), "{error}");
        for text in ["", "#0001aaaa", "a#0001", "a#0001AAAA"] {
            assert!(matches!(found(&state, text), Err(AddressError::Form { .. })), "{text}");
        }
    }

    /// V24: the row of what AWS will not delete can be protected and taken off the record.
    #[test]
    fn a_deposed_row_can_be_protected_and_removed() {
        let mut state = state();
        let old = state.find(&"a#0001aaaa1".parse().unwrap()).unwrap().clone();
        state.apply(&[old.protecting(true)]).unwrap();
        assert!(state.row(&old.owner).unwrap().locked);
        state.apply(&[intent(&old, Operation::Delete)]).unwrap();
        state.apply(&state.forgetting(&old)).unwrap();
        assert!(state.row(&old.owner).is_none() && state.intents.is_empty());
        assert_eq!(state.rows.len(), 2);
    }

    /// V24: beside an open intent the next run would find the resource and put it back.
    #[test]
    fn a_row_is_not_removed_beside_an_open_intent() {
        for (operation, why) in [
            (Operation::Update, Removal::Forgotten),
            (Operation::Delete, Removal::Forgotten),
            (Operation::Delete, Removal::Absent),
            (Operation::Delete, Removal::Deleted),
        ] {
            let mut state = state();
            let row = state.find(&"b".parse().unwrap()).unwrap().clone();
            state.apply(&[intent(&row, operation)]).unwrap();
            let before = state.clone();
            let removed = Entry::RowRemoved { owner: row.owner.clone(), why };
            assert!(state.apply(std::slice::from_ref(&removed)).is_err(), "{operation:?} {why:?}");
            assert_eq!(state, before);
            state.apply(&[removed, Entry::Settled { owner: row.owner.clone() }]).unwrap();
            assert!(state.row(&row.owner).is_none() && state.intents.is_empty());
        }
    }
}
