//! Authorizers: those of a body, and those that are made one by one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::Mode;
use super::patch::Patch;
use super::resource::schemes;
use super::rest_api::{RestApi, new_id};
use super::{bad, find, missing, paged};
use crate::answer::{self, Answered, Refusal};
use crate::outcome::Outcomes;
use crate::world::Context;

/// An authorizer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Authorizer {
    pub id: String,
    pub name: String,
    pub(super) kind: String,
    auth_type: Option<String>,
    pub(super) uri: Option<String>,
    providers: Vec<String>,
    credentials: Option<String>,
    pub(super) identity_source: Option<String>,
    pub(super) validation: Option<String>,
    pub(super) ttl: i64,
    /// Whether it came with a body, and not by a call of its own.
    pub of_body: bool,
}

/// Where a token is looked for, if nothing is said of it.
const SOURCE: &str = "method.request.header.Authorization";

impl Authorizer {
    fn check(&self) -> Result<(), Refusal> {
        match self.kind.as_str() {
            "TOKEN" | "REQUEST" if self.uri.is_none() => {
                return Err(bad("Authorizer URI is required for Lambda authorizers"));
            }
            "COGNITO_USER_POOLS" if self.providers.is_empty() => {
                return Err(bad("Provider ARNs are required for authorizers of type COGNITO_USER_POOLS"));
            }
            "TOKEN" | "REQUEST" | "COGNITO_USER_POOLS" => {}
            other => return Err(bad(format!("Invalid authorizer type specified: {other}"))),
        }
        if !(0..=3600).contains(&self.ttl) {
            return Err(bad("Invalid authorizer result TTL: it must be between 0 and 3600"));
        }
        if self
            .uri
            .as_ref()
            .is_some_and(|uri| !uri.contains(":apigateway:") || !uri.contains(":lambda:path/"))
        {
            return Err(bad("Invalid Authorizer URI: it must be the URI of a Lambda function's invocations"));
        }
        if self.kind == "REQUEST" && self.ttl > 0 && self.identity_source.is_none() {
            return Err(bad("Identity source is required for REQUEST authorizers with caching"));
        }
        Ok(())
    }

    pub(super) fn render(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "type": self.kind,
            "authType": self.auth_type,
            "authorizerUri": self.uri,
            "providerARNs": (!self.providers.is_empty()).then_some(&self.providers),
            "authorizerCredentials": self.credentials,
            "identitySource": self.identity_source,
            "identityValidationExpression": self.validation,
            "authorizerResultTtlInSeconds": self.ttl,
        })
    }
}

/// The authorizers of an API that a body was put into; one that stays keeps its id.
///
/// An import has left an authorizer as it was, whatever the document said (chalice#539): a test can order that.
pub(super) fn of_body(
    api: &RestApi,
    outcomes: &Outcomes,
    document: &Value,
    mode: Mode,
) -> Result<BTreeMap<String, Authorizer>, Refusal> {
    let mut made = if mode == Mode::Merge { api.authorizers.clone() } else { BTreeMap::new() };
    for (name, scheme) in schemes(document).and_then(Value::as_object).into_iter().flatten() {
        let Some(wish) = scheme.get("x-amazon-apigateway-authorizer") else { continue };
        let text = |member: &str| wish.get(member).and_then(Value::as_str).map(str::to_owned);
        let kind = text("type").unwrap_or_default().to_uppercase();
        let header = scheme.get("name").and_then(Value::as_str).unwrap_or("Authorization");
        let source = match kind.as_str() {
            "REQUEST" => text("identitySource"),
            _ => Some(format!("method.request.header.{header}")),
        };
        let providers = wish.get("providerARNs").and_then(Value::as_array).into_iter().flatten();
        let known = api.authorizers.values().find(|have| have.name == *name);
        let authorizer = Authorizer {
            id: known.map_or_else(|| new_id(6), |have| have.id.clone()),
            name: name.clone(),
            auth_type: scheme.get("x-amazon-apigateway-authtype").and_then(Value::as_str).map(str::to_owned),
            uri: text("authorizerUri"),
            providers: providers.filter_map(Value::as_str).map(str::to_owned).collect(),
            credentials: text("authorizerCredentials"),
            identity_source: source,
            validation: text("identityValidationExpression"),
            ttl: wish.get("authorizerResultTtlInSeconds").and_then(Value::as_i64).unwrap_or(300),
            of_body: true,
            kind,
        };
        authorizer.check()?;
        let kept = known.filter(|_| outcomes.of("aws:apigateway:Authorizer", name).is_some());
        made.insert(authorizer.id.clone(), kept.cloned().unwrap_or(authorizer));
    }
    Ok(made)
}

pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let wish = cx.call.json()?;
    let text =
        |member: &str| wish.get(member).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    let providers = wish.get("providerARNs").and_then(Value::as_array).into_iter().flatten();
    let kind = text("type").unwrap_or_default();
    let authorizer = Authorizer {
        id: new_id(6),
        name: text("name").ok_or_else(|| bad("Authorizer name cannot be empty"))?,
        auth_type: text("authType").or_else(|| Some("custom".to_owned())),
        uri: text("authorizerUri"),
        providers: providers.filter_map(Value::as_str).map(str::to_owned).collect(),
        credentials: text("authorizerCredentials"),
        identity_source: text("identitySource").or_else(|| (kind == "TOKEN").then(|| SOURCE.to_owned())),
        validation: text("identityValidationExpression"),
        ttl: wish.get("authorizerResultTtlInSeconds").and_then(Value::as_i64).unwrap_or(300),
        of_body: false,
        kind,
    };
    authorizer.check()?;
    let api = find(cx)?;
    if api.authorizers.values().any(|have| have.name == authorizer.name) {
        return Err(bad(format!(
            "Authorizer name must be unique. Authorizer {} already exists in this RestApi.",
            authorizer.name
        )));
    }
    let shown = authorizer.render();
    let mut all = api.authorizers.clone();
    all.insert(authorizer.id.clone(), authorizer);
    api.authorizers = all;
    Ok(answer::rest(201, shown))
}

fn one<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut Authorizer, Refusal> {
    let id = cx.call.segments().get(3).cloned().unwrap_or_default();
    find(cx)?.authorizers.get_mut(&id).ok_or_else(|| missing("Invalid Authorizer identifier specified"))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    Ok(answer::rest(200, one(cx)?.render()))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let items = find(cx)?.authorizers.values().map(Authorizer::render).collect();
    Ok(answer::rest(200, paged(cx, items)?))
}

pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    let patches = Patch::all(cx)?;
    let mut changed = one(cx)?.clone();
    for patch in &patches {
        match patch.parts().as_slice() {
            ["name"] => changed.name = patch.filled().ok_or_else(|| patch.invalid())?,
            ["type"] => changed.kind = patch.filled().ok_or_else(|| patch.invalid())?,
            ["authType"] => changed.auth_type = patch.filled(),
            ["authorizerUri"] => changed.uri = patch.filled(),
            ["authorizerCredentials"] => changed.credentials = patch.filled(),
            ["authorizerResultTtlInSeconds"] => changed.ttl = patch.number()?,
            ["identitySource"] => changed.identity_source = patch.filled(),
            ["identityValidationExpression"] => changed.validation = patch.filled(),
            ["providerARNs"] => match (patch.op.as_str(), patch.filled()) {
                ("add", Some(arn)) => changed.providers.push(arn),
                ("remove", Some(arn)) => changed.providers.retain(|have| *have != arn),
                _ => return Err(patch.invalid()),
            },
            _ => return Err(patch.invalid()),
        }
    }
    changed.check()?;
    let shown = changed.render();
    *one(cx)? = changed;
    Ok(answer::rest(200, shown))
}

pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let id = one(cx)?.id.clone();
    let api = find(cx)?;
    let methods = api.resources.values().flat_map(|resource| resource.methods.values());
    if methods.filter_map(|method| method.get("authorizerId")).any(|used| *used == json!(id)) {
        let message = "Unable to delete the Authorizer because it is in use by methods of the API.";
        return Err(Refusal::new(409, "ConflictException", message));
    }
    api.authorizers.remove(&id);
    Ok(answer::rest_empty(202))
}
