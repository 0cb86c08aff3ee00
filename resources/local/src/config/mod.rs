//! AWS Config: the recorder, the delivery channel, rules and tags. Nothing is recorded or evaluated.

mod channel;
mod managed;
mod recorder;
mod rule;
mod tags;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::s3::Delivered;
use crate::status::Status;
use crate::world::{Context, Counted, Tags};

/// The recorder, the delivery channel and the rules of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Recordings {
    recorder: Option<recorder::Recorder>,
    channel: Option<channel::Channel>,
    rules: BTreeMap<String, rule::Rule>,
}

impl Counted for Recordings {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:config:ConfigurationRecorder", usize::from(self.recorder.is_some()));
        status.add("aws:config:DeliveryChannel", usize::from(self.channel.is_some()));
        status.add("aws:config:ConfigRule", self.rules.values().filter(|r| !r.leaves()).count());
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        let recorder = self.recorder.iter().map(|recorder| (recorder.arn(region), &recorder.tags));
        let rules = self.rules.values().filter(|rule| !rule.leaves());
        recorder.chain(rules.map(|rule| (rule.arn(region), &rule.tags))).collect()
    }
}

impl Recordings {
    /// What AWS Config has written into the bucket of the channel: a file that proves that it may, from the
    /// beginning.
    pub(crate) fn delivered(&self, region: &str) -> Option<Delivered> {
        let role = self.recorder.as_ref().map(|recorder| recorder.role.clone());
        self.channel.as_ref().map(|channel| channel.delivered(region, role))
    }
}

impl Context<'_> {
    fn recordings(&mut self) -> &mut Recordings {
        self.world.config.entry(self.call.region.clone()).or_default()
    }
}

type Operation = fn(&mut Context<'_>, &Value) -> Answered;

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: Operation = match cx.call.operation.as_str() {
        "PutConfigurationRecorder" => recorder::put,
        "DescribeConfigurationRecorders" => recorder::describe,
        "DescribeConfigurationRecorderStatus" => recorder::status,
        "StartConfigurationRecorder" => recorder::start,
        "StopConfigurationRecorder" => recorder::stop,
        "DeleteConfigurationRecorder" => recorder::delete,
        "PutDeliveryChannel" => channel::put,
        "DescribeDeliveryChannels" => channel::describe,
        "DescribeDeliveryChannelStatus" => channel::status,
        "DeleteDeliveryChannel" => channel::delete,
        "PutConfigRule" => rule::put,
        "DescribeConfigRules" => rule::describe,
        "DeleteConfigRule" => rule::delete,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListTagsForResource" => tags::list,
        _ => return Ok(Outcome::Beneath),
    };
    let now = cx.now();
    cx.recordings().rules.retain(|_, r| !r.gone(now));
    let body = cx.call.json()?;
    operation(cx, &body).map(Outcome::Done)
}

fn empty() -> MockResponse {
    answer::json(json!({}))
}

fn text<'a>(body: &'a Value, member: &str) -> Option<&'a str> {
    body.get(member).and_then(Value::as_str).filter(|t| !t.is_empty())
}

fn required<'a>(body: &'a Value, member: &str) -> Result<&'a str, Refusal> {
    let missing = || {
        let message = format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        );
        Refusal::bad("ValidationException", message)
    };
    text(body, member).ok_or_else(missing)
}

fn texts(body: &Value, member: &str) -> Vec<String> {
    let items = body.get(member).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn known_frequency(frequency: &str) -> Result<(), Refusal> {
    const FREQUENCIES: [&str; 5] =
        ["One_Hour", "Three_Hours", "Six_Hours", "Twelve_Hours", "TwentyFour_Hours"];
    if FREQUENCIES.contains(&frequency) {
        return Ok(());
    }
    let message =
        format!("Value '{frequency}' failed to satisfy constraint: Member must satisfy enum value set");
    Err(Refusal::bad("ValidationException", message))
}
