//! Published versions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::function::{Attached, Code, Function};
use super::settings::Settings;
use super::{arn, find, invalid, text};
use crate::answer::{self, Answered, Outcome, Refusal};
use crate::world::{Context, Tags, uuid};

/// A published version: the function as it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    pub number: u32,
    name: String,
    settings: Settings,
    code: Code,
    revision: String,
    published_at: i64,
}

impl Version {
    pub(crate) fn render(&self, region: &str) -> Value {
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
            attached: Attached::default(),
        };
        let mut answer = as_function.render(region, self.published_at);
        answer["Version"] = json!(self.number.to_string());
        answer["FunctionArn"] = json!(format!("{}:{}", arn(region, &self.name), self.number));
        answer
    }
}

/// Publishes a function as it is; gives the number of the new version.
pub(crate) fn add(function: &mut Function, description: &str, now: i64) -> u32 {
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
        revision: uuid(),
        published_at: now,
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
        return Ok(Outcome::Done(answer::rest(201, last.render(&region))));
    }
    add(function, &text(&body, "Description").unwrap_or_default(), now);
    let shown = function.versions.last().map(|v| v.render(&region)).unwrap_or_default();
    Ok(Outcome::Mirrored(answer::rest(201, shown)))
}

/// `$LATEST` first, then from old to new.
pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let region = cx.region().to_owned();
    let function = find(cx)?;
    let latest = std::iter::once(function.render_listed(&region));
    let versions: Vec<Value> = latest.chain(function.versions.iter().map(|v| v.render(&region))).collect();
    Ok(answer::rest(200, json!({"Versions": versions})))
}
