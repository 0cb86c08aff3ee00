//! One life of a small stack on an embedded AWS of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use finsight_aws::{AwsCloud, Session};
use finsight_driver::cloud::Cloud as _;
use finsight_driver::run::{refresh, run};
use finsight_driver::store::{Nowhere, Store};
use finsight_engine::context::Place;
use finsight_engine::contract::{Call, Failure, FailureClass, Reply, Request};
use finsight_engine::exec::{Machine, Outcome, Pace, Report, Settings};
use finsight_engine::graph::Graph;
use finsight_engine::plan::{Confirmed, Observed, Plan, PlanError, PlanInput, Purpose, Selection};
use finsight_engine::refresh::Refresh;
use finsight_engine::schema::Registry;
use finsight_engine::state::{Row, State};
use finsight_engine::urn::UrnPattern;
use finsight_local::LocalCloud;
use tokio::sync::watch;

use crate::fixture::{REGION, urn};

/// Quick polls, short doubts: the embedded AWS is consistent.
const PACE: Pace = Pace { poll_permille: 5, lag_permille: 5 };

pub struct Life {
    pub cloud: LocalCloud,
    pub aws: Arc<AwsCloud>,
    pub session: Session,
    pub state: State,
    /// What `--replace` names.
    pub replace: Vec<UrnPattern>,
    /// Whether what stands already and what holds what is to go is asked for before a plan, as commands do.
    pub careful: bool,
    /// What its steps have waited for, in their words.
    pub said: Vec<String>,
    pace: Pace,
    registry: Arc<Registry>,
    place: Place,
    runs: u64,
    _fits: Fits,
}

/// Every request of a life fits AWS's model of it.
struct Fits(LocalCloud);

impl Drop for Fits {
    fn drop(&mut self) {
        let refused = self.0.judged().refused;
        assert!(refused.is_empty() || std::thread::panicking(), "AWS would refuse: {refused:#?}");
    }
}

impl Life {
    pub async fn new() -> Self {
        Self::with(PACE, |session| session).await
    }

    /// One that takes AWS's own time, for a runtime whose clock is paused.
    pub async fn unhurried() -> Self {
        Self::with(Pace::AWS, Session::draining).await
    }

    async fn with(pace: Pace, how: impl FnOnce(Session) -> Session) -> Self {
        let cloud = LocalCloud::in_memory();
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .retry_config(RetryConfig::disabled())
            .http_client(cloud.http_client())
            .credentials_provider(LocalCloud::credentials())
            .endpoint_url("http://local.invalid")
            .load()
            .await;
        let session = Session::open(sdk).await.expect("the embedded AWS says who we are");
        let artifacts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/handlers/artifacts");
        let session = how(session.with_artifacts(artifacts));
        let place = Place {
            account: Some(session.account().id.clone()),
            partition: Some("aws".to_owned()),
            region: REGION.to_owned(),
        };
        Self {
            aws: Arc::new(AwsCloud::unlimited(session.clone())),
            session,
            state: State::empty("test"),
            replace: Vec::new(),
            careful: false,
            said: Vec::new(),
            pace,
            registry: Arc::new(crate::registry()),
            place,
            runs: 0,
            _fits: Fits(cloud.clone()),
            cloud,
        }
    }

    async fn observe(&self, graph: Option<&Graph>) -> Observed {
        let all = Selection::default().select(None, &self.state).expect("all is selected");
        let mut machine = Refresh::new(&self.state, &all, Arc::clone(&self.registry), self.pace);
        if let Some(graph) = graph {
            machine = machine.toward(graph);
        }
        refresh(machine, self.aws.clone()).await
    }

    /// The plan of an `up` that reads first.
    pub async fn plan(&mut self, graph: &Graph) -> Plan {
        self.try_plan(graph).await.unwrap_or_else(|errors| panic!("no plan: {errors:?}"))
    }

    /// The same, where there may be none.
    pub async fn try_plan(&mut self, graph: &Graph) -> Result<Plan, Vec<PlanError>> {
        let mut observed = self.observe(Some(graph)).await;
        self.runs += 1;
        let entropy = format!("run {}", self.runs);
        let checked = graph.clone().checked(&self.registry).expect("a fixture fits its type");
        let confirmed = self.confirmed();
        let draft = |observed: &Observed| {
            let input = PlanInput {
                graph: &checked,
                purpose: Purpose::Up,
                state: &self.state,
                serial: self.state.serial,
                registry: &self.registry,
                observed: Some(observed),
                selection: &Selection::default(),
                replace: &self.replace,
                confirmed: &confirmed,
                sets: &std::collections::BTreeMap::new(),
                place: &self.place,
                entropy: &entropy,
            };
            finsight_engine::plan::draft(&input)
        };
        if self.careful {
            let (plan, _) = draft(&observed)?;
            let questions = finsight_engine::plan::questions(&plan, &self.state, &self.registry);
            let registry = Arc::clone(&self.registry);
            let now = finsight_driver::clock::now();
            let machine = Refresh::asking(questions, &self.state, now, registry, self.pace);
            let answers = refresh(machine, self.aws.clone()).await;
            observed = observed.with(answers);
        }
        let (plan, refusals) = draft(&observed)?;
        if refusals.is_empty() { Ok(plan) } else { Err(refusals) }
    }

    /// What drift says of all that is on record; empty where nothing has drifted.
    pub async fn drift(&self) -> String {
        let observed = self.observe(None).await;
        let found = finsight_engine::refresh::drift(&self.registry, &self.state, &observed);
        found.iter().map(|one| crate::attached::words(&one.kind)).collect::<Vec<_>>().join("; ")
    }

    /// Whatever holds data may be replaced here.
    fn confirmed(&self) -> Confirmed {
        let all = || self.state.all_rows().map(|row| row.id.clone()).collect();
        Confirmed { replace: all(), delete: all(), unpin: all(), ..Confirmed::default() }
    }

    fn settings(&self) -> Settings {
        Settings {
            parallel: 0,
            continue_on_error: false,
            pace: self.pace,
            network_patience: Settings::NETWORK_PATIENCE,
            command: "test".to_owned(),
            who: "test".to_owned(),
        }
    }

    /// Settles what is open, reads, plans, does.
    pub async fn up(&mut self, graph: &Graph) -> Outcome {
        self.settle().await;
        let plan = self.plan(graph).await;
        self.execute(plan).await
    }

    pub async fn settle(&mut self) {
        if !self.state.intents.is_empty() {
            let machine = Machine::recovery(
                self.state.clone(),
                Arc::clone(&self.registry),
                self.place.clone(),
                self.settings(),
            );
            self.drive(machine).await;
        }
    }

    pub async fn execute(&mut self, plan: Plan) -> Outcome {
        let machine = Machine::new(
            plan,
            self.state.clone(),
            Arc::clone(&self.registry),
            self.place.clone(),
            self.settings(),
        )
        .expect("the plan is of this state");
        self.drive(machine).await
    }

    async fn drive(&mut self, machine: Machine) -> Outcome {
        let (_keep, interrupt) = watch::channel(false);
        let store: Box<dyn Store> = Box::new(Nowhere);
        let mut said = Vec::new();
        let hear = |report: Report| {
            if let Report::StepProgress { message, .. } = report {
                said.push(message);
            }
        };
        let (machine, _, outcome) = run(machine, self.aws.clone(), store, interrupt, hear).await;
        self.said.append(&mut said);
        self.state = machine.state().clone();
        outcome
    }

    /// Where AWS takes something only after hours, another `up` after these.
    pub async fn or_later(&mut self, outcome: Outcome, graph: &Graph) -> Outcome {
        let later = |failure: &Failure| failure.class == FailureClass::Later;
        if !outcome.errors.iter().any(|(_, trouble)| trouble.failure.as_ref().is_some_and(later)) {
            return outcome;
        }
        // Six hours, by the clock of the embedded AWS.
        tokio::time::sleep(Duration::from_millis(300)).await;
        self.up(graph).await
    }

    /// `up` that must succeed, after which another has nothing to do.
    pub async fn reach(&mut self, graph: &Graph, what: &str) {
        let outcome = self.up(graph).await;
        let outcome = self.or_later(outcome, graph).await;
        assert!(outcome.succeeded(), "{what}: {:?}", outcome.errors);
        let again = self.plan(graph).await;
        assert!(!again.has_changes(), "{what}: a second run would change {}", shown(&again));
    }

    /// Takes everything down.
    pub async fn destroy(&mut self, what: &str) {
        let outcome = self.up(&Graph::new("test", REGION)).await;
        assert!(outcome.succeeded(), "{what}: {:?}", outcome.errors);
        assert!(self.state.rows.is_empty() && self.state.deposed.is_empty(), "{what}: rows are left");
    }

    pub fn subject(&self, type_name: &str) -> Row {
        self.state.rows.get(&urn(type_name, "subject")).cloned().expect("the subject is on record")
    }

    pub async fn call(&self, row: &Row, call: Call) -> Reply {
        let request = Request { type_name: row.urn.type_name().to_owned(), region: row.region.clone(), call };
        self.aws.call(request).await
    }
}

pub fn shown(plan: &Plan) -> String {
    plan.steps
        .iter()
        .filter(|step| step.op != finsight_engine::plan::Op::Same)
        .map(|step| format!("{} {} ({}): {:?}", step.op.word(), step.urn, step.reason, step.diff))
        .collect::<Vec<_>>()
        .join("; ")
}
