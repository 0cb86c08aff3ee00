use aws_sdk_xray::Client;
use aws_sdk_xray::types::{InsightsConfiguration, SamplingRule, SamplingRuleUpdate};
use finsight_local::LocalCloud;

use crate::support::{REGION, code, config};

#[tokio::test]
async fn what_every_region_has_stays_and_does_not_count() {
    let cloud = LocalCloud::in_memory();
    let xray = Client::new(&config(&cloud, REGION).await);
    assert!(cloud.status().await.is_empty());
    let rules = xray.get_sampling_rules().send().await.unwrap();
    assert_eq!(rules.sampling_rule_records()[0].sampling_rule().unwrap().rule_name(), Some("Default"));
    assert_eq!(
        code(xray.delete_sampling_rule().rule_name("Default").send().await),
        "InvalidRequestException"
    );
    let update = |update: SamplingRuleUpdate| xray.update_sampling_rule().sampling_rule_update(update).send();
    let rate = SamplingRuleUpdate::builder().rule_name("Default").fixed_rate(0.5).build();
    let changed = update(rate).await.unwrap().sampling_rule_record.unwrap().sampling_rule.unwrap();
    assert_eq!((changed.fixed_rate(), changed.reservoir_size()), (0.5, 1));
    let first = SamplingRuleUpdate::builder().rule_name("Default").priority(1).build();
    assert_eq!(code(update(first).await), "InvalidRequestException");
    assert_eq!(code(xray.create_group().group_name("Default").send().await), "InvalidRequestException");
    assert!(cloud.status().await.is_empty());
}

#[tokio::test]
async fn rules_and_groups() {
    let cloud = LocalCloud::in_memory();
    let xray = Client::new(&config(&cloud, REGION).await);
    let rule = |name: &str, rate: f64| {
        let rule = SamplingRule::builder()
            .rule_name(name)
            .priority(100)
            .reservoir_size(1)
            .fixed_rate(rate)
            .service_name("*")
            .service_type("*")
            .host("*")
            .http_method("*")
            .url_path("*")
            .resource_arn("*")
            .version(1);
        xray.create_sampling_rule().sampling_rule(rule.build().unwrap()).send()
    };
    rule("one", 0.1).await.unwrap();
    for (name, rate) in [("one", 0.1), ("two", 1.5), ("a name with spaces", 0.1)] {
        assert_eq!(code(rule(name, rate).await), "InvalidRequestException");
    }
    let none = xray.delete_sampling_rule().rule_name("none").send().await.unwrap_err();
    assert!(none.as_service_error().unwrap().to_string().contains("does not exist"));

    let told = InsightsConfiguration::builder().insights_enabled(false).notifications_enabled(true).build();
    let refused = xray.create_group().group_name("one").insights_configuration(told).send().await;
    assert_eq!(code(refused), "InvalidRequestException");
    xray.create_group().group_name("one").filter_expression("fault").send().await.unwrap();
    assert_eq!(code(xray.create_group().group_name("one").send().await), "InvalidRequestException");
    let changed = xray.update_group().group_name("one").filter_expression("").send().await.unwrap();
    assert_eq!(changed.group().unwrap().filter_expression(), None);
    assert_eq!(
        code(xray.list_tags_for_resource().resource_arn("none").send().await),
        "ResourceNotFoundException"
    );
    xray.delete_group().group_name("one").send().await.unwrap();
    assert_eq!(code(xray.delete_group().group_name("one").send().await), "InvalidRequestException");
}
