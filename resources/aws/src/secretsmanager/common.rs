//! What the Secrets Manager handlers share: reading a secret, and what its errors mean.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::Tag;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};

use crate::failure::{Effect, absent_as_none, failure};
use crate::session::Region;

/// The failure of a call that makes or changes something (`aws-semantics.md` 0.4, 15).
///
/// The service is eventually consistent, and so are the keys and roles that it is told of.
pub fn refused<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut failure = failure(operation, Effect::Mutates, error);
    if failure.code == "EncryptionFailure" {
        failure.class = FailureClass::NotYet;
    }
    failure
}

/// A secret by ARN or name, one that waits for its end included.
pub async fn described(aws: &Region, id: &str) -> Result<Option<DescribeSecretOutput>, Failure> {
    let answer = aws.secretsmanager().describe_secret().secret_id(id).send().await;
    absent_as_none(answer.map_err(|error| failure("secretsmanager:DescribeSecret", Effect::None, &error)))
}

/// The tags of a secret.
pub fn tag_pairs(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .map(|tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned()))
        .collect()
}
