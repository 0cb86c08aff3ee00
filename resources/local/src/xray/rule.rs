//! Sampling rules.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{DEFAULT, MOST, check_name, done, invalid, tags, text};
use crate::answer::{Answered, Refusal};
use crate::call::ACCOUNT;
use crate::world::{Context, Tags};

/// A sampling rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Rule {
    settings: Map<String, Value>,
    created_at: i64,
    modified_at: i64,
    pub tags: Tags,
}

/// The texts of a rule, each with its longest length.
const TEXTS: [(&str, usize); 6] = [
    ("ServiceName", 64),
    ("ServiceType", 64),
    ("Host", 64),
    ("HTTPMethod", 10),
    ("URLPath", 128),
    ("ResourceARN", 500),
];

pub(super) fn arn_of(region: &str, name: &str) -> String {
    format!("arn:aws:xray:{region}:{ACCOUNT}:sampling-rule/{name}")
}

impl Rule {
    /// The rule that applies where no other does: a request a second, and 5 % of the others.
    fn standard() -> Rule {
        let mut settings = Map::new();
        for (name, _) in TEXTS {
            settings.insert(name.to_owned(), json!("*"));
        }
        settings.insert("Priority".to_owned(), json!(10_000));
        settings.insert("ReservoirSize".to_owned(), json!(1));
        settings.insert("FixedRate".to_owned(), json!(0.05));
        Rule { settings, created_at: 0, modified_at: 0, tags: Tags::new() }
    }

    fn render(&self, region: &str, name: &str) -> Value {
        let mut rule = self.settings.clone();
        rule.insert("RuleName".to_owned(), json!(name));
        rule.insert("RuleARN".to_owned(), json!(arn_of(region, name)));
        rule.insert("Version".to_owned(), json!(1));
        rule.entry("Attributes").or_insert_with(|| json!({}));
        json!({
            "SamplingRule": rule,
            "CreatedAt": self.created_at / 1000,
            "ModifiedAt": self.modified_at / 1000,
        })
    }

    /// Takes what a call sets; what it leaves out stays.
    fn set(&mut self, given: &Value) -> Result<(), Refusal> {
        for (name, longest) in TEXTS {
            let Some(value) = text(given, name) else { continue };
            if value.is_empty() || value.len() > longest {
                return Err(invalid(format!("{name} must have 1 to {longest} characters.")));
            }
            self.settings.insert(name.to_owned(), json!(value));
        }
        for (name, least, most) in [("Priority", 1, 9999), ("ReservoirSize", 0, i64::from(i32::MAX))] {
            let Some(value) = given.get(name).filter(|value| !value.is_null()) else { continue };
            if !value.as_i64().is_some_and(|number| (least..=most).contains(&number)) {
                return Err(invalid(format!("{name} must be {least} to {most}.")));
            }
            self.settings.insert(name.to_owned(), value.clone());
        }
        if let Some(rate) = given.get("FixedRate").filter(|value| !value.is_null()) {
            if !rate.as_f64().is_some_and(|rate| (0.0..=1.0).contains(&rate)) {
                return Err(invalid("FixedRate must be 0 to 1."));
            }
            self.settings.insert("FixedRate".to_owned(), rate.clone());
        }
        if let Some(attributes) = given.get("Attributes").and_then(Value::as_object) {
            if attributes.len() > 5 {
                return Err(invalid("A rule has at most 5 attributes."));
            }
            self.settings.insert("Attributes".to_owned(), json!(attributes));
        }
        Ok(())
    }
}

fn missing() -> Refusal {
    invalid("Sampling rule does not exist.")
}

/// The name of the rule that a call names by name or ARN.
fn name_in(given: &Value) -> String {
    let by_arn = || text(given, "RuleARN").and_then(|arn| arn.rsplit('/').next().map(str::to_owned));
    text(given, "RuleName").or_else(by_arn).unwrap_or_default()
}

pub(super) fn create(cx: &mut Context<'_>, body: &Value) -> Answered {
    let given = body.get("SamplingRule").cloned().unwrap_or_default();
    let name = text(&given, "RuleName").unwrap_or_default();
    check_name(&name)?;
    if name == DEFAULT || cx.traces().rules.contains_key(&name) {
        return Err(invalid(format!("Sampling rule with name {name} already exists.")));
    }
    if given["Version"].as_i64() != Some(1) {
        return Err(invalid("Version must be 1."));
    }
    let required = TEXTS.iter().map(|(name, _)| *name).chain(["Priority", "ReservoirSize", "FixedRate"]);
    if let Some(absent) = required.into_iter().find(|name| given.get(*name).is_none()) {
        return Err(invalid(format!("{absent} is missing.")));
    }
    if cx.traces().rules.len() >= MOST {
        return Err(Refusal::bad("RuleLimitExceededException", "The limit of sampling rules is reached."));
    }
    let now = cx.now();
    let mut rule = Rule { settings: Map::new(), created_at: now, modified_at: now, tags: tags::of(body)? };
    rule.set(&given)?;
    let record = rule.render(cx.region(), &name);
    cx.traces().rules.insert(name, rule);
    done(json!({"SamplingRuleRecord": record}))
}

pub(super) fn list(cx: &mut Context<'_>, _body: &Value) -> Answered {
    let region = cx.region().to_owned();
    let traces = cx.traces();
    let standard = traces.default_rule.clone().unwrap_or_else(Rule::standard);
    let mut records = vec![standard.render(&region, DEFAULT)];
    records.extend(traces.rules.iter().map(|(name, rule)| rule.render(&region, name)));
    done(json!({"SamplingRuleRecords": records}))
}

pub(super) fn update(cx: &mut Context<'_>, body: &Value) -> Answered {
    let given = body.get("SamplingRuleUpdate").cloned().unwrap_or_default();
    let name = name_in(&given);
    let (now, region) = (cx.now(), cx.region().to_owned());
    let traces = cx.traces();
    let rule = if name == DEFAULT {
        let narrows = TEXTS.iter().any(|(name, _)| text(&given, name).is_some_and(|value| value != "*"));
        if narrows || given.get("Priority").is_some_and(|priority| !priority.is_null()) {
            return Err(invalid("Only the fixed rate and the reservoir of the default rule can be changed."));
        }
        traces.default_rule.get_or_insert_with(Rule::standard)
    } else {
        traces.rules.get_mut(&name).ok_or_else(missing)?
    };
    rule.set(&given)?;
    rule.modified_at = now;
    done(json!({"SamplingRuleRecord": rule.render(&region, &name)}))
}

pub(super) fn delete(cx: &mut Context<'_>, body: &Value) -> Answered {
    let name = name_in(body);
    if name == DEFAULT {
        return Err(invalid("The default sampling rule cannot be deleted."));
    }
    let rule = cx.traces().rules.remove(&name).ok_or_else(missing)?;
    done(json!({"SamplingRuleRecord": rule.render(cx.region(), &name)}))
}
