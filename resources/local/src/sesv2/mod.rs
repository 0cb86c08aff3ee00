//! SES (version 2): identities, configuration sets with their event destinations, and tags are answered here.
//! Mail is not sent.

mod destination;
mod identity;
mod set;
mod tags;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::call::ACCOUNT;
use crate::status::Status;
use crate::world::{Context, Counted, Tags};

/// The identities and configuration sets of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Mail {
    identities: BTreeMap<String, identity::Identity>,
    sets: BTreeMap<String, set::Set>,
}

impl Counted for Mail {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:ses:EmailIdentity", self.identities.len());
        status.add("aws:ses:ConfigurationSet", self.sets.len());
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        let identities =
            self.identities.iter().map(|(name, one)| (arn_of(region, "identity", name), &one.tags));
        let sets = self.sets.iter().map(|(name, one)| (arn_of(region, "configuration-set", name), &one.tags));
        identities.chain(sets).collect()
    }
}

impl Context<'_> {
    fn mail(&mut self) -> &mut Mail {
        self.world.sesv2.entry(self.call.region.clone()).or_default()
    }
}

/// The operation of a request.
pub(crate) fn operation(method: &str, path: &[&str], _query: &str) -> Option<String> {
    let rest = path.strip_prefix(&["v2", "email"]).or_else(|| path.strip_prefix(&["v1", "email"]))?;
    let name = match (method, rest) {
        ("GET", ["account"]) => "GetAccount",
        ("POST", ["identities"]) => "CreateEmailIdentity",
        ("GET", ["identities"]) | ("POST", ["list-identities"]) => "ListEmailIdentities",
        ("GET", ["identities", _]) => "GetEmailIdentity",
        ("DELETE", ["identities", _]) => "DeleteEmailIdentity",
        ("PUT", ["identities", _, "dkim"]) => "PutEmailIdentityDkimAttributes",
        ("PUT", ["identities", _, "dkim", "signing"]) => "PutEmailIdentityDkimSigningAttributes",
        ("PUT", ["identities", _, "feedback"]) => "PutEmailIdentityFeedbackAttributes",
        ("PUT", ["identities", _, "mail-from"]) => "PutEmailIdentityMailFromAttributes",
        ("PUT", ["identities", _, "configuration-set"]) => "PutEmailIdentityConfigurationSetAttributes",
        ("POST", ["configuration-sets"]) => "CreateConfigurationSet",
        ("GET", ["configuration-sets"]) | ("POST", ["list-configuration-sets"]) => "ListConfigurationSets",
        ("GET", ["configuration-sets", _]) => "GetConfigurationSet",
        ("DELETE", ["configuration-sets", _]) => "DeleteConfigurationSet",
        ("PUT", ["configuration-sets", _, "delivery-options"]) => "PutConfigurationSetDeliveryOptions",
        ("PUT", ["configuration-sets", _, "reputation-options"]) => "PutConfigurationSetReputationOptions",
        ("PUT", ["configuration-sets", _, "sending"]) => "PutConfigurationSetSendingOptions",
        ("PUT", ["configuration-sets", _, "suppression-options"]) => "PutConfigurationSetSuppressionOptions",
        ("PUT", ["configuration-sets", _, "tracking-options"]) => "PutConfigurationSetTrackingOptions",
        ("POST", ["configuration-sets", _, "event-destinations"]) => "CreateConfigurationSetEventDestination",
        ("GET", ["configuration-sets", _, "event-destinations"]) => "GetConfigurationSetEventDestinations",
        ("PUT", ["configuration-sets", _, "event-destinations", _]) => {
            "UpdateConfigurationSetEventDestination"
        }
        ("DELETE", ["configuration-sets", _, "event-destinations", _]) => {
            "DeleteConfigurationSetEventDestination"
        }
        ("POST", ["tags"]) => "TagResource",
        ("DELETE", ["tags"]) => "UntagResource",
        ("GET", ["tags"]) => "ListTagsForResource",
        _ => return None,
    };
    Some(name.to_owned())
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>, &Value) -> Answered = match cx.call.operation.as_str() {
        "GetAccount" => account,
        "CreateEmailIdentity" => identity::create,
        "ListEmailIdentities" => identity::list,
        "GetEmailIdentity" => identity::get,
        "DeleteEmailIdentity" => identity::delete,
        "PutEmailIdentityDkimAttributes" => identity::put_dkim,
        "PutEmailIdentityDkimSigningAttributes" => identity::put_signing,
        "PutEmailIdentityFeedbackAttributes" => identity::put_feedback,
        "PutEmailIdentityMailFromAttributes" => identity::put_mail_from,
        "PutEmailIdentityConfigurationSetAttributes" => identity::put_set,
        "CreateConfigurationSet" => set::create,
        "ListConfigurationSets" => set::list,
        "GetConfigurationSet" => set::get,
        "DeleteConfigurationSet" => set::delete,
        "PutConfigurationSetDeliveryOptions" => set::put_delivery,
        "PutConfigurationSetReputationOptions" => set::put_reputation,
        "PutConfigurationSetSendingOptions" => set::put_sending,
        "PutConfigurationSetSuppressionOptions" => set::put_suppression,
        "PutConfigurationSetTrackingOptions" => set::put_tracking,
        "CreateConfigurationSetEventDestination" => destination::create,
        "GetConfigurationSetEventDestinations" => destination::list,
        "UpdateConfigurationSetEventDestination" => destination::update,
        "DeleteConfigurationSetEventDestination" => destination::delete,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListTagsForResource" => tags::list,
        _ => return Ok(Outcome::Beneath),
    };
    let body = cx.call.json()?;
    operation(cx, &body).map(Outcome::Done)
}

/// An account in the sandbox sends 200 messages a day, one each second, to verified addresses ("Request production access").
fn account(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let is_out = cx.facts().has_production_access;
    let (day, second) = if is_out { (50_000.0, 14.0) } else { (200.0, 1.0) };
    done(json!({
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": is_out,
        "SendQuota": {"Max24HourSend": day, "MaxSendRate": second, "SentLast24Hours": 0.0},
        "SendingEnabled": true,
    }))
}

fn done(body: Value) -> Answered {
    Ok(answer::rest(200, body))
}

fn empty() -> MockResponse {
    answer::rest(200, json!({}))
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::bad("BadRequestException", message)
}

fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "NotFoundException", message)
}

fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned)
}

fn flag(body: &Value, member: &str) -> Option<bool> {
    body.get(member).and_then(Value::as_bool)
}

/// A text that must be one of these.
fn one_of(body: &Value, member: &str, words: &[&str]) -> Result<Option<String>, Refusal> {
    match text(body, member) {
        Some(word) if !words.contains(&word.as_str()) => Err(bad(format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            words.join(", ")
        ))),
        word => Ok(word),
    }
}

/// The name in a path, such as that of an identity.
fn in_path(cx: &Context<'_>, at: usize) -> String {
    cx.call.segments().get(at).cloned().unwrap_or_default()
}

fn arn_of(region: &str, kind: &str, name: &str) -> String {
    format!("arn:aws:ses:{region}:{ACCOUNT}:{kind}/{name}")
}

/// A page of a list by `PageSize` and `NextToken`, as members of the answer.
fn paged(cx: &Context<'_>, body: &Value, set: &str, items: Vec<Value>) -> Result<Value, Refusal> {
    let query = cx.call.query_params();
    let token = query.filled("NextToken").or_else(|| text(body, "NextToken"));
    let in_body = body.get("PageSize").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let size = query.number("PageSize")?.or(in_body).unwrap_or(1000);
    let start: usize = token.and_then(|t| t.parse().ok()).unwrap_or(0);
    let next = (start + size < items.len()).then(|| (start + size).to_string());
    let page: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    Ok(json!({set: page, "NextToken": next}))
}
