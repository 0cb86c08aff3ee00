//! Texts that come from outside, without the secrets that may be in them.

use crate::contract::{Failure, Health, Reading, Reply};
use crate::value::Map;

/// The clear texts of the secrets in these inputs, longest first.
pub(crate) fn secrets_of(inputs: &Map) -> Vec<String> {
    let mut secrets: Vec<String> = Vec::new();
    for value in inputs.values() {
        value.clone().each_secret(&mut |secret| {
            // A shorter text would be found in half of all texts by chance.
            if let Some(text) = secret.reveal().filter(|text| text.len() >= 4) {
                secrets.push(text.to_owned());
            }
        });
    }
    secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

/// Takes the secrets out of what a reply says in words: AWS may repeat an input in an error.
pub(crate) fn redact_reply(reply: &mut Reply, secrets: &[String]) {
    match reply {
        Reply::Failed(failure) => redact_failure(failure, secrets),
        Reply::Read(readings) => readings.iter_mut().for_each(|reading| redact_reading(reading, secrets)),
        _ => {}
    }
}

/// The same for one reading.
pub(crate) fn redact_reading(reading: &mut Reading, secrets: &[String]) {
    match reading {
        Reading::Unknown(failure) => redact_failure(failure, secrets),
        Reading::Found(live) => match &mut live.health {
            Health::Ready => {}
            Health::Pending(word) | Health::Failed(word) | Health::Deleting(word) => redact(word, secrets),
        },
        Reading::Absent => {}
    }
}

fn redact_failure(failure: &mut Failure, secrets: &[String]) {
    redact(&mut failure.message, secrets);
}

fn redact(text: &mut String, secrets: &[String]) {
    for secret in secrets {
        if text.contains(secret.as_str()) {
            *text = text.replace(secret.as_str(), "(secret)");
        }
    }
}
