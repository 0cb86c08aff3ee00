//! Creating a function, and reading code out of a call.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::function::{Attached, Code, Function};
use super::{arn, grant, invalid, settings, text, version};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, Tags, uuid};

/// Seconds until a function outside a VPC is active.
const CREATING: u32 = 4;
/// Seconds until a function in a VPC is active.
pub(super) const JOINING: u32 = 60;
/// The most bytes of a zip in a call.
const ZIP_LIMIT: usize = 50 * 1024 * 1024;

pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    let given = text(&body, "FunctionName").unwrap_or_default();
    let name = super::split(&given).0;
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{given}' at 'functionName' failed to satisfy constraint"
        )));
    }
    let (region, now) = (cx.region().to_owned(), cx.now());
    if cx.functions().functions.contains_key(&name) {
        return Err(Refusal::new(
            409,
            "ResourceConflictException",
            format!("Function already exist: {name}"),
        ));
    }
    let code = code(cx, body.get("Code").unwrap_or(&Value::Null), &body, None)?;
    if code.package == "Zip" && (text(&body, "Runtime").is_none() || text(&body, "Handler").is_none()) {
        return Err(invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ));
    }
    let mut wish = settings::defaults(&name);
    settings::apply(cx, &name, &mut wish, &body)?;
    if !wish.contains_key("Role") {
        return Err(invalid(
            "1 validation error detected: Value null at 'role' failed to satisfy constraint: Member must not be null",
        ));
    }
    let tags = tags(&body);
    if tags.len() > 50 {
        return Err(invalid("A function has at most 50 tags"));
    }
    let joins = wish.contains_key("VpcConfig");
    let without_address = super::network::is_full(cx, &wish);
    let active_at = cx.clock.due(if joins { JOINING } else { CREATING });
    let mut function = Function {
        failed: None,
        grant: grant::after(cx, None, &wish),
        settings: wish,
        code,
        tags,
        reserved: None,
        revision: uuid(),
        modified_at: now,
        active_at,
        updated_at: active_at,
        versions: Vec::new(),
        newest: 0,
        attached: Attached::default(),
        without_address,
        never: cx.world.outcomes.of("aws:lambda:Function", &name),
        name: name.clone(),
    };
    let mut shown = function.render(&region, now);
    if body.get("Publish").and_then(Value::as_bool) == Some(true) {
        let fate = version::Fate::of(cx, &function);
        let version = version::add(&mut function, "", now, fate);
        shown["Version"] = json!(version.to_string());
        shown["FunctionArn"] = json!(format!("{}:{version}", arn(&region, &name)));
    }
    let users = cx.functions().used();
    cx.functions().functions.insert(name, function);
    super::network::settle(cx, users);
    Ok(answer::rest(201, shown))
}

pub(super) fn tags(body: &Value) -> Tags {
    let tags = body.get("Tags").and_then(Value::as_object).into_iter().flatten();
    tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// The code of a call. Architectures and package stay as they were if nothing is said.
pub(super) fn code(
    cx: &Context<'_>,
    code: &Value,
    body: &Value,
    have: Option<&Code>,
) -> Result<Code, Refusal> {
    let named = |source: &Value| -> Option<Vec<String>> {
        let items = source.get("Architectures")?.as_array().filter(|a| !a.is_empty())?;
        Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let architectures = named(body).or_else(|| have.map(|c| c.architectures.clone()));
    let architectures = architectures.unwrap_or_else(|| vec!["x86_64".to_owned()]);
    let package = text(body, "PackageType").or_else(|| have.map(|c| c.package.clone()));
    let package = package.unwrap_or_else(|| "Zip".to_owned());
    let (sha256, size) = if let Some(encoded) = text(code, "ZipFile") {
        let bytes = STANDARD.decode(encoded).map_err(|_| invalid("Could not decode the zip file."))?;
        if bytes.len() > ZIP_LIMIT {
            return Err(Refusal::new(
                413,
                "RequestTooLargeException",
                "Request must be smaller than 52428800 bytes for the CreateFunction operation",
            ));
        }
        hashed(&bytes)?
    } else if let Some(bucket) = text(code, "S3Bucket") {
        let (key, version) = (text(code, "S3Key").unwrap_or_default(), text(code, "S3ObjectVersion"));
        let buckets = cx.world.s3.get("us-east-1");
        let missing = Err(("NoSuchBucket", "The specified bucket does not exist"));
        let found = buckets.map_or(missing, |b| b.content(cx.region(), &bucket, &key, version.as_deref()));
        let bytes = found.map_err(|(code, message)| {
            invalid(format!(
                "Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
            ))
        })?;
        hashed(&bytes)?
    } else if let Some(image) = text(code, "ImageUri") {
        // There is no registry here: the name stands for the content.
        (STANDARD.encode(Sha256::digest(image)), 1024)
    } else if let Some(have) = have {
        (have.sha256.clone(), have.size)
    } else {
        return Err(invalid("Please provide a source for function code."));
    };
    Ok(Code { sha256, size, architectures, package })
}

/// Hash and size of an archive.
fn hashed(bytes: &[u8]) -> Result<(String, usize), Refusal> {
    if !bytes.starts_with(b"PK") {
        return Err(invalid(
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ));
    }
    Ok((STANDARD.encode(Sha256::digest(bytes)), bytes.len()))
}
