//! Prod's database with what it stands on, brought up once and copied for each test.

use std::path::Path;
use std::sync::OnceLock;

use aws_sdk_rds::types::DbInstance;
use finsight_engine::contract::OWNER_TAG;
use tempfile::TempDir;

use super::site::REGION;
use super::subject::copy;
use super::{Run, Served, Site};

/// The components that make it up.
const COMPONENTS: [&str; 4] = ["--component", "network", "security", "database"];
/// The database's identifier.
pub const ID: &str = "finsight-db";

/// A copy of its own.
pub struct Part {
    pub site: Site,
    pub served: Served,
    pub rds: aws_sdk_rds::Client,
    kept: TempDir,
}

impl Part {
    pub fn new() -> Self {
        static STANDING: OnceLock<TempDir> = OnceLock::new();
        let standing = STANDING.get_or_init(|| {
            let standing = tempfile::tempdir().expect("a temporary directory");
            let served = Served::open(&standing.path().join("cloud"));
            let site = Site::at("prod", &served.url);
            site.run(&[&["up", "--yes"], &COMPONENTS[..]].concat()).ok();
            copy(&site.path(".finsight"), &standing.path().join("state"));
            standing
        });
        let kept = tempfile::tempdir().expect("a temporary directory");
        Self::of(standing.path(), kept)
    }

    /// What stands now, once more.
    pub fn again(&self) -> Self {
        let both = tempfile::tempdir().expect("a temporary directory");
        copy(self.kept.path(), &both.path().join("cloud"));
        copy(&self.site.path(".finsight"), &both.path().join("state"));
        let kept = tempfile::tempdir().expect("a temporary directory");
        Self::of(both.path(), kept)
    }

    fn of(from: &Path, kept: TempDir) -> Self {
        copy(&from.join("cloud"), kept.path());
        let served = Served::open(kept.path());
        let site = Site::at("prod", &served.url);
        copy(&from.join("state"), &site.path(".finsight"));
        let rds = aws_sdk_rds::Client::new(&served.sdk(REGION));
        Self { site, served, rds, kept }
    }

    /// `up` of the part.
    pub fn up(&self) -> Run {
        self.site.run(&[&["up", "--yes"], &COMPONENTS[..]].concat())
    }

    /// Brought to its end by one `up`, after which nothing differs.
    #[track_caller]
    pub fn settles(&self) {
        self.up().ok();
        self.site.run(&["drift"]).ok();
        self.up().ok().says(&["Nothing to change"]);
    }

    /// The folder of its cloud.
    pub fn cloud(&self) -> &Path {
        self.kept.path()
    }

    /// All instances.
    pub fn instances(&self) -> Vec<DbInstance> {
        let found = self.served.block(self.rds.describe_db_instances().send());
        found.expect("the instances").db_instances().to_vec()
    }

    /// The one of an identifier.
    #[track_caller]
    pub fn instance(&self, id: &str) -> DbInstance {
        let all = self.instances();
        let found = all.iter().find(|one| one.db_instance_identifier() == Some(id));
        found.unwrap_or_else(|| panic!("no {id} among {:?}", names(&all))).clone()
    }

    /// Changing calls since call `from`, by operation.
    pub fn changes(&self, from: u64) -> Vec<String> {
        let calls = self.served.calls(from).into_iter().filter(|call| call.mutating);
        calls.map(|call| call.operation).collect()
    }
}

/// The identifiers of instances.
pub fn names(all: &[DbInstance]) -> Vec<&str> {
    all.iter().filter_map(|one| one.db_instance_identifier()).collect()
}

/// The resource id: which incarnation it is.
pub fn born(of: &DbInstance) -> String {
    of.dbi_resource_id().unwrap_or_default().to_owned()
}

/// The owner's tag of an instance.
pub fn owner(of: &DbInstance) -> Option<&str> {
    of.tag_list().iter().find(|tag| tag.key() == Some(OWNER_TAG)).and_then(|tag| tag.value())
}
