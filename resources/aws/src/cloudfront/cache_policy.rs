//! `aws:cloudfront:CachePolicy`

use async_trait::async_trait;
use aws_sdk_cloudfront::types::{
    CachePolicy as Policy, CachePolicyConfig, CachePolicyCookieBehavior, CachePolicyCookiesConfig,
    CachePolicyHeaderBehavior, CachePolicyHeadersConfig, CachePolicyQueryStringBehavior,
    CachePolicyQueryStringsConfig, ParametersInCacheKeyAndForwardedToOrigin,
};
use finsight_engine::contract::{Candidate, Failure, Health, Live, OwnerId, Reading, Target};
use finsight_engine::value::Map;

use super::common::{as_asked, built, part};
use super::policy::policy_handler;
use super::selection::{cookies, headers, query_strings, selected};
use crate::failure::{absent_as_none, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::{Inputs, Values};

policy_handler! {
    /// The handler of `aws:cloudfront:CachePolicy`.
    CachePolicy: cache_policy, cache_policy_config,
    create create_cache_policy "cloudfront:CreateCachePolicy",
    get get_cache_policy "cloudfront:GetCachePolicy",
    list list_cache_policies "cloudfront:ListCachePolicies" cache_policy_list CachePolicyType,
    update update_cache_policy "cloudfront:UpdateCachePolicy",
    delete delete_cache_policy "cloudfront:DeleteCachePolicy"
}

/// All of it has a property.
fn kept(wanted: CachePolicyConfig, _standing: Option<&CachePolicyConfig>) -> CachePolicyConfig {
    wanted
}

fn config(inputs: &Map) -> Result<CachePolicyConfig, Failure> {
    let empty = Map::new();
    let of = |name: &str| part(inputs, name).unwrap_or(&empty);
    let wanted = of("headers_config");
    let headers = CachePolicyHeadersConfig::builder()
        .header_behavior(CachePolicyHeaderBehavior::from(wanted.text("header_behavior").unwrap_or("none")))
        .set_headers(headers(wanted)?);
    let wanted = of("cookies_config");
    let cookies = CachePolicyCookiesConfig::builder()
        .cookie_behavior(CachePolicyCookieBehavior::from(wanted.text("cookie_behavior").unwrap_or("none")))
        .set_cookies(cookies(wanted)?);
    let wanted = of("query_strings_config");
    let behavior = wanted.text("query_string_behavior").unwrap_or("none");
    let strings = CachePolicyQueryStringsConfig::builder()
        .query_string_behavior(CachePolicyQueryStringBehavior::from(behavior))
        .set_query_strings(query_strings(wanted)?);
    let key = ParametersInCacheKeyAndForwardedToOrigin::builder()
        .enable_accept_encoding_gzip(inputs.flag("enable_accept_encoding_gzip").unwrap_or(false))
        .enable_accept_encoding_brotli(inputs.flag("enable_accept_encoding_brotli").unwrap_or(false))
        .headers_config(built(headers.build())?)
        .cookies_config(built(cookies.build())?)
        .query_strings_config(built(strings.build())?);
    built(
        CachePolicyConfig::builder()
            .name(inputs.required("name")?)
            .comment(inputs.text("comment").unwrap_or_default())
            .min_ttl(inputs.int("min_ttl").unwrap_or(0))
            .set_default_ttl(inputs.int("default_ttl"))
            .set_max_ttl(inputs.int("max_ttl"))
            .parameters_in_cache_key_and_forwarded_to_origin(built(key.build())?)
            .build(),
    )
}

fn properties(config: &CachePolicyConfig) -> Map {
    let values = Values::new()
        .set("name", config.name())
        .set("comment", config.comment().unwrap_or_default())
        .set("min_ttl", config.min_ttl())
        .set("default_ttl", config.default_ttl())
        .set("max_ttl", config.max_ttl());
    let Some(key) = config.parameters_in_cache_key_and_forwarded_to_origin() else { return values.build() };
    let headers = key.headers_config().map(|config| {
        let items = config.headers().map(|headers| headers.items());
        selected("header_behavior", config.header_behavior().as_str(), "headers", items)
    });
    let cookies = key.cookies_config().map(|config| {
        let items = config.cookies().map(|cookies| cookies.items());
        selected("cookie_behavior", config.cookie_behavior().as_str(), "cookies", items)
    });
    let strings = key.query_strings_config().map(|config| {
        let items = config.query_strings().map(|strings| strings.items());
        selected("query_string_behavior", config.query_string_behavior().as_str(), "query_strings", items)
    });
    values
        .set("enable_accept_encoding_gzip", key.enable_accept_encoding_gzip())
        .set("enable_accept_encoding_brotli", key.enable_accept_encoding_brotli().unwrap_or(false))
        .set("headers_config", headers)
        .set("cookies_config", cookies)
        .set("query_strings_config", strings)
        .build()
}
