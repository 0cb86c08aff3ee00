//! The document that a REST API's content is imported from.

use finsight_engine::program::Input;
use finsight_engine::value::{Map, Value};

use super::cors::{Cors, kind, map};
use super::{GatewayResponse, LambdaAuthorizer, Security};

/// An OpenAPI 3 document with API Gateway's extensions: routes to functions, authorizers,
/// preflights and gateway responses, imported with one call and compared as a whole.
///
/// ```
/// # use finsight_specs::apigateway::{Cors, GatewayResponse, LambdaAuthorizer, OpenApi, RestApi, Security};
/// # let (users, authorizer) = ("arn:aws:apigateway:…/invocations", "arn:aws:apigateway:…/invocations");
/// let cors = Cors::new(["https://app.example.com"]);
/// let body = OpenApi::new("finsight")
///     .authorizer("jwt", LambdaAuthorizer::request(authorizer).ttl(300))
///     .lambda_group("/users", users, &Security::authorizer("jwt"))
///     .lambda_group("/auth", users, &Security::none())
///     .cors_preflight("/users", &cors)
///     .cors_preflight("/auth", &cors)
///     .gateway_response(GatewayResponse::new("DEFAULT_4XX").cors(&cors))
///     .gateway_response(GatewayResponse::new("DEFAULT_5XX").cors(&cors));
/// let api = RestApi::new(body).name("finsight");
/// ```
#[derive(Clone)]
pub struct OpenApi {
    title: String,
    schemes: Map,
    paths: Map,
    responses: Map,
}

/// The name of the scheme of API keys in the document.
pub(super) const API_KEY: &str = "api_key";
/// The milliseconds that API Gateway waits for a function, unless told otherwise.
const TIMEOUT: i64 = 29_000;

impl OpenApi {
    /// A document without routes.
    #[must_use]
    pub fn new(title: &str) -> Self {
        Self { title: title.to_owned(), schemes: Map::new(), paths: Map::new(), responses: Map::new() }
    }

    /// Declares a Lambda authorizer under a name that [`Security::authorizer`] refers to.
    ///
    /// In the document it is a security scheme with `x-amazon-apigateway-authorizer`. It is part of the
    /// API's content: changed from outside, it shows as drift of the API and is put right by an import.
    #[must_use]
    pub fn authorizer(mut self, name: &str, authorizer: LambdaAuthorizer) -> Self {
        self.schemes.insert(name.to_owned(), authorizer.scheme());
        self
    }

    /// Sends a method of a path to a function: `GET`, or `ANY` for every method that the path has
    /// not apart. `invoke_arn` is the function's or its alias' output of this name.
    #[must_use]
    pub fn lambda_route(
        self,
        path: &str,
        method: &str,
        invoke_arn: impl Into<Input<String>>,
        security: &Security,
    ) -> Self {
        self.lambda_route_within(path, method, invoke_arn, security, TIMEOUT)
    }

    /// The same with the milliseconds that API Gateway waits for the function.
    #[must_use]
    pub fn lambda_route_within(
        mut self,
        path: &str,
        method: &str,
        invoke_arn: impl Into<Input<String>>,
        security: &Security,
        timeout_millis: i64,
    ) -> Self {
        if security.wants_key() {
            self.schemes.insert(
                API_KEY.to_owned(),
                map([("type", "apiKey".into()), ("name", "x-api-key".into()), ("in", "header".into())]),
            );
        }
        let integration = map([
            ("type", "aws_proxy".into()),
            ("httpMethod", "POST".into()),
            ("uri", invoke_arn.into().into_value()),
            ("passthroughBehavior", "when_no_match".into()),
            ("timeoutInMillis", Value::Int(timeout_millis)),
        ]);
        let answered = map([("200", map([("description", "what the function answers".into())]))]);
        let mut operation = Map::from([
            ("responses".to_owned(), answered),
            ("x-amazon-apigateway-integration".to_owned(), integration),
        ]);
        if let Some(security) = security.requirement() {
            operation.insert("security".to_owned(), security);
        }
        self.operation(path, method, operation);
        self
    }

    /// Lets the stage's cache keep what a function answers to `GET` of a path, and of all below it, apart for each caller and
    /// for each value of these parameters of the query. A parameter that is not named here does not tell answers apart.
    ///
    /// API Gateway's cache knows of a request what its integration names alone: without that, one caller's answer, or
    /// another path's, goes to the next. A stage caches these where its settings for `<path>/GET` say so.
    #[must_use]
    pub fn lambda_cached(
        mut self,
        path: &str,
        invoke_arn: impl Into<Input<String>>,
        security: &Security,
        query: &[String],
    ) -> Self {
        let uri = invoke_arn.into().into_value();
        for path in [path.to_owned(), below(path)] {
            self = self.lambda_route(&path, "GET", Input::from_value(uri.clone()), security);
            let known = parameters(&path).map(|name| ("path", name)).collect::<Vec<_>>();
            let asked = query.iter().map(|name| ("querystring", name.as_str()));
            let all: Vec<(&str, &str)> =
                known.iter().copied().chain([("header", "Authorization")]).chain(asked).collect();
            let keys: Vec<Value> =
                all.iter().map(|(place, name)| format!("method.request.{place}.{name}").into()).collect();
            let declared = all.iter().filter(|(place, _)| *place != "path").map(|(place, name)| {
                let place = if *place == "header" { "header" } else { "query" };
                map([
                    ("name", (*name).into()),
                    ("in", place.into()),
                    ("required", false.into()),
                    ("schema", kind("string")),
                ])
            });
            let Some(Value::Map(item)) = self.paths.get_mut(&path) else { continue };
            let Some(Value::Map(operation)) = item.get_mut("get") else { continue };
            let parameters =
                operation.entry("parameters".to_owned()).or_insert_with(|| Value::List(Vec::new()));
            if let Value::List(parameters) = parameters {
                parameters.extend(declared);
            }
            if let Some(Value::Map(integration)) = operation.get_mut("x-amazon-apigateway-integration") {
                integration.insert("cacheKeyParameters".to_owned(), Value::List(keys));
            }
        }
        self
    }

    /// Sends a path and all below it to a function, whatever the method: `/users` and `/users/{proxy+}`.
    #[must_use]
    pub fn lambda_group(self, path: &str, invoke_arn: impl Into<Input<String>>, security: &Security) -> Self {
        let uri = invoke_arn.into().into_value();
        self.lambda_route(path, "ANY", Input::from_value(uri.clone()), security).lambda_route(
            &below(path),
            "ANY",
            Input::from_value(uri),
            security,
        )
    }

    /// Answers browsers that ask before they call a path or anything below it, without an
    /// authorizer, a key or a function.
    #[must_use]
    pub fn cors_preflight(mut self, path: &str, cors: &Cors) -> Self {
        for path in [path.to_owned(), below(path)] {
            if let Value::Map(operation) = cors.preflight() {
                self.operation(&path, "OPTIONS", operation);
            }
        }
        self
    }

    /// Sets what API Gateway itself answers, such as to callers that an authorizer does not let in.
    #[must_use]
    pub fn gateway_response(mut self, response: GatewayResponse) -> Self {
        let (kind, value) = response.into_entry();
        self.responses.insert(kind, value);
        self
    }

    fn operation(&mut self, path: &str, method: &str, mut operation: Map) {
        let parameters: Vec<Value> = parameters(path)
            .map(|name| {
                map([
                    ("name", name.into()),
                    ("in", "path".into()),
                    ("required", true.into()),
                    ("schema", kind("string")),
                ])
            })
            .collect();
        if !parameters.is_empty() {
            operation.insert("parameters".to_owned(), Value::List(parameters));
        }
        let key = match method {
            "ANY" => "x-amazon-apigateway-any-method".to_owned(),
            method => method.to_ascii_lowercase(),
        };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let item = self.paths.entry(path).or_insert_with(|| Value::Map(Map::new()));
        if let Value::Map(item) = item {
            item.insert(key, Value::Map(operation));
        }
    }

    /// The document as a property's value.
    #[must_use]
    pub fn document(self) -> Value {
        let mut document = Map::from([
            ("openapi".to_owned(), "3.0.1".into()),
            ("info".to_owned(), map([("title", self.title.into()), ("version", "1.0".into())])),
            ("paths".to_owned(), Value::Map(self.paths)),
        ]);
        if !self.schemes.is_empty() {
            document.insert("components".to_owned(), map([("securitySchemes", Value::Map(self.schemes))]));
        }
        if !self.responses.is_empty() {
            document.insert("x-amazon-apigateway-gateway-responses".to_owned(), Value::Map(self.responses));
        }
        Value::Map(document)
    }
}

impl From<OpenApi> for Input<Value> {
    fn from(document: OpenApi) -> Self {
        Self::from_value(document.document())
    }
}

/// `/users/{proxy+}` of `/users`.
fn below(path: &str) -> String {
    format!("{}/{{proxy+}}", path.trim_end_matches('/'))
}

/// The names of a path's parameters.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| {
        let inner = part.strip_prefix('{')?.strip_suffix('}')?;
        Some(inner.trim_end_matches('+'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_two_paths_behind_its_authorizer() {
        let security = Security::authorizer("jwt").api_key(true);
        let document = OpenApi::new("finsight")
            .authorizer("jwt", LambdaAuthorizer::request("arn:a").ttl(60))
            .lambda_group("/users", "arn:u", &security)
            .cors_preflight("/users", &Cors::new(["https://app.example.com"]))
            .gateway_response(GatewayResponse::new("WAF_FILTERED").status(403).header("X", "y"))
            .document()
            .masked();
        let below = &document["paths"]["/users/{proxy+}"];
        let any = &below["x-amazon-apigateway-any-method"];
        assert_eq!(any["security"].to_string(), r#"[{"api_key":[],"jwt":[]}]"#);
        assert_eq!(any["parameters"][0]["name"], "proxy");
        assert_eq!(any["x-amazon-apigateway-integration"]["uri"], "arn:u");
        assert_eq!(any["x-amazon-apigateway-integration"]["httpMethod"], "POST");
        assert!(below["options"].get("security").is_none());
        assert!(document["paths"]["/users"]["x-amazon-apigateway-any-method"].is_object());
        let schemes = &document["components"]["securitySchemes"];
        assert_eq!(schemes["api_key"]["name"], "x-api-key");
        let authorizer = &schemes["jwt"]["x-amazon-apigateway-authorizer"];
        assert_eq!(authorizer["authorizerResultTtlInSeconds"], 60);
        assert_eq!(authorizer["identitySource"], "method.request.header.Authorization");
        let filtered = &document["x-amazon-apigateway-gateway-responses"]["WAF_FILTERED"];
        assert_eq!(filtered["statusCode"], "403");
        assert_eq!(filtered["responseParameters"]["gatewayresponse.header.X"], "'y'");
    }

    #[test]
    fn what_is_cached_is_kept_apart() {
        let security = Security::authorizer("jwt");
        let document = OpenApi::new("x")
            .lambda_group("/users", "arn:u", &security)
            .lambda_cached("/users", "arn:u", &security, &["page".to_owned()])
            .document()
            .masked();
        let get = &document["paths"]["/users/{proxy+}"]["get"];
        let keys = &get["x-amazon-apigateway-integration"]["cacheKeyParameters"];
        let all = r#"["method.request.path.proxy","method.request.header.Authorization","method.request.querystring.page"]"#;
        assert_eq!(keys.to_string(), all);
        let declared: Vec<&str> =
            get["parameters"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(declared, ["proxy", "Authorization", "page"]);
        assert_eq!(get["security"].to_string(), r#"[{"jwt":[]}]"#);
        let bare =
            &document["paths"]["/users"]["get"]["x-amazon-apigateway-integration"]["cacheKeyParameters"];
        assert!(!bare.to_string().contains("proxy"), "{bare}");
        let any = &document["paths"]["/users"]["x-amazon-apigateway-any-method"];
        assert!(any["x-amazon-apigateway-integration"].get("cacheKeyParameters").is_none());
    }

    #[test]
    fn an_unknown_function_stays_a_reference() {
        use finsight_engine::program::Output;
        use finsight_engine::urn::Urn;

        let urn = Urn::new("dev", "api", "aws:lambda:Alias", "live").unwrap();
        let uri = Output::<String>::of(&urn, "invoke_arn");
        let document = OpenApi::new("x").lambda_route("/a", "GET", &uri, &Security::none()).document();
        assert!(document.has_unknown());
    }
}
