use std::time::Duration;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::*;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config, requested, validate};

const OFF: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

pub fn wanted(reference: &str) -> builders::DistributionConfigBuilder {
    let custom = CustomOriginConfig::builder()
        .http_port(80)
        .https_port(443)
        .origin_protocol_policy(OriginProtocolPolicy::HttpsOnly)
        .build()
        .unwrap();
    let origin = Origin::builder().id("api").domain_name("api.example.com").custom_origin_config(custom);
    let origins = Origins::builder().quantity(1).items(origin.build().unwrap()).build().unwrap();
    DistributionConfig::builder()
        .caller_reference(reference)
        .comment("")
        .enabled(true)
        .origins(origins)
        .default_cache_behavior(behavior(OFF))
}

fn behavior(policy: &str) -> DefaultCacheBehavior {
    DefaultCacheBehavior::builder()
        .target_origin_id("api")
        .viewer_protocol_policy(ViewerProtocolPolicy::HttpsOnly)
        .cache_policy_id(policy)
        .build()
        .unwrap()
}

async fn create(
    edge: &Client,
    config: builders::DistributionConfigBuilder,
) -> Result<(String, String), String> {
    match edge.create_distribution().distribution_config(config.build().unwrap()).send().await {
        Ok(made) => Ok((made.distribution.unwrap().id, made.e_tag.unwrap())),
        Err(refused) => Err(code(Err::<(), _>(refused))),
    }
}

fn refused(result: Result<(String, String), String>) -> String {
    result.expect_err("should have been refused")
}

#[tokio::test]
async fn a_distribution_deploys_and_is_deleted_only_when_disabled() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let edge = Client::new(&config(&cloud, REGION).await);
    let (id, etag) = create(&edge, wanted("one")).await.unwrap();
    let got = edge.get_distribution().id(&id).send().await.unwrap();
    assert_eq!(got.distribution().unwrap().status(), "InProgress");
    clock.advance(Duration::from_secs(300));
    let got = edge.get_distribution().id(&id).send().await.unwrap().distribution.unwrap();
    assert_eq!(got.status(), "Deployed");
    // What was not said comes back as AWS assumes it.
    let mut config = got.distribution_config.unwrap();
    assert_eq!(config.price_class(), Some(&PriceClass::PriceClassAll));
    assert_eq!(config.origins().unwrap().items()[0].connection_attempts(), Some(3));
    assert_eq!(config.viewer_certificate().unwrap().cloud_front_default_certificate(), Some(true));

    let delete = |etag: &str| edge.delete_distribution().id(&id).if_match(etag).send();
    assert_eq!(code(edge.delete_distribution().id(&id).send().await), "InvalidIfMatchVersion");
    assert_eq!(code(delete("E0").await), "PreconditionFailed");
    assert_eq!(code(delete(&etag).await), "DistributionNotDisabled");
    config.enabled = false;
    let update = |config: DistributionConfig, etag: &str| {
        edge.update_distribution().id(&id).if_match(etag).distribution_config(config).send()
    };
    let mut other = config.clone();
    other.caller_reference = "other".to_owned();
    assert_eq!(code(update(other, &etag).await), "IllegalUpdate");
    let fresh = update(config.clone(), &etag).await.unwrap().e_tag.unwrap();
    assert_eq!(code(update(config, &etag).await), "PreconditionFailed");
    // Disabled, and not yet everywhere.
    assert_eq!(code(delete(&fresh).await), "DistributionNotDisabled");
    clock.advance(Duration::from_secs(300));
    delete(&fresh).await.unwrap();
    assert_eq!(code(delete(&fresh).await), "NoSuchDistribution");
    assert!(cloud.status().await.is_empty());
}

#[tokio::test]
async fn what_a_distribution_cannot_be() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let edge = Client::new(&config(&cloud, REGION).await);
    let aliases = || Aliases::builder().quantity(1).items("a.example.com").build().unwrap();
    let (here, ..) = requested(&cloud, &clock, REGION, "a.example.com").await;
    let (east, record, value) = requested(&cloud, &clock, "us-east-1", "a.example.com").await;
    let certificate = |arn: &str| {
        ViewerCertificate::builder()
            .acm_certificate_arn(arn)
            .ssl_support_method(SslSupportMethod::SniOnly)
            .build()
    };
    let bare = create(&edge, wanted("a").aliases(aliases())).await;
    assert_eq!(refused(bare), "InvalidViewerCertificate");
    let pending = wanted("a").aliases(aliases()).viewer_certificate(certificate(&east));
    assert_eq!(refused(create(&edge, pending).await), "InvalidViewerCertificate");
    validate(&cloud, &clock, "example.com", &record, &value).await;
    let other = Aliases::builder().quantity(1).items("b.example.com").build().unwrap();
    let other = wanted("a").aliases(other).viewer_certificate(certificate(&east));
    assert_eq!(refused(create(&edge, other).await), "InvalidViewerCertificate");
    let elsewhere = wanted("a").aliases(aliases()).viewer_certificate(certificate(&here));
    assert_eq!(refused(create(&edge, elsewhere).await), "InvalidViewerCertificate");
    create(&edge, wanted("a").aliases(aliases()).viewer_certificate(certificate(&east))).await.unwrap();
    let taken = wanted("b").aliases(aliases()).viewer_certificate(certificate(&east));
    assert_eq!(refused(create(&edge, taken).await), "CNAMEAlreadyExists");
    assert_eq!(refused(create(&edge, wanted("a")).await), "DistributionAlreadyExists");
    let acl = wanted("c").web_acl_id("arn:aws:wafv2:us-east-1:123456789012:global/webacl/none/1");
    assert_eq!(refused(create(&edge, acl).await), "InvalidWebACLId");
    let policy = wanted("c").default_cache_behavior(behavior("none"));
    assert_eq!(refused(create(&edge, policy).await), "NoSuchCachePolicy");
    let mut nowhere = behavior(OFF);
    nowhere.target_origin_id = "none".to_owned();
    assert_eq!(refused(create(&edge, wanted("c").default_cache_behavior(nowhere)).await), "NoSuchOrigin");
    let odd = Aliases::builder().quantity(2).items("b.example.com").build().unwrap();
    assert_eq!(refused(create(&edge, wanted("c").aliases(odd)).await), "InconsistentQuantities");
}

#[tokio::test]
async fn policies_have_names_versions_and_users() {
    let cloud = LocalCloud::in_memory();
    let edge = Client::new(&config(&cloud, REGION).await);
    let key = || {
        let none = CachePolicyHeadersConfig::builder().header_behavior(CachePolicyHeaderBehavior::None);
        let cookies = CachePolicyCookiesConfig::builder().cookie_behavior(CachePolicyCookieBehavior::None);
        let strings = CachePolicyQueryStringsConfig::builder()
            .query_string_behavior(CachePolicyQueryStringBehavior::None);
        ParametersInCacheKeyAndForwardedToOrigin::builder()
            .enable_accept_encoding_gzip(true)
            .headers_config(none.build().unwrap())
            .cookies_config(cookies.build().unwrap())
            .query_strings_config(strings.build().unwrap())
            .build()
            .unwrap()
    };
    let policy = |name: &str| {
        CachePolicyConfig::builder()
            .name(name)
            .min_ttl(0)
            .parameters_in_cache_key_and_forwarded_to_origin(key())
    };
    let create_policy =
        |config: CachePolicyConfig| edge.create_cache_policy().cache_policy_config(config).send();
    let made = create_policy(policy("mine").build().unwrap()).await.unwrap();
    let (id, etag) = (made.cache_policy.unwrap().id, made.e_tag.unwrap());
    assert_eq!(code(create_policy(policy("mine").build().unwrap()).await), "CachePolicyAlreadyExists");
    let off = policy("off").default_ttl(0).max_ttl(0).build().unwrap();
    assert_eq!(code(create_policy(off).await), "InvalidArgument");
    create(&edge, wanted("a").default_cache_behavior(behavior(&id))).await.unwrap();
    let delete = |id: &str| edge.delete_cache_policy().id(id).if_match(&etag).send();
    assert_eq!(code(delete(&id).await), "CachePolicyInUse");
    assert_eq!(code(delete(OFF).await), "IllegalDelete");
    assert_eq!(code(delete("none").await), "NoSuchCachePolicy");
    let custom = edge.list_cache_policies().r#type(CachePolicyType::Custom).send().await.unwrap();
    assert_eq!(custom.cache_policy_list().unwrap().items().len(), 1);
    let seeded = edge.list_cache_policies().r#type(CachePolicyType::Managed).send().await.unwrap();
    assert!(seeded.cache_policy_list().unwrap().items().len() >= 6);
    let seeded = edge.get_cache_policy().id(OFF).send().await.unwrap().cache_policy.unwrap();
    assert_eq!(seeded.cache_policy_config().unwrap().name(), "Managed-CachingDisabled");
}

/// CloudFront writes its standard logs to no bucket of some regions.
#[tokio::test]
async fn buckets_of_some_regions_take_no_logs() {
    let cloud = LocalCloud::in_memory();
    let edge = Client::new(&config(&cloud, REGION).await);
    for (region, place, answer) in [
        ("eu-south-1", BucketLocationConstraint::EuSouth1, Some("AccessDenied")),
        ("me-south-1", BucketLocationConstraint::MeSouth1, Some("AccessDenied")),
        ("eu-west-1", BucketLocationConstraint::EuWest1, None),
    ] {
        let name = format!("logs-{region}");
        let s3 = aws_sdk_s3::Client::new(&config(&cloud, region).await);
        let place = CreateBucketConfiguration::builder().location_constraint(place).build();
        let bucket = s3.create_bucket().bucket(&name).create_bucket_configuration(place);
        bucket.object_ownership(ObjectOwnership::BucketOwnerPreferred).send().await.unwrap();
        let host = format!("{name}.s3.{region}.amazonaws.com");
        let logging = LoggingConfig::builder().enabled(true).include_cookies(false).bucket(host).prefix("");
        let made = create(&edge, wanted(region).logging(logging.build())).await;
        assert_eq!(made.err().as_deref(), answer, "{region}");
    }
}
