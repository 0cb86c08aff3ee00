//! What a rehearsal of a restore asks: answered as by the function that makes the database's user, with its own code, as far as
//! this cloud can. Who asks must be that function, the host one of this cloud's instances, the password the right one.
//!
//! There is no PostgreSQL: `select 1`, and any other whole number, is answered as it is; and of the one row of `local.instance`
//! each column that this cloud knows, such as `select allocated_storage from local.instance`.

use serde_json::{Value, json};

use super::find_qualified;
use crate::rds::Instance;
use crate::world::Context;

/// What is answered in one call: of more than that the rest is asked again.
const AT_ONCE: usize = 5;

/// What RDS knows of an instance, by the names of its columns.
const COLUMNS: [(&str, &str); 6] = [
    ("allocated_storage", "AllocatedStorage"),
    ("db_name", "DBName"),
    ("engine", "Engine"),
    ("engine_version", "EngineVersion"),
    ("master_username", "MasterUsername"),
    ("storage_type", "StorageType"),
];

/// The answer, or how the function fails; nothing where the event or the function is another.
pub(super) fn answer(cx: &mut Context<'_>) -> Option<Result<Value, (&'static str, String)>> {
    let event: Value = serde_json::from_slice(&cx.call.body).ok()?;
    let asked = event.get("rehearse")?;
    let (function, _) = find_qualified(cx).ok()?;
    function.settings.get("Environment")?.pointer("/Variables/DB_MASTER_SECRET_ARN")?;
    let Some(copy) = asked.get("copy") else { return Some(Ok(json!({"rehearsed": []}))) };
    let text = |member: &str| copy.get(member).and_then(Value::as_str).unwrap_or_default();
    let (now, region) = (cx.now(), cx.region().to_owned());
    let found = cx.world.rds.get(&region).and_then(|all| all.at(text("host"))).cloned();
    let Some(mut instance) = found else {
        return Some(Err(("Rehearsal.Unreachable", format!("{} does not answer", text("host")))));
    };
    instance.settle(now);
    let right = instance.password().is_some_and(|password| password.0 == text("password"));
    let refused = if instance.require_available().is_err() {
        Some("the database says 57P03: the database system is starting up".to_owned())
    } else if instance.text("MasterUsername") != text("user") || !right {
        let user = text("user");
        Some(format!("the database says 28P01: password authentication failed for user \"{user}\""))
    } else {
        None
    };
    if let Some(refused) = refused {
        return Some(Err(("Rehearsal.Unreachable", refused)));
    }
    let queries = asked.get("queries").and_then(Value::as_array).into_iter().flatten();
    let answers: Vec<Value> =
        queries.take(AT_ONCE).map(|query| one(&instance, query.as_str().unwrap_or_default())).collect();
    Some(Ok(json!({"rehearsed": answers})))
}

fn one(instance: &Instance, query: &str) -> Value {
    let words: Vec<String> =
        query.trim_end_matches(';').split_whitespace().map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let value = match words.as_slice() {
        ["select", number] => number.parse::<i64>().ok().map(|number| number.to_string()),
        ["select", column, "from", "local.instance"] => {
            let known = COLUMNS.iter().find(|(name, _)| name == column);
            let value = known.and_then(|(_, property)| instance.properties.get(*property));
            value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        }
        _ => None,
    };
    match value {
        Some(value) => json!({"rows": 1, "values": [[value]]}),
        None => json!({"error": format!(
            "the database says 0A000: the embedded AWS holds no PostgreSQL; it answers `select 1` and, of {}, `select COLUMN from local.instance`",
            COLUMNS.map(|(name, _)| name).join(", ")
        )}),
    }
}
