//! Rules.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{empty, known_frequency, managed, required, tags, text, texts};
use crate::answer::{self, Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, Tags, letters};

/// Seconds until a rule has been evaluated for the first time, and until one is deleted with its results.
const EVALUATES: u32 = 5;
const LEAVES: u32 = 10;

/// A rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rule {
    id: String,
    /// The members that were put, in AWS's form.
    settings: Map<String, Value>,
    pub tags: Tags,
    evaluated_at: i64,
    gone_at: Option<i64>,
}

impl Rule {
    /// Whether it is on its way out.
    pub(crate) fn leaves(&self) -> bool {
        self.gone_at.is_some()
    }

    pub(crate) fn gone(&self, now: i64) -> bool {
        self.gone_at.is_some_and(|at| now >= at)
    }

    pub(crate) fn arn(&self, region: &str) -> String {
        format!("arn:aws:config:{region}:{ACCOUNT}:config-rule/{}", self.id)
    }

    fn render(&self, name: &str, region: &str, now: i64) -> Value {
        let state = match (self.leaves(), now < self.evaluated_at) {
            (true, _) => "DELETING",
            (false, true) => "EVALUATING",
            (false, false) => "ACTIVE",
        };
        let mut body = self.settings.clone();
        let own = json!({
            "ConfigRuleName": name, "ConfigRuleArn": self.arn(region), "ConfigRuleId": self.id,
            "ConfigRuleState": state,
        });
        if let Value::Object(own) = own {
            body.extend(own);
        }
        Value::Object(body)
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidParameterValueException", message)
}

fn missing(name: &str) -> Refusal {
    let message = format!(
        "The ConfigRule '{name}' provided in the request is invalid. Please check the configRule name"
    );
    Refusal::bad("NoSuchConfigRuleException", message)
}

fn leaving(name: &str) -> Refusal {
    let message = format!("Rule {name} is currently being deleted. Please retry after some time");
    Refusal::bad("ResourceInUseException", message)
}

/// Makes a rule or replaces it whole; tags count only when it is made.
pub(crate) fn put(cx: &mut Context<'_>, body: &Value) -> Answered {
    if cx.recordings().recorder.is_none() {
        let message = "Configuration recorder is not available to put config rule.";
        return Err(Refusal::bad("NoAvailableConfigurationRecorderException", message));
    }
    let wanted = body.get("ConfigRule").cloned().unwrap_or_default();
    let name = required(&wanted, "ConfigRuleName")?.to_owned();
    let standing = cx.recordings().rules.get(&name).cloned();
    if standing.as_ref().is_some_and(Rule::leaves) {
        return Err(leaving(&name));
    }
    if standing.is_none()
        && (text(&wanted, "ConfigRuleArn").is_some() || text(&wanted, "ConfigRuleId").is_some())
    {
        return Err(invalid("ARN and id are not given for a new rule"));
    }
    if standing.is_none() && cx.recordings().rules.len() >= 1000 {
        return Err(Refusal::bad("MaxNumberOfConfigRulesExceededException", "There are 1000 rules"));
    }
    let settings = settings(&wanted, cx.region())?;
    let (new, evaluated_at) = (tags::of(body)?, cx.clock.due(EVALUATES));
    let rule = match standing {
        Some(rule) => Rule { settings, evaluated_at, ..rule },
        None => Rule {
            id: format!("config-rule-{}", letters(6, b"abcdefghijklmnopqrstuvwxyz0123456789")),
            settings,
            tags: new,
            evaluated_at,
            gone_at: None,
        },
    };
    cx.recordings().rules.insert(name, rule);
    Ok(empty())
}

fn settings(wanted: &Value, region: &str) -> Result<Map<String, Value>, Refusal> {
    let source = wanted.get("Source").cloned().unwrap_or_default();
    let identifier = required(&source, "SourceIdentifier")?;
    let details = source.get("SourceDetails").and_then(Value::as_array).map_or(0, Vec::len);
    match required(&source, "Owner")? {
        "AWS" => {
            managed::check(identifier, region, text(wanted, "InputParameters"))?;
        }
        "CUSTOM_LAMBDA" => {
            if !identifier.starts_with("arn:") || !identifier.contains(":lambda:") {
                return Err(invalid("The sourceIdentifier of a custom rule is the ARN of a function"));
            }
            if details == 0 {
                return Err(invalid("A custom rule needs SourceDetails"));
            }
        }
        owner => return Err(invalid(format!("Rules of {owner} are not known here"))),
    }
    if let Some(parameters) = text(wanted, "InputParameters")
        && !serde_json::from_str::<Value>(parameters).is_ok_and(|p| p.is_object())
    {
        return Err(invalid("Invalid json passed in the InputParameters"));
    }
    if let Some(frequency) = text(wanted, "MaximumExecutionFrequency") {
        known_frequency(frequency)?;
    }
    if let Some(scope) = wanted.get("Scope").filter(|s| !s.is_null()) {
        let types = texts(scope, "ComplianceResourceTypes").len();
        if text(scope, "ComplianceResourceId").is_some() && types != 1 {
            return Err(invalid("A scope of one resource has one resource type"));
        }
        if text(scope, "TagValue").is_some() && text(scope, "TagKey").is_none() {
            return Err(invalid("A scope with a tag's value has its key"));
        }
    }
    let mut settings = Map::new();
    let members =
        ["Description", "Scope", "Source", "InputParameters", "MaximumExecutionFrequency", "EvaluationModes"];
    for member in members {
        let filled = |v: &&Value| !v.is_null() && v.as_str() != Some("");
        if let Some(value) = wanted.get(member).filter(filled) {
            settings.insert(member.to_owned(), value.clone());
        }
    }
    Ok(settings)
}

/// An unknown name refuses the whole call.
pub(crate) fn describe(cx: &mut Context<'_>, body: &Value) -> Answered {
    let names = texts(body, "ConfigRuleNames");
    if names.len() > 25 {
        return Err(Refusal::bad("ValidationException", "ConfigRuleNames has at most 25 members"));
    }
    let (region, now) = (cx.region().to_owned(), cx.now());
    let rules = &cx.recordings().rules;
    if let Some(name) = names.iter().find(|n| !rules.contains_key(*n)) {
        return Err(missing(name));
    }
    let after = text(body, "NextToken");
    let fits = |(name, _): &(&String, &Rule)| {
        (names.is_empty() || names.contains(name)) && after.is_none_or(|t| name.as_str() > t)
    };
    let found: Vec<(&String, &Rule)> = rules.iter().filter(fits).take(26).collect();
    let page = &found[..found.len().min(25)];
    let next = if found.len() > 25 { page.last().map(|(name, _)| (*name).clone()) } else { None };
    let page: Vec<Value> = page.iter().map(|(name, r)| r.render(name, &region, now)).collect();
    Ok(answer::json(json!({"ConfigRules": page, "NextToken": next})))
}

pub(crate) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = required(body, "ConfigRuleName")?;
    let due = cx.clock.due(LEAVES);
    let rule = cx.recordings().rules.get_mut(name).ok_or_else(|| missing(name))?;
    if rule.leaves() {
        return Err(leaving(name));
    }
    rule.gone_at = Some(due);
    Ok(empty())
}
