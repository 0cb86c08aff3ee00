//! A1 and A9: the public name, CloudFront and what it shows when the API does not answer.

use finsight_engine::program::{Handle, Input, Options, Output, Scope, concat};
use finsight_specs::apigateway::Cors;
use finsight_specs::cloudfront::{
    CacheBehavior, CachePolicy, CorsConfig, CustomErrorResponse, CustomOriginConfig, Distribution,
    DistributionLogging, HeadersConfig, ManagedCachePolicy, ManagedOriginRequestPolicy, Origin,
    OriginAccessControl, Origins, QueryStringsConfig, ResponseHeadersPolicy, SecurityHeadersConfig,
    ViewerCertificate,
};
use finsight_specs::iam::Statement;
use finsight_specs::route53::{AliasTarget, RecordSet};
use finsight_specs::s3::{Bucket, Grant, LifecycleRule, Object};

use super::gateway::Gateway;
use super::{Ground, gateway};
use crate::common::{after, bucket_name, closed_bucket, global_arn, name, named};
use crate::config::Config;
use crate::dns::{Certificates, certificates};
use crate::security::ORIGIN_HEADER;

/// The header in which API Gateway looks for a key.
const KEY_HEADER: &str = "x-api-key";
/// The ids of the origins.
const API: &str = "api";
const PAGES: &str = "pages";
/// Where the page for a silent API lies.
const UNAVAILABLE: &str = "/errors/unavailable.json";
/// What it says.
const UNAVAILABLE_BODY: &str =
    "{\"message\":\"The service is not available at the moment. Please try again.\"}\n";

/// A client that calls without TLS has sent its token in clear before any answer: it gets none.
const TLS: &str = "https-only";

/// CloudFront, and what leads to it.
pub(super) struct Edge {
    /// The distribution.
    pub distribution: Handle<Distribution>,
    /// The API's public name.
    pub name: Handle<RecordSet>,
    /// The certificates of that name.
    pub certificates: Certificates,
}

/// CloudFront under the API's public name.
pub(super) fn edge(s: &Scope, config: &Config, ground: &Ground<'_>, gateway: &Gateway) -> Edge {
    let public = config.api.domain.as_str();
    let certificates = certificates(s, ground.zone, public);
    let domain = gateway::domain(s, public, &certificates.regional, &gateway.rest, &gateway.stage);
    let pages = pages(s);
    let access = s.add(
        "pages",
        OriginAccessControl::new("s3").name(named(s, "pages")).description("FinSight: error pages"),
    );
    let secret = &ground.security.secrets.origin.secret_string;
    let mut api = Origin::new(&domain.regional_domain_name)
        // API Gateway answers after 29 seconds at the latest.
        .custom_origin_config(CustomOriginConfig::new("https-only").origin_read_timeout(30))
        .custom_header(ORIGIN_HEADER, secret);
    // A7: what each caller would have to know is in no browser ("Protecting your API using Amazon API Gateway and AWS WAF").
    if let Some(key) = config.api.cdn.api_key.as_ref().and_then(|name| gateway.keys.get(name)) {
        api = api.custom_header(KEY_HEADER, &key.key_value);
    }
    let origins = Origins::new()
        .origin(API, api)
        .origin(PAGES, Origin::s3(&pages.bucket_regional_domain_name, &access));
    let headers = s.add(
        "api",
        ResponseHeadersPolicy::new()
            .name(named(s, "api"))
            .comment("FinSight API")
            .cors_config(cors(config, ground))
            .security_headers_config(
                SecurityHeadersConfig::new()
                    .strict_transport_security(63_072_000, true, false, true)
                    .content_type_options(true)
                    .frame_options("DENY", true)
                    .referrer_policy("no-referrer", true),
            ),
    );
    let to_api = || {
        CacheBehavior::new(API, TLS, ManagedCachePolicy::CACHING_DISABLED)
            .origin_request_policy_id(ManagedOriginRequestPolicy::ALL_VIEWER)
            .response_headers_policy_id(&headers)
    };
    let mut behaviors = vec![
        CacheBehavior::new(PAGES, TLS, ManagedCachePolicy::CACHING_OPTIMIZED)
            .response_headers_policy_id(&headers)
            .at("/errors/*"),
    ];
    if !config.api.cdn.cached_paths.is_empty() {
        let ttl = config.api.cdn.cache_seconds;
        // Callers with different tokens and origins must not get each other's answers, and nobody an old one after a
        // write of his own: a function says for how long an answer may be kept, and without a word it is not.
        let policy = s.add(
            "api",
            CachePolicy::new()
                .name(named(s, "api"))
                .comment("FinSight API: kept for each caller apart")
                .min_ttl(0)
                .default_ttl(0)
                .max_ttl(ttl)
                .enable_accept_encoding_gzip(true)
                .enable_accept_encoding_brotli(true)
                .headers_config(HeadersConfig::whitelist(&["Authorization", "Origin"]))
                .query_strings_config(QueryStringsConfig::behaving("all")),
        );
        for path in &config.api.cdn.cached_paths {
            behaviors.push(
                CacheBehavior::new(API, TLS, &policy)
                    .all_methods()
                    .origin_request_policy_id(ManagedOriginRequestPolicy::ALL_VIEWER)
                    .response_headers_policy_id(&headers)
                    .at(path),
            );
        }
    }
    let silent = [502, 503, 504].map(|code| {
        CustomErrorResponse::new(code)
            .response_page_path(UNAVAILABLE)
            .response_code(code.to_string())
            .error_caching_min_ttl(0)
    });
    // CloudFront keeps these for ten seconds and for all callers, whatever the cache policy says.
    let own = [404, 414, 500, 501].map(|code| CustomErrorResponse::new(code).error_caching_min_ttl(0));
    let errors: Vec<CustomErrorResponse> = own.into_iter().chain(silent).collect();
    let logs = logs(s, config.api.cdn.log_retention_days, config.database.protection);
    let distribution = s.add_with(
        "api",
        Distribution::new(origins, to_api().all_methods())
            .aliases(vec![public.to_owned()])
            .comment(named(s, "api"))
            .http_version("http2and3")
            .is_ipv6_enabled(true)
            .price_class(config.api.cdn.price_class.as_str())
            .web_acl_id(&ground.security.edge.arn)
            .cache_behaviors(behaviors)
            .custom_error_responses(errors)
            .viewer_certificate(
                ViewerCertificate::new(&certificates.edge.certificate_arn)
                    .minimum_protocol_version("TLSv1.2_2021"),
            )
            .logging(DistributionLogging::new(&logs.bucket_domain_name).prefix("api/"))
            .tags(name(s, "api")),
        after(&ground.security.regional, "the firewall takes a new value of the header before it is sent"),
    );
    let [name, _] = ["A", "AAAA"].map(|kind| {
        s.add(
            &format!("api-{}", kind.to_lowercase()),
            RecordSet::new(ground.zone.id(), public, kind)
                .alias_target(AliasTarget::new(&distribution.domain_name, &distribution.hosted_zone_id)),
        )
    });
    Edge { distribution, name, certificates }
}

/// A8: browsers of these origins may read every answer: that of a function, of API Gateway and of CloudFront itself.
/// Where pull requests get previews, those are below the app's own domain.
fn cors(config: &Config, ground: &Ground<'_>) -> CorsConfig {
    let origins: Vec<&str> = config.api.cors_origins.iter().map(String::as_str).collect();
    let mut cors = CorsConfig::new().access_control_allow_origins(&origins);
    if config.frontend.pull_request_previews {
        cors = cors.and_origins_below(&ground.frontend.app.default_domain);
    }
    cors.access_control_allow_methods(&Cors::METHODS)
        .access_control_allow_headers(&Cors::HEADERS)
        .access_control_allow_credentials(false)
        .access_control_max_age_sec(Cors::MAX_AGE)
        .origin_override(true)
}

/// The bucket of the pages that CloudFront shows instead of errors.
fn pages(s: &Scope) -> Handle<Bucket> {
    let (_, arn) = bucket_name(s, "pages");
    let objects: Output<String> = concat([Input::from(&arn), Input::from("/*")]);
    // The distribution's ARN would close a circle: the account's distributions may read. Of what CloudFront says
    // with a request AWS documents the ARN alone ("Restricting access to an Amazon S3 origin").
    let distributions = global_arn(s, "cloudfront", "distribution/*");
    let read = Statement::allow(&["s3:GetObject"])
        .sid("CloudFront")
        .service("cloudfront.amazonaws.com")
        .resource(&objects)
        .condition("ArnLike", "AWS:SourceArn", distributions);
    let bucket = s.add("pages", closed_bucket(s, "pages", vec![read]).force_destroy(true));
    let key = UNAVAILABLE.trim_start_matches('/');
    s.add(
        "unavailable",
        Object::new(&bucket, key).content(UNAVAILABLE_BODY).content_type("application/json"),
    );
    bucket
}

/// The bucket of access logs. CloudFront writes by access list, which no other bucket has.
fn logs(s: &Scope, days: i64, protected: bool) -> Handle<Bucket> {
    s.add_with(
        "cdn-logs",
        closed_bucket(s, "cdn-logs", Vec::new())
            .object_ownership("BucketOwnerPreferred")
            .grants(vec![Grant::cloudfront_logs()])
            .lifecycle_rules(vec![
                LifecycleRule::new("end").expiration_days(days).abort_incomplete_multipart_upload_days(7),
            ])
            .force_destroy(true),
        Options { protect: protected, ..Options::default() },
    )
}
