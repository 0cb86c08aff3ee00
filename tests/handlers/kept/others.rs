//! What others set on a resource that no property says: an update that replaces the whole must carry it on.

use aws_sdk_config::types::{EvaluationMode, EvaluationModeConfiguration};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch};
use aws_sdk_wafv2::types::{CaptchaConfig, ImmunityTimeProperty, Scope};
use finsight_engine::state::Row;

use crate::life::Life;

/// Sets what the type has besides; false for a type of which no such thing is known.
pub async fn add(life: &Life, row: &Row) -> bool {
    let aws = life.session.region(&row.region);
    let id = row.id.as_str();
    match row.urn.type_name() {
        "aws:budgets:Budget" => period(life, id).await,
        "aws:cloudfront:Distribution" => edge(life, id).await,
        "aws:config:ConfigRule" => {
            let found =
                aws.config().describe_config_rules().config_rule_names(id).send().await.expect("rules");
            let mut rule = found.config_rules().first().expect("the rule").clone();
            let mode = EvaluationModeConfiguration::builder().mode(EvaluationMode::Proactive).build();
            rule.evaluation_modes = Some(vec![mode]);
            aws.config().put_config_rule().config_rule(rule).send().await.expect("evaluated before too");
        }
        "aws:logs:MetricFilter" | "aws:logs:SubscriptionFilter" => filter(life, row).await,
        "aws:logs:QueryDefinition" => query(life, id).await,
        "aws:route53:RecordSet" => check(life, id).await,
        "aws:s3:Bucket" => bucket(life, id).await,
        "aws:ses:ConfigurationSet" => mail(life, id).await,
        "aws:sns:Topic" => {
            let role = "arn:aws:iam::123456789012:role/feedback";
            let call = aws.sns().set_topic_attributes().topic_arn(id);
            let call = call.attribute_name("LambdaFailureFeedbackRoleArn").attribute_value(role);
            call.send().await.expect("its failures are logged");
        }
        "aws:wafv2:WebACL" => firewall(life, id).await,
        _ => return false,
    }
    true
}

async fn period(life: &Life, name: &str) {
    use aws_sdk_budgets::types::TimePeriod;
    use aws_smithy_types::DateTime;
    let aws = life.session.region(crate::fixture::REGION);
    let account = &aws.account().id;
    let found = aws.budgets().describe_budget().account_id(account).budget_name(name).send().await;
    let mut budget = found.expect("the budget").budget.expect("the budget");
    let (start, end) = (DateTime::from_secs(1_735_689_600), DateTime::from_secs(2_082_758_400));
    budget.time_period = Some(TimePeriod::builder().start(start).end(end).build());
    aws.budgets()
        .update_budget()
        .account_id(account)
        .new_budget(budget)
        .send()
        .await
        .expect("another period");
}

async fn edge(life: &Life, id: &str) {
    let aws = life.session.region("us-east-1");
    let found = aws.cloudfront().get_distribution_config().id(id).send().await.expect("the distribution");
    let etag = found.e_tag().map(str::to_owned);
    let mut config = found.distribution_config.expect("its content");
    config.continuous_deployment_policy_id = Some("a-policy".to_owned());
    if let Some(behavior) = &mut config.default_cache_behavior {
        behavior.smooth_streaming = Some(true);
    }
    let call = aws.cloudfront().update_distribution().id(id).set_if_match(etag);
    call.distribution_config(config).send().await.expect("switched on by hand");
}

async fn filter(life: &Life, row: &Row) {
    let aws = life.session.region(&row.region);
    let group = row.inputs["log_group_name"].as_text().expect("its group");
    let name = row.inputs["filter_name"].as_text().expect("its name");
    let criteria = "@aws.region = \"ap-northeast-1\"";
    if row.urn.type_name() == "aws:logs:MetricFilter" {
        let found = aws.logs().describe_metric_filters().log_group_name(group).send().await.expect("filters");
        let it = found.metric_filters().iter().find(|it| it.filter_name() == Some(name)).expect("it");
        let call = aws.logs().put_metric_filter().log_group_name(group).filter_name(name);
        call.set_filter_pattern(it.filter_pattern.clone())
            .set_metric_transformations(it.metric_transformations.clone())
            .apply_on_transformed_logs(it.apply_on_transformed_logs())
            .field_selection_criteria(criteria)
            .emit_system_field_dimensions("@aws.account")
            .send()
            .await
            .expect("it selects by fields");
        return;
    }
    let found = aws.logs().describe_subscription_filters().log_group_name(group).send().await;
    let found = found.expect("filters");
    let it = found.subscription_filters().iter().find(|it| it.filter_name() == Some(name)).expect("it");
    let call = aws.logs().put_subscription_filter().log_group_name(group).filter_name(name);
    call.set_filter_pattern(it.filter_pattern.clone())
        .set_destination_arn(it.destination_arn.clone())
        .set_role_arn(it.role_arn.clone())
        .set_distribution(it.distribution.clone())
        .apply_on_transformed_logs(it.apply_on_transformed_logs())
        .field_selection_criteria(criteria)
        .emit_system_fields("@aws.account")
        .send()
        .await
        .expect("it selects by fields");
}

async fn query(life: &Life, id: &str) {
    use aws_sdk_cloudwatchlogs::types::QueryParameter;
    let aws = life.session.region(crate::fixture::REGION);
    let found = aws.logs().describe_query_definitions().send().await.expect("queries");
    let it = found.query_definitions().iter().find(|it| it.query_definition_id() == Some(id)).expect("it");
    let parameter = QueryParameter::builder().name("who").default_value("me").build().expect("a parameter");
    aws.logs()
        .put_query_definition()
        .query_definition_id(id)
        .set_name(it.name.clone())
        .set_query_string(it.query_string.clone())
        .set_log_group_names(it.log_group_names.clone())
        .parameters(parameter)
        .send()
        .await
        .expect("it has a parameter");
}

async fn check(life: &Life, id: &str) {
    let aws = life.session.region(crate::fixture::REGION);
    let mut parts = id.split('|');
    let zone = parts.next().expect("a zone");
    let name = parts.next().expect("a name");
    let kind = parts.next().expect("a type");
    let call = aws.route53().list_resource_record_sets().hosted_zone_id(zone);
    let call = call.start_record_name(name).start_record_type(kind.into()).max_items(1);
    let found = call.send().await.expect("records").resource_record_sets.into_iter().next();
    let mut record = found.expect("the record");
    record.health_check_id = Some("3b5d4e8a-0000-4000-a000-000000000001".to_owned());
    let change = Change::builder().action(ChangeAction::Upsert).resource_record_set(record).build();
    let batch = ChangeBatch::builder().changes(change.expect("a change")).build().expect("a batch");
    let call = aws.route53().change_resource_record_sets().hosted_zone_id(zone).change_batch(batch);
    call.send().await.expect("its health is checked");
}

async fn bucket(life: &Life, name: &str) {
    use aws_sdk_s3::types::{
        BucketLifecycleConfiguration, PartitionDateSource, PartitionedPrefix, TargetObjectKeyFormat,
        TransitionDefaultMinimumObjectSize,
    };
    let aws = life.session.region(crate::fixture::REGION);
    let found = aws.s3().get_bucket_logging().bucket(name).send().await.expect("its log");
    if let Some(mut logging) = found.logging_enabled {
        let parts =
            PartitionedPrefix::builder().partition_date_source(PartitionDateSource::EventTime).build();
        logging.target_object_key_format =
            Some(TargetObjectKeyFormat::builder().partitioned_prefix(parts).build());
        let status = aws_sdk_s3::types::BucketLoggingStatus::builder().logging_enabled(logging).build();
        let call = aws.s3().put_bucket_logging().bucket(name).bucket_logging_status(status);
        call.send().await.expect("its files have other names");
    }
    if let Ok(found) = aws.s3().get_bucket_lifecycle_configuration().bucket(name).send().await {
        let rules = BucketLifecycleConfiguration::builder().set_rules(found.rules).build().expect("rules");
        let call = aws.s3().put_bucket_lifecycle_configuration().bucket(name).lifecycle_configuration(rules);
        let size = TransitionDefaultMinimumObjectSize::VariesByStorageClass;
        call.transition_default_minimum_object_size(size).send().await.expect("another size");
    }
}

async fn mail(life: &Life, name: &str) {
    use aws_sdk_sesv2::types::HttpsPolicy;
    let aws = life.session.region(crate::fixture::REGION);
    let set = aws.sesv2().get_configuration_set().configuration_set_name(name).send().await.expect("it");
    let tls = set.delivery_options().and_then(|options| options.tls_policy()).cloned();
    let call = aws.sesv2().put_configuration_set_delivery_options().configuration_set_name(name);
    let call = call.set_tls_policy(tls).sending_pool_name("own-addresses").max_delivery_seconds(600);
    call.send().await.expect("it sends from addresses of its own");
    if let Some(tracking) = set.tracking_options() {
        let call = aws.sesv2().put_configuration_set_tracking_options().configuration_set_name(name);
        let call = call.custom_redirect_domain(tracking.custom_redirect_domain());
        call.https_policy(HttpsPolicy::Require).send().await.expect("its links are safe");
    }
}

async fn firewall(life: &Life, id: &str) {
    let aws = life.session.region(crate::fixture::REGION);
    let mut parts = id.split('|');
    let (name, id) = (parts.next().expect("a name"), parts.next().expect("an id"));
    let scope = Scope::from(parts.next().expect("a scope"));
    let found = aws.wafv2().get_web_acl().name(name).id(id).scope(scope.clone()).send().await;
    let found = found.expect("the web ACL");
    let acl = found.web_acl.expect("the web ACL");
    let time = ImmunityTimeProperty::builder().immunity_time(600).build().expect("a time");
    aws.wafv2()
        .update_web_acl()
        .name(name)
        .id(id)
        .scope(scope)
        .set_lock_token(found.lock_token)
        .set_description(acl.description.filter(|text| !text.is_empty()))
        .set_default_action(acl.default_action)
        .set_visibility_config(acl.visibility_config)
        .set_rules(acl.rules)
        .set_association_config(acl.association_config)
        .set_custom_response_bodies(acl.custom_response_bodies)
        .captcha_config(CaptchaConfig::builder().immunity_time_property(time).build())
        .token_domains("example.com")
        .send()
        .await
        .expect("a riddle holds for longer");
}
