//! Where AWS is hard at the edge of an account: names, records, logs, subscriptions.

use std::time::Duration;

use aws_sdk_amplify::types::{DomainStatus, SubDomainSetting};
use aws_sdk_cloudfront::types::LoggingConfig;
use aws_sdk_config::types::{ConfigRule, ConfigurationRecorder, DeliveryChannel, Owner, Source};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use aws_sdk_s3::types::{
    BucketCannedAcl, CorsConfiguration, CorsRule, IndexDocument, ObjectOwnership, WebsiteConfiguration,
};
use aws_sdk_sns::types::Tag;
use aws_sdk_wafv2::types::{IpAddressVersion, Scope};
use finsight_local::{LocalClock, LocalCloud};

use crate::server::{raw, signed};
use crate::support::{REGION, bucket, code, config, deliverable, requested, role, validate};

fn at_hand() -> (LocalClock, LocalCloud) {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    (clock, cloud)
}

async fn zone(dns: &aws_sdk_route53::Client, name: &str) -> String {
    let made = dns.create_hosted_zone().name(name).caller_reference(name).send().await.unwrap();
    made.hosted_zone.unwrap().id
}

async fn records(dns: &aws_sdk_route53::Client, zone: &str) -> Vec<(String, String, i64)> {
    let all = dns.list_resource_record_sets().hosted_zone_id(zone).send().await.unwrap();
    let own = all.resource_record_sets.into_iter().filter(|r| !["NS", "SOA"].contains(&r.r#type().as_str()));
    own.map(|r| {
        let value = r.resource_records().first().map(|v| v.value().to_owned());
        let alias = r.alias_target().map(|alias| alias.dns_name().to_owned());
        (r.name().to_owned(), value.or(alias).unwrap(), r.ttl().unwrap_or(0))
    })
    .collect()
}

async fn put(dns: &aws_sdk_route53::Client, zone: &str, name: &str, kind: RrType, value: &str) {
    let value = ResourceRecord::builder().value(value).build().unwrap();
    let record = ResourceRecordSet::builder().name(name).r#type(kind).ttl(60).resource_records(value);
    let change = Change::builder().action(ChangeAction::Upsert).resource_record_set(record.build().unwrap());
    let batch = ChangeBatch::builder().changes(change.build().unwrap()).build().unwrap();
    dns.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await.unwrap();
}

/// K1: an update fills nothing in; K6: CloudFront looks at the bucket of its logs, and lets itself in.
#[tokio::test]
async fn an_update_of_a_distribution_says_all_that_is_required() {
    let (_, cloud) = at_hand();
    let edge = aws_sdk_cloudfront::Client::new(&config(&cloud, REGION).await);
    let wanted = crate::cloudfront::wanted("one").build().unwrap();
    let made = edge.create_distribution().distribution_config(wanted.clone()).send().await.unwrap();
    let (id, etag) = (made.distribution.unwrap().id, made.e_tag.unwrap());
    let update =
        |config| edge.update_distribution().id(&id).if_match(&etag).distribution_config(config).send();
    assert_eq!(code(update(wanted).await), "InvalidArgument");
    let standing = edge.get_distribution_config().id(&id).send().await.unwrap().distribution_config.unwrap();
    let mut lacking = standing.clone();
    lacking.default_cache_behavior.as_mut().unwrap().lambda_function_associations = None;
    let refused = update(lacking).await.unwrap_err();
    assert!(format!("{refused:?}").contains("The parameter Lambda function associations is required."));
    let mut lacking = standing.clone();
    let origins = lacking.origins.as_mut().unwrap();
    origins.items[0].custom_origin_config.as_mut().unwrap().origin_read_timeout = None;
    assert_eq!(code(update(lacking).await), "IllegalUpdate");

    let s3 = aws_sdk_s3::Client::new(&config(&cloud, "us-east-1").await);
    let logs = |name: &str| {
        let mut config = standing.clone();
        let to = LoggingConfig::builder().enabled(true).include_cookies(false).prefix("");
        config.logging = Some(to.bucket(format!("{name}.s3.amazonaws.com")).build());
        update(config)
    };
    let refused = logs("none").await.unwrap_err();
    assert!(format!("{refused:?}").contains("doesn't exist"), "{refused:?}");
    bucket(&cloud, "shut").await;
    let refused = logs("shut").await.unwrap_err();
    assert!(format!("{refused:?}").contains("does not enable ACL access"), "{refused:?}");
    let open = s3.create_bucket().bucket("open").object_ownership(ObjectOwnership::BucketOwnerPreferred);
    open.send().await.unwrap();
    logs("open").await.unwrap();
    let list = s3.get_bucket_acl().bucket("open").send().await.unwrap();
    let delivery = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0";
    assert!(list.grants().iter().any(|grant| grant.grantee().unwrap().id() == Some(delivery)), "{list:?}");
}

/// K2, K3, K4, K10: Amplify writes the records of a domain, says no target at first, takes one change at a time,
/// and CloudFront holds the names of one that is gone.
#[tokio::test]
async fn amplify_writes_the_records_of_a_domain_itself() {
    let (clock, cloud) = at_hand();
    let sdk = config(&cloud, REGION).await;
    let (amplify, dns) = (aws_sdk_amplify::Client::new(&sdk), aws_sdk_route53::Client::new(&sdk));
    let zone = zone(&dns, "example.com").await;
    let app = amplify.create_app().name("a").send().await.unwrap().app.unwrap().app_id;
    amplify.create_branch().app_id(&app).branch_name("main").send().await.unwrap();
    let sub = |prefix: &str| SubDomainSetting::builder().prefix(prefix).branch_name("main").build().unwrap();
    let create = || {
        let call = amplify.create_domain_association().app_id(&app).domain_name("example.com");
        call.sub_domain_settings(sub("")).sub_domain_settings(sub("www")).send()
    };
    create().await.unwrap();
    let get = async || {
        let call = amplify.get_domain_association().app_id(&app).domain_name("example.com");
        call.send().await.unwrap().domain_association.unwrap()
    };
    assert!(get().await.sub_domains()[1].dns_record().contains("www CNAME <pending>"));
    clock.advance(Duration::from_secs(30));
    let written = records(&dns, &zone).await;
    assert_eq!(written.len(), 3, "{written:?}");
    let www = written.iter().find(|(name, ..)| name == "www.example.com.").unwrap();
    assert!(www.1.ends_with(".cloudfront.net") && www.2 == 500, "{www:?}");
    clock.advance(Duration::from_secs(2000));
    let domain = get().await;
    assert_eq!(domain.domain_status(), &DomainStatus::Available);
    assert!(domain.sub_domains()[1].dns_record().contains(&www.1));

    let update = || {
        let call = amplify.update_domain_association().app_id(&app).domain_name("example.com");
        call.sub_domain_settings(sub("beta")).send()
    };
    update().await.unwrap();
    let busy = update().await.unwrap_err();
    assert!(format!("{busy:?}").contains("while the domain is in UPDATING status"), "{busy:?}");
    let names: Vec<String> = records(&dns, &zone).await.into_iter().map(|(name, ..)| name).collect();
    assert!(names.contains(&"beta.example.com.".to_owned()), "{names:?}");
    assert!(!names.contains(&"www.example.com.".to_owned()), "{names:?}");
    clock.advance(Duration::from_secs(60));
    let delete = || amplify.delete_domain_association().app_id(&app).domain_name("example.com").send();
    delete().await.unwrap();
    assert_eq!(records(&dns, &zone).await, []);

    create().await.unwrap();
    clock.advance(Duration::from_secs(30));
    let failed = get().await;
    assert_eq!(failed.domain_status(), &DomainStatus::Failed);
    assert!(failed.status_reason().contains("already associated with a different resource"));
    clock.advance(Duration::from_secs(900));
    update().await.unwrap();
    clock.advance(Duration::from_secs(60));
    assert_ne!(get().await.domain_status(), &DomainStatus::Failed);
}

/// X1: what a trail and AWS Config write keeps a bucket from being deleted.
#[tokio::test]
async fn audit_buckets_are_not_empty() {
    let (clock, cloud) = at_hand();
    let sdk = config(&cloud, REGION).await;
    let trails = aws_sdk_cloudtrail::Client::new(&sdk);
    let s3 = aws_sdk_s3::Client::new(&config(&cloud, "us-east-1").await);
    for (name, service) in [("trail", "cloudtrail.amazonaws.com"), ("config", "config.amazonaws.com")] {
        bucket(&cloud, name).await;
        deliverable(&cloud, name, service, "123456789012").await;
    }
    trails.create_trail().name("main").s3_bucket_name("trail").send().await.unwrap();
    let keys = async |bucket: &str| {
        let listed = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
        listed.contents().iter().map(|one| one.key().unwrap().to_owned()).collect::<Vec<_>>()
    };
    clock.advance(Duration::from_secs(1000));
    assert!(keys("trail").await.is_empty(), "it does not record yet");
    trails.start_logging().name("main").send().await.unwrap();
    assert!(keys("trail").await.is_empty());
    clock.advance(Duration::from_secs(301));
    let found = keys("trail").await;
    assert!(found[0].starts_with("AWSLogs/123456789012/CloudTrail/ap-northeast-1/2026/01/01/"), "{found:?}");
    assert_eq!(code(s3.delete_bucket().bucket("trail").send().await), "BucketNotEmpty");

    let client = aws_sdk_config::Client::new(&sdk);
    let role = role(&cloud, "config", "config.amazonaws.com").await;
    let recorder = ConfigurationRecorder::builder().name("default").role_arn(role).build();
    client.put_configuration_recorder().configuration_recorder(recorder).send().await.unwrap();
    let channel = DeliveryChannel::builder().name("default").s3_bucket_name("config").build();
    client.put_delivery_channel().delivery_channel(channel).send().await.unwrap();
    assert_eq!(keys("config").await, ["AWSLogs/123456789012/Config/ConfigWritabilityCheckFile"]);
    assert_eq!(code(s3.delete_bucket().bucket("config").send().await), "BucketNotEmpty");
}

/// A2: rules of AWS's own stand where AWS has them, with parameters that they have.
#[tokio::test]
async fn managed_rules_have_regions_and_parameters() {
    let (_, cloud) = at_hand();
    let role = role(&cloud, "config", "config.amazonaws.com").await;
    let put = async |region: &'static str, identifier: &str, parameters: Option<&str>| {
        let client = aws_sdk_config::Client::new(&config(&cloud, region).await);
        let recorder = ConfigurationRecorder::builder().name("default").role_arn(&role).build();
        client.put_configuration_recorder().configuration_recorder(recorder).send().await.unwrap();
        let source = Source::builder().owner(Owner::Aws).source_identifier(identifier).build().unwrap();
        let rule = ConfigRule::builder().config_rule_name("r").source(source);
        let rule = rule.set_input_parameters(parameters.map(str::to_owned)).build();
        client.put_config_rule().config_rule(rule).send().await
    };
    const INVALID: &str = "InvalidParameterValueException";
    assert_eq!(code(put(REGION, "CLOUDFRONT_VIEWER_POLICY_HTTPS", None).await), INVALID);
    put("us-east-1", "CLOUDFRONT_VIEWER_POLICY_HTTPS", None).await.unwrap();
    assert_eq!(code(put(REGION, "NO_SUCH_RULE", None).await), INVALID);
    let keys = |parameters| put(REGION, "ACCESS_KEYS_ROTATED", Some(parameters));
    assert_eq!(code(keys("{\"maxAge\":\"90\"}").await), INVALID);
    keys("{\"maxAccessKeyAge\":\"90\"}").await.unwrap();
}

/// K5, X3: a subscription outlives its topic and is none of one that is made again; the old tags are in the way of
/// new ones for a while.
#[tokio::test]
async fn a_topic_that_is_made_again_has_no_subscriptions() {
    let (clock, cloud) = at_hand();
    let sns = aws_sdk_sns::Client::new(&config(&cloud, REGION).await);
    let tag = Tag::builder().key("k").value("v").build().unwrap();
    let make = || sns.create_topic().name("one").tags(tag.clone()).send();
    let topic = make().await.unwrap().topic_arn.unwrap();
    let function = "arn:aws:lambda:ap-northeast-1:123456789012:function:one";
    let subscribe = || sns.subscribe().topic_arn(&topic).protocol("lambda").endpoint(function).send();
    let old = subscribe().await.unwrap().subscription_arn.unwrap();
    sns.delete_topic().topic_arn(&topic).send().await.unwrap();
    assert_eq!(code(make().await), "StaleTag");
    clock.advance(Duration::from_secs(60));
    make().await.unwrap();
    let listed = || sns.list_subscriptions_by_topic().topic_arn(&topic).send();
    assert!(listed().await.unwrap().subscriptions().is_empty());
    let attributes = || sns.get_subscription_attributes().subscription_arn(&old).send();
    attributes().await.unwrap();
    assert_ne!(subscribe().await.unwrap().subscription_arn.unwrap(), old);
    assert_eq!(listed().await.unwrap().subscriptions().len(), 1);
    clock.advance(Duration::from_secs(90_000));
    assert_eq!(code(attributes().await), "NotFound");

    // What a client of Terraform sets.
    let set = |name: &str, value: &str| {
        let call = sns.set_topic_attributes().topic_arn(&topic);
        call.attribute_name(name).attribute_value(value).send()
    };
    set("FirehoseSuccessFeedbackSampleRate", "100").await.unwrap();
    assert_eq!(code(set("FirehoseSuccessFeedbackSampleRate", "101").await), "InvalidParameter");
    set("LambdaFailureFeedbackRoleArn", "arn:aws:iam::123456789012:role/a").await.unwrap();
    assert_eq!(
        code(set("PigeonFailureFeedbackRoleArn", "arn:aws:iam::123456789012:role/a").await),
        "InvalidParameter"
    );
}

/// K7, K15: a bucket's name comes free late; its access list, rules for other origins and site are known.
#[tokio::test]
async fn buckets_have_lists_sites_and_names_that_come_free_late() {
    let (clock, cloud) = at_hand();
    let s3 = aws_sdk_s3::Client::new(&config(&cloud, "us-east-1").await);
    bucket(&cloud, "one").await;
    let everyone = || s3.put_bucket_acl().bucket("one").acl(BucketCannedAcl::PublicRead).send();
    assert_eq!(code(everyone().await), "AccessControlListNotSupported");
    let list = s3.get_bucket_acl().bucket("one").send().await.unwrap();
    assert_eq!(list.grants().len(), 1);
    let rule = CorsRule::builder().allowed_origins("*").allowed_methods("GET").build().unwrap();
    let rules = CorsConfiguration::builder().cors_rules(rule).build().unwrap();
    s3.put_bucket_cors().bucket("one").cors_configuration(rules).send().await.unwrap();
    assert_eq!(s3.get_bucket_cors().bucket("one").send().await.unwrap().cors_rules().len(), 1);
    let odd = CorsRule::builder().allowed_origins("*").allowed_methods("TRACE").build().unwrap();
    let odd = CorsConfiguration::builder().cors_rules(odd).build().unwrap();
    assert_eq!(
        code(s3.put_bucket_cors().bucket("one").cors_configuration(odd).send().await),
        "InvalidRequest"
    );
    let site = || s3.get_bucket_website().bucket("one").send();
    assert_eq!(code(site().await), "NoSuchWebsiteConfiguration");
    let index = IndexDocument::builder().suffix("index.html").build().unwrap();
    let wanted = WebsiteConfiguration::builder().index_document(index).build();
    s3.put_bucket_website().bucket("one").website_configuration(wanted).send().await.unwrap();
    site().await.unwrap();
    // The MD5 of "abc", as a client reckons it.
    let put =
        s3.put_object().bucket("one").key("a").body("abc".as_bytes().to_vec().into()).send().await.unwrap();
    assert_eq!(put.e_tag(), Some("\"900150983cd24fb0d6963f7d28e17f72\""));
    s3.delete_object().bucket("one").key("a").send().await.unwrap();
    s3.delete_bucket().bucket("one").send().await.unwrap();
    let again = || s3.create_bucket().bucket("one").send();
    assert_eq!(code(again().await), "OperationAborted");
    clock.advance(Duration::from_secs(3601));
    again().await.unwrap();
}

/// L4: ACM learns late that nobody uses a certificate any more.
#[tokio::test]
async fn a_certificate_is_in_use_for_some_minutes_more() {
    let (clock, cloud) = at_hand();
    let (arn, name, value) = requested(&cloud, &clock, "us-east-1", "a.example.com").await;
    validate(&cloud, &clock, "example.com", &name, &value).await;
    let acm = aws_sdk_acm::Client::new(&config(&cloud, "us-east-1").await);
    let edge = aws_sdk_cloudfront::Client::new(&config(&cloud, REGION).await);
    let certificate = aws_sdk_cloudfront::types::ViewerCertificate::builder()
        .acm_certificate_arn(&arn)
        .ssl_support_method(aws_sdk_cloudfront::types::SslSupportMethod::SniOnly)
        .build();
    let wanted = crate::cloudfront::wanted("one").enabled(false).viewer_certificate(certificate);
    let made = edge.create_distribution().distribution_config(wanted.build().unwrap()).send().await.unwrap();
    let (id, etag) = (made.distribution.unwrap().id, made.e_tag.unwrap());
    clock.advance(Duration::from_secs(300));
    let delete = || acm.delete_certificate().certificate_arn(&arn).send();
    assert_eq!(code(delete().await), "ResourceInUseException");
    edge.delete_distribution().id(&id).if_match(&etag).send().await.unwrap();
    assert_eq!(code(delete().await), "ResourceInUseException");
    clock.advance(Duration::from_secs(601));
    delete().await.unwrap();
}

/// H15: WAF writes addresses of IPv6 out, and takes no range with host bits.
#[tokio::test]
async fn ranges_of_an_ip_set_have_one_form() {
    let (_, cloud) = at_hand();
    let waf = aws_sdk_wafv2::Client::new(&config(&cloud, REGION).await);
    let make = |name: &str, version: IpAddressVersion, range: &str| {
        let call = waf.create_ip_set().name(name).scope(Scope::Regional).ip_address_version(version);
        call.addresses(range).send()
    };
    let bits = make("a", IpAddressVersion::Ipv4, "192.0.2.7/24").await;
    assert_eq!(code(bits), "WAFInvalidParameterException");
    let bits = make("a", IpAddressVersion::Ipv6, "2001:db8::1/32").await;
    assert_eq!(code(bits), "WAFInvalidParameterException");
    let made = make("a", IpAddressVersion::Ipv6, "2001:db8::/32").await.unwrap().summary.unwrap();
    let get = waf.get_ip_set().name("a").scope(Scope::Regional).id(made.id().unwrap()).send().await.unwrap();
    let range = "2001:0db8:0000:0000:0000:0000:0000:0000/32";
    assert_eq!(get.ip_set().unwrap().addresses(), [range]);
}

/// X2, K12: DKIM's records lead to a zone that SES names, and are looked for no longer than three days.
#[tokio::test]
async fn mail_is_proven_by_its_records() {
    let (clock, cloud) = at_hand();
    let sdk = config(&cloud, REGION).await;
    let (ses, dns) = (aws_sdk_sesv2::Client::new(&sdk), aws_sdk_route53::Client::new(&sdk));
    let made = ses.create_email_identity().email_identity("example.com").send().await.unwrap();
    let dkim = made.dkim_attributes().unwrap().clone();
    let target = dkim.signing_hosted_zone().unwrap().to_owned();
    assert_ne!(target, "dkim.amazonses.com");
    let zone = zone(&dns, "example.com").await;
    let status = async || {
        let found = ses.get_email_identity().email_identity("example.com").send().await.unwrap();
        found.dkim_attributes().unwrap().status().unwrap().as_str().to_owned()
    };
    for token in dkim.tokens() {
        let name = format!("{token}._domainkey.example.com");
        put(&dns, &zone, &name, RrType::Cname, &format!("{token}.dkim.amazonses.com")).await;
    }
    clock.advance(Duration::from_secs(71 * 3600));
    assert_eq!(status().await, "PENDING");
    clock.advance(Duration::from_secs(2 * 3600));
    assert_eq!(status().await, "FAILED");
    for token in dkim.tokens() {
        let name = format!("{token}._domainkey.example.com");
        put(&dns, &zone, &name, RrType::Cname, &format!("{token}.{target}")).await;
    }
    clock.advance(Duration::from_secs(600));
    assert_eq!(status().await, "FAILED", "nobody looks any more");
    let again = ses.put_email_identity_dkim_signing_attributes().email_identity("example.com");
    again.signing_attributes_origin("AWS_SES".into()).send().await.unwrap();
    assert_eq!(status().await, "PENDING");
    clock.advance(Duration::from_secs(300));
    assert_eq!(status().await, "SUCCESS");
}

/// What is not here is refused in the words of the caller's protocol.
#[tokio::test(flavor = "multi_thread")]
async fn services_that_are_not_there_answer_in_the_protocol_of_their_clients() {
    let cloud = LocalCloud::in_memory();
    let server = cloud.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let addr = server.addr();
    let query = raw(addr, signed(addr, "sqs", REGION, "POST /", "Action=ListQueues"));
    assert!(query.contains("501") && query.contains("<ErrorResponse><Error>"), "{query}");
    let first = raw(addr, signed(addr, "ses", REGION, "POST /", "Action=ListIdentities&Version=2010-12-01"));
    assert!(first.contains("501") && first.contains("<ErrorResponse><Error>"), "{first}");
    let json = signed(addr, "sqs", REGION, "POST /", "{}").replace(
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.ListQueues",
    );
    let json = raw(addr, json);
    assert!(json.contains("501") && json.contains("\"__type\":\"NotImplemented\""), "{json}");
    let rest = signed(addr, "backup", REGION, "GET /backup-vaults/", "")
        .replace("Content-Type: application/x-www-form-urlencoded", "Content-Type: application/json");
    let rest = raw(addr, rest);
    assert!(
        rest.contains("501") && rest.contains("NotImplemented") && rest.contains("\"message\""),
        "{rest}"
    );
    server.shutdown().await;
}
