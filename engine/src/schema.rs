//! Resource types as data: what the engine knows of a type.

mod data;
mod period;
mod property;
mod timing;

use std::collections::BTreeMap;

use crate::limits::Limit;
use crate::value::{Map, Value};

pub use data::{Data, Kept, Leaves};
pub use period::{Cut, Days, Period};
pub use property::{Effect, Equality, Grants, Kind, LetsGo, Property, UsedBy};
pub use timing::{Lingers, Timing};

/// In what AWS keeps a claim: two resources collide only within one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A region of an account; what a parent keeps has its parent among the properties of the claim.
    Region,
    /// An account.
    Account,
    /// The whole of a partition of AWS: bucket names.
    World,
}

/// One output of a resource type.
#[derive(Debug, Clone)]
pub struct OutputSpec {
    /// Its name; `id` is the physical id.
    pub name: &'static str,
    /// Whether an in-place update may change it, so that a preview shows it as unknown.
    pub volatile: bool,
    /// Whether its value is secret.
    pub secret: bool,
    /// One sentence for the reference.
    pub doc: &'static str,
}

/// How a resource gets its identity, and so how it is found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// AWS mints the id; the owner tags in the create call find it again.
    Minted {
        /// Whether the create call also takes a client token.
        token: bool,
    },
    /// We name it: the property that holds its name within account and region.
    Named {
        /// The property with the name.
        property: &'static str,
    },
    /// It is an entry of its parent, told from others by these properties, and takes no tags.
    Child {
        /// The properties that tell it from others.
        key: &'static [&'static str],
    },
    /// It exists whether we want it or not: it is adopted, configured and given back.
    Adopted {
        /// The properties that say which one it is.
        key: &'static [&'static str],
    },
}

/// All that the engine knows of a resource type.
#[derive(Debug, Clone)]
pub struct TypeSpec {
    /// `aws:<service>:<Resource>` with AWS's own names.
    pub name: &'static str,
    /// One sentence for the reference.
    pub doc: &'static str,
    /// How it gets its identity.
    pub identity: Identity,
    /// Its properties.
    pub properties: Vec<Property>,
    /// Its outputs besides `id`.
    pub outputs: Vec<OutputSpec>,
    /// Sets of properties that no two live resources may share: when a replacement
    /// keeps all of one set, the old resource must go first. The empty set: a region has only one.
    pub exclusive: &'static [&'static [&'static str]],
    /// Of claims that AWS keeps wider than in a region: one of their properties, and the scope.
    pub scopes: &'static [(&'static str, Scope)],
    /// Whether what is deleted waits for its deletion for days and can be restored meanwhile, name and all.
    pub restorable: bool,
    /// The property that says for how many days it waits; at 0 it is gone at once.
    pub window: Option<&'static str>,
    /// Whether things of other hands can keep AWS from deleting it: they are looked for before a delete.
    pub held: bool,
    /// The property that gets a generated name where the program gives none.
    pub generated_name: Option<&'static str>,
    /// Whether it belongs to the account and not to one region.
    pub global: bool,
    /// Whether its life-cycle has pending states that must be waited for.
    pub pending: bool,
    /// What its resources hold that a successor does not bring along.
    pub data: Option<Data>,
    /// Whether deletes of some of them take longer. One that makes way for its successor does not wait for
    /// what it leaves behind ([`crate::contract::MAKES_WAY`]).
    pub lingers: Option<Lingers>,
    /// Whether its create call can take the place of the one that it replaces, so that there is no moment without
    /// either ([`crate::contract::INSTEAD_OF`]).
    pub swaps: bool,
    /// What AWS takes of its values.
    pub limits: Vec<Limit>,
    /// Whether it records what is done in the account: where it goes too, it goes after all else.
    pub witness: bool,
    /// Durations.
    pub timing: Timing,
}

impl TypeSpec {
    /// What is lost with a resource with these inputs.
    #[must_use]
    pub fn loses(&self, inputs: &Map) -> Option<&Data> {
        self.data.as_ref().filter(|data| data.is_lost(inputs))
    }

    /// Whether it is a key, with which others are encrypted.
    #[must_use]
    pub fn seals(&self) -> bool {
        self.data.is_some_and(|data| data.seals)
    }

    /// Whether it comes back from backups that outlive it: a new one in its place would hide them.
    #[must_use]
    pub fn is_backed_up(&self) -> bool {
        self.data.is_some_and(|data| data.backed_up)
    }

    /// Whether a resource with these inputs waits for its end when it is deleted, name and all.
    #[must_use]
    pub fn waits(&self, inputs: &Map) -> bool {
        let at_once = |name: &str| inputs.get(name).and_then(Value::as_int) == Some(0);
        self.restorable && !self.window.is_some_and(at_once)
    }

    /// The typical delete of a resource with these inputs, in milliseconds.
    #[must_use]
    pub fn delete_millis(&self, inputs: &Map) -> u64 {
        let is_set = |value: &Value| match value {
            Value::List(items) => !items.is_empty(),
            value => !value.is_null(),
        };
        match self.lingers {
            Some(lingers) if inputs.get(lingers.property).is_some_and(is_set) => lingers.millis,
            _ => self.timing.delete,
        }
    }

    /// The property with this name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// Whether it takes tags.
    #[must_use]
    pub fn taggable(&self) -> bool {
        self.property("tags").is_some()
    }

    /// Sets of properties that no two live resources share: the declared ones, and the identity where none of them
    /// says it more exactly (a web ACL's name is unique in its scope) or more widely (a VPC has one gateway).
    pub fn claims(&self) -> impl Iterator<Item = &[&'static str]> {
        let identity: &[&'static str] = match &self.identity {
            Identity::Minted { .. } => &[],
            Identity::Named { property } => std::slice::from_ref(property),
            Identity::Child { key } | Identity::Adopted { key } => key,
        };
        let within = |one: &[&str], other: &[&str]| one.iter().all(|property| other.contains(property));
        let said = |set: &&[&str]| within(identity, set) || within(set, identity);
        let alone = !identity.is_empty() && !self.exclusive.iter().any(said);
        self.exclusive.iter().copied().chain(alone.then_some(identity))
    }

    /// The scope in which AWS keeps a claim of this type.
    #[must_use]
    pub fn scope(&self, claim: &[&str]) -> Scope {
        let wider =
            self.scopes.iter().filter(|(property, _)| claim.contains(property)).map(|(_, scope)| *scope);
        wider.max().unwrap_or(if self.global { Scope::Account } else { Scope::Region })
    }

    /// Adds what AWS assumes where a property is not set; what has no default and is null goes.
    pub fn fill_defaults(&self, inputs: &mut Map) {
        inputs.retain(|_, value| !value.is_null());
        for property in &self.properties {
            if let Some(default) = &property.default
                && !inputs.contains_key(property.name)
            {
                inputs.insert(property.name.to_owned(), default.clone());
            }
        }
    }
}

/// The resource types that a program may use.
#[derive(Debug, Clone, Default)]
pub struct Registry(BTreeMap<&'static str, TypeSpec>);

impl Registry {
    /// A registry of these types.
    #[must_use]
    pub fn new(specs: impl IntoIterator<Item = TypeSpec>) -> Self {
        Self(specs.into_iter().map(|spec| (spec.name, spec)).collect())
    }

    /// The type with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&TypeSpec> {
        self.0.get(name)
    }

    /// All types, by name.
    pub fn iter(&self) -> impl Iterator<Item = &TypeSpec> {
        self.0.values()
    }
}
