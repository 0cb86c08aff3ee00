//! Internet gateways and their one attachment.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::describe::{Described, Listing, View, describe as list, tag_set};
use super::{dependency, new_id, tags, vpc};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::wire::query::Params;
use crate::world::Context;

/// An internet gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InternetGateway {
    pub id: String,
    pub vpc: Option<String>,
}

pub(crate) fn missing(id: &str) -> Refusal {
    Refusal::bad("InvalidInternetGatewayID.NotFound", format!("The internetGateway ID '{id}' does not exist"))
}

impl Described for InternetGateway {
    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, filter: &str, _: &View<'_>) -> Option<Vec<String>> {
        Some(match filter {
            "internet-gateway-id" => vec![self.id.clone()],
            "attachment.vpc-id" => self.vpc.iter().cloned().collect(),
            "attachment.state" => self.vpc.iter().map(|_| "available".to_owned()).collect(),
            "owner-id" => vec![ACCOUNT.to_owned()],
            _ => return None,
        })
    }

    fn render(&self, view: &View<'_>) -> Value {
        let attachments: Vec<Value> =
            self.vpc.iter().map(|vpc| json!({"vpcId": vpc, "state": "available"})).collect();
        json!({
            "internetGatewayId": self.id,
            "ownerId": ACCOUNT,
            "attachmentSet": attachments,
            "tagSet": tag_set(view.net, &self.id),
        })
    }
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = tags::inline(params, "internet-gateway")?;
    let gateway = InternetGateway { id: new_id("igw"), vpc: None };
    let (now, region) = (cx.now(), cx.region().to_owned());
    let net = cx.network();
    net.tags.insert(gateway.id.clone(), tags);
    net.internet_gateways.insert(gateway.id.clone(), gateway.clone());
    let view = View { net, now, region: &region };
    Ok(answer::ec2("CreateInternetGateway", json!({"internetGateway": gateway.render(&view)})))
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    const LISTING: Listing = Listing {
        ids: "InternetGatewayId",
        set: "internetGatewaySet",
        missing: Some(missing),
        page: Some((5, 1000)),
    };
    cx.network();
    let net = &cx.world.ec2[cx.region()];
    let view = View { net, now: cx.now(), region: cx.region() };
    list(cx, &view, params, &LISTING, net.internet_gateways.values())
}

pub(crate) fn attach(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("InternetGatewayId")?;
    let vpc_id = params.required("VpcId")?;
    let net = cx.network();
    let gateway = net.internet_gateways.get(&id).ok_or_else(|| missing(&id))?;
    if !net.vpcs.contains_key(&vpc_id) {
        return Err(vpc::missing(&vpc_id));
    }
    if let Some(to) = &gateway.vpc {
        let message = format!("resource {id} is already attached to network {to}");
        return Err(Refusal::bad("Resource.AlreadyAssociated", message));
    }
    if net.internet_gateways.values().any(|g| g.vpc.as_deref() == Some(&vpc_id)) {
        let message = format!("Network {vpc_id} already has an internet gateway attached");
        return Err(Refusal::bad("Resource.AlreadyAssociated", message));
    }
    net.internet_gateways.entry(id).and_modify(|g| g.vpc = Some(vpc_id));
    Ok(answer::ec2_true("AttachInternetGateway"))
}

pub(crate) fn detach(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("InternetGatewayId")?;
    let vpc_id = params.required("VpcId")?;
    let now = cx.now();
    let net = cx.network();
    let gateway = net.internet_gateways.get(&id).ok_or_else(|| missing(&id))?;
    if gateway.vpc.as_deref() != Some(&vpc_id) {
        return Err(Refusal::bad(
            "Gateway.NotAttached",
            format!("resource {id} is not attached to network {vpc_id}"),
        ));
    }
    if net.nat_gateways.values().any(|n| n.vpc == vpc_id && n.lives(now) && n.is_public()) {
        return Err(Refusal::bad(
            "DependencyViolation",
            format!(
                "Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
            ),
        ));
    }
    net.internet_gateways.entry(id).and_modify(|g| g.vpc = None);
    Ok(answer::ec2_true("DetachInternetGateway"))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("InternetGatewayId")?;
    let net = cx.network();
    let gateway = net.internet_gateways.get(&id).ok_or_else(|| missing(&id))?;
    if gateway.vpc.is_some() {
        return Err(dependency("internetGateway", &id));
    }
    net.internet_gateways.remove(&id);
    net.tags.remove(&id);
    Ok(answer::ec2_true("DeleteInternetGateway"))
}
