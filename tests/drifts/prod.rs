//! The whole prod stack in an embedded AWS of its own, and someone else who has access to the same account.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use finsight::artifacts::Artifacts;
use finsight_aws::{AwsCloud, Session};
use finsight_driver::cloud::Cloud as _;
use finsight_driver::run::{refresh, run};
use finsight_driver::store::{Nowhere, Store};
use finsight_engine::context::Place;
use finsight_engine::contract::{Call, Live, Reading, Reply, Request};
use finsight_engine::exec::{Machine, Pace, Settings};
use finsight_engine::graph::CheckedGraph;
use finsight_engine::plan::{Confirmed, Observed, Plan, PlanInput, Purpose, Selection, plan};
use finsight_engine::refresh::{Drift, Refresh, drift};
use finsight_engine::schema::{Registry, TypeSpec};
use finsight_engine::state::{Row, State};
use finsight_engine::urn::{Urn, UrnPattern};
use finsight_engine::value::Map;
use finsight_local::LocalCloud;
use tempfile::TempDir;
use tokio::sync::watch;

/// Quick polls, short doubts: the embedded AWS is consistent.
const PACE: Pace = Pace { poll_permille: 5, lag_permille: 5 };

pub struct Prod {
    pub state: State,
    pub registry: Arc<Registry>,
    graph: CheckedGraph,
    place: Place,
    ours: Arc<AwsCloud>,
    theirs: AwsCloud,
    runs: u64,
    _artifacts: TempDir,
}

async fn session(cloud: &LocalCloud, region: &str, artifacts: &TempDir) -> Session {
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::disabled())
        .http_client(cloud.http_client())
        .credentials_provider(LocalCloud::credentials())
        .load()
        .await;
    let session = Session::open(sdk).await.expect("the embedded AWS says who we are");
    session.with_artifacts(artifacts.path().to_owned())
}

impl Prod {
    /// Brings the stack up.
    pub async fn new() -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../config");
        let config = finsight::config::load(&folder, "prod").expect("the shipped config");
        let artifacts = tempfile::tempdir().expect("a folder");
        let packed = Artifacts::pack(&config, &folder, artifacts.path()).expect("the code is packed");
        let graph = finsight::finsight("prod", &config, &packed).expect("the program declares");
        let cloud = LocalCloud::in_memory();
        let ours = session(&cloud, &config.region, &artifacts).await;
        let theirs = session(&cloud, &config.region, &artifacts).await;
        let place = Place {
            account: Some(ours.account().id.clone()),
            partition: Some("aws".to_owned()),
            region: config.region.clone(),
        };
        let mut prod = Self {
            state: State::empty("prod"),
            registry: Arc::new(finsight_specs::registry()),
            graph: graph.checked(&finsight_specs::registry()).expect("its types are known"),
            place,
            ours: Arc::new(AwsCloud::unlimited(ours)),
            theirs: AwsCloud::unlimited(theirs),
            runs: 0,
            _artifacts: artifacts,
        };
        prod.up(&Selection::default()).await.expect("the stack comes up");
        prod
    }

    pub fn spec(&self, row: &Row) -> TypeSpec {
        self.registry.get(row.urn.type_name()).expect("a type of ours").clone()
    }

    /// The rows of a type.
    pub fn rows<'a>(&'a self, type_name: &'a str) -> impl Iterator<Item = &'a Row> {
        self.state.rows.values().filter(move |row| row.urn.type_name() == type_name)
    }

    pub fn urns(&self, type_name: &str) -> BTreeSet<Urn> {
        self.rows(type_name).map(|row| row.urn.clone()).collect()
    }

    pub fn all(&self) -> BTreeSet<Urn> {
        self.state.rows.keys().cloned().collect()
    }

    async fn observe(&self, urns: &BTreeSet<Urn>) -> Observed {
        let machine = Refresh::new(&self.state, urns, Arc::clone(&self.registry), PACE);
        refresh(machine, self.ours.clone()).await
    }

    /// What `drift` finds among these.
    pub async fn drift(&self, urns: &BTreeSet<Urn>) -> Vec<Drift> {
        drift(&self.registry, &self.state, &self.observe(urns).await)
    }

    async fn plan(&mut self, selection: &Selection) -> Result<Plan, String> {
        let chosen = selection.select(None, &self.state).map_err(|error| format!("{error:?}"))?;
        let observed = self.observe(&chosen).await;
        self.runs += 1;
        let confirmed = Confirmed::all(self.state.all_rows().map(|row| row.id.clone()));
        let entropy = format!("run {}", self.runs);
        plan(&PlanInput {
            graph: &self.graph,
            purpose: Purpose::Up,
            state: &self.state,
            serial: self.state.serial,
            registry: &self.registry,
            observed: Some(&observed),
            selection,
            replace: &[],
            confirmed: &confirmed,
            sets: &std::collections::BTreeMap::new(),
            place: &self.place,
            entropy: &entropy,
        })
        .map_err(|errors| format!("no plan: {errors:?}"))
    }

    /// Reads, plans, does.
    pub async fn up(&mut self, selection: &Selection) -> Result<(), String> {
        let plan = self.plan(selection).await?;
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
                .map_err(|error| format!("{error:?}"))?;
        let (_keep, interrupt) = watch::channel(false);
        let store: Box<dyn Store> = Box::new(Nowhere);
        let (machine, _, outcome) = run(machine, self.ours.clone(), store, interrupt, |_| ()).await;
        self.state = machine.state().clone();
        if outcome.succeeded() { Ok(()) } else { Err(format!("{:?}", outcome.errors)) }
    }

    /// What `drift --fix` does about one resource; with what depends on it where it had to be made anew.
    pub async fn fix(&mut self, urn: &Urn, dependents: bool) -> Result<(), String> {
        let selection = Selection {
            target: vec![UrnPattern::new(urn.as_str())],
            target_dependents: dependents,
            ..Selection::default()
        };
        self.up(&selection).await
    }

    /// A call of someone else, by a session of their own.
    pub async fn outsider(&self, row: &Row, call: Call) -> Reply {
        let request = Request { type_name: row.urn.type_name().to_owned(), region: row.region.clone(), call };
        self.theirs.call(request).await
    }

    /// How it stands, as someone else sees it; nothing where it is gone.
    pub async fn look(&self, row: &Row) -> Result<Option<Live>, String> {
        match self.outsider(row, Call::Read { targets: vec![row.target()] }).await {
            Reply::Read(mut readings) => match readings.pop() {
                Some(Reading::Found(live)) => Ok(Some(*live)),
                Some(Reading::Absent) => Ok(None),
                other => Err(format!("{other:?}")),
            },
            other => Err(format!("{other:?}")),
        }
    }
}

/// The inputs on record with the defaults of the type: what `drift` compares with.
pub fn recorded(spec: &TypeSpec, row: &Row) -> Map {
    let mut inputs = row.inputs.clone();
    spec.fill_defaults(&mut inputs);
    inputs
}
