use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::primitives::Blob;
use aws_sdk_apigateway::types::{EndpointConfiguration, EndpointType, Op, PatchOperation, PutMode};
use finsight_local::{LocalCloud, Outcome};

use crate::support::{REGION, code, config};

const BODY: &str = r##"{
  "openapi": "3.0.1", "info": {"title": "finsight", "version": "1"},
  "paths": {
    "/users/{proxy+}": {"x-amazon-apigateway-any-method": {
      "parameters": [{"name": "proxy", "in": "path", "required": true}],
      "security": [{"jwt": []}],
      "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:x"}}},
    "/users": {"get": {"responses": {"200": {"description": "ok"}},
      "x-amazon-apigateway-integration": {"type": "mock", "responses": {"default": {"statusCode": "200"}}}}}
  },
  "components": {"securitySchemes": {"jwt": {"type": "apiKey", "name": "Authorization", "in": "header",
    "x-amazon-apigateway-authorizer": {"type": "token",
      "authorizerUri": "arn:aws:apigateway:ap-northeast-1:lambda:path/2015-03-31/functions/arn:x/invocations"}}}}
}"##;

async fn client(cloud: &LocalCloud) -> Client {
    Client::new(&config(cloud, REGION).await)
}

fn patch(op: Op, path: &str, value: &str) -> PatchOperation {
    PatchOperation::builder().op(op).path(path).value(value).build()
}

#[tokio::test]
async fn an_api_changes_by_patches() {
    let cloud = LocalCloud::in_memory();
    let api = client(&cloud).await;
    let regional = EndpointConfiguration::builder().types(EndpointType::Regional).build();
    let made = api
        .create_rest_api()
        .name("a")
        .description("d")
        .endpoint_configuration(regional)
        .binary_media_types("image/png")
        .tags("k", "v")
        .disable_execute_api_endpoint(true)
        .send()
        .await
        .unwrap();
    let id = made.id().unwrap();
    assert!(made.root_resource_id().is_some());
    assert!(made.disable_execute_api_endpoint());
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}"#;
    let update = |p: PatchOperation| api.update_rest_api().rest_api_id(id).patch_operations(p).send();
    update(patch(Op::Replace, "/name", "b")).await.unwrap();
    update(patch(Op::Replace, "/description", "")).await.unwrap();
    update(patch(Op::Replace, "/policy", policy)).await.unwrap();
    update(patch(Op::Add, "/binaryMediaTypes/application~1pdf", "")).await.unwrap();
    update(PatchOperation::builder().op(Op::Remove).path("/binaryMediaTypes/image~1png").build())
        .await
        .unwrap();
    update(patch(Op::Replace, "/minimumCompressionSize", "1024")).await.unwrap();
    update(patch(Op::Replace, "/disableExecuteApiEndpoint", "false")).await.unwrap();
    update(patch(Op::Replace, "/apiKeySource", "AUTHORIZER")).await.unwrap();
    assert_eq!(code(update(patch(Op::Replace, "/colour", "red")).await), "BadRequestException");
    let got = api.get_rest_api().rest_api_id(id).send().await.unwrap();
    assert_eq!(
        (got.name(), got.description(), got.minimum_compression_size()),
        (Some("b"), None, Some(1024))
    );
    assert_eq!(got.binary_media_types(), ["application/pdf"]);
    assert!(
        got.policy()
            .unwrap()
            .contains(&format!(r#"\"arn:aws:execute-api:ap-northeast-1:123456789012:{id}/*\""#))
    );
    let arn = format!("arn:aws:apigateway:{REGION}::/restapis/{id}");
    api.tag_resource().resource_arn(&arn).tags("x", "y").send().await.unwrap();
    api.untag_resource().resource_arn(&arn).tag_keys("k").send().await.unwrap();
    let tags = api.get_tags().resource_arn(&arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap().keys().collect::<Vec<_>>(), ["x"]);
    assert_eq!(api.get_rest_apis().send().await.unwrap().items().len(), 1);
    api.delete_rest_api().rest_api_id(id).send().await.unwrap();
    assert_eq!(code(api.get_rest_api().rest_api_id(id).send().await), "NotFoundException");
}

#[tokio::test]
async fn a_body_makes_resources() {
    let cloud = LocalCloud::in_memory();
    let api = client(&cloud).await;
    let made =
        api.import_rest_api().body(Blob::new(BODY)).parameters("endpointConfigurationTypes", "REGIONAL");
    let made = made.send().await.unwrap();
    let id = made.id().unwrap();
    assert_eq!(made.endpoint_configuration().unwrap().types(), [EndpointType::Regional]);
    let resources = async || {
        let found = api.get_resources().rest_api_id(id).embed("methods").limit(500).send().await.unwrap();
        let mut items = found.items.unwrap();
        items.sort_by(|a, b| a.path.cmp(&b.path));
        items
    };
    let found = resources().await;
    let paths: Vec<&str> = found.iter().filter_map(|r| r.path()).collect();
    assert_eq!(paths, ["/", "/users", "/users/{proxy+}"]);
    assert_eq!(found[0].id(), made.root_resource_id());
    assert_eq!(found[2].parent_id(), found[1].id());
    let any = &found[2].resource_methods().unwrap()["ANY"];
    assert_eq!(any.authorization_type(), Some("CUSTOM"));
    assert!(any.request_parameters().unwrap()["method.request.path.proxy"]);
    let integration = any.method_integration().unwrap();
    assert_eq!((integration.uri(), integration.timeout_in_millis()), (Some("arn:x"), 29_000));

    let less = BODY.replace("/users/{proxy+}", "/accounts").replace("\"finsight\"", "\"renamed\"");
    let put =
        |mode: PutMode| api.put_rest_api().rest_api_id(id).mode(mode).body(Blob::new(less.clone())).send();
    put(PutMode::Merge).await.unwrap();
    assert_eq!(resources().await.len(), 4);
    put(PutMode::Overwrite).await.unwrap();
    let after = resources().await;
    assert_eq!(after.len(), 3);
    assert_eq!(after[2].id(), found[1].id(), "what stays keeps its id");
    assert_eq!(api.get_rest_api().rest_api_id(id).send().await.unwrap().name(), Some("renamed"));
    let bad = api.put_rest_api().rest_api_id(id).body(Blob::new("{}")).send().await;
    assert_eq!(code(bad), "BadRequestException");
    let exported = || api.get_export().rest_api_id(id).stage_name("live").export_type("oas30");
    assert_eq!(code(exported().send().await), "NotFoundException", "a stage that is not there");
    api.create_deployment().rest_api_id(id).stage_name("live").send().await.unwrap();
    let export = exported();
    let export = export.parameters("extensions", "apigateway").send().await.unwrap();
    let text = String::from_utf8(export.body.unwrap().into_inner()).unwrap();
    assert!(text.contains("x-amazon-apigateway-integration"));
}

/// X15: an import that overwrites opens the API's own name again, unless the document says otherwise. H7: what an API has
/// besides its body is served with the next deployment.
#[tokio::test]
async fn settings_take_effect_with_a_deployment() {
    let cloud = LocalCloud::in_memory();
    let api = client(&cloud).await;
    let made = api.import_rest_api().body(Blob::new(BODY)).send().await.unwrap();
    let id = made.id().unwrap();
    let update = |p: PatchOperation| api.update_rest_api().rest_api_id(id).patch_operations(p).send();
    let deploy = || api.create_deployment().rest_api_id(id).stage_name("live").send();
    let served = async || {
        let call = api.get_export().rest_api_id(id).stage_name("live").export_type("oas30");
        let export = call.parameters("extensions", "apigateway").send().await.unwrap();
        String::from_utf8(export.body.unwrap().into_inner()).unwrap()
    };
    deploy().await.unwrap();
    update(patch(Op::Replace, "/disableExecuteApiEndpoint", "true")).await.unwrap();
    assert!(!served().await.contains("disableExecuteApiEndpoint"));
    deploy().await.unwrap();
    assert!(served().await.contains("disableExecuteApiEndpoint"));

    let closed =
        async || api.get_rest_api().rest_api_id(id).send().await.unwrap().disable_execute_api_endpoint;
    let put = |body: String| {
        api.put_rest_api().rest_api_id(id).mode(PutMode::Overwrite).body(Blob::new(body)).send()
    };
    put(BODY.to_owned()).await.unwrap();
    assert!(!closed().await);
    let server = r#""servers": [{"url": "/", "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": true}}],"#;
    put(BODY.replacen(r#""openapi""#, &format!("{server}\"openapi\""), 1)).await.unwrap();
    assert!(closed().await);

    // An import may leave an authorizer as it was.
    let ttl = async || {
        let found = api.get_authorizers().rest_api_id(id).send().await.unwrap();
        found.items()[0].authorizer_result_ttl_in_seconds()
    };
    let shorter =
        BODY.replace("\"type\": \"token\",", "\"type\": \"token\", \"authorizerResultTtlInSeconds\": 60,");
    let kept = Outcome {
        kind: "aws:apigateway:Authorizer".to_owned(),
        name: "jwt".to_owned(),
        code: String::new(),
        reason: String::new(),
    };
    cloud.set_outcomes(vec![kept]);
    put(shorter.clone()).await.unwrap();
    assert_eq!(ttl().await, Some(300));
    cloud.set_outcomes(Vec::new());
    put(shorter).await.unwrap();
    assert_eq!(ttl().await, Some(60));
}

#[tokio::test]
async fn responses_of_methods_are_read_one_by_one() {
    let cloud = LocalCloud::in_memory();
    let api = client(&cloud).await;
    let made = api.create_rest_api().name("a").send().await.unwrap();
    let (id, root) = (made.id().unwrap(), made.root_resource_id().unwrap());
    let method = api.put_method().rest_api_id(id).resource_id(root).http_method("OPTIONS");
    method.authorization_type("NONE").send().await.unwrap();
    let integration = api.put_integration().rest_api_id(id).resource_id(root).http_method("OPTIONS");
    integration.r#type("MOCK".into()).send().await.unwrap();
    let response = api.put_method_response().rest_api_id(id).resource_id(root).http_method("OPTIONS");
    response.status_code("204").send().await.unwrap();
    let read = || api.get_integration_response().rest_api_id(id).resource_id(root).http_method("OPTIONS");
    assert_eq!(code(read().status_code("204").send().await), "NotFoundException");
    let put = api.put_integration_response().rest_api_id(id).resource_id(root).http_method("OPTIONS");
    put.status_code("204").response_templates("application/json", "{}").send().await.unwrap();
    let got = read().status_code("204").send().await.unwrap();
    assert_eq!((got.status_code(), got.response_templates().map(|all| all.len())), (Some("204"), Some(1)));
    let method = api.get_method_response().rest_api_id(id).resource_id(root).http_method("OPTIONS");
    assert_eq!(method.status_code("204").send().await.unwrap().status_code(), Some("204"));
    let gone = api.delete_integration_response().rest_api_id(id).resource_id(root).http_method("OPTIONS");
    gone.status_code("204").send().await.unwrap();
    assert_eq!(code(read().status_code("204").send().await), "NotFoundException");
}
