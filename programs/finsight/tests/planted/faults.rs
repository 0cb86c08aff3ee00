//! Faults that are planted into a program, drawn from what the program declares: each takes away or bends one thing that somebody needs.

use finsight_engine::expr::{Expr, references};
use finsight_engine::graph::Graph;
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

/// A fault: what becomes of one resource.
#[derive(Clone)]
pub struct Fault {
    /// Its kind.
    pub kind: &'static str,
    /// Of which resource.
    pub urn: Urn,
    /// What was done to it.
    pub what: String,
    change: Change,
}

#[derive(Clone)]
enum Change {
    Taken,
    Inputs(Map),
    Region(Option<String>),
}

impl Fault {
    /// The program with it.
    pub fn planted(&self, graph: &Graph) -> Graph {
        let mut graph = graph.clone();
        match &self.change {
            Change::Taken => {
                graph.nodes.remove(&self.urn);
            }
            Change::Inputs(inputs) => {
                graph.nodes.get_mut(&self.urn).expect("of the program").inputs = inputs.clone();
            }
            Change::Region(region) => {
                graph.nodes.get_mut(&self.urn).expect("of the program").options.region.clone_from(region);
            }
        }
        graph
    }
}

/// What is no fault, though something is taken away, and why.
pub const HARMLESS: &[(&str, &str)] = &[
    (
        "ec2:AssignPrivateIpAddresses",
        "functions have one address an interface; AWS's own policy names it all the same",
    ),
    ("ec2:UnassignPrivateIpAddresses", "the same"),
    (
        "rds:AddTagsToResource",
        "RDS copies the tags of the instance by itself; the right is there for whoever gives tags in the call",
    ),
    (
        "sid=Grants,secretsmanager",
        "Secrets Manager takes out no grants by itself: whoever lets RDS keep a password needs those of RDS",
    ),
    ("Config's delivery", "the role and the bucket's policy let AWS Config in, each by itself"),
    (
        "what the notifier or Config reads",
        "`s3:GetBucketAcl` and `s3:ListBucket` are asked once, when delivery is set up",
    ),
];

struct Plants<'a> {
    graph: &'a Graph,
    found: Vec<Fault>,
}

impl Plants<'_> {
    fn inputs(&self, urn: &Urn) -> Map {
        self.graph.nodes[urn].inputs.clone()
    }

    fn of(&self, kind: &str) -> Vec<Urn> {
        self.graph.nodes.keys().filter(|urn| urn.type_name() == kind).cloned().collect()
    }

    fn taken(&mut self, kind: &'static str, urn: &Urn) {
        // What others name cannot be left out: the program would be refused as it is.
        let named = self
            .graph
            .nodes
            .values()
            .any(|node| node.inputs.values().any(|value| references(value).contains(urn)));
        if !named {
            self.found.push(Fault {
                kind,
                urn: urn.clone(),
                what: "taken".to_owned(),
                change: Change::Taken,
            });
        }
    }

    fn bent(&mut self, kind: &'static str, urn: &Urn, what: impl Into<String>, bend: impl FnOnce(&mut Map)) {
        let mut inputs = self.inputs(urn);
        bend(&mut inputs);
        if inputs != self.graph.nodes[urn].inputs {
            self.found.push(Fault {
                kind,
                urn: urn.clone(),
                what: what.into(),
                change: Change::Inputs(inputs),
            });
        }
    }

    fn moved(&mut self, kind: &'static str, urn: &Urn, region: Option<&str>) {
        let what = format!("to {}", region.unwrap_or("the stack's region"));
        self.found.push(Fault {
            kind,
            urn: urn.clone(),
            what,
            change: Change::Region(region.map(str::to_owned)),
        });
    }
}

/// The value at a path of keys and indexes.
pub fn value_at<'a>(map: &'a mut Map, path: &str) -> Option<&'a mut Value> {
    let mut parts = path.split('|');
    let mut value = map.get_mut(parts.next()?)?;
    for part in parts {
        value = match value {
            Value::Map(map) => map.get_mut(part)?,
            Value::List(items) => items.get_mut(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

fn list_at<'a>(map: &'a mut Map, path: &str) -> Option<&'a mut Vec<Value>> {
    match value_at(map, path)? {
        Value::List(items) => Some(items),
        _ => None,
    }
}

fn map_at<'a>(map: &'a mut Map, path: &str) -> Option<&'a mut Map> {
    match value_at(map, path)? {
        Value::Map(inner) => Some(inner),
        _ => None,
    }
}

fn output(urn: &Urn, name: &str) -> Value {
    Value::Expr(Box::new(Expr::Output { urn: urn.clone(), name: name.to_owned() }))
}

fn text(map: &Map, key: &str) -> String {
    map.get(key).and_then(Value::as_text).unwrap_or_default().to_owned()
}

/// All faults of a program.
pub fn all(graph: &Graph) -> Vec<Fault> {
    let mut plants = Plants { graph, found: Vec::new() };
    groups(&mut plants);
    ways(&mut plants);
    roles(&mut plants);
    policies(&mut plants);
    permissions(&mut plants);
    timeouts(&mut plants);
    alarms(&mut plants);
    listeners(&mut plants);
    logs(&mut plants);
    edge(&mut plants);
    names(&mut plants);
    limits(&mut plants);
    site(&mut plants);
    plants.found
}

/// Rules of security groups, taken, or bent to another port or another group.
fn groups(plants: &mut Plants<'_>) {
    let groups = plants.of("aws:ec2:SecurityGroup");
    for (kind, directions) in
        [("aws:ec2:SecurityGroup", &["ingress", "egress"][..]), ("aws:ec2:SecurityGroupEgress", &["egress"])]
    {
        for urn in plants.of(kind) {
            for direction in directions {
                let rules =
                    plants.inputs(&urn).get(*direction).and_then(Value::as_list).map_or(0, <[Value]>::len);
                for at in 0..rules {
                    plants.bent("group rule taken", &urn, format!("{direction} {at}"), |inputs| {
                        list_at(inputs, direction).expect("rules").remove(at);
                    });
                    plants.bent("group port bent", &urn, format!("{direction} {at}"), |inputs| {
                        let rule = map_at(inputs, &format!("{direction}|{at}")).expect("a rule");
                        for end in ["from_port", "to_port"] {
                            if let Some(Value::Int(port)) = rule.get_mut(end) {
                                *port += 1;
                            }
                        }
                    });
                    for other in groups.iter().filter(|other| **other != urn) {
                        plants.bent(
                            "group source bent",
                            &urn,
                            format!("{direction} {at} to {other}"),
                            |inputs| {
                                let rule = map_at(inputs, &format!("{direction}|{at}")).expect("a rule");
                                if rule.get("group_id").is_some_and(|own| *own != output(other, "id"))
                                    && !references(&rule["group_id"]).contains(other)
                                {
                                    rule.insert("group_id".to_owned(), output(other, "id"));
                                }
                            },
                        );
                    }
                }
            }
        }
    }
}

/// Routes and endpoints.
fn ways(plants: &mut Plants<'_>) {
    // Where nothing goes out, routes lead nowhere.
    let out = !plants.of("aws:ec2:NatGateway").is_empty();
    for urn in plants.of("aws:ec2:RouteTable").into_iter().filter(|_| out) {
        plants.bent("route taken", &urn, "routes", |inputs| {
            inputs.remove("routes");
        });
    }
    for urn in plants.of("aws:ec2:SubnetRouteTableAssociation").into_iter().filter(|_| out) {
        // A second public subnet has nothing in it that calls.
        if urn.name() != "public-b" {
            plants.taken("route taken", &urn);
        }
    }
    for urn in plants.of("aws:ec2:VpcEndpoint") {
        if plants.inputs(&urn).get("vpc_endpoint_type") != Some(&"Interface".into()) {
            // Without the gateway endpoint of S3 its traffic goes through the NAT gateway.
            continue;
        }
        plants.taken("endpoint taken", &urn);
        plants.bent("endpoint narrowed", &urn, "policy", |inputs| {
            let policy = serde_json::json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:ListSecrets", "Resource": "*"}]});
            inputs.insert("policy_document".to_owned(), Value::from_plain_json(&policy));
        });
        plants.bent("endpoint narrowed", &urn, "no private name", |inputs| {
            inputs.insert("private_dns_enabled".to_owned(), false.into());
        });
    }
}

fn harmless(urn: &Urn, action: &str) -> bool {
    HARMLESS.iter().any(|(what, _)| *what == action)
        || action == "s3:GetBucketAcl"
        || urn.name() == "config" && action.starts_with("s3:")
}

/// Actions, resources and trust of roles.
fn roles(plants: &mut Plants<'_>) {
    for urn in plants.of("aws:iam:Role") {
        let inputs = plants.inputs(&urn);
        let policies = inputs.get("inline_policies").and_then(Value::as_map).cloned().unwrap_or_default();
        for (name, policy) in &policies {
            let statements =
                policy.as_map().and_then(|map| map.get("Statement")?.as_list()).unwrap_or_default();
            for (at, statement) in statements.iter().filter_map(Value::as_map).enumerate() {
                if text(statement, "Effect") != "Allow" {
                    continue;
                }
                let path = format!("inline_policies|{name}|Statement|{at}");
                let actions: Vec<String> = statement["Action"]
                    .as_list()
                    .unwrap_or_default()
                    .iter()
                    .filter_map(Value::as_text)
                    .map(str::to_owned)
                    .collect();
                let needed: Vec<&String> = actions.iter().filter(|action| !harmless(&urn, action)).collect();
                for action in &needed {
                    plants.bent("action taken", &urn, format!("{name} {action}"), |inputs| {
                        list_at(inputs, &format!("{path}|Action"))
                            .expect("actions")
                            .retain(|one| one.as_text() != Some(action.as_str()));
                    });
                }
                let resources = statement.get("Resource").and_then(Value::as_list).unwrap_or_default();
                for (index, resource) in resources.iter().enumerate() {
                    // What names no resource of the program may be wider than is needed.
                    let named = references(resource);
                    if needed.is_empty() || named.is_empty() {
                        continue;
                    }
                    plants.bent("resource bent", &urn, format!("{name} {at} {index}"), |inputs| {
                        let list = list_at(inputs, &format!("{path}|Resource")).expect("resources");
                        list[index] = "arn:aws:none:::elsewhere".into();
                    });
                }
            }
        }
        plants.bent("trust bent", &urn, "another service", |inputs| {
            if let Some(who) = value_at(inputs, "assume_role_policy_document|Statement|0|Principal|Service") {
                *who = "ec2.amazonaws.com".into();
            }
        });
        plants.bent("managed policy taken", &urn, "managed", |inputs| {
            inputs.remove("managed_policy_arns");
        });
    }
}

/// Statements of keys, topics and buckets, and their conditions.
fn policies(plants: &mut Plants<'_>) {
    for (kind, property) in
        [("aws:kms:Key", "key_policy"), ("aws:sns:Topic", "policy"), ("aws:s3:Bucket", "policy")]
    {
        for urn in plants.of(kind) {
            let mut inputs = plants.inputs(&urn);
            let statements =
                list_at(&mut inputs, &format!("{property}|Statement")).cloned().unwrap_or_default();
            for (at, statement) in statements.iter().filter_map(Value::as_map).enumerate() {
                let sid = text(statement, "Sid");
                if urn.name() == "config" && sid != "TlsOnly" || urn.name() == "secrets" && sid == "Grants" {
                    continue;
                }
                plants.bent("statement taken", &urn, sid.clone(), |inputs| {
                    list_at(inputs, &format!("{property}|Statement")).expect("statements").remove(at);
                });
                let path = format!("{property}|Statement|{at}|Condition|StringEquals");
                plants.bent("condition bent", &urn, sid, |inputs| {
                    if let Some(all) = map_at(inputs, &path) {
                        for (key, value) in all {
                            match key.as_str() {
                                "kms:ViaService" => *value = "ec2.ap-northeast-1.amazonaws.com".into(),
                                "aws:SourceArn" => {
                                    *value =
                                        "arn:aws:cloudtrail:ap-northeast-1:123456789012:trail/other".into()
                                }
                                _ => {}
                            }
                        }
                    }
                });
            }
        }
    }
    for urn in plants.of("aws:s3:Bucket") {
        plants.bent("bucket takes no lists", &urn, "grants", |inputs| {
            inputs.remove("grants");
        });
        plants.bent("bucket takes no lists", &urn, "ownership", |inputs| {
            inputs.remove("object_ownership");
        });
    }
}

/// Permissions of functions.
fn permissions(plants: &mut Plants<'_>) {
    let topics = plants.of("aws:sns:Topic");
    for urn in plants.of("aws:lambda:Permission") {
        plants.taken("permission taken", &urn);
        plants.bent("permission bent", &urn, "another source", |inputs| match inputs.get_mut("source_arn") {
            Some(Value::Expr(expr)) => match expr.as_mut() {
                Expr::Concat { items } => *items.last_mut().expect("parts") = "/*/*/elsewhere".into(),
                Expr::Output { urn: own, .. } => {
                    let other = topics.iter().find(|other| *other != own).expect("another topic").clone();
                    *own = other;
                }
                _ => {}
            },
            _ => {}
        });
        plants.bent("permission bent", &urn, "no alias", |inputs| {
            inputs.remove("qualifier");
        });
        plants.bent("permission bent", &urn, "another principal", |inputs| {
            inputs.insert("principal".to_owned(), "events.amazonaws.com".into());
        });
    }
}

/// Limits of time, each beyond that of who waits.
fn timeouts(plants: &mut Plants<'_>) {
    for urn in plants
        .of("aws:lambda:Function")
        .into_iter()
        .filter(|urn| urn.component() == "api" && urn.name() != "authorizer")
    {
        for seconds in [29, 60, 900] {
            plants.bent("timeout bent", &urn, format!("{seconds} seconds"), |inputs| {
                inputs.insert("timeout".to_owned(), seconds.into());
            });
        }
    }
    for urn in plants.of("aws:rds:DBProxyTargetGroup") {
        plants.bent("timeout bent", &urn, "borrows for 60 seconds", |inputs| {
            inputs.insert("connection_borrow_timeout".to_owned(), 60.into());
        });
    }
    for urn in plants.of("aws:rds:DBParameterGroup") {
        for millis in ["0", "28000", "600000"] {
            plants.bent("timeout bent", &urn, format!("statements of {millis} ms"), |inputs| {
                map_at(inputs, "parameters")
                    .expect("parameters")
                    .insert("statement_timeout".to_owned(), millis.into());
            });
        }
    }
    for urn in plants.of("aws:cloudfront:Distribution") {
        plants.bent("timeout bent", &urn, "CloudFront waits 20 seconds", |inputs| {
            *value_at(inputs, "origins|api|custom_origin_config|origin_read_timeout").expect("a timeout") =
                20.into();
        });
    }
    for urn in plants.of("aws:apigateway:RestApi") {
        let mut inputs = plants.inputs(&urn);
        let paths: Vec<String> = map_at(&mut inputs, "body|paths").expect("paths").keys().cloned().collect();
        for path in paths {
            plants.bent("timeout bent", &urn, format!("{path} in 5 seconds"), |inputs| {
                let at = format!("body|paths|{path}|x-amazon-apigateway-any-method|x-amazon-apigateway-integration|timeoutInMillis");
                if let Some(value) = value_at(inputs, &at) {
                    *value = 5_000.into();
                }
            });
        }
    }
    for urn in plants.of("aws:rds:DBInstance") {
        for window in ["17:30-18:30", "18:00-18:30"] {
            // At 3 in the morning in Japan prod is copied, and dev is stopped.
            let met = plants
                .of("aws:scheduler:Schedule")
                .iter()
                .any(|one| ["monthly-snapshot", "stop"].contains(&one.name()));
            if met {
                plants.bent("window bent", &urn, window, |inputs| {
                    inputs.insert("preferred_backup_window".to_owned(), window.into());
                });
            }
        }
    }
}

/// Thresholds that nothing reaches, by what the metric can be at most.
const BEYOND: &[(&str, f64)] = &[
    ("CPUUtilization", 101.0),
    ("ConcurrentExecutions", 100_000.0),
    ("DatabaseConnections", 1_000.0),
    ("Duration", 60_000.0),
    ("FreeStorageSpace", 0.0),
    ("FreeableMemory", 0.0),
    ("Latency", 60_000.0),
    ("Reputation.BounceRate", 1.5),
    ("Reputation.ComplaintRate", 1.5),
];

fn alarms(plants: &mut Plants<'_>) {
    let composite: Vec<Urn> = plants.of("aws:cloudwatch:CompositeAlarm");
    for urn in plants.of("aws:cloudwatch:Alarm") {
        let inputs = plants.inputs(&urn);
        let metric = text(&inputs, "metric_name");
        let reserved = plants.graph.stack == "prod";
        let beyond = BEYOND.iter().find(|(name, _)| *name == metric).map(|(_, beyond)| *beyond);
        // Without a reservation a function may have all that the account has.
        let beyond = beyond.filter(|_| metric != "ConcurrentExecutions" || reserved);
        let share = inputs.contains_key("metrics").then_some(101.0);
        let counted = ["Errors", "Throttles"].contains(&metric.as_str())
            && !["slack-notifier-errors", "authorizer-throttles"].contains(&urn.name());
        let counted = counted.then_some(100_000.0);
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

fn listeners(plants: &mut Plants<'_>) {
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

fn logs(plants: &mut Plants<'_>) {
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

fn edge(plants: &mut Plants<'_>) {
    for urn in plants.of("aws:cloudfront:Distribution") {
        for header in ["x-finsight-origin", "x-api-key"] {
            plants.bent("origin header bent", &urn, format!("{header} renamed"), |inputs| {
                let headers = map_at(inputs, "origins|api|custom_headers").expect("headers");
                if let Some(value) = headers.remove(header).filter(|_| header != "x-api-key") {
                    headers.insert(format!("{header}-2"), value);
                }
            });
            plants.bent("origin header bent", &urn, format!("{header} of another value"), |inputs| {
                map_at(inputs, "origins|api|custom_headers")
                    .expect("headers")
                    .insert(header.to_owned(), "something".into());
            });
        }
        let count =
            plants.inputs(&urn).get("cache_behaviors").and_then(Value::as_list).map_or(0, <[Value]>::len);
        let mut places = vec!["default_cache_behavior".to_owned()];
        // The first is of pages, which take no writes and no tokens.
        places.extend((1..count).map(|at| format!("cache_behaviors|{at}")));
        for place in &places {
            plants.bent("CORS taken", &urn, format!("{place} without headers"), |inputs| {
                map_at(inputs, place).expect("a behavior").remove("response_headers_policy_id");
            });
            plants.bent("behavior narrowed", &urn, format!("{place} takes GET"), |inputs| {
                let behavior = map_at(inputs, place).expect("a behavior");
                behavior.insert("allowed_methods".to_owned(), Value::List(vec!["GET".into(), "HEAD".into()]));
            });
            plants.bent("behavior narrowed", &urn, format!("{place} sends nothing on"), |inputs| {
                map_at(inputs, place)
                    .expect("a behavior")
                    .insert("origin_request_policy_id".to_owned(), "".into());
            });
        }
        plants.bent("page taken", &urn, "no way to the pages", |inputs| {
            list_at(inputs, "cache_behaviors").expect("behaviors").remove(0);
        });
        let errors = plants
            .inputs(&urn)
            .get("custom_error_responses")
            .and_then(Value::as_list)
            .map_or(0, <[Value]>::len);
        for at in 0..errors {
            plants.bent("errors kept", &urn, format!("error {at}"), |inputs| {
                *value_at(inputs, &format!("custom_error_responses|{at}|error_caching_min_ttl"))
                    .expect("a time") = 10.into();
            });
        }
    }
    for urn in plants.of("aws:cloudfront:ResponseHeadersPolicy") {
        plants.bent("CORS taken", &urn, "all", |inputs| {
            inputs.remove("cors_config");
        });
        for (list, what) in [
            ("access_control_allow_headers", "Authorization"),
            ("access_control_allow_methods", "POST"),
            ("access_control_allow_methods", "DELETE"),
            ("access_control_allow_origins", "https://www.finsight.com"),
        ] {
            plants.bent("CORS taken", &urn, what, |inputs| {
                list_at(inputs, &format!("cors_config|{list}"))
                    .expect("a list")
                    .retain(|one| one.as_text() != Some(what));
            });
        }
    }
    for urn in plants.of("aws:cloudfront:CachePolicy") {
        plants.bent("cache key bent", &urn, "Authorization", |inputs| {
            list_at(inputs, "headers_config|headers")
                .expect("headers")
                .retain(|one| one.as_text() != Some("Authorization"));
        });
        plants.bent("cache key bent", &urn, "queries", |inputs| {
            *value_at(inputs, "query_strings_config|query_string_behavior").expect("it") = "none".into();
        });
        plants.bent("cache key bent", &urn, "kept unasked", |inputs| {
            inputs.insert("default_ttl".to_owned(), 300.into());
        });
    }
    for urn in plants.of("aws:s3:Object") {
        plants.bent("content type changed", &urn, "text/html", |inputs| {
            inputs.insert("content_type".to_owned(), "text/html".into());
        });
        plants.bent("page taken", &urn, "another key", |inputs| {
            inputs.insert("key".to_owned(), "errors/other.json".into());
        });
    }
    for urn in plants.of("aws:apigateway:RestApi") {
        plants.bent("files as texts", &urn, "no binary types", |inputs| {
            inputs.remove("binary_media_types");
        });
    }
    for urn in plants.of("aws:apigateway:BasePathMapping") {
        plants.taken("mapping taken", &urn);
    }
    for urn in plants.of("aws:wafv2:WebACLAssociation") {
        plants.taken("mapping taken", &urn);
    }
}

fn names(plants: &mut Plants<'_>) {
    for urn in plants.of("aws:route53:RecordSet") {
        // Without an IPv6 address callers take the other one; a mail policy that nobody reads refuses nothing.
        if ["api-aaaa", "dmarc"].contains(&urn.name()) {
            continue;
        }
        plants.taken("record taken", &urn);
        plants.bent("record bent", &urn, "value", |inputs| {
            let key = if inputs.contains_key("alias_target") { "alias_target" } else { "resource_records" };
            let bent = if key == "alias_target" {
                Value::from_plain_json(
                    &serde_json::json!({"dns_name": "d1.cloudfront.net", "hosted_zone_id": "Z2FDTNDATAQYW2"}),
                )
            } else {
                Value::List(vec!["other.example.com".into()])
            };
            inputs.insert(key.to_owned(), bent);
        });
    }
    for urn in plants.of("aws:acm:CertificateValidation").into_iter().chain(plants.of("aws:wafv2:WebACL")) {
        let region = plants.graph.nodes[&urn].options.region.clone();
        plants.moved("wrong region", &urn, if region.is_some() { None } else { Some("eu-west-1") });
    }
    for urn in plants.of("aws:acm:Certificate") {
        plants.bent("certificate bent", &urn, "another name", |inputs| {
            inputs.insert("domain_name".to_owned(), "other.example.com".into());
        });
    }
    for urn in plants.of("aws:ses:EmailIdentity") {
        plants.bent("record bent", &urn, "MAIL FROM", |inputs| {
            inputs.insert("mail_from_domain".to_owned(), "post.finsight.com".into());
        });
    }
}

fn limits(plants: &mut Plants<'_>) {
    for urn in plants.of("aws:apigateway:UsagePlan") {
        plants.bent("plan bent", &urn, "no stage", |inputs| {
            inputs.remove("api_stages");
        });
        plants.bent("plan bent", &urn, "100 calls", |inputs| {
            *value_at(inputs, "quota|limit").expect("a limit") = 100.into();
        });
    }
    for urn in plants.of("aws:apigateway:UsagePlanKey") {
        plants.taken("plan bent", &urn);
    }
    for urn in plants.of("aws:lambda:Function") {
        plants.bent("concurrency bent", &urn, "none", |inputs| {
            inputs.insert("reserved_concurrent_executions".to_owned(), 0.into());
        });
    }
    for urn in plants.of("aws:apigateway:Stage") {
        plants.bent("plan bent", &urn, "no rate", |inputs| {
            *value_at(inputs, "method_settings|*/*|throttling_rate_limit").expect("a rate") = 0.into();
        });
    }
    for urn in plants.of("aws:rds:DBProxy") {
        plants.bent("login bent", &urn, "no scheme", |inputs| {
            inputs.remove("default_auth_scheme");
        });
    }
}

fn site(plants: &mut Plants<'_>) {
    for urn in plants.of("aws:amplify:App") {
        for name in ["REACT_APP_AUTH_ISSUER", "REACT_APP_AUTH_AUDIENCE"] {
            plants.bent("site bent", &urn, name, |inputs| {
                map_at(inputs, "environment_variables")
                    .expect("variables")
                    .insert(name.to_owned(), "https://other.example.com/".into());
            });
        }
        plants.bent("site bent", &urn, "no API", |inputs| {
            map_at(inputs, "environment_variables").expect("variables").remove("REACT_APP_API_URL");
        });
    }
    for urn in plants.of("aws:lambda:Function").into_iter().filter(|urn| urn.name() == "authorizer") {
        for name in ["JWT_ISSUER", "JWT_AUDIENCES"] {
            plants.bent("site bent", &urn, name, |inputs| {
                map_at(inputs, "environment")
                    .expect("variables")
                    .insert(name.to_owned(), "https://other.example.com/".into());
            });
        }
    }
}
