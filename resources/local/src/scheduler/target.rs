//! What a schedule can call: resources of some services, and nearly all that AWS can do.

use serde_json::Value;

use super::{invalid, text};
use crate::answer::Refusal;

/// A line for each service with its actions; those of services that are not here are not known. `models/targets.py`
/// makes it.
const TARGETS: &str = include_str!("../../models/targets.txt");
/// EventBridge Scheduler User Guide, "Using templated targets".
const TEMPLATED: [&str; 12] = [
    "codebuild",
    "codepipeline",
    "ecs",
    "events",
    "firehose",
    "inspector",
    "kinesis",
    "lambda",
    "sagemaker",
    "sns",
    "sqs",
    "states",
];

/// Refuses a target that Scheduler does not call. The words about services were met (terraform-provider-aws#29339,
/// boto3#3558); those about actions and the input are ours.
pub(super) fn check(target: &Value) -> Result<(), Refusal> {
    let arn = text(target, "Arn").unwrap_or_default();
    let parts: Vec<&str> = arn.split(':').collect();
    if parts.len() < 6 || parts[0] != "arn" {
        return Err(invalid(format!("Provided Arn {arn} is not in correct format.")));
    }
    let unsupported = |service: &str| invalid(format!("{service} is not a supported service for a target."));
    let ["arn", _, "scheduler", "", "", "aws-sdk", service, action] = parts[..] else {
        let service = parts[2];
        return if TEMPLATED.contains(&service) { Ok(()) } else { Err(unsupported(service)) };
    };
    let mut words = TARGETS.lines().map(|line| line.split(' '));
    let actions = words.find_map(|mut line| (line.next() == Some(service)).then_some(line));
    let mut actions = actions.ok_or_else(|| unsupported(service))?.peekable();
    if actions.peek().is_some() && !actions.any(|known| known == action) {
        return Err(invalid(format!("{action} is not a supported API action of {service} for a target.")));
    }
    match text(target, "Input") {
        Some(input) if serde_json::from_str::<Value>(&input).is_err() => {
            Err(invalid("The Input of a universal target must be well-formed JSON."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_can_call_is_refused() {
        let said = |arn: &str| check(&json!({"Arn": arn})).err().map(|refusal| refusal.message);
        let sdk = |call: &str| said(&format!("arn:aws:scheduler:::aws-sdk:{call}"));
        assert_eq!(sdk("rds:stopDBInstance"), None);
        assert_eq!(sdk("sqs:sendMessage"), None, "its actions are not known here");
        for reads_or_is_none in ["rds:stopDbInstance", "rds:stopDatabase", "rds:describeDBInstances"] {
            assert!(sdk(reads_or_is_none).is_some_and(|text| text.contains("not a supported API action")));
        }
        let none = sdk("rdss:stopDBInstance");
        assert_eq!(none.as_deref(), Some("rdss is not a supported service for a target."));
        assert_eq!(said("arn:aws:lambda:eu-west-1:123456789012:function:f"), None);
        assert!(said("arn:aws:s3:::bucket").is_some_and(|text| text.starts_with("s3 is not")));
        assert!(said("bucket").is_some_and(|text| text.contains("correct format")));
        let input = json!({"Arn": "arn:aws:scheduler:::aws-sdk:rds:stopDBInstance", "Input": "{"});
        assert!(check(&input).is_err());
    }
}
