//! Functions in a VPC, their versions and their live alias.

use std::collections::BTreeMap;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use finsight_engine::graph::Graph;
use finsight_engine::program::{Scope, Stack, list};
use finsight_local::{LocalClock, LocalCloud, Outcome};
use finsight_specs::ec2::{SecurityGroup, Subnet, Vpc};
use finsight_specs::iam::{Policy, Role, Statement};
use finsight_specs::lambda::{Code, Function, ProvisionedConcurrencyConfig};

use crate::fixture::REGION;
use crate::life::{Life, shown};
use crate::runtime;

pub const CODE: &str = "e947cf8d08639a55fdf3d46bee052ca1a5797af641cb9be2c0d6db7ad696faea";
pub const VERSION: &str = "aws:lambda:Version";

pub fn program(declare: impl Fn(&Scope)) -> Graph {
    let stack = Stack::new("test", REGION);
    declare(&stack.component("net", BTreeMap::new()));
    stack.finish().expect("the program is sound")
}

pub async fn config(life: &Life) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(life.cloud.http_client())
        .credentials_provider(LocalCloud::credentials())
        .region(Region::new(REGION))
        .retry_config(RetryConfig::disabled())
        .load()
        .await
}

pub async fn lambda(life: &Life) -> aws_sdk_lambda::Client {
    aws_sdk_lambda::Client::new(&config(life).await)
}

pub async fn ec2(life: &Life) -> aws_sdk_ec2::Client {
    aws_sdk_ec2::Client::new(&config(life).await)
}

/// What may be done in a function's name.
pub fn trusted(service: &str, actions: &[&str]) -> Role {
    let trust = Policy::new().statement(Statement::allow(&["sts:AssumeRole"]).service(service)).document();
    let rights = Policy::new().statement(Statement::allow(actions).resource("*")).document();
    Role::new(trust).inline_policies(BTreeMap::from([("rights".to_owned(), rights)]))
}

#[derive(Clone, Copy)]
pub struct Wish {
    pub group: &'static str,
    pub memory: i64,
    pub reserved: Option<i64>,
    pub warm: i64,
    pub network: bool,
}

pub const WISH: Wish = Wish { group: "one", memory: 128, reserved: None, warm: 0, network: true };

/// A function in a subnet, with a live alias.
pub fn function(wish: Wish) -> Graph {
    program(|scope| {
        let vpc = scope.add("main", Vpc::new("10.0.0.0/16"));
        let subnet = Subnet::new(&vpc, "10.0.0.0/24").availability_zone("ap-northeast-1a");
        let subnet = scope.add("a", subnet);
        let group = scope.add("functions", SecurityGroup::new(&vpc, wish.group));
        let network =
            ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"];
        let role = scope.add("function", trusted("lambda.amazonaws.com", &network));
        let mut one = Function::new(&role.arn, "provided.al2023", "bootstrap", Code::artifact(CODE))
            .function_name("one")
            .memory_size(wish.memory)
            .live_alias("live");
        if wish.network {
            one = one.subnet_ids(list([&subnet])).security_group_ids(list([&group]));
        }
        if let Some(reserved) = wish.reserved {
            one = one.reserved_concurrent_executions(reserved);
        }
        let one = scope.add("one", one);
        if wish.warm > 0 {
            scope.add("one", ProvisionedConcurrencyConfig::new(&one, "live", wish.warm));
        }
    })
}

pub fn calls(life: &Life, from: usize) -> Vec<String> {
    life.cloud.calls()[from..].iter().map(|call| call.operation.clone()).collect()
}

fn at(calls: &[String], name: &str) -> usize {
    calls.iter().rposition(|call| call == name).unwrap_or_else(|| panic!("no {name} in {calls:?}"))
}

/// L1, H8: the function leaves its network and stands until its interfaces are gone; then it goes, its role and the rest.
#[test]
fn a_function_goes_when_its_interfaces_are_gone_and_before_its_role() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&function(WISH), "made").await;
        // The preview counts the time.
        let nothing = Graph::new("test", REGION);
        let longest = life.plan(&nothing).await.actions.iter().map(|action| action.path_millis).max();
        assert!(longest > Some(25 * 60_000), "{longest:?}");
        let from = life.cloud.calls().len();
        life.destroy("destroyed").await;
        assert!(life.cloud.status().await.is_empty());
        let calls = calls(&life, from);
        let gone = at(&calls, "DeleteFunction");
        assert!(at(&calls, "UpdateFunctionConfiguration") < gone, "{calls:?}");
        assert!(gone < at(&calls, "DeleteRole") && gone < at(&calls, "DeleteSecurityGroup"), "{calls:?}");
        let interfaces = ec2(&life).await.describe_network_interfaces().send().await.unwrap();
        assert_eq!(interfaces.network_interfaces().len(), 0);
    });
}

/// L1: a run that was cut off while it waited goes on with the next.
#[test]
fn a_delete_that_was_cut_off_still_waits_for_the_interfaces() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&function(WISH), "made").await;
        // What the first delete does before it waits.
        let aws = lambda(&life).await;
        aws.delete_alias().function_name("one").name("live").send().await.unwrap();
        aws.delete_function().function_name("one").qualifier("1").send().await.unwrap();
        let nowhere = aws_sdk_lambda::types::VpcConfig::builder()
            .set_subnet_ids(Some(Vec::new()))
            .set_security_group_ids(Some(Vec::new()));
        let call = aws.update_function_configuration().function_name("one").vpc_config(nowhere.build());
        call.send().await.unwrap();
        life.destroy("destroyed").await;
        assert!(life.cloud.status().await.is_empty());
    });
}

/// L2, H16: a group that functions have left goes, with the published versions that were in it.
#[test]
fn old_versions_make_way_for_their_network() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&function(WISH), "made").await;
        life.reach(&function(Wish { memory: 256, ..WISH }), "another version").await;
        assert_eq!(life.cloud.status().await.count(VERSION), 2);
        life.reach(&function(Wish { memory: 256, group: "two", ..WISH }), "another group").await;
        let aws = lambda(&life).await;
        let live = aws.get_alias().function_name("one").name("live").send().await.unwrap();
        assert_eq!(live.function_version(), Some("3"));
        assert_eq!(life.cloud.status().await.count(VERSION), 1, "what was in the old group is gone");
        life.destroy("destroyed").await;
        assert!(life.cloud.status().await.is_empty());
    });
}

/// H23: of old versions a few are kept.
#[test]
fn old_versions_do_not_pile_up() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        for step in 0..10 {
            let wish = Wish { memory: 128 + step, network: false, ..WISH };
            life.reach(&function(wish), "another version").await;
        }
        assert_eq!(life.cloud.status().await.count(VERSION), 6, "the live one and five to go back to");
        life.destroy("destroyed").await;
    });
}

pub fn ends_badly(life: &Life, kind: &str, name: &str) {
    life.cloud.set_outcomes(vec![Outcome {
        kind: kind.to_owned(),
        name: name.to_owned(),
        code: "FunctionError.Init".to_owned(),
        reason: "it does not come up".to_owned(),
    }]);
}

/// Y3: the alias stays where it is when the new version fails, and the failure is told with its reason.
#[test]
fn an_alias_is_not_moved_to_a_version_that_fails() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let wish = Wish { network: false, ..WISH };
        life.reach(&function(wish), "made").await;
        let aws = lambda(&life).await;
        let live = async || {
            let alias = aws.get_alias().function_name("one").name("live").send().await.unwrap();
            alias.function_version.unwrap()
        };
        ends_badly(&life, VERSION, "one:2");
        let changed = Wish { memory: 256, ..wish };
        let outcome = life.up(&function(changed)).await;
        let told = format!("{:?}", outcome.errors);
        assert!(
            told.contains("version 2 of one has Failed") && told.contains("it does not come up"),
            "{told}"
        );
        assert_eq!(live().await, "1");
        life.cloud.set_outcomes(Vec::new());
        life.reach(&function(changed), "once it comes up").await;
        assert_eq!(live().await, "3");
        life.destroy("destroyed").await;
    });
}

/// H4: weights that Lambda itself sets are waited for; where the new version never gets warm that is told and put right.
#[test]
fn an_alias_moves_along_with_its_provisioned_concurrency() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let wish = Wish { network: false, warm: 2, ..WISH };
        life.reach(&function(wish), "made").await;
        let _slower = life.cloud.clone().with_clock(LocalClock::real().with_factor(2e-3));
        let from = life.cloud.calls().len();
        life.reach(&function(Wish { memory: 256, ..wish }), "moved").await;
        let moved = calls(&life, from).iter().filter(|call| *call == "UpdateAlias").count();
        assert_eq!(moved, 1, "nobody takes the weights away");

        ends_badly(&life, "aws:lambda:ProvisionedConcurrencyConfig", "one:live");
        let again = function(Wish { memory: 512, ..wish });
        assert!(life.up(&again).await.succeeded());
        let aws = lambda(&life).await;
        let alias = aws.get_alias().function_name("one").name("live").send().await.unwrap();
        assert!(alias.routing_config().is_none(), "callers get the new version");
        let plan = life.plan(&again).await;
        assert!(shown(&plan).contains("it does not come up"), "{}", shown(&plan));
        life.cloud.set_outcomes(Vec::new());
        life.reach(&again, "warm after all").await;
        life.destroy("destroyed").await;
    });
}

/// H11: what is reserved and what is provisioned of it shrink and grow in one run.
#[test]
fn a_reservation_shrinks_after_what_is_provisioned_of_it() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let sized =
            |reserved, warm| function(Wish { network: false, reserved: Some(reserved), warm, ..WISH });
        life.reach(&sized(10, 8), "made").await;
        life.reach(&sized(4, 2), "shrunk").await;
        life.reach(&sized(20, 18), "grown").await;
        life.reach(&sized(4, 0), "without any").await;
        life.destroy("destroyed").await;
    });
}

/// H12, G10: the alias is known by its name, and its description is put back.
#[test]
fn an_alias_that_says_something_else_is_still_the_live_one() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = function(Wish { network: false, ..WISH });
        life.reach(&graph, "made").await;
        let aws = lambda(&life).await;
        let call = aws.update_alias().function_name("one").name("live").description("mine");
        call.send().await.unwrap();
        let plan = life.plan(&graph).await;
        assert!(shown(&plan).contains("the alias says something else of itself"), "{}", shown(&plan));
        life.reach(&graph, "put right").await;
        let alias = aws.get_alias().function_name("one").name("live").send().await.unwrap();
        assert!(alias.description().is_some_and(|text| text.contains("finsight-deploy")));
        assert_eq!(alias.function_version(), Some("1"));
        life.destroy("destroyed").await;
    });
}

/// G13: a function URL, by which anybody may call, is seen and taken away.
#[test]
fn a_function_url_of_another_hand_is_taken_away() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = function(Wish { network: false, ..WISH });
        life.reach(&graph, "made").await;
        let aws = lambda(&life).await;
        let open = || aws.create_function_url_config().function_name("one").auth_type("NONE".into());
        open().send().await.unwrap();
        open().qualifier("live").send().await.unwrap();
        let plan = life.plan(&graph).await;
        assert!(shown(&plan).contains("authorization NONE"), "{}", shown(&plan));
        life.reach(&graph, "closed").await;
        let left = aws.list_function_url_configs().function_name("one").send().await.unwrap();
        assert!(left.function_url_configs().is_empty());
        life.destroy("destroyed").await;
    });
}
