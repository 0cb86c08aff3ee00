use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{EventSelector, InsightSelector, InsightType, ReadWriteType};
use finsight_local::LocalCloud;

use crate::support::{REGION, bucket, code, config, deliverable, role};

#[tokio::test]
async fn trails() {
    let cloud = LocalCloud::in_memory();
    let sdk = config(&cloud, REGION).await;
    let client = Client::new(&sdk);
    let create = |name: &str| client.create_trail().name(name).s3_bucket_name("bucket");
    assert_eq!(code(create("main").send().await), "S3BucketDoesNotExistException");
    bucket(&cloud, "bucket").await;
    assert_eq!(code(create("main").send().await), "InsufficientS3BucketPolicyException");
    deliverable(&cloud, "bucket", "cloudtrail.amazonaws.com", "210987654321").await;
    assert_eq!(code(create("main").send().await), "InsufficientS3BucketPolicyException");
    deliverable(&cloud, "bucket", "cloudtrail.amazonaws.com", "123456789012").await;
    let below = create("main").s3_key_prefix("below").send().await;
    assert_eq!(code(below), "InsufficientS3BucketPolicyException", "the policy is for another prefix");
    let sns = aws_sdk_sns::Client::new(&sdk);
    sns.create_topic().name("trail").send().await.unwrap();
    for topic in ["none", "trail"] {
        let refused = create("main").sns_topic_name(topic).send().await;
        assert_eq!(code(refused), "InsufficientSnsTopicPolicyException", "{topic}");
    }
    let made = create("main").is_multi_region_trail(true).send().await.unwrap();
    assert_eq!(code(create("main").send().await), "TrailAlreadyExistsException");
    let shy = create("shy").is_multi_region_trail(true).include_global_service_events(false).send().await;
    assert_eq!(code(shy), "InvalidParameterCombinationException");
    for n in 0..4 {
        create(&format!("more-{n}")).send().await.unwrap();
    }
    assert_eq!(code(create("sixth").send().await), "MaximumNumberOfTrailsExceededException");

    // Made without recording.
    let status = || client.get_trail_status().name("main").send();
    assert_eq!(status().await.unwrap().is_logging(), Some(false));
    client.start_logging().name("main").send().await.unwrap();
    assert_eq!(status().await.unwrap().is_logging(), Some(true));

    // Seen from another region as a shadow, and not to be changed there.
    let there = Client::new(&config(&cloud, "eu-west-1").await);
    let arn = made.trail_arn().unwrap();
    assert_eq!(there.describe_trails().send().await.unwrap().trail_list().len(), 1);
    let own = there.describe_trails().include_shadow_trails(false).send().await.unwrap();
    assert_eq!(own.trail_list().len(), 0);
    assert_eq!(code(there.stop_logging().name(arn).send().await), "InvalidHomeRegionException");
    assert_eq!(code(there.delete_trail().name("main").send().await), "TrailNotFoundException");
}

#[tokio::test]
async fn log_groups_and_selectors() {
    let cloud = LocalCloud::in_memory();
    let sdk = config(&cloud, REGION).await;
    let client = Client::new(&sdk);
    bucket(&cloud, "bucket").await;
    deliverable(&cloud, "bucket", "cloudtrail.amazonaws.com", "123456789012").await;
    client.create_trail().name("main").s3_bucket_name("bucket").send().await.unwrap();
    let group = format!("arn:aws:logs:{REGION}:123456789012:log-group:/trail:*");
    let other = role(&cloud, "other", "lambda.amazonaws.com").await;
    let trail = role(&cloud, "trail", "cloudtrail.amazonaws.com").await;
    let to = |role: &str| {
        client
            .update_trail()
            .name("main")
            .cloud_watch_logs_log_group_arn(&group)
            .cloud_watch_logs_role_arn(role)
            .send()
    };
    assert_eq!(code(to(&trail).await), "InvalidCloudWatchLogsLogGroupArnException");
    let logs = aws_sdk_cloudwatchlogs::Client::new(&sdk);
    logs.create_log_group().log_group_name("/trail").send().await.unwrap();
    assert_eq!(code(to(&other).await), "InvalidCloudWatchLogsRoleArnException");
    to(&trail).await.unwrap();
    let alone = client.update_trail().name("main").cloud_watch_logs_role_arn("").send().await;
    assert_eq!(code(alone), "InvalidParameterCombinationException");

    let insight = || client.get_insight_selectors().trail_name("main").send();
    assert_eq!(code(insight().await), "InsightNotEnabledException");
    let rate = InsightSelector::builder().insight_type(InsightType::ApiCallRateInsight).build();
    client.put_insight_selectors().trail_name("main").insight_selectors(rate).send().await.unwrap();
    assert_eq!(insight().await.unwrap().insight_selectors().len(), 1);
    let empty = client.put_event_selectors().trail_name("main").send().await;
    assert_eq!(code(empty), "InvalidEventSelectorsException");
    let put = |kind| {
        let selector = EventSelector::builder().read_write_type(kind).build();
        client.put_event_selectors().trail_name("main").event_selectors(selector).send()
    };
    let custom = || async {
        let found = client.describe_trails().send().await.unwrap();
        found.trail_list()[0].has_custom_event_selectors()
    };
    put(ReadWriteType::WriteOnly).await.unwrap();
    assert_eq!(custom().await, Some(true));
    // AWS's default is no selector of its own.
    put(ReadWriteType::All).await.unwrap();
    assert_eq!(custom().await, Some(false));
}
