//! What an API's document says.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Subject};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value, at_path};

/// The key of the methods that a path has not apart.
const ANY: &str = "x-amazon-apigateway-any-method";

/// A method of a path of an API.
pub(super) struct Operation<'a> {
    /// The path, such as `/users/{proxy+}`.
    pub path: &'a str,
    /// The method, such as `GET`, or `ANY`.
    pub method: String,
    inputs: &'a Map,
}

impl<'a> Operation<'a> {
    /// All of an API.
    pub(super) fn all(api: &'a Filled<'_>) -> Vec<Self> {
        let body = api.get("body").and_then(Value::as_map);
        let paths = body.and_then(|body| body.get("paths")).and_then(Value::as_map);
        let mut found = Vec::new();
        for (path, methods) in paths.into_iter().flatten() {
            for (method, operation) in methods.as_map().into_iter().flatten() {
                let Some(inputs) = operation.as_map() else { continue };
                let method = if method == ANY { "ANY".to_owned() } else { method.to_ascii_uppercase() };
                found.push(Self { path, method, inputs });
            }
        }
        found
    }

    /// How API Gateway answers it.
    pub(super) fn integration(&self) -> Option<&'a Map> {
        self.inputs.get("x-amazon-apigateway-integration").and_then(Value::as_map)
    }

    /// Whether it asks for this of its callers: a key, or an authorizer by its name.
    pub(super) fn asks_for(&self, scheme: &str) -> bool {
        self.schemes().any(|name| name == scheme)
    }

    /// What it asks for of its callers.
    pub(super) fn schemes(&self) -> impl Iterator<Item = &'a str> {
        let listed = self.inputs.get("security").and_then(Value::as_list).unwrap_or_default();
        listed.iter().filter_map(Value::as_map).flat_map(Map::keys).map(String::as_str)
    }

    /// The parameters of the query that it declares.
    pub(super) fn queries(&self) -> impl Iterator<Item = &'a str> {
        let listed = self.inputs.get("parameters").and_then(Value::as_list).unwrap_or_default();
        let declared = listed.iter().filter_map(Value::as_map);
        let queries = declared.filter(|one| one.get("in").and_then(Value::as_text) == Some("query"));
        queries.filter_map(|one| one.get("name")?.as_text())
    }

    /// Whether a browser asks by it before it calls.
    pub(super) fn is_preflight(&self) -> bool {
        self.method == "OPTIONS"
    }

    /// The names in its path, such as `proxy`.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &'a str> {
        self.path.split('/').filter_map(|part| {
            part.strip_prefix('{')?.strip_suffix('}').map(|inner| inner.trim_end_matches('+'))
        })
    }
}

/// The functions that let callers into APIs, and answer no calls themselves.
pub(super) fn authorizers(subject: &Subject<'_>) -> BTreeSet<Urn> {
    let (mut asked, mut routed) = (BTreeSet::new(), BTreeSet::new());
    for api in subject.of_type("aws:apigateway:RestApi") {
        asked.extend(at_path(&api.inputs, "body.components").map(references).unwrap_or_default());
        let called = Operation::all(api).into_iter().filter_map(|one| one.integration()?.get("uri"));
        routed.extend(called.flat_map(references));
    }
    &asked - &routed
}

/// The API of what refers to it by a property.
pub(super) fn api_of<'a>(
    subject: &'a Subject<'a>,
    item: &Filled<'_>,
    property: &str,
) -> Option<&'a Filled<'a>> {
    subject.get(item.refers_to(property)?)
}
