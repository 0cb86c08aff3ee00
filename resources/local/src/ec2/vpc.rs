//! VPCs, with the default security group and main route table that come with each.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::cidr::Cidr;
use super::describe::{Described, Listing, View, describe as list, tag_set};
use super::route_table::RouteTable;
use super::security_group::SecurityGroup;
use super::{dependency, new_id, tags};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::wire::query::Params;
use crate::world::Context;

/// Seconds until a new VPC is available.
const CREATING: u32 = 2;

/// A VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Vpc {
    pub id: String,
    pub cidr: String,
    association: String,
    tenancy: String,
    pub dns_support: bool,
    pub dns_hostnames: bool,
    address_metrics: bool,
    available_at: i64,
}

pub(crate) fn missing(id: &str) -> Refusal {
    Refusal::bad("InvalidVpcID.NotFound", format!("The vpc ID '{id}' does not exist"))
}

impl Described for Vpc {
    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, filter: &str, view: &View<'_>) -> Option<Vec<String>> {
        let value = match filter {
            "vpc-id" => self.id.clone(),
            "cidr" | "cidr-block" | "cidr-block-association.cidr-block" => self.cidr.clone(),
            "cidr-block-association.association-id" => self.association.clone(),
            "state" => self.state(view.now).to_owned(),
            "is-default" | "isDefault" => "false".to_owned(),
            "owner-id" => ACCOUNT.to_owned(),
            "dhcp-options-id" => "dopt-default".to_owned(),
            _ => return None,
        };
        Some(vec![value])
    }

    fn render(&self, view: &View<'_>) -> Value {
        json!({
            "vpcId": self.id,
            "state": self.state(view.now),
            "cidrBlock": self.cidr,
            "cidrBlockAssociationSet": [{
                "associationId": self.association,
                "cidrBlock": self.cidr,
                "cidrBlockState": {"state": "associated"},
            }],
            "ipv6CidrBlockAssociationSet": [],
            "dhcpOptionsId": "dopt-default",
            "instanceTenancy": self.tenancy,
            "isDefault": false,
            "ownerId": ACCOUNT,
            "tagSet": tag_set(view.net, &self.id),
        })
    }
}

impl Vpc {
    fn state(&self, now: i64) -> &'static str {
        if now >= self.available_at { "available" } else { "pending" }
    }
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = tags::inline(params, "vpc")?;
    let text = params.required("CidrBlock")?;
    let cidr = Cidr::parse(&text).ok_or_else(|| {
        Refusal::bad(
            "InvalidParameterValue",
            format!("Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."),
        )
    })?;
    if !(16..=28).contains(&cidr.prefix) {
        return Err(Refusal::bad("InvalidVpc.Range", format!("The CIDR '{text}' is invalid.")));
    }
    let vpc = Vpc {
        id: new_id("vpc"),
        cidr: cidr.to_string(),
        association: new_id("vpc-cidr-assoc"),
        tenancy: params.filled("InstanceTenancy").unwrap_or_else(|| "default".to_owned()),
        dns_support: true,
        dns_hostnames: false,
        address_metrics: false,
        available_at: cx.clock.due(CREATING),
    };
    let (now, region) = (cx.now(), cx.region().to_owned());
    let net = cx.network();
    let id = vpc.id.clone();
    let main = RouteTable::main(&id);
    net.route_tables.insert(main.id.clone(), main);
    let (group, rules) = SecurityGroup::default_of(&id);
    net.security_groups.insert(group.id.clone(), group);
    net.rules.extend(rules.into_iter().map(|rule| (rule.id.clone(), rule)));
    net.tags.insert(id.clone(), tags);
    let view_of = vpc.clone();
    net.vpcs.insert(id, vpc);
    let view = View { net, now, region: &region };
    Ok(answer::ec2("CreateVpc", json!({"vpc": view_of.render(&view)})))
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    const LISTING: Listing =
        Listing { ids: "VpcId", set: "vpcSet", missing: Some(missing), page: Some((5, 1000)) };
    cx.network();
    let net = &cx.world.ec2[cx.region()];
    let view = View { net, now: cx.now(), region: cx.region() };
    list(cx, &view, params, &LISTING, net.vpcs.values())
}

pub(crate) fn describe_attribute(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("VpcId")?;
    let attribute = params.required("Attribute")?;
    let vpc = cx.network().vpcs.get(&id).ok_or_else(|| missing(&id))?;
    let value = match attribute.as_str() {
        "enableDnsSupport" => vpc.dns_support,
        "enableDnsHostnames" => vpc.dns_hostnames,
        "enableNetworkAddressUsageMetrics" => vpc.address_metrics,
        other => {
            return Err(Refusal::bad(
                "InvalidParameterValue",
                format!("Value ({other}) for parameter attribute is invalid. Unknown VPC attribute"),
            ));
        }
    };
    Ok(answer::ec2("DescribeVpcAttribute", json!({"vpcId": id, attribute: {"value": value}})))
}

pub(crate) fn modify_attribute(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("VpcId")?;
    let support = params.flag("EnableDnsSupport.Value");
    let hostnames = params.flag("EnableDnsHostnames.Value");
    let metrics = params.flag("EnableNetworkAddressUsageMetrics.Value");
    let given = [support, hostnames, metrics].iter().flatten().count();
    if given > 1 {
        return Err(Refusal::bad(
            "InvalidParameterCombination",
            "Fields for multiple attribute types specified",
        ));
    }
    let vpc = cx.network().vpcs.get_mut(&id).ok_or_else(|| missing(&id))?;
    if given == 0 {
        return Err(Refusal::missing("attribute"));
    }
    vpc.dns_support = support.unwrap_or(vpc.dns_support);
    vpc.dns_hostnames = hostnames.unwrap_or(vpc.dns_hostnames);
    vpc.address_metrics = metrics.unwrap_or(vpc.address_metrics);
    Ok(answer::ec2_true("ModifyVpcAttribute"))
}

/// From `dedicated` to `default` alone (AWS: ModifyVpcTenancy).
pub(crate) fn modify_tenancy(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("VpcId")?;
    let wish = params.required("InstanceTenancy")?;
    let vpc = cx.network().vpcs.get_mut(&id).ok_or_else(|| missing(&id))?;
    if wish != "default" {
        let message =
            format!("Value ({wish}) for parameter instanceTenancy is invalid. Only default is allowed");
        return Err(Refusal::bad("InvalidParameterValue", message));
    }
    vpc.tenancy = wish;
    Ok(answer::ec2("ModifyVpcTenancy", json!({"returnValue": true})))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("VpcId")?;
    let now = cx.now();
    let net = cx.network();
    if !net.vpcs.contains_key(&id) {
        return Err(missing(&id));
    }
    let held = net.subnets.values().any(|s| s.vpc == id)
        || net.route_tables.values().any(|t| t.vpc == id && !t.is_main())
        || net.internet_gateways.values().any(|g| g.vpc.as_deref() == Some(&id))
        || net.endpoints.values().any(|e| e.vpc == id && !e.gone(now))
        || net.nat_gateways.values().any(|n| n.vpc == id && n.lives(now))
        || net.security_groups.values().any(|g| g.vpc == id && !g.is_default());
    if held {
        return Err(dependency("vpc", &id));
    }
    let tables: Vec<String> =
        net.route_tables.values().filter(|t| t.vpc == id).map(|t| t.id.clone()).collect();
    for table in tables {
        net.route_tables.remove(&table);
        net.tags.remove(&table);
    }
    let groups: Vec<String> =
        net.security_groups.values().filter(|g| g.vpc == id).map(|g| g.id.clone()).collect();
    for group in groups {
        net.forget_group(&group);
    }
    net.vpcs.remove(&id);
    net.tags.remove(&id);
    Ok(answer::ec2_true("DeleteVpc"))
}
