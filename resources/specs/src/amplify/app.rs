//! `aws:amplify:App`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{AmplifyAppId, Arn};

/// A redirect or rewrite.
#[derive(Clone)]
pub struct CustomRule(Map);

impl CustomRule {
    /// From a pattern of paths to a target.
    #[must_use]
    pub fn new(source: &str, target: impl Into<Input<String>>) -> Self {
        Self(Map::from([
            ("source".to_owned(), source.into()),
            ("target".to_owned(), target.into().into_value()),
        ]))
    }

    /// `200` for a rewrite, `301` or `302` for a redirect, `404`, `404-200`.
    #[must_use]
    pub fn status(mut self, status: &str) -> Self {
        self.0.insert("status".to_owned(), status.into());
        self
    }

    /// When it applies, such as a country code.
    #[must_use]
    pub fn condition(mut self, condition: &str) -> Self {
        self.0.insert("condition".to_owned(), condition.into());
        self
    }
}

impl Property for CustomRule {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for CustomRule {
    const KIND: Kind = Kind::Map;
}

/// How branches that Amplify connects by itself are set up.
#[derive(Clone, Default)]
pub struct AutoBranchCreationConfig(Map);

impl AutoBranchCreationConfig {
    /// As Amplify sets them up.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an entry; what is false or empty says as much as its absence, and is left out.
    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if value == Value::Bool(false) || value == Value::from("") || value == Value::Map(Map::new()) {
            self.0.remove(key);
        } else {
            self.0.insert(key.to_owned(), value);
        }
        self
    }

    /// `PRODUCTION`, `BETA`, `DEVELOPMENT`, `EXPERIMENTAL` or `PULL_REQUEST`.
    #[must_use]
    pub fn stage(self, stage: &str) -> Self {
        self.with("stage", stage)
    }

    /// The framework.
    #[must_use]
    pub fn framework(self, framework: &str) -> Self {
        self.with("framework", framework)
    }

    /// Whether a push builds.
    #[must_use]
    pub fn enable_auto_build(self, wanted: bool) -> Self {
        self.with("enable_auto_build", wanted)
    }

    /// Environment variables.
    #[must_use]
    pub fn environment_variables(self, variables: impl Into<Input<BTreeMap<String, String>>>) -> Self {
        self.with("environment_variables", variables.into().into_value())
    }

    /// The build specification.
    #[must_use]
    pub fn build_spec(self, yaml: &str) -> Self {
        self.with("build_spec", yaml)
    }

    /// Whether pull requests get previews.
    #[must_use]
    pub fn enable_pull_request_preview(self, wanted: bool) -> Self {
        self.with("enable_pull_request_preview", wanted)
    }

    /// The environment of previews.
    #[must_use]
    pub fn pull_request_environment_name(self, name: &str) -> Self {
        self.with("pull_request_environment_name", name)
    }

    /// Whether visitors need the name and password of `basic_auth_credentials`.
    #[must_use]
    pub fn enable_basic_auth(self, wanted: bool) -> Self {
        self.with("enable_basic_auth", wanted)
    }

    /// Base64 of `user:password`.
    #[must_use]
    pub fn basic_auth_credentials(self, base64: impl Into<Input<String>>) -> Self {
        self.with("basic_auth_credentials", base64.into().into_value())
    }
}

impl Property for AutoBranchCreationConfig {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for AutoBranchCreationConfig {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// A web application with its hosting.
    App: "aws:amplify:App", id AmplifyAppId, outputs AppOutputs {
        required {
            /// Its name; others may have the same.
            name: String { lets_go(LetsGo::Free) },
        }
        optional {
            /// The address of its repository, which it keeps once it has one; deployed by hand where it has none.
            repository: String { lets_go(LetsGo::Free) },
            /// The token that lets Amplify into a GitHub repository, used when the repository is connected.
            access_token: String { secret(), write_only(), lets_go(LetsGo::Free) },
            /// The token for repositories that are not on GitHub.
            oauth_token: String { secret(), write_only(), lets_go(LetsGo::Free) },
            /// `WEB` for static sites, `WEB_COMPUTE` for those that a server renders.
            platform: String { default("WEB"), lets_go(LetsGo::Free) },
            /// How it is built, in YAML; Amplify detects it where it is not set.
            build_spec: String { lets_go(LetsGo::Free) },
            /// Environment variables of its builds.
            environment_variables: BTreeMap<String, String> { default(Map::new()), lets_go(LetsGo::Free) },
            /// Redirects and rewrites, in the order that they are tried.
            custom_rules: Vec<CustomRule> { default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// Headers of its answers, in YAML.
            custom_headers: String { default(""), lets_go(LetsGo::Free) },
            /// Whether a push builds the branches.
            enable_branch_auto_build: bool { default(false) },
            /// Whether a branch goes when the repository's goes.
            enable_branch_auto_deletion: bool { default(false) },
            /// Whether visitors need a name and a password.
            enable_basic_auth: bool { default(false) },
            /// Base64 of `user:password`.
            basic_auth_credentials: String { secret(), write_only(), lets_go(LetsGo::Free) },
            /// Whether new branches of the repository are connected by themselves.
            enable_auto_branch_creation: bool { default(false) },
            /// Which branches are, as patterns.
            auto_branch_creation_patterns: Vec<String> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// How they are set up.
            auto_branch_creation_config: AutoBranchCreationConfig {
                default(Map::new()), lets_go(LetsGo::Free),
            },
            /// The role that its builds run in, by ARN.
            iam_service_role_arn: Arn { absent(), lets_go(LetsGo::Free) },
            /// The role that its server side runs in, by ARN.
            compute_role_arn: Arn { absent(), lets_go(LetsGo::Free) },
            /// `AMPLIFY_MANAGED` or `AMPLIFY_MANAGED_NO_COOKIES`.
            cache_config_type: String { lets_go(LetsGo::Free) },
            /// The size of build machines: `STANDARD_8GB`, `LARGE_16GB` or `XLARGE_72GB`.
            build_compute_type: String { default("STANDARD_8GB"), lets_go(LetsGo::Free) },
            /// What it is for.
            description: String { default("") },
            /// Not to be set: branches that nothing declares show here. They are left as they are: somebody works on them.
            branches: Vec<String> { parts("aws:amplify:Branch"), told() },
            /// Not to be set: webhooks that nothing declares, by which others can start builds, show here. They are left as
            /// they are.
            webhooks: Vec<String> { parts("aws:amplify:Webhook"), told() },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// The domain that its branches are below: `<id>.amplifyapp.com`.
            default_domain: String,
        }
        spec {
            timing: Timing::new([3, 2, 3], [5, 5, 10]),
        }
    }
}
