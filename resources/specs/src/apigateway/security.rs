//! Who may call the routes of a document.

use finsight_engine::program::Input;
use finsight_engine::value::{Map, Value};

use super::cors::map;
use super::openapi::API_KEY;
use crate::ids::Arn;

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

    /// Whether an API key must come along.
    pub(super) fn wants_key(&self) -> bool {
        self.api_key
    }

    /// The requirement in the document; all of it must be met.
    pub(super) fn requirement(&self) -> Option<Value> {
        let names = self.authorizer.as_deref().into_iter().chain(self.api_key.then_some(API_KEY));
        let all: Map = names.map(|name| (name.to_owned(), Value::List(Vec::new()))).collect();
        (!all.is_empty()).then(|| Value::List(vec![Value::Map(all)]))
    }
}

/// A function that decides who may call.
///
/// Its own policy lets `apigateway.amazonaws.com` call it from
/// `<the API's execution_arn>/authorizers/*`, or it has [`credentials`](Self::credentials).
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

    /// The security scheme in the document.
    pub(super) fn scheme(mut self) -> Value {
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
