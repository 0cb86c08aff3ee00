//! JSON documents (policies) to and from text.

use finsight_engine::value::Value;

/// The JSON text of a policy given as a value or already as text.
#[must_use]
pub fn to_text(value: &Value) -> String {
    match value.as_text() {
        Some(text) => text.to_owned(),
        None => value.clear_json().map(|json| json.to_string()).unwrap_or_default(),
    }
}

/// The value of a JSON text; the text itself where it is not JSON.
#[must_use]
pub fn from_text(text: &str) -> Value {
    serde_json::from_str(text).map_or_else(|_| Value::text(text), |json| Value::from_plain_json(&json))
}

/// Undoes percent-encoding (RFC 3986), in which IAM returns its documents.
#[must_use]
pub fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
