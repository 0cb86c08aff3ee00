use aws_sdk_ec2::types::{Filter, RouteState};
use finsight_local::LocalCloud;

use crate::support::{address, code, ec2, gateway, subnet, vpc};

async fn table(ec2: &aws_sdk_ec2::Client, vpc: &str, token: &str) -> String {
    let made = ec2.create_route_table().vpc_id(vpc).client_token(token).send().await.unwrap();
    made.route_table.unwrap().route_table_id.unwrap()
}

async fn seen(ec2: &aws_sdk_ec2::Client, id: &str) -> aws_sdk_ec2::types::RouteTable {
    ec2.describe_route_tables().route_table_ids(id).send().await.unwrap().route_tables.unwrap().remove(0)
}

#[tokio::test]
async fn routes_keep_their_targets_and_turn_black() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let igw = gateway(&ec2, &vpc).await;
    let public = subnet(&ec2, &vpc, "10.0.0.0/24", "ap-northeast-1a").await;
    let eip = address(&ec2).await;
    let nat = ec2.create_nat_gateway().subnet_id(&public).allocation_id(&eip).send().await.unwrap();
    let nat = nat.nat_gateway.unwrap().nat_gateway_id.unwrap();
    let rtb = table(&ec2, &vpc, "a").await;
    assert_eq!(table(&ec2, &vpc, "a").await, rtb);
    let create = |cidr: &str| ec2.create_route().route_table_id(&rtb).destination_cidr_block(cidr);
    assert_eq!(code(create("0.0.0.0/0").gateway_id("igw-none").send().await), "InvalidGatewayID.NotFound");
    assert_eq!(
        code(create("0.0.0.0/0").nat_gateway_id("nat-none").send().await),
        "InvalidNatGatewayID.NotFound"
    );
    create("0.0.0.0/0").nat_gateway_id(&nat).send().await.unwrap();
    assert_eq!(code(create("0.0.0.0/0").gateway_id(&igw).send().await), "RouteAlreadyExists");
    create("192.168.1.7/16").gateway_id(&igw).send().await.unwrap();
    let routes = seen(&ec2, &rtb).await;
    let to = |cidr: &str| {
        routes.routes().iter().find(|r| r.destination_cidr_block() == Some(cidr)).unwrap().clone()
    };
    assert_eq!(to("10.0.0.0/16").gateway_id(), Some("local"));
    assert_eq!(to("0.0.0.0/0").nat_gateway_id(), Some(nat.as_str()));
    assert_eq!(to("192.168.0.0/16").gateway_id(), Some(igw.as_str()));

    ec2.delete_nat_gateway().nat_gateway_id(&nat).send().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let routes = seen(&ec2, &rtb).await;
    let black = routes.routes().iter().find(|r| r.nat_gateway_id() == Some(&nat)).unwrap();
    assert_eq!(black.state(), Some(&RouteState::Blackhole));
    let replace =
        ec2.replace_route().route_table_id(&rtb).destination_cidr_block("0.0.0.0/0").gateway_id(&igw);
    replace.send().await.unwrap();
    let nothing =
        ec2.replace_route().route_table_id(&rtb).destination_cidr_block("1.0.0.0/8").gateway_id(&igw);
    assert_eq!(code(nothing.send().await), "InvalidRoute.NotFound");
    let delete = |cidr: &str| ec2.delete_route().route_table_id(&rtb).destination_cidr_block(cidr).send();
    delete("0.0.0.0/0").await.unwrap();
    assert_eq!(code(delete("0.0.0.0/0").await), "InvalidRoute.NotFound");
    assert_eq!(code(delete("10.0.0.0/16").await), "InvalidParameterValue");
}

#[tokio::test]
async fn associations_move() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let net = subnet(&ec2, &vpc, "10.0.0.0/24", "ap-northeast-1a").await;
    let (a, b) = (table(&ec2, &vpc, "a").await, table(&ec2, &vpc, "b").await);
    let associate = |rtb: &str| ec2.associate_route_table().route_table_id(rtb).subnet_id(&net).send();
    let first = associate(&a).await.unwrap().association_id.unwrap();
    assert_eq!(code(associate(&b).await), "Resource.AlreadyAssociated");
    assert_eq!(code(ec2.delete_route_table().route_table_id(&a).send().await), "DependencyViolation");
    let by = Filter::builder().name("association.subnet-id").values(&net).build();
    let found = ec2.describe_route_tables().filters(by).send().await.unwrap();
    assert_eq!(found.route_tables()[0].route_table_id(), Some(a.as_str()));
    let moved =
        ec2.replace_route_table_association().association_id(&first).route_table_id(&b).send().await.unwrap();
    let second = moved.new_association_id().unwrap();
    assert_ne!(second, first);
    let gone = ec2.disassociate_route_table().association_id(&first).send().await;
    assert_eq!(code(gone), "InvalidAssociationID.NotFound");
    ec2.disassociate_route_table().association_id(second).send().await.unwrap();
    ec2.delete_route_table().route_table_id(&a).send().await.unwrap();
    assert_eq!(
        code(ec2.delete_route_table().route_table_id(&a).send().await),
        "InvalidRouteTableID.NotFound"
    );
    let main = Filter::builder().name("association.main").values("true").build();
    let main = ec2.describe_route_tables().filters(main).send().await.unwrap();
    let main = main.route_tables()[0].clone();
    let delete = ec2.delete_route_table().route_table_id(main.route_table_id().unwrap()).send().await;
    assert_eq!(code(delete), "DependencyViolation");
    assert_eq!(code(ec2.describe_route_tables().max_results(101).send().await), "InvalidParameterValue");
}
