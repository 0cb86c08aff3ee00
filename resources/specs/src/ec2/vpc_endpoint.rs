//! `aws:ec2:VpcEndpoint`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing};
use finsight_engine::value::Value;

use crate::declare::resource;
use crate::ids::{RouteTableId, SecurityGroupId, SubnetId, VpcEndpointId, VpcId};

resource! {
    /// A way from a VPC to an AWS service that does not leave Amazon's network.
    VpcEndpoint: "aws:ec2:VpcEndpoint", id VpcEndpointId, outputs VpcEndpointOutputs {
        required {
            /// The VPC.
            vpc_id: VpcId { replace() },
            /// The service, such as `com.amazonaws.ap-northeast-1.s3`.
            service_name: String { replace(), lets_go(LetsGo::Free) },
        }
        optional {
            /// `Gateway` (S3, DynamoDB; free) or `Interface`.
            vpc_endpoint_type: String { replace(), default("Gateway"), lets_go(LetsGo::Free) },
            /// Route tables that get a gateway endpoint's route.
            route_table_ids: Vec<RouteTableId> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Emptied),
            },
            /// Subnets that an interface endpoint stands in.
            subnet_ids: Vec<SubnetId> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Shrunk) },
            /// Security groups of an interface endpoint.
            security_group_ids: Vec<SecurityGroupId> { unordered(), lets_go(LetsGo::Shrunk) },
            /// Whether the service's own DNS name leads to an interface endpoint.
            private_dns_enabled: bool { default(false) },
            /// Who may do what through it; everything where it is not set.
            policy_document: Value { absent(), equality(Equality::Policy), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {}
        spec {
            identity: Identity::Minted { token: true },
            // Two gateways cannot share a route table, nor two interfaces the service's private name.
            exclusive: &[
                &["service_name", "route_table_ids"],
                &["vpc_id", "service_name", "private_dns_enabled"],
            ],
            timing: Timing::new([10, 5, 10], [10, 10, 10]),
            pending: true,
        }
    }
}
