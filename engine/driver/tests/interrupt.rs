//! Ctrl-C while a call is in flight that nobody answers, and while a step waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use finsight_driver::cloud::Cloud;
use finsight_driver::run::run;
use finsight_driver::store::Nowhere;
use finsight_engine::contract::{Failure, FailureClass, Reply, Request};
use finsight_engine::exec::{Machine, Outcome, Pace, Report};
use finsight_sim::cloud::{ACCOUNT, REGION};
use finsight_sim::kinds::{Program, registry};
use finsight_sim::{Ask, World};
use futures::future::BoxFuture;
use tokio::sync::watch;

/// A cloud that never answers, or throttles for ever.
struct Stubborn {
    answers: bool,
}

impl Cloud for Stubborn {
    fn call(&self, request: Request) -> BoxFuture<'_, Reply> {
        Box::pin(async move {
            if !self.answers {
                std::future::pending::<()>().await;
            }
            Reply::Failed(Failure {
                class: FailureClass::Throttled,
                code: "Throttling".to_owned(),
                message: "slowly".to_owned(),
                operation: request.call.name().to_owned(),
                request_id: None,
                retry_after: Some(3_600_000),
            })
        })
    }

    fn api_calls(&self) -> u64 {
        0
    }
}

fn machine() -> Machine {
    let mut program = Program::new("dev");
    program.add("sim:net:Parent", "main", &[("range", "10.0.0.0/16".into())]);
    let graph = program.graph();
    let mut world = World::new(registry(), 1);
    let plan = world.preview(&Ask::up(&graph)).expect("a plan");
    let place = finsight_engine::context::Place {
        account: Some(ACCOUNT.to_owned()),
        partition: Some("aws".to_owned()),
        region: REGION.to_owned(),
    };
    let settings = finsight_engine::exec::Settings {
        parallel: 0,
        continue_on_error: false,
        pace: Pace::AWS,
        network_patience: finsight_engine::exec::Settings::NETWORK_PATIENCE,
        command: "up".to_owned(),
        who: "a test".to_owned(),
    };
    Machine::new(plan, finsight_engine::state::State::empty("dev"), registry(), place, settings)
        .expect("a machine")
}

async fn interrupted(answers: bool) -> (Machine, Outcome, Vec<Report>, Duration) {
    let (press, interrupt) = watch::channel(false);
    let presser = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        press.send(true).expect("a listener");
        press
    });
    let began = Instant::now();
    let mut reports = Vec::new();
    let cloud = Arc::new(Stubborn { answers });
    let (machine, _, outcome) =
        run(machine(), cloud, Box::new(Nowhere), interrupt, |report| reports.push(report)).await;
    drop(presser);
    (machine, outcome, reports, began.elapsed())
}

/// G6: a wait of an hour ends within two seconds, and nothing is left open.
#[tokio::test]
async fn a_wait_ends_at_once() {
    let (machine, outcome, _, took) = interrupted(true).await;
    assert!(outcome.interrupted && outcome.errors.is_empty(), "{outcome:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(machine.state().intents.is_empty());
}

/// A call that nobody answers has ten seconds; then the run ends, says so, and its intent stays open.
#[tokio::test]
async fn a_call_without_an_answer_is_left_open() {
    let (machine, outcome, reports, took) = interrupted(false).await;
    assert!(outcome.interrupted && outcome.errors.is_empty(), "{outcome:?}");
    assert!(took > Duration::from_secs(9) && took < Duration::from_secs(13), "{took:?}");
    assert_eq!(machine.state().intents.len(), 1);
    let said = |part: &str| {
        reports
            .iter()
            .any(|report| matches!(report, Report::StepProgress { message, .. } if message.contains(part)))
    };
    assert!(said("is awaited") && said("was not answered"), "{reports:?}");
}
