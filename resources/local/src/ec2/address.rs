//! Elastic IP addresses.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::describe::{Described, Listing, View, describe as list, tag_set};
use super::nat_gateway::NatGateway;
use super::{interface, new_id, tags};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::wire::query::Params;
use crate::world::{Context, random};

/// An Elastic IP address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    pub id: String,
    pub ip: String,
    border: String,
}

pub(crate) fn missing(id: &str) -> Refusal {
    Refusal::bad("InvalidAllocationID.NotFound", format!("The allocation ID '{id}' does not exist"))
}

impl Address {
    /// The NAT gateway that holds the address.
    fn holder<'a>(&self, view: &View<'a>) -> Option<&'a NatGateway> {
        view.net.nat_gateways.values().find(|n| n.holds(&self.id, view.now))
    }
}

impl Described for Address {
    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, filter: &str, view: &View<'_>) -> Option<Vec<String>> {
        let holder = || self.holder(view);
        Some(match filter {
            "allocation-id" => vec![self.id.clone()],
            "public-ip" => vec![self.ip.clone()],
            "domain" => vec!["vpc".to_owned()],
            "association-id" => holder().map(NatGateway::association).into_iter().collect(),
            "network-interface-id" => holder().map(|n| n.interface().id).into_iter().collect(),
            "network-border-group" => vec![self.border.clone()],
            "instance-id" => Vec::new(),
            _ => return None,
        })
    }

    fn render(&self, view: &View<'_>) -> Value {
        let holder = self.holder(view);
        let cidr = holder.and_then(|n| view.net.subnets.get(&n.subnet)).map(|s| s.cidr.clone());
        json!({
            "allocationId": self.id,
            "publicIp": self.ip,
            "domain": "vpc",
            "publicIpv4Pool": "amazon",
            "networkBorderGroup": self.border,
            "associationId": holder.map(NatGateway::association),
            "networkInterfaceId": holder.map(|n| n.interface().id),
            "networkInterfaceOwnerId": holder.map(|_| ACCOUNT),
            "privateIpAddress": holder.zip(cidr).map(|(n, cidr)| interface::private_ip(&n.id, &cidr)),
            "tagSet": tag_set(view.net, &self.id),
        })
    }
}

pub(crate) fn allocate(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = tags::inline(params, "elastic-ip")?;
    if let Some(domain) = params.filled("Domain").filter(|domain| domain != "vpc") {
        let message = format!("Value ({domain}) for parameter domain is invalid. Only vpc is supported.");
        return Err(Refusal::bad("InvalidParameterValue", message));
    }
    let n = random();
    let region = cx.region().to_owned();
    let net = cx.network();
    let address = Address {
        id: new_id("eipalloc"),
        ip: format!("203.{}.{}.{}", n % 256, (n >> 8) % 256, (n >> 16) % 254 + 1),
        border: params.filled("NetworkBorderGroup").unwrap_or(region),
    };
    net.tags.insert(address.id.clone(), tags);
    let body = json!({
        "allocationId": address.id,
        "publicIp": address.ip,
        "domain": "vpc",
        "publicIpv4Pool": "amazon",
        "networkBorderGroup": address.border,
    });
    net.addresses.insert(address.id.clone(), address);
    Ok(answer::ec2("AllocateAddress", body))
}

/// Has no pages; public IPs may stand for ids.
pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    const LISTING: Listing =
        Listing { ids: "AllocationId", set: "addressesSet", missing: Some(missing), page: None };
    cx.network();
    let net = &cx.world.ec2[cx.region()];
    let ips = params.texts("PublicIp");
    if let Some(unknown) = ips.iter().find(|ip| !net.addresses.values().any(|a| a.ip == **ip)) {
        return Err(Refusal::bad("InvalidAddress.NotFound", format!("Address '{unknown}' not found.")));
    }
    let view = View { net, now: cx.now(), region: cx.region() };
    let chosen = net.addresses.values().filter(|a| ips.is_empty() || ips.contains(&a.ip));
    list(cx, &view, params, &LISTING, chosen)
}

pub(crate) fn release(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("AllocationId")?;
    let now = cx.now();
    let net = cx.network();
    let address = net.addresses.get(&id).ok_or_else(|| missing(&id))?;
    // "If you provide an incorrect network border group, you receive an InvalidAddress.NotFound error" (ReleaseAddress).
    if params.filled("NetworkBorderGroup").is_some_and(|group| group != address.border) {
        return Err(missing(&id));
    }
    if net.nat_gateways.values().any(|n| n.holds(&id, now)) {
        return Err(Refusal::bad("InvalidIPAddress.InUse", format!("Address {} is in use.", address.ip)));
    }
    net.addresses.remove(&id);
    net.tags.remove(&id);
    Ok(answer::ec2_true("ReleaseAddress"))
}
