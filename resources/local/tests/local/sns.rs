use std::time::Duration;

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
