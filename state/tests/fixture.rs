//! A store with several updates, and what is done to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use finsight_engine::contract::OwnerId;
use finsight_engine::program::Options;
use finsight_engine::secret::Secret;
use finsight_engine::state::{Edge, Entry, Finish, Intent, Operation, Removal, Row, State, Status};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use finsight_state::{Holder, LocalStore, LockOptions};
use tempfile::TempDir;

pub const STACK: &str = "dev";
pub const SECRET: &str = "correct-horse-battery-staple";

pub fn holder() -> Holder {
    Holder::now("ana@laptop", "up --yes")
}

pub fn urn(name: &str) -> Urn {
    Urn::new(STACK, "network", "aws:ec2:Subnet", name).unwrap()
}

pub fn owner(name: &str) -> OwnerId {
    OwnerId(format!("o{name}"))
}

fn inputs(name: &str, secret: bool) -> Map {
    let mut map = Map::from([
        ("name".to_owned(), Value::text(name)),
        ("ratio".to_owned(), Value::Number(0.1 + 0.2)),
        ("tags".to_owned(), Value::Map(Map::from([("$odd".to_owned(), Value::Int(7))]))),
    ]);
    if secret {
        map.insert("password".to_owned(), Value::Secret(Secret::new(SECRET)));
    }
    map
}

pub fn row(name: &str, secret: bool) -> Row {
    Row {
        urn: urn(name),
        owner: owner(name),
        id: format!("subnet-{name}"),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        inputs: inputs(name, secret),
        outputs: Map::from([("arn".to_owned(), Value::text(format!("arn:{name}")))]),
        edges: vec![Edge { urn: urn("vpc"), owner: owner("vpc"), via: "vpc_id".to_owned() }],
        status: Status::Ready,
        options: Options::default(),
        configured: true,
        locked: false,
        interim: None,
        former: Vec::new(),
    }
}

pub fn intent(name: &str, operation: Operation) -> Entry {
    Entry::Intended {
        intent: Intent {
            owner: owner(name),
            urn: urn(name),
            operation,
            account: "123456789012".to_owned(),
            region: "eu-west-1".to_owned(),
            inputs: inputs(name, false),
            edges: Vec::new(),
            options: Options::default(),
        },
    }
}

pub fn started() -> Entry {
    Entry::UpdateStarted {
        command: "up".to_owned(),
        who: "ana@laptop".to_owned(),
        at: "2025-01-02T03:04:05Z".to_owned(),
    }
}

pub fn finished() -> Entry {
    Entry::UpdateFinished {
        record: Finish {
            result: "succeeded".to_owned(),
            at: "2025-01-02T03:05:05Z".to_owned(),
            seconds: 60.123_456_789,
            summary: BTreeMap::from([("create".to_owned(), 2)]),
            errors: Vec::new(),
        },
    }
}

pub fn created(name: &str, secret: bool) -> Vec<Entry> {
    vec![Entry::RowPut { row: Box::new(row(name, secret)) }, Entry::Settled { owner: owner(name) }]
}

pub fn create(store: &mut LocalStore, name: &str, secret: bool) {
    store.append(vec![intent(name, Operation::Create)]).unwrap();
    store.append(created(name, secret)).unwrap();
}

pub fn lock(base: &Path) -> LocalStore {
    LocalStore::lock(base, STACK, &holder(), None).unwrap()
}

pub fn small_segments(base: &Path) -> LocalStore {
    let options = LockOptions { segment_size: 1500, ..LockOptions::default() };
    LocalStore::lock_with(base, STACK, &holder(), None, options).unwrap()
}

pub fn read(base: &Path) -> State {
    LocalStore::read(base, STACK, None).unwrap().state
}

/// Two finished updates and one that was killed with an intent open.
pub struct Built {
    pub dir: TempDir,
    pub state: State,
}

impl Built {
    pub fn base(&self) -> &Path {
        self.dir.path()
    }

    pub fn root(&self) -> PathBuf {
        self.dir.path().join(STACK)
    }
}

pub fn build(secret: bool) -> Built {
    let dir = tempfile::tempdir().unwrap();
    let mut store = small_segments(dir.path());
    store.append(vec![started()]).unwrap();
    create(&mut store, "vpc", false);
    create(&mut store, "private-a", secret);
    let url = Map::from([("url".to_owned(), Value::text("https://example.com"))]);
    store.append(vec![Entry::Outputs { outputs: url }, finished()]).unwrap();
    assert!(store.close().is_empty());

    let mut store = small_segments(dir.path());
    store.append(vec![started()]).unwrap();
    store.append_group(vec![vec![intent("b", Operation::Create)], created("b", secret)]).unwrap();
    store.append(vec![intent("private-a", Operation::Delete)]).unwrap();
    let gone = Entry::RowRemoved { owner: owner("private-a"), why: Removal::Deleted };
    store.append(vec![gone, Entry::Settled { owner: owner("private-a") }]).unwrap();
    store.append(vec![finished()]).unwrap();
    assert!(store.close().is_empty());

    let mut store = small_segments(dir.path());
    store.append(vec![started()]).unwrap();
    create(&mut store, "c", secret);
    store.append(vec![Entry::Deposed { owner: owner("b"), options: None }]).unwrap();
    store.append(vec![intent("d", Operation::Create)]).unwrap();
    assert!(store.close().is_empty());
    let state = read(dir.path());
    Built { dir, state }
}

/// All files under a directory with their bytes.
pub fn bytes_of(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(next) = dirs.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                all.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// Writes files into an empty directory.
pub fn lay_out(dir: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    for (name, bytes) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

pub fn segments(root: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs::read_dir(root.join("log")).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}
