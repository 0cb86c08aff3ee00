//! Event destinations between the engine's values and SES.

use std::collections::BTreeMap;

use aws_sdk_sesv2::types::{
    CloudWatchDestination, CloudWatchDimensionConfiguration, DimensionValueSource, EventBridgeDestination,
    EventDestination, EventDestinationDefinition, EventType, SnsDestination,
};
use aws_smithy_types::error::operation::BuildError;
use finsight_engine::contract::Failure;
use finsight_engine::normal::same;
use finsight_engine::schema::Equality;
use finsight_engine::value::{Map, Value};

use crate::failure::{never, refused, unexpected};
use crate::session::Region;
use crate::values::{Inputs, Values};

/// A destination as read. One of a kind that we do not make keeps its name alone, which is a difference.
pub fn value_of(destination: &EventDestination) -> Value {
    let sns =
        destination.sns_destination().map(|sns| Values::new().set("topic_arn", sns.topic_arn()).build());
    let bus = destination
        .event_bridge_destination()
        .map(|bus| Values::new().set("event_bus_arn", bus.event_bus_arn()).build());
    let metrics = destination.cloud_watch_destination().map(|metrics| {
        let dimensions = metrics.dimension_configurations().iter().map(|dimension| {
            let dimension = Values::new()
                .set("dimension_name", dimension.dimension_name())
                .set("dimension_value_source", dimension.dimension_value_source().as_str())
                .set("default_dimension_value", dimension.default_dimension_value());
            Value::Map(dimension.build())
        });
        Map::from([("dimension_configurations".to_owned(), Value::List(dimensions.collect()))])
    });
    let value = Values::new()
        .set("name", destination.name())
        .set("enabled", destination.enabled())
        .list("matching_event_types", destination.matching_event_types().iter().map(EventType::as_str))
        .set("sns_destination", sns)
        .set("event_bridge_destination", bus)
        .set("cloud_watch_destination", metrics);
    Value::Map(value.build())
}

fn definition(wanted: &Map) -> Result<EventDestinationDefinition, Failure> {
    let built = |error: BuildError| unexpected("request", &error.to_string());
    let inner = |name: &str| wanted.get(name).and_then(Value::as_map);
    let types = wanted.texts("matching_event_types");
    let mut definition = EventDestinationDefinition::builder()
        .enabled(wanted.flag("enabled").unwrap_or(true))
        .set_matching_event_types(Some(types.iter().map(|name| EventType::from(name.as_str())).collect()));
    if let Some(sns) = inner("sns_destination") {
        let sns = SnsDestination::builder().topic_arn(sns.required("topic_arn")?).build().map_err(built)?;
        definition = definition.sns_destination(sns);
    }
    if let Some(bus) = inner("event_bridge_destination") {
        let bus = EventBridgeDestination::builder().event_bus_arn(bus.required("event_bus_arn")?);
        definition = definition.event_bridge_destination(bus.build().map_err(built)?);
    }
    if let Some(metrics) = inner("cloud_watch_destination") {
        let mut destination = CloudWatchDestination::builder().set_dimension_configurations(Some(Vec::new()));
        let dimensions = metrics.get("dimension_configurations").and_then(Value::as_list).unwrap_or_default();
        for dimension in dimensions.iter().filter_map(Value::as_map) {
            let dimension = CloudWatchDimensionConfiguration::builder()
                .dimension_name(dimension.required("dimension_name")?)
                .dimension_value_source(DimensionValueSource::from(
                    dimension.required("dimension_value_source")?,
                ))
                .default_dimension_value(dimension.required("default_dimension_value")?);
            destination = destination.dimension_configurations(dimension.build().map_err(built)?);
        }
        definition = definition.cloud_watch_destination(destination.build().map_err(built)?);
    }
    Ok(definition.build())
}

fn by_name(destinations: Option<&Value>) -> BTreeMap<String, Map> {
    let items = destinations.and_then(Value::as_list).unwrap_or_default();
    let named = |map: &Map| Some((map.text("name")?.to_owned(), map.clone()));
    items.iter().filter_map(Value::as_map).filter_map(named).collect()
}

/// Makes the destinations of a set those that are wanted, and no others.
pub async fn converge(aws: &Region, set: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let standing = by_name(live.get("event_destinations"));
    let wanted = by_name(desired.get("event_destinations"));
    let listed = desired.get("event_destinations").and_then(Value::as_list).map_or(0, <[Value]>::len);
    if wanted.len() < listed {
        let message = "two event destinations have one name, or one has none";
        return Err(never("ses:CreateConfigurationSetEventDestination", "EventDestinationNames", message));
    }
    for name in standing.keys().filter(|name| !wanted.contains_key(*name)) {
        aws.sesv2()
            .delete_configuration_set_event_destination()
            .configuration_set_name(set)
            .event_destination_name(name)
            .send()
            .await
            .map_err(|error| refused("ses:DeleteConfigurationSetEventDestination", &error))?;
    }
    for (name, destination) in &wanted {
        let definition = definition(destination)?;
        match standing.get(name) {
            None => {
                aws.sesv2()
                    .create_configuration_set_event_destination()
                    .configuration_set_name(set)
                    .event_destination_name(name)
                    .event_destination(definition)
                    .send()
                    .await
                    .map_err(|error| refused("ses:CreateConfigurationSetEventDestination", &error))?;
            }
            Some(standing) => {
                let (is, was) = (Value::Map(destination.clone()), Value::Map(standing.clone()));
                if !same(Equality::Unordered, &is, &was) {
                    aws.sesv2()
                        .update_configuration_set_event_destination()
                        .configuration_set_name(set)
                        .event_destination_name(name)
                        .event_destination(definition)
                        .send()
                        .await
                        .map_err(|error| refused("ses:UpdateConfigurationSetEventDestination", &error))?;
                }
            }
        }
    }
    Ok(())
}
