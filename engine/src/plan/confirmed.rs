//! What somebody has confirmed by name: a word allows what it says, and nothing else.

use crate::schema::{Registry, TypeSpec};
use crate::state::{Row, State};

/// The names that were given, by what they confirm: each is a physical id or a URN.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// What holds data may be replaced, or made anew where it is gone.
    pub replace: Vec<String>,
    /// What holds data may be deleted, or lose what is older than a shorter period.
    pub delete: Vec<String>,
    /// A key may go though what stays is encrypted with it.
    pub unreadable: Vec<String>,
    /// What an operation has set may follow the program again.
    pub unpin: Vec<String>,
    /// What held data and is gone may leave the record.
    pub gone: Vec<String>,
}

/// The words with which something is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Of [`Confirmed::replace`].
    Replace,
    /// Of [`Confirmed::delete`].
    Delete,
    /// Of [`Confirmed::unreadable`].
    Unreadable,
    /// Of [`Confirmed::unpin`].
    Unpin,
    /// Of [`Confirmed::gone`].
    Gone,
}

/// What a name can confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// Something on record.
    OnRecord,
    /// Something that one of the last updates has done already.
    Done,
    /// Nothing: it is a slip of the pen, or of another stack.
    Nothing,
}

impl Word {
    /// What is typed.
    #[must_use]
    pub const fn flag(self) -> &'static str {
        match self {
            Self::Replace => "--confirm-replace",
            Self::Delete => "--confirm-delete",
            Self::Unreadable => "--confirm-unreadable",
            Self::Unpin => "--unpin",
            Self::Gone => "--confirm-gone",
        }
    }

    /// Whether there is anything to confirm by this word of a resource on record.
    #[must_use]
    pub fn applies(self, registry: &Registry, row: &Row) -> bool {
        let Some(spec) = registry.get(row.urn.type_name()) else { return false };
        match self {
            Self::Replace | Self::Delete | Self::Gone => spec.data.is_some(),
            Self::Unreadable => spec.seals(),
            Self::Unpin => kept(spec).any(|name| row.inputs.get(name).is_some_and(|value| !value.is_null())),
        }
    }

    /// What a name confirms by this word. A command that is given again, after it was cut off or in a script, finds
    /// done what it confirms.
    #[must_use]
    pub fn meant(self, registry: &Registry, state: &State, name: &str) -> Meant {
        let named = || state.all_rows().filter(|row| is_named(name, row));
        let done = match self {
            Self::Unpin => named().any(|row| {
                let pins = registry.get(row.urn.type_name()).is_some_and(|spec| kept(spec).next().is_some());
                pins && state.has_just_changed(&row.urn)
            }),
            _ => state.has_just_let_go(name),
        };
        match () {
            () if named().any(|row| self.applies(registry, row)) => Meant::OnRecord,
            () if done => Meant::Done,
            () => Meant::Nothing,
        }
    }
}

/// What an operation sets of a type.
fn kept(spec: &TypeSpec) -> impl Iterator<Item = &'static str> {
    spec.properties.iter().filter(|property| !property.kept_until.is_empty()).map(|property| property.name)
}

impl Confirmed {
    /// All of these for all purposes.
    #[must_use]
    pub fn all(names: impl IntoIterator<Item = String>) -> Self {
        let names: Vec<String> = names.into_iter().collect();
        Self {
            replace: names.clone(),
            delete: names.clone(),
            unreadable: names.clone(),
            unpin: names.clone(),
            gone: names,
        }
    }

    /// Whether a word was given for a resource.
    #[must_use]
    pub fn allows(&self, word: Word, row: &Row) -> bool {
        self.of(word).iter().any(|name| is_named(name, row))
    }

    /// The names of a word.
    #[must_use]
    pub fn of(&self, word: Word) -> &[String] {
        match word {
            Word::Replace => &self.replace,
            Word::Delete => &self.delete,
            Word::Unreadable => &self.unreadable,
            Word::Unpin => &self.unpin,
            Word::Gone => &self.gone,
        }
    }
}

/// Whether a name is that of a resource: its physical id or its URN.
fn is_named(name: &str, row: &Row) -> bool {
    *name == row.id || name == row.urn.as_str()
}
