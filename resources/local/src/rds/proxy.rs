//! Proxies: their settings and their lives.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::create::{combination, groups, invalid};
use super::instance::Phase;
use super::proxy_target::{Pool, Target};
use super::{arn, done, identifier, paged, tags};
use crate::answer::{Answered, Refusal};
use crate::clock::iso;
use crate::ec2::Interface;
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
    pub engine_family: String,
    pub pool: Pool,
    /// By the identifier of the instance.
    pub targets: BTreeMap<String, Target>,
    pub tags: Tags,
    created_at: i64,
    updated_at: i64,
}

/// What of a proxy can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub role: String,
    pub auth: Vec<Auth>,
    pub default_auth_scheme: String,
    groups: Vec<String>,
    require_tls: bool,
    idle_client_timeout: i64,
    debug_logging: bool,
}

/// How one database user logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Auth {
    scheme: String,
    pub secret: String,
    iam: String,
    passwords: String,
    description: Option<String>,
    user: Option<String>,
}

pub(crate) fn missing(name: &str) -> Refusal {
    Refusal::new(404, "DBProxyNotFoundFault", format!("DBProxy {name} not found."))
}

impl Proxy {
    pub(crate) fn gone(&self, now: i64) -> bool {
        matches!(self.phase, Phase::Deleting { until } if now >= until)
    }

    /// Lets what is due by now happen.
    pub(crate) fn settle(&mut self, now: i64) {
        if let Phase::Creating { until } | Phase::Modifying { until } = self.phase
            && now >= until
        {
            self.phase = Phase::Available;
        }
    }

    /// Refuses what needs an available proxy.
    pub(crate) fn require_available(&self) -> Result<(), Refusal> {
        if self.phase == Phase::Available {
            return Ok(());
        }
        let message = format!(
            "DBProxy {} is in an unsupported state - {}, needs to be in [AVAILABLE]",
            self.name,
            self.phase.status().to_uppercase()
        );
        Err(Refusal::bad("InvalidDBProxyStateFault", message))
    }

    pub(crate) fn interfaces(&self) -> Vec<Interface> {
        let description = format!("Network interface for DBProxy {}", self.name);
        self.subnets
            .iter()
            .map(|subnet| {
                Interface::new(&self.resource_id, subnet, "interface", description.clone())
                    .with_groups(&self.settings.groups)
            })
            .collect()
    }

    fn render(&self) -> Value {
        let settings = &self.settings;
        json!({
            "DBProxyName": self.name,
            "DBProxyArn": arn(&self.region, "db-proxy", &self.resource_id),
            "Status": self.phase.status(),
            "EngineFamily": self.engine_family,
            "VpcId": self.vpc,
            "VpcSubnetIds": self.subnets,
            "VpcSecurityGroupIds": settings.groups,
            "Auth": settings.auth.iter().map(Auth::render).collect::<Vec<_>>(),
            "DefaultAuthScheme": settings.default_auth_scheme,
            "RoleArn": settings.role,
            "Endpoint": format!("{}.proxy-c{}.{}.rds.amazonaws.com", self.name, &self.resource_id[4..16], self.region),
            "RequireTLS": settings.require_tls,
            "IdleClientTimeout": settings.idle_client_timeout,
            "DebugLogging": settings.debug_logging,
            "EndpointNetworkType": "IPV4",
            "TargetConnectionNetworkType": "IPV4",
            "CreatedDate": iso(self.created_at),
            "UpdatedDate": iso(self.updated_at),
        })
    }
}

impl Auth {
    fn of(params: &Params) -> Result<Auth, Refusal> {
        let iam = params.filled("IAMAuth").unwrap_or_else(|| "DISABLED".to_owned());
        if !["DISABLED", "REQUIRED"].contains(&iam.as_str()) {
            return Err(invalid(format!("IAMAuth {iam} is not supported by this engine family.")));
        }
        let secret = params.required("SecretArn")?;
        if !secret.starts_with("arn:") || !secret.contains(":secret:") {
            return Err(invalid(format!("{secret} is not the ARN of a secret.")));
        }
        Ok(Auth {
            scheme: params.filled("AuthScheme").unwrap_or_else(|| "SECRETS".to_owned()),
            secret,
            iam,
            passwords: params
                .filled("ClientPasswordAuthType")
                .unwrap_or_else(|| "POSTGRES_SCRAM_SHA_256".to_owned()),
            description: params.filled("Description"),
            user: params.filled("UserName"),
        })
    }

    fn render(&self) -> Value {
        json!({
            "AuthScheme": self.scheme, "SecretArn": self.secret, "IAMAuth": self.iam,
            "ClientPasswordAuthType": self.passwords, "Description": self.description, "UserName": self.user,
        })
    }
}

impl Settings {
    /// What a call asks for over what is.
    fn asked(&self, params: &Params) -> Result<Settings, Refusal> {
        let mut settings = self.clone();
        if let Some(role) = params.filled("RoleArn") {
            if !role.contains(":role/") {
                return Err(invalid(format!("{role} is not the ARN of a role.")));
            }
            settings.role = role;
        }
        if params.has("Auth") {
            settings.auth = params.list("Auth").iter().map(Auth::of).collect::<Result<_, _>>()?;
        }
        if let Some(scheme) = params.filled("DefaultAuthScheme") {
            settings.default_auth_scheme = scheme;
        }
        settings.require_tls = params.flag("RequireTLS").unwrap_or(self.require_tls);
        settings.debug_logging = params.flag("DebugLogging").unwrap_or(self.debug_logging);
        settings.idle_client_timeout =
            params.number("IdleClientTimeout")?.unwrap_or(self.idle_client_timeout);
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.auth.is_empty() && self.default_auth_scheme != "IAM_AUTH" {
            return Err(combination("Auth is required unless DefaultAuthScheme is IAM_AUTH."));
        }
        if self.auth.len() > 200 {
            return Err(invalid("A proxy has at most 200 secrets."));
        }
        let iam = self.auth.iter().any(|a| a.iam == "REQUIRED") || self.default_auth_scheme == "IAM_AUTH";
        if iam && !self.require_tls {
            return Err(combination("RequireTLS must be enabled when IAM authentication is used."));
        }
        if !(1..=28_800).contains(&self.idle_client_timeout) {
            return Err(invalid("IdleClientTimeout must be between 1 and 28800 seconds."));
        }
        Ok(())
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
    let nothing = Settings {
        role: String::new(),
        auth: Vec::new(),
        default_auth_scheme: "NONE".to_owned(),
        groups: groups(cx.world, &region, params, "VpcSecurityGroupIds", Some(&vpc))?,
        require_tls: false,
        idle_client_timeout: 1800,
        debug_logging: false,
    };
    let settings = nothing.asked(params)?;
    let (now, until) = (cx.now(), cx.clock.due(CREATING));
    let proxy = Proxy {
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
    let proxy = find(cx, params)?;
    if settings != proxy.settings {
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
    proxy.require_available()?;
    proxy.phase = Phase::Deleting { until };
    proxy.targets.clear();
    let body = json!({"DBProxy": proxy.render()});
    Ok(done(cx, &body))
}
