//! Kept queries.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{invalid, missing, page, required, text};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, uuid};

/// A query that is kept for Logs Insights.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Query {
    name: String,
    query: String,
    groups: Vec<String>,
    /// `queryLanguage` and `parameters`, as they came.
    #[serde(default)]
    rest: Map<String, Value>,
    /// The token of the call that made it.
    token: Option<String>,
    changed_at: i64,
}

/// Makes a query, or replaces the one with the id whole: log groups that are not named go.
pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let groups: Vec<String> = body
        .get("logGroupNames")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|g| g.as_str().map(str::to_owned))
        .collect();
    let mut query = Query {
        name: required(body, "name")?,
        query: required(body, "queryString")?,
        groups,
        rest: super::kept(body, &["queryLanguage", "parameters"]),
        token: text(body, "clientToken"),
        changed_at: cx.now(),
    };
    if query.name.len() > 255 || query.query.len() > 10_000 || query.groups.len() > 50 {
        return Err(invalid(
            "A query has at most 10000 characters, 50 log groups, and a name of 255 characters",
        ));
    }
    let queries = &mut cx.logs().queries;
    let id = match text(body, "queryDefinitionId") {
        Some(id) => {
            let before = queries.get(&id).ok_or_else(|| missing("query definition"))?;
            query.token.clone_from(&before.token);
            id
        }
        None => match queries.iter().find(|(_, q)| q.token.is_some() && q.token == query.token) {
            Some((id, before)) if same(before, &query) => {
                return Ok(answer::json(json!({"queryDefinitionId": id})));
            }
            Some(_) => {
                return Err(Refusal::bad(
                    "InvalidParameterException",
                    "The client token was used for another query",
                ));
            }
            None => uuid(),
        },
    };
    queries.insert(id.clone(), query);
    Ok(answer::json(json!({"queryDefinitionId": id})))
}

fn same(a: &Query, b: &Query) -> bool {
    (&a.name, &a.query, &a.groups, &a.rest) == (&b.name, &b.query, &b.groups, &b.rest)
}

pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let prefix = text(body, "queryDefinitionNamePrefix").unwrap_or_default();
    let render = |(id, q): (&String, &Query)| {
        let own = json!({
            "queryDefinitionId": id, "name": q.name, "queryString": q.query,
            "logGroupNames": q.groups, "lastModified": q.changed_at,
        });
        super::with(own, &q.rest)
    };
    let fits = |(_, q): &(&String, &Query)| q.name.starts_with(&prefix);
    let found = cx.logs().queries.iter().filter(fits).map(render).collect();
    page(body, "queryDefinitions", found, "maxResults", 1000)
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let id = required(body, "queryDefinitionId")?;
    let removed = cx.logs().queries.remove(&id);
    removed.map(|_| answer::json(json!({"success": true}))).ok_or_else(|| missing("query definition"))
}
