//! What the Secrets Manager handlers share: reading a secret, and what its errors mean.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::Tag;
use finsight_engine::contract::Failure;

use crate::failure::{absent_as_none, refused, unread};
use crate::session::Region;

/// A secret by ARN or name, one that waits for its end included.
pub async fn described(aws: &Region, id: &str) -> Result<Option<DescribeSecretOutput>, Failure> {
    let answer = aws.secretsmanager().describe_secret().secret_id(id).send().await;
    absent_as_none(answer.map_err(|error| unread("secretsmanager:DescribeSecret", &error)))
}

/// The tags of a secret.
pub fn tag_pairs(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .map(|tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned()))
        .collect()
}

/// The version that has a label.
#[must_use]
pub fn holder(secret: &DescribeSecretOutput, stage: &str) -> Option<String> {
    let versions = secret.version_ids_to_stages()?;
    let found = versions.iter().find(|(_, stages)| stages.iter().any(|found| found == stage));
    found.map(|(version, _)| version.clone())
}

/// Takes a label off a version.
pub async fn remove_stage(aws: &Region, secret: &str, stage: &str, version: &str) -> Result<(), Failure> {
    let call = aws.secretsmanager().update_secret_version_stage().secret_id(secret).version_stage(stage);
    let answer = call.remove_from_version_id(version).send().await;
    answer.map_err(|error| refused("secretsmanager:UpdateSecretVersionStage", &error))?;
    Ok(())
}
