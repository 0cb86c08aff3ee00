//! VPC: NAT gateways, addresses, endpoints.

use finsight_engine::cost::{Bill, Decimal, Item};

use super::assumptions::{ENDPOINT_GB, HOURS, INTERNET_GB, NAT_GB};
use super::{Rate, View, free, priced};

pub(super) const TYPES: &[(&str, Rate)] = &[
    ("aws:ec2:DefaultSecurityGroup", free("security groups are free")),
    ("aws:ec2:EIP", priced(address)),
    ("aws:ec2:FlowLog", free("what it writes is counted with its log group")),
    ("aws:ec2:InternetGateway", free("only what goes out is billed, and counted with the NAT gateways")),
    ("aws:ec2:NatGateway", priced(gateway)),
    ("aws:ec2:RouteTable", free("route tables are free")),
    ("aws:ec2:SecurityGroup", free("security groups are free")),
    ("aws:ec2:SecurityGroupEgress", free("security groups are free")),
    ("aws:ec2:Subnet", free("subnets are free")),
    ("aws:ec2:SubnetRouteTableAssociation", free("route tables are free")),
    ("aws:ec2:Vpc", free("a VPC itself is free")),
    ("aws:ec2:VpcEndpoint", priced(endpoint)),
    ("aws:ec2:VpcGatewayAttachment", free("internet gateways are free")),
];

fn address(item: &Item, _: &View<'_>, bill: &mut Bill) {
    bill.add(item, "ec2.public-ipv4.hours", HOURS);
}

fn gateway(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "ec2.nat-gateway.hours", HOURS);
    bill.add(item, "ec2.nat-gateway.bytes", view.share(item, &NAT_GB));
    if item.text("connectivity_type") != Some("private") {
        bill.add(item, "ec2.internet.bytes", view.share(item, &INTERNET_GB));
    }
}

/// Gateway endpoints are free.
fn endpoint(item: &Item, view: &View<'_>, bill: &mut Bill) {
    if item.text("vpc_endpoint_type") == Some("Gateway") {
        return;
    }
    let Some(subnets) = item.get("subnet_ids").and_then(|list| list.as_list()) else {
        bill.unknown(item, "ec2.interface-endpoint.hours", "subnet_ids");
        return;
    };
    let zones = Decimal::whole(i64::try_from(subnets.len()).unwrap_or(i64::MAX));
    bill.add(item, "ec2.interface-endpoint.hours", HOURS * zones);
    bill.add(item, "ec2.interface-endpoint.bytes", view.usage.of(&ENDPOINT_GB));
}
