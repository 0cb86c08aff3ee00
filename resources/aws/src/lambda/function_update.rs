//! Updates of a function: configuration and code.

use aws_sdk_lambda::types::{Architecture, Runtime};
use aws_smithy_types::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::{Map, Value};

use super::function_values::{
    dead_letter_config, environment_config, ephemeral_storage, logging_config, tracing_config, vpc_config,
};
use crate::failure::{refused, unexpected};
use crate::session::Region;
use crate::values::Inputs;

/// The most bytes of an archive in a call.
const ZIP_LIMIT: usize = 50 * 1024 * 1024;

/// The code of a create or update call.
pub struct Code {
    /// The archive itself.
    pub zip: Option<Blob>,
    /// The bucket it lies in.
    pub bucket: Option<String>,
    /// Its key there.
    pub key: Option<String>,
    /// Its version there.
    pub object_version: Option<String>,
}

impl Code {
    /// Of the inputs.
    pub async fn of(aws: &Region, inputs: &Map) -> Result<Self, Failure> {
        let none = Map::new();
        let code = inputs.get("code").and_then(Value::as_map).unwrap_or(&none);
        let zip = match (code.text("artifact"), code.text("zip_base64")) {
            (Some(sha256), _) => Some(aws.artifact(sha256).await?),
            (None, Some(text)) => Some(
                STANDARD
                    .decode(text)
                    .map_err(|_| invalid("CodeUnreadable", "`code.zip_base64` is not Base64"))?,
            ),
            (None, None) => None,
        };
        if let Some(size) = zip.as_ref().map(Vec::len).filter(|size| *size > ZIP_LIMIT) {
            let message = format!(
                "the archive has {size} bytes, and a call takes {ZIP_LIMIT}: put it into an `aws:s3:Object`, \
                 and name that as the code"
            );
            return Err(invalid("CodeTooLarge", &message));
        }
        let text = |name: &str| code.text(name).map(str::to_owned);
        Ok(Self {
            zip: zip.map(Blob::new),
            bucket: text("s3_bucket"),
            key: text("s3_key"),
            object_version: text("s3_object_version"),
        })
    }
}

fn invalid(code: &str, message: &str) -> Failure {
    let mut failure = unexpected("lambda:UpdateFunctionCode", message);
    failure.class = FailureClass::Invalid;
    failure.code = code.to_owned();
    failure
}

/// The instruction sets.
pub fn architectures(inputs: &Map) -> Vec<Architecture> {
    inputs.texts("architectures").iter().map(|name| Architecture::from(name.as_str())).collect()
}

/// Sends what differs of the configuration.
pub async fn update_configuration(
    aws: &Region,
    name: &str,
    desired: &Map,
    differs: &(dyn Fn(&str) -> bool + Sync),
) -> Result<(), Failure> {
    let text = |name: &str| differs(name).then(|| desired.text(name).unwrap_or_default().to_owned());
    let int = |name: &str| desired.int32(name).filter(|_| differs(name));
    let any = |names: &[&str]| names.iter().any(|name| differs(name));
    let logging = ["log_format", "log_group", "application_log_level", "system_log_level"];
    aws.lambda()
        .update_function_configuration()
        .function_name(name)
        .set_role(text("role"))
        .set_handler(text("handler"))
        .set_runtime(text("runtime").as_deref().map(Runtime::from))
        .set_description(text("description"))
        .set_timeout(int("timeout"))
        .set_memory_size(int("memory_size"))
        .set_ephemeral_storage(ephemeral_storage(desired).filter(|_| differs("ephemeral_storage_size")))
        .set_environment(differs("environment").then(|| environment_config(desired)))
        .set_kms_key_arn(text("kms_key_arn"))
        .set_vpc_config(any(&["subnet_ids", "security_group_ids"]).then(|| vpc_config(desired)))
        .set_tracing_config(differs("tracing_mode").then(|| tracing_config(desired)))
        .set_logging_config(any(&logging).then(|| logging_config(desired)))
        .set_dead_letter_config(differs("dead_letter_target_arn").then(|| dead_letter_config(desired)))
        .set_layers(differs("layers").then(|| desired.texts("layers")))
        .send()
        .await
        .map_err(|error| refused("lambda:UpdateFunctionConfiguration", &error))?;
    Ok(())
}

/// Sends the code.
pub async fn update_code(aws: &Region, name: &str, desired: &Map) -> Result<(), Failure> {
    let code = Code::of(aws, desired).await?;
    let answer = aws
        .lambda()
        .update_function_code()
        .function_name(name)
        .set_zip_file(code.zip)
        .set_s3_bucket(code.bucket)
        .set_s3_key(code.key)
        .set_s3_object_version(code.object_version)
        .set_architectures(Some(architectures(desired)))
        .send()
        .await
        .map_err(|error| refused("lambda:UpdateFunctionCode", &error))?;
    // Sending it again would change nothing: the archive is not the one that was announced.
    match (desired.text("code_sha256"), answer.code_sha256()) {
        (Some(wanted), Some(sent)) if wanted != sent => Err(invalid(
            "CodeMismatch",
            &format!("the archive that was sent has SHA-256 {sent}, but `code_sha256` is {wanted}"),
        )),
        _ => Ok(()),
    }
}
