//! A secret of Secrets Manager: where it is, by the environment, and what it holds.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::http;

/// Where a secret is, and who may read it.
#[derive(Clone, Debug)]
pub struct Place {
    arn: String,
    region: String,
    endpoint: Option<String>,
    credentials: Credentials,
}

impl Place {
    /// Reads the environment with `variable`: `name` has the secret's ARN, `AWS_ENDPOINT_URL_SECRETS_MANAGER` or
    /// `AWS_ENDPOINT_URL` another place for Secrets Manager, by `https` or on the machine itself. The role's credentials are
    /// put there by Lambda, and outlive the process.
    ///
    /// # Errors
    /// All variables that are missing or wrong.
    pub fn read(name: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let set =
            |name: &str| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut problems = Vec::new();
        let arn = set(name).unwrap_or_default();
        let region = match arn.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, "secretsmanager", region, _, "secret", _] => region.to_owned(),
            _ => {
                problems.push(format!("{name} is no ARN of a secret"));
                String::new()
            }
        };
        let mut needed = |name: &str| {
            set(name).unwrap_or_else(|| {
                problems.push(format!("{name} is not set"));
                String::new()
            })
        };
        let (id, key) = (needed("AWS_ACCESS_KEY_ID"), needed("AWS_SECRET_ACCESS_KEY"));
        let place = ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"];
        let endpoint = place.into_iter().find_map(|name| Some((name, set(name)?)));
        if let Some((name, Err(problem))) = endpoint.as_ref().map(|(name, url)| (name, http::address(url))) {
            problems.push(format!("{name} {problem}"));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let credentials = Credentials::new(id, key, set("AWS_SESSION_TOKEN"), None, "environment");
        Ok(Self { arn, region, endpoint: endpoint.map(|(_, url)| url), credentials })
    }
}

/// What a secret holds. It has no `Debug`.
pub struct Text(String);

impl Text {
    /// The text itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Why a secret cannot be read: AWS's code, or a word of our own. What AWS answered is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// A secret that is read from Secrets Manager, each time anew.
pub struct Secret {
    client: Client,
    arn: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Secret").field("arn", &self.arn).finish_non_exhaustive()
    }
}

impl Secret {
    /// The secret of this place. Nothing is read yet.
    #[must_use]
    pub fn at(place: &Place) -> Self {
        let https = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(3))
            .build();
        let mut settings = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(place.region.clone()))
            .credentials_provider(place.credentials.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(timeouts)
            .http_client(https);
        settings.set_endpoint_url(place.endpoint.clone());
        Self { client: Client::from_conf(settings.build()), arn: place.arn.clone() }
    }

    /// What it holds now; nothing where it holds no text.
    ///
    /// # Errors
    /// When Secrets Manager does not give it.
    pub async fn read(&self) -> Result<Text, Unreadable> {
        let answer = self.client.get_secret_value().secret_id(&self.arn).send().await;
        let answer = answer.map_err(|error| Unreadable(cause(&error).to_owned()))?;
        Ok(Text(answer.secret_string.unwrap_or_default()))
    }
}

/// Why there is no secret. The error's own text would hold the answer, and with it the secret.
fn cause<R>(error: &SdkError<GetSecretValueError, R>) -> &str {
    let word = |code: &&str| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    match error {
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            error.code().filter(word).unwrap_or("an answer that cannot be understood")
        }
        _ => "no request can be made",
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn everything_wrong_is_said_at_once() {
        let problems = Place::read("WEBHOOK", |_| None).expect_err("wrong");
        assert_eq!(problems.len(), 3, "{problems:?}");
        let wrong = |name: &str| Some(if name == "WEBHOOK" { "arn:aws:s3:::b" } else { "x" }.to_owned());
        assert_eq!(Place::read("WEBHOOK", wrong).expect_err("wrong").len(), 2);
    }

    #[test]
    fn the_secret_is_read_from_nobody_in_clear() {
        let read = |endpoint: &str| {
            Place::read("WEBHOOK", |name| match name {
                "WEBHOOK" => Some("arn:aws:secretsmanager:r:1:secret:s".to_owned()),
                "AWS_ENDPOINT_URL" => Some(endpoint.to_owned()),
                "AWS_ENDPOINT_URL_SECRETS_MANAGER" => None,
                _ => Some("x".to_owned()),
            })
        };
        for good in ["https://secretsmanager.r.amazonaws.com", "http://127.0.0.1:4566"] {
            assert_eq!(read(good).expect(good).endpoint.as_deref(), Some(good));
        }
        for bad in ["http://secrets.example", "secrets.example", "ftp://x"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
