//! A distribution as it stands.

use aws_sdk_cloudfront::types::{
    CustomErrorResponse, Distribution, DistributionConfig, GeoRestrictionType, LoggingConfig, Restrictions,
    ViewerCertificate,
};
use finsight_engine::contract::{Health, Live};
use finsight_engine::value::{Map, Value};

use super::behavior_values::{live_default, live_paths};
use super::common::sorted;
use super::origin_values;
use crate::values::Values;

/// The hosted zone of every distribution.
const HOSTED_ZONE: &str = "Z2FDTNDATAQYW2";

/// A distribution and its tags.
pub fn live(distribution: &Distribution, tags: Vec<(String, String)>) -> Live {
    let properties =
        distribution.distribution_config().map(|config| properties(config, tags)).unwrap_or_default();
    let outputs = Values::new()
        .set("arn", distribution.arn())
        .set("domain_name", distribution.domain_name())
        .set("hosted_zone_id", HOSTED_ZONE);
    let health = match distribution.status() {
        "Deployed" => Health::Ready,
        other => Health::Pending(other.to_owned()),
    };
    Live { id: distribution.id().to_owned(), properties, outputs: outputs.build(), health }
}

fn properties(config: &DistributionConfig, tags: Vec<(String, String)>) -> Map {
    let aliases = config.aliases().map(|aliases| aliases.items()).unwrap_or_default();
    let errors = config.custom_error_responses().map(|errors| errors.items()).unwrap_or_default();
    Values::new()
        .set("aliases", sorted(aliases))
        .set("comment", config.comment())
        .set("default_root_object", config.default_root_object().unwrap_or_default())
        .set("enabled", config.enabled())
        .set("http_version", config.http_version().map(|version| version.as_str().to_ascii_lowercase()))
        .set("is_ipv6_enabled", config.is_ipv6_enabled().unwrap_or(false))
        .set("price_class", config.price_class().map(|class| class.as_str()))
        .set("web_acl_id", config.web_acl_id().filter(|id| !id.is_empty()))
        .set("origins", origin_values::live(config.origins()))
        .set("default_cache_behavior", config.default_cache_behavior().map(live_default))
        .set("cache_behaviors", live_paths(config.cache_behaviors()))
        .set("custom_error_responses", Value::List(errors.iter().map(error_response).collect()))
        .set("viewer_certificate", config.viewer_certificate().and_then(certificate))
        .set("logging", config.logging().and_then(logging))
        .set("restrictions", config.restrictions().and_then(restrictions))
        .tags(tags)
        .build()
}

fn error_response(error: &CustomErrorResponse) -> Value {
    let values = Values::new()
        .set("error_code", error.error_code())
        .set("response_page_path", error.response_page_path().unwrap_or_default())
        .set("response_code", error.response_code().unwrap_or_default())
        .set("error_caching_min_ttl", error.error_caching_min_ttl().unwrap_or(10));
    Value::Map(values.build())
}

fn certificate(certificate: &ViewerCertificate) -> Option<Map> {
    if certificate.cloud_front_default_certificate() == Some(true) {
        return None;
    }
    Some(
        Values::new()
            .set("acm_certificate_arn", certificate.acm_certificate_arn())
            .set("iam_certificate_id", certificate.iam_certificate_id())
            .set(
                "minimum_protocol_version",
                certificate.minimum_protocol_version().map(|version| version.as_str()),
            )
            .set("ssl_support_method", certificate.ssl_support_method().map(|method| method.as_str()))
            .build(),
    )
}

fn logging(logging: &LoggingConfig) -> Option<Map> {
    logging.enabled().then(|| {
        Values::new()
            .set("bucket", logging.bucket())
            .set("prefix", logging.prefix())
            .set("include_cookies", logging.include_cookies())
            .build()
    })
}

fn restrictions(restrictions: &Restrictions) -> Option<Map> {
    let geo = restrictions.geo_restriction()?;
    (*geo.restriction_type() != GeoRestrictionType::None).then(|| {
        Values::new()
            .set("restriction_type", geo.restriction_type().as_str())
            .set("locations", sorted(geo.items()))
            .build()
    })
}
