//! What the handlers of API Gateway share: what errors mean, patches, tags.

use std::collections::BTreeMap;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use crate::failure::refused;
use crate::session::Region;
use crate::values::{Inputs, tag_changes};

/// What stands between the parts of an id.
pub const SEPARATOR: char = '|';

/// The ARN of something in API Gateway, which has no account in it.
pub fn arn_of(aws: &Region, path: &str) -> String {
    format!("arn:{}:apigateway:{}::/{path}", aws.account().partition, aws.name())
}

/// Sets what stands at a path.
pub fn replace(path: &str, value: impl Into<String>) -> PatchOperation {
    PatchOperation::builder().op(Op::Replace).path(path).value(value).build()
}

/// Takes away what stands at a path.
pub fn remove(path: &str) -> PatchOperation {
    PatchOperation::builder().op(Op::Remove).path(path).build()
}

/// A key as part of a path.
pub fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Patches of the texts, numbers and flags among these properties that differ.
pub fn replacements(names: &[(&str, &str)], desired: &Map, differing: &[String]) -> Vec<PatchOperation> {
    let value = |name: &str| match desired.get(name) {
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Int(number)) => number.to_string(),
        Some(value) => value.as_text().unwrap_or_default().to_owned(),
        None => String::new(),
    };
    let differs = |name: &str| differing.iter().any(|item| item == name);
    names.iter().filter(|(name, _)| differs(name)).map(|(name, path)| replace(path, value(name))).collect()
}

/// The text of a property that AWS shows as absent where it is empty.
pub fn filled(inputs: &Map, name: &str) -> Option<String> {
    inputs.text(name).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A number as a value: whole where it is whole.
pub fn number(value: f64) -> Value {
    finsight_specs::apigateway::number(value)
}

/// A number of an input.
pub fn float(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Int(number) => Some(*number as f64),
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

/// Sets tags.
pub async fn tag(aws: &Region, arn: &str, tags: BTreeMap<String, String>) -> Result<(), Failure> {
    let call = aws.apigateway().tag_resource().resource_arn(arn).set_tags(Some(tags.into_iter().collect()));
    call.send().await.map_err(|error| refused("apigateway:TagResource", &error))?;
    Ok(())
}

/// Brings tags to what is wanted.
pub async fn converge_tags(aws: &Region, arn: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (set, removed) = tag_changes(live, desired);
    if !set.is_empty() {
        tag(aws, arn, set).await?;
    }
    if !removed.is_empty() {
        let call = aws.apigateway().untag_resource().resource_arn(arn).set_tag_keys(Some(removed));
        call.send().await.map_err(|error| refused("apigateway:UntagResource", &error))?;
    }
    Ok(())
}
