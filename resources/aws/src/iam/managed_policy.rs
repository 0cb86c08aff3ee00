//! `aws:iam:ManagedPolicy`

use async_trait::async_trait;
use aws_sdk_iam::types::PolicyVersion;
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Health, Live, OWNER_TAG, OwnerId, Reading, Target,
};
use finsight_engine::value::Map;
use futures::future::try_join_all;

use super::common::{document_value, gone_is_done, tag_pairs, tags_of};
use crate::document::to_text;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values, tag_changes};

/// IAM keeps so many versions of a policy.
const VERSIONS: usize = 5;
/// Policies are read so many at a time: no list gives their tags.
const AT_ONCE: usize = 5;

/// The handler of `aws:iam:ManagedPolicy`; its id is the ARN.
pub struct ManagedPolicy;

#[async_trait]
impl Handler for ManagedPolicy {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut live = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for target in batch {
                reads.push(read_one(aws, &target.id));
            }
            live.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        Ok(in_order(targets, live))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let account = aws.account();
        let (path, name) = (inputs.text("path").unwrap_or("/"), inputs.required("policy_name")?);
        let arn = format!("arn:{}:iam::{}:policy{path}{name}", account.partition, account.id);
        let Some(policy) = policy_at(aws, &arn).await? else { return Ok(Vec::new()) };
        let ours = tag_pairs(policy.tags()).get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
        Ok(vec![Candidate { id: arn, ours }])
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let answer = aws
            .iam()
            .create_policy()
            .policy_name(inputs.required("policy_name")?)
            .set_path(inputs.text("path").map(str::to_owned))
            .set_description(inputs.text("description").filter(|text| !text.is_empty()).map(str::to_owned))
            .set_policy_document(inputs.get("policy_document").map(to_text))
            .set_tags(Some(tags_of(inputs.tags())?))
            .send()
            .await
            .map_err(|error| refused("iam:CreatePolicy", &error))?;
        answer
            .policy()
            .and_then(|policy| policy.arn())
            .map(str::to_owned)
            .ok_or_else(|| unexpected("iam:CreatePolicy", "the answer has no ARN"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let arn = target.id.as_str();
        if differing.iter().any(|item| item == "policy_document") {
            let mut old = spare_versions(aws, arn).await?;
            // Its id counts up: the oldest is the first to go.
            old.sort_by_key(|version| number_of(version));
            if old.len() + 1 >= VERSIONS
                && let Some(oldest) = old.first()
            {
                delete_version(aws, arn, oldest).await?;
            }
            let document = desired.get("policy_document").map(to_text);
            let call = aws.iam().create_policy_version().policy_arn(arn).set_policy_document(document);
            let call = call.set_as_default(true);
            call.send().await.map_err(|error| refused("iam:CreatePolicyVersion", &error))?;
        }
        let (set, removed) = tag_changes(&live.properties, desired);
        if !set.is_empty() {
            let call = aws.iam().tag_policy().policy_arn(arn).set_tags(Some(tags_of(set)?));
            call.send().await.map_err(|error| refused("iam:TagPolicy", &error))?;
        }
        if !removed.is_empty() {
            let call = aws.iam().untag_policy().policy_arn(arn).set_tag_keys(Some(removed));
            call.send().await.map_err(|error| refused("iam:UntagPolicy", &error))?;
        }
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let arn = target.id.as_str();
        for version in spare_versions(aws, arn).await? {
            delete_version(aws, arn, &version).await?;
        }
        // Attached to anything it is `DeleteConflict`: others still hang on it.
        let call = aws.iam().delete_policy().policy_arn(arn);
        call.send().await.map_err(|error| refused("iam:DeletePolicy", &error))?;
        Ok(Deleted::Gone)
    }

    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        let mut pages = aws.iam().list_entities_for_policy().policy_arn(&target.id).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("iam:ListEntitiesForPolicy", &error));
            let Some(page) = absent_as_none(page)? else { break };
            let roles = page.policy_roles().iter().filter_map(|one| Some((one.role_name()?, "role")));
            let users = page.policy_users().iter().filter_map(|one| Some((one.user_name()?, "user")));
            let groups = page.policy_groups().iter().filter_map(|one| Some((one.group_name()?, "group")));
            found.extend(roles.chain(users).chain(groups).map(|(name, kind)| format!("{name} ({kind})")));
        }
        Ok(found)
    }
}

async fn policy_at(aws: &Region, arn: &str) -> Result<Option<aws_sdk_iam::types::Policy>, Failure> {
    let answer = aws.iam().get_policy().policy_arn(arn).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("iam:GetPolicy", &error)))?;
    Ok(answer.and_then(|answer| answer.policy))
}

async fn read_one(aws: &Region, arn: &str) -> Result<Option<Live>, Failure> {
    let Some(policy) = policy_at(aws, arn).await? else { return Ok(None) };
    let version = policy.default_version_id().unwrap_or("v1");
    let answer = aws.iam().get_policy_version().policy_arn(arn).version_id(version).send().await;
    let answer = answer.map_err(|error| {
        let mut failure = unread("iam:GetPolicyVersion", &error);
        // A version that has just become the default may not be readable everywhere.
        if failure.class == FailureClass::Absent {
            failure.class = FailureClass::Transient;
        }
        failure
    })?;
    let document = answer.policy_version().and_then(PolicyVersion::document).map(document_value);
    let properties = Values::new()
        .set("policy_document", document)
        .set("policy_name", policy.policy_name())
        .set("description", policy.description().unwrap_or_default())
        .set("path", policy.path())
        .tags(tag_pairs(policy.tags()));
    Ok(Some(Live {
        id: arn.to_owned(),
        properties: properties.build(),
        outputs: Map::new(),
        health: Health::Ready,
    }))
}

/// The ids of the versions that are not the default.
async fn spare_versions(aws: &Region, arn: &str) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.iam().list_policy_versions().policy_arn(arn).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("iam:ListPolicyVersions", &error))?;
        let spare = page.versions().iter().filter(|version| !version.is_default_version());
        found.extend(spare.filter_map(PolicyVersion::version_id).map(str::to_owned));
    }
    Ok(found)
}

fn number_of(version: &str) -> u64 {
    version.trim_start_matches('v').parse().unwrap_or(u64::MAX)
}

async fn delete_version(aws: &Region, arn: &str, version: &str) -> Result<(), Failure> {
    let call = aws.iam().delete_policy_version().policy_arn(arn).version_id(version);
    gone_is_done(call.send().await.map_err(|error| refused("iam:DeletePolicyVersion", &error)))
}
