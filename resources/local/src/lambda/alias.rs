//! Aliases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::function::{Attached, Function};
use super::provisioned::PREPARING;
use super::version::Stage;
use super::{arn, find, invalid, missing, text};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, uuid};

/// A name for a version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Alias {
    pub name: String,
    /// The number of its version, or `$LATEST`.
    pub version: String,
    description: String,
    weights: BTreeMap<String, f64>,
    revision: String,
}

impl Alias {
    /// Whether a version gets calls through it.
    pub(crate) fn uses(&self, version: &str) -> bool {
        self.version == version || self.weights.contains_key(version)
    }

    /// Whether calls go to another version too: by its own weights, or while provisioned concurrency moves.
    pub(crate) fn has_weights(&self, attached: &Attached, now: i64) -> bool {
        !self.shown_weights(attached, now).is_empty()
    }

    /// While an alias with provisioned concurrency is moved, Lambda itself sends its calls to the version before,
    /// until the new one is warm (terraform-provider-aws#48116).
    fn shown_weights(&self, attached: &Attached, now: i64) -> BTreeMap<String, f64> {
        let moving = attached.provisioned.get(&self.name).and_then(|provisioned| provisioned.shares(now));
        match moving {
            Some(before) => BTreeMap::from([(before.to_owned(), 1.0)]),
            None => self.weights.clone(),
        }
    }

    fn render(&self, region: &str, function: &Function, now: i64) -> Value {
        let weights = self.shown_weights(&function.attached, now);
        let weights = (!weights.is_empty()).then(|| json!({"AdditionalVersionWeights": weights}));
        json!({
            "AliasArn": format!("{}:{}", arn(region, &function.name), self.name),
            "Name": self.name,
            "FunctionVersion": self.version,
            "Description": self.description,
            "RoutingConfig": weights,
            "RevisionId": self.revision,
        })
    }
}

impl Attached {
    /// Drops what hangs on a qualifier.
    pub(crate) fn forget(&mut self, qualifier: &str) {
        self.policies.remove(qualifier);
        self.provisioned.remove(qualifier);
        self.events.remove(qualifier);
        self.urls.remove(qualifier);
    }
}

fn absent(region: &str, function: &str, alias: &str) -> Refusal {
    let message = format!("Cannot find alias arn: {}:{alias}", arn(region, function));
    Refusal::new(404, "ResourceNotFoundException", message)
}

/// The weights of a call; `None` where it says nothing of them.
fn weights(body: &Value) -> Option<BTreeMap<String, f64>> {
    let routing = body.get("RoutingConfig").filter(|routing| !routing.is_null())?;
    let weights = routing.get("AdditionalVersionWeights").and_then(Value::as_object);
    Some(weights.into_iter().flatten().filter_map(|(v, w)| Some((v.clone(), w.as_f64()?))).collect())
}

/// Refuses versions that do not exist and weights that make no sense.
fn check(region: &str, function: &Function, alias: &Alias, now: i64) -> Result<(), Refusal> {
    let target = function.versions.iter().find(|v| v.number.to_string() == alias.version);
    if target.is_some_and(|version| version.stage(now) == Stage::Failed) {
        let message = format!(
            "The operation cannot be performed at this time. The function version {} is currently in the following state: Failed",
            alias.version
        );
        return Err(Refusal::new(409, "ResourceConflictException", message));
    }
    for version in std::iter::once(&alias.version).chain(alias.weights.keys()) {
        let known =
            version == "$LATEST" || function.versions.iter().any(|v| v.number.to_string() == *version);
        if !known {
            return Err(missing(region, &format!("{}:{version}", function.name)));
        }
    }
    if alias.weights.is_empty() {
        return Ok(());
    }
    if function.attached.provisioned.contains_key(&alias.name) {
        return Err(invalid("Alias with weights can not be used with Provisioned Concurrency"));
    }
    let latest = alias.version == "$LATEST" || alias.weights.contains_key("$LATEST");
    if latest {
        return Err(invalid("$LATEST is not supported for an alias pointing to more than 1 version"));
    }
    if alias.weights.contains_key(&alias.version) || alias.weights.len() > 1 {
        return Err(invalid("An alias gives calls to one version beside its own"));
    }
    if alias.weights.values().any(|weight| !(0.0..=1.0).contains(weight)) {
        return Err(invalid(
            "Value at 'routingConfig' failed to satisfy constraint: weights are from 0 to 1",
        ));
    }
    Ok(())
}

pub(crate) fn create(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    let (region, now) = (cx.region().to_owned(), cx.now());
    let function = find(cx)?;
    let name = text(&body, "Name").unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if name.is_empty()
        || name.len() > 128
        || !name.chars().all(fits)
        || name.chars().all(|c| c.is_ascii_digit())
    {
        return Err(invalid(format!(
            "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
        )));
    }
    if function.attached.aliases.contains_key(&name) {
        let message = format!("Alias already exists: {}:{name}", arn(&region, &function.name));
        return Err(Refusal::new(409, "ResourceConflictException", message));
    }
    let alias = Alias {
        version: text(&body, "FunctionVersion").unwrap_or_default(),
        description: text(&body, "Description").unwrap_or_default(),
        weights: weights(&body).unwrap_or_default(),
        revision: uuid(),
        name: name.clone(),
    };
    check(&region, function, &alias, now)?;
    let shown = alias.render(&region, function, now);
    function.attached.aliases.insert(name, alias);
    Ok(answer::rest(201, shown))
}

fn name_in(cx: &Context<'_>) -> String {
    cx.call.segments().get(4).cloned().unwrap_or_default()
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let (region, name, now) = (cx.region().to_owned(), name_in(cx), cx.now());
    let function = find(cx)?;
    let alias = function.attached.aliases.get(&name).ok_or_else(|| absent(&region, &function.name, &name))?;
    Ok(answer::rest(200, alias.render(&region, function, now)))
}

/// The most aliases of a page.
const PAGE: usize = 50;

pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let (region, now, query) = (cx.region().to_owned(), cx.now(), cx.call.query_params());
    let version = query.filled("FunctionVersion");
    let most = query.number::<usize>("MaxItems").unwrap_or_default().unwrap_or(PAGE).clamp(1, PAGE);
    let after = query.number::<usize>("Marker").unwrap_or_default().unwrap_or_default();
    let function = find(cx)?;
    let fits = |alias: &&Alias| version.as_ref().is_none_or(|v| alias.uses(v));
    let aliases = function.attached.aliases.values().filter(fits).skip(after);
    let page: Vec<Value> = aliases.take(most + 1).map(|alias| alias.render(&region, function, now)).collect();
    let next = (page.len() > most).then(|| (after + most).to_string());
    Ok(answer::rest(200, json!({"Aliases": &page[..page.len().min(most)], "NextMarker": next})))
}

pub(crate) fn update(cx: &mut Context<'_>) -> Answered {
    let body = cx.call.json()?;
    let (region, name, now) = (cx.region().to_owned(), name_in(cx), cx.now());
    let ready_at = cx.clock.due(PREPARING);
    let (function, _) = super::named(cx);
    let failed =
        cx.world.outcomes.of("aws:lambda:ProvisionedConcurrencyConfig", &format!("{function}:{name}"));
    let function = find(cx)?;
    let mut alias = function
        .attached
        .aliases
        .get(&name)
        .cloned()
        .ok_or_else(|| absent(&region, &function.name, &name))?;
    if text(&body, "RevisionId").is_some_and(|id| id != alias.revision) {
        let message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id";
        return Err(Refusal::new(412, "PreconditionFailedException", message));
    }
    let before = alias.version.clone();
    alias.version = text(&body, "FunctionVersion").unwrap_or(alias.version);
    alias.description = text(&body, "Description").unwrap_or(alias.description);
    alias.weights = weights(&body).unwrap_or(alias.weights);
    alias.revision = uuid();
    check(&region, function, &alias, now)?;
    if let Some(provisioned) = function.attached.provisioned.get_mut(&name) {
        if alias.version != before {
            provisioned.move_on(before, ready_at, failed.map(|(_, reason)| reason));
        } else if weights(&body).is_some() {
            provisioned.take_over();
        }
    }
    let shown = alias.render(&region, function, now);
    function.attached.aliases.insert(name, alias);
    Ok(answer::rest(200, shown))
}

/// An alias that is not there is deleted just as well.
pub(crate) fn delete(cx: &mut Context<'_>) -> Answered {
    let name = name_in(cx);
    let attached = &mut find(cx)?.attached;
    attached.aliases.remove(&name);
    attached.forget(&name);
    Ok(answer::rest_empty(204))
}
