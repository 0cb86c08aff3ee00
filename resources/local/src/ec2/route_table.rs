//! Route tables and their associations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::describe::{Described, Listing, View, describe as list, tag_set};
use super::route::Route;
use super::token::Asked;
use super::{dependency, new_id, prefix_list, subnet, tags, vpc};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::outcome::Outcomes;
use crate::wire::query::Params;
use crate::world::Context;

/// A route table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RouteTable {
    pub id: String,
    pub vpc: String,
    /// By destination, without the local route and those of gateway endpoints.
    pub routes: BTreeMap<String, Route>,
    associations: BTreeMap<String, Associated>,
    /// Why an association came to nothing, by its id.
    #[serde(default)]
    failed: BTreeMap<String, String>,
}

/// What a table is associated with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Associated {
    Vpc,
    Subnet(String),
    Gateway(String),
}

pub(crate) fn missing(id: &str) -> Refusal {
    Refusal::bad("InvalidRouteTableID.NotFound", format!("The routeTable ID '{id}' does not exist"))
}

fn association_missing(id: &str) -> Refusal {
    Refusal::bad("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist"))
}

impl RouteTable {
    fn new(vpc: &str) -> RouteTable {
        RouteTable {
            id: new_id("rtb"),
            vpc: vpc.to_owned(),
            routes: BTreeMap::new(),
            associations: BTreeMap::new(),
            failed: BTreeMap::new(),
        }
    }

    /// The main table of a new VPC.
    pub(crate) fn main(vpc: &str) -> RouteTable {
        let mut table = RouteTable::new(vpc);
        table.associations.insert(new_id("rtbassoc"), Associated::Vpc);
        table
    }

    pub(crate) fn is_main(&self) -> bool {
        self.associations.values().any(|a| *a == Associated::Vpc)
    }

    /// Ends the association of a subnet that is deleted.
    pub(crate) fn forget_subnet(&mut self, subnet: &str) {
        self.associations.retain(|_, a| !matches!(a, Associated::Subnet(id) if id == subnet));
    }

    fn state(&self, association: &str) -> Value {
        match self.failed.get(association) {
            Some(why) => json!({"state": "failed", "statusMessage": why}),
            None => json!({"state": "associated"}),
        }
    }

    /// Remembers an association; whether it comes to nothing a test may have ordered.
    fn associate(&mut self, id: &str, to: Associated, outcomes: &Outcomes) {
        if let Associated::Subnet(subnet) = &to
            && let Some((_, why)) = outcomes.of("aws:ec2:SubnetRouteTableAssociation", subnet)
        {
            self.failed.insert(id.to_owned(), why);
        }
        self.associations.insert(id.to_owned(), to);
    }

    fn render_associations(&self) -> Vec<Value> {
        self.associations
            .iter()
            .map(|(id, to)| {
                json!({
                    "routeTableAssociationId": id,
                    "routeTableId": self.id,
                    "main": *to == Associated::Vpc,
                    "subnetId": match to { Associated::Subnet(s) => Some(s), _ => None },
                    "gatewayId": match to { Associated::Gateway(g) => Some(g), _ => None },
                    "associationState": self.state(id),
                })
            })
            .collect()
    }

    fn render_routes(&self, view: &View<'_>) -> Vec<Value> {
        let local = view.net.vpcs.get(&self.vpc).map(|vpc| {
            json!({
                "destinationCidrBlock": vpc.cidr, "gatewayId": "local",
                "state": "active", "origin": "CreateRouteTable",
            })
        });
        let endpoints = view.net.endpoints.values().filter(|e| e.routes_in(&self.id, view.now)).map(|e| {
            json!({
                "destinationPrefixListId": prefix_list::of_service(&e.service), "gatewayId": e.id,
                "state": "active", "origin": "CreateRoute",
            })
        });
        let own = self.routes.values().map(|route| route.render(&self.vpc, view));
        local.into_iter().chain(own).chain(endpoints).collect()
    }
}

impl Described for RouteTable {
    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, filter: &str, view: &View<'_>) -> Option<Vec<String>> {
        let in_routes = |member: &str| {
            let text = |route: &Value| route.get(member).and_then(Value::as_str).map(str::to_owned);
            self.render_routes(view).iter().filter_map(text).collect()
        };
        Some(match filter {
            "route-table-id" | "association.route-table-id" => vec![self.id.clone()],
            "vpc-id" => vec![self.vpc.clone()],
            "owner-id" => vec![ACCOUNT.to_owned()],
            "association.main" => {
                self.associations.values().map(|a| (*a == Associated::Vpc).to_string()).collect()
            }
            "association.route-table-association-id" => self.associations.keys().cloned().collect(),
            "association.subnet-id" => {
                let subnet = |a: &Associated| match a {
                    Associated::Subnet(id) => Some(id.clone()),
                    _ => None,
                };
                self.associations.values().filter_map(subnet).collect()
            }
            "association.gateway-id" => {
                let gateway = |a: &Associated| match a {
                    Associated::Gateway(id) => Some(id.clone()),
                    _ => None,
                };
                self.associations.values().filter_map(gateway).collect()
            }
            "route.destination-cidr-block" => in_routes("destinationCidrBlock"),
            "route.destination-ipv6-cidr-block" => in_routes("destinationIpv6CidrBlock"),
            "route.destination-prefix-list-id" => in_routes("destinationPrefixListId"),
            "route.gateway-id" => in_routes("gatewayId"),
            "route.nat-gateway-id" => in_routes("natGatewayId"),
            "route.state" => in_routes("state"),
            "route.origin" => in_routes("origin"),
            _ => return None,
        })
    }

    fn render(&self, view: &View<'_>) -> Value {
        json!({
            "routeTableId": self.id,
            "vpcId": self.vpc,
            "ownerId": ACCOUNT,
            "routeSet": self.render_routes(view),
            "associationSet": self.render_associations(),
            "propagatingVgwSet": [],
            "tagSet": tag_set(view.net, &self.id),
        })
    }
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let tags = tags::inline(params, "route-table")?;
    let asked = Asked::of("CreateRouteTable", params, &tags)?;
    let vpc_id = params.required("VpcId")?;
    let (now, region) = (cx.now(), cx.region().to_owned());
    let net = cx.network();
    if !net.vpcs.contains_key(&vpc_id) {
        return Err(vpc::missing(&vpc_id));
    }
    let token = asked.as_ref().map(|a| a.token().to_owned());
    let replayed = net.replayed(asked.as_ref(), |net, id| net.route_tables.contains_key(id))?;
    let id = match replayed.and_then(|made| made.first().cloned()) {
        Some(id) => id,
        None => {
            let table = RouteTable::new(&vpc_id);
            let id = table.id.clone();
            net.tags.insert(id.clone(), tags);
            net.route_tables.insert(id.clone(), table);
            net.remember(asked, vec![id.clone()]);
            id
        }
    };
    let table = net.route_tables.get(&id).ok_or_else(|| missing(&id))?;
    let view = View { net, now, region: &region };
    Ok(answer::ec2("CreateRouteTable", json!({"routeTable": table.render(&view), "clientToken": token})))
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    const LISTING: Listing =
        Listing { ids: "RouteTableId", set: "routeTableSet", missing: Some(missing), page: Some((5, 100)) };
    cx.network();
    let net = &cx.world.ec2[cx.region()];
    let view = View { net, now: cx.now(), region: cx.region() };
    list(cx, &view, params, &LISTING, net.route_tables.values())
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("RouteTableId")?;
    let net = cx.network();
    let table = net.route_tables.get(&id).ok_or_else(|| missing(&id))?;
    if !table.associations.is_empty() {
        return Err(dependency("routeTable", &id));
    }
    for endpoint in net.endpoints.values_mut() {
        endpoint.forget_table(&id);
    }
    net.route_tables.remove(&id);
    net.tags.remove(&id);
    Ok(answer::ec2_true("DeleteRouteTable"))
}

pub(crate) fn associate(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = params.required("RouteTableId")?;
    let outcomes = cx.world.outcomes.clone();
    let net = cx.network();
    let vpc = net.route_tables.get(&id).ok_or_else(|| missing(&id))?.vpc.clone();
    let (to, of) = match (params.filled("SubnetId"), params.filled("GatewayId")) {
        (Some(subnet), None) => {
            let of = net.subnets.get(&subnet).ok_or_else(|| subnet::missing(&subnet))?.vpc.clone();
            (Associated::Subnet(subnet), Some(of))
        }
        (None, Some(gateway)) => {
            let found = net.internet_gateways.get(&gateway);
            let missing = || {
                Refusal::bad(
                    "InvalidGatewayID.NotFound",
                    format!("The gateway ID '{gateway}' does not exist"),
                )
            };
            let of = found.ok_or_else(missing)?.vpc.clone();
            (Associated::Gateway(gateway), of)
        }
        _ => {
            return Err(Refusal::bad(
                "InvalidParameterCombination",
                "Either a subnet or a gateway must be given",
            ));
        }
    };
    if of.as_deref() != Some(&vpc) {
        let message =
            format!("Route table {id} and what it is to be associated with belong to different networks");
        return Err(Refusal::bad("InvalidParameterValue", message));
    }
    if let Some(other) = net.route_tables.values().find(|t| t.associations.values().any(|a| *a == to)) {
        let message = format!(
            "the specified association for route table {} conflicts with an existing association",
            other.id
        );
        return Err(Refusal::bad("Resource.AlreadyAssociated", message));
    }
    let association = new_id("rtbassoc");
    let table = net.route_tables.get_mut(&id).ok_or_else(|| missing(&id))?;
    table.associate(&association, to, &outcomes);
    let body = json!({"associationId": association, "associationState": table.state(&association)});
    Ok(answer::ec2("AssociateRouteTable", body))
}

/// Moves an association, also that of the main table, and gives it a new id.
pub(crate) fn replace_association(cx: &mut Context<'_>, params: &Params) -> Answered {
    let association = params.required("AssociationId")?;
    let id = params.required("RouteTableId")?;
    let outcomes = cx.world.outcomes.clone();
    let net = cx.network();
    let vpc = net.route_tables.get(&id).ok_or_else(|| missing(&id))?.vpc.clone();
    let from = net.route_tables.values_mut().find(|t| t.associations.contains_key(&association));
    let from = from.ok_or_else(|| association_missing(&association))?;
    if from.vpc != vpc {
        let message = format!("Route table {id} and association {association} belong to different networks");
        return Err(Refusal::bad("InvalidParameterValue", message));
    }
    let to = from.associations.remove(&association).ok_or_else(|| association_missing(&association))?;
    let new = new_id("rtbassoc");
    let table = net.route_tables.get_mut(&id).ok_or_else(|| missing(&id))?;
    table.associate(&new, to, &outcomes);
    let body = json!({"newAssociationId": new, "associationState": table.state(&new)});
    Ok(answer::ec2("ReplaceRouteTableAssociation", body))
}

pub(crate) fn disassociate(cx: &mut Context<'_>, params: &Params) -> Answered {
    let association = params.required("AssociationId")?;
    let net = cx.network();
    let table = net.route_tables.values_mut().find(|t| t.associations.contains_key(&association));
    let table = table.ok_or_else(|| association_missing(&association))?;
    if table.associations.get(&association) == Some(&Associated::Vpc) {
        let message = format!("cannot disassociate the main route table association {association}");
        return Err(Refusal::bad("InvalidParameterValue", message));
    }
    table.associations.remove(&association);
    Ok(answer::ec2_true("DisassociateRouteTable"))
}
