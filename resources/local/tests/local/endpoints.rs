use std::time::Duration;

use aws_sdk_ec2::types::{
    AttributeBooleanValue, FlowLog, FlowLogsResourceType, State, TrafficType, VpcEndpointType,
};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{allow, code, ec2, group, role, subnet, vpc};

#[tokio::test]
async fn gateway_endpoints_route() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let made = ec2.create_route_table().vpc_id(&vpc).send().await.unwrap();
    let rtb = made.route_table.unwrap().route_table_id.unwrap();
    let create = |token: &str| {
        let call = ec2.create_vpc_endpoint().vpc_id(&vpc).service_name("com.amazonaws.ap-northeast-1.s3");
        call.route_table_ids(&rtb).client_token(token).send()
    };
    let endpoint = create("a").await.unwrap().vpc_endpoint.unwrap();
    let id = endpoint.vpc_endpoint_id().unwrap();
    assert_eq!(create("a").await.unwrap().vpc_endpoint.unwrap().vpc_endpoint_id(), Some(id));
    assert_eq!(code(create("b").await), "RouteAlreadyExists");
    assert!(endpoint.policy_document().unwrap().contains("2008-10-17"));
    tokio::time::sleep(Duration::from_millis(5)).await;
    let shown = ec2.describe_vpc_endpoints().vpc_endpoint_ids(id).send().await.unwrap();
    assert_eq!(shown.vpc_endpoints()[0].state().unwrap().as_str().to_lowercase(), "available");
    let tables = ec2.describe_route_tables().route_table_ids(&rtb).send().await.unwrap();
    let route = tables.route_tables()[0].routes().iter().find(|r| r.destination_prefix_list_id().is_some());
    assert_eq!(route.unwrap().gateway_id(), Some(id));
    ec2.modify_vpc_endpoint().vpc_endpoint_id(id).policy_document("{}").send().await.unwrap();
    ec2.modify_vpc_endpoint().vpc_endpoint_id(id).remove_route_table_ids(&rtb).send().await.unwrap();
    let shown = ec2.describe_vpc_endpoints().vpc_endpoint_ids(id).send().await.unwrap();
    assert_eq!(shown.vpc_endpoints()[0].policy_document(), Some("{}"));
    assert!(shown.vpc_endpoints()[0].route_table_ids().is_empty());
    assert_eq!(code(ec2.delete_vpc().vpc_id(&vpc).send().await), "DependencyViolation");
    let partly =
        ec2.delete_vpc_endpoints().vpc_endpoint_ids(id).vpc_endpoint_ids("vpce-none").send().await.unwrap();
    assert_eq!(partly.unsuccessful()[0].error().unwrap().code(), Some("InvalidVpcEndpointId.NotFound"));
    assert_eq!(
        code(ec2.describe_vpc_endpoints().vpc_endpoint_ids(id).send().await),
        "InvalidVpcEndpointId.NotFound"
    );
}

#[tokio::test]
async fn interface_endpoints_stand_in_subnets() {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let net = subnet(&ec2, &vpc, "10.0.0.0/24", "ap-northeast-1a").await;
    let sg = group(&ec2, &vpc, "endpoint").await;
    let create = || {
        ec2.create_vpc_endpoint()
            .vpc_id(&vpc)
            .vpc_endpoint_type(VpcEndpointType::Interface)
            .service_name("com.amazonaws.ap-northeast-1.secretsmanager")
            .subnet_ids(&net)
            .security_group_ids(&sg)
            .send()
    };
    assert_eq!(code(create().await), "InvalidParameter", "private DNS needs DNS host names");
    let on = AttributeBooleanValue::builder().value(true).build();
    ec2.modify_vpc_attribute().vpc_id(&vpc).enable_dns_hostnames(on).send().await.unwrap();
    let endpoint = create().await.unwrap().vpc_endpoint.unwrap();
    let id = endpoint.vpc_endpoint_id().unwrap();
    assert_eq!(endpoint.private_dns_enabled(), Some(true));
    assert_eq!(endpoint.network_interface_ids().len(), 1);
    let state = async || {
        let shown = ec2.describe_vpc_endpoints().vpc_endpoint_ids(id).send().await.unwrap();
        shown.vpc_endpoints()[0].state().cloned().unwrap()
    };
    assert!(matches!(state().await.as_str(), "pending" | "Pending"));
    clock.advance(Duration::from_secs(121));
    assert_eq!(state().await.as_str().to_lowercase(), State::Available.as_str().to_lowercase());
    assert_eq!(code(create().await), "InvalidParameter", "the DNS name is taken");
    assert_eq!(code(ec2.delete_security_group().group_id(&sg).send().await), "DependencyViolation");
    assert_eq!(code(ec2.delete_subnet().subnet_id(&net).send().await), "DependencyViolation");
    let found = ec2.describe_network_interfaces().send().await.unwrap();
    assert_eq!(found.network_interfaces()[0].subnet_id(), Some(net.as_str()));
    ec2.delete_vpc_endpoints().vpc_endpoint_ids(id).send().await.unwrap();
    assert_eq!(state().await.as_str().to_lowercase(), "deleting");
    clock.advance(Duration::from_secs(61));
    ec2.delete_security_group().group_id(&sg).send().await.unwrap();
    ec2.delete_subnet().subnet_id(&net).send().await.unwrap();
}

#[tokio::test]
async fn flow_logs_fail_one_by_one() {
    let cloud = LocalCloud::in_memory();
    let ec2 = ec2(&cloud).await;
    let vpc = vpc(&ec2).await;
    let create = |token: &str, resource: &str| {
        ec2.create_flow_logs()
            .resource_type(FlowLogsResourceType::Vpc)
            .resource_ids(resource)
            .traffic_type(TrafficType::All)
            .log_group_name("/aws/vpc/flow-logs/x")
            .deliver_logs_permission_arn("arn:aws:iam::123456789012:role/flow")
            .client_token(token)
            .send()
    };
    let made = create("a", &vpc).await.unwrap();
    let id = made.flow_log_ids()[0].clone();
    assert_eq!(create("a", &vpc).await.unwrap().flow_log_ids(), std::slice::from_ref(&id));
    let again = create("b", &vpc).await.unwrap();
    assert_eq!(again.unsuccessful()[0].error().unwrap().code(), Some("FlowLogAlreadyExists"));
    let nothing = create("c", "vpc-none").await.unwrap();
    assert_eq!(nothing.unsuccessful()[0].error().unwrap().code(), Some("InvalidVpcID.NotFound"));
    let shown = ec2.describe_flow_logs().flow_log_ids(&id).send().await.unwrap();
    let log = &shown.flow_logs()[0];
    assert_eq!(
        log.log_destination(),
        Some("arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/vpc/flow-logs/x")
    );
    // H14: it is active, though nobody may deliver anything.
    let status = |log: &FlowLog| (log.flow_log_status.clone(), log.deliver_logs_status.clone());
    let said = |word: &str| (Some("ACTIVE".to_owned()), Some(word.to_owned()));
    assert_eq!((log.max_aggregation_interval(), status(log)), (Some(600), said("FAILED")));
    assert_eq!(log.deliver_logs_error_message(), Some("Access error"));
    role(&cloud, "flow", "vpc-flow-logs.amazonaws.com").await;
    allow(&cloud, "flow", "write", &["logs:CreateLogStream", "logs:PutLogEvents"]).await;
    let shown = ec2.describe_flow_logs().flow_log_ids(&id).send().await.unwrap();
    assert_eq!(status(&shown.flow_logs()[0]), said("SUCCESS"));
    assert!(ec2.describe_flow_logs().flow_log_ids("fl-none").send().await.unwrap().flow_logs().is_empty());
    assert!(ec2.delete_flow_logs().flow_log_ids(&id).send().await.unwrap().unsuccessful().is_empty());
    assert_eq!(ec2.delete_flow_logs().flow_log_ids(&id).send().await.unwrap().unsuccessful().len(), 1);
}
