//! CloudWatch: alarms, dashboards and their tags are answered here. Metrics are those of the service
//! beneath.

mod alarm;
mod composite;
mod dashboard;
mod form;
mod metric;
mod rule;
mod serve;
mod tags;

pub(crate) use serve::{Sounding, alarms};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Outcome, Refusal};
use crate::status::Status;
use crate::world::{Context, Counted, Tags};

/// The alarms of a region; the dashboards of the account stand with those of `us-east-1`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Monitors {
    /// Metric alarms and composite alarms share their names.
    alarms: BTreeMap<String, alarm::Alarm>,
    dashboards: BTreeMap<String, dashboard::Dashboard>,
}

impl Counted for Monitors {
    fn count(&self, _now: i64, status: &mut Status) {
        let composite = self.alarms.values().filter(|a| a.is_composite()).count();
        status.add("aws:cloudwatch:Alarm", self.alarms.len() - composite);
        status.add("aws:cloudwatch:CompositeAlarm", composite);
        status.add("aws:cloudwatch:Dashboard", self.dashboards.len());
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        let alarms = self.alarms.values().map(|alarm| (alarm.arn(region), &alarm.tags));
        let dashboards = self.dashboards.iter().map(|(name, board)| (dashboard::arn(name), &board.tags));
        alarms.chain(dashboards).collect()
    }
}

impl Context<'_> {
    fn monitors(&mut self) -> &mut Monitors {
        self.world.cloudwatch.entry(self.call.region.clone()).or_default()
    }

    fn dashboards(&mut self) -> &mut BTreeMap<String, dashboard::Dashboard> {
        &mut self.world.cloudwatch.entry("us-east-1".to_owned()).or_default().dashboards
    }
}

/// What an operation answers, before it is written in the protocol of the call.
type Told = Result<Value, Refusal>;

type Operation = fn(&mut Context<'_>, &Value) -> Told;

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: Operation = match cx.call.operation.as_str() {
        "PutMetricAlarm" => metric::put,
        "PutCompositeAlarm" => composite::put,
        "DescribeAlarms" => alarm::describe,
        "DeleteAlarms" => alarm::delete,
        "EnableAlarmActions" => alarm::enable,
        "DisableAlarmActions" => alarm::disable,
        "PutDashboard" => dashboard::put,
        "GetDashboard" => dashboard::get,
        "ListDashboards" => dashboard::list,
        "DeleteDashboards" => dashboard::delete,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListTagsForResource" => tags::list,
        _ => return Ok(Outcome::Beneath),
    };
    let form = form::Form::of(cx.call);
    let told = form.read(cx.call).and_then(|body| operation(cx, &body));
    Ok(Outcome::Done(form.write(cx.call, told)))
}

fn text<'a>(body: &'a Value, member: &str) -> Option<&'a str> {
    body.get(member).and_then(Value::as_str).filter(|t| !t.is_empty())
}

fn required<'a>(body: &'a Value, member: &str) -> Result<&'a str, Refusal> {
    text(body, member)
        .ok_or_else(|| Refusal::bad("MissingParameter", format!("The parameter {member} is required.")))
}

fn texts(body: &Value, member: &str) -> Vec<String> {
    let items = body.get(member).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("ValidationError", message)
}
