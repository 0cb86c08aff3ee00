//! Which requests are logged.

use finsight_engine::value::{Map, Value};

use crate::part::{map_property, one, set_of};

/// Which requests are logged.
#[derive(Clone)]
pub struct LoggingFilter(Map);

map_property!(LoggingFilter);

impl LoggingFilter {
    /// What becomes of requests that no filter fits: `KEEP` or `DROP`.
    #[must_use]
    pub fn new(default_behavior: &str) -> Self {
        let mut members = one("default_behavior", default_behavior);
        members.insert("filters".to_owned(), Value::List(Vec::new()));
        Self(members)
    }

    /// Adds a filter.
    #[must_use]
    pub fn filter(mut self, filter: LogFilter) -> Self {
        if let Some(Value::List(filters)) = self.0.get_mut("filters") {
            filters.push(Value::Map(filter.0));
        }
        self
    }
}

/// What becomes of requests that fit.
#[derive(Clone)]
pub struct LogFilter(Map);

impl LogFilter {
    /// `KEEP` or `DROP` for requests that meet all conditions (`MEETS_ALL`) or one (`MEETS_ANY`).
    #[must_use]
    pub fn new(behavior: &str, requirement: &str) -> Self {
        let mut members = one("behavior", behavior);
        members.insert("requirement".to_owned(), requirement.into());
        Self(members)
    }

    /// Rules did one of these to the request, such as `BLOCK` or `COUNT`.
    #[must_use]
    pub fn actions(mut self, actions: &[&str]) -> Self {
        self.0.insert("actions".to_owned(), set_of(actions));
        self
    }

    /// The request carries one of these labels.
    #[must_use]
    pub fn label_names(mut self, labels: &[&str]) -> Self {
        self.0.insert("label_names".to_owned(), set_of(labels));
        self
    }
}
