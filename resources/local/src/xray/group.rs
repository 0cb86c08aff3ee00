//! Groups of traces.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{DEFAULT, MOST, check_name, done, empty, invalid, tags, text};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, Tags, letters};

/// A group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Group {
    pub arn: String,
    filter: Option<String>,
    insights: bool,
    notifications: bool,
    pub tags: Tags,
}

impl Group {
    fn render(&self, name: &str) -> Value {
        json!({
            "GroupName": name,
            "GroupARN": self.arn,
            "FilterExpression": self.filter,
            "InsightsConfiguration": {
                "InsightsEnabled": self.insights,
                "NotificationsEnabled": self.notifications,
            },
        })
    }

    /// Takes what a call sets; what it leaves out stays.
    fn set(&mut self, body: &Value) -> Result<(), Refusal> {
        if let Some(filter) = text(body, "FilterExpression") {
            self.filter = Some(filter).filter(|filter| !filter.is_empty());
        }
        let flag = |name: &str| {
            body.get("InsightsConfiguration").and_then(|of| of.get(name)).and_then(Value::as_bool)
        };
        let insights = flag("InsightsEnabled").unwrap_or(self.insights);
        let notifications = flag("NotificationsEnabled").unwrap_or(self.notifications && insights);
        if notifications && !insights {
            return Err(invalid("Notifications can only be enabled with insights."));
        }
        self.insights = insights;
        self.notifications = notifications;
        Ok(())
    }
}

fn default_group(region: &str) -> Value {
    json!({
        "GroupName": DEFAULT,
        "GroupARN": format!("arn:aws:xray:{region}:{ACCOUNT}:group/{DEFAULT}"),
        "InsightsConfiguration": {"InsightsEnabled": false, "NotificationsEnabled": false},
    })
}

/// The name of the group that a call names by name or ARN; refuses one that is not there.
fn named(cx: &mut Context<'_>, body: &Value) -> Result<String, Refusal> {
    let (name, arn) = (text(body, "GroupName"), text(body, "GroupARN"));
    let mut groups = cx.traces().groups.iter();
    let found =
        groups.find(|(its_name, group)| Some(*its_name) == name.as_ref() || Some(&group.arn) == arn.as_ref());
    found.map(|(name, _)| name.clone()).ok_or_else(|| invalid("Group not found"))
}

pub(super) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = text(body, "GroupName").unwrap_or_default();
    check_name(&name)?;
    if name == DEFAULT || cx.traces().groups.contains_key(&name) {
        return Err(invalid(format!("Group {name} already exists")));
    }
    if cx.traces().groups.len() >= MOST {
        return Err(invalid("The limit of groups is reached"));
    }
    let unique = letters(52, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    let mut group = Group {
        arn: format!("arn:aws:xray:{}:{ACCOUNT}:group/{name}/{unique}", cx.region()),
        filter: None,
        insights: false,
        notifications: false,
        tags: tags::of(body)?,
    };
    group.set(body)?;
    let shown = group.render(&name);
    cx.traces().groups.insert(name, group);
    done(json!({"Group": shown}))
}

pub(super) fn get(cx: &mut Context<'_>, body: &Value) -> Answered {
    if text(body, "GroupName").as_deref() == Some(DEFAULT) {
        return done(json!({"Group": default_group(cx.region())}));
    }
    let name = named(cx, body)?;
    done(json!({"Group": cx.traces().groups.get(&name).map(|group| group.render(&name))}))
}

pub(super) fn list(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let mut groups = vec![default_group(cx.region())];
    groups.extend(cx.traces().groups.iter().map(|(name, group)| group.render(name)));
    done(json!({"Groups": groups}))
}

pub(super) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = named(cx, body)?;
    let Some(group) = cx.traces().groups.get_mut(&name) else { return Err(invalid("Group not found")) };
    group.set(body)?;
    done(json!({"Group": group.render(&name)}))
}

pub(super) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    if text(body, "GroupName").as_deref() == Some(DEFAULT) {
        return Err(invalid("The default group cannot be deleted"));
    }
    let name = named(cx, body)?;
    cx.traces().groups.remove(&name);
    Ok(empty())
}
