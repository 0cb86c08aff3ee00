//! Network interfaces that services keep in subnets. They are derived from what has them, and
//! stand in the way of deleting their subnet and security groups.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cidr::Cidr;
use super::describe::{Described, Listing, View, describe as list};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::wire::query::Params;
use crate::world::{Context, World};

/// A network interface.
#[derive(Debug, Clone)]
pub(crate) struct Interface {
    pub id: String,
    pub subnet: String,
    pub groups: Vec<String>,
    /// `nat_gateway`, `vpc_endpoint`, `lambda` or `interface`.
    pub kind: &'static str,
    pub description: String,
}

impl Interface {
    /// The id is a function of what has the interface and where, so that it stays the same.
    pub(crate) fn new(owner: &str, subnet: &str, kind: &'static str, description: String) -> Interface {
        Interface {
            id: id_of(owner, subnet),
            subnet: subnet.to_owned(),
            groups: Vec::new(),
            kind,
            description,
        }
    }

    pub(crate) fn with_groups(self, groups: &[String]) -> Interface {
        Interface { groups: groups.to_vec(), ..self }
    }
}

/// The id of the interface that something has in a subnet.
pub(crate) fn id_of(owner: &str, subnet: &str) -> String {
    format!("eni-{}", digest(owner, subnet))
}

fn digest(owner: &str, subnet: &str) -> String {
    let hash = Sha256::digest(format!("{owner}/{subnet}"));
    let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
    hex.chars().take(17).collect()
}

/// An address in a subnet's block, the same each time for the same owner.
pub(crate) fn private_ip(owner: &str, cidr: &str) -> String {
    let hash = Sha256::digest(owner);
    let Some(cidr) = Cidr::parse(cidr) else { return "10.0.0.4".to_owned() };
    let room = (cidr.size().saturating_sub(5)).max(1);
    let n = (u64::from(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])) % room) + 4;
    cidr.address(u32::try_from(n).unwrap_or(4)).to_string()
}

/// All interfaces of a region.
pub(crate) fn all(world: &World, region: &str, now: i64) -> Vec<Interface> {
    let mut found = Vec::new();
    if let Some(net) = world.ec2.get(region) {
        found.extend(net.nat_gateways.values().filter(|n| n.takes_address(now)).map(|n| n.interface()));
        found.extend(net.endpoints.values().filter(|e| !e.gone(now)).flat_map(|e| e.interfaces()));
    }
    if let Some(databases) = world.rds.get(region) {
        found.extend(databases.interfaces(now));
    }
    if let Some(functions) = world.lambda.get(region) {
        found.extend(functions.interfaces(&world.iam, region, now));
    }
    found
}

/// How many addresses each subnet of a region has left: each interface has one, and AWS keeps five.
pub(crate) fn left(world: &World, region: &str, now: i64) -> BTreeMap<String, u64> {
    let subnets = world.ec2.get(region).into_iter().flat_map(|net| net.subnets.values());
    let mut left: BTreeMap<String, u64> = subnets.map(|s| (s.id.clone(), s.addresses())).collect();
    for interface in all(world, region, now) {
        if let Some(left) = left.get_mut(&interface.subnet) {
            *left = left.saturating_sub(1);
        }
    }
    left
}

fn missing(id: &str) -> Refusal {
    Refusal::bad(
        "InvalidNetworkInterfaceID.NotFound",
        format!("The networkInterface ID '{id}' does not exist"),
    )
}

impl Described for Interface {
    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, filter: &str, view: &View<'_>) -> Option<Vec<String>> {
        let subnet = view.net.subnets.get(&self.subnet);
        let value = match filter {
            "network-interface-id" => self.id.clone(),
            "subnet-id" => self.subnet.clone(),
            "group-id" => return Some(self.groups.clone()),
            "vpc-id" => subnet.map(|s| s.vpc.clone()).unwrap_or_default(),
            "availability-zone" => subnet.map(|s| s.zone.clone()).unwrap_or_default(),
            "description" => self.description.clone(),
            "interface-type" => self.kind.to_owned(),
            "status" => "in-use".to_owned(),
            "owner-id" => ACCOUNT.to_owned(),
            "requester-managed" => "true".to_owned(),
            _ => return None,
        };
        Some(vec![value])
    }

    fn render(&self, view: &View<'_>) -> Value {
        let subnet = view.net.subnets.get(&self.subnet);
        let groups: Vec<Value> = self
            .groups
            .iter()
            .map(|id| json!({"groupId": id, "groupName": view.net.security_groups.get(id).map(|g| g.name.clone())}))
            .collect();
        json!({
            "networkInterfaceId": self.id,
            "subnetId": self.subnet,
            "vpcId": subnet.map(|s| s.vpc.clone()),
            "availabilityZone": subnet.map(|s| s.zone.clone()),
            "description": self.description,
            "interfaceType": self.kind,
            "status": "in-use",
            "ownerId": ACCOUNT,
            "requesterManaged": true,
            "privateIpAddress": subnet.map(|s| private_ip(&self.id, &s.cidr)),
            "groupSet": groups,
            "tagSet": [],
        })
    }
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    const LISTING: Listing = Listing {
        ids: "NetworkInterfaceId",
        set: "networkInterfaceSet",
        missing: Some(missing),
        page: Some((5, 1000)),
    };
    cx.network();
    let found = all(cx.world, cx.region(), cx.now());
    let net = &cx.world.ec2[cx.region()];
    let view = View { net, now: cx.now(), region: cx.region() };
    list(cx, &view, params, &LISTING, found.iter())
}
