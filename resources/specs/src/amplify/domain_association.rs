//! `aws:amplify:DomainAssociation`

use finsight_engine::program::{Input, Property, get, index};
use finsight_engine::schema::{Equality, Identity, Kind, LetsGo, Scope, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Output, Shape, resource};
use crate::ids::{AmplifyAppId, AmplifyDomainAssociationId, Arn, HostedZoneId};

/// Which branch answers below the domain.
#[derive(Clone)]
pub struct SubDomainSetting(Map);

impl SubDomainSetting {
    /// The label before the domain, empty for the domain itself, and the branch.
    #[must_use]
    pub fn new(prefix: &str, branch_name: impl Into<Input<String>>) -> Self {
        Self(Map::from([
            ("prefix".to_owned(), prefix.into()),
            ("branch_name".to_owned(), branch_name.into().into_value()),
        ]))
    }
}

impl Property for SubDomainSetting {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for SubDomainSetting {
    const KIND: Kind = Kind::Map;
}

/// The certificate of a domain.
#[derive(Clone)]
pub struct CertificateSettings(Map);

impl CertificateSettings {
    /// One that Amplify keeps.
    #[must_use]
    pub fn managed() -> Self {
        Self(Map::from([("type".to_owned(), "AMPLIFY_MANAGED".into())]))
    }

    /// One of ACM in us-east-1, which must be issued.
    #[must_use]
    pub fn custom(arn: impl Into<Input<Arn>>) -> Self {
        Self(Map::from([
            ("type".to_owned(), "CUSTOM".into()),
            ("custom_certificate_arn".to_owned(), arn.into().into_value()),
        ]))
    }
}

impl Property for CertificateSettings {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for CertificateSettings {
    const KIND: Kind = Kind::Map;
}

/// A DNS record that a domain wants.
pub struct DomainRecord {
    /// Its name.
    pub name: Output<String>,
    /// Its type: `CNAME`.
    pub record_type: Output<String>,
    /// Its value.
    pub value: Output<String>,
}

impl DomainAssociationOutputs {
    /// The record that verifies the certificate which Amplify keeps.
    #[must_use]
    pub fn verification_record(&self) -> DomainRecord {
        let record = index(&self.certificate_verification_records, 0);
        DomainRecord {
            name: get(&record, "name"),
            record_type: get(&record, "type"),
            value: get(&record, "value"),
        }
    }

    /// The record of one subdomain, in the order of their prefixes.
    #[must_use]
    pub fn sub_domain_record(&self, at: usize) -> DomainRecord {
        let record = index(&self.sub_domain_records, at);
        DomainRecord {
            name: get(&record, "name"),
            record_type: get(&record, "type"),
            value: get(&record, "value"),
        }
    }
}

resource! {
    /// An own domain of an app, ready once its DNS records are known.
    DomainAssociation: "aws:amplify:DomainAssociation", id AmplifyDomainAssociationId, outputs DomainAssociationOutputs {
        required {
            /// The app.
            app_id: AmplifyAppId { replace() },
            /// The domain.
            domain_name: String { replace(), equality(Equality::DnsName), lets_go(LetsGo::Free) },
            /// Which branch answers under which name.
            sub_domain_settings: Vec<SubDomainSetting> {
                unordered(), lets_go(LetsGo::Recreated),
            },
        }
        optional {
            /// Whether new branches get names by themselves.
            enable_auto_sub_domain: bool { default(false) },
            /// Which branches do, as patterns.
            auto_sub_domain_creation_patterns: Vec<String> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// The role that makes these names, by ARN.
            auto_sub_domain_iam_role: Arn { lets_go(LetsGo::Free) },
            /// The zone of the domain, if it is one of this account: Amplify writes the domain's records into it then, and
            /// no other resource declares them. What it leaves out is written, and what it leaves behind is taken away.
            hosted_zone_id: HostedZoneId { write_only(), lets_go(LetsGo::Free) },
            /// Not to be set: names of the domain whose record in the zone does not lead where it should. The next
            /// update writes it.
            missing_records: Vec<String> {
                follows(), unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// Not to be set: `fit`, or AWS's word and reason for what it could not do. The next update has it try again.
            condition: String { follows(), default("fit"), lets_go(LetsGo::Free) },
            /// Its certificate.
            certificate_settings: CertificateSettings {
                default(Map::from([("type".to_owned(), Value::from("AMPLIFY_MANAGED"))])), lets_go(LetsGo::Changed),
                holds(&["aws:acm:Certificate"]),
            },
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// `PENDING_VERIFICATION`, `AVAILABLE` …
            domain_status: String { volatile },
            /// The record that verifies the certificate, as AWS writes it: `<name> CNAME <value>`.
            certificate_verification_dns_record: String { volatile },
            /// The same as a list: none for an own certificate, else one with `name`, `type` and `value`.
            certificate_verification_records: Vec<Value> { volatile },
            /// The subdomains' records, in the order of their prefixes: each with `prefix`, `branch_name`,
            /// `name`, `type` and `value`.
            sub_domain_records: Vec<Value> { volatile },
            /// The ids of the record sets in `hosted_zone_id` that Amplify writes for it, and that go with it.
            record_set_ids: Vec<String> { volatile },
        }
        spec {
            identity: Identity::Child { key: &["app_id", "domain_name"] },
            // Behind it stands a distribution of CloudFront, whose names are the world's.
            exclusive: &[&["domain_name"]],
            scopes: &[("domain_name", Scope::World)],
            // CloudFront holds names for up to an hour after their distribution is gone (amplify-hosting#1070).
            timing: Timing::new([60, 30, 30], [75, 75, 30]),
            pending: true,
        }
    }
}
