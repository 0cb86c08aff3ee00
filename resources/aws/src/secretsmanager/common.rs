//! What the Secrets Manager handlers share: reading a secret, and what its errors mean.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::Tag;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};
use sha2::{Digest, Sha256};

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

/// A client token: the UUID that stands for these texts, and says nothing of them.
pub fn token(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_uuid_of_all_its_texts() {
        let one = token(&["owner", "value"]);
        assert_eq!((one.len(), one.as_bytes()[14]), (36, b'4'));
        assert_eq!(one, token(&["owner", "value"]));
        assert_ne!(one, token(&["ownerv", "alue"]));
    }
}
