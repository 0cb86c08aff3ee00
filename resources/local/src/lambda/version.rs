//! Published versions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::function::{Attached, Code, Function};
use super::settings::Settings;
use super::{arn, find, invalid, network, text};
use crate::answer::{self, Answered, Outcome, Refusal};
use crate::world::{Context, Tags, uuid};

/// A published version: the function as it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    pub number: u32,
    name: String,
    settings: Settings,
    code: Code,
    /// Of which role the grant is that reads its variables.
    #[serde(default)]
    pub grant: Option<String>,
    revision: String,
    published_at: i64,
    /// When it can be called, or has failed.
    #[serde(default)]
    active_at: i64,
    /// Code and reason of its failure.
    #[serde(default)]
    failed: Option<(String, String)>,
}

/// Where a version is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Pending,
    Active,
    Failed,
}

impl Version {
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn code(&self) -> &Code {
        &self.code
    }

    pub(crate) fn stage(&self, now: i64) -> Stage {
        match &self.failed {
            _ if now < self.active_at => Stage::Pending,
            Some(_) => Stage::Failed,
            None => Stage::Active,
        }
    }

    /// As lists have it.
    pub(crate) fn listed(&self, region: &str, now: i64) -> Value {
        let mut shown = self.render(region, now);
        if let Some(members) = shown.as_object_mut() {
            members.retain(|name, _| !name.starts_with("State") && !name.starts_with("LastUpdateStatus"));
        }
        shown
    }

    pub(crate) fn render(&self, region: &str, now: i64) -> Value {
        let as_function = Function {
            name: self.name.clone(),
            settings: self.settings.clone(),
            code: self.code.clone(),
            tags: Tags::new(),
            reserved: None,
            revision: self.revision.clone(),
            modified_at: self.published_at,
            active_at: 0,
            updated_at: 0,
            versions: Vec::new(),
            newest: 0,
            failed: None,
            grant: None,
            attached: Attached::default(),
            without_address: false,
            never: None,
        };
        let mut answer = as_function.render(region, self.published_at);
        match (self.stage(now), &self.failed) {
            (Stage::Pending, _) => {
                answer["State"] = json!("Pending");
                answer["StateReasonCode"] = json!("Creating");
                answer["StateReason"] = json!("The function is being created.");
            }
            (Stage::Failed, Some((code, reason))) => {
                answer["State"] = json!("Failed");
                answer["StateReasonCode"] = json!(code);
                answer["StateReason"] = json!(reason);
            }
            _ => {}
        }
        answer["Version"] = json!(self.number.to_string());
        answer["FunctionArn"] = json!(format!("{}:{}", arn(region, &self.name), self.number));
        answer
    }
}

/// Seconds until a published version can be called.
const PUBLISHING: u32 = 5;

/// When a version that is published now can be called, and how that ends where a test has ordered it.
pub(crate) struct Fate {
    active_at: i64,
    failed: Option<(String, String)>,
}

impl Fate {
    pub(crate) fn of(cx: &Context<'_>, function: &Function) -> Fate {
        let name = format!("{}:{}", function.name, function.newest + 1);
        Fate {
            active_at: cx.clock.due(PUBLISHING),
            failed: cx.world.outcomes.of("aws:lambda:Version", &name),
        }
    }
}

/// Publishes a function as it is; gives the number of the new version.
pub(crate) fn add(function: &mut Function, description: &str, now: i64, fate: Fate) -> u32 {
    function.newest += 1;
    let mut settings = function.settings.clone();
    if !description.is_empty() {
        settings.insert("Description".to_owned(), json!(description));
    }
    function.versions.push(Version {
        number: function.newest,
        name: function.name.clone(),
        settings,
        code: function.code.clone(),
        grant: function.grant.clone(),
        revision: uuid(),
        published_at: now,
        active_at: fate.active_at,
        failed: fate.failed,
    });
    function.newest
}

/// If nothing changed since the newest version, that one is given again.
pub(crate) fn publish(cx: &mut Context<'_>) -> Result<Outcome, Refusal> {
    let body = cx.call.json()?;
    let (region, now) = (cx.region().to_owned(), cx.now());
    let function = find(cx)?;
    function.require_settled(&region, now)?;
    if text(&body, "CodeSha256").is_some_and(|sha| sha != function.code.sha256) {
        return Err(invalid(
            "CodeSHA256 is different from current CodeSHA256 in $LATEST. Please try again with the CodeSHA256 in $LATEST.",
        ));
    }
    if text(&body, "RevisionId").is_some_and(|id| id != function.revision) {
        let message = "The Revision Id provided does not match the latest Revision Id.";
        return Err(Refusal::new(412, "PreconditionFailedException", message));
    }
    let unchanged = |v: &Version| {
        let mut settings = v.settings.clone();
        settings.insert(
            "Description".to_owned(),
            function.settings.get("Description").cloned().unwrap_or_default(),
        );
        v.code == function.code && settings == function.settings
    };
    if let Some(last) = function.versions.last().filter(|v| v.number == function.newest && unchanged(v)) {
        return Ok(Outcome::Done(answer::rest(201, last.render(&region, now))));
    }
    let mut function = function.clone();
    let fate = Fate::of(cx, &function);
    add(&mut function, &text(&body, "Description").unwrap_or_default(), now, fate);
    let shown = function.versions.last().map(|v| v.render(&region, now)).unwrap_or_default();
    let users = cx.functions().used();
    cx.functions().functions.insert(function.name.clone(), function);
    network::settle(cx, users);
    Ok(Outcome::Mirrored(answer::rest(201, shown)))
}

/// The most versions of a page.
const PAGE: usize = 50;

/// `$LATEST` first, then from old to new, in pages of at most 50; without the states.
pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let (region, now, query) = (cx.region().to_owned(), cx.now(), cx.call.query_params());
    let most = query.number::<usize>("MaxItems").unwrap_or_default().unwrap_or(PAGE).clamp(1, PAGE);
    let after = query.number::<usize>("Marker").unwrap_or_default().unwrap_or_default();
    let function = find(cx)?;
    let latest = std::iter::once(function.render_listed(&region));
    let all: Vec<Value> = latest.chain(function.versions.iter().map(|v| v.listed(&region, now))).collect();
    let page: Vec<&Value> = all.iter().skip(after).take(most).collect();
    let next = (after + page.len() < all.len()).then(|| (after + page.len()).to_string());
    Ok(answer::rest(200, json!({"Versions": page, "NextMarker": next})))
}
