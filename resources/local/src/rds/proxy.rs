//! Proxies: their settings and their lives.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::create::{groups, invalid};
use super::instance::Phase;
use super::proxy_settings::Settings;
use super::proxy_target::{Pool, Target};
use super::{arn, done, identifier, paged, plan, tags};
use crate::answer::{Answered, Refusal};
use crate::clock::iso;
use crate::ec2::{Interface, left};
use crate::wire::query::Params;
use crate::world::{Context, Tags, hex, letters};

/// Seconds that AWS typically takes.
const CREATING: u32 = 480;
const MODIFYING: u32 = 60;
const DELETING: u32 = 120;

/// A proxy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Proxy {
    pub name: String,
    pub region: String,
    /// `prx-…`
    pub resource_id: String,
    pub vpc: String,
    pub phase: Phase,
    pub settings: Settings,
    pub subnets: Vec<String>,
    /// One of its subnets had no address for it.
    #[serde(default)]
    pub without_address: bool,
    pub engine_family: String,
    pub pool: Pool,
    /// By the identifier of the instance.
    pub targets: BTreeMap<String, Target>,
    pub tags: Tags,
    created_at: i64,
    updated_at: i64,
    /// AWS's word where a change has ended badly, as a test has ordered it.
    #[serde(default)]
    unfit: Option<String>,
}

pub(crate) fn missing(name: &str) -> Refusal {
    Refusal::new(404, "DBProxyNotFoundFault", format!("DBProxy {name} not found."))
}

impl Proxy {
    pub(super) fn arn(&self) -> String {
        arn(&self.region, "db-proxy", &self.resource_id)
    }

    pub(crate) fn gone(&self, now: i64) -> bool {
        matches!(self.phase, Phase::Deleting { until } if now >= until)
    }

    /// Lets what is due by now happen.
    pub(crate) fn settle(&mut self, now: i64) {
        if let Phase::Creating { until } | Phase::Modifying { until } = self.phase
            && now >= until
        {
            self.phase = if self.without_address { Phase::IncompatibleNetwork } else { Phase::Available };
        }
    }

    /// Refuses what needs an available proxy.
    pub(crate) fn require_available(&self) -> Result<(), Refusal> {
        if self.phase == Phase::Available && self.unfit.is_none() {
            return Ok(());
        }
        let message = format!(
            "DBProxy {} is in an unsupported state - {}, needs to be in [AVAILABLE]",
            self.name,
            self.status().to_uppercase()
        );
        Err(Refusal::bad("InvalidDBProxyStateFault", message))
    }

    pub(crate) fn interfaces(&self) -> Vec<Interface> {
        let description = format!("Network interface for DBProxy {}", self.name);
        let subnets = self.subnets.iter().filter(|_| !self.without_address);
        subnets
            .map(|subnet| {
                Interface::new(&self.resource_id, subnet, "interface", description.clone())
                    .with_groups(&self.settings.groups)
            })
            .collect()
    }

    fn status(&self) -> &str {
        match &self.unfit {
            Some(unfit) if self.phase == Phase::Available => unfit,
            _ => self.phase.status(),
        }
    }

    fn render(&self) -> Value {
        let mut answer = self.settings.render();
        let own = json!({
            "DBProxyName": self.name,
            "DBProxyArn": self.arn(),
            "Status": self.status(),
            "EngineFamily": self.engine_family,
            "VpcId": self.vpc,
            "VpcSubnetIds": self.subnets,
            "Endpoint": format!("{}.proxy-c{}.{}.rds.amazonaws.com", self.name, &self.resource_id[4..16], self.region),
            "EndpointNetworkType": "IPV4",
            "TargetConnectionNetworkType": "IPV4",
            "CreatedDate": iso(self.created_at),
            "UpdatedDate": iso(self.updated_at),
        });
        if let (Value::Object(into), Value::Object(from)) = (&mut answer, own) {
            into.extend(from);
        }
        answer
    }
}

/// The VPC of the subnets of a call, which must cover two zones.
fn vpc_of(cx: &mut Context<'_>, subnets: &[String]) -> Result<String, Refusal> {
    let network = cx.network();
    let (mut vpc, mut zones) = (None, Vec::new());
    for id in subnets {
        let Some(facts) = network.subnet(id) else {
            return Err(Refusal::bad("InvalidSubnet", format!("The subnet {id} does not exist.")));
        };
        if vpc.as_ref().is_some_and(|v| *v != facts.vpc) {
            return Err(Refusal::bad("InvalidSubnet", "Subnets are in more than one VPC."));
        }
        vpc = Some(facts.vpc);
        zones.push(facts.zone);
    }
    zones.sort();
    zones.dedup();
    vpc.filter(|_| zones.len() >= 2).ok_or_else(|| {
        Refusal::bad("InvalidSubnet", "The subnets of a proxy must be in at least two Availability Zones.")
    })
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = identifier(params, "DBProxyName")?;
    let engine_family = params.required("EngineFamily")?;
    params.required("RoleArn")?;
    if !["MYSQL", "POSTGRESQL", "SQLSERVER"].contains(&engine_family.as_str()) {
        return Err(invalid(format!("EngineFamily {engine_family} is not supported.")));
    }
    if cx.databases().proxies.contains_key(&name) {
        return Err(Refusal::bad("DBProxyAlreadyExistsFault", format!("DB Proxy {name} already exists.")));
    }
    let region = cx.region().to_owned();
    let subnets = params.texts("VpcSubnetIds");
    let vpc = vpc_of(cx, &subnets)?;
    let groups = groups(cx.world, &region, params, "VpcSecurityGroupIds", Some(&vpc))?;
    let settings = Settings::new(groups).asked(params)?;
    plan::check_proxy(cx)?;
    plan::role_of_proxies(cx)?;
    let (now, until) = (cx.now(), cx.clock.due(CREATING));
    let left = left(cx.world, &region, now);
    let proxy = Proxy {
        without_address: subnets.iter().any(|id| left.get(id).is_none_or(|left| *left == 0)),
        name: name.clone(),
        region,
        resource_id: format!("prx-{}", hex(17)),
        vpc,
        phase: Phase::Creating { until },
        settings,
        subnets,
        engine_family,
        pool: Pool::new(&format!("prx-tg-{}", letters(17, b"0123456789abcdef"))),
        targets: BTreeMap::new(),
        tags: tags::of(params)?,
        created_at: now,
        updated_at: now,
        unfit: ordered(cx, &name),
    };
    let body = json!({"DBProxy": proxy.render()});
    cx.databases().proxies.insert(name, proxy);
    Ok(done(cx, &body))
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let one = params.filled("DBProxyName").map(|name| name.to_lowercase());
    let databases = cx.databases();
    if let Some(name) = &one
        && !databases.proxies.contains_key(name)
    {
        return Err(missing(name));
    }
    let chosen = databases.proxies.values().filter(|p| one.as_ref().is_none_or(|name| *name == p.name));
    let items = chosen.map(Proxy::render).collect();
    let body = paged(params, "DBProxies", items)?;
    Ok(done(cx, &body))
}

/// The status with which a change of a proxy ends, where a test has ordered one.
fn ordered(cx: &Context<'_>, name: &str) -> Option<String> {
    cx.world.outcomes.of("aws:rds:DBProxy", name).map(|(status, _)| status)
}

/// The proxy that a call names.
pub(crate) fn find<'a>(cx: &'a mut Context<'_>, params: &Params) -> Result<&'a mut Proxy, Refusal> {
    let name = params.required("DBProxyName")?.to_lowercase();
    cx.databases().proxies.get_mut(&name).ok_or_else(|| missing(&name))
}

pub(crate) fn modify(cx: &mut Context<'_>, params: &Params) -> Answered {
    let (now, until, region) = (cx.now(), cx.clock.due(MODIFYING), cx.region().to_owned());
    let proxy = find(cx, params)?.clone();
    proxy.require_available()?;
    if params.has("NewDBProxyName") {
        return Err(Refusal::bad("UnsupportedOperation", "The local cloud does not rename proxies"));
    }
    let mut settings = proxy.settings.asked(params)?;
    if params.has("SecurityGroups") {
        settings.groups = groups(cx.world, &region, params, "SecurityGroups", Some(&proxy.vpc))?;
    }
    let unfit = ordered(cx, &proxy.name);
    let proxy = find(cx, params)?;
    if settings != proxy.settings {
        proxy.unfit = unfit;
        proxy.settings = settings;
        proxy.updated_at = now;
        proxy.phase = Phase::Modifying { until };
    }
    let body = json!({"DBProxy": proxy.render()});
    Ok(done(cx, &body))
}

/// Its targets go with it, its network interfaces at its end.
pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let until = cx.clock.due(DELETING);
    let proxy = find(cx, params)?;
    // One that is not fit for use can go.
    if !matches!(proxy.phase, Phase::Available | Phase::IncompatibleNetwork) {
        proxy.require_available()?;
    }
    proxy.phase = Phase::Deleting { until };
    proxy.targets.clear();
    let body = json!({"DBProxy": proxy.render()});
    Ok(done(cx, &body))
}
