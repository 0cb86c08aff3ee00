//! Values as plain texts, though parts of them are known later only.

use finsight_engine::expr::{ContextKey, Expr};
use finsight_engine::policy::Filled;
use finsight_engine::urn::{Urn, glob};
use finsight_engine::value::{Map, Value};

/// The account in a plain text.
pub(super) const ACCOUNT: &str = "{account_id}";

/// A value as one text, in which `{urn#output}` stands for what another resource gives and `{region}` for where the stack runs.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null | Value::Unknown => String::new(),
        Value::Bool(is) => is.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Secret(_) => "{secret}".to_owned(),
        Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        Value::Map(map) => {
            map.iter().map(|(key, item)| format!("{key}={}", plain(item))).collect::<Vec<_>>().join(",")
        }
        Value::Expr(expr) => match expr.as_ref() {
            Expr::Output { urn, name } => format!("{{{urn}#{name}}}"),
            Expr::Context { key: ContextKey::AccountId } => ACCOUNT.to_owned(),
            Expr::Context { key: ContextKey::Region } => "{region}".to_owned(),
            Expr::Context { key: ContextKey::Partition } => "{partition}".to_owned(),
            Expr::Concat { items } => items.iter().map(plain).collect(),
            Expr::Join { separator, of } => of.as_list().map_or_else(
                || plain(of),
                |items| items.iter().map(plain).collect::<Vec<_>>().join(separator),
            ),
            Expr::Json { of } | Expr::Base64 { of } => plain(of),
            Expr::Index { of, key } => format!("{}[{key}]", plain(of)),
        },
    }
}

/// A value, or each item of a list, as plain texts.
pub(super) fn plains(value: Option<&Value>) -> Vec<String> {
    match value {
        None => Vec::new(),
        Some(Value::List(items)) => items.iter().map(plain).collect(),
        Some(one) => vec![plain(one)],
    }
}

/// What stands at a key of a map, as a plain text.
pub(super) fn at(map: &Map, key: &str) -> String {
    map.get(key).map(plain).unwrap_or_default()
}

/// The properties in which resources are named by those who write ARNs by hand.
const NAMES: &[&str] = &[
    "bucket",
    "configuration_set_name",
    "db_instance_identifier",
    "db_proxy_name",
    "email_identity",
    "function_name",
    "log_group_name",
    "role_name",
    "topic_name",
    "trail_name",
    "name",
];

/// The name that a resource has in AWS, where the program gives it one.
pub(super) fn name_of(item: &Filled<'_>) -> Option<String> {
    NAMES.iter().find_map(|key| item.get(key)).map(plain).filter(|name| !name.is_empty())
}

/// What stands in a text behind a resource, by whatever it is named: all ends of it.
pub(super) fn behind<'t>(text: &'t str, item: &Filled<'_>) -> Vec<&'t str> {
    let mut found = Vec::new();
    let reference = format!("{{{}#", item.urn());
    found.extend(text.match_indices(&reference).filter_map(|(at, _)| {
        let rest = &text[at + reference.len()..];
        rest.find('}').map(|end| &rest[end + 1..])
    }));
    let Some(name) = name_of(item) else { return found };
    let edge = |c: Option<char>| c.is_none_or(|c| ":/*,".contains(c));
    found.extend(text.match_indices(&name).filter_map(|(at, _)| {
        let rest = &text[at + name.len()..];
        (edge(text[..at].chars().next_back()) && edge(rest.chars().next())).then_some(rest)
    }));
    found
}

/// Whether a text names a resource.
pub(super) fn names(text: &str, item: &Filled<'_>) -> bool {
    !behind(text, item).is_empty()
}

/// Whether a pattern, such as the ARN of a statement, stands for a resource and this behind it, such as `/*` for a bucket's objects.
pub(super) fn covers(pattern: &str, item: &Filled<'_>, suffix: &str) -> bool {
    pattern == "*" || behind(pattern, item).into_iter().any(|rest| glob(rest, suffix))
}

/// The resource whose output a text begins with, and the output.
pub(super) fn output(value: &Value) -> Option<(&Urn, &str)> {
    match value {
        Value::Expr(expr) => match expr.as_ref() {
            Expr::Output { urn, name } => Some((urn, name)),
            _ => None,
        },
        _ => None,
    }
}
