//! Deployments: what was in an API when they were made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::authorizer::Authorizer;
use super::body::{self, Mode};
use super::patch::Patch;
use super::resource::Resource;
use super::rest_api::{RestApi, new_id};
use super::{bad, find, missing, paged, stage};
use crate::answer::{self, Answered, Refusal};
use crate::outcome::Outcomes;
use crate::wire::query::repeated;
use crate::world::Context;

/// A deployment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub id: String,
    description: Option<String>,
    created_at: i64,
    /// The body that the API had.
    pub body: Option<Value>,
    /// Paths and verbs, each with who may call it.
    summary: Value,
    /// What the API had besides its body, by the names that a document has for it: that takes effect with a deployment
    /// too (AWS: "Update and redeploy REST APIs").
    #[serde(default)]
    settings: Map<String, Value>,
    /// What requests meet, where that is not what the body makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<Content>,
}

/// What of an API takes effect with a deployment, whether a body or calls of their own have made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// By path.
    pub resources: BTreeMap<String, Resource>,
    /// By id.
    pub authorizers: BTreeMap<String, Authorizer>,
    /// By type, as the API shows them.
    pub gateway_responses: BTreeMap<String, Value>,
}

impl Content {
    /// What an API has now.
    pub(super) fn of(api: &RestApi) -> Content {
        Content {
            resources: api.resources.clone(),
            authorizers: api.authorizers.clone(),
            gateway_responses: api.gateway_responses.clone(),
        }
    }

    /// What a body makes of an API.
    fn of_body(region: &str, api: &RestApi, body: Option<&Value>) -> Option<Content> {
        let mut made = api.clone();
        body::make(region, &Outcomes::default(), &mut made, body?.clone(), Mode::Overwrite).ok()?;
        Some(Content::of(&made))
    }
}

/// Lets each deployment have what requests meet, for those who look at many.
pub(super) fn unfold(region: &str, api: &mut RestApi) {
    let as_it_is = api.clone();
    for deployment in api.deployments.values_mut().filter(|deployment| deployment.content.is_none()) {
        deployment.content = Content::of_body(region, &as_it_is, deployment.body.as_ref());
    }
}

impl Deployment {
    pub(super) fn settings(&self) -> &Map<String, Value> {
        &self.settings
    }

    fn render(&self, with_summary: bool) -> Value {
        json!({
            "id": self.id,
            "description": self.description,
            "createdDate": self.created_at / 1000,
            "apiSummary": with_summary.then_some(&self.summary),
        })
    }
}

fn settings_of(api: &RestApi) -> Map<String, Value> {
    let policy = api.policy.as_ref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let media = (!api.binary_media_types.is_empty()).then(|| json!(api.binary_media_types));
    let endpoint = api.endpoint_disabled.then(|| json!({"disableExecuteApiEndpoint": true}));
    [
        ("policy", policy),
        ("binary-media-types", media),
        ("minimum-compression-size", api.minimum_compression.map(|size| json!(size))),
        ("api-key-source", Some(json!(api.api_key_source))),
        ("endpoint-configuration", endpoint),
    ]
    .into_iter()
    .map(|(name, value)| (format!("x-amazon-apigateway-{name}"), value.unwrap_or_default()))
    .collect()
}

/// With a name of a stage it makes that stage, or moves it.
pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let text =
        |member: &str| wish.get(member).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    let now = cx.now();
    let clock = cx.clock.clone();
    let region = cx.region().to_owned();
    let api = find(cx)?;
    let mut summary = Map::new();
    for resource in api.resources.values().filter(|resource| !resource.methods.is_empty()) {
        let mut verbs = Map::new();
        for (verb, method) in &resource.methods {
            if method.get("methodIntegration").is_none_or(Value::is_null) {
                return Err(bad("No integration defined for method"));
            }
            let shown = json!({
                "authorizationType": method.get("authorizationType"),
                "apiKeyRequired": method.get("apiKeyRequired"),
            });
            verbs.insert(verb.clone(), shown);
        }
        summary.insert(resource.path.clone(), Value::Object(verbs));
    }
    if summary.is_empty() {
        return Err(bad("The REST API doesn't contain any methods"));
    }
    let content = Content::of(api);
    let usual = Content::of_body(&region, api, api.body.as_ref());
    let deployment = Deployment {
        id: new_id(6),
        description: text("description"),
        created_at: now,
        body: api.body.clone(),
        summary: Value::Object(summary),
        settings: settings_of(api),
        content: (usual.as_ref() != Some(&content)).then_some(content),
    };
    if let Some(name) = text("stageName") {
        match api.stages.get_mut(&name) {
            Some(stage) => stage.deployment.clone_from(&deployment.id),
            None => {
                let made = stage::Stage::of(&wish, &name, &deployment.id, now, &clock)?;
                api.stages.insert(name, made);
            }
        }
    }
    let shown = deployment.render(false);
    api.deployments.insert(deployment.id.clone(), deployment);
    Ok(answer::rest(201, shown))
}

fn one<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Deployment, Refusal> {
    let id = cx.call.segments().get(3).cloned().unwrap_or_default();
    find(cx)?.deployments.get_mut(&id).ok_or_else(|| missing("Invalid Deployment identifier specified"))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let with_summary = repeated(&cx.call.query, "embed").iter().any(|embed| embed.contains("apisummary"));
    Ok(answer::rest(200, one(cx)?.render(with_summary)))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let items = find(cx)?.deployments.values().map(|deployment| deployment.render(false)).collect();
    Ok(answer::rest(200, paged(cx, items)?))
}

pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    let patches = Patch::all(cx)?;
    let deployment = one(cx)?;
    for patch in &patches {
        match patch.parts().as_slice() {
            ["description"] => deployment.description = patch.filled(),
            _ => return Err(patch.invalid()),
        }
    }
    Ok(answer::rest(200, deployment.render(false)))
}

pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let id = one(cx)?.id.clone();
    let api = find(cx)?;
    if api.stages.values().any(|stage| stage.deployment == id) {
        return Err(bad("Active stages pointing to this deployment must be moved or deleted"));
    }
    api.deployments.remove(&id);
    Ok(answer::rest_empty(202))
}
