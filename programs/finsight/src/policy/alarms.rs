//! Whether an alarm can go off, does so for a reason, and is told once.

use std::collections::BTreeMap;

use finsight_engine::cost::Decimal;
use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, referred};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value, at_path};

use super::metrics;
use crate::cost::assumptions::{API_CALLS, HOURS, LAMBDA_REQUESTS};

const HEARD: &str = "operation: what goes wrong is heard of";
const ALARM: &str = "aws:cloudwatch:Alarm";
const COMPOSITE: &str = "aws:cloudwatch:CompositeAlarm";

pub(super) fn rules() -> Vec<Rule> {
    let rule =
        |id, severity, title, way_out, check| Rule { id, severity, title, reason: HEARD, way_out, check };
    let (error, warning) = (Severity::Error, Severity::Warning);
    vec![
        rule(
            "heard-metric",
            error,
            "metrics of alarms exist",
            "take a metric, its dimensions and its region as the service's page lists them, or declare the filter that makes it",
            metric,
        ),
        rule(
            "heard-reach",
            error,
            "thresholds of alarms can be reached",
            "take a threshold below what can be; at the expected load, count over a longer period",
            reach,
        ),
        rule(
            "heard-noise",
            warning,
            "alarms go off for more than one request, and do not stand for weeks",
            "let a share count from some failures on (metric math), take 2 of 3 periods, and storage below a tenth",
            noise,
        ),
        rule(
            "heard-silence",
            error,
            "the end of a database is heard without traffic",
            "declare an alarm on a metric of the instance that treats missing data as breaching",
            silence,
        ),
        rule(
            "heard-outside",
            error,
            "the end of an API whose data is protected is heard without traffic, by its public name",
            "set monitoring.probe, or declare a health check of the name, and in us-east-1 an alarm on its HealthCheckStatus that treats missing data as breaching",
            outside,
        ),
        rule(
            "heard-credits",
            warning,
            "what a burstable database costs beyond its share is heard of",
            "declare an alarm on CPUSurplusCreditsCharged of the instance",
            credits,
        ),
        rule(
            "heard-once",
            error,
            "each alarm tells somebody, by itself or by the one above it, and those below one do not tell besides",
            "set alarm_actions of an alarm that no composite alarm holds, and take them off below one",
            once,
        ),
    ]
}

fn text<'a>(map: &'a Map, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_text).unwrap_or_default()
}

fn number(value: &Value) -> Option<f64> {
    match value {
        #[allow(clippy::cast_precision_loss)]
        Value::Int(number) => Some(*number as f64),
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

/// A metric as an alarm looks at it.
struct Seen<'a> {
    namespace: &'a str,
    name: &'a str,
    statistic: &'a str,
    period: i64,
    dimensions: Vec<(&'a str, &'a Value)>,
}

impl<'a> Seen<'a> {
    fn of(map: &'a Map, statistic: &'a str) -> Self {
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
    fn alone(alarm: &'a Filled<'_>) -> Option<Self> {
        alarm.get("metric_name")?;
        let plain = text(&alarm.inputs, "statistic");
        let statistic = if plain.is_empty() { text(&alarm.inputs, "extended_statistic") } else { plain };
        Some(Self::of(&alarm.inputs, statistic))
    }

    /// All metrics of an alarm.
    fn all(alarm: &'a Filled<'_>) -> Vec<Self> {
        let lines = alarm.get("metrics").and_then(Value::as_list).unwrap_or_default();
        let stats = lines.iter().filter_map(|line| line.as_map()?.get("metric_stat")?.as_map());
        stats.map(|stat| Self::of(stat, text(stat, "stat"))).chain(Self::alone(alarm)).collect()
    }

    fn is(&self, namespace: &str, names: &[&str]) -> bool {
        self.namespace == namespace && names.contains(&self.name)
    }

    /// Whether it says how much, and not how often.
    fn measures(&self) -> bool {
        self.statistic != "Sum" && self.statistic != "SampleCount"
    }

    /// The resource that a dimension names.
    fn about<'s>(&self, subject: &'s Subject<'s>, dimension: &str) -> Option<&'s Filled<'s>> {
        let (_, value) = self.dimensions.iter().find(|(name, _)| *name == dimension)?;
        subject.get(referred(value)?)
    }
}

fn region_of<'a>(subject: &'a Subject<'_>, item: &'a Filled<'_>) -> &'a str {
    item.node.options.region.as_deref().unwrap_or(subject.region)
}

fn metric(subject: &Subject<'_>) -> Vec<Violation> {
    let made: Vec<(&str, &str)> = subject
        .of_type("aws:logs:MetricFilter")
        .filter_map(|filter| filter.get("metric_transformations")?.as_list())
        .flatten()
        .filter_map(Value::as_map)
        .map(|one| (text(one, "metric_namespace"), text(one, "metric_name")))
        .collect();
    let mut found = Vec::new();
    for alarm in subject.of_type(ALARM) {
        for seen in Seen::all(alarm) {
            let names = seen.dimensions.iter().map(|(name, _)| *name).collect();
            let own = made.iter().any(|(namespace, _)| *namespace == seen.namespace);
            let why = if own {
                let known = made.contains(&(seen.namespace, seen.name));
                (!known).then(|| format!("no filter of the program makes {} {}", seen.namespace, seen.name))
            } else {
                metrics::missing(seen.namespace, seen.name, names, region_of(subject, alarm))
            };
            found.extend(why.map(|why| Violation::new(alarm, why)));
        }
    }
    found
}

/// Calls that are expected in so many seconds, at the usage of the estimate.
fn expected(subject: &Subject<'_>, function: bool, seconds: i64) -> f64 {
    let (all, among) = if function {
        let own = |item: &&Filled<'_>| item.urn().component() == "api" && item.urn().name() != "authorizer";
        (LAMBDA_REQUESTS, subject.of_type("aws:lambda:Function").filter(own).count())
    } else {
        (API_CALLS, 1)
    };
    (all.quantity.share(among.max(1)) * Decimal::ratio(seconds, 3_600)).to_f64() / HOURS.to_f64()
}

/// The highest value that a metric can have, and why.
fn highest(subject: &Subject<'_>, seen: &Seen<'_>) -> Option<(f64, String)> {
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
    } else if seen.is("AWS/RDS", POOLED) {
        let instance = seen.about(subject, "DBInstanceIdentifier");
        let proxy = seen.about(subject, "ProxyName");
        match (instance, proxy) {
            (Some(instance), _) => connections(subject, instance),
            (_, Some(proxy)) => of(pool(subject, proxy), "connections are the proxy's pool"),
            _ => None,
        }
    } else if seen.is("AWS/RDS", &["CPUUtilization"]) || seen.namespace == "AWS/CloudFront" && rate(seen) {
        of(Some(100.0), "percent are all")
    } else if seen.is("AWS/ApiGateway", &["4XXError", "5XXError"])
        || seen.is("AWS/SES", &["Reputation.BounceRate", "Reputation.ComplaintRate"])
    {
        of(Some(1.0), "is all: the metric is a share, not percent")
    } else {
        None
    }
}

/// Metrics that count connections.
const POOLED: &[&str] = &["DatabaseConnections", "DatabaseConnectionsCurrentlySessionPinned"];

fn rate(seen: &Seen<'_>) -> bool {
    seen.name.ends_with("ErrorRate")
}

/// What the pool of a proxy holds at most.
fn pool(subject: &Subject<'_>, proxy: &Filled<'_>) -> Option<f64> {
    let group = |group: &&Filled<'_>| group.refers_to("db_proxy_name") == Some(proxy.urn());
    let group = subject.of_type("aws:rds:DBProxyTargetGroup").find(group)?;
    let target = |target: &&Filled<'_>| target.refers_to("db_proxy_name") == Some(proxy.urn());
    let target = subject.of_type("aws:rds:DBProxyTarget").find(target)?;
    let instance = subject.get(target.refers_to("db_instance_identifier")?)?;
    Some(most_of(subject, instance)? * number(group.get("max_connections_percent")?)? / 100.0)
}

/// PostgreSQL's own limit.
fn most_of(subject: &Subject<'_>, instance: &Filled<'_>) -> Option<f64> {
    let group = subject.get(instance.refers_to("db_parameter_group_name")?)?;
    at_path(&group.inputs, "parameters.max_connections")?.as_text()?.parse().ok()
}

/// The most connections of an instance: those of a proxy's pool, where its security groups let in nobody else.
fn connections(subject: &Subject<'_>, instance: &Filled<'_>) -> Option<(f64, String)> {
    let groups = |item: &Filled<'_>, name: &str| item.get(name).map(references).unwrap_or_default();
    let proxy = subject.of_type("aws:rds:DBProxyTarget").find_map(|target| {
        let own = target.refers_to("db_instance_identifier") == Some(instance.urn());
        own.then(|| subject.get(target.refers_to("db_proxy_name")?)).flatten()
    });
    if let Some(proxy) = proxy {
        let of_proxy = groups(proxy, "vpc_security_group_ids");
        let own = groups(instance, "vpc_security_group_ids");
        let mut let_in =
            own.iter().filter_map(|urn| subject.get(urn)).flat_map(|group| groups(group, "ingress"));
        if !own.is_empty() && let_in.all(|urn| of_proxy.contains(&urn)) {
            return Some((
                pool(subject, proxy)?,
                "connections are the proxy's pool, and nobody else is let in".to_owned(),
            ));
        }
    }
    Some((most_of(subject, instance)?, "connections are the database's `max_connections`".to_owned()))
}

fn reach(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for alarm in subject.of_type(ALARM) {
        let Some(seen) = Seen::alone(alarm) else { continue };
        let Some(threshold) = alarm.get("threshold").and_then(number) else { continue };
        let below = text(&alarm.inputs, "comparison_operator").starts_with("LessThan");
        if below {
            if threshold <= 0.0 && !alarm.is("treat_missing_data", "breaching") {
                found.push(Violation::new(alarm, format!("nothing is below {threshold}")));
            }
            continue;
        }
        let of_proxy = seen.about(subject, "ProxyName").is_some() && seen.is("AWS/RDS", POOLED);
        if of_proxy && (seen.statistic != "Sum" || seen.period != 60) {
            let message = "each host of a proxy has a value of its own each minute: all of them are the Sum of 60 seconds";
            found.push(Violation::new(alarm, message));
        } else if let Some((most, why)) = highest(subject, &seen)
            && threshold > most
        {
            let message = format!("its threshold is {threshold}, and {most} {why}");
            found.push(Violation::new(alarm, message));
        }
        if seen.is("AWS/Lambda", &["Errors"]) && seen.statistic == "Sum" && of_api(subject, &seen) {
            let calls = expected(subject, true, seen.period);
            if threshold > calls.max(1.0) {
                let message = format!(
                    "its threshold is {threshold} errors in {} seconds, in which {calls:.1} calls are expected: if all fail, nobody hears of it",
                    seen.period
                );
                found.push(Violation::new(alarm, message).weighing(Severity::Warning));
            }
        }
    }
    found
}

fn of_api(subject: &Subject<'_>, seen: &Seen<'_>) -> bool {
    seen.about(subject, "FunctionName").is_some_and(|function| function.urn().component() == "api")
}

/// At this share of free storage RDS makes it larger ("Managing capacity automatically with Amazon RDS storage autoscaling").
const GROWS_AT: f64 = 0.1;

fn noise(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for alarm in subject.of_type(ALARM) {
        let Some(seen) = Seen::alone(alarm) else { continue };
        let Some(threshold) = alarm.get("threshold").and_then(number) else { continue };
        let int = |name: &str| alarm.get(name).and_then(Value::as_int);
        let once = int("datapoints_to_alarm").or(int("evaluation_periods")).unwrap_or(1) == 1;
        let share = if seen.is("AWS/ApiGateway", &["4XXError", "5XXError"]) && seen.measures() {
            Some(threshold)
        } else if seen.namespace == "AWS/CloudFront" && rate(&seen) {
            Some(threshold / 100.0)
        } else if seen.statistic.starts_with('p') && seen.is("AWS/Lambda", &["Duration"])
            || seen.statistic.starts_with('p')
                && seen.is("AWS/ApiGateway", &["Latency", "IntegrationLatency"])
        {
            seen.statistic[1..].parse::<f64>().ok().map(|percentile| 1.0 - percentile / 100.0)
        } else {
            None
        };
        let calls = expected(subject, seen.namespace == "AWS/Lambda", seen.period);
        if once && share.is_some_and(|share| calls * share < 1.0) {
            let message = format!(
                "one request of the {calls:.1} that are expected in {} seconds sets it off by itself",
                seen.period
            );
            found.push(Violation::new(alarm, message));
        }
        if seen.is("AWS/RDS", &["FreeStorageSpace"])
            && let Some(instance) = seen.about(subject, "DBInstanceIdentifier")
            && let (Some(now), Some(most)) = (
                instance.get("allocated_storage").and_then(number),
                instance.get("max_allocated_storage").and_then(number),
            )
            && most > now
            && threshold >= now * GROWS_AT * 1_073_741_824.0
        {
            let message = "RDS makes the storage larger at a tenth that is free: above it the alarm stands until then, for weeks";
            found.push(Violation::new(alarm, message));
        }
    }
    found
}

fn credits(subject: &Subject<'_>) -> Vec<Violation> {
    let shared = |one: &&Filled<'_>| {
        one.get("db_instance_class").and_then(Value::as_text).is_some_and(|class| class.starts_with("db.t"))
    };
    let heard = |instance: &Filled<'_>| {
        subject.of_type(ALARM).any(|alarm| {
            let seen = Seen::all(alarm);
            seen.iter().any(|seen| {
                let about = seen.about(subject, "DBInstanceIdentifier").map(|item| item.urn());
                seen.name.contains("Credit") && about == Some(instance.urn())
            })
        })
    };
    let message =
        "its class has no limit, only a share: what it uses beyond that is billed, and nobody hears of it";
    let all = subject.of_type("aws:rds:DBInstance").filter(shared).filter(|one| !heard(one));
    all.map(|one| Violation::new(one, message)).collect()
}

fn silence(subject: &Subject<'_>) -> Vec<Violation> {
    let rests = |instance: &Filled<'_>| {
        subject.of_type("aws:scheduler:Schedule").any(|schedule| {
            let target = schedule.get("target");
            let call = target.and_then(Value::as_map).and_then(|target| target.get("arn"));
            let stops = call.and_then(Value::as_text).is_some_and(|arn| arn.ends_with(":rds:stopDBInstance"));
            stops && target.is_some_and(|target| references(target).contains(instance.urn()))
        })
    };
    let heard = |instance: &Filled<'_>| {
        subject.of_type(ALARM).filter(|alarm| alarm.is("treat_missing_data", "breaching")).any(|alarm| {
            let about =
                Seen::alone(alarm).and_then(|seen| Some(seen.about(subject, "DBInstanceIdentifier")?.urn()));
            about == Some(instance.urn())
        })
    };
    let message = "all its alarms take its silence as good: one that is gone is found by the next user";
    let all = subject.of_type("aws:rds:DBInstance");
    all.filter(|one| !rests(one) && !heard(one)).map(|one| Violation::new(one, message)).collect()
}

/// Database, DNS, certificate and CloudFront that are gone make no errors where nobody calls.
fn outside(subject: &Subject<'_>) -> Vec<Violation> {
    if !subject.of_type("aws:rds:DBInstance").any(|one| one.is("deletion_protection", true)) {
        return Vec::new();
    }
    let asks = |check: &Filled<'_>| !check.is("disabled", true) && !check.is("inverted", true);
    let heard = |check: &Filled<'_>| {
        subject.of_type(ALARM).filter(|alarm| alarm.is("treat_missing_data", "breaching")).any(|alarm| {
            let Some(seen) = Seen::alone(alarm).filter(|seen| seen.is("AWS/Route53", &["HealthCheckStatus"]))
            else {
                return false;
            };
            seen.about(subject, "HealthCheckId").map(Filled::urn) == Some(check.urn())
        })
    };
    let asked: Vec<&str> = subject
        .of_type("aws:route53:HealthCheck")
        .filter(|check| asks(check) && heard(check))
        .filter_map(|check| check.get("fully_qualified_domain_name")?.as_text())
        .collect();
    let mut found = Vec::new();
    for distribution in subject.of_type("aws:cloudfront:Distribution") {
        let names = distribution.get("aliases").and_then(Value::as_list).unwrap_or_default();
        for name in names.iter().filter_map(Value::as_text).filter(|name| !asked.contains(name)) {
            let message =
                format!("nobody asks for {name} from outside: that it is gone is found by the next user");
            found.push(Violation::new(distribution, message));
        }
    }
    found
}

fn once(subject: &Subject<'_>) -> Vec<Violation> {
    let tells = |alarm: &Filled<'_>| {
        alarm.is("actions_enabled", true)
            && alarm.get("alarm_actions").and_then(Value::as_list).is_some_and(|actions| !actions.is_empty())
    };
    let mut above: BTreeMap<Urn, Vec<&Filled<'_>>> = BTreeMap::new();
    for composite in subject.of_type(COMPOSITE) {
        for urn in composite.get("alarm_rule").map(references).unwrap_or_default() {
            above.entry(urn).or_default().push(composite);
        }
    }
    let mut found = Vec::new();
    for alarm in subject.of_type(ALARM).chain(subject.of_type(COMPOSITE)) {
        let over = above.get(alarm.urn()).map(Vec::as_slice).unwrap_or_default();
        let told = over.iter().any(|composite| tells(composite));
        if told && tells(alarm) {
            found.push(Violation::new(alarm, "it tells, and the alarm above it tells the same again"));
        } else if !told && !tells(alarm) {
            found.push(Violation::new(alarm, "it goes off, and nobody is told"));
        }
        let far = |composite: &&&Filled<'_>| region_of(subject, composite) != region_of(subject, alarm);
        if let Some(composite) = over.iter().find(far) {
            let message = format!("AWS lets {} hold alarms of its own region alone", composite.urn());
            found.push(Violation::new(alarm, message));
        }
    }
    found
}
