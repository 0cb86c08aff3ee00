//! Alarms as those meet them who hear of them.

use serde_json::{Value, json};

use super::alarm::Alarm;
use crate::call::ACCOUNT;
use crate::clock::iso;
use crate::world::{Tags, World};

/// An alarm that stands, and what it does when it sounds.
#[derive(Debug, Clone)]
pub(crate) struct Sounding {
    pub name: String,
    pub arn: String,
    /// Where its actions lead, none if they are switched off.
    pub actions: Vec<String>,
    /// What it tells them.
    pub message: Value,
    pub tags: Tags,
}

/// All alarms, in order of region and name.
pub(crate) fn alarms(world: &World, now: i64) -> Vec<Sounding> {
    let one = |region: &str, alarm: &Alarm| Sounding {
        name: alarm.name.clone(),
        arn: alarm.arn(region),
        actions: if alarm.actions_enabled { alarm.alarm_actions.clone() } else { Vec::new() },
        message: message(region, alarm, now),
        tags: alarm.tags.clone(),
    };
    let of = |(region, all): (&String, &super::Monitors)| -> Vec<Sounding> {
        all.alarms.values().map(|alarm| one(region, alarm)).collect()
    };
    world.cloudwatch.iter().flat_map(of).collect()
}

/// The message of an action ("Notifying users on alarm changes").
fn message(region: &str, alarm: &Alarm, now: i64) -> Value {
    let mut message = json!({
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": iso(alarm.updated_at),
        "NewStateValue": "ALARM",
        "NewStateReason": "The walk has set it.",
        "StateChangeTime": iso(now),
        "Region": region,
        "AlarmArn": alarm.arn(region),
        "OldStateValue": "OK",
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
    });
    match &alarm.rule {
        Some(rule) => message["AlarmRule"] = json!(rule),
        None => {
            let dimensions = alarm.settings.get("Dimensions").and_then(Value::as_array).into_iter().flatten();
            let dimensions: Vec<Value> =
                dimensions.map(|one| json!({"name": one["Name"], "value": one["Value"]})).collect();
            let setting = |name: &str| alarm.settings.get(name).cloned().unwrap_or_default();
            message["Trigger"] = json!({
                "MetricName": setting("MetricName"), "Namespace": setting("Namespace"), "Dimensions": dimensions,
                "Statistic": setting("Statistic"), "Period": setting("Period"), "Threshold": setting("Threshold"),
                "EvaluationPeriods": setting("EvaluationPeriods"),
                "ComparisonOperator": setting("ComparisonOperator"), "TreatMissingData": setting("TreatMissingData"),
            });
        }
    }
    message
}
