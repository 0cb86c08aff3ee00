//! Quotas at AWS's defaults: the last one is had, one more is refused without effect.

use aws_sdk_ec2::error::ProvideErrorMetadata as _;
use finsight_local::LocalCloud;

use crate::support::{REGION, address, bucket, code, config, deliverable, ec2, gateway, group, subnet, vpc};

#[tokio::test]
async fn a_region_has_five_vpcs_and_five_addresses() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    for _ in 0..5 {
        gateway(&ec2, &vpc(&ec2).await).await;
        address(&ec2).await;
    }
    let create = |range: &str| ec2.create_vpc().cidr_block(range).send();
    assert_eq!(code(create("10.0.0.0/16").await), "VpcLimitExceeded");
    assert_eq!(code(create("nonsense").await), "InvalidParameterValue", "what is wrong anyway is said first");
    assert_eq!(code(ec2.create_internet_gateway().send().await), "InternetGatewayLimitExceeded");
    assert_eq!(code(ec2.allocate_address().send().await), "AddressLimitExceeded");
    let status = cloud.status().await;
    let stands = ["aws:ec2:Vpc", "aws:ec2:InternetGateway", "aws:ec2:EIP"].map(|kind| status.count(kind));
    assert_eq!(stands, [5, 5, 5], "what was refused is not there");

    // Another region has its own.
    let elsewhere = aws_sdk_ec2::Client::new(&config(&cloud, "eu-west-1").await);
    vpc(&elsewhere).await;
    // What goes makes room.
    let first =
        ec2.describe_addresses().send().await.unwrap().addresses()[0].allocation_id().unwrap().to_owned();
    ec2.release_address().allocation_id(first).send().await.unwrap();
    address(&ec2).await;
}

#[tokio::test]
async fn nat_gateways_are_counted_in_each_zone() {
    let cloud = LocalCloud::in_memory();
    cloud.set_quota("aws:ec2:NatGateway", 1);
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    gateway(&ec2, &vpc).await;
    let here = subnet(&ec2, &vpc, "10.0.1.0/24", "ap-northeast-1a").await;
    let there = subnet(&ec2, &vpc, "10.0.2.0/24", "ap-northeast-1c").await;
    let create = async |subnet: &str| {
        ec2.create_nat_gateway().subnet_id(subnet).allocation_id(address(&ec2).await).send().await
    };
    create(&here).await.unwrap();
    let refused = create(&here).await.unwrap_err();
    assert_eq!(refused.message(), Some("Performing this operation would exceed the limit of 1 NAT gateways"));
    create(&there).await.unwrap();
}

#[tokio::test]
async fn a_service_cannot_be_reached_where_it_is_not() {
    let cloud = LocalCloud::in_memory();
    let apps = |config: aws_config::SdkConfig| async move {
        aws_sdk_amplify::Client::new(&config).list_apps().send().await
    };
    let refused = apps(config(&cloud, "af-south-1").await).await.unwrap_err();
    assert!(refused.as_service_error().is_none(), "nobody answers: {refused:?}");
    assert!(format!("{refused:?}").contains("dns error"), "{refused:?}");
    apps(config(&cloud, REGION).await).await.unwrap();
    let nowhere = aws_sdk_ec2::Client::new(&config(&cloud, "ap-northeast-9").await);
    assert!(nowhere.describe_vpcs().send().await.unwrap_err().as_service_error().is_none());
    assert_eq!(cloud.call_count(), 1, "what reaches nobody is no call");
}

#[tokio::test]
async fn endpoints_are_counted_by_their_kind_and_have_five_groups() {
    let cloud = LocalCloud::in_memory();
    cloud.set_quota("aws:ec2:VpcEndpoint[vpc_endpoint_type=Gateway]", 1);
    cloud.set_quota("aws:ec2:VpcEndpoint[vpc_endpoint_type=Interface]", 1);
    let ec2 = ec2(&cloud).await;
    let vpcs = [vpc(&ec2).await, vpc(&ec2).await];
    let gateway = |service: &str| {
        let call = ec2.create_vpc_endpoint().vpc_id(&vpcs[0]);
        call.service_name(format!("com.amazonaws.{REGION}.{service}")).send()
    };
    gateway("s3").await.unwrap();
    assert_eq!(code(gateway("dynamodb").await), "VpcEndpointLimitExceeded");
    let interface = |vpc: &str, groups: Vec<String>| {
        let call = ec2.create_vpc_endpoint().vpc_id(vpc).vpc_endpoint_type("Interface".into());
        let call = call.service_name(format!("com.amazonaws.{REGION}.logs")).private_dns_enabled(false);
        call.set_security_group_ids(Some(groups)).send()
    };
    let mut groups = Vec::new();
    for n in 0..6 {
        groups.push(group(&ec2, &vpcs[0], &format!("g{n}")).await);
    }
    let refused = interface(&vpcs[0], groups.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Some("SecurityGroupsPerInterfaceLimitExceeded"));
    let five = interface(&vpcs[0], groups[..5].to_vec()).await.unwrap().vpc_endpoint.unwrap();
    let sixth = ec2.modify_vpc_endpoint().vpc_endpoint_id(five.vpc_endpoint_id().unwrap());
    let sixth = sixth.add_security_group_ids(&groups[5]).send().await;
    assert_eq!(code(sixth), "SecurityGroupsPerInterfaceLimitExceeded");
    assert_eq!(code(interface(&vpcs[0], vec![]).await), "VpcEndpointLimitExceeded");
    interface(&vpcs[1], vec![]).await.unwrap();
}

#[tokio::test]
async fn certificates_have_ten_names_and_regions_five_trails() {
    let cloud = LocalCloud::in_memory();
    let acm = aws_sdk_acm::Client::new(&config(&cloud, "us-east-1").await);
    let request = |others: usize| {
        let others = (0..others).map(|n| format!("n{n}.example.com")).collect();
        let call = acm.request_certificate().domain_name("example.com").validation_method("DNS".into());
        call.set_subject_alternative_names(Some(others)).send()
    };
    request(9).await.unwrap();
    assert_eq!(code(request(10).await), "LimitExceededException");
    cloud.set_quota("aws:acm:Certificate.subject_alternative_names", 99);
    request(10).await.unwrap();

    bucket(&cloud, "bucket").await;
    deliverable(&cloud, "bucket", "cloudtrail.amazonaws.com", "123456789012").await;
    let trails = aws_sdk_cloudtrail::Client::new(&config(&cloud, REGION).await);
    let create = async |n: usize| {
        trails.create_trail().name(format!("trail{n}")).s3_bucket_name("bucket").send().await
    };
    for n in 0..5 {
        create(n).await.unwrap();
    }
    let refused = create(5).await.unwrap_err();
    assert_eq!(refused.code(), Some("MaximumNumberOfTrailsExceededException"));
    assert_eq!(refused.message(), Some("User: 123456789012 already has 5 trails in ap-northeast-1."));
}
