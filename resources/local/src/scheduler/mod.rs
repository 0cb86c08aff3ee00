//! EventBridge Scheduler: groups, schedules and tags are answered here. Nothing is ever called.

mod group;
mod schedule;
mod target;
#[path = "../../../specs/src/scheduler/time.rs"]
mod time;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::status::Status;
use crate::world::{Context, Counted, Tags};

/// The group that every region has.
const DEFAULT: &str = "default";

/// The schedules of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Schedules {
    /// By name, without the default group.
    groups: BTreeMap<String, group::Group>,
    /// By `<group>/<name>`.
    schedules: BTreeMap<String, schedule::Schedule>,
}

impl Counted for Schedules {
    fn count(&self, _now: i64, status: &mut Status) {
        status
            .add("aws:scheduler:ScheduleGroup", self.groups.values().filter(|group| !group.going()).count());
        status.add("aws:scheduler:Schedule", self.schedules.len());
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        let standing = self.groups.iter().filter(|(_, group)| !group.going());
        standing.map(|(name, group)| (group::arn_of(region, name), &group.tags)).collect()
    }
}

impl Context<'_> {
    fn schedules(&mut self) -> &mut Schedules {
        let now = self.now();
        let schedules = self.world.scheduler.entry(self.call.region.clone()).or_default();
        schedules.groups.retain(|_, group| !group.gone(now));
        schedules
    }
}

/// The operation of a request.
pub(crate) fn operation(method: &str, path: &[&str], _query: &str) -> Option<String> {
    let name = match (method, path) {
        ("POST", ["schedules", _]) => "CreateSchedule",
        ("GET", ["schedules", _]) => "GetSchedule",
        ("PUT", ["schedules", _]) => "UpdateSchedule",
        ("DELETE", ["schedules", _]) => "DeleteSchedule",
        ("GET", ["schedules"]) => "ListSchedules",
        ("POST", ["schedule-groups", _]) => "CreateScheduleGroup",
        ("GET", ["schedule-groups", _]) => "GetScheduleGroup",
        ("DELETE", ["schedule-groups", _]) => "DeleteScheduleGroup",
        ("GET", ["schedule-groups"]) => "ListScheduleGroups",
        ("POST", ["tags", ..]) => "TagResource",
        ("DELETE", ["tags", ..]) => "UntagResource",
        ("GET", ["tags", ..]) => "ListTagsForResource",
        _ => return None,
    };
    Some(name.to_owned())
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>, &Value) -> Answered = match cx.call.operation.as_str() {
        "CreateSchedule" => schedule::create,
        "GetSchedule" => schedule::get,
        "UpdateSchedule" => schedule::update,
        "DeleteSchedule" => schedule::delete,
        "ListSchedules" => schedule::list,
        "CreateScheduleGroup" => group::create,
        "GetScheduleGroup" => group::get,
        "DeleteScheduleGroup" => group::delete,
        "ListScheduleGroups" => group::list,
        "TagResource" => group::tag,
        "UntagResource" => group::untag,
        "ListTagsForResource" => group::tags,
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

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("ValidationException", message)
}

fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", message)
}

fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new(409, "ConflictException", message)
}

fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).map(str::to_owned)
}

/// The name in the path; refuses one that is none.
fn name_in(cx: &Context<'_>) -> Result<String, Refusal> {
    let name = cx.call.segments().get(1).cloned().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if (1..=64).contains(&name.len()) && name.chars().all(fits) {
        return Ok(name);
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$"
    )))
}

/// A page of a list by `MaxResults` and `NextToken`, as members of the answer.
fn paged(cx: &Context<'_>, set: &str, items: Vec<Value>) -> Result<Value, Refusal> {
    let query = cx.call.query_params();
    let size: usize = query.number("MaxResults")?.unwrap_or(100);
    let start: usize = query.number("NextToken")?.unwrap_or(0);
    let next = (start + size < items.len()).then(|| (start + size).to_string());
    let page: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    Ok(json!({set: page, "NextToken": next}))
}
