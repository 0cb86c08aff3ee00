//! A9: CloudFront in front of the API.

use std::collections::{BTreeMap, BTreeSet};

use super::policies::statements;
use super::stand::{prod, records, text};

/// CloudFront's own policies.
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const ALL_VIEWER: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";
/// The header that only CloudFront knows the value of.
const ORIGIN_HEADER: &str = "x-finsight-origin";

#[test]
fn a9_cloudfront_alone_reaches_the_api() {
    let stand = prod();
    stand.block(async {
        let cloudfront = &stand.here.cloudfront;
        let all = cloudfront.list_distributions().send().await.expect("distributions");
        let [one] = all.distribution_list().expect("a list").items() else { panic!("{all:?}") };
        let found = cloudfront.get_distribution().id(one.id()).send().await.expect("the distribution");
        let distribution = found.distribution().expect("the distribution");
        let config = distribution.distribution_config().expect("its config");
        assert!(config.enabled());
        assert_eq!(config.aliases().expect("aliases").items(), ["api.finsight.com"]);
        for kind in ["A", "AAAA"] {
            assert_eq!(records(stand, "api.finsight.com", kind).await, [distribution.domain_name()]);
        }

        // The origin is the API's regional domain of the same name.
        let domain = stand.here.apigateway.get_domain_name().domain_name("api.finsight.com").send().await;
        let domain = domain.expect("the domain");
        let behaviour = config.default_cache_behavior().expect("a default");
        let origins = config.origins().expect("origins").items();
        let origin = origins.iter().find(|origin| origin.id() == behaviour.target_origin_id()).expect("it");
        assert_eq!(origin.domain_name(), text(domain.regional_domain_name()));
        let custom = origin.custom_origin_config().expect("its settings");
        assert_eq!(custom.origin_protocol_policy().as_str(), "https-only");

        // Not kept by default; kept where the config says so.
        assert_eq!(behaviour.cache_policy_id(), Some(CACHING_DISABLED));
        assert_eq!(behaviour.origin_request_policy_id(), Some(ALL_VIEWER));
        // A redirect would come after the token was sent in clear.
        assert_eq!(behaviour.viewer_protocol_policy().as_str(), "https-only");
        let others = config.cache_behaviors().expect("behaviours").items();
        let kept = others.iter().find(|other| other.path_pattern() == "/categories/*").expect("it");
        assert_ne!(kept.cache_policy_id(), Some(CACHING_DISABLED));
        assert_eq!(kept.target_origin_id(), origin.id());

        let errors = config.custom_error_responses().expect("error pages").items();
        let codes: BTreeSet<i32> = errors.iter().map(|error| error.error_code()).collect();
        assert_eq!(codes, BTreeSet::from([404, 414, 500, 501, 502, 503, 504]));
        assert!(errors.iter().all(|error| error.error_caching_min_ttl() == Some(0)), "{errors:?}");
        let pages: BTreeMap<i32, &str> = errors
            .iter()
            .map(|page| (page.error_code(), page.response_page_path().unwrap_or_default()))
            .filter(|(_, page)| !page.is_empty())
            .collect();
        assert_eq!(pages.keys().copied().collect::<Vec<_>>(), [502, 503, 504]);
        let bucket = format!("finsight-pages-{}", stand.account);
        for page in pages.values() {
            let key = page.trim_start_matches('/');
            stand.here.s3.get_object().bucket(&bucket).key(key).send().await.expect("the page is there");
        }
        // X12: CloudFront says its distribution with a request, and nothing of the account.
        let policy = stand.here.s3.get_bucket_policy().bucket(&bucket).send().await.expect("a policy");
        let reads = statements(text(policy.policy())).into_iter().find(|one| one.allows).expect("it reads");
        let keys: Vec<&String> = reads.condition.as_object().expect("conditions").keys().collect();
        assert_eq!(keys, ["ArnLike"], "{:?}", reads.condition);
        let source = &reads.condition["ArnLike"]["AWS:SourceArn"];
        let every = format!("arn:aws:cloudfront::{}:distribution/*", stand.account);
        assert_eq!(source.as_str(), Some(every.as_str()));

        let tls = config.viewer_certificate().expect("a certificate");
        assert_eq!(tls.minimum_protocol_version().map(|version| version.as_str()), Some("TLSv1.2_2021"));
        let certificate = text(tls.acm_certificate_arn());
        assert!(certificate.contains(":us-east-1:"), "{certificate}");
        let about = stand.edge.acm.describe_certificate().certificate_arn(certificate).send().await;
        let about = about.expect("the certificate");
        let status = about.certificate().and_then(|it| it.status()).map(|status| status.as_str());
        assert_eq!(status, Some("ISSUED"));

        let logging = config.logging().expect("access logs");
        assert!(logging.enabled());
        assert!(logging.bucket().starts_with(&format!("finsight-cdn-logs-{}.", stand.account)));
        assert!(text(config.web_acl_id()).contains(":global/webacl/finsight-edge/"), "{config:?}");

        // The secret header: what CloudFront sends is what Secrets Manager holds, and what the firewall demands.
        let headers = origin.custom_headers().expect("headers").items();
        let sent = |name: &str| headers.iter().find(|header| header.header_name() == name);
        assert_eq!(headers.len(), 2, "the secret, and the key of the usage plan");
        let header = sent(ORIGIN_HEADER).expect("the secret header");
        assert!(sent("x-api-key").is_some_and(|key| key.header_value().len() >= 20));
        let secret = stand.here.secrets.get_secret_value().secret_id("finsight/cdn-origin").send().await;
        let secret = secret.expect("the secret");
        assert!(secret.secret_string().is_some_and(|value| value.len() == 48));
        assert!(Some(header.header_value()) == secret.secret_string(), "CloudFront sends another value");
        let acls = super::security::firewall(stand, &stand.here, "REGIONAL").await;
        let rule = acls.rules().iter().find(|rule| rule.name() == "only-through-cloudfront").expect("it");
        assert_eq!(rule.priority(), 0);
        assert!(rule.action().is_some_and(|action| action.block().is_some()));
        let not = rule.statement().and_then(|statement| statement.not_statement()).expect("a negation");
        let any = not.statement().and_then(|inner| inner.or_statement()).expect("one of two values");
        for one in any.statements() {
            let exact = one.byte_match_statement().expect("a match");
            assert_eq!(exact.positional_constraint().as_str(), "EXACTLY");
            let single = exact.field_to_match().and_then(|field| field.single_header()).expect("a header");
            assert_eq!(single.name(), ORIGIN_HEADER);
            let demanded = exact.search_string().as_ref();
            assert!(
                Some(demanded) == secret.secret_string().map(str::as_bytes),
                "the firewall wants another"
            );
        }
    });
}
