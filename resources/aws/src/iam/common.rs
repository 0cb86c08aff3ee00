//! What the IAM handlers share: tags, and what its errors mean while a write spreads.

use std::collections::BTreeMap;

use aws_sdk_iam::types::Tag;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::Value;

use crate::document::{from_text, percent_decoded};
use crate::failure::unexpected;

/// Takes "it is not there" as done, for calls that take something away.
pub fn gone_is_done<T>(result: Result<T, Failure>) -> Result<(), Failure> {
    match result {
        Ok(_) => Ok(()),
        Err(failure) if failure.class == FailureClass::Absent => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// The tags of a call.
pub fn tags_of(pairs: BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    pairs
        .into_iter()
        .map(|(key, value)| {
            Tag::builder()
                .key(key)
                .value(value)
                .build()
                .map_err(|error| unexpected("request", &error.to_string()))
        })
        .collect()
}

/// Tags as read.
pub fn tag_pairs(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// A policy document as IAM gives it: JSON, percent-encoded.
pub fn document_value(encoded: &str) -> Value {
    from_text(&percent_decoded(encoded))
}
