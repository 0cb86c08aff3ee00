//! A1 to A5, A11 to A13: the functions and the API in front of them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_apigateway::types::{Method, Resource};
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput as About;

use super::policies::{Role, set};
use super::stand::{Aws, Stand, after, dev, findings, planned, prod, records, text};

/// The functions of the API, their paths and MiB of memory.
pub const FUNCTIONS: [(&str, &[&str], i32); 8] = [
    ("auth", &["auth"], 512),
    ("users", &["users"], 512),
    ("transactions", &["transactions"], 1024),
    ("budgets", &["budgets"], 512),
    ("assets", &["accounts", "assets"], 512),
    ("categories", &["categories"], 512),
    ("reports", &["reports"], 1024),
    ("notifications", &["notifications"], 512),
];

/// The API functions and the authorizer.
pub fn reserved() -> Vec<String> {
    let names = FUNCTIONS.iter().map(|(name, ..)| *name).chain(["authorizer"]);
    names.map(|name| format!("finsight-{name}")).collect()
}

pub async fn function(stand: &Stand, name: &str) -> About {
    let about = stand.here.lambda.get_function_configuration().function_name(name).send().await;
    about.expect("the function")
}

/// The id of the one API.
pub async fn api(stand: &Stand) -> String {
    let apis = stand.here.apigateway.get_rest_apis().send().await.expect("APIs");
    let [api] = apis.items() else { panic!("{apis:?}") };
    assert_eq!(api.name(), Some("finsight-api"));
    text(api.id()).to_owned()
}

/// Each path of the API with its methods.
pub async fn routes(stand: &Stand) -> BTreeMap<String, BTreeMap<String, Method>> {
    let api = api(stand).await;
    let call = stand.here.apigateway.get_resources().rest_api_id(api).embed("methods").limit(500);
    let resources = call.send().await.expect("resources");
    let route = |resource: &Resource| {
        let methods = resource.resource_methods().cloned().unwrap_or_default().into_iter().collect();
        (text(resource.path()).to_owned(), methods)
    };
    resources.items().iter().map(route).collect()
}

/// The paths of a function: its groups, bare and with what is below.
pub fn paths(groups: &[&str]) -> Vec<String> {
    groups.iter().flat_map(|group| [format!("/{group}"), format!("/{group}/{{proxy+}}")]).collect()
}

/// An issued certificate for a domain, proven by a record that stands in the zone.
async fn is_proven(stand: &Stand, aws: &Aws, arn: &str, domain: &str) {
    let found = aws.acm.describe_certificate().certificate_arn(arn).send().await.expect("a certificate");
    let certificate = found.certificate().expect("a certificate");
    assert_eq!(certificate.domain_name(), Some(domain));
    assert_eq!(certificate.status().map(|status| status.as_str()), Some("ISSUED"));
    let [proof] = certificate.domain_validation_options() else { panic!("{certificate:?}") };
    assert_eq!(proof.validation_method().map(|method| method.as_str()), Some("DNS"));
    let wanted = proof.resource_record().expect("its record");
    let values = records(stand, wanted.name(), wanted.r#type().as_str()).await;
    assert_eq!(values, [wanted.value().trim_end_matches('.')]);
}

#[test]
fn a1_regional_api_with_its_domain_and_certificate() {
    let stand = prod();
    stand.block(async {
        let gateway = &stand.here.apigateway;
        let id = api(stand).await;
        let about = gateway.get_rest_api().rest_api_id(&id).send().await.expect("the API");
        let kinds = about.endpoint_configuration().expect("an endpoint").types();
        assert_eq!(kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(), ["REGIONAL"]);
        // Nobody goes round the domain.
        assert!(about.disable_execute_api_endpoint());
        let stages = gateway.get_stages().rest_api_id(&id).send().await.expect("stages");
        let [stage] = stages.item() else { panic!("{stages:?}") };

        let domain = gateway.get_domain_name().domain_name("api.finsight.com").send().await.expect("domain");
        assert_eq!(domain.security_policy().map(|policy| policy.as_str()), Some("TLS_1_2"));
        let kinds = domain.endpoint_configuration().expect("an endpoint").types();
        assert_eq!(kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(), ["REGIONAL"]);
        let certificate = text(domain.regional_certificate_arn());
        assert!(certificate.contains(":ap-northeast-1:"), "{certificate}");
        is_proven(stand, &stand.here, certificate, "api.finsight.com").await;

        let mappings = gateway.get_base_path_mappings().domain_name("api.finsight.com").send().await;
        let mappings = mappings.expect("mappings");
        let [mapping] = mappings.items() else { panic!("{mappings:?}") };
        assert_eq!(mapping.rest_api_id(), Some(id.as_str()));
        assert_eq!(mapping.stage(), stage.stage_name());
    });
}

#[test]
fn a2_eight_functions_by_path_group() {
    let stand = prod();
    stand.block(async {
        let routes = routes(stand).await;
        let expected: BTreeSet<String> = FUNCTIONS.iter().flat_map(|(_, groups, _)| paths(groups)).collect();
        let with_methods = routes.iter().filter(|(_, methods)| !methods.is_empty());
        assert_eq!(with_methods.map(|(path, _)| path.clone()).collect::<BTreeSet<_>>(), expected);
        for (name, groups, _) in FUNCTIONS {
            let live = stand.arn("lambda", &format!("function:finsight-{name}:live"));
            for path in paths(groups) {
                let method =
                    routes[&path].get("ANY").unwrap_or_else(|| panic!("{path}: {:?}", routes[&path]));
                let integration = method.method_integration().expect("an integration");
                assert_eq!(integration.r#type().map(|kind| kind.as_str()), Some("AWS_PROXY"));
                let uri = text(integration.uri());
                assert!(uri.ends_with(&format!("/functions/{live}/invocations")), "{path}: {uri}");
            }
            // The function lets API Gateway call its alias, for these paths.
            let policy = stand.here.lambda.get_policy().function_name(&live).send().await.expect("a policy");
            for group in groups {
                for path in [format!("/*/*/{group}\""), format!("/*/*/{group}/*\"")] {
                    assert!(text(policy.policy()).contains(&path), "{name}: {policy:?}");
                }
            }
        }
    });
}

#[test]
fn a3_custom_runtime_memory_timeout_tracing_and_subnets() {
    let stand = prod();
    stand.block(async {
        let all = stand.here.ec2.describe_subnets().send().await.expect("subnets");
        let private: BTreeSet<&str> = all
            .subnets()
            .iter()
            .filter(|subnet| {
                let mut tags = subnet.tags().iter();
                tags.any(|tag| tag.value().is_some_and(|name| name.starts_with("finsight-private")))
            })
            .map(|subnet| text(subnet.subnet_id()))
            .collect();
        let proxies = stand.here.rds.describe_db_proxies().send().await.expect("proxies");
        let host = text(proxies.db_proxies()[0].endpoint());
        for (name, _, memory) in FUNCTIONS {
            let about = function(stand, &format!("finsight-{name}")).await;
            assert_eq!(about.runtime().map(|runtime| runtime.as_str()), Some("provided.al2023"));
            assert_eq!(about.package_type().map(|kind| kind.as_str()), Some("Zip"));
            assert_eq!((about.memory_size(), about.timeout()), (Some(memory), Some(28)), "{name}");
            let mode = about.tracing_config().and_then(|tracing| tracing.mode()).map(|mode| mode.as_str());
            assert_eq!(mode, Some("Active"));
            let subnets = about.vpc_config().expect("in the VPC").subnet_ids();
            assert_eq!(subnets.iter().map(String::as_str).collect::<BTreeSet<_>>(), private);
            let variables = about.environment().and_then(|it| it.variables()).expect("an environment");
            assert_eq!(variables.get("LOG_LEVEL").map(String::as_str), Some("info"));
            assert_eq!(variables.get("DB_HOST").map(String::as_str), Some(host));
            assert_eq!(variables.get("STACK").map(String::as_str), Some("prod"));
        }
    });
    // The runtime of the source is found fault with, with the days on which AWS stops to take it.
    let found = findings("prod", &[("provided.al2023", "provided.al2")]);
    let about: Vec<_> = found.iter().filter(|(rule, _)| rule == "supported-runtime").collect();
    assert!(!about.is_empty());
    for (_, message) in about {
        for day in ["2026-07-31", "2027-02-01", "2027-03-03"] {
            assert!(message.contains(day), "{message}");
        }
    }
}

#[test]
fn a4_reserved_concurrency_leaves_a_hundred() {
    let stand = prod();
    stand.block(async {
        let lambda = &stand.here.lambda;
        let names = reserved();
        assert_eq!(names.len(), 9);
        for name in &names {
            let found = lambda.get_function_concurrency().function_name(name).send().await.expect("it");
            assert_eq!(found.reserved_concurrent_executions(), Some(100), "{name}");
        }
        let limits = lambda.get_account_settings().send().await.expect("the account");
        let limits = limits.account_limit().expect("its limits");
        assert_eq!(limits.concurrent_executions(), 1000);
        assert_eq!(limits.unreserved_concurrent_executions(), Some(100));
    });
    // What the account does not have is refused before anything is changed, whatever the config believes.
    let edits = [
        ("\"reserved_concurrency\": 100", "\"reserved_concurrency\": 120"),
        ("\"account_concurrency\": 1000", "\"account_concurrency\": 2000"),
    ];
    let before = stand.run(&["state", "list", "--json"]).ok().json()["serial"].clone();
    stand.run_changed(&edits, &["up", "--yes"]).exit(1).says(&[
        "PREFLIGHT-CONCURRENCY",
        "reserve 1080",
        "nothing was changed",
    ]);
    stand.block(async {
        for name in reserved() {
            let found = stand.here.lambda.get_function_concurrency().function_name(&name).send().await;
            assert_eq!(found.expect("it").reserved_concurrent_executions(), Some(100), "{name}");
        }
    });
    assert_eq!(stand.run(&["state", "list", "--json"]).ok().json()["serial"], before);
}

#[test]
fn a5_provisioned_concurrency_by_config_alone() {
    let stand = prod();
    stand.block(async {
        for name in reserved() {
            let call = stand.here.lambda.list_provisioned_concurrency_configs().function_name(&name);
            let found = call.send().await.expect("a list");
            assert!(found.provisioned_concurrency_configs().is_empty(), "{name}: {found:?}");
        }
    });
    let edit = [("\"memory_mib\": 512,", "\"memory_mib\": 512,\n\"provisioned_concurrency\": 5,")];
    let steps = planned("prod", &edit, "aws:lambda:ProvisionedConcurrencyConfig");
    let [step] = steps.as_slice() else { panic!("{steps:?}") };
    assert_eq!(after(step, "provisioned_concurrent_executions"), 5);
    assert_eq!(after(step, "qualifier"), "live");
}

#[test]
fn a7_api_keys_usage_plans_and_throttling() {
    let stand = prod();
    stand.block(async {
        let gateway = &stand.here.apigateway;
        let id = api(stand).await;
        let plans = gateway.get_usage_plans().send().await.expect("plans");
        let [plan] = plans.items() else { panic!("{plans:?}") };
        let throttle = plan.throttle().expect("a rate limit");
        assert_eq!((throttle.rate_limit(), throttle.burst_limit()), (50.0, 100));
        let quota = plan.quota().expect("a quota");
        assert_eq!(quota.limit(), 1_000_000);
        assert_eq!(quota.period().map(|period| period.as_str()), Some("MONTH"));
        let stages: Vec<_> = plan.api_stages().iter().map(|stage| (stage.api_id(), stage.stage())).collect();
        assert_eq!(stages, [(Some(id.as_str()), Some("v1"))]);
        let keys = gateway.get_usage_plan_keys().usage_plan_id(text(plan.id())).send().await.expect("keys");
        let names: Vec<_> = keys.items().iter().map(|key| text(key.name())).collect();
        assert_eq!(names, ["finsight-frontend"]);

        let stage = gateway.get_stage().rest_api_id(&id).stage_name("v1").send().await.expect("the stage");
        let settings = &stage.method_settings().expect("settings")["*/*"];
        assert_eq!((settings.throttling_rate_limit(), settings.throttling_burst_limit()), (100.0, 200));
    });
}

#[test]
fn a10_api_gateway_cache_by_config_alone() {
    let stand = prod();
    stand.block(async {
        let id = api(stand).await;
        let stage = stand.here.apigateway.get_stage().rest_api_id(id).stage_name("v1").send().await;
        assert!(!stage.expect("the stage").cache_cluster_enabled());
    });
    let cache = "\"cache\": {\"size_gb\": \"0.5\", \"ttl_seconds\": 300, \"groups\": [\"categories\"], \"query_parameters\": [\"page\"]},\n\"throttling\"";
    let steps = planned("prod", &[("\"throttling\"", cache)], "aws:apigateway:Stage");
    assert_eq!(after(&steps[0], "cache_cluster_enabled"), true);
    assert_eq!(after(&steps[0], "cache_cluster_size"), "0.5");
}

#[test]
fn a11_functions_log_json_to_one_group() {
    let stand = prod();
    stand.block(async {
        let name = "/aws/lambda/finsight-api";
        for function_name in reserved() {
            let about = function(stand, &function_name).await;
            let logging = about.logging_config().expect("logging");
            assert_eq!(logging.log_group(), Some(name));
            assert_eq!(logging.log_format().map(|format| format.as_str()), Some("JSON"));
        }
        let groups = stand.here.logs.describe_log_groups().log_group_name_prefix(name).send().await;
        let groups = groups.expect("groups");
        let [group] = groups.log_groups() else { panic!("{groups:?}") };
        assert_eq!(group.retention_in_days(), Some(90));
    });
}

#[test]
fn a12_each_function_has_a_role_of_its_own_that_does_little() {
    let stand = prod();
    stand.block(async {
        // What AWS takes no narrower resource for.
        let unbounded = set([
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ]);
        let proxies = stand.here.rds.describe_db_proxies().send().await.expect("proxies");
        let proxy = text(proxies.db_proxies()[0].db_proxy_arn()).rsplit(':').next().unwrap_or_default();
        let user = stand.arn("rds-db", &format!("dbuser:{proxy}/finsight_app"));
        let log = format!("{}:*", stand.arn("logs", "log-group:/aws/lambda/finsight-api"));
        let auth0 = stand.secret("finsight/auth0").await;
        let mut roles = BTreeSet::new();
        for (name, ..) in FUNCTIONS {
            let about = function(stand, &format!("finsight-{name}")).await;
            let arn = text(about.role());
            assert!(roles.insert(arn.to_owned()), "{name} shares a role");
            let role = Role::read(stand, arn).await;
            assert_eq!(role.service(), "lambda.amazonaws.com");
            assert!(role.attached.is_empty(), "{name}: {:?}", role.attached);
            for statement in &role.allows {
                assert!(statement.allows);
                assert!(
                    statement.actions.iter().all(|action| !action.contains('*')),
                    "{name}: {statement:?}"
                );
                if statement.resources.contains("*") {
                    assert!(statement.actions.is_subset(&unbounded), "{name}: {statement:?}");
                }
            }
            assert_eq!(role.on("rds-db:connect"), set([&user]), "{name}");
            assert_eq!(role.on("logs:PutLogEvents"), set([&log]), "{name}");
            let secrets = if name == "auth" { set([&auth0]) } else { BTreeSet::new() };
            assert_eq!(role.on("secretsmanager:GetSecretValue"), secrets, "{name}");
        }
        for name in ["finsight-authorizer", "finsight-slack-notifier", "finsight-database-user"] {
            let about = function(stand, name).await;
            assert!(roles.insert(text(about.role()).to_owned()), "{name} shares a role");
            let role = Role::read(stand, text(about.role())).await;
            assert!(role.on("rds-db:connect").is_empty() && role.attached.is_empty());
            let wide = role.allows.iter().filter(|statement| statement.resources.contains("*"));
            assert!(wide.clone().all(|statement| statement.actions.is_subset(&unbounded)));
        }
    });
}

#[test]
fn a13_live_alias_stands_for_the_newest_version() {
    let stand = prod();
    stand.block(async {
        let lambda = &stand.here.lambda;
        for name in reserved() {
            let live = lambda.get_alias().function_name(&name).name("live").send().await.expect("the alias");
            let version = text(live.function_version());
            assert!(version.parse::<u32>().is_ok(), "{name}: {version}");
            let newest = function(stand, &name).await;
            let published = lambda.get_function_configuration().function_name(&name).qualifier(version);
            let published = published.send().await.expect("the version");
            assert_eq!(published.code_sha256(), newest.code_sha256());
            assert_eq!(published.memory_size(), newest.memory_size());
            assert_eq!(published.environment(), newest.environment());
        }
    });
}

#[test]
fn a13_live_is_taken_back_and_comes_forward_with_the_next_deployment() {
    // A deployment publishes one more version and moves the alias to it.
    let other = dev();
    let _changing = other.changing();
    let version = || {
        let call = other.here.lambda.get_alias().function_name("finsight-users-dev").name("live");
        let alias = other.block(call.send()).expect("the alias");
        text(alias.function_version()).parse::<u32>().expect("a number")
    };
    let before = version();
    let urn = "dev/api/aws:lambda:Function/users";
    let edit = [("\"LOG_LEVEL\": \"debug\"", "\"LOG_LEVEL\": \"trace\"")];
    other.run_changed(&edit, &["up", "--yes", "--target", urn]).ok();
    assert_eq!(version(), before + 1);
    // Back with one call, as the runbook says: it is told, and stays until the next deployment.
    let call = other.here.lambda.update_alias().function_name("finsight-users-dev").name("live");
    other.block(call.function_version(before.to_string()).send()).expect("the alias is moved");
    let found = other.run_changed(&edit, &["drift", "--json"]).exit(2).json();
    let drifted = found["drifted"].as_array().expect("a list");
    let [one] = drifted.as_slice() else { panic!("{drifted:?}") };
    assert_eq!((one["urn"].as_str(), one["diff"][0]["path"].as_str()), (Some(urn), Some("live_version")));
    assert_eq!(version(), before);
    // The next deployment takes it forward.
    other.run_changed(&edit, &["up", "--yes", "--target", urn]).ok();
    assert_eq!(version(), before + 1);
    // With the change taken out of the program, the function becomes what the version before is.
    let call = other.here.lambda.update_alias().function_name("finsight-users-dev").name("live");
    other.block(call.function_version(before.to_string()).send()).expect("the alias is moved");
    other.run(&["up", "--yes", "--target", urn]).ok();
    assert_eq!(version(), before);
    other.run(&["drift"]).ok();
}
