//! The delivery channel of a region.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{empty, known_frequency, required, text, texts};
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// A delivery channel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Channel {
    name: String,
    bucket: String,
    prefix: Option<String>,
    key: Option<String>,
    topic: Option<String>,
    frequency: Option<String>,
}

fn missing(name: &str) -> Refusal {
    let message = format!("Cannot find delivery channel with specified name '{name}'.");
    Refusal::bad("NoSuchDeliveryChannelException", message)
}

/// Makes the channel or changes it: what the call does not name stays as it is.
pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let wanted = body.get("DeliveryChannel").cloned().unwrap_or_default();
    let name = text(&wanted, "name").unwrap_or("default").to_owned();
    if cx.recordings().recorder.is_none() {
        let message = "Configuration recorder is not available to put delivery channel.";
        return Err(Refusal::bad("NoAvailableConfigurationRecorderException", message));
    }
    let before = cx.recordings().channel.clone();
    if before.as_ref().is_some_and(|c| c.name != name) {
        let message = format!(
            "Failed to put delivery channel '{name}' because the maximum number of delivery channels: 1 is reached."
        );
        return Err(Refusal::bad("MaxNumberOfDeliveryChannelsExceededException", message));
    }
    let bucket = required(&wanted, "s3BucketName")?.to_owned();
    writable(&bucket)?;
    let snapshots = wanted.get("configSnapshotDeliveryProperties");
    let frequency = snapshots.and_then(|s| text(s, "deliveryFrequency")).map(str::to_owned);
    if let Some(frequency) = &frequency {
        known_frequency(frequency)?;
    }
    let given = |member: &str| text(&wanted, member).map(str::to_owned);
    let key = given("s3KmsKeyArn");
    if let Some(key) = &key
        && cx.world.kms.get(cx.region()).and_then(|keys| keys.arn_of(cx.region(), key)).is_none()
    {
        return Err(Refusal::bad("InvalidS3KmsKeyArnException", "The KMS key does not exist"));
    }
    let kept = |new: Option<String>, old: fn(&Channel) -> &Option<String>| {
        new.or_else(|| before.as_ref().and_then(|c| old(c).clone()))
    };
    let channel = Channel {
        bucket,
        prefix: kept(given("s3KeyPrefix"), |c| &c.prefix),
        key: kept(key, |c| &c.key),
        topic: kept(given("snsTopicARN"), |c| &c.topic),
        frequency: kept(frequency, |c| &c.frequency),
        name,
    };
    cx.recordings().channel = Some(channel);
    Ok(empty())
}

/// Refuses a name that no bucket can have. Whether the bucket stands, and lets AWS Config write, is not
/// looked at here.
fn writable(bucket: &str) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if (3..=63).contains(&bucket.len()) && bucket.chars().all(fits) {
        return Ok(());
    }
    Err(Refusal::bad(
        "NoSuchBucketException",
        format!("Cannot find a S3 bucket with an empty or odd name: {bucket}"),
    ))
}

pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let names = texts(body, "DeliveryChannelNames");
    let standing = cx.recordings().channel.as_ref();
    if let Some(name) = names.iter().find(|n| standing.is_none_or(|c| c.name != **n)) {
        return Err(missing(name));
    }
    let render = |c: &Channel| {
        let snapshots = c.frequency.as_ref().map(|f| json!({"deliveryFrequency": f}));
        json!({
            "name": c.name, "s3BucketName": c.bucket, "s3KeyPrefix": c.prefix, "s3KmsKeyArn": c.key,
            "snsTopicARN": c.topic, "configSnapshotDeliveryProperties": snapshots,
        })
    };
    let found: Vec<Value> = standing.map(render).into_iter().collect();
    Ok(answer::json(json!({"DeliveryChannels": found})))
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "DeliveryChannelName")?;
    if cx.recordings().channel.as_ref().is_none_or(|c| c.name != name) {
        return Err(missing(name));
    }
    if cx.recordings().recorder.as_ref().is_some_and(|r| r.recording) {
        let message = format!(
            "Failed to delete last specified delivery channel with name '{name}', because there is a running configuration recorder."
        );
        return Err(Refusal::bad("LastDeliveryChannelDeleteFailedException", message));
    }
    cx.recordings().channel = None;
    Ok(empty())
}
