//! Who may take out grants of a key: a grant lets in whom no policy names, and no policy takes it back.

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Subject, Violation};
use finsight_engine::value::{Map, Value};

use super::statement::{Statement, of_document};
use crate::policy::arns::is_whole;
use crate::policy::plain::{at, covers, plains};

const GRANT: &str = "kms:CreateGrant";
/// Holds only where a service of AWS asks on somebody's behalf ("AWS KMS condition keys").
const BY_SERVICE: &str = "kms:GrantIsForAWSResource";

pub(super) fn grants(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for key in subject.of_type("aws:kms:Key") {
        // A statement of a key's policy that names another key has no effect ("Key policies", Resource).
        let own = of_document(key.get("key_policy")).filter(|one| is_on(one.0, key));
        found.extend(open(key, own.collect(), "its policy"));
    }
    for item in subject.all() {
        let documents: Vec<&Value> = match item.urn().type_name() {
            "aws:iam:Role" => {
                let inline = item.get("inline_policies").and_then(Value::as_map);
                inline.into_iter().flat_map(Map::values).collect()
            }
            "aws:iam:ManagedPolicy" => item.get("policy_document").into_iter().collect(),
            _ => continue,
        };
        let statements = documents.into_iter().flat_map(|one| of_document(Some(one)));
        let on_keys = statements.filter(|one| at(one.0, "Effect") == "Deny" || is_on_keys(one.0));
        found.extend(open(item, on_keys.collect(), "it"));
    }
    found
}

/// What lets somebody take out any grant, unless nobody may.
fn open(item: &Filled<'_>, statements: Vec<Statement<'_>>, what: &str) -> Option<Violation> {
    let (allow, deny): (Vec<_>, Vec<_>) =
        statements.iter().filter(|one| one.acts(GRANT)).partition(|one| at(one.0, "Effect") == "Allow");
    let deny: Vec<_> = deny.into_iter().filter(|one| denies_people(one.0)).collect();
    let closed = |one: &Statement<'_>| deny.iter().any(|deny| is_wide_as(deny.0, one.0));
    let open = allow
        .into_iter()
        .find(|one| !is_of_services(one.0) && !says(one.0, "Bool", "true") && !closed(one))?;
    let by = match open.0.get("NotAction") {
        Some(_) => "all actions but some".to_owned(),
        None => plains(open.0.get("Action"))
            .into_iter()
            .find(|one| one != GRANT && one.contains(['*', '?']))
            .unwrap_or_else(|| GRANT.to_owned()),
    };
    let message = format!(
        "{what} allows {by} without {BY_SERVICE}: whoever has it gives the key to anybody, and no policy shows it"
    );
    Some(Violation::new(item, message))
}

/// Whether a statement is for services of AWS themselves, and for nobody else.
fn is_of_services(statement: &Map) -> bool {
    let principals = statement.get("Principal").and_then(Value::as_map);
    principals.is_some_and(|map| !map.is_empty() && map.keys().all(|kind| kind == "Service"))
}

/// Whether a statement keeps all from it who are no service: it is for everybody, and has no condition but that one.
fn denies_people(statement: &Map) -> bool {
    // Whom it leaves out may.
    if statement.contains_key("NotPrincipal") {
        return false;
    }
    let everybody = statement.get("Principal").is_none_or(|one| match one {
        Value::Map(map) => plains(map.get("AWS")).iter().any(|one| one == "*"),
        other => plains(Some(other)).iter().any(|one| one == "*"),
    });
    let conditions = statement.get("Condition").and_then(Value::as_map).into_iter().flatten();
    let keys = conditions.filter_map(|(_, keys)| keys.as_map()).map(Map::len).sum::<usize>();
    everybody && (keys == 0 || keys == 1 && says(statement, "BoolIfExists", "false"))
}

/// Whether a statement of a key's policy is on that key.
fn is_on(statement: &Map, key: &Filled<'_>) -> bool {
    let Some(resource) = statement.get("Resource") else { return true };
    plains(Some(resource)).iter().any(|one| covers(one, key, "") || is_whole(one))
}

/// Whether what a statement denies is all that another allows, by their resources.
fn is_wide_as(deny: &Map, allow: &Map) -> bool {
    let of = |statement: &Map| plains(statement.get("Resource"));
    let denied = of(deny);
    let whole = |one: &String| {
        one == "*" || one.starts_with("arn:") && one.split(':').nth(2) == Some("kms") && is_whole(one)
    };
    if deny.contains_key("NotResource") {
        return false;
    }
    let allowed = of(allow);
    denied.is_empty()
        || denied.iter().any(whole)
        || !allowed.is_empty() && allowed.iter().all(|one| denied.contains(one))
}

/// Whether the condition with this operator holds for this answer alone.
fn says(statement: &Map, operator: &str, answer: &str) -> bool {
    let conditions = statement.get("Condition").and_then(Value::as_map);
    let keys = conditions.and_then(|all| all.get(operator)).and_then(Value::as_map);
    keys.into_iter().flatten().any(|(key, value)| {
        let values = plains(Some(value));
        key.eq_ignore_ascii_case(BY_SERVICE)
            && !values.is_empty()
            && values.iter().all(|one| one.eq_ignore_ascii_case(answer))
    })
}

/// Whether a statement of a role is on a key of KMS, or on whatever there is.
fn is_on_keys(statement: &Map) -> bool {
    let Some(resource) = statement.get("Resource") else { return true };
    let key = |one: &String| {
        let service = one.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(1));
        match service {
            Some(service) => service == "kms" || service.contains(['*', '?']),
            None => is_whole(one),
        }
    };
    references(resource).iter().any(|urn| urn.type_name() == "aws:kms:Key")
        || plains(Some(resource)).iter().any(key)
}
