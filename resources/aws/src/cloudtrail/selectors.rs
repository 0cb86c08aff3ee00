//! A trail's selectors: read, compared with AWS's default, put.

use aws_sdk_cloudtrail::types::{
    AdvancedEventSelector, AdvancedFieldSelector, DataResource, EventSelector, InsightSelector, InsightType,
    ReadWriteType,
};
use finsight_engine::contract::Failure;
use finsight_engine::program::Property as _;
use finsight_engine::value::{Map, Value};

use crate::failure::{refused, unexpected, unread};
use crate::session::Region;
use crate::values::{Inputs, Values};

/// What a trail without selectors of its own records: all management events.
fn default_selectors() -> Value {
    Value::List(vec![finsight_specs::cloudtrail::EventSelector::new("All").to_value()])
}

/// Event selectors and advanced ones, of which a trail has one kind.
pub async fn event_selectors(aws: &Region, trail: &str, custom: bool) -> Result<(Value, Value), Failure> {
    let none = || Value::List(Vec::new());
    if !custom {
        return Ok((default_selectors(), none()));
    }
    let call = aws.cloudtrail().get_event_selectors().trail_name(trail);
    let answer = call.send().await.map_err(|error| unread("cloudtrail:GetEventSelectors", &error))?;
    let advanced: Vec<Value> = answer.advanced_event_selectors().iter().map(advanced_values).collect();
    let basic: Vec<Value> = answer.event_selectors().iter().map(selector_values).collect();
    // In the advanced form the basic selectors are not in force: nothing is to be changed on them.
    let basic = if basic.is_empty() { default_selectors() } else { Value::List(basic) };
    Ok((basic, Value::List(advanced)))
}

/// Insight selectors, which a trail without them does not let itself be asked for.
pub async fn insight_selectors(aws: &Region, trail: &str, any: bool) -> Result<Value, Failure> {
    if !any {
        return Ok(Value::List(Vec::new()));
    }
    let call = aws.cloudtrail().get_insight_selectors().trail_name(trail);
    let answer = call.send().await.map_err(|error| unread("cloudtrail:GetInsightSelectors", &error))?;
    let one = |selector: &InsightSelector| {
        let kind = selector.insight_type().map(InsightType::as_str);
        Value::Map(Values::new().set("insight_type", kind).build())
    };
    Ok(Value::List(answer.insight_selectors().iter().map(one).collect()))
}

/// Puts the kind of event selectors that is wanted; it takes the place of the other.
pub async fn put_event_selectors(aws: &Region, trail: &str, desired: &Map) -> Result<(), Failure> {
    let call = aws.cloudtrail().put_event_selectors().trail_name(trail);
    let advanced = desired.maps("advanced_event_selectors");
    let call = if advanced.is_empty() {
        let basic = desired.maps("event_selectors");
        let basic: Vec<EventSelector> = if basic.is_empty() {
            vec![selector(&Map::from([("read_write_type".to_owned(), "All".into())]))]
        } else {
            basic.into_iter().map(selector).collect()
        };
        call.set_event_selectors(Some(basic))
    } else {
        let advanced: Result<Vec<_>, Failure> = advanced.into_iter().map(advanced_selector).collect();
        call.set_advanced_event_selectors(Some(advanced?))
    };
    call.send().await.map_err(|error| refused("cloudtrail:PutEventSelectors", &error))?;
    Ok(())
}

/// Puts the insight selectors; none switches them off.
pub async fn put_insight_selectors(aws: &Region, trail: &str, desired: &Map) -> Result<(), Failure> {
    let one = |map: &Map| {
        InsightSelector::builder().set_insight_type(map.text("insight_type").map(InsightType::from)).build()
    };
    let selectors = desired.maps("insight_selectors").into_iter().map(one).collect();
    let call =
        aws.cloudtrail().put_insight_selectors().trail_name(trail).set_insight_selectors(Some(selectors));
    call.send().await.map_err(|error| refused("cloudtrail:PutInsightSelectors", &error))?;
    Ok(())
}

fn selector(map: &Map) -> EventSelector {
    let resource = |map: &Map| {
        let kind = map.text("type").map(str::to_owned);
        DataResource::builder().set_type(kind).set_values(Some(map.texts("values"))).build()
    };
    EventSelector::builder()
        .set_read_write_type(map.text("read_write_type").map(ReadWriteType::from))
        .include_management_events(map.flag("include_management_events").unwrap_or(true))
        .set_data_resources(Some(map.maps("data_resources").into_iter().map(resource).collect()))
        .set_exclude_management_event_sources(Some(map.texts("exclude_management_event_sources")))
        .build()
}

fn selector_values(selector: &EventSelector) -> Value {
    let resource = |resource: &DataResource| {
        let values = Values::new().set("type", resource.r#type()).list("values", resource.values());
        Value::Map(values.build())
    };
    let resources: Vec<Value> = selector.data_resources().iter().map(resource).collect();
    let mut values = Values::new()
        .set("read_write_type", selector.read_write_type().map_or("All", ReadWriteType::as_str))
        .set("include_management_events", selector.include_management_events().unwrap_or(true))
        .set("data_resources", (!resources.is_empty()).then_some(resources));
    let excluded = selector.exclude_management_event_sources();
    if !excluded.is_empty() {
        values = values.list("exclude_management_event_sources", excluded);
    }
    Value::Map(values.build())
}

fn advanced_selector(map: &Map) -> Result<AdvancedEventSelector, Failure> {
    let wrong = |error: String| unexpected("request", &error);
    let mut built = AdvancedEventSelector::builder().set_name(map.text("name").map(str::to_owned));
    for field in map.maps("field_selectors") {
        let texts = |name: &str| field.contains_key(name).then(|| field.texts(name));
        let field = AdvancedFieldSelector::builder()
            .field(field.required("field")?)
            .set_equals(texts("equals"))
            .set_not_equals(texts("not_equals"))
            .set_starts_with(texts("starts_with"))
            .set_not_starts_with(texts("not_starts_with"))
            .set_ends_with(texts("ends_with"))
            .set_not_ends_with(texts("not_ends_with"))
            .build();
        built = built.field_selectors(field.map_err(|error| wrong(error.to_string()))?);
    }
    built.build().map_err(|error| wrong(error.to_string()))
}

fn advanced_values(selector: &AdvancedEventSelector) -> Value {
    let field = |field: &AdvancedFieldSelector| {
        let mut values = Values::new().set("field", field.field());
        let operators = [
            ("equals", field.equals()),
            ("not_equals", field.not_equals()),
            ("starts_with", field.starts_with()),
            ("not_starts_with", field.not_starts_with()),
            ("ends_with", field.ends_with()),
            ("not_ends_with", field.not_ends_with()),
        ];
        for (name, items) in operators {
            if !items.is_empty() {
                values = values.list(name, items);
            }
        }
        Value::Map(values.build())
    };
    let fields = selector.field_selectors().iter().map(field).collect();
    let values = Values::new().set("name", selector.name()).set("field_selectors", Value::List(fields));
    Value::Map(values.build())
}
