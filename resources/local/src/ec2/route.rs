//! Routes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::cidr::{Cidr, canonical_v6};
use super::describe::View;
use super::{Network, prefix_list, route_table};
use crate::answer::{self, Answered, Refusal};
use crate::wire::query::Params;
use crate::world::Context;

/// A route that was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    /// The member that holds the destination: `destinationCidrBlock`, …
    kind: String,
    destination: String,
    /// The member that holds the target: `gatewayId`, `natGatewayId`, …
    via: String,
    target: String,
}

/// Request parameters that name a target, and the members of the answer.
const TARGETS: [(&str, &str); 8] = [
    ("GatewayId", "gatewayId"),
    ("NatGatewayId", "natGatewayId"),
    ("NetworkInterfaceId", "networkInterfaceId"),
    ("TransitGatewayId", "transitGatewayId"),
    ("VpcPeeringConnectionId", "vpcPeeringConnectionId"),
    ("EgressOnlyInternetGatewayId", "egressOnlyInternetGatewayId"),
    ("VpcEndpointId", "gatewayId"),
    ("InstanceId", "instanceId"),
];

impl Route {
    /// A route stays when its target goes: then it is a black hole.
    fn state(&self, vpc: &str, view: &View<'_>) -> &'static str {
        let net = view.net;
        let leads = if self.target.starts_with("nat-") {
            net.nat_gateways.get(&self.target).is_some_and(|n| n.lives(view.now))
        } else if self.target.starts_with("igw-") {
            net.internet_gateways.get(&self.target).is_some_and(|g| g.vpc.as_deref() == Some(vpc))
        } else {
            true
        };
        if leads { "active" } else { "blackhole" }
    }

    pub(crate) fn render(&self, vpc: &str, view: &View<'_>) -> Value {
        json!({
            self.kind.clone(): self.destination,
            self.via.clone(): self.target,
            "state": self.state(vpc, view),
            "origin": "CreateRoute",
        })
    }
}

fn not_found(destination: &str, table: &str) -> Refusal {
    let message = format!("no route with destination-cidr-block {destination} in route table {table}");
    Refusal::bad("InvalidRoute.NotFound", message)
}

/// The member and canonical text of the destination.
fn destination(params: &Params) -> Result<(&'static str, String), Refusal> {
    let invalid = |text: &str| {
        let message = format!(
            "Value ({text}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block."
        );
        Refusal::bad("InvalidParameterValue", message)
    };
    if let Some(text) = params.filled("DestinationCidrBlock") {
        let cidr = Cidr::parse(&text).ok_or_else(|| invalid(&text))?;
        return Ok(("destinationCidrBlock", cidr.to_string()));
    }
    if let Some(text) = params.filled("DestinationIpv6CidrBlock") {
        let cidr = canonical_v6(&text).ok_or_else(|| invalid(&text))?;
        return Ok(("destinationIpv6CidrBlock", cidr));
    }
    let list =
        params.filled("DestinationPrefixListId").ok_or_else(|| Refusal::missing("destinationCidrBlock"))?;
    if !prefix_list::exists(&list) {
        let message = format!("The prefix list ID '{list}' does not exist");
        return Err(Refusal::bad("InvalidPrefixListID.NotFound", message));
    }
    Ok(("destinationPrefixListId", list))
}

/// The route that a call asks for, with a target that exists.
fn wanted(net: &Network, params: &Params, vpc: &str, now: i64) -> Result<Route, Refusal> {
    let (kind, destination) = destination(params)?;
    let mut given = TARGETS.iter().filter_map(|(name, via)| Some((*via, params.filled(name)?)));
    let Some((via, target)) = given.next() else {
        return Err(Refusal::bad(
            "MissingParameter",
            "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, egressOnlyInternetGatewayId, transitGatewayId",
        ));
    };
    if given.next().is_some() {
        return Err(Refusal::bad("InvalidParameterCombination", "A route has exactly one target"));
    }
    if via == "natGatewayId" {
        let gateway = net.nat_gateways.get(&target).filter(|n| n.lives(now));
        let missing = || {
            Refusal::bad(
                "InvalidNatGatewayID.NotFound",
                format!("The natGateway ID '{target}' does not exist"),
            )
        };
        same_network(&gateway.ok_or_else(missing)?.vpc, vpc, &target)?;
    } else if via == "gatewayId" && target.starts_with("igw-") {
        let gateway = net.internet_gateways.get(&target);
        let missing =
            || Refusal::bad("InvalidGatewayID.NotFound", format!("The gateway ID '{target}' does not exist"));
        same_network(gateway.ok_or_else(missing)?.vpc.as_deref().unwrap_or_default(), vpc, &target)?;
    }
    Ok(Route { kind: kind.to_owned(), destination, via: via.to_owned(), target })
}

fn same_network(of: &str, vpc: &str, target: &str) -> Result<(), Refusal> {
    if of == vpc {
        return Ok(());
    }
    let message = format!("route table and network gateway {target} belong to different networks");
    Err(Refusal::bad("InvalidParameterValue", message))
}

fn table_vpc(net: &Network, id: &str) -> Result<String, Refusal> {
    net.route_tables.get(id).map(|t| t.vpc.clone()).ok_or_else(|| route_table::missing(id))
}

/// Whether the destination is that of the VPC's own route.
fn is_local(net: &Network, vpc: &str, destination: &str) -> bool {
    net.vpcs.get(vpc).is_some_and(|v| v.cidr == destination)
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("RouteTableId")?;
    let now = cx.now();
    let net = cx.network();
    let vpc = table_vpc(net, &id)?;
    let route = wanted(net, params, &vpc, now)?;
    let local = is_local(net, &vpc, &route.destination);
    let table = net.route_tables.get_mut(&id).ok_or_else(|| route_table::missing(&id))?;
    if local || table.routes.contains_key(&route.destination) {
        let message = format!("The route identified by {} already exists.", route.destination);
        return Err(Refusal::bad("RouteAlreadyExists", message));
    }
    table.routes.insert(route.destination.clone(), route);
    Ok(answer::ec2_true("CreateRoute"))
}

pub(crate) fn replace(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("RouteTableId")?;
    let now = cx.now();
    let net = cx.network();
    let vpc = table_vpc(net, &id)?;
    let route = wanted(net, params, &vpc, now)?;
    let table = net.route_tables.get_mut(&id).ok_or_else(|| route_table::missing(&id))?;
    if !table.routes.contains_key(&route.destination) {
        return Err(not_found(&route.destination, &id));
    }
    table.routes.insert(route.destination.clone(), route);
    Ok(answer::ec2_true("ReplaceRoute"))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("RouteTableId")?;
    let (_, destination) = destination(params)?;
    let net = cx.network();
    let vpc = table_vpc(net, &id)?;
    if is_local(net, &vpc, &destination) {
        let message = format!("cannot remove local route {destination} in route table {id}");
        return Err(Refusal::bad("InvalidParameterValue", message));
    }
    let table = net.route_tables.get_mut(&id).ok_or_else(|| route_table::missing(&id))?;
    table.routes.remove(&destination).ok_or_else(|| not_found(&destination, &id))?;
    Ok(answer::ec2_true("DeleteRoute"))
}
