//! What hangs on a function and decides who calls it, and where its events go: statements of its policies, and how its
//! events are treated. Each has a type of its own; what none declares is of another hand.

use aws_sdk_lambda::types::AliasConfiguration;
use finsight_engine::contract::{Failure, Live};
use finsight_engine::value::{Map, Value};
use futures::future::try_join_all;

use super::common::parts;
use super::permission;
use crate::failure::{absent_as_none, refused, unread};
use crate::session::Region;
use crate::values::Inputs;

/// Adds to what a read has found the ids of all that hangs on the function and its aliases.
pub async fn read(
    aws: &Region,
    name: &str,
    aliases: &[AliasConfiguration],
    live: &mut Live,
) -> Result<(), Failure> {
    let qualifiers = std::iter::once("").chain(aliases.iter().filter_map(|alias| alias.name()));
    let of = |qualifier: &str| {
        let qualifier = qualifier.to_owned();
        async move { permission::ids(aws, name, &qualifier).await }
    };
    let statements = try_join_all(qualifiers.map(of)).await?;
    let list = |ids: Vec<String>| Value::List(ids.into_iter().map(Value::from).collect());
    live.properties.insert("policy_statements".to_owned(), list(statements.into_iter().flatten().collect()));
    live.properties.insert("event_invoke_configs".to_owned(), list(event_configs(aws, name).await?));
    Ok(())
}

/// Takes away what a read has left of them: all of it is of another hand.
pub async fn remove(aws: &Region, live: &Map, name: &str) -> Result<(), Failure> {
    for id in live.texts(name) {
        if name == "policy_statements" {
            absent_as_none(permission::remove(aws, &id).await)?;
            continue;
        }
        let (function, qualifier) = parts(&id);
        let call = aws.lambda().delete_function_event_invoke_config();
        let answer = call.function_name(function).qualifier(qualifier).send().await;
        absent_as_none(answer.map_err(|error| refused("lambda:DeleteFunctionEventInvokeConfig", &error)))?;
    }
    Ok(())
}

/// `<function>:<qualifier>` of each.
async fn event_configs(aws: &Region, name: &str) -> Result<Vec<String>, Failure> {
    let call = aws.lambda().list_function_event_invoke_configs().function_name(name);
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("lambda:ListFunctionEventInvokeConfigs", &error));
        let Some(page) = absent_as_none(page)? else { return Ok(Vec::new()) };
        // `arn:aws:lambda:<region>:<account>:function:<name>:<qualifier>`
        let qualifiers = page.function_event_invoke_configs().iter();
        let qualifiers = qualifiers.filter_map(|one| one.function_arn()?.split(':').nth(7));
        found.extend(qualifiers.map(|qualifier| format!("{name}:{qualifier}")));
    }
    Ok(found)
}
