//! Whatever is encrypted stays readable as long as it stands: random sequences of changes, operations of people, losses and
//! destroys with things kept, after each of which no key goes that something standing needs.
//!
//! `FINSIGHT_SEALED=500` takes that many sequences, `SEED=n` others.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use finsight_engine::graph::Graph;
use finsight_engine::plan::PlanError;
use finsight_local::LocalCloud;
use serde_json::{Value as Json, json};

use crate::fixture::{Fixture, REGION};
use crate::life::Life;
use crate::runtime;

/// Sequences, unless more are asked for, and how long each is.
const SEQUENCES: u64 = 20;
const STEPS: usize = 8;

/// Throws that are the same for a seed each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap_or_default()
    }

    fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }
}

/// What a program declares: which keys, and with which each thing is encrypted.
#[derive(Debug, Clone, Default)]
struct Wanted {
    keys: BTreeSet<&'static str>,
    things: BTreeMap<&'static str, &'static str>,
    /// Whether the delete of the database leaves a snapshot, and its backups.
    snapshot: bool,
    backups: bool,
}

const KEYS: [&str; 2] = ["a", "b"];
const THINGS: [&str; 3] = ["database", "secret", "group"];

impl Wanted {
    fn draw(dice: &mut Dice) -> Self {
        let mut wanted = Self { snapshot: !dice.one_in(3), backups: dice.one_in(2), ..Self::default() };
        for thing in THINGS {
            if !dice.one_in(3) {
                wanted.things.insert(thing, KEYS[dice.below(2)]);
            }
        }
        wanted.keys.extend(wanted.things.values());
        if dice.one_in(3) {
            wanted.keys.insert(KEYS[dice.below(2)]);
        }
        wanted
    }

    fn graph(&self) -> Graph {
        let arn = |key: &str| json!({"$output": format!("aws:kms:Key/{key}.arn")});
        let mut all = Vec::new();
        for key in &self.keys {
            let allow = |principal: Json| json!({"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"});
            let statements = [
                allow(json!({"AWS": "arn:aws:iam::123456789012:root"})),
                allow(json!({"Service": "logs.ap-northeast-1.amazonaws.com"})),
            ];
            let policy = json!({"Version": "2012-10-17", "Statement": statements});
            all.push(json!({"type": "aws:kms:Key", "name": key, "inputs": {"key_policy": policy}}));
        }
        for (thing, key) in &self.things {
            let (kind, inputs) = match *thing {
                "database" => (
                    "aws:rds:DBInstance",
                    json!({"db_instance_identifier": "main", "db_instance_class": "db.t3.micro", "engine": "postgres",
                        "engine_version": "15", "allocated_storage": 20, "master_username": "app",
                        "manage_master_user_password": true, "storage_encrypted": true, "kms_key_id": arn(key),
                        "backup_retention_period": 7, "skip_final_snapshot": !self.snapshot,
                        "delete_automated_backups": !self.backups}),
                ),
                "secret" => (
                    "aws:secretsmanager:Secret",
                    json!({"name": "words", "kms_key_id": arn(key), "generate": {}}),
                ),
                _ => ("aws:logs:LogGroup", json!({"log_group_name": "/ours", "kms_key_id": arn(key)})),
            };
            all.push(json!({"type": kind, "name": "it", "inputs": inputs}));
        }
        let fixture = json!({"around": all, "base": {}, "samples": {}});
        serde_json::from_value::<Fixture>(fixture).expect("a fixture").surroundings()
    }
}

/// What became of a sequence.
#[derive(Debug, Default)]
struct Tally {
    done: usize,
    refused: BTreeMap<String, usize>,
    failed: usize,
    stood: usize,
}

struct World {
    life: Life,
    sdk: SdkConfig,
    snapshots: usize,
    /// The keys that each log group has had since it was made: its events keep them.
    had: BTreeMap<(String, i64), BTreeSet<String>>,
}

impl World {
    async fn new() -> Self {
        let mut life = Life::new().await;
        life.careful = true;
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .retry_config(RetryConfig::disabled())
            .http_client(life.cloud.http_client())
            .credentials_provider(LocalCloud::credentials())
            .endpoint_url("http://local.invalid")
            .load()
            .await;
        Self { life, sdk, snapshots: 0, had: BTreeMap::new() }
    }

    /// `up`, or a `destroy` where nothing is wanted. Data may go; nobody says that anything may become unreadable.
    async fn up(&mut self, graph: &Graph, tally: &mut Tally) {
        self.life.settle().await;
        match self.life.try_plan(graph).await {
            Ok(plan) => {
                let outcome = self.life.execute(plan).await;
                if outcome.succeeded() { tally.done += 1 } else { tally.failed += 1 }
            }
            Err(errors) => {
                let code = errors.first().map(PlanError::code).unwrap_or_default();
                *tally.refused.entry(code.to_owned()).or_default() += 1;
            }
        }
    }

    /// Somebody does something by hand; what AWS refuses is no matter.
    async fn by_hand(&mut self, dice: &mut Dice) {
        let rds = aws_sdk_rds::Client::new(&self.sdk);
        let key = self.key(dice);
        self.snapshots += 1;
        let name = format!("by-hand-{}", self.snapshots);
        match dice.below(4) {
            0 => {
                let call = rds.create_db_snapshot().db_instance_identifier("main");
                let _ = call.db_snapshot_identifier(&name).send().await;
            }
            1 => {
                let call = rds.delete_db_instance().db_instance_identifier("main");
                let _ = call.final_db_snapshot_identifier(&name).delete_automated_backups(false).send().await;
            }
            2 => {
                let secrets = aws_sdk_secretsmanager::Client::new(&self.sdk);
                let call = secrets.create_secret().name(&name).set_kms_key_id(key).secret_string("theirs");
                let _ = call.send().await;
            }
            _ => {
                let logs = aws_sdk_cloudwatchlogs::Client::new(&self.sdk);
                let _ = logs
                    .create_log_group()
                    .log_group_name(format!("/{name}"))
                    .set_kms_key_id(key)
                    .send()
                    .await;
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }

    /// A key on record.
    fn key(&self, dice: &mut Dice) -> Option<String> {
        let keys: Vec<String> = self
            .life
            .state
            .rows
            .values()
            .filter(|row| row.urn.type_name() == "aws:kms:Key")
            .filter_map(|row| row.outputs.get("arn")?.as_text().map(str::to_owned))
            .collect();
        (!keys.is_empty()).then(|| keys[dice.below(keys.len())].clone())
    }

    /// All that is encrypted and stands, with its key.
    async fn encrypted(&mut self) -> Vec<(String, String)> {
        let rds = aws_sdk_rds::Client::new(&self.sdk);
        let mut all = Vec::new();
        let mut add = |what: String, key: Option<&str>| {
            all.extend(key.filter(|key| !key.contains("alias/aws/")).map(|key| (what, key.to_owned())));
        };
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        for one in rds.describe_db_instances().send().await.expect("instances").db_instances() {
            if one.db_instance_status() != Some("deleting") {
                add(format!("instance {}", text(one.db_instance_identifier())), one.kms_key_id());
            }
        }
        for one in rds.describe_db_snapshots().send().await.expect("snapshots").db_snapshots() {
            add(format!("snapshot {}", text(one.db_snapshot_identifier())), one.kms_key_id());
        }
        let backups = rds.describe_db_instance_automated_backups().send().await.expect("backups");
        for one in backups.db_instance_automated_backups() {
            if one.status() == Some("retained") {
                add(format!("backups of {}", text(one.db_instance_identifier())), one.kms_key_id());
            }
        }
        let secrets = aws_sdk_secretsmanager::Client::new(&self.sdk);
        for one in secrets.list_secrets().send().await.expect("secrets").secret_list() {
            add(format!("secret {}", text(one.name())), one.kms_key_id());
        }
        let logs = aws_sdk_cloudwatchlogs::Client::new(&self.sdk);
        for one in logs.describe_log_groups().send().await.expect("groups").log_groups() {
            let it = (text(one.log_group_name()), one.creation_time().unwrap_or_default());
            let had = self.had.entry(it.clone()).or_default();
            had.extend(one.kms_key_id().map(str::to_owned));
            for key in had.iter() {
                add(format!("log group {}", it.0), Some(key));
            }
        }
        all
    }

    /// What stands and cannot be read, or not for long: its key is on its way out.
    async fn unreadable(&mut self, tally: &mut Tally) -> Vec<String> {
        let kms = aws_sdk_kms::Client::new(&self.sdk);
        let mut lost = Vec::new();
        for (what, key) in self.encrypted().await {
            tally.stood += 1;
            let found = kms.describe_key().key_id(&key).send().await;
            let state = found.ok().and_then(|found| found.key_metadata?.key_state);
            if state.as_ref().map(aws_sdk_kms::types::KeyState::as_str) != Some("Enabled") {
                lost.push(format!("{what}: its key is {state:?}"));
            }
        }
        lost
    }
}

#[test]
fn what_is_encrypted_stays_readable_as_long_as_it_stands() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (sequences, seed) = (number("FINSIGHT_SEALED").unwrap_or(SEQUENCES), number("SEED").unwrap_or(1));
    let mut tally = Tally::default();
    for nth in 0..sequences {
        let seed = seed.wrapping_add(nth);
        runtime().block_on(async {
            let mut dice = Dice(seed);
            let mut world = World::new().await;
            let mut way = Vec::new();
            for _ in 0..STEPS {
                let wanted = match dice.below(6) {
                    0..=2 => Some(Wanted::draw(&mut dice)),
                    3 => Some(Wanted::default()),
                    _ => None,
                };
                way.push(
                    wanted.as_ref().map_or_else(|| "by hand".to_owned(), |wanted| format!("{wanted:?}")),
                );
                match wanted {
                    Some(wanted) => world.up(&wanted.graph(), &mut tally).await,
                    None => world.by_hand(&mut dice).await,
                }
                let lost = world.unreadable(&mut tally).await;
                assert!(lost.is_empty(), "SEED={seed}: {lost:?} after\n{}", way.join("\n"));
            }
        });
    }
    println!(
        "sealed: {sequences} sequences, {} updates done, {} failed, refused {:?}; {} times something encrypted was looked at",
        tally.done, tally.failed, tally.refused, tally.stood
    );
    assert!(tally.done > 0 && tally.stood > 0);
    assert!(tally.refused.contains_key("PLAN-STILL-SEALS"), "no key was ever kept: {tally:?}");
}
