//! Which events a trail records.

use finsight_engine::program::{Input, Property, list};
use finsight_engine::value::{Map, Value};

/// A basic selector: management events, and data events of some resources.
#[derive(Clone)]
pub struct EventSelector(Map);

impl EventSelector {
    /// `All`, `ReadOnly` or `WriteOnly`, management events included.
    #[must_use]
    pub fn new(read_write_type: &str) -> Self {
        Self(Map::from([
            ("read_write_type".to_owned(), read_write_type.into()),
            ("include_management_events".to_owned(), true.into()),
        ]))
    }

    /// Whether management events are recorded.
    #[must_use]
    pub fn include_management_events(mut self, include: bool) -> Self {
        self.0.insert("include_management_events".to_owned(), include.into());
        self
    }

    /// Adds data events of a type, such as `AWS::S3::Object`, of these resources.
    #[must_use]
    pub fn data_resource<I: Into<Input<String>>>(
        mut self,
        kind: &str,
        values: impl IntoIterator<Item = I>,
    ) -> Self {
        let values: Input<Vec<String>> = list(values);
        let resource =
            Map::from([("type".to_owned(), kind.into()), ("values".to_owned(), values.into_value())]);
        self.push("data_resources", Value::Map(resource));
        self
    }

    /// Leaves out management events of a service, such as `kms.amazonaws.com`.
    #[must_use]
    pub fn exclude_management_event_source(mut self, service: &str) -> Self {
        self.push("exclude_management_event_sources", service.into());
        self
    }

    fn push(&mut self, name: &str, value: Value) {
        let items = self.0.entry(name.to_owned()).or_insert_with(|| Value::List(Vec::new()));
        if let Value::List(items) = items {
            items.push(value);
        }
    }
}

impl Property for EventSelector {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

/// An advanced selector: conditions on the fields of an event, which all must hold.
#[derive(Clone)]
pub struct AdvancedEventSelector(Map);

impl AdvancedEventSelector {
    /// A selector with this name, and no condition yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(Map::from([
            ("name".to_owned(), name.into()),
            ("field_selectors".to_owned(), Value::List(Vec::new())),
        ]))
    }

    /// Adds a condition: `equals`, `not_equals`, `starts_with`, `not_starts_with`, `ends_with` or
    /// `not_ends_with` one of the values.
    #[must_use]
    pub fn field<I: Into<Input<String>>>(
        mut self,
        field: &str,
        operator: &str,
        values: impl IntoIterator<Item = I>,
    ) -> Self {
        let values: Input<Vec<String>> = list(values);
        let condition =
            Map::from([("field".to_owned(), field.into()), (operator.to_owned(), values.into_value())]);
        if let Some(Value::List(items)) = self.0.get_mut("field_selectors") {
            items.push(Value::Map(condition));
        }
        self
    }
}

impl Property for AdvancedEventSelector {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

/// A kind of unusual activity that is looked for.
#[derive(Clone)]
pub struct InsightSelector(Map);

impl InsightSelector {
    /// `ApiCallRateInsight` or `ApiErrorRateInsight`.
    #[must_use]
    pub fn new(insight_type: &str) -> Self {
        Self(Map::from([("insight_type".to_owned(), insight_type.into())]))
    }
}

impl Property for InsightSelector {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}
