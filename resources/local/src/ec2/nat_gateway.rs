//! NAT gateways: pending, available or failed, deleting, and listed as deleted for an hour.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::describe::{Described, Listing, View, describe as list, tag_set};
use super::token::Asked;
use super::{Network, address, interface, new_id, subnet, tags};
use crate::answer::{self, Answered, Refusal};
use crate::clock::iso;
use crate::wire::query::Params;
use crate::world::Context;

use super::interface::Interface;

/// Seconds that AWS typically takes to create one.
const CREATING: u32 = 120;
/// Seconds that AWS typically takes to delete one.
const DELETING: u32 = 60;
/// Milliseconds for which a deleted one is listed, by the clock and not scaled.
const LISTED: i64 = 3_600_000;

/// Why one fails in a subnet without an address left.
const FULL: &str = "InsufficientFreeAddressesInSubnet";

/// A zonal NAT gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NatGateway {
    pub id: String,
    pub vpc: String,
    pub subnet: String,
    /// `None` for a private one.
    allocation: Option<String>,
    ip: Option<String>,
    /// The private address that was asked for; one of the subnet's where none was.
    #[serde(default)]
    private_ip: Option<String>,
    association: String,
    created_at: i64,
    available_at: i64,
    deleting_at: Option<i64>,
    deleted_at: Option<i64>,
    /// Code and message of its failure.
    #[serde(default)]
    failed: Option<(String, String)>,
}

pub(crate) fn missing(id: &str) -> Refusal {
    Refusal::bad("NatGatewayNotFound", format!("NatGateway {id} was not found"))
}

impl NatGateway {
    fn state(&self, now: i64) -> &'static str {
        match self.deleted_at {
            Some(at) if now >= at => "deleted",
            Some(_) => "deleting",
            None if self.has_failed(now) => "failed",
            None if now >= self.available_at => "available",
            None => "pending",
        }
    }

    /// Whether it is there at all: neither deleted nor failed, which leaves nothing but its entry.
    pub(crate) fn lives(&self, now: i64) -> bool {
        self.deleted_at.is_none_or(|at| now < at) && !self.has_failed(now)
    }

    /// Whether it has an interface: one that found no address never gets one.
    pub(super) fn takes_address(&self, now: i64) -> bool {
        self.lives(now) && self.failed.as_ref().is_none_or(|(code, _)| code != FULL)
    }

    fn has_failed(&self, now: i64) -> bool {
        self.failed.is_some() && now >= self.available_at
    }

    /// Whether a describe still shows it.
    pub(crate) fn listed(&self, now: i64) -> bool {
        let failed_at = self.failed.as_ref().map(|_| self.available_at);
        self.deleted_at.or(failed_at).is_none_or(|at| now < at + LISTED)
    }

    pub(crate) fn is_public(&self) -> bool {
        self.allocation.is_some()
    }

    pub(crate) fn holds(&self, allocation: &str, now: i64) -> bool {
        self.lives(now) && self.failed.is_none() && self.allocation.as_deref() == Some(allocation)
    }

    pub(crate) fn association(&self) -> String {
        self.association.clone()
    }

    pub(crate) fn interface(&self) -> Interface {
        let description = format!("Interface for NAT Gateway {}", self.id);
        Interface::new(&self.id, &self.subnet, "nat_gateway", description)
    }
}

impl Described for NatGateway {
    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, filter: &str, view: &View<'_>) -> Option<Vec<String>> {
        let value = match filter {
            "nat-gateway-id" => self.id.clone(),
            "vpc-id" => self.vpc.clone(),
            "subnet-id" => self.subnet.clone(),
            "state" => self.state(view.now).to_owned(),
            _ => return None,
        };
        Some(vec![value])
    }

    fn render(&self, view: &View<'_>) -> Value {
        let state = self.state(view.now);
        let cidr = view.net.subnets.get(&self.subnet).map(|s| s.cidr.clone());
        json!({
            "natGatewayId": self.id,
            "vpcId": self.vpc,
            "subnetId": self.subnet,
            "state": state,
            "connectivityType": if self.is_public() { "public" } else { "private" },
            "availabilityMode": "zonal",
            "createTime": iso(self.created_at),
            "deleteTime": self.deleting_at.map(iso),
            "failureCode": self.failed.as_ref().filter(|_| state == "failed").map(|(code, _)| code),
            "failureMessage": self.failed.as_ref().filter(|_| state == "failed").map(|(_, message)| message),
            "natGatewayAddressSet": [{
                "allocationId": self.allocation,
                "associationId": self.allocation.as_ref().map(|_| &self.association),
                "isPrimary": true,
                "networkInterfaceId": self.interface().id,
                "privateIp": self.private_ip.clone().or_else(|| cidr.map(|cidr| interface::private_ip(&self.id, &cidr))),
                "publicIp": self.ip,
                "status": if state == "pending" { "associating" } else { "succeeded" },
            }],
            "tagSet": tag_set(view.net, &self.id),
        })
    }
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = tags::inline(params, "natgateway")?;
    let asked = Asked::of("CreateNatGateway", params, &tags)?;
    let (now, region, available_at) = (cx.now(), cx.region().to_owned(), cx.clock.due(CREATING));
    let ordered = cx.world.outcomes.of("aws:ec2:NatGateway", &params.filled("SubnetId").unwrap_or_default());
    let left = interface::left(cx.world, cx.region(), now);
    let net = cx.network();
    let token = asked.as_ref().map(|a| a.token().to_owned());
    let replayed =
        net.replayed(asked.as_ref(), |net, id| net.nat_gateways.get(id).is_some_and(|n| n.lives(now)))?;
    let id = match replayed.and_then(|made| made.first().cloned()) {
        Some(id) => id,
        None => {
            let mut gateway = wanted(net, params, now, available_at, &left)?;
            gateway.failed = gateway.failed.or_else(|| ordered.clone());
            let id = gateway.id.clone();
            net.tags.insert(id.clone(), tags);
            net.nat_gateways.insert(id.clone(), gateway);
            net.remember(asked, vec![id.clone()]);
            id
        }
    };
    let gateway = net.nat_gateways.get(&id).ok_or_else(|| missing(&id))?;
    let view = View { net, now, region: &region };
    let body = json!({"natGateway": gateway.render(&view), "clientToken": token});
    Ok(answer::ec2("CreateNatGateway", body))
}

fn wanted(
    net: &Network,
    params: &Params,
    now: i64,
    available_at: i64,
    left: &BTreeMap<String, u64>,
) -> Result<NatGateway, Refusal> {
    if params.filled("AvailabilityMode").is_some_and(|mode| mode != "zonal") {
        return Err(Refusal::bad("UnsupportedOperation", "The local cloud only has zonal NAT gateways"));
    }
    let subnet_id = params.required("SubnetId")?;
    let subnet = net.subnets.get(&subnet_id).ok_or_else(|| subnet::missing(&subnet_id))?;
    let public = params.filled("ConnectivityType").is_none_or(|kind| kind == "public");
    // What is said of an address is looked at where the gateway is to have one.
    let _ = params.filled("AllocationId");
    let mut failed = None;
    let (allocation, ip) = if public {
        let allocation = params.required("AllocationId")?;
        let address = net.addresses.get(&allocation).ok_or_else(|| address::missing(&allocation))?;
        // AWS takes the call and finds out later (EC2: NatGateway, FailureCode).
        if net.nat_gateways.values().any(|n| n.holds(&allocation, now)) {
            let message = format!("Elastic IP address {allocation} is already associated");
            failed = Some(("Resource.AlreadyAssociated".to_owned(), message));
        } else if !net.internet_gateways.values().any(|g| g.vpc.as_deref() == Some(&subnet.vpc)) {
            let message = format!("Network {} has no Internet gateway attached", subnet.vpc);
            failed = Some(("Gateway.NotAttached".to_owned(), message));
        }
        (Some(allocation), Some(address.ip.clone()))
    } else {
        (None, None)
    };
    if failed.is_none() && left.get(&subnet_id).is_none_or(|left| *left == 0) {
        failed = Some((
            FULL.to_owned(),
            "Subnet has insufficient free addresses to create this NAT gateway".to_owned(),
        ));
    }
    Ok(NatGateway {
        id: new_id("nat"),
        vpc: subnet.vpc.clone(),
        subnet: subnet_id,
        allocation,
        ip,
        private_ip: params.filled("PrivateIpAddress"),
        association: new_id("eipassoc"),
        created_at: now,
        available_at,
        deleting_at: None,
        deleted_at: None,
        failed,
    })
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    const LISTING: Listing =
        Listing { ids: "NatGatewayId", set: "natGatewaySet", missing: Some(missing), page: Some((5, 1000)) };
    cx.network();
    let net = &cx.world.ec2[cx.region()];
    let now = cx.now();
    let view = View { net, now, region: cx.region() };
    list(cx, &view, params, &LISTING, net.nat_gateways.values().filter(|n| n.listed(now)))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("NatGatewayId")?;
    let (now, deleted_at) = (cx.now(), cx.clock.due(DELETING));
    let net = cx.network();
    let gone: Vec<String> =
        net.nat_gateways.values().filter(|n| !n.listed(now)).map(|n| n.id.clone()).collect();
    for old in gone {
        net.nat_gateways.remove(&old);
        net.tags.remove(&old);
    }
    let gateway = net.nat_gateways.get_mut(&id).ok_or_else(|| missing(&id))?;
    if gateway.deleted_at.is_some_and(|at| now >= at) {
        return Err(missing(&id));
    }
    if gateway.deleted_at.is_none() {
        gateway.deleting_at = Some(now);
        gateway.deleted_at = Some(deleted_at);
    }
    Ok(answer::ec2("DeleteNatGateway", json!({"natGatewayId": id})))
}
