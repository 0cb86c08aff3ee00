//! `aws:cloudfront:OriginRequestPolicy`

use async_trait::async_trait;
use aws_sdk_cloudfront::types::{
    OriginRequestPolicy as Policy, OriginRequestPolicyConfig, OriginRequestPolicyCookieBehavior,
    OriginRequestPolicyCookiesConfig, OriginRequestPolicyHeaderBehavior, OriginRequestPolicyHeadersConfig,
    OriginRequestPolicyQueryStringBehavior, OriginRequestPolicyQueryStringsConfig,
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
    /// The handler of `aws:cloudfront:OriginRequestPolicy`.
    OriginRequestPolicy: origin_request_policy, origin_request_policy_config,
    create create_origin_request_policy "cloudfront:CreateOriginRequestPolicy",
    get get_origin_request_policy "cloudfront:GetOriginRequestPolicy",
    list list_origin_request_policies "cloudfront:ListOriginRequestPolicies" origin_request_policy_list OriginRequestPolicyType,
    update update_origin_request_policy "cloudfront:UpdateOriginRequestPolicy",
    delete delete_origin_request_policy "cloudfront:DeleteOriginRequestPolicy"
}

/// All of it has a property.
fn kept(
    wanted: OriginRequestPolicyConfig,
    _standing: Option<&OriginRequestPolicyConfig>,
) -> OriginRequestPolicyConfig {
    wanted
}

fn config(inputs: &Map) -> Result<OriginRequestPolicyConfig, Failure> {
    let empty = Map::new();
    let of = |name: &str| part(inputs, name).unwrap_or(&empty);
    let wanted = of("headers_config");
    let behavior = wanted.text("header_behavior").unwrap_or("none");
    let headers = OriginRequestPolicyHeadersConfig::builder()
        .header_behavior(OriginRequestPolicyHeaderBehavior::from(behavior))
        .set_headers(headers(wanted)?);
    let wanted = of("cookies_config");
    let behavior = wanted.text("cookie_behavior").unwrap_or("none");
    let cookies = OriginRequestPolicyCookiesConfig::builder()
        .cookie_behavior(OriginRequestPolicyCookieBehavior::from(behavior))
        .set_cookies(cookies(wanted)?);
    let wanted = of("query_strings_config");
    let behavior = wanted.text("query_string_behavior").unwrap_or("none");
    let strings = OriginRequestPolicyQueryStringsConfig::builder()
        .query_string_behavior(OriginRequestPolicyQueryStringBehavior::from(behavior))
        .set_query_strings(query_strings(wanted)?);
    built(
        OriginRequestPolicyConfig::builder()
            .name(inputs.required("name")?)
            .comment(inputs.text("comment").unwrap_or_default())
            .headers_config(built(headers.build())?)
            .cookies_config(built(cookies.build())?)
            .query_strings_config(built(strings.build())?)
            .build(),
    )
}

fn properties(config: &OriginRequestPolicyConfig) -> Map {
    let headers = config.headers_config().map(|config| {
        let items = config.headers().map(|headers| headers.items());
        selected("header_behavior", config.header_behavior().as_str(), "headers", items)
    });
    let cookies = config.cookies_config().map(|config| {
        let items = config.cookies().map(|cookies| cookies.items());
        selected("cookie_behavior", config.cookie_behavior().as_str(), "cookies", items)
    });
    let strings = config.query_strings_config().map(|config| {
        let items = config.query_strings().map(|strings| strings.items());
        selected("query_string_behavior", config.query_string_behavior().as_str(), "query_strings", items)
    });
    Values::new()
        .set("name", config.name())
        .set("comment", config.comment().unwrap_or_default())
        .set("headers_config", headers)
        .set("cookies_config", cookies)
        .set("query_strings_config", strings)
        .build()
}
