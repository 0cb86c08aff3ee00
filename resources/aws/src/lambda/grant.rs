//! The grant of a key by which a function's role reads its environment variables.
//!
//! Lambda gives it to the role that stands, by its unique id; a role that is made again under its name is another one,
//! and then every call fails while nothing that can be read shows it. The grant is given anew where role or key become
//! others (re:Post lambda-kmsaccessdeniedexception-errors, Terraform's page of `aws_lambda_function`), and where
//! variables come to a function that has none. So whose it is stands in a tag; where that is not the role that is
//! wanted, the key, or without a key of its own the variables, are taken away and set again.

use aws_sdk_lambda::types::FunctionConfiguration;
use finsight_engine::contract::{Failure, Live, Target};
use finsight_engine::value::{Map, Value};

use super::function_update::update_configuration;
use super::live_alias;
use crate::failure::refused;
use crate::ops::functions::NOT_TO_BE_CALLED;
use crate::session::Region;
use crate::values::Inputs;

/// The tag with the unique id of the role that has the grant, or with how far a renewal is.
pub const ROLE_TAG: &str = "finsight:role";
/// Key or variables are being taken away.
const RENEWING: &str = "renewing";
/// They are being set again.
const RETURNING: &str = "returning";
/// What is taken away for the moment.
const MEANWHILE: [&str; 2] = ["environment", "kms_key_arn"];

/// Turns the tag into the property. What a renewal has taken away for the moment is as it is wanted.
pub fn read(target: &Target, live: &mut Live) {
    let Some(Value::Map(tags)) = live.properties.get_mut("tags") else { return };
    let Some(id) = tags.remove(ROLE_TAG) else { return };
    let under_way = matches!(id.as_text(), Some(RENEWING | RETURNING));
    live.properties.insert("role_id".to_owned(), id);
    for name in MEANWHILE.into_iter().filter(|_| under_way) {
        let away = match live.properties.get(name) {
            Some(Value::Map(variables)) => variables.is_empty(),
            value => value.is_none_or(Value::is_null),
        };
        if let Some(wanted) = target.inputs.get(name).filter(|_| away) {
            live.properties.insert(name.to_owned(), wanted.clone());
        }
    }
}

/// The next step towards a grant of the role that is wanted. Whether that is all that can be done now.
///
/// Each step is marked before it is made, so that a run that is cut off goes on with it.
pub async fn renew(aws: &Region, name: &str, live: &Live, desired: &Map) -> Result<bool, Failure> {
    let arn = live.outputs.text("arn").unwrap_or_default();
    let Some(standing) = live_alias::configuration(aws, name, "$LATEST").await? else { return Ok(false) };
    let wanted = desired.text("role_id").unwrap_or_default();
    let stands = is_granted(&standing, desired);
    match live.properties.text("role_id") {
        Some(RETURNING) if stands => mark(aws, arn, wanted).await?,
        Some(RETURNING) => give_back(aws, name, desired).await?,
        Some(RENEWING) if stands => take_away(aws, name, desired).await?,
        Some(RENEWING) => {
            // Lambda publishes nothing that is the newest version once more, and the variables of that one cannot be
            // read: with one in between it does.
            if desired.text("live_alias").is_some() {
                live_alias::publish(aws, name, Some(NOT_TO_BE_CALLED)).await?;
            }
            mark(aws, arn, RETURNING).await?;
            give_back(aws, name, desired).await?;
        }
        _ if stands => {
            mark(aws, arn, RENEWING).await?;
            take_away(aws, name, desired).await?;
        }
        // There is none, or what else differs gives it anew.
        _ => {
            mark(aws, arn, wanted).await?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether there is a grant that what differs would not touch.
fn is_granted(standing: &FunctionConfiguration, desired: &Map) -> bool {
    let environment = standing.environment();
    let variables = environment.and_then(|environment| environment.variables());
    let unread = environment.is_some_and(|environment| environment.error().is_some());
    let some = unread || variables.is_some_and(|variables| !variables.is_empty());
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let wanted = desired.get("environment").and_then(Value::as_map).is_some_and(|map| !map.is_empty());
    some && wanted
        && text(standing.role()) == text(desired.text("role"))
        && text(standing.kms_key_arn()) == text(desired.text("kms_key_arn"))
}

async fn take_away(aws: &Region, name: &str, desired: &Map) -> Result<(), Failure> {
    let own_key = desired.text("kms_key_arn").is_some();
    let away = if own_key { "kms_key_arn" } else { "environment" };
    let mut without = desired.clone();
    without.remove(away);
    update_configuration(aws, name, &without, &|property| property == away).await
}

async fn give_back(aws: &Region, name: &str, desired: &Map) -> Result<(), Failure> {
    update_configuration(aws, name, desired, &|name| name == "role" || MEANWHILE.contains(&name)).await
}

async fn mark(aws: &Region, arn: &str, word: &str) -> Result<(), Failure> {
    let call = aws.lambda().tag_resource().resource(arn).tags(ROLE_TAG, word);
    call.send().await.map_err(|error| refused("lambda:TagResource", &error))?;
    Ok(())
}
