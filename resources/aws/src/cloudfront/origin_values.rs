//! The origins of a distribution, to and from AWS.

use aws_sdk_cloudfront::types::{
    CustomHeaders, CustomOriginConfig, Origin, OriginCustomHeader, OriginProtocolPolicy, OriginShield,
    OriginSslProtocols, Origins, S3OriginConfig, SslProtocol,
};
use finsight_engine::contract::Failure;
use finsight_engine::secret::Secret;
use finsight_engine::value::{Map, Value};

use super::common::{built, filled, part, quantity, sorted};
use crate::values::{Inputs, Values};

/// What AWS is asked for.
pub fn origins(desired: &Map) -> Result<Origins, Failure> {
    let mut items = Vec::new();
    for (id, value) in part(desired, "origins").into_iter().flatten() {
        if let Value::Map(wanted) = value {
            items.push(origin(id, wanted)?);
        }
    }
    built(Origins::builder().quantity(quantity(&items)).set_items(Some(items)).build())
}

fn origin(id: &str, wanted: &Map) -> Result<Origin, Failure> {
    let mut headers = Vec::new();
    for (name, value) in part(wanted, "custom_headers").into_iter().flatten() {
        let header = OriginCustomHeader::builder().header_name(name);
        headers.push(built(header.set_header_value(value.as_text().map(str::to_owned)).build())?);
    }
    let headers = CustomHeaders::builder().quantity(quantity(&headers)).set_items(Some(headers));
    let custom = part(wanted, "custom_origin_config").map(custom_origin).transpose()?;
    let s3 = custom.is_none().then(|| S3OriginConfig::builder().origin_access_identity("").build());
    let region = part(wanted, "origin_shield").and_then(|shield| filled(shield, "origin_shield_region"));
    let shield = OriginShield::builder().enabled(region.is_some()).set_origin_shield_region(region);
    built(
        Origin::builder()
            .id(id)
            .domain_name(wanted.required("domain_name")?)
            .origin_path(wanted.text("origin_path").unwrap_or_default())
            .origin_access_control_id(wanted.text("origin_access_control_id").unwrap_or_default())
            .set_connection_attempts(wanted.int32("connection_attempts"))
            .set_connection_timeout(wanted.int32("connection_timeout"))
            .custom_headers(built(headers.build())?)
            .set_custom_origin_config(custom)
            .set_s3_origin_config(s3)
            .origin_shield(built(shield.build())?)
            .build(),
    )
}

fn custom_origin(wanted: &Map) -> Result<CustomOriginConfig, Failure> {
    let protocols: Vec<SslProtocol> =
        wanted.texts("origin_ssl_protocols").iter().map(|name| SslProtocol::from(name.as_str())).collect();
    let protocols = OriginSslProtocols::builder().quantity(quantity(&protocols)).set_items(Some(protocols));
    built(
        CustomOriginConfig::builder()
            .set_http_port(wanted.int32("http_port"))
            .set_https_port(wanted.int32("https_port"))
            .origin_protocol_policy(OriginProtocolPolicy::from(wanted.required("origin_protocol_policy")?))
            .origin_ssl_protocols(built(protocols.build())?)
            .set_origin_read_timeout(wanted.int32("origin_read_timeout"))
            .set_origin_keepalive_timeout(wanted.int32("origin_keepalive_timeout"))
            .build(),
    )
}

/// What stands, by id.
pub fn live(origins: Option<&Origins>) -> Map {
    let items = origins.map(Origins::items).unwrap_or_default();
    items.iter().map(|origin| (origin.id().to_owned(), Value::Map(live_origin(origin)))).collect()
}

/// Header values are always secret: they are how an origin knows that it is CloudFront who asks.
fn live_origin(origin: &Origin) -> Map {
    let headers: Map = origin
        .custom_headers()
        .map(CustomHeaders::items)
        .unwrap_or_default()
        .iter()
        .map(|header| (header.header_name().to_owned(), Value::Secret(Secret::new(header.header_value()))))
        .collect();
    let shield = origin.origin_shield().filter(|shield| shield.enabled());
    let shield =
        shield.map(|shield| Values::new().set("origin_shield_region", shield.origin_shield_region()).build());
    Values::new()
        .set("domain_name", origin.domain_name())
        .set("origin_path", origin.origin_path().unwrap_or_default())
        .set("origin_access_control_id", origin.origin_access_control_id().unwrap_or_default())
        .set("connection_attempts", origin.connection_attempts().unwrap_or(3))
        .set("connection_timeout", origin.connection_timeout().unwrap_or(10))
        .set("custom_headers", Some(headers).filter(|headers| !headers.is_empty()))
        .set("origin_shield", shield)
        .set("custom_origin_config", origin.custom_origin_config().map(live_custom))
        // Not ours to set: seen, and gone with the next change.
        .set("vpc_origin_id", origin.vpc_origin_config().map(|vpc| vpc.vpc_origin_id()))
        .set(
            "response_completion_timeout",
            origin.response_completion_timeout().filter(|seconds| *seconds > 0),
        )
        .set(
            "origin_access_identity",
            origin.s3_origin_config().map(|s3| s3.origin_access_identity()).filter(|name| !name.is_empty()),
        )
        .build()
}

fn live_custom(custom: &CustomOriginConfig) -> Map {
    let protocols = custom.origin_ssl_protocols().map(OriginSslProtocols::items).unwrap_or_default();
    Values::new()
        .set("origin_protocol_policy", custom.origin_protocol_policy().as_str())
        .set("http_port", custom.http_port())
        .set("https_port", custom.https_port())
        .set("origin_read_timeout", custom.origin_read_timeout().unwrap_or(30))
        .set("origin_keepalive_timeout", custom.origin_keepalive_timeout().unwrap_or(5))
        .set("origin_ssl_protocols", sorted(protocols.iter().map(|name| name.as_str())))
        .build()
}
