//! What those who have a role do with it.

use std::collections::BTreeSet;

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Subject, Violation, referred};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use super::statement::within;
use crate::policy::plain::{name_of, names, output, plain, plains};

/// What somebody does with a role.
pub(super) struct Need<'a> {
    /// Who has the role.
    pub user: &'a Filled<'a>,
    /// The role.
    pub role: &'a Filled<'a>,
    /// The action.
    pub action: String,
    /// On what, and what stands behind it in an ARN: one of these will do.
    pub on: Option<(&'a Filled<'a>, Vec<String>)>,
    /// Through which service.
    pub via: Option<&'static str>,
    /// Who suffers without.
    pub then: &'static str,
}

/// Which service takes the role of a type, and in which property it is named.
pub(super) const TAKEN_BY: &[(&str, &str, &str)] = &[
    ("aws:lambda:Function", "role", "lambda.amazonaws.com"),
    ("aws:rds:DBProxy", "role_arn", "rds.amazonaws.com"),
    ("aws:scheduler:Schedule", "target.role_arn", "scheduler.amazonaws.com"),
    ("aws:ec2:FlowLog", "deliver_logs_permission_arn", "vpc-flow-logs.amazonaws.com"),
    ("aws:cloudtrail:Trail", "cloud_watch_logs_role_arn", "cloudtrail.amazonaws.com"),
    ("aws:apigateway:Account", "cloudwatch_role_arn", "apigateway.amazonaws.com"),
    ("aws:config:ConfigurationRecorder", "role_arn", "config.amazonaws.com"),
    ("aws:rds:DBInstance", "monitoring_role_arn", "monitoring.rds.amazonaws.com"),
];

/// Everybody who has a role, with it and with the service that takes it.
pub(super) fn users<'a>(
    subject: &'a Subject<'a>,
) -> impl Iterator<Item = (&'a Filled<'a>, &'a Filled<'a>, &'static str)> {
    TAKEN_BY.iter().flat_map(move |(kind, property, service)| {
        subject.of_type(kind).filter_map(move |user| {
            let role = subject.get(referred(within(user, property)?)?)?;
            Some((user, role, *service))
        })
    })
}

/// All that is done with roles.
pub(super) fn needs<'a>(subject: &'a Subject<'a>) -> Vec<Need<'a>> {
    let mut found = Vec::new();
    for (user, role, _) in users(subject) {
        let own = Own { subject, user, role };
        match user.urn().type_name() {
            "aws:lambda:Function" => own.function(&mut found),
            "aws:rds:DBProxy" => own.proxy(&mut found),
            "aws:scheduler:Schedule" => own.schedule(&mut found),
            "aws:ec2:FlowLog" => own.flow_log(&mut found),
            "aws:cloudtrail:Trail" => own.trail(&mut found),
            "aws:apigateway:Account" => {
                for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
                    own.need(&mut found, action, None, "no request of the API is in a log");
                }
            }
            "aws:config:ConfigurationRecorder" => own.recorder(&mut found),
            _ => {}
        }
    }
    found
}

struct Own<'a> {
    subject: &'a Subject<'a>,
    user: &'a Filled<'a>,
    role: &'a Filled<'a>,
}

type On<'a> = Option<(&'a Filled<'a>, Vec<String>)>;

fn whole<'a>(item: &'a Filled<'a>) -> On<'a> {
    Some((item, vec![String::new()]))
}

fn below<'a>(item: &'a Filled<'a>, suffix: &str) -> On<'a> {
    Some((item, vec![suffix.to_owned()]))
}

impl<'a> Own<'a> {
    fn need(&self, found: &mut Vec<Need<'a>>, action: &str, on: On<'a>, then: &'static str) {
        let (user, role) = (self.user, self.role);
        found.push(Need { user, role, action: action.to_owned(), on, via: None, then });
    }

    fn get(&self, value: Option<&Value>) -> Option<&'a Filled<'a>> {
        self.subject.get(referred(value?)?)
    }

    /// "Defining Lambda function permissions with an execution role", "Giving Lambda functions access to resources in an Amazon
    /// VPC", "Capturing records of Lambda asynchronous invocations".
    fn function(&self, found: &mut Vec<Need<'a>>) {
        let user = self.user;
        if let Some(group) = self.get(user.get("log_group")) {
            for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
                let then = "what the function logs is lost, and nobody can look up why it failed";
                self.need(found, action, below(group, ":log-stream:x"), then);
            }
        }
        if user.is("tracing_mode", "Active") {
            for action in ["xray:PutTraceSegments", "xray:PutTelemetryRecords"] {
                self.need(found, action, None, "its calls are in no trace, which is paid for");
            }
        }
        let subnets = user.get("subnet_ids").map(references).unwrap_or_default();
        if !subnets.is_empty() {
            self.interfaces(found, &subnets);
        }
        let environment = user.get("environment").and_then(Value::as_map);
        for value in environment.into_iter().flat_map(Map::values) {
            self.used(found, value, environment.unwrap_or(&Map::new()));
        }
        let of_function = |one: &&Filled<'_>| one.refers_to("function_name") == Some(user.urn());
        let configs = self.subject.of_type("aws:lambda:EventInvokeConfig").filter(of_function);
        let kept = configs.filter_map(|one| one.get("on_failure_destination"));
        for target in kept.chain(user.get("dead_letter_target_arn")).filter_map(|value| self.get(Some(value)))
        {
            let then = "what it fails on is lost, alarms among it";
            match target.urn().type_name() {
                "aws:s3:Bucket" => {
                    self.need(found, "s3:PutObject", below(target, "/key"), then);
                    self.need(found, "s3:ListBucket", whole(target), then);
                }
                "aws:sns:Topic" => self.need(found, "sns:Publish", whole(target), then),
                "aws:sqs:Queue" => self.need(found, "sqs:SendMessage", whole(target), then),
                "aws:lambda:Function" => self.need(found, "lambda:InvokeFunction", whole(target), then),
                _ => {}
            }
        }
    }

    fn interfaces(&self, found: &mut Vec<Need<'a>>, subnets: &BTreeSet<Urn>) {
        let then = "Lambda cannot connect it to the VPC, and each of its calls fails";
        for subnet in subnets.iter().filter_map(|urn| self.subject.get(urn)) {
            self.need(found, "ec2:CreateNetworkInterface", whole(subnet), then);
        }
        let groups = self.user.get("security_group_ids").map(references).unwrap_or_default();
        for group in groups.iter().filter_map(|urn| self.subject.get(urn)) {
            self.need(found, "ec2:CreateNetworkInterface", whole(group), then);
        }
        for action in ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface"] {
            self.need(found, action, None, then);
        }
    }

    /// What a variable of the environment names, the function uses.
    fn used(&self, found: &mut Vec<Need<'a>>, value: &Value, environment: &Map) {
        let texts =
            || environment.values().filter_map(Value::as_text).map(|text| format!("/{text}")).collect();
        if let Some((urn, _)) = output(value) {
            let Some(item) = self.subject.get(urn) else { return };
            match item.urn().type_name() {
                "aws:secretsmanager:Secret" => self.secret(found, item),
                // Without a password, a token of IAM opens the database to a user of its own.
                "aws:rds:DBProxy" | "aws:rds:DBInstance" => {
                    let then = "it cannot log in to the database, and each call that needs data fails";
                    self.need(found, "rds-db:connect", Some((item, texts())), then);
                }
                "aws:sns:Topic" => self.need(found, "sns:Publish", whole(item), "its messages reach nobody"),
                "aws:sqs:Queue" => {
                    self.need(found, "sqs:SendMessage", whole(item), "its messages reach nobody")
                }
                _ => {}
            }
        } else if let Some(text) = value.as_text() {
            for kind in ["aws:ses:ConfigurationSet", "aws:ses:EmailIdentity"] {
                let named = |one: &&Filled<'_>| name_of(one).as_deref() == Some(text);
                for item in self.subject.of_type(kind).filter(named) {
                    self.need(
                        found,
                        "ses:SendEmail",
                        whole(item),
                        "it cannot send mail, and users get no notification",
                    );
                }
            }
        }
    }

    fn secret(&self, found: &mut Vec<Need<'a>>, secret: &'a Filled<'a>) {
        let then = "it cannot read the secret, and each call that needs it fails";
        self.need(found, "secretsmanager:GetSecretValue", whole(secret), then);
        if let Some(key) = self.get(secret.get("kms_key_id")) {
            self.need(found, "kms:Decrypt", whole(key), then);
            if let Some(last) = found.last_mut() {
                last.via = Some("secretsmanager");
            }
        }
    }

    /// "Configuring IAM authentication for RDS Proxy".
    fn proxy(&self, found: &mut Vec<Need<'a>>) {
        let then = "the proxy cannot log in to the database, and no function reaches it";
        let of_proxy = |one: &&Filled<'_>| one.refers_to("db_proxy_name") == Some(self.user.urn());
        let targets = self.subject.of_type("aws:rds:DBProxyTarget").filter(of_proxy);
        if self.user.is("default_auth_scheme", "IAM_AUTH") {
            let users = users_of_database(self.subject, self.user);
            for instance in targets.filter_map(|one| self.get(one.get("db_instance_identifier"))) {
                for user in &users {
                    self.need(found, "rds-db:connect", below(instance, &format!("/{user}")), then);
                }
            }
        }
        let entries = self.user.get("auth").and_then(Value::as_list).unwrap_or_default();
        for secret in entries.iter().filter_map(|one| self.get(one.as_map()?.get("secret_arn"))) {
            if secret.urn().type_name() == "aws:secretsmanager:Secret" {
                self.secret(found, secret);
            }
        }
    }

    /// A universal target calls what its ARN says ("Using universal targets with EventBridge Scheduler").
    fn schedule(&self, found: &mut Vec<Need<'a>>) {
        let target = self.user.get("target").and_then(Value::as_map);
        let Some(call) = target.and_then(|map| map.get("arn")).map(plain) else { return };
        let Some((service, action)) = call.split_once(":aws-sdk:").and_then(|(_, rest)| rest.split_once(':'))
        else {
            return;
        };
        let (first, rest) = action.split_at(1);
        let action = format!("{service}:{}{rest}", first.to_ascii_uppercase());
        let then = "what the schedule is for is not done, and no one sees it happen";
        let named = target.and_then(|map| map.get("input")).map(references).unwrap_or_default();
        for item in named.iter().filter_map(|urn| self.subject.get(urn)) {
            self.need(found, &action, whole(item), then);
        }
    }

    /// "IAM role for publishing flow logs to CloudWatch Logs".
    fn flow_log(&self, found: &mut Vec<Need<'a>>) {
        let Some(group) = self.get(self.user.get("log_destination")) else { return };
        let then = "the network's traffic is not recorded, and after an attack there is nothing to look at";
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            self.need(found, action, below(group, ":log-stream:x"), then);
        }
        for action in ["logs:DescribeLogGroups", "logs:DescribeLogStreams"] {
            self.need(found, action, None, then);
        }
    }

    /// "Creating a role policy document for CloudTrail to use CloudWatch Logs for monitoring".
    fn trail(&self, found: &mut Vec<Need<'a>>) {
        let Some(group) = self.get(self.user.get("cloud_watch_logs_log_group_arn")) else { return };
        let stream = format!(":log-stream:{}_CloudTrail_{{region}}", crate::policy::plain::ACCOUNT);
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            let then = "the record of API calls is not looked at: nobody is told when someone uses root";
            self.need(found, action, below(group, &stream), then);
        }
    }

    /// "Permissions for the IAM role assigned to AWS Config".
    fn recorder(&self, found: &mut Vec<Need<'a>>) {
        let then = "AWS Config records, and delivers nothing";
        self.need(found, "config:Put", None, "AWS Config may look at nothing, and its rules judge nothing");
        let of_recorder =
            |one: &&Filled<'_>| one.refers_to("configuration_recorder_name") == Some(self.user.urn());
        let channels = self.subject.of_type("aws:config:DeliveryChannel").filter(of_recorder);
        for bucket in channels.filter_map(|one| self.get(one.get("s3_bucket_name"))) {
            let key = format!("/AWSLogs/{}/Config/x", crate::policy::plain::ACCOUNT);
            self.need(found, "s3:PutObject", below(bucket, &key), then);
            self.need(found, "s3:GetBucketAcl", whole(bucket), then);
        }
    }
}

/// As whom functions log in through a proxy: what their roles may connect as.
fn users_of_database(subject: &Subject<'_>, proxy: &Filled<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for function in subject.of_type("aws:lambda:Function") {
        let environment = function.get("environment").and_then(Value::as_map);
        let Some(environment) =
            environment.filter(|map| map.values().filter_map(output).any(|(urn, _)| urn == proxy.urn()))
        else {
            continue;
        };
        let Some(role) = function.refers_to("role").and_then(|urn| subject.get(urn)) else { continue };
        let texts: BTreeSet<&str> = environment.values().filter_map(Value::as_text).collect();
        let inline = role.get("inline_policies").and_then(Value::as_map);
        for document in inline.into_iter().flat_map(Map::values) {
            for statement in super::statement::of_document(Some(document)) {
                let patterns = plains(statement.0.get("Resource"));
                let connects = patterns.iter().filter(|one| one.contains(":dbuser:") && names(one, proxy));
                let last = connects.filter_map(|one| one.rsplit('/').next());
                found.extend(last.filter(|user| texts.contains(user)).map(str::to_owned));
            }
        }
    }
    found
}

/// Proxies that have credentials for other users than those as whom functions log in ("Database authentication with RDS Proxy").
pub(super) fn strangers(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for proxy in subject.of_type("aws:rds:DBProxy").filter(|one| !one.is("default_auth_scheme", "IAM_AUTH")) {
        let entries = proxy.get("auth").and_then(Value::as_list).unwrap_or_default();
        let mut known = BTreeSet::new();
        for entry in entries.iter().filter_map(Value::as_map) {
            if let Some(name) = entry.get("username").and_then(Value::as_text) {
                known.insert(name.to_owned());
            }
            let secret = entry.get("secret_arn").map(references).unwrap_or_default();
            let masters =
                secret.iter().filter_map(|urn| subject.get(urn)).filter_map(|one| one.get("master_username"));
            known.extend(masters.map(plain));
            // Whose a secret of its own is, its value says.
            if secret.iter().any(|urn| urn.type_name() == "aws:secretsmanager:Secret") {
                known.extend(users_of_database(subject, proxy));
            }
        }
        for user in users_of_database(subject, proxy).difference(&known) {
            let message = format!(
                "it has no credentials for {user}, as whom functions log in: no function reaches the database"
            );
            found.push(Violation::new(proxy, message));
        }
    }
    found
}
