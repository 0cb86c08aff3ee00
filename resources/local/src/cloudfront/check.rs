//! What CloudFront refuses of a distribution's configuration.

use std::collections::BTreeSet;

use super::argument;
use super::certificate::check_certificate;
use super::distribution::bucket_of;
use super::policy::Kind;
use super::tree::Tree;
use crate::answer::Refusal;
use crate::world::Context;

/// The codes that may have an error response of one's own.
const ERRORS: [i64; 12] = [400, 403, 404, 405, 414, 416, 429, 500, 501, 502, 503, 504];

/// What an update must say, though a create need not (AWS: `distribution-overview-required-fields`).
const REQUIRED: [&str; 10] = [
    "Aliases",
    "DefaultRootObject",
    "CacheBehaviors",
    "CustomErrorResponses",
    "Logging",
    "PriceClass",
    "ViewerCertificate",
    "Restrictions",
    "WebACLId",
    "HttpVersion",
];
/// The same of each behavior.
const REQUIRED_OF_BEHAVIOR: [&str; 5] =
    ["AllowedMethods", "SmoothStreaming", "Compress", "LambdaFunctionAssociations", "FieldLevelEncryptionId"];

/// Refuses an update that leaves something out: AWS fills nothing in then (cf-cdn-service-broker#61, boto3#1558;
/// of timeouts boto3#1083).
pub(super) fn check_required(config: &Tree) -> Result<(), Refusal> {
    let required = |tree: &Tree, names: &[&str]| match names.iter().find(|name| tree.child(name).is_none()) {
        Some(name) => Err(argument(format!("The parameter {} is required.", in_words(name)))),
        None => Ok(()),
    };
    required(config, &REQUIRED)?;
    for behavior in config.child("DefaultCacheBehavior").into_iter().chain(config.items("CacheBehaviors")) {
        required(behavior, &REQUIRED_OF_BEHAVIOR)?;
    }
    for origin in config.items("Origins") {
        required(origin, &["CustomHeaders"])?;
        let Some(custom) = origin.child("CustomOriginConfig") else { continue };
        let timeouts = ["OriginReadTimeout", "OriginKeepaliveTimeout"];
        if let Some(name) = timeouts.iter().find(|name| custom.child(name).is_none()) {
            return Err(Refusal::bad("IllegalUpdate", format!("{name} is required for updates.")));
        }
    }
    Ok(())
}

/// `Lambda function associations`, as AWS writes a member's name in its messages.
fn in_words(name: &str) -> String {
    let mut out = String::new();
    for (at, c) in name.char_indices() {
        let capital = c.is_ascii_uppercase();
        let begins = capital && name[at + 1..].starts_with(|next: char| next.is_ascii_lowercase());
        if at > 0 && begins {
            out.push(' ');
        }
        out.push(if at > 0 && begins { c.to_ascii_lowercase() } else { c });
    }
    out
}

/// Refuses a configuration; `id` is the distribution that it is for, if it stands.
pub(super) fn check(cx: &mut Context<'_>, config: &Tree, id: Option<&str>) -> Result<(), Refusal> {
    config.check_quantities()?;
    if config.text("CallerReference").is_none() {
        return Err(argument("The parameter CallerReference is required."));
    }
    let origins = check_origins(cx, config)?;
    let default = config.child("DefaultCacheBehavior");
    let default = default.ok_or_else(|| argument("The parameter DefaultCacheBehavior is required."))?;
    let mut patterns = BTreeSet::new();
    for behavior in std::iter::once(default).chain(config.items("CacheBehaviors")) {
        check_behavior(cx, behavior, &origins)?;
        if behavior.text("PathPattern").is_some_and(|pattern| !patterns.insert(pattern.to_owned())) {
            return Err(argument("The parameter PathPattern contains a duplicate."));
        }
    }
    if config.text("DefaultRootObject").is_some_and(|name| name.starts_with('/')) {
        let message = "The default root object file name is too big or contains an invalid character.";
        return Err(Refusal::bad("InvalidDefaultRootObject", message));
    }
    for error in config.items("CustomErrorResponses") {
        check_error_response(error)?;
    }
    check_web_acl(cx, config)?;
    check_certificate(cx, config)?;
    check_aliases(cx, config, id)?;
    check_logging(cx, config)
}

fn check_origins(cx: &mut Context<'_>, config: &Tree) -> Result<BTreeSet<String>, Refusal> {
    let mut ids = BTreeSet::new();
    for origin in config.items("Origins") {
        let id = origin.text("Id").unwrap_or_default();
        if id.is_empty() || !ids.insert(id.to_owned()) {
            return Err(argument("The parameter Origin Id is empty or contains a duplicate."));
        }
        let domain = origin.text("DomainName").unwrap_or_default();
        if domain.is_empty() || domain.contains('/') || domain.contains(':') {
            let message = "The parameter origin name cannot contain a colon or a slash, and is required.";
            return Err(argument(message));
        }
        if origin.text("OriginPath").is_some_and(|path| !path.starts_with('/') || path.ends_with('/')) {
            return Err(argument("The parameter OriginPath must begin with a slash and not end with one."));
        }
        let kinds = ["S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig"];
        if kinds.iter().filter(|kind| origin.child(kind).is_some()).count() != 1 {
            let message =
                "Exactly one of CustomOriginConfig, VpcOriginConfig and S3OriginConfig must be specified.";
            return Err(argument(message));
        }
        in_range(origin, "ConnectionAttempts", 1..=3, "InvalidArgument")?;
        in_range(origin, "ConnectionTimeout", 1..=10, "InvalidArgument")?;
        in_range(origin, "CustomOriginConfig/OriginReadTimeout", 1..=120, "InvalidOriginReadTimeout")?;
        in_range(
            origin,
            "CustomOriginConfig/OriginKeepaliveTimeout",
            1..=120,
            "InvalidOriginKeepaliveTimeout",
        )?;
        if let Some(control) = origin.text("OriginAccessControlId")
            && !Kind::AccessControl.known(cx, control)
        {
            let message = "The origin access control is not valid or does not exist.";
            return Err(Refusal::bad("InvalidOriginAccessControl", message));
        }
        if origin.flag("OriginShield/Enabled") && origin.text("OriginShield/OriginShieldRegion").is_none() {
            return Err(argument(
                "The parameter OriginShieldRegion is required when OriginShield is enabled.",
            ));
        }
    }
    if ids.is_empty() {
        return Err(argument("The parameter Origins is required."));
    }
    Ok(ids)
}

fn in_range(
    tree: &Tree,
    path: &str,
    range: std::ops::RangeInclusive<i64>,
    code: &str,
) -> Result<(), Refusal> {
    match tree.number(path) {
        Some(number) if !range.contains(&number) => {
            Err(Refusal::bad(code, format!("The value {number} of {path} is out of range.")))
        }
        _ => Ok(()),
    }
}

fn check_behavior(cx: &mut Context<'_>, behavior: &Tree, origins: &BTreeSet<String>) -> Result<(), Refusal> {
    let target = behavior.text("TargetOriginId").unwrap_or_default();
    if !origins.contains(target) {
        let message = "One or more of your origins or origin groups do not exist.";
        return Err(Refusal::new(404, "NoSuchOrigin", message));
    }
    let policy = behavior.text("ViewerProtocolPolicy").unwrap_or_default();
    if !["allow-all", "https-only", "redirect-to-https"].contains(&policy) {
        return Err(argument(format!("The parameter ViewerProtocolPolicy is not valid: {policy}")));
    }
    if behavior.text("CachePolicyId").is_none() && behavior.child("ForwardedValues").is_none() {
        return Err(argument("The parameter ForwardedValues is required."));
    }
    for kind in [Kind::Cache, Kind::OriginRequest, Kind::ResponseHeaders] {
        if let Some(id) = behavior.text(kind.member())
            && !kind.known(cx, id)
        {
            return Err(kind.missing());
        }
    }
    let mut methods = behavior.texts("AllowedMethods");
    methods.sort_unstable();
    let sets: [&[&str]; 3] = [
        &["GET", "HEAD"],
        &["GET", "HEAD", "OPTIONS"],
        &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
    ];
    if !methods.is_empty() && !sets.contains(&methods.as_slice()) {
        return Err(argument("The parameter AllowedMethods contains methods that are not allowed together."));
    }
    let cached = behavior.texts("AllowedMethods/CachedMethods");
    if cached.iter().any(|method| !methods.contains(method)) {
        return Err(argument("The parameter CachedMethods must be a subset of AllowedMethods."));
    }
    Ok(())
}

fn check_error_response(error: &Tree) -> Result<(), Refusal> {
    if !error.number("ErrorCode").is_some_and(|code| ERRORS.contains(&code)) {
        return Err(Refusal::bad("InvalidErrorCode", "An invalid error code was specified."));
    }
    if error.text("ResponsePagePath").is_some() != error.text("ResponseCode").is_some() {
        let message = "ResponsePagePath and ResponseCode go together.";
        return Err(Refusal::bad("InvalidResponseCode", message));
    }
    Ok(())
}

fn check_web_acl(cx: &Context<'_>, config: &Tree) -> Result<(), Refusal> {
    let Some(id) = config.text("WebACLId") else { return Ok(()) };
    let known = cx.world.wafv2.get("us-east-1").is_some_and(|waf| waf.guards_edge(id));
    if known {
        return Ok(());
    }
    let message = "A web ACL ID specified is not valid. To specify a web ACL created using the latest version of AWS WAF, use the ACL ARN of scope CLOUDFRONT.";
    Err(Refusal::bad("InvalidWebACLId", message))
}

fn check_aliases(cx: &mut Context<'_>, config: &Tree, id: Option<&str>) -> Result<(), Refusal> {
    let wanted: BTreeSet<String> = config.texts("Aliases").iter().map(|a| a.to_ascii_lowercase()).collect();
    let taken = cx.edge().distributions.iter().any(|(other, distribution)| {
        Some(other.as_str()) != id && distribution.aliases().any(|alias| wanted.contains(&alias))
    });
    if taken {
        let message =
            "One or more of the CNAMEs you provided are already associated with a different resource.";
        return Err(Refusal::new(409, "CNAMEAlreadyExists", message));
    }
    Ok(())
}

/// CloudFront writes its logs by access list.
fn check_logging(cx: &Context<'_>, config: &Tree) -> Result<(), Refusal> {
    if !config.flag("Logging/Enabled") {
        return Ok(());
    }
    let host = config.text("Logging/Bucket").unwrap_or_default();
    if !(host.contains(".s3.") && host.ends_with(".amazonaws.com")) {
        return Err(argument("The parameter Logging Bucket does not refer to a valid S3 bucket."));
    }
    let bucket = bucket_of(host);
    let region = crate::s3::region_of(cx.world, bucket);
    if region.is_some_and(|region| !crate::region::has_feature(&region, "cloudfront-logs")) {
        let message = format!(
            "You don't have permission to access the S3 bucket for CloudFront logs: {host} If you're using IAM, you need s3:GetBucketAcl and s3:PutBucketAcl permissions to create a distribution or to update log settings for an existing distribution. In addition, the S3 ACL for the bucket must grant you FULL_CONTROL."
        );
        return Err(Refusal::new(403, "AccessDenied", message));
    }
    match crate::s3::takes_lists(cx.world, bucket) {
        Some(true) => Ok(()),
        Some(false) => Err(argument(format!(
            "The S3 bucket that you specified for CloudFront logs does not enable ACL access: {host}"
        ))),
        None => Err(argument(format!(
            "The S3 bucket that you specified for CloudFront logs doesn't exist: {host}"
        ))),
    }
}
