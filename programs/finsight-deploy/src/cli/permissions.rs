//! Options of `permissions`.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct Permissions {
    /// What the role is for
    #[arg(long = "for", value_enum, default_value_t = Purpose::Up, value_name = "COMMAND")]
    pub purpose: Purpose,
    /// The form
    #[arg(long, value_enum, default_value_t = PermissionsFormat::Markdown)]
    pub format: PermissionsFormat,
    /// The account, in ARNs [default: the config's, or any]
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// Print the trust policy for this repository's workflows too: OWNER/REPOSITORY, or
    /// OWNER/REPOSITORY:ENVIRONMENT
    #[arg(long, value_name = "REPOSITORY")]
    pub github: Option<String>,
    /// Print the trust policy for this user or role too, or with `:root` for the account's administrators
    #[arg(long, value_name = "ARN")]
    pub principal: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Purpose {
    Preview,
    Up,
    Drift,
    Destroy,
    Ops,
}

impl Purpose {
    /// As it begins the names of statements.
    pub fn word(self) -> &'static str {
        match self {
            Self::Preview => "Preview",
            Self::Up => "Up",
            Self::Drift => "Drift",
            Self::Destroy => "Destroy",
            Self::Ops => "Ops",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PermissionsFormat {
    Json,
    Terraform,
    Markdown,
    /// Commands of the AWS CLI that make the role
    Shell,
}
