//! Where requests to web ACLs are logged.

use serde_json::{Value, json};

use super::{invalid, items, nonexistent, required, scope};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::logs::resource_policy;
use crate::world::Context;

/// What the name of every destination begins with.
const PREFIX: &str = "aws-waf-logs-";

/// Refuses a destination of another kind, region or name.
fn check_destination(region: &str, arn: &str) -> Result<(), Refusal> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let name = match parts.as_slice() {
        ["arn", _, "logs", place, _, rest] if *place == region => rest.strip_prefix("log-group:"),
        ["arn", _, "firehose", place, _, rest] if *place == region => rest.strip_prefix("deliverystream/"),
        ["arn", _, "s3", _, _, rest] => Some(*rest),
        _ => None,
    };
    if name.is_some_and(|name| name.starts_with(PREFIX)) {
        return Ok(());
    }
    let reason = "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.";
    Err(invalid(reason, "LOG_DESTINATION", arn))
}

/// Sees to it that the logs can be delivered, which they cannot where the destination does not stand: what was made a
/// moment ago may not be known yet (terraform-provider-aws#36000).
fn prepare(cx: &mut Context<'_>, arn: &str) -> Result<(), Refusal> {
    let (region, now) = (cx.region().to_owned(), cx.now());
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let stands = match parts.as_slice() {
        [_, _, "logs", _, account, _] => {
            *account == ACCOUNT && resource_policy::let_delivery(cx.world, &region, arn, now)
        }
        [_, _, "s3", _, _, rest] => {
            let bucket = rest.split('/').next().unwrap_or_default();
            cx.world.s3.values().any(|buckets| buckets.stands(bucket))
        }
        _ => true,
    };
    if stands {
        return Ok(());
    }
    Err(Refusal::bad(
        "WAFLogDestinationPermissionIssueException",
        "Unable to deliver logs to the configured destination. You might need to grant log delivery permissions for the destination. If you're using S3 as your log destination, you might have exceeded your bucket limit.",
    ))
}

fn check_fields(config: &mut Value) -> Result<(), Refusal> {
    for field in config.get_mut("RedactedFields").and_then(Value::as_array_mut).into_iter().flatten() {
        let said = field.as_object_mut().into_iter().flatten().filter(|(_, part)| part.is_object());
        for (kind, part) in said {
            if !["Method", "QueryString", "UriPath", "SingleHeader"].contains(&kind.as_str()) {
                return Err(invalid("This field cannot be redacted.", "FIELD_TO_MATCH", kind));
            }
            if let Some(name) = part.get("Name").and_then(Value::as_str).map(str::to_lowercase) {
                part["Name"] = json!(name);
            }
        }
    }
    Ok(())
}

fn check_filter(config: &Value) -> Result<(), Refusal> {
    let Some(filter) = config.get("LoggingFilter").filter(|filter| filter.is_object()) else { return Ok(()) };
    let filters = items(filter, "Filters");
    if filters.is_empty() || filters.iter().any(|filter| items(filter, "Conditions").is_empty()) {
        return Err(invalid("There is a filter at least, each with a condition.", "LOGGING_FILTER", ""));
    }
    Ok(())
}

pub(super) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let mut config = body.get("LoggingConfiguration").cloned().unwrap_or_default();
    let acl = required(&config, "ResourceArn")?;
    let region = cx.region().to_owned();
    if !cx.waf().acls.contains_key(&acl) {
        return Err(nonexistent());
    }
    match items(&config, "LogDestinationConfigs") {
        [destination] => check_destination(&region, destination.as_str().unwrap_or_default())?,
        _ => return Err(invalid("There is exactly one destination.", "LOG_DESTINATION", "")),
    }
    check_fields(&mut config)?;
    check_filter(&config)?;
    prepare(cx, items(&config, "LogDestinationConfigs").first().and_then(Value::as_str).unwrap_or_default())?;
    config["ManagedByFirewallManager"] = json!(false);
    config["LogType"] = json!("WAF_LOGS");
    config["LogScope"] = json!("CUSTOMER");
    cx.waf().logging.insert(acl, config.clone());
    Ok(answer::json(json!({"LoggingConfiguration": config})))
}

pub(super) fn get(cx: &mut Context<'_>, body: &Value) -> Answered {
    let acl = required(body, "ResourceArn")?;
    let config = cx.waf().logging.get(&acl).ok_or_else(nonexistent)?;
    Ok(answer::json(json!({"LoggingConfiguration": config})))
}

pub(super) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let acl = required(body, "ResourceArn")?;
    cx.waf().logging.remove(&acl).ok_or_else(nonexistent)?;
    Ok(answer::json(json!({})))
}

pub(super) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let place = if scope(cx, body)? == super::EDGE { ":global/" } else { ":regional/" };
    let logging = &cx.waf().logging;
    let found: Vec<&Value> =
        logging.iter().filter(|(acl, _)| acl.contains(place)).map(|(_, config)| config).collect();
    Ok(answer::json(json!({"LoggingConfigurations": found})))
}
