//! `aws:ec2:RouteTable`

use std::collections::BTreeMap;

use finsight_engine::program::{Input, Property};
use finsight_engine::schema::{Identity, LetsGo, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::resource;
use crate::ids::{InternetGatewayId, NatGatewayId, RouteTableId, VpcId};

/// One route: a destination and where its packets go.
#[derive(Clone)]
pub struct Route(Map);

impl Route {
    fn to(destination: &str, target: &str, id: Value) -> Self {
        Self(Map::from([("destination_cidr_block".to_owned(), destination.into()), (target.to_owned(), id)]))
    }

    /// Through an internet gateway.
    pub fn internet_gateway(destination: &str, id: impl Into<Input<InternetGatewayId>>) -> Self {
        Self::to(destination, "gateway_id", id.into().into_value())
    }

    /// Through a NAT gateway.
    pub fn nat_gateway(destination: &str, id: impl Into<Input<NatGatewayId>>) -> Self {
        Self::to(destination, "nat_gateway_id", id.into().into_value())
    }
}

impl Property for Route {
    fn to_value(self) -> Value {
        Value::Map(self.0)
    }
}

resource! {
    /// A route table with all its routes: a route that someone else added is drift.
    ///
    /// The local route and the routes of gateway endpoints are AWS's own and do not count.
    RouteTable: "aws:ec2:RouteTable", id RouteTableId, outputs RouteTableOutputs {
        required {
            /// The VPC.
            vpc_id: VpcId { replace() },
        }
        optional {
            /// The routes.
            routes: Vec<Route> { unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {}
        spec {
            identity: Identity::Minted { token: true },
            timing: Timing::new([2, 2, 2], [5, 2, 5]),
        }
    }
}
