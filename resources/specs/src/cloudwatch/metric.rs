//! Metrics as alarms name them.

use finsight_engine::program::{Input, Output, Property};
use finsight_engine::schema::Kind;
use finsight_engine::value::{Map, Value};

use crate::declare::Shape;

/// One dimension of a metric: a name and a value.
#[derive(Clone)]
pub struct Dimension(Map);

impl Dimension {
    /// A dimension with this value.
    #[must_use]
    pub fn new(name: &str, value: impl Into<Input<String>>) -> Self {
        Self::with(name, value.into().into_value())
    }

    /// A dimension whose value is the id, or another output, of a resource.
    #[must_use]
    pub fn of<T>(name: &str, output: &Output<T>) -> Self {
        Self::with(name, output.value())
    }

    fn with(name: &str, value: Value) -> Self {
        Self(Map::from([("name".to_owned(), name.into()), ("value".to_owned(), value)]))
    }
}

impl Property for Dimension {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

/// One line of an alarm's metric math: a metric, or an expression over other lines.
#[derive(Clone)]
pub struct MetricDataQuery(Map);

impl MetricDataQuery {
    /// An expression over the ids of other lines, such as `errors / calls`.
    #[must_use]
    pub fn expression(id: &str, expression: impl Into<Input<String>>) -> Self {
        Self::new(id, "expression", expression.into().into_value())
    }

    /// A metric.
    #[must_use]
    pub fn metric(id: &str, metric: MetricStat) -> Self {
        Self::new(id, "metric_stat", Value::Map(metric.0))
    }

    fn new(id: &str, kind: &str, value: Value) -> Self {
        Self(Map::from([
            ("id".to_owned(), id.into()),
            (kind.to_owned(), value),
            ("return_data".to_owned(), true.into()),
        ]))
    }

    /// Its name in graphs.
    #[must_use]
    pub fn label(self, label: impl Into<Input<String>>) -> Self {
        self.set("label", label.into().into_value())
    }

    /// Whether it is the line that the alarm watches, which only one can be.
    #[must_use]
    pub fn return_data(self, watched: bool) -> Self {
        self.set("return_data", watched.into())
    }

    /// Seconds of one data point of an expression.
    #[must_use]
    pub fn period(self, seconds: i64) -> Self {
        self.set("period", seconds.into())
    }

    fn set(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl Property for MetricDataQuery {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

/// A metric and how its values become data points.
#[derive(Clone)]
pub struct MetricStat(Map);

impl MetricStat {
    /// The statistic (`Sum`, `Average`, `p95` …) of a metric over periods of so many seconds.
    #[must_use]
    pub fn new(namespace: &str, metric_name: &str, stat: &str, period: i64) -> Self {
        Self(Map::from([
            ("namespace".to_owned(), namespace.into()),
            ("metric_name".to_owned(), metric_name.into()),
            ("stat".to_owned(), stat.into()),
            ("period".to_owned(), period.into()),
        ]))
    }

    /// Adds a dimension.
    #[must_use]
    pub fn dimension(mut self, dimension: Dimension) -> Self {
        let dimensions = self.0.entry("dimensions".to_owned()).or_insert_with(|| Value::List(Vec::new()));
        if let Value::List(items) = dimensions {
            items.push(dimension.to_value());
        }
        self
    }

    /// Only data points of this unit.
    #[must_use]
    pub fn unit(mut self, unit: &str) -> Self {
        self.0.insert("unit".to_owned(), unit.into());
        self
    }
}

impl Shape for Dimension {
    const KIND: Kind = Kind::Map;
}
