//! What AWS is asked for by a distribution's properties.

use aws_sdk_cloudfront::types::{
    Aliases, CacheBehavior, CacheBehaviors, CustomErrorResponse, CustomErrorResponses, DistributionConfig,
    GeoRestriction, GeoRestrictionType, HttpVersion, LoggingConfig, MinimumProtocolVersion, PriceClass,
    Restrictions, SslSupportMethod, ViewerCertificate,
};
use finsight_engine::contract::Failure;
use finsight_engine::value::Map;

use super::behavior_values::{default_behavior, path_behaviors};
use super::common::{built, part, parts, quantity};
use super::origin_values::origins;
use crate::values::Inputs;

/// The configuration of a distribution that is made.
pub fn new(caller_reference: &str, desired: &Map) -> Result<DistributionConfig, Failure> {
    let base = DistributionConfig::builder().caller_reference(caller_reference).comment("").enabled(true);
    merged(built(base.build())?, desired)
}

/// What stands with everything that is ours as wanted: an update replaces the whole.
pub fn merged(mut config: DistributionConfig, desired: &Map) -> Result<DistributionConfig, Failure> {
    let text = |name: &str| desired.text(name).unwrap_or_default().to_owned();
    let aliases = desired.texts("aliases");
    let aliases = Aliases::builder().quantity(quantity(&aliases)).set_items(Some(aliases));
    config.aliases = Some(built(aliases.build())?);
    config.comment = text("comment");
    config.default_root_object = Some(text("default_root_object"));
    config.enabled = desired.flag("enabled").unwrap_or(true);
    config.http_version = desired.text("http_version").map(HttpVersion::from);
    config.is_ipv6_enabled = Some(desired.flag("is_ipv6_enabled").unwrap_or(false));
    config.price_class = desired.text("price_class").map(PriceClass::from);
    config.web_acl_id = Some(text("web_acl_id"));
    config.origins = Some(origins(desired)?);
    let behavior = part(desired, "default_cache_behavior").map(default_behavior).transpose()?;
    config.default_cache_behavior = behavior.map(|mut new| {
        if let Some(old) = &config.default_cache_behavior {
            new.smooth_streaming = old.smooth_streaming;
            new.field_level_encryption_id.clone_from(&old.field_level_encryption_id);
        }
        new
    });
    let mut behaviors = path_behaviors(desired)?;
    for new in behaviors.items.iter_mut().flatten() {
        let same = |old: &&CacheBehavior| old.path_pattern == new.path_pattern;
        let old = config.cache_behaviors.as_ref().map(CacheBehaviors::items).unwrap_or_default();
        if let Some(old) = old.iter().find(same) {
            new.smooth_streaming = old.smooth_streaming;
            new.field_level_encryption_id.clone_from(&old.field_level_encryption_id);
        }
    }
    config.cache_behaviors = Some(behaviors);
    config.custom_error_responses = Some(error_responses(desired)?);
    config.viewer_certificate = Some(certificate(part(desired, "viewer_certificate"))?);
    config.logging = Some(logging(part(desired, "logging"))?);
    config.restrictions = Some(restrictions(part(desired, "restrictions"))?);
    Ok(config)
}

fn error_responses(desired: &Map) -> Result<CustomErrorResponses, Failure> {
    let mut items = Vec::new();
    for wanted in parts(desired, "custom_error_responses") {
        items.push(built(
            CustomErrorResponse::builder()
                .set_error_code(wanted.int32("error_code"))
                .response_page_path(wanted.text("response_page_path").unwrap_or_default())
                .response_code(wanted.text("response_code").unwrap_or_default())
                .set_error_caching_min_ttl(wanted.int("error_caching_min_ttl"))
                .build(),
        )?);
    }
    built(CustomErrorResponses::builder().quantity(quantity(&items)).set_items(Some(items)).build())
}

fn certificate(wanted: Option<&Map>) -> Result<ViewerCertificate, Failure> {
    let Some(wanted) = wanted else {
        return Ok(ViewerCertificate::builder().cloud_front_default_certificate(true).build());
    };
    Ok(ViewerCertificate::builder()
        .cloud_front_default_certificate(false)
        .acm_certificate_arn(wanted.required("acm_certificate_arn")?)
        .set_minimum_protocol_version(
            wanted.text("minimum_protocol_version").map(MinimumProtocolVersion::from),
        )
        .set_ssl_support_method(wanted.text("ssl_support_method").map(SslSupportMethod::from))
        .build())
}

fn logging(wanted: Option<&Map>) -> Result<LoggingConfig, Failure> {
    let Some(wanted) = wanted else {
        return Ok(LoggingConfig::builder()
            .enabled(false)
            .include_cookies(false)
            .bucket("")
            .prefix("")
            .build());
    };
    Ok(LoggingConfig::builder()
        .enabled(true)
        .bucket(wanted.required("bucket")?)
        .prefix(wanted.text("prefix").unwrap_or_default())
        .include_cookies(wanted.flag("include_cookies").unwrap_or(false))
        .build())
}

fn restrictions(wanted: Option<&Map>) -> Result<Restrictions, Failure> {
    let (kind, places) = match wanted {
        Some(wanted) => {
            (GeoRestrictionType::from(wanted.required("restriction_type")?), wanted.texts("locations"))
        }
        None => (GeoRestrictionType::None, Vec::new()),
    };
    let geo = GeoRestriction::builder().restriction_type(kind).quantity(quantity(&places));
    Ok(Restrictions::builder().geo_restriction(built(geo.set_items(Some(places)).build())?).build())
}
