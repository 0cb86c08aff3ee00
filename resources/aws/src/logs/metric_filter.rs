//! `aws:logs:MetricFilter`

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::types::{MetricFilter as Filter, MetricTransformation, StandardUnit};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::program::Resource;
use finsight_engine::value::{Map, Value};
use finsight_specs::logs::MetricFilter as Spec;

use super::filters::{groups, id_in, id_of, parts};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::standing::{as_wanted, stands_already};
use crate::values::{Inputs, Values, text_map};

/// Up to so many log groups are asked one by one; above, one sweep over the account serves all.
const FEW: usize = 3;

/// The handler of `aws:logs:MetricFilter`.
pub struct MetricFilter;

#[async_trait]
impl Handler for MetricFilter {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let groups = groups(targets)?;
        let mut filters = Vec::new();
        if groups.len() > FEW {
            filters = described(aws, None, None).await?;
        } else {
            for group in groups {
                filters.extend(described(aws, Some(group), None).await?);
            }
        }
        let recorded = |id: &str| targets.iter().find(|target| target.id == id).map(|target| &target.inputs);
        let live = filters.iter().map(|filter| {
            let id =
                id_of(filter.log_group_name().unwrap_or_default(), filter.filter_name().unwrap_or_default());
            let inputs = recorded(&id);
            values(id, filter, inputs)
        });
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        Ok(standing(aws, inputs)
            .await?
            .map(|live| Candidate { id: live.id.clone(), ours: as_wanted(&Spec::spec(), &live, inputs) })
            .into_iter()
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        if let Some(live) = standing(aws, inputs).await? {
            return Err(stands_already("logs:PutMetricFilter", &format!("the {} {}", Spec::TYPE, live.id)));
        }
        put(aws, inputs, None).await?;
        id_in(inputs)
    }

    async fn converge(
        &self,
        aws: &Region,
        _target: &Target,
        _live: &Live,
        desired: &Map,
        _differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        // The call replaces the filter: what is not ours to set goes along.
        let (group, name) = (desired.required("log_group_name")?, desired.required("filter_name")?);
        let filters = described(aws, Some(group), Some(name)).await?;
        let standing = filters.into_iter().find(|filter| filter.filter_name() == Some(name));
        put(aws, desired, standing).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let (group, filter) = parts(&target.id)?;
        let call = aws.logs().delete_metric_filter().log_group_name(group).filter_name(filter);
        call.send().await.map_err(|error| refused("logs:DeleteMetricFilter", &error))?;
        Ok(Deleted::Gone)
    }
}

/// The filter with the group and the name of a create call.
async fn standing(aws: &Region, inputs: &Map) -> Result<Option<Live>, Failure> {
    let (group, name) = (inputs.required("log_group_name")?, inputs.required("filter_name")?);
    let filters = described(aws, Some(group), Some(name)).await?;
    let one = filters.iter().find(|filter| filter.filter_name() == Some(name));
    Ok(one.map(|filter| values(id_of(group, name), filter, Some(inputs))))
}

async fn described(aws: &Region, group: Option<&str>, prefix: Option<&str>) -> Result<Vec<Filter>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws
        .logs()
        .describe_metric_filters()
        .set_log_group_name(group.map(str::to_owned))
        .set_filter_name_prefix(prefix.map(str::to_owned))
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("logs:DescribeMetricFilters", &error));
        // A group that is gone has no filters.
        let Some(page) = absent_as_none(page)? else { break };
        found.extend(page.metric_filters.unwrap_or_default());
    }
    Ok(found)
}

async fn put(aws: &Region, inputs: &Map, standing: Option<Filter>) -> Result<(), Failure> {
    let standing = standing.as_ref();
    let mut transformations = Vec::new();
    for map in inputs.maps("metric_transformations") {
        let dimensions = map.get("dimensions").map(text_map).filter(|dimensions| !dimensions.is_empty());
        let built = MetricTransformation::builder()
            .metric_namespace(map.required("metric_namespace")?)
            .metric_name(map.required("metric_name")?)
            .metric_value(map.required("metric_value")?)
            .set_default_value(map.number("default_value"))
            .set_unit(map.text("unit").map(StandardUnit::from))
            .set_dimensions(dimensions.map(|dimensions| dimensions.into_iter().collect()))
            .build();
        transformations.push(built.map_err(|error| unexpected("request", &error.to_string()))?);
    }
    aws.logs()
        .put_metric_filter()
        .log_group_name(inputs.required("log_group_name")?)
        .filter_name(inputs.required("filter_name")?)
        .filter_pattern(inputs.text("filter_pattern").unwrap_or_default())
        .set_metric_transformations(Some(transformations))
        .set_apply_on_transformed_logs(inputs.flag("apply_on_transformed_logs"))
        .set_field_selection_criteria(standing.and_then(|it| it.field_selection_criteria.clone()))
        .set_emit_system_field_dimensions(standing.and_then(|it| it.emit_system_field_dimensions.clone()))
        .send()
        .await
        .map_err(|error| refused("logs:PutMetricFilter", &error))?;
    Ok(())
}

fn values(id: String, filter: &Filter, recorded: Option<&Map>) -> Live {
    let recorded = recorded.map(|inputs| inputs.maps("metric_transformations")).unwrap_or_default();
    let transformation = |(at, item): (usize, &MetricTransformation)| {
        // Where no unit is set AWS may answer with `None`.
        let asked = recorded.get(at).is_some_and(|map| map.contains_key("unit"));
        let unit = item.unit().filter(|unit| asked || **unit != StandardUnit::None);
        let dimensions: Map = item
            .dimensions()
            .into_iter()
            .flatten()
            .map(|(name, field)| (name.clone(), Value::text(field)))
            .collect();
        let values = Values::new()
            .set("metric_namespace", item.metric_namespace())
            .set("metric_name", item.metric_name())
            .set("metric_value", item.metric_value())
            .set("default_value", item.default_value())
            .set("unit", unit.map(StandardUnit::as_str))
            .set("dimensions", (!dimensions.is_empty()).then_some(dimensions));
        Value::Map(values.build())
    };
    let transformations = filter.metric_transformations().iter().enumerate().map(transformation).collect();
    let properties = Values::new()
        .set("log_group_name", filter.log_group_name())
        .set("filter_name", filter.filter_name())
        .set("filter_pattern", filter.filter_pattern().unwrap_or_default())
        .set("metric_transformations", Value::List(transformations))
        .set("apply_on_transformed_logs", filter.apply_on_transformed_logs());
    Live { id, properties: properties.build(), outputs: Map::new(), health: Health::Ready }
}
