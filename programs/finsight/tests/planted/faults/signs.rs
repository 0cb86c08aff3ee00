//! Alarms, who listens to them, and logs.

use finsight_engine::expr::{Expr, references};
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;

use super::{Plants, list_at, output, text, value_at};

/// Thresholds that nothing reaches, by what the metric can be at most.
const BEYOND: &[(&str, f64)] = &[
    ("CPUUtilization", 101.0),
    ("ConcurrentExecutions", 100_000.0),
    ("DatabaseConnections", 1_000.0),
    ("Duration", 60_000.0),
    ("FreeStorageSpace", 0.0),
    ("FreeableMemory", 0.0),
    ("ApiLatency-prod", 60_000.0),
    ("Reputation.BounceRate", 1.5),
    ("Reputation.ComplaintRate", 1.5),
];

pub(super) fn alarms(plants: &mut Plants<'_>) {
    let composite: Vec<Urn> = plants.of("aws:cloudwatch:CompositeAlarm");
    for urn in plants.of("aws:cloudwatch:Alarm") {
        let inputs = plants.inputs(&urn);
        let metric = text(&inputs, "metric_name");
        let reserved = plants.graph.stack == "prod";
        let beyond = BEYOND.iter().find(|(name, _)| *name == metric).map(|(_, beyond)| *beyond);
        // Without a reservation a function may have all that the account has.
        let beyond = beyond.filter(|_| metric != "ConcurrentExecutions" || reserved);
        let share = inputs.contains_key("metrics").then_some(101.0);
        let counts = ["Errors", "Throttles", "TargetErrorCount", "DestinationDeliveryFailures"]
            .contains(&metric.as_str())
            || text(&inputs, "namespace") == "FinSight" && text(&inputs, "statistic") == "Sum";
        let counted = counts.then_some(100_000.0);
        if let Some(beyond) = beyond.or(share).or(counted) {
            plants.bent("threshold out of reach", &urn, beyond.to_string(), |inputs| {
                inputs.insert("threshold".to_owned(), Value::Number(beyond));
            });
        }
        plants.bent("alarm always on", &urn, "comparison", |inputs| {
            let own = text(inputs, "comparison_operator");
            let other =
                if own.starts_with("Less") { "GreaterThanOrEqualToThreshold" } else { "LessThanThreshold" };
            // How much one gets through in well times is known of what is limited alone.
            inputs.insert("comparison_operator".to_owned(), other.into());
        });
        plants.bent("alarm always on", &urn, "threshold", |inputs| {
            let below = text(inputs, "comparison_operator").starts_with("Less");
            inputs.insert("threshold".to_owned(), Value::Number(if below { 1e15 } else { 0.0 }));
        });
        let sparse = !text(&inputs, "namespace").starts_with("AWS/RDS")
            && !text(&inputs, "namespace").starts_with("AWS/SES");
        if sparse || plants.graph.stack == "dev" && urn.name().starts_with("database") {
            plants.bent("silence taken for a failure", &urn, "breaching", |inputs| {
                inputs.insert("treat_missing_data".to_owned(), "breaching".into());
            });
        }
        if text(&inputs, "treat_missing_data") == "breaching" {
            plants.bent("missing data as good", &urn, "notBreaching", |inputs| {
                inputs.insert("treat_missing_data".to_owned(), "notBreaching".into());
            });
        }
        plants.bent("alarm action taken", &urn, "actions", |inputs| {
            inputs.remove("alarm_actions");
        });
        plants.bent("metric bent", &urn, "name", |inputs| {
            if let Some(name) = inputs.get_mut("metric_name") {
                *name = format!("{}s", name.as_text().expect("a name")).into();
            }
        });
        for at in 0..2 {
            plants.bent("metric bent", &urn, format!("dimension {at}"), |inputs| {
                if let Some(value) = value_at(inputs, &format!("dimensions|{at}|value")) {
                    *value = "something-else".into();
                }
            });
        }
        plants.moved(
            "alarm moved",
            &urn,
            if plants.graph.nodes[&urn].options.region.is_some() { None } else { Some("us-west-2") },
        );
    }
    for urn in composite {
        plants.bent("alarm action taken", &urn, "actions", |inputs| {
            inputs.remove("alarm_actions");
        });
        for early in plants.of("aws:cloudwatch:Alarm").into_iter().filter(|one| {
            ["database-cpu", "database-free-storage", "users-concurrency"].contains(&one.name())
        }) {
            plants.bent("early warning above", &urn, early.to_string(), |inputs| {
                let own = inputs.remove("alarm_rule").expect("a rule");
                let more = Value::Expr(Box::new(Expr::Concat {
                    items: vec![own, " OR ALARM(\"".into(), output(&early, "id"), "\")".into()],
                }));
                inputs.insert("alarm_rule".to_owned(), more);
            });
        }
    }
}

/// Alarms without which nobody hears: of each thing that fails, the one on its failures.
const ALONE: &[&str] = &[
    "Errors",
    "5xxErrorRate",
    "TargetErrorCount",
    "DestinationDeliveryFailures",
    "CPUSurplusCreditsCharged",
    "FreeStorageSpace",
];

pub(super) fn listeners(plants: &mut Plants<'_>) {
    for urn in plants.of("aws:cloudwatch:Alarm") {
        let all =
            plants.inputs(&urn).values().map(|value| format!("{:?}", value.masked())).collect::<String>();
        if ALONE.iter().any(|metric| all.contains(&format!("\"{metric}\"")))
            && urn.name() != "authorizer-errors"
        {
            plants.taken("listener taken", &urn);
        }
    }
    for urn in plants.of("aws:sns:Subscription") {
        plants.taken("subscription taken", &urn);
    }
    for urn in plants.of("aws:events:Rule") {
        // What a pattern is for that names nothing, such as the rules of AWS Config, is not near it: `works` plants those.
        if plants.inputs(&urn).get("event_pattern").is_none_or(|pattern| references(pattern).is_empty()) {
            continue;
        }
        plants.taken("listener taken", &urn);
        plants.bent("events bent", &urn, "source", |inputs| {
            *value_at(inputs, "event_pattern|source|0").expect("a source") = "aws.ec2".into();
        });
        plants.bent("events bent", &urn, "kind", |inputs| {
            *value_at(inputs, "event_pattern|detail-type|0").expect("a kind") = "Something Else".into();
        });
        plants.bent("events bent", &urn, "off", |inputs| {
            inputs.insert("state".to_owned(), "DISABLED".into());
        });
    }
    for urn in plants.of("aws:lambda:EventInvokeConfig") {
        plants.taken("listener taken", &urn);
        plants.bent("destination bent", &urn, "qualifier", |inputs| {
            inputs.remove("qualifier");
        });
        plants.bent("destination bent", &urn, "destination", |inputs| {
            inputs.remove("on_failure_destination");
        });
    }
    for urn in plants.of("aws:logs:MetricFilter") {
        plants.taken("filter taken", &urn);
        plants.bent("filter bent", &urn, "pattern", |inputs| {
            let pattern = text(inputs, "filter_pattern").replacen("$.", "$.x", 1);
            inputs.insert("filter_pattern".to_owned(), pattern.into());
        });
        plants.bent("filter bent", &urn, "metric", |inputs| {
            *value_at(inputs, "metric_transformations|0|metric_name").expect("a metric") = "Other".into();
        });
        for group in plants
            .of("aws:logs:LogGroup")
            .into_iter()
            .filter(|one| ["access", "postgresql", "trail", "functions"].contains(&one.name()))
        {
            plants.bent("filter bent", &urn, format!("group {group}"), |inputs| {
                inputs.insert("log_group_name".to_owned(), output(&group, "id"));
            });
        }
    }
}

pub(super) fn logs(plants: &mut Plants<'_>) {
    let queries: String = plants
        .of("aws:logs:QueryDefinition")
        .iter()
        .map(|urn| text(&plants.inputs(urn), "query_string"))
        .collect();
    for urn in plants.of("aws:apigateway:Stage") {
        let mut inputs = plants.inputs(&urn);
        let Some(format) = value_at(&mut inputs, "access_log_settings|format")
            .and_then(|value| value.as_text().map(str::to_owned))
        else {
            continue;
        };
        let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&format).expect("JSON");
        for field in ["method", "path", "status"].into_iter().filter(|field| queries.contains(field)) {
            let mut fields = fields.clone();
            fields.remove(field);
            let less = serde_json::to_string(&fields).expect("JSON");
            plants.bent("log field dropped", &urn, field, |inputs| {
                *value_at(inputs, "access_log_settings|format").expect("a format") = less.into();
            });
        }
    }
    for urn in plants.of("aws:logs:QueryDefinition") {
        for group in plants
            .of("aws:logs:LogGroup")
            .into_iter()
            .filter(|one| ["access", "postgresql", "functions"].contains(&one.name()))
        {
            // Lines are searched as they are, in whatever group.
            if urn.name() != "slow-statements" {
                plants.bent("query bent", &urn, format!("group {group}"), |inputs| {
                    if let Some(list) = list_at(inputs, "log_group_names")
                        && !references(&list[0]).contains(&group)
                    {
                        *list = vec![output(&group, "id")];
                    }
                });
            }
        }
    }
    for urn in plants.of("aws:logs:LogGroup") {
        plants.taken("log group taken", &urn);
    }
    for urn in plants.of("aws:lambda:Function") {
        plants.bent("level bent", &urn, "ERROR", |inputs| {
            if inputs
                .get("environment")
                .and_then(Value::as_map)
                .is_some_and(|map| map.contains_key("LOG_LEVEL"))
            {
                inputs.insert("application_log_level".to_owned(), "ERROR".into());
            }
        });
    }
}
