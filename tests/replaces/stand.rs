//! Stacks as they stand, each kept so that every case begins with the same.

use std::path::{Path, PathBuf};

use finsight::artifacts::Artifacts;
use finsight_engine::graph::Graph;
use finsight_engine::state::State;
use finsight_local::Status;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::fixture::{Fixture, REGION};
use crate::world::{End, World};

/// A stack that stands: its program, its state, its cloud.
pub struct Stand {
    pub name: String,
    pub graph: Graph,
    /// What the cloud counts.
    pub status: Status,
    /// What it knows.
    pub snapshot: Json,
    pub state: State,
    cloud: TempDir,
    artifacts: PathBuf,
    _packed: Option<TempDir>,
}

impl Stand {
    /// A stack of FinSight as it is shipped, but that it may be taken down.
    pub async fn of_stack(stack: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../config");
        let text = std::fs::read_to_string(folder.join(format!("{stack}.json"))).expect("the shipped config");
        let mut config: Json = serde_json::from_str(&text).expect("JSON");
        config["database"]["protection"] = false.into();
        let config = finsight::config::parse(&format!("{stack}.json"), &config.to_string())
            .unwrap_or_else(|error| panic!("{error}"));
        let packed = tempfile::tempdir().expect("a folder");
        let artifacts = Artifacts::pack(&config, &folder, packed.path()).expect("the code is packed");
        let graph = finsight::finsight(stack, &config, &artifacts).expect("the program declares");
        let path = packed.path().to_owned();
        Self::build(stack, graph, path, Some(packed)).await
    }

    /// The fixture of a type: what must be around it, and the resource with its base.
    pub async fn of_fixture(type_name: &str) -> Self {
        let artifacts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/handlers/artifacts");
        Self::build(type_name, Fixture::of(type_name).graph(&[]), artifacts, None).await
    }

    async fn build(name: &str, graph: Graph, artifacts: PathBuf, packed: Option<TempDir>) -> Self {
        let cloud = tempfile::tempdir().expect("a folder");
        let state = State::empty(&graph.stack);
        let region = if graph.region.is_empty() { REGION } else { &graph.region };
        let mut world = World::open(cloud.path(), &artifacts, region, state).await;
        let checked = world.checked(&graph).unwrap_or_else(|why| panic!("{name}: {why}"));
        let plan = world.plan(&checked, &[]).await.unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        match world.execute(plan).await {
            End::Over(outcome) => assert!(outcome.succeeded(), "{name}: {:?}", outcome.errors),
            End::Hung(why) => panic!("{name}: {why}"),
        }
        let again = world.plan(&checked, &[]).await.unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        assert!(!again.has_changes(), "{name} stands");
        let status = world.cloud.status().await;
        let snapshot = world.cloud.snapshot().expect("the account is written as JSON");
        let state = world.state.clone();
        Self { name: name.to_owned(), graph, status, snapshot, state, cloud, artifacts, _packed: packed }
    }

    /// A world of its own in which it stands; the directory goes with the guard.
    pub async fn open(&self) -> (World, TempDir) {
        let dir = tempfile::tempdir().expect("a folder");
        copy(self.cloud.path(), dir.path());
        let world = World::open(dir.path(), &self.artifacts, &self.graph.region, self.state.clone()).await;
        (world, dir)
    }
}

/// Copies the files of a directory.
fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a directory").flatten() {
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a file is copied");
    }
}
