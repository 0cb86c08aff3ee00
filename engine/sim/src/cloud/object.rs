//! What stands in the simulated cloud.

use std::collections::BTreeSet;

use finsight_engine::contract::OwnerId;
use finsight_engine::value::{Map, Value};

/// A resource as it truly is; reads may see less, or an earlier time.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its number: unique for ever, where physical ids of named types come back.
    pub number: u64,
    /// Its type.
    pub type_name: String,
    /// Its region; global types all stand in one.
    pub region: String,
    /// Its physical id.
    pub id: String,
    /// Its properties in clear, write-only ones included, since when: the last is current.
    pub versions: Vec<(u64, Map)>,
    /// Its outputs but for the version of volatile ones.
    pub outputs: Map,
    /// The incarnation whose create call made it; `None` for what others made.
    pub owner: Option<OwnerId>,
    /// When it was created.
    pub created: u64,
    /// How far reads of it may look into the past.
    pub lag: u64,
    /// From when on it is ready; `u64::MAX` for never.
    pub ready_at: u64,
    /// Why it will never be fit.
    pub sick: bool,
    /// When its end was asked for.
    pub asked_at: Option<u64>,
    /// When it goes, or went.
    pub gone_at: Option<u64>,
    /// Whether AWS made it with something else: it cannot be created or deleted.
    pub adopted: bool,
    /// Whether someone else deleted or is deleting it.
    pub taken: bool,
    /// From when on what refers to it is accepted: until then it does not exist for others.
    pub visible_at: u64,
    /// Whether it was deleted and can be restored: its name stays taken, and reads say that it goes.
    pub waiting: bool,
    /// The properties that calls of ours have carried.
    pub sent: BTreeSet<String>,
    /// Whether reads of it are answered by replicas in turn, one of which has stopped at its first version.
    pub split: bool,
    /// Two settings of which each undoes the other.
    pub undoing: Option<(&'static str, &'static str)>,
    /// Whether someone else has edited its owner tags.
    pub retagged: bool,
    /// Whether an auditor's tag is on it, which programs leave alone.
    pub audited: bool,
}

impl Object {
    /// Its properties now.
    #[must_use]
    pub fn properties(&self) -> &Map {
        static NONE: Map = Map::new();
        self.versions.last().map_or(&NONE, |(_, properties)| properties)
    }

    /// Its properties as they were at a time.
    #[must_use]
    pub fn properties_at(&self, time: u64) -> &Map {
        let known = self.versions.iter().rev().find(|(since, _)| *since <= time);
        known.or(self.versions.first()).map_or_else(|| self.properties(), |(_, properties)| properties)
    }

    /// Whether it exists at a time, be it on its way out.
    #[must_use]
    pub fn exists(&self, time: u64) -> bool {
        self.created <= time && self.gone_at.is_none_or(|gone| time < gone)
    }

    /// Whether it uses what it refers to: what waits for its deletion does not.
    #[must_use]
    pub fn uses(&self, time: u64) -> bool {
        self.exists(time) && !self.adopted && !self.waiting
    }

    /// Whether it stands at a time and nobody has asked for its end.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.gone_at.is_none()
    }

    /// The text of one tag.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.properties().get("tags")?.as_map()?.get(key)?.as_text()
    }
}

/// The value with its secrets opened: what a cloud holds. `None` where one is sealed.
#[must_use]
pub fn in_clear(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Secret(secret) => Value::text(secret.reveal()?),
        Value::List(items) => Value::List(items.iter().map(in_clear).collect::<Option<_>>()?),
        Value::Map(map) => Value::Map(
            map.iter().map(|(key, item)| Some((key.clone(), in_clear(item)?))).collect::<Option<_>>()?,
        ),
        Value::Unknown | Value::Expr(_) => return None,
        plain => plain.clone(),
    })
}

/// Calls `visit` on every text in the value.
pub fn each_text(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::Text(text) => visit(text),
        Value::List(items) => items.iter().for_each(|item| each_text(item, visit)),
        Value::Map(map) => map.values().for_each(|item| each_text(item, visit)),
        _ => {}
    }
}
