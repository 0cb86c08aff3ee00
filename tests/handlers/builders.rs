//! What builders make is what a read gives back: a second run of a program has nothing to do.

use std::collections::BTreeMap;

use finsight_engine::graph::Graph;
use finsight_engine::program::{Scope, Stack};
use finsight_engine::secret::Secret;
use finsight_specs::cloudfront::*;
use finsight_specs::ids::Arn;
use finsight_specs::logs::LogGroup;
use finsight_specs::s3::{Bucket, Grant};
use finsight_specs::wafv2::*;

use crate::fixture::REGION;
use crate::ground;
use crate::life::Life;
use crate::runtime;

fn program(declare: impl Fn(&Scope)) -> Graph {
    let stack = Stack::new("test", REGION);
    declare(&stack.component("edge", BTreeMap::new()));
    stack.finish().expect("the program is sound")
}

#[track_caller]
fn lives(graph: &Graph) {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(graph, "made by builders").await;
        life.destroy("made by builders").await;
    });
}

#[test]
fn cloudfront_by_builders() {
    lives(&program(|scope| {
        let acl = scope.in_region("us-east-1").add(
            "edge",
            WebAcl::new("CLOUDFRONT", Action::allow(), VisibilityConfig::new("edge"))
                .association_config(AssociationConfig::new().request_body("CLOUDFRONT", "KB_32")),
        );
        let access = scope.add("assets", OriginAccessControl::new("s3").description("assets"));
        let cache = scope.add(
            "cache",
            CachePolicy::new()
                .enable_accept_encoding_gzip(true)
                .headers_config(HeadersConfig::whitelist(&["Origin", "Accept"]))
                .query_strings_config(QueryStringsConfig::behaving("all")),
        );
        let request = scope.add(
            "request",
            OriginRequestPolicy::new()
                .headers_config(HeadersConfig::naming("allExcept", &["host"]))
                .cookies_config(CookiesConfig::behaving("all")),
        );
        let security = SecurityHeadersConfig::new()
            .strict_transport_security(63_072_000, true, true, true)
            .content_type_options(true)
            .frame_options("DENY", true)
            .referrer_policy("same-origin", true)
            .content_security_policy("default-src 'self'", true)
            .xss_protection(false, false, true);
        let cors = CorsConfig::new()
            .access_control_allow_origins(&["https://b.example.com", "https://a.example.com"])
            .access_control_allow_methods(&["PUT", "GET"])
            .access_control_allow_headers(&["Authorization"])
            .access_control_expose_headers(&["X-Request-Id"])
            .access_control_max_age_sec(600);
        let response = scope.add(
            "response",
            ResponseHeadersPolicy::new()
                .security_headers_config(security)
                .cors_config(cors)
                .custom_headers([ResponseHeader::new("X-A", "1")])
                .remove_headers(["Server"]),
        );
        let origins = Origins::new()
            .origin(
                "api",
                Origin::https("api.example.com")
                    .origin_path("/v1")
                    .origin_shield(REGION)
                    .custom_header("X-Origin-Verify", Secret::new("only CloudFront knows")),
            )
            .origin("assets", Origin::s3("assets.s3.ap-northeast-1.amazonaws.com", &access))
            .origin(
                "old",
                Origin::new("old.example.com").connection_attempts(1).custom_origin_config(
                    CustomOriginConfig::new("match-viewer").origin_ssl_protocols(&["TLSv1.2", "TLSv1.1"]),
                ),
            );
        let api = CacheBehavior::new("api", "https-only", ManagedCachePolicy::CACHING_DISABLED)
            .origin_request_policy_id(ManagedOriginRequestPolicy::ALL_VIEWER_EXCEPT_HOST_HEADER)
            .response_headers_policy_id(ManagedResponseHeadersPolicy::SECURITY_HEADERS)
            .all_methods()
            .at("/api/*");
        let default = CacheBehavior::new("assets", "redirect-to-https", &cache)
            .origin_request_policy_id(&request)
            .response_headers_policy_id(&response)
            .allowed_methods(&["OPTIONS", "HEAD", "GET"])
            .cached_methods(&["OPTIONS", "HEAD", "GET"])
            .function("viewer-request", Arn::literal("arn:aws:cloudfront::123456789012:function/rewrite"));
        let certificate = ground::issued(scope, &scope.in_region("us-east-1"), "www.example.com");
        let logs = scope.add(
            "logs",
            Bucket::new("finsight-test-site-logs")
                .object_ownership("BucketOwnerPreferred")
                .grants([Grant::cloudfront_logs()]),
        );
        scope.add(
            "site",
            Distribution::new(origins, default)
                .aliases(["www.example.com"])
                .cache_behaviors([api])
                .custom_error_responses([CustomErrorResponse::new(404)
                    .response_page_path("/404.html")
                    .response_code("404")])
                .viewer_certificate(ViewerCertificate::new(&certificate.certificate_arn))
                .logging(DistributionLogging::new(&logs.bucket_domain_name).prefix("edge/"))
                .restrictions(GeoRestriction::new("whitelist").locations(&["US", "JP"]))
                .web_acl_id(&acl.arn),
        );
    }));
}

#[test]
fn waf_by_builders() {
    lives(&program(|scope| {
        let office = scope.add("office", IpSet::new("REGIONAL", "IPV4", ["192.0.2.0/24"]));
        let verify = Statement::byte_match(
            FieldToMatch::single_header("X-Origin-Verify"),
            "EXACTLY",
            Secret::new("only CloudFront knows"),
            &["NONE"],
        );
        let path = || {
            Statement::byte_match(
                FieldToMatch::uri_path(),
                "STARTS_WITH",
                "/auth/",
                &["URL_DECODE", "LOWERCASE"],
            )
        };
        let denied = Action::block_with(CustomResponse::new(403).body("denied").header("X-Why", "origin"));
        let common = ManagedRuleGroup::aws("AWSManagedRulesCommonRuleSet")
            .rule_action_override("SizeRestrictions_BODY", Action::count())
            .scope_down(Statement::negate(path()));
        let rate = RateBased::per_forwarded_ip(100, "X-Forwarded-For", "MATCH").evaluation_window_sec(60);
        let body = FieldToMatch::json_body("VALUE", "EVALUATE_AS_STRING", "CONTINUE");
        let rules = Rules::new()
            .rule("origin", Rule::new(0, Statement::negate(verify), denied))
            .rule("common", Rule::group(1, common))
            .rule(
                "inputs",
                Rule::counted_group(2, ManagedRuleGroup::aws("AWSManagedRulesKnownBadInputsRuleSet")),
            )
            .rule("rate", Rule::new(3, rate.scope_down(path()), Action::block()))
            .rule("all", Rule::new(4, RateBased::of_all(5000, path()), Action::captcha()))
            .rule(
                "office",
                Rule::new(5, Statement::ip_set(&office.arn), Action::allow().insert_header("office", "yes"))
                    .rule_labels(&["office", "known"])
                    .visibility_config(VisibilityConfig::new("office").sampled_requests_enabled(false)),
            )
            .rule(
                "either",
                Rule::new(
                    6,
                    Statement::any([
                        Statement::geo_match(&["US", "JP"]),
                        Statement::label_match("LABEL", "office"),
                        Statement::all([
                            Statement::xss_match(FieldToMatch::all_query_arguments(), &["NONE"]),
                            Statement::sqli_match(body, "LOW", &["NONE"]),
                        ]),
                        Statement::size_constraint(FieldToMatch::body("CONTINUE"), "GT", 8192, &["NONE"]),
                        Statement::regex_match(FieldToMatch::method(), "^TRACE$", &["NONE"]),
                        Statement::forwarded_ip_set(&office.arn, "X-Forwarded-For", "NO_MATCH", "FIRST"),
                    ]),
                    Action::challenge(),
                ),
            );
        let bodies = BTreeMap::from([("denied".to_owned(), CustomResponseBody::new("TEXT_PLAIN", "no"))]);
        let acl = scope.add(
            "api",
            WebAcl::new("REGIONAL", Action::block(), VisibilityConfig::new("api"))
                .rules(rules)
                .custom_response_bodies(bodies)
                .association_config(AssociationConfig::new().request_body("API_GATEWAY", "KB_64")),
        );
        let stage = ground::stage(scope);
        scope.add("stage", WebAclAssociation::new(&stage.arn, &acl.arn));
        let group = scope.add("log", LogGroup::new().log_group_name("aws-waf-logs-api"));
        let blocked = LogFilter::new("KEEP", "MEETS_ANY").actions(&["COUNT", "BLOCK"]).label_names(&["a:b"]);
        scope.add(
            "logging",
            LoggingConfiguration::new(&acl.arn, [&group.arn])
                .redacted_fields([FieldToMatch::single_header("Authorization"), FieldToMatch::query_string()])
                .logging_filter(LoggingFilter::new("DROP").filter(blocked)),
        );
    }));
}
