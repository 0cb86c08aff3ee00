//! `aws:sns:Subscription`

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use aws_sdk_sns::types::Subscription as Listed;
use finsight_engine::contract::{Candidate, Failure, FailureClass, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};
use futures::future::try_join_all;

use crate::document::{from_text, to_text};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

/// Subscriptions are read so many at a time: no list has their attributes.
const AT_ONCE: usize = 5;

/// The handler of `aws:sns:Subscription`.
pub struct Subscription;

#[async_trait]
impl Handler for Subscription {
    /// What its topic does not list is not there, though it may still answer: a topic that was made again under
    /// its name has none of the old one's.
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut by_topic: BTreeMap<&str, Vec<&Target>> = BTreeMap::new();
        for target in targets {
            by_topic.entry(topic_of(&target.id)).or_default().push(target);
        }
        let mut found = Vec::new();
        for (topic, targets) in by_topic {
            let Some(listed) = listed(aws, topic).await? else { continue };
            for batch in targets.chunks(AT_ONCE) {
                let mut reads = Vec::new();
                for target in batch {
                    match standing_of(target, &listed) {
                        Stands::Listed => reads.push(read_one(aws, target)),
                        Stands::Lapsed => found.push(lapsed(target)),
                        Stands::Not => {}
                    }
                }
                found.extend(try_join_all(reads).await?.into_iter().flatten());
            }
        }
        Ok(in_order(targets, found))
    }

    /// One that waits for its confirmation is listed without its ARN: to subscribe again gives it.
    async fn find(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let (protocol, endpoint) = (inputs.text("protocol"), inputs.text("endpoint"));
        let listed = listed(aws, inputs.required("topic_arn")?).await?.unwrap_or_default();
        // A topic has one subscription of a kind and endpoint, so this is the one that was asked for.
        let same = |one: &&Listed| one.protocol() == protocol && one.endpoint() == endpoint;
        let confirmed = listed.iter().filter(same).filter_map(|one| one.subscription_arn());
        let confirmed = confirmed.filter(|arn| arn.starts_with("arn:"));
        Ok(confirmed.map(|arn| Candidate { id: arn.to_owned(), ours: true }).collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let mut attributes = HashMap::new();
        for name in [
            "filter_policy_scope",
            "filter_policy",
            "redrive_policy",
            "delivery_policy",
            "raw_message_delivery",
        ] {
            let usual = match name {
                "filter_policy_scope" => inputs.text(name) == Some("MessageAttributes"),
                "raw_message_delivery" => inputs.flag(name) == Some(false),
                _ => false,
            };
            if let Some((attribute, Some(value))) = attribute(name, inputs)
                && !usual
                && inputs.get(name).is_some_and(|value| !value.is_null())
            {
                attributes.insert(attribute.to_owned(), value);
            }
        }
        let answer = aws
            .sns()
            .subscribe()
            .topic_arn(inputs.required("topic_arn")?)
            .protocol(inputs.required("protocol")?)
            .endpoint(inputs.required("endpoint")?)
            .set_attributes(Some(attributes))
            .return_subscription_arn(true)
            .send()
            .await
            .map_err(|error| refused("sns:Subscribe", &error))?;
        let arn = answer.subscription_arn.filter(|arn| arn.starts_with("arn:"));
        arn.ok_or_else(|| unexpected("sns:Subscribe", "the answer has no ARN"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        _live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let mut names: Vec<&str> = differing.iter().map(String::as_str).collect();
        // A filter on the body may be nested, one on attributes may not: the wider scope comes first and goes last.
        let to_body = desired.text("filter_policy_scope") == Some("MessageBody");
        names.sort_by_key(|name| (*name == "filter_policy_scope") != to_body);
        for name in names {
            let Some((attribute, value)) = attribute(name, desired) else { continue };
            aws.sns()
                .set_subscription_attributes()
                .subscription_arn(&target.id)
                .attribute_name(attribute)
                .set_attribute_value(value)
                .send()
                .await
                .map_err(|error| refused("sns:SetSubscriptionAttributes", &error))?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.sns().unsubscribe().subscription_arn(&target.id);
        match call.send().await.map_err(|error| refused("sns:Unsubscribe", &error)) {
            Ok(_) => Ok(Deleted::Gone),
            // It lapses by itself where nobody confirms it; there is no call that takes it away.
            Err(failure)
                if failure.class == FailureClass::Invalid
                    && failure.message.to_ascii_lowercase().contains("pending confirmation") =>
            {
                Ok(Deleted::Gone)
            }
            Err(failure) => Err(failure),
        }
    }
}

/// The topic of a subscription, by the ARN of both.
fn topic_of(arn: &str) -> &str {
    arn.rsplit_once(':').map_or(arn, |(topic, _)| topic)
}

/// What a topic lists; `None` where there is no such topic.
async fn listed(aws: &Region, topic: &str) -> Result<Option<Vec<Listed>>, Failure> {
    let mut pages = aws.sns().list_subscriptions_by_topic().topic_arn(topic).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("sns:ListSubscriptionsByTopic", &error));
        let Some(page) = absent_as_none(page)? else { return Ok(None) };
        found.extend(page.subscriptions.unwrap_or_default());
    }
    Ok(Some(found))
}

enum Stands {
    Listed,
    /// Nobody confirmed it in time.
    Lapsed,
    Not,
}

/// One that nobody has confirmed yet is listed without its ARN.
fn standing_of(target: &Target, listed: &[Listed]) -> Stands {
    let own = |one: &Listed| one.subscription_arn() == Some(target.id.as_str());
    let pending = |one: &Listed| {
        one.subscription_arn().is_none_or(|arn| !arn.starts_with("arn:"))
            && one.protocol() == target.inputs.text("protocol")
            && one.endpoint() == target.inputs.text("endpoint")
    };
    let waited = target.outputs.flag("pending_confirmation") == Some(true);
    match listed.iter().any(|one| own(one) || pending(one)) {
        true => Stands::Listed,
        false if waited => Stands::Lapsed,
        false => Stands::Not,
    }
}

/// One that lapsed is on record as it was: to make it again would send its receiver another mail with each run.
fn lapsed(target: &Target) -> Live {
    let outputs = Values::new().set("pending_confirmation", true).set("confirmation", "lapsed");
    Live {
        id: target.id.clone(),
        properties: target.inputs.clone(),
        outputs: outputs.build(),
        health: Health::Ready,
    }
}

/// A property's attribute, and the text that sets it or takes it away; a redrive policy goes with none at all
/// (terraform-provider-aws, `putSubscriptionAttribute`).
fn attribute(name: &str, inputs: &Map) -> Option<(&'static str, Option<String>)> {
    let document = || inputs.get(name).filter(|value| !value.is_null()).map(to_text);
    Some(match name {
        "filter_policy" => ("FilterPolicy", document().or_else(|| Some("{}".to_owned()))),
        "filter_policy_scope" => {
            ("FilterPolicyScope", Some(inputs.text(name).unwrap_or("MessageAttributes").to_owned()))
        }
        "raw_message_delivery" => {
            ("RawMessageDelivery", Some(inputs.flag(name).unwrap_or(false).to_string()))
        }
        "redrive_policy" => ("RedrivePolicy", document()),
        "delivery_policy" => ("DeliveryPolicy", document().or_else(|| Some(String::new()))),
        _ => return None,
    })
}

/// What AWS fills into the delivery policy of a subscription where it says nothing (terraform-provider-aws#3289).
fn usual_delivery() -> Value {
    Value::from_plain_json(&serde_json::json!({
        "healthyRetryPolicy": {"numMaxDelayRetries": 0, "numNoDelayRetries": 0, "numMinDelayRetries": 0,
            "backoffFunction": "linear"},
        "sicklyRetryPolicy": null,
        "throttlePolicy": null,
        "guaranteed": false,
        "requestPolicy": null,
    }))
}

/// A document without the members that AWS has filled in: those with their usual value that are not wanted.
fn without_usual(document: Value, wanted: Option<&Value>, usual: &Value) -> Value {
    let (Value::Map(members), Value::Map(usual)) = (&document, usual) else { return document };
    let within = |name: &str| match wanted {
        Some(Value::Map(wanted)) => wanted.get(name),
        _ => None,
    };
    let kept = members.iter().filter_map(|(name, value)| match (within(name), usual.get(name)) {
        (None, Some(usual)) if value == usual => None,
        (wanted, Some(usual)) => Some((name.clone(), without_usual(value.clone(), wanted, usual))),
        (_, None) => Some((name.clone(), value.clone())),
    });
    Value::Map(kept.collect())
}

async fn read_one(aws: &Region, target: &Target) -> Result<Option<Live>, Failure> {
    let arn = target.id.as_str();
    let answer = aws.sns().get_subscription_attributes().subscription_arn(arn).send().await;
    let answer = answer.map_err(|error| unread("sns:GetSubscriptionAttributes", &error));
    let Some(answer) = absent_as_none(answer)? else { return Ok(None) };
    let attributes = answer.attributes.unwrap_or_default();
    let given = |name: &str| attributes.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let document = |name: &str| given(name).map(from_text).filter(|value| *value != Value::Map(Map::new()));
    let holds = |name: &str| given(name) == Some("true");
    let filter = document("FilterPolicy");
    // Without a filter there is nothing that a scope could be of, and AWS shows none.
    let scope = match (&filter, target.inputs.text("filter_policy_scope")) {
        (None, Some(wanted)) => wanted,
        _ => given("FilterPolicyScope").unwrap_or("MessageAttributes"),
    };
    let delivery = document("DeliveryPolicy")
        .map(|policy| without_usual(policy, target.inputs.get("delivery_policy"), &usual_delivery()));
    let properties = Values::new()
        .set("topic_arn", given("TopicArn"))
        .set("protocol", given("Protocol"))
        .set("endpoint", given("Endpoint"))
        .set("filter_policy", filter)
        .set("filter_policy_scope", scope)
        .set("raw_message_delivery", holds("RawMessageDelivery"))
        .set("redrive_policy", document("RedrivePolicy"))
        .set("delivery_policy", delivery);
    let pending = holds("PendingConfirmation");
    let outputs = Values::new()
        .set("pending_confirmation", pending)
        .set("confirmation", if pending { "pending" } else { "confirmed" });
    Ok(Some(Live {
        id: arn.to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }))
}
