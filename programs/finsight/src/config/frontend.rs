//! The frontend.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The frontend of one stack: requirements F1 to F5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrontendConfig {
    /// The GitHub repository, such as `https://github.com/finsight/finsight-web`.
    pub repository: String,
    /// The major version of Node.js that builds it, such as `22`.
    pub node_version: String,
    /// What builds it.
    pub build_command: String,
    /// Where the build puts the site, such as `build`.
    pub output_directory: String,
    /// Environment variables of every branch.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// The branches that are deployed on push, by name.
    pub branches: BTreeMap<String, BranchConfig>,
    /// Whether the zone's own name redirects to `www`.
    pub redirect_apex: bool,
    /// Whether each pull request gets a preview, which calls this stack's API: of the stacks of one repository, one has it.
    pub pull_request_previews: bool,
}

/// A branch that is deployed on push.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BranchConfig {
    /// What it is.
    pub stage: BranchStage,
    /// Its name in front of the zone, such as `www`.
    pub prefix: String,
    /// Environment variables of this branch alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
}

/// What a branch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BranchStage {
    /// What users see.
    Production,
    /// The last look before.
    Beta,
    /// Work in progress.
    Development,
}

impl BranchStage {
    /// Amplify's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "PRODUCTION",
            Self::Beta => "BETA",
            Self::Development => "DEVELOPMENT",
        }
    }
}
