//! API Gateway's deployments, stages, authorizers, keys, plans, domain names: guards and error codes.

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::primitives::Blob;
use aws_sdk_apigateway::types::{
    ApiStage, AuthorizerType, CacheClusterStatus, EndpointConfiguration, EndpointType, GatewayResponseType,
    Op, PatchOperation,
};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config, requested, validate};

const URI: &str = "arn:aws:apigateway:ap-northeast-1:lambda:path/2015-03-31/functions/arn:x/invocations";

fn body(with_authorizer: bool) -> Blob {
    let schemes = format!(
        r#""components": {{"securitySchemes": {{"jwt": {{"type": "apiKey", "name": "Unused", "in": "header",
        "x-amazon-apigateway-authtype": "custom", "x-amazon-apigateway-authorizer": {{"type": "request",
        "identitySource": "method.request.header.Authorization", "authorizerUri": "{URI}"}}}}}}}},"#
    );
    let (schemes, security) =
        if with_authorizer { (schemes.as_str(), r#""security": [{"jwt": []}],"#) } else { ("", "") };
    Blob::new(format!(
        r#"{{"openapi": "3.0.1", "info": {{"title": "x", "version": "1"}}, {schemes}
        "x-amazon-apigateway-gateway-responses": {{"DEFAULT_4XX": {{"responseParameters":
          {{"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}}}}}},
        "paths": {{"/a": {{"get": {{{security} "x-amazon-apigateway-integration": {{"type": "mock"}}}}}}}}}}"#
    ))
}

async fn client(cloud: &LocalCloud) -> Client {
    Client::new(&config(cloud, REGION).await)
}

fn patch(op: Op, path: &str, value: &str) -> PatchOperation {
    PatchOperation::builder().op(op).path(path).value(value).build()
}

/// An API with a deployment and the stage `live`.
async fn deployed(api: &Client) -> (String, String) {
    let made = api.import_rest_api().body(body(true)).send().await.unwrap();
    let id = made.id().unwrap().to_owned();
    let deployment = api.create_deployment().rest_api_id(&id).stage_name("live").send().await.unwrap();
    (id, deployment.id.unwrap())
}

#[tokio::test]
async fn a_body_s_authorizers_and_responses_are_listed() {
    let cloud = LocalCloud::in_memory();
    let api = client(&cloud).await;
    let (id, _) = deployed(&api).await;
    let authorizers = async || api.get_authorizers().rest_api_id(&id).send().await.unwrap().items.unwrap();
    let first = authorizers().await;
    assert_eq!(first[0].name(), Some("jwt"));
    assert_eq!(first[0].authorizer_result_ttl_in_seconds(), Some(300));
    let responses = api.get_gateway_responses().rest_api_id(&id).limit(500).send().await.unwrap();
    assert_eq!(responses.items().len(), 21);
    let own: Vec<_> = responses.items().iter().filter(|r| !r.default_response()).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].response_type(), Some(&GatewayResponseType::Default4Xx));

    let in_use = api.delete_authorizer().rest_api_id(&id).authorizer_id(first[0].id().unwrap()).send().await;
    assert_eq!(code(in_use), "ConflictException");
    let twice = api.create_authorizer().rest_api_id(&id).name("jwt").r#type(AuthorizerType::Token);
    assert_eq!(code(twice.authorizer_uri(URI).send().await), "BadRequestException");
    let other = api.create_authorizer().rest_api_id(&id).name("other").r#type(AuthorizerType::Token);
    let other = other.authorizer_uri(URI).send().await.unwrap();
    assert_eq!(other.identity_source(), Some("method.request.header.Authorization"));
    assert_eq!(cloud.status().await.count("aws:apigateway:Authorizer"), 1, "the body's is part of the API");

    let put = |overwrite: bool, with: bool| {
        let mode = if overwrite { "overwrite" } else { "merge" };
        api.put_rest_api().rest_api_id(&id).mode(mode.into()).body(body(with)).send()
    };
    put(false, true).await.unwrap();
    assert_eq!(authorizers().await.len(), 2);
    put(true, true).await.unwrap();
    let after = authorizers().await;
    assert_eq!((after.len(), after[0].id()), (1, first[0].id()), "what stays keeps its id");
    put(true, false).await.unwrap();
    assert!(authorizers().await.is_empty());
}

#[tokio::test]
async fn what_is_in_use_stays() {
    let cloud = LocalCloud::in_memory();
    let api = client(&cloud).await;
    let empty = api.create_rest_api().name("empty").send().await.unwrap();
    let nothing = api.create_deployment().rest_api_id(empty.id().unwrap()).send().await;
    assert_eq!(code(nothing), "BadRequestException");

    let (id, deployment) = deployed(&api).await;
    let delete_deployment = || api.delete_deployment().rest_api_id(&id).deployment_id(&deployment).send();
    let refused = delete_deployment().await;
    assert!(
        format!("{:?}", refused.as_ref().unwrap_err()).contains("Active stages pointing to this deployment")
    );
    assert_eq!(code(refused), "BadRequestException");
    let twice =
        api.create_stage().rest_api_id(&id).stage_name("live").deployment_id(&deployment).send().await;
    assert_eq!(code(twice), "ConflictException");

    let stage = ApiStage::builder().api_id(&id).stage("live").build();
    let plan = api.create_usage_plan().name("p").api_stages(stage.clone()).send().await.unwrap().id.unwrap();
    let other = api.create_usage_plan().name("q").api_stages(stage).send().await.unwrap().id.unwrap();
    let delete_stage = || api.delete_stage().rest_api_id(&id).stage_name("live").send();
    assert_eq!(code(delete_stage().await), "BadRequestException");
    assert_eq!(code(api.delete_usage_plan().usage_plan_id(&plan).send().await), "BadRequestException");

    let value = "0123456789abcdefghij";
    let key = api.create_api_key().value(value).enabled(true).send().await.unwrap().id.unwrap();
    assert_eq!(code(api.create_api_key().value(value).send().await), "ConflictException");
    let shown = api.get_api_key().api_key(&key).send().await.unwrap();
    assert_eq!(shown.value(), None, "a value is given only where it is asked for");
    let add =
        |plan: &str| api.create_usage_plan_key().usage_plan_id(plan).key_id(&key).key_type("API_KEY").send();
    add(&plan).await.unwrap();
    assert_eq!(code(add(&plan).await), "ConflictException");
    assert_eq!(code(add(&other).await), "ConflictException", "one plan of a stage");

    for plan in [&plan, &other] {
        let stage = patch(Op::Remove, "/apiStages", &format!("{id}:live"));
        api.update_usage_plan().usage_plan_id(plan).patch_operations(stage).send().await.unwrap();
        api.delete_usage_plan().usage_plan_id(plan).send().await.unwrap();
    }
    delete_stage().await.unwrap();
    delete_deployment().await.unwrap();
}

#[tokio::test]
async fn a_stage_logs_only_with_the_account_s_role() {
    let cloud = LocalCloud::in_memory();
    let api = client(&cloud).await;
    let (id, _) = deployed(&api).await;
    let update = |patches: Vec<PatchOperation>| {
        api.update_stage().rest_api_id(&id).stage_name("live").set_patch_operations(Some(patches)).send()
    };
    let level = || vec![patch(Op::Replace, "/~1a/GET/logging/loglevel", "ERROR")];
    let refused = update(level()).await;
    let text = format!("{:?}", refused.as_ref().unwrap_err());
    assert!(text.contains("CloudWatch Logs role ARN must be set in account settings"), "{text}");
    assert_eq!(code(refused), "BadRequestException");

    let iam = aws_sdk_iam::Client::new(&config(&cloud, REGION).await);
    let trust = |service: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
        )
    };
    let role = async |name: &str, service: &str| {
        let call = iam.create_role().role_name(name).assume_role_policy_document(trust(service));
        call.send().await.unwrap().role.unwrap().arn
    };
    let wrong = role("wrong", "lambda.amazonaws.com").await;
    let right = role("right", "apigateway.amazonaws.com").await;
    let account = |arn: &str| {
        api.update_account().patch_operations(patch(Op::Replace, "/cloudwatchRoleArn", arn)).send()
    };
    assert_eq!(code(account(&wrong).await), "BadRequestException");
    account(&right).await.unwrap();
    let stage = update(level()).await.unwrap();
    let settings = &stage.method_settings().unwrap()["~1a/GET"];
    assert_eq!((settings.logging_level(), settings.throttling_burst_limit()), (Some("ERROR"), 5000));

    let logs = aws_sdk_cloudwatchlogs::Client::new(&config(&cloud, REGION).await);
    let arn = format!("arn:aws:logs:{REGION}:123456789012:log-group:/a");
    let log = |arn: &str, format: &str| {
        update(vec![
            patch(Op::Replace, "/accessLogSettings/destinationArn", arn),
            patch(Op::Replace, "/accessLogSettings/format", format),
        ])
    };
    assert_eq!(code(log(&arn, "$context.requestId").await), "BadRequestException", "no such group");
    logs.create_log_group().log_group_name("/a").send().await.unwrap();
    assert_eq!(code(log(&arn, "$context.status").await), "BadRequestException", "no request id");
    assert_eq!(code(log(&format!("{arn}:*"), "$context.requestId").await), "BadRequestException");
    log(&arn, "$context.requestId").await.unwrap();
    let gone = PatchOperation::builder().op(Op::Remove).path("/accessLogSettings").build();
    assert!(update(vec![gone]).await.unwrap().access_log_settings().is_none());
    let none = PatchOperation::builder().op(Op::Remove).path("/~1b/GET").build();
    assert_eq!(code(update(vec![none]).await), "BadRequestException", "no setting for this method");
}

#[tokio::test]
async fn a_cache_takes_minutes_and_a_domain_name_seconds() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let api = client(&cloud).await;
    let (id, _) = deployed(&api).await;
    let cache = |on: &str| {
        let patch = patch(Op::Replace, "/cacheClusterEnabled", on);
        api.update_stage().rest_api_id(&id).stage_name("live").patch_operations(patch).send()
    };
    let status = async || {
        let stage = api.get_stage().rest_api_id(&id).stage_name("live").send().await.unwrap();
        stage.cache_cluster_status().cloned().unwrap()
    };
    assert_eq!(status().await, CacheClusterStatus::NotAvailable);
    cache("true").await.unwrap();
    assert_eq!(status().await, CacheClusterStatus::CreateInProgress);
    clock.advance(std::time::Duration::from_secs(300));
    assert_eq!(status().await, CacheClusterStatus::Available);

    let regional = EndpointConfiguration::builder().types(EndpointType::Regional).build();
    let create = |certificate: &str| {
        api.create_domain_name()
            .domain_name("api.example.com")
            .endpoint_configuration(regional.clone())
            .regional_certificate_arn(certificate)
            .send()
    };
    let (elsewhere, record, value) = requested(&cloud, &clock, "us-east-1", "api.example.com").await;
    let (certificate, ..) = requested(&cloud, &clock, REGION, "api.example.com").await;
    let (other, ..) = requested(&cloud, &clock, REGION, "*.api.example.com").await;
    assert_eq!(code(create(&certificate).await), "BadRequestException", "not issued");
    validate(&cloud, &clock, "example.com", &record, &value).await;
    assert_eq!(code(create(&elsewhere).await), "BadRequestException", "of another region");
    assert_eq!(code(create(&other).await), "BadRequestException", "for names below");
    let around = cloud.status().await;
    let made = create(&certificate).await.unwrap();
    assert_eq!(made.regional_hosted_zone_id(), Some("Z1YSHQZHG15GKL"));
    assert_eq!(code(create(&certificate).await), "ConflictException");
    let delete = || api.delete_domain_name().domain_name("api.example.com").send();
    assert_eq!(code(delete().await), "ConflictException", "it is being made");
    clock.advance(std::time::Duration::from_secs(60));

    let map = |stage: &str| {
        let call = api.create_base_path_mapping().domain_name("api.example.com").rest_api_id(&id);
        call.stage(stage).send()
    };
    assert_eq!(code(map("gone").await), "BadRequestException");
    assert_eq!(map("live").await.unwrap().base_path(), Some("(none)"));
    assert_eq!(code(map("live").await), "ConflictException");
    assert_eq!(code(delete().await), "BadRequestException");
    assert_eq!(code(api.delete_rest_api().rest_api_id(&id).send().await), "BadRequestException");
    let unmap = api.delete_base_path_mapping().domain_name("api.example.com").base_path("(none)");
    unmap.send().await.unwrap();
    delete().await.unwrap();
    assert_eq!(cloud.status().await, around, "the API and what is around");
    api.delete_rest_api().rest_api_id(&id).send().await.unwrap();
    assert_eq!(cloud.status().await.count("aws:apigateway:Stage"), 0);
}
