//! Lambda: functions, versions, aliases, permissions, concurrency, event settings and tags are
//! answered here. The rest is of the service beneath, which is told of every function.

mod alias;
mod change;
mod concurrency;
mod create;
mod event;
mod function;
mod grant;
mod invoke;
mod network;
mod permission;
mod provisioned;
mod rehearse;
mod serve;
mod settings;
mod tags;
mod url;
mod version;

pub(crate) use serve::{Called, called};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Outcome, Refusal};
use crate::status::Status;
use crate::world::{Context, Counted, Tags};

/// The functions of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Functions {
    functions: BTreeMap<String, function::Function>,
    lingering: Vec<network::Lingering>,
}

impl Counted for Functions {
    fn count(&self, _now: i64, status: &mut Status) {
        let sum = |count: &dyn Fn(&function::Function) -> usize| self.functions.values().map(count).sum();
        status.add("aws:lambda:Function", self.functions.len());
        status.add("aws:lambda:Version", sum(&|f| f.versions.len()));
        status.add("aws:lambda:Alias", sum(&|f| f.attached.aliases.len()));
        status.add("aws:lambda:Permission", sum(&|f| f.attached.policies.values().map(BTreeMap::len).sum()));
        status.add("aws:lambda:ProvisionedConcurrencyConfig", sum(&|f| f.attached.provisioned.len()));
        status.add("aws:lambda:EventInvokeConfig", sum(&|f| f.attached.events.len()));
    }

    fn tagged(&self, region: &str) -> Vec<(String, &Tags)> {
        self.functions.iter().map(|(name, function)| (arn(region, name), &function.tags)).collect()
    }
}

impl Functions {
    /// Whether a function has an alias or version that can be kept warm.
    pub(crate) fn scalable(&self, function: &str, qualifier: &str) -> bool {
        self.functions.get(function).and_then(|f| f.resolve(Some(qualifier))).is_some_and(|number| number > 0)
    }
}

impl Context<'_> {
    fn functions(&mut self) -> &mut Functions {
        self.world.lambda.entry(self.call.region.clone()).or_default()
    }
}

/// The operation of a request.
pub(crate) fn operation(method: &str, path: &[&str], query: &str) -> Option<String> {
    let name = match (method, path.get(1..)?) {
        ("POST", ["functions"]) => "CreateFunction",
        ("GET", ["functions"]) => "ListFunctions",
        ("GET", ["functions", _]) => "GetFunction",
        ("DELETE", ["functions", _]) => "DeleteFunction",
        ("GET", ["functions", _, "configuration"]) => "GetFunctionConfiguration",
        ("PUT", ["functions", _, "configuration"]) => "UpdateFunctionConfiguration",
        ("PUT", ["functions", _, "code"]) => "UpdateFunctionCode",
        ("POST", ["functions", _, "versions"]) => "PublishVersion",
        ("GET", ["functions", _, "versions"]) => "ListVersionsByFunction",
        ("PUT", ["functions", _, "concurrency"]) => "PutFunctionConcurrency",
        ("GET", ["functions", _, "concurrency"]) => "GetFunctionConcurrency",
        ("DELETE", ["functions", _, "concurrency"]) => "DeleteFunctionConcurrency",
        ("POST", ["functions", _, "invocations"]) => "Invoke",
        ("POST", ["functions", _, "policy"]) => "AddPermission",
        ("GET", ["functions", _, "policy"]) => "GetPolicy",
        ("DELETE", ["functions", _, "policy", _]) => "RemovePermission",
        ("POST", ["functions", _, "aliases"]) => "CreateAlias",
        ("GET", ["functions", _, "aliases"]) => "ListAliases",
        ("GET", ["functions", _, "aliases", _]) => "GetAlias",
        ("PUT", ["functions", _, "aliases", _]) => "UpdateAlias",
        ("DELETE", ["functions", _, "aliases", _]) => "DeleteAlias",
        ("PUT", ["functions", _, "provisioned-concurrency"]) => "PutProvisionedConcurrencyConfig",
        ("GET", ["functions", _, "provisioned-concurrency"]) if query.contains("List=ALL") => {
            "ListProvisionedConcurrencyConfigs"
        }
        ("GET", ["functions", _, "provisioned-concurrency"]) => "GetProvisionedConcurrencyConfig",
        ("DELETE", ["functions", _, "provisioned-concurrency"]) => "DeleteProvisionedConcurrencyConfig",
        ("PUT", ["functions", _, "event-invoke-config"]) => "PutFunctionEventInvokeConfig",
        ("POST", ["functions", _, "event-invoke-config"]) => "UpdateFunctionEventInvokeConfig",
        ("GET", ["functions", _, "event-invoke-config"]) => "GetFunctionEventInvokeConfig",
        ("GET", ["functions", _, "event-invoke-config", "list"]) => "ListFunctionEventInvokeConfigs",
        ("DELETE", ["functions", _, "event-invoke-config"]) => "DeleteFunctionEventInvokeConfig",
        ("POST", ["functions", _, "url"]) => "CreateFunctionUrlConfig",
        ("GET", ["functions", _, "url"]) => "GetFunctionUrlConfig",
        ("DELETE", ["functions", _, "url"]) => "DeleteFunctionUrlConfig",
        ("GET", ["functions", _, "urls"]) => "ListFunctionUrlConfigs",
        ("GET", ["tags", _]) => "ListTags",
        ("POST", ["tags", _]) => "TagResource",
        ("DELETE", ["tags", _]) => "UntagResource",
        ("GET", ["account-settings"]) => "GetAccountSettings",
        _ => return None,
    };
    Some(name.to_owned())
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let name = cx.call.operation.as_str();
    if name == "PublishVersion" {
        return version::publish(cx);
    }
    let ours: Option<fn(&mut Context<'_>) -> crate::answer::Answered> = match name {
        "Invoke" => Some(invoke::invoke),
        "CreateAlias" => Some(alias::create),
        "GetAlias" => Some(alias::get),
        "ListAliases" => Some(alias::list),
        "UpdateAlias" => Some(alias::update),
        "DeleteAlias" => Some(alias::delete),
        "AddPermission" => Some(permission::add),
        "GetPolicy" => Some(permission::get),
        "RemovePermission" => Some(permission::remove),
        "PutProvisionedConcurrencyConfig" => Some(provisioned::put),
        "GetProvisionedConcurrencyConfig" => Some(provisioned::get),
        "ListProvisionedConcurrencyConfigs" => Some(provisioned::list),
        "DeleteProvisionedConcurrencyConfig" => Some(provisioned::delete),
        "PutFunctionEventInvokeConfig" => Some(event::put),
        "UpdateFunctionEventInvokeConfig" => Some(event::update),
        "GetFunctionEventInvokeConfig" => Some(event::get),
        "ListFunctionEventInvokeConfigs" => Some(event::list),
        "DeleteFunctionEventInvokeConfig" => Some(event::delete),
        "CreateFunctionUrlConfig" => Some(url::create),
        "GetFunctionUrlConfig" => Some(url::get),
        "ListFunctionUrlConfigs" => Some(url::list),
        "DeleteFunctionUrlConfig" => Some(url::delete),
        _ => None,
    };
    if let Some(operation) = ours {
        return operation(cx).map(Outcome::Done);
    }
    let operation: fn(&mut Context<'_>) -> crate::answer::Answered = match name {
        "CreateFunction" => create::create,
        "ListFunctions" => function::list,
        "GetFunction" => function::get,
        "GetFunctionConfiguration" => function::configuration,
        "DeleteFunction" => change::delete,
        "UpdateFunctionConfiguration" => change::configuration,
        "UpdateFunctionCode" => change::code,
        "ListVersionsByFunction" => version::list,
        "PutFunctionConcurrency" => concurrency::put,
        "GetFunctionConcurrency" => concurrency::get,
        "DeleteFunctionConcurrency" => concurrency::delete,
        "GetAccountSettings" => concurrency::account,
        "ListTags" if tags::ours(cx) => tags::list,
        "TagResource" if tags::ours(cx) => tags::tag,
        "UntagResource" if tags::ours(cx) => tags::untag,
        _ => return Ok(Outcome::Beneath),
    };
    let answer = operation(cx)?;
    Ok(if cx.call.mutating() { Outcome::Mirrored(answer) } else { Outcome::Done(answer) })
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidParameterValueException", message)
}

/// Name and qualifier of the function in the path: a name, a partial ARN or an ARN.
fn named(cx: &Context<'_>) -> (String, Option<String>) {
    let segments = cx.call.segments();
    let given = segments.get(2).map(String::as_str).unwrap_or_default();
    let (name, inline) = split(given);
    let qualifier = cx.call.query_params().filled("Qualifier").or(inline);
    (name, qualifier.filter(|q| q != "$LATEST"))
}

/// Name and qualifier of a reference to a function.
fn split(reference: &str) -> (String, Option<String>) {
    let rest = reference.split("function:").nth(1).unwrap_or(reference);
    match rest.split_once(':') {
        Some((name, qualifier)) => (name.to_owned(), Some(qualifier.to_owned())),
        None => (rest.to_owned(), None),
    }
}

fn arn(region: &str, name: &str) -> String {
    format!("arn:aws:lambda:{region}:{}:function:{name}", crate::call::ACCOUNT)
}

fn missing(region: &str, name: &str) -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", format!("Function not found: {}", arn(region, name)))
}

/// The function that a call names.
fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut function::Function, Refusal> {
    let (name, _) = named(cx);
    let region = cx.region().to_owned();
    cx.functions().functions.get_mut(&name).ok_or_else(|| missing(&region, &name))
}

/// The function that a call names, and its qualifier, which must be one of its aliases or versions.
fn find_qualified<'a>(
    cx: &'a mut Context<'_>,
) -> Result<(&'a mut function::Function, Option<String>), Refusal> {
    let (name, qualifier) = named(cx);
    let region = cx.region().to_owned();
    let function = find(cx)?;
    if function.resolve(qualifier.as_deref()).is_none() {
        return Err(missing(&region, &format!("{name}:{}", qualifier.unwrap_or_default())));
    }
    Ok((function, qualifier))
}

fn text(body: &Value, member: &str) -> Option<String> {
    body.get(member).and_then(Value::as_str).map(str::to_owned)
}
