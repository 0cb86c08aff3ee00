//! What an alarm looks at, and what that can be.

use finsight_engine::cost::Decimal;
use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Subject, referred};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value, at_path};

use super::document::Operation;
use super::document::authorizers;
use super::listeners::by_deployment;
use super::plain::plains;
use crate::cost::assumptions::{API_CALLS, HOURS, LAMBDA_REQUESTS, probes};

pub(super) const ALARM: &str = "aws:cloudwatch:Alarm";

pub(super) fn text<'a>(map: &'a Map, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_text).unwrap_or_default()
}

pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        #[allow(clippy::cast_precision_loss)]
        Value::Int(number) => Some(*number as f64),
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

/// A line of a graph without its options, and with what it repeats of the line above.
fn whole_line<'a>(line: &'a [Value], above: &[&'a Value]) -> Vec<&'a Value> {
    let own: Vec<&Value> = line.iter().filter(|one| one.as_map().is_none()).collect();
    let is = |one: &Value, sign: &str| one.as_text() == Some(sign);
    if let Some((_, rest)) = own.split_first().filter(|(first, _)| is(first, "...")) {
        let kept = above.len().saturating_sub(rest.len());
        return above[..kept].iter().chain(rest).copied().collect();
    }
    let repeated = |(at, one): (usize, &'a Value)| match above.get(at) {
        Some(same) if is(one, ".") => *same,
        _ => one,
    };
    own.into_iter().enumerate().map(repeated).collect()
}

/// A metric as an alarm looks at it.
pub(super) struct Seen<'a> {
    pub namespace: &'a str,
    pub name: &'a str,
    pub statistic: &'a str,
    pub period: i64,
    pub dimensions: Vec<(&'a str, &'a Value)>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(map: &'a Map, statistic: &'a str) -> Self {
        let listed = map.get("dimensions").and_then(Value::as_list).unwrap_or_default();
        let dimensions = listed.iter().filter_map(Value::as_map);
        Self {
            namespace: text(map, "namespace"),
            name: text(map, "metric_name"),
            statistic,
            period: map.get("period").and_then(Value::as_int).unwrap_or(300),
            dimensions: dimensions.filter_map(|one| Some((text(one, "name"), one.get("value")?))).collect(),
        }
    }

    /// The one metric of an alarm without metric math.
    pub(super) fn alone(alarm: &'a Filled<'_>) -> Option<Self> {
        alarm.get("metric_name")?;
        let plain = text(&alarm.inputs, "statistic");
        let statistic = if plain.is_empty() { text(&alarm.inputs, "extended_statistic") } else { plain };
        Some(Self::of(&alarm.inputs, statistic))
    }

    /// All metrics of an alarm.
    pub(super) fn all(alarm: &'a Filled<'_>) -> Vec<Self> {
        let lines = alarm.get("metrics").and_then(Value::as_list).unwrap_or_default();
        let stats = lines.iter().filter_map(|line| line.as_map()?.get("metric_stat")?.as_map());
        stats.map(|stat| Self::of(stat, text(stat, "stat"))).chain(Self::alone(alarm)).collect()
    }

    /// The metrics of a dashboard's graphs, each with its region where that is said. A line is namespace, name, pairs of a
    /// dimension and its value, options; `.` stands for what is above, `...` for all of it up to there ("Dashboard body
    /// structure and syntax").
    pub(super) fn on_board(board: &'a Filled<'_>) -> Vec<(Option<&'a str>, Self)> {
        let widgets = at_path(&board.inputs, "dashboard_body.widgets").and_then(Value::as_list);
        let graphs = widgets.unwrap_or_default().iter();
        let mut found = Vec::new();
        for graph in graphs.filter_map(|widget| widget.as_map()?.get("properties")?.as_map()) {
            let region = graph.get("region").and_then(Value::as_text);
            let metrics = graph.get("metrics").and_then(Value::as_list).unwrap_or_default();
            let mut above = Vec::new();
            for line in metrics.iter().filter_map(Value::as_list) {
                let whole = whole_line(line, &above);
                let [namespace, name, dimensions @ ..] = whole.as_slice() else { continue };
                let (Some(namespace), Some(name)) = (namespace.as_text(), name.as_text()) else { continue };
                let pairs = dimensions.chunks_exact(2);
                let seen = Self {
                    namespace,
                    name,
                    statistic: text(graph, "stat"),
                    period: graph.get("period").and_then(Value::as_int).unwrap_or(300),
                    dimensions: pairs.filter_map(|pair| Some((pair[0].as_text()?, pair[1]))).collect(),
                };
                found.push((region, seen));
                above = whole;
            }
        }
        found
    }

    pub(super) fn is(&self, namespace: &str, names: &[&str]) -> bool {
        self.namespace == namespace && names.contains(&self.name)
    }

    /// Whether it says how much, and not how often.
    pub(super) fn measures(&self) -> bool {
        self.statistic != "Sum" && self.statistic != "SampleCount"
    }

    /// The resource that a dimension names, by its output or by its name.
    pub(super) fn about_any<'s>(&self, subject: &'s Subject<'s>, dimension: &str) -> Option<&'s Filled<'s>> {
        let (name, value) = self.dimensions.iter().find(|(name, _)| *name == dimension)?;
        super::worlds::about(subject, name, value).ok().flatten()
    }

    /// The resource that a dimension names.
    pub(super) fn about<'s>(&self, subject: &'s Subject<'s>, dimension: &str) -> Option<&'s Filled<'s>> {
        let (_, value) = self.dimensions.iter().find(|(name, _)| *name == dimension)?;
        subject.get(referred(value)?)
    }
}

/// Calls that are expected in so many seconds, at the usage of the estimate.
pub(super) fn expected(subject: &Subject<'_>, function: bool, seconds: i64) -> f64 {
    let (all, among) = if function {
        let own = |item: &&Filled<'_>| item.urn().component() == "api" && item.urn().name() != "authorizer";
        (LAMBDA_REQUESTS, subject.of_type("aws:lambda:Function").filter(own).count())
    } else {
        (API_CALLS, 1)
    };
    (all.quantity.share(among.max(1)) * Decimal::ratio(seconds, 3_600)).to_f64() / HOURS.to_f64()
}

/// The health checks that ask for a name of the program.
pub(super) fn checks<'a>(subject: &'a Subject<'a>) -> impl Iterator<Item = &'a Filled<'a>> {
    let named = |kind: &str, property: &str| -> Vec<String> {
        subject.of_type(kind).flat_map(|one| plains(one.get(property))).collect()
    };
    let mut names = named("aws:cloudfront:Distribution", "aliases");
    names.extend(named("aws:apigateway:DomainName", "domain_name"));
    let ours = move |check: &&Filled<'_>| {
        !check.is("disabled", true)
            && plains(check.get("fully_qualified_domain_name")).iter().any(|name| names.contains(name))
    };
    subject.of_type("aws:route53:HealthCheck").filter(ours)
}

/// Calls of health checks within so many seconds: they ask whether anybody calls or not.
pub(super) fn asked(subject: &Subject<'_>, seconds: i64) -> f64 {
    let monthly = |check: &Filled<'_>| {
        let regions = check.get("regions").and_then(Value::as_list).map(<[Value]>::len);
        let quick = check.get("request_interval").and_then(Value::as_int).is_some_and(|every| every < 30);
        (probes(regions, quick) * Decimal::ratio(seconds, 3_600)).to_f64() / HOURS.to_f64()
    };
    checks(subject).map(monthly).sum()
}

/// Whether health checks call a function: it answers the path that they ask for.
pub(super) fn is_asked(subject: &Subject<'_>, function: &Filled<'_>) -> bool {
    let paths: Vec<String> = checks(subject).flat_map(|check| plains(check.get("resource_path"))).collect();
    let fits = |operation: &Operation<'_>| {
        let path =
            |path: &String| super::paths::may_fit(path.split('?').next().unwrap_or_default(), operation.path);
        paths.iter().any(path)
    };
    let calls = |operation: &Operation<'_>| {
        let uri = operation.integration().and_then(|one| one.get("uri"));
        uri.is_some_and(|uri| references(uri).contains(function.urn()))
    };
    let mut all = subject.of_type("aws:apigateway:RestApi").flat_map(Operation::all);
    all.any(|operation| fits(&operation) && calls(&operation))
}

/// What part of all calls users make: beside them health checks ask.
pub(super) fn of_users(subject: &Subject<'_>) -> f64 {
    let users = expected(subject, false, 3_600);
    users / (users + asked(subject, 3_600))
}

/// The highest value that a metric can have, and why.
pub(super) fn highest(subject: &Subject<'_>, seen: &Seen<'_>) -> Option<(f64, String)> {
    let of = |value: Option<f64>, why: &str| Some((value?, why.to_owned()));
    let int = |item: &Filled<'_>, name: &str| item.get(name).and_then(number);
    if !seen.measures() && seen.dimensions.iter().all(|(name, _)| *name != "ProxyName") {
        return None;
    }
    let function = seen.about(subject, "FunctionName");
    if seen.is("AWS/Lambda", &["ConcurrentExecutions"]) {
        let reserved = function.and_then(|item| int(item, "reserved_concurrent_executions"));
        of(reserved, "calls are reserved for the function")
    } else if seen.is("AWS/Lambda", &["Duration"]) {
        let most = function.and_then(|item| int(item, "timeout")).map(|seconds| seconds * 1_000.0);
        of(most, "milliseconds end the function")
    } else if super::callers::is_latency(subject, seen) {
        // "Amazon API Gateway quotas": an integration answers within 29 seconds; an authorizer comes before it.
        let seconds = authorizers(subject).into_iter().filter_map(|urn| int(subject.get(&urn)?, "timeout"));
        let before = seconds.fold(0.0, f64::max) * 1_000.0;
        of(Some(29_000.0 + before), "milliseconds end the call")
    } else if seen.is("AWS/RDS", POOLED) {
        let instance = seen.about(subject, "DBInstanceIdentifier");
        let proxy = seen.about(subject, "ProxyName");
        match (instance, proxy) {
            (Some(instance), _) => connections(subject, instance),
            (_, Some(proxy)) => of(pool(subject, proxy), "connections are the proxy's pool"),
            _ => None,
        }
    } else if seen.namespace == "AWS/CloudFront" && rate(seen) {
        of(Some(100.0 * of_users(subject)), "percent are all calls of users")
    } else if seen.is("AWS/RDS", &["CPUUtilization"]) {
        of(Some(100.0), "percent are all")
    } else if seen.is("AWS/ApiGateway", &["4XXError", "5XXError"]) {
        of(Some(of_users(subject)), "is all calls of users: the metric is a share, not percent")
    } else if seen.is("AWS/SES", &["Reputation.BounceRate", "Reputation.ComplaintRate"]) {
        of(Some(1.0), "is all: the metric is a share, not percent")
    } else {
        None
    }
}

pub(super) fn rate(seen: &Seen<'_>) -> bool {
    seen.name.ends_with("ErrorRate")
}

/// What the pool of a proxy holds at most.
pub(super) fn pool(subject: &Subject<'_>, proxy: &Filled<'_>) -> Option<f64> {
    let group = |group: &&Filled<'_>| group.refers_to("db_proxy_name") == Some(proxy.urn());
    let group = subject.of_type("aws:rds:DBProxyTargetGroup").find(group)?;
    let target = |target: &&Filled<'_>| target.refers_to("db_proxy_name") == Some(proxy.urn());
    let target = subject.of_type("aws:rds:DBProxyTarget").find(target)?;
    let instance = subject.get(target.refers_to("db_instance_identifier")?)?;
    Some(most_of(subject, instance)? * number(group.get("max_connections_percent")?)? / 100.0)
}

/// PostgreSQL's own limit.
pub(super) fn most_of(subject: &Subject<'_>, instance: &Filled<'_>) -> Option<f64> {
    let group = subject.get(instance.refers_to("db_parameter_group_name")?)?;
    at_path(&group.inputs, "parameters.max_connections")?.as_text()?.parse().ok()
}

/// Metrics that count connections.
pub(super) const POOLED: &[&str] = &["DatabaseConnections", "DatabaseConnectionsCurrentlySessionPinned"];

/// The most connections of an instance: those of a proxy's pool, where its security groups let in nobody else but what a
/// deployment calls, with one connection for a moment.
pub(super) fn connections(subject: &Subject<'_>, instance: &Filled<'_>) -> Option<(f64, String)> {
    let groups = |item: &Filled<'_>, name: &str| item.get(name).map(references).unwrap_or_default();
    let of_deployment = |urn: &Urn| {
        let has = |function: &&Filled<'_>| groups(function, "security_group_ids").contains(urn);
        let mut having = subject.of_type("aws:lambda:Function").filter(has).peekable();
        having.peek().is_some() && having.all(|function| by_deployment(subject, function))
    };
    let proxy = subject.of_type("aws:rds:DBProxyTarget").find_map(|target| {
        let own = target.refers_to("db_instance_identifier") == Some(instance.urn());
        own.then(|| subject.get(target.refers_to("db_proxy_name")?)).flatten()
    });
    if let Some(proxy) = proxy {
        let of_proxy = groups(proxy, "vpc_security_group_ids");
        let own = groups(instance, "vpc_security_group_ids");
        let mut let_in =
            own.iter().filter_map(|urn| subject.get(urn)).flat_map(|group| groups(group, "ingress"));
        if !own.is_empty() && let_in.all(|urn| of_proxy.contains(&urn) || of_deployment(&urn)) {
            return Some((
                pool(subject, proxy)?,
                "connections are the proxy's pool, and nobody else is let in".to_owned(),
            ));
        }
    }
    Some((most_of(subject, instance)?, "connections are the database's `max_connections`".to_owned()))
}
