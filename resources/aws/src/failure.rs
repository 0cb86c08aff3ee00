//! What a failed call means: SDK errors to the engine's classes.

use std::time::SystemTime;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::Map;

use crate::codes::{class_of, is_of};

/// Stands in place of a code that AWS did not give.
const NO_CODE: &str = "NoErrorCode";

/// Whether the call could have changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A read: a lost answer costs nothing.
    None,
    /// A mutating call: a lost answer leaves the outcome open.
    Mutates,
}

impl Effect {
    /// What it means that no answer came, or none that can be understood.
    #[must_use]
    pub fn lost(self) -> FailureClass {
        match self {
            Self::None => FailureClass::Transient,
            Self::Mutates => FailureClass::Ambiguous,
        }
    }
}

/// The failure of a call that reads.
pub fn unread<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    failure(operation, Effect::None, error)
}

/// The failure of a call that makes, changes or deletes something.
pub fn refused<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    failure(operation, Effect::Mutates, error)
}

/// The failure of an SDK call, with the class that the tables in `codes/` give its code and text.
///
/// A handler corrects the class where it depends on how things stand.
pub fn failure<E>(operation: &str, effect: Effect, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let make = |class, code: &str, message: String| Failure {
        class,
        code: code.to_owned(),
        message,
        operation: operation.to_owned(),
        request_id: None,
        retry_after: None,
    };
    match error {
        SdkError::ConstructionFailure(_) => make(FailureClass::Invalid, "RequestNotBuilt", chain(error)),
        SdkError::TimeoutError(_) => make(effect.lost(), "NoAnswerInTime", chain(error)),
        SdkError::DispatchFailure(dispatch) => {
            let text = chain(error);
            let (class, code) = match dispatch.as_connector_error() {
                Some(connector) if connector.is_user() => (FailureClass::Invalid, "RequestNotSent"),
                // Without credentials nothing was sent.
                _ if text.to_ascii_lowercase().contains("credentials") => {
                    (FailureClass::Denied, "NoCredentials")
                }
                _ if never_connected(&text) => (FailureClass::Unreachable, "NoConnection"),
                _ => (effect.lost(), "ConnectionLost"),
            };
            make(class, code, text)
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            make(effect.lost(), "AnswerNotUnderstood", format!("HTTP {status}: {}", chain(error)))
        }
        SdkError::ServiceError(service) => {
            let (code, message) = (service.err().code(), service.err().message());
            let body = service.raw().body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
            let (code, message) = match root(&body) {
                Some(name) if code.is_none() && is_of(operation, name) => (Some(name), Some(&*body)),
                _ => (code, message),
            };
            let mut failure = answered(operation, effect, service.raw(), code, message);
            if failure.message.is_empty() {
                failure.message = match (failure.class, right_of_head(operation)) {
                    (FailureClass::Denied, Some(right)) => {
                        format!("access denied, without a word of AWS, as always to HEAD: {right} is needed")
                    }
                    _ => beginning(service.raw()),
                };
            }
            failure
        }
        _ => make(effect.lost(), "UnknownSdkError", chain(error)),
    }
}

/// The failure that an answer is, by its code where it has one, else by its status.
fn answered(
    operation: &str,
    effect: Effect,
    raw: &HttpResponse,
    code: Option<&str>,
    message: Option<&str>,
) -> Failure {
    let status = raw.status().as_u16();
    let code = code.filter(|code| !code.is_empty() && *code != "Unknown");
    let message = message.unwrap_or_default();
    let header = |name: &str| raw.headers().get(name);
    let elsewhere = header("x-amz-bucket-region").filter(|_| (300..400).contains(&status));
    let class = match code.map(|code| class_of(operation, code, message, effect)) {
        _ if code == Some("RequestExpired") && is_skewed(raw) => FailureClass::Transient,
        // It stands, and not here.
        _ if elsewhere.is_some() => FailureClass::Exists,
        Some(FailureClass::Invalid) if status == 429 => FailureClass::Throttled,
        // API Gateway says it of its rate and of its quotas alike, and a quota is a number of things (API reference,
        // LimitExceededException: "Retry after the specified time period").
        Some(FailureClass::Quota)
            if status == 429 && code == Some("LimitExceededException") && !is_a_number_of_things(message) =>
        {
            FailureClass::Throttled
        }
        Some(FailureClass::Invalid) if status >= 500 => effect.lost(),
        Some(class) => class,
        None if status == 429 => FailureClass::Throttled,
        // An answer to HEAD has a status and no more.
        None if operation.contains(":Head") && is_empty(raw) => match status {
            404 => FailureClass::Absent,
            401 | 403 => FailureClass::Denied,
            400..500 => FailureClass::Invalid,
            _ => FailureClass::Transient,
        },
        // Not AWS's form: cut off, empty, or the words of somebody in between, who may have passed it on.
        None => effect.lost(),
    };
    Failure {
        class,
        code: code.or(elsewhere.map(|_| "PermanentRedirect")).unwrap_or(NO_CODE).to_owned(),
        message: match elsewhere {
            Some(region) => format!("the bucket stands in {region}"),
            None => with_permission(message),
        },
        operation: operation.to_owned(),
        request_id: header("x-amzn-requestid").or_else(|| header("x-amz-request-id")).map(str::to_owned),
        retry_after: header("retry-after")
            .and_then(|value| value.parse::<u64>().ok())
            .map(|seconds| seconds * 1000),
    }
}

/// The name of the element that an XML document is: some refusals of Route 53 are named by it alone.
fn root(body: &str) -> Option<&str> {
    let text = body.trim_start();
    let text = match text.strip_prefix("<?") {
        Some(declared) => declared.split_once("?>")?.1.trim_start(),
        None => text,
    };
    text.strip_prefix('<')?.split(|c: char| !c.is_ascii_alphanumeric()).next().filter(|name| !name.is_empty())
}

/// The action that a HEAD needs: AWS's refusal of it has no body that could name it.
fn right_of_head(operation: &str) -> Option<&'static str> {
    match operation {
        "s3:HeadBucket" => Some("s3:ListBucket"),
        "s3:HeadObject" => Some("s3:GetObject"),
        _ => None,
    }
}

/// Whether a message speaks of a number or a size of things, and not of a rate.
fn is_a_number_of_things(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["maximum number", "maximum length", "maximum size", "maximum allowed", "quota"]
        .iter()
        .any(|words| message.contains(words))
}

/// A message with the permission that it means: where a service makes its role at its first use, some do not name it
/// (serverless-domain-manager#112).
fn with_permission(message: &str) -> String {
    const PERMISSION: &str = "iam:CreateServiceLinkedRole";
    let text = message.to_ascii_lowercase().replace('-', " ");
    let means = text.contains("service linked role") && text.contains("permission");
    match means && !message.contains(PERMISSION) {
        true => format!("{message} (the permission is {PERMISSION})"),
        false => message.to_owned(),
    }
}

/// What an answer begins with, for one that says nothing else.
fn beginning(raw: &HttpResponse) -> String {
    let body = raw.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
    format!("HTTP {}: {}", raw.status().as_u16(), body.chars().take(200).collect::<String>())
}

fn is_empty(raw: &HttpResponse) -> bool {
    raw.body().bytes().is_some_and(|body| body.iter().all(u8::is_ascii_whitespace))
}

/// By how many seconds a clock may surely differ from AWS's.
pub(crate) const TOLERATED: f64 = 240.0;

/// The date of an answer.
pub(crate) fn dated(raw: &HttpResponse) -> Option<DateTime> {
    raw.headers().get("date").and_then(|text| DateTime::from_str(text, Format::HttpDate).ok())
}

/// The seconds between two times.
pub(crate) fn apart(one: DateTime, other: DateTime) -> f64 {
    (one.as_secs_f64() - other.as_secs_f64()).abs()
}

/// Whether AWS's clock, by the date of its answer, is more than AWS tolerates away from this machine's.
fn is_skewed(raw: &HttpResponse) -> bool {
    let now = DateTime::from(SystemTime::now());
    dated(raw).is_some_and(|date| apart(date, now) > TOLERATED)
}

/// Whether an error of the connector says that no connection came about, so that nothing was sent.
#[must_use]
pub fn never_connected(text: &str) -> bool {
    const BEFORE: &[&str] = &[
        "client error (Connect)",
        "HTTP connect timeout",
        "Connection refused",
        "connection refused",
        "dns error",
        "tcp connect error",
        "Network is unreachable",
        "No route to host",
    ];
    BEFORE.iter().any(|words| text.contains(words))
}

/// Whether it is a refusal without words, of a HEAD: AWS tells its reason in a body, which such an answer
/// has not. Credentials that have expired look like a right that is missing.
#[must_use]
pub(crate) fn is_unspoken(failure: &Failure) -> bool {
    failure.code == NO_CODE && matches!(failure.class, FailureClass::Denied | FailureClass::Invalid)
}

/// An error with all its causes, in one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let part = cause.to_string();
        if !text.contains(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        source = cause.source();
    }
    text
}

/// A failure of ours: AWS answered, but not with what it documents.
#[must_use]
pub fn unexpected(operation: &str, message: &str) -> Failure {
    Failure {
        class: FailureClass::Ambiguous,
        code: "AnswerIncomplete".to_owned(),
        message: message.to_owned(),
        operation: operation.to_owned(),
        request_id: None,
        retry_after: None,
    }
}

/// A refusal of ours: AWS would never take it, or take it and never show it.
#[must_use]
pub fn never(operation: &str, code: &str, message: &str) -> Failure {
    let mut failure = unexpected(operation, message);
    failure.class = FailureClass::Invalid;
    failure.code = code.to_owned();
    failure
}

/// The failure without the secrets of the call's inputs: AWS may repeat in words what it was sent.
#[must_use]
pub fn redacted(mut failure: Failure, inputs: &Map) -> Failure {
    for value in inputs.values() {
        value.clone().each_secret(&mut |secret| {
            if let Some(text) = secret.reveal().filter(|text| !text.is_empty()) {
                failure.message = failure.message.replace(text, "(secret)");
            }
        });
    }
    failure
}

/// `Ok(None)` where the failure says that the thing does not exist.
///
/// # Errors
/// Every other failure.
pub fn absent_as_none<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(failure) if failure.class == FailureClass::Absent => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// An error that AWS reports inside a successful answer, such as an `Unsuccessful` list.
#[must_use]
pub fn reported(operation: &str, code: Option<&str>, message: Option<&str>) -> Failure {
    let message = message.unwrap_or_default();
    let mut failure = unexpected(operation, message);
    if let Some(code) = code {
        failure.class = class_of(operation, code, message, Effect::Mutates);
        failure.code = code.to_owned();
    }
    failure
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn said(status: u16, code: &str, message: &str, wait: Option<&'static str>) -> Failure {
        let status = StatusCode::try_from(status).expect("a status");
        let mut raw = HttpResponse::new(status, SdkBody::empty());
        if let Some(seconds) = wait {
            raw.headers_mut().insert("retry-after", seconds);
        }
        answered("apigateway:CreateRestApi", Effect::Mutates, &raw, Some(code), Some(message))
    }

    /// X9: API Gateway calls its rate and its quotas by one name.
    #[test]
    fn a_rate_is_told_from_a_quota() {
        const CODE: &str = "LimitExceededException";
        let rate = said(429, CODE, "The request exceeded the rate limit.", Some("7"));
        assert_eq!((rate.class, rate.retry_after), (FailureClass::Throttled, Some(7_000)));
        let many = "Maximum number of Resources for this API has been reached.";
        assert_eq!(said(429, CODE, many, None).class, FailureClass::Quota);
        assert_eq!(said(400, CODE, "Too many of them", None).class, FailureClass::Quota);
    }

    /// X5: where AWS does not name the permission, the message does.
    #[test]
    fn a_permission_that_is_not_named_is_named() {
        let message = "Caller does not have permissions to create a Service Linked Role.";
        let refusal = said(403, "AccessDeniedException", message, None);
        assert_eq!(refusal.class, FailureClass::Denied);
        assert!(refusal.message.ends_with("(the permission is iam:CreateServiceLinkedRole)"), "{refusal}");
        let named = "User: x is not authorized to perform: iam:CreateServiceLinkedRole";
        assert_eq!(said(403, "AccessDeniedException", named, None).message, named);
    }
}
