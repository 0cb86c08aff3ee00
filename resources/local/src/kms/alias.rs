//! Aliases.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::key::seconds;
use super::{find, not_found, paged, pending, required};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::Context;

/// An alias.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Alias {
    /// The id of the key.
    pub target: String,
    created_at: i64,
    updated_at: i64,
}

fn name_of(body: &Value) -> Result<String, Refusal> {
    let name = required(body, "AliasName")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    match name.strip_prefix("alias/") {
        Some(rest) if rest.starts_with("aws/") => {
            Err(Refusal::bad("NotAuthorizedException", "Aliases that begin with alias/aws/ are reserved"))
        }
        Some(rest) if !rest.is_empty() && rest.chars().all(fits) && name.len() <= 256 => Ok(name),
        _ => Err(Refusal::bad(
            "InvalidAliasNameException",
            "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        )),
    }
}

/// The key that an alias is to point at; it must be there to stay.
fn target(cx: &mut Context<'_>, body: &Value) -> Result<String, Refusal> {
    let reference = required(body, "TargetKeyId")?;
    let region = cx.region().to_owned();
    let key = cx.keys().resolve(&reference).ok_or_else(|| not_found(&reference, &region))?;
    if key.awaits_deletion() {
        return Err(pending(&key.arn(&region)));
    }
    Ok(key.id.clone())
}

pub(crate) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = name_of(body)?;
    let now = cx.now();
    let region = cx.region().to_owned();
    if cx.keys().aliases.contains_key(&name) {
        let message = format!("An alias with the name arn:aws:kms:{region}:{ACCOUNT}:{name} already exists");
        return Err(Refusal::bad("AlreadyExistsException", message));
    }
    let target = target(cx, body)?;
    cx.keys().aliases.insert(name, Alias { target, created_at: now, updated_at: now });
    Ok(answer::json(json!({})))
}

pub(crate) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = name_of(body)?;
    let (now, region) = (cx.now(), cx.region().to_owned());
    if !cx.keys().aliases.contains_key(&name) {
        return Err(not_found(&name, &region));
    }
    let target = target(cx, body)?;
    cx.keys().aliases.entry(name).and_modify(|alias| {
        alias.target = target;
        alias.updated_at = now;
    });
    Ok(answer::json(json!({})))
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = name_of(body)?;
    let region = cx.region().to_owned();
    cx.keys().aliases.remove(&name).ok_or_else(|| not_found(&name, &region))?;
    Ok(answer::json(json!({})))
}

/// All aliases, or those of one key.
pub(crate) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let of = match body.get("KeyId") {
        Some(_) => Some(find(cx, body)?),
        None => None,
    };
    let region = cx.region().to_owned();
    let items = cx
        .keys()
        .aliases
        .iter()
        .filter(|(_, alias)| of.as_ref().is_none_or(|id| *id == alias.target))
        .map(|(name, alias)| {
            json!({
                "AliasName": name,
                "AliasArn": format!("arn:aws:kms:{region}:{ACCOUNT}:{name}"),
                "TargetKeyId": alias.target,
                "CreationDate": seconds(alias.created_at),
                "LastUpdatedDate": seconds(alias.updated_at),
            })
        })
        .collect();
    Ok(answer::json(paged(body, "Aliases", items, 50)?))
}
