//! Which events a pattern of EventBridge, or a filter of a subscription, lets through ("Amazon EventBridge event patterns";
//! "Amazon SNS subscription filter policies").

use finsight_engine::policy::Filled;
use finsight_engine::value::{Map, Value};

use super::plain::plain;

/// Whether a pattern fits an event. A null in the event stands for any value, and an operator that is not known here for a fit.
pub(super) fn fits(pattern: &Map, event: &Map) -> bool {
    pattern.iter().all(|(key, wanted)| match (event.get(key), wanted) {
        (_, Value::List(ways)) if key == "$or" => {
            ways.iter().any(|way| way.as_map().is_some_and(|way| fits(way, event)))
        }
        (Some(Value::Map(inner)), Value::Map(wanted)) => fits(wanted, inner),
        (Some(Value::Null), _) => true,
        (has, Value::List(wanted)) => wanted.iter().any(|one| takes(one, has)),
        _ => false,
    })
}

/// Whether one of the values that a pattern lists takes that of the event.
fn takes(wanted: &Value, has: Option<&Value>) -> bool {
    let Some(operator) = wanted.as_map() else { return has.is_some_and(|has| plain(has) == plain(wanted)) };
    if let Some(exists) = operator.get("exists").and_then(Value::as_bool) {
        return exists == has.is_some();
    }
    let Some(text) = has.map(plain) else { return false };
    operator.iter().all(|(name, of)| match (name.as_str(), of) {
        ("prefix", Value::Text(of)) => text.starts_with(of.as_str()),
        ("suffix", Value::Text(of)) => text.ends_with(of.as_str()),
        ("equals-ignore-case", Value::Text(of)) => text.eq_ignore_ascii_case(of),
        ("anything-but", Value::List(of)) => of.iter().all(|of| plain(of) != text),
        ("anything-but", Value::Text(of)) => *of != text,
        _ => true,
    })
}

/// Whether a subscription gets what alarms say: CloudWatch's messages have no attributes, and a body in JSON.
pub(super) fn gets_alarms(subscription: &Filled<'_>) -> bool {
    let Some(policy) = subscription.get("filter_policy").and_then(Value::as_map) else { return true };
    let any = [
        "AlarmName",
        "AlarmDescription",
        "AWSAccountId",
        "NewStateReason",
        "StateChangeTime",
        "Region",
        "AlarmArn",
        "Trigger",
    ];
    let message: Map = if subscription.is("filter_policy_scope", "MessageBody") {
        let known = [("NewStateValue", "ALARM"), ("OldStateValue", "OK")];
        let known = known.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value)));
        known.chain(any.into_iter().map(|name| (name.to_owned(), Value::Null))).collect()
    } else {
        Map::new()
    };
    fits(policy, &message)
}

#[cfg(test)]
mod tests {
    use finsight_engine::value::{Map, Value};
    use serde_json::{Value as Json, json};

    use super::fits;

    fn map(json: &Json) -> Map {
        Value::from_plain_json(json).as_map().expect("a map").clone()
    }

    #[test]
    fn patterns_fit_as_aws_says() {
        let event =
            map(&json!({"source": "aws.amplify", "detail": {"jobStatus": "FAILED", "branchName": null}}));
        for (pattern, wanted) in [
            (json!({"source": ["aws.amplify"]}), true),
            (json!({"source": ["aws.config", "aws.amplify"], "detail": {"jobStatus": ["FAILED"]}}), true),
            (json!({"detail": {"jobStatus": ["SUCCEED"]}}), false),
            (json!({"detail": {"jobStatus": [{"anything-but": ["SUCCEED"]}]}}), true),
            (json!({"detail": {"jobStatus": [{"anything-but": "FAILED"}]}}), false),
            (json!({"detail": {"jobStatus": [{"prefix": "FA"}], "branchName": ["main"]}}), true),
            (json!({"detail": {"other": ["x"]}}), false),
            (json!({"detail": {"other": [{"exists": false}]}}), true),
            (json!({"$or": [{"source": ["x"]}, {"detail": {"jobStatus": ["FAILED"]}}]}), true),
            (json!({}), true),
        ] {
            assert_eq!(fits(&map(&pattern), &event), wanted, "{pattern}");
        }
    }
}
