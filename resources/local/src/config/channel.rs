//! The delivery channel of a region.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{empty, known_frequency, required, text, texts};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::s3::Delivered;
use crate::world::Context;

/// The service, as policies name it.
const SERVICE: &str = "config.amazonaws.com";

/// Seconds between two deliveries of the history.
const HISTORY: u32 = 21_600;

/// A delivery channel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Channel {
    name: String,
    bucket: String,
    prefix: Option<String>,
    key: Option<String>,
    topic: Option<String>,
    frequency: Option<String>,
    #[serde(default)]
    since: i64,
    /// When the history was delivered last, and S3's error where it was not.
    #[serde(default)]
    last: Option<(i64, Option<String>)>,
    /// When it is the next time.
    #[serde(default)]
    next: i64,
}

impl Channel {
    fn check_file(&self) -> String {
        let prefix = self.prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
        format!("{prefix}AWSLogs/{ACCOUNT}/Config/ConfigWritabilityCheckFile")
    }

    /// What it writes first, also with the recorder's role.
    pub(super) fn delivered(&self, region: &str, role: Option<String>) -> Delivered {
        let source = format!("arn:aws:config:{region}:{ACCOUNT}:*");
        let (bucket, key) = (self.bucket.clone(), self.check_file());
        Delivered { bucket, key, who: SERVICE, source, role, at: self.since }
    }
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
        since: cx.now(),
        last: before.as_ref().and_then(|c| c.last.clone()),
        next: before.as_ref().map_or_else(|| cx.clock.due(HISTORY), |c| c.next),
        name,
    };
    writable(cx, &channel)?;
    cx.recordings().channel = Some(channel);
    Ok(empty())
}

/// Refuses a bucket or a topic that is not there, or to which neither its policy nor the recorder's role lets
/// AWS Config write.
fn writable(cx: &mut Context<'_>, channel: &Channel) -> Result<(), Refusal> {
    let (bucket, region) = (channel.bucket.as_str(), cx.region().to_owned());
    let role = cx.recordings().recorder.as_ref().map(|recorder| recorder.role.clone()).unwrap_or_default();
    match channel.delivered(&region, Some(role.clone())).refused(cx.world).as_deref() {
        Some("NoSuchBucket") => {
            let message = format!("Cannot find a S3 bucket with name '{bucket}'.");
            return Err(Refusal::bad("NoSuchBucketException", message));
        }
        Some(_) => {
            let none = "null".to_owned();
            let message = format!(
                "Insufficient delivery policy to s3 bucket: {bucket}, unable to write to bucket, provided s3 key prefix is '{}', provided kms key is '{}'.",
                channel.prefix.as_ref().unwrap_or(&none),
                channel.key.as_ref().unwrap_or(&none),
            );
            return Err(Refusal::bad("InsufficientDeliveryPolicyException", message));
        }
        None => {}
    }
    let Some(topic) = &channel.topic else { return Ok(()) };
    let topics =
        cx.world.sns.get(topic.split(':').nth(3).unwrap_or_default()).filter(|topics| topics.has(topic));
    let Some(topics) = topics else {
        let message = format!("The SNS topic ARN {topic} is not one of a topic.");
        return Err(Refusal::bad("InvalidSNSTopicARNException", message));
    };
    if !topics.lets_publish(topic, SERVICE) && !cx.world.iam.grants(&role, "sns:Publish", topic) {
        let message = format!("Insufficient delivery policy to SNS topic: {topic}.");
        return Err(Refusal::bad("InsufficientDeliveryPolicyException", message));
    }
    Ok(())
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

/// How the last delivery of the history went, and how the next notice of the topic would go: AWS tries the first every
/// six hours, and what it says of it stands until then.
pub(crate) fn status(cx: &mut Context<'_>, body: &Value) -> Answered {
    let names = texts(body, "DeliveryChannelNames");
    let standing = cx.recordings().channel.clone();
    if let Some(name) = names.iter().find(|n| standing.as_ref().is_none_or(|c| c.name != **n)) {
        return Err(missing(name));
    }
    let (now, next, region) = (cx.now(), cx.clock.due(HISTORY), cx.region().to_owned());
    let records = cx.recordings().recorder.as_ref().is_some_and(|recorder| recorder.recording);
    let file = cx.recordings().delivered(&region).filter(|_| records);
    let refused = file.and_then(|file| file.refused(cx.world));
    let Some(channel) = &mut cx.recordings().channel else {
        return Ok(answer::json(json!({"DeliveryChannelsStatus": []})));
    };
    if records && now >= channel.next {
        (channel.last, channel.next) = (Some((now, refused)), next);
    }
    let seconds = |at: &i64| *at as f64 / 1000.0;
    let history = match &channel.last {
        Some((at, Some(code))) => json!({
            "lastStatus": "FAILURE", "lastErrorCode": code, "lastAttemptTime": seconds(at),
            "lastErrorMessage": format!("Unable to write to bucket {}.", channel.bucket),
        }),
        Some((at, None)) => json!({
            "lastStatus": "SUCCESS", "lastAttemptTime": seconds(at), "lastSuccessfulTime": seconds(at),
        }),
        None => json!({"lastStatus": "NOT_APPLICABLE"}),
    };
    let told = if channel.topic.is_some() { "SUCCESS" } else { "NOT_APPLICABLE" };
    let status = json!({
        "name": channel.name,
        "configHistoryDeliveryInfo": history,
        "configSnapshotDeliveryInfo": {"lastStatus": "NOT_APPLICABLE"},
        "configStreamDeliveryInfo": {"lastStatus": told},
    });
    Ok(answer::json(json!({"DeliveryChannelsStatus": [status]})))
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
