//! The rules of a web ACL.

use finsight_engine::program::Input;
use finsight_engine::value::{Map, Value};

use super::{Action, Statement, VisibilityConfig};
use crate::part::{map_property, one, set_of};

/// The rules of a web ACL by their names; their priorities say their order.
#[derive(Clone, Default)]
pub struct Rules(Map);

map_property!(Rules);

impl Rules {
    /// No rules yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule under a name, which is also its metric's name where it has no other.
    #[must_use]
    pub fn rule(mut self, name: &str, rule: Rule) -> Self {
        let mut members = rule.0;
        members
            .entry("visibility_config".to_owned())
            .or_insert_with(|| Value::Map(VisibilityConfig::new(name).0));
        self.0.insert(name.to_owned(), Value::Map(members));
        self
    }
}

/// A rule.
#[derive(Clone)]
pub struct Rule(Map);

impl Rule {
    /// Does this to requests that the statement fits; a lower priority comes first.
    #[must_use]
    pub fn new(priority: i64, statement: impl Into<Statement>, action: Action) -> Self {
        Self::with(priority, statement, "action", action.0)
    }

    /// The rules of a group do what they say.
    #[must_use]
    pub fn group(priority: i64, group: impl Into<Statement>) -> Self {
        Self::with(priority, group, "override_action", one("none", Map::new()))
    }

    /// The rules of a group only count.
    #[must_use]
    pub fn counted_group(priority: i64, group: impl Into<Statement>) -> Self {
        Self::with(priority, group, "override_action", one("count", Map::new()))
    }

    fn with(priority: i64, statement: impl Into<Statement>, kind: &str, action: Map) -> Self {
        Self(Map::from([
            ("priority".to_owned(), priority.into()),
            ("statement".to_owned(), Value::Map(statement.into().0)),
            (kind.to_owned(), Value::Map(action)),
        ]))
    }

    /// Its metric and samples.
    #[must_use]
    pub fn visibility_config(mut self, config: impl Into<Input<VisibilityConfig>>) -> Self {
        self.0.insert("visibility_config".to_owned(), config.into().into_value());
        self
    }

    /// Labels that it puts on requests it fits.
    #[must_use]
    pub fn rule_labels(mut self, labels: &[&str]) -> Self {
        self.0.insert("rule_labels".to_owned(), set_of(labels));
        self
    }
}
