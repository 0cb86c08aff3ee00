//! A function's configuration between AWS's types and the shape of its spec.

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{
    ApplicationLogLevel, DeadLetterConfig, Environment, EphemeralStorage, FunctionConfiguration,
    LastUpdateStatus, LogFormat, LoggingConfig, State, SystemLogLevel, TracingConfig, TracingMode, VpcConfig,
};
use finsight_engine::contract::{Health, Live};
use finsight_engine::value::{Map, Value};

use super::common::invoke_arn;
use crate::session::Region;
use crate::values::{Inputs, Values, text_map};

/// The function in the shape of its spec.
pub fn live(aws: &Region, answer: &GetFunctionOutput) -> Option<Live> {
    let function = answer.configuration()?;
    let vpc = function.vpc_config();
    let logging = function.logging_config();
    let architectures: Vec<&str> = function.architectures().iter().map(|item| item.as_str()).collect();
    let properties = Values::new()
        .set("function_name", function.function_name())
        .set("role", function.role())
        .set("runtime", function.runtime().map(|runtime| runtime.as_str()))
        .set("handler", function.handler())
        .set("code_sha256", function.code_sha256())
        .set("description", function.description().unwrap_or_default())
        .list("architectures", if architectures.is_empty() { vec!["x86_64"] } else { architectures })
        .set("memory_size", function.memory_size().unwrap_or(128))
        .set("timeout", function.timeout().unwrap_or(3))
        .set("ephemeral_storage_size", function.ephemeral_storage().map_or(512, EphemeralStorage::size))
        .set("environment", environment(function))
        .set("kms_key_arn", function.kms_key_arn().filter(|arn| !arn.is_empty()))
        .list("subnet_ids", vpc.map(|vpc| vpc.subnet_ids()).unwrap_or_default())
        .list("security_group_ids", vpc.map(|vpc| vpc.security_group_ids()).unwrap_or_default())
        .set(
            "tracing_mode",
            function
                .tracing_config()
                .and_then(|tracing| tracing.mode())
                .map_or("PassThrough", TracingMode::as_str),
        )
        .set("log_format", logging.and_then(LoggingConfig::log_format).map_or("Text", LogFormat::as_str))
        .set("log_group", logging.and_then(LoggingConfig::log_group))
        .set(
            "application_log_level",
            logging.and_then(LoggingConfig::application_log_level).map(ApplicationLogLevel::as_str),
        )
        .set(
            "system_log_level",
            logging.and_then(LoggingConfig::system_log_level).map(SystemLogLevel::as_str),
        )
        .set(
            "dead_letter_target_arn",
            function
                .dead_letter_config()
                .and_then(DeadLetterConfig::target_arn)
                .filter(|arn| !arn.is_empty()),
        )
        .list("layers", function.layers().iter().filter_map(|layer| layer.arn()))
        .set("last_update_status", last_update_status(function))
        .set(
            "reserved_concurrent_executions",
            answer.concurrency().and_then(|concurrency| concurrency.reserved_concurrent_executions()),
        )
        .tags(answer.tags().cloned().unwrap_or_default());
    let arn = function.function_arn().unwrap_or_default();
    let outputs = Values::new()
        .set("arn", arn)
        .set("version", function.version())
        .set("invoke_arn", invoke_arn(aws, arn));
    Some(Live {
        id: function.function_name()?.to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: health(function),
    })
}

/// The variables. Where Lambda may not decrypt them it gives an error in their place: they are unknown.
fn environment(function: &FunctionConfiguration) -> Value {
    let environment = function.environment();
    if environment.is_some_and(|environment| environment.error().is_some()) {
        return Value::Unknown;
    }
    let variables = environment.and_then(|environment| environment.variables());
    let pairs = variables.into_iter().flatten();
    Value::Map(pairs.map(|(name, value)| (name.clone(), Value::text(value.as_str()))).collect())
}

/// Where the function is in its life-cycle. A failed update leaves a function
/// that works as before; it is no reason to replace it, but a difference.
fn health(function: &FunctionConfiguration) -> Health {
    let state = function.state().unwrap_or(&State::Active);
    let code = function.state_reason_code().map(|code| code.as_str());
    let reason = joined(&[code, function.state_reason()]);
    match state {
        State::Active | State::ActiveNonInvocable | State::Inactive => match function.last_update_status() {
            Some(LastUpdateStatus::InProgress) => Health::Pending("update in progress".to_owned()),
            _ => Health::Ready,
        },
        State::Failed => Health::Failed(reason),
        State::Deleting => Health::Deleting(state.as_str().to_owned()),
        _ => Health::Pending(joined(&[Some(state.as_str()), Some(&reason)])),
    }
}

fn last_update_status(function: &FunctionConfiguration) -> String {
    match function.last_update_status() {
        Some(status @ LastUpdateStatus::Failed) => {
            let code = function.last_update_status_reason_code().map(|code| code.as_str());
            joined(&[Some(status.as_str()), code, function.last_update_status_reason()])
        }
        _ => LastUpdateStatus::Successful.as_str().to_owned(),
    }
}

fn joined(parts: &[Option<&str>]) -> String {
    parts.iter().flatten().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(": ")
}

/// The network; empty lists take a function out of its VPC.
pub fn vpc_config(inputs: &Map) -> VpcConfig {
    VpcConfig::builder()
        .set_subnet_ids(Some(inputs.texts("subnet_ids")))
        .set_security_group_ids(Some(inputs.texts("security_group_ids")))
        .build()
}

/// The variables; an empty map takes them away.
pub fn environment_config(inputs: &Map) -> Environment {
    let variables = inputs.get("environment").map(text_map).unwrap_or_default();
    Environment::builder().set_variables(Some(variables.into_iter().collect())).build()
}

/// The dead-letter target; an empty ARN takes it away.
pub fn dead_letter_config(inputs: &Map) -> DeadLetterConfig {
    DeadLetterConfig::builder().target_arn(inputs.text("dead_letter_target_arn").unwrap_or_default()).build()
}

/// Tracing.
pub fn tracing_config(inputs: &Map) -> TracingConfig {
    TracingConfig::builder().set_mode(inputs.text("tracing_mode").map(TracingMode::from)).build()
}

/// Logging; levels are for JSON alone: Lambda refuses them elsewhere.
pub fn logging_config(inputs: &Map) -> LoggingConfig {
    LoggingConfig::builder()
        .set_log_format(inputs.text("log_format").map(LogFormat::from))
        .set_log_group(inputs.text("log_group").map(str::to_owned))
        .set_application_log_level(inputs.text("application_log_level").map(ApplicationLogLevel::from))
        .set_system_log_level(inputs.text("system_log_level").map(SystemLogLevel::from))
        .build()
}

/// `/tmp`.
pub fn ephemeral_storage(inputs: &Map) -> Option<EphemeralStorage> {
    let size = inputs.int32("ephemeral_storage_size")?;
    EphemeralStorage::builder().size(size).build().ok()
}
