//! A function's configuration as AWS takes, keeps and shows it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{invalid, text};
use crate::answer::Refusal;
use crate::clock::iso;
use crate::world::Context;

/// Settings by the names of the API. What is unset is not there.
pub(crate) type Settings = BTreeMap<String, Value>;

/// The days of runtimes; the head of the list says what is in it and where it is from.
const RUNTIMES: &str = include_str!("../../../specs/data/runtimes.txt");

/// The members that create and update share.
const MEMBERS: [&str; 16] = [
    "DeadLetterConfig",
    "Description",
    "Environment",
    "EphemeralStorage",
    "FileSystemConfigs",
    "Handler",
    "ImageConfig",
    "KMSKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "SnapStart",
    "Timeout",
    "TracingConfig",
];

/// Names of environment variables that belong to Lambda.
const RESERVED: [&str; 14] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// What a new function has that was not said.
pub(crate) fn defaults(name: &str) -> Settings {
    [
        ("Description", json!("")),
        ("EphemeralStorage", json!({"Size": 512})),
        ("LoggingConfig", json!({"LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}")})),
        ("MemorySize", json!(128)),
        ("SnapStart", json!({"ApplyOn": "None", "OptimizationStatus": "Off"})),
        ("Timeout", json!(3)),
        ("TracingConfig", json!({"Mode": "PassThrough"})),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}

/// Takes over what a call says. An empty list, map or text removes, as AWS documents for each.
pub(crate) fn apply(
    cx: &Context<'_>,
    name: &str,
    settings: &mut Settings,
    body: &Value,
) -> Result<(), Refusal> {
    let created = !settings.contains_key("Role");
    for member in MEMBERS {
        let Some(value) = body.get(member).filter(|v| !v.is_null()) else { continue };
        let wish = match member {
            "DeadLetterConfig" => value
                .get("TargetArn")
                .and_then(Value::as_str)
                .filter(|t| !t.is_empty())
                .map(|t| json!({"TargetArn": t})),
            "Environment" => environment(value)?,
            "KMSKeyArn" => key(cx, value)?,
            "Layers" => layers(value),
            "FileSystemConfigs" | "ImageConfig" => Some(value.clone()).filter(|v| !empty(v)),
            "LoggingConfig" => Some(logging(name, settings.get("LoggingConfig"), value)?),
            "SnapStart" => Some(json!({"ApplyOn": value.get("ApplyOn"), "OptimizationStatus": "Off"})),
            _ => Some(value.clone()),
        };
        match wish {
            Some(value) => settings.insert(member.to_owned(), value),
            None => settings.remove(member),
        };
    }
    network(cx, settings, body)?;
    limits(settings, cx.facts().memory)?;
    open(cx, settings, created)?;
    if body.get("Role").is_some() {
        role(cx, settings)?;
    }
    // What Lambda does in the role's name is tried when it is asked for.
    if ["Role", "VpcConfig", "DeadLetterConfig"].iter().any(|member| body.get(member).is_some()) {
        super::network::check_role(cx, settings)?;
    }
    Ok(())
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn environment(value: &Value) -> Result<Option<Value>, Refusal> {
    let Some(variables) = value.get("Variables").and_then(Value::as_object).filter(|v| !v.is_empty()) else {
        return Ok(None);
    };
    let reserved: Vec<&str> = variables.keys().map(String::as_str).filter(|k| RESERVED.contains(k)).collect();
    if !reserved.is_empty() {
        return Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let size: usize = variables.iter().map(|(k, v)| k.len() + v.as_str().map_or(0, str::len)).sum();
    if size > 4096 {
        return Err(invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.",
        ));
    }
    Ok(Some(json!({"Variables": variables})))
}

fn key(cx: &Context<'_>, value: &Value) -> Result<Option<Value>, Refusal> {
    let Some(arn) = value.as_str().filter(|t| !t.is_empty()) else { return Ok(None) };
    let known = cx.world.kms.get(cx.region()).and_then(|keys| keys.arn_of(cx.region(), arn));
    if known.is_none() && !arn.contains("alias/aws/") {
        return Err(invalid(
            "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. Please check your KMS key settings.",
        ));
    }
    Ok(Some(json!(arn)))
}

/// Layers are asked for by ARN and shown with a size.
fn layers(value: &Value) -> Option<Value> {
    let arns = value.as_array().filter(|items| !items.is_empty())?;
    Some(arns.iter().map(|arn| json!({"Arn": arn, "CodeSize": 1024})).collect())
}

fn logging(name: &str, have: Option<&Value>, wish: &Value) -> Result<Value, Refusal> {
    let of =
        |source: Option<&Value>, member: &str| source.and_then(|s| text(s, member)).filter(|t| !t.is_empty());
    let either = |member: &str| of(Some(wish), member).or_else(|| of(have, member));
    let format = either("LogFormat").unwrap_or_else(|| "Text".to_owned());
    let group = either("LogGroup").unwrap_or_else(|| format!("/aws/lambda/{name}"));
    if format == "JSON" {
        let level = |member: &str| either(member).unwrap_or_else(|| "INFO".to_owned());
        return Ok(json!({
            "LogFormat": format, "LogGroup": group,
            "ApplicationLogLevel": level("ApplicationLogLevel"), "SystemLogLevel": level("SystemLogLevel"),
        }));
    }
    if of(Some(wish), "ApplicationLogLevel").or_else(|| of(Some(wish), "SystemLogLevel")).is_some() {
        return Err(invalid("To set log levels, the log format must be JSON."));
    }
    Ok(json!({"LogFormat": format, "LogGroup": group}))
}

fn list(value: &Value, member: &str) -> Vec<String> {
    let items = value.get(member).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Subnets and security groups: both or none, and all of one VPC.
fn network(cx: &Context<'_>, settings: &mut Settings, body: &Value) -> Result<(), Refusal> {
    let Some(wish) = body.get("VpcConfig").filter(|v| !v.is_null()) else { return Ok(()) };
    let (subnets, groups) = (list(wish, "SubnetIds"), list(wish, "SecurityGroupIds"));
    if subnets.is_empty() && groups.is_empty() {
        settings.remove("VpcConfig");
        return Ok(());
    }
    if subnets.is_empty() || groups.is_empty() {
        return Err(invalid("SubnetIds and SecurityIds must coexist or be both empty list."));
    }
    let net = cx.world.ec2.get(cx.region());
    let mut vpc: Option<String> = None;
    for id in &subnets {
        let Some(facts) = net.and_then(|n| n.subnet(id)) else {
            return Err(invalid(format!(
                "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID '{id}' does not exist"
            )));
        };
        if vpc.as_ref().is_some_and(|v| *v != facts.vpc) {
            return Err(invalid("Subnets must be in one VPC."));
        }
        vpc = Some(facts.vpc);
    }
    for id in &groups {
        let of = net.and_then(|n| n.vpc_of_group(id));
        if of.is_none() {
            return Err(invalid(format!(
                "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The security group '{id}' does not exist"
            )));
        }
        if of != vpc.as_deref() {
            return Err(invalid("Security groups and subnets must be in the same VPC."));
        }
    }
    let config = json!({
        "SubnetIds": subnets, "SecurityGroupIds": groups, "VpcId": vpc,
        "Ipv6AllowedForDualStack": wish.get("Ipv6AllowedForDualStack").and_then(Value::as_bool).unwrap_or(false),
    });
    settings.insert("VpcConfig".to_owned(), config);
    Ok(())
}

fn limits(settings: &Settings, memory: i64) -> Result<(), Refusal> {
    let number = |name: &str| settings.get(name).and_then(Value::as_i64).unwrap_or(0);
    let storage =
        settings.get("EphemeralStorage").and_then(|s| s.get("Size")).and_then(Value::as_i64).unwrap_or(512);
    let bounds = [
        ("timeout", number("Timeout"), 1, 900),
        ("memorySize", number("MemorySize"), 128, 10_240),
        ("ephemeralStorage.size", storage, 512, 10_240),
    ];
    for (name, value, least, most) in bounds {
        if !(least..=most).contains(&value) {
            return Err(invalid(format!(
                "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member must have value between {least} and {most}"
            )));
        }
    }
    if number("MemorySize") > memory {
        let message = format!(
            "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to {memory}"
        );
        return Err(Refusal::bad("ValidationException", message));
    }
    let runtime = settings.get("Runtime").and_then(Value::as_str).unwrap_or("provided.al2023");
    let families = ["nodejs", "python", "java", "dotnet", "ruby", "provided", "go1.x"];
    if !families.iter().any(|family| runtime.starts_with(family)) {
        return Err(invalid(format!(
            "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set"
        )));
    }
    if settings.get("Layers").and_then(Value::as_array).is_some_and(|l| l.len() > 5) {
        return Err(invalid("Cannot reference more than 5 layers."));
    }
    Ok(())
}

/// Refuses a runtime that AWS has closed: for new functions first, and for the updates of others later.
fn open(cx: &Context<'_>, settings: &Settings, created: bool) -> Result<(), Refusal> {
    let name = settings.get("Runtime").and_then(Value::as_str).unwrap_or_default();
    let days = RUNTIMES.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let day = days.unwrap_or_default().split(' ').nth(if created { 1 } else { 2 });
    // `-` is of no day.
    if day.is_some_and(|day| day.len() == 10 && *day <= *iso(cx.now())) {
        return Err(invalid(format!(
            "The runtime parameter of {name} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."
        )));
    }
    Ok(())
}

/// Refuses a role that does not exist or does not trust Lambda.
fn role(cx: &Context<'_>, settings: &Settings) -> Result<(), Refusal> {
    let arn = settings.get("Role").and_then(Value::as_str).unwrap_or_default();
    if cx.world.iam.trusts(arn, "lambda.amazonaws.com") {
        return Ok(());
    }
    Err(invalid("The role defined for the function cannot be assumed by Lambda."))
}
