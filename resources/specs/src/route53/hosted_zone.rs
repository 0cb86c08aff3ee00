//! `aws:route53:HostedZone`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Data, Equality, Identity, Kind, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::{Shape, resource};
use crate::ids::{Arn, HostedZoneId, VpcId};

/// A VPC that a private zone answers in.
#[derive(Clone)]
pub struct ZoneVpc(Map);

impl ZoneVpc {
    /// The VPC and the region that it is in.
    #[must_use]
    pub fn new(id: impl Into<Input<VpcId>>, region: impl Into<Input<String>>) -> Self {
        Self(Map::from([
            ("vpc_id".to_owned(), id.into().into_value()),
            ("vpc_region".to_owned(), region.into().into_value()),
        ]))
    }
}

impl Property for ZoneVpc {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

impl Shape for ZoneVpc {
    const KIND: Kind = Kind::Map;
}

resource! {
    /// A zone of the DNS.
    HostedZone: "aws:route53:HostedZone", id HostedZoneId, outputs HostedZoneOutputs {
        required {
            /// The domain.
            name: String { replace(), equality(Equality::DnsName), lets_go(LetsGo::Free) },
        }
        optional {
            /// What it is for.
            comment: String { default("") },
            /// The VPCs of a private zone; a zone without any is public, and stays it.
            vpcs: Vec<ZoneVpc> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Shrunk) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// The servers that answer for it; the parent domain's NS record names them.
            name_servers: Vec<String>,
        }
        spec {
            identity: Identity::Minted { token: true },
            // Only zones of a VPC: AWS lets public zones have the same name.
            exclusive: &[&["name", "vpcs"]],
            held: true,
            global: true,
            data: Some(Data::new("the name servers that its domain is delegated to")),
            timing: Timing::new([3, 3, 3], [5, 5, 5]),
        }
    }
}
