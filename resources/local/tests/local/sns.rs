use std::time::Duration;

use aws_sdk_budgets::types as budgets;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};
use aws_sdk_sesv2::types::{EventDestinationDefinition, EventType, SnsDestination};
use aws_sdk_sns::Client;
use aws_sdk_sns::types::Tag;
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config};

async fn client(cloud: &LocalCloud) -> Client {
    Client::new(&config(cloud, REGION).await)
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

#[tokio::test]
async fn a_topic_is_made_once_and_is_changed_one_attribute_at_a_time() {
    let cloud = LocalCloud::in_memory();
    let sns = client(&cloud).await;
    let make = || sns.create_topic().name("one").tags(tag("k", "v"));
    let arn = make().send().await.unwrap().topic_arn.unwrap();
    assert_eq!(make().send().await.unwrap().topic_arn.unwrap(), arn);
    let other = sns.create_topic().name("one").tags(tag("k", "w")).send().await;
    assert_eq!(code(other), "InvalidParameter");
    let other = make().attributes("DisplayName", "other").send().await;
    assert_eq!(code(other), "InvalidParameter");
    let attributes = sns.get_topic_attributes().topic_arn(&arn).send().await.unwrap().attributes.unwrap();
    assert!(attributes["Policy"].contains("AWS:SourceOwner"));
    assert!(!attributes.contains_key("KmsMasterKeyId"));
    let set = |name: &str, value: &str| {
        sns.set_topic_attributes().topic_arn(&arn).attribute_name(name).attribute_value(value).send()
    };
    set("DisplayName", "shown").await.unwrap();
    assert_eq!(code(set("TracingConfig", "On").await), "InvalidParameter");
    assert_eq!(code(set("KmsMasterKeyId", "none").await), "InvalidParameter");
    set("KmsMasterKeyId", "alias/aws/sns").await.unwrap();
    let foreign = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/none"},"Action":"sns:Publish","Resource":"*"}]}"#;
    assert_eq!(code(set("Policy", foreign).await), "InvalidParameter");
    assert_eq!(code(set("Policy", "{}").await), "InvalidParameter");
    sns.delete_topic().topic_arn(&arn).send().await.unwrap();
    sns.delete_topic().topic_arn(&arn).send().await.unwrap();
    assert_eq!(code(sns.get_topic_attributes().topic_arn(&arn).send().await), "NotFound");
    assert_eq!(code(sns.list_tags_for_resource().resource_arn(&arn).send().await), "ResourceNotFound");
}

#[tokio::test]
async fn mail_waits_for_its_confirmation_and_lapses() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let sns = client(&cloud).await;
    let topic = sns.create_topic().name("one").send().await.unwrap().topic_arn.unwrap();
    let subscribe = |protocol: &str, endpoint: &str| {
        sns.subscribe().topic_arn(&topic).protocol(protocol).endpoint(endpoint).return_subscription_arn(true)
    };
    let mail = subscribe("email", "a@example.com").send().await.unwrap().subscription_arn.unwrap();
    assert_eq!(subscribe("email", "a@example.com").send().await.unwrap().subscription_arn.unwrap(), mail);
    assert_eq!(code(sns.unsubscribe().subscription_arn(&mail).send().await), "InvalidParameter");
    let function = "arn:aws:lambda:ap-northeast-1:123456789012:function:one";
    let lambda = subscribe("lambda", function).send().await.unwrap().subscription_arn.unwrap();
    let again = subscribe("lambda", function).attributes("FilterPolicy", r#"{"a":["b"]}"#).send().await;
    assert_eq!(code(again), "InvalidParameter");
    assert_eq!(code(subscribe("lambda", "one").send().await), "InvalidParameter");
    assert_eq!(code(subscribe("email", "nobody").send().await), "InvalidParameter");
    let raw = sns.set_subscription_attributes().subscription_arn(&lambda);
    let raw = raw.attribute_name("RawMessageDelivery").attribute_value("true").send().await;
    assert_eq!(code(raw), "InvalidParameter");
    let listed = sns.list_subscriptions_by_topic().topic_arn(&topic).send().await.unwrap();
    let arns: Vec<&str> = listed.subscriptions().iter().filter_map(|s| s.subscription_arn()).collect();
    assert!(arns.contains(&"PendingConfirmation") && arns.contains(&lambda.as_str()));
    assert_eq!(cloud.status().await.count("aws:sns:Subscription"), 2);
    clock.advance(Duration::from_secs(2 * 86_400));
    assert_eq!(code(sns.get_subscription_attributes().subscription_arn(&mail).send().await), "NotFound");
    sns.unsubscribe().subscription_arn(&lambda).send().await.unwrap();
    assert_eq!(code(sns.unsubscribe().subscription_arn(&lambda).send().await), "NotFound");
    assert_eq!(cloud.status().await.count("aws:sns:Subscription"), 0);
}

/// Who publishes to an encrypted topic needs its key: as AWS documents it, CloudWatch and Budgets say for which account,
/// and what AWS's own key says nobody can change.
#[tokio::test]
async fn an_encrypted_topic_takes_messages_from_whom_its_key_lets() {
    let cloud = LocalCloud::in_memory();
    let sdk = config(&cloud, REGION).await;
    let (sns, kms) = (Client::new(&sdk), aws_sdk_kms::Client::new(&sdk));
    let topic = sns.create_topic().name("news").send().await.unwrap().topic_arn.unwrap();
    let set = |name: &'static str, value: String| {
        sns.set_topic_attributes().topic_arn(&topic).attribute_name(name).attribute_value(value).send()
    };
    let open = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Service":["ses.amazonaws.com","budgets.amazonaws.com"]}},"Action":"sns:Publish","Resource":"{topic}"}}]}}"#
    );
    set("Policy", open).await.unwrap();
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap().key_id;
    let lets = async |service: &str, condition: &str| {
        let account = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}"#;
        let service = format!(
            r#"{{"Effect":"Allow","Principal":{{"Service":"{service}.amazonaws.com"}},"Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*"{condition}}}"#
        );
        let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{account},{service}]}}"#);
        kms.put_key_policy().key_id(&key).policy(policy).send().await.unwrap();
    };
    let ours = r#","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}"#;
    let another = r#","Condition":{"StringEquals":{"aws:SourceAccount":"210987654321"}}"#;

    let cloudwatch = aws_sdk_cloudwatch::Client::new(&sdk);
    let alarm = || {
        let alarm = cloudwatch.put_metric_alarm().alarm_name("a").namespace("n").metric_name("m");
        let alarm = alarm.statistic(Statistic::Sum).period(60).evaluation_periods(1).threshold(1.0);
        let alarm = alarm.comparison_operator(ComparisonOperator::GreaterThanThreshold);
        alarm.alarm_actions(&topic).send()
    };
    alarm().await.unwrap();
    set("KmsMasterKeyId", "alias/aws/sns".to_owned()).await.unwrap();
    assert_eq!(code(alarm().await), "ValidationError", "AWS's own key lets no service");
    set("KmsMasterKeyId", key.clone()).await.unwrap();
    lets("ses", "").await;
    assert_eq!(code(alarm().await), "ValidationError");
    lets("cloudwatch", another).await;
    assert_eq!(code(alarm().await), "ValidationError");
    lets("cloudwatch", ours).await;
    alarm().await.unwrap();

    let ses = aws_sdk_sesv2::Client::new(&sdk);
    ses.create_configuration_set().configuration_set_name("set").send().await.unwrap();
    let destination = || {
        let topic = SnsDestination::builder().topic_arn(&topic).build().unwrap();
        let definition = EventDestinationDefinition::builder().matching_event_types(EventType::Bounce);
        let call = ses.create_configuration_set_event_destination().configuration_set_name("set");
        call.event_destination_name("d").event_destination(definition.sns_destination(topic).build()).send()
    };
    assert_eq!(code(destination().await), "BadRequestException");
    lets("ses", ours).await;
    assert_eq!(code(destination().await), "BadRequestException", "SES does not say for whom it asks");
    let topics = |account: &str| {
        let arn = format!("arn:aws:sns:*:{account}:*");
        format!(r#","Condition":{{"StringLike":{{"kms:EncryptionContext:aws:sns:topicArn":"{arn}"}}}}"#)
    };
    lets("ses", &topics("210987654321")).await;
    assert_eq!(code(destination().await), "BadRequestException", "another account's topics");
    lets("ses", &topics("123456789012")).await;
    destination().await.unwrap();

    let money = aws_sdk_budgets::Client::new(&config(&cloud, "us-east-1").await);
    let budget = || {
        let limit = budgets::Spend::builder().amount("10").unit("USD").build().unwrap();
        let budget = budgets::Budget::builder().budget_name("b").budget_limit(limit);
        let budget = budget.budget_type(budgets::BudgetType::Cost).time_unit(budgets::TimeUnit::Monthly);
        let subscriber = budgets::Subscriber::builder().address(&topic);
        let subscriber = subscriber.subscription_type(budgets::SubscriptionType::Sns).build().unwrap();
        let notification = budgets::Notification::builder()
            .notification_type(budgets::NotificationType::Actual)
            .comparison_operator(budgets::ComparisonOperator::GreaterThan)
            .threshold(80.0)
            .build()
            .unwrap();
        let told = budgets::NotificationWithSubscribers::builder().notification(notification);
        let told = told.subscribers(subscriber).build().unwrap();
        let call = money.create_budget().account_id("123456789012").budget(budget.build().unwrap());
        call.notifications_with_subscribers(told).send()
    };
    assert_eq!(code(budget().await), "InvalidParameterException");
    lets("budgets", ours).await;
    budget().await.unwrap();
}
