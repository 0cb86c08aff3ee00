//! M5: the whole stack on one page.

use finsight_engine::program::{Handle, Scope};
use finsight_engine::value::{Map, Value};
use finsight_specs::cloudwatch::Dashboard;
use finsight_specs::lambda::Function;

use super::View;
use super::alarms::unavailable;
use super::callers::{NAMESPACE, latency_name};
use crate::common::{name, named};
use crate::config::Config;

/// Columns and rows of one widget; a page has 24 columns.
const WIDTH: i64 = 8;
const HEIGHT: i64 = 6;

/// One graph: its title, region, statistic, metrics, and the seconds of a value where it has its own.
struct Graph {
    title: &'static str,
    region: Value,
    statistic: &'static str,
    metrics: Vec<Vec<Value>>,
    period: Option<i64>,
}

/// The dashboard.
pub(super) fn dashboard(s: &Scope, config: &Config, view: &View<'_>) -> Handle<Dashboard> {
    let here = s.region().value();
    let edge = Value::from("us-east-1");
    let text = |text: &str| Value::from(text);
    let api = |metric: &str| {
        vec![
            text("AWS/ApiGateway"),
            text(metric),
            text("ApiName"),
            Value::from(named(s, "api")),
            text("Stage"),
            text("v1"),
        ]
    };
    let of = |metric: &str, function: &Handle<Function>| {
        vec![text("AWS/Lambda"), text(metric), text("FunctionName"), function.id().value()]
    };
    let each_function = |metric: &str| -> Vec<Vec<Value>> {
        let all = view.api.functions.values().chain([&view.api.authorizer]);
        all.map(|function| of(metric, function)).collect()
    };
    // Every token that the authorizer refuses is an error to Lambda.
    let errors = || -> Vec<Vec<Value>> {
        let undecided = vec![text(NAMESPACE), Value::from(unavailable(s))];
        view.api.functions.values().map(|function| of("Errors", function)).chain([undecided]).collect()
    };
    let database = |metric: &str| {
        vec![text("AWS/RDS"), text(metric), text("DBInstanceIdentifier"), view.database.instance.id().value()]
    };
    let cdn = |metric: &str| {
        vec![
            text("AWS/CloudFront"),
            text(metric),
            text("DistributionId"),
            view.api.distribution.id().value(),
            text("Region"),
            text("Global"),
        ]
    };
    let graph = |title, region: &Value, statistic, metrics| Graph {
        title,
        region: region.clone(),
        statistic,
        metrics,
        period: None,
    };
    let durations = match config.monitoring.probe {
        Some(_) => "Functions: duration p95 (auth: the health check's calls)",
        None => "Functions: duration p95",
    };
    let mut graphs = vec![
        graph("API: requests", &here, "Sum", vec![api("Count")]),
        graph("API: errors", &here, "Average", vec![api("5XXError"), api("4XXError")]),
        // API Gateway's own has the health check's calls among it, fifty for each of the callers'.
        graph(
            "API: latency p95 of callers",
            &here,
            "p95",
            vec![vec![text(NAMESPACE), Value::from(latency_name(s))]],
        ),
        graph("Functions: errors", &here, "Sum", errors()),
        graph(durations, &here, "p95", each_function("Duration")),
        graph("Functions: concurrency", &here, "Maximum", each_function("ConcurrentExecutions")),
        graph("Database: processor", &here, "Average", vec![database("CPUUtilization")]),
        graph("Database: connections", &here, "Average", vec![database("DatabaseConnections")]),
        graph(
            "Database: storage and memory",
            &here,
            "Average",
            vec![database("FreeStorageSpace"), database("FreeableMemory")],
        ),
        graph("CloudFront: requests", &edge, "Sum", vec![cdn("Requests")]),
        graph("CloudFront: errors", &edge, "Average", vec![cdn("5xxErrorRate"), cdn("4xxErrorRate")]),
        graph(
            "Mail: bounces and complaints",
            &here,
            "Average",
            vec![
                vec![text("AWS/SES"), text("Reputation.BounceRate")],
                vec![text("AWS/SES"), text("Reputation.ComplaintRate")],
            ],
        ),
    ];
    if let Some((proxy, _)) = &view.database.proxy {
        let metric =
            |metric: &str| vec![text("AWS/RDS"), text(metric), text("ProxyName"), proxy.id().value()];
        let connections = vec![metric("ClientConnections"), metric("DatabaseConnections")];
        // Each host of a proxy has a value of its own each minute: all of them are the sum of one.
        graphs.push(Graph { period: Some(60), ..graph("Proxy: connections", &here, "Sum", connections) });
    }
    let period = config.monitoring.alarms.period_seconds;
    let widgets = graphs.into_iter().zip(0i64..).map(|(graph, at)| widget(graph, at, period)).collect();
    let body = map([("widgets", Value::List(widgets))]);
    s.add(
        "main",
        Dashboard::new(body)
            .dashboard_name(format!("finsight-{}", s.stack_name()))
            .tags(name(s, "dashboard")),
    )
}

fn widget(graph: Graph, at: i64, period: i64) -> Value {
    let metrics = graph.metrics.into_iter().map(Value::List).collect();
    map([
        ("type", Value::from("metric")),
        ("x", Value::Int(at % 3 * WIDTH)),
        ("y", Value::Int(at / 3 * HEIGHT)),
        ("width", Value::Int(WIDTH)),
        ("height", Value::Int(HEIGHT)),
        (
            "properties",
            map([
                ("title", Value::from(graph.title)),
                ("view", Value::from("timeSeries")),
                ("region", graph.region),
                ("stat", Value::from(graph.statistic)),
                ("period", Value::Int(graph.period.unwrap_or(period))),
                ("metrics", Value::List(metrics)),
            ]),
        ),
    ])
}

fn map<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map>())
}
