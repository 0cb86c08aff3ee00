//! `aws:acm:Certificate`

use std::collections::BTreeMap;

use finsight_engine::program::{Property, get, index};
use finsight_engine::schema::{Equality, Identity, Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Output, Shape, resource};
use crate::ids::Arn;

/// What can be chosen for a certificate besides its names.
#[derive(Clone)]
pub struct Options(Map);

impl Options {
    /// Whether the certificate and its key can be exported.
    #[must_use]
    pub fn export(wanted: bool) -> Self {
        let word = if wanted { "ENABLED" } else { "DISABLED" };
        Self(Map::from([("export".to_owned(), word.into())]))
    }
}

impl Property for Options {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for Options {
    const KIND: Kind = Kind::Map;
}

/// The DNS record that proves the right to one name of a certificate.
pub struct ValidationRecord {
    /// The name of the certificate that it is for.
    pub domain_name: Output<String>,
    /// The record's name.
    pub name: Output<String>,
    /// The record's type: `CNAME`.
    pub record_type: Output<String>,
    /// The record's value.
    pub value: Output<String>,
}

impl CertificateOutputs {
    /// The record of one name: at 0 that of `domain_name`, then those of the other names in order of the
    /// alphabet.
    ///
    /// A name and its wildcard (`example.com`, `*.example.com`) share one record: declare it once.
    #[must_use]
    pub fn validation_record(&self, at: usize) -> ValidationRecord {
        let record = index(&self.validation_records, at);
        ValidationRecord {
            domain_name: get(&record, "domain_name"),
            name: get(&record, "name"),
            record_type: get(&record, "type"),
            value: get(&record, "value"),
        }
    }
}

resource! {
    /// A public certificate, ready once the DNS records that validate it are known; see
    /// `aws:acm:CertificateValidation` for when it is issued.
    Certificate: "aws:acm:Certificate", id Arn, outputs CertificateOutputs {
        required {
            /// Its first name.
            domain_name: String { replace(), equality(Equality::DnsName), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its other names.
            subject_alternative_names: Vec<String> {
                replace(), equality(Equality::DnsName), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// How the right to its names is proven: `DNS` or `EMAIL`.
            validation_method: String { replace(), default("DNS"), lets_go(LetsGo::Free) },
            /// The kind of key: `RSA_2048`, `EC_prime256v1`, `EC_secp384r1`.
            key_algorithm: String { replace(), default("RSA_2048"), lets_go(LetsGo::Free) },
            /// Whether it can be exported.
            options: Options {
                replace(), default(Map::from([("export".to_owned(), Value::from("DISABLED"))])), lets_go(LetsGo::Free),
            },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// `PENDING_VALIDATION`, `ISSUED` …
            status: String { volatile },
            /// The DNS records that validate it: for `domain_name`, then for the other names in order of the
            /// alphabet, each with `domain_name`, `name`, `type` and `value`.
            validation_records: Vec<Value>,
        }
        spec {
            identity: Identity::Minted { token: true },
            // It stays "in use" for up to an hour after the domain or distribution is gone (aws-cdk#36265, #16608).
            timing: Timing::new([8, 2, 5], [10, 5, 75]),
            pending: true,
        }
    }
}
