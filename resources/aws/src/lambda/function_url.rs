//! Function URLs: no type declares them, so one that stands is of another hand.

use aws_sdk_lambda::types::FunctionUrlConfig;
use finsight_engine::contract::{Failure, Live};

use crate::failure::{absent_as_none, refused, unread};
use crate::session::Region;

/// Adds what URLs there are to what a read has found.
pub async fn read(aws: &Region, name: &str, live: &mut Live) -> Result<(), Failure> {
    let urls = all(aws, name).await?;
    let shown: Vec<String> = urls
        .iter()
        .map(|url| format!("{} (authorization {})", url.function_url(), url.auth_type()))
        .collect();
    let shown = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
    live.properties.insert("function_urls".to_owned(), shown.into());
    Ok(())
}

/// Takes all of them away.
pub async fn remove(aws: &Region, name: &str) -> Result<(), Failure> {
    for url in all(aws, name).await? {
        // `arn:aws:lambda:<region>:<account>:function:<name>`, and a qualifier.
        let qualifier = url.function_arn().split(':').nth(7).map(str::to_owned);
        let call = aws.lambda().delete_function_url_config().function_name(name).set_qualifier(qualifier);
        let answer = call.send().await;
        absent_as_none(answer.map_err(|error| refused("lambda:DeleteFunctionUrlConfig", &error)))?;
    }
    Ok(())
}

async fn all(aws: &Region, name: &str) -> Result<Vec<FunctionUrlConfig>, Failure> {
    let mut pages = aws.lambda().list_function_url_configs().function_name(name).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("lambda:ListFunctionUrlConfigs", &error));
        let Some(page) = absent_as_none(page)? else { break };
        found.extend(page.function_url_configs);
    }
    Ok(found)
}
