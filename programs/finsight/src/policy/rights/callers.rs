//! Who calls functions, topics and buckets, and whether these let him in.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Subject, Violation, referred};
use finsight_engine::urn::{Urn, glob};
use finsight_engine::value::{Map, Value};

use super::statement::{Ask, Who, allowed, of_document, within};
use crate::policy::document::Operation;
use crate::policy::plain::{ACCOUNT, at, behind, output, plain};

pub(super) fn callers(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = functions(subject);
    found.extend(topics(subject));
    found.extend(buckets(subject));
    found.sort_by(|a, b| (&a.urn, &a.message).cmp(&(&b.urn, &b.message)));
    found.dedup();
    found
}

/// A call of a function: by which service, for which resource, and what stands behind that in the ARN of the caller.
struct Call<'a> {
    function: &'a Filled<'a>,
    by_alias: bool,
    service: &'static str,
    source: &'a Filled<'a>,
    behind: String,
    what: String,
}

/// "Granting Lambda function access to AWS services": a permission for the qualifier that is called, and for the caller's ARN.
fn functions(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for call in calls(subject) {
        let lets_in = |permission: &Filled<'_>| {
            let qualified = permission.get("qualifier").map(plain).unwrap_or_default();
            let alias = call.function.get("live_alias").map(plain).unwrap_or_default();
            let here = if call.by_alias { qualified == alias } else { qualified.is_empty() };
            let source = permission.get("source_arn").map(plain);
            permission.refers_to("function_name") == Some(call.function.urn())
                && here
                && glob(&permission.get("action").map(plain).unwrap_or_default(), "lambda:InvokeFunction")
                && permission.is("principal", call.service)
                && source.is_none_or(|arn| {
                    behind(&arn, call.source).into_iter().any(|rest| glob(rest, &call.behind))
                })
        };
        if !subject.of_type("aws:lambda:Permission").any(lets_in) {
            let message = format!(
                "{} calls {}, which lets it not: {}",
                call.source.urn(),
                call.function.urn(),
                call.what
            );
            found.push(Violation::new(call.function, message));
        }
    }
    found
}

fn calls<'a>(subject: &'a Subject<'a>) -> Vec<Call<'a>> {
    let mut found = Vec::new();
    let called = |value: Option<&Value>| -> Vec<(&'a Filled<'a>, bool)> {
        let Some(value) = value else { return Vec::new() };
        let text = plain(value);
        let functions = references(value).into_iter().filter(|urn| urn.type_name() == "aws:lambda:Function");
        functions.filter_map(|urn| subject.get(&urn)).map(|one| (one, text.contains("#live_"))).collect()
    };
    for api in subject.of_type("aws:apigateway:RestApi") {
        let stages = subject
            .of_type("aws:apigateway:Stage")
            .filter(|stage| stage.refers_to("rest_api_id") == Some(api.urn()));
        let stages: Vec<String> = stages.filter_map(|stage| stage.get("stage_name")).map(plain).collect();
        for operation in Operation::all(api) {
            let uri = operation.integration().and_then(|one| one.get("uri"));
            for (function, by_alias) in called(uri) {
                let method = if operation.method == "ANY" { "GET" } else { &operation.method };
                let path = operation.path.replace(['{', '}', '+'], "");
                for stage in &stages {
                    let behind = format!("/{stage}/{method}{path}");
                    let what = format!("each call of {} is answered with an error", operation.path);
                    found.push(Call {
                        function,
                        by_alias,
                        service: "apigateway.amazonaws.com",
                        source: api,
                        behind,
                        what,
                    });
                }
            }
        }
        let schemes = within(api, "body.components.securitySchemes").and_then(Value::as_map);
        for scheme in schemes.into_iter().flat_map(Map::values).filter_map(Value::as_map) {
            let uri = finsight_engine::value::at_path(scheme, "x-amazon-apigateway-authorizer.authorizerUri");
            for (function, by_alias) in called(uri) {
                let what = "nobody who has to show a token is let in".to_owned();
                let behind = "/authorizers/x".to_owned();
                found.push(Call {
                    function,
                    by_alias,
                    service: "apigateway.amazonaws.com",
                    source: api,
                    behind,
                    what,
                });
            }
        }
    }
    for one in subject.of_type("aws:sns:Subscription").filter(|one| one.is("protocol", "lambda")) {
        let Some(topic) = one.refers_to("topic_arn").and_then(|urn| subject.get(urn)) else { continue };
        for (function, by_alias) in called(one.get("endpoint")) {
            let what = "what the topic tells, alarms among it, does not reach the function".to_owned();
            found.push(Call {
                function,
                by_alias,
                service: "sns.amazonaws.com",
                source: topic,
                behind: String::new(),
                what,
            });
        }
    }
    found
}

/// Which service publishes to the topics that a resource names, and in which property.
const PUBLISH: &[(&str, &str, &str)] = &[
    ("aws:cloudwatch:Alarm", "alarm_actions", "cloudwatch.amazonaws.com"),
    ("aws:cloudwatch:CompositeAlarm", "alarm_actions", "cloudwatch.amazonaws.com"),
    ("aws:budgets:Budget", "notifications", "budgets.amazonaws.com"),
    ("aws:ses:ConfigurationSet", "event_destinations", "ses.amazonaws.com"),
    ("aws:rds:EventSubscription", "sns_topic_arn", "events.rds.amazonaws.com"),
    ("aws:events:Rule", "targets", "events.amazonaws.com"),
];

/// Who publishes to topics: the topic, the service, and for whom.
pub(in crate::policy) fn publishers<'a>(
    subject: &'a Subject<'a>,
) -> Vec<(&'a Filled<'a>, &'static str, &'a Filled<'a>)> {
    let mut found = Vec::new();
    for (kind, property, service) in PUBLISH {
        for source in subject.of_type(kind) {
            let topics: BTreeSet<Urn> = source.get(property).map(references).unwrap_or_default();
            let topics = topics.iter().filter(|urn| urn.type_name() == "aws:sns:Topic");
            found.extend(topics.filter_map(|urn| subject.get(urn)).map(|topic| (topic, *service, source)));
        }
    }
    found
}

/// "Managing Amazon SNS access": without a policy of its own a topic takes what the account itself publishes, alarms among it.
fn topics(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (topic, service, source) in publishers(subject) {
        let policy = topic.get("policy");
        let ask = Ask {
            who: Who::Service(service),
            action: "sns:Publish",
            on: Some((topic, vec![String::new()])),
            source: Some(source),
            via: None,
        };
        let by_default = policy.is_none() && service == "cloudwatch.amazonaws.com";
        if !by_default && !allowed(of_document(policy), &ask) {
            let message = format!(
                "{service} may not publish to it: what it has to say, such as for {}, reaches nobody",
                source.urn()
            );
            if !found
                .iter()
                .any(|one: &Violation| one.urn == *topic.urn() && one.message.starts_with(service))
            {
                found.push(Violation::new(topic, message));
            }
        }
    }
    found
}

/// What a service does with a bucket.
struct Use<'a> {
    bucket: &'a Filled<'a>,
    service: &'static str,
    source: &'a Filled<'a>,
    action: &'static str,
    behind: String,
    then: &'static str,
}

fn buckets(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for one in uses(subject) {
        let ask = Ask {
            who: Who::Service(one.service),
            action: one.action,
            on: Some((one.bucket, vec![one.behind.clone()])),
            source: Some(one.source),
            via: None,
        };
        if !allowed(of_document(one.bucket.get("policy")), &ask) {
            let message = format!(
                "{} may not do {} there for {}: {}",
                one.service,
                one.action,
                one.source.urn(),
                one.then
            );
            found.push(Violation::new(one.bucket, message));
        }
    }
    for distribution in subject.of_type("aws:cloudfront:Distribution") {
        let bucket = within(distribution, "logging.bucket").and_then(|value| subject.get(output(value)?.0));
        let takes_lists = |bucket: &Filled<'_>| {
            let owned = bucket.get("object_ownership").map(plain).unwrap_or_default();
            let grants = bucket.get("grants").and_then(Value::as_list).unwrap_or_default();
            let written =
                grants.iter().filter_map(Value::as_map).any(|one| at(one, "grantee").contains(LOGS));
            written && !owned.is_empty() && owned != "BucketOwnerEnforced"
        };
        if let Some(bucket) = bucket.filter(|bucket| !takes_lists(bucket)) {
            let message =
                format!("it does not let {} write: there is no log of who called", distribution.urn());
            found.push(Violation::new(bucket, message));
        }
    }
    found
}

/// AWS's account that writes CloudFront's logs ("Configuring standard logging (legacy)").
const LOGS: &str = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0";

fn uses<'a>(subject: &'a Subject<'a>) -> Vec<Use<'a>> {
    let mut found = Vec::new();
    // "Amazon S3 bucket policy for CloudTrail".
    for trail in subject.of_type("aws:cloudtrail:Trail") {
        let Some(bucket) = trail.refers_to("s3_bucket_name").and_then(|urn| subject.get(urn)) else {
            continue;
        };
        let prefix = trail.get("s3_key_prefix").map(|value| format!("/{}", plain(value))).unwrap_or_default();
        let then = "the record of API calls is written nowhere, and an intruder leaves no trace";
        for (action, behind) in [
            ("s3:GetBucketAcl", String::new()),
            ("s3:PutObject", format!("{prefix}/AWSLogs/{ACCOUNT}/CloudTrail/x")),
        ] {
            found.push(Use {
                bucket,
                service: "cloudtrail.amazonaws.com",
                source: trail,
                action,
                behind,
                then,
            });
        }
    }
    // "Restricting access to an Amazon S3 origin".
    for distribution in subject.of_type("aws:cloudfront:Distribution") {
        let origins = distribution.get("origins").and_then(Value::as_map);
        for origin in origins.into_iter().flat_map(Map::values).filter_map(Value::as_map) {
            let bucket = origin.get("domain_name").and_then(referred).and_then(|urn| subject.get(urn));
            let Some(bucket) = bucket.filter(|one| one.urn().type_name() == "aws:s3:Bucket") else {
                continue;
            };
            let then = "whoever is sent there gets an error instead of the page";
            found.push(Use {
                bucket,
                service: "cloudfront.amazonaws.com",
                source: distribution,
                action: "s3:GetObject",
                behind: "/key".to_owned(),
                then,
            });
        }
    }
    found
}

/// Whether a role is not the only one who may deliver to a bucket: its policy may let the service itself.
pub(super) fn bucket_lets(
    bucket: &Filled<'_>,
    service: &str,
    source: &Filled<'_>,
    action: &str,
    suffixes: &[String],
) -> bool {
    let ask = Ask {
        who: Who::Service(service),
        action,
        on: Some((bucket, suffixes.to_vec())),
        source: Some(source),
        via: None,
    };
    bucket.urn().type_name() == "aws:s3:Bucket" && allowed(of_document(bucket.get("policy")), &ask)
}
