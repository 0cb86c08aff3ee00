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
    let says = |effect: &str| documents.iter().any(|document| says(document.as_ref(), effect, ask));
    says("Allow") && !says("Deny")
}

/// Whether a trust policy, which names no resource, lets a service assume its role.
pub(crate) fn lets_assume(document: &str, service: &str, context: &[(&str, &str)]) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(document) else { return false };
    let says = |effect: &str| {
        each(&document["Statement"]).iter().any(|statement| {
            statement["Effect"] == effect
                && texts(&statement["Action"]).iter().any(|pattern| fits(pattern, "sts:AssumeRole"))
                && is_principal(&statement["Principal"], service)
                && conditions_hold(&statement["Condition"], context)
        })
    };
    says("Allow") && !says("Deny")
}

/// Whether a statement of this effect is about what is asked.
fn says(document: &str, effect: &str, ask: &Ask<'_>) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(document) else { return false };
    let statements = each(&document["Statement"]);
    statements.iter().any(|statement| statement["Effect"] == effect && is_about(statement, ask))
}

fn is_about(statement: &Value, ask: &Ask<'_>) -> bool {
    let any = |member: &str, asked: &str, exact: bool| {
        texts(&statement[member]).iter().any(|pattern| match exact {
            true => fits(pattern, asked),
            false => fits(&pattern.to_ascii_lowercase(), &asked.to_ascii_lowercase()),
        })
    };
    any("Action", ask.action, false)
        && any("Resource", ask.resource, true)
        && ask.who.is_none_or(|who| is_principal(&statement["Principal"], who))
        && conditions_hold(&statement["Condition"], ask.context)
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

/// A condition that is not understood does not hold.
fn conditions_hold(conditions: &Value, context: &[(&str, &str)]) -> bool {
    conditions.as_object().into_iter().flatten().all(|(operator, keys)| {
        keys.as_object().into_iter().flatten().all(|(key, wanted)| {
            let found =
                context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, text)| *text);
            let wanted = texts(wanted);
            match (operator.as_str(), found) {
                ("StringEquals" | "Bool", Some(found)) => wanted.contains(&found),
                ("StringLike" | "ArnLike" | "ArnEquals", Some(found)) => {
                    wanted.iter().any(|pattern| fits(pattern, found))
                }
                ("StringNotEquals", Some(found)) => !wanted.contains(&found),
                _ => false,
            }
        })
    })
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
        let tls = json!({"Bool": {"aws:SecureTransport": "false"}});
        let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let deny = |condition: Value| json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition});
        assert!(asks(json!([allow, deny(tls)]), None, "x"));
        assert!(!asks(json!([allow, deny(Value::Null)]), None, "x"));
    }
}
