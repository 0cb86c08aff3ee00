//! `aws:iam:Role`

use std::collections::BTreeMap;

use async_trait::async_trait;
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Live, OWNER_TAG, OwnerId, Reading, Target,
};
use finsight_engine::value::{Map, Value};
use futures::future::try_join_all;

use super::common::{gone_is_done, tag_pairs, tags_of};
use super::role_details::{
    Policies, attached_arns, inline_names, live, policies_of, policies_of_all, role_named,
};
use crate::document::{from_text, to_text};
use crate::failure::{absent_as_none, refused, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, tag_changes};

/// From so many roles on, the policies of the whole account are read at once.
const MANY: usize = 4;
/// Roles are read so many at a time.
const AT_ONCE: usize = 5;

/// The handler of `aws:iam:Role`.
pub struct Role;

#[async_trait]
impl Handler for Role {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut known = if targets.len() < MANY { BTreeMap::new() } else { policies_of_all(aws).await? };
        let mut found = Vec::new();
        for batch in targets.chunks(AT_ONCE) {
            let mut reads = Vec::new();
            for target in batch {
                reads.push(read_one(aws, &target.id, known.remove(&target.id)));
            }
            found.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("role_name")?;
        let role = role_named(aws, name).await?;
        Ok(role
            .map(|role| {
                let ours = tag_pairs(role.tags()).get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
                Candidate { id: role.role_name().to_owned(), ours }
            })
            .into_iter()
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let name = inputs.required("role_name")?;
        aws.iam()
            .create_role()
            .role_name(name)
            .set_path(inputs.text("path").map(str::to_owned))
            .set_assume_role_policy_document(inputs.get("assume_role_policy_document").map(to_text))
            .set_description(inputs.text("description").filter(|text| !text.is_empty()).map(str::to_owned))
            .set_max_session_duration(inputs.int32("max_session_duration"))
            .set_permissions_boundary(inputs.text("permissions_boundary").map(str::to_owned))
            .set_tags(Some(tags_of(inputs.tags())?))
            .send()
            .await
            .map_err(|error| refused("iam:CreateRole", &error))?;
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
        let differs = |name: &str| differing.iter().any(|item| item == name);
        if differs("assume_role_policy_document") {
            let document = desired.get("assume_role_policy_document").map(to_text);
            let call = aws.iam().update_assume_role_policy().role_name(name).set_policy_document(document);
            call.send().await.map_err(|error| refused("iam:UpdateAssumeRolePolicy", &error))?;
        }
        if differs("description") || differs("max_session_duration") {
            aws.iam()
                .update_role()
                .role_name(name)
                .description(desired.text("description").unwrap_or_default())
                .set_max_session_duration(desired.int32("max_session_duration"))
                .send()
                .await
                .map_err(|error| refused("iam:UpdateRole", &error))?;
        }
        if differs("permissions_boundary") {
            converge_boundary(aws, name, desired.text("permissions_boundary")).await?;
        }
        if differs("managed_policy_arns") {
            let standing = live.properties.texts("managed_policy_arns");
            converge_attached(aws, name, &standing, &desired.texts("managed_policy_arns")).await?;
        }
        if differs("inline_policies") {
            let of =
                |map: &Map| map.get("inline_policies").and_then(Value::as_map).cloned().unwrap_or_default();
            converge_inline(aws, name, &of(&live.properties), &of(desired)).await?;
        }
        converge_tags(aws, name, &live.properties, desired).await?;
        Ok(Vec::new())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        let name = target.id.as_str();
        for arn in attached_arns(aws, name).await? {
            detach(aws, name, &arn).await?;
        }
        for policy in inline_names(aws, name).await? {
            delete_inline(aws, name, &policy).await?;
        }
        let call = aws.iam().delete_role().role_name(name);
        call.send().await.map_err(|error| refused("iam:DeleteRole", &error))?;
        Ok(Deleted::Gone)
    }

    async fn holders(&self, aws: &Region, target: &Target) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        let call = aws.iam().list_instance_profiles_for_role().role_name(&target.id);
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| unread("iam:ListInstanceProfilesForRole", &error));
            let Some(page) = absent_as_none(page)? else { break };
            let profiles = page.instance_profiles().iter();
            found.extend(profiles.map(|one| format!("{} (instance profile)", one.instance_profile_name())));
        }
        Ok(found)
    }
}

async fn read_one(aws: &Region, name: &str, known: Option<Policies>) -> Result<Option<Live>, Failure> {
    let Some(role) = role_named(aws, name).await? else { return Ok(None) };
    let policies = match known {
        Some(policies) => policies,
        None => match absent_as_none(policies_of(aws, name).await)? {
            Some(policies) => policies,
            None => return Ok(None),
        },
    };
    Ok(Some(live(&role, policies)))
}

async fn converge_boundary(aws: &Region, name: &str, wanted: Option<&str>) -> Result<(), Failure> {
    match wanted {
        Some(arn) => {
            let call = aws.iam().put_role_permissions_boundary().role_name(name).permissions_boundary(arn);
            call.send().await.map_err(|error| refused("iam:PutRolePermissionsBoundary", &error))?;
            Ok(())
        }
        None => {
            let call = aws.iam().delete_role_permissions_boundary().role_name(name);
            gone_is_done(
                call.send().await.map_err(|error| refused("iam:DeleteRolePermissionsBoundary", &error)),
            )
        }
    }
}

/// Attaches before it detaches, so that there is no gap in what the role may do; where the limit on attached
/// policies is in the way, there has to be one.
async fn converge_attached(
    aws: &Region,
    name: &str,
    standing: &[String],
    wanted: &[String],
) -> Result<(), Failure> {
    let attach = || attach_all(aws, name, wanted.iter().filter(|arn| !standing.contains(arn)));
    let first = attach().await;
    if first.as_ref().is_err_and(|failure| failure.class != FailureClass::Quota) {
        return first;
    }
    for arn in standing.iter().filter(|arn| !wanted.contains(arn)) {
        detach(aws, name, arn).await?;
    }
    if first.is_err() { attach().await } else { Ok(()) }
}

async fn attach_all(aws: &Region, name: &str, arns: impl Iterator<Item = &String>) -> Result<(), Failure> {
    for arn in arns {
        let call = aws.iam().attach_role_policy().role_name(name).policy_arn(arn);
        call.send().await.map_err(|error| refused("iam:AttachRolePolicy", &error))?;
    }
    Ok(())
}

/// Likewise: puts before it deletes, unless the limit on their size is in the way.
async fn converge_inline(aws: &Region, name: &str, standing: &Map, wanted: &Map) -> Result<(), Failure> {
    let first = put_inline(aws, name, standing, wanted).await;
    if first.as_ref().is_err_and(|failure| failure.class != FailureClass::Quota) {
        return first;
    }
    for policy in standing.keys().filter(|policy| !wanted.contains_key(*policy)) {
        delete_inline(aws, name, policy).await?;
    }
    if first.is_err() { put_inline(aws, name, standing, wanted).await } else { Ok(()) }
}

async fn put_inline(aws: &Region, name: &str, standing: &Map, wanted: &Map) -> Result<(), Failure> {
    for (policy, document) in wanted {
        let text = to_text(document);
        // Putting an equal one again would cost a call and change nothing.
        if standing.get(policy) == Some(&from_text(&text)) {
            continue;
        }
        let call = aws.iam().put_role_policy().role_name(name).policy_name(policy).policy_document(text);
        call.send().await.map_err(|error| refused("iam:PutRolePolicy", &error))?;
    }
    Ok(())
}

async fn detach(aws: &Region, name: &str, arn: &str) -> Result<(), Failure> {
    let call = aws.iam().detach_role_policy().role_name(name).policy_arn(arn);
    gone_is_done(call.send().await.map_err(|error| refused("iam:DetachRolePolicy", &error)))
}

async fn delete_inline(aws: &Region, name: &str, policy: &str) -> Result<(), Failure> {
    let call = aws.iam().delete_role_policy().role_name(name).policy_name(policy);
    gone_is_done(call.send().await.map_err(|error| refused("iam:DeleteRolePolicy", &error)))
}

async fn converge_tags(aws: &Region, name: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.iam().tag_role().role_name(name).set_tags(Some(tags_of(set)?));
        call.send().await.map_err(|error| refused("iam:TagRole", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.iam().untag_role().role_name(name).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("iam:UntagRole", &error))?;
    }
    Ok(())
}
