//! What the RDS handlers share: tags, deletes, and what its errors mean.

use std::collections::BTreeMap;

use aws_sdk_rds::types::{DbInstance, Tag};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Candidate, Failure, OWNER_TAG, OwnerId};
use finsight_engine::value::Map;

use crate::failure::{absent_as_none, refused, unread};
use crate::handler::Deleted;
use crate::session::Region;
use crate::values::tag_changes;

/// How far a delete is: what is not there is gone.
pub fn deleted<T, E>(
    operation: &str,
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Deleted, Failure>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    absent_as_none(answer.map_err(|error| refused(operation, &error))).map(|_| Deleted::Gone)
}

/// Tags of a call.
pub fn tags_of(pairs: BTreeMap<String, String>) -> Vec<Tag> {
    pairs.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Tags as read.
pub fn tag_pairs(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .map(|tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned()))
        .collect()
}

/// The tags of what has this ARN; `None` where it does not exist.
pub async fn tags_at(aws: &Region, arn: &str) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let answer = aws.rds().list_tags_for_resource().resource_name(arn).send().await;
    let answer = answer.map_err(|error| unread("rds:ListTagsForResource", &error));
    Ok(absent_as_none(answer)?.map(|answer| tag_pairs(answer.tag_list())))
}

/// What stands under a name as a candidate; ours if it carries the owner tag.
pub async fn candidate(
    aws: &Region,
    owner: &OwnerId,
    id: &str,
    arn: Option<&str>,
) -> Result<Vec<Candidate>, Failure> {
    let Some(tags) = tags_at(aws, arn.unwrap_or_default()).await? else { return Ok(Vec::new()) };
    let ours = tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
    Ok(vec![Candidate { id: id.to_owned(), ours }])
}

/// The instances of a kind, as holders of something.
pub async fn instances(aws: &Region, wanted: impl Fn(&DbInstance) -> bool) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.rds().describe_db_instances().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("rds:DescribeDBInstances", &error))?;
        let held = page.db_instances().iter().filter(|instance| wanted(instance));
        found.extend(
            held.filter_map(|instance| Some(format!("{} (DB instance)", instance.db_instance_identifier()?))),
        );
    }
    Ok(found)
}

/// Sets and removes tags until they are the desired ones.
pub async fn converge_tags(aws: &Region, arn: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.rds().add_tags_to_resource().resource_name(arn).set_tags(Some(tags_of(set)));
        call.send().await.map_err(|error| refused("rds:AddTagsToResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.rds().remove_tags_from_resource().resource_name(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("rds:RemoveTagsFromResource", &error))?;
    }
    Ok(())
}
