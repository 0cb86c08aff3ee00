//! Grants of a key: no type declares them, so one that no service of AWS has made is of another hand.

use aws_sdk_kms::types::GrantListEntry;
use finsight_engine::contract::Failure;

use crate::failure::{absent_as_none, refused, unread};
use crate::session::Region;

/// What others may do with a key: to whom each grant is, and what for.
pub async fn shown(aws: &Region, key: &str) -> Result<Vec<String>, Failure> {
    Ok(of_others(aws, key).await?.iter().map(words).collect())
}

/// Revokes those of them that a read has left, in the words in which it has shown them.
pub async fn revoke(aws: &Region, key: &str, left: &[String]) -> Result<(), Failure> {
    for grant in of_others(aws, key).await?.into_iter().filter(|grant| left.contains(&words(grant))) {
        let call = aws.kms().revoke_grant().key_id(key).set_grant_id(grant.grant_id).send().await;
        absent_as_none(call.map_err(|error| refused("kms:RevokeGrant", &error)))?;
    }
    Ok(())
}

fn words(grant: &GrantListEntry) -> String {
    let mut operations: Vec<&str> = grant.operations().iter().map(|operation| operation.as_str()).collect();
    operations.sort_unstable();
    let (id, who) = (grant.grant_id().unwrap_or_default(), grant.grantee_principal().unwrap_or_default());
    format!("{who} may {} (grant {id})", operations.join(", "))
}

async fn of_others(aws: &Region, key: &str) -> Result<Vec<GrantListEntry>, Failure> {
    let mut pages = aws.kms().list_grants().key_id(key).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("kms:ListGrants", &error))?;
        found.extend(page.grants.unwrap_or_default().into_iter().filter(|grant| !is_of_a_service(grant)));
    }
    Ok(found)
}

/// Whether a service has made a grant for what it encrypts: it is to the service itself, or holds only for a resource
/// that the encryption context names, such as `aws:lambda:FunctionArn` (AWS: grants in AWS KMS).
fn is_of_a_service(grant: &GrantListEntry) -> bool {
    let constraints = grant.constraints();
    let subset = constraints.and_then(|constraints| constraints.encryption_context_subset());
    let equals = constraints.and_then(|constraints| constraints.encryption_context_equals());
    let named = subset.into_iter().chain(equals).flatten().any(|(key, _)| key.starts_with("aws:"));
    named || grant.grantee_principal().is_some_and(|who| who.ends_with(".amazonaws.com"))
}
