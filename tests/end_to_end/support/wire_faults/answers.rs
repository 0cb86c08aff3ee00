//! Refusals in the protocol of their service, and answers that cannot be read.

use super::call::{Call, Protocol};
use super::http::Answer;
use super::{Refusal, Spoiled};

/// The refusal for the rate.
pub fn throttled(call: &Call) -> Refusal {
    let (status, code) = match (call.protocol, call.service.as_str()) {
        (Protocol::Ec2, _) => (503, "RequestLimitExceeded"),
        (Protocol::S3, _) => (503, "SlowDown"),
        (Protocol::Query | Protocol::RestXml, _) => (400, "Throttling"),
        (Protocol::RestJson, "xray") => (429, "ThrottledException"),
        (Protocol::RestJson, "scheduler") => (429, "ThrottlingException"),
        (Protocol::RestJson, _) => (429, "TooManyRequestsException"),
        (Protocol::Json | Protocol::Cbor, _) => (400, "ThrottlingException"),
    };
    Refusal::new(status, code, "Rate exceeded")
}

/// A service that is broken, in one of the ways in which they say so.
pub fn broken(call: &Call, way: u64) -> Refusal {
    let unavailable = way.is_multiple_of(2);
    let (status, code) = match (call.protocol, unavailable) {
        (Protocol::Ec2, true) => (503, "Unavailable"),
        (Protocol::Ec2 | Protocol::S3, false) => (500, "InternalError"),
        (Protocol::Query | Protocol::RestXml | Protocol::S3, true) => (503, "ServiceUnavailable"),
        (Protocol::Query | Protocol::RestXml, false) => (500, "InternalFailure"),
        (Protocol::Json | Protocol::RestJson | Protocol::Cbor, true) => (503, "ServiceUnavailableException"),
        (Protocol::Json | Protocol::Cbor, false) => (500, "InternalServerError"),
        (Protocol::RestJson, false) if call.service == "lambda" => (500, "ServiceException"),
        (Protocol::RestJson, false) => (500, "InternalFailureException"),
    };
    Refusal::new(status, code, "a fault of the test")
}

/// Credentials whose time is over.
pub fn expired(call: &Call) -> Refusal {
    let (status, code) = match call.protocol {
        Protocol::Ec2 => (400, "RequestExpired"),
        Protocol::S3 => (400, "ExpiredToken"),
        Protocol::Query | Protocol::RestXml => (403, "ExpiredToken"),
        Protocol::Json | Protocol::Cbor => (400, "ExpiredTokenException"),
        Protocol::RestJson => (403, "ExpiredTokenException"),
    };
    Refusal::new(status, code, "The security token included in the request is expired")
}

/// A request that was signed at another time than it is at AWS.
pub fn skewed(call: &Call, aws: &str) -> Refusal {
    let told = format!("Signature expired: {} is now earlier than {aws} (5 min.)", call.signed_at);
    match call.protocol {
        Protocol::S3 => Refusal::new(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
        Protocol::Ec2 => Refusal::new(400, "RequestExpired", "Request has expired."),
        Protocol::Query | Protocol::RestXml => Refusal::new(403, "SignatureDoesNotMatch", &told),
        Protocol::Json | Protocol::Cbor => Refusal::new(400, "InvalidSignatureException", &told),
        Protocol::RestJson => Refusal::new(403, "InvalidSignatureException", &told),
    }
}

/// The refusal as its service writes it.
pub fn refuse(call: &Call, refusal: &Refusal) -> Answer {
    let Refusal { status, code, message } = refusal;
    let message = message.replace('&', "&amp;").replace('<', "&lt;");
    let id = "00000000-0000-4000-8000-000000000000";
    let (kind, body) = match call.protocol {
        Protocol::Ec2 => (
            "text/xml",
            format!("<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{id}</RequestID></Response>").into_bytes(),
        ),
        Protocol::S3 => (
            "application/xml",
            format!("<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>").into_bytes(),
        ),
        Protocol::Query | Protocol::RestXml => {
            let side = if *status >= 500 { "Receiver" } else { "Sender" };
            ("text/xml", format!("<ErrorResponse><Error><Type>{side}</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>").into_bytes())
        }
        Protocol::Json => (
            "application/x-amz-json-1.1",
            serde_json::json!({"__type": code, "message": refusal.message}).to_string().into_bytes(),
        ),
        Protocol::RestJson => {
            ("application/json", serde_json::json!({"message": refusal.message}).to_string().into_bytes())
        }
        Protocol::Cbor => ("application/cbor", cbor(&[("__type", code), ("message", &refusal.message)])),
    };
    let answer = Answer { status: *status, headers: Vec::new(), body }.with("content-type", kind);
    match call.protocol {
        Protocol::RestJson => answer.with("x-amzn-errortype", code),
        Protocol::Cbor => answer.with("smithy-protocol", "rpc-v2-cbor"),
        _ => answer,
    }
}

/// A map of texts in CBOR.
fn cbor(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = vec![0xa0 | u8::try_from(entries.len()).unwrap_or_default()];
    for text in entries.iter().flat_map(|(key, value)| [key, value]) {
        bytes.push(0x79);
        bytes.extend(u16::try_from(text.len()).unwrap_or_default().to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// The answer with another body, and status 200. A refusal that loses its body stays one: an empty 200 is how many
/// operations say that they did what they were asked to, and nobody could tell it from the truth.
pub fn spoil(answer: Answer, how: Spoiled) -> Answer {
    let body = match how {
        Spoiled::Empty => Vec::new(),
        Spoiled::CutOff => answer.body[..answer.body.len() / 2].to_vec(),
        Spoiled::Html => {
            b"<!DOCTYPE html><html><head><title>Please log in</title></head><body><p>Wi-Fi<br></body></html>"
                .to_vec()
        }
        Spoiled::Garbage => (0..97_u8).map(|n| n.wrapping_mul(151) ^ 0xa5).collect(),
    };
    let status = if how == Spoiled::Empty && answer.status >= 400 { answer.status } else { 200 };
    let answer = Answer { status, body, ..answer };
    if how == Spoiled::Html { answer.with("content-type", "text/html") } else { answer }
}
