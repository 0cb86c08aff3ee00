//! What API Gateway asks: an event of type `TOKEN` or `REQUEST`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::policy::Scope;

/// The token, and what it is wanted for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The bearer token. None where there is no `Authorization` header, or one of another scheme, or two.
    pub token: Option<String>,
    /// The API's stage that is called.
    pub scope: Scope,
    /// The method that is called, for the log.
    pub method_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    method_arn: String,
    authorization_token: Option<String>,
    #[serde(default)]
    headers: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Option<Vec<String>>>>,
}

/// Reads an event.
///
/// # Errors
/// When it is none of API Gateway.
pub fn read(event: &[u8]) -> Result<Asked, &'static str> {
    // The parser's message would quote the event, and with it the token.
    let event: Event = serde_json::from_slice(event).map_err(|_| "it has not the form of an event")?;
    let scope = Scope::of(&event.method_arn).ok_or("its methodArn is no ARN of execute-api")?;
    let token = header(&event).as_deref().and_then(bearer).map(str::to_owned);
    Ok(Asked { token, scope, method_arn: event.method_arn })
}

/// The one `Authorization` header. Two that differ are none: nobody could tell which was checked.
fn header(event: &Event) -> Option<String> {
    let mut values: Vec<&str> = event.authorization_token.as_deref().into_iter().collect();
    for (name, value) in event.headers.iter().flatten() {
        if name.eq_ignore_ascii_case("authorization") {
            values.extend(value.as_deref());
        }
    }
    for (name, all) in event.multi_value_headers.iter().flatten() {
        if name.eq_ignore_ascii_case("authorization") {
            values.extend(all.iter().flatten().map(String::as_str));
        }
    }
    let first = *values.first()?;
    values.iter().all(|value| *value == first).then(|| first.to_owned())
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;

    const METHOD: &str = "arn:aws:execute-api:ap-northeast-1:111122223333:abc123/prod/GET/users/1";

    fn token(mut event: Value) -> Option<String> {
        event["methodArn"] = METHOD.into();
        read(event.to_string().as_bytes()).expect("an event").token
    }

    #[test]
    fn the_token_is_found_in_both_kinds_of_event() {
        assert_eq!(
            token(json!({"type": "TOKEN", "authorizationToken": "Bearer x.y.z"})).as_deref(),
            Some("x.y.z")
        );
        let request = json!({"type": "REQUEST", "headers": {"authorization": "bearer  x.y.z ", "Host": "h"},
            "multiValueHeaders": {"authorization": ["bearer  x.y.z "]}});
        assert_eq!(token(request).as_deref(), Some("x.y.z"));
    }

    #[test]
    fn no_token_is_no_token() {
        for event in [
            json!({"type": "TOKEN"}),
            json!({"type": "REQUEST", "headers": null}),
            json!({"type": "TOKEN", "authorizationToken": "Basic eDp5"}),
            json!({"type": "TOKEN", "authorizationToken": "x.y.z"}),
            json!({"headers": {"Authorization": "Bearer a"}, "multiValueHeaders": {"Authorization": ["Bearer a", "Bearer b"]}}),
        ] {
            assert_eq!(token(event.clone()), None, "{event}");
        }
    }

    #[test]
    fn other_events_are_refused() {
        for event in ["", "[]", "{}", r#"{"methodArn":"*"}"#, r#"{"methodArn":"arn:aws:s3:::b"}"#] {
            assert!(read(event.as_bytes()).is_err(), "{event}");
        }
    }
}
