//! Answers and refusals, written in the protocol of their service.

use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use crate::call::{Call, Protocol, Service};
use crate::wire::xml;
use crate::world::request_id;

/// What AWS says when it does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Refusal {
        Refusal { status, code: code.to_owned(), message: message.into() }
    }

    /// A refusal with status 400, which most are.
    pub(crate) fn bad(code: &str, message: impl Into<String>) -> Refusal {
        Refusal::new(400, code, message)
    }

    pub(crate) fn missing(parameter: &str) -> Refusal {
        Refusal::bad("MissingParameter", format!("The request must contain the parameter {parameter}"))
    }
}

/// How an operation ends.
pub(crate) enum Outcome {
    /// Answered here.
    Done(MockResponse),
    /// Answered here, and the service beneath is told of it.
    Mirrored(MockResponse),
    /// Not known here: the service beneath answers.
    Beneath,
}

/// The result of an operation of ours.
pub(crate) type Answered = Result<MockResponse, Refusal>;

/// An answer of EC2.
pub(crate) fn ec2(operation: &str, body: Value) -> MockResponse {
    let inner = xml::children(&body, &|_| "item");
    let id = request_id();
    MockResponse::xml(
        200,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><{operation}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>{id}</requestId>{inner}</{operation}Response>"
        ),
    )
}

/// The answer of EC2's calls that only say that they worked.
pub(crate) fn ec2_true(operation: &str) -> MockResponse {
    ec2(operation, json!({"return": true}))
}

/// An answer of IAM, RDS or STS; `members` names the elements of each list.
pub(crate) fn query(
    operation: &str,
    namespace: &str,
    body: &Value,
    members: &dyn Fn(&str) -> &'static str,
) -> MockResponse {
    let inner = xml::children(body, members);
    let id = request_id();
    MockResponse::xml(
        200,
        format!(
            "<{operation}Response xmlns=\"{namespace}\"><{operation}Result>{inner}</{operation}Result><ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{operation}Response>"
        ),
    )
}

/// An answer of a JSON service; nulls are left out.
pub(crate) fn json(body: Value) -> MockResponse {
    MockResponse::json(200, without_nulls(body).to_string())
}

/// An answer in rpc-v2-cbor with this status; nulls are left out.
pub(crate) fn cbor(status: u16, body: Value) -> MockResponse {
    MockResponse::cbor(status, crate::wire::cbor::encode(&without_nulls(body)))
}

/// An answer of a REST service with this status; nulls are left out.
pub(crate) fn rest(status: u16, body: Value) -> MockResponse {
    MockResponse::rest_json(status, without_nulls(body).to_string())
}

/// An answer of a REST service without a body.
pub(crate) fn rest_empty(status: u16) -> MockResponse {
    MockResponse::rest_json(status, "")
}

/// A refusal, in the protocol of the call.
pub(crate) fn refuse(call: &Call, refusal: &Refusal) -> MockResponse {
    if call.service != Service::S3 {
        return refuse_in(call.protocol_used(), refusal);
    }
    // S3 has no element around its errors.
    let Refusal { status, code, message } = refusal;
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{}</Code><Message>{}</Message><RequestId>{}</RequestId></Error>",
        xml::escape(code),
        xml::escape(message),
        request_id()
    );
    MockResponse::xml(*status, body)
}

/// A refusal, in a protocol.
pub(crate) fn refuse_in(protocol: Protocol, refusal: &Refusal) -> MockResponse {
    let Refusal { status, code, message } = refusal;
    let id = request_id();
    match protocol {
        Protocol::Ec2 => MockResponse::xml(
            *status,
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors><RequestID>{id}</RequestID></Response>",
                xml::escape(code),
                xml::escape(message)
            ),
        ),
        Protocol::Query | Protocol::RestXml => {
            let side = if *status >= 500 { "Receiver" } else { "Sender" };
            MockResponse::xml(
                *status,
                format!(
                    "<ErrorResponse><Error><Type>{side}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>",
                    xml::escape(code),
                    xml::escape(message)
                ),
            )
        }
        Protocol::Cbor => cbor(*status, json!({"__type": code, "message": message})),
        Protocol::Json => {
            MockResponse::json(*status, json!({"__type": code, "message": message}).to_string())
        }
        Protocol::RestJson => {
            let body = json!({"Type": "User", "message": message, "Message": message}).to_string();
            let mut answer = MockResponse::rest_json(*status, body);
            if let Ok(value) = code.parse() {
                answer.headers.insert("x-amzn-errortype", value);
            }
            answer
        }
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}
