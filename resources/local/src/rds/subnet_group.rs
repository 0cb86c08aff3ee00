//! DB subnet groups.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instance::Instance;
use super::{arn, done, paged, plan, tags};
use crate::answer::{Answered, Refusal};
use crate::ec2::{Network, left};
use crate::wire::query::Params;
use crate::world::{Context, Tags};

/// A DB subnet group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SubnetGroup {
    name: String,
    description: String,
    vpc: String,
    /// Subnets with their zones.
    subnets: Vec<(String, String)>,
    /// Those of them that are gone: a subnet in a group is deleted like any other, as long as no database stands in it.
    #[serde(default)]
    gone: BTreeSet<String>,
    pub tags: Tags,
}

impl SubnetGroup {
    /// How many subnets it has.
    pub(super) fn size(&self) -> usize {
        self.subnets.len()
    }

    /// Looks which of its subnets still stand. An id is never given again.
    pub(super) fn look(&mut self, network: Option<&Network>) {
        let stands = |id: &str| network.is_some_and(|network| network.subnet(id).is_some());
        self.gone = self.subnets.iter().map(|(id, _)| id).filter(|id| !stands(id)).cloned().collect();
    }

    /// The subnets that stand, with their zones.
    fn standing(&self) -> impl Iterator<Item = &(String, String)> {
        self.subnets.iter().filter(|(id, _)| !self.gone.contains(id))
    }

    /// Refuses to put a database where users have taken away what it needs (the words of `InvalidVPCNetworkStateFault`
    /// in the API).
    pub(super) fn require_coverage(&self) -> Result<(), Refusal> {
        let zones: BTreeSet<&str> = self.standing().map(|(_, zone)| zone.as_str()).collect();
        if zones.len() >= 2 {
            return Ok(());
        }
        Err(Refusal::bad(
            "InvalidVPCNetworkStateFault",
            "The DB subnet group doesn't cover all Availability Zones after it's created because of users' change.",
        ))
    }
}

/// Where an instance is put.
pub(crate) struct Place {
    pub vpc: String,
    pub subnet: String,
    pub zone: String,
    /// No subnet there has an address left.
    pub full: bool,
}

fn missing(name: &str) -> Refusal {
    Refusal::new(404, "DBSubnetGroupNotFoundFault", format!("DB subnet group '{name}' does not exist."))
}

impl SubnetGroup {
    pub(crate) fn render(&self, region: &str) -> Value {
        let one = |(id, zone): &(String, String)| {
            let status = if self.gone.contains(id) { "Inactive" } else { "Active" };
            json!({"SubnetIdentifier": id, "SubnetAvailabilityZone": {"Name": zone}, "SubnetOutpost": {}, "SubnetStatus": status})
        };
        json!({
            "DBSubnetGroupName": self.name,
            "DBSubnetGroupDescription": self.description,
            "DBSubnetGroupArn": arn(region, "subgrp", &self.name),
            "VpcId": self.vpc,
            "SubnetGroupStatus": "Complete",
            "Subnets": self.subnets.iter().map(one).collect::<Vec<_>>(),
            "SupportedNetworkTypes": ["IPV4"],
        })
    }

    /// The zone of a subnet of it.
    pub(super) fn zone_of(&self, subnet: &str) -> Option<String> {
        self.subnets.iter().find(|(id, _)| id == subnet).map(|(_, zone)| zone.clone())
    }

    /// The subnet in which the standby of a database in this zone stands.
    pub(super) fn standby(&self, zone: &str) -> Option<String> {
        self.standing().find(|(_, other)| other != zone).map(|(id, _)| id.clone())
    }
}

/// The subnet of a group for a new instance.
pub(crate) fn place(cx: &mut Context<'_>, name: &str, zone: Option<&str>) -> Result<Place, Refusal> {
    let left = left(cx.world, cx.region(), cx.now());
    let room = |subnet: &String| left.get(subnet).is_some_and(|left| *left > 0);
    let group = cx.databases().subnet_groups.get(name).ok_or_else(|| missing(name))?;
    group.require_coverage()?;
    let mut there: Vec<_> = group.standing().filter(|(_, z)| zone.is_none_or(|wanted| wanted == z)).collect();
    there.sort_by_key(|(subnet, _)| !room(subnet));
    let found = there.first();
    let (subnet, zone) = found.ok_or_else(|| {
        let message = format!("The requested Availability Zone is not in the subnet group {name}.");
        Refusal::bad("InvalidVPCNetworkStateFault", message)
    })?;
    Ok(Place { vpc: group.vpc.clone(), full: !room(subnet), subnet: subnet.clone(), zone: zone.clone() })
}

/// The VPC and subnets of a call: they must exist, lie in one VPC and cover two zones.
fn subnets(cx: &mut Context<'_>, params: &Params) -> Result<(String, Vec<(String, String)>), Refusal> {
    let network = cx.network();
    let mut found = Vec::new();
    let mut vpc: Option<String> = None;
    for id in params.texts("SubnetIds") {
        let Some(facts) = network.subnet(&id) else {
            let message = format!("Some input subnets in :[{id}] are invalid.");
            return Err(Refusal::bad("InvalidSubnet", message));
        };
        if vpc.as_ref().is_some_and(|v| *v != facts.vpc) {
            return Err(Refusal::bad("InvalidSubnet", "Subnets are in more than one VPC."));
        }
        vpc = Some(facts.vpc);
        found.push((id, facts.zone));
    }
    let mut zones: Vec<&String> = found.iter().map(|(_, zone)| zone).collect();
    zones.sort();
    zones.dedup();
    match vpc {
        Some(vpc) if zones.len() >= 2 => Ok((vpc, found)),
        _ => Err(Refusal::bad(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: one. Add subnets to cover at least 2 AZs.",
        )),
    }
}

fn name_of(params: &Params) -> Result<String, Refusal> {
    let name = params.required("DBSubnetGroupName")?.to_lowercase();
    let fits = |c: char| c.is_ascii_alphanumeric() || ". _-".contains(c);
    if name == "default" || name.len() > 255 || !name.chars().all(fits) {
        let message = format!("The parameter DBSubnetGroupName is not a valid identifier: {name}");
        return Err(Refusal::bad("InvalidParameterValue", message));
    }
    Ok(name)
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = name_of(params)?;
    let description = params.required("DBSubnetGroupDescription")?;
    if cx.databases().subnet_groups.contains_key(&name) {
        let message = format!("The DB subnet group '{name}' already exists.");
        return Err(Refusal::bad("DBSubnetGroupAlreadyExists", message));
    }
    let (vpc, subnets) = subnets(cx, params)?;
    plan::role_of_groups(cx)?;
    let (gone, tags) = (BTreeSet::new(), tags::of(params)?);
    let group = SubnetGroup { name: name.clone(), description, vpc, subnets, gone, tags };
    let body = json!({"DBSubnetGroup": group.render(cx.region())});
    cx.databases().subnet_groups.insert(name, group);
    Ok(done(cx, &body))
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let region = cx.region().to_owned();
    let one = params.filled("DBSubnetGroupName").map(|n| n.to_lowercase());
    let databases = cx.databases();
    if let Some(name) = &one
        && !databases.subnet_groups.contains_key(name)
    {
        return Err(missing(name));
    }
    let chosen = databases.subnet_groups.values().filter(|g| one.as_ref().is_none_or(|n| *n == g.name));
    let items = chosen.map(|g| g.render(&region)).collect();
    let body = paged(params, "DBSubnetGroups", items)?;
    Ok(done(cx, &body))
}

/// The list of subnets is the whole new list.
pub(crate) fn modify(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = name_of(params)?;
    let region = cx.region().to_owned();
    let mut group = cx.databases().subnet_groups.get(&name).cloned().ok_or_else(|| missing(&name))?;
    let (vpc, subnets) = subnets(cx, params)?;
    let stays = |id: &str| subnets.iter().any(|(s, _)| s == id);
    // The standby stands in a subnet too.
    let stands_in = |i: &Instance, id: &str| [&i.subnet, &i.standby].into_iter().flatten().any(|s| s == id);
    let in_use = |id: &str| {
        let instances = cx.world.rds.get(&region).into_iter().flat_map(|d| d.instances.values());
        instances.filter(|i| i.subnet_group.as_deref() == Some(&name)).any(|i| stands_in(i, id))
    };
    if let Some((id, _)) = group.subnets.iter().find(|(id, _)| !stays(id) && in_use(id)) {
        let message = format!("The specified subnet {id} is already in use in another Availability Zone.");
        return Err(Refusal::bad("SubnetAlreadyInUse", message));
    }
    group.vpc = vpc;
    group.subnets = subnets;
    group.gone.clear();
    if let Some(description) = params.filled("DBSubnetGroupDescription") {
        group.description = description;
    }
    let body = json!({"DBSubnetGroup": group.render(&region)});
    cx.databases().subnet_groups.insert(name, group);
    Ok(done(cx, &body))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = name_of(params)?;
    let databases = cx.databases();
    if !databases.subnet_groups.contains_key(&name) {
        return Err(missing(&name));
    }
    if let Some(user) = databases.instances.values().find(|i| i.subnet_group.as_deref() == Some(&name)) {
        let message = format!(
            "Cannot delete the subnet group '{name}' because at least one database instance: {} is still using it.",
            user.id
        );
        return Err(Refusal::bad("InvalidDBSubnetGroupStateFault", message));
    }
    databases.subnet_groups.remove(&name);
    Ok(done(cx, &json!({})))
}
