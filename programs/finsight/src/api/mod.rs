//! `api`: requirements A1 to A13.

mod edge;
pub(crate) mod functions;
mod gateway;

use std::collections::BTreeMap;

use finsight_engine::program::{Handle, Options, Scope};
use finsight_engine::value::{Map, Value};
use finsight_specs::apigateway::{RestApi, Stage};
use finsight_specs::cloudfront::Distribution;
use finsight_specs::lambda::Function;
use finsight_specs::logs::LogGroup;
use finsight_specs::route53::RecordSet;
use finsight_specs::s3::LifecycleRule;

use crate::artifacts::Artifacts;
use crate::common::{closed_bucket, name, named};
use crate::config::Config;
use crate::database::Database;
use crate::dns::{Certificates, Zone};
use crate::frontend::Frontend;
use crate::network::Network;
use crate::security::Security;
use functions::{Needs, Plan, Workshop, api_function};

/// What the authorizer may take: it waits for Auth0's keys for three seconds, and for nothing else.
const AUTHORIZER_SECONDS: i64 = 10;

/// What other components need of the API.
pub struct Api {
    /// The functions of the API, by name.
    pub functions: BTreeMap<String, Handle<Function>>,
    /// The authorizer.
    pub authorizer: Handle<Function>,
    /// The API.
    pub rest: Handle<RestApi>,
    /// Its stage.
    pub stage: Handle<Stage>,
    /// CloudFront in front of it.
    pub distribution: Handle<Distribution>,
    /// Its public name.
    pub name: Handle<RecordSet>,
    /// The certificates of that name.
    pub certificates: Certificates,
    /// Where functions log to.
    pub log_group: Handle<LogGroup>,
    /// Where the stage's access log goes.
    pub access_log: Handle<LogGroup>,
}

/// What the API stands on.
pub struct Ground<'a> {
    /// The network.
    pub network: &'a Network,
    /// Names in DNS.
    pub zone: &'a Zone,
    /// The site that calls it.
    pub frontend: &'a Frontend,
    /// The database.
    pub database: &'a Database,
    /// Keys, secrets, firewalls.
    pub security: &'a Security,
    /// The code of functions.
    pub artifacts: &'a Artifacts,
    /// Days that a deleted secret can be restored.
    pub secret_recovery_days: i64,
}

/// The API: functions, API Gateway, CloudFront.
#[must_use]
pub fn api(s: &Scope, config: &Config, ground: &Ground<'_>) -> Api {
    let api = &config.api;
    let log_group = s.add(
        "functions",
        LogGroup::new()
            .log_group_name(format!("/aws/lambda/{}", named(s, "api")))
            .retention_in_days(api.log_retention_days)
            .tags(name(s, "api")),
    );
    let bucket = ground.artifacts.any_needs_s3().then(|| {
        let ended = LifecycleRule::new("end").abort_incomplete_multipart_upload_days(7);
        let bucket = closed_bucket(s, "code", Vec::new()).lifecycle_rules(vec![ended]);
        s.add("code", bucket.force_destroy(true))
    });
    let workshop =
        Workshop { scope: s, config: api, artifacts: ground.artifacts, log_group: &log_group, bucket };
    let needs = Needs {
        database: ground.database,
        database_config: &config.database,
        security: ground.security,
        network: ground.network,
        mail_domain: &ground.zone.domain,
    };
    let functions: BTreeMap<String, Handle<Function>> = api
        .functions
        .all()
        .into_iter()
        .map(|(what, _, function)| (what.to_owned(), api_function(&workshop, &needs, what, function)))
        .collect();
    let authorizer = authorizer(&workshop);
    let gateway = gateway::gateway(s, config, ground, &functions, &authorizer);
    let edge::Edge { distribution, name, certificates } = edge::edge(s, config, ground, &gateway);
    let gateway::Gateway { rest, stage, access_log, .. } = gateway;
    Api { functions, authorizer, rest, stage, distribution, name, certificates, log_group, access_log }
}

/// A6: outside of the VPC, because all that it talks to is Auth0.
fn authorizer(workshop: &Workshop<'_>) -> Handle<Function> {
    let config = workshop.config;
    let environment = Map::from([
        ("JWT_ISSUER".to_owned(), Value::from(config.authorizer.issuer.as_str())),
        ("JWT_AUDIENCES".to_owned(), Value::from(config.authorizer.audience.as_str())),
    ]);
    workshop.function(Plan {
        what: "authorizer".to_owned(),
        description: "FinSight API: lets in who has a token of Auth0".to_owned(),
        code: config.authorizer.code.clone(),
        memory_mib: config.authorizer.memory_mib,
        timeout_seconds: AUTHORIZER_SECONDS,
        environment,
        allowed: Vec::new(),
        reserved: config.reserved_concurrency,
        network: None,
        after: Options::default(),
    })
}
