use std::time::Duration;

use aws_sdk_freetier::types::AccountPlanType;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use aws_sdk_rds::error::ProvideErrorMetadata;
use finsight_local::{Account, LocalClock, LocalCloud};

use crate::cloudfront::wanted;
use crate::support::{REGION, code, config, ec2, role, subnet, vpc};

/// The code and the text of a refusal.
#[track_caller]
fn words<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, E>,
) -> (String, String) {
    let error = result.expect_err("a refusal");
    (error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
}

/// Databases in an account of a kind, with two subnets of a network.
async fn databases(account: Account) -> (LocalCloud, LocalClock, aws_sdk_rds::Client, Vec<String>) {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    cloud.set_account(account).await.unwrap();
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let subnets = vec![
        subnet(&ec2, &vpc, "10.0.1.0/24", "ap-northeast-1a").await,
        subnet(&ec2, &vpc, "10.0.2.0/24", "ap-northeast-1c").await,
    ];
    let rds = aws_sdk_rds::Client::new(&config(&cloud, REGION).await);
    (cloud, clock, rds, subnets)
}

fn group(
    rds: &aws_sdk_rds::Client,
    subnets: &[String],
) -> aws_sdk_rds::operation::create_db_subnet_group::builders::CreateDBSubnetGroupFluentBuilder {
    let call = rds.create_db_subnet_group().db_subnet_group_name("db").db_subnet_group_description("d");
    call.set_subnet_ids(Some(subnets.to_vec()))
}

fn database(
    rds: &aws_sdk_rds::Client,
    id: &str,
) -> aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder {
    let call = rds.create_db_instance().db_instance_identifier(id).db_instance_class("db.t4g.micro");
    let call = call.engine("postgres").engine_version("15").allocated_storage(20).master_username("app");
    call.manage_master_user_password(true)
}

fn proxy(
    rds: &aws_sdk_rds::Client,
    role: &str,
    subnets: &[String],
) -> aws_sdk_rds::operation::create_db_proxy::builders::CreateDBProxyFluentBuilder {
    let call = rds.create_db_proxy().db_proxy_name("p").engine_family("POSTGRESQL".into()).role_arn(role);
    let auth = aws_sdk_rds::types::UserAuthConfig::builder()
        .secret_arn("arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:a-abcdef")
        .build();
    call.set_vpc_subnet_ids(Some(subnets.to_vec())).auth(auth)
}

#[tokio::test]
async fn the_role_of_rds_is_made_with_its_first_call_and_known_later() {
    let (cloud, clock, rds, subnets) = databases(Account::Prepared).await;
    let iam = aws_sdk_iam::Client::new(&config(&cloud, REGION).await);
    let own = role(&cloud, "proxy", "rds.amazonaws.com").await;
    let linked = || iam.get_role().role_name("AWSServiceRoleForRDS").send();
    // A proxy does not make it.
    let (code_of, text) = words(proxy(&rds, &own, &subnets).send().await);
    assert_eq!(code_of, "AccessDenied");
    assert!(text.contains("RDS is not authorized to assume service-linked role"), "{text}");
    assert_eq!(code(linked().await), "NoSuchEntity");

    let (code_of, text) = words(group(&rds, &subnets).send().await);
    assert_eq!(code_of, "InvalidParameterValue");
    assert!(text.starts_with("Missing necessary credentials"), "{text}");
    let (code_of, text) = words(database(&rds, "db").send().await);
    assert_eq!(code_of, "InvalidParameterValue");
    assert!(text.contains("Otherwise wait and try again later"), "{text}");
    let made = linked().await.unwrap().role.unwrap();
    assert_eq!(
        made.arn(),
        "arn:aws:iam::123456789012:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"
    );

    clock.advance(Duration::from_secs(10));
    group(&rds, &subnets).send().await.unwrap();
    database(&rds, "db").send().await.unwrap();
    proxy(&rds, &own, &subnets).send().await.unwrap();

    // It is AWS's.
    let kept = iam.delete_role().role_name("AWSServiceRoleForRDS").send().await;
    assert_eq!(code(kept), "UnmodifiableEntity");
    let again = iam.create_service_linked_role().aws_service_name("rds.amazonaws.com").send().await;
    assert_eq!(code(again), "InvalidInput");
}

#[tokio::test]
async fn a_role_of_a_service_can_be_made_before() {
    let (cloud, clock, rds, subnets) = databases(Account::Prepared).await;
    let iam = aws_sdk_iam::Client::new(&config(&cloud, REGION).await);
    let made = iam.create_service_linked_role().aws_service_name("rds.amazonaws.com").description("d");
    assert_eq!(made.send().await.unwrap().role.unwrap().description(), Some("d"));
    clock.advance(Duration::from_secs(10));
    group(&rds, &subnets).send().await.unwrap();
    assert_eq!(cloud.status().await.count("aws:iam:Role"), 0, "it is AWS's");
}

#[tokio::test]
async fn the_free_plan_has_small_databases() {
    let (cloud, clock, rds, subnets) = databases(Account::New).await;
    let refusal = |result: (String, String)| {
        assert_eq!(result.0, "FreeTierRestrictionError");
        assert!(result.1.ends_with("To remove all limitations, upgrade your account plan."), "{}", result.1);
        result.1
    };
    let days = refusal(words(database(&rds, "a").backup_retention_period(2).send().await));
    assert!(days.starts_with("The specified backup retention period exceeds"), "{days}");
    let class = refusal(words(database(&rds, "a").db_instance_class("db.t3.small").send().await));
    assert!(class.starts_with("This instance size isn't available"), "{class}");
    refusal(words(database(&rds, "a").multi_az(true).send().await));
    let own = role(&cloud, "proxy", "rds.amazonaws.com").await;
    refusal(words(proxy(&rds, &own, &subnets).send().await));

    assert_eq!(code(database(&rds, "a").send().await), "InvalidParameterValue");
    clock.advance(Duration::from_secs(10));
    database(&rds, "a").send().await.unwrap();
    database(&rds, "b").send().await.unwrap();
    let third = refusal(words(database(&rds, "c").send().await));
    assert!(third.starts_with("You reached the maximum number of instances"), "{third}");
    clock.advance(Duration::from_secs(900));
    let more = rds.modify_db_instance().db_instance_identifier("a").backup_retention_period(7);
    refusal(words(more.send().await));

    let freetier = aws_sdk_freetier::Client::new(&config(&cloud, REGION).await);
    let state =
        || async { freetier.get_account_plan_state().send().await.unwrap().account_plan_type().clone() };
    assert_eq!(state().await, AccountPlanType::Free);
    let upgrade = |plan| freetier.upgrade_account_plan().account_plan_type(plan).send();
    assert_eq!(code(upgrade(AccountPlanType::Free).await), "ValidationException");
    upgrade(AccountPlanType::Paid).await.unwrap();
    assert_eq!(state().await, AccountPlanType::Paid);
    database(&rds, "c").backup_retention_period(7).db_instance_class("db.t3.small").send().await.unwrap();
}

#[tokio::test]
async fn a_new_account_has_ten_concurrent_executions_and_less_memory() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    cloud.set_account(Account::New).await.unwrap();
    let lambda = aws_sdk_lambda::Client::new(&config(&cloud, REGION).await);
    let role = role(&cloud, "lambda", "lambda.amazonaws.com").await;
    let create = |name| {
        let zip = FunctionCode::builder().zip_file(Blob::new(b"PK\x05\x06and so on")).build();
        let call = lambda.create_function().function_name(name).role(&role).code(zip).publish(true);
        call.runtime(Runtime::Providedal2023).handler("bootstrap")
    };
    let (code_of, text) = words(create("f").memory_size(4096).send().await);
    assert_eq!(code_of, "ValidationException");
    assert!(text.ends_with("less than or equal to 3008"), "{text}");
    create("f").send().await.unwrap();
    clock.advance(Duration::from_secs(90));
    let least = "below its minimum value of [10].";
    let reserve = |n| lambda.put_function_concurrency().function_name("f").reserved_concurrent_executions(n);
    let (code_of, text) = words(reserve(1).send().await);
    assert_eq!(code_of, "InvalidParameterValueException");
    assert!(text.ends_with(least), "{text}");
    let warm = || {
        let call = lambda.put_provisioned_concurrency_config().function_name("f").qualifier("1");
        call.provisioned_concurrent_executions(1).send()
    };
    let (_, text) = words(warm().await);
    assert!(text.starts_with("Specified ConcurrentExecutions") && text.ends_with(least), "{text}");
    reserve(0).send().await.unwrap();
    let limit = lambda.get_account_settings().send().await.unwrap().account_limit.unwrap();
    assert_eq!((limit.concurrent_executions(), limit.unreserved_concurrent_executions()), (10, Some(10)));

    cloud.set_account(Account::Prepared).await.unwrap();
    lambda.delete_function_concurrency().function_name("f").send().await.unwrap();
    warm().await.unwrap();
    // What is warm is taken from what all share.
    create("g").send().await.unwrap();
    let reserve = |n| lambda.put_function_concurrency().function_name("g").reserved_concurrent_executions(n);
    assert_eq!(code(reserve(900).send().await), "InvalidParameterValueException");
    reserve(899).send().await.unwrap();
}

#[tokio::test]
async fn cloudfront_does_not_know_a_new_account() {
    let cloud = LocalCloud::in_memory();
    let edge = aws_sdk_cloudfront::Client::new(&config(&cloud, "us-east-1").await);
    let create = || edge.create_distribution().distribution_config(wanted("r").build().unwrap()).send();
    cloud.set_account(Account::New).await.unwrap();
    let (code_of, text) = words(create().await);
    assert_eq!(code_of, "AccessDenied");
    assert!(
        text.starts_with("Your account must be verified before you can add new CloudFront resources."),
        "{text}"
    );
    cloud.set_account(Account::Old).await.unwrap();
    let freetier = aws_sdk_freetier::Client::new(&config(&cloud, REGION).await);
    assert_eq!(code(freetier.get_account_plan_state().send().await), "ResourceNotFoundException");
    create().await.unwrap();
}

#[tokio::test]
async fn what_kind_of_account_it_is_outlives_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let plan = async |cloud: &LocalCloud| {
        let freetier = aws_sdk_freetier::Client::new(&config(cloud, REGION).await);
        freetier.get_account_plan_state().send().await.map(|state| state.account_plan_type().clone())
    };
    {
        let cloud = LocalCloud::open(dir.path()).unwrap();
        assert_eq!(code(plan(&cloud).await), "ResourceNotFoundException");
        cloud.set_account(Account::New).await.unwrap();
        // A role that AWS makes is on disk with the call that makes it.
        let mail = aws_sdk_sesv2::Client::new(&config(&cloud, REGION).await);
        mail.create_configuration_set().configuration_set_name("s").send().await.unwrap();
    }
    let cloud = LocalCloud::open(dir.path()).unwrap();
    assert_eq!(plan(&cloud).await.unwrap(), AccountPlanType::Free);
    let iam = aws_sdk_iam::Client::new(&config(&cloud, REGION).await);
    let made = iam.get_role().role_name("AWSServiceRoleForAmazonSES").send().await.unwrap().role.unwrap();
    assert_eq!(made.path(), "/aws-service-role/ses.amazonaws.com/");
    cloud.reset().await.unwrap();
    assert_eq!(code(plan(&cloud).await), "ResourceNotFoundException");
}

/// A moment that an earlier process has reached is never gone back before, by one that takes the quick pace either.
#[tokio::test]
async fn a_clock_that_was_ahead_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    drop(LocalCloud::open(dir.path()).unwrap());
    let hour = std::time::SystemTime::now() + std::time::Duration::from_secs(3_600);
    let millis = hour.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    std::fs::write(dir.path().join("time"), millis.to_string()).unwrap();
    let made = async |name: &str, wait: u64| {
        let cloud = LocalCloud::open(dir.path()).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
        let iam = aws_sdk_iam::Client::new(&config(&cloud, REGION).await);
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let made = iam.create_role().role_name(name).assume_role_policy_document(trust).send().await.unwrap();
        made.role().unwrap().create_date().secs()
    };
    let first = made("first", 2_100).await;
    let second = made("second", 0).await;
    assert!(first >= i64::try_from(millis / 1_000).unwrap() && second >= first, "{first} {second}");
}
