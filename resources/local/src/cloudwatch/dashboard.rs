//! Dashboards.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Told, required, tags, text, texts};
use crate::answer::Refusal;
use crate::call::ACCOUNT;
use crate::world::{Context, Tags};

/// A dashboard of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Dashboard {
    body: String,
    pub tags: Tags,
    updated_at: i64,
}

pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}")
}

fn missing(name: &str) -> Refusal {
    Refusal::new(404, "ResourceNotFound", format!("Dashboard {name} does not exist"))
}

fn rejected(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidParameterInput", message)
}

/// What is wrong with a body, as far as it is looked at here: its frame, and each widget's type.
fn fault(body: &str) -> Option<String> {
    let Ok(Value::Object(body)) = serde_json::from_str(body) else {
        return Some("The field DashboardBody must be a valid JSON object".to_owned());
    };
    let Some(widgets) = body.get("widgets") else {
        return Some("Should have required property 'widgets'".to_owned());
    };
    let Some(widgets) = widgets.as_array() else { return Some("/widgets should be array".to_owned()) };
    if widgets.len() > 500 {
        return Some("/widgets should NOT have more than 500 items".to_owned());
    }
    let wrong = |w: &Value| {
        !matches!(text(w, "type"), Some("metric" | "text" | "log" | "alarm" | "explorer" | "custom"))
            || !w.get("properties").is_some_and(Value::is_object)
    };
    let at = widgets.iter().position(wrong)?;
    Some(format!("/widgets/{at} should have a known 'type', and 'properties'"))
}

pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Told {
    let name = required(body, "DashboardName")?.to_owned();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.len() > 255 || !name.chars().all(fits) {
        return Err(rejected(format!(
            "The value {name} for DashboardName has characters that are not valid"
        )));
    }
    let content = required(body, "DashboardBody")?.to_owned();
    if let Some(fault) = fault(&content) {
        return Err(rejected(format!(
            "The dashboard body is invalid, there are 1 validation errors: {fault}"
        )));
    }
    let now = cx.now();
    let new = tags::of(body)?;
    // Tags count only when the dashboard is made.
    let tags = cx.dashboards().get(&name).map_or(new, |d| d.tags.clone());
    cx.dashboards().insert(name, Dashboard { body: content, tags, updated_at: now });
    Ok(json!({"DashboardValidationMessages": []}))
}

pub(crate) fn get(cx: &mut Context<'_>, body: &Value) -> Told {
    let name = required(body, "DashboardName")?;
    let dashboard = cx.dashboards().get(name).ok_or_else(|| missing(name))?;
    let answer = json!({"DashboardArn": arn(name), "DashboardBody": dashboard.body, "DashboardName": name});
    Ok(answer)
}

pub(crate) fn list(cx: &mut Context<'_>, body: &Value) -> Told {
    let prefix = text(body, "DashboardNamePrefix").unwrap_or_default();
    let fits = |(name, _): &(&String, &Dashboard)| name.starts_with(prefix);
    let entry = |(name, d): (&String, &Dashboard)| {
        let changed = d.updated_at as f64 / 1000.0;
        json!({"DashboardName": name, "DashboardArn": arn(name), "LastModified": changed, "Size": d.body.len()})
    };
    let entries: Vec<Value> = cx.dashboards().iter().filter(fits).map(entry).collect();
    Ok(json!({"DashboardEntries": entries}))
}

/// All or nothing: an unknown name refuses the call.
pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Told {
    let names = texts(body, "DashboardNames");
    let dashboards = cx.dashboards();
    if let Some(name) = names.iter().find(|n| !dashboards.contains_key(*n)) {
        return Err(missing(name));
    }
    dashboards.retain(|name, _| !names.contains(name));
    Ok(json!({}))
}
