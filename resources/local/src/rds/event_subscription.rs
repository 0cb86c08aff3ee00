//! Subscriptions to RDS's events.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{arn, done, paged, tags};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::clock::iso;
use crate::wire::query::Params;
use crate::world::{Context, Tags, World};

/// Seconds that a change takes.
const CHANGING: u32 = 15;
/// Who publishes.
const RDS: &str = "events.rds.amazonaws.com";

/// The categories of each kind of source ("Amazon RDS event categories and event messages").
const CATEGORIES: &[(&str, &[&str])] = &[
    (
        "db-instance",
        &[
            "availability",
            "backup",
            "configuration change",
            "creation",
            "deletion",
            "failover",
            "failure",
            "low storage",
            "maintenance",
            "notification",
            "read replica",
            "recovery",
            "restoration",
            "security",
            "security patching",
        ],
    ),
    ("db-parameter-group", &["configuration change"]),
    ("db-proxy", &["configuration change", "creation", "deletion", "failure"]),
    ("db-security-group", &["configuration change", "failure"]),
    ("db-snapshot", &["creation", "deletion", "notification", "restoration"]),
];

/// A subscription.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct EventSubscription {
    name: String,
    region: String,
    topic: String,
    kind: String,
    sources: Vec<String>,
    categories: Vec<String>,
    enabled: bool,
    made_at: i64,
    /// Until when it is busy, and with what.
    busy: Option<(i64, String)>,
    /// AWS's word for why its topic hears nothing, once that was seen: it stands until the subscription is modified.
    lost: Option<String>,
    pub tags: Tags,
}

impl EventSubscription {
    pub(crate) fn arn(&self) -> String {
        arn(&self.region, "es", &self.name)
    }

    /// Whether its end has come.
    pub(crate) fn gone(&self, now: i64) -> bool {
        self.busy.as_ref().is_some_and(|(until, with)| with == "deleting" && *until <= now)
    }

    fn status(&self, now: i64) -> &str {
        let settled = self.lost.as_deref().unwrap_or("active");
        self.busy.as_ref().filter(|(until, _)| *until > now).map_or(settled, |(_, with)| with)
    }

    fn is_busy(&self, now: i64) -> bool {
        self.busy.as_ref().is_some_and(|(until, _)| *until > now)
    }

    fn render(&self, now: i64) -> Value {
        json!({
            "CustomerAwsId": ACCOUNT,
            "CustSubscriptionId": self.name,
            "SnsTopicArn": self.topic,
            "Status": self.status(now),
            "SubscriptionCreationTime": iso(self.made_at),
            "SourceType": self.kind,
            "SourceIdsList": self.sources,
            "EventCategoriesList": self.categories,
            "Enabled": self.enabled,
            "EventSubscriptionArn": self.arn(),
        })
    }
}

fn missing(name: &str) -> Refusal {
    Refusal::new(404, "SubscriptionNotFound", format!("Subscription {name} not found."))
}

fn invalid(message: String) -> Refusal {
    Refusal::bad("InvalidParameterValue", message)
}

/// A name, as RDS keeps it.
fn name(params: &Params) -> Result<String, Refusal> {
    let name = params.required("SubscriptionName")?.to_lowercase();
    if name.len() >= 255 {
        return Err(invalid("SubscriptionName must be less than 255 characters".to_owned()));
    }
    Ok(name)
}

/// AWS's word for a topic that is not here, or that RDS may not publish to (`EventSubscription`, "Status").
fn lost(world: &World, topic: &str) -> Option<&'static str> {
    let region = topic.split(':').nth(3).unwrap_or_default();
    match world.sns.get(region).filter(|topics| topics.has(topic)) {
        None => Some("topic-not-exist"),
        Some(topics) => (!topics.lets_publish(topic, RDS)).then_some("no-permission"),
    }
}

/// Refuses such a topic.
fn check_topic(cx: &Context<'_>, topic: &str) -> Result<(), Refusal> {
    match lost(cx.world, topic) {
        None => Ok(()),
        Some("topic-not-exist") => {
            Err(Refusal::new(404, "SNSTopicArnNotFound", "The SNS topic ARN does not exist."))
        }
        Some(_) => {
            let message = "You do not have permission to publish to the SNS topic ARN.";
            Err(Refusal::bad("SNSNoAuthorization", message))
        }
    }
}

fn check_categories(kind: &str, categories: &[String]) -> Result<(), Refusal> {
    let Some((_, known)) = CATEGORIES.iter().find(|(of, _)| *of == kind) else {
        return Err(invalid(format!("The source type {kind} is not supported.")));
    };
    match categories.iter().find(|one| !known.contains(&one.as_str())) {
        Some(one) => {
            let message = format!("The supplied category does not exist: {one}");
            Err(Refusal::new(404, "SubscriptionCategoryNotFound", message))
        }
        None => Ok(()),
    }
}

/// Refuses a source that is not here.
fn check_source(cx: &mut Context<'_>, kind: &str, id: &str) -> Result<(), Refusal> {
    let databases = cx.databases();
    let stands = match kind {
        "db-instance" => databases.instances.contains_key(id),
        "db-proxy" => databases.proxies.contains_key(id),
        "db-parameter-group" => databases.parameter_groups.contains_key(id),
        "db-snapshot" => databases.snapshots.contains_key(id),
        _ => true,
    };
    if stands {
        return Ok(());
    }
    Err(Refusal::new(404, "SourceNotFound", format!("The requested source could not be found: {id}")))
}

/// One that is there and not busy.
fn ready<'a>(cx: &'a mut Context<'_>, name: &str) -> Result<&'a mut EventSubscription, Refusal> {
    let now = cx.now();
    let one = cx.databases().events.get_mut(name).ok_or_else(|| missing(name))?;
    if one.is_busy(now) {
        let message = format!("The subscription {name} is in transition: {}", one.status(now));
        return Err(Refusal::bad("InvalidEventSubscriptionState", message));
    }
    Ok(one)
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let (name, topic) = (name(params)?, params.required("SnsTopicArn")?);
    if cx.databases().events.contains_key(&name) {
        return Err(Refusal::bad("SubscriptionAlreadyExist", format!("Subscription {name} already exists.")));
    }
    check_topic(cx, &topic)?;
    let (kind, sources) = (params.filled("SourceType"), lower(params, "SourceIds"));
    if kind.is_none() && !sources.is_empty() {
        return Err(Refusal::bad("InvalidParameterCombination", "SourceIds need a SourceType"));
    }
    let (kind, categories) = (kind.unwrap_or_default(), params.texts("EventCategories"));
    if !kind.is_empty() {
        check_categories(&kind, &categories)?;
    }
    for source in &sources {
        check_source(cx, &kind, source)?;
    }
    let (now, until) = (cx.now(), cx.clock.due(CHANGING));
    let made = EventSubscription {
        name: name.clone(),
        region: cx.region().to_owned(),
        topic,
        kind,
        sources,
        categories,
        enabled: params.flag("Enabled").unwrap_or(true),
        made_at: now,
        busy: Some((until, "creating".to_owned())),
        lost: None,
        tags: tags::of(params)?,
    };
    let body = json!({"EventSubscription": made.render(now)});
    cx.databases().events.insert(name, made);
    Ok(done(cx, &body))
}

fn lower(params: &Params, list: &str) -> Vec<String> {
    params.texts(list).iter().map(|text| text.to_lowercase()).collect()
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let (now, one) = (cx.now(), params.filled("SubscriptionName").map(|name| name.to_lowercase()));
    let mut seen = cx.databases().events.clone();
    for event in seen.values_mut().filter(|event| event.lost.is_none() && !event.is_busy(now)) {
        event.lost = lost(cx.world, &event.topic).map(str::to_owned);
    }
    cx.databases().events = seen;
    let all = &cx.databases().events;
    if let Some(name) = one.as_ref().filter(|name| !all.contains_key(*name)) {
        return Err(missing(name));
    }
    let fits = |event: &&EventSubscription| one.as_ref().is_none_or(|name| *name == event.name);
    let items = all.values().filter(fits).map(|event| event.render(now)).collect();
    let body = paged(params, "EventSubscriptionsList", items)?;
    Ok(done(cx, &body))
}

pub(crate) fn modify(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = name(params)?;
    let mut changed = ready(cx, &name)?.clone();
    if let Some(topic) = params.filled("SnsTopicArn") {
        check_topic(cx, &topic)?;
        changed.topic = topic;
    }
    if let Some(kind) = params.filled("SourceType") {
        changed.kind = kind;
    }
    let categories = params.texts("EventCategories");
    if !categories.is_empty() {
        check_categories(&changed.kind, &categories)?;
        changed.categories = categories;
    }
    changed.enabled = params.flag("Enabled").unwrap_or(changed.enabled);
    changed.lost = None;
    finish(cx, changed)
}

/// Writes a change down, which takes a moment.
fn finish(cx: &mut Context<'_>, mut changed: EventSubscription) -> Answered {
    let (now, until) = (cx.now(), cx.clock.due(CHANGING));
    changed.busy = Some((until, "modifying".to_owned()));
    let body = json!({"EventSubscription": changed.render(now)});
    cx.databases().events.insert(changed.name.clone(), changed);
    Ok(done(cx, &body))
}

pub(crate) fn add_source(cx: &mut Context<'_>, params: &Params) -> Answered {
    let (name, source) = (name(params)?, params.required("SourceIdentifier")?.to_lowercase());
    let mut changed = cx.databases().events.get(&name).cloned().ok_or_else(|| missing(&name))?;
    check_source(cx, &changed.kind, &source)?;
    if !changed.sources.contains(&source) {
        changed.sources.push(source);
    }
    finish(cx, changed)
}

pub(crate) fn remove_source(cx: &mut Context<'_>, params: &Params) -> Answered {
    let (name, source) = (name(params)?, params.required("SourceIdentifier")?.to_lowercase());
    let mut changed = cx.databases().events.get(&name).cloned().ok_or_else(|| missing(&name))?;
    if !changed.sources.contains(&source) {
        let message = format!("The requested source could not be found: {source}");
        return Err(Refusal::new(404, "SourceNotFound", message));
    }
    changed.sources.retain(|one| *one != source);
    finish(cx, changed)
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let name = name(params)?;
    let (now, until) = (cx.now(), cx.clock.due(CHANGING));
    let one = ready(cx, &name)?;
    one.busy = Some((until, "deleting".to_owned()));
    let body = json!({"EventSubscription": one.render(now)});
    Ok(done(cx, &body))
}
