//! A Config rule's properties to and from the SDK's types.

use std::collections::BTreeMap;

use aws_sdk_config::types::{
    ConfigRule, ConfigRuleState, EventSource, MaximumExecutionFrequency, MessageType, Owner, Scope, Source,
    SourceDetail,
};
use finsight_engine::contract::{Failure, Health, Live};
use finsight_engine::value::{Map, Value};

use crate::document::{from_text, to_text};
use crate::failure::unexpected;
use crate::values::{Inputs, Values};

/// The rule of a call, without ARN and id, which the name stands for.
pub fn rule(name: &str, inputs: &Map) -> Result<ConfigRule, Failure> {
    let parameters = inputs.get("input_parameters").filter(|value| !value.is_null());
    let frequency = inputs.text("maximum_execution_frequency").map(MaximumExecutionFrequency::from);
    Ok(ConfigRule::builder()
        .config_rule_name(name)
        .description(inputs.text("description").unwrap_or_default())
        .set_scope(inputs.get("scope").and_then(Value::as_map).map(scope))
        .set_source(inputs.get("source").and_then(Value::as_map).map(source).transpose()?)
        .set_input_parameters(parameters.map(to_text))
        .set_maximum_execution_frequency(frequency)
        .build())
}

fn source(map: &Map) -> Result<Source, Failure> {
    let detail = |map: &Map| {
        SourceDetail::builder()
            .set_event_source(map.text("event_source").map(EventSource::from))
            .set_message_type(map.text("message_type").map(MessageType::from))
            .set_maximum_execution_frequency(
                map.text("maximum_execution_frequency").map(MaximumExecutionFrequency::from),
            )
            .build()
    };
    let details: Vec<SourceDetail> = map.maps("source_details").into_iter().map(detail).collect();
    let built = Source::builder()
        .owner(Owner::from(map.required("owner")?))
        .source_identifier(map.required("source_identifier")?)
        .set_source_details((!details.is_empty()).then_some(details))
        .build();
    built.map_err(|error| unexpected("request", &error.to_string()))
}

fn scope(map: &Map) -> Scope {
    let text = |name: &str| map.text(name).map(str::to_owned);
    let types = map.texts("compliance_resource_types");
    Scope::builder()
        .set_compliance_resource_types((!types.is_empty()).then_some(types))
        .set_compliance_resource_id(text("compliance_resource_id"))
        .set_tag_key(text("tag_key"))
        .set_tag_value(text("tag_value"))
        .build()
}

fn source_values(source: &Source) -> Map {
    let detail = |detail: &SourceDetail| {
        let frequency = detail.maximum_execution_frequency().map(MaximumExecutionFrequency::as_str);
        let values = Values::new()
            .set("event_source", detail.event_source().map(EventSource::as_str))
            .set("message_type", detail.message_type().map(MessageType::as_str))
            .set("maximum_execution_frequency", frequency);
        Value::Map(values.build())
    };
    // AWS's own rules answer with details that nobody set.
    let own = *source.owner() == Owner::Aws;
    let details: Vec<Value> =
        if own { Vec::new() } else { source.source_details().iter().map(detail).collect() };
    Values::new()
        .set("owner", source.owner().as_str())
        .set("source_identifier", source.source_identifier())
        .set("source_details", (!details.is_empty()).then_some(details))
        .build()
}

/// `None` for a scope that narrows nothing.
fn scope_values(scope: &Scope) -> Option<Map> {
    let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let mut values = Values::new()
        .set("compliance_resource_id", filled(scope.compliance_resource_id()))
        .set("tag_key", filled(scope.tag_key()))
        .set("tag_value", filled(scope.tag_value()));
    if !scope.compliance_resource_types().is_empty() {
        values = values.list("compliance_resource_types", scope.compliance_resource_types());
    }
    Some(values.build()).filter(|map| !map.is_empty())
}

/// A rule as it stands.
pub fn values(rule: &ConfigRule, tags: BTreeMap<String, String>) -> Live {
    let parameters = rule.input_parameters().map(from_text);
    // No parameters are an empty object, or none at all.
    let parameters = parameters.filter(|value| {
        value.as_map().is_none_or(|map| !map.is_empty())
            && value.as_text().is_none_or(|text| !text.is_empty())
    });
    let frequency = rule.maximum_execution_frequency().map(MaximumExecutionFrequency::as_str);
    let properties = Values::new()
        .set("config_rule_name", rule.config_rule_name())
        .set("description", rule.description().unwrap_or_default())
        .set("source", rule.source().map(source_values))
        .set("scope", rule.scope().and_then(scope_values))
        .set("input_parameters", parameters)
        .set("maximum_execution_frequency", frequency)
        .tags(tags);
    let outputs =
        Values::new().set("arn", rule.config_rule_arn()).set("config_rule_id", rule.config_rule_id());
    let health = match rule.config_rule_state() {
        Some(state @ (ConfigRuleState::Deleting | ConfigRuleState::DeletingResults)) => {
            Health::Deleting(state.as_str().to_owned())
        }
        _ => Health::Ready,
    };
    Live {
        id: rule.config_rule_name().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health,
    }
}
