//! The webhook's address: read from Secrets Manager once, kept, and read again when Slack no longer knows it.

use finsight_function::http;
use finsight_function::runtime::Failure;
use finsight_function::secret::Secret;
use serde::Deserialize;

use crate::config::Config;

/// The hosts of Slack's incoming webhooks.
const HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

/// The address to post to. It has no `Debug`: who knows it can post.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(::http::Uri);

impl Address {
    /// The address itself.
    #[must_use]
    pub fn reveal(&self) -> &::http::Uri {
        &self.0
    }

    /// Reads a secret's text: the address alone, or a JSON object with it under `webhook_url` or `url`.
    ///
    /// # Errors
    /// When it is neither. The text is not repeated.
    pub fn of(secret: &str) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct Fields {
            #[serde(alias = "url")]
            webhook_url: String,
        }
        let text = serde_json::from_str(secret)
            .map_or_else(|_| secret.to_owned(), |fields: Fields| fields.webhook_url);
        http::address(&text)
            .and_then(|uri| if slacks(&uri) { Ok(Self(uri)) } else { Err("is no address of Slack") })
            .map_err(|problem| {
                Failure::new("Webhook.Invalid", format!("what the webhook's secret holds {problem}"))
            })
    }
}

/// Whether an address is one of Slack's, or of the machine itself: alarms are told to nobody else.
fn slacks(uri: &::http::Uri) -> bool {
    let plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    let slack = uri.host().is_some_and(|host| HOSTS.iter().any(|known| host.eq_ignore_ascii_case(known)));
    let usual = matches!(uri.port_u16(), None | Some(443));
    plain && (uri.scheme_str() == Some("http") || (slack && usual))
}

/// The webhook of a secret.
pub struct Webhook {
    secret: Secret,
    known: Option<Address>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Webhook").field("secret", &self.secret).finish_non_exhaustive()
    }
}

impl Webhook {
    /// The webhook of the config's secret. Nothing is read yet.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { secret: Secret::at(&config.secret), known: None }
    }

    /// The address; Secrets Manager is asked only where it is not known.
    ///
    /// # Errors
    /// When the secret cannot be read or holds no address.
    pub async fn address(&mut self) -> Result<Address, Failure> {
        match &self.known {
            Some(address) => Ok(address.clone()),
            None => self.read().await,
        }
    }

    /// The address as the secret holds it now.
    ///
    /// # Errors
    /// When the secret cannot be read or holds no address.
    pub async fn read(&mut self) -> Result<Address, Failure> {
        let held = self.secret.read().await.map_err(|why| {
            Failure::new("Webhook.Unreadable", format!("the webhook's secret cannot be read: {why}"))
        })?;
        let address = Address::of(held.reveal())?;
        self.known = Some(address.clone());
        Ok(address)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn a_secret_holds_the_address_plain_or_as_json() {
        let want = "https://hooks.slack.com/services/T0/B0/x";
        for text in [
            want.to_owned(),
            format!("{want}\n"),
            format!(r#"{{"webhook_url":"{want}"}}"#),
            format!(r#"{{"url":"{want}","more":1}}"#),
        ] {
            let read = Address::of(&text).unwrap_or_else(|failure| panic!("{failure}"));
            assert_eq!(read.reveal().to_string(), want);
        }
    }

    #[test]
    fn another_text_is_refused_and_not_repeated() {
        for text in [
            "",
            "hunter2",
            "http://hooks.slack.com/hunter2",
            r#"{"token":"hunter2"}"#,
            "https://evil.example/hunter2",
            "https://hooks.slack.com.evil.example/hunter2",
            "https://evil-hooks.slack.com/hunter2",
            "https://hooks.slack.com@evil.example/hunter2",
            "https://hunter2@hooks.slack.com/services",
            "https://hooks.slack.com:8443/hunter2",
            "https://127.0.0.1/hunter2",
        ] {
            let Err(failure) = Address::of(text) else { panic!("taken: {text}") };
            assert!(!failure.message.contains("hunter2"), "{failure}");
        }
    }
}
