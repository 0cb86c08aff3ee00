//! API Gateway: a whole API from one document, what outsiders change in it, and what is shared.

use std::collections::BTreeMap;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::types::{GatewayResponseType, Op as PatchOp, PatchOperation};
use finsight_engine::graph::Graph;
use finsight_engine::plan::Op;
use finsight_engine::program::{Options, Stack};
use finsight_local::LocalCloud;
use finsight_specs::apigateway::{
    AccessLog, Account, ApiKey, ApiStage, Authorizer, BasePathMapping, Cors, Deployment, DomainName,
    GatewayResponse, LambdaAuthorizer, MethodSetting, OpenApi, Quota, RestApi, Security, Stage, Throttle,
    UsagePlan, UsagePlanKey,
};
use finsight_specs::iam::{Policy, Role, Statement};
use finsight_specs::logs::LogGroup;

use crate::fixture::REGION;
use crate::life::Life;
use crate::runtime;

fn uri(function: &str) -> String {
    format!(
        "arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/arn:aws:lambda:{REGION}:123456789012:function:{function}:live/invocations"
    )
}

async fn client(life: &Life) -> Client {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(life.cloud.http_client())
        .credentials_provider(LocalCloud::credentials())
        .region(Region::new(REGION))
        .retry_config(RetryConfig::disabled())
        .load()
        .await;
    Client::new(&config)
}

/// Eight groups behind an authorizer, keys, logs, limits and a domain name.
fn api(ttl: i64) -> Graph {
    let stack = Stack::new("test", REGION);
    let scope = stack.component("api", BTreeMap::new());
    let cors = Cors::new(["https://app.example.com", "https://admin.example.com"]);
    let mut body = OpenApi::new("finsight")
        .authorizer("jwt", LambdaAuthorizer::request(uri("authorizer")).ttl(ttl))
        .lambda_group("/auth", uri("auth"), &Security::none())
        .cors_preflight("/auth", &cors);
    for group in ["users", "accounts", "goals", "budgets", "reports", "alerts", "imports"] {
        let path = format!("/{group}");
        let guarded = Security::authorizer("jwt").api_key(true);
        body = body.lambda_group(&path, uri(group), &guarded).cors_preflight(&path, &cors);
    }
    for kind in ["DEFAULT_4XX", "DEFAULT_5XX", "WAF_FILTERED"] {
        body = body.gateway_response(GatewayResponse::new(kind).cors(&cors));
    }
    let api = scope.add("main", RestApi::new(body).name("finsight"));
    let trust = Policy::new()
        .statement(Statement::allow(&["sts:AssumeRole"]).service("apigateway.amazonaws.com"))
        .document();
    let role = scope.add("logs", Role::new(trust));
    let account = scope.add("account", Account::new(&role.arn));
    let group = scope.add("access", LogGroup::new().log_group_name("/finsight/access"));
    let deployment = scope.add("main", Deployment::new(&api, &api.content_hash));
    let settings = MethodSetting::new().throttling(50.0, 100).logging_level("ERROR").metrics_enabled(true);
    let stage = Stage::new(&api, "live", &deployment)
        .tracing_enabled(true)
        .access_log_settings(AccessLog::json(&group.arn))
        .method_settings(BTreeMap::from([("*/*".to_owned(), settings)]));
    let because = BTreeMap::from([(account.urn().clone(), "it logs with the account's role".to_owned())]);
    let stage = scope.add_with("live", stage, Options { depends_on: because, ..Options::default() });
    let key = scope.add("mobile", ApiKey::new());
    let plan = UsagePlan::new()
        .api_stages([ApiStage::new(&api, &stage.name)])
        .throttle(Throttle::new(10.0, 20))
        .quota(Quota::new(100_000, "MONTH"));
    let plan = scope.add("mobile", plan);
    scope.add("mobile", UsagePlanKey::new(&plan, &key));
    let certificate = crate::ground::issued(&scope, &scope, "api.example.com");
    let domain = scope.add("main", DomainName::new("api.example.com", &certificate.certificate_arn));
    scope.add("main", BasePathMapping::new(&domain, &api).stage(&stage.name));
    stack.finish().expect("a sound program")
}

fn patch(path: &str, value: &str) -> PatchOperation {
    PatchOperation::builder().op(PatchOp::Replace).path(path).value(value).build()
}

#[test]
fn what_outsiders_change_in_an_api_is_seen_and_put_right() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = api(300);
        life.reach(&graph, "made").await;
        let aws = client(&life).await;
        let id = aws.get_rest_apis().send().await.unwrap().items()[0].id().unwrap().to_owned();
        let deployed = async || {
            let stages = aws.get_stages().rest_api_id(&id).send().await.unwrap();
            stages.item()[0].deployment_id().unwrap().to_owned()
        };
        let before = deployed().await;
        let authorizers = aws.get_authorizers().rest_api_id(&id).send().await.unwrap();
        let authorizer = authorizers.items()[0].clone();
        assert_eq!(authorizer.name(), Some("jwt"));

        // An authorizer that lets more through, an error without its headers, an open method.
        let outside = [
            ("authorizer jwt changed", 0),
            ("gateway response WAF_FILTERED gone", 1),
            ("gateway response UNAUTHORIZED added", 2),
            ("ANY /users changed", 3),
            ("authorizer other added", 4),
        ];
        for (shown, which) in outside {
            match which {
                0 => {
                    let call = aws.update_authorizer().rest_api_id(&id);
                    let call = call.authorizer_id(authorizer.id().unwrap());
                    call.patch_operations(patch("/authorizerUri", &uri("evil"))).send().await.unwrap();
                }
                1 => {
                    let call = aws.delete_gateway_response().rest_api_id(&id);
                    call.response_type(GatewayResponseType::WafFiltered).send().await.unwrap();
                }
                2 => {
                    let call = aws.put_gateway_response().rest_api_id(&id).status_code("200");
                    call.response_type(GatewayResponseType::Unauthorized).send().await.unwrap();
                }
                3 => {
                    let resources = aws.get_resources().rest_api_id(&id).limit(500).send().await.unwrap();
                    let users = resources.items().iter().find(|r| r.path() == Some("/users")).unwrap();
                    let call = aws.update_method().rest_api_id(&id).resource_id(users.id().unwrap());
                    let call = call.http_method("ANY").patch_operations(patch("/authorizationType", "NONE"));
                    call.send().await.unwrap();
                }
                _ => {
                    let call = aws.create_authorizer().rest_api_id(&id).name("other");
                    let call = call.r#type(aws_sdk_apigateway::types::AuthorizerType::Token);
                    call.authorizer_uri(uri("evil")).send().await.unwrap();
                }
            }
            let plan = life.plan(&graph).await;
            let step = plan.steps.iter().find(|step| step.urn.type_name() == "aws:apigateway:RestApi");
            let step = step.expect("the API has a step");
            assert_eq!(step.op, Op::Update, "{shown}");
            let text = format!("{:?}", step.diff);
            assert!(text.contains(shown), "{shown}: {text}");
            life.reach(&graph, shown).await;
        }
        // What stands is what stood: nothing was deployed anew for it.
        assert_eq!(deployed().await, before);
        life.destroy("destroyed").await;
        // Of log groups that API Gateway has made no program knows.
        let left = life.cloud.status().await;
        assert_eq!(left.total(), left.count("aws:logs:LogGroup"), "{left:?}");
    });
}

#[test]
fn another_content_is_deployed_before_the_last_one_goes() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&api(300), "made").await;
        let aws = client(&life).await;
        let id = aws.get_rest_apis().send().await.unwrap().items()[0].id().unwrap().to_owned();
        let seen = life.cloud.calls().len();
        life.reach(&api(60), "changed").await;
        let calls: Vec<String> = life.cloud.calls()[seen..]
            .iter()
            .filter(|call| call.mutating)
            .map(|call| call.operation.clone())
            .collect();
        let at = |name: &str| calls.iter().position(|call| call == name);
        let order = [at("PutRestApi"), at("CreateDeployment"), at("UpdateStage"), at("DeleteDeployment")];
        assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{calls:?}");
        let deployments = aws.get_deployments().rest_api_id(&id).send().await.unwrap();
        assert_eq!(deployments.items().len(), 1);
        life.destroy("destroyed").await;
    });
}

#[test]
fn an_authorizer_beside_a_body_is_refused() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let stack = Stack::new("test", REGION);
        let scope = stack.component("api", BTreeMap::new());
        let body = OpenApi::new("x").lambda_route("/a", "GET", uri("a"), &Security::none());
        let api = scope.add("main", RestApi::new(body));
        scope.add("jwt", Authorizer::new(&api, "TOKEN", uri("authorizer")));
        let outcome = life.up(&stack.finish().expect("a sound program")).await;
        let text = format!("{:?}", outcome.errors);
        assert!(text.contains("declare the authorizer in it"), "{text}");
        assert_eq!(life.cloud.status().await.count("aws:apigateway:Authorizer"), 0);
    });
}

#[test]
fn the_account_s_role_is_given_back_unless_it_is_another_one_s() {
    runtime().block_on(async {
        for other in [false, true] {
            let mut life = Life::new().await;
            let stack = Stack::new("test", REGION);
            let scope = stack.component("api", BTreeMap::new());
            let trust = || {
                let statement = Statement::allow(&["sts:AssumeRole"]).service("apigateway.amazonaws.com");
                Policy::new().statement(statement).document()
            };
            let (one, two) = (scope.add("one", Role::new(trust())), scope.add("two", Role::new(trust())));
            scope.add("account", Account::new(&one.arn));
            stack.output("two", &two.arn);
            let graph = stack.finish().expect("a sound program");
            life.reach(&graph, "made").await;
            let aws = client(&life).await;
            let account = async || aws.get_account().send().await.unwrap().cloudwatch_role_arn;
            assert!(account().await.is_some());
            if other {
                let row = life.state.rows.values().find(|row| row.urn.name() == "two").unwrap();
                let arn = row.outputs["arn"].as_text().unwrap().to_owned();
                aws.update_account()
                    .patch_operations(patch("/cloudwatchRoleArn", &arn))
                    .send()
                    .await
                    .unwrap();
            }
            // Destroyed by what is on record.
            let target = life.state.rows.values().find(|row| row.urn.name() == "account").unwrap().clone();
            let call = finsight_engine::contract::Call::Delete { target: target.target() };
            life.call(&target, call).await;
            assert_eq!(account().await.is_some(), other);
        }
    });
}

/// An API with one path behind an authorizer, deployed.
fn small(ttl: i64, change: impl Fn(RestApi) -> RestApi) -> Graph {
    let stack = Stack::new("test", REGION);
    let scope = stack.component("api", BTreeMap::new());
    let body = OpenApi::new("small")
        .authorizer("jwt", LambdaAuthorizer::request(uri("authorizer")).ttl(ttl))
        .lambda_group("/users", uri("users"), &Security::authorizer("jwt"));
    let api = scope.add("main", change(RestApi::new(body).name("small")));
    let deployment = scope.add("main", Deployment::new(&api, &api.content_hash));
    scope.add("live", Stage::new(&api, "live", &deployment));
    stack.finish().expect("a sound program")
}

/// H7: what takes effect with a deployment gives one.
#[test]
fn a_setting_that_is_served_later_is_deployed() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&small(300, |api| api), "made").await;
        let aws = client(&life).await;
        let id = aws.get_rest_apis().send().await.unwrap().items()[0].id().unwrap().to_owned();
        let served = async || {
            let call = aws.get_export().rest_api_id(&id).stage_name("live").export_type("oas30");
            let export = call.parameters("extensions", "apigateway").send().await.unwrap();
            String::from_utf8(export.body.unwrap().into_inner()).unwrap()
        };
        let open = || {
            let statement = Statement::allow(&["execute-api:Invoke"]).everyone().resource("execute-api:/*");
            Policy::new().statement(statement).document()
        };
        type Change = fn(RestApi) -> RestApi;
        let steps: [(&str, Change); 3] = [
            ("disableExecuteApiEndpoint", |api| api.disable_execute_api_endpoint(true)),
            ("x-amazon-apigateway-binary-media-types", |api| api.binary_media_types(["image/png"])),
            ("x-amazon-apigateway-minimum-compression-size", |api| api.minimum_compression_size(1024)),
        ];
        for (shown, change) in steps {
            assert!(!served().await.contains(shown), "{shown}");
            life.reach(&small(300, change), shown).await;
            assert!(served().await.contains(shown), "{shown}");
        }
        life.reach(&small(300, |api| api.policy(open())), "a policy").await;
        assert!(served().await.contains("execute-api:Invoke"));
        life.destroy("destroyed").await;
    });
}

/// X15: an import leaves the API's own name closed. H13: an authorizer that an import left as it was is put right.
#[test]
fn an_import_does_what_its_document_says() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let closed = |ttl| small(ttl, |api| api.disable_execute_api_endpoint(true));
        life.reach(&closed(300), "made").await;
        let kept = finsight_local::Outcome {
            kind: "aws:apigateway:Authorizer".to_owned(),
            name: "jwt".to_owned(),
            code: String::new(),
            reason: String::new(),
        };
        life.cloud.set_outcomes(vec![kept]);
        let seen = life.cloud.calls().len();
        life.reach(&closed(60), "another authorizer").await;
        let calls = &life.cloud.calls()[seen..];
        assert!(calls.iter().all(|call| call.operation != "UpdateRestApi"), "it never was open");
        let aws = client(&life).await;
        let api = aws.get_rest_apis().send().await.unwrap().items()[0].clone();
        assert!(api.disable_execute_api_endpoint());
        let authorizers = aws.get_authorizers().rest_api_id(api.id().unwrap()).send().await.unwrap();
        assert_eq!(authorizers.items()[0].authorizer_result_ttl_in_seconds(), Some(60));
        life.destroy("destroyed").await;
    });
}
