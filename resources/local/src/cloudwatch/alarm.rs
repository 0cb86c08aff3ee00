//! What metric alarms and composite alarms have in common.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Told, invalid, rule, text, texts};
use crate::answer::Refusal;
use crate::call::ACCOUNT;
use crate::sns;
use crate::world::{Context, Tags};

/// An alarm. Nothing is measured here: its state stays what it is at the beginning.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Alarm {
    pub name: String,
    /// The rule of a composite alarm.
    pub rule: Option<String>,
    pub actions_enabled: bool,
    pub description: Option<String>,
    pub ok_actions: Vec<String>,
    pub alarm_actions: Vec<String>,
    pub insufficient_data_actions: Vec<String>,
    /// All other members, as `DescribeAlarms` gives them.
    pub settings: Map<String, Value>,
    pub tags: Tags,
    pub updated_at: i64,
}

impl Alarm {
    pub(super) fn arn(&self, region: &str) -> String {
        format!("arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{}", self.name)
    }

    /// The common members of a call.
    pub(crate) fn of(cx: &mut Context<'_>, body: &Value, name: &str) -> Result<Alarm, Refusal> {
        let actions = |member: &str| {
            let list = texts(body, member);
            let odd = list.iter().find(|a| !a.starts_with("arn:"));
            if let Some(odd) = odd {
                return Err(invalid(format!("Invalid arn syntax: {odd}")));
            }
            if list.len() > 5 {
                return Err(invalid(format!("{member} has at most 5 members")));
            }
            Ok(list)
        };
        if name.len() > 255 {
            return Err(invalid("AlarmName has at most 255 characters"));
        }
        // Tags count only when the alarm is made.
        let standing = cx.monitors().alarms.get(name).map(|a| a.tags.clone());
        let tags = match standing {
            Some(tags) => tags,
            None => super::tags::of(body)?,
        };
        let alarm = Alarm {
            name: name.to_owned(),
            rule: None,
            actions_enabled: body.get("ActionsEnabled").and_then(Value::as_bool).unwrap_or(true),
            description: text(body, "AlarmDescription").map(str::to_owned),
            ok_actions: actions("OKActions")?,
            alarm_actions: actions("AlarmActions")?,
            insufficient_data_actions: actions("InsufficientDataActions")?,
            settings: Map::new(),
            tags,
            updated_at: cx.now(),
        };
        alarm.reaches(cx)?;
        Ok(alarm)
    }

    /// Refuses topics whose key keeps CloudWatch out. AWS takes them, and says this in the alarm's history
    /// (re:Post, "cloudwatch-configure-alarm-sns") when nobody has heard of it.
    fn reaches(&self, cx: &Context<'_>) -> Result<(), Refusal> {
        let arn = self.arn(cx.region());
        let told = [&self.ok_actions, &self.alarm_actions, &self.insufficient_data_actions];
        let shut = |topic: &&String| {
            topic.contains(":sns:") && !sns::key_lets(cx.world, topic, sns::Publisher::CloudWatch(&arn))
        };
        match told.into_iter().flatten().find(shut) {
            None => Ok(()),
            Some(topic) => Err(invalid(format!(
                "Failed to execute action {topic}. Received error: \"CloudWatch Alarms does not have authorization to access the SNS topic encryption key.\""
            ))),
        }
    }

    pub(crate) fn is_composite(&self) -> bool {
        self.rule.is_some()
    }

    fn render(&self, region: &str) -> Value {
        let updated = self.updated_at as f64 / 1000.0;
        let mut body = self.settings.clone();
        let common = json!({
            "AlarmName": self.name,
            "AlarmArn": self.arn(region),
            "AlarmRule": self.rule,
            "AlarmDescription": self.description,
            "ActionsEnabled": self.actions_enabled,
            "OKActions": self.ok_actions,
            "AlarmActions": self.alarm_actions,
            "InsufficientDataActions": self.insufficient_data_actions,
            "AlarmConfigurationUpdatedTimestamp": updated,
            "StateUpdatedTimestamp": updated,
            "StateValue": "INSUFFICIENT_DATA",
            "StateReason": "Unchecked: Initial alarm creation",
        });
        if let Value::Object(common) = common {
            body.extend(common);
        }
        Value::Object(body)
    }
}

pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Told {
    let names = texts(body, "AlarmNames");
    let prefix = text(body, "AlarmNamePrefix");
    if names.len() > 100 || (!names.is_empty() && prefix.is_some()) {
        return Err(invalid("AlarmNames has at most 100 members and goes with no prefix"));
    }
    let kinds = texts(body, "AlarmTypes");
    // Without types only metric alarms are described.
    let wanted = |a: &Alarm| match a.is_composite() {
        true => kinds.iter().any(|k| k == "CompositeAlarm"),
        false => kinds.is_empty() || kinds.iter().any(|k| k == "MetricAlarm"),
    };
    let limit = body.get("MaxRecords").and_then(Value::as_u64).unwrap_or(100);
    if !(1..=100).contains(&limit) {
        return Err(invalid("MaxRecords is between 1 and 100"));
    }
    let limit = usize::try_from(limit).unwrap_or(100);
    let after = text(body, "NextToken");
    let region = cx.region().to_owned();
    let fits = |a: &&Alarm| {
        wanted(a)
            && (names.is_empty() || names.contains(&a.name))
            && prefix.is_none_or(|p| a.name.starts_with(p))
            && after.is_none_or(|t| a.name.as_str() > t)
    };
    let found: Vec<&Alarm> = cx.monitors().alarms.values().filter(fits).take(limit + 1).collect();
    let page = &found[..found.len().min(limit)];
    let next = if found.len() > limit { page.last().map(|a| a.name.clone()) } else { None };
    let of = |composite: bool| -> Vec<Value> {
        page.iter().filter(|a| a.is_composite() == composite).map(|a| a.render(&region)).collect()
    };
    let answer = json!({"MetricAlarms": of(false), "CompositeAlarms": of(true), "NextToken": next});
    Ok(answer)
}

/// All or nothing: an unknown name refuses the call.
pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Told {
    let names = texts(body, "AlarmNames");
    if names.len() > 100 {
        return Err(invalid("AlarmNames has at most 100 members"));
    }
    let alarms = &mut cx.monitors().alarms;
    if names.iter().any(|n| !alarms.contains_key(n)) {
        return Err(Refusal::new(404, "ResourceNotFound", "At least one of the alarms does not exist"));
    }
    let composite = names.iter().filter(|n| alarms.get(*n).is_some_and(Alarm::is_composite)).count();
    if composite > 1 {
        return Err(invalid("Only one composite alarm can be deleted in one call"));
    }
    let referenced = |name: &String| {
        let refers = |a: &&Alarm| {
            let suppressor = a.settings.get("ActionsSuppressor").and_then(Value::as_str);
            !names.contains(&a.name)
                && (a.rule.as_ref().is_some_and(|r| rule::names(r).is_ok_and(|all| all.contains(name)))
                    || suppressor.is_some_and(|s| rule::name_in(s) == name.as_str()))
        };
        alarms.values().find(refers).map(|a| (name.clone(), a.name.clone()))
    };
    if let Some((child, parent)) = names.iter().find_map(referenced) {
        let message = format!("{child} cannot be deleted: the composite alarm {parent} refers to it");
        return Err(invalid(message));
    }
    alarms.retain(|name, _| !names.contains(name));
    Ok(json!({}))
}

pub(crate) fn enable(cx: &mut Context<'_>, body: &Value) -> Told {
    switch(cx, body, true)
}

pub(crate) fn disable(cx: &mut Context<'_>, body: &Value) -> Told {
    switch(cx, body, false)
}

fn switch(cx: &mut Context<'_>, body: &Value, on: bool) -> Told {
    let names = texts(body, "AlarmNames");
    let alarms = cx.monitors().alarms.values_mut();
    alarms.filter(|a| names.contains(&a.name)).for_each(|a| a.actions_enabled = on);
    Ok(json!({}))
}
