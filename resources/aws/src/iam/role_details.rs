//! Reading roles with all their policies.
//!
//! One role costs 3 calls and one an inline policy. `GetAccountAuthorizationDetails`
//! gives the policies of every role of the account in one paged call, but neither
//! description nor session duration, so `GetRole` is needed for each all the same;
//! it also says for sure whether the role stands.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{EntityType, RoleDetail};
use finsight_engine::contract::{Failure, Health, Live};
use finsight_engine::value::{Map, Value};

use super::common::{document_value, tag_pairs};
use crate::failure::{absent_as_none, unread};
use crate::session::Region;
use crate::values::Values;

/// What hangs on a role.
pub struct Policies {
    /// Inline policies: documents by name.
    pub inline: Map,
    /// ARNs of the attached managed policies.
    pub attached: Vec<String>,
}

/// The policies of all roles of the account, by role name.
pub async fn policies_of_all(aws: &Region) -> Result<BTreeMap<String, Policies>, Failure> {
    let mut found = BTreeMap::new();
    let mut pages = aws
        .iam()
        .get_account_authorization_details()
        .filter(EntityType::Role)
        .max_items(1000)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("iam:GetAccountAuthorizationDetails", &error))?;
        found.extend(page.role_detail_list().iter().map(of_detail));
    }
    Ok(found)
}

fn of_detail(detail: &RoleDetail) -> (String, Policies) {
    let inline = detail.role_policy_list().iter().map(|policy| {
        let name = policy.policy_name().unwrap_or_default().to_owned();
        (name, policy.policy_document().map_or(Value::Null, document_value))
    });
    let attached = detail.attached_managed_policies().iter().filter_map(|policy| policy.policy_arn());
    let policies = Policies { inline: inline.collect(), attached: attached.map(str::to_owned).collect() };
    (detail.role_name().unwrap_or_default().to_owned(), policies)
}

/// The policies of one role.
pub async fn policies_of(aws: &Region, name: &str) -> Result<Policies, Failure> {
    let attached = attached_arns(aws, name).await?;
    let mut inline = Map::new();
    for policy in inline_names(aws, name).await? {
        let answer = aws.iam().get_role_policy().role_name(name).policy_name(&policy).send().await;
        let answer = answer.map_err(|error| unread("iam:GetRolePolicy", &error));
        if let Some(answer) = absent_as_none(answer)? {
            inline.insert(policy, document_value(answer.policy_document()));
        }
    }
    Ok(Policies { inline, attached })
}

/// The ARNs of the managed policies attached to a role.
pub async fn attached_arns(aws: &Region, name: &str) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.iam().list_attached_role_policies().role_name(name).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("iam:ListAttachedRolePolicies", &error))?;
        found.extend(
            page.attached_policies().iter().filter_map(|policy| policy.policy_arn()).map(str::to_owned),
        );
    }
    Ok(found)
}

/// The names of a role's inline policies.
pub async fn inline_names(aws: &Region, name: &str) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let mut pages = aws.iam().list_role_policies().role_name(name).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("iam:ListRolePolicies", &error))?;
        found.extend(page.policy_names);
    }
    Ok(found)
}

/// The role itself; `None` where there is none.
pub async fn role_named(aws: &Region, name: &str) -> Result<Option<aws_sdk_iam::types::Role>, Failure> {
    let answer = aws.iam().get_role().role_name(name).send().await;
    let answer = absent_as_none(answer.map_err(|error| unread("iam:GetRole", &error)))?;
    Ok(answer.and_then(|answer| answer.role))
}

/// The role in the shape of its spec.
pub fn live(role: &aws_sdk_iam::types::Role, policies: Policies) -> Live {
    let boundary = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    let properties = Values::new()
        .set("assume_role_policy_document", role.assume_role_policy_document().map(document_value))
        .set("role_name", role.role_name())
        .set("description", role.description().unwrap_or_default())
        .set("path", role.path())
        .set("max_session_duration", role.max_session_duration().unwrap_or(3600))
        .set("permissions_boundary", boundary)
        .set("inline_policies", policies.inline)
        .list("managed_policy_arns", policies.attached)
        .tags(tag_pairs(role.tags()));
    let outputs = Values::new().set("arn", role.arn()).set("role_id", role.role_id());
    // Right after the create call IAM may give the unique id where the ARN belongs.
    let health = if role.arn().starts_with("arn:") {
        Health::Ready
    } else {
        Health::Pending("the role's ARN is not known yet".to_owned())
    };
    Live { id: role.role_name().to_owned(), properties: properties.build(), outputs: outputs.build(), health }
}
