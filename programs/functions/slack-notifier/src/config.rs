//! What the environment says: where the webhook is kept, and who may read it.

use aws_credential_types::Credentials;
use finsight_function::http;

/// The settings of the notifier.
#[derive(Clone, Debug)]
pub struct Config {
    /// `SLACK_WEBHOOK_SECRET_ARN`: the secret that holds the webhook's address.
    pub secret: String,
    /// The secret's region, from its ARN.
    pub region: String,
    /// `FINSIGHT_STACK`: the stack's name, shown in each message.
    pub stack: Option<String>,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER` or `AWS_ENDPOINT_URL`: another place for Secrets Manager, by `https` or on
    /// the machine itself.
    pub endpoint: Option<String>,
    /// The role's credentials, which Lambda puts into the environment. They outlive the process.
    pub credentials: Credentials,
}

/// All that is wrong with the environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the settings with `variable`, which gives an environment variable by name.
    ///
    /// # Errors
    /// All variables that are missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let set =
            |name: &str| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut problems = Vec::new();
        let secret = set("SLACK_WEBHOOK_SECRET_ARN").unwrap_or_default();
        let region = match secret.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, "secretsmanager", region, _, "secret", _] => region.to_owned(),
            _ => {
                problems.push("SLACK_WEBHOOK_SECRET_ARN is no ARN of a secret".to_owned());
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
            return Err(ConfigError(problems));
        }
        Ok(Self {
            secret,
            region,
            stack: set("FINSIGHT_STACK"),
            endpoint: endpoint.map(|(_, url)| url),
            credentials: Credentials::new(id, key, set("AWS_SESSION_TOKEN"), None, "environment"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn everything_wrong_is_said_at_once() {
        let error = Config::read(|_| None).expect_err("wrong");
        assert_eq!(error.0.len(), 3, "{error}");
        let wrong =
            Config::read(|name| Some(if name.ends_with("ARN") { "arn:aws:s3:::b" } else { "x" }.to_owned()));
        assert_eq!(wrong.expect_err("wrong").0.len(), 2);
    }

    #[test]
    fn the_secret_is_read_from_nobody_in_clear() {
        let read = |endpoint: &str| {
            Config::read(|name| match name {
                "SLACK_WEBHOOK_SECRET_ARN" => Some("arn:aws:secretsmanager:r:1:secret:s".to_owned()),
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
