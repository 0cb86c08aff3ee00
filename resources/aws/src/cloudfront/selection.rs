//! Which headers, cookies and query strings a policy takes, to and from AWS.

use aws_sdk_cloudfront::types::{CookieNames, Headers, QueryStringNames};
use finsight_engine::contract::Failure;
use finsight_engine::value::Map;

use super::common::{built, quantity, sorted};
use crate::values::{Inputs, Values};

/// The names of a selection; AWS wants no list where there are none.
fn names(wanted: &Map, key: &str) -> Option<Vec<String>> {
    Some(wanted.texts(key)).filter(|names| !names.is_empty())
}

/// The headers, if there are any.
pub fn headers(wanted: &Map) -> Result<Option<Headers>, Failure> {
    let Some(names) = names(wanted, "headers") else { return Ok(None) };
    built(Headers::builder().quantity(quantity(&names)).set_items(Some(names)).build()).map(Some)
}

/// The cookies, if there are any.
pub fn cookies(wanted: &Map) -> Result<Option<CookieNames>, Failure> {
    let Some(names) = names(wanted, "cookies") else { return Ok(None) };
    built(CookieNames::builder().quantity(quantity(&names)).set_items(Some(names)).build()).map(Some)
}

/// The query strings, if there are any.
pub fn query_strings(wanted: &Map) -> Result<Option<QueryStringNames>, Failure> {
    let Some(names) = names(wanted, "query_strings") else { return Ok(None) };
    built(QueryStringNames::builder().quantity(quantity(&names)).set_items(Some(names)).build()).map(Some)
}

/// A selection as it stands.
pub fn selected(behavior_key: &str, behavior: &str, items_key: &str, items: Option<&[String]>) -> Map {
    let items = items.filter(|items| !items.is_empty()).map(|items| sorted(items.iter().cloned()));
    Values::new().set(behavior_key, behavior).set(items_key, items).build()
}
