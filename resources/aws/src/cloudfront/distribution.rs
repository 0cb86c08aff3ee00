//! `aws:cloudfront:Distribution`

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudfront::operation::get_distribution::GetDistributionOutput;
use aws_sdk_cloudfront::types::{
    DistributionConfig, DistributionConfigWithTags, DistributionSummary, Tag, TagKeys, Tags,
};
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Live, OWNER_TAG, OwnerId, Reading, STACK_TAG, Standing, Target,
};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use super::common::built;
use super::distribution_config::{merged, new};
use super::distribution_values::live;
use crate::failure::{absent_as_none, redacted, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, tag_changes};

/// Distributions are read so many at a time: two calls each.
const AT_ONCE: usize = 5;
/// AWS's code for one that does not exist.
const MISSING: &str = "NoSuchDistribution";

/// The handler of `aws:cloudfront:Distribution`.
pub struct Distribution;

#[async_trait]
impl Handler for Distribution {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for target in batch {
                reads.push(read_one(aws, &target.id));
            }
            found.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, _inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let all: Vec<_> = all(aws).await?.into_iter().map(|summary| (summary.id, summary.arn)).collect();
        let mut found = Vec::new();
        for batch in all.chunks(AT_ONCE) {
            let mut checks = Vec::new();
            for (_, arn) in batch {
                checks.push(tags_of(aws, arn));
            }
            let tags = try_join_all(checks).await?;
            let ours = |tags: &BTreeMap<String, String>| {
                tags.get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str())
            };
            let both = batch.iter().zip(tags).filter(|(_, tags)| ours(tags));
            found.extend(both.map(|((id, _), _)| Candidate { id: id.clone(), ours: true }));
        }
        Ok(found)
    }

    async fn create(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let tags = Tags::builder().set_items(Some(tag_list(inputs.tags())?)).build();
        let config = DistributionConfigWithTags::builder()
            .distribution_config(new(owner.as_str(), inputs)?)
            .tags(tags)
            .build();
        let call = aws.cloudfront().create_distribution_with_tags().distribution_config_with_tags(config);
        let answer = call.send().await;
        let answer = answer
            .map_err(|error| redacted(refused("cloudfront:CreateDistributionWithTags", &error), inputs))?;
        answer.distribution.map(|distribution| distribution.id).ok_or_else(|| {
            unexpected("cloudfront:CreateDistributionWithTags", "the answer has no distribution")
        })
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        converge_tags(aws, live, desired).await?;
        if differing.iter().all(|name| name == "tags") {
            return Ok(Vec::new());
        }
        let Some((_, config, etag)) = standing(aws, &target.id).await? else {
            return Err(gone(&target.id));
        };
        let updated = update(aws, &target.id, merged(config, desired)?, etag).await;
        updated.map_err(|failure| redacted(failure, desired))?;
        Ok(Vec::new())
    }

    /// AWS deletes only what is disabled, and that everywhere.
    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let Some((status, mut config, etag)) = standing(aws, &target.id).await? else {
            return Ok(Deleted::Gone);
        };
        if config.enabled {
            config.enabled = false;
            update(aws, &target.id, config, etag).await.map_err(|mut failure| {
                // What its configuration names is missing, and not it.
                if failure.class == FailureClass::Absent && failure.code != MISSING {
                    failure.class = FailureClass::Blocked;
                }
                failure
            })?;
            return Err(not_yet_disabled());
        }
        if status != "Deployed" {
            return Err(not_yet_disabled());
        }
        let call = aws.cloudfront().delete_distribution().id(&target.id).if_match(etag);
        call.send().await.map_err(|error| refused("cloudfront:DeleteDistribution", &error))?;
        Ok(Deleted::Gone)
    }

    /// Who has one of its names.
    async fn look(&self, aws: &Region, inputs: &Map) -> Result<Vec<Standing>, Failure> {
        let names = inputs.texts("aliases");
        let mut found = Vec::new();
        for one in all(aws).await? {
            let theirs = one.aliases.and_then(|aliases| aliases.items).unwrap_or_default();
            if theirs.iter().any(|name| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))) {
                let stack = tags_of(aws, &one.arn).await?.remove(STACK_TAG);
                found.push(Standing { id: one.id, stack, deleting: false });
            }
        }
        Ok(found)
    }
}

/// Every distribution of the account.
async fn all(aws: &Region) -> Result<Vec<DistributionSummary>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.cloudfront().list_distributions().max_items(100).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("cloudfront:ListDistributions", &error))?;
        found.extend(page.distribution_list.and_then(|list| list.items).unwrap_or_default());
    }
    Ok(found)
}

async fn get(aws: &Region, id: &str) -> Result<Option<GetDistributionOutput>, Failure> {
    let answer = aws.cloudfront().get_distribution().id(id).send().await;
    absent_as_none(answer.map_err(|error| unread("cloudfront:GetDistribution", &error)))
}

async fn read_one(aws: &Region, id: &str) -> Result<Option<Live>, Failure> {
    let Some(distribution) = get(aws, id).await?.and_then(|answer| answer.distribution) else {
        return Ok(None);
    };
    let tags = tags_of(aws, &distribution.arn).await?;
    Ok(Some(live(&distribution, tags.into_iter().collect())))
}

/// Status, configuration and version of a distribution.
async fn standing(aws: &Region, id: &str) -> Result<Option<(String, DistributionConfig, String)>, Failure> {
    let Some(answer) = get(aws, id).await? else { return Ok(None) };
    let incomplete = || unexpected("cloudfront:GetDistribution", "the answer has no configuration or ETag");
    let etag = answer.e_tag.ok_or_else(incomplete)?;
    let distribution = answer.distribution.ok_or_else(incomplete)?;
    let config = distribution.distribution_config.ok_or_else(incomplete)?;
    Ok(Some((distribution.status, config, etag)))
}

async fn update(aws: &Region, id: &str, config: DistributionConfig, etag: String) -> Result<(), Failure> {
    let call = aws.cloudfront().update_distribution().id(id).distribution_config(config).if_match(etag);
    call.send().await.map_err(|error| refused("cloudfront:UpdateDistribution", &error))?;
    Ok(())
}

async fn tags_of(aws: &Region, arn: &str) -> Result<BTreeMap<String, String>, Failure> {
    let answer = aws.cloudfront().list_tags_for_resource().resource(arn).send().await;
    let answer = answer.map_err(|error| unread("cloudfront:ListTagsForResource", &error));
    let tags = absent_as_none(answer)?.and_then(|answer| answer.tags).and_then(|tags| tags.items);
    Ok(tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect())
}

fn tag_list(tags: BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    tags.into_iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build())).collect()
}

async fn converge_tags(aws: &Region, live: &Live, desired: &Map) -> Result<(), Failure> {
    let arn = live.outputs.required("arn")?;
    let (set, removed) = tag_changes(&live.properties, desired);
    if !set.is_empty() {
        let tags = Tags::builder().set_items(Some(tag_list(set)?)).build();
        let call = aws.cloudfront().tag_resource().resource(arn).tags(tags);
        call.send().await.map_err(|error| refused("cloudfront:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let keys = TagKeys::builder().set_items(Some(removed)).build();
        let call = aws.cloudfront().untag_resource().resource(arn).tag_keys(keys);
        call.send().await.map_err(|error| refused("cloudfront:UntagResource", &error))?;
    }
    Ok(())
}

fn gone(id: &str) -> Failure {
    let mut failure = unexpected("cloudfront:GetDistribution", &format!("there is no distribution {id}"));
    failure.class = FailureClass::Absent;
    failure.code = MISSING.to_owned();
    failure
}

/// What AWS would answer to a delete now, which is asked for again.
fn not_yet_disabled() -> Failure {
    let message = "it is being disabled at all edges, which comes before its delete";
    let mut failure = unexpected("cloudfront:DeleteDistribution", message);
    failure.class = FailureClass::Blocked;
    failure.code = "DistributionNotDisabled".to_owned();
    failure
}
