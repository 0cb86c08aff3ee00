//! What rules ask of requests, as it stands.

use aws_sdk_wafv2::types::{
    ByteMatchStatement, IpSetReferenceStatement, ManagedRuleGroupStatement, RateBasedStatement, Statement,
};
use finsight_engine::secret::Secret;
use finsight_engine::value::{Map, Value};

use super::action_values::live_rule_action;
use super::common::sorted;
use super::field_values::{live_field, live_transformations};
use crate::values::Values;

/// A statement; one that we do not know differs from every wanted one.
pub fn live(statement: &Statement) -> Map {
    let list = |items: &[Statement]| Value::List(items.iter().map(|item| Value::Map(live(item))).collect());
    let looked = |field: Option<&aws_sdk_wafv2::types::FieldToMatch>, kinds| {
        Values::new()
            .set("field_to_match", field.map(live_field))
            .set("text_transformations", live_transformations(kinds))
    };
    let values = Values::new()
        .set("byte_match_statement", statement.byte_match_statement().map(byte_match))
        .set(
            "regex_match_statement",
            statement.regex_match_statement().map(|regex| {
                looked(regex.field_to_match(), regex.text_transformations())
                    .set("regex_string", regex.regex_string())
                    .build()
            }),
        )
        .set(
            "size_constraint_statement",
            statement.size_constraint_statement().map(|size| {
                looked(size.field_to_match(), size.text_transformations())
                    .set("comparison_operator", size.comparison_operator().as_str())
                    .set("size", size.size())
                    .build()
            }),
        )
        .set(
            "sqli_match_statement",
            statement.sqli_match_statement().map(|sqli| {
                looked(sqli.field_to_match(), sqli.text_transformations())
                    .set("sensitivity_level", sqli.sensitivity_level().map_or("LOW", |level| level.as_str()))
                    .build()
            }),
        )
        .set(
            "xss_match_statement",
            statement
                .xss_match_statement()
                .map(|xss| looked(xss.field_to_match(), xss.text_transformations()).build()),
        )
        .set(
            "geo_match_statement",
            statement.geo_match_statement().map(|geo| {
                let codes = sorted(geo.country_codes().iter().map(|code| code.as_str()));
                let forwarded = geo.forwarded_ip_config().map(|config| config.header_name());
                Values::new().set("country_codes", codes).set("forwarded_ip_config", forwarded).build()
            }),
        )
        .set("ip_set_reference_statement", statement.ip_set_reference_statement().map(ip_set))
        .set(
            "label_match_statement",
            statement.label_match_statement().map(|label| {
                Values::new().set("scope", label.scope().as_str()).set("key", label.key()).build()
            }),
        )
        .set("rate_based_statement", statement.rate_based_statement().map(rate_based))
        .set("managed_rule_group_statement", statement.managed_rule_group_statement().map(managed_group))
        .set(
            "not_statement",
            statement
                .not_statement()
                .map(|not| Values::new().set("statement", not.statement().map(live)).build()),
        )
        .set(
            "and_statement",
            statement
                .and_statement()
                .map(|and| Values::new().set("statements", list(and.statements())).build()),
        )
        .set(
            "or_statement",
            statement.or_statement().map(|or| Values::new().set("statements", list(or.statements())).build()),
        )
        .build();
    if values.is_empty() { Values::new().set("other", true).build() } else { values }
}

/// What is looked for in headers, parameters and bodies may be a secret that only some clients know:
/// it is taken for one. Paths and methods are not.
fn byte_match(statement: &ByteMatchStatement) -> Map {
    let text = String::from_utf8_lossy(statement.search_string().as_ref()).into_owned();
    let field = statement.field_to_match();
    let open = field.is_some_and(|field| field.uri_path().is_some() || field.method().is_some());
    Values::new()
        .set("field_to_match", field.map(live_field))
        .set("positional_constraint", statement.positional_constraint().as_str())
        .set("search_string", if open { Value::Text(text) } else { Value::Secret(Secret::new(text)) })
        .set("text_transformations", live_transformations(statement.text_transformations()))
        .build()
}

fn ip_set(statement: &IpSetReferenceStatement) -> Map {
    let forwarded = statement.ip_set_forwarded_ip_config().map(|config| {
        Values::new()
            .set("header_name", config.header_name())
            .set("fallback_behavior", config.fallback_behavior().as_str())
            .set("position", config.position().as_str())
            .build()
    });
    Values::new().set("arn", statement.arn()).set("ip_set_forwarded_ip_config", forwarded).build()
}

fn rate_based(statement: &RateBasedStatement) -> Map {
    let forwarded = statement.forwarded_ip_config().map(|config| {
        Values::new()
            .set("header_name", config.header_name())
            .set("fallback_behavior", config.fallback_behavior().as_str())
            .build()
    });
    let window = statement.evaluation_window_sec();
    Values::new()
        .set("limit", statement.limit())
        .set("evaluation_window_sec", if window == 0 { 300 } else { window })
        .set("aggregate_key_type", statement.aggregate_key_type().as_str())
        .set("forwarded_ip_config", forwarded)
        .set("scope_down_statement", statement.scope_down_statement().map(live))
        // Not ours to set: seen, and gone with the next change.
        .set("custom_keys", count(statement.custom_keys()))
        .build()
}

fn managed_group(statement: &ManagedRuleGroupStatement) -> Map {
    let overrides: Map = statement
        .rule_action_overrides()
        .iter()
        .map(|one| {
            let action = one.action_to_use().map(live_rule_action).unwrap_or_default();
            (one.name().to_owned(), Value::Map(action))
        })
        .collect();
    Values::new()
        .set("vendor_name", statement.vendor_name())
        .set("name", statement.name())
        .set("version", statement.version())
        .set("rule_action_overrides", Some(overrides).filter(|overrides| !overrides.is_empty()))
        .set("scope_down_statement", statement.scope_down_statement().map(live))
        // Not ours to set: seen, and gone with the next change.
        .set("managed_rule_group_configs", count(statement.managed_rule_group_configs()))
        .build()
}

fn count<T>(items: &[T]) -> Option<i64> {
    i64::try_from(items.len()).ok().filter(|items| *items > 0)
}
