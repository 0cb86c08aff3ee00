//! `aws:budgets:Budget`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_budgets::types::{Budget as Described, NotificationWithSubscribers, ResourceTag};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OWNER_TAG, OwnerId, Reading, Target};
use finsight_engine::value::{Map, Value};

use super::budget_values::{budget, notification, properties, subscribers};
use super::notification;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values, tag_changes};

/// The handler of `aws:budgets:Budget`.
pub struct Budget;

#[async_trait]
impl Handler for Budget {
    /// One after the other: Budgets throttles early.
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for target in targets {
            found.extend(read_one(aws, &target.id).await?);
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("budget_name")?;
        let Some(tags) = absent_as_none(tags_at(aws, name).await)? else { return Ok(Vec::new()) };
        let ours = tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
        Ok(vec![Candidate { id: name.to_owned(), ours }])
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("budget_name")?;
        let mut notifications = Vec::new();
        for item in inputs.get("notifications").and_then(Value::as_list).unwrap_or_default() {
            let Some(item) = item.as_map() else { continue };
            let one = NotificationWithSubscribers::builder()
                .notification(notification(item)?)
                .set_subscribers(Some(subscribers(item)?))
                .build();
            notifications.push(one.map_err(|error| unexpected("request", &error.to_string()))?);
        }
        aws.budgets()
            .create_budget()
            .account_id(&aws.account().id)
            .budget(budget(name, inputs, None)?)
            .set_notifications_with_subscribers((!notifications.is_empty()).then_some(notifications))
            .set_resource_tags(Some(tags_of(inputs.tags())?))
            .send()
            .await
            .map_err(|error| refused("budgets:CreateBudget", &error))?;
        Ok(name.to_owned())
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let name = target.id.as_str();
        if differing.iter().any(|property| property != "notifications" && property != "tags") {
            // An update replaces the budget: without its period it would begin anew.
            let period = described(aws, name).await?.and_then(|budget| budget.time_period);
            aws.budgets()
                .update_budget()
                .account_id(&aws.account().id)
                .new_budget(budget(name, desired, period)?)
                .send()
                .await
                .map_err(|error| refused("budgets:UpdateBudget", &error))?;
        }
        if differing.iter().any(|property| property == "notifications") {
            notification::converge(aws, name, &live.properties, desired).await?;
        }
        converge_tags(aws, name, &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let call = aws.budgets().delete_budget().account_id(&aws.account().id).budget_name(&target.id);
        call.send().await.map_err(|error| refused("budgets:DeleteBudget", &error))?;
        Ok(Deleted::Gone)
    }
}

async fn described(aws: &Region, name: &str) -> Result<Option<Described>, Failure> {
    let call = aws.budgets().describe_budget().account_id(&aws.account().id).budget_name(name);
    let answer = call.send().await;
    let answer = answer.map_err(|error| unread("budgets:DescribeBudget", &error));
    Ok(absent_as_none(answer)?.and_then(|answer| answer.budget))
}

async fn read_one(aws: &Region, name: &str) -> Result<Option<Live>, Failure> {
    let Some(budget) = described(aws, name).await? else { return Ok(None) };
    let notifications = notification::of_budget(aws, name).await?;
    let Some(tags) = absent_as_none(tags_at(aws, name).await)? else { return Ok(None) };
    let properties = properties(&budget).set("notifications", Value::List(notifications)).tags(tags);
    let outputs = Values::new().set("arn", arn_of(aws, name));
    Ok(Some(Live {
        id: name.to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: Health::Ready,
    }))
}

async fn tags_at(aws: &Region, name: &str) -> Result<BTreeMap<String, String>, Failure> {
    let answer = aws.budgets().list_tags_for_resource().resource_arn(arn_of(aws, name)).send().await;
    let answer = answer.map_err(|error| unread("budgets:ListTagsForResource", &error))?;
    Ok(answer.resource_tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect())
}

fn tags_of(pairs: BTreeMap<String, String>) -> Result<Vec<ResourceTag>, Failure> {
    pairs
        .into_iter()
        .map(|(key, value)| {
            let tag = ResourceTag::builder().key(key).value(value).build();
            tag.map_err(|error| unexpected("request", &error.to_string()))
        })
        .collect()
}

async fn converge_tags(aws: &Region, name: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    let arn = arn_of(aws, name);
    if !set.is_empty() {
        let call = aws.budgets().tag_resource().resource_arn(&arn).set_resource_tags(Some(tags_of(set)?));
        call.send().await.map_err(|error| refused("budgets:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.budgets().untag_resource().resource_arn(&arn).set_resource_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("budgets:UntagResource", &error))?;
    }
    Ok(())
}

fn arn_of(aws: &Region, name: &str) -> String {
    let account = aws.account();
    format!("arn:{}:budgets::{}:budget/{name}", account.partition, account.id)
}
