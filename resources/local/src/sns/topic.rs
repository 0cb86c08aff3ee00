//! Topics.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{attributes_in, done, empty, entries, invalid, no_topic, paged, policy, tags};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::wire::query::Params;
use crate::world::{Context, Tags, uuid};

/// A topic.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Topic {
    pub arn: String,
    pub policy: String,
    /// What was set, besides the policy; nothing is empty.
    settings: BTreeMap<String, String>,
    pub tags: Tags,
}

/// Attributes that can be set besides the policy.
const SETTABLE: [&str; 5] =
    ["DisplayName", "KmsMasterKeyId", "DeliveryPolicy", "TracingConfig", "SignatureVersion"];
/// Protocols whose deliveries are logged, and what is set of each.
const LOGGED: [&str; 5] = ["Application", "Firehose", "HTTP", "Lambda", "SQS"];
const LOG_SETTINGS: [&str; 3] =
    ["SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn"];
/// Seconds in which the tags of a topic that was deleted are still going.
const STALE: u32 = 30;

/// What an attribute about the log of deliveries says, such as `FirehoseSuccessFeedbackSampleRate`.
fn log_setting(name: &str) -> Option<&'static str> {
    let of = LOGGED.iter().find_map(|protocol| name.strip_prefix(protocol))?;
    LOG_SETTINGS.into_iter().find(|setting| *setting == of)
}

/// Seconds for which a subscription still answers after its topic is gone (terraform-provider-aws#41984): AWS
/// takes it away at some later time.
const ORPHANED: u32 = 86_400;

const DELIVERY: &str = r#"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false}}"#;

impl Topic {
    /// Its key.
    pub(super) fn key(&self) -> Option<&str> {
        self.settings.get("KmsMasterKeyId").map(String::as_str)
    }

    fn render(&self, confirmed: usize, pending: usize) -> BTreeMap<&str, String> {
        let mut attributes: BTreeMap<&str, String> =
            self.settings.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        attributes.entry("DisplayName").or_default();
        attributes.insert("TopicArn", self.arn.clone());
        attributes.insert("Owner", ACCOUNT.to_owned());
        attributes.insert("Policy", self.policy.clone());
        attributes.insert("SubscriptionsConfirmed", confirmed.to_string());
        attributes.insert("SubscriptionsPending", pending.to_string());
        attributes.insert("SubscriptionsDeleted", "0".to_owned());
        let effective = self.settings.get("DeliveryPolicy").map_or(DELIVERY, String::as_str);
        attributes.insert("EffectiveDeliveryPolicy", effective.to_owned());
        attributes
    }
}

/// The topic that a call names.
pub(super) fn find<'a>(cx: &'a mut Context<'_>, arn: &str) -> Result<&'a mut Topic, Refusal> {
    if !arn.starts_with("arn:") || arn.split(':').count() < 6 {
        return Err(invalid("TopicArn Reason: An ARN must have at least 6 elements, not 1"));
    }
    cx.topics().topics.values_mut().find(|topic| topic.arn == arn).ok_or_else(no_topic)
}

/// Refuses a value that an attribute cannot have.
fn check(cx: &Context<'_>, arn: &str, name: &str, value: &str) -> Result<(), Refusal> {
    match name {
        "Policy" => policy::check(cx, arn, value),
        "TracingConfig" if !matches!(value, "" | "Active" | "PassThrough") => {
            Err(invalid("TracingConfig Reason: must be Active or PassThrough"))
        }
        "SignatureVersion" if !matches!(value, "" | "1" | "2") => {
            Err(invalid("SignatureVersion Reason: must be 1 or 2"))
        }
        "DisplayName" if value.chars().count() > 100 => {
            Err(invalid("DisplayName Reason: must be at most 100 characters long"))
        }
        "DeliveryPolicy" if !value.is_empty() => match serde_json::from_str::<Value>(value) {
            Ok(Value::Object(members))
                if members.keys().all(|k| matches!(k.as_str(), "http" | "sqs" | "lambda")) =>
            {
                Ok(())
            }
            _ => Err(invalid("DeliveryPolicy: unsupported attribute")),
        },
        "KmsMasterKeyId" if !value.is_empty() => {
            let region = cx.region();
            let known = cx.world.kms.get(region).and_then(|keys| keys.arn_of(region, value));
            // The key that AWS manages need not exist yet.
            if known.is_some() || value.contains("alias/aws/") {
                return Ok(());
            }
            Err(invalid(format!("KmsMasterKeyId Reason: the key {value} does not exist")))
        }
        "DisplayName" | "KmsMasterKeyId" | "DeliveryPolicy" | "TracingConfig" | "SignatureVersion" => Ok(()),
        _ => match log_setting(name) {
            Some("SuccessFeedbackSampleRate")
                if !value.is_empty() && !value.parse().is_ok_and(|rate: u32| rate <= 100) =>
            {
                Err(invalid(format!("{name} Reason: must be between 0 and 100")))
            }
            Some("SuccessFeedbackRoleArn" | "FailureFeedbackRoleArn")
                if !value.is_empty() && !value.contains(":role/") =>
            {
                Err(invalid(format!("{name} Reason: must be the ARN of a role")))
            }
            Some(_) => Ok(()),
            None => Err(invalid("AttributeName")),
        },
    }
}

pub(super) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = params.required("Name")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if name.len() > 256 || !name.chars().all(fits) {
        return Err(invalid("Topic Name"));
    }
    let arn = format!("arn:aws:sns:{}:{ACCOUNT}:{name}", cx.region());
    let attributes = attributes_in(params);
    let new = tags::of(params)?;
    for (attribute, value) in &attributes {
        check(cx, &arn, attribute, value)?;
    }
    if let Some(topic) = cx.topics().topics.get(&name) {
        let standing = topic.render(0, 0);
        if attributes.iter().any(|(name, value)| standing.get(name.as_str()) != Some(value)) {
            return Err(invalid("Attributes Reason: Topic already exists with different attributes"));
        }
        if !new.is_empty() && topic.tags != new {
            return Err(invalid("Tags Reason: Topic already exists with different tags"));
        }
        return Ok(done(cx, &json!({"TopicArn": arn})));
    }
    let going = cx.topics().stale.contains_key(&name);
    if going && !new.is_empty() {
        let message = "A tag has been added to a resource with the same ARN as a deleted resource. Wait a short while and then retry the operation.";
        return Err(Refusal::bad("StaleTag", message));
    }
    let mut settings = attributes;
    let policy = settings.remove("Policy").unwrap_or_else(|| policy::standard(&arn));
    settings.retain(|_, value| !value.is_empty());
    cx.topics().topics.insert(name, Topic { arn: arn.clone(), policy, settings, tags: new });
    Ok(done(cx, &json!({"TopicArn": arn})))
}

pub(super) fn attributes(cx: &mut Context<'_>, params: &Params) -> Answered {
    let arn = params.required("TopicArn")?;
    let topic = find(cx, &arn)?.clone();
    let (pending, confirmed): (Vec<bool>, Vec<bool>) = cx
        .topics()
        .subscriptions
        .values()
        .filter(|subscription| subscription.of(&arn))
        .map(|subscription| subscription.pending())
        .partition(|pending| *pending);
    let body = json!({"Attributes": entries(topic.render(confirmed.len(), pending.len()))});
    Ok(done(cx, &body))
}

pub(super) fn set(cx: &mut Context<'_>, params: &Params) -> Answered {
    let arn = params.required("TopicArn")?;
    let name = params.required("AttributeName")?;
    let value = params.text("AttributeValue").unwrap_or_default();
    find(cx, &arn)?;
    check(cx, &arn, &name, &value)?;
    let topic = find(cx, &arn)?;
    if name == "Policy" {
        topic.policy = value;
    } else if value.is_empty() {
        topic.settings.remove(&name);
    } else if SETTABLE.contains(&name.as_str()) || log_setting(&name).is_some() {
        topic.settings.insert(name, value);
    }
    Ok(empty(cx))
}

/// No error where there is none.
pub(super) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let arn = params.required("TopicArn")?;
    let (stale, orphaned) = (cx.clock.due(STALE), cx.clock.due(ORPHANED));
    let topics = cx.topics();
    let name = topics.topics.iter().find(|(_, topic)| topic.arn == arn).map(|(name, _)| name.clone());
    if let Some(topic) = name.as_ref().and_then(|name| topics.topics.remove(name))
        && !topic.tags.is_empty()
    {
        topics.stale.extend(name.map(|name| (name, stale)));
    }
    topics.subscriptions.values_mut().filter(|s| s.of(&arn)).for_each(|s| s.orphan_until = Some(orphaned));
    Ok(empty(cx))
}

pub(super) fn list(cx: &mut Context<'_>, params: &Params) -> Answered {
    let topics = cx.topics().topics.values().map(|topic| json!({"TopicArn": topic.arn})).collect();
    let body = paged(params, "Topics", topics)?;
    Ok(done(cx, &body))
}

pub(super) fn publish(cx: &mut Context<'_>, params: &Params) -> Answered {
    if let Some(arn) = params.filled("TopicArn").or_else(|| params.filled("TargetArn")) {
        find(cx, &arn)?;
    }
    Ok(done(cx, &json!({"MessageId": uuid()})))
}
