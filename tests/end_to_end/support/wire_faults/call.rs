//! What a request on the wire asks for.

use super::http::Request;

/// How a service writes requests, answers and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Ec2,
    Query,
    Json,
    RestJson,
    RestXml,
    S3,
    Cbor,
}

/// One call of an AWS API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// As in the signature: `ec2`, `rds`, `lambda` …
    pub service: String,
    pub protocol: Protocol,
    /// The operation, or method and path of a REST service, ids as `*`.
    pub operation: String,
    /// Whether it may change something.
    pub mutating: bool,
    /// The access key that signed it.
    pub key: String,
    /// When it was signed: `20260101T000000Z`.
    pub signed_at: String,
}

/// Operations that change nothing begin so.
const READS: [&str; 8] = ["Describe", "Get", "Head", "List", "Filter", "Test", "Simulate", "Decrypt"];

impl Call {
    pub fn of(request: &Request) -> Self {
        let signature = request.header("authorization").unwrap_or_default();
        let credential = signature.split("Credential=").nth(1).and_then(|rest| rest.split([',', ' ']).next());
        let scope: Vec<&str> = credential.unwrap_or_default().split('/').collect();
        let service = scope.get(3).copied().unwrap_or_default();
        let protocol = protocol(service, request);
        let operation = operation(protocol, request);
        let mutating = match protocol {
            Protocol::RestJson | Protocol::RestXml | Protocol::S3 => {
                !matches!(request.method.as_str(), "GET" | "HEAD")
            }
            _ => service != "sts" && !READS.iter().any(|read| operation.starts_with(read)),
        };
        Self {
            service: service.to_owned(),
            protocol,
            operation,
            mutating,
            key: scope.first().copied().unwrap_or_default().to_owned(),
            signed_at: request.header("x-amz-date").unwrap_or_default().to_owned(),
        }
    }
}

fn protocol(service: &str, request: &Request) -> Protocol {
    if request.header("smithy-protocol").is_some_and(|value| value.contains("cbor")) {
        return Protocol::Cbor;
    }
    if request.header("x-amz-target").is_some() {
        return Protocol::Json;
    }
    match service {
        "ec2" => Protocol::Ec2,
        "iam" | "rds" | "sns" | "sts" | "monitoring" => Protocol::Query,
        "s3" => Protocol::S3,
        "route53" | "cloudfront" => Protocol::RestXml,
        _ => Protocol::RestJson,
    }
}

fn operation(protocol: Protocol, request: &Request) -> String {
    let path = request.target.split('?').next().unwrap_or_default();
    match protocol {
        Protocol::Ec2 | Protocol::Query => {
            let body = String::from_utf8_lossy(&request.body);
            let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
            action.unwrap_or_default().to_owned()
        }
        Protocol::Json => {
            let target = request.header("x-amz-target").unwrap_or_default();
            target.rsplit('.').next().unwrap_or_default().to_owned()
        }
        Protocol::Cbor => path.rsplit('/').next().unwrap_or_default().to_owned(),
        Protocol::RestJson | Protocol::RestXml | Protocol::S3 => {
            let query = request.target.split_once('?').map_or("", |(_, query)| query);
            let query: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
            let words: Vec<&str> =
                path.split('/').map(|word| if is_word(word) { word } else { "*" }).collect();
            format!("{} {}?{}", request.method, words.join("/"), query.join("&"))
        }
    }
}

/// A part of a path that the API gives, and not an id or a name of ours.
fn is_word(text: &str) -> bool {
    const OURS: [&str; 2] = ["finsight", "prod"];
    let plain = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c));
    let version = text.chars().next().is_some_and(|c| c.is_ascii_digit()) && text.contains('-');
    text.is_empty()
        || version
        || (plain && !OURS.iter().any(|it| text.contains(it)) && text.chars().all(|c| !c.is_ascii_digit()))
}
