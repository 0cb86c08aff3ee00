//! What of a proxy can be changed, and how users log in.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::create::{combination, invalid};
use crate::answer::Refusal;
use crate::wire::query::Params;

/// What of a proxy can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub role: String,
    pub auth: Vec<Auth>,
    default_auth_scheme: String,
    pub groups: Vec<String>,
    require_tls: bool,
    idle_client_timeout: i64,
    debug_logging: bool,
}

/// How one database user logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Auth {
    scheme: String,
    pub secret: String,
    iam: String,
    passwords: String,
    description: Option<String>,
    user: Option<String>,
}

impl Auth {
    fn of(params: &Params) -> Result<Auth, Refusal> {
        let iam = params.filled("IAMAuth").unwrap_or_else(|| "DISABLED".to_owned());
        if !["DISABLED", "REQUIRED"].contains(&iam.as_str()) {
            return Err(invalid(format!("IAMAuth {iam} is not supported by this engine family.")));
        }
        let secret = params.required("SecretArn")?;
        if !secret.starts_with("arn:") || !secret.contains(":secret:") {
            return Err(invalid(format!("{secret} is not the ARN of a secret.")));
        }
        Ok(Auth {
            scheme: params.filled("AuthScheme").unwrap_or_else(|| "SECRETS".to_owned()),
            secret,
            iam,
            passwords: params
                .filled("ClientPasswordAuthType")
                .unwrap_or_else(|| "POSTGRES_SCRAM_SHA_256".to_owned()),
            description: params.filled("Description"),
            user: params.filled("UserName"),
        })
    }

    fn render(&self) -> Value {
        json!({
            "AuthScheme": self.scheme, "SecretArn": self.secret, "IAMAuth": self.iam,
            "ClientPasswordAuthType": self.passwords, "Description": self.description, "UserName": self.user,
        })
    }
}

impl Settings {
    /// Those of a proxy that was told nothing but its security groups.
    pub(crate) fn new(groups: Vec<String>) -> Settings {
        Settings {
            role: String::new(),
            auth: Vec::new(),
            default_auth_scheme: "NONE".to_owned(),
            groups,
            require_tls: false,
            idle_client_timeout: 1800,
            debug_logging: false,
        }
    }

    pub(crate) fn render(&self) -> Value {
        json!({
            "VpcSecurityGroupIds": self.groups,
            "Auth": self.auth.iter().map(Auth::render).collect::<Vec<_>>(),
            "DefaultAuthScheme": self.default_auth_scheme,
            "RoleArn": self.role,
            "RequireTLS": self.require_tls,
            "IdleClientTimeout": self.idle_client_timeout,
            "DebugLogging": self.debug_logging,
        })
    }

    /// What a call asks for over what is.
    pub(crate) fn asked(&self, params: &Params) -> Result<Settings, Refusal> {
        let mut settings = self.clone();
        if let Some(role) = params.filled("RoleArn") {
            if !role.contains(":role/") {
                return Err(invalid(format!("{role} is not the ARN of a role.")));
            }
            settings.role = role;
        }
        if params.has("Auth") {
            settings.auth = params.list("Auth").iter().map(Auth::of).collect::<Result<_, _>>()?;
        }
        if let Some(scheme) = params.filled("DefaultAuthScheme") {
            settings.default_auth_scheme = scheme;
        }
        settings.require_tls = params.flag("RequireTLS").unwrap_or(self.require_tls);
        settings.debug_logging = params.flag("DebugLogging").unwrap_or(self.debug_logging);
        settings.idle_client_timeout =
            params.number("IdleClientTimeout")?.unwrap_or(self.idle_client_timeout);
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.auth.is_empty() && self.default_auth_scheme != "IAM_AUTH" {
            return Err(combination("Auth is required unless DefaultAuthScheme is IAM_AUTH."));
        }
        if self.auth.len() > 200 {
            return Err(invalid("A proxy has at most 200 secrets."));
        }
        let iam = self.auth.iter().any(|a| a.iam == "REQUIRED") || self.default_auth_scheme == "IAM_AUTH";
        if iam && !self.require_tls {
            return Err(combination("RequireTLS must be enabled when IAM authentication is used."));
        }
        if !(1..=28_800).contains(&self.idle_client_timeout) {
            return Err(invalid("IdleClientTimeout must be between 1 and 28800 seconds."));
        }
        Ok(())
    }
}
