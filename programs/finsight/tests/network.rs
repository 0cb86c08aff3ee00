//! N1 to N6 on the graph that the shipped configs give.

use finsight::config::{built_in, parse};
use finsight_engine::graph::{Graph, Node};
use finsight_engine::value::{Value, at_path};
use serde_json::{Value as Json, json};

fn graph(stack: &str) -> Graph {
    graph_with(stack, |_| ())
}

fn graph_with(stack: &str, change: impl Fn(&mut Json)) -> Graph {
    let mut config: Json = serde_json::from_str(built_in(stack).expect("a shipped stack")).expect("JSON");
    change(&mut config);
    let config = parse("test.json", &config.to_string()).unwrap_or_else(|error| panic!("{error}"));
    let graph = finsight::finsight(stack, &config, &finsight::artifacts::Artifacts::default())
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    graph.check_types(&finsight_specs::registry()).unwrap_or_else(|errors| panic!("{errors:?}"));
    graph
}

fn all<'a>(graph: &'a Graph, type_name: &str) -> Vec<&'a Node> {
    graph.nodes.values().filter(|node| node.urn.type_name() == type_name).collect()
}

fn one<'a>(graph: &'a Graph, type_name: &str, name: &str) -> &'a Node {
    all(graph, type_name).into_iter().find(|node| node.urn.name() == name).expect("declared")
}

fn input(node: &Node, path: &str) -> Json {
    at_path(&node.inputs, path).map_or(Json::Null, Value::masked)
}

#[test]
fn n1_the_vpc_has_its_range_and_dns() {
    let graph = graph("prod");
    let vpc = one(&graph, "aws:ec2:Vpc", "main");
    assert_eq!(input(vpc, "cidr_block"), json!("10.0.0.0/16"));
    assert_eq!(input(vpc, "enable_dns_hostnames"), json!(true));
    // DNS support is on where it is not set.
    assert_eq!(input(vpc, "enable_dns_support"), Json::Null);
}

#[test]
fn n2_two_public_and_two_private_subnets_in_two_zones() {
    let graph = graph("prod");
    let zones: Vec<Json> = ["public-a", "public-b", "private-a", "private-b"]
        .map(|name| input(one(&graph, "aws:ec2:Subnet", name), "availability_zone"))
        .to_vec();
    assert_eq!(zones[0..2], zones[2..4]);
    assert_ne!(zones[0], zones[1]);
    assert_eq!(all(&graph, "aws:ec2:InternetGateway").len(), 1);
    let public = one(&graph, "aws:ec2:RouteTable", "public");
    assert_eq!(input(public, "routes.0.destination_cidr_block"), json!("0.0.0.0/0"));
    assert_eq!(all(&graph, "aws:ec2:SubnetRouteTableAssociation").len(), 4);
}

#[test]
fn n3_nat_gateways_are_none_one_or_one_a_zone() {
    for count in [0, 1, 2] {
        let graph = graph_with("dev", |config| config["network"]["nat_gateways"] = json!(count));
        assert_eq!(all(&graph, "aws:ec2:NatGateway").len(), count);
        assert_eq!(all(&graph, "aws:ec2:EIP").len(), count);
        let routed = ["private-a", "private-b"]
            .iter()
            .filter(|name| !input(one(&graph, "aws:ec2:RouteTable", name), "routes").is_null())
            .count();
        assert_eq!(routed, if count == 0 { 0 } else { 2 }, "{count}");
    }
}

#[test]
fn n4_functions_have_no_way_in() {
    let graph = graph("prod");
    let lambda = one(&graph, "aws:ec2:SecurityGroup", "lambda");
    assert_eq!(input(lambda, "ingress"), Json::Null);
    assert_eq!(input(lambda, "egress.0.ip_protocol"), json!("-1"));
}

#[test]
fn n5_the_database_is_reached_on_one_port_from_two_groups() {
    for (stack, admitted) in [("dev", "lambda"), ("prod", "proxy")] {
        let graph = graph(stack);
        let database = one(&graph, "aws:ec2:SecurityGroup", "database");
        assert_eq!(database.inputs["ingress"].as_list().expect("a list").len(), 2);
        for rule in ["ingress.0", "ingress.1"] {
            let of_rule = |name: &str| input(database, &format!("{rule}.{name}"));
            assert_eq!([of_rule("from_port"), of_rule("to_port")], [json!(5432), json!(5432)]);
            assert_eq!(of_rule("cidr_ip"), Json::Null);
        }
        assert_eq!(input(database, "egress"), Json::Null);
        // What makes the functions' user has a password, which no proxy takes.
        let mut from: Vec<String> = database
            .dependencies()
            .into_iter()
            .filter(|(_, via)| via == "ingress")
            .map(|(urn, _)| urn.name().to_owned())
            .collect();
        from.sort_unstable();
        let mut wanted = [admitted, "database-user"];
        wanted.sort_unstable();
        assert_eq!(from, wanted, "{stack}");
        // It goes to the database and to Secrets Manager, and takes nothing in.
        let user = one(&graph, "aws:ec2:SecurityGroup", "database-user");
        assert_eq!(input(user, "ingress"), Json::Null);
        let ports = ["egress.0", "egress.1"].map(|rule| input(user, &format!("{rule}.to_port")));
        assert_eq!(
            (ports, input(user, "egress.1.cidr_ip")),
            ([json!(443), json!(5432)], json!("10.0.0.0/16"))
        );
    }
    let graph = graph("prod");
    let proxy = one(&graph, "aws:ec2:SecurityGroup", "proxy");
    assert_eq!(input(proxy, "ingress.0.from_port"), json!(5432));
    let out = one(&graph, "aws:ec2:SecurityGroupEgress", "proxy");
    assert_eq!(input(out, "egress.0.cidr_ip"), Json::Null);
}

#[test]
fn n6_endpoints_flow_logs_and_the_closed_default_group() {
    let dev = graph("dev");
    assert_eq!(all(&dev, "aws:ec2:FlowLog").len(), 0);
    assert_eq!(all(&dev, "aws:ec2:VpcEndpoint").len(), 1);
    for stack in ["staging", "prod"] {
        let graph = graph(stack);
        assert_eq!(all(&graph, "aws:ec2:FlowLog").len(), 1, "{stack}");
        let key = one(&graph, "aws:kms:Key", "logs");
        assert_eq!(input(key, "enable_key_rotation"), json!(true));
    }
    let default = one(&dev, "aws:ec2:DefaultSecurityGroup", "default");
    assert_eq!((input(default, "ingress"), input(default, "egress")), (Json::Null, Json::Null));
    let more =
        graph_with("dev", |config| config["network"]["interface_endpoints"] = json!(["secretsmanager"]));
    let endpoint = one(&more, "aws:ec2:VpcEndpoint", "secretsmanager");
    assert_eq!(input(endpoint, "vpc_endpoint_type"), json!("Interface"));
}

#[test]
fn names_hold_all_stacks_in_one_account() {
    for (stack, name) in [("prod", "finsight-flow-logs"), ("staging", "finsight-flow-logs-staging")] {
        let graph = graph(stack);
        let role = one(&graph, "aws:iam:Role", "flow-logs");
        assert_eq!(input(role, "role_name"), json!(name));
        assert_eq!(role.default_tags["Project"], "finsight");
        assert_eq!(role.default_tags["ManagedBy"], "finsight-deploy");
    }
}

#[test]
fn no_policy_of_ours_grants_all_on_all() {
    let graph = graph("prod");
    let role = one(&graph, "aws:iam:Role", "flow-logs");
    let write = role.inputs["inline_policies"].masked();
    let statements = write["write"]["Statement"].as_array().expect("statements").clone();
    for statement in statements {
        let narrow =
            statement["Action"] == json!(["logs:DescribeLogGroups"]) || statement["Resource"] != json!(["*"]);
        assert!(narrow, "{statement}");
    }
}
