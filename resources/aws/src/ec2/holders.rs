//! What keeps AWS from deleting a VPC, a subnet or a security group.
//!
//! Each is named by the id of the resource, so that what is on record can be told from what is not: a network
//! interface that a service keeps is named by what it is for.

use aws_sdk_ec2::types::{NetworkInterface, Tag};
use aws_sdk_lambda::types::FunctionConfiguration;
use finsight_engine::contract::Failure;

use super::common::{filter, tag_pairs};
use crate::lambda::network;
use crate::pages::all_pages;
use crate::rds::common::instances;
use crate::session::Region;

/// The VPC that a gateway is attached to.
pub(super) async fn of_gateway(aws: &Region, id: &str) -> Result<Vec<String>, Failure> {
    let found = all_pages!(
        aws.ec2().describe_internet_gateways().filters(filter("internet-gateway-id", [id])),
        "ec2:DescribeInternetGateways",
        internet_gateways,
        |gateway| {
            let vpc = gateway.attachments().first()?.vpc_id()?;
            Some(format!("{id}|{vpc} (attachment)"))
        }
    )?;
    Ok(found)
}

/// What is in a VPC, but for what AWS makes and deletes with it.
pub(super) async fn of_vpc(aws: &Region, id: &str) -> Result<Vec<String>, Failure> {
    let in_it = || filter("vpc-id", [id]);
    let attached = || filter("attachment.vpc-id", [id]);
    let ec2 = aws.ec2();
    let mut found =
        all_pages!(ec2.describe_subnets().filters(in_it()), "ec2:DescribeSubnets", subnets, |subnet| Some(
            named(subnet.subnet_id()?, "subnet", subnet.tags())
        ))?;
    found.extend(all_pages!(
        ec2.describe_internet_gateways().filters(attached()),
        "ec2:DescribeInternetGateways",
        internet_gateways,
        |gateway| Some(named(gateway.internet_gateway_id()?, "internet gateway", gateway.tags()))
    )?);
    found.extend(all_pages!(
        ec2.describe_security_groups().filters(in_it()),
        "ec2:DescribeSecurityGroups",
        security_groups,
        |group| {
            let own = group.group_name().filter(|name| *name != "default")?;
            Some(format!("{} (security group {own})", group.group_id()?))
        }
    )?);
    found.extend(all_pages!(
        ec2.describe_route_tables().filters(in_it()),
        "ec2:DescribeRouteTables",
        route_tables,
        |table| {
            let main = table.associations().iter().any(|association| association.main() == Some(true));
            (!main).then(|| Some(named(table.route_table_id()?, "route table", table.tags()))).flatten()
        }
    )?);
    found.extend(all_pages!(
        ec2.describe_vpc_endpoints().filters(in_it()),
        "ec2:DescribeVpcEndpoints",
        vpc_endpoints,
        |endpoint| Some(named(endpoint.vpc_endpoint_id()?, "VPC endpoint", endpoint.tags()))
    )?);
    found.extend(interfaces(aws, "vpc-id", id).await?);
    found.extend(databases(aws, |_, vpc| vpc == id).await?);
    Ok(distinct(found))
}

/// What has a network interface in a subnet.
pub(super) async fn of_subnet(aws: &Region, id: &str) -> Result<Vec<String>, Failure> {
    let mut found = interfaces(aws, "subnet-id", id).await?;
    found.extend(databases(aws, |subnets, _| subnets.contains(&id)).await?);
    Ok(distinct(found))
}

/// What is in a security group, and the groups whose rules name it.
pub(super) async fn of_group(aws: &Region, id: &str) -> Result<Vec<String>, Failure> {
    let mut found = interfaces(aws, "group-id", id).await?;
    for rules in ["ip-permission.group-id", "egress.ip-permission.group-id"] {
        found.extend(all_pages!(
            aws.ec2().describe_security_groups().filters(filter(rules, [id])),
            "ec2:DescribeSecurityGroups",
            security_groups,
            |group| {
                let other = group.group_id().filter(|other| *other != id)?;
                Some(format!(
                    "{other} (security group {}, by a rule)",
                    group.group_name().unwrap_or_default()
                ))
            }
        )?);
    }
    found.extend(
        instances(aws, |instance| {
            let mut groups = instance.vpc_security_groups().iter();
            groups.any(|group| group.vpc_security_group_id() == Some(id))
        })
        .await?,
    );
    Ok(distinct(found))
}

/// What the network interfaces are for that a filter finds. One of Lambda's is shared by all functions in its subnet and
/// groups, whatever its name says; where they are gone, it lapses by itself.
async fn interfaces(aws: &Region, name: &str, value: &str) -> Result<Vec<String>, Failure> {
    let found = all_pages!(
        aws.ec2().describe_network_interfaces().filters(filter(name, [value])),
        "ec2:DescribeNetworkInterfaces",
        network_interfaces,
        holder
    )?;
    let mut functions: Option<Vec<FunctionConfiguration>> = None;
    let mut held = Vec::new();
    for holder in found {
        let (id, place) = match holder {
            Holder::Named(name) => {
                held.push(name);
                continue;
            }
            Holder::Functions { id, place } => (id, place),
        };
        let all = match functions.take() {
            Some(all) => all,
            None => network::in_a_vpc(aws).await?,
        };
        let here = all.iter().filter(|function| network::places_of(function).contains(&place));
        let names = here.filter_map(|function| function.function_name());
        held.extend(names.map(|name| format!("{name} (function, by its network interface {id})")));
        functions = Some(all);
    }
    Ok(held)
}

/// What a network interface is for.
#[derive(Debug, PartialEq)]
enum Holder {
    /// This.
    Named(String),
    /// The functions in a place.
    Functions { id: String, place: network::Place },
}

/// What a network interface is for; `None` for one of RDS, whose instances are asked for themselves.
fn holder(interface: &NetworkInterface) -> Option<Holder> {
    let id = interface.network_interface_id()?;
    let text = interface.description().unwrap_or_default();
    let last = text.rsplit(' ').next().unwrap_or_default();
    let of = |name: String| Some(Holder::Named(name));
    if text.starts_with("Interface for NAT Gateway") {
        of(format!("{last} (NAT gateway)"))
    } else if text.starts_with("VPC Endpoint Interface") {
        of(format!("{last} (VPC endpoint)"))
    } else if text.starts_with("AWS Lambda VPC ENI-") {
        let groups = interface.groups().iter().filter_map(|group| group.group_id().map(str::to_owned));
        let place = (interface.subnet_id().unwrap_or_default().to_owned(), groups.collect());
        Some(Holder::Functions { id: id.to_owned(), place })
    } else if let Some(proxy) = text.strip_prefix("Network interface for DBProxy ") {
        of(format!("{proxy} (DB proxy, by its network interface {id})"))
    } else if text == "RDSNetworkInterface" {
        None
    } else if text.is_empty() && interface.attachment().and_then(|one| one.instance_id()).is_none() {
        // Whose it is cannot be told: where it is in the way, the delete says so.
        None
    } else {
        of(format!("{id} (network interface, {})", if text.is_empty() { "of an instance" } else { text }))
    }
}

/// The DB instances in subnets of a kind, by the subnets of their groups and their VPC.
async fn databases(aws: &Region, wanted: impl Fn(&[&str], &str) -> bool) -> Result<Vec<String>, Failure> {
    instances(aws, |instance| {
        let Some(group) = instance.db_subnet_group() else { return false };
        let subnets: Vec<&str> = group.subnets().iter().filter_map(|one| one.subnet_identifier()).collect();
        wanted(&subnets, group.vpc_id().unwrap_or_default())
    })
    .await
}

fn named(id: &str, kind: &str, tags: &[Tag]) -> String {
    match tag_pairs(tags).get("Name") {
        Some(name) => format!("{id} ({kind} {name})"),
        None => format!("{id} ({kind})"),
    }
}

fn distinct(mut found: Vec<String>) -> Vec<String> {
    found.sort();
    found.dedup_by(|a, b| a.split(' ').next() == b.split(' ').next());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_is_named_by_what_it_is_for() {
        let of = |text: &str| {
            let interface = NetworkInterface::builder().network_interface_id("eni-1").description(text);
            holder(&interface.build())
        };
        let named = |name: &str| Some(Holder::Named(name.to_owned()));
        assert_eq!(of("Interface for NAT Gateway nat-1"), named("nat-1 (NAT gateway)"));
        assert_eq!(of("VPC Endpoint Interface vpce-1"), named("vpce-1 (VPC endpoint)"));
        let function = of("AWS Lambda VPC ENI-finsight-dev-api-12345678-1234-1234-1234-123456789012");
        assert!(matches!(function, Some(Holder::Functions { id, .. }) if id == "eni-1"));
        assert_eq!(of("RDSNetworkInterface"), None);
        assert_eq!(of("by hand"), named("eni-1 (network interface, by hand)"));
    }
}
