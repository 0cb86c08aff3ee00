//! What the Amplify handlers share: ids of entries, tags, texts and variables, and what its errors mean.

use std::collections::{BTreeMap, HashMap};

use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::{Map, Value};

use crate::failure::{refused, unexpected};
use crate::session::Region;
use crate::values::{Inputs, tag_changes, text_map};

/// An entry's physical id: that of its app, and its name.
pub fn entry_id(app: &str, name: &str) -> String {
    format!("{app}|{name}")
}

/// App and name of an entry's physical id.
///
/// # Errors
/// When it is not one: nothing is sent.
pub fn entry(id: &str) -> Result<(&str, &str), Failure> {
    id.split_once('|').ok_or_else(|| {
        let mut failure = unexpected("request", &format!("`{id}` is not <app>|<name>"));
        failure.class = FailureClass::Invalid;
        failure
    })
}

/// The text that a create call is given: none where it is empty, which some members refuse.
pub fn filled(inputs: &Map, name: &str) -> Option<String> {
    inputs.text(name).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The text that an update is given, where it differs: an empty one empties the member.
pub fn changed(desired: &Map, differing: &[String], name: &str) -> Option<String> {
    differs(differing, name).then(|| desired.text(name).unwrap_or_default().to_owned())
}

/// The truth value that an update is given, where it differs.
pub fn changed_flag(desired: &Map, differing: &[String], name: &str) -> Option<bool> {
    differs(differing, name).then(|| desired.flag(name).unwrap_or(false))
}

/// Whether a property is among the differing ones.
pub fn differs(differing: &[String], name: &str) -> bool {
    differing.iter().any(|item| item == name)
}

/// Write-only properties that an update has carried.
pub fn applied(differing: &[String], names: &[&str]) -> Vec<String> {
    names.iter().filter(|name| differs(differing, name)).map(|name| (*name).to_owned()).collect()
}

/// Environment variables for a call; none at all are said by one without a name, for an empty map keeps what
/// stands.
pub fn variables(value: Option<&Value>) -> HashMap<String, String> {
    let variables: HashMap<String, String> = value.map(text_map).unwrap_or_default().into_iter().collect();
    if variables.is_empty() { HashMap::from([(String::new(), String::new())]) } else { variables }
}

/// Environment variables as they stand.
pub fn shown_variables<'a>(standing: impl IntoIterator<Item = (&'a String, &'a String)>) -> Value {
    let named = standing.into_iter().filter(|(key, _)| !key.is_empty());
    Value::Map(named.map(|(key, value)| (key.clone(), Value::text(value))).collect())
}

/// Tags as they stand.
pub fn shown_tags(tags: Option<&HashMap<String, String>>) -> BTreeMap<String, String> {
    tags.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Sets and removes tags until they are the desired ones.
///
/// # Errors
/// What AWS said.
pub async fn converge_tags(aws: &Region, arn: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        let call = aws.amplify().tag_resource().resource_arn(arn).set_tags(Some(set.into_iter().collect()));
        call.send().await.map_err(|error| refused("amplify:TagResource", &error))?;
    }
    if !removed.is_empty() {
        let call = aws.amplify().untag_resource().resource_arn(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("amplify:UntagResource", &error))?;
    }
    Ok(())
}
