//! What handlers share of KMS: key ids, and keys that other services cannot use.

use aws_sdk_kms::types::KeyState;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::Map;

use crate::session::Region;

/// The id of a key that may be given by ARN.
pub fn key_id(id_or_arn: &str) -> &str {
    id_or_arn.rsplit('/').next().unwrap_or(id_or_arn)
}

/// AWS's word for the state of a key that stays unusable until somebody does something: it is switched off, or on its
/// way out. Nothing where it can be used, and where that could not be read.
pub async fn off(aws: &Region, key: &str) -> Option<KeyState> {
    let answer = aws.kms().describe_key().key_id(key).send().await.ok()?;
    let state = answer.key_metadata?.key_state?;
    matches!(state, KeyState::Disabled | KeyState::PendingDeletion | KeyState::Unavailable).then_some(state)
}

/// A key that a service cannot use may have been made a moment ago, which passes; one that is off stays so. Which one it
/// is about the inputs of the resource say, or the refusal.
pub async fn unless_off(aws: &Region, mut failure: Failure, inputs: &Map) -> Failure {
    if failure.class != FailureClass::NotYet || !is_about_a_key(&failure) {
        return failure;
    }
    let named = arn_in(&failure.message).map(str::to_owned);
    for key in keys_in(inputs).map(str::to_owned).chain(named) {
        let key = key.as_str();
        if let Some(state) = off(aws, key).await {
            failure.class = FailureClass::Invalid;
            failure.message = format!("{}: the key {key} is {}", failure.message, state.as_str());
            break;
        }
    }
    failure
}

/// The keys of a resource: its properties of a key's name.
fn keys_in(inputs: &Map) -> impl Iterator<Item = &str> {
    inputs.iter().filter(|(name, _)| name.contains("kms")).filter_map(|(_, value)| value.as_text())
}

fn is_about_a_key(failure: &Failure) -> bool {
    let says = |text: &str| text.to_ascii_lowercase().contains("kms");
    says(&failure.code) || says(&failure.message)
}

/// The key that a message names by ARN.
fn arn_in(message: &str) -> Option<&str> {
    let is_key = |word: &&str| word.starts_with("arn:") && word.contains(":kms:") && word.contains(":key/");
    message.split_whitespace().map(|word| word.trim_matches(|c: char| "'\"[](),.:;".contains(c))).find(is_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_its_key() {
        let arn = "arn:aws:kms:ap-northeast-1:123456789012:key/0a1b";
        assert_eq!(arn_in(&format!("{arn} is disabled.")), Some(arn));
        assert_eq!(arn_in(&format!("the key '{arn}'.")), Some(arn));
        assert_eq!(arn_in("arn:aws:logs:eu-west-1:123456789012:log-group:x"), None);
    }
}
