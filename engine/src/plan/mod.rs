//! The plan: what will be done, decided once, leaving no choice to execution.

mod actions;
mod build;
mod claims;
mod confirmed;
mod data;
mod error;
mod fate;
mod fix;
mod holds;
mod identity;
mod imports;
mod interim;
mod kept;
mod likely;
mod mentions;
mod moves;
mod names;
mod order;
mod ours;
mod outputs;
mod refusals;
mod saved;
mod select;
mod standing;
mod steps;
mod weight;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::contract::{Failure, Live, OwnerId, Reading, Standing};
use crate::diff::{Change, Effect};
use crate::program::Options;
use crate::secret::Sealer;
use crate::state::Row;
use crate::tags::IgnoredTags;
use crate::urn::Urn;
use crate::value::{Map, Value};

pub use actions::{Action, ActionKind};
pub use build::{PlanInput, Purpose, draft, draft_destroy, plan, plan_destroy};
pub(crate) use claims::is_in_the_way;
pub use confirmed::{Confirmed, Meant, Word};
pub use data::Loss;
pub(crate) use data::gone_with_data;
pub use error::{PlanError, Severity};
pub(crate) use identity::name_of as name_on_record;
pub use identity::with_identity;
pub(crate) use ours::{Whose, has_unread_tags, is_told_by_mark, only_tags_differ, tag, whose};
pub use saved::PLAN_VERSION;
pub use select::Selection;
pub use standing::{About, Question, is_blank, questions};

/// What a step does to its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Makes it.
    Create,
    /// Changes it in place.
    Update,
    /// Makes a new one in its place.
    Replace,
    /// Takes it away.
    Delete,
    /// Nothing.
    Same,
    /// Takes an existing one under management.
    Import,
    /// Lets it stand and takes it off the record.
    Forget,
}

impl Op {
    /// The word in JSON and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Same => "same",
            Self::Import => "import",
            Self::Forget => "forget",
        }
    }
}

/// What happens to one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The resource.
    pub urn: Urn,
    /// What is done.
    pub op: Op,
    /// Why.
    pub reason: String,
    /// What changes.
    pub diff: Vec<Change>,
    /// What must be done before, by URN.
    pub depends_on: Vec<Urn>,
    /// The incarnation that a create makes; of others the one on record.
    pub owner: OwnerId,
    /// The incarnation that is replaced, deleted or forgotten.
    pub old_owner: Option<OwnerId>,
    /// The old one is deleted before the new one is created; why.
    pub delete_first: Option<String>,
    /// The inputs with references, defaults filled, without identity.
    pub inputs: Map,
    /// What of the inputs is known already; it must be the same when they are all known.
    pub known: Map,
    /// A generated name, for a create or replacement.
    pub new_name: Option<String>,
    /// For a create: the physical id of one that carries our tag and waits for its deletion. It is restored
    /// and adopted instead.
    #[serde(default)]
    pub adopts: Option<String>,
    /// Tags of the component.
    pub default_tags: BTreeMap<String, String>,
    /// Options.
    pub options: Options,
    /// Dependencies: the URN and the property that refers to it.
    pub dependencies: BTreeSet<(Urn, String)>,
    /// The region.
    pub region: String,
    /// What it holds and lets go of only by being made anew: it is, if one of these has to make way.
    pub along: BTreeSet<Urn>,
    /// A replacement that no value still unknown can avert: taint, health, `--replace`, a known change.
    pub forced: bool,
    /// Whether a live difference, or an unfinished operation, makes a read necessary.
    pub touch: bool,
    /// Whether only the record changes.
    pub record_only: bool,
    /// Whether the selection leaves it alone.
    pub unselected: bool,
}

impl Step {
    /// A step that says what is done to a resource, and why; all else is still to be said.
    fn of(urn: &Urn, op: Op, reason: &str, owner: OwnerId) -> Self {
        Self {
            urn: urn.clone(),
            op,
            reason: reason.to_owned(),
            diff: Vec::new(),
            depends_on: Vec::new(),
            owner,
            old_owner: None,
            delete_first: None,
            inputs: Map::new(),
            known: Map::new(),
            new_name: None,
            adopts: None,
            default_tags: BTreeMap::new(),
            options: Options::default(),
            dependencies: BTreeSet::new(),
            region: String::new(),
            along: BTreeSet::new(),
            forced: false,
            touch: false,
            record_only: false,
            unselected: false,
        }
    }

    /// Whether the plan has shown that a property may be set: it differs, or is not known yet.
    #[must_use]
    pub fn shows(&self, property: &str) -> bool {
        let of = |path: &str| path.split_once('.').map_or(path, |(name, _)| name) == property;
        self.diff.iter().any(|change| of(&change.path))
            || self.known.get(property).is_some_and(Value::has_unknown)
    }

    /// Whether the plan has shown that this is in a list property as it stands.
    #[must_use]
    pub fn has_shown(&self, property: &str, one: &Value) -> bool {
        let standing = self.diff.iter().filter(|change| change.path == property);
        let mut standing = standing.filter_map(|change| change.before.as_list()).flatten();
        standing.any(|shown| shown.as_text().is_some() && shown.as_text() == one.as_text())
    }

    /// Whether the one that is replaced stands on: it leaves the record, and is not deleted.
    #[must_use]
    pub fn keeps_old(&self) -> bool {
        self.op == Op::Replace && self.options.retain_on_delete
    }
}

/// Everything that one `up` or `destroy` will do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The format.
    pub version: u32,
    /// The stack.
    pub stack: String,
    /// The serial of the state that it was made from: it is refused on another.
    pub serial: u64,
    /// The account it was made for; `None` when it was made offline.
    pub account: Option<String>,
    /// The stack's region.
    pub region: String,
    /// Whether it takes the stack down.
    pub destroy: bool,
    /// One step a resource, dependencies first.
    pub steps: Vec<Step>,
    /// Resources that are deleted because an earlier replacement left them.
    pub leftovers: Vec<Leftover>,
    /// What lets go of what for a while.
    #[serde(default)]
    pub lettings: Vec<Letting>,
    /// The units of execution and their order.
    pub actions: Vec<Action>,
    /// Rows that take another name, without a call.
    pub moves: Vec<(Urn, Urn)>,
    /// Rows found gone.
    pub gone: Vec<OwnerId>,
    /// Rows whose id or outputs were read anew.
    pub refreshed: Vec<Refreshed>,
    /// The stack's outputs, with references.
    pub outputs: Map,
    /// Whether the outputs on record change.
    pub outputs_change: bool,
    /// What is lost by it, and what of that stays.
    pub losses: Vec<Loss>,
    /// Notes for the reader.
    pub notes: Vec<String>,
}

/// A resource that stays lets go of one that is deleted before its successor is made: it is changed in
/// place to interim inputs, and later by its own step to what is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letting {
    /// The holder.
    pub urn: Urn,
    /// Its incarnation.
    pub owner: OwnerId,
    /// The properties that let go.
    pub properties: Vec<String>,
    /// Of which resources it lets go.
    pub of: BTreeSet<Urn>,
    /// All its inputs meanwhile, resolved, identity included.
    pub inputs: Map,
    /// What that does to the holder.
    pub effect: Effect,
}

/// What a read has told of a row besides its properties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refreshed {
    /// Its incarnation.
    pub owner: OwnerId,
    /// The physical id that AWS answers with.
    pub id: String,
    /// Its outputs.
    pub outputs: Map,
}

/// A resource that an earlier replacement left to be deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leftover {
    /// Its name.
    pub urn: Urn,
    /// Its incarnation.
    pub owner: OwnerId,
    /// Its physical id.
    pub id: String,
    /// Whether it is forgotten instead.
    pub forget: bool,
}

impl Plan {
    /// Whether carrying it out would change nothing and write nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
            && self.moves.is_empty()
            && self.gone.is_empty()
            && self.refreshed.is_empty()
            && !self.outputs_change
    }

    /// Whether resources would change: what `--detailed-exitcode` counts.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        !self.leftovers.is_empty() || self.steps.iter().any(|step| step.op != Op::Same)
    }

    /// How many steps of each kind there are, of those that the selection takes in.
    #[must_use]
    pub fn summary(&self) -> BTreeMap<&'static str, u64> {
        let all = [Op::Create, Op::Update, Op::Replace, Op::Delete, Op::Same, Op::Import, Op::Forget];
        let mut summary: BTreeMap<&'static str, u64> = all.into_iter().map(|op| (op.word(), 0)).collect();
        let leftovers = self.leftovers.iter().map(|left| if left.forget { Op::Forget } else { Op::Delete });
        let selected = self.steps.iter().filter(|step| !step.unselected).map(|step| step.op);
        for op in selected.chain(leftovers) {
            *summary.entry(op.word()).or_default() += 1;
        }
        summary
    }

    /// What it is likely to take in AWS, in milliseconds: the longest chain of typical durations, before and after
    /// what waits for all else.
    #[must_use]
    pub fn likely_millis(&self) -> u64 {
        let longest = |late: bool| {
            let chains = self.actions.iter().filter(|action| action.late == late);
            chains.map(|action| action.path_millis).max().unwrap_or_default()
        };
        longest(false) + longest(true)
    }

    /// Whether any secret is in it.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        let mut found = false;
        self.clone().each_value(&mut |value| found |= value.has_secret());
        found
    }

    /// Gives every secret in it its sealed form, so that it can be saved.
    pub fn seal(&mut self, sealer: &dyn Sealer) {
        self.each_value(&mut |value| value.seal(sealer));
    }

    /// Opens every secret in it.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub fn open(&mut self, sealer: &dyn Sealer) -> Result<(), String> {
        let mut outcome = Ok(());
        self.each_value(&mut |value| {
            if let Err(why) = value.open(sealer) {
                outcome = Err(why);
            }
        });
        outcome
    }

    fn each_value(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        for step in &mut self.steps {
            step.inputs.values_mut().chain(step.known.values_mut()).for_each(&mut *visit);
            for change in &mut step.diff {
                visit(&mut change.before);
                visit(&mut change.after);
            }
        }
        for letting in &mut self.lettings {
            letting.inputs.values_mut().for_each(&mut *visit);
        }
        self.outputs.values_mut().for_each(&mut *visit);
        for refreshed in &mut self.refreshed {
            refreshed.outputs.values_mut().for_each(&mut *visit);
        }
    }

    /// The step of a resource.
    #[must_use]
    pub fn step(&self, urn: &Urn) -> Option<&Step> {
        self.steps.iter().find(|step| step.urn == *urn)
    }
}

/// What was read of the resources on record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// By incarnation.
    pub readings: BTreeMap<OwnerId, Reading>,
    /// What the ids that are to be imported stand for.
    pub imports: BTreeMap<Urn, Reading>,
    /// What stands already under the identity of what is to be created.
    pub standing: BTreeMap<Urn, Vec<Standing>>,
    /// What of that waits for its deletion, as it is, by its physical id too.
    pub waiting: BTreeMap<(Urn, String), Live>,
    /// What of other hands keeps AWS from a delete, by incarnation.
    pub holders: BTreeMap<OwnerId, Vec<String>>,
    /// For what nobody could look, and why.
    pub unlooked: BTreeMap<Urn, Failure>,
    /// What carries this stack's tag and is not on record. It is looked for where the state has no history.
    pub strangers: Vec<Stranger>,
    /// Which tags are other hands', where the program says so by now: the record says it as of the last `up`.
    pub ignored: Option<IgnoredTags>,
}

impl Observed {
    /// The options of a row, with the tags that are ignored by now.
    #[must_use]
    pub fn options_of(&self, row: &Row) -> Options {
        let ignore_tags = self.ignored.clone().unwrap_or_else(|| row.options.ignore_tags.clone());
        Options { ignore_tags, ..row.options.clone() }
    }
}

/// A resource that carries this stack's tag and is not on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// Its type's name, or what AWS calls it.
    pub type_name: String,
    /// Its physical id or ARN.
    pub id: String,
    /// Where it stands.
    pub region: String,
}
