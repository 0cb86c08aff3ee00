//! What rules ask of requests, as AWS is asked for it.

use aws_sdk_wafv2::types::{
    AndStatement, ByteMatchStatement, ComparisonOperator, CountryCode, FallbackBehavior, ForwardedIpConfig,
    ForwardedIpPosition, GeoMatchStatement, IpSetForwardedIpConfig, IpSetReferenceStatement, LabelMatchScope,
    LabelMatchStatement, ManagedRuleGroupStatement, NotStatement, OrStatement, PositionalConstraint,
    RateBasedStatement, RateBasedStatementAggregateKeyType, RegexMatchStatement, RuleActionOverride,
    SensitivityLevel, SizeConstraintStatement, SqliMatchStatement, Statement, XssMatchStatement,
};
use aws_smithy_types::Blob;
use finsight_engine::contract::Failure;
use finsight_engine::value::{Map, Value};

use super::action_values::rule_action;
use super::common::{built, invalid, kind_of, part};
use super::field_values::{field, transformations};
use crate::values::Inputs;

/// The statement of a structure.
pub fn statement(wanted: &Map) -> Result<Statement, Failure> {
    let (kind, members) = kind_of(wanted)?;
    let made = Statement::builder();
    let made = match kind {
        "byte_match_statement" => made.byte_match_statement(byte_match(members)?),
        "regex_match_statement" => {
            let regex = RegexMatchStatement::builder()
                .regex_string(members.required("regex_string")?)
                .field_to_match(looked_at(members)?)
                .set_text_transformations(Some(transformations(members)?));
            made.regex_match_statement(built(regex.build())?)
        }
        "size_constraint_statement" => {
            let operator = ComparisonOperator::from(members.required("comparison_operator")?);
            let size = SizeConstraintStatement::builder()
                .comparison_operator(operator)
                .set_size(members.int("size"))
                .field_to_match(looked_at(members)?)
                .set_text_transformations(Some(transformations(members)?));
            made.size_constraint_statement(built(size.build())?)
        }
        "sqli_match_statement" => {
            let sqli = SqliMatchStatement::builder()
                .set_sensitivity_level(members.text("sensitivity_level").map(SensitivityLevel::from))
                .field_to_match(looked_at(members)?)
                .set_text_transformations(Some(transformations(members)?));
            made.sqli_match_statement(built(sqli.build())?)
        }
        "xss_match_statement" => {
            let xss = XssMatchStatement::builder()
                .field_to_match(looked_at(members)?)
                .set_text_transformations(Some(transformations(members)?));
            made.xss_match_statement(built(xss.build())?)
        }
        "geo_match_statement" => {
            let codes = members.texts("country_codes");
            let codes = codes.iter().map(|code| CountryCode::from(code.as_str())).collect();
            made.geo_match_statement(GeoMatchStatement::builder().set_country_codes(Some(codes)).build())
        }
        "ip_set_reference_statement" => made.ip_set_reference_statement(ip_set(members)?),
        "label_match_statement" => {
            let label = LabelMatchStatement::builder()
                .scope(LabelMatchScope::from(members.required("scope")?))
                .key(members.required("key")?);
            made.label_match_statement(built(label.build())?)
        }
        "rate_based_statement" => made.rate_based_statement(rate_based(members)?),
        "managed_rule_group_statement" => made.managed_rule_group_statement(managed_group(members)?),
        "not_statement" => {
            let inner = part(members, "statement").map(statement).transpose()?;
            made.not_statement(NotStatement::builder().set_statement(inner.map(Box::new)).build())
        }
        "and_statement" => {
            let all = AndStatement::builder().set_statements(Some(statements(members)?));
            made.and_statement(built(all.build())?)
        }
        "or_statement" => {
            let any = OrStatement::builder().set_statements(Some(statements(members)?));
            made.or_statement(built(any.build())?)
        }
        other => return Err(invalid(&format!("there is no statement `{other}`"))),
    };
    Ok(made.build())
}

fn looked_at(members: &Map) -> Result<aws_sdk_wafv2::types::FieldToMatch, Failure> {
    field(part(members, "field_to_match").ok_or_else(|| invalid("a statement needs `field_to_match`"))?)
}

fn statements(members: &Map) -> Result<Vec<Statement>, Failure> {
    let items = members.get("statements").and_then(Value::as_list).unwrap_or_default();
    items.iter().filter_map(Value::as_map).map(statement).collect()
}

fn byte_match(members: &Map) -> Result<ByteMatchStatement, Failure> {
    built(
        ByteMatchStatement::builder()
            .search_string(Blob::new(members.required("search_string")?))
            .positional_constraint(PositionalConstraint::from(members.required("positional_constraint")?))
            .field_to_match(looked_at(members)?)
            .set_text_transformations(Some(transformations(members)?))
            .build(),
    )
}

fn ip_set(members: &Map) -> Result<IpSetReferenceStatement, Failure> {
    let forwarded = match part(members, "ip_set_forwarded_ip_config") {
        Some(wanted) => {
            let config = IpSetForwardedIpConfig::builder()
                .header_name(wanted.required("header_name")?)
                .fallback_behavior(FallbackBehavior::from(wanted.required("fallback_behavior")?))
                .position(ForwardedIpPosition::from(wanted.required("position")?));
            Some(built(config.build())?)
        }
        None => None,
    };
    built(
        IpSetReferenceStatement::builder()
            .arn(members.required("arn")?)
            .set_ip_set_forwarded_ip_config(forwarded)
            .build(),
    )
}

fn rate_based(members: &Map) -> Result<RateBasedStatement, Failure> {
    let key = RateBasedStatementAggregateKeyType::from(members.required("aggregate_key_type")?);
    let forwarded = match part(members, "forwarded_ip_config") {
        Some(wanted) => {
            let config = ForwardedIpConfig::builder()
                .header_name(wanted.required("header_name")?)
                .fallback_behavior(FallbackBehavior::from(wanted.required("fallback_behavior")?));
            Some(built(config.build())?)
        }
        None => None,
    };
    let narrowed = part(members, "scope_down_statement").map(statement).transpose()?;
    built(
        RateBasedStatement::builder()
            .set_limit(members.int("limit"))
            .set_evaluation_window_sec(members.int("evaluation_window_sec"))
            .aggregate_key_type(key)
            .set_forwarded_ip_config(forwarded)
            .set_scope_down_statement(narrowed.map(Box::new))
            .build(),
    )
}

fn managed_group(members: &Map) -> Result<ManagedRuleGroupStatement, Failure> {
    let mut overrides = Vec::new();
    for (name, action) in part(members, "rule_action_overrides").into_iter().flatten() {
        let action = action.as_map().map(rule_action).transpose()?;
        let one = RuleActionOverride::builder().name(name).set_action_to_use(action);
        overrides.push(built(one.build())?);
    }
    let narrowed = part(members, "scope_down_statement").map(statement).transpose()?;
    built(
        ManagedRuleGroupStatement::builder()
            .vendor_name(members.required("vendor_name")?)
            .name(members.required("name")?)
            .set_version(members.text("version").map(str::to_owned))
            .set_rule_action_overrides(Some(overrides).filter(|all| !all.is_empty()))
            .set_scope_down_statement(narrowed.map(Box::new))
            .build(),
    )
}
