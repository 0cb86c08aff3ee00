//! What CloudFront refuses of a policy, and what it assumes.

use super::argument;
use super::policy::Kind;
use super::tree::Tree;
use crate::answer::Refusal;

/// Fills in what is not said, and refuses what cannot be.
pub(super) fn check(kind: Kind, config: &mut Tree) -> Result<(), Refusal> {
    config.check_quantities()?;
    let name = config.text("Name").unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 128 || !(kind == Kind::AccessControl || name.chars().all(fits)) {
        return Err(argument("The parameter Name contains invalid characters, is empty or too long."));
    }
    match kind {
        Kind::Cache => check_cache(config),
        Kind::OriginRequest => {
            config.or(Tree::leaf("Comment", ""));
            check_selections(config)
        }
        Kind::ResponseHeaders => check_response(config),
        Kind::AccessControl => check_access(config),
    }
}

fn check_cache(config: &mut Tree) -> Result<(), Refusal> {
    let least = config.number("MinTTL").ok_or_else(|| argument("The parameter MinTTL is required."))?;
    let (usual, most) = (least.max(86_400).to_string(), least.max(31_536_000).to_string());
    config.or_leaves(&[("Comment", ""), ("DefaultTTL", &usual), ("MaxTTL", &most)]);
    let ttl = |name: &str| config.number(name).unwrap_or_default();
    if ttl("DefaultTTL") < least || ttl("MaxTTL") < ttl("DefaultTTL") {
        let message = "The parameters MinTTL, DefaultTTL and MaxTTL must not be less than the one before.";
        return Err(argument(message));
    }
    let off = ttl("MaxTTL") == 0;
    let Some(key) = config.child_mut("ParametersInCacheKeyAndForwardedToOrigin") else {
        return Err(argument("The parameter ParametersInCacheKeyAndForwardedToOrigin is required."));
    };
    key.or(Tree::leaf("EnableAcceptEncodingBrotli", "false"));
    check_selections(key)?;
    let behaviors = [
        "HeadersConfig/HeaderBehavior",
        "CookiesConfig/CookieBehavior",
        "QueryStringsConfig/QueryStringBehavior",
    ];
    let keyed = behaviors.iter().any(|path| key.text(path).is_some_and(|behavior| behavior != "none"));
    if off && (keyed || key.flag("EnableAcceptEncodingGzip") || key.flag("EnableAcceptEncodingBrotli")) {
        return Err(argument("The parameter HeaderBehavior is invalid for policy with caching disabled."));
    }
    Ok(())
}

/// Names go with the behaviors that need them, and with no other.
fn check_selections(config: &Tree) -> Result<(), Refusal> {
    let selections = [
        ("HeadersConfig", "HeaderBehavior", "Headers"),
        ("CookiesConfig", "CookieBehavior", "Cookies"),
        ("QueryStringsConfig", "QueryStringBehavior", "QueryStrings"),
    ];
    for (part, behavior, list) in selections {
        let tree =
            config.child(part).ok_or_else(|| argument(format!("The parameter {part} is required.")))?;
        let behavior = tree.text(behavior).unwrap_or_default();
        let names = !tree.items(list).is_empty();
        let needs = matches!(behavior, "whitelist" | "allExcept" | "allViewerAndWhitelistCloudFront");
        if needs != names || (tree.child(list).is_some() && !names) {
            let message = format!("The parameter {list} does not go with the behavior {behavior}.");
            return Err(argument(message));
        }
    }
    Ok(())
}

fn check_response(config: &mut Tree) -> Result<(), Refusal> {
    config.or(Tree::leaf("Comment", ""));
    let parts = [
        "CorsConfig",
        "SecurityHeadersConfig",
        "CustomHeadersConfig",
        "RemoveHeadersConfig",
        "ServerTimingHeadersConfig",
    ];
    if parts.iter().all(|part| config.child(part).is_none()) {
        return Err(argument("At least one of the headers configurations must be specified."));
    }
    if let Some(cors) = config.child("CorsConfig") {
        let lists = ["AccessControlAllowOrigins", "AccessControlAllowHeaders", "AccessControlAllowMethods"];
        if lists.iter().any(|list| cors.items(list).is_empty()) {
            return Err(argument("The parameter CorsConfig needs origins, headers and methods."));
        }
    }
    let custom = config.items("CustomHeadersConfig");
    if custom.iter().any(|header| header.text("Header").is_none_or(|name| name.contains(' '))) {
        return Err(argument("The parameter Header of a custom header is not valid."));
    }
    Ok(())
}

fn check_access(config: &mut Tree) -> Result<(), Refusal> {
    config.or(Tree::leaf("Description", ""));
    let allowed: [(&str, &[&str]); 3] = [
        ("SigningProtocol", &["sigv4"]),
        ("SigningBehavior", &["always", "never", "no-override"]),
        ("OriginAccessControlOriginType", &["s3", "lambda", "mediastore", "mediapackagev2"]),
    ];
    for (member, values) in allowed {
        if !config.text(member).is_some_and(|value| values.contains(&value)) {
            return Err(argument(format!("The parameter {member} is not valid.")));
        }
    }
    Ok(())
}
