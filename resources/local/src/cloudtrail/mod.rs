//! CloudTrail: trails, their selectors and tags. Nothing is recorded.

mod logging;
mod selector;
mod tags;
mod trail;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::s3::Delivered;
use crate::status::Status;
use crate::world::{Context, Counted, Tags};

/// The trails of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Trails {
    trails: BTreeMap<String, trail::Trail>,
}

impl Counted for Trails {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:cloudtrail:Trail", self.trails.len());
    }

    fn tagged(&self, _region: &str) -> Vec<(String, &Tags)> {
        self.trails.values().map(|trail| (trail.arn(), &trail.tags)).collect()
    }
}

impl Trails {
    /// What the trails have written into their buckets by now.
    pub(crate) fn delivered(&self, now: i64) -> impl Iterator<Item = Delivered> {
        self.trails.values().filter_map(move |trail| trail.delivered(now))
    }
}

impl Context<'_> {
    fn trails(&mut self) -> &mut BTreeMap<String, trail::Trail> {
        &mut self.world.cloudtrail.entry(self.call.region.clone()).or_default().trails
    }
}

type Operation = fn(&mut Context<'_>, &Value) -> Answered;

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: Operation = match cx.call.operation.as_str() {
        "CreateTrail" => trail::create,
        "UpdateTrail" => trail::update,
        "DeleteTrail" => trail::delete,
        "GetTrail" => trail::get,
        "DescribeTrails" => trail::describe,
        "ListTrails" => trail::list,
        "GetTrailStatus" => logging::status,
        "StartLogging" => logging::start,
        "StopLogging" => logging::stop,
        "PutEventSelectors" => selector::put,
        "GetEventSelectors" => selector::get,
        "PutInsightSelectors" => selector::put_insight,
        "GetInsightSelectors" => selector::get_insight,
        "AddTags" => tags::add,
        "RemoveTags" => tags::remove,
        "ListTags" => tags::list,
        _ => return Ok(Outcome::Beneath),
    };
    let body = cx.call.json()?;
    operation(cx, &body).map(Outcome::Done)
}

fn empty() -> MockResponse {
    answer::json(json!({}))
}

fn text<'a>(body: &'a Value, member: &str) -> Option<&'a str> {
    body.get(member).and_then(Value::as_str).filter(|t| !t.is_empty())
}

/// The trail that a call names, by name or ARN. A trail of another region is changed there only.
fn find<'a>(cx: &'a mut Context<'_>, body: &Value, member: &str) -> Result<&'a mut trail::Trail, Refusal> {
    let reference = text(body, member)
        .ok_or_else(|| Refusal::bad("InvalidTrailNameException", "Trail name cannot be blank!"))?;
    let name = reference.rsplit(":trail/").next().unwrap_or(reference).to_owned();
    let arn = reference.starts_with("arn:");
    if arn && reference.split(':').nth(3) != Some(cx.region()) && cx.call.mutating() {
        let message = format!("The trail {reference} can only be changed in its home region");
        return Err(Refusal::bad("InvalidHomeRegionException", message));
    }
    let region = match arn {
        true => reference.split(':').nth(3).unwrap_or_default().to_owned(),
        false => cx.region().to_owned(),
    };
    let unknown = || {
        let message = format!("Unknown trail: {reference} for the user: {}", crate::call::ACCOUNT);
        Refusal::bad("TrailNotFoundException", message)
    };
    cx.world.cloudtrail.get_mut(&region).and_then(|t| t.trails.get_mut(&name)).ok_or_else(unknown)
}
