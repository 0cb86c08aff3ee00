//! Functions as their callers meet them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::function::Function;
use super::settings::Settings;
use super::version::Stage;
use super::{grant, permission};
use crate::call::ACCOUNT;
use crate::policy::{Ask, allows};
use crate::world::World;

/// What a call of an ARN runs.
#[derive(Clone, Copy)]
pub(crate) struct Called<'a> {
    arn: &'a str,
    region: &'a str,
    function: &'a Function,
    qualifier: &'a str,
    settings: &'a Settings,
    /// The package, by Lambda's `CodeSha256`.
    pub sha256: &'a str,
}

/// What an ARN calls, or why there is nothing that can be called.
pub(crate) fn called<'a>(world: &'a World, arn: &'a str, now: i64) -> Result<Called<'a>, String> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", _, "lambda", region, _, "function", name, rest @ ..] = parts.as_slice() else {
        return Err(format!("{arn} is no function's ARN"));
    };
    let absent = || format!("there is no function {name} in {region}");
    let function = world.lambda.get(*region).and_then(|all| all.functions.get(*name)).ok_or_else(absent)?;
    let qualifier = rest.first().copied().unwrap_or_default();
    let number = function.resolve((!qualifier.is_empty()).then_some(qualifier));
    let number = number.ok_or_else(|| format!("function {name} has no alias or version {qualifier}"))?;
    if now < function.active_at || function.without_address {
        return Err(format!("function {name} is not active"));
    }
    let version = function.versions.iter().find(|version| version.number == number);
    let (settings, code, role) = match version {
        Some(version) if version.stage(now) != Stage::Active => {
            return Err(format!("version {number} of function {name} is not active"));
        }
        Some(version) => (version.settings(), version.code(), &version.grant),
        None => (&function.settings, &function.code, &function.grant),
    };
    if let Some(refusal) = grant::refusal(&world.iam, settings, role.as_deref()) {
        return Err(refusal.message);
    }
    Ok(Called { arn, region, function, qualifier, settings, sha256: &code.sha256 })
}

impl Called<'_> {
    /// Its name with the alias.
    pub fn name(&self) -> String {
        match self.qualifier {
            "" => self.function.name.clone(),
            qualifier => format!("{}:{qualifier}", self.function.name),
        }
    }

    pub fn arn(&self) -> &str {
        self.arn
    }

    pub fn region(&self) -> &str {
        self.region
    }

    pub fn role(&self) -> &str {
        self.settings.get("Role").and_then(Value::as_str).unwrap_or_default()
    }

    /// Why a service may not call it for a source, by the policy of the alias that is called ("Resource-based policies").
    pub fn refuses(&self, service: &str, source: &str) -> Option<String> {
        let statements = self.function.attached.policies.get(self.qualifier);
        let document = permission::document(statements.into_iter().flat_map(|all| all.values().cloned()));
        let context = [("aws:sourcearn", source), ("aws:sourceaccount", ACCOUNT)];
        let ask = Ask {
            who: Some(service),
            action: "lambda:InvokeFunction",
            resource: self.arn,
            context: &context,
        };
        (!allows(&document, &ask)).then(|| format!("its policy does not let {service} call it for {source}"))
    }

    /// Whether there is no call for which it has an environment ("Configuring reserved concurrency": zero stops it).
    pub fn is_stopped(&self) -> bool {
        self.function.reserved == Some(0)
    }

    /// The milliseconds that a call may take.
    pub fn timeout(&self) -> u64 {
        self.settings.get("Timeout").and_then(Value::as_u64).unwrap_or(3) * 1000
    }

    /// The environment variables that were set.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let variables = self.settings.get("Environment").and_then(|own| own.get("Variables"));
        let all = variables.and_then(Value::as_object).into_iter().flatten();
        all.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
    }
}
