//! Whether the account's guards see and tell: W8, W9, T14.

use finsight::cost::estimate;
use finsight_engine::cost::{Decimal, Items};
use finsight_engine::value::Value;
use serde_json::Value as Json;

use super::{STACKS, graph, node, said, text};

/// W8: the major version's end of support costs nothing extra: AWS upgrades instead.
#[test]
fn no_extended_support_is_bought_unasked() {
    for stack in STACKS {
        let way = said(&graph(stack), stack, "database/aws:rds:DBInstance/main", "engine_lifecycle_support");
        assert_eq!(way, "open-source-rds-extended-support-disabled", "{stack}");
    }
}

/// W8: the trail is read: the use of root, denied calls, and changes of policies and of the trail itself are told.
#[test]
fn what_the_trail_records_is_told() {
    let graph = graph("prod");
    let trail = "security/aws:cloudtrail:Trail/main";
    let group = text(&graph, "prod", trail, "cloud_watch_logs_log_group_arn");
    assert!(group.contains("aws:logs:LogGroup/trail"), "{group}");
    let role = text(&graph, "prod", trail, "cloud_watch_logs_role_arn");
    assert!(role.contains("aws:iam:Role/trail"), "{role}");
    let write = text(&graph, "prod", "security/aws:iam:Role/trail", "inline_policies");
    assert!(write.contains("logs:PutLogEvents") && !write.contains("\"Resource\":\"*\""), "{write}");
    assert_eq!(said(&graph, "prod", "security/aws:logs:LogGroup/trail", "retention_in_days"), 90);
    for (what, part) in [
        ("root-used", "$.userIdentity.type = \"Root\""),
        ("calls-denied", "AccessDenied"),
        ("policies-changed", "PutRolePolicy"),
        ("trail-changed", "StopLogging"),
    ] {
        let filter = format!("monitoring/aws:logs:MetricFilter/{what}");
        let pattern = text(&graph, "prod", &filter, "filter_pattern");
        assert!(pattern.replace("\\\"", "\"").contains(part), "{what}: {pattern}");
        let alarm = format!("monitoring/aws:cloudwatch:Alarm/{what}");
        assert_eq!(said(&graph, "prod", &alarm, "namespace"), "FinSight");
        let made = text(&graph, "prod", &filter, "metric_transformations");
        let metric = said(&graph, "prod", &alarm, "metric_name");
        assert!(made.contains(metric.as_str().expect("a name")), "{what}: {made}");
        assert!(text(&graph, "prod", &alarm, "alarm_actions").contains("aws:sns:Topic/alarms"), "{what}");
    }
    // A stack without the account's trail has nothing to look at.
    let dev = super::graph("dev");
    assert!(!dev.nodes.keys().any(|urn| urn.name() == "root-used"));
}

/// W9: Lambda makes and takes away a function's interfaces; the function's own code does not.
#[test]
fn functions_take_no_interfaces_away() {
    for stack in STACKS {
        let graph = graph(stack);
        let policies = said(&graph, stack, "api/aws:iam:Role/users", "inline_policies");
        let statements = policies["network"]["Statement"].as_array().expect("statements");
        let denied: Vec<&Json> = statements.iter().filter(|one| one["Effect"] == "Deny").collect();
        let [denied] = denied.as_slice() else { panic!("{stack}: {policies}") };
        assert!(denied["Action"].to_string().contains("ec2:DeleteNetworkInterface"), "{denied}");
        let who = denied["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"].to_string();
        let name = said(&graph, stack, "api/aws:lambda:Function/users", "function_name");
        assert!(who.contains(&format!("\"function:{}\"", name.as_str().expect("a name"))), "{who}");
    }
}

/// T14: a schedule that calls in vain is heard of.
#[test]
fn schedules_have_a_listener() {
    for stack in STACKS {
        let graph = graph(stack);
        let alarm = "monitoring/aws:cloudwatch:Alarm/schedules-failed";
        assert_eq!(said(&graph, stack, alarm, "metric_name"), "TargetErrorCount", "{stack}");
        let group = text(&graph, stack, alarm, "dimensions");
        assert!(
            group.contains("ScheduleGroup") && group.contains("ScheduleGroup/database"),
            "{stack}: {group}"
        );
        let threshold = node(&graph, stack, alarm).inputs["threshold"].clone();
        assert_eq!(threshold, Value::from(1.0), "{stack}");
    }
}

/// W9: monthly snapshots stay until someone deletes them, and the estimate says so.
#[test]
fn snapshots_have_a_line_in_the_estimate() {
    let line = |stack: &str, users: u32| {
        let items = Items::of_graph(&graph(stack), &finsight_specs::registry());
        let report = estimate(&items, users).unwrap_or_else(|errors| panic!("{errors:?}"));
        report.estimate.lines.into_iter().find(|line| line.key == "rds.backup")
    };
    let few = line("prod", 10).expect("a line");
    assert!(
        few.notes.iter().any(|note| note.contains("until someone deletes them: 6 GB after a year")),
        "{:?}",
        few.notes
    );
    assert_eq!(few.quantity, Decimal::ZERO, "less than the storage");
    assert_eq!(line("prod", 1_000).expect("a line").quantity, Decimal::whole(600 - 20));
    assert!(line("dev", 10).is_none(), "dev takes none");
}
