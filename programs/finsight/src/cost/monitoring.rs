//! CloudWatch, X-Ray, SNS, SES, budgets.

use finsight_engine::cost::{Bill, Decimal, Item};
use finsight_engine::value::Value;

use super::assumptions::{
    API_LOGS_GB, Assumption, DATABASE_LOGS_GB, FIREWALL_LOGS_GB, FLOW_LOGS_GB, FUNCTION_LOGS_GB, MAILS,
    MESSAGES, TRACES, TRAIL_LOGS_GB,
};
use super::{Rate, View, count, free, priced};

pub(super) const TYPES: &[(&str, Rate)] = &[
    ("aws:budgets:Budget", free("budgets without actions are free")),
    ("aws:cloudwatch:Alarm", priced(alarm)),
    ("aws:cloudwatch:CompositeAlarm", priced(composite)),
    ("aws:cloudwatch:Dashboard", priced(dashboard)),
    (
        "aws:events:Rule",
        free("events of AWS's own services are free; what they tell is counted with the topic"),
    ),
    ("aws:logs:LogGroup", priced(group)),
    ("aws:logs:MetricFilter", priced(filter)),
    ("aws:logs:QueryDefinition", free("saved queries are free; a query by hand costs by what it reads")),
    ("aws:logs:ResourcePolicy", free("policies are free")),
    ("aws:logs:SubscriptionFilter", free("what receives it is billed")),
    ("aws:ses:ConfigurationSet", free("configuration sets are free")),
    ("aws:ses:EmailIdentity", priced(identity)),
    ("aws:sns:Subscription", free("deliveries to functions are free, and mails of alarms are few")),
    ("aws:sns:Topic", priced(topic)),
    ("aws:xray:Group", free("groups are free")),
    ("aws:xray:SamplingRule", priced(sampling)),
];

fn alarm(item: &Item, _: &View<'_>, bill: &mut Bill) {
    let queries = item.get("metrics").and_then(Value::as_list).unwrap_or_default();
    let stat = |query: &&Value| query.as_map().is_some_and(|query| query.contains_key("metric_stat"));
    // Metric math is billed by the metrics that it looks at.
    let metrics = if queries.is_empty() { 1 } else { queries.iter().filter(stat).count().max(1) };
    let quick = item.int("period").is_some_and(|seconds| seconds < 60);
    let key = if quick { "cloudwatch.alarm.high-resolution" } else { "cloudwatch.alarm" };
    bill.add(item, key, count(metrics));
}

fn composite(item: &Item, _: &View<'_>, bill: &mut Bill) {
    bill.add(item, "cloudwatch.composite-alarm", Decimal::whole(1));
}

fn dashboard(item: &Item, _: &View<'_>, bill: &mut Bill) {
    let metrics = item.get("dashboard_body").map(metrics).unwrap_or_default();
    let key = if metrics > 50 { "cloudwatch.dashboard.large" } else { "cloudwatch.dashboard" };
    bill.add(item, key, Decimal::whole(1));
}

/// The metrics of a dashboard's widgets.
fn metrics(body: &Value) -> usize {
    match body {
        Value::Map(map) => {
            let own = map.get("metrics").and_then(Value::as_list).map_or(0, <[Value]>::len);
            own + map
                .iter()
                .filter(|(name, _)| *name != "metrics")
                .map(|(_, part)| metrics(part))
                .sum::<usize>()
        }
        Value::List(list) => list.iter().map(metrics).sum(),
        _ => 0,
    }
}

/// Each log group's volume, by the beginning of its name.
const VOLUMES: &[(&str, Assumption)] = &[
    ("/aws/lambda/", FUNCTION_LOGS_GB),
    ("/aws/apigateway/", API_LOGS_GB),
    ("/aws/rds/instance/", DATABASE_LOGS_GB),
    ("/aws/vpc/flow-logs/", FLOW_LOGS_GB),
    ("/aws/cloudtrail/", TRAIL_LOGS_GB),
    ("aws-waf-logs-", FIREWALL_LOGS_GB),
];

/// What logs errors alone: proxies, and API Gateway's execution logs, whose group is named after the API.
const QUIET: &[&str] = &["/aws/rds/proxy/", "API-Gateway-Execution-Logs_"];

fn group(item: &Item, view: &View<'_>, bill: &mut Bill) {
    let of_an_api = item
        .edges
        .iter()
        .any(|(via, on)| via == "log_group_name" && on.type_name() == "aws:apigateway:RestApi");
    let quiet = |name: &str| QUIET.iter().any(|beginning| name.starts_with(beginning));
    if of_an_api || item.text("log_group_name").is_some_and(quiet) {
        bill.note(item, "logs.ingestion", Decimal::ZERO, Some("errors alone are logged".to_owned()));
        return;
    }
    let Some(name) = item.text("log_group_name") else {
        bill.unknown(item, "logs.ingestion", "log_group_name");
        return;
    };
    let Some((_, volume)) = VOLUMES.iter().find(|(beginning, _)| name.starts_with(beginning)) else {
        let note = format!("nothing is assumed of the volume of `{name}`");
        bill.note(item, "logs.ingestion", Decimal::ZERO, Some(note));
        return;
    };
    let taken = view.usage.of(volume);
    bill.add(item, "logs.ingestion", taken);
    // What has come in over the time that it is kept, as much as in a year at most.
    let days = item.int("retention_in_days").unwrap_or(365).min(365);
    bill.add(item, "logs.storage", taken * Decimal::ratio(days * 12, 365));
}

/// A filter makes metrics, some of them together with filters before it.
fn filter(item: &Item, view: &View<'_>, bill: &mut Bill) {
    let before = view.items.of_type("aws:logs:MetricFilter").take_while(|one| one.urn != item.urn);
    let known: Vec<(&str, &str)> = before.flat_map(made).collect();
    let new = made(item).into_iter().filter(|metric| !known.contains(metric)).count();
    bill.add(item, "cloudwatch.metric", count(new));
}

/// The metrics that a filter makes: namespace and name.
fn made(filter: &Item) -> Vec<(&str, &str)> {
    let listed = filter.get("metric_transformations").and_then(Value::as_list).unwrap_or_default();
    let maps = listed.iter().filter_map(Value::as_map);
    maps.filter_map(|one| Some((one.get("metric_namespace")?.as_text()?, one.get("metric_name")?.as_text()?)))
        .collect()
}

fn identity(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "ses.mails", view.share(item, &MAILS));
}

fn topic(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "sns.publishes", view.share(item, &MESSAGES));
}

fn sampling(item: &Item, view: &View<'_>, bill: &mut Bill) {
    bill.add(item, "xray.traces", view.share(item, &TRACES));
}
