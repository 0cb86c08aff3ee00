//! What the account's record of API calls is watched for.

use finsight_specs::logs::{MetricFilter, MetricTransformation};

use super::watch::{Beat, Guard, Look, Watch};
use crate::common::named;
use crate::security::Account;

/// What is told of: a name, its metric, how often within `count_seconds`, and the pattern of its events ("Security Hub CSPM
/// controls for Amazon CloudWatch", CloudWatch.1, .2, .4 and .5).
const EVENTS: &[(&str, &str, f64, &str)] = &[
    (
        "root-used",
        "RootUsed",
        1.0,
        "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }",
    ),
    // One is a mistake, or a tool that looks what it may.
    (
        "calls-denied",
        "CallsDenied",
        20.0,
        "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }",
    ),
    (
        "policies-changed",
        "PoliciesChanged",
        1.0,
        "{ ($.eventName = DeleteGroupPolicy) || ($.eventName = DeleteRolePolicy) || ($.eventName = DeleteUserPolicy) || ($.eventName = PutGroupPolicy) || ($.eventName = PutRolePolicy) || ($.eventName = PutUserPolicy) || ($.eventName = CreatePolicy) || ($.eventName = DeletePolicy) || ($.eventName = CreatePolicyVersion) || ($.eventName = DeletePolicyVersion) || ($.eventName = AttachRolePolicy) || ($.eventName = DetachRolePolicy) || ($.eventName = AttachUserPolicy) || ($.eventName = DetachUserPolicy) || ($.eventName = AttachGroupPolicy) || ($.eventName = DetachGroupPolicy) }",
    ),
    (
        "trail-changed",
        "TrailChanged",
        1.0,
        "{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging) }",
    ),
];

/// A filter of the record and an alarm for each.
pub(super) fn alarms(guard: &Guard<'_>, account: &Account) {
    for (what, metric, threshold, pattern) in EVENTS {
        let metric = format!("{metric}-{}", guard.scope.stack_name());
        let counted = MetricTransformation::new("FinSight", &metric, "1").unit("Count");
        guard.scope.add(
            what,
            MetricFilter::new(&account.log_group, *pattern, vec![counted])
                .filter_name(named(guard.scope, what)),
        );
        guard.watch(Watch {
            what: (*what).to_owned(),
            description: format!("FinSight: {} in the account", what.replace('-', " ")),
            namespace: "FinSight",
            metric,
            look: Look::At("Sum"),
            beat: Beat::counted(guard.config),
            dimensions: Vec::new(),
            below: false,
            threshold: *threshold,
        });
    }
}
