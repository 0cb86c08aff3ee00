//! A2 to A6, A11 to A13: the functions and their roles.

use std::collections::BTreeMap;

use finsight_engine::program::{Handle, Input, Options, Output, Scope, concat, list};
use finsight_engine::value::{Map, Value};
use finsight_specs::ec2::SecurityGroup;
use finsight_specs::iam::{Policy, Role, Statement};
use finsight_specs::ids::{Arn, SecurityGroupId, SubnetId};
use finsight_specs::lambda::{Code, Function, ProvisionedConcurrencyConfig};
use finsight_specs::logs::LogGroup;
use finsight_specs::s3::{Bucket, Object};

use crate::artifacts::{Artifacts, CODE_TAG, HANDLER, PLACEHOLDER};
use crate::common::{after, and_after, arn, name, named, plain, plain_trust};
use crate::config::{ApiConfig, DatabaseConfig, FunctionConfig};
use crate::database::Database;
use crate::monitoring::MAIL_SETTINGS;
use crate::network::Network;
use crate::security::Security;

/// The alias that callers call: it stands for the newest version, or, after a rollback, for an older one.
pub const LIVE: &str = "live";

/// The variable by which functions learn how much to log.
const LOG_LEVEL: &str = "LOG_LEVEL";
/// The levels that Lambda knows.
const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/// What Lambda lets through of a function's log: as much as the function says, which Lambda would drop below `INFO`.
fn level(own: Option<&str>, config: &ApiConfig) -> &'static str {
    let said = own.or(config.environment.get(LOG_LEVEL).map(String::as_str)).unwrap_or_default();
    LEVELS.into_iter().find(|level| level.eq_ignore_ascii_case(said)).unwrap_or("INFO")
}

/// What every function of the stack is made with.
pub(crate) struct Workshop<'a> {
    /// Where it is declared.
    pub scope: &'a Scope,
    /// The API's settings.
    pub config: &'a ApiConfig,
    /// The code of all functions.
    pub artifacts: &'a Artifacts,
    /// Where functions log to.
    pub log_group: &'a Handle<LogGroup>,
    /// The bucket of archives that are too large for a call.
    pub bucket: Option<Handle<Bucket>>,
}

/// Subnets and security groups of a function in the VPC.
pub(crate) type Attachment = (Input<Vec<SubnetId>>, Input<Vec<SecurityGroupId>>);

/// A function to be made.
pub(crate) struct Plan {
    /// Its name, without `finsight-`, and the name of its code.
    pub what: String,
    /// What it is for.
    pub description: String,
    /// Where its code is, as the config says.
    pub code: String,
    /// MiB of memory.
    pub memory_mib: i64,
    /// Seconds that a call may take.
    pub timeout_seconds: i64,
    /// Environment variables.
    pub environment: Map,
    /// What its role allows besides logs and traces.
    pub allowed: Vec<(String, Value)>,
    /// Concurrent calls that are kept for it.
    pub reserved: Option<i64>,
    /// Its subnets and security groups, if it is in the VPC.
    pub network: Option<Attachment>,
    /// What has to be done before it stands, and why.
    pub after: Options,
}

impl Workshop<'_> {
    /// Declares a function with its role.
    pub(crate) fn function(&self, plan: Plan) -> Handle<Function> {
        let (s, what) = (self.scope, plan.what.as_str());
        let group: Output<String> = Output::of(self.log_group.urn(), "arn");
        let log = Statement::allow(&["logs:CreateLogStream", "logs:PutLogEvents"])
            .resource(concat([Input::from(group), Input::from(":*")]));
        // X-Ray takes no narrower resource.
        let trace = Statement::allow(&["xray:PutTraceSegments", "xray:PutTelemetryRecords"]).resource("*");
        let mut policies = BTreeMap::from([
            ("log".to_owned(), Policy::new().statement(log).document()),
            ("trace".to_owned(), Policy::new().statement(trace).document()),
        ]);
        policies.extend(plan.allowed);
        let role = s.add(
            what,
            Role::new(plain_trust("lambda.amazonaws.com"))
                .role_name(named(s, &format!("fn-{what}")))
                .description(format!("FinSight's function {what}"))
                .inline_policies(policies)
                .tags(name(s, what)),
        );
        let mut tags = name(s, what);
        if plan.code == PLACEHOLDER {
            tags.insert(CODE_TAG.to_owned(), PLACEHOLDER.to_owned());
        }
        let (code, options) = self.code(what, plan.after);
        let level = level(plan.environment.get(LOG_LEVEL).and_then(Value::as_text), self.config);
        let mut function = Function::new(&role.arn, self.config.runtime.as_str(), HANDLER, code)
            .role_id(&role.role_id)
            .function_name(named(s, what))
            .description(plan.description)
            .architectures(vec![self.config.architecture.as_str().to_owned()])
            .memory_size(plan.memory_mib)
            .timeout(plan.timeout_seconds)
            .environment(Input::from_value(Value::Map(plan.environment)))
            .tracing_mode("Active")
            .log_format("JSON")
            .application_log_level(level)
            .log_group(plain(&self.log_group.id()))
            .live_alias(LIVE)
            .tags(tags);
        if let Some(artifact) = self.artifacts.of(what) {
            function = function.code_sha256(artifact.sha256_base64.as_str());
        }
        if let Some(reserved) = plan.reserved {
            function = function.reserved_concurrent_executions(reserved);
        }
        if let Some((subnets, groups)) = plan.network {
            function = function.subnet_ids(subnets).security_group_ids(groups);
        }
        s.add_with(what, function, options)
    }

    /// Small archives go with the call, large ones through S3.
    fn code(&self, what: &str, options: Options) -> (Code, Options) {
        // A graph that is only looked at has no code.
        let Some(artifact) = self.artifacts.of(what) else { return (Code::artifact(""), options) };
        match &self.bucket {
            Some(bucket) if artifact.needs_s3() => {
                let key = format!("{what}/{}.zip", artifact.sha256_hex);
                let object = Object::new(bucket, key.as_str()).artifact(artifact.sha256_hex.as_str());
                let object = self.scope.add(&format!("code-{what}"), object);
                (
                    Code::s3(plain(&bucket.id()), key),
                    and_after(options, &object, "the archive is in the bucket"),
                )
            }
            _ => (Code::artifact(artifact.sha256_hex.as_str()), options),
        }
    }
}

/// What an API function needs of the database and the secrets.
pub(crate) struct Needs<'a> {
    /// The database.
    pub database: &'a Database,
    /// Its settings.
    pub database_config: &'a DatabaseConfig,
    /// Secrets and keys.
    pub security: &'a Security,
    /// The network.
    pub network: &'a Network,
    /// The domain that mail comes from.
    pub mail_domain: &'a str,
}

/// The function that mails.
const MAILS: &str = "notifications";

/// A variable that the stack itself sets on functions of the API, and what it says there.
type Own = (&'static str, fn(&Scope, &Needs<'_>) -> Value);

/// Those of all functions.
const OWN: [Own; 5] = [
    ("STACK", |s, _| Value::from(s.stack_name())),
    ("DB_HOST", |_, needs| needs.database.host.value()),
    ("DB_PORT", |_, _| Value::from("5432")),
    ("DB_NAME", |_, needs| Value::from(needs.database_config.name.as_str())),
    ("DB_USER", |_, needs| Value::from(needs.database_config.application_username.as_str())),
];
/// Those of the function that mails.
const OWN_OF_MAIL: [Own; 2] = [
    ("MAIL_DOMAIN", |_, needs| Value::from(needs.mail_domain)),
    ("MAIL_CONFIGURATION_SET", |s, _| Value::from(named(s, MAIL_SETTINGS))),
];

fn own(what: &str) -> impl Iterator<Item = &'static Own> {
    OWN.iter().chain(OWN_OF_MAIL.iter().filter(move |_| what == MAILS))
}

/// The variable that names a secret.
pub(crate) fn variable_of(secret: &str) -> String {
    let word = |sign: char| if sign.is_ascii_alphanumeric() { sign.to_ascii_uppercase() } else { '_' };
    format!("{}_SECRET_ARN", secret.chars().map(word).collect::<String>())
}

/// The variables that the stack itself sets on a function of the API: nobody else's to set.
pub(crate) fn own_variables(what: &str, config: &FunctionConfig) -> Vec<String> {
    let fixed = own(what).map(|(name, _)| (*name).to_owned());
    fixed.chain(config.secrets.iter().map(|secret| variable_of(secret))).collect()
}

/// One of the eight functions of the API.
pub(crate) fn api_function(
    workshop: &Workshop<'_>,
    needs: &Needs<'_>,
    what: &str,
    config: &FunctionConfig,
) -> Handle<Function> {
    let s = workshop.scope;
    let database = needs.database;
    let given = workshop.config.environment.iter().chain(&config.environment);
    let mut environment: Map = given.map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
    environment.extend(own(what).map(|(name, value)| ((*name).to_owned(), value(s, needs))));
    let connect = arn(
        s,
        "rds-db",
        concat([
            Input::from("dbuser:"),
            Input::from(&database.connect_resource),
            Input::from(format!("/{}", needs.database_config.application_username)),
        ]),
    );
    let connect = Policy::new().statement(Statement::allow(&["rds-db:connect"]).resource(connect));
    let mut allowed = vec![
        ("connect".to_owned(), connect.document()),
        ("network".to_owned(), interfaces(s, needs.network, &needs.network.lambda_group, what)),
    ];
    let mut read = Vec::new();
    for secret in &config.secrets {
        if let Some(handle) = needs.security.secrets.by_name.get(secret) {
            environment.insert(variable_of(secret), handle.arn.value());
            read.push(handle.arn.clone());
        }
    }
    if !read.is_empty() {
        allowed.push(("secrets".to_owned(), read_secrets(s, &read, &needs.security.keys.secrets.arn)));
    }
    if what == MAILS {
        let set = named(s, MAIL_SETTINGS);
        allowed.push(("mail".to_owned(), send_mail(s, needs.mail_domain, &set)));
    }
    let function = workshop.function(Plan {
        what: what.to_owned(),
        description: format!("FinSight API: {what}"),
        code: config.code.clone(),
        memory_mib: config.memory_mib,
        timeout_seconds: workshop.config.timeout_seconds,
        environment,
        allowed,
        reserved: workshop.config.reserved_concurrency,
        network: Some((list(&needs.network.private_subnets), list([&needs.network.lambda_group]))),
        after: after(&database.user, "it logs in as that user"),
    });
    if config.provisioned_concurrency > 0 {
        let warm = ProvisionedConcurrencyConfig::new(&function, LIVE, config.provisioned_concurrency);
        s.add(what, warm);
    }
    function
}

/// Sends mail from the stack's domain, with the stack's settings.
fn send_mail(s: &Scope, domain: &str, set: &str) -> Value {
    Policy::new()
        .statement(
            Statement::allow(&["ses:SendEmail"])
                .resource(arn(s, "ses", format!("identity/{domain}")))
                .resource(arn(s, "ses", format!("configuration-set/{set}"))),
        )
        .document()
}

/// The network interfaces of a function in the VPC: made in its own subnets, with its own group. Lambda makes and takes
/// them away in the function's name, wants all of the account for the latter ("Giving Lambda functions access to resources
/// in an Amazon VPC"), and does not say that it is the function: what the function's own code calls, it is denied.
pub(crate) fn interfaces(s: &Scope, network: &Network, group: &Handle<SecurityGroup>, what: &str) -> Value {
    let any = arn(s, "ec2", "network-interface/*");
    let group: Output<String> = Output::of(group.urn(), "id");
    let mut make = Statement::allow(&["ec2:CreateNetworkInterface"]).resource(&any).resource(arn(
        s,
        "ec2",
        concat([Input::from("security-group/"), Input::from(group)]),
    ));
    for subnet in &network.private_subnets {
        let id: Output<String> = Output::of(subnet.urn(), "id");
        make = make.resource(arn(s, "ec2", concat([Input::from("subnet/"), Input::from(id)])));
    }
    Policy::new()
        .statement(make)
        .statement(
            Statement::allow(&[
                "ec2:DeleteNetworkInterface",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses",
            ])
            .resource(&any),
        )
        .statement(
            Statement::deny(&[
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses",
            ])
            .resource("*")
            .condition(
                "ArnEquals",
                "lambda:SourceFunctionArn",
                arn(s, "lambda", format!("function:{}", named(s, what))),
            ),
        )
        // Describing takes no narrower resource.
        .statement(Statement::allow(&["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]).resource("*"))
        .document()
}

/// Reads these secrets, and what encrypts them, through Secrets Manager alone.
pub(crate) fn read_secrets(s: &Scope, secrets: &[Output<Arn>], key: &Output<Arn>) -> Value {
    let mut read = Statement::allow(&["secretsmanager:GetSecretValue"]);
    for secret in secrets {
        read = read.resource(plain(secret));
    }
    let via: Output<String> =
        concat([Input::from("secretsmanager."), s.region().into(), Input::from(".amazonaws.com")]);
    Policy::new()
        .statement(read)
        .statement(Statement::allow(&["kms:Decrypt"]).resource(plain(key)).condition(
            "StringEquals",
            "kms:ViaService",
            via,
        ))
        .document()
}
