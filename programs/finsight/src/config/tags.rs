//! Tags of other hands.

use finsight_engine::tags::IgnoredTags;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Tags of one stack's resources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagsConfig {
    /// Tags of other hands, such as an auditor's: they stay where they are, and are no drift.
    #[serde(default, skip_serializing_if = "TagPatterns::is_empty")]
    pub ignore: TagPatterns,
}

impl TagsConfig {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ignore.is_empty()
    }

    /// What the engine leaves alone.
    #[must_use]
    pub fn ignored(&self) -> IgnoredTags {
        let TagPatterns { keys, prefixes } = &self.ignore;
        IgnoredTags { keys: keys.iter().cloned().collect(), prefixes: prefixes.iter().cloned().collect() }
    }
}

/// Tags by their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagPatterns {
    /// Whole keys, such as `CostCenter`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// What keys begin with, such as `audit:`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
}

impl TagPatterns {
    /// Whether it fits no tag.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.prefixes.is_empty()
    }
}
