//! `security`: requirements S1 to S5. S6 is the policy pack.

mod account;
mod firewall;

use std::collections::BTreeMap;

use finsight_engine::program::{Handle, Options, Scope};
use finsight_specs::kms::{Alias, Key};
use finsight_specs::secretsmanager::{Generate, Secret};
use finsight_specs::wafv2::WebAcl;

use crate::common::{grants_through, key_policy, name, named, part, use_through};
use crate::config::SecurityConfig;

pub use account::Account;
pub use firewall::ORIGIN_HEADER;

/// The secrets of every stack, and that of its API keys.
pub(crate) const SECRETS: [&str; 5] = ["auth0", "cdn-origin", "slack-webhook", "github-token", "api-keys"];

/// What other components need of security.
pub struct Security {
    /// Keys.
    pub keys: Keys,
    /// Secrets.
    pub secrets: Secrets,
    /// The web ACL of CloudFront, in us-east-1.
    pub edge: Handle<WebAcl>,
    /// The web ACL of the API's stage.
    pub regional: Handle<WebAcl>,
    /// What stands once in the account, if this stack has it.
    pub account: Option<Account>,
}

/// S3: the stack's keys.
pub struct Keys {
    /// Of the database's storage, backups and snapshots.
    pub database: Handle<Key>,
    /// Of all secrets.
    pub secrets: Handle<Key>,
}

/// S2: the stack's secrets. Their values are made by AWS or put in by hand, never by the program.
pub struct Secrets {
    /// What only CloudFront sends to the API.
    pub origin: Handle<Secret>,
    /// The webhook of Slack.
    pub slack: Handle<Secret>,
    /// The token of GitHub.
    pub github: Handle<Secret>,
    /// Those that functions may ask for, by name.
    pub by_name: BTreeMap<String, Handle<Secret>>,
}

/// Keys, secrets, firewalls, and the account's own guards.
#[must_use]
pub fn security(s: &Scope, config: &SecurityConfig, protected: bool) -> Security {
    let keys = keys(s, config, protected);
    let secrets = secrets(s, config, &keys, protected);
    let (edge, regional) = firewall::firewalls(s, &config.firewall, &secrets.origin);
    let account = config.account.as_ref().map(|account| account::account(s, account, config, protected));
    Security { keys, secrets, edge, regional, account }
}

fn keys(s: &Scope, config: &SecurityConfig, protected: bool) -> Keys {
    let key = |what: &str, description: &str, policy: finsight_specs::iam::Policy| {
        let key = Key::new(policy.document())
            .description(description)
            .enable_key_rotation(true)
            .pending_window_in_days(config.key_deletion_days)
            .tags(name(s, what));
        let key = s.add_with(what, key, Options { protect: protected, ..Options::default() });
        s.add(what, Alias::new(format!("alias/{}", named(s, what)), &key));
        key
    };
    Keys {
        database: key(
            "database",
            "FinSight's database: storage, backups and snapshots",
            key_policy(s).statement(use_through(s, "rds")).statement(grants_through(s, "Grants", "rds")),
        ),
        secrets: key(
            "secrets",
            "FinSight's secrets",
            // RDS keeps the master user's password in a secret under this key.
            key_policy(s)
                .statement(use_through(s, "secretsmanager"))
                .statement(grants_through(s, "Grants", "secretsmanager"))
                .statement(grants_through(s, "GrantsOfTheDatabase", "rds")),
        ),
    }
}

fn secrets(s: &Scope, config: &SecurityConfig, keys: &Keys, protected: bool) -> Secrets {
    let secret = |what: &str, description: &str, generate: Generate| {
        let secret = Secret::new()
            .name(format!("{}/{what}", crate::stack_name(s.stack_name(), "finsight")))
            .description(description)
            .kms_key_id(&keys.secrets.arn)
            .generate(generate)
            .recovery_window_in_days(config.secret_recovery_days)
            .tags(name(s, what));
        s.add_with(&part(what), secret, Options { protect: protected, ..Options::default() })
    };
    // A first value that opens nothing, until the real one is put in.
    let to_be_filled = || Generate::password().password_length(32).exclude_punctuation(true).placeholder();
    let mut by_name = BTreeMap::from([(
        "auth0".to_owned(),
        secret("auth0", "Auth0: client id and secret; put in by hand", to_be_filled()),
    )]);
    for (other, of) in &config.secrets {
        by_name.insert(other.clone(), secret(other, &of.description, to_be_filled()));
    }
    Secrets {
        origin: secret(
            "cdn-origin",
            "What CloudFront sends to the API, and nobody else can",
            Generate::password().password_length(48).exclude_punctuation(true),
        ),
        slack: secret("slack-webhook", "The webhook of Slack; put in by hand", to_be_filled()),
        github: secret("github-token", "The token of GitHub for Amplify; put in by hand", to_be_filled()),
        by_name,
    }
}
