//! A resource on record.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::State;
use crate::contract::{OwnerId, Target};
use crate::program::Options;
use crate::urn::Urn;
use crate::value::{Map, Value};

/// A resource on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name.
    pub urn: Urn,
    /// Which incarnation it is.
    pub owner: OwnerId,
    /// The physical id.
    pub id: String,
    /// The account that it stands in.
    pub account: String,
    /// The region that it stands in.
    pub region: String,
    /// The inputs last applied whole, secrets sealed: the base of the next diff.
    pub inputs: Map,
    /// The outputs last read.
    pub outputs: Map,
    /// What it depends on.
    pub edges: Vec<Edge>,
    /// Whether its last operation came to its end.
    pub status: Status,
    /// Whether it once stood as wanted. Until then nothing of it is ignored, whatever is begun with it meanwhile.
    #[serde(default = "configured")]
    pub configured: bool,
    /// Options that change state but not AWS.
    pub options: Options,
    /// Protected by hand (`state protect`), whatever the program says.
    #[serde(default)]
    pub locked: bool,
    /// What a letting has put in the place of some of its inputs, until its next step puts them back.
    #[serde(default)]
    pub interim: Option<Box<Interim>>,
    /// What it once depended on and still stands: what it holds may need that, as older events need the key of before.
    /// It follows from the records.
    #[serde(default)]
    pub former: Vec<Edge>,
}

impl Row {
    /// Where the row was imported by its id: how `State::spent` names that.
    #[must_use]
    pub fn spent_import(&self) -> Option<String> {
        let id = self.options.import_id.as_ref()?;
        Some(State::import_key(&self.urn, &self.region, id))
    }

    /// The inputs with what stands in the place of some while they let go.
    #[must_use]
    pub fn standing(&self) -> Cow<'_, Map> {
        match &self.interim {
            None => Cow::Borrowed(&self.inputs),
            Some(interim) => {
                let mut inputs = self.inputs.clone();
                inputs.extend(interim.inputs.clone());
                Cow::Owned(inputs)
            }
        }
    }

    /// Whether a value says its id or a text that is one of its outputs, or may say it.
    #[must_use]
    pub fn may_be_in(&self, value: &Value) -> bool {
        let words = self.words();
        let said = |text: &str| words.iter().any(|word| text.contains(word));
        value.has_unknown() || value.has_secret() || value.any(&|part| part.as_text().is_some_and(said))
    }

    /// Its id, and the texts among its outputs that stand nowhere else by chance.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        let own = self.outputs.values().filter_map(Value::as_text).filter(|text| text.len() > 3);
        own.chain([self.id.as_str()]).collect()
    }

    /// What stays known of it once it is off the record and stands: no secrets.
    pub(super) fn let_stand(&self) -> Self {
        let clear = |map: &Map| {
            let clear = map.iter().filter(|(_, value)| !value.has_secret());
            clear.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        Self { inputs: clear(&self.standing()), outputs: clear(&self.outputs), interim: None, ..self.clone() }
    }

    /// The row as the target of a request.
    #[must_use]
    pub fn target(&self) -> Target {
        Target {
            urn: self.urn.clone(),
            id: self.id.clone(),
            inputs: self.inputs.clone(),
            outputs: self.outputs.clone(),
            awaited: false,
        }
    }

    /// The options that hold for it: of what was created and not configured to its end, nothing is ignored.
    #[must_use]
    pub fn effective(&self, options: &Options) -> Options {
        let mut options = options.clone();
        if !self.configured {
            options.ignore_changes.clear();
        }
        options
    }
}

/// What a resource does without for a while.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interim {
    /// The properties that let go, as they are meanwhile, secrets sealed.
    pub inputs: Map,
    /// What they let go of: these edges hold nothing, and stay when what they lead to is gone.
    pub edges: Vec<Edge>,
}

impl Interim {
    /// What of it concerns these properties.
    pub(super) fn of(mut self: Box<Self>, properties: &BTreeSet<String>) -> Box<Self> {
        self.inputs.retain(|name, _| properties.contains(name));
        self.edges.retain(|edge| properties.contains(&edge.via));
        self
    }
}

/// What a version says of a row that did not know of this.
fn configured() -> bool {
    true
}

/// A dependency on record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// On which resource.
    pub urn: Urn,
    /// On which incarnation of it.
    pub owner: OwnerId,
    /// The property that refers to it, or `depends_on`.
    pub via: String,
}

/// Whether a row's last operation came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It stood as wanted.
    Ready,
    /// Created or being changed; to be configured on.
    Unfinished,
    /// Unfit: to be replaced.
    Tainted,
    /// Its delete was sent.
    Deleting,
}
