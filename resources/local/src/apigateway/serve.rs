//! What a REST API makes of a request: domain, stage, method, key, its own answers.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::deployment::{self, Content};
use super::rest_api::RestApi;
use super::stage::Stage;
use super::{Apis, gateway_response, stage_arn, template};
use crate::acm;
use crate::call::ACCOUNT;
use crate::walk::{Reply, Request, Tally};
use crate::world::World;

/// The most bytes of a body ("Quotas for configuring and running a REST API in API Gateway").
const LARGEST: usize = 10 * 1024 * 1024;

/// A stage behind a custom domain.
pub(crate) struct Api<'a> {
    region: &'a str,
    apis: &'a Apis,
    api: &'a RestApi,
    stage: &'a Stage,
    content: Cow<'a, Content>,
}

/// A method of a path.
pub(crate) struct Route<'a> {
    /// The path as it is declared, `/users/{proxy+}`.
    pub resource: &'a str,
    /// As the API shows it.
    pub method: &'a Value,
    /// What the parameters of the path stand for.
    pub parameters: Map<String, Value>,
}

/// A Lambda authorizer.
pub(crate) struct Asker<'a> {
    pub name: &'a str,
    /// The function, by ARN.
    pub function: &'a str,
    /// Whether it gets the token alone.
    pub token: bool,
    /// For how long an answer is kept, in milliseconds.
    pub kept: u64,
    /// What callers show it, none if one of the sources is missing or empty.
    pub identity: Option<String>,
    /// As whom API Gateway asks.
    pub source: String,
}

/// Why API Gateway answers itself: the type of the answer and its message.
pub(crate) struct Refused {
    pub kind: &'static str,
    pub message: &'static str,
    pub why: String,
}

fn refused(kind: &'static str, message: &'static str, why: impl Into<String>) -> Refused {
    Refused { kind, message, why: why.into() }
}

/// Lets each deployment of a copy of the account have what requests meet.
pub(crate) fn unfold(world: &mut World) {
    for (region, apis) in &mut world.apigateway {
        apis.apis.values_mut().for_each(|api| deployment::unfold(region, api));
    }
}

/// The stage that a host leads to at the regional endpoint `target`, or why there is none.
pub(crate) fn behind<'a>(world: &'a World, target: &str, host: &str, path: &str) -> Result<Api<'a>, String> {
    let here = |(_, apis): &(&String, &Apis)| apis.domains.values().any(|domain| domain.target == target);
    let (region, apis) =
        world.apigateway.iter().find(here).ok_or_else(|| format!("nothing answers at {target}"))?;
    let domain = apis.domains.get(host).filter(|domain| domain.target == target);
    let domain = domain.ok_or_else(|| format!("{host} is no custom domain name of this endpoint"))?;
    if !acm::covers(world, region, &domain.certificate, host) {
        return Err(format!("the certificate of {host} is not for it"));
    }
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    if domain.mappings.contains_key(first) {
        return Err(format!("the base path mapping of /{first} is not walked, that of the root alone is"));
    }
    let mapping = domain.mappings.get("(none)");
    let mapping = mapping.ok_or_else(|| format!("no base path mapping of {host} is for /{first}"))?;
    let api = apis.apis.get(&mapping.api).ok_or("its base path mapping leads to no API")?;
    let stage = mapping.stage.as_deref().and_then(|stage| api.stages.get(stage));
    let stage = stage.ok_or("its base path mapping leads to no stage")?;
    let deployed = api.deployments.get(&stage.deployment).and_then(|deployment| deployment.content.as_ref());
    let content = deployed.map_or_else(|| Cow::Owned(Content::of(api)), Cow::Borrowed);
    Ok(Api { region, apis, api, stage, content })
}

/// Whether a name is that of a regional endpoint of a custom domain.
pub(crate) fn is_endpoint(world: &World, target: &str) -> bool {
    world.apigateway.values().any(|apis| apis.domains.values().any(|domain| domain.target == target))
}

/// The regional endpoint of a custom domain name.
pub(crate) fn endpoint_of(world: &World, host: &str) -> Option<String> {
    world.apigateway.values().find_map(|apis| apis.domains.get(host)).map(|domain| domain.target.clone())
}

/// What a path that is declared takes of one that was asked for, and how exactly: words before parameters before what
/// takes all the rest. `None` if it does not fit.
fn fit(declared: &str, asked: &str) -> Option<(Vec<u8>, Map<String, Value>)> {
    let mut asked = asked.split('/').filter(|part| !part.is_empty()).peekable();
    let (mut rank, mut parameters) = (Vec::new(), Map::new());
    for part in declared.split('/').filter(|part| !part.is_empty()) {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        match name.map(|name| (name, name.strip_suffix('+'))) {
            Some((_, Some(name))) => {
                asked.peek()?;
                let rest: Vec<&str> = asked.by_ref().collect();
                parameters.insert(name.to_owned(), json!(rest.join("/")));
                rank.push(2);
            }
            Some((name, None)) => {
                parameters.insert(name.to_owned(), json!(asked.next()?));
                rank.push(1);
            }
            None => {
                asked.next().filter(|one| *one == part)?;
                rank.push(0);
            }
        }
    }
    asked.next().is_none().then_some((rank, parameters))
}

impl Api<'_> {
    pub fn name(&self) -> String {
        format!("stage {} of {}", self.stage.name, self.api.name)
    }

    /// The stage's ARN, before which a web ACL stands.
    pub fn arn(&self) -> String {
        stage_arn(self.region, &self.api.id, &self.stage.name)
    }

    pub fn region(&self) -> &str {
        self.region
    }

    /// The ARN of what is executed.
    pub fn execution(&self, rest: &str) -> String {
        format!("arn:aws:execute-api:{}:{ACCOUNT}:{}/{rest}", self.region, self.api.id)
    }

    /// The ARN of a method that is called.
    pub fn called(&self, method: &str, path: &str) -> String {
        self.execution(&format!("{}/{method}/{}", self.stage.name, path.trim_start_matches('/')))
    }

    /// The method for a request.
    pub fn route(&self, request: &Request) -> Result<Route<'_>, Refused> {
        let fits = |path: &str| fit(path, &request.path);
        let mut found: Vec<_> = self
            .content
            .resources
            .values()
            .filter_map(|resource| {
                fits(&resource.path).map(|(rank, parameters)| (rank, resource, parameters))
            })
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        // "Including the cases when the client attempts to invoke an unsupported API method or resource" ("Gateway response
        // types for API Gateway").
        let missing = || {
            let why = format!("it has no method {} {}", request.method, request.path);
            refused("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token", why)
        };
        let (_, resource, parameters) = found.into_iter().next().ok_or_else(missing)?;
        let method = resource.methods.get(&request.method).or_else(|| resource.methods.get("ANY"));
        let method = method.ok_or_else(missing)?;
        Ok(Route { resource: &resource.path, method, parameters })
    }

    pub fn check_size(&self, request: &Request) -> Result<(), Refused> {
        if request.body.len() <= LARGEST {
            return Ok(());
        }
        Err(refused(
            "REQUEST_TOO_LARGE",
            "Request Too Long",
            "the body is longer than the 10 MB that an API takes",
        ))
    }

    /// The authorizer of a method; `None` where all may call it.
    pub fn asker(&self, route: &Route<'_>, request: &Request) -> Result<Option<Asker<'_>>, Refused> {
        match route.method["authorizationType"].as_str() {
            Some("CUSTOM") => {}
            Some("NONE") | None => return Ok(None),
            Some(other) => {
                let why = format!("authorization {other} is not walked");
                return Err(refused("AUTHORIZER_CONFIGURATION_ERROR", "Internal server error", why));
            }
        }
        let id = route.method["authorizerId"].as_str().unwrap_or_default();
        let broken = |why: &str| {
            refused(
                "AUTHORIZER_CONFIGURATION_ERROR",
                "Internal server error",
                format!("authorizer {id}: {why}"),
            )
        };
        let one = self.content.authorizers.get(id).ok_or_else(|| broken("there is none"))?;
        let function =
            one.uri.as_deref().and_then(function_of).ok_or_else(|| broken("it names no function"))?;
        let sources = one.identity_source.as_deref().unwrap_or_default().split(',').map(str::trim);
        let values: Option<Vec<&str>> = sources
            .filter(|source| !source.is_empty())
            .map(|source| {
                let header = source.strip_prefix("method.request.header.")?;
                request.headers.get(header).filter(|value| !value.is_empty())
            })
            .collect();
        Ok(Some(Asker {
            name: &one.name,
            function,
            token: one.kind == "TOKEN",
            kept: u64::try_from(one.ttl).unwrap_or_default() * 1000,
            identity: values.map(|values| values.join("\n")),
            source: self.execution(&format!("authorizers/{id}")),
        }))
    }

    /// Asks for the key and counts it against its plan, and then the request against the stage: the order of "Throttle
    /// requests to your REST APIs for better throughput in API Gateway". AWS takes limits as targets, here they are exact.
    pub fn admit(&self, route: &Route<'_>, request: &Request, tally: &mut Tally) -> Result<String, Refused> {
        let mut said = "no key is asked for".to_owned();
        if route.method["apiKeyRequired"] == true {
            said = self.key(request, tally)?;
        }
        let verb = route.method["httpMethod"].as_str().unwrap_or("ANY");
        let own = format!("{}/{verb}", route.resource.replace('/', "~1"));
        let settings = self.stage.methods.get(&own).or_else(|| self.stage.methods.get("*/*"));
        let number = |member: &str| settings.and_then(|all| all.get(member)).and_then(Value::as_f64);
        if let (Some(rate), Some(burst)) = (number("throttlingRateLimit"), number("throttlingBurstLimit"))
            && !tally.take(&format!("{} {own}", self.arn()), rate, burst)
        {
            let why = format!("more than the stage's {rate} requests a second, {burst} at once");
            return Err(refused("THROTTLED", "Too Many Requests", why));
        }
        Ok(said)
    }

    fn key(&self, request: &Request, tally: &mut Tally) -> Result<String, Refused> {
        let invalid = |why: &str| refused("INVALID_API_KEY", "Forbidden", why);
        let given =
            request.headers.get("x-api-key").ok_or_else(|| invalid("the request brings no API key"))?;
        let key = self.apis.keys.values().find(|key| key.value == given && key.enabled);
        let key = key.ok_or_else(|| invalid("the API key is none of this account, or switched off"))?;
        let here = |plan: &&super::usage_plan::Plan| {
            plan.keys.contains(&key.id)
                && plan.stages.iter().any(|one| one.api == self.api.id && one.stage == self.stage.name)
        };
        let plan = self.apis.plans.values().find(here);
        let plan = plan.ok_or_else(|| invalid("no usage plan of this stage has the API key"))?;
        let count = format!("{} {}", plan.id, key.id);
        if let Some((rate, burst)) = plan.throttle
            && !tally.take(&count, rate, burst as f64)
        {
            let why = format!("more than plan {}'s {rate} requests a second, {burst} at once", plan.name);
            return Err(refused("THROTTLED", "Too Many Requests", why));
        }
        if let Some(quota) = &plan.quota
            && tally.count(&format!("{count} quota"), u64::MAX)
                > u64::try_from(quota.limit).unwrap_or_default()
        {
            let why = format!("more than plan {}'s {} requests a {}", plan.name, quota.limit, quota.period);
            return Err(refused("QUOTA_EXCEEDED", "Limit Exceeded", why));
        }
        Ok(format!("key {} of plan {}", key.name, plan.name))
    }

    /// What API Gateway answers itself: the response of the type, else that of all with its class of status, else its own
    /// ("Gateway responses for REST APIs in API Gateway"). Says which it was.
    pub fn own(&self, kind: &str, message: &str, request: &Request) -> (String, Reply) {
        let usual = gateway_response::shown(kind, None).unwrap_or_default();
        let status = usual["statusCode"].as_str().and_then(|code| code.parse().ok()).unwrap_or(500);
        self.with_status(kind, status, message, request)
    }

    /// The same where the status is not that of the type.
    pub fn with_status(&self, kind: &str, status: u16, message: &str, request: &Request) -> (String, Reply) {
        let class = if status < 500 { "DEFAULT_4XX" } else { "DEFAULT_5XX" };
        let all = &self.content.gateway_responses;
        let named = all.get(kind).map(|own| (kind, own)).or_else(|| all.get(class).map(|own| (class, own)));
        let Some((name, own)) = named else {
            return (format!("{kind}, as AWS has it"), Reply::message(status, message));
        };
        let status = own["statusCode"].as_str().and_then(|code| code.parse().ok()).unwrap_or(status);
        let template = own.pointer("/responseTemplates/application~1json").and_then(Value::as_str);
        let body = template.map_or_else(
            || json!({ "message": message }).to_string(),
            |template| {
                template
                    .replace("$context.error.messageString", &json!(message).to_string())
                    .replace("$context.error.message", message)
                    .replace("$context.error.responseType", kind)
            },
        );
        let mut reply = Reply::new(status, "application/json", body);
        for (name, value) in own["responseParameters"].as_object().into_iter().flatten() {
            let Some(header) = name.strip_prefix("gatewayresponse.header.") else { continue };
            let value = value.as_str().unwrap_or_default();
            let constant = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
            let mapped =
                value.strip_prefix("method.request.header.").and_then(|name| request.headers.get(name));
            if let Some(value) = constant.or(mapped) {
                reply.headers.set(header, value);
            }
        }
        (format!("{kind}, answered as {name} says"), reply)
    }

    /// Whether bytes of this type reach a function as they are, in Base64 ("Binary media types for REST APIs").
    pub fn is_binary(&self, kind: &str) -> bool {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let fits = |one: &String| one == "*/*" || one.eq_ignore_ascii_case(kind);
        !kind.is_empty() && self.api.binary_media_types.iter().any(fits)
    }

    /// Whether a caller takes bytes: the first type that he asks for is one of those ("Return binary media from a Lambda proxy
    /// integration in API Gateway").
    pub fn takes_bytes(&self, request: &Request) -> bool {
        let first = request.headers.get("Accept").and_then(|all| all.split(',').next());
        first.is_some_and(|first| self.is_binary(first))
    }

    /// What a function or an authorizer gets of a request ("Lambda proxy integrations in API Gateway", "Input to an API
    /// Gateway Lambda authorizer").
    pub fn event(&self, route: &Route<'_>, request: &Request) -> Value {
        let headers: Map<String, Value> =
            request.headers.iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        let multi: Map<String, Value> =
            request.headers.iter().map(|(name, value)| (name.to_owned(), json!([value]))).collect();
        let query: Map<String, Value> = request
            .query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        let some = |map: Map<String, Value>| (!map.is_empty()).then_some(map);
        let variables: Map<String, Value> =
            self.stage.variables.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({
            "resource": route.resource,
            "path": request.path,
            "httpMethod": request.method,
            "headers": headers,
            "multiValueHeaders": multi,
            "queryStringParameters": some(query),
            "pathParameters": some(route.parameters.clone()),
            "stageVariables": some(variables),
            "requestContext": {
                "accountId": ACCOUNT, "apiId": self.api.id, "stage": self.stage.name, "domainName": request.host,
                "resourcePath": route.resource, "httpMethod": request.method, "path": request.path,
                "protocol": "HTTP/1.1", "identity": {"sourceIp": request.from},
            },
        })
    }

    /// What a mock integration answers ("Mock integrations for REST APIs in API Gateway"), or the part of its template that
    /// is not known.
    pub fn mock(&self, integration: &Value, request: &Request) -> Result<Reply, String> {
        let wish = integration.pointer("/requestTemplates/application~1json").and_then(Value::as_str);
        let wish: Value =
            serde_json::from_str(wish.unwrap_or("{}")).map_err(|_| wish.unwrap_or("").to_owned())?;
        let code = wish["statusCode"].as_u64().unwrap_or(200).to_string();
        let responses = integration["integrationResponses"].as_object();
        let response =
            responses.and_then(|all| all.get(&code)).ok_or_else(|| format!("no response for {code}"))?;
        let status = response["statusCode"].as_str().and_then(|code| code.parse().ok()).unwrap_or(200);
        let mut reply = Reply::new(status, "application/json", "");
        for (name, value) in response["responseParameters"].as_object().into_iter().flatten() {
            let header = name.strip_prefix("method.response.header.");
            let constant = value.as_str().and_then(|text| text.strip_prefix('\'')?.strip_suffix('\''));
            if let (Some(header), Some(value)) = (header, constant) {
                reply.headers.set(header, value);
            }
        }
        let template = response.pointer("/responseTemplates/application~1json").and_then(Value::as_str);
        for (name, value) in template::overrides(template.unwrap_or_default(), request)?.iter() {
            reply.headers.set(name, value);
        }
        Ok(reply)
    }
}

/// The function in the URI of an integration, by ARN.
pub(crate) fn function_of(uri: &str) -> Option<&str> {
    uri.split_once("/functions/")?.1.strip_suffix("/invocations")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_exact_path_counts() {
        let rank = |declared: &str| fit(declared, "/users/1/x").map(|(rank, _)| rank);
        assert_eq!(rank("/users/{proxy+}"), Some(vec![0, 2]));
        assert_eq!(rank("/users/{id}/x"), Some(vec![0, 1, 0]));
        assert!(rank("/users/{id}/x") < rank("/users/{proxy+}"));
        assert_eq!(rank("/users"), None);
        assert_eq!(rank("/users/{id}"), None);
        assert!(fit("/users/{proxy+}", "/users").is_none(), "it takes one part at least");
        let (_, parameters) = fit("/users/{proxy+}", "/users/1/x").expect("it fits");
        assert_eq!(parameters["proxy"], "1/x");
    }

    #[test]
    fn the_function_stands_in_the_uri() {
        let uri = "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:f:live/invocations";
        assert_eq!(function_of(uri), Some("arn:aws:lambda:r:1:function:f:live"));
        assert_eq!(function_of("https://x"), None);
    }
}
