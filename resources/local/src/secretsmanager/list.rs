//! Lists of secrets.

use serde_json::{Value, json};

use super::invalid;
use super::secret::Secret;
use crate::answer::{self, Answered, Refusal};
use crate::world::Context;

/// A filter: all filters must fit, and one value of each.
struct Filter {
    key: String,
    values: Vec<String>,
}

fn filters(body: &Value) -> Result<Vec<Filter>, Refusal> {
    const KEYS: [&str; 7] =
        ["name", "description", "tag-key", "tag-value", "owning-service", "primary-region", "all"];
    let texts = |value: Option<&Value>| -> Vec<String> {
        let items = value.and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let items = body.get("Filters").and_then(Value::as_array).into_iter().flatten();
    items
        .map(|item| {
            let key = item.get("Key").and_then(Value::as_str).unwrap_or_default().to_owned();
            if !KEYS.contains(&key.as_str()) {
                return Err(invalid(format!("Unknown filter: {key}")));
            }
            Ok(Filter { key, values: texts(item.get("Values")) })
        })
        .collect()
}

impl Filter {
    /// A value is a prefix, or `!` and a prefix that must not fit.
    fn fits(&self, secret: &Secret, region: &str) -> bool {
        let texts = self.texts(secret, region);
        let begins = |prefix: &str| texts.iter().any(|text| text.starts_with(prefix));
        self.values.iter().any(|value| match value.strip_prefix('!') {
            Some(prefix) => !begins(prefix),
            None => begins(value),
        })
    }

    fn texts<'a>(&self, secret: &'a Secret, region: &'a str) -> Vec<&'a str> {
        let name = [secret.name.as_str()].into_iter();
        let description = secret.description.as_deref().into_iter();
        let keys = secret.tags.keys().map(String::as_str);
        let values = secret.tags.values().map(String::as_str);
        let service = secret.owning_service.as_deref().into_iter();
        match self.key.as_str() {
            "name" => name.collect(),
            "description" => description.collect(),
            "tag-key" => keys.collect(),
            "tag-value" => values.collect(),
            "owning-service" => service.collect(),
            "primary-region" => vec![region],
            _ => name.chain(description).chain(keys).chain(values).chain(service).collect(),
        }
    }
}

pub(crate) fn list(cx: &mut Context<'_>, body: &Value) -> Answered {
    let filters = filters(body)?;
    let ending = body.get("IncludePlannedDeletion").and_then(Value::as_bool).unwrap_or(false);
    let region = cx.region().to_owned();
    let chosen = cx.secrets().secrets.values().filter(|s| {
        (ending || s.deletion_at.is_none()) && filters.iter().all(|filter| filter.fits(s, &region))
    });
    let mut items: Vec<Value> = chosen.map(|s| s.render("SecretVersionsToStages", &region)).collect();
    if body.get("SortOrder").and_then(Value::as_str) == Some("desc") {
        items.reverse();
    }
    let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
    let most = body.get("MaxResults").and_then(number).unwrap_or(100).clamp(1, 100);
    let start: usize = match body.get("NextToken").and_then(Value::as_str) {
        None => 0,
        Some(token) => token
            .parse()
            .map_err(|_| Refusal::bad("InvalidNextTokenException", "The NextToken value is invalid."))?,
    };
    let end = start.saturating_add(most).min(items.len());
    let more = end < items.len();
    let page: Vec<Value> = items.into_iter().skip(start).take(end.saturating_sub(start)).collect();
    Ok(answer::json(json!({"SecretList": page, "NextToken": more.then(|| end.to_string())})))
}
