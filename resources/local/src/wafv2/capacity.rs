//! What statements cost, in web ACL capacity units.

use serde_json::Value;

use super::{items, text};

/// AWS's own groups and what they cost.
pub(super) const MANAGED: [(&str, i64); 15] = [
    ("AWSManagedRulesCommonRuleSet", 700),
    ("AWSManagedRulesAdminProtectionRuleSet", 100),
    ("AWSManagedRulesKnownBadInputsRuleSet", 200),
    ("AWSManagedRulesSQLiRuleSet", 200),
    ("AWSManagedRulesLinuxRuleSet", 200),
    ("AWSManagedRulesUnixRuleSet", 100),
    ("AWSManagedRulesWindowsRuleSet", 200),
    ("AWSManagedRulesPHPRuleSet", 100),
    ("AWSManagedRulesWordPressRuleSet", 100),
    ("AWSManagedRulesAmazonIpReputationList", 25),
    ("AWSManagedRulesAnonymousIpList", 50),
    ("AWSManagedRulesATPRuleSet", 50),
    ("AWSManagedRulesACFPRuleSet", 50),
    ("AWSManagedRulesBotControlRuleSet", 50),
    ("AWSManagedRulesAntiDDoSRuleSet", 50),
];

/// What a statement costs.
pub(super) fn of(statement: &Value) -> i64 {
    let said = statement.as_object().into_iter().flatten().find(|(_, inner)| inner.is_object());
    let Some((kind, inner)) = said else { return 0 };
    match kind.as_str() {
        "ByteMatchStatement" => {
            let place = text(inner, "PositionalConstraint").unwrap_or_default();
            looked_at(inner, if place.starts_with("CONTAINS") { 10 } else { 2 })
        }
        "RegexMatchStatement" => looked_at(inner, 3),
        "SizeConstraintStatement" => looked_at(inner, 1),
        "SqliMatchStatement" => {
            looked_at(inner, if text(inner, "SensitivityLevel").as_deref() == Some("HIGH") { 30 } else { 20 })
        }
        "XssMatchStatement" => looked_at(inner, 40),
        "RegexPatternSetReferenceStatement" => looked_at(inner, 25),
        "IPSetReferenceStatement" => {
            let position = inner.pointer("/IPSetForwardedIPConfig/Position").and_then(Value::as_str);
            if position == Some("ANY") { 5 } else { 1 }
        }
        "RateBasedStatement" => {
            let keys = i64::try_from(items(inner, "CustomKeys").len()).unwrap_or(0);
            2 + 30 * keys + scope_down(inner)
        }
        "NotStatement" => inner.get("Statement").map_or(0, of),
        "AndStatement" | "OrStatement" => 1 + items(inner, "Statements").iter().map(of).sum::<i64>(),
        "ManagedRuleGroupStatement" => {
            let name = text(inner, "Name").unwrap_or_default();
            let known = MANAGED.iter().find(|(group, _)| *group == name);
            known.map_or(100, |(_, units)| *units) + scope_down(inner)
        }
        _ => 1,
    }
}

fn scope_down(inner: &Value) -> i64 {
    inner.get("ScopeDownStatement").map_or(0, of)
}

/// The base, dearer for some fields, and ten for each transformation that does something.
fn looked_at(inner: &Value, base: i64) -> i64 {
    let field = |name: &str| inner.pointer(&format!("/FieldToMatch/{name}")).is_some_and(Value::is_object);
    let base = match () {
        () if field("JsonBody") => base * 2,
        () if field("AllQueryArguments") => base + 10,
        () => base,
    };
    let kinds = items(inner, "TextTransformations").iter().filter_map(|item| text(item, "Type"));
    base + 10 * i64::try_from(kinds.filter(|kind| kind != "NONE").count()).unwrap_or(0)
}
