//! What a walk stands on: the config, the account, and what stands in for Auth0, Slack and Secrets Manager.

use finsight::config::Config;
use finsight_function_testing::issuer::{self, Key};
use finsight_function_testing::{Reply, Server};
use finsight_local::LocalCloud;
use finsight_local::walk::{Packages, Walk};
use serde_json::{Value, json};

use crate::error::CommandError;
use crate::stack::Stack;

/// What no walk goes through.
pub const NOT_WALKED: [&str; 4] = [
    "the caches of CloudFront and API Gateway: each request goes the whole way",
    "how many calls a function has at once, and what it reaches in the network",
    "TLS itself, beyond whether each certificate is for its name",
    "that CloudFront puts the headers of a policy on what a web ACL blocks: AWS documents \"every response\", nobody has measured it",
];

/// The name of the secret with Slack's webhook ends so.
const WEBHOOK: &str = "slack-webhook";

/// What a walk stands on.
pub struct Ground<'a> {
    /// The stack's name.
    pub stack: &'a str,
    /// Its config.
    pub config: &'a Config,
    /// Slack.
    pub slack: Server,
    cloud: &'a LocalCloud,
    artifacts: std::path::PathBuf,
    keys: Server,
}

impl<'a> Ground<'a> {
    pub fn new(stack: &'a Stack, config: &'a Config, cloud: &'a LocalCloud) -> Result<Self, CommandError> {
        let failed = |error: std::io::Error| CommandError::io("opening a port", &error);
        let set = json!({ "keys": [Key::first().jwk()] }).to_string();
        Ok(Self {
            stack: &stack.name,
            config,
            slack: Server::start(|_| Some(Reply::new(200, "ok"))).map_err(failed)?,
            cloud,
            artifacts: stack.artifacts(),
            keys: Server::start(move |_| Some(Reply::new(200, set.clone()))).map_err(failed)?,
        })
    }

    /// A walk that begins anew.
    pub fn walk(&self) -> Walk {
        self.walk_with_keys(&self.keys.url("/jwks.json"))
    }

    /// A walk while the issuer does not answer.
    pub fn walk_without_keys(&self) -> Walk {
        self.walk_with_keys("http://127.0.0.1:1/jwks.json")
    }

    fn walk_with_keys(&self, keys: &str) -> Walk {
        let artifacts = self.artifacts.clone();
        let packages: Packages = Box::new(move |hash| finsight::artifacts::read(&artifacts, hash).ok());
        Walk::new(self.cloud, packages)
            .variable("JWKS_URL", keys)
            .secret(WEBHOOK, self.slack.url("/services/T0/B0/walk"))
    }

    /// The claims of a token that is good.
    pub fn claims(&self) -> Value {
        issuer::claims(&self.config.api.authorizer.issuer, &self.config.api.authorizer.audience)
    }

    /// The tag of what is the stack's.
    pub fn tag(&self) -> (&str, &str) {
        ("finsight:stack", self.stack)
    }

    /// What stood in for what is not here.
    pub fn stand_ins(&self, confirmed: &[String]) -> Vec<String> {
        let mut all = vec![
            "the functions of the API: a stand-in answers as the guide's contract says".to_owned(),
            format!("{}: its keys and tokens are the walk's own", self.config.api.authorizer.issuer),
            "Slack and the secret with its webhook".to_owned(),
        ];
        if !confirmed.is_empty() {
            all.push(format!("who confirms the subscriptions of {}", confirmed.join(", ")));
        }
        all
    }
}
