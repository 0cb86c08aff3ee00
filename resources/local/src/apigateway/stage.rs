//! Stages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::rest_api::{check_tags, tags_in};
use super::{bad, find, missing};
use crate::answer::{self, Answered, Refusal};
use crate::clock::LocalClock;
use crate::world::{Context, Tags};

/// The seconds that a cache takes to come and to go.
const CACHE: [u32; 2] = [240, 60];
const SIZES: [&str; 8] = ["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"];

/// A stage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stage {
    pub name: String,
    pub deployment: String,
    pub description: Option<String>,
    pub cached: bool,
    pub cache_size: Option<String>,
    /// When the cache is as it was last asked for.
    pub cache_due: i64,
    pub variables: BTreeMap<String, String>,
    pub tracing: bool,
    /// Destination and format.
    pub access_log: Option<(String, String)>,
    /// By path and verb, as the API shows them: `~1users/GET`, `*/*`.
    pub methods: BTreeMap<String, Map<String, Value>>,
    pub certificate: Option<String>,
    pub documentation: Option<String>,
    pub tags: Tags,
    pub created_at: i64,
    pub updated_at: i64,
}

impl Stage {
    /// The log groups that it writes to: its execution log and the access log.
    pub(super) fn log_groups(&self, api: &str) -> Vec<String> {
        let logs = |settings: &Map<String, Value>| {
            settings.get("loggingLevel").and_then(Value::as_str).is_some_and(|level| level != "OFF")
        };
        let execution = self.methods.values().any(logs);
        let execution = execution.then(|| format!("API-Gateway-Execution-Logs_{api}/{}", self.name));
        let access = self.access_log.as_ref().and_then(|(to, _)| to.split(":log-group:").nth(1));
        execution.into_iter().chain(access.map(|name| name.trim_end_matches(":*").to_owned())).collect()
    }

    /// A stage as `CreateStage` and `CreateDeployment` describe it.
    pub(super) fn of(
        wish: &Value,
        name: &str,
        deployment: &str,
        now: i64,
        clock: &LocalClock,
    ) -> Result<Stage, Refusal> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || name.len() > 128 || !name.chars().all(plain) {
            return Err(bad("Stage name only allows a-zA-Z0-9_-"));
        }
        let text = |member: &str| {
            wish.get(member).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned)
        };
        let variables = wish.get("variables").and_then(Value::as_object).into_iter().flatten();
        let mut stage = Stage {
            name: name.to_owned(),
            deployment: deployment.to_owned(),
            description: text("stageDescription").or_else(|| {
                // In CreateDeployment the description is the deployment's.
                text("description").filter(|_| wish.get("deploymentId").is_some())
            }),
            cached: false,
            cache_size: None,
            cache_due: now,
            variables: variables
                .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
            tracing: wish.get("tracingEnabled").and_then(Value::as_bool).unwrap_or(false),
            access_log: None,
            methods: BTreeMap::new(),
            certificate: None,
            documentation: text("documentationVersion"),
            tags: tags_in(wish),
            created_at: now,
            updated_at: now,
        };
        check_tags(&stage.tags)?;
        if let Some(size) = text("cacheClusterSize") {
            stage.set_cache_size(&size, clock)?;
        }
        stage.set_cache(wish.get("cacheClusterEnabled").and_then(Value::as_bool).unwrap_or(false), clock);
        Ok(stage)
    }

    pub(super) fn set_cache(&mut self, enabled: bool, clock: &LocalClock) {
        if enabled != self.cached {
            self.cached = enabled;
            self.cache_due = clock.due(if enabled { CACHE[0] } else { CACHE[1] });
        }
        if enabled && self.cache_size.is_none() {
            self.cache_size = Some(SIZES[0].to_owned());
        }
    }

    /// Another size makes another cache.
    pub(super) fn set_cache_size(&mut self, size: &str, clock: &LocalClock) -> Result<(), Refusal> {
        if !SIZES.contains(&size) {
            return Err(bad(format!("Invalid cache cluster size: {size}")));
        }
        if self.cached && self.cache_size.as_deref() != Some(size) {
            self.cache_due = clock.due(CACHE[0]);
        }
        self.cache_size = Some(size.to_owned());
        Ok(())
    }

    fn cache_status(&self, now: i64) -> &'static str {
        match (self.cached, now < self.cache_due) {
            (true, true) => "CREATE_IN_PROGRESS",
            (true, false) => "AVAILABLE",
            (false, true) => "DELETE_IN_PROGRESS",
            (false, false) => "NOT_AVAILABLE",
        }
    }

    /// With the web ACL before it.
    pub(super) fn render(&self, now: i64, guard: Option<&str>) -> Value {
        let log = self.access_log.as_ref();
        json!({
            "stageName": self.name,
            "deploymentId": self.deployment,
            "description": self.description,
            "cacheClusterEnabled": self.cached,
            "cacheClusterSize": self.cache_size,
            "cacheClusterStatus": self.cache_status(now),
            "variables": (!self.variables.is_empty()).then_some(&self.variables),
            "tracingEnabled": self.tracing,
            "accessLogSettings": log.map(|(destination, format)| json!({"destinationArn": destination, "format": format})),
            "methodSettings": self.methods,
            "clientCertificateId": self.certificate,
            "documentationVersion": self.documentation,
            "webAclArn": guard,
            "tags": self.tags,
            "createdDate": self.created_at / 1000,
            "lastUpdatedDate": self.updated_at / 1000,
        })
    }
}

pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let text = |member: &str| wish.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, deployment) = (text("stageName"), text("deploymentId"));
    let now = cx.now();
    let clock = cx.clock.clone();
    let api = find(cx)?;
    if !api.deployments.contains_key(&deployment) {
        return Err(bad("Deployment id does not exist"));
    }
    if api.stages.contains_key(&name) {
        return Err(Refusal::new(409, "ConflictException", "Stage already exists"));
    }
    let stage = Stage::of(&wish, &name, &deployment, now, &clock)?;
    let shown = stage.render(now, None);
    api.stages.insert(name, stage);
    Ok(answer::rest(201, shown))
}

/// The web ACL before a stage.
pub(super) fn guard(cx: &Context<'_>, api: &str, stage: &str) -> Option<String> {
    let arn = super::stage_arn(cx.region(), api, stage);
    cx.world.wafv2.get(cx.region())?.before(&arn).map(str::to_owned)
}

/// A stage has gone, and with it what WAF had before it.
pub(super) fn unguard(cx: &mut Context<'_>, api: &str, stage: &str) {
    let arn = super::stage_arn(cx.region(), api, stage);
    let region = cx.region().to_owned();
    if let Some(waf) = cx.world.wafv2.get_mut(&region) {
        waf.gone(&arn);
    }
}

/// The stage that a call names.
pub(super) fn one<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Stage, Refusal> {
    let name = cx.call.segments().get(3).cloned().unwrap_or_default();
    find(cx)?.stages.get_mut(&name).ok_or_else(|| missing("Invalid stage identifier specified"))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let now = cx.now();
    let (api, name) = (find(cx)?.id.clone(), one(cx)?.name.clone());
    let guard = guard(cx, &api, &name);
    Ok(answer::rest(200, one(cx)?.render(now, guard.as_deref())))
}

/// Not paged.
pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let now = cx.now();
    let of = cx.call.query_params().filled("deploymentId");
    let api = find(cx)?.clone();
    let fits = |stage: &&Stage| of.as_ref().is_none_or(|id| stage.deployment == *id);
    let shown = |stage: &Stage| stage.render(now, guard(cx, &api.id, &stage.name).as_deref());
    let items: Vec<Value> = api.stages.values().filter(fits).map(shown).collect();
    Ok(answer::rest(200, json!({"item": items})))
}

pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let name = one(cx)?.name.clone();
    let id = find(cx)?.id.clone();
    let apis = cx.apis();
    let planned = |plan: &super::usage_plan::Plan| plan.stages.iter().any(|s| s.api == id && s.stage == name);
    if apis.plans.values().any(planned) {
        return Err(bad(format!(
            "Stage {name} is part of a usage plan: remove it from the usage plan before deleting it."
        )));
    }
    let mapped = |m: &super::base_path_mapping::Mapping| m.api == id && m.stage.as_ref() == Some(&name);
    if apis.domains.values().any(|domain| domain.mappings.values().any(mapped)) {
        return Err(bad(format!("Please remove all base path mappings related to the stage {name} first.")));
    }
    if let Some(stage) = find(cx)?.stages.remove(&name) {
        crate::logs::writer::goes(cx, stage.log_groups(&id));
    }
    unguard(cx, &id, &name);
    Ok(answer::rest_empty(202))
}
