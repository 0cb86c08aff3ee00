//! What breaks AWS's model of a request is refused before it has an effect, with AWS's code.

use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};
use aws_sdk_lambda::types::Runtime;
use finsight_local::LocalCloud;

use crate::support::{REGION, code, config};

/// A1: a client token of 26 characters, as the tool once sent it; the model wants 36 to 128.
#[tokio::test]
async fn a_token_that_is_too_short_for_saved_queries_is_refused() {
    let cloud = LocalCloud::in_memory();
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config(&cloud, REGION).await);
    let put = |token: &'static str| {
        logs.put_query_definition().name("errors").query_string("fields @message").client_token(token).send()
    };
    let refused = put("01j00000000000000000000000").await.unwrap_err().into_service_error();
    let meta = refused.meta();
    assert_eq!(meta.code(), Some("InvalidParameterException"));
    assert!(meta.message().is_some_and(|it| it.contains("'clientToken'") && it.contains("36")), "{meta:?}");
    assert!(logs.describe_query_definitions().send().await.unwrap().query_definitions().is_empty());
    put("0f0f0f0f-0f0f-4f0f-af0f-0f0f0f0f0f0f").await.unwrap();
    let judged = cloud.judged();
    assert_eq!((judged.fit, judged.refused.len()), (2, 1), "{judged:?}");
}

/// A value of each kind of bound, in each protocol.
#[tokio::test]
async fn every_protocol_is_read() {
    let cloud = LocalCloud::in_memory();
    let sdk = config(&cloud, REGION).await;
    // Query: a pattern, in a path to a role.
    let iam = aws_sdk_iam::Client::new(&sdk);
    let role =
        iam.create_role().role_name("no spaces allowed").assume_role_policy_document("{}").send().await;
    assert_eq!(code(role), "ValidationError");
    // JSON: a range.
    let kms = aws_sdk_kms::Client::new(&sdk);
    let deletion = kms.schedule_key_deletion().key_id("k").pending_window_in_days(400).send().await;
    assert_eq!(code(deletion), "ValidationException");
    // REST and JSON: an enumeration; a label of the path.
    let lambda = aws_sdk_lambda::Client::new(&sdk);
    let update = lambda.update_function_configuration().function_name("f").runtime(Runtime::from("cobol"));
    assert_eq!(code(update.send().await), "ValidationException");
    let name =
        lambda.update_function_configuration().function_name("no spaces").memory_size(128).send().await;
    assert_eq!(code(name), "ValidationException");
    // CBOR: a number below its range.
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&sdk);
    let alarm = cloudwatch
        .put_metric_alarm()
        .alarm_name("a")
        .metric_name("m")
        .namespace("n")
        .statistic(Statistic::Sum)
        .period(0)
        .evaluation_periods(1)
        .threshold(1.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold);
    assert_eq!(code(alarm.send().await), "ValidationError");
    // REST and XML: a length.
    let route53 = aws_sdk_route53::Client::new(&sdk);
    let zone =
        route53.create_hosted_zone().name("example.org").caller_reference("r".repeat(200)).send().await;
    assert_eq!(code(zone), "InvalidInput");
    let judged = cloud.judged();
    assert_eq!((judged.fit, judged.refused.len()), (0, 6), "{judged:?}");
}

/// What nobody may see is in no refusal.
#[tokio::test]
async fn a_secret_is_not_in_a_refusal() {
    let cloud = LocalCloud::in_memory();
    let secrets = aws_sdk_secretsmanager::Client::new(&config(&cloud, REGION).await);
    let value = "hush".repeat(20_000);
    let put = secrets.put_secret_value().secret_id("s").secret_string(&value).send().await;
    let refused = put.unwrap_err().into_service_error();
    assert_eq!(refused.meta().code(), Some("ValidationException"));
    assert!(!format!("{refused:?}{:?}", cloud.judged()).contains("hush"));
}

/// What an operation here does not read is refused, and has no effect: nothing that is ignored looks like a success.
#[tokio::test]
async fn what_an_operation_does_not_read_is_refused() {
    let cloud = LocalCloud::in_memory();
    let sdk = config(&cloud, REGION).await;
    // Query: seen while it reads.
    let rds = aws_sdk_rds::Client::new(&sdk);
    let create = rds.create_db_instance().db_instance_identifier("one").db_instance_class("db.t3.micro");
    let create = create.engine("postgres").allocated_storage(20).master_username("finsight");
    create.master_user_password("correct-horse-1").send().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let modify = || rds.modify_db_instance().db_instance_identifier("one").copy_tags_to_snapshot(true);
    assert_eq!(code(modify().db_subnet_group_name("other").send().await), "NotImplemented");
    let stands = rds.describe_db_instances().send().await.unwrap();
    assert_eq!(stands.db_instances()[0].copy_tags_to_snapshot(), Some(false), "it has no effect");
    modify().send().await.unwrap();
    // REST: by the table.
    let s3 = aws_sdk_s3::Client::new(&sdk);
    let bucket = s3.create_bucket().bucket("locked").object_lock_enabled_for_bucket(true);
    assert_eq!(code(bucket.send().await), "NotImplemented");
    let refused = cloud.judged().refused;
    assert!(
        refused.len() == 2 && refused[0].contains("DBSubnetGroupName of ModifyDBInstance"),
        "{refused:?}"
    );
}
