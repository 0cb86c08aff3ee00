//! What policy documents allow: as much of their language as checks between services need.

use serde_json::Value;

/// A question to a policy document.
pub(crate) struct Ask<'a> {
    /// Who asks, a service or a role by ARN; nobody where the document is a role's own.
    pub who: Option<&'a str>,
    pub action: &'a str,
    pub resource: &'a str,
    /// The values of condition keys, in lower case.
    pub context: &'a [(&'a str, &'a str)],
}

/// Whether a document allows what is asked and does not deny it.
pub(crate) fn allows(document: &str, ask: &Ask<'_>) -> bool {
    allow(std::slice::from_ref(&document), ask)
}

/// Whether one of these documents allows what is asked and none denies it.
pub(crate) fn allow<D: AsRef<str>>(documents: &[D], ask: &Ask<'_>) -> bool {
    documents.iter().any(|document| says(document.as_ref(), "Allow", ask)) && !denies(documents, ask)
}

/// Whether one of these documents denies what is asked.
pub(crate) fn denies<D: AsRef<str>>(documents: &[D], ask: &Ask<'_>) -> bool {
    documents.iter().any(|document| says(document.as_ref(), "Deny", ask))
}

/// Whether a trust policy, which names no resource, lets a service assume its role.
pub(crate) fn lets_assume(document: &str, service: &str, context: &[(&str, &str)]) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(document) else { return false };
    let says = |effect: &str| {
        each(&document["Statement"]).iter().any(|statement| {
            statement["Effect"] == effect
                && covers(statement, "Action", |pattern| fits_action(pattern, "sts:AssumeRole"))
                && is_of(statement, service)
                && conditions_hold(statement, effect, context)
        })
    };
    says("Allow") && !says("Deny")
}

/// Whether a statement of this effect is about what is asked.
fn says(document: &str, effect: &str, ask: &Ask<'_>) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(document) else { return false };
    each(&document["Statement"]).iter().any(|statement| {
        statement["Effect"] == effect
            && covers(statement, "Action", |pattern| fits_action(pattern, ask.action))
            && covers(statement, "Resource", |pattern| fits(pattern, ask.resource))
            && ask.who.is_none_or(|who| is_of(statement, who))
            && conditions_hold(statement, effect, ask.context)
    })
}

/// Whether a member has a pattern that fits, or its `Not…` has none.
fn covers(statement: &Value, member: &str, fits: impl Fn(&str) -> bool) -> bool {
    let any = |patterns: &Value| texts(patterns).into_iter().any(&fits);
    match (statement.get(member), statement.get(format!("Not{member}"))) {
        (Some(patterns), _) => any(patterns),
        (None, Some(others)) => !any(others),
        (None, None) => false,
    }
}

fn fits_action(pattern: &str, action: &str) -> bool {
    fits(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

fn is_of(statement: &Value, who: &str) -> bool {
    match statement.get("NotPrincipal") {
        Some(others) => !is_principal(others, who),
        None => is_principal(&statement["Principal"], who),
    }
}

fn is_principal(principal: &Value, who: &str) -> bool {
    let kind = if who.starts_with("arn:") { "AWS" } else { "Service" };
    // The root of an account stands for all its principals, as far as their own policies let them.
    let account = || who.split(':').nth(4).filter(|account| !account.is_empty());
    let root = |one: &str| account().is_some_and(|id| one == id || one == format!("arn:aws:iam::{id}:root"));
    principal == "*"
        || texts(&principal[kind])
            .iter()
            .any(|one| *one == who || (kind == "AWS" && (*one == "*" || root(one))))
}

/// Whether all conditions of a statement hold. One of which it is not known denies, and allows nothing.
fn conditions_hold(statement: &Value, effect: &str, context: &[(&str, &str)]) -> bool {
    let conditions = statement["Condition"].as_object().into_iter().flatten();
    let keys = conditions.flat_map(|(operator, keys)| {
        keys.as_object().into_iter().flatten().map(move |(key, wanted)| (operator, key, wanted))
    });
    let mut holds = keys.map(|(operator, key, wanted)| {
        let found = context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, text)| *text);
        condition(operator, found, &texts(wanted))
    });
    holds.all(|holds| holds.unwrap_or(effect == "Deny"))
}

/// Whether a condition holds; `None` where that cannot be told here ("IAM JSON policy elements: Condition operators").
fn condition(operator: &str, found: Option<&str>, wanted: &[&str]) -> Option<bool> {
    let (of_all, operator) = match operator.split_once(':') {
        Some((quantifier, operator)) => (quantifier == "ForAllValues", operator),
        None => (false, operator),
    };
    let (if_exists, operator) = match operator.strip_suffix("IfExists") {
        Some(operator) => (true, operator),
        None => (false, operator),
    };
    if operator == "Null" {
        // A key that is not known here may have a value in AWS.
        return found.map(|_| wanted.contains(&"false"));
    }
    let (negated, positive) = match operator.strip_prefix("Not") {
        Some(rest) => (true, rest.to_owned()),
        None => (operator.contains("Not"), operator.replacen("Not", "", 1)),
    };
    let Some(found) = found else { return Some(if_exists || of_all || negated) };
    let mut any = Some(false);
    for one in wanted {
        match is(&positive, one, found) {
            Some(true) => return Some(!negated),
            Some(false) => {}
            None => any = None,
        }
    }
    any.map(|any| any != negated)
}

/// Whether a value is as one operator without its negation wants it.
fn is(operator: &str, wanted: &str, found: &str) -> Option<bool> {
    // A variable stands for something of the caller.
    if wanted.contains("${") {
        return None;
    }
    let numbers = || Some((found.parse::<f64>().ok()?, wanted.parse::<f64>().ok()?));
    match operator {
        "StringEquals" | "BinaryEquals" => Some(wanted == found),
        "StringEqualsIgnoreCase" | "Bool" => Some(wanted.eq_ignore_ascii_case(found)),
        "StringLike" | "ArnLike" | "ArnEquals" => Some(fits(wanted, found)),
        "NumericEquals" => numbers().map(|(found, wanted)| (found - wanted).abs() < f64::EPSILON),
        "NumericLessThan" => numbers().map(|(found, wanted)| found < wanted),
        "NumericLessThanEquals" => numbers().map(|(found, wanted)| found <= wanted),
        "NumericGreaterThan" => numbers().map(|(found, wanted)| found > wanted),
        "NumericGreaterThanEquals" => numbers().map(|(found, wanted)| found >= wanted),
        _ => None,
    }
}

/// Whether a text fits a pattern with `*` and `?`.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            (0..=text.len()).any(|from| text.is_char_boundary(from) && fits(rest, &text[from..]))
        }
        Some(first) => {
            let Some(found) = text.chars().next() else { return false };
            (first == '?' || first == found) && fits(&pattern[first.len_utf8()..], &text[found.len_utf8()..])
        }
    }
}

/// The items of a list; a single one need not be in a list.
fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn texts(value: &Value) -> Vec<&str> {
    let texts = each(value).into_iter();
    texts
        .filter_map(|item| item.as_str().or(item.as_bool().map(|yes| if yes { "true" } else { "false" })))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asks(statements: Value, who: Option<&str>, resource: &str) -> bool {
        let context = [("aws:sourceaccount", "1"), ("aws:securetransport", "true")];
        let ask = Ask { who, action: "s3:PutObject", resource, context: &context };
        allows(&json!({"Statement": statements}).to_string(), &ask)
    }

    #[test]
    fn statements_name_who_what_and_where() {
        let statement = |action: &str, resource: &str, principal: Value| json!([{"Effect": "Allow", "Action": action, "Resource": resource, "Principal": principal}]);
        let service = || json!({"Service": ["a.example", "b.example"]});
        assert!(asks(statement("s3:Put*", "arn:b/x/*", service()), Some("b.example"), "arn:b/x/y/z"));
        assert!(!asks(statement("s3:Get*", "arn:b/x/*", service()), Some("b.example"), "arn:b/x/y"));
        assert!(!asks(statement("s3:Put*", "arn:b/x/*", service()), Some("b.example"), "arn:b/y"));
        assert!(!asks(statement("s3:Put*", "arn:b/x/*", service()), Some("c.example"), "arn:b/x/y"));
        assert!(!asks(statement("*", "*", json!({"AWS": "*"})), Some("c.example"), "arn:b"));
        assert!(asks(statement("*", "*", json!({"AWS": "arn:r"})), Some("arn:r"), "arn:b"));
        assert!(asks(statement("*", "arn:?", Value::Null), None, "arn:b"));
    }

    #[test]
    fn conditions_and_denials_count() {
        let with = |condition: Value| json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}]);
        assert!(asks(with(json!({"StringEquals": {"aws:SourceAccount": ["2", "1"]}})), None, "x"));
        assert!(!asks(with(json!({"StringEquals": {"aws:SourceAccount": "2"}})), None, "x"));
        assert!(
            !asks(with(json!({"StringEquals": {"aws:SourceArn": "x"}})), None, "x"),
            "a key without a value"
        );
        assert!(!asks(with(json!({"IpAddress": {"aws:SourceAccount": "1"}})), None, "x"), "not understood");
        for holds in [
            json!({"StringNotEquals": {"aws:SourceAccount": ["2", "3"]}}),
            json!({"StringNotLike": {"aws:SourceArn": "x"}}),
            json!({"StringEqualsIfExists": {"aws:SourceArn": "x"}}),
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": "x"}}),
            json!({"NumericLessThan": {"aws:SourceAccount": "2"}}),
            json!({"StringLike": {"aws:SourceAccount": "?"}, "Bool": {"aws:SecureTransport": "TRUE"}}),
        ] {
            assert!(asks(with(holds.clone()), None, "x"), "{holds}");
        }
        for fails in [
            json!({"StringNotEquals": {"aws:SourceAccount": ["2", "1"]}}),
            json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "x"}}),
            json!({"NotIpAddress": {"aws:SourceAccount": "10.0.0.0/8"}}),
            json!({"Null": {"aws:SourceAccount": "true"}}),
            json!({"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}),
        ] {
            assert!(!asks(with(fails.clone()), None, "x"), "{fails}");
        }
        let tls = json!({"Bool": {"aws:SecureTransport": "false"}});
        let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let deny = |condition: Value| json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition});
        assert!(asks(json!([allow, deny(tls)]), None, "x"));
        assert!(!asks(json!([allow, deny(Value::Null)]), None, "x"));
        // What cannot be told denies.
        let unknown = json!({"IpAddress": {"aws:SourceAccount": "10.0.0.0/8"}});
        assert!(!asks(json!([allow, deny(unknown)]), None, "x"));
    }

    #[test]
    fn what_is_not_named_counts() {
        let all = || json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let deny = |mut statement: Value| {
            statement["Effect"] = json!("Deny");
            json!([all(), statement])
        };
        assert!(!asks(deny(json!({"NotAction": "iam:*", "Resource": "*"})), None, "arn:b"));
        assert!(asks(deny(json!({"NotAction": "s3:*", "Resource": "*"})), None, "arn:b"));
        assert!(!asks(deny(json!({"Action": "*", "NotResource": "arn:c"})), None, "arn:b"));
        assert!(asks(deny(json!({"Action": "*", "NotResource": ["arn:?", "arn:c"]})), None, "arn:b"));
        assert!(!asks(json!({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}), None, "arn:b"));
        assert!(asks(json!({"Effect": "Allow", "NotAction": "rds:*", "Resource": "*"}), None, "arn:b"));
        let but = |who: &str| deny(json!({"Action": "*", "Resource": "*", "NotPrincipal": {"AWS": who}}));
        let with_all = |mut statements: Value| {
            statements[0]["Principal"] = json!("*");
            statements
        };
        assert!(asks(with_all(but("arn:r")), Some("arn:r"), "arn:b"));
        assert!(!asks(with_all(but("arn:q")), Some("arn:r"), "arn:b"));
    }
}
