//! `aws:config:DeliveryChannel`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_config::types::{
    ConfigExportDeliveryInfo, ConfigSnapshotDeliveryProperties, DeliveryChannel as Channel,
    DeliveryChannelStatus, DeliveryStatus, MaximumExecutionFrequency,
};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;
use finsight_specs::config::DeliveryChannel as Spec;

use super::common::{outcome, recording, start, stop};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::standing::{as_wanted, stands_already};
use crate::values::{Inputs, Values};

/// Properties that a channel may be without.
const OPTIONAL: [&str; 4] = ["s3_key_prefix", "s3_kms_key_arn", "sns_topic_arn", "delivery_frequency"];
/// Named for the order of things; nothing is sent for it.
const RECORDER: &str = "configuration_recorder_name";

/// The handler of `aws:config:DeliveryChannel`.
pub struct DeliveryChannel;

#[async_trait]
impl Handler for DeliveryChannel {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = described(aws).await?;
        if found.iter().any(|live| targets.iter().any(|target| target.id == live.id)) {
            let mut deliveries = deliveries(aws).await?;
            for live in &mut found {
                let delivery = deliveries.remove(&live.id).unwrap_or_else(|| outcome(None, None, None));
                live.properties.insert("delivery".to_owned(), delivery.into());
            }
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let wanted = inputs.required("name")?;
        let spec = Spec::spec();
        // There is one in a region: another one stands in the way whatever its name is.
        let candidate = |live: Live| {
            let ours = live.id == wanted && as_wanted(&spec, &live, inputs);
            Candidate { id: live.id, ours }
        };
        Ok(described(aws).await?.into_iter().map(candidate).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("name")?;
        if let Some(other) = described(aws).await?.first() {
            let what = format!("the delivery channel {}", other.id);
            return Err(stands_already("config:PutDeliveryChannel", &what));
        }
        put(aws, name, inputs).await?;
        Ok(name.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let applied = vec![RECORDER.to_owned()];
        if differing.iter().all(|name| name == RECORDER) {
            return Ok(applied);
        }
        put(aws, &target.id, desired).await?;
        let dropped = |live: &Live| {
            OPTIONAL.iter().any(|name| live.properties.contains_key(*name) && !set(desired, name))
        };
        // The call may keep what it does not name: then only a new channel is without it.
        if dropped(live) && described(aws).await?.iter().any(dropped) {
            renew(aws, &target.id, desired).await?;
        }
        Ok(applied)
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        delete(aws, &target.id).await?;
        Ok(Deleted::Gone)
    }
}

fn set(inputs: &Map, name: &str) -> bool {
    inputs.get(name).is_some_and(|value| !value.is_null())
}

/// Makes the channel anew. It cannot go while the recorder records, which therefore stops for a moment.
async fn renew(aws: &Region, name: &str, desired: &Map) -> Result<(), Failure> {
    let running = recording(aws).await?.into_iter().filter(|recorder| recorder.on);
    let running: Vec<String> = running.map(|recorder| recorder.name).collect();
    for recorder in &running {
        stop(aws, recorder).await?;
    }
    absent_as_none(delete(aws, name).await)?;
    put(aws, name, desired).await?;
    for recorder in &running {
        start(aws, recorder).await?;
    }
    Ok(())
}

async fn delete(aws: &Region, name: &str) -> Result<(), Failure> {
    let call = aws.config().delete_delivery_channel().delivery_channel_name(name);
    call.send().await.map_err(|error| refused("config:DeleteDeliveryChannel", &error))?;
    Ok(())
}

async fn put(aws: &Region, name: &str, inputs: &Map) -> Result<(), Failure> {
    let text = |name: &str| inputs.text(name).map(str::to_owned);
    let snapshots = inputs.text("delivery_frequency").map(|frequency| {
        let frequency = MaximumExecutionFrequency::from(frequency);
        ConfigSnapshotDeliveryProperties::builder().delivery_frequency(frequency).build()
    });
    let channel = Channel::builder()
        .name(name)
        .s3_bucket_name(inputs.required("s3_bucket_name")?)
        .set_s3_key_prefix(text("s3_key_prefix"))
        .set_s3_kms_key_arn(text("s3_kms_key_arn"))
        .set_sns_topic_arn(text("sns_topic_arn"))
        .set_config_snapshot_delivery_properties(snapshots)
        .build();
    let call = aws.config().put_delivery_channel().delivery_channel(channel);
    call.send().await.map_err(|error| refused("config:PutDeliveryChannel", &error))?;
    Ok(())
}

async fn described(aws: &Region) -> Result<Vec<Live>, Failure> {
    let answer = aws
        .config()
        .describe_delivery_channels()
        .send()
        .await
        .map_err(|error| unread("config:DescribeDeliveryChannels", &error))?;
    Ok(answer.delivery_channels().iter().map(values).collect())
}

/// How each channel fares with history and snapshots, which go to its bucket, and with the topic that is told.
async fn deliveries(aws: &Region) -> Result<BTreeMap<String, String>, Failure> {
    let answer = aws
        .config()
        .describe_delivery_channel_status()
        .send()
        .await
        .map_err(|error| unread("config:DescribeDeliveryChannelStatus", &error))?;
    let of = |status: &DeliveryChannelStatus| Some((status.name()?.to_owned(), delivery(status)));
    Ok(answer.delivery_channels_status().iter().filter_map(of).collect())
}

/// The first of its deliveries that has failed, in AWS's words.
fn delivery(status: &DeliveryChannelStatus) -> String {
    let export = |of: Option<&ConfigExportDeliveryInfo>| {
        let word = of.and_then(|of| of.last_status()).map(DeliveryStatus::as_str);
        outcome(word, of.and_then(|of| of.last_error_code()), of.and_then(|of| of.last_error_message()))
    };
    let stream = status.config_stream_delivery_info();
    let told = stream.and_then(|of| of.last_status()).map(DeliveryStatus::as_str);
    let told = outcome(
        told,
        stream.and_then(|of| of.last_error_code()),
        stream.and_then(|of| of.last_error_message()),
    );
    let history = export(status.config_history_delivery_info());
    let all = [history, export(status.config_snapshot_delivery_info()), told];
    let failed = all.iter().find(|one| one.starts_with("FAILED"));
    failed.cloned().unwrap_or_else(|| outcome(None, None, None))
}

fn values(channel: &Channel) -> Live {
    let snapshots = channel.config_snapshot_delivery_properties();
    let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let properties = Values::new()
        .set("name", channel.name())
        .set("s3_bucket_name", channel.s3_bucket_name())
        .set("s3_key_prefix", filled(channel.s3_key_prefix()))
        .set("s3_kms_key_arn", filled(channel.s3_kms_key_arn()))
        .set("sns_topic_arn", filled(channel.sns_topic_arn()))
        .set(
            "delivery_frequency",
            snapshots.and_then(|s| s.delivery_frequency()).map(MaximumExecutionFrequency::as_str),
        );
    Live {
        id: channel.name().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: Map::new(),
        health: Health::Ready,
    }
}
