//! The grammar of policy documents, in IAM's words.
//!
//! The words were met: of Sids in aws-cloudformation/cfn-lint#708 and Wolox/carthage_cache#22, of a condition without an
//! operator in cfn-lint#3751, of vendors in boogy/iam-policy-validator#172 and garnaat/kappa#111; the others are those
//! that moto found by asking. A service that there is none of is taken, as an action is that it does not have
//! (cfn-lint#1117).

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{malformed, texts};
use crate::answer::Refusal;

const DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// Refuses what does not follow the grammar.
pub(super) fn check(document: &Value, statements: &[&Value]) -> Result<(), Refusal> {
    let sound = |statement: &&Value| {
        has_only(statement, &STATEMENT)
            && !(statement.get("Action").is_some() && statement.get("NotAction").is_some())
            && !(statement.get("Resource").is_some() && statement.get("NotResource").is_some())
            && statement.get("Condition").is_none_or(is_condition)
    };
    if !has_only(document, &DOCUMENT) || !statements.iter().all(sound) {
        return Err(malformed("Syntax errors in policy."));
    }
    sids(statements)?;
    for statement in statements {
        for action in ["Action", "NotAction"].into_iter().flat_map(|member| texts(&statement[member])) {
            vendor(action)?;
        }
        for resource in ["Resource", "NotResource"].into_iter().flat_map(|member| texts(&statement[member])) {
            if resource != "*" && !resource.starts_with("arn:") {
                return Err(malformed(format!("Resource {resource} must be in ARN format or \"*\".")));
            }
        }
    }
    Ok(())
}

/// Whether all members of an object are known.
fn has_only(value: &Value, known: &[&str]) -> bool {
    value.as_object().is_some_and(|members| members.keys().all(|name| known.contains(&name.as_str())))
}

/// Whether all operators of a condition are known, and each has keys with values.
fn is_condition(condition: &Value) -> bool {
    let operator = |name: &str| {
        let name = name.strip_prefix("ForAnyValue:").or(name.strip_prefix("ForAllValues:")).unwrap_or(name);
        OPERATORS.contains(&name.strip_suffix("IfExists").unwrap_or(name))
    };
    let plain = |value: &Value| value.is_string() || value.is_boolean() || value.is_number();
    let value = |value: &Value| plain(value) || value.as_array().is_some_and(|all| all.iter().all(plain));
    let keys = |keys: &Value| keys.as_object().is_some_and(|keys| keys.values().all(value));
    let operators = condition.as_object();
    operators.is_some_and(|all| all.iter().all(|(name, of)| operator(name) && keys(of)))
}

fn sids(statements: &[&Value]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    let given = statements.iter().filter_map(|statement| statement.get("Sid")?.as_str());
    for sid in given.filter(|sid| !sid.is_empty()) {
        if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(malformed(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
            ));
        }
        if !seen.insert(sid) {
            return Err(malformed("Statement IDs (SID) in a single policy must be unique."));
        }
    }
    Ok(())
}

/// Refuses an action whose service cannot be one.
fn vendor(action: &str) -> Result<(), Refusal> {
    if action == "*" {
        return Ok(());
    }
    let Some((vendor, name)) = action.split_once(':') else {
        return Err(malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."));
    };
    if name.contains(':') {
        return Err(malformed("Actions/Condition can contain only one colon."));
    }
    if vendor.contains(['*', '?']) {
        return Err(malformed("Action vendors (e.g., aws, ec2, etc.) must not contain wildcards."));
    }
    if !vendor.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
        return Err(malformed(format!("Vendor {vendor} is not valid")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(statements: Value) -> Option<String> {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        let statements: Vec<&Value> = document["Statement"].as_array().expect("a list").iter().collect();
        check(&document, &statements).err().map(|refusal| refusal.message)
    }

    fn with(member: &str, value: Value) -> Option<String> {
        let mut statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
        statement[member] = value;
        said(json!([statement]))
    }

    #[test]
    fn what_is_no_policy_is_refused_in_iams_words() {
        let syntax = Some("Syntax errors in policy.");
        assert_eq!(with("Condition", json!({"StringEqualz": {"aws:x": "y"}})).as_deref(), syntax);
        assert_eq!(with("Condition", json!({"aws:x": "y"})).as_deref(), syntax);
        assert_eq!(with("Conditions", json!({})).as_deref(), syntax);
        assert_eq!(with("NotAction", json!("s3:PutObject")).as_deref(), syntax);
        let known = json!({"ForAnyValue:StringLikeIfExists": {"aws:x": ["y"]}, "Bool": {"aws:y": true}});
        assert_eq!(with("Condition", known), None);
        assert!(with("Sid", json!("with spaces")).is_some_and(|text| text.contains("[0-9A-Za-z]*")));
        let same = json!({"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"});
        assert!(said(json!([same, same])).is_some_and(|text| text.contains("must be unique")));
        assert!(with("Action", json!("GetObject")).is_some_and(|text| text.contains("prefaced by a vendor")));
        assert!(with("Action", json!("s3:a:b")).is_some_and(|text| text.contains("only one colon")));
        assert!(with("Action", json!(["s3:Get*", "*:Tag"])).is_some_and(|text| text.contains("wildcards")));
        assert_eq!(with("Action", json!("s 3:Get")).as_deref(), Some("Vendor s 3 is not valid"));
        assert_eq!(with("Action", json!("dyanmodb:PutItem")), None, "nobody knows all services");
        assert!(with("Resource", json!("bucket")).is_some_and(|text| text.contains("ARN format")));
    }
}
