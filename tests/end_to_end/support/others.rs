//! What others have in the account: the stack's roles may not change it, and it is in nobody's way.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};

use super::Served;
use super::site::REGION;

/// Who may take the role on.
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
/// What it may do.
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}"#;

/// One of each kind that is listed by kind, in both regions where it matters.
pub fn settle(served: &Served) {
    for region in [REGION, "us-east-1"] {
        served.block(of_a_region(&served.sdk(region), region));
    }
    served.block(of_the_account(&served.sdk(REGION)));
}

async fn of_the_account(sdk: &aws_config::SdkConfig) {
    let iam = aws_sdk_iam::Client::new(sdk);
    iam.create_policy().policy_name("others").policy_document(POLICY).send().await.expect("a policy");
    let role = iam.create_role().role_name("others").assume_role_policy_document(TRUST).send().await;
    let role = role.expect("a role").role.expect("it");
    let lambda = aws_sdk_lambda::Client::new(sdk);
    let code = FunctionCode::builder().zip_file(Blob::new(archive())).build();
    let call = lambda.create_function().function_name("others").role(role.arn()).code(code);
    let made = call.runtime(Runtime::Providedal2023).handler("bootstrap").send().await;
    made.expect("a function");
    // The name of this endpoint takes no bucket before it.
    let by_path = aws_sdk_s3::config::Builder::from(sdk).force_path_style(true).build();
    let s3 = aws_sdk_s3::Client::from_conf(by_path);
    let place = aws_sdk_s3::types::BucketLocationConstraint::from(REGION);
    let place = aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(place).build();
    let made = s3.create_bucket().bucket("others-of-the-account").create_bucket_configuration(place).send();
    made.await.expect("a bucket");
    let dns = aws_sdk_route53::Client::new(sdk);
    let zone = dns.create_hosted_zone().name("others.example").caller_reference("others");
    zone.send().await.expect("a zone");
}

async fn of_a_region(sdk: &aws_config::SdkConfig, region: &str) {
    let kms = aws_sdk_kms::Client::new(sdk);
    let key = kms.create_key().send().await.expect("a key").key_metadata.expect("it").key_id;
    kms.create_alias().alias_name("alias/others").target_key_id(key).send().await.expect("an alias");
    let sns = aws_sdk_sns::Client::new(sdk);
    sns.create_topic().name("others").send().await.expect("a topic");
    let logs = aws_sdk_cloudwatchlogs::Client::new(sdk);
    logs.create_log_group().log_group_name("/others").send().await.expect("a log group");
    let secrets = aws_sdk_secretsmanager::Client::new(sdk);
    secrets.create_secret().name("others").secret_string("none").send().await.expect("a secret");
    let acm = aws_sdk_acm::Client::new(sdk);
    acm.request_certificate().domain_name("others.example").send().await.expect("a certificate");
    let ec2 = aws_sdk_ec2::Client::new(sdk);
    ec2.create_vpc().cidr_block("172.20.0.0/16").send().await.expect("a network");
    if region == REGION {
        let xray = aws_sdk_xray::Client::new(sdk);
        xray.create_group()
            .group_name("others")
            .filter_expression("duration > 9")
            .send()
            .await
            .expect("a group");
        let gateway = aws_sdk_apigateway::Client::new(sdk);
        gateway.create_rest_api().name("others").send().await.expect("an API");
        let amplify = aws_sdk_amplify::Client::new(sdk);
        amplify.create_app().name("others").send().await.expect("an app");
    }
}

/// A ZIP without anything in it.
fn archive() -> Vec<u8> {
    let mut archive = b"PK\x05\x06".to_vec();
    archive.resize(22, 0);
    archive
}
