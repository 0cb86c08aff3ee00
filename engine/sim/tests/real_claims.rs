//! What AWS allows only once, and what holds what, in plans of the project's own types.

use std::sync::Arc;

use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight_engine::graph::Graph;
use finsight_engine::plan::{Op, Plan, PlanError, Selection};
use finsight_engine::program::{Scope, Stack, list};
use finsight_engine::urn::UrnPattern;
use finsight_sim::{Ask, World};
use finsight_specs::apigateway::{
    ApiKey, ApiStage, Deployment, OpenApi, RestApi, Stage, UsagePlan, UsagePlanKey,
};
use finsight_specs::ec2::{Subnet, Vpc};
use finsight_specs::rds::{DbInstance, DbSubnetGroup};
use finsight_specs::route53::{HostedZone, RecordSet};

fn program(declare: impl Fn(&Scope)) -> Graph {
    let stack = Stack::new("dev", "ap-northeast-1");
    declare(&stack.component("app", Default::default()));
    stack.finish().unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn world(graph: &Graph) -> World {
    let mut world = World::new(Arc::new(finsight_specs::registry()), 1);
    world.rename(&graph.stack);
    let run = world.up(graph);
    assert!(run.succeeded(), "{}", run.why());
    world
}

fn succeeds(world: &mut World, graph: &Graph) {
    let run = world.up(graph);
    assert!(run.succeeded(), "{}", run.why());
    world.expect_converged(graph);
}

/// The reason for which a resource goes before its successor comes.
fn goes_first(plan: &Plan, name: &str) -> bool {
    plan.steps.iter().any(|step| step.urn.name() == name && step.delete_first.is_some())
}

fn codes(errors: &[PlanError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

/// Two plans of one stage, and the one that the key is in.
fn keys(plans: [&str; 2], of_the_key: usize) -> Graph {
    program(|s| {
        let api = s.add("api", RestApi::new(OpenApi::new("x")).name("api"));
        let deployment = s.add("api", Deployment::new(&api, &api.content_hash));
        let stage = s.add("api", Stage::new(&api, "v1", &deployment));
        let key = s.add("app", ApiKey::new().name("app"));
        let stages = || vec![ApiStage::new(&api, &stage.name)];
        for (index, name) in plans.into_iter().enumerate() {
            let plan = s.add(name, UsagePlan::new().name(name).api_stages(stages()));
            if index == of_the_key {
                s.add("app", UsagePlanKey::new(&plan, &key).api_stages(stages()));
            }
        }
    })
}

/// E3: `usage_plans: {"basic": …}` in place of `standard`, and a key that is moved to another plan.
#[test]
fn a_key_leaves_a_plan_before_it_enters_another() {
    let before = keys(["standard", "large"], 0);
    for after in [keys(["basic", "large"], 0), keys(["standard", "large"], 1)] {
        let mut world = world(&before);
        let plan = world.preview(&Ask::up(&after)).unwrap_or_else(|errors| panic!("{:?}", codes(&errors)));
        assert!(goes_first(&plan, "app"), "the key's entry goes before its successor comes");
        succeeds(&mut world, &after);
    }
}

fn records(of: &[(&str, &str, &str)]) -> Graph {
    program(|s| {
        let zone = s.add("zone", HostedZone::new("example.com"));
        for (name, kind, value) in of {
            let record = RecordSet::new(&zone, "www.example.com", *kind).ttl(60);
            s.add(name, record.resource_records(vec![(*value).to_owned()]));
        }
    })
}

/// `A` and `AAAA` stand side by side; a `CNAME` has its name alone.
#[test]
fn records_of_one_name_stand_side_by_side_but_for_a_cname() {
    let four = ("four", "A", "192.0.2.1");
    let mut world = world(&records(&[four]));
    succeeds(&mut world, &records(&[four, ("six", "AAAA", "2001:db8::1")]));
    let alias = records(&[four, ("alias", "CNAME", "example.net")]);
    let refused = world.preview(&Ask::up(&alias)).expect_err("the name is taken");
    assert!(codes(&refused).iter().any(|error| error.contains("www.example.com")), "{:?}", codes(&refused));
    let changed = records(&[("four", "CNAME", "example.net")]);
    let plan = world.preview(&Ask::up(&changed)).unwrap_or_else(|errors| panic!("{:?}", codes(&errors)));
    assert!(!goes_first(&plan, "four"), "the alias takes the address's place in one change");
    succeeds(&mut world, &changed);
}

/// A range that reaches into one that stays is taken, even where it is not equal.
#[test]
fn a_subnet_does_not_reach_into_another() {
    let subnets = |ranges: &[(&str, &str)]| {
        program(|s| {
            let vpc = s.add("main", Vpc::new("10.0.0.0/16"));
            for (name, range) in ranges {
                s.add(name, Subnet::new(&vpc, *range));
            }
        })
    };
    let mut world = world(&subnets(&[("a", "10.0.0.0/24")]));
    let beside = subnets(&[("a", "10.0.0.0/24"), ("b", "10.0.0.128/25")]);
    assert!(world.preview(&Ask::up(&beside)).is_err(), "it is taken in part");
    succeeds(&mut world, &subnets(&[("a", "10.0.0.0/24"), ("b", "10.0.1.0/24")]));
}

/// RDS lets no subnet be taken out of a group in which a database is; where that is in another zone, it does.
#[test]
fn a_subnet_with_a_database_in_it_stays() {
    let stack = |range: &str, zone: Option<&str>| {
        program(|s| {
            let vpc = s.add("main", Vpc::new("10.0.0.0/16"));
            let subnet = |name: &str, range: &str| {
                s.add(name, Subnet::new(&vpc, range).availability_zone(format!("ap-northeast-1{name}")))
            };
            let (a, c) = (subnet("a", range), subnet("c", "10.0.1.0/24"));
            let group = s.add("main", DbSubnetGroup::new("x", list([a.id(), c.id()])));
            let database = DbInstance::new("db.t4g.micro", "postgres").db_subnet_group_name(&group);
            match zone {
                Some(zone) => s.add("main", database.availability_zone(zone)),
                None => s.add("main", database.multi_az(true)),
            };
        })
    };
    for zone in [None, Some("ap-northeast-1a")] {
        let world = world(&stack("10.0.0.0/24", zone));
        let errors = world.fork().preview(&Ask::up(&stack("10.0.2.0/24", zone))).expect_err("it is in use");
        assert!(
            codes(&errors).iter().any(|error| error.contains("DBSubnetGroup/main holds it")),
            "{errors:?}"
        );
    }
    let elsewhere = Some("ap-northeast-1c");
    succeeds(&mut world(&stack("10.0.0.0/24", elsewhere)), &stack("10.0.2.0/24", elsewhere));
}

/// E1, E2: each is planned with all that has to let go, or refused by the name of what does not; nothing is
/// begun that this run itself holds back.
#[test]
fn what_is_replaced_in_prod_is_let_go_or_refused_by_name() {
    // Not the recorder, whose name is a word that the simulator takes for a reference wherever it stands.
    const PLANNED: [&str; 8] = [
        "network/aws:ec2:InternetGateway/main",
        "network/aws:ec2:VpcGatewayAttachment/main",
        "security/aws:wafv2:WebACL/edge",
        "security/aws:wafv2:WebACL/regional",
        "frontend/aws:amplify:Branch/main",
        "api/aws:apigateway:Stage/main",
        "api/aws:acm:CertificateValidation/api",
        "network/aws:ec2:NatGateway/main-a",
    ];
    const REFUSED: [(&str, &str); 6] = [
        ("network/aws:ec2:Subnet/private-a", "aws:rds:DBSubnetGroup/main"),
        ("network/aws:ec2:SecurityGroup/database", "aws:rds:DBInstance/main"),
        ("network/aws:ec2:SecurityGroup/lambda", "aws:lambda:Function/"),
        ("api/aws:cloudfront:CachePolicy/api", "aws:cloudfront:Distribution/api"),
        ("api/aws:cloudfront:OriginAccessControl/pages", "aws:cloudfront:Distribution/api"),
        ("api/aws:cloudfront:ResponseHeadersPolicy/api", "aws:cloudfront:Distribution/api"),
    ];
    let config = parse("prod.json", built_in("prod").expect("shipped")).unwrap_or_else(|e| panic!("{e}"));
    let graph = finsight::finsight("prod", &config, &Artifacts::default()).expect("prod is sound");
    let standing = world(&graph);
    let ask = |which: &str| {
        let urn = format!("prod/{which}");
        assert!(graph.nodes.keys().any(|known| known.as_str() == urn), "there is no {urn}");
        Ask { replace: vec![UrnPattern::new(&urn)], ..Ask::up(&graph) }
    };
    for which in PLANNED {
        let mut world = standing.fork();
        let run = world.run(&ask(which));
        assert!(run.succeeded(), "{which}: {}", run.why());
        let plan = run.plan.expect("it was planned");
        let replaced =
            |step: &finsight_engine::plan::Step| step.op == Op::Replace && step.urn.as_str().ends_with(which);
        assert!(plan.steps.iter().any(replaced), "{which} is not replaced");
    }
    for (which, holder) in REFUSED {
        let errors = standing.fork().preview(&ask(which)).expect_err(which);
        let said = codes(&errors);
        assert!(said.iter().any(|error| error.contains(holder)), "{which}: {said:?}");
    }
}

/// The recorders of two regions have one name, and each region's is its own.
#[test]
fn what_goes_in_one_region_is_not_named_in_another() {
    let config = parse("prod.json", built_in("prod").expect("shipped")).unwrap_or_else(|e| panic!("{e}"));
    let graph = finsight::finsight("prod", &config, &Artifacts::default()).expect("prod is sound");
    let mut world = world(&graph);
    let edge = UrnPattern::new("prod/security/aws:config:ConfigurationRecorder/edge");
    let selection = Selection { target: vec![edge], target_dependents: true, ..Selection::default() };
    let run = world.run(&Ask { selection, ..Ask::destroy("prod") });
    assert!(run.succeeded(), "{}", run.why());
}
