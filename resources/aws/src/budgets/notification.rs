//! A budget's notifications and their subscribers, each with calls of its own.

use std::collections::BTreeMap;

use aws_sdk_budgets::types::{Notification, Subscriber, ThresholdType};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::{Map, Value};

use super::budget_values::{notification, notification_value, subscribers};
use crate::failure::{absent_as_none, never, refused, unread};
use crate::session::Region;

/// What tells one notification of a budget from another.
fn key(notification: &Notification) -> String {
    format!(
        "{} {} {} {}",
        notification.notification_type().as_str(),
        notification.comparison_operator().as_str(),
        notification.threshold(),
        notification.threshold_type().map_or("PERCENTAGE", ThresholdType::as_str),
    )
}

/// All notifications of a budget; none where AWS finds none, which it may call "not found".
pub async fn of_budget(aws: &Region, name: &str) -> Result<Vec<Value>, Failure> {
    let account = aws.account().id.as_str();
    let call = aws.budgets().describe_notifications_for_budget().account_id(account).budget_name(name);
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("budgets:DescribeNotificationsForBudget", &error));
        let Some(page) = absent_as_none(page)? else { break };
        for notification in page.notifications() {
            found.push(notification_value(notification, &subscribers_of(aws, name, notification).await?));
        }
    }
    Ok(found)
}

async fn subscribers_of(aws: &Region, name: &str, of: &Notification) -> Result<Vec<Subscriber>, Failure> {
    let call = aws
        .budgets()
        .describe_subscribers_for_notification()
        .account_id(&aws.account().id)
        .budget_name(name)
        .notification(of.clone());
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("budgets:DescribeSubscribersForNotification", &error));
        let Some(page) = absent_as_none(page)? else { break };
        found.extend(page.subscribers.unwrap_or_default());
    }
    Ok(found)
}

type ByKey = BTreeMap<String, (Notification, Vec<Subscriber>)>;

fn by_key(of: &Map) -> Result<ByKey, Failure> {
    let items = of.get("notifications").and_then(Value::as_list).unwrap_or_default();
    let mut found = ByKey::new();
    for item in items.iter().filter_map(Value::as_map) {
        let notification = notification(item)?;
        let key = key(&notification);
        if found.insert(key.clone(), (notification, subscribers(item)?)).is_some() {
            let message = format!("two notifications are the same ({key}): give one of them all subscribers");
            return Err(never("budgets:CreateNotification", "SameNotifications", &message));
        }
    }
    Ok(found)
}

/// Makes the notifications those that are wanted, and no others.
pub async fn converge(aws: &Region, name: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (standing, wanted) = (by_key(live)?, by_key(desired)?);
    let account = aws.account().id.as_str();
    // A budget has at most five: those that go, go first.
    for (notification, _) in standing.iter().filter(|(key, _)| !wanted.contains_key(*key)).map(|(_, of)| of) {
        let call = aws.budgets().delete_notification().account_id(account).budget_name(name);
        let call = call.notification(notification.clone());
        done(Done::Gone, "budgets:DeleteNotification", call.send().await)?;
    }
    for (key, (notification, subscribers)) in wanted {
        match standing.get(&key) {
            Some((_, standing)) => {
                converge_subscribers(aws, name, &notification, standing, &subscribers).await?
            }
            None => {
                let call = aws.budgets().create_notification().account_id(account).budget_name(name);
                let call = call.notification(notification).set_subscribers(Some(subscribers));
                done(Done::Standing, "budgets:CreateNotification", call.send().await)?;
            }
        }
    }
    Ok(())
}

/// One takes another's place in one call, where there is one of its kind: a notification has at most one topic, and
/// with its last subscriber it would go. What is left over is added first, and taken away last.
async fn converge_subscribers(
    aws: &Region,
    name: &str,
    notification: &Notification,
    standing: &[Subscriber],
    wanted: &[Subscriber],
) -> Result<(), Failure> {
    let account = aws.account().id.as_str();
    let mut gone: Vec<&Subscriber> = standing.iter().filter(|one| !wanted.contains(one)).collect();
    for new in wanted.iter().filter(|one| !standing.contains(one)) {
        let same = |old: &&Subscriber| old.subscription_type() == new.subscription_type();
        if let Some(at) = gone.iter().position(same) {
            let call = aws.budgets().update_subscriber().account_id(account).budget_name(name);
            let call = call.notification(notification.clone()).old_subscriber(gone.swap_remove(at).clone());
            done(Done::Standing, "budgets:UpdateSubscriber", call.new_subscriber(new.clone()).send().await)?;
            continue;
        }
        let call = aws.budgets().create_subscriber().account_id(account).budget_name(name);
        let call = call.notification(notification.clone()).subscriber(new.clone());
        done(Done::Standing, "budgets:CreateSubscriber", call.send().await)?;
    }
    for subscriber in gone {
        let call = aws.budgets().delete_subscriber().account_id(account).budget_name(name);
        let call = call.notification(notification.clone()).subscriber(subscriber.clone());
        done(Done::Gone, "budgets:DeleteSubscriber", call.send().await)?;
    }
    Ok(())
}

/// What a call is for: it is done, too, where that is so already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Standing,
    Gone,
}

fn done<T, E>(
    what: Done,
    operation: &str,
    result: Result<T, SdkError<E, HttpResponse>>,
) -> Result<(), Failure>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match result.map_err(|error| refused(operation, &error)) {
        Ok(_) => Ok(()),
        Err(failure) if what == Done::Standing && failure.class == FailureClass::Exists => Ok(()),
        Err(failure) if what == Done::Gone && failure.class == FailureClass::Absent => Ok(()),
        Err(failure) => Err(failure),
    }
}
