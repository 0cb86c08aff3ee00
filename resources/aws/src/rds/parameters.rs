//! The parameters of a parameter group: all that somebody set, and the value of each that is wanted.
//!
//! What is set to its family's default stays AWS's in the eyes of RDS (terraform-provider-aws#23335): of what is
//! wanted the value counts, whoever set it. Of all else only what somebody set.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::types::{ApplyMethod, Parameter};
use finsight_engine::contract::Failure;
use finsight_engine::value::Map;

use crate::failure::{absent_as_none, refused, unread};
use crate::session::Region;
use crate::values::text_map;

/// One call takes at most this many.
const BATCH: usize = 20;

/// What stands in a group, by name: what somebody set, and what is wanted of it; `None` where the group does
/// not exist.
pub async fn standing_in(
    aws: &Region,
    group: &str,
    wanted: &BTreeMap<String, String>,
) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let Some(set) = described(aws, group, Some("user")).await? else { return Ok(None) };
    let mut standing: BTreeMap<String, String> = values(&set).collect();
    if wanted.keys().any(|name| !standing.contains_key(name)) {
        let Some(all) = described(aws, group, None).await? else { return Ok(None) };
        standing.extend(values(&all).filter(|(name, _)| wanted.contains_key(name)));
    }
    Ok(Some(standing))
}

fn values(parameters: &[Parameter]) -> impl Iterator<Item = (String, String)> {
    parameters.iter().filter_map(|parameter| {
        Some((parameter.parameter_name()?.to_owned(), parameter.parameter_value()?.to_owned()))
    })
}

async fn described(
    aws: &Region,
    group: &str,
    source: Option<&str>,
) -> Result<Option<Vec<Parameter>>, Failure> {
    let mut found = Vec::new();
    let call = aws.rds().describe_db_parameters().db_parameter_group_name(group);
    let mut pages = call.set_source(source.map(str::to_owned)).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("rds:DescribeDBParameters", &error));
        let Some(page) = absent_as_none(page)? else { return Ok(None) };
        found.extend(page.parameters.unwrap_or_default());
    }
    Ok(Some(found))
}

/// Sets what is wanted and resets the rest, a batch a call.
pub async fn converge(aws: &Region, group: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let of = |map: &Map| map.get("parameters").map(text_map).unwrap_or_default();
    let (live, desired) = (of(live), of(desired));
    // Which parameters wait for a reboot is known to AWS alone.
    let known = described(aws, group, None).await?.unwrap_or_default();
    let fixed: BTreeSet<&str> = known
        .iter()
        .filter(|parameter| parameter.apply_type() == Some("static"))
        .filter_map(|parameter| parameter.parameter_name())
        .collect();
    let change = |name: &str, value: Option<&String>| {
        let method = if fixed.contains(name) { ApplyMethod::PendingReboot } else { ApplyMethod::Immediate };
        let parameter = Parameter::builder().parameter_name(name).apply_method(method);
        parameter.set_parameter_value(value.cloned()).build()
    };
    let set: Vec<Parameter> = desired
        .iter()
        .filter(|(name, value)| live.get(*name) != Some(value))
        .map(|(name, value)| change(name, Some(value)))
        .collect();
    let dropped: Vec<Parameter> =
        live.keys().filter(|name| !desired.contains_key(*name)).map(|name| change(name, None)).collect();
    for batch in set.chunks(BATCH) {
        let call = aws.rds().modify_db_parameter_group().db_parameter_group_name(group);
        let call = call.set_parameters(Some(batch.to_vec()));
        call.send().await.map_err(|error| refused("rds:ModifyDBParameterGroup", &error))?;
    }
    for batch in dropped.chunks(BATCH) {
        let call = aws.rds().reset_db_parameter_group().db_parameter_group_name(group);
        let call = call.reset_all_parameters(false).set_parameters(Some(batch.to_vec()));
        call.send().await.map_err(|error| refused("rds:ResetDBParameterGroup", &error))?;
    }
    Ok(())
}
