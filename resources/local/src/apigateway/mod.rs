//! API Gateway (REST): APIs, and the resources that an imported body makes, are answered here.
//! Resources made one by one, deployments, stages and the rest are those of the service beneath,
//! which knows each API by the same id.

mod body;
mod patch;
mod resource;
mod rest_api;
mod tags;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answered, Outcome, Refusal};
use crate::status::Status;
use crate::world::{Context, Counted};

/// The APIs of a region.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Apis {
    apis: BTreeMap<String, rest_api::RestApi>,
}

impl Counted for Apis {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:apigateway:RestApi", self.apis.len());
    }
}

impl Context<'_> {
    fn apis(&mut self) -> &mut Apis {
        self.world.apigateway.entry(self.call.region.clone()).or_default()
    }
}

/// The operation of a request, as far as it is known here.
pub(crate) fn operation(method: &str, path: &[&str], query: &str) -> Option<String> {
    let import = query.split('&').any(|pair| pair == "mode=import");
    let name = match (method, path) {
        ("POST", ["restapis"]) if import => "ImportRestApi",
        ("POST", ["restapis"]) => "CreateRestApi",
        ("GET", ["restapis"]) => "GetRestApis",
        ("GET", ["restapis", _]) => "GetRestApi",
        ("PUT", ["restapis", _]) => "PutRestApi",
        ("PATCH", ["restapis", _]) => "UpdateRestApi",
        ("DELETE", ["restapis", _]) => "DeleteRestApi",
        ("GET", ["restapis", _, "resources"]) => "GetResources",
        ("GET", ["restapis", _, "resources", _]) => "GetResource",
        ("POST", ["restapis", _, "resources", _]) => "CreateResource",
        ("DELETE", ["restapis", _, "resources", _]) => "DeleteResource",
        ("GET", ["restapis", _, "resources", _, "methods", _]) => "GetMethod",
        ("PUT", ["restapis", _, "resources", _, "methods", _]) => "PutMethod",
        ("GET", ["restapis", _, "resources", _, "methods", _, "integration"]) => "GetIntegration",
        ("PUT", ["restapis", _, "resources", _, "methods", _, "integration"]) => "PutIntegration",
        ("POST", ["restapis", _, "deployments"]) => "CreateDeployment",
        ("GET", ["restapis", _, "deployments"]) => "GetDeployments",
        ("POST", ["restapis", _, "stages"]) => "CreateStage",
        ("GET", ["restapis", _, "stages"]) => "GetStages",
        ("GET", ["restapis", _, "stages", _]) => "GetStage",
        ("PATCH", ["restapis", _, "stages", _]) => "UpdateStage",
        ("DELETE", ["restapis", _, "stages", _]) => "DeleteStage",
        ("GET", ["restapis", _, "stages", _, "exports", _]) => "GetExport",
        ("GET", ["tags", ..]) => "GetTags",
        ("PUT", ["tags", ..]) => "TagResource",
        ("DELETE", ["tags", ..]) => "UntagResource",
        ("GET", ["account"]) => "GetAccount",
        ("PATCH", ["account"]) => "UpdateAccount",
        _ => return None,
    };
    Some(name.to_owned())
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>) -> Answered = match cx.call.operation.as_str() {
        "CreateRestApi" => rest_api::create,
        "ImportRestApi" => rest_api::import,
        "PutRestApi" => rest_api::put,
        "GetRestApi" => rest_api::get,
        "GetRestApis" => rest_api::list,
        "UpdateRestApi" => patch::update,
        "DeleteRestApi" => {
            let answer = rest_api::delete(cx)?;
            return Ok(Outcome::Mirrored(answer));
        }
        "GetResources" if resource::imported(cx) => resource::list,
        "GetResource" if resource::imported(cx) => resource::get,
        "GetMethod" if resource::imported(cx) => resource::method,
        "GetIntegration" if resource::imported(cx) => resource::integration,
        "GetExport" if resource::imported(cx) => body::export,
        "GetTags" if tags::ours(cx) => tags::list,
        "TagResource" if tags::ours(cx) => tags::tag,
        "UntagResource" if tags::ours(cx) => tags::untag,
        _ => return Ok(Outcome::Beneath),
    };
    operation(cx).map(Outcome::Done)
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::bad("BadRequestException", message)
}

fn missing(what: &str) -> Refusal {
    Refusal::new(404, "NotFoundException", what)
}

/// The API that a call names.
fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut rest_api::RestApi, Refusal> {
    let id = cx.call.segments().get(1).cloned().unwrap_or_default();
    cx.apis().apis.get_mut(&id).ok_or_else(|| missing("Invalid API identifier specified"))
}

/// A page of a list by `limit` and `position`.
fn paged(cx: &Context<'_>, items: Vec<Value>) -> Result<Value, Refusal> {
    let query = cx.call.query_params();
    let invalid = |_| bad("Invalid position or limit parameter");
    let most: usize = query.number("limit").map_err(invalid)?.unwrap_or(25);
    if !(1..=500).contains(&most) {
        return Err(bad("Limit must be between 1 and 500"));
    }
    let start: usize = query.number("position").map_err(invalid)?.unwrap_or(0);
    let end = start.saturating_add(most).min(items.len());
    let more = end < items.len();
    let page: Vec<Value> = items.into_iter().skip(start).take(end.saturating_sub(start)).collect();
    Ok(json!({"item": page, "position": more.then(|| end.to_string())}))
}
