//! The recorder of a region.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{empty, required, tags, text, texts};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::iam::LinkedRole;
use crate::world::{Context, Tags, letters};

/// A recorder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recorder {
    pub name: String,
    id: String,
    pub role: String,
    group: Value,
    mode: Value,
    pub recording: bool,
    started_at: Option<i64>,
    stopped_at: Option<i64>,
    pub tags: Tags,
}

impl Recorder {
    pub(crate) fn arn(&self, region: &str) -> String {
        format!("arn:aws:config:{region}:{ACCOUNT}:configuration-recorder/{}/{}", self.name, self.id)
    }
}

fn missing(name: &str) -> Refusal {
    let message = format!("Cannot find configuration recorder with the specified name '{name}'.");
    Refusal::bad("NoSuchConfigurationRecorderException", message)
}

fn invalid_group(message: &str) -> Refusal {
    Refusal::bad("InvalidRecordingGroupException", message)
}

/// Makes the recorder or replaces its settings; tags count only when it is made.
pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    let wanted = body.get("ConfigurationRecorder").cloned().unwrap_or_default();
    let name = text(&wanted, "name").unwrap_or("default").to_owned();
    if let Some(standing) = cx.recordings().recorder.as_ref().filter(|r| r.name != name) {
        let message = format!(
            "Failed to put configuration recorder '{name}' because the maximum number of configuration recorders: 1 is reached: {} stands.",
            standing.name
        );
        return Err(Refusal::bad("MaxNumberOfConfigurationRecordersExceededException", message));
    }
    let role = required(&wanted, "roleARN")?.to_owned();
    if !is_assumed(cx, &role) {
        let message = format!("The role {role} does not exist, or AWS Config cannot assume it.");
        return Err(Refusal::bad("InvalidRoleException", message));
    }
    let group = group(wanted.get("recordingGroup"))?;
    let mode = match wanted.get("recordingMode").filter(|m| !m.is_null()) {
        Some(mode) => mode.clone(),
        None => json!({"recordingFrequency": "CONTINUOUS"}),
    };
    if !matches!(text(&mode, "recordingFrequency"), Some("CONTINUOUS" | "DAILY")) {
        return Err(Refusal::bad("ValidationException", "recordingFrequency is CONTINUOUS or DAILY"));
    }
    let new = tags::of(body)?;
    let recorder = match cx.recordings().recorder.take() {
        Some(standing) => Recorder { role, group, mode, ..standing },
        None => Recorder {
            name,
            id: letters(8, b"abcdefghijklmnopqrstuvwxyz0123456789"),
            role,
            group,
            mode,
            recording: false,
            started_at: None,
            stopped_at: None,
            tags: new,
        },
    };
    cx.recordings().recorder = Some(recorder);
    Ok(empty())
}

/// Whether AWS Config can assume a role.
fn is_assumed(cx: &Context<'_>, role: &str) -> bool {
    let linked = role == LinkedRole::Config.arn() && cx.has_linked_role(LinkedRole::Config);
    linked || cx.world.iam.trusts(role, "config.amazonaws.com")
}

/// A group with what AWS fills in.
fn group(given: Option<&Value>) -> Result<Value, Refusal> {
    let given = given.cloned().unwrap_or_default();
    let flag = |member: &str| given.get(member).and_then(Value::as_bool).unwrap_or(false);
    let types = texts(&given, "resourceTypes");
    let excluded =
        given.get("exclusionByResourceTypes").map(|e| texts(e, "resourceTypes")).unwrap_or_default();
    let strategy = given.get("recordingStrategy").and_then(|s| text(s, "useOnly"));
    let all = flag("allSupported");
    let implied = match (types.is_empty(), excluded.is_empty()) {
        (false, false) => return Err(invalid_group("Types are either included or excluded.")),
        (false, true) if all => return Err(invalid_group("allSupported goes with no list of types.")),
        (false, true) => "INCLUSION_BY_RESOURCE_TYPES",
        (true, false) => "EXCLUSION_BY_RESOURCE_TYPES",
        (true, true) if all || given.is_null() => "ALL_SUPPORTED_RESOURCE_TYPES",
        (true, true) => return Err(invalid_group("The recording group names no resource types.")),
    };
    if strategy.is_some_and(|s| s != implied) {
        return Err(invalid_group("The recording strategy does not fit the recording group."));
    }
    if flag("includeGlobalResourceTypes") && implied != "ALL_SUPPORTED_RESOURCE_TYPES" {
        return Err(invalid_group("includeGlobalResourceTypes needs allSupported."));
    }
    Ok(json!({
        "allSupported": implied == "ALL_SUPPORTED_RESOURCE_TYPES",
        "includeGlobalResourceTypes": flag("includeGlobalResourceTypes"),
        "resourceTypes": types,
        "exclusionByResourceTypes": {"resourceTypes": excluded},
        "recordingStrategy": {"useOnly": implied},
    }))
}

/// The recorder, if the names that a call gives fit it.
fn named<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<Option<&'a mut Recorder>, Refusal> {
    let names = texts(body, "ConfigurationRecorderNames");
    let standing = cx.recordings().recorder.as_mut();
    let unknown = names.iter().find(|n| standing.as_ref().is_none_or(|r| r.name != **n));
    match unknown {
        Some(name) => Err(missing(name)),
        None => Ok(standing),
    }
}

pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let region = cx.region().to_owned();
    let render = |r: &mut Recorder| {
        json!({
            "arn": r.arn(&region), "name": r.name, "roleARN": r.role,
            "recordingGroup": r.group, "recordingMode": r.mode, "recordingScope": "PAID",
        })
    };
    let found: Vec<Value> = named(cx, body)?.map(render).into_iter().collect();
    Ok(answer::json(json!({"ConfigurationRecorders": found})))
}

pub(crate) fn status(cx: &mut Context<'_>, body: &Value) -> Answered {
    let region = cx.region().to_owned();
    let seconds = |at: Option<i64>| at.map(|ms| ms as f64 / 1000.0);
    // It records with its role, once that has been taken.
    let role = cx.recordings().recorder.as_ref().map(|recorder| recorder.role.clone()).unwrap_or_default();
    let assumed = is_assumed(cx, &role);
    let render = |r: &mut Recorder| {
        let failed = r.recording && !assumed;
        json!({
            "arn": r.arn(&region), "name": r.name, "recording": r.recording,
            "lastStartTime": seconds(r.started_at), "lastStopTime": seconds(r.stopped_at),
            "lastStatus": if failed { "FAILURE" } else if r.recording { "SUCCESS" } else { "PENDING" },
            "lastErrorCode": failed.then_some("AccessDenied"),
            "lastErrorMessage": failed.then_some("The role cannot be assumed."),
        })
    };
    let found: Vec<Value> = named(cx, body)?.map(render).into_iter().collect();
    Ok(answer::json(json!({"ConfigurationRecordersStatus": found})))
}

/// The recorder that a call names.
fn find<'a>(cx: &'a mut Context<'_>, body: &Value) -> Result<&'a mut Recorder, Refusal> {
    let name = required(body, "ConfigurationRecorderName")?;
    cx.recordings().recorder.as_mut().filter(|r| r.name == name).ok_or_else(|| missing(name))
}

pub(crate) fn start(cx: &mut Context<'_>, body: &Value) -> Answered {
    let (now, channel) = (cx.now(), cx.recordings().channel.is_some());
    let recorder = find(cx, body)?;
    if !channel {
        let message = "Delivery channel is not available to start configuration recorder.";
        return Err(Refusal::bad("NoAvailableDeliveryChannelException", message));
    }
    if !recorder.recording {
        (recorder.recording, recorder.started_at) = (true, Some(now));
    }
    Ok(empty())
}

pub(crate) fn stop(cx: &mut Context<'_>, body: &Value) -> Answered {
    let now = cx.now();
    let recorder = find(cx, body)?;
    if recorder.recording {
        (recorder.recording, recorder.stopped_at) = (false, Some(now));
    }
    Ok(empty())
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    find(cx, body)?;
    cx.recordings().recorder = None;
    Ok(empty())
}
