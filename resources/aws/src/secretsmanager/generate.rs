//! The random first value of a secret.

use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::Map;
use serde_json::Value as Json;

use crate::failure::{unexpected, unread};
use crate::session::Region;
use crate::values::Inputs;

/// Makes a value as `wanted` says.
pub async fn generate(aws: &Region, wanted: &Map) -> Result<String, Failure> {
    let within = frame(wanted)?;
    let answer = aws
        .secretsmanager()
        .get_random_password()
        .set_password_length(wanted.int("password_length"))
        .set_exclude_characters(wanted.text("exclude_characters").map(str::to_owned))
        .set_exclude_punctuation(wanted.flag("exclude_punctuation"))
        .set_exclude_numbers(wanted.flag("exclude_numbers"))
        .set_exclude_lowercase(wanted.flag("exclude_lowercase"))
        .set_exclude_uppercase(wanted.flag("exclude_uppercase"))
        .set_require_each_included_type(wanted.flag("require_each_included_type"))
        .set_include_space(wanted.flag("include_space"))
        .send()
        .await
        .map_err(|error| unread("secretsmanager:GetRandomPassword", &error))?;
    let random = answer.random_password.ok_or_else(|| {
        let mut failure = unexpected("secretsmanager:GetRandomPassword", "the answer has no password");
        failure.class = FailureClass::Transient;
        failure
    })?;
    Ok(match within {
        Some((mut object, key)) => {
            object.insert(key, Json::String(random));
            Json::Object(object).to_string()
        }
        None => random,
    })
}

/// An object, and the key in it.
type Frame = (serde_json::Map<String, Json>, String);

/// The object that the random text goes into, and under which key.
fn frame(wanted: &Map) -> Result<Option<Frame>, Failure> {
    let (template, key) = (wanted.text("secret_string_template"), wanted.text("generate_string_key"));
    let wrong = |message: &str| {
        let mut failure = unexpected("secretsmanager:GetRandomPassword", message);
        failure.class = FailureClass::Invalid;
        failure.code = "GenerateInvalid".to_owned();
        failure
    };
    match (template, key) {
        (None, None) => Ok(None),
        (Some(template), Some(key)) => match serde_json::from_str(template) {
            Ok(Json::Object(object)) => Ok(Some((object, key.to_owned()))),
            _ => Err(wrong("`secret_string_template` is not a JSON object")),
        },
        _ => Err(wrong("`secret_string_template` and `generate_string_key` need each other")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Values;

    #[test]
    fn a_template_is_an_object_and_has_a_key() {
        let wanted = |template: Option<&str>, key: Option<&str>| {
            frame(
                &Values::new()
                    .set("secret_string_template", template)
                    .set("generate_string_key", key)
                    .build(),
            )
        };
        let (object, key) = wanted(Some(r#"{"username":"app"}"#), Some("password")).unwrap().unwrap();
        assert_eq!((object["username"].as_str(), key.as_str()), (Some("app"), "password"));
        assert!(wanted(None, None).unwrap().is_none());
        for (template, key) in [(Some("{}"), None), (None, Some("k")), (Some("[1]"), Some("k"))] {
            assert_eq!(wanted(template, key).unwrap_err().code, "GenerateInvalid");
        }
    }
}
