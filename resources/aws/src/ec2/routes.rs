//! Routes of a route table: between EC2's shape and the spec's.

use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::normal::network;
use finsight_engine::value::{Map, Value};

use aws_sdk_ec2::types::{self, RouteOrigin};

use crate::failure::refused;
use crate::session::Region;
use crate::values::{Inputs, Values};

const DESTINATIONS: [&str; 3] =
    ["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];

/// Where a route leads, the telling kind first: EC2 gives a route through an
/// instance's interface both ids.
const TARGETS: [&str; 11] = [
    "nat_gateway_id",
    "transit_gateway_id",
    "vpc_peering_connection_id",
    "egress_only_internet_gateway_id",
    "carrier_gateway_id",
    "local_gateway_id",
    "core_network_arn",
    "odb_network_arn",
    "network_interface_id",
    "instance_id",
    "gateway_id",
];

/// The routes that count, in the spec's shape; AWS's own are left out.
pub fn routes_of(table: &types::RouteTable) -> Value {
    Value::List(
        table.routes().iter().filter(|route| counts(route)).map(|route| shape(route).into()).collect(),
    )
}

/// Whether a route is someone's wish: not the local route, not a gateway
/// endpoint's, not one that a gateway or route server announced.
fn counts(route: &types::Route) -> bool {
    let target = route.gateway_id().unwrap_or_default();
    let endpoint = route.destination_prefix_list_id().is_some() && target.starts_with("vpce-");
    let announced =
        matches!(route.origin(), Some(RouteOrigin::EnableVgwRoutePropagation | RouteOrigin::Advertisement));
    // A local route that was led elsewhere counts: that is drift.
    target != "local" && !endpoint && !announced
}

fn shape(route: &types::Route) -> Map {
    let value = |name: &str| match name {
        "destination_cidr_block" => route.destination_cidr_block(),
        "destination_ipv6_cidr_block" => route.destination_ipv6_cidr_block(),
        "destination_prefix_list_id" => route.destination_prefix_list_id(),
        "nat_gateway_id" => route.nat_gateway_id(),
        "transit_gateway_id" => route.transit_gateway_id(),
        "vpc_peering_connection_id" => route.vpc_peering_connection_id(),
        "egress_only_internet_gateway_id" => route.egress_only_internet_gateway_id(),
        "carrier_gateway_id" => route.carrier_gateway_id(),
        "local_gateway_id" => route.local_gateway_id(),
        "core_network_arn" => route.core_network_arn(),
        "odb_network_arn" => route.odb_network_arn(),
        "network_interface_id" => route.network_interface_id(),
        "instance_id" => route.instance_id(),
        _ => route.gateway_id(),
    };
    let mut shape = Values::new();
    for name in DESTINATIONS {
        shape = shape.set(name, value(name));
    }
    if let Some(name) = TARGETS.into_iter().find(|name| value(name).is_some()) {
        shape = shape.set(name, value(name));
    }
    shape.build()
}

/// What tells a route from others of its table: EC2 zeroes the host bits of ranges.
fn destination(route: &Map) -> String {
    DESTINATIONS
        .into_iter()
        .find_map(|name| route.text(name))
        .map(|text| network(text).unwrap_or_else(|| text.to_owned()))
        .unwrap_or_default()
}

fn target(route: &Map) -> Option<(&'static str, &str)> {
    TARGETS.into_iter().find_map(|name| Some((name, route.text(name)?)))
}

/// Adds, changes and removes routes until the table's are the desired ones.
pub async fn converge(aws: &Region, table: &str, live: &Map, desired: &Map) -> Result<(), Failure> {
    let (live, desired) = (maps(live), maps(desired));
    for route in &desired {
        match live.iter().find(|other| destination(other) == destination(route)) {
            None => create(aws, table, route).await?,
            Some(other) if target(other) == target(route) => {}
            Some(_) => replace(aws, table, route).await?,
        }
    }
    for route in &live {
        if !desired.iter().any(|other| destination(other) == destination(route)) {
            remove(aws, table, route).await?;
        }
    }
    Ok(())
}

fn maps(properties: &Map) -> Vec<Map> {
    let routes = properties.get("routes").and_then(Value::as_list).unwrap_or_default();
    routes.iter().filter_map(|route| route.as_map().cloned()).collect()
}

/// Destination and target of a call that makes or changes a route.
macro_rules! routed {
    ($call:expr, $route:expr) => {{
        let text = |name: &str| $route.text(name).map(str::to_owned);
        // Gateway Load Balancer endpoints are read as gateways and written as endpoints.
        let (endpoint, gateway): (Vec<String>, Vec<String>) =
            text("gateway_id").into_iter().partition(|id| id.starts_with("vpce-"));
        $call
            .set_destination_cidr_block(text("destination_cidr_block"))
            .set_destination_ipv6_cidr_block(text("destination_ipv6_cidr_block"))
            .set_destination_prefix_list_id(text("destination_prefix_list_id"))
            .set_nat_gateway_id(text("nat_gateway_id"))
            .set_transit_gateway_id(text("transit_gateway_id"))
            .set_vpc_peering_connection_id(text("vpc_peering_connection_id"))
            .set_egress_only_internet_gateway_id(text("egress_only_internet_gateway_id"))
            .set_carrier_gateway_id(text("carrier_gateway_id"))
            .set_local_gateway_id(text("local_gateway_id"))
            .set_core_network_arn(text("core_network_arn"))
            .set_odb_network_arn(text("odb_network_arn"))
            .set_network_interface_id(text("network_interface_id"))
            .set_instance_id(text("instance_id"))
            .set_gateway_id(gateway.into_iter().next())
            .set_vpc_endpoint_id(endpoint.into_iter().next())
    }};
}

async fn create(aws: &Region, table: &str, route: &Map) -> Result<(), Failure> {
    let answer = routed!(aws.ec2().create_route().route_table_id(table), route).send().await;
    match answer.map_err(|error| refused("ec2:CreateRoute", &error)) {
        Ok(_) => Ok(()),
        // Made since the read, or not visible to it.
        Err(failure) if failure.class == FailureClass::Exists => replace(aws, table, route).await,
        Err(failure) => Err(failure),
    }
}

async fn replace(aws: &Region, table: &str, route: &Map) -> Result<(), Failure> {
    routed!(aws.ec2().replace_route().route_table_id(table), route)
        .send()
        .await
        .map_err(|error| refused("ec2:ReplaceRoute", &error))?;
    Ok(())
}

async fn remove(aws: &Region, table: &str, route: &Map) -> Result<(), Failure> {
    let text = |name: &str| route.text(name).map(str::to_owned);
    let answer = aws
        .ec2()
        .delete_route()
        .route_table_id(table)
        .set_destination_cidr_block(text("destination_cidr_block"))
        .set_destination_ipv6_cidr_block(text("destination_ipv6_cidr_block"))
        .set_destination_prefix_list_id(text("destination_prefix_list_id"))
        .send()
        .await;
    match answer.map_err(|error| refused("ec2:DeleteRoute", &error)) {
        Ok(_) => Ok(()),
        Err(failure) if failure.code == "InvalidRoute.NotFound" => Ok(()),
        // The local route cannot be removed, only led back to the VPC.
        Err(failure) if failure.message.contains("local route") => restore_local(aws, table, route).await,
        Err(failure) => Err(failure),
    }
}

async fn restore_local(aws: &Region, table: &str, route: &Map) -> Result<(), Failure> {
    let text = |name: &str| route.text(name).map(str::to_owned);
    aws.ec2()
        .replace_route()
        .route_table_id(table)
        .set_destination_cidr_block(text("destination_cidr_block"))
        .set_destination_ipv6_cidr_block(text("destination_ipv6_cidr_block"))
        .local_target(true)
        .send()
        .await
        .map_err(|error| refused("ec2:ReplaceRoute", &error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wished_routes_count() {
        let route = |target: &str| types::Route::builder().gateway_id(target);
        let check =
            |route: types::builders::RouteBuilder, expected| assert_eq!(counts(&route.build()), expected);
        check(
            route("local").destination_cidr_block("10.0.0.0/16").origin(RouteOrigin::CreateRouteTable),
            false,
        );
        check(route("vpce-1").destination_prefix_list_id("pl-1").origin(RouteOrigin::CreateRoute), false);
        check(route("vgw-1").origin(RouteOrigin::EnableVgwRoutePropagation), false);
        check(route("vpce-1").destination_cidr_block("0.0.0.0/0").origin(RouteOrigin::CreateRoute), true);
        check(route("igw-1").destination_cidr_block("0.0.0.0/0").origin(RouteOrigin::CreateRoute), true);
        check(
            types::Route::builder().network_interface_id("eni-1").origin(RouteOrigin::CreateRouteTable),
            true,
        );
    }

    #[test]
    fn a_route_has_one_target_and_a_range_without_host_bits() {
        let route = types::Route::builder()
            .destination_cidr_block("10.9.0.0/16")
            .instance_id("i-1")
            .network_interface_id("eni-1")
            .build();
        let shape = shape(&route);
        assert_eq!(shape.len(), 2);
        assert_eq!(target(&shape), Some(("network_interface_id", "eni-1")));
        let wanted = Map::from([("destination_cidr_block".to_owned(), "10.9.8.7/16".into())]);
        assert_eq!(destination(&shape), destination(&wanted));
    }
}
