//! EC2's network: the operations that are answered here, and the state of one region.
//!
//! Other EC2 operations go to the service beneath, which does not know these resources.

mod address;
mod cidr;
mod describe;
mod flow_log;
mod interface;
mod internet_gateway;
mod nat_gateway;
mod permission;
mod prefix_list;
mod route;
mod route_table;
mod security_group;
mod security_group_rule;
mod subnet;
mod tags;
mod token;
mod vpc;
mod vpc_endpoint;
mod zone;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answer::{Answered, Outcome, Refusal};
use crate::quota::Tally;
use crate::status::Status;
use crate::wire::query::Params;
use crate::world::{Context, Counted, Tags, hex};

pub(crate) use interface::{Interface, left};

/// The network of one region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Network {
    vpcs: BTreeMap<String, vpc::Vpc>,
    subnets: BTreeMap<String, subnet::Subnet>,
    internet_gateways: BTreeMap<String, internet_gateway::InternetGateway>,
    addresses: BTreeMap<String, address::Address>,
    nat_gateways: BTreeMap<String, nat_gateway::NatGateway>,
    route_tables: BTreeMap<String, route_table::RouteTable>,
    security_groups: BTreeMap<String, security_group::SecurityGroup>,
    rules: BTreeMap<String, security_group_rule::Rule>,
    endpoints: BTreeMap<String, vpc_endpoint::VpcEndpoint>,
    flow_logs: BTreeMap<String, flow_log::FlowLog>,
    /// Tags of all of these, by id.
    tags: BTreeMap<String, Tags>,
    /// Client tokens that were used.
    tokens: BTreeMap<String, token::Token>,
}

/// What other services may know of a subnet.
#[derive(Debug, Clone)]
pub(crate) struct SubnetFacts {
    pub vpc: String,
    pub zone: String,
}

/// What EC2's ids begin with, and what its ARNs call these.
const EC2_KINDS: &[(&str, &str)] = &[
    ("vpc-", "vpc"),
    ("subnet-", "subnet"),
    ("igw-", "internet-gateway"),
    ("eipalloc-", "elastic-ip"),
    ("nat-", "natgateway"),
    ("rtb-", "route-table"),
    ("sg-", "security-group"),
    ("vpce-", "vpc-endpoint"),
    ("fl-", "vpc-flow-log"),
];

impl Counted for Network {
    fn count(&self, now: i64, status: &mut Status) {
        status.add("aws:ec2:Vpc", self.vpcs.len());
        status.add("aws:ec2:Subnet", self.subnets.len());
        status.add("aws:ec2:InternetGateway", self.internet_gateways.len());
        status.add("aws:ec2:EIP", self.addresses.len());
        status.add("aws:ec2:NatGateway", self.nat_gateways.values().filter(|n| n.lives(now)).count());
        status.add("aws:ec2:RouteTable", self.route_tables.values().filter(|t| !t.is_main()).count());
        status
            .add("aws:ec2:SecurityGroup", self.security_groups.values().filter(|g| !g.is_default()).count());
        status.add("aws:ec2:VpcEndpoint", self.endpoints.values().filter(|e| !e.gone(now)).count());
        status.add("aws:ec2:FlowLog", self.flow_logs.len());
    }

    fn tally(&self, now: i64, tally: &mut Tally) {
        for gateway in self.nat_gateways.values().filter(|gateway| gateway.lives(now)) {
            let zone = self.subnets.get(&gateway.subnet).map_or("", |subnet| subnet.zone.as_str());
            tally.add("aws:ec2:NatGateway", zone, 1);
        }
        for subnet in self.subnets.values() {
            tally.add("aws:ec2:Subnet", &subnet.vpc, 1);
        }
        // Main tables and default groups count too.
        for table in self.route_tables.values() {
            tally.add("aws:ec2:RouteTable", &table.vpc, 1);
            let v6 = table.routes.keys().filter(|to| to.contains(':')).count();
            tally.add("aws:ec2:RouteTable.routes", &table.id, v6.max(table.routes.len() - v6));
        }
        for endpoint in self.endpoints.values().filter(|endpoint| !endpoint.gone(now)) {
            let (what, within, groups) = endpoint.counted();
            tally.add(what, within, 1);
            tally.add("aws:ec2:VpcEndpoint.security_group_ids", &endpoint.id, groups);
        }
        tally.add("aws:ec2:SecurityGroup", "", self.security_groups.len());
        for group in self.security_groups.keys() {
            for (what, egress) in
                [("aws:ec2:SecurityGroup.ingress", false), ("aws:ec2:SecurityGroup.egress", true)]
            {
                tally.add(what, group, security_group_rule::weight(self, group, egress));
            }
        }
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        let kind = |id: &str| Some(EC2_KINDS.iter().find(|(prefix, _)| id.starts_with(prefix))?.1);
        let arn =
            |id: &str| Some(format!("arn:aws:ec2:{region}:{}:{}/{id}", crate::call::ACCOUNT, kind(id)?));
        self.tags.iter().filter_map(|(id, tags)| Some((arn(id)?, tags))).collect()
    }
}

impl Network {
    /// A subnet, for other services.
    pub(crate) fn subnet(&self, id: &str) -> Option<SubnetFacts> {
        self.subnets.get(id).map(|s| SubnetFacts { vpc: s.vpc.clone(), zone: s.zone.clone() })
    }

    /// The VPC of a security group, for other services.
    pub(crate) fn vpc_of_group(&self, id: &str) -> Option<&str> {
        self.security_groups.get(id).map(|g| g.vpc.as_str())
    }

    /// The default security group of a VPC, for other services.
    pub(crate) fn default_group(&self, vpc: &str) -> Option<String> {
        self.security_groups.values().find(|g| g.vpc == vpc && g.is_default()).map(|g| g.id.clone())
    }

    fn tags_of(&self, id: &str) -> Tags {
        self.tags.get(id).cloned().unwrap_or_default()
    }
}

/// A new id with EC2's seventeen digits.
fn new_id(prefix: &str) -> String {
    format!("{prefix}-{}", hex(17))
}

impl Context<'_> {
    pub(crate) fn network(&mut self) -> &mut Network {
        self.world.ec2.entry(self.call.region.clone()).or_default()
    }
}

type Operation = fn(&mut Context<'_>, &Params) -> Answered;

fn operation(name: &str) -> Option<Operation> {
    let operation: Operation = match name {
        "AllocateAddress" => address::allocate,
        "DescribeAddresses" => address::describe,
        "ReleaseAddress" => address::release,
        "CreateFlowLogs" => flow_log::create,
        "DescribeFlowLogs" => flow_log::describe,
        "DeleteFlowLogs" => flow_log::delete,
        "DescribeNetworkInterfaces" => interface::describe,
        "CreateInternetGateway" => internet_gateway::create,
        "DescribeInternetGateways" => internet_gateway::describe,
        "AttachInternetGateway" => internet_gateway::attach,
        "DetachInternetGateway" => internet_gateway::detach,
        "DeleteInternetGateway" => internet_gateway::delete,
        "CreateNatGateway" => nat_gateway::create,
        "DescribeNatGateways" => nat_gateway::describe,
        "DeleteNatGateway" => nat_gateway::delete,
        "DescribePrefixLists" => prefix_list::describe,
        "CreateRoute" => route::create,
        "ReplaceRoute" => route::replace,
        "DeleteRoute" => route::delete,
        "CreateRouteTable" => route_table::create,
        "DescribeRouteTables" => route_table::describe,
        "DeleteRouteTable" => route_table::delete,
        "AssociateRouteTable" => route_table::associate,
        "ReplaceRouteTableAssociation" => route_table::replace_association,
        "DisassociateRouteTable" => route_table::disassociate,
        "CreateSecurityGroup" => security_group::create,
        "DescribeSecurityGroups" => security_group::describe,
        "DeleteSecurityGroup" => security_group::delete,
        "AuthorizeSecurityGroupIngress" => security_group_rule::authorize_ingress,
        "AuthorizeSecurityGroupEgress" => security_group_rule::authorize_egress,
        "RevokeSecurityGroupIngress" => security_group_rule::revoke_ingress,
        "RevokeSecurityGroupEgress" => security_group_rule::revoke_egress,
        "ModifySecurityGroupRules" => security_group_rule::modify,
        "DescribeSecurityGroupRules" => security_group_rule::describe,
        "UpdateSecurityGroupRuleDescriptionsIngress" => security_group_rule::redescribe_ingress,
        "UpdateSecurityGroupRuleDescriptionsEgress" => security_group_rule::redescribe_egress,
        "CreateSubnet" => subnet::create,
        "DescribeSubnets" => subnet::describe,
        "ModifySubnetAttribute" => subnet::modify,
        "DeleteSubnet" => subnet::delete,
        "CreateTags" => tags::create,
        "DeleteTags" => tags::delete,
        "DescribeTags" => tags::describe,
        "CreateVpc" => vpc::create,
        "DescribeVpcs" => vpc::describe,
        "DescribeVpcAttribute" => vpc::describe_attribute,
        "ModifyVpcAttribute" => vpc::modify_attribute,
        "ModifyVpcTenancy" => vpc::modify_tenancy,
        "DeleteVpc" => vpc::delete,
        "CreateVpcEndpoint" => vpc_endpoint::create,
        "DescribeVpcEndpoints" => vpc_endpoint::describe,
        "ModifyVpcEndpoint" => vpc_endpoint::modify,
        "DeleteVpcEndpoints" => vpc_endpoint::delete,
        "DescribeAvailabilityZones" => zone::describe,
        _ => return None,
    };
    Some(operation)
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let params = cx.call.params();
    let Some(operation) = operation(&cx.call.operation) else {
        return if params.flag("DryRun") == Some(true) { Err(dry_run()) } else { Ok(Outcome::Beneath) };
    };
    if params.flag("DryRun") == Some(true) {
        return Err(dry_run());
    }
    operation(cx, &params).map(Outcome::Done)
}

fn dry_run() -> Refusal {
    Refusal::new(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
}

/// AWS's words for a delete that something stands in the way of.
fn dependency(noun: &str, id: &str) -> Refusal {
    Refusal::bad("DependencyViolation", format!("The {noun} '{id}' has dependencies and cannot be deleted."))
}
