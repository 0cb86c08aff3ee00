//! Log groups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::metric_filter::MetricFilter;
use super::resource_policy::Policy;
use super::retention::Retention;
use super::subscription_filter::SubscriptionFilter;
use super::{empty, invalid, required, text, writer};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, Tags};

/// The periods that a log group can keep its events for, in days.
const RETENTIONS: [u64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// A log group, with its filters.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    pub name: String,
    class: String,
    key: Option<String>,
    retention: Option<u64>,
    protected: bool,
    pub tags: Tags,
    created_at: i64,
    #[serde(default)]
    pub metric_filters: BTreeMap<String, MetricFilter>,
    #[serde(default)]
    pub subscription_filters: BTreeMap<String, SubscriptionFilter>,
    /// Its own policy.
    #[serde(default)]
    pub policy: Option<Policy>,
}

impl Group {
    /// The ARN without `:*`, which the tag operations and other services take.
    pub(super) fn arn(&self, region: &str) -> String {
        format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:{}", self.name)
    }

    /// A group that a service makes where it finds none to write to: without tags, for ever.
    pub(super) fn of_a_service(name: &str, now: i64) -> Group {
        Group {
            name: name.to_owned(),
            class: "STANDARD".to_owned(),
            key: None,
            retention: None,
            protected: false,
            tags: Tags::new(),
            created_at: now,
            metric_filters: BTreeMap::new(),
            subscription_filters: BTreeMap::new(),
            policy: None,
        }
    }

    /// Refuses what only groups of the standard class have (turbot/steampipe-plugin-aws#2758).
    pub(super) fn require_standard(&self) -> Result<(), Refusal> {
        if self.class == "STANDARD" {
            return Ok(());
        }
        Err(Refusal::bad(
            "ValidationException",
            "This operation is only supported on the Standard log class.",
        ))
    }

    fn render(&self, region: &str, over: Option<&Retention>) -> Value {
        let arn = self.arn(region);
        json!({
            "logGroupName": self.name,
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "creationTime": self.created_at,
            // An account's own policy stands in for what was set here (`LogGroup` of the API).
            "retentionInDays": over.map_or(self.retention, |over| over.days),
            "retentionPolicyName": over.map(|over| &over.name),
            "metricFilterCount": self.metric_filters.len(),
            "storedBytes": 0,
            "kmsKeyId": self.key,
            "logGroupClass": self.class,
            "deletionProtectionEnabled": self.protected,
        })
    }
}

/// The name in an identifier: a name, or an ARN without `:*`.
pub(super) fn name_in(identifier: &str) -> &str {
    identifier.split(":log-group:").nth(1).unwrap_or(identifier)
}

pub(crate) fn find<'a>(cx: &'a mut Context<'_>, name: &str) -> Result<&'a mut Group, Refusal> {
    let missing = || Refusal::bad("ResourceNotFoundException", "The specified log group does not exist.");
    cx.groups().get_mut(name).ok_or_else(missing)
}

fn tags_in(body: &Value) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for (key, value) in body.get("tags").and_then(Value::as_object).into_iter().flatten() {
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("Tag keys may not begin with aws:"));
        }
        tags.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    Ok(tags)
}

/// Refuses more tags than a group takes.
fn limited(tags: Tags) -> Result<Tags, Refusal> {
    if tags.len() <= 50 {
        return Ok(tags);
    }
    Err(Refusal::bad("TooManyTagsException", "A log group has at most 50 tags"))
}

/// Refuses a key that is not there.
fn key_in(cx: &mut Context<'_>, body: &Value, group: &str) -> Result<Option<String>, Refusal> {
    let Some(arn) = text(body, "kmsKeyId") else { return Ok(None) };
    let region = cx.region().to_owned();
    let known = cx.world.kms.get(&region).and_then(|keys| keys.arn_of(&region, &arn));
    if !arn.starts_with("arn:") || known.is_none() {
        let message = format!("The specified KMS Key Id could not be found or is not an ARN: {arn}");
        return Err(invalid(message));
    }
    // CloudWatch Logs User Guide, "Encrypt log data": the key's policy lets the service in, for this group.
    let of = format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}");
    let service = format!("logs.{region}.amazonaws.com");
    let context = [("kms:encryptioncontext:aws:logs:arn", of.as_str())];
    let lets =
        cx.world.kms.get(&region).is_some_and(|keys| keys.lets(&region, &arn, &service, &USE, &context));
    if !lets {
        let message =
            format!("The specified KMS key does not exist or is not allowed to be used with Arn '{of}'");
        return Err(Refusal::bad("AccessDeniedException", message));
    }
    Ok(Some(arn))
}

/// What CloudWatch Logs does with a key.
const USE: [&str; 4] = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"];

pub(crate) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "logGroupName")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-/#".contains(c);
    if name.len() > 512 || !name.chars().all(fits) {
        let message = format!(
            "1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"
        );
        return Err(invalid(message));
    }
    if cx.groups().contains_key(&name) {
        return Err(Refusal::bad("ResourceAlreadyExistsException", "The specified log group already exists"));
    }
    let key = key_in(cx, body, &name)?;
    let group = Group {
        class: text(body, "logGroupClass").unwrap_or_else(|| "STANDARD".to_owned()),
        key,
        retention: None,
        protected: body.get("deletionProtectionEnabled").and_then(Value::as_bool).unwrap_or(false),
        tags: limited(tags_in(body)?)?,
        created_at: cx.now(),
        metric_filters: BTreeMap::new(),
        subscription_filters: BTreeMap::new(),
        policy: None,
        name: name.clone(),
    };
    cx.groups().insert(name, group);
    Ok(empty())
}

/// Unknown identifiers are left out, and no error.
pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let prefix = text(body, "logGroupNamePrefix");
    let pattern = text(body, "logGroupNamePattern").map(|p| p.to_lowercase());
    let class = text(body, "logGroupClass");
    let identifiers: Option<Vec<String>> = body
        .get("logGroupIdentifiers")
        .and_then(Value::as_array)
        .map(|items| items.iter().filter_map(Value::as_str).map(|i| name_in(i).to_owned()).collect());
    if prefix.is_some() && pattern.is_some() {
        return Err(invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    if identifiers.as_ref().is_some_and(|ids| ids.len() > 50 || prefix.is_some() || pattern.is_some()) {
        return Err(invalid("logGroupIdentifiers has at most 50 members and goes with no name filter."));
    }
    let limit = body.get("limit").and_then(Value::as_u64).unwrap_or(50);
    if !(1..=50).contains(&limit) {
        return Err(invalid(format!(
            "Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50"
        )));
    }
    let after = text(body, "nextToken");
    let region = cx.region().to_owned();
    let fits = |g: &&Group| {
        prefix.as_ref().is_none_or(|p| g.name.starts_with(p))
            && pattern.as_ref().is_none_or(|p| g.name.to_lowercase().contains(p))
            && class.as_ref().is_none_or(|c| g.class == *c)
            && identifiers.as_ref().is_none_or(|ids| ids.contains(&g.name))
            && after.as_ref().is_none_or(|a| g.name > *a)
    };
    let limit = usize::try_from(limit).unwrap_or(50);
    let found: Vec<Group> = cx.groups().values().filter(fits).take(limit + 1).cloned().collect();
    let page = &found[..found.len().min(limit)];
    let next = if found.len() > limit { page.last().map(|g| g.name.clone()) } else { None };
    let over = cx.logs().retention.clone();
    let over = |g: &Group| over.as_ref().filter(|over| over.covers(g.created_at));
    let groups: Vec<Value> = page.iter().map(|g| g.render(&region, over(g))).collect();
    Ok(answer::json(json!({"logGroups": groups, "nextToken": next})))
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "logGroupName")?;
    if find(cx, &name)?.protected {
        let message = "The log group has deletion protection and cannot be deleted.";
        return Err(Refusal::bad("ValidationException", message));
    }
    cx.groups().remove(&name);
    writer::comes_again(cx, &name);
    Ok(empty())
}

pub(crate) fn put_retention(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "logGroupName")?;
    let days = body.get("retentionInDays").and_then(Value::as_u64).unwrap_or(0);
    let group = find(cx, &name)?;
    if !RETENTIONS.contains(&days) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set"
        )));
    }
    group.retention = Some(days);
    Ok(empty())
}

pub(crate) fn delete_retention(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "logGroupName")?;
    find(cx, &name)?.retention = None;
    Ok(empty())
}

/// The group that a call names, by name or by identifier.
fn named(body: &Value, identifier: &str) -> Result<String, Refusal> {
    match text(body, "logGroupName") {
        Some(name) => Ok(name),
        None => required(body, identifier).map(|i| name_in(&i).to_owned()),
    }
}

pub(crate) fn associate_key(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = named(body, "resourceIdentifier")?;
    required(body, "kmsKeyId")?;
    find(cx, &name)?;
    let key = key_in(cx, body, &name)?;
    find(cx, &name)?.key = key;
    Ok(empty())
}

pub(crate) fn disassociate_key(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = named(body, "resourceIdentifier")?;
    find(cx, &name)?.key = None;
    Ok(empty())
}

pub(crate) fn protect(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = named(body, "logGroupIdentifier")?;
    let wish = body.get("deletionProtectionEnabled").and_then(Value::as_bool).unwrap_or(false);
    find(cx, &name)?.protected = wish;
    Ok(empty())
}

/// The group whose ARN a tag call names. The form with `:*` is not taken.
fn tagged(body: &Value) -> Result<String, Refusal> {
    let arn = required(body, "resourceArn")?;
    if arn.ends_with(":*") || !arn.contains(":log-group:") {
        return Err(invalid(format!("The ARN of a log group without :* is expected, not {arn}")));
    }
    Ok(name_in(&arn).to_owned())
}

pub(crate) fn tag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = tagged(body)?;
    let new = tags_in(body)?;
    let group = find(cx, &name)?;
    let mut merged = group.tags.clone();
    merged.extend(new);
    group.tags = limited(merged)?;
    Ok(empty())
}

pub(crate) fn untag(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = tagged(body)?;
    let keys: Vec<&str> = body
        .get("tagKeys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    find(cx, &name)?.tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(empty())
}

pub(crate) fn tags(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = tagged(body)?;
    Ok(answer::json(json!({"tags": find(cx, &name)?.tags})))
}

pub(crate) fn tags_by_name(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "logGroupName")?;
    Ok(answer::json(json!({"tags": find(cx, &name)?.tags})))
}
