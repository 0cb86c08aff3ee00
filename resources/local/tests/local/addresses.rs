//! Addresses of subnets: each network interface takes one, and there are no more than a subnet has.

use std::time::Duration;

use aws_sdk_ec2::types::{ConnectivityType, Filter, VpcEndpointType};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime, StateReasonCode, VpcConfig};
use aws_sdk_rds::types::{EngineFamily, UserAuthConfig};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{NETWORK, REGION, allow, code, config, ec2, group, role, subnet, vpc};

struct Site {
    cloud: LocalCloud,
    clock: LocalClock,
    ec2: aws_sdk_ec2::Client,
    vpc: String,
    /// Two of sixteen addresses.
    subnets: [String; 2],
    group: String,
}

impl Site {
    async fn new() -> Self {
        let clock = LocalClock::manual();
        let cloud = LocalCloud::in_memory().with_clock(clock.clone());
        let ec2 = ec2(&cloud).await;
        let vpc = vpc(&ec2).await;
        let subnets = [
            subnet(&ec2, &vpc, "10.0.0.0/28", "ap-northeast-1a").await,
            subnet(&ec2, &vpc, "10.0.0.16/28", "ap-northeast-1c").await,
        ];
        let group = group(&ec2, &vpc, "all").await;
        Self { cloud, clock, ec2, vpc, subnets, group }
    }

    fn endpoint(
        &self,
        service: &str,
        subnet: &str,
    ) -> aws_sdk_ec2::operation::create_vpc_endpoint::builders::CreateVpcEndpointFluentBuilder {
        let call =
            self.ec2.create_vpc_endpoint().vpc_id(&self.vpc).vpc_endpoint_type(VpcEndpointType::Interface);
        let call = call.service_name(format!("com.amazonaws.{REGION}.{service}")).private_dns_enabled(false);
        call.subnet_ids(subnet).security_group_ids(&self.group)
    }

    /// Leaves so many addresses in a subnet.
    async fn leave(&self, subnet: &str, left: i32) {
        for n in left..self.left(subnet).await {
            self.endpoint(&format!("s{n}"), subnet).send().await.unwrap();
        }
        assert_eq!(self.left(subnet).await, left);
    }

    async fn left(&self, subnet: &str) -> i32 {
        let found = self.ec2.describe_subnets().subnet_ids(subnet).send().await.unwrap();
        found.subnets()[0].available_ip_address_count().unwrap()
    }
}

#[tokio::test]
async fn endpoints_and_gateways_need_an_address() {
    let site = Site::new().await;
    let [one, other] = &site.subnets;
    assert_eq!(site.left(one).await, 11, "AWS keeps five of sixteen");
    site.leave(one, 0).await;
    assert_eq!(code(site.endpoint("more", one).send().await), "InsufficientFreeAddressesInSubnet");
    let there = site.endpoint("more", other).send().await.unwrap().vpc_endpoint.unwrap();
    let there = there.vpc_endpoint_id.unwrap();
    let widen = || site.ec2.modify_vpc_endpoint().vpc_endpoint_id(&there).add_subnet_ids(one).send();
    assert_eq!(code(widen().await), "InsufficientFreeAddressesInSubnet");
    // AWS takes a gateway and finds out later.
    let gateway = site.ec2.create_nat_gateway().subnet_id(one).connectivity_type(ConnectivityType::Private);
    let gateway = gateway.send().await.unwrap().nat_gateway.unwrap().nat_gateway_id.unwrap();
    site.clock.advance(Duration::from_secs(200));
    let shown = site.ec2.describe_nat_gateways().nat_gateway_ids(gateway).send().await.unwrap();
    assert_eq!(shown.nat_gateways()[0].failure_code(), Some("InsufficientFreeAddressesInSubnet"));
    // What goes gives its address back.
    let here = Filter::builder().name("service-name").values(format!("com.amazonaws.{REGION}.s3")).build();
    let here = site.ec2.describe_vpc_endpoints().filters(here).send().await.unwrap();
    let here = here.vpc_endpoints()[0].vpc_endpoint_id().unwrap();
    site.ec2.delete_vpc_endpoints().vpc_endpoint_ids(here).send().await.unwrap();
    assert_eq!(site.left(one).await, 0);
    site.clock.advance(Duration::from_secs(100));
    widen().await.unwrap();
    assert_eq!(site.left(one).await, 0);
}

#[tokio::test]
async fn databases_and_proxies_need_addresses() {
    let site = Site::new().await;
    let [one, other] = &site.subnets;
    let rds = aws_sdk_rds::Client::new(&config(&site.cloud, REGION).await);
    let call = rds.create_db_subnet_group().db_subnet_group_name("db").db_subnet_group_description("d");
    call.set_subnet_ids(Some(site.subnets.to_vec())).send().await.unwrap();
    let create = async |id: &str| {
        let call = rds.create_db_instance().db_instance_identifier(id).db_instance_class("db.t3.micro");
        let call = call.engine("postgres").allocated_storage(20).master_username("app");
        call.manage_master_user_password(true).db_subnet_group_name("db").send().await.unwrap();
        site.clock.advance(Duration::from_secs(900));
        let seen = rds.describe_db_instances().db_instance_identifier(id).send().await.unwrap();
        let seen = seen.db_instances()[0].clone();
        (seen.db_instance_status.unwrap(), seen.availability_zone.unwrap())
    };
    site.leave(one, 0).await;
    let made = create("first").await;
    assert_eq!(made, ("available".to_owned(), "ap-northeast-1c".to_owned()), "where there is an address");
    assert_eq!(site.left(other).await, 10);

    let role = role(&site.cloud, "proxy", "rds.amazonaws.com").await;
    let auth = UserAuthConfig::builder()
        .secret_arn(format!("arn:aws:secretsmanager:{REGION}:123456789012:secret:s-AAAAAA"))
        .build();
    let proxy = |name: &str| {
        let call = rds.create_db_proxy().db_proxy_name(name).engine_family(EngineFamily::Postgresql);
        let call = call.role_arn(&role).auth(auth.clone()).vpc_security_group_ids(&site.group);
        call.set_vpc_subnet_ids(Some(site.subnets.to_vec())).send()
    };
    let status = async |name: &str| {
        site.clock.advance(Duration::from_secs(900));
        let seen = rds.describe_db_proxies().db_proxy_name(name).send().await.unwrap();
        seen.db_proxies()[0].status().unwrap().as_str().to_owned()
    };
    proxy("none").await.unwrap();
    assert_eq!(status("none").await, "incompatible-network");
    rds.delete_db_proxy().db_proxy_name("none").send().await.unwrap();
    let all = site.ec2.describe_vpc_endpoints().send().await.unwrap();
    let first = all.vpc_endpoints()[0].vpc_endpoint_id().unwrap();
    site.ec2.delete_vpc_endpoints().vpc_endpoint_ids(first).send().await.unwrap();
    site.clock.advance(Duration::from_secs(200));
    proxy("small").await.unwrap();
    assert_eq!(status("small").await, "available");
    assert_eq!((site.left(one).await, site.left(other).await), (0, 9));
    let register = rds.register_db_proxy_targets().db_proxy_name("small").db_instance_identifiers("first");
    assert_eq!(code(register.send().await), "InsufficientAvailableIPsInSubnetFault");

    site.leave(other, 0).await;
    assert_eq!(create("second").await.0, "incompatible-network");
    let modify = rds.modify_db_instance().db_instance_identifier("second").allocated_storage(30);
    assert_eq!(code(modify.send().await), "InvalidDBInstanceState");
    let delete = rds.delete_db_instance().db_instance_identifier("second").skip_final_snapshot(true);
    delete.send().await.unwrap();
}

#[tokio::test]
async fn functions_share_an_address() {
    let site = Site::new().await;
    let [one, _] = &site.subnets;
    let lambda = aws_sdk_lambda::Client::new(&config(&site.cloud, REGION).await);
    let role = role(&site.cloud, "fn", "lambda.amazonaws.com").await;
    allow(&site.cloud, "fn", "network", &NETWORK).await;
    let other = group(&site.ec2, &site.vpc, "other").await;
    let create = async |name: &str, group: &str| {
        let network = VpcConfig::builder().subnet_ids(one).security_group_ids(group).build();
        let code = FunctionCode::builder().zip_file(Blob::new(b"PK\x05\x06")).build();
        let call = lambda.create_function().function_name(name).role(&role).handler("bootstrap").code(code);
        call.runtime(Runtime::Providedal2023).vpc_config(network).send().await.unwrap();
        site.clock.advance(Duration::from_secs(90));
        let seen = lambda.get_function_configuration().function_name(name).send().await.unwrap();
        (seen.state.unwrap().as_str().to_owned(), seen.state_reason_code)
    };
    site.leave(one, 1).await;
    assert_eq!(create("a", &site.group).await.0, "Active");
    assert_eq!(site.left(one).await, 0);
    assert_eq!(create("b", &site.group).await.0, "Active", "by the interface of the first");
    let failed = create("c", &other).await;
    assert_eq!(failed, ("Failed".to_owned(), Some(StateReasonCode::SubnetOutOfIpAddresses)));
}
