//! Tags of what RDS has here, by ARN.

use serde_json::{Value, json};

use super::{Databases, done, instance};
use crate::answer::{Answered, Refusal};
use crate::wire::query::Params;
use crate::world::{Context, Tags};

/// The tags of a call.
pub(crate) fn of(params: &Params) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in params.list("Tags") {
        let key = tag.required("Key")?;
        if key.to_ascii_lowercase().starts_with("aws:") || key.to_ascii_lowercase().starts_with("rds:") {
            let message = format!("The tag key '{key}' has a reserved prefix");
            return Err(Refusal::bad("InvalidParameterValue", message));
        }
        tags.insert(key, tag.text("Value").unwrap_or_default());
    }
    Ok(tags)
}

pub(crate) fn render(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// Whether a tag call is about a type that is answered here.
pub(crate) fn ours(params: &Params) -> bool {
    let arn = params.text("ResourceName").unwrap_or_default();
    matches!(
        arn.split(':').nth(5),
        Some("db" | "subgrp" | "pg" | "snapshot" | "db-proxy" | "target-group" | "es") | None
    )
}

fn find<'a>(databases: &'a mut Databases, arn: &str) -> Result<&'a mut Tags, Refusal> {
    let kind = arn.split(':').nth(5).unwrap_or_default();
    let name = arn.split(':').nth(6).unwrap_or_default().to_lowercase();
    let absent = |code: &str| Refusal::new(404, code, format!("{name} not found: {arn}"));
    match kind {
        "db" => {
            databases.instances.get_mut(&name).map(|i| &mut i.tags).ok_or_else(|| instance::missing(&name))
        }
        "subgrp" => {
            let group = databases.subnet_groups.get_mut(&name).map(|g| &mut g.tags);
            group.ok_or_else(|| absent("DBSubnetGroupNotFoundFault"))
        }
        "pg" => {
            let group = databases.parameter_groups.get_mut(&name).map(|g| &mut g.tags);
            group.ok_or_else(|| absent("DBParameterGroupNotFound"))
        }
        "snapshot" => databases
            .snapshots
            .get_mut(&name)
            .map(|s| &mut s.tags)
            .ok_or_else(|| absent("DBSnapshotNotFound")),
        "es" => {
            let event = databases.events.get_mut(&name).map(|one| &mut one.tags);
            event.ok_or_else(|| absent("SubscriptionNotFound"))
        }
        "db-proxy" => {
            let proxy = databases.proxies.values_mut().find(|p| p.resource_id == name);
            proxy.map(|p| &mut p.tags).ok_or_else(|| absent("DBProxyNotFoundFault"))
        }
        "target-group" => {
            let proxy = databases.proxies.values_mut().find(|p| p.pool.id == name);
            proxy.map(|p| &mut p.pool.tags).ok_or_else(|| absent("DBProxyTargetGroupNotFoundFault"))
        }
        _ => Err(Refusal::bad("InvalidParameterValue", format!("Invalid resource name: {arn}"))),
    }
}

pub(crate) fn add(cx: &mut Context<'_>, params: &Params) -> Answered {
    let new = of(params)?;
    let arn = params.required("ResourceName")?;
    let tags = find(cx.databases(), &arn)?;
    let mut merged = tags.clone();
    merged.extend(new);
    if merged.len() > 50 {
        return Err(Refusal::bad("InvalidParameterValue", "A resource has at most 50 tags"));
    }
    *tags = merged;
    Ok(done(cx, &json!({})))
}

pub(crate) fn remove(cx: &mut Context<'_>, params: &Params) -> Answered {
    let keys = params.texts("TagKeys");
    let arn = params.required("ResourceName")?;
    find(cx.databases(), &arn)?.retain(|key, _| !keys.contains(key));
    Ok(done(cx, &json!({})))
}

pub(crate) fn list(cx: &mut Context<'_>, params: &Params) -> Answered {
    let arn = params.required("ResourceName")?;
    let tags = render(find(cx.databases(), &arn)?);
    Ok(done(cx, &json!({"TagList": tags})))
}
