use aws_sdk_cloudwatchlogs::types::PolicyScope;
use aws_sdk_wafv2::Client;
use aws_sdk_wafv2::primitives::Blob;
use aws_sdk_wafv2::types::*;
use finsight_local::LocalCloud;

use crate::support::{REGION, code, config};

async fn client(cloud: &LocalCloud, region: &'static str) -> Client {
    Client::new(&config(cloud, region).await)
}

fn visibility() -> VisibilityConfig {
    let config = VisibilityConfig::builder().metric_name("m").cloud_watch_metrics_enabled(true);
    config.sampled_requests_enabled(true).build().unwrap()
}

fn allow() -> DefaultAction {
    DefaultAction::builder().allow(AllowAction::builder().build()).build()
}

fn rule(name: &str, priority: i32, statement: Statement) -> Rule {
    let block = RuleAction::builder().block(BlockAction::builder().build()).build();
    let rule = Rule::builder().name(name).priority(priority).statement(statement).action(block);
    rule.visibility_config(visibility()).build().unwrap()
}

fn header(place: PositionalConstraint, kind: TextTransformationType) -> Statement {
    let name = SingleHeader::builder().name("x-origin").build().unwrap();
    let text = ByteMatchStatement::builder()
        .search_string(Blob::new("text"))
        .field_to_match(FieldToMatch::builder().single_header(name).build())
        .positional_constraint(place)
        .text_transformations(TextTransformation::builder().priority(0).r#type(kind).build().unwrap());
    Statement::builder().byte_match_statement(text.build().unwrap()).build()
}

/// Makes a web ACL; its id and ARN.
async fn create(
    waf: &Client,
    name: &str,
    scope: Scope,
    rules: Vec<Rule>,
) -> Result<(String, String), String> {
    let call = waf.create_web_acl().name(name).scope(scope).default_action(allow());
    match call.visibility_config(visibility()).set_rules(Some(rules)).send().await {
        Ok(made) => {
            let summary = made.summary.unwrap();
            Ok((summary.id.unwrap(), summary.arn.unwrap()))
        }
        Err(refused) => Err(code(Err::<(), _>(refused))),
    }
}

#[tokio::test]
async fn a_web_acl_is_changed_against_its_token_and_kept_while_in_use() {
    let cloud = LocalCloud::in_memory();
    let waf = client(&cloud, REGION).await;
    let (id, arn) = create(&waf, "a", Scope::Regional, vec![]).await.unwrap();
    assert_eq!(create(&waf, "a", Scope::Regional, vec![]).await.unwrap_err(), "WAFDuplicateItemException");
    let edge = create(&waf, "a", Scope::Cloudfront, vec![]).await;
    assert_eq!(edge.unwrap_err(), "WAFInvalidParameterException");
    let token = waf.get_web_acl().arn(&arn).send().await.unwrap().lock_token.unwrap();
    let update = |token: &str| {
        let call = waf.update_web_acl().name("a").id(&id).scope(Scope::Regional).lock_token(token);
        call.default_action(allow()).visibility_config(visibility()).send()
    };
    let next = update(&token).await.unwrap().next_lock_token.unwrap();
    assert_eq!(code(update(&token).await), "WAFOptimisticLockException");

    let api = aws_sdk_apigateway::Client::new(&config(&cloud, REGION).await);
    let body = r#"{"openapi": "3.0.1", "info": {"title": "x", "version": "1"}, "paths": {"/a": {"get":
        {"x-amazon-apigateway-integration": {"type": "mock"}}}}}"#;
    let made = api.import_rest_api().body(aws_sdk_apigateway::primitives::Blob::new(body)).send().await;
    let made = made.unwrap().id.unwrap();
    api.create_deployment().rest_api_id(&made).stage_name("dev").send().await.unwrap();
    let stage = format!("arn:aws:apigateway:{REGION}::/restapis/{made}/stages/dev");
    let guard = async || {
        let one = api.get_stage().rest_api_id(&made).stage_name("dev").send().await.unwrap().web_acl_arn;
        let all = api.get_stages().rest_api_id(&made).send().await.unwrap();
        assert_eq!(all.item()[0].web_acl_arn, one);
        one
    };
    let none = waf.get_web_acl_for_resource().resource_arn(&stage).send().await.unwrap();
    assert!(none.web_acl().is_none());
    let associate = |acl: &str| waf.associate_web_acl().resource_arn(&stage).web_acl_arn(acl).send();
    assert_eq!(code(associate("arn:aws:wafv2:nothing:there").await), "WAFNonexistentItemException");
    let nowhere = stage.replace("/dev", "/other");
    let refused = waf.associate_web_acl().resource_arn(nowhere).web_acl_arn(&arn).send().await;
    assert_eq!(code(refused), "WAFNonexistentItemException");
    assert_eq!(guard().await, None);
    associate(&arn).await.unwrap();
    associate(&arn).await.unwrap();
    assert_eq!(guard().await, Some(arn.clone()));
    let some = waf.get_web_acl_for_resource().resource_arn(&stage).send().await.unwrap();
    assert_eq!(some.web_acl().unwrap().arn(), arn);
    let list = |kind: Option<ResourceType>| {
        waf.list_resources_for_web_acl().web_acl_arn(&arn).set_resource_type(kind).send()
    };
    assert!(list(None).await.unwrap().resource_arns().is_empty(), "load balancers, where it is not said");
    assert_eq!(
        list(Some(ResourceType::ApiGateway)).await.unwrap().resource_arns(),
        std::slice::from_ref(&stage)
    );

    let delete = || waf.delete_web_acl().name("a").id(&id).scope(Scope::Regional).lock_token(&next).send();
    assert_eq!(code(delete().await), "WAFAssociatedItemException");
    waf.disassociate_web_acl().resource_arn(&stage).send().await.unwrap();
    assert_eq!(guard().await, None);
    associate(&arn).await.unwrap();
    // A stage takes its association along.
    api.delete_stage().rest_api_id(&made).stage_name("dev").send().await.unwrap();
    api.delete_rest_api().rest_api_id(&made).send().await.unwrap();
    assert_eq!(cloud.status().await.count("aws:wafv2:WebACLAssociation"), 0);
    delete().await.unwrap();
    assert_eq!(code(delete().await), "WAFNonexistentItemException");
    assert!(cloud.status().await.is_empty());
}

#[tokio::test]
async fn rules_are_checked_and_priced() {
    let cloud = LocalCloud::in_memory();
    let waf = client(&cloud, REGION).await;
    let plain = || header(PositionalConstraint::Exactly, TextTransformationType::None);
    let dear = header(PositionalConstraint::Contains, TextTransformationType::Lowercase);
    let rate = |limit: i64| {
        let rate = RateBasedStatement::builder().limit(limit).aggregate_key_type("IP".into());
        Statement::builder().rate_based_statement(rate.build().unwrap()).build()
    };
    let twice = vec![rule("a", 0, plain()), rule("b", 0, plain())];
    let refused = create(&waf, "x", Scope::Regional, twice).await.unwrap_err();
    assert_eq!(refused, "WAFInvalidParameterException");
    let low = create(&waf, "x", Scope::Regional, vec![rule("a", 0, rate(9))]).await.unwrap_err();
    assert_eq!(low, "ValidationException");
    let set = IpSetReferenceStatement::builder().arn("arn:aws:wafv2:nothing:there").build().unwrap();
    let set = Statement::builder().ip_set_reference_statement(set).build();
    let missing = create(&waf, "x", Scope::Regional, vec![rule("a", 0, set)]).await.unwrap_err();
    assert_eq!(missing, "WAFNonexistentItemException");

    let rules = vec![rule("a", 0, plain()), rule("b", 1, dear), rule("c", 2, rate(10))];
    let check = waf.check_capacity().scope(Scope::Regional).set_rules(Some(rules.clone()));
    let capacity = check.send().await.unwrap().capacity();
    assert_eq!(capacity, 2 + 20 + 2);
    let (_, arn) = create(&waf, "x", Scope::Regional, rules).await.unwrap();
    let acl = waf.get_web_acl().arn(&arn).send().await.unwrap().web_acl.unwrap();
    assert_eq!(acl.capacity(), capacity);
    let rate = acl.rules()[2].statement().unwrap().rate_based_statement().unwrap();
    assert_eq!(rate.evaluation_window_sec(), 300);
}

#[tokio::test]
async fn logs_go_to_names_that_waf_takes() {
    let cloud = LocalCloud::in_memory();
    let waf = client(&cloud, REGION).await;
    let (_, arn) = create(&waf, "a", Scope::Regional, vec![]).await.unwrap();
    let put = |acl: &str, group: &str| {
        let group = format!("arn:aws:logs:{REGION}:123456789012:log-group:{group}");
        let config = LoggingConfiguration::builder().resource_arn(acl).log_destination_configs(group);
        waf.put_logging_configuration().logging_configuration(config.build().unwrap()).send()
    };
    assert_eq!(code(put(&arn, "other").await), "WAFInvalidParameterException");
    assert_eq!(
        code(put("arn:aws:wafv2:nothing:there", "aws-waf-logs-a").await),
        "WAFNonexistentItemException"
    );
    // A group that does not stand, or not in this account, is none that WAF can write to.
    let refused = "WAFLogDestinationPermissionIssueException";
    assert_eq!(code(put(&arn, "aws-waf-logs-a").await), refused);
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config(&cloud, REGION).await);
    logs.create_log_group().log_group_name("aws-waf-logs-a").send().await.unwrap();
    let to = |destination: &str| {
        let config = LoggingConfiguration::builder().resource_arn(&arn).log_destination_configs(destination);
        waf.put_logging_configuration().logging_configuration(config.build().unwrap()).send()
    };
    let elsewhere = format!("arn:aws:logs:{REGION}:210987654321:log-group:aws-waf-logs-a");
    assert_eq!(code(to(&elsewhere).await), refused);
    assert_eq!(code(to("arn:aws:s3:::aws-waf-logs-none").await), refused);
    put(&arn, "aws-waf-logs-a").await.unwrap();
    let policies = async |scope: Option<PolicyScope>| {
        let found = logs.describe_resource_policies().set_policy_scope(scope).send().await.unwrap();
        found.resource_policies().to_vec()
    };
    // WAF lets the delivery write by a policy of the group, which is none of the account's ten.
    assert!(policies(None).await.is_empty());
    let document = policies(Some(PolicyScope::Resource)).await[0].policy_document.clone().unwrap();
    assert!(
        document.contains("delivery.logs.amazonaws.com") && document.contains("aws-waf-logs-a:log-stream:*")
    );
    put(&arn, "aws-waf-logs-a").await.unwrap();
    let again = policies(Some(PolicyScope::Resource)).await[0].policy_document.clone();
    assert_eq!(again, Some(document), "there is nothing to add");
    // One that is too long for another statement.
    let filler = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{}"}}]}}"#, "x".repeat(51_100));
    let group = format!("arn:aws:logs:{REGION}:123456789012:log-group:aws-waf-logs-a");
    logs.put_resource_policy().resource_arn(&group).policy_document(filler).send().await.unwrap();
    assert_eq!(code(put(&arn, "aws-waf-logs-a").await), refused);
    logs.delete_resource_policy().resource_arn(&group).send().await.unwrap();
    let delete = || waf.delete_logging_configuration().resource_arn(&arn).send();
    delete().await.unwrap();
    assert_eq!(code(delete().await), "WAFNonexistentItemException");
}

#[tokio::test]
async fn a_web_acl_before_a_distribution_stays() {
    let cloud = LocalCloud::in_memory();
    let waf = client(&cloud, "us-east-1").await;
    let (id, arn) = create(&waf, "edge", Scope::Cloudfront, vec![]).await.unwrap();
    let cloudfront = aws_sdk_cloudfront::Client::new(&config(&cloud, REGION).await);
    let wanted = crate::cloudfront::wanted("one").web_acl_id(&arn).build().unwrap();
    cloudfront.create_distribution().distribution_config(wanted).send().await.unwrap();
    let token = waf.get_web_acl().arn(&arn).send().await.unwrap().lock_token.unwrap();
    let delete = waf.delete_web_acl().name("edge").id(id).scope(Scope::Cloudfront).lock_token(token);
    assert_eq!(code(delete.send().await), "WAFAssociatedItemException");
    let found = cloudfront.list_distributions_by_web_acl_id().web_acl_id(&arn).send().await;
    // The path holds the ARN, slashes and all.
    assert_eq!(found.unwrap().distribution_list().unwrap().items().len(), 1);
}
