use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, ResourceType, Tag, VpcAttributeName};
use finsight_local::LocalCloud;

use crate::support::{address, code, config, ec2, gateway, subnet, tagged, vpc};

#[tokio::test]
async fn vpc_from_birth_to_death() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    assert_eq!(code(ec2.create_vpc().cidr_block("10.0.0.0/8").send().await), "InvalidVpc.Range");
    let made = ec2
        .create_vpc()
        .cidr_block("10.0.7.1/16")
        .tag_specifications(tagged(ResourceType::Vpc, "Name", "主要"))
        .send()
        .await
        .unwrap()
        .vpc
        .unwrap();
    assert_eq!(made.cidr_block(), Some("10.0.0.0/16"));
    assert_eq!(made.tags()[0].value(), Some("主要"));
    let id = made.vpc_id().unwrap();
    let attribute = |name| ec2.describe_vpc_attribute().vpc_id(id).attribute(name).send();
    let support = attribute(VpcAttributeName::EnableDnsSupport).await.unwrap();
    assert_eq!(support.enable_dns_support().unwrap().value(), Some(true));
    let on = AttributeBooleanValue::builder().value(true).build();
    ec2.modify_vpc_attribute().vpc_id(id).enable_dns_hostnames(on.clone()).send().await.unwrap();
    let hostnames = attribute(VpcAttributeName::EnableDnsHostnames).await.unwrap();
    assert_eq!(hostnames.enable_dns_hostnames().unwrap().value(), Some(true));
    let both =
        ec2.modify_vpc_attribute().vpc_id(id).enable_dns_hostnames(on.clone()).enable_dns_support(on).send();
    assert_eq!(code(both.await), "InvalidParameterCombination");
    assert_eq!(cloud.status().await.count("aws:ec2:Vpc"), 1);
    assert_eq!(cloud.status().await.total(), 1, "what comes with a VPC is not counted");
    ec2.delete_vpc().vpc_id(id).send().await.unwrap();
    assert_eq!(code(ec2.delete_vpc().vpc_id(id).send().await), "InvalidVpcID.NotFound");
    assert_eq!(code(ec2.describe_vpcs().vpc_ids(id).send().await), "InvalidVpcID.NotFound");
    assert!(cloud.status().await.is_empty());
}

#[tokio::test]
async fn dry_run_does_nothing() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    assert_eq!(
        code(ec2.create_vpc().cidr_block("10.0.0.0/16").dry_run(true).send().await),
        "DryRunOperation"
    );
    assert!(cloud.status().await.is_empty());
}

#[tokio::test]
async fn filters_pages_and_tags() {
    let cloud = LocalCloud::in_memory();
    cloud.set_quota("aws:ec2:Vpc", 7);
    let ec2 = ec2(&cloud).await;
    let mut ids = Vec::new();
    for n in 0..7 {
        let made = ec2
            .create_vpc()
            .cidr_block("10.0.0.0/16")
            .tag_specifications(tagged(ResourceType::Vpc, "n", &n.to_string()))
            .send()
            .await
            .unwrap();
        ids.push(made.vpc.unwrap().vpc_id.unwrap());
    }
    let by = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
    let one = ec2.describe_vpcs().filters(by("tag:n", "3")).send().await.unwrap();
    assert_eq!(one.vpcs()[0].vpc_id(), Some(ids[3].as_str()));
    assert_eq!(ec2.describe_vpcs().filters(by("tag-key", "n*")).send().await.unwrap().vpcs().len(), 7);
    assert!(ec2.describe_vpcs().filters(by("vpc-id", "vpc-none")).send().await.unwrap().vpcs().is_empty());
    assert_eq!(code(ec2.describe_vpcs().filters(by("colour", "x")).send().await), "InvalidParameterValue");
    assert_eq!(code(ec2.describe_vpcs().max_results(3).send().await), "InvalidParameterValue");
    let page = ec2.describe_vpcs().max_results(5).send().await.unwrap();
    assert_eq!(page.vpcs().len(), 5);
    let rest =
        ec2.describe_vpcs().max_results(5).next_token(page.next_token().unwrap()).send().await.unwrap();
    assert_eq!((rest.vpcs().len(), rest.next_token()), (2, None));

    let tag = |k: &str, v: &str| Tag::builder().key(k).value(v).build();
    ec2.create_tags().resources(&ids[0]).resources(&ids[1]).tags(tag("a", "1")).send().await.unwrap();
    let found = ec2.describe_tags().filters(by("resource-id", &ids[0])).send().await.unwrap();
    assert_eq!(found.tags().len(), 2);
    assert_eq!(found.tags()[0].resource_type(), Some(&ResourceType::Vpc));
    ec2.delete_tags().resources(&ids[0]).tags(tag("a", "other")).send().await.unwrap();
    assert_eq!(ec2.describe_vpcs().filters(by("tag:a", "1")).send().await.unwrap().vpcs().len(), 2);
    ec2.delete_tags().resources(&ids[0]).tags(Tag::builder().key("a").build()).send().await.unwrap();
    assert_eq!(ec2.describe_vpcs().filters(by("tag:a", "1")).send().await.unwrap().vpcs().len(), 1);
    assert_eq!(
        code(ec2.create_tags().resources("vpc-none").tags(tag("a", "1")).send().await),
        "InvalidVpcID.NotFound"
    );
    assert_eq!(
        code(ec2.create_tags().resources(&ids[0]).tags(tag("aws:x", "1")).send().await),
        "InvalidParameterValue"
    );
}

#[tokio::test]
async fn subnets_keep_to_their_vpc() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let first = subnet(&ec2, &vpc, "10.0.1.0/24", "ap-northeast-1a").await;
    let again = ec2.create_subnet().vpc_id(&vpc).cidr_block("10.0.1.128/25").send().await;
    assert_eq!(code(again), "InvalidSubnet.Conflict");
    assert_eq!(
        code(ec2.create_subnet().vpc_id(&vpc).cidr_block("10.1.0.0/24").send().await),
        "InvalidSubnet.Range"
    );
    let nowhere =
        ec2.create_subnet().vpc_id(&vpc).cidr_block("10.0.2.0/24").availability_zone("ap-northeast-1b");
    assert_eq!(code(nowhere.send().await), "InvalidParameterValue");
    let on = aws_sdk_ec2::types::AttributeBooleanValue::builder().value(true).build();
    ec2.modify_subnet_attribute().subnet_id(&first).map_public_ip_on_launch(on).send().await.unwrap();
    let shown = ec2.describe_subnets().subnet_ids(&first).send().await.unwrap();
    assert_eq!(shown.subnets()[0].map_public_ip_on_launch(), Some(true));
    assert_eq!(shown.subnets()[0].available_ip_address_count(), Some(251));
    assert_eq!(shown.subnets()[0].availability_zone_id(), Some("apne1-az4"));
    assert_eq!(code(ec2.delete_vpc().vpc_id(&vpc).send().await), "DependencyViolation");
    ec2.delete_subnet().subnet_id(&first).send().await.unwrap();
    assert_eq!(code(ec2.delete_subnet().subnet_id(&first).send().await), "InvalidSubnetID.NotFound");
    ec2.delete_vpc().vpc_id(&vpc).send().await.unwrap();
}

#[tokio::test]
async fn a_vpc_has_one_gateway() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    let (vpc, other) = (vpc(&ec2).await, vpc(&ec2).await);
    let igw = gateway(&ec2, &vpc).await;
    let second = ec2.create_internet_gateway().send().await.unwrap().internet_gateway.unwrap();
    let second = second.internet_gateway_id().unwrap();
    let attach =
        |igw: &str, vpc: &str| ec2.attach_internet_gateway().internet_gateway_id(igw).vpc_id(vpc).send();
    assert_eq!(code(attach(second, &vpc).await), "Resource.AlreadyAssociated");
    assert_eq!(code(attach(&igw, &vpc).await), "Resource.AlreadyAssociated");
    let detach =
        |igw: &str, vpc: &str| ec2.detach_internet_gateway().internet_gateway_id(igw).vpc_id(vpc).send();
    assert_eq!(code(detach(&igw, &other).await), "Gateway.NotAttached");
    assert_eq!(
        code(ec2.delete_internet_gateway().internet_gateway_id(&igw).send().await),
        "DependencyViolation"
    );
    assert_eq!(code(ec2.delete_vpc().vpc_id(&vpc).send().await), "DependencyViolation");
    detach(&igw, &vpc).await.unwrap();
    ec2.delete_internet_gateway().internet_gateway_id(&igw).send().await.unwrap();
    let gone = ec2.describe_internet_gateways().internet_gateway_ids(&igw).send().await;
    assert_eq!(code(gone), "InvalidInternetGatewayID.NotFound");
}

#[tokio::test]
async fn nat_gateways_take_their_time() {
    let clock = finsight_local::LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let public = subnet(&ec2, &vpc, "10.0.0.0/24", "ap-northeast-1a").await;
    let eip = address(&ec2).await;
    let create = |token: &str, eip: &str| {
        ec2.create_nat_gateway().subnet_id(&public).allocation_id(eip).client_token(token).send()
    };
    let igw = gateway(&ec2, &vpc).await;
    assert_eq!(code(create("t", "eipalloc-none").await), "InvalidAllocationID.NotFound");
    let nat = create("t", &eip).await.unwrap().nat_gateway.unwrap();
    let id = nat.nat_gateway_id().unwrap();
    assert_eq!(create("t", &eip).await.unwrap().nat_gateway.unwrap().nat_gateway_id(), Some(id));
    let other = address(&ec2).await;
    assert_eq!(code(create("t", &other).await), "IdempotentParameterMismatch");

    let state = async || {
        let by = Filter::builder().name("vpc-id").values(&vpc).build();
        let found = ec2.describe_nat_gateways().filter(by).send().await.unwrap();
        found.nat_gateways().first().map(|n| n.state().unwrap().as_str().to_owned())
    };
    assert_eq!(state().await.as_deref(), Some("pending"));
    clock.advance(std::time::Duration::from_secs(121));
    assert_eq!(state().await.as_deref(), Some("available"));
    let held = ec2.describe_addresses().allocation_ids(&eip).send().await.unwrap();
    assert!(held.addresses()[0].association_id().is_some());
    assert_eq!(code(ec2.release_address().allocation_id(&eip).send().await), "InvalidIPAddress.InUse");
    let detach = ec2.detach_internet_gateway().internet_gateway_id(&igw).vpc_id(&vpc).send().await;
    assert_eq!(code(detach), "DependencyViolation");

    ec2.delete_nat_gateway().nat_gateway_id(id).send().await.unwrap();
    assert_eq!(state().await.as_deref(), Some("deleting"));
    assert_eq!(code(ec2.delete_subnet().subnet_id(&public).send().await), "DependencyViolation");
    clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(state().await.as_deref(), Some("deleted"));
    assert_eq!(cloud.status().await.count("aws:ec2:NatGateway"), 0);
    ec2.release_address().allocation_id(&eip).send().await.unwrap();
    assert_eq!(code(ec2.release_address().allocation_id(&eip).send().await), "InvalidAllocationID.NotFound");
    clock.advance(std::time::Duration::from_secs(3601));
    assert_eq!(state().await, None);
    assert_eq!(code(ec2.describe_nat_gateways().nat_gateway_ids(id).send().await), "NatGatewayNotFound");
}

/// A gateway that cannot work is made all the same, and fails (EC2: NatGateway, FailureCode).
#[tokio::test]
async fn nat_gateways_fail_after_they_were_made() {
    let clock = finsight_local::LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let public = subnet(&ec2, &vpc, "10.0.0.0/24", "ap-northeast-1a").await;
    let eip = address(&ec2).await;
    let create = async || {
        let made = ec2.create_nat_gateway().subnet_id(&public).allocation_id(&eip).send().await.unwrap();
        made.nat_gateway.unwrap().nat_gateway_id.unwrap()
    };
    let shown = async |id: &str| {
        let found = ec2.describe_nat_gateways().nat_gateway_ids(id).send().await.unwrap();
        let one = found.nat_gateways()[0].clone();
        (one.state.unwrap().as_str().to_owned(), one.failure_code, one.failure_message)
    };
    let alone = create().await;
    assert_eq!(shown(&alone).await.0, "pending");
    clock.advance(std::time::Duration::from_secs(121));
    let (state, failure, why) = shown(&alone).await;
    assert_eq!((state.as_str(), failure.as_deref()), ("failed", Some("Gateway.NotAttached")));
    assert_eq!(why, Some(format!("Network {vpc} has no Internet gateway attached")));
    // It holds nothing, and its entry goes by itself.
    gateway(&ec2, &vpc).await;
    let first = create().await;
    let second = create().await;
    clock.advance(std::time::Duration::from_secs(121));
    assert_eq!(shown(&first).await.0, "available");
    assert_eq!(shown(&second).await.1.as_deref(), Some("Resource.AlreadyAssociated"));
    ec2.delete_nat_gateway().nat_gateway_id(&second).send().await.unwrap();
    clock.advance(std::time::Duration::from_secs(3600));
    assert_eq!(code(ec2.describe_nat_gateways().nat_gateway_ids(alone).send().await), "NatGatewayNotFound");
}

#[tokio::test]
async fn zones_are_those_of_the_region() {
    let cloud = LocalCloud::in_memory();
    let zones = ec2(&cloud).await.describe_availability_zones().send().await.unwrap();
    let names: Vec<&str> = zones.availability_zones().iter().filter_map(|z| z.zone_name()).collect();
    assert_eq!(names, ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]);
}

/// Not every region has its zones at a, b and c, and no id is made of the region's name alone.
#[tokio::test]
async fn regions_have_their_own_zones() {
    let cloud = LocalCloud::in_memory();
    let zones = async |cloud: &LocalCloud, region| {
        let ec2 = aws_sdk_ec2::Client::new(&config(cloud, region).await);
        let all = ec2.describe_availability_zones().send().await.unwrap();
        let all = all.availability_zones().iter();
        all.map(|one| (one.zone_name().unwrap().replace(region, ""), one.zone_id().unwrap().to_owned()))
            .collect::<Vec<_>>()
    };
    let of = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter().map(|(letter, id)| ((*letter).to_owned(), (*id).to_owned())).collect()
    };
    let oregon = of(&[("a", "usw2-az2"), ("b", "usw2-az1"), ("c", "usw2-az3"), ("d", "usw2-az4")]);
    assert_eq!(zones(&cloud, "us-west-2").await, oregon);
    assert_eq!(zones(&cloud, "ap-northeast-2").await.len(), 4);
    let canada = of(&[("a", "cac1-az1"), ("b", "cac1-az2"), ("d", "cac1-az4")]);
    assert_eq!(zones(&cloud, "ca-central-1").await, canada);
    assert_eq!(zones(&cloud, "eu-central-1").await[2].1, "euc1-az1");
    assert_eq!(zones(&cloud, "us-west-1").await.len(), 2);
    assert_eq!(zones(&LocalCloud::in_memory().with_every_zone(), "us-west-1").await.len(), 3);
    let ec2 = aws_sdk_ec2::Client::new(&config(&cloud, "ca-central-1").await);
    let vpc = vpc(&ec2).await;
    let at = |zone: &str| {
        let subnet = ec2.create_subnet().vpc_id(&vpc).cidr_block("10.0.1.0/24").availability_zone(zone);
        subnet.send()
    };
    assert_eq!(code(at("ca-central-1c").await), "InvalidParameterValue");
    at("ca-central-1d").await.unwrap();
}
