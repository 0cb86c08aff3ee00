//! Function URLs: addresses under which a function or an alias can be called from anywhere.

use serde_json::{Value, json};

use super::{arn, find, find_qualified, invalid, text};
use crate::answer::{self, Answered, Refusal};
use crate::clock::iso;
use crate::world::{Context, hex};

fn absent() -> Refusal {
    Refusal::new(404, "ResourceNotFoundException", "The resource you requested does not exist.")
}

pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    let auth = text(&body, "AuthType").filter(|auth| auth == "NONE" || auth == "AWS_IAM");
    let auth = auth.ok_or_else(|| invalid("Value at 'authType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]"))?;
    let (region, now) = (cx.region().to_owned(), iso(cx.now()));
    let (function, qualifier) = find_qualified(cx)?;
    let qualifier = qualifier.unwrap_or_default();
    if function.attached.urls.contains_key(&qualifier) {
        let message = "FunctionUrlConfig exists for this Lambda function";
        return Err(Refusal::new(409, "ResourceConflictException", message));
    }
    let own = arn(&region, &function.name);
    let made = json!({
        "FunctionUrl": format!("https://{}.lambda-url.{region}.on.aws/", hex(32)),
        "FunctionArn": if qualifier.is_empty() { own } else { format!("{own}:{qualifier}") },
        "AuthType": auth,
        "Cors": body.get("Cors"),
        "InvokeMode": text(&body, "InvokeMode").unwrap_or_else(|| "BUFFERED".to_owned()),
        "CreationTime": now,
        "LastModifiedTime": now,
    });
    function.attached.urls.insert(qualifier, made.clone());
    Ok(answer::rest(201, made))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let (function, qualifier) = find_qualified(cx)?;
    let found = function.attached.urls.get(&qualifier.unwrap_or_default());
    Ok(answer::rest(200, found.cloned().ok_or_else(absent)?))
}

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let urls: Vec<Value> = find(cx)?.attached.urls.values().cloned().collect();
    Ok(answer::rest(200, json!({"FunctionUrlConfigs": urls})))
}

pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let (function, qualifier) = find_qualified(cx)?;
    function.attached.urls.remove(&qualifier.unwrap_or_default()).ok_or_else(absent)?;
    Ok(answer::rest_empty(204))
}
