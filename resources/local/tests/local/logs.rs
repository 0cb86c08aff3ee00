use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{LogGroupClass, MetricTransformation};
use finsight_local::LocalCloud;

use crate::support::{REGION, code, config};

#[tokio::test]
async fn log_groups() {
    let cloud = LocalCloud::in_memory();
    let config = config(&cloud, REGION).await;
    let logs = Client::new(&config);
    let kms = aws_sdk_kms::Client::new(&config);
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap().arn.unwrap();
    let refused = logs.create_log_group().log_group_name("/app/a").kms_key_id(&key).send().await;
    assert_eq!(code(refused), "AccessDeniedException", "L6: its policy does not let the service in");
    let everybody =
        r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]}"#;
    kms.put_key_policy().key_id(&key).policy(everybody).send().await.unwrap();
    let create = || logs.create_log_group().log_group_name("/app/a").tags("k", "v").kms_key_id(&key).send();
    create().await.unwrap();
    assert_eq!(code(create().await), "ResourceAlreadyExistsException");
    logs.create_log_group().log_group_name("/app/b").send().await.unwrap();
    logs.put_retention_policy().log_group_name("/app/a").retention_in_days(30).send().await.unwrap();
    let odd = logs.put_retention_policy().log_group_name("/app/a").retention_in_days(31).send().await;
    assert_eq!(code(odd), "InvalidParameterException");
    let all = logs.describe_log_groups().log_group_name_prefix("/app/").send().await.unwrap();
    assert_eq!(all.log_groups().len(), 2);
    let some = logs.describe_log_groups().log_group_identifiers("/app/a").log_group_identifiers("/app/none");
    let some = some.send().await.unwrap();
    let a = &some.log_groups()[0];
    assert_eq!(
        (some.log_groups().len(), a.retention_in_days(), a.kms_key_id()),
        (1, Some(30), Some(key.as_str()))
    );
    assert_eq!(a.arn().unwrap(), format!("{}:*", a.log_group_arn().unwrap()));
    logs.delete_retention_policy().log_group_name("/app/a").send().await.unwrap();
    logs.disassociate_kms_key().log_group_name("/app/a").send().await.unwrap();
    let arn = a.log_group_arn().unwrap();
    logs.tag_resource().resource_arn(arn).tags("x", "y").send().await.unwrap();
    logs.untag_resource().resource_arn(arn).tag_keys("k").send().await.unwrap();
    let tags = logs.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap().get("x").map(String::as_str), Some("y"));
    assert_eq!(tags.tags().unwrap().len(), 1);
    assert_eq!(
        code(logs.tag_resource().resource_arn(a.arn().unwrap()).tags("x", "y").send().await),
        "InvalidParameterException"
    );
    logs.create_log_stream().log_group_name("/app/a").log_stream_name("s").send().await.unwrap();
    logs.delete_log_group().log_group_name("/app/a").send().await.unwrap();
    assert_eq!(
        code(logs.delete_log_group().log_group_name("/app/a").send().await),
        "ResourceNotFoundException"
    );
    let protect = |on| {
        logs.put_log_group_deletion_protection()
            .log_group_identifier("/app/b")
            .deletion_protection_enabled(on)
            .send()
    };
    protect(true).await.unwrap();
    assert_eq!(code(logs.delete_log_group().log_group_name("/app/b").send().await), "ValidationException");
    protect(false).await.unwrap();
    logs.delete_log_group().log_group_name("/app/b").send().await.unwrap();
}

#[tokio::test]
async fn filters_queries_and_policies() {
    let cloud = LocalCloud::in_memory();
    let logs = Client::new(&config(&cloud, REGION).await);
    logs.create_log_group().log_group_name("/app").send().await.unwrap();
    let transformation =
        || MetricTransformation::builder().metric_namespace("App").metric_name("Errors").metric_value("1");
    let put = |group: &str, transformation: MetricTransformation| {
        logs.put_metric_filter()
            .log_group_name(group)
            .filter_name("f")
            .filter_pattern("ERROR")
            .metric_transformations(transformation)
            .send()
    };
    let plain = || transformation().default_value(0.0).build().unwrap();
    assert_eq!(code(put("/none", plain()).await), "ResourceNotFoundException");
    let torn = transformation().default_value(0.0).dimensions("Route", "$.route").build().unwrap();
    assert_eq!(code(put("/app", torn).await), "InvalidParameterException");
    put("/app", plain()).await.unwrap();
    let all = logs.describe_metric_filters().send().await.unwrap();
    assert_eq!(all.metric_filters()[0].metric_transformations()[0].default_value(), Some(0.0));
    let groups = logs.describe_log_groups().send().await.unwrap();
    assert_eq!(groups.log_groups()[0].metric_filter_count(), Some(1));

    let subscribe = |name: &str| {
        logs.put_subscription_filter()
            .log_group_name("/app")
            .filter_name(name)
            .filter_pattern("")
            .destination_arn("arn:aws:lambda:ap-northeast-1:123456789012:function:f")
            .send()
    };
    subscribe("one").await.unwrap();
    subscribe("two").await.unwrap();
    subscribe("two").await.unwrap();
    assert_eq!(code(subscribe("three").await), "LimitExceededException");

    let keep = |token: &str, query: &str| {
        logs.put_query_definition().name("q").query_string(query).client_token(token.repeat(36)).send()
    };
    let first = keep("t", "fields a").await.unwrap().query_definition_id;
    assert_eq!(keep("t", "fields a").await.unwrap().query_definition_id, first);
    assert_eq!(code(keep("t", "fields b").await), "InvalidParameterException");
    assert_ne!(keep("u", "fields a").await.unwrap().query_definition_id, first);

    let policy = |name: String| {
        let document = r#"{"Version":"2012-10-17","Statement":[]}"#;
        logs.put_resource_policy().policy_name(name).policy_document(document).send()
    };
    for n in 0..10 {
        policy(format!("p{n}")).await.unwrap();
    }
    assert_eq!(code(policy("p10".to_owned()).await), "LimitExceededException");

    // Filters go with their group.
    logs.delete_log_group().log_group_name("/app").send().await.unwrap();
    assert!(logs.describe_metric_filters().send().await.unwrap().metric_filters().is_empty());
    let gone = logs.delete_metric_filter().log_group_name("/app").filter_name("f").send().await;
    assert_eq!(code(gone), "ResourceNotFoundException");
}

#[tokio::test]
async fn groups_of_infrequent_access_have_no_filters() {
    let cloud = LocalCloud::in_memory();
    let logs = Client::new(&config(&cloud, REGION).await);
    let class = LogGroupClass::InfrequentAccess;
    logs.create_log_group().log_group_name("rare").log_group_class(class).send().await.unwrap();
    let transformation = MetricTransformation::builder().metric_name("m").metric_namespace("n");
    let transformation = transformation.metric_value("1").build().unwrap();
    let metric = logs.put_metric_filter().log_group_name("rare").filter_name("f").filter_pattern("ERROR");
    assert_eq!(code(metric.metric_transformations(transformation).send().await), "ValidationException");
    let subscription = logs.put_subscription_filter().log_group_name("rare").filter_name("f");
    let to = format!("arn:aws:lambda:{REGION}:123456789012:function:f");
    let subscription = subscription.filter_pattern("").destination_arn(to).send().await;
    assert_eq!(code(subscription), "ValidationException");
    let described = logs.describe_subscription_filters().log_group_name("rare").send().await;
    assert_eq!(code(described), "ValidationException");
}
