//! The delivery channel of a region.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{empty, known_frequency, required, text, texts};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::s3::{Delivered, Delivery};
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
    #[serde(default)]
    since: i64,
}

impl Channel {
    fn check_file(&self) -> String {
        let prefix = self.prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
        format!("{prefix}AWSLogs/{ACCOUNT}/Config/ConfigWritabilityCheckFile")
    }

    pub(super) fn delivered(&self) -> Delivered {
        Delivered { bucket: self.bucket.clone(), key: self.check_file(), at: self.since }
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
        name,
    };
    writable(cx, &channel)?;
    cx.recordings().channel = Some(channel);
    Ok(empty())
}

/// Refuses a bucket or a topic that is not there, or to which neither its policy nor the recorder's role lets
/// AWS Config write.
fn writable(cx: &mut Context<'_>, channel: &Channel) -> Result<(), Refusal> {
    const SERVICE: &str = "config.amazonaws.com";
    let (bucket, region) = (channel.bucket.as_str(), cx.region().to_owned());
    let role = cx.recordings().recorder.as_ref().map(|recorder| recorder.role.clone()).unwrap_or_default();
    let key = channel.check_file();
    let source = format!("arn:aws:config:{region}:{ACCOUNT}:*");
    let by_policy = |who: &str| Delivery { bucket, key: &key, who, source: &source }.allowed(cx.world);
    let Some(service_may) = by_policy(SERVICE) else {
        let message = format!("Cannot find a S3 bucket with name '{bucket}'.");
        return Err(Refusal::bad("NoSuchBucketException", message));
    };
    let object = format!("arn:aws:s3:::{bucket}/{key}");
    let role_may = || by_policy(&role) == Some(true) || cx.world.iam.grants(&role, "s3:PutObject", &object);
    if !service_may && !role_may() {
        let none = "null".to_owned();
        let message = format!(
            "Insufficient delivery policy to s3 bucket: {bucket}, unable to write to bucket, provided s3 key prefix is '{}', provided kms key is '{}'.",
            channel.prefix.as_ref().unwrap_or(&none),
            channel.key.as_ref().unwrap_or(&none),
        );
        return Err(Refusal::bad("InsufficientDeliveryPolicyException", message));
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
