//! When two values mean the same.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::schema::Equality;
use crate::value::{Map, Value};

/// Whether `live` is what `wanted` asks for.
#[must_use]
pub fn same(equality: Equality, wanted: &Value, live: &Value) -> bool {
    if equality == Equality::VersionPrefix {
        return match (wanted.as_text(), live.as_text()) {
            (Some(wanted), Some(live)) => {
                live == wanted
                    || live.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
                    || is_later_minor(wanted, live)
            }
            _ => wanted == live,
        };
    }
    if equality == Equality::AtLeast
        && let (Some(wanted), Some(live)) = (wanted.as_int(), live.as_int())
    {
        return live >= wanted;
    }
    canonical(equality, wanted) == canonical(equality, live)
}

/// The parts of a version; `None` for what is none.
pub(crate) fn version(text: &str) -> Option<Vec<u64>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

/// Whether what stands is later than what is wanted, within the same major version.
fn is_later_minor(wanted: &str, live: &str) -> bool {
    match (version(wanted), version(live)) {
        (Some(wanted), Some(live)) => wanted.first() == live.first() && live > wanted,
        _ => false,
    }
}

/// The form in which equal meanings are equal values. It may hold opened
/// secrets in clear, and must not leave this crate.
pub(crate) fn canonical(equality: Equality, value: &Value) -> Value {
    match equality {
        Equality::Exact
        | Equality::VersionPrefix
        | Equality::AtLeast
        | Equality::RecordType
        | Equality::SetIdentifier => plain(value),
        Equality::Unordered => sorted(plain(value)),
        Equality::CaseInsensitive => each_text(plain(value), &|text| text.to_ascii_lowercase()),
        Equality::DnsName => each_text(plain(value), &|name| dns_name(&name)),
        Equality::Json => parsed(value),
        Equality::Policy => policy(&parsed(value)),
        Equality::PolicyMap => match value {
            Value::Map(map) => Value::Map(
                map.iter().map(|(key, item)| (key.clone(), canonical(Equality::Policy, item))).collect(),
            ),
            other => plain(other),
        },
        Equality::Number => match (value.as_text(), value) {
            (Some(text), _) => text.parse::<f64>().map_or_else(|_| plain(value), Value::from),
            (None, Value::Number(number)) => Value::from(*number),
            _ => plain(value),
        },
        Equality::Cidr => each_text(plain(value), &|range| network(&range).unwrap_or(range)),
        Equality::Tags => match plain(value) {
            Value::Map(map) => {
                Value::Map(map.into_iter().filter(|(key, _)| !key.starts_with("aws:")).collect())
            }
            Value::Null => Value::Map(Map::new()),
            other => other,
        },
    }
}

/// All texts in one form; lists are sets.
fn each_text(value: Value, form: &dyn Fn(String) -> String) -> Value {
    match value {
        Value::Text(text) => Value::Text(form(text)),
        Value::List(items) => {
            sorted(Value::List(items.into_iter().map(|item| each_text(item, form)).collect()))
        }
        Value::Map(map) => {
            Value::Map(map.into_iter().map(|(key, item)| (key, each_text(item, form))).collect())
        }
        other => other,
    }
}

/// Secrets opened, nulls in maps dropped.
fn plain(value: &Value) -> Value {
    match value {
        Value::Secret(secret) => secret.reveal().map_or_else(|| value.clone(), Value::text),
        Value::List(items) => Value::List(items.iter().map(plain).collect()),
        Value::Map(map) => Value::Map(
            map.iter()
                .filter(|(_, item)| !item.is_null())
                .map(|(key, item)| (key.clone(), plain(item)))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// All lists in an order that depends on their items alone.
fn sorted(value: Value) -> Value {
    match value {
        Value::List(items) => {
            let mut items: Vec<Value> = items.into_iter().map(sorted).collect();
            items.sort_by_cached_key(|item| item.masked().to_string());
            items.dedup();
            Value::List(items)
        }
        Value::Map(map) => Value::Map(map.into_iter().map(|(key, item)| (key, sorted(item))).collect()),
        other => other,
    }
}

/// The value that a JSON text stands for; other values as they are.
fn parsed(value: &Value) -> Value {
    match value.as_text().and_then(|text| serde_json::from_str(text).ok()) {
        Some(json) => Value::from_plain_json(&json),
        None => plain(value),
    }
}

/// A policy document in its one form (`aws-semantics.md` 0.6).
fn policy(document: &Value) -> Value {
    let Value::Map(document) = document else { return document.clone() };
    let mut out = document.clone();
    if let Some(statements) = out.remove("Statement") {
        let statements = listed(statements).iter().map(statement).collect();
        out.insert("Statement".to_owned(), sorted(Value::List(statements)));
    }
    Value::Map(out)
}

fn statement(value: &Value) -> Value {
    let Value::Map(map) = value else { return value.clone() };
    let mut out = Map::new();
    for (key, item) in map {
        let item = match key.as_str() {
            "Action" | "NotAction" => sorted(Value::List(
                listed(item.clone())
                    .iter()
                    .map(|action| Value::text(action.as_text().unwrap_or_default().to_ascii_lowercase()))
                    .collect(),
            )),
            "Resource" | "NotResource" => sorted(Value::List(listed(item.clone()))),
            "Principal" | "NotPrincipal" => principal(item),
            "Condition" => condition(item),
            "Sid" if item.as_text() == Some("") => continue,
            _ => item.clone(),
        };
        out.insert(key.clone(), item);
    }
    Value::Map(out)
}

fn principal(value: &Value) -> Value {
    let map = match value {
        Value::Map(map) => map.clone(),
        other => Map::from([("AWS".to_owned(), other.clone())]),
    };
    let account = |item: &Value| match item.as_text() {
        Some(text) => Value::text(root_account(text).unwrap_or(text)),
        None => item.clone(),
    };
    Value::Map(
        map.into_iter()
            .map(|(kind, items)| (kind, sorted(Value::List(listed(items).iter().map(account).collect()))))
            .collect(),
    )
}

/// `123456789012` of `arn:aws:iam::123456789012:root`.
fn root_account(text: &str) -> Option<&str> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, "root"] => Some(account),
        _ => None,
    }
}

fn condition(value: &Value) -> Value {
    let Value::Map(operators) = value else { return value.clone() };
    let text = |item: &Value| match item {
        Value::Bool(flag) => Value::text(flag.to_string()),
        Value::Int(number) => Value::text(number.to_string()),
        other => other.clone(),
    };
    let keys = |keys: &Value| match keys {
        Value::Map(keys) => Value::Map(
            keys.iter()
                .map(|(key, items)| {
                    let items = listed(items.clone()).iter().map(text).collect();
                    (key.to_ascii_lowercase(), sorted(Value::List(items)))
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Value::Map(operators.iter().map(|(operator, of)| (operator.clone(), keys(of))).collect())
}

fn listed(value: Value) -> Vec<Value> {
    match value {
        Value::List(items) => items,
        other => vec![other],
    }
}

/// The one form of a DNS name: lower case, no dot at the end, `*` as itself.
#[must_use]
pub fn dns_name(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.replace("\\052", "*").to_ascii_lowercase()
}

/// The network of an IP range, host bits zeroed.
#[must_use]
pub fn network(range: &str) -> Option<String> {
    let (address, bits) = range.split_once('/')?;
    let bits: u32 = bits.parse().ok()?;
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        let mask = u32::MAX.checked_shl(32u32.checked_sub(bits)?).unwrap_or(0);
        return Some(format!("{}/{bits}", Ipv4Addr::from(u32::from(address) & mask)));
    }
    let address: Ipv6Addr = address.parse().ok()?;
    let mask = u128::MAX.checked_shl(128u32.checked_sub(bits)?).unwrap_or(0);
    Some(format!("{}/{bits}", Ipv6Addr::from(u128::from(address) & mask)))
}

/// Whether two IP ranges have an address in common; texts that are none are compared as they stand.
#[must_use]
pub fn overlap(one: &Value, two: &Value) -> bool {
    let bits = |value: &Value| value.as_text()?.split_once('/')?.1.parse::<u32>().ok();
    let within =
        |value: &Value, bits: u32| network(&format!("{}/{bits}", value.as_text()?.split_once('/')?.0));
    match (bits(one), bits(two)) {
        (Some(first), Some(second)) => {
            let wider = first.min(second);
            within(one, wider).is_some() && within(one, wider) == within(two, wider)
        }
        _ => one == two,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// G14: names of headers differ in case only; H15: ranges, however an address is written.
    #[test]
    fn texts_of_lists_have_one_form() {
        let (one, other) = (json!(["Authorization", "Origin"]), json!(["origin", "authorization"]));
        check(Equality::CaseInsensitive, one.clone(), other.clone(), true);
        check(Equality::CaseInsensitive, json!({"headers": one}), json!({"headers": other}), true);
        check(Equality::CaseInsensitive, json!(["a"]), json!(["b"]), false);
        let (short, long) = ("2001:db8::/32", "2001:0db8:0000:0000:0000:0000:0000:0000/32");
        check(Equality::Cidr, json!([short, "192.0.2.0/24"]), json!(["192.0.2.0/24", long]), true);
        check(Equality::Cidr, json!([short]), json!(["2001:db9::/32"]), false);
    }

    fn check(equality: Equality, a: serde_json::Value, b: serde_json::Value, equal: bool) {
        let (a, b) = (Value::from_plain_json(&a), Value::from_plain_json(&b));
        assert_eq!(same(equality, &a, &b), equal, "{a:?} {b:?}");
    }

    /// G5: AWS installs minor versions by itself and takes none back.
    #[test]
    fn a_later_minor_version_is_as_good() {
        for (wanted, stands, equal) in [
            ("15", "15.8", true),
            ("15.8", "15.8", true),
            ("15.8", "15.16", true),
            ("15.8", "15.8.1", true),
            ("15.16", "15.8", false),
            ("15", "16.1", false),
            ("16", "15.8", false),
            ("15.8-R1", "15.9-R1", false),
        ] {
            check(Equality::VersionPrefix, json!(wanted), json!(stands), equal);
        }
    }

    #[test]
    fn policies_by_meaning() {
        check(
            Equality::Policy,
            json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*",
                "Principal": {"AWS": "123456789012"}, "Condition": {"Bool": {"aws:SecureTransport": true}}}}),
            json!(
                r#"{"Statement":[{"Effect":"Allow","Action":["KMS:*"],"Resource":["*"],
                "Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Condition":{"Bool":{"aws:SecureTransport":["true"]}}}],
                "Version":"2012-10-17"}"#
            ),
            true,
        );
        check(
            Equality::Policy,
            json!({"Statement": [{"Effect": "Allow", "Action": "*"}]}),
            json!({"Statement": []}),
            false,
        );
    }

    #[test]
    fn order_case_ranges_versions_tags() {
        check(Equality::Unordered, json!([{"a": 1, "b": null}, {"a": 2}]), json!([{"a": 2}, {"a": 1}]), true);
        check(Equality::Unordered, json!(["a"]), json!(["a", "b"]), false);
        check(Equality::CaseInsensitive, json!("Mon"), json!("mon"), true);
        check(Equality::DnsName, json!("*.Example.com"), json!("\\052.example.com."), true);
        check(
            Equality::DnsName,
            json!(["b.example.com", "a.example.com."]),
            json!(["A.example.com", "b.example.com"]),
            true,
        );
        check(Equality::DnsName, json!({"a": "B.c.", "d": true}), json!({"a": "b.c", "d": true}), true);
        check(Equality::DnsName, json!("a.example.com"), json!("b.example.com"), false);
        check(Equality::Cidr, json!("10.0.3.7/16"), json!("10.0.0.0/16"), true);
        check(Equality::Cidr, json!("0.0.0.0/0"), json!("1.2.3.4/0"), true);
        check(Equality::Number, json!("100"), json!("100.0"), true);
        check(Equality::Number, json!(1.0), json!(1), true);
        check(Equality::Number, json!("0.05"), json!(0.05), true);
        check(Equality::Number, json!("100"), json!("100.5"), false);
        check(Equality::Number, json!("x"), json!("y"), false);
        check(Equality::VersionPrefix, json!("15"), json!("15.8"), true);
        check(Equality::VersionPrefix, json!("15"), json!("150.1"), false);
        check(Equality::AtLeast, json!(20), json!(20), true);
        check(Equality::AtLeast, json!(20), json!(35), true);
        check(Equality::AtLeast, json!(35), json!(20), false);
        check(Equality::AtLeast, json!(20), json!(null), false);
        check(Equality::Tags, json!({"a": "1"}), json!({"a": "1", "aws:x": "y"}), true);
        check(Equality::Tags, json!({"a": "1"}), json!({"a": "1", "b": "y"}), false);
    }
}
