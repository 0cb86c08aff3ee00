//! `aws:logs:MetricFilter`

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Identity, Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{LogGroupName, MetricFilterId};

/// How a matching event becomes a value of a metric.
#[derive(Clone)]
pub struct MetricTransformation(Map);

impl MetricTransformation {
    /// Publishes `value` (`1`, or a field such as `$.latency`) to a metric.
    #[must_use]
    pub fn new(namespace: &str, name: &str, value: impl Into<Input<String>>) -> Self {
        Self(Map::from([
            ("metric_namespace".to_owned(), namespace.into()),
            ("metric_name".to_owned(), name.into()),
            ("metric_value".to_owned(), value.into().into_value()),
        ]))
    }

    /// The value of periods in which no event matches; not together with dimensions.
    #[must_use]
    pub fn default_value(self, value: f64) -> Self {
        self.set("default_value", value.into())
    }

    /// The metric's unit.
    #[must_use]
    pub fn unit(self, unit: &str) -> Self {
        self.set("unit", unit.into())
    }

    /// Adds a dimension whose value is a field of the event, such as `$.route`.
    #[must_use]
    pub fn dimension(mut self, name: &str, field: &str) -> Self {
        let dimensions = self.0.entry("dimensions".to_owned()).or_insert_with(|| Value::Map(Map::new()));
        if let Value::Map(dimensions) = dimensions {
            dimensions.insert(name.to_owned(), field.into());
        }
        self
    }

    fn set(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl Property for MetricTransformation {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for MetricTransformation {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// A metric made of the events of a log group.
    MetricFilter: "aws:logs:MetricFilter", id MetricFilterId, outputs MetricFilterOutputs {
        required {
            /// The log group.
            log_group_name: LogGroupName { replace() },
            /// Which events count; all where it is empty.
            filter_pattern: String { lets_go(LetsGo::Free) },
            /// What they are published as: exactly one.
            metric_transformations: Vec<MetricTransformation> { lets_go(LetsGo::Free) },
        }
        optional {
            /// Its name within the group; generated where it is not set.
            filter_name: String { replace(), lets_go(LetsGo::Free) },
            /// Whether it looks at the events as the group's transformer leaves them.
            apply_on_transformed_logs: bool { default(false) },
        }
        outputs {}
        spec {
            identity: Identity::Child { key: &["log_group_name", "filter_name"] },
            generated_name: Some("filter_name"),
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
