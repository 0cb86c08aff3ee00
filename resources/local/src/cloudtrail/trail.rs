//! Trails.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{empty, find, tags, text};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::s3::Delivered;
use crate::world::{Context, Tags, World};

/// The service, as policies name it.
const SERVICE: &str = "cloudtrail.amazonaws.com";

/// A trail.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Trail {
    name: String,
    region: String,
    settings: Settings,
    pub logging: bool,
    pub started_at: Option<i64>,
    pub stopped_at: Option<i64>,
    /// When its first file is in the bucket.
    pub delivers_at: Option<i64>,
    pub selectors: Vec<Value>,
    pub advanced: Vec<Value>,
    pub insight: Vec<Value>,
    pub tags: Tags,
    /// S3's error of the last attempt to deliver a file, and when there is another one.
    pub failed: Option<(String, i64)>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Settings {
    bucket: String,
    prefix: Option<String>,
    topic: Option<String>,
    global_events: bool,
    multi_region: bool,
    validation: bool,
    log_group: Option<String>,
    log_role: Option<String>,
    key: Option<String>,
}

impl Trail {
    pub(crate) fn arn(&self) -> String {
        arn_of(&self.region, &self.name)
    }

    /// Its first file, some minutes after it began to record ("on average within about 5 minutes of an API
    /// call": AWS, how CloudTrail works).
    pub(super) fn delivered(&self, now: i64) -> Option<Delivered> {
        let at = self.delivers_at.filter(|at| self.logging && *at <= now)?;
        let s = &self.settings;
        let prefix = s.prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
        let time = crate::clock::iso(self.started_at?);
        let (day, minute) = (time[..10].replace('-', "/"), time[..16].replace(['-', ':'], ""));
        let region = &self.region;
        let key = format!(
            "{prefix}AWSLogs/{ACCOUNT}/CloudTrail/{region}/{day}/{ACCOUNT}_CloudTrail_{region}_{minute}Z_{}.json.gz",
            self.name
        );
        let source = self.arn();
        Some(Delivered { bucket: s.bucket.clone(), key, who: SERVICE, source, role: None, at })
    }

    /// Why its events do not come to its log group, where it has one.
    pub(super) fn events_refused(&self, world: &World) -> Option<&'static str> {
        let (group, role) = (self.settings.log_group.as_ref()?, self.settings.log_role.as_ref()?);
        let stream =
            format!("{}log-stream:{ACCOUNT}_CloudTrail_{}", group.trim_end_matches('*'), self.region);
        let may = |action: &str| world.iam.grants(role, action, &stream);
        let written =
            world.iam.trusts(role, SERVICE) && may("logs:CreateLogStream") && may("logs:PutLogEvents");
        (!written).then_some("Access denied.")
    }

    fn render(&self) -> Value {
        let s = &self.settings;
        json!({
            "Name": self.name,
            "TrailARN": self.arn(),
            "HomeRegion": self.region,
            "S3BucketName": s.bucket,
            "S3KeyPrefix": s.prefix,
            "SnsTopicName": s.topic,
            "SnsTopicARN": s.topic,
            "IncludeGlobalServiceEvents": s.global_events,
            "IsMultiRegionTrail": s.multi_region,
            "LogFileValidationEnabled": s.validation,
            "CloudWatchLogsLogGroupArn": s.log_group,
            "CloudWatchLogsRoleArn": s.log_role,
            "KmsKeyId": s.key,
            "HasCustomEventSelectors": !self.selectors.is_empty() || !self.advanced.is_empty(),
            "HasInsightSelectors": !self.insight.is_empty(),
            "IsOrganizationTrail": false,
        })
    }
}

fn arn_of(region: &str, name: &str) -> String {
    format!("arn:aws:cloudtrail:{region}:{ACCOUNT}:trail/{name}")
}

fn bad(code: &str, message: impl Into<String>) -> Refusal {
    Refusal::bad(code, message)
}

/// The settings that a call leads to: what it does not name stays, an empty text takes away.
fn changed(cx: &Context<'_>, body: &Value, trail: &str, before: &Settings) -> Result<Settings, Refusal> {
    let take = |member: &str, before: &Option<String>| match body.get(member).and_then(Value::as_str) {
        Some("") => None,
        Some(new) => Some(new.to_owned()),
        None => before.clone(),
    };
    let flag = |member: &str, before: bool| body.get(member).and_then(Value::as_bool).unwrap_or(before);
    let topic = take("SnsTopicName", &before.topic).map(|topic| match topic.starts_with("arn:") {
        true => topic,
        false => format!("arn:aws:sns:{}:{ACCOUNT}:{topic}", cx.region()),
    });
    let settings = Settings {
        bucket: text(body, "S3BucketName").unwrap_or(&before.bucket).to_owned(),
        prefix: take("S3KeyPrefix", &before.prefix),
        topic,
        global_events: flag("IncludeGlobalServiceEvents", before.global_events),
        multi_region: flag("IsMultiRegionTrail", before.multi_region),
        validation: flag("EnableLogFileValidation", before.validation),
        log_group: take("CloudWatchLogsLogGroupArn", &before.log_group),
        log_role: take("CloudWatchLogsRoleArn", &before.log_role),
        key: take("KmsKeyId", &before.key),
    };
    check(cx, trail, &settings)?;
    let key = settings.key.as_ref().and_then(|k| cx.world.kms.get(cx.region())?.arn_of(cx.region(), k));
    Ok(Settings { key, ..settings })
}

fn check(cx: &Context<'_>, trail: &str, settings: &Settings) -> Result<(), Refusal> {
    writable(cx, trail, settings)?;
    if settings.multi_region && !settings.global_events {
        let message = "Multi-Region trail must include global service events.";
        return Err(bad("InvalidParameterCombinationException", message));
    }
    match (&settings.log_group, &settings.log_role) {
        (None, None) => {}
        (Some(group), Some(role)) => {
            let known = cx.world.logs.get(cx.region()).is_some_and(|logs| logs.has(group));
            if !group.ends_with(":*") || !known {
                let code = "InvalidCloudWatchLogsLogGroupArnException";
                return Err(bad(code, "CloudTrail cannot validate the specified log group ARN."));
            }
            if !cx.world.iam.trusts(role, "cloudtrail.amazonaws.com") {
                let message = "Access denied. Check the trust relationships for your role.";
                return Err(bad("InvalidCloudWatchLogsRoleArnException", message));
            }
        }
        (Some(_), None) => {
            let message = "A log group needs a role that may write to it.";
            return Err(bad("InvalidCloudWatchLogsRoleArnException", message));
        }
        (None, Some(_)) => {
            let message = "A role needs a log group to write to.";
            return Err(bad("InvalidCloudWatchLogsLogGroupArnException", message));
        }
    }
    let known =
        |k: &String| cx.world.kms.get(cx.region()).and_then(|keys| keys.arn_of(cx.region(), k)).is_some();
    if settings.key.as_ref().is_some_and(|k| !known(k)) {
        return Err(bad("KmsKeyNotFoundException", "The KMS key does not exist, or is not enabled."));
    }
    Ok(())
}

/// Refuses a bucket that no name, no bucket or no policy makes one to write to, and a topic likewise.
fn writable(cx: &Context<'_>, trail: &str, settings: &Settings) -> Result<(), Refusal> {
    let bucket = settings.bucket.as_str();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(fits) {
        return Err(bad("InvalidS3BucketNameException", format!("The bucket name {bucket} is not valid")));
    }
    let prefix = settings.prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
    let key = format!("{prefix}AWSLogs/{ACCOUNT}/CloudTrail/");
    let (name, source) = (bucket.to_owned(), trail.to_owned());
    let file = Delivered { bucket: name, key, who: SERVICE, source, role: None, at: 0 };
    match file.refused(cx.world).as_deref() {
        Some("NoSuchBucket") => {
            let message = format!("S3 bucket {bucket} does not exist!");
            return Err(Refusal::new(404, "S3BucketDoesNotExistException", message));
        }
        Some("AccessDenied") => {
            let message = format!("Incorrect S3 bucket policy is detected for bucket: {bucket}");
            return Err(Refusal::new(403, "InsufficientS3BucketPolicyException", message));
        }
        _ => {}
    }
    let publishes = |topic: &String| {
        let region = topic.split(':').nth(3).unwrap_or_default();
        cx.world.sns.get(region).is_some_and(|topics| topics.lets_publish(topic, SERVICE))
    };
    if settings.topic.as_ref().is_some_and(|topic| !publishes(topic)) {
        let message = "SNS Topic does not exist or the topic policy is incorrect!";
        return Err(Refusal::new(403, "InsufficientSnsTopicPolicyException", message));
    }
    Ok(())
}

/// A trail is made without recording.
pub(crate) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = text(body, "Name").unwrap_or_default().to_owned();
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !(3..=128).contains(&name.len()) || !name.chars().all(fits) {
        return Err(bad(
            "InvalidTrailNameException",
            "Trail name must be 3 to 128 letters, digits, . _ or -",
        ));
    }
    if cx.trails().contains_key(&name) {
        let message = format!("Trail {name} already exists for customer: {ACCOUNT}");
        return Err(bad("TrailAlreadyExistsException", message));
    }
    let arn = arn_of(cx.region(), &name);
    let first = Settings { global_events: true, ..Settings::default() };
    let trail = Trail {
        settings: changed(cx, body, &arn, &first)?,
        region: cx.region().to_owned(),
        tags: tags::of(body)?,
        name: name.clone(),
        ..Trail::default()
    };
    let answer = answer::json(trail.render());
    cx.trails().insert(name, trail);
    Ok(answer)
}

pub(crate) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    let standing = find(cx, body, "Name")?;
    let (arn, before) = (standing.arn(), standing.settings.clone());
    let both = ["CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"].map(|m| body.get(m).is_some());
    if both[0] != both[1] {
        let message = "The log group and its role are changed together.";
        return Err(bad("InvalidParameterCombinationException", message));
    }
    let settings = changed(cx, body, &arn, &before)?;
    let trail = find(cx, body, "Name")?;
    trail.settings = settings;
    Ok(answer::json(trail.render()))
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = find(cx, body, "Name")?.name.clone();
    cx.trails().remove(&name);
    Ok(empty())
}

pub(crate) fn get(cx: &mut Context<'_>, body: &Value) -> Answered {
    Ok(answer::json(json!({"Trail": find(cx, body, "Name")?.render()})))
}

/// The trails of the region, and the shadows of those of other regions that record all regions.
fn visible<'a>(cx: &'a Context<'_>, shadows: bool) -> impl Iterator<Item = &'a Trail> {
    let region = cx.region();
    let trails = cx.world.cloudtrail.values().flat_map(|t| t.trails.values());
    trails.filter(move |t| t.region == region || (shadows && t.settings.multi_region))
}

pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let shadows = body.get("includeShadowTrails").and_then(Value::as_bool).unwrap_or(true);
    let names: Vec<&str> = body
        .get("trailNameList")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let fits = |t: &&Trail| names.is_empty() || names.iter().any(|n| *n == t.name || *n == t.arn());
    let found: Vec<Value> = visible(cx, shadows).filter(fits).map(Trail::render).collect();
    Ok(answer::json(json!({"trailList": found})))
}

pub(crate) fn list(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let render = |t: &Trail| json!({"Name": t.name, "TrailARN": t.arn(), "HomeRegion": t.region});
    let found: Vec<Value> = visible(cx, true).map(render).collect();
    Ok(answer::json(json!({"Trails": found})))
}
