//! Grants: who else may use a key.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{disabled, find, not_found, paged, required, usable};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, hex};

/// A grant as lists show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    id: String,
    shown: Value,
}

/// The same once more, by its name, is the one that stands.
pub(crate) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let who = required(body, "GranteePrincipal")?;
    let role_of_ours = who.starts_with(&format!("arn:aws:iam::{ACCOUNT}:role/"));
    if !(who.starts_with("arn:") || who.ends_with(".amazonaws.com"))
        || (role_of_ours && !cx.world.iam.has_role(&who))
    {
        return Err(Refusal::bad("InvalidArnException", format!("{who} is not a valid principal")));
    }
    let (region, now) = (cx.region().to_owned(), cx.now());
    let key = usable(cx, body)?;
    if !key.enabled {
        return Err(disabled(&key.arn(&region)));
    }
    let mut shown = json!({
        "KeyId": key.arn(&region),
        "GranteePrincipal": who,
        "IssuingAccount": format!("arn:aws:iam::{ACCOUNT}:root"),
        "Name": body.get("Name").and_then(Value::as_str).unwrap_or_default(),
        "Operations": body.get("Operations").cloned().unwrap_or_else(|| json!([])),
    });
    for member in ["RetiringPrincipal", "Constraints"] {
        if let Some(value) = body.get(member).filter(|value| !value.is_null()) {
            shown[member] = value.clone();
        }
    }
    let named = shown["Name"].as_str().is_some_and(|name| !name.is_empty());
    let same = |grant: &&Grant| {
        let without = |value: &Value| {
            let mut value = value.clone();
            value["CreationDate"] = Value::Null;
            value["GrantId"] = Value::Null;
            value
        };
        named && without(&grant.shown) == without(&shown)
    };
    let id = match key.grants.iter().find(same) {
        Some(grant) => grant.id.clone(),
        None => {
            let id = hex(64);
            shown["GrantId"] = json!(id);
            shown["CreationDate"] = json!(now / 1000);
            key.grants.push(Grant { id: id.clone(), shown });
            id
        }
    };
    Ok(answer::json(json!({"GrantId": id, "GrantToken": hex(64)})))
}

pub(crate) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let id = find(cx, body)?;
    let region = cx.region().to_owned();
    let key = cx.keys().keys.get(&id).ok_or_else(|| not_found(&id, &region))?;
    let wanted = |member: &str| body.get(member).and_then(Value::as_str);
    let fits = |grant: &&Grant| {
        wanted("GrantId").is_none_or(|id| grant.id == id)
            && wanted("GranteePrincipal").is_none_or(|who| grant.shown["GranteePrincipal"] == who)
    };
    let items = key.grants.iter().filter(fits).map(|grant| grant.shown.clone()).collect();
    Ok(answer::json(paged(body, "Grants", items, 50)?))
}

pub(crate) fn revoke(cx: &mut Context<'_>, body: &Value) -> Answered {
    let grant = required(body, "GrantId")?;
    let grants = &mut usable(cx, body)?.grants;
    let before = grants.len();
    grants.retain(|one| one.id != grant);
    if grants.len() == before {
        return Err(Refusal::bad("NotFoundException", format!("Grant {grant} is not found.")));
    }
    Ok(answer::json(json!({})))
}
