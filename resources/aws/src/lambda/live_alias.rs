//! The alias that stands for a function as it is.
//!
//! Lambda has no such thing: a version is published and an alias moved to it after every change.
//! The alias is known by its name on record, else by its description: whoever edits one of them, the other is put back.

use std::collections::HashMap;

use aws_sdk_lambda::types::{AliasConfiguration, AliasRoutingConfiguration, FunctionConfiguration, State};
use finsight_engine::contract::{Failure, FailureClass, Health, Live, Target};
use finsight_engine::value::Map;

use super::common::invoke_arn;
use super::provisioned_concurrency_config::{Moving, moving};
use super::versions;
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::session::Region;
use crate::values::Inputs;

/// What such an alias says of itself, before the role for which its version was published.
const DESCRIPTION: &str = "Stands for the function as it is; moved by finsight-deploy";

/// The whole of it: a version reads its variables by a grant to the very role that stood when it was published.
fn described(role: Option<&str>) -> String {
    role.map_or_else(|| DESCRIPTION.to_owned(), |id| format!("{DESCRIPTION}; for role {id}"))
}

/// What an alias says of itself that was taken back to a version: `PINNED 6; moved by finsight-deploy`.
const PINNED: &str = "Taken back to version ";
const MOVED: &str = "; moved by finsight-deploy";

fn pinned(version: &str) -> String {
    format!("{PINNED}{version}{MOVED}")
}

/// The version that it was taken back to.
pub(crate) fn pin(alias: &AliasConfiguration) -> Option<&str> {
    alias.description()?.strip_prefix(PINNED)?.strip_suffix(MOVED)
}

/// Adds the alias, and whether it stands for the function as it is, to what a read has found.
pub(super) async fn read(
    aws: &Region,
    target: &Target,
    latest: &FunctionConfiguration,
    aliases: &[AliasConfiguration],
    live: &mut Live,
) -> Result<(), Failure> {
    let name = target.id.as_str();
    let set = |map: &mut Map, key: &str, value: String| map.insert(key.to_owned(), value.into());
    set(&mut live.properties, "live_version", "current".to_owned());
    let Some(alias) = find(aliases, target.inputs.text("live_alias")) else { return Ok(()) };
    let alias_name = alias.name().unwrap_or_default().to_owned();
    let version = alias.function_version().unwrap_or_default().to_owned();
    let call = aws.lambda().get_function().function_name(name).qualifier(&alias_name);
    let answer = call.send().await.map_err(|error| unread("lambda:GetFunction", &error))?;
    let published = answer
        .configuration()
        .ok_or_else(|| unexpected("lambda:GetFunction", "the answer has no configuration"))?;
    let weights = alias.routing_config().and_then(|config| config.additional_version_weights());
    let shared = weights.is_some_and(|weights| !weights.is_empty());
    let standing = match shared {
        true => match moving(aws, name, &alias_name).await? {
            Moving::On => {
                let word = format!("provisioned concurrency moves to version {version}");
                live.health = later(&live.health, word);
                "current".to_owned()
            }
            Moving::Failed(why) => {
                format!("version {version} does not get warm ({why}): others share the calls")
            }
            Moving::No => format!("version {version} and others share the calls"),
        },
        false if pin(alias).is_some_and(|pin| pin != version) => format!("version {version} is another one"),
        false if pin(alias).is_none() && !same(latest, published) => {
            format!("version {version} is another one")
        }
        false => match published.state() {
            Some(State::Pending) => {
                live.health = later(&live.health, format!("version {version} is Pending"));
                "current".to_owned()
            }
            Some(State::Failed) => format!("version {version} is Failed: {}", reason(published)),
            _ if pin(alias).is_some() => "current".to_owned(),
            _ if alias.description() != Some(described(live.properties.text("role_id")).as_str()) => {
                match is_ours(alias) {
                    true => format!("version {version} was published for another role"),
                    false => "current, but the alias says something else of itself".to_owned(),
                }
            }
            _ => "current".to_owned(),
        },
    };
    set(&mut live.properties, "live_version", standing);
    let arn = alias.alias_arn().unwrap_or_default().to_owned();
    set(&mut live.outputs, "live_invoke_arn", invoke_arn(aws, &arn));
    set(&mut live.outputs, "live_arn", arn);
    set(&mut live.outputs, "live_version_number", version);
    set(&mut live.properties, "live_alias", alias_name);
    if let Some(pin) = pin(alias) {
        set(&mut live.properties, "live_pin", pin.to_owned());
    }
    Ok(())
}

/// What is fit for use waits for this too.
fn later(health: &Health, word: String) -> Health {
    match health {
        Health::Ready => Health::Pending(word),
        other => other.clone(),
    }
}

/// Publishes the function as it is and moves the alias there, or to the version that it was taken back to; without a
/// wanted name, takes the alias away.
///
/// A version that was published a moment ago is Pending, and the alias waits for it; of one that has Failed the alias
/// is kept (terraform-provider-aws#49904).
pub(super) async fn converge(
    aws: &Region,
    name: &str,
    known: Option<&str>,
    desired: &Map,
    role: Option<&str>,
) -> Result<(), Failure> {
    let wanted = desired.text("live_alias");
    if let Some(wanted) = wanted {
        let (version, description) = match desired.text("live_pin") {
            Some(pin) => (earlier(aws, name, pin).await?, pinned(pin)),
            None => (ready(aws, name).await?, described(role)),
        };
        if alias(aws, name, wanted).await?.is_some() {
            // No share of the calls is left to other versions.
            let none =
                AliasRoutingConfiguration::builder().set_additional_version_weights(Some(HashMap::new()));
            let call = aws.lambda().update_alias().function_name(name).name(wanted).function_version(version);
            let call = call.description(description).routing_config(none.build());
            call.send().await.map_err(|error| refused("lambda:UpdateAlias", &error))?;
        } else {
            let call = aws.lambda().create_alias().function_name(name).name(wanted).function_version(version);
            let call = call.description(description);
            call.send().await.map_err(|error| refused("lambda:CreateAlias", &error))?;
        }
    }
    if let Some(old) = known.filter(|known| wanted != Some(*known)) {
        let call = aws.lambda().delete_alias().function_name(name).name(old);
        call.send().await.map_err(|error| refused("lambda:DeleteAlias", &error))?;
    }
    Ok(())
}

/// The number of an earlier version, where that stands.
async fn earlier(aws: &Region, name: &str, version: &str) -> Result<String, Failure> {
    match configuration(aws, name, version).await? {
        Some(_) => Ok(version.to_owned()),
        None => {
            let message = format!("{name} has no version {version} to go back to");
            Err(told(FailureClass::Invalid, "ResourceNotFoundException", message))
        }
    }
}

/// The number of a version that is the function as it is and can be called: the newest one where it is, or a new one.
async fn ready(aws: &Region, name: &str) -> Result<String, Failure> {
    let gone = || told(FailureClass::Absent, "ResourceNotFoundException", format!("{name} does not exist"));
    let latest = configuration(aws, name, "$LATEST").await?.ok_or_else(gone)?;
    let newest = match versions::published(aws, name).await?.pop() {
        Some(newest) => configuration(aws, name, newest.version().unwrap_or_default()).await?,
        None => None,
    };
    let version = match newest.filter(|newest| same(&latest, newest)) {
        Some(newest) => newest,
        None => {
            versions::prune(aws, name).await?;
            let number = publish(aws, name, None).await?;
            configuration(aws, name, &number).await?.ok_or_else(|| {
                told(FailureClass::NotYet, "VersionPending", format!("version {number} is not seen yet"))
            })?
        }
    };
    let number = version.version().unwrap_or_default().to_owned();
    match version.state() {
        Some(State::Pending) => Err(told(
            FailureClass::NotYet,
            "VersionPending",
            format!("version {number} of {name} is Pending"),
        )),
        Some(State::Failed) => {
            // Nothing new is published where nothing has changed since.
            versions::delete(aws, name, &number).await?;
            let why = reason(&version);
            let message = format!(
                "version {number} of {name} has Failed ({why}) and was deleted: the alias stays where it is; the next \
                 run publishes again"
            );
            Err(told(FailureClass::Invalid, "VersionFailed", message))
        }
        _ => Ok(number),
    }
}

/// Publishes the function as it is, and gives the version's number: the newest one's where that is the same.
pub(super) async fn publish(aws: &Region, name: &str, description: Option<&str>) -> Result<String, Failure> {
    let call = aws.lambda().publish_version().function_name(name);
    let call = call.set_description(description.map(str::to_owned));
    let answer = call.send().await.map_err(|error| refused("lambda:PublishVersion", &error))?;
    let number = answer.version().map(str::to_owned);
    number.ok_or_else(|| unexpected("lambda:PublishVersion", "the answer has no version"))
}

fn told(class: FailureClass, code: &str, message: String) -> Failure {
    Failure { class, code: code.to_owned(), ..unexpected("lambda:PublishVersion", &message) }
}

fn reason(version: &FunctionConfiguration) -> String {
    let code = version.state_reason_code().map(|code| code.as_str()).unwrap_or_default();
    let reason = version.state_reason().unwrap_or_default();
    format!("{code} {reason}").trim().to_owned()
}

pub(super) async fn configuration(
    aws: &Region,
    name: &str,
    version: &str,
) -> Result<Option<FunctionConfiguration>, Failure> {
    let call = aws.lambda().get_function().function_name(name).qualifier(version).send().await;
    let answer = absent_as_none(call.map_err(|error| unread("lambda:GetFunction", &error)))?;
    Ok(answer.and_then(|answer| answer.configuration))
}

async fn alias(aws: &Region, function: &str, name: &str) -> Result<Option<AliasConfiguration>, Failure> {
    Ok(versions::aliases(aws, function).await?.into_iter().find(|alias| alias.name() == Some(name)))
}

fn is_ours(alias: &AliasConfiguration) -> bool {
    pin(alias).is_some() || alias.description().is_some_and(|text| text.starts_with(DESCRIPTION))
}

/// The alias of the name on record, else the one with our description.
fn find<'a>(all: &'a [AliasConfiguration], known: Option<&str>) -> Option<&'a AliasConfiguration> {
    let named = all.iter().find(|alias| known.is_some() && alias.name() == known);
    named.or_else(|| all.iter().find(|alias| is_ours(alias)))
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
