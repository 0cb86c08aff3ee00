//! Amplify: apps, branches with their jobs, domains and webhooks. Nothing is built: jobs come to their end on
//! the clock.

mod app;
mod branch;
mod domain;
mod job;
mod tags;
mod webhook;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answered, Outcome, Refusal};
use crate::status::Status;
use crate::world::{Context, Counted, Tags, World};

/// The apps of a region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Apps {
    apps: BTreeMap<String, app::App>,
    /// Domains that are gone, and until when CloudFront holds their names.
    held: BTreeMap<String, i64>,
}

/// The domain below which the branches of an app with a tag stand.
pub(crate) fn domain_of(world: &World, tag: (&str, &str)) -> Option<String> {
    let mut all = world.amplify.values().flat_map(|apps| apps.apps.values());
    let app = all.find(|app| app.tags.get(tag.0).is_some_and(|value| value == tag.1))?;
    Some(format!("{}.amplifyapp.com", app.id))
}

impl Counted for Apps {
    fn count(&self, _now: i64, status: &mut Status) {
        let all = || self.apps.values();
        status.add("aws:amplify:App", self.apps.len());
        status.add("aws:amplify:Branch", all().map(|app| app.branches.len()).sum());
        status.add("aws:amplify:DomainAssociation", all().map(|app| app.domains.len()).sum());
        status.add("aws:amplify:Webhook", all().map(|app| app.webhooks.len()).sum());
    }

    fn tagged(&self, _region: &str) -> Vec<(String, &Tags)> {
        let apps = self.apps.values().map(|app| (app.arn.clone(), &app.tags));
        let branches = self.apps.values().flat_map(|app| app.branches.values());
        apps.chain(branches.map(|branch| (branch.arn.clone(), &branch.tags))).collect()
    }
}

impl Context<'_> {
    fn apps(&mut self) -> &mut Apps {
        let now = self.now();
        let apps = self.world.amplify.entry(self.call.region.clone()).or_default();
        apps.held.retain(|_, until| *until > now);
        apps
    }
}

/// The operation of a request.
pub(crate) fn operation(method: &str, path: &[&str], _query: &str) -> Option<String> {
    let name = match (method, path) {
        ("POST", ["apps"]) => "CreateApp",
        ("GET", ["apps"]) => "ListApps",
        ("GET", ["apps", _]) => "GetApp",
        ("POST", ["apps", _]) => "UpdateApp",
        ("DELETE", ["apps", _]) => "DeleteApp",
        ("POST", ["apps", _, "branches"]) => "CreateBranch",
        ("GET", ["apps", _, "branches"]) => "ListBranches",
        ("GET", ["apps", _, "branches", _]) => "GetBranch",
        ("POST", ["apps", _, "branches", _]) => "UpdateBranch",
        ("DELETE", ["apps", _, "branches", _]) => "DeleteBranch",
        ("POST", ["apps", _, "branches", _, "deployments"]) => "CreateDeployment",
        ("POST", ["apps", _, "branches", _, "deployments", "start"]) => "StartDeployment",
        ("POST", ["apps", _, "branches", _, "jobs"]) => "StartJob",
        ("GET", ["apps", _, "branches", _, "jobs"]) => "ListJobs",
        ("GET", ["apps", _, "branches", _, "jobs", _]) => "GetJob",
        ("DELETE", ["apps", _, "branches", _, "jobs", _]) => "DeleteJob",
        ("DELETE", ["apps", _, "branches", _, "jobs", _, "stop"]) => "StopJob",
        ("POST", ["apps", _, "domains"]) => "CreateDomainAssociation",
        ("GET", ["apps", _, "domains"]) => "ListDomainAssociations",
        ("GET", ["apps", _, "domains", _]) => "GetDomainAssociation",
        ("POST", ["apps", _, "domains", _]) => "UpdateDomainAssociation",
        ("DELETE", ["apps", _, "domains", _]) => "DeleteDomainAssociation",
        ("POST", ["apps", _, "webhooks"]) => "CreateWebhook",
        ("GET", ["apps", _, "webhooks"]) => "ListWebhooks",
        ("GET", ["webhooks", _]) => "GetWebhook",
        ("POST", ["webhooks", _]) => "UpdateWebhook",
        ("DELETE", ["webhooks", _]) => "DeleteWebhook",
        ("GET", ["tags", ..]) => "ListTagsForResource",
        ("POST", ["tags", ..]) => "TagResource",
        ("DELETE", ["tags", ..]) => "UntagResource",
        _ => return None,
    };
    Some(name.to_owned())
}

pub(crate) fn answer(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let operation: fn(&mut Context<'_>) -> Answered = match cx.call.operation.as_str() {
        "CreateApp" => app::create,
        "ListApps" => app::list,
        "GetApp" => app::get,
        "UpdateApp" => app::update,
        "DeleteApp" => app::delete,
        "CreateBranch" => branch::create,
        "ListBranches" => branch::list,
        "GetBranch" => branch::get,
        "UpdateBranch" => branch::update,
        "DeleteBranch" => branch::delete,
        "CreateDeployment" => job::create_deployment,
        "StartDeployment" => job::start_deployment,
        "StartJob" => job::start,
        "ListJobs" => job::list,
        "GetJob" => job::get,
        "DeleteJob" => job::delete,
        "StopJob" => job::stop,
        "CreateDomainAssociation" => domain::create,
        "ListDomainAssociations" => domain::list,
        "GetDomainAssociation" => domain::get,
        "UpdateDomainAssociation" => domain::update,
        "DeleteDomainAssociation" => domain::delete,
        "CreateWebhook" => webhook::create,
        "ListWebhooks" => webhook::list,
        "GetWebhook" => webhook::get,
        "UpdateWebhook" => webhook::update,
        "DeleteWebhook" => webhook::delete,
        "ListTagsForResource" => tags::list,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        _ => return Ok(Outcome::Beneath),
    };
    operation(cx).map(Outcome::Done)
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::bad("BadRequestException", message)
}

fn missing(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "NotFoundException", message)
}

/// The body of a call in the shape of a type.
fn wish<T: DeserializeOwned>(cx: &Context<'_>) -> Result<T, Refusal> {
    serde_json::from_value(cx.call.json()?).map_err(|e| bad(format!("the request does not fit: {e}")))
}

fn segment(cx: &Context<'_>, at: usize) -> String {
    cx.call.segments().get(at).cloned().unwrap_or_default()
}

/// The app that a call names.
fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut app::App, Refusal> {
    let id = segment(cx, 1);
    cx.apps().apps.get_mut(&id).ok_or_else(|| missing(format!("App {id} not found.")))
}

/// A page of a list by `maxResults` and `nextToken`.
fn paged(cx: &Context<'_>, set: &str, items: Vec<Value>, most: usize) -> Value {
    let query = cx.call.query_params();
    let asked = query.number::<usize>("maxResults").ok().flatten().unwrap_or(most).clamp(1, most);
    let start = query.number::<usize>("nextToken").ok().flatten().unwrap_or(0);
    let end = start.saturating_add(asked).min(items.len());
    let more = end < items.len();
    let page: Vec<Value> = items.into_iter().skip(start).take(end.saturating_sub(start)).collect();
    json!({set: page, "nextToken": more.then(|| end.to_string())})
}

/// Environment variables as they are wished; none at all keeps what stands, and one without a name empties it.
fn set_variables(
    standing: &mut BTreeMap<String, String>,
    wished: Option<BTreeMap<String, String>>,
) -> Result<(), Refusal> {
    if let Some(mut wished) = wished.filter(|wished| !wished.is_empty()) {
        reserved(wished.keys())?;
        wished.remove("");
        *standing = wished;
    }
    Ok(())
}

/// Refuses names that Amplify keeps for itself.
fn reserved<'a>(mut names: impl Iterator<Item = &'a String>) -> Result<(), Refusal> {
    match names.find(|name| name.starts_with("AWS")) {
        Some(name) => Err(bad(format!("Environment variable {name} has the reserved prefix AWS"))),
        None => Ok(()),
    }
}

/// A text that is set, or emptied by an empty one.
fn set_text(standing: &mut Option<String>, wished: Option<String>) {
    if let Some(wished) = wished {
        *standing = Some(wished).filter(|text| !text.is_empty());
    }
}

fn set<T>(standing: &mut T, wished: Option<T>) {
    if let Some(wished) = wished {
        *standing = wished;
    }
}
