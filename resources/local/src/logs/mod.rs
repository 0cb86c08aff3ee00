//! CloudWatch Logs: log groups with their filters, kept queries and resource policies are answered
//! here. Streams and events are those of the service beneath, which is told of every group.

mod group;
mod metric_filter;
mod query_definition;
pub(crate) mod resource_policy;
mod retention;
mod subscription_filter;
pub(crate) mod writer;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::quota::Tally;
use crate::status::Status;
use crate::world::{Context, Counted, Tags};

/// What Logs has in a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Groups {
    groups: BTreeMap<String, group::Group>,
    queries: BTreeMap<String, query_definition::Query>,
    policies: BTreeMap<String, resource_policy::Policy>,
    /// The account's own retention.
    retention: Option<retention::Retention>,
    /// Groups to which events are still to be written of what is gone, and until when.
    flushing: BTreeMap<String, i64>,
    /// Groups that come again, and when.
    coming: BTreeMap<String, i64>,
}

impl Counted for Groups {
    fn count(&self, now: i64, status: &mut Status) {
        let groups = self.groups.values();
        let again = self.coming.values().filter(|at| now >= **at).count();
        status.add("aws:logs:LogGroup", self.groups.len() + again);
        status.add("aws:logs:MetricFilter", groups.clone().map(|g| g.metric_filters.len()).sum());
        status.add("aws:logs:SubscriptionFilter", groups.map(|g| g.subscription_filters.len()).sum());
        status.add("aws:logs:QueryDefinition", self.queries.len());
        status.add("aws:logs:ResourcePolicy", self.policies.len());
    }

    fn tally(&self, _now: i64, tally: &mut Tally) {
        for (name, group) in &self.groups {
            tally.add("aws:logs:MetricFilter", name, group.metric_filters.len());
            tally.add("aws:logs:SubscriptionFilter", name, group.subscription_filters.len());
        }
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        self.groups.values().map(|group| (group.arn(region), &group.tags)).collect()
    }
}

impl Groups {
    /// Whether a log group stands, by its ARN with or without `:*`, for services that write to it.
    pub(crate) fn has(&self, arn: &str) -> bool {
        let name = arn.split(":log-group:").nth(1).map(|name| name.trim_end_matches(":*"));
        name.is_some_and(|name| self.exists(name))
    }

    /// Whether a log group of this name stands.
    pub(crate) fn exists(&self, name: &str) -> bool {
        self.groups.contains_key(name)
    }
}

impl Context<'_> {
    fn logs(&mut self) -> &mut Groups {
        self.world.logs.entry(self.call.region.clone()).or_default()
    }

    fn groups(&mut self) -> &mut BTreeMap<String, group::Group> {
        &mut self.logs().groups
    }
}

type Operation = fn(&mut Context<'_>, &Value) -> Answered;

fn of_the_account(name: &str) -> Option<Operation> {
    let operation: Operation = match name {
        "PutAccountPolicy" => retention::put,
        "DescribeAccountPolicies" => retention::describe,
        "DeleteAccountPolicy" => retention::delete,
        _ => return None,
    };
    Some(operation)
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    writer::settle(cx);
    if let Some(operation) = of_the_account(cx.call.operation.as_str()) {
        let body = cx.call.json()?;
        return match retention::is_meant(&body) {
            true => Ok(Outcome::Done(operation(cx, &body)?)),
            false => Ok(Outcome::Beneath),
        };
    }
    let (operation, told): (Operation, bool) = match cx.call.operation.as_str() {
        "CreateLogGroup" => (group::create, true),
        "DescribeLogGroups" => (group::describe, false),
        "DeleteLogGroup" => (group::delete, true),
        "PutRetentionPolicy" => (group::put_retention, true),
        "DeleteRetentionPolicy" => (group::delete_retention, true),
        "AssociateKmsKey" => (group::associate_key, true),
        "DisassociateKmsKey" => (group::disassociate_key, true),
        "PutLogGroupDeletionProtection" => (group::protect, true),
        "TagResource" => (group::tag, true),
        "UntagResource" => (group::untag, true),
        "ListTagsForResource" => (group::tags, false),
        "ListTagsLogGroup" => (group::tags_by_name, false),
        "PutMetricFilter" => (metric_filter::put, false),
        "DescribeMetricFilters" => (metric_filter::describe, false),
        "DeleteMetricFilter" => (metric_filter::delete, false),
        "PutSubscriptionFilter" => (subscription_filter::put, false),
        "DescribeSubscriptionFilters" => (subscription_filter::describe, false),
        "DeleteSubscriptionFilter" => (subscription_filter::delete, false),
        "PutQueryDefinition" => (query_definition::put, false),
        "DescribeQueryDefinitions" => (query_definition::describe, false),
        "DeleteQueryDefinition" => (query_definition::delete, false),
        "PutResourcePolicy" => (resource_policy::put, false),
        "DescribeResourcePolicies" => (resource_policy::describe, false),
        "DeleteResourcePolicy" => (resource_policy::delete, false),
        _ => return Ok(Outcome::Beneath),
    };
    let body = cx.call.json()?;
    let answer = operation(cx, &body)?;
    Ok(if told { Outcome::Mirrored(answer) } else { Outcome::Done(answer) })
}

fn empty() -> MockResponse {
    answer::json(json!({}))
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidParameterException", message)
}

fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned)
}

fn required(body: &Value, member: &str) -> Result<String, Refusal> {
    text(body, member).ok_or_else(|| {
        let message = format!("1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null");
        invalid(message)
    })
}

fn missing(what: &str) -> Refusal {
    Refusal::bad("ResourceNotFoundException", format!("The specified {what} does not exist."))
}

fn full(message: &str) -> Refusal {
    Refusal::bad("LimitExceededException", message)
}

/// A pattern, which may be empty but must be there.
fn pattern(body: &Value) -> Result<String, Refusal> {
    let pattern = body.get("filterPattern").and_then(Value::as_str);
    let pattern = pattern.ok_or_else(|| invalid("filterPattern must not be null"))?;
    let balanced = |open: char, close: char| pattern.starts_with(open) == pattern.trim_end().ends_with(close);
    if pattern.len() > 1024 || !balanced('{', '}') || !balanced('[', ']') {
        return Err(invalid("Invalid filter pattern"));
    }
    Ok(pattern.to_owned())
}

/// The name of a filter.
fn filter_name(body: &Value) -> Result<String, Refusal> {
    let name = required(body, "filterName")?;
    if name.len() > 512 || name.contains([':', '*']) {
        return Err(invalid("filterName has at most 512 characters, and neither : nor *"));
    }
    Ok(name)
}

/// One page of items, from where the token stands.
fn page(body: &Value, member: &str, items: Vec<Value>, limit: &str, most: u64) -> Answered {
    let limit = body.get(limit).and_then(Value::as_u64).unwrap_or(most);
    if !(1..=most).contains(&limit) {
        return Err(invalid(format!("the limit is between 1 and {most}")));
    }
    let from = text(body, "nextToken").and_then(|t| t.parse::<usize>().ok()).unwrap_or(0);
    let to = from.saturating_add(usize::try_from(limit).unwrap_or(usize::MAX)).min(items.len());
    let next = (to < items.len()).then(|| to.to_string());
    let items = items.get(from..to).unwrap_or_default();
    Ok(answer::json(json!({member: items, "nextToken": next})))
}

/// The members of a call that are kept as they came; a call that leaves them out takes them away.
fn kept(body: &Value, members: &[&str]) -> serde_json::Map<String, Value> {
    let given = members.iter().filter_map(|name| Some(((*name).to_owned(), body.get(*name)?.clone())));
    given.filter(|(_, value)| !value.is_null()).collect()
}

/// An answer with what was kept.
fn with(mut own: Value, rest: &serde_json::Map<String, Value>) -> Value {
    if let Value::Object(map) = &mut own {
        map.extend(rest.clone());
    }
    own
}
