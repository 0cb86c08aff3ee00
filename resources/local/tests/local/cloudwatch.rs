use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{AlarmType, ComparisonOperator, Statistic, Tag};
use finsight_local::LocalCloud;

use crate::support::{REGION, code, config};

fn alarm(client: &Client, name: &str) -> PutMetricAlarmFluentBuilder {
    client
        .put_metric_alarm()
        .alarm_name(name)
        .namespace("AWS/Lambda")
        .metric_name("Errors")
        .statistic(Statistic::Sum)
        .period(60)
        .evaluation_periods(2)
        .threshold(80.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
}

#[tokio::test]
async fn alarms() {
    let cloud = LocalCloud::in_memory();
    let client = Client::new(&config(&cloud, REGION).await);
    let tag = |value: &str| Tag::builder().key("k").value(value).build();
    alarm(&client, "a").tags(tag("first")).send().await.unwrap();
    // Replaced whole, but for the tags.
    alarm(&client, "a").threshold(0.5).tags(tag("second")).send().await.unwrap();
    let described = client.describe_alarms().alarm_names("a").alarm_names("none").send().await.unwrap();
    let a = &described.metric_alarms()[0];
    assert_eq!((a.threshold(), a.treat_missing_data()), (Some(0.5), Some("missing")));
    assert!(a.actions_enabled().unwrap() && a.alarm_configuration_updated_timestamp().is_some());
    let arn = a.alarm_arn().unwrap();
    let tags = client.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
    assert_eq!(tags.tags()[0].value(), Some("first"));

    let both = alarm(&client, "b").extended_statistic("p95").send().await;
    assert_eq!(code(both), "InvalidParameterCombination");
    assert_eq!(code(alarm(&client, "b").period(45).send().await), "ValidationError");
    assert_eq!(code(alarm(&client, "b").datapoints_to_alarm(3).send().await), "ValidationError");
    let unknown = client.delete_alarms().alarm_names("a").alarm_names("none").send().await;
    assert_eq!(code(unknown), "ResourceNotFound");
    let untagged = client.list_tags_for_resource().resource_arn(format!("{arn}x")).send().await;
    assert_eq!(code(untagged), "ResourceNotFoundException");
}

#[tokio::test]
async fn composite_alarms_hold_their_children() {
    let cloud = LocalCloud::in_memory();
    let client = Client::new(&config(&cloud, REGION).await);
    let put = |rule: &str| client.put_composite_alarm().alarm_name("all").alarm_rule(rule).send();
    assert_eq!(code(put("ALARM(\"a\")").await), "ValidationError");
    alarm(&client, "a").send().await.unwrap();
    put("ALARM(\"a\") OR FALSE").await.unwrap();
    assert_eq!(code(put("ALARM(\"a\"").await), "ValidationError");
    // Without types only metric alarms are described.
    let plain = client.describe_alarms().send().await.unwrap();
    assert_eq!((plain.metric_alarms().len(), plain.composite_alarms().len()), (1, 0));
    let typed = client.describe_alarms().alarm_types(AlarmType::CompositeAlarm).send().await.unwrap();
    assert_eq!((typed.metric_alarms().len(), typed.composite_alarms().len()), (0, 1));
    assert_eq!(code(alarm(&client, "all").send().await), "ValidationError");
    assert_eq!(code(client.delete_alarms().alarm_names("a").send().await), "ValidationError");
    client.delete_alarms().alarm_names("all").send().await.unwrap();
    client.delete_alarms().alarm_names("a").send().await.unwrap();
}

#[tokio::test]
async fn dashboards_belong_to_the_account() {
    let cloud = LocalCloud::in_memory();
    let here = Client::new(&config(&cloud, REGION).await);
    let there = Client::new(&config(&cloud, "eu-west-1").await);
    let put = |body: &str| here.put_dashboard().dashboard_name("d").dashboard_body(body).send();
    assert_eq!(code(put("{}").await), "InvalidParameterInput");
    assert_eq!(code(put("no JSON").await), "InvalidParameterInput");
    put(r#"{"widgets":[{"type":"text","properties":{"markdown":"x"}}]}"#).await.unwrap();
    let read = there.get_dashboard().dashboard_name("d").send().await.unwrap();
    assert_eq!(read.dashboard_arn(), Some("arn:aws:cloudwatch::123456789012:dashboard/d"));
    assert_eq!(there.list_dashboards().send().await.unwrap().dashboard_entries().len(), 1);
    let unknown = here.delete_dashboards().dashboard_names("d").dashboard_names("none").send().await;
    assert_eq!(code(unknown), "ResourceNotFound");
    there.delete_dashboards().dashboard_names("d").send().await.unwrap();
    assert_eq!(code(here.get_dashboard().dashboard_name("d").send().await), "ResourceNotFound");
}
