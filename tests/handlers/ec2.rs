//! Networks: gateways, endpoints and flow logs, whose changes take two steps of AWS's, or fail after they were taken.

use finsight_engine::plan::Op;
use finsight_engine::program::list;
use finsight_specs::ec2::{
    ElasticIp, FlowLog, InternetGateway, NatGateway, Subnet, Vpc, VpcEndpoint, VpcGatewayAttachment,
};
use finsight_specs::logs::LogGroup;

use crate::life::{Life, shown};
use crate::network::{config, ec2, program, trusted};
use crate::runtime;

/// H21: a VPC goes back to shared hardware in place, and to its own only by being made anew.
#[test]
fn a_tenancy_is_given_up_in_place() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let vpc = |tenancy: &str| {
            let tenancy = tenancy.to_owned();
            program(move |scope| {
                scope.add("main", Vpc::new("10.0.0.0/16").instance_tenancy(tenancy.as_str()));
            })
        };
        life.reach(&vpc("dedicated"), "made").await;
        let id = life.state.rows.values().next().unwrap().id.clone();
        let plan = life.plan(&vpc("default")).await;
        assert_eq!(plan.steps[0].op, Op::Update, "{}", shown(&plan));
        life.reach(&vpc("default"), "shared").await;
        assert_eq!(life.state.rows.values().next().unwrap().id, id);
        assert_eq!(life.plan(&vpc("dedicated")).await.steps[0].op, Op::Replace);
        life.destroy("destroyed").await;
    });
}

/// H22: an endpoint moves to other subnets of its zones; G13: a policy of another hand is taken off.
#[test]
fn an_endpoint_moves_within_its_zones_and_is_open_where_nothing_is_said() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let endpoint = |which: [usize; 2]| {
            program(move |scope| {
                let vpc = scope.add("main", Vpc::new("10.0.0.0/16").enable_dns_hostnames(true));
                let subnets: Vec<_> = ["a", "c", "a", "c"]
                    .iter()
                    .enumerate()
                    .map(|(index, zone)| {
                        let subnet = Subnet::new(&vpc, format!("10.0.{index}.0/24"));
                        let subnet = subnet.availability_zone(format!("ap-northeast-1{zone}"));
                        scope.add(&format!("s{index}"), subnet)
                    })
                    .collect();
                let place = VpcEndpoint::new(&vpc, "com.amazonaws.ap-northeast-1.logs")
                    .vpc_endpoint_type("Interface")
                    .subnet_ids(list(which.map(|index| &subnets[index])));
                scope.add("logs", place);
            })
        };
        life.reach(&endpoint([0, 1]), "made").await;
        life.reach(&endpoint([2, 3]), "moved").await;
        let aws = ec2(&life).await;
        let id = aws.describe_vpc_endpoints().send().await.unwrap().vpc_endpoints()[0].clone();
        let deny = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;
        let call = aws.modify_vpc_endpoint().set_vpc_endpoint_id(id.vpc_endpoint_id).policy_document(deny);
        call.send().await.unwrap();
        let plan = life.plan(&endpoint([2, 3])).await;
        assert!(shown(&plan).contains("policy_document"), "{}", shown(&plan));
        life.reach(&endpoint([2, 3]), "open again").await;
        life.destroy("destroyed").await;
    });
}

/// A gateway that fails after it was made is told with AWS's reason, and made anew once it can work.
#[test]
fn a_nat_gateway_that_fails_is_made_anew() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let nat = |attached: bool| {
            program(move |scope| {
                let vpc = scope.add("main", Vpc::new("10.0.0.0/16"));
                let subnet = scope.add("a", Subnet::new(&vpc, "10.0.0.0/24"));
                let address = scope.add("nat", ElasticIp::new());
                let mut nat = NatGateway::new(&subnet).allocation_id(&address);
                if attached {
                    let gateway = scope.add("main", InternetGateway::new());
                    let way = scope.add("main", VpcGatewayAttachment::new(&vpc, &gateway));
                    nat = nat.vpc_gateway_attachment(&way);
                }
                scope.add("nat", nat);
            })
        };
        let outcome = life.up(&nat(false)).await;
        let told = format!("{:?}", outcome.errors);
        assert!(
            told.contains("Gateway.NotAttached") && told.contains("has no Internet gateway attached"),
            "{told}"
        );
        life.reach(&nat(true), "with a way out").await;
        life.destroy("destroyed").await;
        assert!(life.cloud.status().await.is_empty());
    });
}

/// H14: a flow log can be active and deliver nothing.
#[test]
fn a_flow_log_that_delivers_nothing_is_a_difference() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = program(|scope| {
            let vpc = scope.add("main", Vpc::new("10.0.0.0/16"));
            let group = scope.add("flow", LogGroup::new().log_group_name("/flow"));
            let role = trusted("vpc-flow-logs.amazonaws.com", &["logs:CreateLogStream", "logs:PutLogEvents"]);
            let role = scope.add("flow", role.role_name("flow"));
            scope.add("flow", FlowLog::new(&vpc, &group.arn, &role.arn));
        });
        life.reach(&graph, "made").await;
        let iam = aws_sdk_iam::Client::new(&config(&life).await);
        iam.delete_role_policy().role_name("flow").policy_name("rights").send().await.unwrap();
        let plan = life.plan(&graph).await;
        assert!(shown(&plan).contains("FAILED: Access error"), "{}", shown(&plan));
        life.reach(&graph, "put right with the role").await;
        life.destroy("destroyed").await;
    });
}
