//! Whether those who log in to a database are users there.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::value::{Map, Value};

use super::access::{allows, statements, texts};
use super::{WORKS, pack};

pub(super) fn rules() -> Vec<Rule> {
    vec![pack(Severity::Error, WORKS)(
        "works-database-user",
        "who logs in to a database with IAM is a user there",
        "declare an aws:lambda:Invocation of what makes the user, with the user and the database's dbi_resource_id among its triggers, and let the functions come after it",
        users,
    )]
}

const CALL: &str = "aws:lambda:Invocation";

/// AWS lets in who may have a token, and PostgreSQL who is a user: nothing of AWS makes one.
fn users(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut calls = BTreeSet::new();
    for role in subject.of_type("aws:iam:Role") {
        for user in logs_in_as(role) {
            let Some(call) = subject.of_type(CALL).find(|call| names(call, user)) else {
                let message = format!("it logs in as {user}, and nobody makes that user");
                found.push(Violation::new(role, message));
                continue;
            };
            calls.insert(call.urn());
            found.extend(makes_another(subject, call, user));
            let own = |one: &&Filled<'_>| one.refers_to("role") == Some(role.urn());
            for function in subject.of_type("aws:lambda:Function").filter(own) {
                if !function.node.options.depends_on.contains_key(call.urn()) {
                    let message = format!(
                        "it may be called before there is {user}: it does not come after {}",
                        call.urn()
                    );
                    found.push(Violation::new(function, message));
                }
            }
        }
    }
    for call in calls.iter().filter_map(|urn| subject.get(urn)) {
        let triggers = call.get("triggers").map(references).unwrap_or_default();
        if !triggers.iter().any(|urn| urn.type_name() == "aws:rds:DBInstance") {
            let message =
                "a database that was restored may be without the user: it is not made again for one";
            found.push(Violation::new(call, message));
        }
    }
    found
}

/// Where a call's triggers name a user, the function is told whom to make by its own variable, or by the call's event.
fn makes_another(subject: &Subject<'_>, call: &Filled<'_>, user: &str) -> Option<Violation> {
    let function = subject.get(call.refers_to("function_name")?)?;
    let told = function.get("environment")?.as_map()?.get("DB_USER")?.as_text()?;
    let by_event = call.get("input").is_some_and(|input| {
        input.any(&|value| value.as_text().is_some_and(|text| text.contains(&format!("\"{user}\""))))
    });
    let message =
        format!("it makes the user {told}, and functions log in as {user}: no function reaches the data");
    (told != user && !by_event).then(|| Violation::new(function, message))
}

/// The users as which a role may log in; where it may as any, nobody can tell.
fn logs_in_as<'a>(role: &'a Filled<'_>) -> BTreeSet<&'a str> {
    let connects =
        |statement: &Map| allows(statement) && texts(statement, "Action").contains(&"rds-db:connect");
    let mut leaves = Vec::new();
    for (_, statement) in statements(role).into_iter().filter(|(_, statement)| connects(statement)) {
        if let Some(resource) = statement.get("Resource") {
            ends(resource, &mut leaves);
        }
    }
    let user = |text: &'a str| text.rsplit_once('/').map(|(_, user)| user);
    leaves
        .into_iter()
        .filter_map(user)
        .filter(|user| !user.is_empty() && !user.contains(['*', '?']))
        .collect()
}

/// The texts that a value ends with: of what is put together the last part.
fn ends<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::Text(text) => into.push(text),
        Value::List(items) => items.iter().for_each(|item| ends(item, into)),
        Value::Expr(expr) => expr.operands().last().into_iter().for_each(|part| ends(part, into)),
        _ => {}
    }
}

/// Whether a call is about a user, by its triggers or by its event.
fn names(call: &Filled<'_>, user: &str) -> bool {
    let event = format!("\"{user}\"");
    let is_named = |value: &Value| value.as_text().is_some_and(|text| text == user || text.contains(&event));
    ["triggers", "input"].iter().filter_map(|name| call.get(name)).any(|value| value.any(&is_named))
}
