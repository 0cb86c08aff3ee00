//! Resource types as data: what the engine knows of a type.

use std::collections::BTreeMap;

use crate::limits::Limit;
use crate::value::{Map, Value};

/// What a change of a property does to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Changed in place.
    Update,
    /// Changed in place, with an interruption of service.
    Interrupt,
    /// A new resource takes the old one's place.
    Replace,
}

/// When two values of a property mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Equality {
    /// Equal values.
    Exact,
    /// Lists with the same items in any order, at the top and one level down.
    Unordered,
    /// Texts that differ in case only, alone, in a map or in a list without order: names of headers.
    CaseInsensitive,
    /// Names of the DNS, alone, in a map or in a list without order: case, a dot at the end and `\052` for `*`
    /// do not count.
    DnsName,
    /// JSON texts or values with the same meaning.
    Json,
    /// IAM policy documents with the same meaning (`aws-semantics.md` 0.6).
    Policy,
    /// Maps from a name to an IAM policy document with the same meaning.
    PolicyMap,
    /// IP ranges with the same network, alone or in a list without order: host bits do not count, nor how an address
    /// of IPv6 is written.
    Cidr,
    /// `15` stands for `15.8`: the wanted text is a dotted prefix of the live one. What is later within the same
    /// major version is as good: AWS installs minor versions by itself, and takes none back.
    VersionPrefix,
    /// Numbers that AWS may raise by itself: a live one that is greater is as good.
    AtLeast,
    /// Tags: AWS's own (`aws:…`) do not count.
    Tags,
    /// Numbers, as such or as texts: `"100"` is `"100.0"`.
    Number,
    /// What tells record sets of one name and type apart: equal as it stands; as a claim, a record set without one is
    /// in the way of every other one.
    SetIdentifier,
    /// Types of DNS records: equal as they stand; as a claim, `CNAME` is in the way of every other one.
    RecordType,
}

/// What a property's entries open up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grants {
    /// Permissions.
    Iam,
    /// Ways in or out of a network.
    Network,
}

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

/// How a resource lets go of what a property of it refers to, when that is deleted while it stays itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetsGo {
    /// It holds nothing: AWS deletes what is referred to all the same.
    Free,
    /// By another value in place, and by nothing else: nothing may be left out in between.
    Changed,
    /// Entries of the list (or map) can be taken out in place, as long as one is left.
    Shrunk,
    /// The property, or its entries, can be left out in place for a while.
    Emptied,
    /// Only by being made anew: it goes before, and comes back after.
    Recreated,
    /// Not as long as it stands, and it cannot be made anew without loss.
    Never,
}

/// Resources that are in what another one, on which they stand, refers to: a database in the subnets of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedBy {
    /// Their type.
    pub of: &'static str,
    /// The property of both that says where they are: what is elsewhere is not used.
    pub place: &'static str,
    /// The flag of theirs that says that they are in more than one place.
    pub spread: &'static str,
    /// How somebody gets them out of it.
    pub way: &'static str,
}

/// The shape of a property's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Any number.
    Number,
    /// A list.
    List,
    /// A map.
    Map,
    /// Anything.
    Any,
}

impl Kind {
    /// Whether a path can lead into its value.
    #[must_use]
    pub const fn has_parts(self) -> bool {
        matches!(self, Self::List | Self::Map | Self::Any)
    }
}

/// One property of a resource type.
#[derive(Debug, Clone)]
pub struct Property {
    /// Its name in specs, state and diffs: snake case.
    pub name: &'static str,
    /// The shape of its value.
    pub kind: Kind,
    /// Whether a resource cannot be declared without it.
    pub required: bool,
    /// What its change does.
    pub effect: Effect,
    /// When two values mean the same.
    pub equality: Equality,
    /// Whether its value is always secret.
    pub secret: bool,
    /// Whether AWS takes it but never gives it back.
    pub write_only: bool,
    /// Whether AWS refuses to delete the resource while it is true.
    pub guards: bool,
    /// Whether nobody sets it: it says how AWS is getting on with what was set, and changes with each call.
    pub follows: bool,
    /// The type of what it lists by id: what hangs on the resource and nothing on record is ([`crate::parts`]).
    pub parts: Option<&'static str>,
    /// Whether a difference is told, and nothing is done about it.
    pub told: bool,
    /// Whether AWS takes no change to an earlier version.
    pub forward: bool,
    /// What its entries open up, besides policy documents, which always grant.
    pub opens: Option<Grants>,
    /// How the resource lets go of what the property refers to; `None`: as its effect says.
    pub lets_go: Option<LetsGo>,
    /// The types that the property holds, where it can refer to others too that it does not hold; all of them where
    /// this is empty.
    pub holds: &'static [&'static str],
    /// Who, standing on this one, is in what it refers to: while it stays, AWS does not let that be taken out.
    pub used_by: Option<UsedBy>,
    /// The types whose resources it can name by a plain text. A name anywhere else is a word like others; an ARN, and an
    /// id that AWS minted, are never that.
    pub names: &'static [&'static str],
    /// The one value to which it changes in place, where any other change replaces the resource.
    pub eased: Option<&'static str>,
    /// What AWS assumes when it is not set; `None`: AWS chooses, and what it chose is no difference.
    pub default: Option<Value>,
    /// One sentence for the reference.
    pub doc: &'static str,
}

impl Property {
    /// A property that is changed in place and compared as it stands.
    #[must_use]
    pub fn new(name: &'static str, kind: Kind, required: bool, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            required,
            effect: Effect::Update,
            equality: Equality::Exact,
            secret: false,
            write_only: false,
            guards: false,
            follows: false,
            parts: None,
            told: false,
            forward: false,
            opens: None,
            lets_go: None,
            holds: &[],
            used_by: None,
            names: &[],
            eased: None,
            default: None,
            doc: doc.trim_ascii(),
        }
    }

    /// Its change replaces the resource.
    #[must_use]
    pub fn replace(mut self) -> Self {
        self.effect = Effect::Replace;
        self
    }

    /// Its change to this value is made in place, though others replace the resource.
    #[must_use]
    pub fn eased(mut self, value: &'static str) -> Self {
        self.eased = Some(value);
        self
    }

    /// Its change interrupts service.
    #[must_use]
    pub fn interrupt(mut self) -> Self {
        self.effect = Effect::Interrupt;
        self
    }

    /// A resource can be declared without it, even where its builder asks for it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// Its value is always secret.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// AWS never gives it back.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// It says how AWS is getting on with what was set, and changes with each call.
    #[must_use]
    pub fn follows(mut self) -> Self {
        self.follows = true;
        self
    }

    /// It is a version, and AWS takes no change to an earlier one.
    #[must_use]
    pub fn forward(mut self) -> Self {
        self.forward = true;
        self
    }

    /// While it is true, AWS refuses to delete the resource.
    #[must_use]
    pub fn guards(mut self) -> Self {
        self.guards = true;
        self
    }

    /// What AWS assumes when it is not set.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Not set means nothing stands there: a live value is then a difference.
    #[must_use]
    pub fn absent(self) -> Self {
        self.default(Value::Null)
    }

    /// Order does not count.
    #[must_use]
    pub fn unordered(self) -> Self {
        self.equality(Equality::Unordered)
    }

    /// Its entries open something up.
    #[must_use]
    pub fn opens(mut self, grants: Grants) -> Self {
        self.opens = Some(grants);
        self
    }

    /// Nobody sets it: a read lists by id what of this type hangs on the resource, and the engine leaves what is on no
    /// record. There is to be none.
    #[must_use]
    pub fn parts(mut self, type_name: &'static str) -> Self {
        self.parts = Some(type_name);
        self.unordered().default(Vec::<Value>::new()).lets_go(LetsGo::Free)
    }

    /// A difference is told, and left as it is.
    #[must_use]
    pub fn told(mut self) -> Self {
        self.told = true;
        self
    }

    /// How the resource lets go of what the property refers to.
    #[must_use]
    pub fn lets_go(mut self, how: LetsGo) -> Self {
        self.lets_go = Some(how);
        self
    }

    /// Of what the property refers to, only resources of these types are held.
    #[must_use]
    pub fn holds(mut self, types: &'static [&'static str]) -> Self {
        self.holds = types;
        self
    }

    /// Who, standing on this one, is in what the property refers to.
    #[must_use]
    pub fn used_by(mut self, who: UsedBy) -> Self {
        self.used_by = Some(who);
        self
    }

    /// It can name resources of these types by a plain text: that is a reference to them.
    #[must_use]
    pub fn names(mut self, types: &'static [&'static str]) -> Self {
        self.names = types;
        self
    }

    /// How the resource lets go of a resource of this type that the property refers to.
    #[must_use]
    pub fn letting_of(&self, type_name: &str) -> LetsGo {
        if self.holds.is_empty() || self.holds.contains(&type_name) { self.letting() } else { LetsGo::Free }
    }

    /// How the resource lets go of what the property refers to: what is not said is taken for a hold.
    #[must_use]
    pub fn letting(&self) -> LetsGo {
        self.lets_go.unwrap_or(match self.effect {
            Effect::Replace => LetsGo::Recreated,
            Effect::Update | Effect::Interrupt => LetsGo::Changed,
        })
    }

    /// What its entries open up.
    #[must_use]
    pub fn grants(&self) -> Option<Grants> {
        let document = matches!(self.equality, Equality::Policy | Equality::PolicyMap);
        self.opens.or(document.then_some(Grants::Iam))
    }

    /// How two values are compared.
    #[must_use]
    pub fn equality(mut self, equality: Equality) -> Self {
        self.equality = equality;
        self
    }
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

/// Durations of a type's operations, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Typical create, the base of estimates.
    pub create: u64,
    /// Typical update.
    pub update: u64,
    /// Typical delete.
    pub delete: u64,
    /// Ceilings of create, update and delete.
    pub timeout: [u64; 3],
    /// First wait between two polls; later ones grow to ten times of it.
    pub poll: u64,
    /// For how long a resource just created may stay unseen by reads and lists.
    pub lag: u64,
}

impl Timing {
    /// Timing in seconds: typical create/update/delete; ceilings in minutes.
    #[must_use]
    pub const fn new(typical: [u64; 3], minutes: [u64; 3]) -> Self {
        Self {
            create: typical[0] * 1000,
            update: typical[1] * 1000,
            delete: typical[2] * 1000,
            timeout: [minutes[0] * 60_000, minutes[1] * 60_000, minutes[2] * 60_000],
            poll: 2_000,
            lag: 30_000,
        }
    }

    /// With this first wait between polls, in milliseconds.
    #[must_use]
    pub const fn poll(mut self, millis: u64) -> Self {
        self.poll = millis;
        self
    }

    /// With this visibility lag, in milliseconds.
    #[must_use]
    pub const fn lag(mut self, millis: u64) -> Self {
        self.lag = millis;
        self
    }
}

/// A delete that takes longer for some: what such a resource leaves behind in others has to go before it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lingers {
    /// The property that such a resource has set: the subnets of a function.
    pub property: &'static str,
    /// Its typical delete, in milliseconds.
    pub millis: u64,
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
    /// The property that says for how many days it waits, where that can be 0: then it is gone at once.
    pub window: Option<&'static str>,
    /// Whether things of other hands can keep AWS from deleting it: they are looked for before a delete.
    pub held: bool,
    /// The property that gets a generated name where the program gives none.
    pub generated_name: Option<&'static str>,
    /// Whether it belongs to the account and not to one region.
    pub global: bool,
    /// Whether its life-cycle has pending states that must be waited for.
    pub pending: bool,
    /// What the delete of a replaced one gets, whatever the program says. A type that has any holds
    /// data that its replacement does not bring along: it is replaced only when it is confirmed by name.
    pub on_replace: &'static [(&'static str, bool)],
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
    /// Whether a replacement loses what it holds.
    #[must_use]
    pub fn holds_data(&self) -> bool {
        !self.on_replace.is_empty()
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
