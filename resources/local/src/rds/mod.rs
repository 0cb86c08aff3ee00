//! RDS: instances, their subnet groups, parameter groups, snapshots and proxies are answered here.
//! The rest is that of the service beneath, which is told of what is made here.

mod backup;
mod change;
mod create;
mod event_subscription;
mod instance;
mod names;
mod parameter_group;
mod plan;
#[allow(dead_code, reason = "what is refused before it is sent is the specs' alone")]
#[path = "../../../specs/src/rds/postgres.rs"]
mod postgres;
mod property;
mod proxy;
mod proxy_settings;
mod proxy_target;
mod rename;
mod restore;
mod snapshot;
mod storage;
mod subnet_group;
mod tags;
mod window;

pub(crate) use instance::Instance;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;

use crate::answer::{self, Answered, Outcome, Refusal};
use crate::call::ACCOUNT;
use crate::ec2::Interface;
use crate::quota::Tally;
use crate::secretsmanager::Managed;
use crate::status::Status;
use crate::wire::query::Params;
use crate::world::{Context, Counted, Tags, World};

/// The databases of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Databases {
    instances: BTreeMap<String, instance::Instance>,
    subnet_groups: BTreeMap<String, subnet_group::SubnetGroup>,
    parameter_groups: BTreeMap<String, parameter_group::ParameterGroup>,
    snapshots: BTreeMap<String, snapshot::Snapshot>,
    /// Automated backups of instances that are gone, by resource id.
    retained: BTreeMap<String, backup::Retained>,
    proxies: BTreeMap<String, proxy::Proxy>,
    events: BTreeMap<String, event_subscription::EventSubscription>,
}

impl Counted for Databases {
    fn count(&self, now: i64, status: &mut Status) {
        status.add("aws:rds:DBInstance", self.instances.values().filter(|i| !i.gone(now)).count());
        status.add("aws:rds:DBSubnetGroup", self.subnet_groups.len());
        status.add("aws:rds:DBParameterGroup", self.parameter_groups.len());
        status.add("aws:rds:DBSnapshot", self.snapshots.len());
        status.add("aws:rds:EventSubscription", self.events.values().filter(|one| !one.gone(now)).count());
        let proxies = || self.proxies.values().filter(|p| !p.gone(now));
        status.add("aws:rds:DBProxy", proxies().count());
        status.add("aws:rds:DBProxyTarget", proxies().map(|p| p.targets.len()).sum());
    }

    fn tally(&self, _now: i64, tally: &mut Tally) {
        for (name, group) in &self.subnet_groups {
            tally.add("aws:rds:DBSubnetGroup.subnet_ids", name, group.size());
        }
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        let instances = self.instances.values().map(|one| (one.arn(), &one.tags));
        let groups = self.subnet_groups.iter().map(|(name, one)| (arn(region, "subgrp", name), &one.tags));
        let sets = self.parameter_groups.iter().map(|(name, one)| (arn(region, "pg", name), &one.tags));
        let snapshots = self.snapshots.iter().map(|(id, one)| (arn(region, "snapshot", id), &one.tags));
        let proxies = self.proxies.values().map(|one| (one.arn(), &one.tags));
        let events = self.events.values().map(|one| (one.arn(), &one.tags));
        instances.chain(groups).chain(sets).chain(snapshots).chain(proxies).chain(events).collect()
    }
}

impl Databases {
    /// The network interfaces of the instances and proxies.
    pub(crate) fn interfaces(&self, now: i64) -> Vec<Interface> {
        let instances =
            self.instances.values().filter(|i| !i.gone(now)).flat_map(instance::Instance::interfaces);
        let proxies = self.proxies.values().filter(|p| !p.gone(now)).flat_map(proxy::Proxy::interfaces);
        instances.chain(proxies).collect()
    }

    /// The instance that answers at a host.
    pub(crate) fn at(&self, host: &str) -> Option<&instance::Instance> {
        self.instances.values().find(|instance| instance.address() == host)
    }

    /// The secrets that RDS keeps for master users.
    pub(crate) fn managed_secrets(&self) -> Vec<Managed> {
        self.instances.values().filter_map(instance::Instance::managed_secret).collect()
    }

    /// Lets what is due by now happen.
    fn settle(&mut self, now: i64) {
        for instance in self.instances.values_mut() {
            instance.settle(now);
        }
        self.settle_names(now);
        self.instances.retain(|_, i| !i.gone(now));
        self.proxies.retain(|_, p| !p.gone(now));
        self.events.retain(|_, one| !one.gone(now));
        for proxy in self.proxies.values_mut() {
            proxy.settle(now);
            // A database that is gone takes its target along.
            proxy.targets.retain(|id, _| self.instances.contains_key(id));
        }
    }
}

/// The log groups that instances and proxies of a region write to.
pub(crate) fn logs_of(world: &World, region: &str, now: i64) -> Vec<String> {
    let Some(databases) = world.rds.get(region) else { return Vec::new() };
    let made = |i: &&instance::Instance| !i.gone(now) && !matches!(i.phase, instance::Phase::Creating { .. });
    let instances = databases.instances.values().filter(made).flat_map(instance::Instance::log_groups);
    let proxies = databases.proxies.values().filter(|p| !p.gone(now));
    instances.chain(proxies.map(|proxy| format!("/aws/rds/proxy/{}", proxy.name))).collect()
}

impl Context<'_> {
    fn databases(&mut self) -> &mut Databases {
        self.world.rds.entry(self.call.region.clone()).or_default()
    }

    /// Lets what is due by now happen, for services that look at databases.
    pub(crate) fn settle_databases(&mut self, now: i64) {
        self.databases().settle(now);
    }
}

type Operation = fn(&mut Context<'_>, &Params) -> Answered;

fn operation(name: &str) -> Option<Operation> {
    let operation: Operation = match name {
        "CreateDBInstance" => create::create,
        "DescribeDBInstances" => instance::describe,
        "DescribeDBInstanceAutomatedBackups" => backup::describe,
        "RestoreDBInstanceFromDBSnapshot" => restore::from_snapshot,
        "RestoreDBInstanceToPointInTime" => restore::to_point_in_time,
        "ModifyDBInstance" => change::modify,
        "RebootDBInstance" => change::reboot,
        "StopDBInstance" => change::stop,
        "StartDBInstance" => change::start,
        "DeleteDBInstance" => change::delete,
        "CreateDBSubnetGroup" => subnet_group::create,
        "DescribeDBSubnetGroups" => subnet_group::describe,
        "ModifyDBSubnetGroup" => subnet_group::modify,
        "DeleteDBSubnetGroup" => subnet_group::delete,
        "CreateDBParameterGroup" => parameter_group::create,
        "DescribeDBParameterGroups" => parameter_group::describe,
        "DescribeDBParameters" => parameter_group::parameters,
        "ModifyDBParameterGroup" => parameter_group::modify,
        "ResetDBParameterGroup" => parameter_group::reset,
        "DeleteDBParameterGroup" => parameter_group::delete,
        "CreateDBSnapshot" => snapshot::create,
        "DescribeDBSnapshots" => snapshot::describe,
        "DeleteDBSnapshot" => snapshot::delete,
        "CreateDBProxy" => proxy::create,
        "DescribeDBProxies" => proxy::describe,
        "ModifyDBProxy" => proxy::modify,
        "DeleteDBProxy" => proxy::delete,
        "DescribeDBProxyTargetGroups" => proxy_target::groups,
        "ModifyDBProxyTargetGroup" => proxy_target::modify_group,
        "RegisterDBProxyTargets" => proxy_target::register,
        "DescribeDBProxyTargets" => proxy_target::describe,
        "DeregisterDBProxyTargets" => proxy_target::deregister,
        "CreateEventSubscription" => event_subscription::create,
        "DescribeEventSubscriptions" => event_subscription::describe,
        "ModifyEventSubscription" => event_subscription::modify,
        "AddSourceIdentifierToSubscription" => event_subscription::add_source,
        "RemoveSourceIdentifierFromSubscription" => event_subscription::remove_source,
        "DeleteEventSubscription" => event_subscription::delete,
        "AddTagsToResource" => tags::add,
        "RemoveTagsFromResource" => tags::remove,
        "ListTagsForResource" => tags::list,
        _ => return None,
    };
    Some(operation)
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let now = cx.now();
    cx.databases().settle(now);
    look(cx, now);
    let params = cx.call.params();
    if cx.call.operation.ends_with("Resource") && !tags::ours(&params) {
        return Ok(Outcome::Beneath);
    }
    let Some(operation) = operation(&cx.call.operation) else { return Ok(Outcome::Beneath) };
    let answer = operation(cx, &params)?;
    Ok(if cx.call.mutating() { Outcome::Mirrored(answer) } else { Outcome::Done(answer) })
}

/// Seconds until RDS notices that a key cannot be used any more.
const NOTICING: u32 = 300;

/// Looks at what databases stand on and others keep: subnets and keys.
fn look(cx: &mut Context<'_>, now: i64) {
    let (region, noticed) = (&cx.call.region, cx.clock.due(NOTICING));
    let World { ec2, kms, rds, .. } = &mut *cx.world;
    let Some(databases) = rds.get_mut(region) else { return };
    let keys = kms.entry(region.clone()).or_default();
    databases.subnet_groups.values_mut().for_each(|group| group.look(ec2.get(region)));
    databases.instances.values_mut().for_each(|instance| instance.look(keys, noticed, now));
}

/// The element of each list in RDS's answers.
fn member(list: &str) -> &'static str {
    match list {
        "DBInstances" => "DBInstance",
        "DBInstanceAutomatedBackups" => "DBInstanceAutomatedBackup",
        "DBParameterGroups" => "DBParameterGroup",
        "DBSnapshots" => "DBSnapshot",
        "DBSubnetGroups" => "DBSubnetGroup",
        "EventCategoriesList" => "EventCategory",
        "EventSubscriptionsList" => "EventSubscription",
        "SourceIdsList" => "SourceId",
        "OptionGroupMemberships" => "OptionGroupMembership",
        "Parameters" => "Parameter",
        "Subnets" => "Subnet",
        "TagList" => "Tag",
        "VpcSecurityGroups" => "VpcSecurityGroupMembership",
        _ => "member",
    }
}

fn done(cx: &Context<'_>, body: &Value) -> MockResponse {
    answer::query(&cx.call.operation, "http://rds.amazonaws.com/doc/2014-10-31/", body, &member)
}

fn arn(region: &str, kind: &str, name: &str) -> String {
    format!("arn:aws:rds:{region}:{ACCOUNT}:{kind}:{name}")
}

/// A page of a list by `MaxRecords` and `Marker`.
fn paged(params: &Params, set: &str, items: Vec<Value>) -> Result<Value, Refusal> {
    let most: usize = params.number("MaxRecords")?.unwrap_or(100);
    if !(20..=100).contains(&most) {
        let message = format!("Invalid value {most} for MaxRecords. Must be between 20 and 100");
        return Err(Refusal::bad("InvalidParameterValue", message));
    }
    let start: usize = params.number("Marker")?.unwrap_or(0);
    let end = start.saturating_add(most).min(items.len());
    let more = end < items.len();
    let page: Vec<Value> = items.into_iter().skip(start).take(end.saturating_sub(start)).collect();
    Ok(json!({set: page, "Marker": more.then(|| end.to_string())}))
}

/// A name as RDS keeps it: lower case, letters, digits and hyphens, beginning with a letter.
fn identifier(params: &Params, member: &str) -> Result<String, Refusal> {
    identifier_up_to(params, member, 63)
}

/// The same for names of another greatest length.
fn identifier_up_to(params: &Params, member: &str, most: usize) -> Result<String, Refusal> {
    let name = params.required(member)?.to_lowercase();
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !name.ends_with('-')
        && !name.contains("--")
        && name.len() <= most;
    if fits {
        return Ok(name);
    }
    Err(Refusal::bad(
        "InvalidParameterValue",
        format!(
            "The parameter {member} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
        ),
    ))
}
