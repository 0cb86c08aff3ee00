//! What the Secrets Manager handlers share: reading a secret, and what its errors mean.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::Tag;
use finsight_engine::contract::Failure;

use crate::failure::{absent_as_none, unread};
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
