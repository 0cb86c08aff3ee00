//! The grant of a key by which a function's role reads its environment variables. It is of the role that stood when it
//! was given, not of its ARN (re:Post lambda-kmsaccessdeniedexception-errors).

use serde_json::Value;

use super::settings::Settings;
use super::{find_qualified, named};
use crate::answer::Refusal;
use crate::iam::Account;
use crate::world::Context;

fn text<'a>(settings: &'a Settings, member: &str) -> &'a str {
    settings.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// Whose the grant is after a change. It is given anew where variables come, or where role or key become others: the
/// same values once more are not said to renew it.
pub(super) fn after(
    cx: &Context<'_>,
    before: Option<(&Settings, &Option<String>)>,
    settings: &Settings,
) -> Option<String> {
    if !settings.contains_key("Environment") {
        return None;
    }
    let stays = |(old, _): &(&Settings, &Option<String>)| {
        old.contains_key("Environment")
            && ["Role", "KMSKeyArn"].iter().all(|member| text(old, member) == text(settings, member))
    };
    match before.filter(stays) {
        Some((_, grant)) => grant.clone(),
        None => cx.world.iam.role_id(text(settings, "Role")).map(str::to_owned),
    }
}

/// Refuses a call of a function whose grant is of a role that is gone, unless the role's own policies do for it.
pub(super) fn check(cx: &mut Context<'_>) -> Result<(), Refusal> {
    let (_, qualifier) = named(cx);
    let (function, _) = find_qualified(cx)?;
    let number = function.resolve(qualifier.as_deref());
    let version = function.versions.iter().find(|version| Some(version.number) == number);
    let (settings, grant) = match version {
        Some(version) => (version.settings().clone(), version.grant.clone()),
        None => (function.settings.clone(), function.grant.clone()),
    };
    match refusal(&cx.world.iam, &settings, grant.as_deref()) {
        Some(refusal) => Err(refusal),
        None => Ok(()),
    }
}

/// Why a call with these settings, whose grant is of this role, has no variables.
pub(super) fn refusal(iam: &Account, settings: &Settings, grant: Option<&str>) -> Option<Refusal> {
    let (role, key) = (text(settings, "Role"), text(settings, "KMSKeyArn"));
    let granted = grant.is_some() && grant == iam.role_id(role);
    let may = || !key.is_empty() && iam.grants(role, "kms:Decrypt", key);
    if !settings.contains_key("Environment") || granted || may() {
        return None;
    }
    let message = "Lambda was unable to decrypt the environment variables because KMS access was denied. Please check \
                   the function's AWS KMS key settings. KMS Exception: UnrecognizedClientException KMS Message: The \
                   security token included in the request is invalid.";
    Some(Refusal::new(502, "KMSAccessDeniedException", message))
}
