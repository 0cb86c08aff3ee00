//! The three protocols that CloudWatch's clients speak.

use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use super::Told;
use crate::answer::{self, Refusal};
use crate::call::{Call, Protocol};
use crate::clock::iso;
use crate::wire::cbor;

const NAMESPACE: &str = "http://monitoring.amazonaws.com/doc/2010-08-01/";
/// Members that are numbers or truth values; the query protocol writes everything as text.
const NUMBERS: [&str; 7] = [
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "MaxRecords",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
];
const FLAGS: [&str; 2] = ["ActionsEnabled", "ReturnData"];

/// How a call is written, and so its answer: new SDKs speak CBOR, older ones JSON or query.
pub(crate) struct Form(Protocol);

impl Form {
    pub(crate) fn of(call: &Call) -> Form {
        Form(call.protocol_used())
    }

    /// The members of a call.
    pub(crate) fn read(&self, call: &Call) -> Told {
        match self.0 {
            Protocol::Cbor => cbor::decode(&call.body)
                .ok_or_else(|| Refusal::bad("SerializationException", "the body is not CBOR")),
            Protocol::Json => call.json(),
            _ => Ok(call.params().tree(&leaf)),
        }
    }

    /// What is answered.
    pub(crate) fn write(&self, call: &Call, told: Told) -> MockResponse {
        match (self.0, told) {
            (protocol, Err(refusal)) => answer::refuse_in(protocol, &refusal),
            (Protocol::Cbor, Ok(body)) => answer::cbor(200, body),
            (Protocol::Json, Ok(body)) => answer::json(body),
            (_, Ok(body)) => answer::query(&call.operation, NAMESPACE, &dated("", body), &|_| "member"),
        }
    }
}

fn leaf(name: &str, text: &str) -> Value {
    if FLAGS.contains(&name) {
        return json!(text.eq_ignore_ascii_case("true"));
    }
    match (NUMBERS.contains(&name), text.parse::<i64>(), text.parse::<f64>()) {
        (true, Ok(whole), _) => json!(whole),
        (true, _, Ok(number)) => json!(number),
        _ => json!(text),
    }
}

/// Moments as texts, as XML has them.
fn dated(name: &str, value: Value) -> Value {
    match value {
        Value::Number(seconds) if cbor::is_moment(name) => {
            json!(iso((seconds.as_f64().unwrap_or_default() * 1000.0) as i64))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| dated("", item)).collect()),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, inner)| {
                    let inner = dated(&key, inner);
                    (key, inner)
                })
                .collect(),
        ),
        other => other,
    }
}
