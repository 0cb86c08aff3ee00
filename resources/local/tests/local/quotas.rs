//! Quotas at AWS's defaults: the last one is had, one more is refused without effect.

use aws_sdk_ec2::error::ProvideErrorMetadata as _;
use finsight_local::LocalCloud;

use crate::support::{REGION, address, code, config, ec2, gateway, subnet, vpc};

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
