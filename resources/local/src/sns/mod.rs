//! SNS: topics, subscriptions and their attributes are answered here. Messages are taken and go nowhere.

mod policy;
mod publish;
mod subscription;
mod tags;
mod topic;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;

pub(crate) use publish::{Publisher, key_lets};

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::status::Status;
use crate::wire::query::Params;
use crate::world::{Context, Counted, Tags};

/// Lists give so many at a time.
const PAGE: usize = 100;

/// The topics of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Topics {
    /// By name.
    topics: BTreeMap<String, topic::Topic>,
    /// By ARN.
    subscriptions: BTreeMap<String, subscription::Subscription>,
    /// Names of topics that are gone, and until when their tags are in the way of new ones.
    stale: BTreeMap<String, i64>,
}

impl Topics {
    /// The policies of all topics, to change.
    pub(crate) fn policies_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.topics.values_mut().map(|topic| &mut topic.policy)
    }
}

impl Counted for Topics {
    fn count(&self, now: i64, status: &mut Status) {
        status.add("aws:sns:Topic", self.topics.len());
        let stands = |s: &&subscription::Subscription| !s.lapsed(now) && s.orphan_until.is_none();
        status.add("aws:sns:Subscription", self.subscriptions.values().filter(stands).count());
    }

    fn tagged(&self, _region: &str) -> Vec<(String, &Tags)> {
        self.topics.values().map(|topic| (topic.arn.clone(), &topic.tags)).collect()
    }
}

impl Topics {
    /// Whether the topic with this ARN is here.
    pub(crate) fn has(&self, arn: &str) -> bool {
        self.topics.values().any(|topic| topic.arn == arn)
    }

    /// Whether the topic is here and lets a service such as `ses.amazonaws.com` publish.
    pub(crate) fn lets_publish(&self, arn: &str, service: &str) -> bool {
        self.topics
            .values()
            .find(|topic| topic.arn == arn)
            .is_some_and(|t| policy::lets_publish(&t.policy, service))
    }
}

impl Context<'_> {
    fn topics(&mut self) -> &mut Topics {
        let now = self.now();
        let topics = self.world.sns.entry(self.call.region.clone()).or_default();
        topics.subscriptions.retain(|_, subscription| !subscription.lapsed(now));
        topics.stale.retain(|_, until| *until > now);
        topics
    }
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>, &Params) -> Answered = match cx.call.operation.as_str() {
        "CreateTopic" => topic::create,
        "GetTopicAttributes" => topic::attributes,
        "SetTopicAttributes" => topic::set,
        "DeleteTopic" => topic::delete,
        "ListTopics" => topic::list,
        "Publish" => topic::publish,
        "Subscribe" => subscription::subscribe,
        "Unsubscribe" => subscription::unsubscribe,
        "GetSubscriptionAttributes" => subscription::attributes,
        "SetSubscriptionAttributes" => subscription::set,
        "ListSubscriptions" => subscription::list,
        "ListSubscriptionsByTopic" => subscription::list_of_topic,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListTagsForResource" => tags::list,
        _ => return Ok(Outcome::Beneath),
    };
    let params = cx.call.params();
    operation(cx, &params).map(Outcome::Done)
}

fn done(cx: &Context<'_>, body: &Value) -> MockResponse {
    let members = |name: &str| if name == "Attributes" { "entry" } else { "member" };
    answer::query(&cx.call.operation, "http://sns.amazonaws.com/doc/2010-03-31/", body, &members)
}

fn empty(cx: &Context<'_>) -> MockResponse {
    done(cx, &json!({}))
}

fn invalid(what: impl std::fmt::Display) -> Refusal {
    Refusal::bad("InvalidParameter", format!("Invalid parameter: {what}"))
}

fn no_topic() -> Refusal {
    Refusal::new(404, "NotFound", "Topic does not exist")
}

/// `name → value` as an answer has it.
fn entries(attributes: BTreeMap<&str, String>) -> Value {
    attributes.into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

/// The attributes of a call.
fn attributes_in(params: &Params) -> BTreeMap<String, String> {
    let pair = |entry: &Params| Some((entry.text("key")?, entry.text("value").unwrap_or_default()));
    params.list("Attributes").iter().filter_map(pair).collect()
}

/// A page of a list, and where the next begins.
fn paged(params: &Params, set: &str, items: Vec<Value>) -> Result<Value, Refusal> {
    let start: usize = params.number("NextToken")?.unwrap_or(0);
    let next = (start + PAGE < items.len()).then(|| (start + PAGE).to_string());
    let page: Vec<Value> = items.into_iter().skip(start).take(PAGE).collect();
    Ok(json!({set: page, "NextToken": next}))
}
