//! One property of a resource type: what its values mean, what its change does, and what it holds.

use crate::value::Value;

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
    /// Whether it only shows what others have done: a program that sets it is refused.
    pub shown: bool,
    /// The type of what it lists by id: what hangs on the resource and nothing on record is ([`crate::parts`]).
    pub parts: Option<&'static str>,
    /// Whether a difference is told, and nothing is done about it.
    pub told: bool,
    /// Whether a read shows others by it: a plan reads by what is wanted.
    pub steers: bool,
    /// Whether AWS takes no change to an earlier version.
    pub forward: bool,
    /// The flag without which AWS takes no change to another major version.
    pub major: Option<&'static str>,
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
    /// Whether an operation sets it and no program does.
    pub operation: bool,
    /// What an operation has set is kept until one of these properties changes; for good where there is none.
    pub kept_until: &'static [&'static str],
    /// The outputs that are others after its change.
    pub renews: &'static [&'static str],
    /// And those that name what it stands on: it goes with that.
    pub kept_with: &'static [&'static str],
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
            shown: false,
            parts: None,
            told: false,
            steers: false,
            forward: false,
            major: None,
            opens: None,
            lets_go: None,
            holds: &[],
            used_by: None,
            names: &[],
            operation: false,
            kept_until: &[],
            renews: &[],
            kept_with: &[],
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

    /// What a read shows of others depends on it: a plan reads by what is wanted of it.
    #[must_use]
    pub fn steers(mut self) -> Self {
        self.steers = true;
        self
    }

    /// It is a version, and AWS takes no change to an earlier one.
    #[must_use]
    pub fn forward(mut self) -> Self {
        self.forward = true;
        self
    }

    /// AWS takes no change to another major version unless this flag of the resource is true.
    #[must_use]
    pub fn major(mut self, flag: &'static str) -> Self {
        self.major = Some(flag);
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

    /// A list that no program sets: a read shows what others have hung on the resource, and there is to be none.
    #[must_use]
    pub fn shown(mut self) -> Self {
        self.shown = true;
        self.unordered().default(Vec::<Value>::new()).lets_go(LetsGo::Free)
    }

    /// The same, by id, of what has a type of its own: the engine leaves what is on no record.
    #[must_use]
    pub fn parts(mut self, type_name: &'static str) -> Self {
        self.parts = Some(type_name);
        self.shown()
    }

    /// No program sets it: an operation does, and what it has set is kept until one of these changes.
    #[must_use]
    pub fn kept_until(mut self, properties: &'static [&'static str]) -> Self {
        self.kept_until = properties;
        self.by_operation()
    }

    /// No program sets it: an operation does, and the next one.
    #[must_use]
    pub fn by_operation(mut self) -> Self {
        self.operation = true;
        self.absent().lets_go(LetsGo::Free)
    }

    /// These outputs are others after its change.
    #[must_use]
    pub fn renews(mut self, outputs: &'static [&'static str]) -> Self {
        self.renews = outputs;
        self
    }

    /// What an operation has set stands on what these name.
    #[must_use]
    pub fn kept_with(mut self, properties: &'static [&'static str]) -> Self {
        self.kept_with = properties;
        self
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
