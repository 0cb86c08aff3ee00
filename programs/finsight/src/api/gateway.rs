//! A1, A2, A6 to A8, A10: API Gateway.

use std::collections::BTreeMap;

use finsight_engine::program::{Handle, Input, Output, Scope, concat, json};
use finsight_engine::value::{Map, Value};
use finsight_specs::acm::CertificateValidation;
use finsight_specs::apigateway::{
    AccessLog, Account, ApiKey, ApiStage, BasePathMapping, Cors, Deployment, DomainName, GatewayResponse,
    LambdaAuthorizer, MethodSetting, OpenApi, Quota, RestApi, Security as Who, Stage, Throttle, UsagePlan,
    UsagePlanKey,
};
use finsight_specs::iam::Role;
use finsight_specs::ids::Arn;
use finsight_specs::lambda::{Function, Permission};
use finsight_specs::logs::LogGroup;
use finsight_specs::secretsmanager::{Secret, SecretVersion};
use finsight_specs::wafv2::WebAclAssociation;

use super::Ground;
use super::functions::LIVE;
use crate::common::{after, and_after, aws_arn, name, named, part, plain, plain_trust, typed};
use crate::config::{ApiConfig, Config};
use crate::stack_name;

/// The one stage.
const STAGE: &str = "v1";
/// The group that needs no token.
const OPEN: &str = "auth";

/// What others need of API Gateway.
pub(super) struct Gateway {
    /// The API.
    pub rest: Handle<RestApi>,
    /// Its stage.
    pub stage: Handle<Stage>,
    /// Where the stage's access log goes.
    pub access_log: Handle<LogGroup>,
    /// The keys by name.
    pub keys: BTreeMap<String, Handle<ApiKey>>,
}

/// The API with its stage, domain, keys and firewall.
pub(super) fn gateway(
    s: &Scope,
    config: &Config,
    ground: &Ground<'_>,
    functions: &BTreeMap<String, Handle<Function>>,
    authorizer: &Handle<Function>,
) -> Gateway {
    let api = &config.api;
    let rest = s.add(
        "main",
        RestApi::new(content(api, functions, authorizer))
            .name(named(s, "api"))
            .description("FinSight API")
            .endpoint_type("REGIONAL")
            // Callers come through the custom domain, and so through CloudFront and its firewall.
            .disable_execute_api_endpoint(true)
            .binary_media_types(api.binary_media_types.clone())
            .tags(name(s, "api")),
    );
    allow(s, api, functions, authorizer, &rest);
    let deployment = s.add("main", Deployment::new(&rest, &rest.content_hash).description("FinSight API"));
    let access_log = s.add(
        "access",
        LogGroup::new()
            .log_group_name(format!("/aws/apigateway/{}", named(s, "api")))
            .retention_in_days(api.log_retention_days)
            .tags(name(s, "api")),
    );
    let execution_log = s.add(
        "execution",
        LogGroup::new()
            .log_group_name(concat([
                Input::from("API-Gateway-Execution-Logs_"),
                plain(&rest.id()),
                Input::from(format!("/{STAGE}")),
            ]))
            .retention_in_days(api.log_retention_days)
            .tags(name(s, "api")),
    );
    let account = account(s);
    let destination: Output<Arn> = Output::of(access_log.urn(), "arn");
    let mut settings = MethodSetting::new()
        .throttling(number(api.throttling.rate_per_second), api.throttling.burst)
        .logging_level("ERROR")
        .data_trace_enabled(false)
        // Alarms and the dashboard look at the stage as a whole, which has its metrics for nothing.
        .metrics_enabled(false);
    let mut of_methods = BTreeMap::new();
    if let Some(cache) = &api.cache {
        // A preflight, and what no group of the cache has, is not kept.
        settings = settings.cache_data_encrypted(true);
        for group in &cache.groups {
            for path in [format!("/{group}"), format!("/{group}/{{proxy+}}")] {
                let kept = settings.clone().caching(true, cache.ttl_seconds);
                of_methods.insert(format!("{path}/GET"), kept);
            }
        }
    }
    of_methods.insert("*/*".to_owned(), settings);
    let mut stage = Stage::new(&rest, STAGE, &deployment)
        .description("FinSight API")
        .tracing_enabled(true)
        .access_log_settings(AccessLog::json(destination))
        .method_settings(of_methods)
        .tags(name(s, "api"));
    if let Some(cache) = &api.cache {
        stage = stage.cache_cluster_enabled(true).cache_cluster_size(cache.size_gb.as_str());
    }
    let options = after(&account, "a stage cannot log without the account's role");
    let options = and_after(
        options,
        &execution_log,
        "API Gateway would make the log group itself, without a retention",
    );
    let stage = s.add_with("main", stage, options);
    s.add("api", WebAclAssociation::new(&stage.arn, &ground.security.regional.arn));
    let keys = keys(s, api, ground, &rest, &stage);
    Gateway { rest, stage, access_log, keys }
}

#[allow(clippy::cast_precision_loss)]
fn number(of: i64) -> f64 {
    of as f64
}

/// One document: routes, authorizer, preflights and the answers of API Gateway itself.
fn content(
    api: &ApiConfig,
    functions: &BTreeMap<String, Handle<Function>>,
    authorizer: &Handle<Function>,
) -> OpenApi {
    let cors = Cors::new(&api.cors_origins);
    let token = LambdaAuthorizer::request(&authorizer.live_invoke_arn).ttl(api.authorizer.cache_seconds);
    let mut body = OpenApi::new("finsight").authorizer("auth0", token);
    for (name, groups, _) in api.functions.all() {
        let Some(function) = functions.get(name) else { continue };
        let who = if name == OPEN { Who::none() } else { Who::authorizer("auth0") };
        let who = who.api_key(api.api_key_required);
        for group in groups {
            let path = format!("/{group}");
            body = body.lambda_group(&path, &function.live_invoke_arn, &who).cors_preflight(&path, &cors);
            if let Some(cache) =
                api.cache.as_ref().filter(|cache| cache.groups.iter().any(|one| one == group))
            {
                body = body.lambda_cached(&path, &function.live_invoke_arn, &who, &cache.query_parameters);
            }
        }
    }
    for kind in ["DEFAULT_4XX", "DEFAULT_5XX"] {
        body = body.gateway_response(GatewayResponse::new(kind).cors(&cors));
    }
    body
}

/// API Gateway may call the functions' `live`: each for its own paths alone.
fn allow(
    s: &Scope,
    api: &ApiConfig,
    functions: &BTreeMap<String, Handle<Function>>,
    authorizer: &Handle<Function>,
    rest: &Handle<RestApi>,
) {
    let allow = |what: &str, function: &Handle<Function>, rest_of: String| {
        let from: Output<String> = concat([crate::common::plain(&rest.execution_arn), Input::from(rest_of)]);
        s.add(
            what,
            Permission::new(
                function,
                format!("api-{what}"),
                "lambda:InvokeFunction",
                "apigateway.amazonaws.com",
            )
            .qualifier(LIVE)
            .source_arn(typed(from)),
        );
    };
    for (name, groups, _) in api.functions.all() {
        let Some(function) = functions.get(name) else { continue };
        for group in groups {
            allow(group, function, format!("/*/*/{group}"));
            allow(&format!("{group}-below"), function, format!("/*/*/{group}/*"));
        }
    }
    allow("authorizer", authorizer, "/authorizers/*".to_owned());
}

/// The role by which API Gateway logs: one in a region, which stacks may share.
fn account(s: &Scope) -> Handle<Account> {
    let role = s.add(
        "gateway-logs",
        Role::new(plain_trust("apigateway.amazonaws.com"))
            .role_name(named(s, "gateway-logs"))
            .description("API Gateway: writes the logs of stages")
            .managed_policy_arns([aws_arn(
                s,
                ":iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
            )])
            .tags(name(s, "gateway-logs")),
    );
    // The stacks of an account share its one role.
    s.add("main", Account::new(&role.arn).keep_existing(true))
}

/// A1: the public name, with TLS 1.2 at least. DNS leads to CloudFront, and CloudFront here.
pub(super) fn domain(
    s: &Scope,
    domain: &str,
    certificate: &Handle<CertificateValidation>,
    rest: &Handle<RestApi>,
    stage: &Handle<Stage>,
) -> Handle<DomainName> {
    let made = s.add(
        "api",
        DomainName::new(domain, &certificate.certificate_arn).security_policy("TLS_1_2").tags(name(s, "api")),
    );
    s.add("api", BasePathMapping::new(&made, rest).stage(&stage.name));
    made
}

/// A7: keys and usage plans. The keys' values are kept as a secret too, for those who need them.
fn keys(
    s: &Scope,
    api: &ApiConfig,
    ground: &Ground<'_>,
    rest: &Handle<RestApi>,
    stage: &Handle<Stage>,
) -> BTreeMap<String, Handle<ApiKey>> {
    let mut made = BTreeMap::new();
    for (plan, limits) in &api.usage_plans {
        let entry = UsagePlan::new()
            .name(named(s, plan))
            .description(format!("FinSight API: {plan}"))
            .api_stages(vec![ApiStage::new(rest, &stage.name)])
            .throttle(Throttle::new(number(limits.rate_per_second), limits.burst))
            .quota(Quota::new(limits.quota, limits.period.as_str()))
            .tags(name(s, plan));
        let handle = s.add(&part(plan), entry);
        for key in &limits.keys {
            let entry = ApiKey::new().name(named(s, key)).description("FinSight API").tags(name(s, key));
            let one = s.add(&part(key), entry);
            s.add(
                &part(key),
                UsagePlanKey::new(&handle, &one).api_stages(vec![ApiStage::new(rest, &stage.name)]),
            );
            made.insert(key.clone(), one);
        }
    }
    if made.is_empty() {
        return made;
    }
    let values: Map = made.iter().map(|(key, one)| (key.clone(), one.key_value.value())).collect();
    let secret = s.add(
        "api-keys",
        Secret::new()
            .name(format!("{}/api-keys", stack_name(s.stack_name(), "finsight")))
            .description("The API keys, by name")
            .kms_key_id(&ground.security.keys.secrets.arn)
            .recovery_window_in_days(ground.secret_recovery_days)
            .tags(name(s, "api-keys")),
    );
    s.add("api-keys", SecretVersion::new(&secret, json(Value::Map(values))));
    made
}
