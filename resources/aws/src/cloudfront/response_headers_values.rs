//! A response headers policy, to and from AWS.

use aws_sdk_cloudfront::types::{
    FrameOptionsList, ReferrerPolicyList, ResponseHeadersPolicyAccessControlAllowHeaders as AllowHeaders,
    ResponseHeadersPolicyAccessControlAllowMethods as AllowMethods,
    ResponseHeadersPolicyAccessControlAllowMethodsValues as AllowedMethod,
    ResponseHeadersPolicyAccessControlAllowOrigins as AllowOrigins,
    ResponseHeadersPolicyAccessControlExposeHeaders as ExposeHeaders, ResponseHeadersPolicyConfig,
    ResponseHeadersPolicyContentSecurityPolicy as ContentSecurityPolicy,
    ResponseHeadersPolicyContentTypeOptions as ContentTypeOptions, ResponseHeadersPolicyCorsConfig as Cors,
    ResponseHeadersPolicyCustomHeader as CustomHeader,
    ResponseHeadersPolicyCustomHeadersConfig as CustomHeaders,
    ResponseHeadersPolicyFrameOptions as FrameOptions, ResponseHeadersPolicyReferrerPolicy as ReferrerPolicy,
    ResponseHeadersPolicyRemoveHeader as RemoveHeader,
    ResponseHeadersPolicyRemoveHeadersConfig as RemoveHeaders,
    ResponseHeadersPolicySecurityHeadersConfig as Security,
    ResponseHeadersPolicyStrictTransportSecurity as StrictTransportSecurity,
    ResponseHeadersPolicyXssProtection as XssProtection,
};
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use super::common::{built, part, parts, quantity, sorted};
use crate::values::{Inputs, Values};

/// What AWS is asked for.
pub fn config(inputs: &Map) -> Result<ResponseHeadersPolicyConfig, Failure> {
    let mut custom = Vec::new();
    for header in parts(inputs, "custom_headers") {
        custom.push(built(
            CustomHeader::builder()
                .header(header.required("header")?)
                .value(header.required("value")?)
                .r#override(header.flag("override").unwrap_or(true))
                .build(),
        )?);
    }
    let custom = (!custom.is_empty())
        .then(|| built(CustomHeaders::builder().quantity(quantity(&custom)).set_items(Some(custom)).build()));
    let mut removed = Vec::new();
    for header in inputs.texts("remove_headers") {
        removed.push(built(RemoveHeader::builder().header(header).build())?);
    }
    let removed = (!removed.is_empty()).then(|| {
        built(RemoveHeaders::builder().quantity(quantity(&removed)).set_items(Some(removed)).build())
    });
    built(
        ResponseHeadersPolicyConfig::builder()
            .name(inputs.required("name")?)
            .comment(inputs.text("comment").unwrap_or_default())
            .set_cors_config(part(inputs, "cors_config").map(cors).transpose()?)
            .set_security_headers_config(part(inputs, "security_headers_config").map(security).transpose()?)
            .set_custom_headers_config(custom.transpose()?)
            .set_remove_headers_config(removed.transpose()?)
            .build(),
    )
}

/// What is wanted, with what stands and has no property: an update drops what it does not say.
pub fn kept(
    mut wanted: ResponseHeadersPolicyConfig,
    standing: Option<&ResponseHeadersPolicyConfig>,
) -> ResponseHeadersPolicyConfig {
    wanted.server_timing_headers_config =
        standing.and_then(|standing| standing.server_timing_headers_config.clone());
    wanted
}

fn cors(wanted: &Map) -> Result<Cors, Failure> {
    let origins = wanted.texts("access_control_allow_origins");
    let origins = AllowOrigins::builder().quantity(quantity(&origins)).set_items(Some(origins));
    let headers = wanted.texts("access_control_allow_headers");
    let headers = AllowHeaders::builder().quantity(quantity(&headers)).set_items(Some(headers));
    let methods = wanted.texts("access_control_allow_methods");
    let methods: Vec<AllowedMethod> =
        methods.iter().map(|method| AllowedMethod::from(method.as_str())).collect();
    let methods = AllowMethods::builder().quantity(quantity(&methods)).set_items(Some(methods));
    let exposed = wanted.texts("access_control_expose_headers");
    let exposed = (!exposed.is_empty()).then(|| {
        built(ExposeHeaders::builder().quantity(quantity(&exposed)).set_items(Some(exposed)).build())
    });
    built(
        Cors::builder()
            .access_control_allow_origins(built(origins.build())?)
            .access_control_allow_headers(built(headers.build())?)
            .access_control_allow_methods(built(methods.build())?)
            .access_control_allow_credentials(
                wanted.flag("access_control_allow_credentials").unwrap_or(false),
            )
            .set_access_control_expose_headers(exposed.transpose()?)
            .set_access_control_max_age_sec(wanted.int32("access_control_max_age_sec"))
            .origin_override(wanted.flag("origin_override").unwrap_or(true))
            .build(),
    )
}

fn security(wanted: &Map) -> Result<Security, Failure> {
    let wins = |header: &Map| header.flag("override").unwrap_or(true);
    let transport = part(wanted, "strict_transport_security").map(|header| {
        StrictTransportSecurity::builder()
            .set_access_control_max_age_sec(header.int32("access_control_max_age_sec"))
            .include_subdomains(header.flag("include_subdomains").unwrap_or(false))
            .preload(header.flag("preload").unwrap_or(false))
            .r#override(wins(header))
            .build()
    });
    let types = part(wanted, "content_type_options")
        .map(|header| ContentTypeOptions::builder().r#override(wins(header)).build());
    let frames = part(wanted, "frame_options").map(|header| {
        FrameOptions::builder()
            .set_frame_option(header.text("frame_option").map(FrameOptionsList::from))
            .r#override(wins(header))
            .build()
    });
    let referrer = part(wanted, "referrer_policy").map(|header| {
        ReferrerPolicy::builder()
            .set_referrer_policy(header.text("referrer_policy").map(ReferrerPolicyList::from))
            .r#override(wins(header))
            .build()
    });
    let content = part(wanted, "content_security_policy").map(|header| {
        ContentSecurityPolicy::builder()
            .set_content_security_policy(header.text("content_security_policy").map(str::to_owned))
            .r#override(wins(header))
            .build()
    });
    let xss = part(wanted, "xss_protection").map(|header| {
        XssProtection::builder()
            .protection(header.flag("protection").unwrap_or(false))
            .mode_block(header.flag("mode_block").unwrap_or(false))
            .r#override(wins(header))
            .build()
    });
    Ok(Security::builder()
        .set_strict_transport_security(transport.map(built).transpose()?)
        .set_content_type_options(types.map(built).transpose()?)
        .set_frame_options(frames.map(built).transpose()?)
        .set_referrer_policy(referrer.map(built).transpose()?)
        .set_content_security_policy(content.map(built).transpose()?)
        .set_xss_protection(xss.map(built).transpose()?)
        .build())
}

/// What stands.
pub fn properties(config: &ResponseHeadersPolicyConfig) -> Map {
    let custom = config.custom_headers_config().map(|custom| custom.items()).unwrap_or_default();
    let custom = custom.iter().map(|header| {
        let values = Values::new().set("header", header.header()).set("value", header.value());
        Value::Map(values.set("override", header.r#override()).build())
    });
    let removed = config.remove_headers_config().map(|removed| removed.items()).unwrap_or_default();
    Values::new()
        .set("name", config.name())
        .set("comment", config.comment().unwrap_or_default())
        .set("cors_config", config.cors_config().map(live_cors))
        .set("security_headers_config", config.security_headers_config().and_then(live_security))
        .set("custom_headers", Value::List(custom.collect()))
        .list("remove_headers", removed.iter().map(|header| header.header()))
        .build()
}

fn live_cors(cors: &Cors) -> Map {
    let some = |items: &[String]| (!items.is_empty()).then(|| sorted(items.iter().cloned()));
    let methods = cors.access_control_allow_methods().map(|methods| methods.items()).unwrap_or_default();
    let methods: Vec<String> = methods.iter().map(|method| method.as_str().to_owned()).collect();
    Values::new()
        .set(
            "access_control_allow_origins",
            cors.access_control_allow_origins().and_then(|o| some(o.items())),
        )
        .set(
            "access_control_allow_headers",
            cors.access_control_allow_headers().and_then(|h| some(h.items())),
        )
        .set("access_control_allow_methods", some(&methods))
        .set(
            "access_control_expose_headers",
            cors.access_control_expose_headers().and_then(|h| some(h.items())),
        )
        .set("access_control_allow_credentials", cors.access_control_allow_credentials())
        .set("access_control_max_age_sec", cors.access_control_max_age_sec())
        .set("origin_override", cors.origin_override())
        .build()
}

/// The headers that stand; none at all is no configuration.
fn live_security(security: &Security) -> Option<Map> {
    let values = Values::new()
        .set(
            "strict_transport_security",
            security.strict_transport_security().map(|header| {
                Values::new()
                    .set("access_control_max_age_sec", header.access_control_max_age_sec())
                    .set("include_subdomains", header.include_subdomains().unwrap_or(false))
                    .set("preload", header.preload().unwrap_or(false))
                    .set("override", header.r#override())
                    .build()
            }),
        )
        .set(
            "content_type_options",
            security
                .content_type_options()
                .map(|header| Values::new().set("override", header.r#override()).build()),
        )
        .set(
            "frame_options",
            security.frame_options().map(|header| {
                let values = Values::new().set("frame_option", header.frame_option().as_str());
                values.set("override", header.r#override()).build()
            }),
        )
        .set(
            "referrer_policy",
            security.referrer_policy().map(|header| {
                let values = Values::new().set("referrer_policy", header.referrer_policy().as_str());
                values.set("override", header.r#override()).build()
            }),
        )
        .set(
            "content_security_policy",
            security.content_security_policy().map(|header| {
                let values = Values::new().set("content_security_policy", header.content_security_policy());
                values.set("override", header.r#override()).build()
            }),
        )
        .set(
            "xss_protection",
            security.xss_protection().map(|header| {
                Values::new()
                    .set("protection", header.protection())
                    .set("mode_block", header.mode_block().unwrap_or(false))
                    .set("override", header.r#override())
                    .build()
            }),
        )
        .build();
    Some(values).filter(|values| !values.is_empty())
}
