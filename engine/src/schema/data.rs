//! What a resource holds that no other one of its kind brings along.

use super::Period;
use crate::contract::Target;
use crate::value::{Map, Value};

/// What a type's resources hold. It is lost with them: they are replaced, deleted and taken for gone only by name.
#[derive(Debug, Clone, Copy)]
pub struct Data {
    /// What it is, in words: `a database`, `log events`.
    pub what: &'static str,
    /// What the delete of a replaced one gets, whatever the program says.
    pub on_replace: &'static [(&'static str, bool)],
    /// What a delete leaves behind.
    pub leaves: &'static [Leaves],
    /// How it stands on itself while it waits for its end.
    pub itself: Option<Kept>,
    /// The flag without which AWS deletes none that holds anything, so that nothing can be lost.
    pub only_if: Option<&'static str>,
    /// The times after which AWS drops what it holds, or what it could come back from.
    pub periods: &'static [Period],
    /// Whether AWS keeps backups beyond its end, from which it can come back: a new one in its place would hide that.
    pub backed_up: bool,
    /// The properties that name the keys with which it is encrypted.
    pub sealed_by: &'static [&'static str],
    /// Whether AWS encrypts all that it holds anew when its key changes: else what is older needs the key of before.
    pub reseals: bool,
    /// Whether it is a key: what is encrypted with it stands on after its delete, and cannot be read.
    pub seals: bool,
}

/// What a delete leaves behind.
#[derive(Debug, Clone, Copy)]
pub struct Leaves {
    /// What it is.
    pub kept: Kept,
    /// The flag that decides.
    pub property: &'static str,
    /// What the flag says where it is left.
    pub is: bool,
}

/// What stands at AWS after a delete.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// What it is, in words: `a final snapshot`.
    pub what: &'static str,
    /// Its own type, in AWS's names.
    pub type_name: &'static str,
    /// Its identifier, which follows from what was deleted, so that every retry and every later run finds the same;
    /// `None` where nothing stays.
    pub id: fn(&Target) -> Option<String>,
    /// The property that says for how many days AWS keeps it; at 0 nothing stays.
    pub days: Option<&'static str>,
    /// The properties that its price follows from.
    pub priced_by: &'static [&'static str],
    /// The command that ends it, with `{id}` and `{region}`; `None` where nothing does before its time.
    pub ends: Option<&'static str>,
    /// The command that brings it back.
    pub brings_back: Option<&'static str>,
}

impl Kept {
    /// What stays until somebody ends it.
    #[must_use]
    pub const fn new(what: &'static str, id: fn(&Target) -> Option<String>) -> Self {
        Self { what, type_name: "", id, days: None, priced_by: &[], ends: None, brings_back: None }
    }
}

impl Data {
    /// Data that goes with its resource.
    #[must_use]
    pub const fn new(what: &'static str) -> Self {
        Self {
            what,
            on_replace: &[],
            leaves: &[],
            itself: None,
            only_if: None,
            periods: &[],
            backed_up: false,
            sealed_by: &[],
            reseals: false,
            seals: false,
        }
    }

    /// Whether a delete of one with these inputs can lose anything.
    #[must_use]
    pub fn is_lost(&self, inputs: &Map) -> bool {
        self.only_if.is_none_or(|flag| inputs.get(flag).and_then(Value::as_bool) == Some(true))
    }

    /// What a delete of one with these inputs leaves behind; one that is replaced leaves what
    /// [`Data::on_replace`] says.
    pub fn left(&self, inputs: &Map, replaced: bool) -> impl Iterator<Item = &'static str> {
        self.kept(inputs, replaced).map(|kept| kept.what)
    }

    /// The same, with how it is found and ended.
    pub fn kept(&self, inputs: &Map, replaced: bool) -> impl Iterator<Item = &'static Kept> {
        let says = move |leaves: &&Leaves| {
            let forced = self.on_replace.iter().find(|(name, _)| replaced && *name == leaves.property);
            let set = inputs.get(leaves.property).and_then(Value::as_bool);
            forced.map(|(_, value)| *value).or(set) == Some(leaves.is)
        };
        self.leaves.iter().filter(says).map(|leaves| &leaves.kept)
    }
}
