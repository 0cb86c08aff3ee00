//! API Gateway (REST): everything of APIs but models, request validators, client certificates,
//! documentation, VPC links and SDKs, which are those of the service beneath; it knows each API by
//! the same id.

mod account;
mod api_key;
mod authorizer;
mod base_path_mapping;
mod body;
mod deployment;
mod domain_name;
mod gateway_response;
mod method;
mod patch;
mod resource;
mod rest_api;
mod serve;
mod stage;
mod stage_patch;
mod tags;
mod template;
mod usage_plan;

pub(crate) use serve::{Api, Asker, Route, behind, endpoint_of, function_of, is_endpoint, unfold};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answered, Outcome, Refusal};
use crate::quota::{Tally, weight};
use crate::status::Status;
use crate::world::{Context, Counted, Tags, World};

/// What is in a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Apis {
    apis: BTreeMap<String, rest_api::RestApi>,
    keys: BTreeMap<String, api_key::ApiKey>,
    plans: BTreeMap<String, usage_plan::Plan>,
    /// Custom domain names by name.
    domains: BTreeMap<String, domain_name::Domain>,
    /// The role that writes logs.
    role: Option<String>,
}

impl Counted for Apis {
    fn count(&self, _now: i64, status: &mut Status) {
        status.add("aws:apigateway:RestApi", self.apis.len());
        for api in self.apis.values() {
            // Those of a body are part of the API.
            let apart = api.authorizers.values().filter(|authorizer| !authorizer.of_body);
            status.add("aws:apigateway:Authorizer", apart.count());
            status.add("aws:apigateway:Deployment", api.deployments.len());
            status.add("aws:apigateway:Stage", api.stages.len());
        }
        status.add("aws:apigateway:ApiKey", self.keys.len());
        status.add("aws:apigateway:UsagePlan", self.plans.len());
        status.add("aws:apigateway:UsagePlanKey", self.plans.values().map(|plan| plan.keys.len()).sum());
        status.add("aws:apigateway:DomainName", self.domains.len());
        let mappings = self.domains.values().map(|domain| domain.mappings.len()).sum();
        status.add("aws:apigateway:BasePathMapping", mappings);
        status.add("aws:apigateway:Account", usize::from(self.role.is_some()));
    }

    fn tally(&self, _now: i64, tally: &mut Tally) {
        for api in self.apis.values() {
            let what = match api.endpoint_types.first().map(String::as_str) {
                Some("REGIONAL") => "aws:apigateway:RestApi[endpoint_type=REGIONAL]",
                Some("PRIVATE") => "aws:apigateway:RestApi[endpoint_type=PRIVATE]",
                _ => "aws:apigateway:RestApi[endpoint_type=EDGE]",
            };
            tally.add(what, "", 1);
            tally.add("aws:apigateway:Stage", &api.id, api.stages.len());
            tally.add("aws:apigateway:Authorizer", &api.id, api.authorizers.len());
            let policy = api.policy.as_deref().unwrap_or_default();
            tally.add("@aws:apigateway:RestApi.policy", &api.id, weight(policy));
            for stage in api.stages.values() {
                let name = format!("{}/{}", api.id, stage.name);
                tally.add("aws:apigateway:Stage.variables", &name, stage.variables.len());
            }
        }
        for key in self.plans.values().flat_map(|plan| &plan.keys) {
            tally.add("aws:apigateway:UsagePlanKey", key, 1);
        }
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        let arn = |path: String| format!("arn:aws:apigateway:{region}::/{path}");
        let mut found: Vec<(String, &Tags)> = Vec::new();
        for api in self.apis.values() {
            found.push((arn(format!("restapis/{}", api.id)), &api.tags));
            let stages = api.stages.iter();
            found.extend(stages.map(|(name, stage)| (stage_arn(region, &api.id, name), &stage.tags)));
        }
        found.extend(self.keys.values().map(|key| (arn(format!("apikeys/{}", key.id)), &key.tags)));
        found.extend(self.plans.values().map(|plan| (arn(format!("usageplans/{}", plan.id)), &plan.tags)));
        found.extend(
            self.domains.iter().map(|(name, domain)| (arn(format!("domainnames/{name}")), &domain.tags)),
        );
        found
    }
}

/// The ARN of a stage.
fn stage_arn(region: &str, api: &str, stage: &str) -> String {
    format!("arn:aws:apigateway:{region}::/restapis/{api}/stages/{stage}")
}

/// Whether a stage has this ARN, for other services.
pub(crate) fn has_stage(world: &World, region: &str, arn: &str) -> bool {
    let standing = world.apigateway.get(region).into_iter().flat_map(|apis| apis.apis.values());
    standing
        .flat_map(|api| api.stages.keys().map(|stage| stage_arn(region, &api.id, stage)))
        .any(|own| own == arn)
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
        ("PATCH", ["restapis", _, "resources", _, "methods", _]) => "UpdateMethod",
        ("DELETE", ["restapis", _, "resources", _, "methods", _]) => "DeleteMethod",
        ("PUT", ["restapis", _, "resources", _, "methods", _, "responses", _]) => "PutMethodResponse",
        ("GET", ["restapis", _, "resources", _, "methods", _, "responses", _]) => "GetMethodResponse",
        ("DELETE", ["restapis", _, "resources", _, "methods", _, "responses", _]) => "DeleteMethodResponse",
        ("GET", ["restapis", _, "resources", _, "methods", _, "integration"]) => "GetIntegration",
        ("PUT", ["restapis", _, "resources", _, "methods", _, "integration"]) => "PutIntegration",
        ("DELETE", ["restapis", _, "resources", _, "methods", _, "integration"]) => "DeleteIntegration",
        ("PUT", ["restapis", _, "resources", _, "methods", _, "integration", "responses", _]) => {
            "PutIntegrationResponse"
        }
        ("GET", ["restapis", _, "resources", _, "methods", _, "integration", "responses", _]) => {
            "GetIntegrationResponse"
        }
        ("DELETE", ["restapis", _, "resources", _, "methods", _, "integration", "responses", _]) => {
            "DeleteIntegrationResponse"
        }
        ("POST", ["restapis", _, "authorizers"]) => "CreateAuthorizer",
        ("GET", ["restapis", _, "authorizers"]) => "GetAuthorizers",
        ("GET", ["restapis", _, "authorizers", _]) => "GetAuthorizer",
        ("PATCH", ["restapis", _, "authorizers", _]) => "UpdateAuthorizer",
        ("DELETE", ["restapis", _, "authorizers", _]) => "DeleteAuthorizer",
        ("GET", ["restapis", _, "gatewayresponses"]) => "GetGatewayResponses",
        ("GET", ["restapis", _, "gatewayresponses", _]) => "GetGatewayResponse",
        ("PUT", ["restapis", _, "gatewayresponses", _]) => "PutGatewayResponse",
        ("PATCH", ["restapis", _, "gatewayresponses", _]) => "UpdateGatewayResponse",
        ("DELETE", ["restapis", _, "gatewayresponses", _]) => "DeleteGatewayResponse",
        ("GET", ["restapis", _, "requestvalidators"]) => "GetRequestValidators",
        ("GET", ["restapis", _, "models"]) => "GetModels",
        ("POST", ["restapis", _, "deployments"]) => "CreateDeployment",
        ("GET", ["restapis", _, "deployments"]) => "GetDeployments",
        ("GET", ["restapis", _, "deployments", _]) => "GetDeployment",
        ("PATCH", ["restapis", _, "deployments", _]) => "UpdateDeployment",
        ("DELETE", ["restapis", _, "deployments", _]) => "DeleteDeployment",
        ("POST", ["restapis", _, "stages"]) => "CreateStage",
        ("GET", ["restapis", _, "stages"]) => "GetStages",
        ("GET", ["restapis", _, "stages", _]) => "GetStage",
        ("PATCH", ["restapis", _, "stages", _]) => "UpdateStage",
        ("DELETE", ["restapis", _, "stages", _]) => "DeleteStage",
        ("GET", ["restapis", _, "stages", _, "exports", _]) => "GetExport",
        ("POST", ["apikeys"]) if query.split('&').all(|pair| pair != "mode=import") => "CreateApiKey",
        ("GET", ["apikeys"]) => "GetApiKeys",
        ("GET", ["apikeys", _]) => "GetApiKey",
        ("PATCH", ["apikeys", _]) => "UpdateApiKey",
        ("DELETE", ["apikeys", _]) => "DeleteApiKey",
        ("POST", ["usageplans"]) => "CreateUsagePlan",
        ("GET", ["usageplans"]) => "GetUsagePlans",
        ("GET", ["usageplans", _]) => "GetUsagePlan",
        ("PATCH", ["usageplans", _]) => "UpdateUsagePlan",
        ("DELETE", ["usageplans", _]) => "DeleteUsagePlan",
        ("POST", ["usageplans", _, "keys"]) => "CreateUsagePlanKey",
        ("GET", ["usageplans", _, "keys"]) => "GetUsagePlanKeys",
        ("GET", ["usageplans", _, "keys", _]) => "GetUsagePlanKey",
        ("DELETE", ["usageplans", _, "keys", _]) => "DeleteUsagePlanKey",
        ("POST", ["domainnames"]) => "CreateDomainName",
        ("GET", ["domainnames"]) => "GetDomainNames",
        ("GET", ["domainnames", _]) => "GetDomainName",
        ("PATCH", ["domainnames", _]) => "UpdateDomainName",
        ("DELETE", ["domainnames", _]) => "DeleteDomainName",
        ("POST", ["domainnames", _, "basepathmappings"]) => "CreateBasePathMapping",
        ("GET", ["domainnames", _, "basepathmappings"]) => "GetBasePathMappings",
        ("GET", ["domainnames", _, "basepathmappings", _]) => "GetBasePathMapping",
        ("PATCH", ["domainnames", _, "basepathmappings", _]) => "UpdateBasePathMapping",
        ("DELETE", ["domainnames", _, "basepathmappings", _]) => "DeleteBasePathMapping",
        ("GET", ["tags", ..]) => "GetTags",
        ("PUT", ["tags", ..]) => "TagResource",
        ("DELETE", ["tags", ..]) => "UntagResource",
        ("GET", ["account"]) => "GetAccount",
        ("PATCH", ["account"]) => "UpdateAccount",
        _ => return None,
    };
    Some(name.to_owned())
}

/// The log groups that stages of a region write to, and the one that API Gateway makes with the account's role.
pub(crate) fn logs_of(world: &World, region: &str) -> Vec<String> {
    let Some(apis) = world.apigateway.get(region) else { return Vec::new() };
    apis.apis
        .values()
        .flat_map(|api| api.stages.values().flat_map(|stage| stage.log_groups(&api.id)))
        .collect()
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
        "GetResources" => resource::list,
        "GetResource" => resource::get,
        "CreateResource" => method::create_resource,
        "DeleteResource" => method::delete_resource,
        "GetMethod" => resource::method,
        "PutMethod" => method::put_method,
        "UpdateMethod" => method::update_method,
        "DeleteMethod" => method::delete_method,
        "PutMethodResponse" => method::put_method_response,
        "GetIntegration" => resource::integration,
        "PutIntegration" => method::put_integration,
        "DeleteIntegration" => method::delete_integration,
        "PutIntegrationResponse" => method::put_integration_response,
        "GetMethodResponse" => method::method_response,
        "DeleteMethodResponse" => method::delete_method_response,
        "GetIntegrationResponse" => method::integration_response,
        "DeleteIntegrationResponse" => method::delete_integration_response,
        "GetExport" => body::export,
        "GetTags" => tags::list,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "CreateAuthorizer" => authorizer::create,
        "GetAuthorizers" => authorizer::list,
        "GetAuthorizer" => authorizer::get,
        "UpdateAuthorizer" => authorizer::update,
        "DeleteAuthorizer" => authorizer::delete,
        "GetGatewayResponses" => gateway_response::list,
        "GetGatewayResponse" => gateway_response::get,
        "PutGatewayResponse" => gateway_response::put,
        "UpdateGatewayResponse" => gateway_response::update,
        "DeleteGatewayResponse" => gateway_response::delete,
        "CreateDeployment" => deployment::create,
        "GetDeployments" => deployment::list,
        "GetDeployment" => deployment::get,
        "UpdateDeployment" => deployment::update,
        "DeleteDeployment" => deployment::delete,
        "CreateStage" => stage::create,
        "GetStages" => stage::list,
        "GetStage" => stage::get,
        "UpdateStage" => stage_patch::update,
        "DeleteStage" => stage::delete,
        "CreateApiKey" => api_key::create,
        "GetApiKeys" => api_key::list,
        "GetApiKey" => api_key::get,
        "UpdateApiKey" => api_key::update,
        "DeleteApiKey" => api_key::delete,
        "CreateUsagePlan" => usage_plan::create,
        "GetUsagePlans" => usage_plan::list,
        "GetUsagePlan" => usage_plan::get,
        "UpdateUsagePlan" => usage_plan::update,
        "DeleteUsagePlan" => usage_plan::delete,
        "CreateUsagePlanKey" => usage_plan::create_key,
        "GetUsagePlanKeys" => usage_plan::list_keys,
        "GetUsagePlanKey" => usage_plan::get_key,
        "DeleteUsagePlanKey" => usage_plan::delete_key,
        "CreateDomainName" => domain_name::create,
        "GetDomainNames" => domain_name::list,
        "GetDomainName" => domain_name::get,
        "UpdateDomainName" => domain_name::update,
        "DeleteDomainName" => domain_name::delete,
        "CreateBasePathMapping" => base_path_mapping::create,
        "GetBasePathMappings" => base_path_mapping::list,
        "GetBasePathMapping" => base_path_mapping::get,
        "UpdateBasePathMapping" => base_path_mapping::update,
        "DeleteBasePathMapping" => base_path_mapping::delete,
        "GetAccount" => account::get,
        "UpdateAccount" => account::update,
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
