//! Versions that are published apart, the alias that moves from one to the next, and what still gets calls meanwhile.

use std::time::Duration;

use finsight_engine::graph::Graph;
use finsight_engine::plan::Op;
use finsight_local::LocalClock;
use finsight_specs::lambda::{Alias, Code, Function, ProvisionedConcurrencyConfig, Version};
use tokio::time::{Instant, sleep};

use crate::life::{Life, shown};
use crate::network::{CODE, VERSION, WISH, Wish, calls, ends_badly, function, lambda, program, trusted};
use crate::{paused, runtime};

const WARM: &str = "aws:lambda:ProvisionedConcurrencyConfig";
/// For how long AWS may still send calls to a version that no alias stands for any more.
const DRAIN: Duration = Duration::from_secs(300);

/// A function of this memory, a version of it that goes with the next unless it is retained, and the alias that stands
/// for it; `warm` environments of that.
fn released(memory: i64, retained: bool, warm: i64) -> Graph {
    program(|scope| {
        let role = scope.add("function", trusted("lambda.amazonaws.com", &["logs:PutLogEvents"]));
        let one = Function::new(&role.arn, "provided.al2023", "bootstrap", Code::artifact(CODE));
        let one = scope.add("one", one.function_name("one").memory_size(memory));
        let version = Version::new(&one, format!("memory {memory}")).retain_versions(retained);
        let version = scope.add("one", version);
        let live = scope.add("live", Alias::new(&one, "live", &version.version));
        if warm > 0 {
            scope.add("one", ProvisionedConcurrencyConfig::new(&one, &live.qualifier, warm));
        }
    })
}

fn count(calls: &[String], name: &str) -> usize {
    calls.iter().filter(|call| *call == name).count()
}

fn has_said(life: &Life, words: &str) -> bool {
    life.said.iter().any(|word| word.contains(words))
}

async fn versions(life: &Life) -> u64 {
    life.cloud.status().await.count(VERSION)
}

/// H4: weights that Lambda itself puts on an alias are waited for; where its version does not get warm, that is told
/// with the reason and put right.
#[test]
fn a_declared_alias_moves_along_with_its_provisioned_concurrency() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&released(128, true, 2), "made").await;
        let _slower = life.cloud.clone().with_clock(LocalClock::real().with_factor(2e-3));
        let from = life.cloud.calls().len();
        let graph = released(256, true, 2);
        life.reach(&graph, "moved").await;
        assert_eq!(count(&calls(&life, from), "UpdateAlias"), 1, "nobody takes the weights away");
        assert!(has_said(&life, "provisioned concurrency moves to version 2"), "{:?}", life.said);

        // Somebody moves it back, to a version that does not come up any more.
        ends_badly(&life, WARM, "one:live");
        let aws = lambda(&life).await;
        let call = aws.update_alias().function_name("one").name("live").function_version("1");
        call.send().await.unwrap();
        sleep(Duration::from_millis(500)).await;
        let plan = life.plan(&graph).await;
        let told = "version 1 does not get warm (it does not come up): others share the calls";
        assert!(shown(&plan).contains(told), "{}", shown(&plan));
        life.cloud.set_outcomes(Vec::new());
        life.reach(&graph, "put right").await;
        let alias = aws.get_alias().function_name("one").name("live").send().await.unwrap();
        assert_eq!((alias.function_version(), alias.routing_config()), (Some("2"), None));
        life.destroy("destroyed").await;
    });
}

/// H19: environments that did not get warm are asked for again; what stands is not taken away.
#[test]
fn environments_that_failed_are_asked_for_again_and_not_made_anew() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let graph = released(128, true, 2);
        life.reach(&graph, "made").await;
        let (warm, from) = (urn_of("one"), life.cloud.calls().len());
        let before = life.state.rows[&warm].owner.clone();
        ends_badly(&life, WARM, "one:live");
        let aws = lambda(&life).await;
        let call = aws.put_provisioned_concurrency_config().function_name("one").qualifier("live");
        call.provisioned_concurrent_executions(2).send().await.unwrap();
        life.cloud.set_outcomes(Vec::new());
        sleep(Duration::from_millis(100)).await;
        let plan = life.plan(&graph).await;
        let step = plan.step(&warm).expect("a step");
        assert_eq!(step.op, Op::Update, "{}", shown(&plan));
        assert!(shown(&plan).contains("FAILED: it does not come up"), "{}", shown(&plan));
        life.reach(&graph, "warm").await;
        assert_eq!(life.state.rows[&warm].owner, before);
        assert_eq!(count(&calls(&life, from), "DeleteProvisionedConcurrencyConfig"), 0);
        life.destroy("destroyed").await;
    });
}

/// H19: why they do not get warm is said from the beginning, and at the end.
#[test]
fn environments_that_never_get_warm_say_why() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        let graph = released(128, true, 2);
        ends_badly(&life, WARM, "one:live");
        let outcome = life.up(&graph).await;
        let told = format!("{:?}", outcome.errors);
        assert!(!outcome.succeeded() && told.contains("it does not come up"), "{told}");
        assert!(has_said(&life, "did not get warm (FAILED: it does not come up)"), "{:?}", life.said);
        let before = life.state.rows[&urn_of("one")].owner.clone();
        life.cloud.set_outcomes(Vec::new());
        life.reach(&graph, "once it comes up").await;
        assert_eq!(life.state.rows[&urn_of("one")].owner, before);
        life.destroy("destroyed").await;
    });
}

/// H16, H23: of old versions none is deleted while the newest is young, and those beyond the last few are with the next
/// publishing after that.
#[test]
fn old_versions_are_pruned_once_nothing_calls_them() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        let began = Instant::now();
        let wish = |memory| function(Wish { memory, network: false, ..WISH });
        for memory in 128..136 {
            let outcome = life.up(&wish(memory)).await;
            assert!(outcome.succeeded(), "{:?}", outcome.errors);
        }
        assert!(began.elapsed() < 8 * DRAIN, "{:?}", began.elapsed());
        assert_eq!(versions(&life).await, 8, "each is younger than that by far");
        sleep(DRAIN).await;
        life.reach(&wish(200), "after a while").await;
        assert_eq!(versions(&life).await, 6);
        life.destroy("destroyed").await;
    });
}

/// H16: a version whose alias has moved on waits for its end until nothing calls it any more.
#[test]
fn a_version_goes_once_nothing_calls_it() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        life.reach(&released(128, false, 0), "the first").await;
        let (began, from) = (Instant::now(), life.cloud.calls().len());
        life.reach(&released(256, false, 0), "the second").await;
        assert!(began.elapsed() >= DRAIN, "{:?}", began.elapsed());
        assert_eq!((versions(&life).await, count(&calls(&life, from), "DeleteFunction")), (1, 1));
        assert!(has_said(&life, "version 1 of one may still get calls for some minutes"), "{:?}", life.said);
        life.destroy("destroyed").await;
    });
}

/// H16: so do versions that are in a security group which goes.
#[test]
fn versions_leave_their_group_once_nothing_calls_them() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        life.reach(&function(WISH), "made").await;
        let (began, from) = (Instant::now(), life.cloud.calls().len());
        life.reach(&function(Wish { group: "two", ..WISH }), "another group").await;
        assert!(began.elapsed() >= DRAIN, "{:?}", began.elapsed());
        assert_eq!((versions(&life).await, count(&calls(&life, from), "DeleteFunction")), (1, 1));
        assert!(has_said(&life, "may still get calls for some minutes"), "{:?}", life.said);
        life.destroy("destroyed").await;
    });
}

fn urn_of(name: &str) -> finsight_engine::urn::Urn {
    finsight_engine::urn::Urn::new("test", "net", WARM, name).expect("a URN")
}
