use std::time::Duration;

use aws_sdk_acm::types::{CertificateStatus, Filters, KeyAlgorithm, ValidationMethod};
use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, ChangeStatus, HealthCheckConfig, HealthCheckRegion, HealthCheckType,
    ResettableElementName, ResourceRecord, ResourceRecordSet, RrType, builders::HealthCheckConfigBuilder,
};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config};

async fn dns(cloud: &LocalCloud) -> aws_sdk_route53::Client {
    aws_sdk_route53::Client::new(&config(cloud, REGION).await)
}

async fn zone(dns: &aws_sdk_route53::Client, name: &str, reference: &str) -> String {
    let made = dns.create_hosted_zone().name(name).caller_reference(reference).send().await.unwrap();
    made.hosted_zone.unwrap().id.trim_start_matches("/hostedzone/").to_owned()
}

fn record(name: &str, kind: RrType, value: &str) -> ResourceRecordSet {
    let value = ResourceRecord::builder().value(value).build().unwrap();
    ResourceRecordSet::builder().name(name).r#type(kind).ttl(60).resource_records(value).build().unwrap()
}

fn batch(changes: impl IntoIterator<Item = (ChangeAction, ResourceRecordSet)>) -> ChangeBatch {
    let changes = changes.into_iter().map(|(action, record)| {
        Change::builder().action(action).resource_record_set(record).build().unwrap()
    });
    ChangeBatch::builder().set_changes(Some(changes.collect())).build().unwrap()
}

#[tokio::test]
async fn zones_are_guarded() {
    let cloud = LocalCloud::in_memory();
    let dns = dns(&cloud).await;
    let id = zone(&dns, "Example.com", "one").await;
    let again = dns.create_hosted_zone().name("example.com").caller_reference("one").send().await;
    assert_eq!(code(again), "HostedZoneAlreadyExists");
    // Names are not unique.
    zone(&dns, "example.com", "two").await;
    let got = dns.get_hosted_zone().id(&id).send().await.unwrap();
    assert_eq!(got.hosted_zone().unwrap().name(), "example.com.");
    assert_eq!(got.delegation_set().unwrap().name_servers().len(), 4);
    let seeded = dns.list_resource_record_sets().hosted_zone_id(&id).send().await.unwrap();
    let kinds: Vec<&str> = seeded.resource_record_sets().iter().map(|one| one.r#type().as_str()).collect();
    assert_eq!(kinds, ["NS", "SOA"]);
    let change = |changes| dns.change_resource_record_sets().hosted_zone_id(&id).change_batch(changes).send();
    change(batch([(ChangeAction::Create, record("a.example.com", RrType::A, "192.0.2.1"))])).await.unwrap();
    assert_eq!(code(dns.delete_hosted_zone().id(&id).send().await), "HostedZoneNotEmpty");
    change(batch([(ChangeAction::Delete, record("A.example.com.", RrType::A, "192.0.2.1"))])).await.unwrap();
    dns.delete_hosted_zone().id(&id).send().await.unwrap();
    assert_eq!(code(dns.get_hosted_zone().id(&id).send().await), "NoSuchHostedZone");
}

#[tokio::test]
async fn batches_are_made_whole_or_not_at_all() {
    let cloud = LocalCloud::in_memory().with_clock(LocalClock::manual());
    let dns = dns(&cloud).await;
    let id = zone(&dns, "example.com", "one").await;
    let change = |changes| dns.change_resource_record_sets().hosted_zone_id(&id).change_batch(changes).send();
    let a = || record("*.example.com", RrType::A, "192.0.2.1");
    let made = change(batch([(ChangeAction::Create, a())])).await.unwrap().change_info.unwrap();
    assert_eq!(made.status(), &ChangeStatus::Pending);
    let refused = change(batch([
        (ChangeAction::Upsert, record("b.example.com", RrType::Cname, "c.example.net")),
        (ChangeAction::Create, a()),
    ]))
    .await
    .unwrap_err();
    let text = format!("{:?}", refused.as_service_error());
    assert!(text.contains("InvalidChangeBatch") && text.contains("already exists"), "{text}");
    let all = dns.list_resource_record_sets().hosted_zone_id(&id).send().await.unwrap();
    let names: Vec<&str> = all.resource_record_sets().iter().map(|one| one.name()).collect();
    assert_eq!(names, ["example.com.", "example.com.", "\\052.example.com."]);
    for (action, wrong) in [
        (ChangeAction::Delete, record("*.example.com", RrType::A, "192.0.2.2")),
        (ChangeAction::Delete, record("x.example.com", RrType::A, "192.0.2.2")),
        (ChangeAction::Create, record("*.example.com", RrType::Cname, "x.example.net")),
        (ChangeAction::Create, record("example.com", RrType::Cname, "x.example.net")),
        (ChangeAction::Create, record("a.example.org", RrType::A, "192.0.2.2")),
        (ChangeAction::Create, record("t.example.com", RrType::Txt, "no quotes")),
    ] {
        assert_eq!(code(change(batch([(action, wrong)])).await), "InvalidChangeBatch");
    }
    let page = dns.list_resource_record_sets().hosted_zone_id(&id).max_items(2).send().await.unwrap();
    assert!(page.is_truncated());
    assert_eq!(page.next_record_name(), Some("\\052.example.com."));
}

#[tokio::test]
async fn a_certificate_is_issued_once_its_records_stand() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let acm = aws_sdk_acm::Client::new(&config(&cloud, "us-east-1").await);
    let request = |token: &str| {
        acm.request_certificate()
            .domain_name("Example.com")
            .subject_alternative_names("*.example.com")
            .validation_method(ValidationMethod::Dns)
            .key_algorithm(KeyAlgorithm::EcPrime256v1)
            .idempotency_token(token)
            .send()
    };
    let arn = request("one").await.unwrap().certificate_arn.unwrap();
    assert_eq!(request("one").await.unwrap().certificate_arn(), Some(arn.as_str()));
    let describe = async || {
        let got = acm.describe_certificate().certificate_arn(&arn).send().await.unwrap();
        got.certificate.unwrap()
    };
    assert!(describe().await.domain_validation_options()[0].resource_record().is_none());
    clock.advance(Duration::from_secs(10));
    let shown = describe().await;
    assert_eq!(shown.subject_alternative_names(), ["example.com", "*.example.com"]);
    let records: Vec<_> =
        shown.domain_validation_options().iter().filter_map(|one| one.resource_record()).collect();
    assert_eq!((records.len(), records[0]), (2, records[1]), "a name and its wildcard share one record");
    let dns = dns(&cloud).await;
    let id = zone(&dns, "example.com", "one").await;
    let proof = record(records[0].name(), RrType::Cname, records[0].value());
    let change = |action| {
        let changes = batch([(action, proof.clone())]);
        dns.change_resource_record_sets().hosted_zone_id(&id).change_batch(changes).send()
    };
    change(ChangeAction::Create).await.unwrap();
    assert_eq!(describe().await.status(), Some(&CertificateStatus::PendingValidation));
    clock.advance(Duration::from_secs(60));
    assert_eq!(describe().await.status(), Some(&CertificateStatus::Issued));
    change(ChangeAction::Delete).await.unwrap();
    assert_eq!(describe().await.status(), Some(&CertificateStatus::Issued), "issued stays issued");
    assert!(acm.list_certificates().send().await.unwrap().certificate_summary_list().is_empty());
    let keys = Filters::builder().key_types(KeyAlgorithm::EcPrime256v1).build();
    let listed = acm.list_certificates().includes(keys).send().await.unwrap();
    assert_eq!(listed.certificate_summary_list().len(), 1);
    clock.advance(Duration::from_secs(3600));
    let late = request("one").await.unwrap().certificate_arn.unwrap();
    assert_ne!(late, arn, "a token is good for an hour");
    clock.advance(Duration::from_secs(73 * 3600));
    let late = acm.describe_certificate().certificate_arn(&late).send().await.unwrap().certificate.unwrap();
    assert_eq!(late.status(), Some(&CertificateStatus::ValidationTimedOut));
}

fn endpoint(kind: HealthCheckType) -> HealthCheckConfigBuilder {
    HealthCheckConfig::builder().r#type(kind).fully_qualified_domain_name("api.example.com")
}

#[tokio::test]
async fn a_reference_makes_one_health_check_for_ever() {
    let cloud = LocalCloud::in_memory();
    let dns = dns(&cloud).await;
    let make = |reference: &str, config: HealthCheckConfigBuilder| {
        dns.create_health_check()
            .caller_reference(reference)
            .health_check_config(config.build().unwrap())
            .send()
    };
    let made = make("one", endpoint(HealthCheckType::Https)).await.unwrap().health_check.unwrap();
    let config = made.health_check_config().unwrap();
    assert_eq!(
        (config.port(), config.request_interval(), config.failure_threshold()),
        (Some(443), Some(30), Some(3))
    );
    assert_eq!(
        (config.enable_sni(), config.inverted(), config.regions().len()),
        (Some(true), Some(false), 0)
    );
    let again = make("one", endpoint(HealthCheckType::Https)).await.unwrap().health_check.unwrap();
    assert_eq!(again.id(), made.id());
    let other = make("one", endpoint(HealthCheckType::Https).resource_path("/health")).await;
    assert_eq!(code(other), "HealthCheckAlreadyExists");
    make("two", endpoint(HealthCheckType::Https)).await.unwrap();
    dns.delete_health_check().health_check_id(made.id()).send().await.unwrap();
    assert_eq!(code(make("one", endpoint(HealthCheckType::Https)).await), "HealthCheckAlreadyExists");
    assert_eq!(code(dns.get_health_check().health_check_id(made.id()).send().await), "NoSuchHealthCheck");
}

#[tokio::test]
async fn health_checks_take_what_goes_together() {
    let cloud = LocalCloud::in_memory();
    let dns = dns(&cloud).await;
    let make = |reference: &str, config: HealthCheckConfigBuilder| {
        dns.create_health_check()
            .caller_reference(reference)
            .health_check_config(config.build().unwrap())
            .send()
    };
    for (n, wrong) in [
        endpoint(HealthCheckType::Https).search_string("well"),
        endpoint(HealthCheckType::HttpsStrMatch),
        endpoint(HealthCheckType::Tcp),
        endpoint(HealthCheckType::Https).request_interval(20),
        endpoint(HealthCheckType::Https).regions(HealthCheckRegion::UsEast1),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(code(make(&format!("wrong-{n}"), wrong).await), "InvalidInput", "{n}");
    }
    let regions = [HealthCheckRegion::UsEast1, HealthCheckRegion::EuWest1, HealthCheckRegion::ApNortheast1];
    let config =
        endpoint(HealthCheckType::Https).resource_path("/health").set_regions(Some(regions.to_vec()));
    let made = make("one", config).await.unwrap().health_check.unwrap();
    let update = || dns.update_health_check().health_check_id(made.id());
    assert_eq!(code(update().health_check_version(7).send().await), "HealthCheckVersionMismatch");
    let reset = [ResettableElementName::ResourcePath, ResettableElementName::Regions];
    let changed =
        update().failure_threshold(5).set_reset_elements(Some(reset.to_vec())).send().await.unwrap();
    let check = changed.health_check.unwrap();
    let config = check.health_check_config().unwrap();
    assert_eq!((config.failure_threshold(), config.resource_path()), (Some(5), None));
    assert_eq!((config.regions().len(), check.health_check_version()), (0, 2));
}
