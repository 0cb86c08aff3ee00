//! Health checks of endpoints.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::record::invalid;
use super::reply;
use crate::answer::{Answered, Refusal};
use crate::wire::xml_in::Element;
use crate::world::{Context, Tags, uuid};

/// Kinds that ask an endpoint; the others are not here.
const ENDPOINTS: [&str; 5] = ["HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP"];
/// The fewest regions that ask.
const REGIONS: usize = 3;
/// Members that an update may set.
const CHANGED: [&str; 9] = [
    "Port",
    "ResourcePath",
    "FullyQualifiedDomainName",
    "SearchString",
    "FailureThreshold",
    "Inverted",
    "Disabled",
    "EnableSNI",
    "Regions",
];

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct HealthCheck {
    pub id: String,
    reference: String,
    /// Its settings as they are answered.
    config: Map<String, Value>,
    version: i64,
    pub tags: Tags,
}

impl HealthCheck {
    fn render(&self) -> Value {
        json!({
            "Id": self.id,
            "CallerReference": self.reference,
            "HealthCheckConfig": self.config,
            "HealthCheckVersion": self.version,
        })
    }

    fn kind(&self) -> &str {
        self.config.get("Type").and_then(Value::as_str).unwrap_or_default()
    }

    /// Refuses settings that do not go together.
    fn check(&self) -> Result<(), Refusal> {
        let (kind, has) = (self.kind(), |member: &str| self.config.contains_key(member));
        if !ENDPOINTS.contains(&kind) {
            return Err(invalid(format!("Health checks of type {kind} are not in the embedded AWS")));
        }
        if !has("FullyQualifiedDomainName") && !has("IPAddress") {
            return Err(invalid("Either a domain name or an IP address is needed".to_owned()));
        }
        if kind.ends_with("STR_MATCH") != has("SearchString") {
            return Err(invalid(format!("SearchString does not fit a health check of type {kind}")));
        }
        if kind == "TCP" && (!has("Port") || has("ResourcePath")) {
            return Err(invalid("A health check of type TCP needs a port, and has no path".to_owned()));
        }
        if let Some(interval) = self.config.get("RequestInterval").and_then(Value::as_i64)
            && interval != 10
            && interval != 30
        {
            return Err(invalid(format!("Invalid request interval {interval}: it is 10 or 30")));
        }
        let regions = self.config.get("Regions").and_then(Value::as_array).map(Vec::len);
        if regions.is_some_and(|regions| regions < REGIONS) {
            return Err(invalid(format!("At least {REGIONS} regions are needed")));
        }
        Ok(())
    }
}

/// What a call sets, in the types in which it is answered.
fn settings(wish: &Element, members: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let mut found = Map::new();
    for member in members {
        let value = match *member {
            "Port" | "RequestInterval" | "FailureThreshold" => wish.number(member)?.map(Value::from),
            "MeasureLatency" | "Inverted" | "Disabled" | "EnableSNI" => wish.flag(member).map(Value::from),
            "Regions" => {
                let regions = wish.list("Regions", "Region");
                (!regions.is_empty())
                    .then(|| regions.iter().map(|one| Value::from(one.text.clone())).collect())
            }
            _ => wish.filled(member).map(Value::from),
        };
        if let Some(value) = value {
            found.insert((*member).to_owned(), value);
        }
    }
    Ok(found)
}

pub(super) fn create(cx: &mut Context<'_>) -> Answered {
    let wish = Element::parse(&cx.call.body)?;
    let missing = |member: &str| invalid(format!("Missing field '{member}'"));
    let reference = wish.filled("CallerReference").ok_or_else(|| missing("CallerReference"))?;
    let asked = wish.child("HealthCheckConfig").ok_or_else(|| missing("HealthCheckConfig"))?;
    let own = ["Type", "IPAddress", "RequestInterval", "MeasureLatency"];
    let mut config = settings(asked, &[own.as_slice(), CHANGED.as_slice()].concat())?;
    let kind = config.get("Type").and_then(Value::as_str).ok_or_else(|| missing("Type"))?.to_owned();
    // What the model and the console have where nothing is said.
    let port = if kind.starts_with("HTTPS") { 443 } else { 80 };
    let defaults = [
        ("Port", json!(port)),
        ("RequestInterval", json!(30)),
        ("FailureThreshold", json!(3)),
        ("MeasureLatency", json!(false)),
        ("Inverted", json!(false)),
        ("Disabled", json!(false)),
        ("EnableSNI", json!(kind.starts_with("HTTPS"))),
    ];
    for (member, value) in defaults.into_iter().filter(|(member, _)| kind != "TCP" || *member != "Port") {
        config.entry(member).or_insert(value);
    }
    let check = HealthCheck { id: uuid(), reference, config, version: 1, tags: Tags::new() };
    check.check()?;
    let zones = cx.zones();
    let standing = zones.checks.values().find(|one| one.reference == check.reference);
    let answered = match standing {
        Some(standing) if standing.config == check.config => standing.clone(),
        None if !zones.past_checks.contains(&check.reference) => {
            zones.checks.insert(check.id.clone(), check.clone());
            check
        }
        _ => {
            let message = format!(
                "A health check has already been created with the specified caller reference: {}",
                check.reference
            );
            return Err(Refusal::new(409, "HealthCheckAlreadyExists", message));
        }
    };
    let mut answer = reply(201, "CreateHealthCheckResponse", &json!({"HealthCheck": answered.render()}));
    let location = format!("https://route53.amazonaws.com/2013-04-01/healthcheck/{}", answered.id);
    if let Ok(location) = location.parse() {
        answer.headers.insert(http::header::LOCATION, location);
    }
    Ok(answer)
}

pub(super) fn no_check(id: &str) -> Refusal {
    Refusal::new(404, "NoSuchHealthCheck", format!("No health check exists with the specified ID: {id}"))
}

/// The check that a call names in its path.
fn find<'a>(cx: &'a mut Context<'_>) -> Result<&'a mut HealthCheck, Refusal> {
    let id = cx.call.segments().get(2).cloned().unwrap_or_default();
    cx.zones().checks.get_mut(&id).ok_or_else(|| no_check(&id))
}

pub(super) fn get(cx: &mut Context<'_>) -> Answered {
    let body = json!({"HealthCheck": find(cx)?.render()});
    Ok(reply(200, "GetHealthCheckResponse", &body))
}

pub(super) fn update(cx: &mut Context<'_>) -> Answered {
    let wish = Element::parse(&cx.call.body)?;
    let (set, version) = (settings(&wish, &CHANGED)?, wish.number("HealthCheckVersion")?);
    let check = find(cx)?;
    if version.is_some_and(|version| version != check.version) {
        let message = "The specified version does not match the health check's version.";
        return Err(Refusal::new(409, "HealthCheckVersionMismatch", message));
    }
    let mut changed = check.clone();
    changed.config.extend(set);
    for element in wish.list("ResetElements", "ResettableElementName") {
        changed.config.remove(&element.text);
    }
    changed.check()?;
    changed.version += 1;
    *check = changed;
    let body = json!({"HealthCheck": check.render()});
    Ok(reply(200, "UpdateHealthCheckResponse", &body))
}

pub(super) fn delete(cx: &mut Context<'_>) -> Answered {
    let id = find(cx)?.id.clone();
    let zones = cx.zones();
    if let Some(check) = zones.checks.remove(&id) {
        zones.past_checks.insert(check.reference);
    }
    Ok(reply(200, "DeleteHealthCheckResponse", &json!({})))
}

pub(super) fn list(cx: &mut Context<'_>) -> Answered {
    let query = cx.call.query_params();
    let most = query.number::<usize>("maxitems").ok().flatten().unwrap_or(100).clamp(1, 100);
    let marker = query.filled("marker");
    let all: Vec<&HealthCheck> =
        cx.zones().checks.range(marker.clone().unwrap_or_default()..).map(|(_, check)| check).collect();
    let next = all.get(most).map(|check| check.id.clone());
    let page: Vec<Value> = all.iter().take(most).map(|check| check.render()).collect();
    let body = json!({
        "HealthChecks": page, "Marker": marker, "IsTruncated": next.is_some(), "NextMarker": next,
        "MaxItems": most.to_string(),
    });
    Ok(reply(200, "ListHealthChecksResponse", &body))
}
