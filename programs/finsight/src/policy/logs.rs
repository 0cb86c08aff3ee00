//! Whether what is looked for in logs is there: fields, groups and levels.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, referred};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value, at_path};

use super::plain::{at, name_of, plain, plains};
use super::{WORKS, pack};

pub(super) fn rules() -> Vec<Rule> {
    let (error, warning) = (pack(Severity::Error, WORKS), pack(Severity::Warning, WORKS));
    vec![
        error(
            "works-queries",
            "queries and filters of logs ask for what is logged",
            "take fields that the format of the group has, or add them to the format",
            queries,
        ),
        warning(
            "works-groups",
            "log groups that AWS would make by itself are declared",
            "declare the log group by the name that AWS gives it, with a retention",
            groups,
        ),
        warning(
            "works-level",
            "what a function says that it logs, Lambda lets through",
            "set application_log_level to what the function's own LOG_LEVEL says",
            level,
        ),
    ]
}

/// What stands in a group of logs, as far as the program or AWS says it.
enum Format {
    /// These fields of JSON, with whatever is below them.
    Fields(BTreeSet<String>),
    /// Lines of text: nothing but what Logs Insights finds itself.
    Lines,
}

/// Members of each record that CloudTrail writes ("CloudTrail record contents").
const TRAIL: &[&str] = &[
    "additionalEventData",
    "addendum",
    "apiVersion",
    "awsRegion",
    "edgeDeviceDetails",
    "errorCode",
    "errorMessage",
    "eventCategory",
    "eventID",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "managementEvent",
    "readOnly",
    "recipientAccountId",
    "requestID",
    "requestParameters",
    "resources",
    "responseElements",
    "serviceEventDetails",
    "sessionCredentialFromConsole",
    "sharedEventID",
    "sourceIPAddress",
    "tlsDetails",
    "userAgent",
    "userIdentity",
    "vpcEndpointId",
];
/// Members of Lambda's own lines in JSON ("Working with Lambda function logs": `time`, `type`, `record`), and of the functions'
/// (`level`, `message`, `requestId`), the authorizer's `outcome` among them.
const LAMBDA: &[&str] = &[
    "time",
    "type",
    "record",
    "timestamp",
    "level",
    "message",
    "requestId",
    "functionName",
    "outcome",
    "reason",
    "errorType",
    "errorMessage",
    "stackTrace",
];
/// Records of flow logs, WAF and Route 53 are not listed here.
fn format_of(subject: &Subject<'_>, group: &Filled<'_>) -> Option<Format> {
    let names =
        |item: &Filled<'_>, path: &str| at_path(&item.inputs, path).and_then(referred) == Some(group.urn());
    let fields = |all: &[&str]| Some(Format::Fields(all.iter().map(|one| (*one).to_owned()).collect()));
    let mut stages = subject.of_type("aws:apigateway:Stage");
    if let Some(stage) = stages.find(|one| names(one, "access_log_settings.destination_arn")) {
        let format = at_path(&stage.inputs, "access_log_settings.format").map(plain)?;
        let json: serde_json::Value = serde_json::from_str(&format).ok()?;
        return Some(Format::Fields(json.as_object()?.keys().cloned().collect()));
    }
    if subject.of_type("aws:cloudtrail:Trail").any(|one| names(one, "cloud_watch_logs_log_group_arn")) {
        return fields(TRAIL);
    }
    let mut functions =
        subject.of_type("aws:lambda:Function").filter(|one| names(one, "log_group")).peekable();
    if functions.peek().is_some() {
        return if functions.all(|one| one.is("log_format", "JSON")) {
            fields(LAMBDA)
        } else {
            Some(Format::Lines)
        };
    }
    let name = name_of(group).unwrap_or_default();
    name.starts_with("/aws/rds/").then_some(Format::Lines)
}

/// The words of Logs Insights' language ("CloudWatch Logs Insights language query syntax").
const WORDS: &[&str] = &[
    "and",
    "as",
    "asc",
    "avg",
    "bin",
    "by",
    "coalesce",
    "count",
    "count_distinct",
    "desc",
    "dedup",
    "display",
    "earliest",
    "fields",
    "filter",
    "floor",
    "in",
    "isblank",
    "isempty",
    "ispresent",
    "latest",
    "like",
    "limit",
    "max",
    "min",
    "not",
    "or",
    "parse",
    "pct",
    "sort",
    "stats",
    "strlen",
    "sum",
    "tolower",
    "toupper",
];

/// The fields that a query asks for: its words but those of the language, those it makes itself, texts and patterns.
fn asked(query: &str) -> BTreeSet<String> {
    let (mut found, mut made) = (BTreeSet::new(), BTreeSet::new());
    let mut rest = query;
    let mut last = String::new();
    while let Some(c) = rest.chars().next() {
        if c == '"' || c == '\'' || c == '/' && last == "like" {
            let end = rest[1..].find(c).map_or(rest.len(), |end| end + 2);
            rest = &rest[end..];
            last.clear();
        } else if c.is_ascii_alphabetic() || c == '@' || c == '_' {
            let end =
                rest.find(|c: char| !c.is_ascii_alphanumeric() && !"@_.".contains(c)).unwrap_or(rest.len());
            let word = &rest[..end];
            rest = &rest[end..];
            if last == "as" {
                made.insert(word.to_owned());
            } else if !WORDS.contains(&word.to_ascii_lowercase().as_str()) && !word.starts_with('@') {
                found.insert(word.to_owned());
            }
            last = word.to_ascii_lowercase();
        } else if c.is_ascii_digit() {
            // A number, or a time such as `1h`.
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            rest = &rest[end..];
        } else {
            rest = &rest[c.len_utf8()..];
        }
    }
    &found - &made
}

/// The fields that a filter's pattern in JSON asks for, such as `userIdentity` of `$.userIdentity.type`.
fn selected(pattern: &str) -> BTreeSet<String> {
    let parts = pattern.split("$.").skip(1);
    parts.map(|part| part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()).collect()
}

fn queries(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = unlogged(subject);
    found.extend(unread(subject));
    let mut judge = |item: &Filled<'_>, groups: &Value, wanted: &BTreeSet<String>, then: &str| {
        for group in references(groups).iter().filter_map(|urn| subject.get(urn)) {
            let missing: Vec<&str> = match format_of(subject, group) {
                None => Vec::new(),
                Some(Format::Lines) => wanted.iter().map(String::as_str).collect(),
                Some(Format::Fields(fields)) => {
                    let first = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
                    wanted.iter().filter(|name| !fields.contains(&first(name))).map(String::as_str).collect()
                }
            };
            if !missing.is_empty() {
                let message = format!("nothing in {} has {}: {then}", group.urn(), missing.join(", "));
                found.push(Violation::new(item, message));
            }
        }
    };
    for item in subject.of_type("aws:logs:QueryDefinition") {
        let wanted = asked(&item.get("query_string").map(plain).unwrap_or_default());
        if let Some(groups) = item.get("log_group_names") {
            judge(item, groups, &wanted, "whoever looks for the cause of a failure gets an empty answer");
        }
    }
    for item in subject.of_type("aws:logs:MetricFilter") {
        let mut wanted = selected(&item.get("filter_pattern").map(plain).unwrap_or_default());
        let made = item.get("metric_transformations").and_then(Value::as_list).unwrap_or_default();
        wanted
            .extend(made.iter().filter_map(Value::as_map).flat_map(|one| selected(&at(one, "metric_value"))));
        if let Some(group) = item.get("log_group_name") {
            judge(item, group, &wanted, "what it counts never comes, and its alarm never goes off");
        }
    }
    found
}

/// Lambda's own events that it writes at `DEBUG`, and so not by default ("System log level event mapping").
const AT_DEBUG: &[&str] =
    &["platform.initReport", "platform.initRuntimeDone", "platform.runtimeDone", "platform.extension"];
/// Lambda's own events that it writes at `INFO` and below, each call's report among them.
const AT_INFO: &[&str] = &["platform.report", "platform.start"];
/// Lines that PostgreSQL writes if a parameter says so alone ("Error Reporting and Logging").
const BY_PARAMETER: &[(&str, &str)] =
    &[("duration:", "log_min_duration_statement"), ("connection authorized", "log_connections")];

/// Access logs that no query reads, though there are queries of others.
fn unread(subject: &Subject<'_>) -> Vec<Violation> {
    let of = |kind: &str, name: &'static str| -> BTreeSet<Urn> {
        subject.of_type(kind).filter_map(|one| one.get(name)).flat_map(references).collect()
    };
    let read =
        &of("aws:logs:QueryDefinition", "log_group_names") | &of("aws:logs:MetricFilter", "log_group_name");
    let mut found = Vec::new();
    for stage in subject.of_type("aws:apigateway:Stage").filter(|_| !read.is_empty()) {
        let group = at_path(&stage.inputs, "access_log_settings.destination_arn").and_then(referred);
        if let Some(group) = group.filter(|urn| !read.contains(*urn)) {
            let message = format!("its access log goes to {group}, and each saved query looks elsewhere");
            found.push(Violation::new(stage, message));
        }
    }
    found
}

/// Queries for lines that nobody writes, by a setting.
fn unlogged(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in subject.of_type("aws:logs:QueryDefinition") {
        let query = item.get("query_string").map(plain).unwrap_or_default();
        for group in item
            .get("log_group_names")
            .map(references)
            .unwrap_or_default()
            .iter()
            .filter_map(|urn| subject.get(urn))
        {
            let functions = subject
                .of_type("aws:lambda:Function")
                .filter(|one| one.refers_to("log_group") == Some(group.urn()));
            let quiet = functions
                .filter(|one| one.get("system_log_level").map(plain).is_none_or(|level| level != "DEBUG"))
                .count()
                > 0;
            let deaf = subject.of_type("aws:lambda:Function").find(|one| {
                one.refers_to("log_group") == Some(group.urn()) && one.is("system_log_level", "WARN")
            });
            for event in AT_INFO.iter().filter(|event| query.contains(**event)) {
                found.extend(deaf.map(|function| {
                    let message = format!(
                        "Lambda writes {event} at INFO, and {} has WARN: it is not found",
                        function.urn()
                    );
                    Violation::new(item, message)
                }));
            }
            for event in AT_DEBUG.iter().filter(|event| quiet && query.contains(**event)) {
                let message = format!(
                    "Lambda writes {event} at DEBUG alone, and {} has INFO: the answer is always empty",
                    group.urn()
                );
                found.push(Violation::new(item, message));
            }
            let name = name_of(group).unwrap_or_default();
            let instances = subject.of_type("aws:rds:DBInstance").filter(|one| {
                name_of(one).is_some_and(|own| name == format!("/aws/rds/instance/{own}/postgresql"))
            });
            for instance in instances {
                let parameters = instance
                    .refers_to("db_parameter_group_name")
                    .and_then(|urn| subject.get(urn)?.get("parameters")?.as_map());
                let said = |name: &str| {
                    parameters.and_then(|all| all.get(name)).map(plain).is_some_and(|value| {
                        value != "-1" && value != "0" || name.contains("duration") && value == "0"
                    })
                };
                for (line, parameter) in
                    BY_PARAMETER.iter().filter(|(line, parameter)| query.contains(line) && !said(parameter))
                {
                    let message = format!(
                        "PostgreSQL writes `{line}` if {parameter} says so, and {} does not: the answer is always empty",
                        instance.urn()
                    );
                    found.push(Violation::new(item, message));
                }
            }
        }
    }
    found
}

/// The groups that AWS makes for a setting, by their names: API Gateway's, RDS's and its proxy's.
fn made<'a>(subject: &'a Subject<'a>) -> Vec<(&'a Filled<'a>, String)> {
    let mut found = Vec::new();
    for stage in subject.of_type("aws:apigateway:Stage") {
        let settings = stage.get("method_settings").and_then(Value::as_map);
        let logs = |one: &Value| {
            one.as_map().is_some_and(|map| !["", "OFF"].contains(&at(map, "logging_level").as_str()))
        };
        let Some(api) = stage.refers_to("rest_api_id") else { continue };
        if settings.is_some_and(|all| all.values().any(logs)) {
            let name = stage.get("stage_name").map(plain).unwrap_or_default();
            found.push((stage, format!("API-Gateway-Execution-Logs_{{{api}#id}}/{name}")));
        }
    }
    for instance in subject.of_type("aws:rds:DBInstance") {
        for kind in plains(instance.get("enable_cloudwatch_logs_exports")) {
            found
                .extend(name_of(instance).map(|name| (instance, format!("/aws/rds/instance/{name}/{kind}"))));
        }
    }
    for proxy in subject.of_type("aws:rds:DBProxy") {
        found.extend(name_of(proxy).map(|name| (proxy, format!("/aws/rds/proxy/{name}"))));
    }
    for function in subject.of_type("aws:lambda:Function").filter(|one| one.get("log_group").is_none()) {
        found.extend(name_of(function).map(|name| (function, format!("/aws/lambda/{name}"))));
    }
    found
}

fn groups(subject: &Subject<'_>) -> Vec<Violation> {
    let declared: BTreeSet<String> = subject.of_type("aws:logs:LogGroup").filter_map(name_of).collect();
    let missing = made(subject).into_iter().filter(|(_, name)| !declared.contains(name));
    missing
        .map(|(item, name)| {
            let message = format!("AWS makes the log group {name} for it, which keeps everything for ever, and which nobody owns");
            Violation::new(item, message)
        })
        .collect()
}

/// Levels of Lambda, the most talkative first ("Log level filtering").
const LEVELS: &[&str] = &["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

fn level(subject: &Subject<'_>) -> Vec<Violation> {
    let rank = |text: &str| LEVELS.iter().position(|level| level.eq_ignore_ascii_case(text));
    let mut found = Vec::new();
    for item in subject.of_type("aws:lambda:Function").filter(|one| one.is("log_format", "JSON")) {
        let own = item.get("environment").and_then(Value::as_map).map(|map: &Map| at(map, "LOG_LEVEL"));
        let through = item.get("application_log_level").map_or_else(|| "INFO".to_owned(), plain);
        if let (Some(own), Some(limit)) = (own.as_deref().and_then(rank), rank(&through))
            && own < limit
        {
            let message = format!(
                "it logs from {} on, and Lambda drops what is below {through}: who looks for a fault finds nothing",
                LEVELS[own]
            );
            found.push(Violation::new(item, message));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{asked, selected};

    #[test]
    fn words_that_are_fields() {
        let all = |text: &str| asked(text).into_iter().collect::<Vec<_>>();
        assert_eq!(
            all("fields @timestamp, method, status | filter status >= 500 | limit 20"),
            ["method", "status"]
        );
        assert_eq!(
            all("filter type = \"platform.report\" | stats avg(record.ms) as ms by bin(1h) | sort ms"),
            ["record.ms", "type"]
        );
        assert_eq!(all("filter @message like /duration: x/ | limit 5"), [] as [&str; 0]);
        let of = |text: &str| selected(text).into_iter().collect::<Vec<_>>();
        assert_eq!(
            of("{ $.userIdentity.type = \"Root\" && $.errorCode = \"x\" }"),
            ["errorCode", "userIdentity"]
        );
        assert!(of("ERROR").is_empty());
    }
}
