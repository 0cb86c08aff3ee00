//! X-Ray: groups, sampling rules and their tags are answered here. Traces are those of the service beneath.

mod group;
mod rule;
mod tags;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::status::Status;
use crate::world::{Context, Counted, Tags};

/// The name of the group and of the rule that every region has.
const DEFAULT: &str = "Default";
/// A region has so many groups, and so many rules, at most.
const MOST: usize = 25;

/// The groups and sampling rules of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Traces {
    /// By name, without the default group.
    groups: BTreeMap<String, group::Group>,
    /// By name, without the default rule.
    rules: BTreeMap<String, rule::Rule>,
    /// The default rule, once it was changed.
    default_rule: Option<rule::Rule>,
}

impl Counted for Traces {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:xray:Group", self.groups.len());
        status.add("aws:xray:SamplingRule", self.rules.len());
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        let groups = self.groups.values().map(|group| (group.arn.clone(), &group.tags));
        let rules = self.rules.iter().map(|(name, rule)| (rule::arn_of(region, name), &rule.tags));
        groups.chain(rules).collect()
    }
}

impl Context<'_> {
    fn traces(&mut self) -> &mut Traces {
        self.world.xray.entry(self.call.region.clone()).or_default()
    }
}

/// The operation of a request.
pub(crate) fn operation(_method: &str, path: &[&str], _query: &str) -> Option<String> {
    let [name] = path else { return None };
    let name = match *name {
        "Groups" => "GetGroups",
        "CreateGroup"
        | "GetGroup"
        | "UpdateGroup"
        | "DeleteGroup"
        | "CreateSamplingRule"
        | "GetSamplingRules"
        | "UpdateSamplingRule"
        | "DeleteSamplingRule"
        | "TagResource"
        | "UntagResource"
        | "ListTagsForResource" => name,
        _ => return None,
    };
    Some(name.to_owned())
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>, &Value) -> Answered = match cx.call.operation.as_str() {
        "CreateGroup" => group::create,
        "GetGroup" => group::get,
        "GetGroups" => group::list,
        "UpdateGroup" => group::update,
        "DeleteGroup" => group::delete,
        "CreateSamplingRule" => rule::create,
        "GetSamplingRules" => rule::list,
        "UpdateSamplingRule" => rule::update,
        "DeleteSamplingRule" => rule::delete,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListTagsForResource" => tags::list,
        _ => return Ok(Outcome::Beneath),
    };
    let body = cx.call.json()?;
    operation(cx, &body).map(Outcome::Done)
}

fn done(body: Value) -> Answered {
    Ok(answer::rest(200, body))
}

fn empty() -> MockResponse {
    answer::rest(200, json!({}))
}

/// X-Ray has one code for all that it does not take.
fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidRequestException", message)
}

fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).map(str::to_owned)
}

/// Refuses a name that is none.
fn check_name(name: &str) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if (1..=32).contains(&name.len()) && name.chars().all(fits) {
        return Ok(());
    }
    Err(invalid(format!(
        "Invalid name: {name}. A name has 1 to 32 letters, digits, hyphens and underscores."
    )))
}
