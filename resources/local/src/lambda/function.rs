//! A function and how it is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::alias::Alias;
use super::provisioned::Provisioned;
use super::settings::Settings;
use super::version::Version;
use super::{arn, find, missing, named};
use crate::answer::{self, Answered, Refusal};
use crate::world::{Context, Tags, uuid};

/// The most functions of a page.
const PAGE: usize = 50;

/// A function.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Function {
    pub name: String,
    pub settings: Settings,
    pub code: Code,
    pub tags: Tags,
    pub reserved: Option<u32>,
    pub revision: String,
    pub modified_at: i64,
    /// When it becomes active.
    pub active_at: i64,
    /// When the last update is done.
    pub updated_at: i64,
    pub versions: Vec<Version>,
    /// The number of the newest version ever.
    pub newest: u32,
    /// Code and reason where the last update has failed, as a test has ordered it.
    #[serde(default)]
    pub failed: Option<(String, String)>,
    /// Of which role the grant is that reads its variables.
    #[serde(default)]
    pub grant: Option<String>,
    /// What hangs on it.
    #[serde(default)]
    pub attached: Attached,
    /// It found no address in a subnet, and fails instead of becoming active.
    #[serde(default)]
    pub without_address: bool,
    /// Code and reason where it never becomes active, as a test has ordered it.
    #[serde(default)]
    pub never: Option<(String, String)>,
}

/// What hangs on a function and its qualifiers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Attached {
    pub aliases: BTreeMap<String, Alias>,
    /// Statements by qualifier, empty for none, and name.
    pub policies: BTreeMap<String, BTreeMap<String, Value>>,
    /// By qualifier.
    pub provisioned: BTreeMap<String, Provisioned>,
    /// By qualifier.
    pub events: BTreeMap<String, Value>,
    /// By qualifier, empty for none.
    pub urls: BTreeMap<String, Value>,
}

impl Attached {
    /// How many environments are kept warm, or are to be.
    pub(super) fn warm(&self) -> u32 {
        self.provisioned.values().map(|one| one.wanted).sum()
    }
}

/// What is known of the code; the bytes themselves are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    pub sha256: String,
    pub size: usize,
    pub architectures: Vec<String>,
    pub package: String,
}

impl Function {
    /// Notes a change that will be done at a moment.
    pub(crate) fn touch(&mut self, now: i64, done_at: i64) {
        self.revision = uuid();
        self.modified_at = now;
        self.updated_at = done_at;
    }

    /// Refuses a change while another goes on.
    pub(crate) fn require_settled(&self, region: &str, now: i64) -> Result<(), Refusal> {
        let conflict = |message: String| Err(Refusal::new(409, "ResourceConflictException", message));
        let arn = arn(region, &self.name);
        if now < self.active_at {
            return conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending".to_owned());
        }
        if now < self.updated_at {
            return conflict(format!(
                "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
            ));
        }
        Ok(())
    }

    /// The configuration without the states, which lists leave out.
    pub(crate) fn render_listed(&self, region: &str) -> Value {
        let mut answer: Value = self.settings.clone().into_iter().collect::<serde_json::Map<_, _>>().into();
        let own = json!({
            "FunctionName": self.name,
            "FunctionArn": arn(region, &self.name),
            "Version": "$LATEST",
            "CodeSha256": self.code.sha256,
            "CodeSize": self.code.size,
            "Architectures": self.code.architectures,
            "PackageType": self.code.package,
            "LastModified": last_modified(self.modified_at),
            "RevisionId": self.revision,
        });
        if let (Value::Object(into), Value::Object(from)) = (&mut answer, own) {
            into.extend(from);
        }
        answer
    }

    pub(crate) fn render(&self, region: &str, now: i64) -> Value {
        let mut answer = self.render_listed(region);
        if now < self.active_at {
            answer["State"] = json!("Pending");
            answer["StateReason"] = json!("The function is being created.");
            answer["StateReasonCode"] = json!("Creating");
        } else if self.without_address {
            answer["State"] = json!("Failed");
            answer["StateReason"] = json!("A subnet of the function has no IP addresses left.");
            answer["StateReasonCode"] = json!("SubnetOutOfIPAddresses");
        } else if let Some((code, reason)) = &self.never {
            answer["State"] = json!("Failed");
            answer["StateReason"] = json!(reason);
            answer["StateReasonCode"] = json!(code);
        } else {
            answer["State"] = json!("Active");
        }
        let busy = now < self.updated_at.max(self.active_at);
        answer["LastUpdateStatus"] = json!(if busy { "InProgress" } else { "Successful" });
        if let Some((code, reason)) = self.failed.as_ref().filter(|_| !busy) {
            answer["LastUpdateStatus"] = json!("Failed");
            answer["LastUpdateStatusReasonCode"] = json!(code);
            answer["LastUpdateStatusReason"] = json!(reason);
        }
        if let Some(runtime) = self.settings.get("Runtime").and_then(Value::as_str) {
            let version = format!("arn:aws:lambda:{region}::runtime:{runtime}");
            answer["RuntimeVersionConfig"] = json!({"RuntimeVersionArn": version});
        }
        answer
    }
}

/// `2026-01-01T00:00:00.000+0000`
fn last_modified(ms: i64) -> String {
    crate::clock::iso(ms).replace('Z', "+0000")
}

impl Function {
    /// The number of the version that a qualifier stands for, 0 for `$LATEST`; `None` where there is none.
    pub(crate) fn resolve(&self, qualifier: Option<&str>) -> Option<u32> {
        let Some(qualifier) = qualifier else { return Some(0) };
        let named = self.attached.aliases.get(qualifier).map(|alias| alias.version.as_str());
        match named.unwrap_or(qualifier) {
            "$LATEST" => Some(0),
            number => self.versions.iter().map(|v| v.number).find(|n| n.to_string() == number),
        }
    }
}

/// The configuration that a call names: of the function, of a version, or of an alias's version.
fn qualified(cx: &mut Context<'_>) -> Result<Value, Refusal> {
    let (name, qualifier) = named(cx);
    let (region, now) = (cx.region().to_owned(), cx.now());
    let function = find(cx)?;
    let absent = || missing(&region, &format!("{name}:{}", qualifier.as_deref().unwrap_or_default()));
    let number = function.resolve(qualifier.as_deref()).ok_or_else(absent)?;
    let version = function.versions.iter().find(|v| v.number == number);
    let mut shown = version.map_or_else(|| function.render(&region, now), |v| v.render(&region, now));
    if let Some(qualifier) = &qualifier {
        shown["FunctionArn"] = json!(format!("{}:{qualifier}", arn(&region, &name)));
    }
    Ok(shown)
}

pub(crate) fn configuration(cx: &mut Context<'_>) -> Answered {
    Ok(answer::rest(200, qualified(cx)?))
}

pub(crate) fn get(cx: &mut Context<'_>) -> Answered {
    let (_, qualifier) = named(cx);
    let region = cx.region().to_owned();
    let configuration = qualified(cx)?;
    let function = find(cx)?;
    let location =
        format!("https://awslambda-{region}-tasks.s3.{region}.amazonaws.com/snapshots/{}", function.name);
    let unqualified = qualifier.is_none();
    Ok(answer::rest(
        200,
        json!({
            "Configuration": configuration,
            "Code": {"RepositoryType": "S3", "Location": location},
            "Tags": if function.tags.is_empty() { Value::Null } else { json!(function.tags) },
            "Concurrency": function.reserved.filter(|_| unqualified).map(|n| json!({"ReservedConcurrentExecutions": n})),
        }),
    ))
}

/// Lists at most 50, without states; with `FunctionVersion=ALL` the published versions too.
pub(crate) fn list(cx: &mut Context<'_>) -> Answered {
    let query = cx.call.query_params();
    let region = cx.region().to_owned();
    let most = query.number::<usize>("MaxItems").unwrap_or_default().unwrap_or(PAGE).clamp(1, PAGE);
    let after = query.number::<usize>("Marker").unwrap_or_default().unwrap_or_default();
    let (versions, now) = (query.text("FunctionVersion").is_some_and(|which| which == "ALL"), cx.now());
    let all = cx.functions().functions.values().flat_map(|function| {
        let published = function.versions.iter().filter(|_| versions);
        let published = published.map(|version| version.listed(&region, now));
        std::iter::once(function.render_listed(&region)).chain(published)
    });
    let page: Vec<Value> = all.skip(after).take(most + 1).collect();
    let next = (page.len() > most).then(|| (after + most).to_string());
    Ok(answer::rest(200, json!({"Functions": &page[..page.len().min(most)], "NextMarker": next})))
}
