//! VPC endpoints: gateways, which put routes into tables, and interfaces.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::describe::{Described, Listing, View, describe as list, tag_set};
use super::interface::{self, Interface};
use super::token::Asked;
use super::{Network, new_id, prefix_list, route_table, security_group, subnet, tags, vpc};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::clock::iso;
use crate::wire::query::Params;
use crate::world::Context;

/// Seconds that AWS typically takes for a gateway endpoint.
const GATEWAY: u32 = 3;
/// Seconds that AWS typically takes for an interface endpoint.
const INTERFACE: u32 = 120;
/// Seconds that AWS typically takes to delete one.
const DELETING: u32 = 60;

/// The policy of an endpoint that was given none.
const OPEN: &str = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// A VPC endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct VpcEndpoint {
    pub id: String,
    pub vpc: String,
    pub service: String,
    policy: String,
    created_at: i64,
    available_at: i64,
    deleted_at: Option<i64>,
    /// Why it comes to nothing: code and message.
    #[serde(default)]
    failed: Option<(String, String)>,
    kind: Kind,
}

/// What only one of the two types has.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Kind {
    Gateway { tables: Vec<String> },
    Interface { subnets: Vec<String>, groups: Vec<String>, private_dns: bool, address_type: String },
}

pub(crate) fn missing(id: &str) -> Refusal {
    Refusal::bad("InvalidVpcEndpointId.NotFound", format!("The Vpc Endpoint Id '{id}' does not exist"))
}

impl VpcEndpoint {
    fn state(&self, now: i64) -> &'static str {
        match self.deleted_at {
            Some(at) if now >= at => "deleted",
            Some(_) => "deleting",
            None if now >= self.available_at && self.failed.is_some() => "failed",
            None if now >= self.available_at => "available",
            None => "pending",
        }
    }

    pub(crate) fn gone(&self, now: i64) -> bool {
        self.deleted_at.is_some_and(|at| now >= at)
    }

    /// Whether it has a route in a table.
    pub(crate) fn routes_in(&self, table: &str, now: i64) -> bool {
        let here = matches!(&self.kind, Kind::Gateway { tables } if tables.iter().any(|t| t == table));
        here && self.state(now) == "available"
    }

    pub(crate) fn forget_table(&mut self, table: &str) {
        if let Kind::Gateway { tables } = &mut self.kind {
            tables.retain(|t| t != table);
        }
    }

    /// What quotas count of it: which of them, within what, and its security groups.
    pub(super) fn counted(&self) -> (&'static str, &str, usize) {
        match &self.kind {
            Kind::Gateway { .. } => ("aws:ec2:VpcEndpoint[vpc_endpoint_type=Gateway]", "", 0),
            Kind::Interface { groups, .. } => {
                ("aws:ec2:VpcEndpoint[vpc_endpoint_type=Interface]", &self.vpc, groups.len())
            }
        }
    }

    pub(crate) fn interfaces(&self) -> Vec<Interface> {
        let Kind::Interface { subnets, groups, .. } = &self.kind else { return Vec::new() };
        let one = |subnet: &String| {
            let description = format!("VPC Endpoint Interface {}", self.id);
            Interface::new(&self.id, subnet, "vpc_endpoint", description).with_groups(groups)
        };
        subnets.iter().map(one).collect()
    }

    fn dns_entries(&self, region: &str) -> Vec<Value> {
        let Kind::Interface { private_dns, .. } = &self.kind else { return Vec::new() };
        let service = self.service.rsplit('.').next().unwrap_or_default();
        let regional = format!("{}-local.{service}.{region}.vpce.amazonaws.com", self.id);
        let mut entries = vec![json!({"dnsName": regional, "hostedZoneId": "Z2E726K9Y6RL4W"})];
        if *private_dns {
            let name = format!("{service}.{region}.amazonaws.com");
            entries.push(json!({"dnsName": name, "hostedZoneId": "Z2E726K9Y6RL4P"}));
        }
        entries
    }
}

impl Described for VpcEndpoint {
    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, filter: &str, view: &View<'_>) -> Option<Vec<String>> {
        let value = match filter {
            "vpc-endpoint-id" => self.id.clone(),
            "vpc-id" => self.vpc.clone(),
            "service-name" => self.service.clone(),
            "vpc-endpoint-state" => self.state(view.now).to_owned(),
            "vpc-endpoint-type" => match self.kind {
                Kind::Gateway { .. } => "Gateway".to_owned(),
                Kind::Interface { .. } => "Interface".to_owned(),
            },
            _ => return None,
        };
        Some(vec![value])
    }

    fn render(&self, view: &View<'_>) -> Value {
        let shared = json!({
            "vpcEndpointId": self.id,
            "vpcId": self.vpc,
            "serviceName": self.service,
            "serviceRegion": view.region,
            "state": self.state(view.now),
            "lastError": self
                .failed
                .as_ref()
                .filter(|_| self.state(view.now) == "failed")
                .map(|(code, message)| json!({"code": code, "message": message})),
            "policyDocument": self.policy,
            "creationTimestamp": iso(self.created_at),
            "ownerId": ACCOUNT,
            "requesterManaged": false,
            "tagSet": tag_set(view.net, &self.id),
        });
        let own = match &self.kind {
            Kind::Gateway { tables } => json!({
                "vpcEndpointType": "Gateway", "routeTableIdSet": tables, "subnetIdSet": [], "groupSet": [],
                "networkInterfaceIdSet": [], "dnsEntrySet": [], "privateDnsEnabled": false,
            }),
            Kind::Interface { subnets, groups, private_dns, address_type } => {
                let name = |id: &String| view.net.security_groups.get(id).map(|g| g.name.clone());
                let groups: Vec<Value> =
                    groups.iter().map(|id| json!({"groupId": id, "groupName": name(id)})).collect();
                let interfaces: Vec<String> = self.interfaces().into_iter().map(|i| i.id).collect();
                json!({
                    "vpcEndpointType": "Interface", "routeTableIdSet": [], "subnetIdSet": subnets,
                    "groupSet": groups, "networkInterfaceIdSet": interfaces,
                    "dnsEntrySet": self.dns_entries(view.region), "privateDnsEnabled": private_dns,
                    "ipAddressType": address_type, "dnsOptions": {"dnsRecordIpType": "ipv4"},
                })
            }
        };
        merge(shared, own)
    }
}

fn merge(mut left: Value, right: Value) -> Value {
    if let (Value::Object(into), Value::Object(from)) = (&mut left, right) {
        into.extend(from);
    }
    left
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = tags::inline(params, "vpc-endpoint")?;
    let asked = Asked::of("CreateVpcEndpoint", params, &tags)?;
    let (now, region) = (cx.now(), cx.region().to_owned());
    let (gateway_at, interface_at) = (cx.clock.due(GATEWAY), cx.clock.due(INTERFACE));
    let left = interface::left(cx.world, &region, now);
    let failed =
        cx.world.outcomes.of("aws:ec2:VpcEndpoint", &params.filled("ServiceName").unwrap_or_default());
    let net = cx.network();
    let token = asked.as_ref().map(|a| a.token().to_owned());
    let replayed = net
        .replayed(asked.as_ref(), |net, id| net.endpoints.get(id).is_some_and(|e| e.deleted_at.is_none()))?;
    let id = match replayed.and_then(|made| made.first().cloned()) {
        Some(id) => id,
        None => {
            let (vpc, service, kind) = wanted(net, params, &region, now)?;
            if let Kind::Interface { subnets, .. } = &kind {
                room(&left, subnets)?;
            }
            let available_at = if matches!(kind, Kind::Gateway { .. }) { gateway_at } else { interface_at };
            let policy = params.filled("PolicyDocument").unwrap_or_else(|| OPEN.to_owned());
            let id = new_id("vpce");
            let endpoint = VpcEndpoint {
                id: id.clone(),
                vpc,
                service,
                policy,
                created_at: now,
                available_at,
                deleted_at: None,
                failed,
                kind,
            };
            net.tags.insert(id.clone(), tags);
            net.endpoints.insert(id.clone(), endpoint);
            net.remember(asked, vec![id.clone()]);
            id
        }
    };
    let endpoint = net.endpoints.get(&id).ok_or_else(|| missing(&id))?;
    let view = View { net, now, region: &region };
    Ok(answer::ec2("CreateVpcEndpoint", json!({"vpcEndpoint": endpoint.render(&view), "clientToken": token})))
}

fn wanted(net: &Network, params: &Params, region: &str, now: i64) -> Result<(String, String, Kind), Refusal> {
    let vpc_id = params.required("VpcId")?;
    let vpc = net.vpcs.get(&vpc_id).ok_or_else(|| vpc::missing(&vpc_id))?;
    let service = params.required("ServiceName")?;
    let gateway = params.filled("VpcEndpointType").is_none_or(|kind| kind == "Gateway");
    let known = service.starts_with(&format!("com.amazonaws.{region}."));
    if !known || (gateway && prefix_list::of_service(&service).is_none()) {
        let message = format!("The Vpc Endpoint Service '{service}' does not exist");
        return Err(Refusal::bad("InvalidServiceName", message));
    }
    fits_kind(params, gateway, "")?;
    if gateway {
        let tables = params.texts("RouteTableId");
        for table in &tables {
            free_table(net, table, &service, now)?;
        }
        return Ok((vpc_id, service, Kind::Gateway { tables }));
    }
    let subnets = params.texts("SubnetId");
    for id in &subnets {
        net.subnets.get(id).filter(|s| s.vpc == vpc_id).ok_or_else(|| subnet::missing(id))?;
    }
    distinct_zones(net, &subnets)?;
    let mut groups = params.texts("SecurityGroupId");
    for id in &groups {
        net.security_groups.get(id).filter(|g| g.vpc == vpc_id).ok_or_else(|| security_group::missing(id))?;
    }
    if groups.is_empty() {
        groups.extend(net.default_group(&vpc_id));
    }
    let private_dns = params.flag("PrivateDnsEnabled").unwrap_or(true);
    if private_dns {
        private_dns_possible(net, vpc, &service, now, None)?;
    }
    let address_type = params.filled("IpAddressType").unwrap_or_else(|| "ipv4".to_owned());
    Ok((vpc_id, service, Kind::Interface { subnets, groups, private_dns, address_type }))
}

/// Refuses what endpoints of the other kind have, in AWS's words (ansible-collections/amazon.aws#576,
/// nanlabs/terraform-aws-starter#18; those for security groups are like them).
fn fits_kind(params: &Params, gateway: bool, verb: &str) -> Result<(), Refusal> {
    let given = |name: &str| !params.texts(&format!("{verb}{name}")).is_empty();
    let what = match gateway {
        true if given("SubnetId") => {
            "Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints."
        }
        true if given("SecurityGroupId") => {
            "Security Group IDs are only supported for Interface type VPC Endpoint."
        }
        false if given("RouteTableId") => "Route table IDs are only supported for Gateway type VPC Endpoint.",
        _ => return Ok(()),
    };
    Err(Refusal::bad("InvalidParameter", what))
}

/// Refuses subnets without an address left (the words: amazon-vpc-cni-k8s#1773).
fn room(left: &BTreeMap<String, u64>, subnets: &[String]) -> Result<(), Refusal> {
    if subnets.iter().all(|id| left.get(id).is_some_and(|left| *left > 0)) {
        return Ok(());
    }
    Err(Refusal::bad(
        "InsufficientFreeAddressesInSubnet",
        "The specified subnet does not have enough free addresses to satisfy the request.",
    ))
}

/// Refuses two subnets of one zone.
fn distinct_zones(net: &Network, subnets: &[String]) -> Result<(), Refusal> {
    let mut zones = std::collections::BTreeSet::new();
    for id in subnets {
        if net.subnets.get(id).is_some_and(|subnet| !zones.insert(subnet.zone.clone())) {
            let message = format!(
                "Found another VPC endpoint subnet in the availability zone of {id}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service."
            );
            return Err(Refusal::bad("DuplicateSubnetsInSameZone", message));
        }
    }
    Ok(())
}

/// Refuses a table that does not exist or has a gateway endpoint of the service already.
fn free_table(net: &Network, table: &str, service: &str, now: i64) -> Result<(), Refusal> {
    if !net.route_tables.contains_key(table) {
        return Err(route_table::missing(table));
    }
    let takes = |e: &VpcEndpoint| {
        e.service == service
            && e.deleted_at.is_none()
            && !e.gone(now)
            && matches!(&e.kind, Kind::Gateway { tables } if tables.iter().any(|t| t == table))
    };
    if net.endpoints.values().any(takes) {
        let list = prefix_list::of_service(service).unwrap_or_default();
        let message =
            format!("route table {table} already has a route with destination-prefix-list-id {list}");
        return Err(Refusal::bad("RouteAlreadyExists", message));
    }
    Ok(())
}

fn private_dns_possible(
    net: &Network,
    vpc: &vpc::Vpc,
    service: &str,
    now: i64,
    except: Option<&str>,
) -> Result<(), Refusal> {
    if !(vpc.dns_support && vpc.dns_hostnames) {
        let message = format!(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {}",
            vpc.id
        );
        return Err(Refusal::bad("InvalidParameter", message));
    }
    let conflicts = |e: &&VpcEndpoint| {
        e.vpc == vpc.id
            && e.service == service
            && Some(e.id.as_str()) != except
            && !e.gone(now)
            && matches!(e.kind, Kind::Interface { private_dns: true, .. })
    };
    if let Some(other) = net.endpoints.values().find(conflicts) {
        let message = format!(
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain in the VPC {} (endpoint {})",
            vpc.id, other.id
        );
        return Err(Refusal::bad("InvalidParameter", message));
    }
    Ok(())
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    const LISTING: Listing = Listing {
        ids: "VpcEndpointId",
        set: "vpcEndpointSet",
        missing: Some(missing),
        page: Some((5, 1000)),
    };
    cx.network();
    let net = &cx.world.ec2[cx.region()];
    let now = cx.now();
    let view = View { net, now, region: cx.region() };
    list(cx, &view, params, &LISTING, net.endpoints.values().filter(|e| !e.gone(now)))
}

pub(crate) fn modify(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("VpcEndpointId")?;
    let (now, interface_at) = (cx.now(), cx.clock.due(INTERFACE / 4));
    let left = interface::left(cx.world, cx.region(), now);
    let net = cx.network();
    let mut endpoint =
        net.endpoints.get(&id).filter(|e| !e.gone(now)).cloned().ok_or_else(|| missing(&id))?;
    if let Some(policy) = params.filled("PolicyDocument") {
        endpoint.policy = policy;
    }
    if params.flag("ResetPolicy") == Some(true) {
        endpoint.policy = OPEN.to_owned();
    }
    let service = endpoint.service.clone();
    for verb in ["Add", "Remove"] {
        fits_kind(params, matches!(endpoint.kind, Kind::Gateway { .. }), verb)?;
    }
    match &mut endpoint.kind {
        Kind::Gateway { tables } => {
            let removed = params.texts("RemoveRouteTableId");
            tables.retain(|t| !removed.contains(t));
            for table in params.texts("AddRouteTableId") {
                free_table(net, &table, &service, now)?;
                tables.push(table);
            }
        }
        Kind::Interface { subnets, groups, private_dns, address_type } => {
            // Whether what one call takes away makes room for what it adds is not documented: it does not here.
            let standing = subnets.iter().cloned();
            let all: Vec<String> = standing.chain(params.texts("AddSubnetId")).collect();
            distinct_zones(net, &all)?;
            let before = subnets.clone();
            change(subnets, params, "SubnetId", |s| net.subnets.contains_key(s), subnet::missing)?;
            let new: Vec<String> = subnets.iter().filter(|id| !before.contains(id)).cloned().collect();
            room(&left, &new)?;
            let known = |g: &str| net.security_groups.contains_key(g);
            change(groups, params, "SecurityGroupId", known, security_group::missing)?;
            if let Some(wish) = params.flag("PrivateDnsEnabled") {
                let vpc = net.vpcs.get(&endpoint.vpc).ok_or_else(|| vpc::missing(&endpoint.vpc))?;
                if wish {
                    private_dns_possible(net, vpc, &service, now, Some(&id))?;
                }
                *private_dns = wish;
            }
            if let Some(wish) = params.filled("IpAddressType") {
                *address_type = wish;
            }
            if params.has("AddSubnetId") || params.has("RemoveSubnetId") || params.has("PrivateDnsEnabled") {
                endpoint.available_at = interface_at;
            }
        }
    }
    net.endpoints.insert(id, endpoint);
    Ok(answer::ec2_true("ModifyVpcEndpoint"))
}

fn change(
    list: &mut Vec<String>,
    params: &Params,
    what: &str,
    known: impl Fn(&str) -> bool,
    missing: fn(&str) -> Refusal,
) -> Result<(), Refusal> {
    let removed = params.texts(&format!("Remove{what}"));
    list.retain(|id| !removed.contains(id));
    for id in params.texts(&format!("Add{what}")) {
        if !known(&id) {
            return Err(missing(&id));
        }
        if !list.contains(&id) {
            list.push(id);
        }
    }
    Ok(())
}

/// Ids that fail are listed in an answer that is otherwise a success.
pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let (now, due) = (cx.now(), cx.clock.due(DELETING));
    let net = cx.network();
    let old: Vec<String> = net.endpoints.values().filter(|e| e.gone(now)).map(|e| e.id.clone()).collect();
    for id in old {
        net.endpoints.remove(&id);
        net.tags.remove(&id);
    }
    let mut failed: Vec<Value> = Vec::new();
    for id in params.texts("VpcEndpointId") {
        match net.endpoints.get_mut(&id) {
            Some(endpoint) => {
                let at = if matches!(endpoint.kind, Kind::Gateway { .. }) { now } else { due };
                endpoint.deleted_at.get_or_insert(at);
            }
            None => {
                let refusal = missing(&id);
                failed.push(
                    json!({"resourceId": id, "error": {"code": refusal.code, "message": refusal.message}}),
                );
            }
        }
    }
    Ok(answer::ec2("DeleteVpcEndpoints", json!({"unsuccessful": failed})))
}
