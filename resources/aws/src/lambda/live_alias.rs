//! The alias that stands for a function as it is.
//!
//! Lambda has no such thing: a version is published and an alias moved to it after every change.
//! The alias is known by its description, so that it is found whatever its name on record is.

use std::collections::HashMap;

use aws_sdk_lambda::types::{AliasConfiguration, AliasRoutingConfiguration, FunctionConfiguration};
use finsight_engine::contract::{Failure, Live};
use finsight_engine::value::Map;

use super::common::{invoke_arn, refused};
use crate::failure::{Effect, failure, unexpected};
use crate::session::Region;

/// What such an alias says of itself.
const DESCRIPTION: &str = "Stands for the function as it is; moved by finsight-deploy";

/// Adds the alias, and whether it stands for the function as it is, to what a read has found.
pub(super) async fn read(
    aws: &Region,
    name: &str,
    latest: &FunctionConfiguration,
    live: &mut Live,
) -> Result<(), Failure> {
    let set = |map: &mut Map, key: &str, value: String| map.insert(key.to_owned(), value.into());
    set(&mut live.properties, "live_version", "current".to_owned());
    let Some(alias) = find(aws, name).await? else { return Ok(()) };
    let alias_name = alias.name().unwrap_or_default().to_owned();
    let version = alias.function_version().unwrap_or_default().to_owned();
    let call = aws.lambda().get_function().function_name(name).qualifier(&alias_name);
    let answer = call.send().await.map_err(|error| failure("lambda:GetFunction", Effect::None, &error))?;
    let published = answer
        .configuration()
        .ok_or_else(|| unexpected("lambda:GetFunction", "the answer has no configuration"))?;
    let shares = alias.routing_config().and_then(|config| config.additional_version_weights());
    let standing = if shares.is_some_and(|weights| !weights.is_empty()) {
        format!("version {version} and others share the calls")
    } else if same(latest, published) {
        "current".to_owned()
    } else {
        format!("version {version} is another one")
    };
    set(&mut live.properties, "live_version", standing);
    let arn = alias.alias_arn().unwrap_or_default().to_owned();
    set(&mut live.outputs, "live_invoke_arn", invoke_arn(aws, &arn));
    set(&mut live.outputs, "live_arn", arn);
    set(&mut live.outputs, "live_version_number", version);
    set(&mut live.properties, "live_alias", alias_name);
    Ok(())
}

/// Publishes the function as it is and moves the alias there; without a wanted name, takes the alias away.
pub(super) async fn converge(aws: &Region, name: &str, wanted: Option<&str>) -> Result<(), Failure> {
    let standing = find(aws, name).await?;
    let known = standing.as_ref().and_then(AliasConfiguration::name);
    if let Some(wanted) = wanted {
        let call = aws.lambda().publish_version().function_name(name);
        let answer = call.send().await.map_err(|error| refused("lambda:PublishVersion", &error))?;
        let version = answer
            .version()
            .ok_or_else(|| unexpected("lambda:PublishVersion", "the answer has no version"))?;
        if known == Some(wanted) {
            // No share of the calls is left to other versions.
            let none =
                AliasRoutingConfiguration::builder().set_additional_version_weights(Some(HashMap::new()));
            let call = aws.lambda().update_alias().function_name(name).name(wanted).function_version(version);
            let call = call.routing_config(none.build());
            call.send().await.map_err(|error| refused("lambda:UpdateAlias", &error))?;
        } else {
            let call = aws.lambda().create_alias().function_name(name).name(wanted).function_version(version);
            let call = call.description(DESCRIPTION);
            call.send().await.map_err(|error| refused("lambda:CreateAlias", &error))?;
        }
    }
    if let Some(old) = known.filter(|known| wanted != Some(*known)) {
        let call = aws.lambda().delete_alias().function_name(name).name(old);
        call.send().await.map_err(|error| refused("lambda:DeleteAlias", &error))?;
    }
    Ok(())
}

/// The alias with our description.
async fn find(aws: &Region, name: &str) -> Result<Option<AliasConfiguration>, Failure> {
    let mut pages = aws.lambda().list_aliases().function_name(name).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failure("lambda:ListAliases", Effect::None, &error))?;
        if let Some(found) = page.aliases().iter().find(|alias| alias.description() == Some(DESCRIPTION)) {
            return Ok(Some(found.clone()));
        }
    }
    Ok(None)
}

/// Whether a version is what the function is now: all that a version freezes.
fn same(latest: &FunctionConfiguration, version: &FunctionConfiguration) -> bool {
    let unread = |of: &FunctionConfiguration| of.environment().is_some_and(|it| it.error().is_some());
    let variables = |of: &FunctionConfiguration| {
        of.environment().and_then(|environment| environment.variables().cloned()).unwrap_or_default()
    };
    let network = |of: &FunctionConfiguration| {
        let mut ids: Vec<String> = of
            .vpc_config()
            .map(|vpc| vpc.subnet_ids().iter().chain(vpc.security_group_ids()).cloned().collect())
            .unwrap_or_default();
        ids.sort();
        ids
    };
    let layers = |of: &FunctionConfiguration| {
        of.layers().iter().filter_map(|layer| layer.arn().map(str::to_owned)).collect::<Vec<_>>()
    };
    latest.code_sha256() == version.code_sha256()
        && latest.runtime() == version.runtime()
        && latest.role() == version.role()
        && latest.handler() == version.handler()
        && latest.timeout() == version.timeout()
        && latest.memory_size() == version.memory_size()
        && latest.kms_key_arn() == version.kms_key_arn()
        && latest.architectures() == version.architectures()
        && latest.ephemeral_storage() == version.ephemeral_storage()
        && latest.tracing_config() == version.tracing_config()
        && latest.logging_config() == version.logging_config()
        && latest.dead_letter_config() == version.dead_letter_config()
        && (unread(latest) || unread(version) || variables(latest) == variables(version))
        && network(latest) == network(version)
        && layers(latest) == layers(version)
}
