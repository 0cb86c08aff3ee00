//! What stands behind a proxy: its target group with the connection pool, and its targets.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::create::invalid;
use super::instance::{Instance, Phase, missing as no_instance};
use super::proxy::{Proxy, find};
use super::{Databases, arn, done, paged};
use crate::answer::{Answered, Refusal};
use crate::ec2::left;
use crate::secretsmanager::readable;
use crate::wire::query::Params;
use crate::world::{Context, Tags, World};

/// Seconds that a target is registering, and until it has its connections.
const REGISTERING: u32 = 60;
const SCALING: u32 = 300;

/// The target group `default` of a proxy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Pool {
    /// `prx-tg-…`
    pub id: String,
    pub tags: Tags,
    most: i64,
    idle: i64,
    borrow: i64,
    filters: Vec<String>,
    init_query: String,
}

/// An instance behind a proxy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Target {
    registered_at: i64,
    available_at: i64,
}

impl Pool {
    pub(crate) fn new(id: &str) -> Pool {
        Pool {
            id: id.to_owned(),
            tags: Tags::new(),
            most: 100,
            idle: 50,
            borrow: 120,
            filters: Vec::new(),
            init_query: String::new(),
        }
    }

    /// What a call asks for over what is.
    fn asked(&self, params: &Params) -> Result<Pool, Refusal> {
        let mut pool = self.clone();
        let most: Option<i64> = params.number("MaxConnectionsPercent")?;
        let idle: Option<i64> = params.number("MaxIdleConnectionsPercent")?;
        if idle.is_some() && most.is_none() {
            return Err(invalid("MaxIdleConnectionsPercent needs MaxConnectionsPercent."));
        }
        pool.most = most.unwrap_or(self.most);
        pool.idle = idle.unwrap_or(self.idle);
        pool.borrow = params.number("ConnectionBorrowTimeout")?.unwrap_or(self.borrow);
        if params.has("SessionPinningFilters") {
            pool.filters =
                params.texts("SessionPinningFilters").into_iter().filter(|f| !f.is_empty()).collect();
        }
        pool.init_query = params.text("InitQuery").unwrap_or_else(|| self.init_query.clone());
        if !(1..=100).contains(&pool.most) {
            return Err(invalid("MaxConnectionsPercent must be between 1 and 100."));
        }
        if !(0..=pool.most).contains(&pool.idle) {
            return Err(invalid("MaxIdleConnectionsPercent must be between 0 and MaxConnectionsPercent."));
        }
        if !(0..=300).contains(&pool.borrow) {
            return Err(invalid("ConnectionBorrowTimeout must be between 0 and 300 seconds."));
        }
        if let Some(unknown) = pool.filters.iter().find(|f| *f != "EXCLUDE_VARIABLE_SETS") {
            return Err(invalid(format!("Unknown session pinning filter: {unknown}.")));
        }
        Ok(pool)
    }

    fn render(&self, proxy: &Proxy) -> Value {
        json!({
            "DBProxyName": proxy.name,
            "TargetGroupName": "default",
            "TargetGroupArn": arn(&proxy.region, "target-group", &self.id),
            "IsDefault": true,
            "Status": "available",
            "ConnectionPoolConfig": {
                "MaxConnectionsPercent": self.most,
                "MaxIdleConnectionsPercent": self.idle,
                "ConnectionBorrowTimeout": self.borrow,
                "SessionPinningFilters": self.filters,
                "InitQuery": (!self.init_query.is_empty()).then_some(&self.init_query),
            },
        })
    }
}

/// The proxy of a call about its target group, which is `default`.
fn of_group<'a>(cx: &'a mut Context<'_>, params: &Params) -> Result<&'a mut Proxy, Refusal> {
    let group = params.filled("TargetGroupName").unwrap_or_else(|| "default".to_owned());
    let proxy = find(cx, params)?;
    if group == "default" {
        return Ok(proxy);
    }
    let message = format!("DBProxyTargetGroup {group} not found.");
    Err(Refusal::new(404, "DBProxyTargetGroupNotFoundFault", message))
}

pub(crate) fn groups(cx: &mut Context<'_>, params: &Params) -> Answered {
    let proxy = of_group(cx, params)?;
    let items = vec![proxy.pool.render(proxy)];
    let body = paged(params, "TargetGroups", items)?;
    Ok(done(cx, &body))
}

pub(crate) fn modify_group(cx: &mut Context<'_>, params: &Params) -> Answered {
    params.required("TargetGroupName")?;
    let proxy = of_group(cx, params)?;
    proxy.require_available()?;
    proxy.pool = proxy.pool.asked(&params.below("ConnectionPoolConfig"))?;
    let body = json!({"DBProxyTargetGroup": proxy.pool.render(proxy)});
    Ok(done(cx, &body))
}

/// How a target is, as its proxy sees it.
fn health(world: &World, proxy: &Proxy, target: &Target, instance: &Instance, now: i64) -> Value {
    let unavailable = |reason: &str, description: &str| json!({"State": "UNAVAILABLE", "Reason": reason, "Description": description});
    let secret_missing = proxy.settings.auth.iter().any(|a| !readable(world, &proxy.region, &a.secret));
    if now < target.registered_at {
        json!({"State": "REGISTERING"})
    } else if secret_missing || !world.iam.lets_assume(&proxy.settings.role, "rds.amazonaws.com", &[]) {
        // That a proxy says on whose behalf it asks is documented nowhere; AWS's own trust policy for it
        // (RDS User Guide, "Configuring IAM authentication for RDS Proxy") has no condition.
        unavailable("AUTH_FAILURE", "Proxy does not have any registered credentials")
    } else if now < target.available_at {
        unavailable("PENDING_PROXY_CAPACITY", "DBProxy Target unavailable due to an internal error")
    } else if matches!(
        instance.phase,
        Phase::Stopping { .. }
            | Phase::Stopped { .. }
            | Phase::Starting { .. }
            | Phase::Inaccessible { .. }
            | Phase::Lost
            | Phase::IncompatibleNetwork
    ) {
        unavailable("UNREACHABLE", "Database cannot be reached")
    } else {
        json!({"State": "AVAILABLE"})
    }
}

fn render(world: &World, databases: &Databases, proxy: &Proxy, now: i64) -> Vec<Value> {
    let standing =
        proxy.targets.iter().filter_map(|(id, target)| Some((target, databases.instances.get(id)?)));
    standing
        .map(|(target, instance)| {
            json!({
                "RdsResourceId": instance.id,
                "Type": "RDS_INSTANCE",
                "Role": "READ_WRITE",
                "Endpoint": instance.address(),
                "Port": instance.port,
                "TargetHealth": health(world, proxy, target, instance, now),
            })
        })
        .collect()
}

/// The targets of a proxy, shown.
fn shown(cx: &mut Context<'_>, name: &str) -> Vec<Value> {
    let (now, region) = (cx.now(), cx.region().to_owned());
    let Some(databases) = cx.world.rds.get(&region) else { return Vec::new() };
    databases.proxies.get(name).map(|proxy| render(cx.world, databases, proxy, now)).unwrap_or_default()
}

pub(crate) fn register(cx: &mut Context<'_>, params: &Params) -> Answered {
    let ids: Vec<String> = params.texts("DBInstanceIdentifiers").iter().map(|id| id.to_lowercase()).collect();
    if params.has("DBClusterIdentifiers") {
        return Err(Refusal::new(404, "DBClusterNotFoundFault", "The local cloud has no clusters."));
    }
    let (registered_at, available_at) = (cx.clock.due(REGISTERING), cx.clock.due(SCALING));
    let proxy = of_group(cx, params)?;
    proxy.require_available()?;
    let (name, vpc, taken) = (proxy.name.clone(), proxy.vpc.clone(), proxy.targets.keys().next().cloned());
    let [id] = ids.as_slice() else {
        return Err(invalid("A proxy has one DB instance as its target."));
    };
    if let Some(taken) = taken {
        let message = format!("The proxy {name} is already associated with the DB instance {taken}.");
        return Err(Refusal::bad("DBProxyTargetAlreadyRegisteredFault", message));
    }
    let instance = cx.databases().instances.get(id).cloned().ok_or_else(|| no_instance(id))?;
    if !matches!(
        instance.phase,
        Phase::Available | Phase::Accepted { .. } | Phase::Modifying { .. } | Phase::Rebooting { .. }
    ) {
        let message = format!(
            "DB Instance {id} is in an unsupported state - {}, needs to be in [AVAILABLE, MODIFYING, BACKING_UP]",
            instance.phase.status().to_uppercase()
        );
        return Err(Refusal::bad("InvalidDBInstanceState", message));
    }
    let network = cx.network();
    if instance.subnet.as_ref().and_then(|s| network.subnet(s)).is_some_and(|s| s.vpc != vpc) {
        return Err(invalid("The DB instance and the proxy are in different VPCs."));
    }
    let left = left(cx.world, cx.region(), cx.now());
    let proxy = find(cx, params)?;
    if proxy.subnets.iter().any(|subnet| left.get(subnet).is_none_or(|left| *left == 0)) {
        return Err(Refusal::bad(
            "InsufficientAvailableIPsInSubnetFault",
            "The requested operation can't be performed because there aren't enough available IP addresses in the proxy's subnets. Add more CIDR blocks to the VPC or remove IP address that aren't required from the subnets.",
        ));
    }
    proxy.targets.insert(id.clone(), Target { registered_at, available_at });
    let body = json!({"DBProxyTargets": shown(cx, &name)});
    Ok(done(cx, &body))
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = of_group(cx, params)?.name.clone();
    let items = shown(cx, &name);
    let body = paged(params, "Targets", items)?;
    Ok(done(cx, &body))
}

pub(crate) fn deregister(cx: &mut Context<'_>, params: &Params) -> Answered {
    let proxy = of_group(cx, params)?;
    for id in params.texts("DBInstanceIdentifiers") {
        if proxy.targets.remove(&id.to_lowercase()).is_none() {
            let message = format!("The DB instance {id} is not a target of the proxy {}.", proxy.name);
            return Err(Refusal::new(404, "DBProxyTargetNotFoundFault", message));
        }
    }
    Ok(done(cx, &json!({})))
}
