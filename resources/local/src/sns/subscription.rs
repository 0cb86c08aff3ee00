//! Subscriptions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{attributes_in, done, empty, entries, invalid, paged, topic};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::wire::query::Params;
use crate::world::{Context, uuid};

/// A subscription that nobody confirms lapses after two days.
const CONFIRMABLE: i64 = 2 * 86_400_000;

/// A subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Subscription {
    arn: String,
    pub topic: String,
    protocol: String,
    endpoint: String,
    /// Until when its receiver may confirm it; `None` once it is confirmed.
    confirmable_until: Option<i64>,
    /// Until when it still answers, though its topic is gone: one made again under the name does not have it.
    #[serde(default)]
    pub orphan_until: Option<i64>,
    /// What was set; nothing is empty.
    settings: BTreeMap<String, String>,
}

impl Subscription {
    pub(super) fn pending(&self) -> bool {
        self.confirmable_until.is_some()
    }

    pub(super) fn lapsed(&self, now: i64) -> bool {
        let past = |until: Option<i64>| until.is_some_and(|until| until <= now);
        past(self.confirmable_until) || past(self.orphan_until)
    }

    /// Whether a topic that stands has it.
    pub(super) fn of(&self, topic: &str) -> bool {
        self.topic == topic && self.orphan_until.is_none()
    }

    fn listed(&self) -> Value {
        json!({
            "SubscriptionArn": if self.pending() { "PendingConfirmation" } else { &self.arn },
            "Owner": ACCOUNT,
            "Protocol": self.protocol,
            "Endpoint": self.endpoint,
            "TopicArn": self.topic,
        })
    }

    fn render(&self) -> BTreeMap<&str, String> {
        let mut attributes: BTreeMap<&str, String> =
            self.settings.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        attributes.entry("RawMessageDelivery").or_insert_with(|| "false".to_owned());
        if attributes.contains_key("FilterPolicy") {
            attributes.entry("FilterPolicyScope").or_insert_with(|| "MessageAttributes".to_owned());
        } else {
            // There is nothing that it could be of (terraform-provider-aws, `topic_subscription.go`).
            attributes.remove("FilterPolicyScope");
        }
        if let Some(policy) = attributes.get_mut("DeliveryPolicy") {
            *policy = filled_in(policy);
        }
        attributes.insert("SubscriptionArn", self.arn.clone());
        attributes.insert("TopicArn", self.topic.clone());
        attributes.insert("Protocol", self.protocol.clone());
        attributes.insert("Endpoint", self.endpoint.clone());
        attributes.insert("Owner", ACCOUNT.to_owned());
        attributes.insert("PendingConfirmation", self.pending().to_string());
        attributes.insert("ConfirmationWasAuthenticated", (!self.pending()).to_string());
        attributes
    }
}

/// A delivery policy with what AWS says where it says nothing (terraform-provider-aws#3289).
fn filled_in(policy: &str) -> String {
    let mut policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let usual = json!({
        "healthyRetryPolicy": {"numMaxDelayRetries": 0, "numNoDelayRetries": 0, "numMinDelayRetries": 0,
            "backoffFunction": "linear"},
        "sicklyRetryPolicy": null, "throttlePolicy": null, "guaranteed": false,
    });
    for (name, value) in usual.as_object().into_iter().flatten() {
        let stands = &mut policy[name];
        if stands.is_null() && !value.is_object() {
            *stands = value.clone();
        } else if let (Some(stands), Some(value)) = (stands.as_object_mut(), value.as_object()) {
            for (name, value) in value {
                stands.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    policy.to_string()
}

fn find<'a>(cx: &'a mut Context<'_>, params: &Params) -> Result<&'a mut Subscription, Refusal> {
    let arn = params.required("SubscriptionArn")?;
    if arn.split(':').count() < 6 {
        return Err(invalid("SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"));
    }
    let missing = || Refusal::new(404, "NotFound", "Subscription does not exist");
    cx.topics().subscriptions.get_mut(&arn).ok_or_else(missing)
}

/// Whether the receiver must confirm; refuses an endpoint that is none of its protocol.
fn must_confirm(protocol: &str, endpoint: &str) -> Result<bool, Refusal> {
    let arn_of = |service: &str| endpoint.starts_with(&format!("arn:aws:{service}:"));
    let (fits, must_confirm) = match protocol {
        "lambda" | "sqs" | "firehose" => (arn_of(protocol), false),
        "application" => (arn_of("sns"), false),
        "sms" => (endpoint.starts_with('+') || endpoint.chars().all(|c| c.is_ascii_digit()), false),
        "email" | "email-json" => (endpoint.split('@').filter(|part| !part.is_empty()).count() == 2, true),
        "http" | "https" => (endpoint.starts_with(&format!("{protocol}://")), true),
        _ => return Err(invalid(format!("Amazon SNS does not support this protocol string: {protocol}"))),
    };
    match (fits, protocol) {
        (true, _) => Ok(must_confirm),
        (false, "email" | "email-json") => Err(invalid("Email address")),
        (false, "http" | "https") => Err(invalid("Endpoint must match the specified protocol")),
        (false, _) => Err(invalid(format!("{protocol} endpoint ARN"))),
    }
}

/// Refuses a value that an attribute cannot have beside the others.
fn check(settings: &BTreeMap<String, String>, protocol: &str) -> Result<(), Refusal> {
    let scope = settings.get("FilterPolicyScope").map_or("MessageAttributes", String::as_str);
    for (name, value) in settings {
        let object = || serde_json::from_str::<Value>(value).ok().filter(Value::is_object);
        match name.as_str() {
            "RawMessageDelivery" if !matches!(value.as_str(), "true" | "false") => {
                return Err(invalid("RawMessageDelivery: Boolean expected"));
            }
            "RawMessageDelivery"
                if value == "true" && !matches!(protocol, "http" | "https" | "sqs" | "firehose") =>
            {
                return Err(invalid(format!(
                    "Delivery protocol [{protocol}] does not support raw message delivery."
                )));
            }
            "FilterPolicyScope" if !matches!(value.as_str(), "MessageAttributes" | "MessageBody") => {
                return Err(invalid("FilterPolicyScope: Invalid value"));
            }
            "FilterPolicy" => {
                let Some(Value::Object(policy)) = object() else {
                    return Err(invalid("FilterPolicy: failed to parse JSON."));
                };
                if scope == "MessageAttributes" && policy.values().any(Value::is_object) {
                    return Err(invalid(
                        "FilterPolicy: Filter policy scope MessageAttributes does not support nested filter policy",
                    ));
                }
            }
            "DeliveryPolicy" if !matches!(protocol, "http" | "https") => {
                return Err(invalid("DeliveryPolicy: Delivery policy is supported by HTTP and HTTPS only"));
            }
            "RedrivePolicy" => {
                let queue =
                    object().and_then(|policy| policy["deadLetterTargetArn"].as_str().map(str::to_owned));
                if !queue.is_some_and(|arn| arn.starts_with("arn:aws:sqs:")) {
                    return Err(invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn"));
                }
            }
            "RawMessageDelivery" | "FilterPolicyScope" | "DeliveryPolicy" | "SubscriptionRoleArn" => {}
            _ => return Err(invalid("AttributeName")),
        }
    }
    Ok(())
}

/// Takes one attribute; an empty text and an empty filter take it away.
fn put(settings: &mut BTreeMap<String, String>, name: String, value: String) {
    if value.is_empty() || (name == "FilterPolicy" && value == "{}") {
        settings.remove(&name);
    } else {
        settings.insert(name, value);
    }
}

pub(super) fn subscribe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let topic = params.required("TopicArn")?;
    topic::find(cx, &topic)?;
    let protocol = params.required("Protocol")?;
    let endpoint = params.required("Endpoint")?;
    let confirm = must_confirm(&protocol, &endpoint)?;
    let mut settings = BTreeMap::new();
    for (name, value) in attributes_in(params) {
        put(&mut settings, name, value);
    }
    check(&settings, &protocol)?;
    if protocol == "firehose" && !settings.contains_key("SubscriptionRoleArn") {
        return Err(invalid("SubscriptionRoleArn is required for firehose"));
    }
    let confirmable_until = confirm.then(|| cx.now() + CONFIRMABLE);
    let same = |s: &&Subscription| s.of(&topic) && s.protocol == protocol && s.endpoint == endpoint;
    let standing = cx.topics().subscriptions.values().find(same).cloned();
    let subscription = match standing {
        Some(standing) => {
            let rendered = standing.render();
            if settings.iter().any(|(name, value)| rendered.get(name.as_str()) != Some(value)) {
                return Err(invalid(
                    "Attributes Reason: Subscription already exists with different attributes",
                ));
            }
            standing
        }
        None => {
            let arn = format!("{topic}:{}", uuid());
            let new = Subscription {
                arn: arn.clone(),
                topic,
                protocol,
                endpoint,
                confirmable_until,
                orphan_until: None,
                settings,
            };
            cx.topics().subscriptions.insert(arn, new.clone());
            new
        }
    };
    let asked = params.flag("ReturnSubscriptionArn") == Some(true);
    let shown = !subscription.pending() || asked;
    let arn = if shown { subscription.arn.as_str() } else { "pending confirmation" };
    Ok(done(cx, &json!({"SubscriptionArn": arn})))
}

pub(super) fn unsubscribe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let subscription = find(cx, params)?;
    if subscription.pending() {
        return Err(invalid(
            "SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation",
        ));
    }
    let arn = subscription.arn.clone();
    cx.topics().subscriptions.remove(&arn);
    Ok(empty(cx))
}

pub(super) fn attributes(cx: &mut Context<'_>, params: &Params) -> Answered {
    let subscription = find(cx, params)?.clone();
    Ok(done(cx, &json!({"Attributes": entries(subscription.render())})))
}

pub(super) fn set(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = params.required("AttributeName")?;
    let value = params.text("AttributeValue");
    if name == "RedrivePolicy" && value.as_deref() == Some("") {
        return Err(invalid("RedrivePolicy: failed to parse JSON."));
    }
    let value = value.unwrap_or_default();
    let subscription = find(cx, params)?;
    let mut settings = subscription.settings.clone();
    put(&mut settings, name, value);
    check(&settings, &subscription.protocol)?;
    subscription.settings = settings;
    Ok(empty(cx))
}

pub(super) fn list(cx: &mut Context<'_>, params: &Params) -> Answered {
    let all = cx.topics().subscriptions.values().map(Subscription::listed).collect();
    let body = paged(params, "Subscriptions", all)?;
    Ok(done(cx, &body))
}

pub(super) fn list_of_topic(cx: &mut Context<'_>, params: &Params) -> Answered {
    let topic = params.required("TopicArn")?;
    topic::find(cx, &topic)?;
    let of_topic = |s: &&Subscription| s.of(&topic);
    let found = cx.topics().subscriptions.values().filter(of_topic).map(Subscription::listed).collect();
    let body = paged(params, "Subscriptions", found)?;
    Ok(done(cx, &body))
}
