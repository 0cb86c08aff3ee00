//! N1 to N6.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{AttributeBooleanValue, IpPermission, RouteTable, SecurityGroup, VpcAttributeName};

use super::stand::{Stand, dev, planned, prod, text};
use crate::support::Site;

macro_rules! tag_name {
    ($resource:expr) => {
        $resource.tags().iter().find(|tag| tag.key() == Some("Name")).and_then(|tag| tag.value())
    };
}

/// The id of the stack's VPC, of which there is one.
async fn vpc(stand: &Stand, name: &str) -> String {
    let vpcs = stand.here.ec2.describe_vpcs().send().await.expect("VPCs");
    let own: Vec<_> = vpcs.vpcs().iter().filter(|vpc| tag_name!(vpc) == Some(name)).collect();
    let [own] = own.as_slice() else { panic!("{own:?}") };
    text(own.vpc_id()).to_owned()
}

/// A subnet with its table.
struct Subnet {
    id: String,
    range: String,
    zone: String,
    table: String,
}

/// The subnets that lead through an internet gateway, and those that do not.
async fn subnets(stand: &Stand, vpc: &str) -> (Vec<Subnet>, Vec<Subnet>) {
    let tables = tables(stand, vpc).await;
    let all = stand.here.ec2.describe_subnets().send().await.expect("subnets");
    let own = all.subnets().iter().filter(|subnet| subnet.vpc_id() == Some(vpc));
    let (mut public, mut private) = (Vec::new(), Vec::new());
    for subnet in own {
        let table = tables
            .iter()
            .find(|table| table.associations().iter().any(|one| one.subnet_id() == subnet.subnet_id()));
        let table = table.expect("a subnet has a table of its own");
        let found = Subnet {
            id: text(subnet.subnet_id()).to_owned(),
            range: text(subnet.cidr_block()).to_owned(),
            zone: text(subnet.availability_zone()).to_owned(),
            table: text(table.route_table_id()).to_owned(),
        };
        let out = table.routes().iter().any(|route| text(route.gateway_id()).starts_with("igw-"));
        if out { public.push(found) } else { private.push(found) }
    }
    (public, private)
}

async fn tables(stand: &Stand, vpc: &str) -> Vec<RouteTable> {
    let all = stand.here.ec2.describe_route_tables().send().await.expect("route tables");
    all.route_tables().iter().filter(|table| table.vpc_id() == Some(vpc)).cloned().collect()
}

async fn group(stand: &Stand, name: &str) -> SecurityGroup {
    let all = stand.here.ec2.describe_security_groups().send().await.expect("security groups");
    let own: Vec<_> = all.security_groups().iter().filter(|group| group.group_name() == Some(name)).collect();
    let [own] = own.as_slice() else { panic!("{name}: {own:?}") };
    (*own).clone()
}

/// PostgreSQL with one group alone, and no range of addresses.
fn only_postgres_with(rules: &[IpPermission], groups: &[&SecurityGroup]) {
    let [rule] = rules else { panic!("one rule, not {rules:?}") };
    assert_eq!(rule.ip_protocol(), Some("tcp"));
    assert_eq!((rule.from_port(), rule.to_port()), (Some(5432), Some(5432)));
    let others: BTreeSet<_> = rule.user_id_group_pairs().iter().map(|pair| pair.group_id()).collect();
    assert_eq!(others, groups.iter().map(|group| group.group_id()).collect());
    assert!(
        rule.ip_ranges().is_empty() && rule.ipv6_ranges().is_empty() && rule.prefix_list_ids().is_empty()
    );
}

fn on(value: Option<&AttributeBooleanValue>) -> bool {
    value.and_then(AttributeBooleanValue::value) == Some(true)
}

#[test]
fn n1_vpc_range_and_dns() {
    let stand = prod();
    stand.block(async {
        let id = vpc(stand, "finsight-vpc").await;
        let vpcs = stand.here.ec2.describe_vpcs().vpc_ids(&id).send().await.expect("the VPC");
        let [vpc] = vpcs.vpcs() else { panic!("{vpcs:?}") };
        assert_eq!(vpc.cidr_block(), Some("10.0.0.0/16"));
        let ranges: Vec<_> = vpc.cidr_block_association_set().iter().map(|one| one.cidr_block()).collect();
        assert_eq!(ranges, [Some("10.0.0.0/16")]);
        let ask =
            |what: VpcAttributeName| stand.here.ec2.describe_vpc_attribute().vpc_id(&id).attribute(what);
        let support = ask(VpcAttributeName::EnableDnsSupport).send().await.expect("DNS support");
        assert!(on(support.enable_dns_support()));
        let names = ask(VpcAttributeName::EnableDnsHostnames).send().await.expect("DNS host names");
        assert!(on(names.enable_dns_hostnames()));
    });
}

#[test]
fn n2_two_public_and_two_private_subnets_in_two_zones() {
    let stand = prod();
    stand.block(async {
        let vpc = vpc(stand, "finsight-vpc").await;
        let (public, private) = subnets(stand, &vpc).await;
        let zones = |of: &[Subnet]| of.iter().map(|subnet| subnet.zone.clone()).collect::<BTreeSet<_>>();
        assert_eq!((public.len(), private.len()), (2, 2));
        assert_eq!(zones(&public).len(), 2);
        assert_eq!(zones(&public), zones(&private));
        assert!(public.iter().chain(&private).all(|subnet| subnet.range.starts_with("10.0.")));
        let gateways = stand.here.ec2.describe_internet_gateways().send().await.expect("gateways");
        let [gateway] = gateways.internet_gateways() else { panic!("{gateways:?}") };
        let attached: Vec<_> = gateway.attachments().iter().map(|one| text(one.vpc_id())).collect();
        assert_eq!(attached, [vpc.as_str()]);
        // Both public subnets hang on one table, which leads everything through the gateway.
        let names: BTreeSet<_> = public.iter().map(|subnet| subnet.table.clone()).collect();
        assert_eq!(names.len(), 1);
        let tables = tables(stand, &vpc).await;
        let table = tables.iter().find(|table| names.contains(text(table.route_table_id()))).expect("it");
        let out = table.routes().iter().find(|route| route.destination_cidr_block() == Some("0.0.0.0/0"));
        assert_eq!(out.and_then(|route| route.gateway_id()), gateway.internet_gateway_id());
    });
}

#[test]
fn n3_one_nat_gateway_with_its_address() {
    let stand = prod();
    stand.block(async {
        let vpc = vpc(stand, "finsight-vpc").await;
        let (public, private) = subnets(stand, &vpc).await;
        let nats = stand.here.ec2.describe_nat_gateways().send().await.expect("NAT gateways");
        let [nat] = nats.nat_gateways() else { panic!("{nats:?}") };
        assert_eq!(nat.state().map(|state| state.as_str()), Some("available"));
        assert_eq!(nat.connectivity_type().map(|kind| kind.as_str()), Some("public"));
        assert!(public.iter().any(|subnet| nat.subnet_id() == Some(&subnet.id)));
        let addresses = stand.here.ec2.describe_addresses().send().await.expect("addresses");
        let [address] = addresses.addresses() else { panic!("{addresses:?}") };
        let [used] = nat.nat_gateway_addresses() else { panic!("{nat:?}") };
        assert_eq!(used.allocation_id(), address.allocation_id());
        assert_eq!(used.public_ip(), address.public_ip());
        let tables = tables(stand, &vpc).await;
        for subnet in &private {
            let table =
                tables.iter().find(|table| table.route_table_id() == Some(&subnet.table)).expect("it");
            let out: Vec<_> =
                table.routes().iter().filter(|r| r.destination_cidr_block() == Some("0.0.0.0/0")).collect();
            let [out] = out.as_slice() else { panic!("{out:?}") };
            assert_eq!(out.nat_gateway_id(), nat.nat_gateway_id());
        }
    });
    let two = [("\"nat_gateways\": 1", "\"nat_gateways\": 2")];
    assert_eq!(planned("prod", &two, "aws:ec2:NatGateway").len(), 2);
    assert_eq!(planned("prod", &two, "aws:ec2:EIP").len(), 2);
    // With none, functions in the private subnets reach no service.
    let none = [("\"nat_gateways\": 1", "\"nat_gateways\": 0")];
    Site::bare("prod").run_changed(&none, &["preview", "--offline"]).exit(3).says(&["reach-services"]);
}

#[test]
fn n4_functions_take_nothing_in() {
    let stand = prod();
    stand.block(async {
        let group = group(stand, "finsight-lambda").await;
        assert!(group.ip_permissions().is_empty(), "{:?}", group.ip_permissions());
        assert_eq!(group.ip_permissions_egress().len(), 1);
        for name in
            ["auth", "users", "transactions", "budgets", "assets", "categories", "reports", "notifications"]
        {
            let name = format!("finsight-{name}");
            let about = stand.here.lambda.get_function_configuration().function_name(name).send().await;
            let about = about.expect("the function");
            let groups = about.vpc_config().expect("it is in the VPC").security_group_ids();
            assert_eq!(groups, [text(group.group_id())]);
        }
    });
}

#[test]
fn n5_postgres_goes_from_group_to_group_alone() {
    let stand = prod();
    stand.block(async {
        let functions = group(stand, "finsight-lambda").await;
        let proxy = group(stand, "finsight-proxy").await;
        let database = group(stand, "finsight-database").await;
        // What makes the database's user brings a password, which no proxy takes.
        let user = group(stand, "finsight-database-user").await;
        assert!(user.ip_permissions().is_empty(), "{user:?}");
        only_postgres_with(proxy.ip_permissions(), &[&functions]);
        only_postgres_with(proxy.ip_permissions_egress(), &[&database]);
        only_postgres_with(database.ip_permissions(), &[&proxy, &user]);
        assert!(database.ip_permissions_egress().is_empty(), "{:?}", database.ip_permissions_egress());
        let rds = &stand.here.rds;
        let instances = rds.describe_db_instances().send().await.expect("instances");
        let [instance] = instances.db_instances() else { panic!("{instances:?}") };
        let of: Vec<_> = instance.vpc_security_groups().iter().map(|g| g.vpc_security_group_id()).collect();
        assert_eq!(of, [database.group_id()]);
        let proxies = rds.describe_db_proxies().send().await.expect("proxies");
        let [found] = proxies.db_proxies() else { panic!("{proxies:?}") };
        assert_eq!(found.vpc_security_group_ids(), [text(proxy.group_id())]);
    });
    // Without a proxy the database lets in the functions themselves.
    let stand = dev();
    stand.block(async {
        let functions = group(stand, "finsight-lambda-dev").await;
        let database = group(stand, "finsight-database-dev").await;
        let user = group(stand, "finsight-database-user-dev").await;
        only_postgres_with(database.ip_permissions(), &[&functions, &user]);
        let proxies = stand.here.rds.describe_db_proxies().send().await.expect("proxies");
        assert!(proxies.db_proxies().is_empty());
    });
}

#[test]
fn n6_endpoint_flow_logs_and_an_empty_default_group() {
    let stand = prod();
    stand.block(async {
        let ec2 = &stand.here.ec2;
        let vpc = vpc(stand, "finsight-vpc").await;
        let (_, private) = subnets(stand, &vpc).await;
        let endpoints = ec2.describe_vpc_endpoints().send().await.expect("endpoints");
        // Interface endpoints cost: none is on by default.
        let [endpoint] = endpoints.vpc_endpoints() else { panic!("{endpoints:?}") };
        assert_eq!(endpoint.vpc_endpoint_type().map(|kind| kind.as_str()), Some("Gateway"));
        assert_eq!(endpoint.service_name(), Some("com.amazonaws.ap-northeast-1.s3"));
        let tables: BTreeSet<&str> = private.iter().map(|subnet| subnet.table.as_str()).collect();
        assert_eq!(endpoint.route_table_ids().iter().map(String::as_str).collect::<BTreeSet<_>>(), tables);

        let logs = ec2.describe_flow_logs().send().await.expect("flow logs");
        let [log] = logs.flow_logs() else { panic!("{logs:?}") };
        assert_eq!(log.resource_id(), Some(vpc.as_str()));
        assert_eq!(log.flow_log_status(), Some("ACTIVE"));
        assert_eq!(log.traffic_type().map(|kind| kind.as_str()), Some("ALL"));
        assert_eq!(log.log_destination_type().map(|kind| kind.as_str()), Some("cloud-watch-logs"));
        let name = "/aws/vpc/flow-logs/finsight";
        assert!(text(log.log_group_name()).contains(name) || text(log.log_destination()).contains(name));

        let all = ec2.describe_security_groups().send().await.expect("groups");
        let default = all
            .security_groups()
            .iter()
            .find(|group| group.vpc_id() == Some(&vpc) && group.group_name() == Some("default"));
        let default = default.expect("every VPC has one");
        assert!(default.ip_permissions().is_empty() && default.ip_permissions_egress().is_empty());
    });
    let counts: BTreeMap<&str, usize> = ["staging", "dev"]
        .map(|stack| (stack, planned(stack, &[], "aws:ec2:FlowLog").len()))
        .into_iter()
        .collect();
    assert_eq!(counts, BTreeMap::from([("staging", 1), ("dev", 0)]));
    let edit = [("\"interface_endpoints\": []", "\"interface_endpoints\": [\"secretsmanager\"]")];
    assert_eq!(planned("prod", &edit, "aws:ec2:VpcEndpoint").len(), 2);
}
