//! Options of `permissions`.

use clap::{Args, ValueEnum};

use super::principal::{is_account, principal};

#[derive(Debug, Args)]
pub struct Permissions {
    /// What the role is for
    #[arg(long = "for", value_enum, default_value_t = Purpose::Up, value_name = "COMMAND")]
    pub purpose: Purpose,
    /// The form
    #[arg(long, value_enum, default_value_t = PermissionsFormat::Markdown)]
    pub format: PermissionsFormat,
    /// The account, in ARNs [default: the config's, or any]
    #[arg(long, value_name = "ID", value_parser = account)]
    pub account: Option<String>,
    /// Print the trust policy for this repository's workflows too: OWNER/REPOSITORY, or
    /// OWNER/REPOSITORY:ENVIRONMENT
    #[arg(long, value_name = "REPOSITORY", value_parser = repository)]
    pub github: Option<String>,
    /// Print the trust policy for this user or role too, or with `:root` for the account's administrators
    #[arg(long, value_name = "ARN", value_parser = principal)]
    pub principal: Option<String>,
}

fn account(text: &str) -> Result<String, String> {
    if is_account(text) { Ok(text.to_owned()) } else { Err("an account has 12 digits".to_owned()) }
}

/// Names of GitHub: `OWNER/REPOSITORY`, and an environment behind a colon.
fn repository(text: &str) -> Result<String, String> {
    let (repository, environment) =
        text.split_once(':').map_or((text, None), |(all, rest)| (all, Some(rest)));
    let is_name = |name: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !name.is_empty() && name.len() <= 100 && name.chars().all(fits)
    };
    let sound = repository.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name));
    match sound && environment.is_none_or(is_name) {
        true => Ok(text.to_owned()),
        false => Err("expected OWNER/REPOSITORY or OWNER/REPOSITORY:ENVIRONMENT, without `*`".to_owned()),
    }
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
