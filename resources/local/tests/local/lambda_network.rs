//! Network interfaces of functions, and what their roles have to be allowed.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{DeadLetterConfig, FunctionCode, Runtime, VpcConfig};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{NETWORK, REGION, allow, code, config, ec2, group, role, subnet, vpc};

struct Site {
    cloud: LocalCloud,
    clock: LocalClock,
    lambda: Client,
    ec2: aws_sdk_ec2::Client,
    iam: aws_sdk_iam::Client,
    subnet: String,
    group: String,
}

impl Site {
    async fn new() -> Self {
        let clock = LocalClock::manual();
        let cloud = LocalCloud::in_memory().with_clock(clock.clone());
        let config = config(&cloud, REGION).await;
        let ec2 = ec2(&cloud).await;
        let vpc = vpc(&ec2).await;
        let subnet = subnet(&ec2, &vpc, "10.0.0.0/24", "ap-northeast-1a").await;
        let group = group(&ec2, &vpc, "fn").await;
        let (lambda, iam) = (Client::new(&config), aws_sdk_iam::Client::new(&config));
        Self { cloud, clock, lambda, ec2, iam, subnet, group }
    }

    /// A role that may have interfaces.
    async fn role(&self, name: &str) -> String {
        let arn = role(&self.cloud, name, "lambda.amazonaws.com").await;
        allow(&self.cloud, name, "network", &NETWORK).await;
        arn
    }

    async fn drop_role(&self, name: &str) {
        self.iam.delete_role_policy().role_name(name).policy_name("network").send().await.unwrap();
        self.iam.delete_role().role_name(name).send().await.unwrap();
    }

    fn network(&self) -> VpcConfig {
        VpcConfig::builder().subnet_ids(&self.subnet).security_group_ids(&self.group).build()
    }

    fn function(&self, name: &str, role: &str) -> CreateFunctionFluentBuilder {
        let call = self.lambda.create_function().function_name(name).role(role).handler("bootstrap");
        let code = FunctionCode::builder().zip_file(Blob::new(b"PK\x05\x06")).build();
        call.runtime(Runtime::Providedal2023).code(code).vpc_config(self.network())
    }

    async fn leave(&self, name: &str) {
        let nowhere = VpcConfig::builder().set_subnet_ids(Some(vec![])).set_security_group_ids(Some(vec![]));
        let call = self.lambda.update_function_configuration().function_name(name);
        call.vpc_config(nowhere.build()).send().await.unwrap();
        self.clock.advance(Duration::from_secs(90));
    }

    async fn free(&self) -> bool {
        let freed = self.ec2.delete_security_group().group_id(&self.group).send().await;
        match freed {
            Ok(_) => true,
            Err(_) => {
                assert_eq!(code(freed), "DependencyViolation");
                false
            }
        }
    }

    fn hours(&self, hours: u64) {
        self.clock.advance(Duration::from_secs(3600 * hours));
    }
}

/// L1: Lambda deletes interfaces in the name of the function's role; once it is gone they stay, and with them group and
/// subnet, until there is such a role again.
#[tokio::test]
async fn interfaces_outlive_a_role_that_goes_first() {
    let site = Site::new().await;
    let role = site.role("one").await;
    site.function("f", &role).send().await.unwrap();
    site.clock.advance(Duration::from_secs(90));
    site.lambda.delete_function().function_name("f").send().await.unwrap();
    site.drop_role("one").await;
    site.hours(24);
    assert!(!site.free().await, "for good");
    role_again(&site).await;
    assert!(site.free().await);
}

async fn role_again(site: &Site) {
    role(&site.cloud, "one", "lambda.amazonaws.com").await;
    assert!(!site.free().await, "a role that may not delete them");
    allow(&site.cloud, "one", "network", &NETWORK).await;
}

#[tokio::test]
async fn interfaces_go_while_the_role_stands() {
    let site = Site::new().await;
    let role = site.role("one").await;
    site.function("f", &role).send().await.unwrap();
    site.clock.advance(Duration::from_secs(90));
    site.lambda.delete_function().function_name("f").send().await.unwrap();
    assert!(!site.free().await);
    site.clock.advance(Duration::from_secs(1200));
    // What has gone before the role went is gone.
    site.drop_role("one").await;
    assert!(site.free().await);
}

/// L2: a published version keeps its interface, though the function has left.
#[tokio::test]
async fn published_versions_hold_their_network() {
    let site = Site::new().await;
    let role = site.role("one").await;
    site.function("f", &role).send().await.unwrap();
    site.clock.advance(Duration::from_secs(90));
    site.lambda.publish_version().function_name("f").send().await.unwrap();
    site.leave("f").await;
    site.hours(24);
    assert!(!site.free().await);
    site.lambda.delete_function().function_name("f").qualifier("1").send().await.unwrap();
    assert!(!site.free().await, "not at once");
    site.hours(1);
    assert!(site.free().await);
}

#[tokio::test]
async fn functions_share_an_interface() {
    let site = Site::new().await;
    let (one, two) = (site.role("one").await, site.role("two").await);
    site.function("f", &one).send().await.unwrap();
    site.function("g", &two).send().await.unwrap();
    site.clock.advance(Duration::from_secs(90));
    let found =
        async || site.ec2.describe_network_interfaces().send().await.unwrap().network_interfaces().len();
    assert_eq!(found().await, 1);
    site.lambda.delete_function().function_name("f").send().await.unwrap();
    site.drop_role("one").await;
    site.hours(24);
    assert_eq!(found().await, 1);
    site.leave("g").await;
    site.hours(1);
    assert_eq!(found().await, 0, "the role of the last one counts");
}

/// L7: a role is asked when the call is made.
#[tokio::test]
async fn a_role_has_to_be_allowed_what_lambda_does_in_its_name() {
    let site = Site::new().await;
    let bare = role(&site.cloud, "bare", "lambda.amazonaws.com").await;
    let told = async |call: CreateFunctionFluentBuilder| {
        call.send().await.unwrap_err().into_service_error().to_string()
    };
    let refusal = told(site.function("f", &bare)).await;
    assert!(refusal.contains("does not have permissions to call CreateNetworkInterface on EC2"), "{refusal}");
    allow(&site.cloud, "bare", "network", &NETWORK).await;
    let dead = |arn: &str| DeadLetterConfig::builder().target_arn(arn).build();
    let topic = dead("arn:aws:sns:ap-northeast-1:123456789012:dead");
    let refusal = told(site.function("f", &bare).dead_letter_config(topic.clone())).await;
    assert!(refusal.contains("does not have permissions to call Publish on SNS"), "{refusal}");
    allow(&site.cloud, "bare", "dead", &["sns:Publish"]).await;
    site.function("f", &bare).dead_letter_config(topic).send().await.unwrap();
    // A change that does not touch them asks for nothing.
    site.clock.advance(Duration::from_secs(90));
    site.iam.delete_role_policy().role_name("bare").policy_name("network").send().await.unwrap();
    let change = || site.lambda.update_function_configuration().function_name("f");
    change().memory_size(256).send().await.unwrap();
    site.clock.advance(Duration::from_secs(90));
    let moved = change().vpc_config(site.network()).send().await;
    assert_eq!(code(moved), "InvalidParameterValueException");
}
