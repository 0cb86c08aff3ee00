//! Rules of web ACLs, to and from AWS.

use aws_sdk_wafv2::types::{Label, Rule, VisibilityConfig};
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use super::action_values::{live_override_action, live_rule_action, override_action, rule_action};
use super::common::{built, invalid, part, sorted};
use super::statement_live;
use super::statement_values::statement;
use crate::values::{Inputs, Values};

/// What the rules that Shield Advanced adds by itself begin with: they are AWS's and stay.
const SHIELD: &str = "ShieldMitigationRuleGroup_";

/// Whether a rule is AWS's own.
pub fn of_shield(rule: &Rule) -> bool {
    rule.name().starts_with(SHIELD)
}

/// The wanted rules, in the order of their priorities.
pub fn rules(desired: &Map) -> Result<Vec<Rule>, Failure> {
    let mut made = Vec::new();
    for (name, wanted) in part(desired, "rules").into_iter().flatten() {
        let Value::Map(wanted) = wanted else {
            return Err(invalid(&format!("the rule `{name}` is no structure")));
        };
        made.push(rule(name, wanted)?);
    }
    made.sort_by_key(Rule::priority);
    Ok(made)
}

fn rule(name: &str, wanted: &Map) -> Result<Rule, Failure> {
    let labels = wanted.texts("rule_labels");
    let labels: Vec<Label> =
        labels.iter().map(|label| built(Label::builder().name(label).build())).collect::<Result<_, _>>()?;
    built(
        Rule::builder()
            .name(name)
            .set_priority(wanted.int32("priority"))
            .set_statement(part(wanted, "statement").map(statement).transpose()?)
            .set_action(part(wanted, "action").map(rule_action).transpose()?)
            .set_override_action(part(wanted, "override_action").map(override_action).transpose()?)
            .set_rule_labels(Some(labels).filter(|labels| !labels.is_empty()))
            .set_visibility_config(part(wanted, "visibility_config").map(visibility).transpose()?)
            .build(),
    )
}

/// Metric and samples.
pub fn visibility(wanted: &Map) -> Result<VisibilityConfig, Failure> {
    built(
        VisibilityConfig::builder()
            .metric_name(wanted.required("metric_name")?)
            .cloud_watch_metrics_enabled(wanted.flag("cloud_watch_metrics_enabled").unwrap_or(true))
            .sampled_requests_enabled(wanted.flag("sampled_requests_enabled").unwrap_or(true))
            .build(),
    )
}

/// The rules that stand, by name.
pub fn live(rules: &[Rule]) -> Map {
    let ours = rules.iter().filter(|rule| !of_shield(rule));
    ours.map(|rule| (rule.name().to_owned(), Value::Map(live_rule(rule)))).collect()
}

fn live_rule(rule: &Rule) -> Map {
    Values::new()
        .set("priority", rule.priority())
        .set("statement", rule.statement().map(statement_live::live))
        .set("action", rule.action().map(live_rule_action))
        .set("override_action", rule.override_action().map(live_override_action))
        .set("rule_labels", sorted(rule.rule_labels().iter().map(Label::name)))
        .set("visibility_config", rule.visibility_config().map(live_visibility))
        // Not ours to set: seen, and gone with the next change.
        .set("captcha_config", rule.captcha_config().map(|_| true))
        .set("challenge_config", rule.challenge_config().map(|_| true))
        .build()
}

/// Metric and samples as they stand.
pub fn live_visibility(config: &VisibilityConfig) -> Map {
    Values::new()
        .set("metric_name", config.metric_name())
        .set("cloud_watch_metrics_enabled", config.cloud_watch_metrics_enabled())
        .set("sampled_requests_enabled", config.sampled_requests_enabled())
        .build()
}
