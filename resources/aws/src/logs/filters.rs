//! What metric filters and subscription filters share: both are named within their log group.

use std::collections::BTreeSet;

use finsight_engine::contract::{Failure, FailureClass, Target};
use finsight_engine::value::Map;

use crate::failure::unexpected;
use crate::values::Inputs;

/// `<log group>|<filter>`: a log group's name has no `|`.
pub fn id_of(group: &str, filter: &str) -> String {
    format!("{group}|{filter}")
}

/// The id that a create call's inputs lead to.
pub fn id_in(inputs: &Map) -> Result<String, Failure> {
    Ok(id_of(inputs.required("log_group_name")?, inputs.required("filter_name")?))
}

/// The log group and the filter of an id.
///
/// # Errors
/// When it is no such id.
pub fn parts(id: &str) -> Result<(&str, &str), Failure> {
    id.split_once('|').filter(|(group, filter)| !group.is_empty() && !filter.is_empty()).ok_or_else(|| {
        let mut failure = unexpected("request", &format!("`{id}` is not `<log group>|<filter>`"));
        failure.class = FailureClass::Invalid;
        failure.code = "IdNotUnderstood".to_owned();
        failure
    })
}

/// The log groups of targets, each once.
pub fn groups(targets: &[Target]) -> Result<BTreeSet<&str>, Failure> {
    targets.iter().map(|target| parts(&target.id).map(|(group, _)| group)).collect()
}
