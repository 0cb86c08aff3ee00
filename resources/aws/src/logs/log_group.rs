//! `aws:logs:LogGroup`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::types::LogGroupClass;
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Health, Live, OWNER_TAG, OwnerId, Reading, STACK_TAG, Standing, Target,
};
use finsight_engine::value::{Map, Value};
use futures::future::try_join_all;

use super::subscription_filter;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values, tag_changes};

/// One call describes at most this many groups (`aws-semantics.md` 13).
const BATCH: usize = 50;
/// Tags are read one group a call, this many at a time.
const AT_ONCE: usize = 5;

/// The handler of `aws:logs:LogGroup`.
pub struct LogGroup;

#[async_trait]
impl Handler for LogGroup {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(BATCH) {
            let groups = described(aws, batch.iter().map(|target| target.id.clone()).collect()).await?;
            for some in groups.chunks(AT_ONCE) {
                let mut reads = Vec::new();
                for group in some {
                    reads.push(with_tags(aws, group));
                }
                live.extend(try_join_all(reads).await?.into_iter().flatten());
            }
        }
        // One on record that has no tag at all is gone, and its service has made another: that is made ours again.
        live.retain(|live| {
            let untagged = live.properties.tags().is_empty() && services_write_to(&live.id);
            let on_record = |target: &&Target| target.id == live.id && target.outputs.contains_key("arn");
            !(untagged && targets.iter().any(|target| on_record(&target)))
        });
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("log_group_name")?;
        let Some(tags) = absent_as_none(tags_of(aws, &arn_of(aws, name)).await)? else {
            return Ok(Vec::new());
        };
        let ours = tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
        Ok(vec![Candidate { id: name.to_owned(), ours }])
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("log_group_name")?;
        let made = aws
            .logs()
            .create_log_group()
            .log_group_name(name)
            .set_kms_key_id(inputs.text("kms_key_id").map(str::to_owned))
            .set_log_group_class(inputs.text("log_group_class").map(LogGroupClass::from))
            .set_deletion_protection_enabled(inputs.flag("deletion_protection_enabled").filter(|on| *on))
            .set_tags(Some(inputs.tags().into_iter().collect()))
            .send()
            .await
            .map_err(|error| refused("logs:CreateLogGroup", &error));
        match made {
            Err(failure) if failure.class == FailureClass::Exists && is_a_service_s(aws, name).await? => {
                converge_tags(aws, name, &Map::new(), inputs).await?;
            }
            made => made.map(|_| ())?,
        }
        Ok(name.to_owned())
    }

    /// What a service has made is nobody's: it is taken over.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let Some(name) = inputs.text("log_group_name") else { return Ok(Vec::new()) };
        if described(aws, vec![name.to_owned()]).await?.is_empty() {
            return Ok(Vec::new());
        }
        let Some(tags) = absent_as_none(tags_of(aws, &arn_of(aws, name)).await)? else {
            return Ok(Vec::new());
        };
        if tags.is_empty() && services_write_to(name) {
            return Ok(Vec::new());
        }
        let stack = tags.get(STACK_TAG).cloned();
        Ok(vec![Standing { id: name.to_owned(), stack, deleting: false }])
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let name = &target.id;
        let differs = |name: &str| differing.iter().any(|item| item == name);
        if differs("retention_in_days") {
            match desired.int32("retention_in_days") {
                Some(days) => {
                    let call = aws.logs().put_retention_policy().log_group_name(name).retention_in_days(days);
                    call.send().await.map_err(|error| refused("logs:PutRetentionPolicy", &error))?;
                }
                None => {
                    let call = aws.logs().delete_retention_policy().log_group_name(name);
                    call.send().await.map_err(|error| refused("logs:DeleteRetentionPolicy", &error))?;
                }
            }
        }
        if differs("kms_key_id") {
            match desired.text("kms_key_id") {
                Some(key) => {
                    let call = aws.logs().associate_kms_key().log_group_name(name).kms_key_id(key);
                    call.send().await.map_err(|error| refused("logs:AssociateKmsKey", &error))?;
                }
                None => {
                    let call = aws.logs().disassociate_kms_key().log_group_name(name);
                    call.send().await.map_err(|error| refused("logs:DisassociateKmsKey", &error))?;
                }
            }
        }
        if differs("deletion_protection_enabled") {
            let on = desired.flag("deletion_protection_enabled").unwrap_or(false);
            let call = aws.logs().put_log_group_deletion_protection().log_group_identifier(name);
            let answer = call.deletion_protection_enabled(on).send().await;
            answer.map_err(|error| refused("logs:PutLogGroupDeletionProtection", &error))?;
        }
        if differs("subscription_filters") {
            for id in live.properties.texts("subscription_filters") {
                absent_as_none(subscription_filter::remove(aws, &id).await)?;
            }
        }
        converge_tags(aws, name, &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        aws.logs()
            .delete_log_group()
            .log_group_name(&target.id)
            .send()
            .await
            .map_err(|error| refused("logs:DeleteLogGroup", &error))?;
        Ok(Deleted::Gone)
    }
}

/// Whether services write to groups of such names and make them where there are none, without tags and for ever: with
/// the first event, and again where a group is deleted while they write (terraform-provider-aws#42858).
fn services_write_to(name: &str) -> bool {
    const NAMES: [&str; 5] = [
        "/aws/rds/instance/",
        "/aws/rds/proxy/",
        "/aws/lambda/",
        "/aws/apigateway/",
        "API-Gateway-Execution-Logs_",
    ];
    NAMES.iter().any(|begin| name.starts_with(begin))
}

/// Whether a service has made a group that stands: nobody has put a tag on it.
async fn is_a_service_s(aws: &Region, name: &str) -> Result<bool, Failure> {
    let tags = absent_as_none(tags_of(aws, &arn_of(aws, name)).await)?;
    Ok(services_write_to(name) && tags.is_some_and(|tags| tags.is_empty()))
}

/// The groups that stand among those named. The call filters: what is missing is omitted.
async fn described(
    aws: &Region,
    names: Vec<String>,
) -> Result<Vec<aws_sdk_cloudwatchlogs::types::LogGroup>, Failure> {
    let mut found = Vec::new();
    let call = aws.logs().describe_log_groups().set_log_group_identifiers(Some(names.clone()));
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("logs:DescribeLogGroups", &error))?;
        // An endpoint that does not know the filter answers with every group.
        found.extend(page.log_groups.unwrap_or_default().into_iter().filter(|group| {
            group.log_group_name().is_some_and(|name| names.iter().any(|wanted| wanted == name))
        }));
    }
    Ok(found)
}

/// A group with its tags; `None` where it went between the two calls.
async fn with_tags(
    aws: &Region,
    group: &aws_sdk_cloudwatchlogs::types::LogGroup,
) -> Result<Option<Live>, Failure> {
    let name =
        group.log_group_name().ok_or_else(|| unexpected("logs:DescribeLogGroups", "a group has no name"))?;
    let arn = group
        .log_group_arn()
        .or_else(|| group.arn().map(|arn| arn.trim_end_matches(":*")))
        .map_or_else(|| arn_of(aws, name), str::to_owned);
    let Some(tags) = absent_as_none(tags_of(aws, &arn).await)? else { return Ok(None) };
    // Groups of other classes have no filters, and AWS refuses to tell of them.
    let has_filters = group.log_group_class().is_none_or(|class| *class == LogGroupClass::Standard);
    let filters = if has_filters { subscription_filter::ids(aws, name).await? } else { Vec::new() };
    // Under a policy of the account AWS shows that policy's days, keeps those of the group and does not show them.
    let over = group.retention_policy_name();
    let retention = if over.is_some() { Value::Unknown } else { group.retention_in_days().into() };
    let properties = Values::new()
        .set("log_group_name", name)
        .set("retention_in_days", retention)
        .set("kms_key_id", group.kms_key_id())
        .set("log_group_class", group.log_group_class().map_or("STANDARD", LogGroupClass::as_str))
        .set("deletion_protection_enabled", group.deletion_protection_enabled().unwrap_or(false))
        .list("subscription_filters", filters)
        .tags(tags);
    Ok(Some(Live {
        id: name.to_owned(),
        properties: properties.build(),
        outputs: Values::new().set("arn", arn).set("retention_policy_name", over).build(),
        health: Health::Ready,
    }))
}

async fn tags_of(aws: &Region, arn: &str) -> Result<BTreeMap<String, String>, Failure> {
    let answer = aws
        .logs()
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await
        .map_err(|error| unread("logs:ListTagsForResource", &error))?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

async fn converge_tags(aws: &Region, name: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    let arn = arn_of(aws, name);
    if !set.is_empty() {
        aws.logs()
            .tag_resource()
            .resource_arn(&arn)
            .set_tags(Some(set.into_iter().collect()))
            .send()
            .await
            .map_err(|error| refused("logs:TagResource", &error))?;
    }
    if !removed.is_empty() {
        aws.logs()
            .untag_resource()
            .resource_arn(&arn)
            .set_tag_keys(Some(removed))
            .send()
            .await
            .map_err(|error| refused("logs:UntagResource", &error))?;
    }
    Ok(())
}

/// The ARN without `:*`, as the tag calls want it.
fn arn_of(aws: &Region, name: &str) -> String {
    let account = aws.account();
    format!("arn:{}:logs:{}:{}:log-group:{name}", account.partition, aws.name(), account.id)
}
