//! A metric alarm's properties to and from the SDK's types.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, Metric, MetricAlarm, MetricDataQuery, MetricStat, StandardUnit, Statistic,
};
use finsight_engine::contract::{Health, Live};
use finsight_engine::value::{Map, Value};

use crate::session::Region;
use crate::values::{Inputs, Values};

/// The call that makes the alarm what is wanted, without tags.
pub fn put(aws: &Region, name: &str, inputs: &Map) -> PutMetricAlarmFluentBuilder {
    let text = |name: &str| inputs.text(name).map(str::to_owned);
    let some = |items: Vec<Dimension>| (!items.is_empty()).then_some(items);
    let metrics: Vec<MetricDataQuery> = inputs.maps("metrics").into_iter().map(query).collect();
    aws.cloudwatch()
        .put_metric_alarm()
        .alarm_name(name)
        .set_alarm_description(text("alarm_description"))
        .set_actions_enabled(inputs.flag("actions_enabled"))
        .set_ok_actions(Some(inputs.texts("ok_actions")))
        .set_alarm_actions(Some(inputs.texts("alarm_actions")))
        .set_insufficient_data_actions(Some(inputs.texts("insufficient_data_actions")))
        .set_metric_name(text("metric_name"))
        .set_namespace(text("namespace"))
        .set_statistic(inputs.text("statistic").map(Statistic::from))
        .set_extended_statistic(text("extended_statistic"))
        .set_dimensions(some(dimensions(inputs)))
        .set_period(inputs.int32("period"))
        .set_unit(inputs.text("unit").map(StandardUnit::from))
        .set_evaluation_periods(inputs.int32("evaluation_periods"))
        .set_datapoints_to_alarm(inputs.int32("datapoints_to_alarm"))
        .set_threshold(inputs.number("threshold"))
        .set_threshold_metric_id(text("threshold_metric_id"))
        .set_comparison_operator(inputs.text("comparison_operator").map(ComparisonOperator::from))
        .set_treat_missing_data(text("treat_missing_data"))
        .set_evaluate_low_sample_count_percentile(text("evaluate_low_sample_count_percentile"))
        .set_metrics((!metrics.is_empty()).then_some(metrics))
}

fn dimensions(of: &Map) -> Vec<Dimension> {
    let one = |map: &Map| {
        let text = |name: &str| map.text(name).map(str::to_owned);
        Dimension::builder().set_name(text("name")).set_value(text("value")).build()
    };
    of.maps("dimensions").into_iter().map(one).collect()
}

fn query(line: &Map) -> MetricDataQuery {
    let text = |name: &str| line.text(name).map(str::to_owned);
    let stat = line.get("metric_stat").and_then(Value::as_map).map(|stat| {
        let metric = Metric::builder()
            .set_namespace(stat.text("namespace").map(str::to_owned))
            .set_metric_name(stat.text("metric_name").map(str::to_owned))
            .set_dimensions(Some(dimensions(stat)))
            .build();
        MetricStat::builder()
            .metric(metric)
            .set_period(stat.int32("period"))
            .set_stat(stat.text("stat").map(str::to_owned))
            .set_unit(stat.text("unit").map(StandardUnit::from))
            .build()
    });
    MetricDataQuery::builder()
        .set_id(text("id"))
        .set_expression(text("expression"))
        .set_label(text("label"))
        .set_return_data(Some(line.flag("return_data").unwrap_or(true)))
        .set_period(line.int32("period"))
        .set_metric_stat(stat)
        .build()
}

fn dimension_values(dimensions: &[Dimension]) -> Value {
    let one = |dimension: &Dimension| {
        let map = Values::new().set("name", dimension.name()).set("value", dimension.value());
        Value::Map(map.build())
    };
    Value::List(dimensions.iter().map(one).collect())
}

fn query_values(line: &MetricDataQuery) -> Value {
    let stat = line.metric_stat().map(|stat| {
        let metric = stat.metric();
        let dimensions = metric.map(Metric::dimensions).unwrap_or_default();
        let values = Values::new()
            .set("namespace", metric.and_then(Metric::namespace))
            .set("metric_name", metric.and_then(Metric::metric_name))
            .set("stat", stat.stat())
            .set("period", stat.period())
            .set("unit", stat.unit().map(StandardUnit::as_str))
            .set("dimensions", (!dimensions.is_empty()).then(|| dimension_values(dimensions)));
        Value::Map(values.build())
    });
    let values = Values::new()
        .set("id", line.id())
        .set("expression", line.expression())
        .set("label", line.label())
        .set("return_data", line.return_data().unwrap_or(true))
        .set("period", line.period())
        .set("metric_stat", stat);
    Value::Map(values.build())
}

/// An alarm as it stands.
pub fn values(alarm: &MetricAlarm, tags: BTreeMap<String, String>, recorded: &Map) -> Live {
    // Where it is not set AWS may answer with the number of periods.
    let datapoints = alarm.datapoints_to_alarm().filter(|number| {
        Some(*number) != alarm.evaluation_periods() || recorded.int("datapoints_to_alarm").is_some()
    });
    // Likewise with what it does about few samples of a percentile.
    let few = alarm.evaluate_low_sample_count_percentile().filter(|what| {
        *what != "evaluate" || recorded.text("evaluate_low_sample_count_percentile").is_some()
    });
    let properties = Values::new()
        .set("alarm_name", alarm.alarm_name())
        .set("alarm_description", alarm.alarm_description().unwrap_or_default())
        .set("actions_enabled", alarm.actions_enabled().unwrap_or(true))
        .list("ok_actions", alarm.ok_actions())
        .list("alarm_actions", alarm.alarm_actions())
        .list("insufficient_data_actions", alarm.insufficient_data_actions())
        .set("metric_name", alarm.metric_name())
        .set("namespace", alarm.namespace())
        .set("statistic", alarm.statistic().map(Statistic::as_str))
        .set("extended_statistic", alarm.extended_statistic())
        .set("dimensions", dimension_values(alarm.dimensions()))
        .set("period", alarm.period())
        .set("unit", alarm.unit().map(StandardUnit::as_str))
        .set("evaluation_periods", alarm.evaluation_periods())
        .set("datapoints_to_alarm", datapoints)
        .set("threshold", alarm.threshold())
        .set("threshold_metric_id", alarm.threshold_metric_id())
        .set("comparison_operator", alarm.comparison_operator().map(ComparisonOperator::as_str))
        .set("treat_missing_data", alarm.treat_missing_data().unwrap_or("missing"))
        .set("evaluate_low_sample_count_percentile", few)
        .set("metrics", Value::List(alarm.metrics().iter().map(query_values).collect()))
        .tags(tags);
    Live {
        id: alarm.alarm_name().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Values::new().set("arn", alarm.alarm_arn()).build(),
        health: Health::Ready,
    }
}
