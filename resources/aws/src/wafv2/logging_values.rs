//! Logging of a web ACL, to and from AWS.

use aws_sdk_wafv2::types::{
    ActionCondition, ActionValue, Condition, Filter, FilterBehavior, FilterRequirement, LabelNameCondition,
    LoggingConfiguration, LoggingFilter,
};
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use super::common::{built, part, sorted};
use super::field_values::{field, live_field};
use crate::values::{Inputs, Values};

/// What AWS is asked for.
pub fn configuration(resource: &str, inputs: &Map) -> Result<LoggingConfiguration, Failure> {
    let fields = inputs.get("redacted_fields").and_then(Value::as_list).unwrap_or_default();
    let fields: Vec<_> = fields.iter().filter_map(Value::as_map).map(field).collect::<Result<_, _>>()?;
    built(
        LoggingConfiguration::builder()
            .resource_arn(resource)
            .set_log_destination_configs(Some(inputs.texts("log_destination_configs")))
            .set_redacted_fields(Some(fields).filter(|fields| !fields.is_empty()))
            .set_logging_filter(part(inputs, "logging_filter").map(logging_filter).transpose()?)
            .build(),
    )
}

fn logging_filter(wanted: &Map) -> Result<LoggingFilter, Failure> {
    let filters = wanted.get("filters").and_then(Value::as_list).unwrap_or_default();
    let filters = filters.iter().filter_map(Value::as_map).map(filter).collect::<Result<_, _>>()?;
    built(
        LoggingFilter::builder()
            .default_behavior(FilterBehavior::from(wanted.required("default_behavior")?))
            .set_filters(Some(filters))
            .build(),
    )
}

fn filter(wanted: &Map) -> Result<Filter, Failure> {
    let mut conditions = Vec::new();
    for action in wanted.texts("actions") {
        let action = ActionCondition::builder().action(ActionValue::from(action.as_str()));
        conditions.push(Condition::builder().action_condition(built(action.build())?).build());
    }
    for label in wanted.texts("label_names") {
        let label = LabelNameCondition::builder().label_name(label);
        conditions.push(Condition::builder().label_name_condition(built(label.build())?).build());
    }
    built(
        Filter::builder()
            .behavior(FilterBehavior::from(wanted.required("behavior")?))
            .requirement(FilterRequirement::from(wanted.required("requirement")?))
            .set_conditions(Some(conditions))
            .build(),
    )
}

/// What stands.
pub fn properties(config: &LoggingConfiguration) -> Map {
    let fields = config.redacted_fields().iter().map(|field| Value::Map(live_field(field))).collect();
    Values::new()
        .set("resource_arn", config.resource_arn())
        .list("log_destination_configs", config.log_destination_configs())
        .set("redacted_fields", Value::List(fields))
        .set("logging_filter", config.logging_filter().map(live_filter))
        .build()
}

fn live_filter(filter: &LoggingFilter) -> Map {
    let one = |filter: &Filter| {
        let conditions = filter.conditions();
        let actions = conditions.iter().filter_map(Condition::action_condition);
        let labels = conditions.iter().filter_map(Condition::label_name_condition);
        let values = Values::new()
            .set("behavior", filter.behavior().as_str())
            .set("requirement", filter.requirement().as_str())
            .set("actions", sorted(actions.map(|condition| condition.action().as_str())))
            .set("label_names", sorted(labels.map(LabelNameCondition::label_name)));
        Value::Map(values.build())
    };
    Values::new()
        .set("default_behavior", filter.default_behavior().as_str())
        .set("filters", Value::List(filter.filters().iter().map(one).collect()))
        .build()
}
