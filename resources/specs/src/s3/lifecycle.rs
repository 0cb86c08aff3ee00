//! What becomes of objects as they grow old.

use finsight_engine::program::{Input, Property};
use finsight_engine::value::{Map, Value};

/// One rule of a bucket's life-cycle, enabled unless said otherwise.
#[derive(Clone)]
pub struct LifecycleRule(Map);

impl LifecycleRule {
    /// A rule with this id, for all objects.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(Map::from([
            ("id".to_owned(), id.into()),
            ("prefix".to_owned(), "".into()),
            ("enabled".to_owned(), true.into()),
        ]))
    }

    /// For objects whose key begins so.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<Input<String>>) -> Self {
        self.with("prefix", prefix.into().into_value())
    }

    /// Whether it is in force.
    #[must_use]
    pub fn enabled(self, enabled: bool) -> Self {
        self.with("enabled", enabled.into())
    }

    /// Objects end so many days after they were made.
    #[must_use]
    pub fn expiration_days(self, days: i64) -> Self {
        self.with("expiration_days", days.into())
    }

    /// Versions end so many days after a newer one took their place.
    #[must_use]
    pub fn noncurrent_version_expiration_days(self, days: i64) -> Self {
        self.with("noncurrent_version_expiration_days", days.into())
    }

    /// Uploads in parts that are not completed are given up after so many days.
    #[must_use]
    pub fn abort_incomplete_multipart_upload_days(self, days: i64) -> Self {
        self.with("abort_incomplete_multipart_upload_days", days.into())
    }

    /// Objects move to a storage class, such as `GLACIER`, so many days after they were made.
    #[must_use]
    pub fn transition(mut self, days: i64, storage_class: &str) -> Self {
        let step = Value::Map(Map::from([
            ("days".to_owned(), days.into()),
            ("storage_class".to_owned(), storage_class.into()),
        ]));
        match self.0.get_mut("transitions") {
            Some(Value::List(items)) => items.push(step),
            _ => {
                self.0.insert("transitions".to_owned(), Value::List(vec![step]));
            }
        }
        self
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl Property for LifecycleRule {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}
