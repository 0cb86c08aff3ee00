//! A stack in an embedded AWS of its own: plans and runs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use finsight_aws::{AwsCloud, Session};
use finsight_driver::clock::now;
use finsight_driver::run::{refresh, run};
use finsight_driver::store::{Nowhere, Store};
use finsight_engine::context::Place;
use finsight_engine::exec::{Machine, Outcome, Pace, Settings};
use finsight_engine::graph::{CheckedGraph, Graph};
use finsight_engine::plan::{
    Confirmed, Observed, Plan, PlanError, PlanInput, Purpose, Selection, draft, questions,
};
use finsight_engine::refresh::Refresh;
use finsight_engine::schema::Registry;
use finsight_engine::state::State;
use finsight_engine::urn::UrnPattern;
use finsight_local::{LocalClock, LocalCloud};
use tokio::sync::watch;

use crate::bounds::Bounds;

/// Quick polls, short doubts: the embedded AWS is consistent.
const PACE: Pace = Pace { poll_permille: 5, lag_permille: 5 };

/// What a run came to.
pub enum End {
    Over(Outcome),
    /// It was given up; why.
    Hung(String),
}

/// A stack that lives.
pub struct World {
    pub cloud: LocalCloud,
    pub state: State,
    pub registry: Arc<Registry>,
    aws: Arc<AwsCloud>,
    place: Place,
    runs: u64,
}

impl World {
    /// The account that is kept in a directory, and the state that belongs to it.
    pub async fn open(dir: &Path, artifacts: &Path, region: &str, state: State) -> Self {
        let cloud = LocalCloud::open(dir).expect("a cloud").with_clock(LocalClock::real());
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled())
            .http_client(cloud.http_client())
            .endpoint_url("http://local.invalid")
            .credentials_provider(LocalCloud::credentials())
            .load()
            .await;
        let session = Session::open(sdk).await.expect("the embedded AWS says who we are");
        let session = session.with_artifacts(artifacts.to_owned());
        let place = Place {
            account: Some(session.account().id.clone()),
            partition: Some("aws".to_owned()),
            region: region.to_owned(),
        };
        Self {
            cloud,
            state,
            registry: Arc::new(finsight_specs::registry()),
            aws: Arc::new(AwsCloud::unlimited(session)),
            place,
            runs: 0,
        }
    }

    async fn observe(&self, graph: &Graph) -> Observed {
        let all = Selection::default().select(None, &self.state).expect("all is selected");
        let machine = Refresh::new(&self.state, &all, Arc::clone(&self.registry), PACE).toward(graph);
        refresh(machine, self.aws.clone()).await
    }

    /// A graph that is checked, or what is wrong with it.
    pub fn checked(&self, graph: &Graph) -> Result<CheckedGraph, String> {
        graph
            .clone()
            .checked(&self.registry)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }

    /// The plan of an `up` that reads first and looks around, everything confirmed that it may ask for.
    pub async fn plan(
        &mut self,
        graph: &CheckedGraph,
        replace: &[UrnPattern],
    ) -> Result<Plan, Vec<PlanError>> {
        let observed = self.observe(graph).await;
        self.runs += 1;
        let (plan, refusals) = self.draft(graph, replace, &observed)?;
        let questions = questions(&plan, &self.state, &self.registry);
        let looking = Refresh::asking(questions, &self.state, now(), Arc::clone(&self.registry), PACE);
        let answers = refresh(looking, self.aws.clone()).await;
        let (plan, refusals) = if refusals.is_empty() {
            self.draft(graph, replace, &observed.with(answers))?
        } else {
            (plan, refusals)
        };
        if refusals.is_empty() { Ok(plan) } else { Err(refusals) }
    }

    fn draft(
        &self,
        graph: &CheckedGraph,
        replace: &[UrnPattern],
        observed: &Observed,
    ) -> Result<(Plan, Vec<PlanError>), Vec<PlanError>> {
        let confirmed = Confirmed::all(self.state.all_rows().map(|row| row.id.clone()));
        draft(&PlanInput {
            graph,
            purpose: Purpose::Up,
            state: &self.state,
            serial: self.state.serial,
            registry: &self.registry,
            observed: Some(observed),
            selection: &Selection::default(),
            replace,
            confirmed: &confirmed,
            sets: &std::collections::BTreeMap::new(),
            place: &self.place,
            entropy: &format!("run {} of serial {}", self.runs, self.state.serial),
        })
    }

    /// Carries a plan out, within bounds.
    pub async fn execute(&mut self, plan: Plan) -> End {
        let bounds = Bounds::of(&plan, &self.cloud);
        let settings = Settings {
            parallel: 0,
            continue_on_error: false,
            pace: PACE,
            network_patience: Settings::NETWORK_PATIENCE,
            command: "test".to_owned(),
            who: "test".to_owned(),
        };
        let machine =
            Machine::new(plan, self.state.clone(), Arc::clone(&self.registry), self.place.clone(), settings)
                .expect("the plan is of this state");
        let (_keep, interrupt) = watch::channel(false);
        let store: Box<dyn Store> = Box::new(Nowhere);
        let heard = bounds.clone();
        let running = run(machine, self.aws.clone(), store, interrupt, move |report| heard.hear(report));
        let mut running = std::pin::pin!(running);
        loop {
            tokio::select! {
                (machine, _, outcome) = running.as_mut() => {
                    self.state = machine.state().clone();
                    return End::Over(outcome);
                }
                () = tokio::time::sleep(Duration::from_millis(50)) => {
                    if let Some(why) = bounds.exceeded() {
                        return End::Hung(why);
                    }
                }
            }
        }
    }
}
