//! Rules that AWS and others keep.

use finsight_engine::value::{Map, Value};

use super::{Action, Statement};
use crate::part::one;

/// The rules of a vendor's group.
#[derive(Clone)]
pub struct ManagedRuleGroup(pub(super) Map);

impl ManagedRuleGroup {
    /// A group of AWS's, such as `AWSManagedRulesCommonRuleSet`.
    #[must_use]
    pub fn aws(name: &str) -> Self {
        Self::of("AWS", name)
    }

    /// A vendor's group.
    #[must_use]
    pub fn of(vendor_name: &str, name: &str) -> Self {
        let mut members = one("name", name);
        members.insert("vendor_name".to_owned(), vendor_name.into());
        Self(members)
    }

    /// One version of it; without, the vendor's default, which changes with time.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        self.0.insert("version".to_owned(), version.into());
        self
    }

    /// What one of its rules does instead of what its vendor says.
    #[must_use]
    pub fn rule_action_override(mut self, rule: &str, action: Action) -> Self {
        let overrides =
            self.0.entry("rule_action_overrides".to_owned()).or_insert_with(|| Value::Map(Map::new()));
        if let Value::Map(overrides) = overrides {
            overrides.insert(rule.to_owned(), Value::Map(action.0));
        }
        self
    }

    /// Looks only at requests that the statement fits.
    #[must_use]
    pub fn scope_down(mut self, statement: impl Into<Statement>) -> Self {
        self.0.insert("scope_down_statement".to_owned(), Value::Map(statement.into().0));
        self
    }
}
