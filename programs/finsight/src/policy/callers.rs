//! Metrics of calls, of which some are users': beside them health checks ask.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Subject, Violation};
use finsight_engine::value::Value;

use super::plain::{at, plain, plains};
use super::seen::{ALARM, Seen, asked, checks, expected, of_users};

/// The filters that make a metric.
pub(super) fn makers<'a>(subject: &'a Subject<'a>, namespace: &str, name: &str) -> Vec<&'a Filled<'a>> {
    let makes = |filter: &&Filled<'_>| {
        let made = filter.get("metric_transformations").and_then(Value::as_list).unwrap_or_default();
        let made = made.iter().filter_map(Value::as_map);
        made.into_iter().any(|one| at(one, "metric_namespace") == namespace && at(one, "metric_name") == name)
    };
    subject.of_type("aws:logs:MetricFilter").filter(makes).collect()
}

/// Why a metric of filters is not what an alarm looks at: it is elsewhere, or has other dimensions. A filter publishes in the
/// region of its log group, once for each set of values of its dimensions.
pub(super) fn apart(subject: &Subject<'_>, seen: &Seen<'_>, here: &str) -> Option<String> {
    let wanted: BTreeSet<&str> = seen.dimensions.iter().map(|(name, _)| *name).collect();
    let mut why = None;
    for filter in makers(subject, seen.namespace, seen.name) {
        let region = filter.node.options.region.as_deref().unwrap_or(subject.region);
        let made = filter.get("metric_transformations").and_then(Value::as_list).unwrap_or_default();
        let made = made.iter().filter_map(|one| one.as_map()?.get("dimensions")?.as_map());
        let own: BTreeSet<&str> = made.flat_map(|all| all.keys().map(String::as_str)).collect();
        if region != here {
            why = Some(format!("{} publishes it in {region}, and it is looked for in {here}", filter.urn()));
        } else if own != wanted {
            let listed = |all: &BTreeSet<&str>| match all.len() {
                0 => "none".to_owned(),
                _ => all.iter().copied().collect::<Vec<_>>().join(", "),
            };
            why = Some(format!(
                "{} publishes it under the dimensions {}, and it is looked for under {}",
                filter.urn(),
                listed(&own),
                listed(&wanted)
            ));
        } else {
            return None;
        }
    }
    why
}

/// Whether a metric is the API's latency: API Gateway's own, or what a filter takes from the access log of a stage.
pub(super) fn is_latency(subject: &Subject<'_>, seen: &Seen<'_>) -> bool {
    let of_log = |filter: &&Filled<'_>| {
        let group = filter.refers_to("log_group_name");
        let values = filter.get("metric_transformations").and_then(Value::as_list).unwrap_or_default();
        let latency =
            values.iter().filter_map(Value::as_map).any(|one| at(one, "metric_value") == "$.latency");
        latency
            && subject.of_type("aws:apigateway:Stage").any(|stage| {
                let settings = stage.get("access_log_settings").map(references).unwrap_or_default();
                settings.iter().any(|urn| Some(urn) == group)
            })
    };
    seen.is("AWS/ApiGateway", &["Latency", "IntegrationLatency"])
        || makers(subject, seen.namespace, seen.name).iter().any(of_log)
}

/// Whether a filter leaves out what health checks ask: its pattern is for another path than theirs.
fn leaves_checks_out(subject: &Subject<'_>, filter: &Filled<'_>) -> bool {
    let pattern = filter.get("filter_pattern").map(plain).unwrap_or_default();
    let Some((_, other)) = pattern.split_once("$.path != \"*") else { return false };
    let left_out = other.split('"').next().unwrap_or_default();
    let mut paths = checks(subject).flat_map(|check| plains(check.get("resource_path")));
    paths.all(|path| path.split('?').next() == Some(left_out))
}

/// Percentiles that are the health check's, however long users wait. Of a function's own duration those who call it feel the
/// API's latency, which is what is looked at here: Lambda counts by function alone, and no metric leaves out who asks.
pub(super) fn drowned(subject: &Subject<'_>) -> Vec<Violation> {
    let alarms = subject.of_type(ALARM).filter_map(|alarm| {
        let message = is_drowned(subject, &Seen::alone(alarm)?)?;
        Some(Violation::new(alarm, message))
    });
    let boards = subject.of_type("aws:cloudwatch:Dashboard").flat_map(|board| {
        let graphs = Seen::on_board(board).into_iter();
        graphs.filter_map(move |(_, seen)| {
            let message = format!("its graph of {}: {}", seen.name, is_drowned(subject, &seen)?);
            Some(Violation::new(board, message))
        })
    });
    alarms.chain(boards).collect()
}

fn is_drowned(subject: &Subject<'_>, seen: &Seen<'_>) -> Option<String> {
    let percentile = seen.statistic.strip_prefix('p').and_then(|text| text.parse::<f64>().ok())?;
    if !is_latency(subject, seen) {
        return None;
    }
    let own = makers(subject, seen.namespace, seen.name);
    let apart = !own.is_empty() && own.iter().all(|filter| leaves_checks_out(subject, filter));
    if apart || of_users(subject) >= 1.0 - percentile / 100.0 {
        return None;
    }
    let (users, checks) = (expected(subject, false, seen.period), asked(subject, seen.period));
    Some(format!(
        "of the calls that it looks at in {} seconds {users:.1} are users' and {checks:.0} a health check's: its {} is the health check's, however long users wait",
        seen.period, seen.statistic
    ))
}
