//! Notifications of budgets and their subscribers.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{empty, find, invalid, one_of, paged, text};
use crate::answer::{self, Answered, Refusal};
use crate::sns;
use crate::world::Context;

/// A budget has so many at most.
const MOST: usize = 5;

/// A notification: a budget has one of each kind, comparison and threshold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Notification {
    kind: String,
    comparison: String,
    threshold: f64,
    threshold_type: String,
    subscribers: Vec<Subscriber>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Subscriber {
    kind: String,
    address: String,
}

impl Notification {
    fn is(&self, other: &Notification) -> bool {
        self.kind == other.kind
            && self.comparison == other.comparison
            && self.threshold.total_cmp(&other.threshold).is_eq()
            && self.threshold_type == other.threshold_type
    }

    fn render(&self) -> Value {
        json!({
            "NotificationType": self.kind,
            "ComparisonOperator": self.comparison,
            "Threshold": self.threshold,
            "ThresholdType": self.threshold_type,
            "NotificationState": "OK",
        })
    }
}

fn not_found(what: &str) -> Refusal {
    Refusal::bad("NotFoundException", format!("Unable to find the {what}."))
}

fn duplicate(what: &str) -> Refusal {
    Refusal::bad("DuplicateRecordException", format!("The {what} already exists."))
}

fn too_many(what: &str) -> Refusal {
    Refusal::bad("CreationLimitExceededException", format!("Too many {what}."))
}

/// A notification as a call names it, without subscribers.
fn named(given: &Value) -> Result<Notification, Refusal> {
    let threshold = given.get("Threshold").and_then(Value::as_f64).filter(|threshold| *threshold > 0.0);
    let threshold_type = match given.get("ThresholdType") {
        Some(_) => one_of(given, "ThresholdType", &["PERCENTAGE", "ABSOLUTE_VALUE"])?,
        None => "PERCENTAGE".to_owned(),
    };
    Ok(Notification {
        kind: one_of(given, "NotificationType", &["ACTUAL", "FORECASTED"])?,
        comparison: one_of(given, "ComparisonOperator", &["GREATER_THAN", "LESS_THAN", "EQUAL_TO"])?,
        threshold: threshold.ok_or_else(|| invalid("The threshold must be greater than 0."))?,
        threshold_type,
        subscribers: Vec::new(),
    })
}

/// A subscriber; refuses an address that is none, and a topic that Budgets may not publish to.
fn subscriber(cx: &Context<'_>, given: &Value) -> Result<Subscriber, Refusal> {
    let kind = one_of(given, "SubscriptionType", &["EMAIL", "SNS"])?;
    let address = text(given, "Address").unwrap_or_default();
    if kind == "EMAIL" && address.split('@').filter(|part| !part.is_empty()).count() != 2 {
        return Err(invalid(format!("{address} is no email address.")));
    }
    if kind == "SNS" {
        let region = address.split(':').nth(3).unwrap_or_default();
        let topics = cx.world.sns.get(region);
        let by_policy = topics.is_some_and(|topics| topics.lets_publish(&address, "budgets.amazonaws.com"));
        if !by_policy || !sns::key_lets(cx.world, &address, sns::Publisher::Budgets) {
            return Err(invalid(format!("Budgets may not publish to the SNS topic {address}.")));
        }
    }
    Ok(Subscriber { kind, address })
}

/// Refuses subscribers that a notification cannot have together.
fn check(subscribers: &[Subscriber]) -> Result<(), Refusal> {
    let of = |kind: &str| subscribers.iter().filter(|subscriber| subscriber.kind == kind).count();
    if subscribers.is_empty() {
        return Err(invalid("A notification needs at least one subscriber."));
    }
    if of("EMAIL") > 10 || of("SNS") > 1 {
        return Err(too_many("subscribers: at most 10 by email and 1 by SNS"));
    }
    let twice = |(at, one): (usize, &Subscriber)| subscribers[..at].contains(one);
    if subscribers.iter().enumerate().any(twice) { Err(duplicate("subscriber")) } else { Ok(()) }
}

/// Adds `{Notification, Subscribers}` to a budget's notifications.
pub(super) fn add(cx: &Context<'_>, to: &mut Vec<Notification>, given: &Value) -> Result<(), Refusal> {
    let mut new = named(given.get("Notification").unwrap_or(&Value::Null))?;
    if to.iter().any(|one| one.is(&new)) {
        return Err(duplicate("notification"));
    }
    if to.len() >= MOST {
        return Err(too_many("notifications: a budget has at most 5"));
    }
    for given in given.get("Subscribers").and_then(Value::as_array).into_iter().flatten() {
        new.subscribers.push(subscriber(cx, given)?);
    }
    check(&new.subscribers)?;
    to.push(new);
    Ok(())
}

/// The notification of a budget that a call names.
fn of<'a>(cx: &'a mut Context<'_>, body: &Value, member: &str) -> Result<&'a mut Notification, Refusal> {
    let wanted = named(body.get(member).unwrap_or(&Value::Null))?;
    let budget = find(cx, body)?;
    budget.notifications.iter_mut().find(|one| one.is(&wanted)).ok_or_else(|| not_found("notification"))
}

pub(super) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let mut notifications = find(cx, body)?.notifications.clone();
    add(cx, &mut notifications, body)?;
    find(cx, body)?.notifications = notifications;
    Ok(empty())
}

pub(super) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    let new = named(body.get("NewNotification").unwrap_or(&Value::Null))?;
    let old = of(cx, body, "OldNotification")?.clone();
    if !old.is(&new) && find(cx, body)?.notifications.iter().any(|one| one.is(&new)) {
        return Err(duplicate("notification"));
    }
    *of(cx, body, "OldNotification")? = Notification { subscribers: old.subscribers, ..new };
    Ok(empty())
}

pub(super) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let gone = of(cx, body, "Notification")?.clone();
    find(cx, body)?.notifications.retain(|one| !one.is(&gone));
    Ok(empty())
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let all = find(cx, body)?.notifications.iter().map(Notification::render).collect();
    Ok(answer::json(paged(body, "Notifications", all)))
}

pub(super) fn subscribe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let new = subscriber(cx, body.get("Subscriber").unwrap_or(&Value::Null))?;
    let notification = of(cx, body, "Notification")?;
    let mut subscribers = notification.subscribers.clone();
    subscribers.push(new);
    check(&subscribers)?;
    notification.subscribers = subscribers;
    Ok(empty())
}

/// One takes another's place, which keeps the number.
pub(super) fn resubscribe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let new = subscriber(cx, body.get("NewSubscriber").unwrap_or(&Value::Null))?;
    let old = body.get("OldSubscriber").cloned().unwrap_or_default();
    let notification = of(cx, body, "Notification")?;
    let is = |one: &Subscriber| {
        old["SubscriptionType"] == one.kind.as_str() && old["Address"] == one.address.as_str()
    };
    let at = notification.subscribers.iter().position(is).ok_or_else(|| not_found("subscriber"))?;
    let mut subscribers = notification.subscribers.clone();
    subscribers[at] = new;
    check(&subscribers)?;
    notification.subscribers = subscribers;
    Ok(empty())
}

/// With its last subscriber a notification goes.
pub(super) fn unsubscribe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let given = body.get("Subscriber").cloned().unwrap_or_default();
    let notification = of(cx, body, "Notification")?;
    let before = notification.subscribers.len();
    notification.subscribers.retain(|one| {
        given["SubscriptionType"] != one.kind.as_str() || given["Address"] != one.address.as_str()
    });
    if notification.subscribers.len() == before {
        return Err(not_found("subscriber"));
    }
    find(cx, body)?.notifications.retain(|one| !one.subscribers.is_empty());
    Ok(empty())
}

pub(super) fn subscribers(cx: &mut Context<'_>, body: &Value) -> Answered {
    let one =
        |subscriber: &Subscriber| json!({"SubscriptionType": subscriber.kind, "Address": subscriber.address});
    let all = of(cx, body, "Notification")?.subscribers.iter().map(one).collect();
    Ok(answer::json(paged(body, "Subscribers", all)))
}
