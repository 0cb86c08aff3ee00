//! What stands in for the functions of the API, as docs/guide/functions.md says how they answer.

use std::collections::BTreeMap;

use finsight_local::walk::Worked;
use serde_json::{Value, json};

/// The bytes that a report begins with.
pub const REPORT: &str = "JVBERi0xLjcK";

/// How the functions are.
#[derive(Clone, Copy)]
pub enum Mood {
    /// As they should be.
    Well,
    /// They take a minute.
    Slow,
    /// They crash.
    Broken,
    /// The database does not answer: they say so themselves.
    WithoutDatabase,
}

impl Mood {
    /// Answers an event.
    pub fn work(self, event: &Value, environment: &BTreeMap<String, String>) -> Worked {
        let quick = |answer| Worked { millis: 20, answer };
        let said = |status: u16, body: Value| {
            quick(Ok(json!({"statusCode": status, "headers": {"Content-Type": "application/json"},
                "isBase64Encoded": false, "body": body.to_string()})))
        };
        match self {
            Self::Slow => Worked { millis: 60_000, ..Self::Well.work(event, environment) },
            Self::Broken => quick(Err("it crashes".to_owned())),
            Self::WithoutDatabase => said(503, json!({"message": "the database does not answer"})),
            Self::Well if environment.get("DB_HOST").is_none_or(String::is_empty) => {
                quick(Err("its environment names no database".to_owned()))
            }
            Self::Well if event["path"].as_str().is_some_and(|path| path.ends_with(".pdf")) => {
                quick(Ok(json!({"statusCode": 200, "headers": {"Content-Type": "application/pdf"},
                    "isBase64Encoded": true, "body": REPORT})))
            }
            // What came, so that it can be seen whether it came as it was sent.
            Self::Well => {
                let body = event["body"].as_str().unwrap_or_default();
                said(
                    200,
                    json!({"who": event["requestContext"]["authorizer"]["sub"], "path": event["path"],
                    "base64": event["isBase64Encoded"], "length": body.len(),
                    "body": if body.len() > 200 { "" } else { body }}),
                )
            }
        }
    }
}
