//! The policy that AWS gives every topic.

use finsight_engine::value::Value;
use serde_json::json;

const ACTIONS: [&str; 8] = [
    "SNS:GetTopicAttributes",
    "SNS:SetTopicAttributes",
    "SNS:AddPermission",
    "SNS:RemovePermission",
    "SNS:DeleteTopic",
    "SNS:Subscribe",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
];
/// Topics made long ago have it, too.
const RECEIVE: &str = "SNS:Receive";

/// The policy of a topic that nobody changed, as text.
pub fn standard(topic_arn: &str, account: &str) -> String {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ACTIONS,
            "Resource": topic_arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
        }],
    })
    .to_string()
}

/// Whether a policy is one that AWS gives: only the account itself may do anything, and only what AWS lists.
pub fn is_standard(policy: &Value, topic_arn: &str, account: &str) -> bool {
    let Some(policy) = policy.clear_json() else { return false };
    let Some([statement]) = policy["Statement"].as_array().map(Vec::as_slice) else { return false };
    let actions = statement["Action"].as_array().map(Vec::as_slice).unwrap_or_default();
    let known = |action: &serde_json::Value| {
        action.as_str().is_some_and(|action| action == RECEIVE || ACTIONS.contains(&action))
    };
    let condition = &statement["Condition"];
    statement["Sid"] == "__default_statement_ID"
        && statement["Effect"] == "Allow"
        && statement["Resource"] == topic_arn
        && actions.iter().all(known)
        && ACTIONS.iter().all(|action| actions.iter().any(|listed| listed == action))
        && [
            json!({"StringEquals": {"AWS:SourceOwner": account}}),
            json!({"StringEquals": {"aws:SourceOwner": account}}),
        ]
        .contains(condition)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::from_text;

    #[test]
    fn what_lets_others_in_is_not_standard() {
        let arn = "arn:aws:sns:ap-northeast-1:123456789012:one";
        let text = standard(arn, "123456789012");
        assert!(is_standard(&from_text(&text), arn, "123456789012"));
        assert!(!is_standard(
            &from_text(&text.replace("123456789012\"}}", "210987654321\"}}")),
            arn,
            "123456789012"
        ));
        assert!(!is_standard(&from_text(&text.replace("SNS:Publish", "SNS:*")), arn, "123456789012"));
        let mut open: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        open["Statement"][0].as_object_mut().expect("a statement").remove("Condition");
        assert!(!is_standard(&from_text(&open.to_string()), arn, "123456789012"));
    }
}
