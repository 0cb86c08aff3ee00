//! Tags of other hands that are left alone: an auditor's, a cost tool's.
//!
//! What is ignored is no difference and on no record. A call that sets tags gets them as they stand among those that
//! it is to bring about: so the calls that name what they take off leave them, and those that put all tags at once
//! put them again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::contract::OPERATION_TAG;
use crate::value::{Map, Value};

/// What every key of ours begins with: no tag of ours is ignored.
const OURS: &str = "finsight:";

/// Which tags are other hands'.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IgnoredTags {
    /// Whole keys.
    pub keys: BTreeSet<String>,
    /// What keys begin with.
    pub prefixes: BTreeSet<String>,
}

impl IgnoredTags {
    /// Whether none are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.prefixes.is_empty()
    }

    /// Whether the tag with this key is another hand's, or that of an operation on its way.
    #[must_use]
    pub fn covers(&self, key: &str) -> bool {
        key == OPERATION_TAG
            || !key.starts_with(OURS)
                && !key.starts_with("aws:")
                && (self.keys.contains(key)
                    || self.prefixes.iter().any(|prefix| key.starts_with(prefix.as_str())))
    }

    /// These properties without them: what goes on record.
    #[must_use]
    pub fn without(&self, mut properties: Map) -> Map {
        if let Some(Value::Map(tags)) = properties.get_mut("tags") {
            tags.retain(|key, _| !self.covers(key));
        }
        properties
    }

    /// The wanted properties with those that stand: what a call is to bring about.
    #[must_use]
    pub fn kept(&self, mut wanted: Map, live: &Map) -> Map {
        if let (Some(Value::Map(tags)), Some(Value::Map(standing))) =
            (wanted.get_mut("tags"), live.get("tags"))
        {
            let theirs = standing.iter().filter(|(key, _)| self.covers(key));
            tags.extend(theirs.map(|(key, value)| (key.clone(), value.clone())));
        }
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_key_and_by_beginning_and_never_our_own() {
        let texts = |items: &[&str]| items.iter().map(|text| (*text).to_owned()).collect();
        let ignored = IgnoredTags { keys: texts(&["owner"]), prefixes: texts(&["audit:", "fin"]) };
        for (key, covered) in [
            ("owner", true),
            ("owners", false),
            ("audit:seen", true),
            ("audit", false),
            ("finance", true),
            ("finsight:stack", false),
            (OPERATION_TAG, true),
        ] {
            assert_eq!(ignored.covers(key), covered, "{key}");
        }
        let tagged = |keys: &[&str]| {
            let tags = keys.iter().map(|key| ((*key).to_owned(), Value::text("x"))).collect();
            Map::from([("tags".to_owned(), Value::Map(tags))])
        };
        let live = tagged(&["Name", "audit:seen", "stray"]);
        assert_eq!(ignored.without(live.clone()), tagged(&["Name", "stray"]));
        assert_eq!(ignored.kept(tagged(&["Name"]), &live), tagged(&["Name", "audit:seen"]));
        assert_eq!(ignored.kept(Map::new(), &live), Map::new());
    }
}
