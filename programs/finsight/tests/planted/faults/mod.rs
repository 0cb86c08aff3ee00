//! Faults that are planted into a program, drawn from what the program declares: each takes away or bends one thing that somebody needs.

mod front;
mod signs;

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
    Unprotected,
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
            Change::Unprotected => {
                graph.nodes.get_mut(&self.urn).expect("of the program").options.protect = false;
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
    guards(&mut plants);
    front::timeouts(&mut plants);
    signs::alarms(&mut plants);
    signs::listeners(&mut plants);
    signs::logs(&mut plants);
    front::edge(&mut plants);
    front::names(&mut plants);
    front::limits(&mut plants);
    front::site(&mut plants);
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
        plants.bent("permission bent", &urn, "another source", |inputs| {
            let Some(Value::Expr(expr)) = inputs.get_mut("source_arn") else { return };
            match expr.as_mut() {
                Expr::Concat { items } => *items.last_mut().expect("parts") = "/*/*/elsewhere".into(),
                Expr::Output { urn: own, .. } => {
                    *own = topics.iter().find(|other| *other != own).expect("another topic").clone();
                }
                _ => {}
            }
        });
        plants.bent("permission bent", &urn, "no alias", |inputs| {
            inputs.remove("qualifier");
        });
        plants.bent("permission bent", &urn, "another principal", |inputs| {
            inputs.insert("principal".to_owned(), "events.amazonaws.com".into());
        });
    }
}

/// What keeps data and keys: grants that anybody may take out, what a destroy may take, and what hangs on one zone.
fn guards(plants: &mut Plants<'_>) {
    for urn in plants.of("aws:kms:Key") {
        for action in ["kms:CreateGrant", "kms:Create*", "kms:*", "*"] {
            plants.bent("grants opened", &urn, action, |inputs| {
                *value_at(inputs, "key_policy|Statement|0|Action|0").expect("an action") = action.into();
            });
        }
        plants.bent("grants opened", &urn, "all but some", |inputs| {
            let statement = map_at(inputs, "key_policy|Statement|0").expect("a statement");
            statement.remove("Action");
            statement.insert("NotAction".to_owned(), Value::List(vec!["kms:Decrypt".into()]));
        });
        plants.bent("grants opened", &urn, "for whoever asks", |inputs| {
            for statement in list_at(inputs, "key_policy|Statement").expect("statements") {
                if let Value::Map(statement) = statement
                    && let Some(Value::Map(conditions)) = statement.get_mut("Condition")
                {
                    conditions.remove("Bool");
                }
            }
        });
    }
    let kept: Vec<Urn> = plants
        .graph
        .nodes
        .values()
        .filter(|node| node.options.protect)
        .map(|node| node.urn.clone())
        .collect();
    for urn in kept {
        plants.found.push(Fault {
            kind: "protection taken",
            urn,
            what: "protect".to_owned(),
            change: Change::Unprotected,
        });
    }
    // In dev and staging nobody misses it.
    if plants.graph.stack == "prod" && !plants.of("aws:ec2:NatGateway").is_empty() {
        for urn in plants.of("aws:rds:DBInstance") {
            plants.bent("one way out", &urn, "a database in two zones", |inputs| {
                inputs.insert("multi_az".to_owned(), true.into());
            });
        }
    }
}
