use std::time::Duration;

use aws_sdk_config::Client;
use aws_sdk_config::types::{
    ConfigRule, ConfigurationRecorder, DeliveryChannel, Owner, RecordingGroup, ResourceType, Source,
};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, bucket, code, config, deliverable, role};

fn recorder(name: &str, role: &str) -> ConfigurationRecorder {
    ConfigurationRecorder::builder().name(name).role_arn(role).build()
}

fn channel(name: &str) -> DeliveryChannel {
    DeliveryChannel::builder().name(name).s3_bucket_name("bucket").build()
}

#[tokio::test]
async fn recorder_then_channel_then_start() {
    let cloud = LocalCloud::in_memory();
    let client = Client::new(&config(&cloud, REGION).await);
    let put_channel = |name: &str| client.put_delivery_channel().delivery_channel(channel(name)).send();
    let put = |recorder| client.put_configuration_recorder().configuration_recorder(recorder).send();
    let start = || client.start_configuration_recorder().configuration_recorder_name("default").send();
    let delete_channel = || client.delete_delivery_channel().delivery_channel_name("default").send();
    assert_eq!(code(put_channel("default").await), "NoAvailableConfigurationRecorderException");
    let stranger = role(&cloud, "stranger", "lambda.amazonaws.com").await;
    let role = role(&cloud, "config", "config.amazonaws.com").await;
    assert_eq!(code(put(recorder("default", &stranger)).await), "InvalidRoleException");
    put(recorder("default", &role)).await.unwrap();
    assert_eq!(
        code(put(recorder("other", &role)).await),
        "MaxNumberOfConfigurationRecordersExceededException"
    );
    let odd = RecordingGroup::builder().all_supported(true).resource_types(ResourceType::Vpc).build();
    let odd = ConfigurationRecorder::builder().name("default").role_arn(&role).recording_group(odd).build();
    assert_eq!(code(put(odd).await), "InvalidRecordingGroupException");

    assert_eq!(code(start().await), "NoAvailableDeliveryChannelException");
    assert_eq!(code(put_channel("default").await), "NoSuchBucketException");
    bucket(&cloud, "bucket").await;
    assert_eq!(code(put_channel("default").await), "InsufficientDeliveryPolicyException");
    deliverable(&cloud, "bucket", "config.amazonaws.com", "123456789012").await;
    let topic = format!("arn:aws:sns:{REGION}:123456789012:config");
    let told = DeliveryChannel::builder().name("default").s3_bucket_name("bucket").sns_topic_arn(&topic);
    let put_told = || client.put_delivery_channel().delivery_channel(told.clone().build()).send();
    assert_eq!(code(put_told().await), "InvalidSNSTopicARNException");
    put_channel("default").await.unwrap();
    assert_eq!(code(put_channel("other").await), "MaxNumberOfDeliveryChannelsExceededException");
    start().await.unwrap();
    assert_eq!(code(delete_channel().await), "LastDeliveryChannelDeleteFailedException");
    client.stop_configuration_recorder().configuration_recorder_name("default").send().await.unwrap();
    delete_channel().await.unwrap();
    assert_eq!(code(delete_channel().await), "NoSuchDeliveryChannelException");
    let delete = || client.delete_configuration_recorder().configuration_recorder_name("default").send();
    delete().await.unwrap();
    assert_eq!(code(delete().await), "NoSuchConfigurationRecorderException");
}

#[tokio::test]
async fn rules_leave_slowly() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let client = Client::new(&config(&cloud, REGION).await);
    let source =
        |identifier: &str| Source::builder().owner(Owner::Aws).source_identifier(identifier).build().unwrap();
    let put = |identifier: &str| {
        let rule = ConfigRule::builder().config_rule_name("r").source(source(identifier)).build();
        client.put_config_rule().config_rule(rule).send()
    };
    let state = || async {
        let found = client.describe_config_rules().config_rule_names("r").send().await?;
        Ok::<_, aws_sdk_config::Error>(found.config_rules()[0].config_rule_state().cloned().unwrap())
    };
    assert_eq!(code(put("ROOT_ACCOUNT_MFA_ENABLED").await), "NoAvailableConfigurationRecorderException");
    let role = role(&cloud, "config", "config.amazonaws.com").await;
    let recorder = recorder("default", &role);
    client.put_configuration_recorder().configuration_recorder(recorder).send().await.unwrap();
    assert_eq!(code(put("not-a-rule").await), "InvalidParameterValueException");
    put("ROOT_ACCOUNT_MFA_ENABLED").await.unwrap();
    assert_eq!(state().await.unwrap().as_str(), "EVALUATING");
    clock.advance(Duration::from_secs(60));
    assert_eq!(state().await.unwrap().as_str(), "ACTIVE");
    let delete = || client.delete_config_rule().config_rule_name("r").send();
    delete().await.unwrap();
    assert_eq!(state().await.unwrap().as_str(), "DELETING");
    assert_eq!(code(put("ROOT_ACCOUNT_MFA_ENABLED").await), "ResourceInUseException");
    assert_eq!(code(delete().await), "ResourceInUseException");
    clock.advance(Duration::from_secs(60));
    assert_eq!(code(state().await), "NoSuchConfigRuleException");
}

#[tokio::test]
async fn the_recorder_s_role_may_write_where_the_bucket_says_nothing() {
    let cloud = LocalCloud::in_memory();
    let sdk = config(&cloud, REGION).await;
    let client = Client::new(&sdk);
    let arn = role(&cloud, "config", "config.amazonaws.com").await;
    client
        .put_configuration_recorder()
        .configuration_recorder(recorder("default", &arn))
        .send()
        .await
        .unwrap();
    bucket(&cloud, "bucket").await;
    let put = || client.put_delivery_channel().delivery_channel(channel("default")).send();
    assert_eq!(code(put().await), "InsufficientDeliveryPolicyException");
    let iam = aws_sdk_iam::Client::new(&sdk);
    let grant = |action: &str| {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"arn:aws:s3:::bucket/*"}}]}}"#
        );
        iam.put_role_policy().role_name("config").policy_name("deliver").policy_document(policy).send()
    };
    grant("s3:GetObject").await.unwrap();
    assert_eq!(code(put().await), "InsufficientDeliveryPolicyException");
    grant("s3:PutObject").await.unwrap();
    put().await.unwrap();
}
