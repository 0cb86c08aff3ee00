//! `aws:route53:RecordSet`

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Equality, Identity, Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{HostedZoneId, RecordSetId};

/// An AWS resource that a record stands for: a distribution, an API's domain, another record.
#[derive(Clone)]
pub struct AliasTarget(Map);

impl AliasTarget {
    /// The resource's DNS name, and the id of AWS's zone that it is in; CloudFront's is
    /// [`AliasTarget::CLOUDFRONT_ZONE`].
    #[must_use]
    pub fn new(dns_name: impl Into<Input<String>>, hosted_zone_id: impl Into<Input<String>>) -> Self {
        Self(Map::from([
            ("dns_name".to_owned(), dns_name.into().into_value()),
            ("hosted_zone_id".to_owned(), hosted_zone_id.into().into_value()),
            ("evaluate_target_health".to_owned(), false.into()),
        ]))
    }

    /// The zone of CloudFront's distributions.
    pub const CLOUDFRONT_ZONE: &'static str = "Z2FDTNDATAQYW2";

    /// Whether the record answers only while the target is healthy.
    #[must_use]
    pub fn evaluate_target_health(mut self, wanted: bool) -> Self {
        self.0.insert("evaluate_target_health".to_owned(), wanted.into());
        self
    }
}

impl Property for AliasTarget {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for AliasTarget {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// The records of one name and type in a zone: values with a time to live, or an alias.
    RecordSet: "aws:route53:RecordSet", id RecordSetId, outputs RecordSetOutputs {
        required {
            /// The zone.
            hosted_zone_id: HostedZoneId { replace() },
            /// The whole name, with the zone's.
            name: String { replace(), equality(Equality::DnsName), lets_go(LetsGo::Free) },
            /// `A`, `AAAA`, `CNAME`, `TXT`, `MX` …
            record_type: String { replace(), equality(Equality::RecordType), lets_go(LetsGo::Free) },
        }
        optional {
            /// Seconds that an answer may be kept; not with an alias.
            ttl: i64 { absent() },
            /// Its values. The text of a `TXT` record stands without quotes, and may be of any length.
            resource_records: Vec<String> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// What it stands for, in place of values.
            alias_target: AliasTarget { equality(Equality::DnsName), absent(), lets_go(LetsGo::Free) },
            /// Tells record sets of one name and type apart.
            set_identifier: String {
                replace(), default(""), equality(Equality::SetIdentifier), lets_go(LetsGo::Free),
            },
            /// Its share among the record sets of one name and type; needs `set_identifier`.
            weight: i64 { absent() },
        }
        outputs {
            /// Its whole name, without a dot at the end.
            fqdn: String,
        }
        spec {
            identity: Identity::Child { key: &["hosted_zone_id", "name", "record_type", "set_identifier"] },
            global: true,
            swaps: true,
            timing: Timing::new([2, 2, 2], [5, 5, 5]),
        }
    }
}
