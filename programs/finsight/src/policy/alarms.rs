//! Whether an alarm can go off, does so for a reason, and is told once.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use finsight_specs::rds::postgres::is_unlimited;

use super::composite::goes_off;
use super::metrics;
use super::seen::{ALARM, POOLED, Seen, expected, highest, number, rate, text};
use super::worlds::{about, deaf, rests};
use super::{HEARD, pack};

const COMPOSITE: &str = "aws:cloudwatch:CompositeAlarm";

pub(super) fn rules() -> Vec<Rule> {
    let (error, warning) = (pack(Severity::Error, HEARD), pack(Severity::Warning, HEARD));
    vec![
        error(
            "heard-metric",
            "metrics of alarms and dashboards exist",
            "take a metric, its dimensions and its region as the service's page lists them, or declare the filter that makes it",
            metric,
        ),
        error(
            "heard-reach",
            "thresholds of alarms can be reached",
            "take a threshold below what can be; at the expected load, count over a longer period",
            reach,
        ),
        warning(
            "heard-noise",
            "alarms go off for more than one request, and do not stand for weeks",
            "let a share count from some failures on (metric math), take 2 of 3 periods, and storage below a tenth",
            noise,
        ),
        error(
            "heard-silence",
            "the end of a database is heard without traffic",
            "declare an alarm on a metric of the instance that treats missing data as breaching",
            silence,
        ),
        error(
            "heard-outside",
            "the end of an API whose data is protected is heard without traffic, by its public name",
            "set monitoring.probe, or declare a health check of the name, and in us-east-1 an alarm on its HealthCheckStatus that treats missing data as breaching",
            outside,
        ),
        warning(
            "heard-credits",
            "what a burstable database costs beyond its share is heard of",
            "declare an alarm on CPUSurplusCreditsCharged of the instance",
            credits,
        ),
        error(
            "heard-once",
            "each alarm tells somebody, by itself or by the one above it, and those below one do not tell besides",
            "set alarm_actions of an alarm that no composite alarm holds, and take them off below one",
            once,
        ),
    ]
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
    let why = |seen: &Seen<'_>, here: &str| {
        let names = seen.dimensions.iter().map(|(name, _)| *name).collect();
        if made.contains(&(seen.namespace, seen.name)) {
            super::callers::apart(subject, seen, here)
        } else if seen.namespace.starts_with("AWS/") {
            metrics::missing(seen.namespace, seen.name, names, here)
                .or_else(|| elsewhere(subject, seen, here))
        } else {
            Some(format!("no filter of the program makes {} {}", seen.namespace, seen.name))
        }
    };
    let mut found = Vec::new();
    for alarm in subject.of_type(ALARM) {
        let here = region_of(subject, alarm);
        found.extend(
            Seen::all(alarm).iter().filter_map(|seen| why(seen, here)).map(|why| Violation::new(alarm, why)),
        );
    }
    // Whoever looks at a graph while something is wrong takes an empty one for good news.
    for board in subject.of_type("aws:cloudwatch:Dashboard") {
        for (region, seen) in Seen::on_board(board) {
            let why = why(&seen, region.unwrap_or(subject.region));
            let why = why.or_else(|| is_of_hosts(subject, &seen).then(|| EACH_HOST.to_owned()));
            found.extend(why.map(|why| Violation::new(board, format!("its graph of {}: {why}", seen.name))));
        }
    }
    found
}

/// "Monitoring RDS Proxy metrics with Amazon CloudWatch".
const EACH_HOST: &str =
    "each host of a proxy has a value of its own each minute: all of them are the Sum of 60 seconds";

/// "Creating reputation monitoring alarms using CloudWatch" (SES).
const RATES: &[&str] = &["Reputation.BounceRate", "Reputation.ComplaintRate"];

/// Whether one host of a proxy is taken for all of it.
fn is_of_hosts(subject: &Subject<'_>, seen: &Seen<'_>) -> bool {
    seen.about(subject, "ProxyName").is_some()
        && (seen.is("AWS/RDS", POOLED) || seen.is("AWS/RDS", &["ClientConnections"]))
        && (seen.statistic != "Sum" || seen.period != 60)
}

/// Why a metric is not about what it seems to be about: its dimensions name nothing, or something in another region.
fn elsewhere(subject: &Subject<'_>, seen: &Seen<'_>, here: &str) -> Option<String> {
    let acl = seen.about_any(subject, "WebACL");
    seen.dimensions.iter().find_map(|(name, value)| match about(subject, name, value) {
        Err(why) => Some(why),
        // "AWS WAF metrics and dimensions": ALL, or the metric's name of a rule.
        Ok(None) if *name == "Rule" => {
            let rule = value.as_text().filter(|rule| *rule != "ALL")?;
            let known = acl?.get("rules").is_some_and(|rules| rules.any(&|one| one.as_text() == Some(rule)));
            (!known).then(|| format!("no rule of its web ACL is counted as {rule}"))
        }
        Ok(None) if *name == "Region" => {
            let wanted = if seen.namespace == "AWS/CloudFront" { "Global" } else { here };
            let region = value.as_text().filter(|region| *region != wanted)?;
            Some(format!("its region is {region}, and the metric has {wanted}"))
        }
        Ok(Some(item)) => {
            let (is, global) = (region_of(subject, item), seen.namespace == "AWS/CloudFront");
            (is != here && !global)
                .then(|| format!("it looks in {here}, and {} has its metrics in {is}", item.urn()))
        }
        Ok(None) => None,
    })
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
        let each =
            alarm.get("datapoints_to_alarm").or(alarm.get("evaluation_periods")).and_then(Value::as_int);
        if is_of_hosts(subject, &seen) {
            found.push(Violation::new(alarm, EACH_HOST));
        } else if seen.is("AWS/SES", RATES) && (each != Some(1) || !alarm.is("treat_missing_data", "ignore"))
        {
            let message = "SES says its rates when mail goes out, and not each period: what is too much is one value, and holds until the next (1 of 1, missing data ignored)";
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
    found.extend(super::callers::drowned(subject));
    // What is said already is not said twice.
    let known: BTreeSet<Urn> = found.iter().map(|one: &Violation| one.urn.clone()).collect();
    found.extend(deaf(subject).into_iter().filter(|one| !known.contains(&one.urn)));
    found
}

fn of_api(subject: &Subject<'_>, seen: &Seen<'_>) -> bool {
    seen.about(subject, "FunctionName").is_some_and(|function| function.urn().component() == "api")
}

/// So many mails on the first day are read.
const ENDS: usize = 10;

/// A new alarm begins without data, and is well then: each that tells of its end does so on its first day.
fn ends(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for topic in subject.of_type("aws:sns:Topic") {
        let mails = |one: &Filled<'_>| {
            one.refers_to("topic_arn") == Some(topic.urn())
                && one.is("protocol", "email")
                && one.get("filter_policy").is_none()
        };
        let tells = |alarm: &&Filled<'_>| {
            alarm.get("ok_actions").is_some_and(|actions| references(actions).contains(topic.urn()))
        };
        let all = subject.of_type(ALARM).filter(tells).count();
        if all > ENDS && subject.of_type("aws:sns:Subscription").any(mails) {
            let message = format!(
                "{all} alarms tell it that all is well, each on its first day: who gets so many mails reads none"
            );
            found.push(Violation::new(topic, message));
        }
    }
    found
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
            || seen.statistic.starts_with('p') && super::callers::is_latency(subject, &seen)
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
    found.extend(ends(subject));
    found
}

fn credits(subject: &Subject<'_>) -> Vec<Violation> {
    let shared =
        |one: &&Filled<'_>| one.get("db_instance_class").and_then(Value::as_text).is_some_and(is_unlimited);
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
    let heard = |instance: &Filled<'_>| {
        subject.of_type(ALARM).filter(|alarm| alarm.is("treat_missing_data", "breaching")).any(|alarm| {
            let about =
                Seen::alone(alarm).and_then(|seen| Some(seen.about(subject, "DBInstanceIdentifier")?.urn()));
            about == Some(instance.urn())
        })
    };
    let message = "all its alarms take its silence as good: one that is gone is found by the next user";
    let all = subject.of_type("aws:rds:DBInstance");
    all.filter(|one| !rests(subject, one) && !heard(one)).map(|one| Violation::new(one, message)).collect()
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
        let sets_off = |composite: &&&Filled<'_>| goes_off(subject, composite, alarm.urn()) == Some(true);
        let told = over.iter().filter(sets_off).any(|composite| tells(composite));
        if told && tells(alarm) {
            found.push(Violation::new(alarm, "it tells, and the alarm above it tells the same again"));
        } else if !told && !tells(alarm) {
            let mut message = "it goes off, and nobody is told".to_owned();
            if let Some(composite) = over.iter().find(|composite| !sets_off(composite)) {
                message.push_str(&format!(": alone it does not set off {}", composite.urn()));
            }
            found.push(Violation::new(alarm, message));
        }
        let far = |composite: &&&Filled<'_>| region_of(subject, composite) != region_of(subject, alarm);
        if let Some(composite) = over.iter().find(far) {
            let message = format!("AWS lets {} hold alarms of its own region alone", composite.urn());
            found.push(Violation::new(alarm, message));
        }
    }
    found
}
