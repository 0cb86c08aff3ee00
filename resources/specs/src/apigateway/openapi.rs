//! The document that a REST API's content is imported from.

use finsight_engine::program::Input;
use finsight_engine::value::{Map, Value};

use super::cors::{Cors, kind, map};
use crate::ids::Arn;

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
const API_KEY: &str = "api_key";
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
        if security.api_key {
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
        self.responses.insert(response.kind.clone(), response.value());
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

/// Who may call a route.
#[derive(Debug, Clone, Default)]
pub struct Security {
    authorizer: Option<String>,
    api_key: bool,
}

impl Security {
    /// Everyone.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Whom the authorizer of this name lets in.
    #[must_use]
    pub fn authorizer(name: &str) -> Self {
        Self { authorizer: Some(name.to_owned()), api_key: false }
    }

    /// Whether an API key of a usage plan must come along as well.
    #[must_use]
    pub fn api_key(mut self, required: bool) -> Self {
        self.api_key = required;
        self
    }

    fn requirement(&self) -> Option<Value> {
        let names = self.authorizer.as_deref().into_iter().chain(self.api_key.then_some(API_KEY));
        let all: Map = names.map(|name| (name.to_owned(), Value::List(Vec::new()))).collect();
        (!all.is_empty()).then(|| Value::List(vec![Value::Map(all)]))
    }
}

/// A function that decides who may call.
#[derive(Clone)]
pub struct LambdaAuthorizer {
    token: bool,
    header: String,
    settings: Map,
}

impl LambdaAuthorizer {
    fn new(token: bool, invoke_arn: Input<String>) -> Self {
        let settings = Map::from([
            ("type".to_owned(), if token { "token" } else { "request" }.into()),
            ("authorizerUri".to_owned(), invoke_arn.into_value()),
            ("authorizerResultTtlInSeconds".to_owned(), Value::Int(300)),
        ]);
        Self { token, header: "Authorization".to_owned(), settings }
            .identity_source("method.request.header.Authorization")
    }

    /// A function that gets the header `Authorization` alone.
    pub fn token(invoke_arn: impl Into<Input<String>>) -> Self {
        Self::new(true, invoke_arn.into())
    }

    /// A function that gets the whole request.
    pub fn request(invoke_arn: impl Into<Input<String>>) -> Self {
        Self::new(false, invoke_arn.into())
    }

    /// Seconds for which an answer is kept, for each value of the identity source; 0 for never.
    ///
    /// An answer that is kept holds for every path, so its policy must not name only the one path
    /// that was called.
    #[must_use]
    pub fn ttl(mut self, seconds: i64) -> Self {
        self.settings.insert("authorizerResultTtlInSeconds".to_owned(), Value::Int(seconds));
        self
    }

    /// Where callers show who they are, separated by commas: `method.request.header.Authorization`.
    #[must_use]
    pub fn identity_source(mut self, source: &str) -> Self {
        if let Some(header) = source.strip_prefix("method.request.header.") {
            header.clone_into(&mut self.header);
        }
        self.settings.insert("identitySource".to_owned(), source.into());
        self
    }

    /// What a token must look like to be worth a call: a regular expression.
    #[must_use]
    pub fn validation(mut self, expression: &str) -> Self {
        self.settings.insert("identityValidationExpression".to_owned(), expression.into());
        self
    }

    /// The role in which the function is called, where its own policy does not allow it.
    #[must_use]
    pub fn credentials(mut self, role: impl Into<Input<Arn>>) -> Self {
        self.settings.insert("authorizerCredentials".to_owned(), role.into().into_value());
        self
    }

    fn scheme(mut self) -> Value {
        // The import takes the header of a token from the scheme's name.
        let name = if self.token {
            self.settings.remove("identitySource");
            self.header
        } else {
            "Unused".to_owned()
        };
        map([
            ("type", "apiKey".into()),
            ("name", name.into()),
            ("in", "header".into()),
            ("x-amazon-apigateway-authtype", "custom".into()),
            ("x-amazon-apigateway-authorizer", Value::Map(self.settings)),
        ])
    }
}

/// What API Gateway itself answers in one case.
#[derive(Clone)]
pub struct GatewayResponse {
    kind: String,
    status: Option<String>,
    parameters: Map,
    templates: Map,
}

impl GatewayResponse {
    /// The case: `DEFAULT_4XX`, `DEFAULT_5XX`, `UNAUTHORIZED`, `ACCESS_DENIED`, `WAF_FILTERED`,
    /// `THROTTLED`, `QUOTA_EXCEEDED` …
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self { kind: kind.to_owned(), status: None, parameters: Map::new(), templates: Map::new() }
    }

    /// The HTTP status, where it is not API Gateway's own.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status.to_string());
        self
    }

    /// A header with a constant value.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(format!("gatewayresponse.header.{name}"), format!("'{value}'").into());
        self
    }

    /// The body for a media type: text in which `$context.…` stands for values, and
    /// `$context.error.messageString` for the message in quotes.
    #[must_use]
    pub fn template(mut self, media_type: &str, text: &str) -> Self {
        self.templates.insert(media_type.to_owned(), text.into());
        self
    }

    /// The headers without which a browser does not show the error to the page. They cannot depend
    /// on the request here: of several origins the first can read errors.
    #[must_use]
    pub fn cors(mut self, cors: &Cors) -> Self {
        for (name, value) in cors.error_headers() {
            self.parameters.insert(format!("gatewayresponse.header.{name}"), value.into());
        }
        self
    }

    fn value(self) -> Value {
        let mut out = Map::new();
        if let Some(status) = self.status {
            out.insert("statusCode".to_owned(), status.into());
        }
        if !self.parameters.is_empty() {
            out.insert("responseParameters".to_owned(), Value::Map(self.parameters));
        }
        if !self.templates.is_empty() {
            out.insert("responseTemplates".to_owned(), Value::Map(self.templates));
        }
        Value::Map(out)
    }
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
    fn an_unknown_function_stays_a_reference() {
        use finsight_engine::program::Output;
        use finsight_engine::urn::Urn;

        let urn = Urn::new("dev", "api", "aws:lambda:Alias", "live").unwrap();
        let uri = Output::<String>::of(&urn, "invoke_arn");
        let document = OpenApi::new("x").lambda_route("/a", "GET", &uri, &Security::none()).document();
        assert!(document.has_unknown());
    }
}
