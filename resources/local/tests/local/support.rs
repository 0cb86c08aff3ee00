//! What the tests share.

use std::fmt::Debug;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ec2::error::ProvideErrorMetadata;
use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use finsight_local::{LocalClock, LocalCloud};

pub const REGION: &str = "ap-northeast-1";

/// The code of an error that must have happened.
#[track_caller]
pub fn code<T: Debug, E: ProvideErrorMetadata + Debug>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => panic!("should have been refused: {value:?}"),
        Err(e) => e.code().unwrap_or("no code").to_owned(),
    }
}

pub async fn config(cloud: &LocalCloud, region: &'static str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(cloud.http_client())
        .credentials_provider(LocalCloud::credentials())
        .region(Region::new(region))
        .retry_config(RetryConfig::disabled())
        .load()
        .await
}

pub async fn ec2(cloud: &LocalCloud) -> aws_sdk_ec2::Client {
    aws_sdk_ec2::Client::new(&config(cloud, REGION).await)
}

pub fn tagged(kind: ResourceType, key: &str, value: &str) -> TagSpecification {
    TagSpecification::builder().resource_type(kind).tags(Tag::builder().key(key).value(value).build()).build()
}

pub async fn vpc(ec2: &aws_sdk_ec2::Client) -> String {
    let made = ec2.create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap();
    made.vpc.unwrap().vpc_id.unwrap()
}

pub async fn subnet(ec2: &aws_sdk_ec2::Client, vpc: &str, cidr: &str, zone: &str) -> String {
    let made = ec2.create_subnet().vpc_id(vpc).cidr_block(cidr).availability_zone(zone).send().await.unwrap();
    made.subnet.unwrap().subnet_id.unwrap()
}

pub async fn group(ec2: &aws_sdk_ec2::Client, vpc: &str, name: &str) -> String {
    let made = ec2
        .create_security_group()
        .vpc_id(vpc)
        .group_name(name)
        .description("for a test")
        .send()
        .await
        .unwrap();
    made.group_id.unwrap()
}

/// A gateway attached to a VPC.
pub async fn gateway(ec2: &aws_sdk_ec2::Client, vpc: &str) -> String {
    let made = ec2.create_internet_gateway().send().await.unwrap();
    let id = made.internet_gateway.unwrap().internet_gateway_id.unwrap();
    ec2.attach_internet_gateway().internet_gateway_id(&id).vpc_id(vpc).send().await.unwrap();
    id
}

pub async fn address(ec2: &aws_sdk_ec2::Client) -> String {
    ec2.allocate_address()
        .domain(aws_sdk_ec2::types::DomainType::Vpc)
        .send()
        .await
        .unwrap()
        .allocation_id
        .unwrap()
}

pub fn trust(service: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

pub async fn role(cloud: &LocalCloud, name: &str, service: &str) -> String {
    let iam = aws_sdk_iam::Client::new(&config(cloud, REGION).await);
    let made =
        iam.create_role().role_name(name).assume_role_policy_document(trust(service)).send().await.unwrap();
    made.role.unwrap().arn
}

/// Lets a role do something, everywhere.
pub async fn allow(cloud: &LocalCloud, role: &str, name: &str, actions: &[&str]) {
    let iam = aws_sdk_iam::Client::new(&config(cloud, REGION).await);
    let actions = actions.join("\",\"");
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["{actions}"],"Resource":"*"}}]}}"#
    );
    let call = iam.put_role_policy().role_name(role).policy_name(name).policy_document(document);
    call.send().await.unwrap();
}

/// What Lambda does in a role's name in a VPC.
pub const NETWORK: [&str; 3] =
    ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"];

/// A certificate for a name, requested in a region and not validated; and the record that validates it.
pub async fn requested(
    cloud: &LocalCloud,
    clock: &LocalClock,
    region: &'static str,
    name: &str,
) -> (String, String, String) {
    let acm = aws_sdk_acm::Client::new(&config(cloud, region).await);
    let request = acm.request_certificate().domain_name(name).validation_method("DNS".into());
    let arn = request.send().await.unwrap().certificate_arn.unwrap();
    clock.advance(Duration::from_secs(60));
    let shown = acm.describe_certificate().certificate_arn(&arn).send().await.unwrap().certificate.unwrap();
    let record = shown.domain_validation_options()[0].resource_record().unwrap();
    (arn, record.name().to_owned(), record.value().to_owned())
}

/// Puts the record that validates a certificate into a zone of its own, until it is issued.
pub async fn validate(cloud: &LocalCloud, clock: &LocalClock, zone: &str, name: &str, value: &str) {
    let dns = aws_sdk_route53::Client::new(&config(cloud, REGION).await);
    let made = dns.create_hosted_zone().name(zone).caller_reference(name).send().await.unwrap();
    let id = made.hosted_zone.unwrap().id;
    let value = ResourceRecord::builder().value(value).build().unwrap();
    let record =
        ResourceRecordSet::builder().name(name).r#type(RrType::Cname).ttl(60).resource_records(value);
    let change =
        Change::builder().action(ChangeAction::Create).resource_record_set(record.build().unwrap()).build();
    let batch = ChangeBatch::builder().changes(change.unwrap()).build().unwrap();
    dns.change_resource_record_sets().hosted_zone_id(id).change_batch(batch).send().await.unwrap();
    clock.advance(Duration::from_secs(600));
}

/// Writes records into a new zone.
pub async fn write(cloud: &LocalCloud, zone: &str, records: Vec<(String, RrType, String)>) {
    let dns = aws_sdk_route53::Client::new(&config(cloud, REGION).await);
    let made = dns.create_hosted_zone().name(zone).caller_reference(zone).send().await.unwrap();
    let id = made.hosted_zone.unwrap().id;
    for (name, kind, value) in records {
        let value = ResourceRecord::builder().value(value).build().unwrap();
        let record = ResourceRecordSet::builder().name(name).r#type(kind).ttl(60).resource_records(value);
        let change = Change::builder().action(ChangeAction::Upsert);
        let change = change.resource_record_set(record.build().unwrap()).build().unwrap();
        let batch = ChangeBatch::builder().changes(change).build().unwrap();
        dns.change_resource_record_sets().hosted_zone_id(&id).change_batch(batch).send().await.unwrap();
    }
}

/// A bucket without a policy.
pub async fn bucket(cloud: &LocalCloud, name: &str) {
    let s3 = aws_sdk_s3::Client::new(&config(cloud, "us-east-1").await);
    s3.create_bucket().bucket(name).send().await.unwrap();
}

/// Lets a service deliver into a bucket, where its own account asks for it.
pub async fn deliverable(cloud: &LocalCloud, name: &str, service: &str, account: &str) {
    let s3 = aws_sdk_s3::Client::new(&config(cloud, "us-east-1").await);
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[
        {{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::{name}"}},
        {{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"s3:PutObject",
          "Resource":"arn:aws:s3:::{name}/AWSLogs/123456789012/*",
          "Condition":{{"StringEquals":{{"aws:SourceAccount":"{account}","s3:x-amz-acl":"bucket-owner-full-control"}}}}}}]}}"#
    );
    s3.put_bucket_policy().bucket(name).policy(policy).send().await.unwrap();
}
