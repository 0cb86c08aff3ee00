//! The zone that all of a stack's names are in, and the records that prove certificates.

use finsight_engine::program::{Handle, Input, Options, Scope, list};
use finsight_specs::acm::{Certificate, CertificateValidation};
use finsight_specs::ids::HostedZoneId;
use finsight_specs::route53::{HostedZone, RecordSet};

use crate::common::{after, apart, name};
use crate::config::{DomainConfig, RecordConfig};

/// Seconds that answers may be kept.
pub(crate) const TTL: i64 = 300;

/// The zone: made by the stack, or one that exists.
pub struct Zone {
    /// The domain.
    pub domain: String,
    id: ZoneId,
}

enum ZoneId {
    Own(Handle<HostedZone>),
    Given(String),
}

impl Zone {
    /// The zone of a stack, with its delegations.
    #[must_use]
    pub fn new(s: &Scope, config: &DomainConfig, protected: bool) -> Self {
        let id = match &config.hosted_zone_id {
            Some(id) => ZoneId::Given(id.clone()),
            None => ZoneId::Own(s.add_with(
                "main",
                HostedZone::new(config.zone.as_str()).comment("FinSight").tags(name(s, "zone")),
                Options { protect: protected, ..Options::default() },
            )),
        };
        let zone = Self { domain: config.zone.clone(), id };
        let names: Vec<String> = config.delegations.keys().map(|below| format!("ns-{below}")).collect();
        for ((below, servers), what) in config.delegations.iter().zip(apart(&names, label)) {
            s.add(
                &what,
                RecordSet::new(zone.id(), below.as_str(), "NS").ttl(TTL).resource_records(servers.clone()),
            );
        }
        let called =
            |record: &RecordConfig| format!("{}-{}", record.kind.as_str().to_lowercase(), record.name);
        let names: Vec<String> = config.records.iter().map(called).collect();
        for (record, what) in config.records.iter().zip(apart(&names, label)) {
            let (name, kind) = (record.name.as_str(), record.kind.as_str());
            s.add(
                &what,
                RecordSet::new(zone.id(), name, kind)
                    .ttl(record.ttl_seconds)
                    .resource_records(record.values.clone()),
            );
        }
        zone
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Input<HostedZoneId> {
        match &self.id {
            ZoneId::Own(zone) => zone.into(),
            ZoneId::Given(id) => HostedZoneId::literal(id.as_str()).into(),
        }
    }

    /// The name servers, where the stack has made the zone.
    pub(crate) fn name_servers(&self) -> Option<&finsight_engine::program::Output<Vec<String>>> {
        match &self.id {
            ZoneId::Own(zone) => Some(&zone.name_servers),
            ZoneId::Given(_) => None,
        }
    }
}

/// A domain as part of a resource's name.
pub(crate) fn label(domain: &str) -> String {
    domain.replace(['.', '_'], "-").replace('*', "any")
}

/// The issued certificates of a name.
pub struct Certificates {
    /// In the stack's region, for API Gateway.
    pub regional: Handle<CertificateValidation>,
    /// In us-east-1, for CloudFront.
    pub edge: Handle<CertificateValidation>,
}

/// An issued certificate in the stack's region, and one for CloudFront in us-east-1. ACM asks for the
/// same record in every region of an account, so one proves both.
pub(crate) fn certificates(s: &Scope, zone: &Zone, domain: &str) -> Certificates {
    let edge = s.in_region("us-east-1");
    let request = |s: &Scope, what: &str| s.add(what, Certificate::new(domain).tags(name(s, what)));
    let (regional, global) = (request(s, "api"), request(&edge, "api-edge"));
    let wanted = regional.validation_record(0);
    let proof = s.add(
        &format!("validation-{}", label(domain)),
        RecordSet::new(zone.id(), &wanted.name, &wanted.record_type)
            .ttl(TTL)
            .resource_records(list([&wanted.value])),
    );
    let issued = |s: &Scope, what: &str, certificate: &Handle<Certificate>| {
        let proven = after(&proof, "ACM issues it once it sees the record");
        s.add_with(what, CertificateValidation::new(&certificate.arn), proven)
    };
    Certificates { regional: issued(s, "api", &regional), edge: issued(&edge, "api-edge", &global) }
}
