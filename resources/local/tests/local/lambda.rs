use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    AliasRoutingConfiguration, Architecture, DeadLetterConfig, Environment, EphemeralStorage, FunctionCode,
    LastUpdateStatus, LogFormat, LoggingConfig, ProvisionedConcurrencyStatusEnum, Runtime, State,
    TracingConfig, TracingMode, VpcConfig,
};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{NETWORK, REGION, allow, code, config, ec2, group, role, subnet, vpc};

const ZIP: &[u8] = b"PK\x05\x06and so on";

struct Site {
    lambda: Client,
    role: String,
    clock: LocalClock,
    cloud: LocalCloud,
}

async fn site() -> Site {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let lambda = Client::new(&config(&cloud, REGION).await);
    let role = role(&cloud, "lambda", "lambda.amazonaws.com").await;
    allow(&cloud, "lambda", "network", &NETWORK).await;
    allow(&cloud, "lambda", "dead-letters", &["sqs:SendMessage"]).await;
    Site { lambda, role, clock, cloud }
}

impl Site {
    fn create(
        &self,
        name: &str,
    ) -> aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder {
        self.lambda
            .create_function()
            .function_name(name)
            .role(&self.role)
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .code(FunctionCode::builder().zip_file(Blob::new(ZIP)).build())
    }

    fn wait(&self) {
        self.clock.advance(Duration::from_secs(90));
    }
}

#[tokio::test]
async fn every_setting_comes_back() {
    let site = site().await;
    let ec2 = ec2(&site.cloud).await;
    let vpc = vpc(&ec2).await;
    let net = subnet(&ec2, &vpc, "10.0.0.0/24", "ap-northeast-1a").await;
    let sg = group(&ec2, &vpc, "fn").await;
    let vpc_config = VpcConfig::builder().subnet_ids(&net).security_group_ids(&sg).build();
    site.create("f")
        .architectures(Architecture::Arm64)
        .vpc_config(vpc_config)
        .tracing_config(TracingConfig::builder().mode(TracingMode::Active).build())
        .logging_config(LoggingConfig::builder().log_format(LogFormat::Json).log_group("/x").build())
        .environment(Environment::builder().variables("KEY", "値").build())
        .ephemeral_storage(EphemeralStorage::builder().size(1024).build().unwrap())
        .dead_letter_config(
            DeadLetterConfig::builder().target_arn("arn:aws:sqs:ap-northeast-1:123456789012:q").build(),
        )
        .layers("arn:aws:lambda:ap-northeast-1:123456789012:layer:l:1")
        .memory_size(512)
        .timeout(30)
        .tags("k", "v")
        .send()
        .await
        .unwrap();
    let got = site.lambda.get_function().function_name("f").send().await.unwrap();
    let c = got.configuration().unwrap();
    assert_eq!(
        (c.state(), c.last_update_status()),
        (Some(&State::Pending), Some(&LastUpdateStatus::InProgress))
    );
    assert_eq!(c.architectures(), [Architecture::Arm64]);
    assert_eq!(c.vpc_config().unwrap().vpc_id(), Some(vpc.as_str()));
    assert_eq!(c.tracing_config().unwrap().mode(), Some(&TracingMode::Active));
    assert_eq!(c.logging_config().unwrap().log_group(), Some("/x"));
    assert_eq!(c.logging_config().unwrap().system_log_level().unwrap().as_str(), "INFO");
    assert_eq!(c.environment().unwrap().variables().unwrap()["KEY"], "値");
    assert_eq!(
        (c.ephemeral_storage().unwrap().size(), c.memory_size(), c.timeout()),
        (1024, Some(512), Some(30))
    );
    assert!(c.dead_letter_config().is_some() && c.layers().len() == 1);
    assert_eq!(got.tags().unwrap()["k"], "v");
    use base64::Engine;
    use sha2::Digest;
    let sha = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(ZIP));
    assert_eq!((c.code_sha256(), c.code_size()), (Some(sha.as_str()), ZIP.len() as i64));
    site.wait();
    let c = site.lambda.get_function_configuration().function_name("f").send().await.unwrap();
    assert_eq!(
        (c.state(), c.last_update_status()),
        (Some(&State::Active), Some(&LastUpdateStatus::Successful))
    );

    // What is emptied is removed, what is not said stays.
    let update = site.lambda.update_function_configuration().function_name("f");
    let none = VpcConfig::builder().set_subnet_ids(Some(vec![])).set_security_group_ids(Some(vec![])).build();
    update
        .vpc_config(none)
        .environment(Environment::builder().set_variables(Some(Default::default())).build())
        .dead_letter_config(DeadLetterConfig::builder().target_arn("").build())
        .set_layers(Some(vec![]))
        .send()
        .await
        .unwrap();
    site.wait();
    let c = site.lambda.get_function_configuration().function_name("f").send().await.unwrap();
    assert!(c.vpc_config().is_none() && c.environment().is_none() && c.dead_letter_config().is_none());
    assert!(c.layers().is_empty() && c.memory_size() == Some(512));
    // The network interfaces linger.
    assert_eq!(code(ec2.delete_subnet().subnet_id(&net).send().await), "DependencyViolation");
    site.clock.advance(Duration::from_secs(1200));
    ec2.delete_subnet().subnet_id(&net).send().await.unwrap();
}

#[tokio::test]
async fn one_change_at_a_time() {
    let site = site().await;
    site.create("f").send().await.unwrap();
    assert_eq!(code(site.create("f").send().await), "ResourceConflictException");
    let update = || site.lambda.update_function_configuration().function_name("f").timeout(5).send();
    assert_eq!(code(update().await), "ResourceConflictException");
    site.wait();
    update().await.unwrap();
    let zip = || site.lambda.update_function_code().function_name("f").zip_file(Blob::new(b"PKnew")).send();
    assert_eq!(code(zip().await), "ResourceConflictException");
    site.wait();
    zip().await.unwrap();
    assert_eq!(
        code(site.lambda.publish_version().function_name("f").send().await),
        "ResourceConflictException"
    );
    site.wait();
    let one = site.lambda.publish_version().function_name("f").send().await.unwrap();
    let same = site.lambda.publish_version().function_name("f").send().await.unwrap();
    assert_eq!((one.version(), same.version()), (Some("1"), Some("1")));
    update().await.unwrap();
    site.wait();
    let stale = site.lambda.update_function_configuration().function_name("f").revision_id("no").send().await;
    assert_eq!(code(stale), "PreconditionFailedException");
    let listed = site.lambda.list_functions().send().await.unwrap();
    assert!(listed.functions()[0].state().is_none(), "lists leave states out");
    site.lambda.delete_function().function_name("f").send().await.unwrap();
    assert_eq!(code(site.lambda.get_function().function_name("f").send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn creation_is_checked() {
    let site = site().await;
    let stranger = role(&site.cloud, "other", "ec2.amazonaws.com").await;
    assert_eq!(code(site.create("f").role(stranger).send().await), "InvalidParameterValueException");
    let no_zip = FunctionCode::builder().zip_file(Blob::new(b"no zip")).build();
    assert_eq!(code(site.create("f").code(no_zip).send().await), "InvalidParameterValueException");
    let reserved = Environment::builder().variables("AWS_REGION", "x").build();
    assert_eq!(code(site.create("f").environment(reserved).send().await), "InvalidParameterValueException");
    let nowhere = VpcConfig::builder().subnet_ids("subnet-none").security_group_ids("sg-none").build();
    assert_eq!(code(site.create("f").vpc_config(nowhere).send().await), "InvalidParameterValueException");
    assert_eq!(code(site.create("f").timeout(901).send().await), "InvalidParameterValueException");
}

#[tokio::test]
async fn concurrency_leaves_a_hundred() {
    let site = site().await;
    for name in ["a", "b"] {
        site.create(name).send().await.unwrap();
    }
    let put = |name: &str, n: i32| {
        site.lambda.put_function_concurrency().function_name(name).reserved_concurrent_executions(n).send()
    };
    put("a", 800).await.unwrap();
    assert_eq!(code(put("b", 101).await), "InvalidParameterValueException");
    put("b", 100).await.unwrap();
    let got = site.lambda.get_function().function_name("a").send().await.unwrap();
    assert_eq!(got.concurrency().unwrap().reserved_concurrent_executions(), Some(800));
    let account = site.lambda.get_account_settings().send().await.unwrap();
    assert_eq!(account.account_limit().unwrap().unreserved_concurrent_executions(), Some(100));
    site.lambda.delete_function_concurrency().function_name("a").send().await.unwrap();
    put("b", 900).await.unwrap();
}

#[tokio::test]
async fn tags_and_what_goes_through() {
    let site = site().await;
    let arn = site.create("f").send().await.unwrap().function_arn.unwrap();
    site.lambda
        .tag_resource()
        .resource(&arn)
        .tags("a", "1")
        .tags("b", "2")
        .tags("c", "3")
        .send()
        .await
        .unwrap();
    site.lambda.untag_resource().resource(&arn).tag_keys("a").tag_keys("b").send().await.unwrap();
    let tags = site.lambda.list_tags().resource(&arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap().keys().collect::<Vec<_>>(), ["c"]);
    let permit =
        site.lambda.add_permission().function_name("f").statement_id("s").action("lambda:InvokeFunction");
    permit.principal("apigateway.amazonaws.com").send().await.unwrap();
    let policy = site.lambda.get_policy().function_name("f").send().await.unwrap();
    assert!(policy.policy().unwrap().contains("apigateway.amazonaws.com"));
}

#[tokio::test]
async fn an_alias_holds_its_versions() {
    let site = site().await;
    let lambda = &site.lambda;
    site.create("f").send().await.unwrap();
    site.wait();
    let publish = || lambda.publish_version().function_name("f").description("d").send();
    assert_eq!(publish().await.unwrap().version(), Some("1"));
    assert_eq!(publish().await.unwrap().version(), Some("1"));
    lambda.update_function_configuration().function_name("f").memory_size(256).send().await.unwrap();
    site.wait();
    assert_eq!(publish().await.unwrap().version(), Some("2"));
    site.wait();
    let alias = |version: &'static str| {
        lambda.create_alias().function_name("f").name("live").function_version(version).send()
    };
    assert_eq!(code(alias("3").await), "ResourceNotFoundException");
    alias("2").await.unwrap();
    assert_eq!(code(alias("2").await), "ResourceConflictException");
    let through = lambda.get_function().function_name("f").qualifier("live").send().await.unwrap();
    assert_eq!(through.configuration().unwrap().version(), Some("2"));
    let split =
        |version: &str| AliasRoutingConfiguration::builder().additional_version_weights(version, 0.1).build();
    let route = |version: &'static str| {
        lambda.update_alias().function_name("f").name("live").routing_config(split(version)).send()
    };
    assert_eq!(code(route("2").await), "InvalidParameterValueException");
    assert_eq!(
        route("1").await.unwrap().routing_config().unwrap().additional_version_weights().unwrap()["1"],
        0.1
    );
    let delete =
        |version: &'static str| lambda.delete_function().function_name("f").qualifier(version).send();
    assert_eq!(code(delete("1").await), "ResourceConflictException");
    assert_eq!(code(delete("2").await), "ResourceConflictException");
    let none =
        AliasRoutingConfiguration::builder().set_additional_version_weights(Some(Default::default())).build();
    lambda.update_alias().function_name("f").name("live").routing_config(none).send().await.unwrap();
    delete("1").await.unwrap();
    assert_eq!(
        code(lambda.get_function().function_name("f").qualifier("1").send().await),
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn warm_environments_fit_the_reservation_and_go_with_the_alias() {
    let site = site().await;
    let lambda = &site.lambda;
    site.create("f").send().await.unwrap();
    site.wait();
    lambda.publish_version().function_name("f").send().await.unwrap();
    lambda.create_alias().function_name("f").name("live").function_version("1").send().await.unwrap();
    lambda
        .put_function_concurrency()
        .function_name("f")
        .reserved_concurrent_executions(5)
        .send()
        .await
        .unwrap();
    let put = |qualifier: &'static str, n: i32| {
        lambda
            .put_provisioned_concurrency_config()
            .function_name("f")
            .qualifier(qualifier)
            .provisioned_concurrent_executions(n)
            .send()
    };
    let get = || lambda.get_provisioned_concurrency_config().function_name("f").qualifier("live").send();
    assert_eq!(code(put("$LATEST", 1).await), "InvalidParameterValueException");
    assert_eq!(code(put("none", 1).await), "ResourceNotFoundException");
    assert_eq!(code(put("live", 6).await), "InvalidParameterValueException");
    assert_eq!(code(get().await), "ProvisionedConcurrencyConfigNotFoundException");
    put("live", 5).await.unwrap();
    // H11: nor does the reservation shrink below what is provisioned.
    let reserve = |n: i32| {
        lambda.put_function_concurrency().function_name("f").reserved_concurrent_executions(n).send()
    };
    assert_eq!(code(reserve(4).await), "InvalidParameterValueException");
    reserve(5).await.unwrap();
    assert_eq!(get().await.unwrap().status(), Some(&ProvisionedConcurrencyStatusEnum::InProgress));
    site.wait();
    assert_eq!(get().await.unwrap().status(), Some(&ProvisionedConcurrencyStatusEnum::Ready));
    assert_eq!(code(put("1", 1).await), "InvalidParameterValueException");
    lambda.delete_alias().function_name("f").name("live").send().await.unwrap();
    assert_eq!(site.cloud.status().await.count("aws:lambda:ProvisionedConcurrencyConfig"), 0);
}

#[tokio::test]
async fn permissions_stand_once() {
    let site = site().await;
    let lambda = &site.lambda;
    site.create("f").send().await.unwrap();
    let add = |principal: &'static str| {
        lambda
            .add_permission()
            .function_name("f")
            .statement_id("s")
            .action("lambda:InvokeFunction")
            .principal(principal)
            .send()
    };
    assert_eq!(code(lambda.get_policy().function_name("f").send().await), "ResourceNotFoundException");
    assert_eq!(code(add("arn:aws:iam::123456789012:role/none").await), "InvalidParameterValueException");
    add("123456789012").await.unwrap();
    assert_eq!(code(add("sns.amazonaws.com").await), "ResourceConflictException");
    let policy = lambda.get_policy().function_name("f").send().await.unwrap().policy.unwrap();
    assert!(policy.contains("arn:aws:iam::123456789012:root"), "{policy}");
    let remove = || lambda.remove_permission().function_name("f").statement_id("s").send();
    remove().await.unwrap();
    assert_eq!(code(remove().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn code_is_read_from_s3() {
    let site = site().await;
    let from =
        |key: &str| site.create("f").code(FunctionCode::builder().s3_bucket("code").s3_key(key).build());
    assert_eq!(code(from("a.zip").send().await), "InvalidParameterValueException");
    let s3 = aws_sdk_s3::Client::new(&config(&site.cloud, REGION).await);
    let here =
        aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(REGION.into()).build();
    s3.create_bucket().bucket("code").create_bucket_configuration(here).send().await.unwrap();
    s3.put_object().bucket("code").key("a.zip").body(ZIP.to_vec().into()).send().await.unwrap();
    assert_eq!(code(from("b.zip").send().await), "InvalidParameterValueException");
    let made = from("a.zip").send().await.unwrap();
    assert_eq!(made.code_size(), ZIP.len() as i64);
    let zip = site.create("g").send().await.unwrap();
    assert_eq!(made.code_sha256(), zip.code_sha256());
}

/// A manual clock begins in 2026: new functions with `nodejs14.x` ended in 2024, and updates go on until 2027.
#[tokio::test]
async fn runtimes_that_aws_has_closed_are_refused() {
    let site = site().await;
    for closed in ["nodejs12.x", "python2.7", "nodejs14.x", "go1.x"] {
        let refused = site.create("f").runtime(closed.into()).handler("a.b").send().await.unwrap_err();
        let said = format!("{refused:?}");
        assert!(said.contains("InvalidParameterValueException"), "{said}");
        let words = format!(
            "The runtime parameter of {closed} is no longer supported for creating or updating AWS Lambda functions."
        );
        assert!(said.contains(&words), "{said}");
    }
    site.create("f").send().await.unwrap();
    site.wait();
    let change = |runtime: &str| {
        site.lambda.update_function_configuration().function_name("f").runtime(runtime.into()).send()
    };
    assert_eq!(code(change("nodejs12.x").await), "InvalidParameterValueException");
    site.create("old").runtime(Runtime::Nodejs20x).handler("a.b").send().await.unwrap();
    site.clock.advance(Duration::from_secs(400 * 24 * 3600));
    let create = site.create("new").runtime(Runtime::Nodejs20x).handler("a.b").send().await;
    assert_eq!(code(create), "InvalidParameterValueException");
    let change =
        |memory| site.lambda.update_function_configuration().function_name("old").memory_size(memory);
    change(256).send().await.unwrap();
    site.clock.advance(Duration::from_secs(30 * 24 * 3600));
    assert_eq!(code(change(512).send().await), "InvalidParameterValueException");
    change(512).runtime(Runtime::Nodejs24x).send().await.unwrap();
}
