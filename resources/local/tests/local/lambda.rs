use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    Architecture, DeadLetterConfig, Environment, EphemeralStorage, FunctionCode, LastUpdateStatus, LogFormat,
    LoggingConfig, Runtime, State, TracingConfig, TracingMode, VpcConfig,
};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config, ec2, group, role, subnet, vpc};

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
        .environment(Environment::builder().variables("A", "値").build())
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
    assert_eq!(c.environment().unwrap().variables().unwrap()["A"], "値");
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
