//! `ops database restore` is cut off everywhere: given again, it comes to the same end, and nothing is lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use finsight_local::{CallInfo, Fault, Faults};

use crate::support::holder::{Holder, Side};
use crate::support::part::{ID, Part, born, names, owner};
use crate::support::point::{Length, Point, cut};
use crate::support::site::REGION;
use crate::support::work::{Round, rounds};
use crate::support::wrong::Wrong;
use crate::support::{Served, Site};

const RESTORE: [&str; 6] = ["ops", "database", "restore", "--snapshot", "good", "--yes"];
/// What its changing calls are, in order.
const CALLS: [&str; 5] = [
    "RestoreDBInstanceFromDBSnapshot",
    "ModifyDBInstance",
    "RemoveTagsFromResource",
    "DeregisterDBProxyTargets",
    "ModifyDBInstance",
];
/// The record of its beginning and that of its end.
const RECORDS: usize = 2;
/// Storage of the snapshot, and of what went wrong after it.
const GOOD: i32 = 20;
const SPOILT: i32 = 40;

/// The database with a snapshot, and spoilt since then.
fn spoilt() -> Part {
    let part = Part::new();
    part.site.run(&["ops", "database", "snapshot", "--name", "good"]).ok();
    let grow = part.rds.modify_db_instance().db_instance_identifier(ID);
    part.served.block(grow.allocated_storage(SPOILT).apply_immediately(true).send()).expect("it grows");
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(part.instance(ID).allocated_storage(), Some(SPOILT));
    part
}

/// What has to stand after a restore: one database with the snapshot's content, and the old one beside it.
#[track_caller]
fn is_restored(part: &Part, old: &str, owned: &str) {
    let all = part.instances();
    assert_eq!(all.len(), 2, "{:?}", names(&all));
    let new = part.instance(ID);
    assert_ne!(born(&new), old);
    assert_eq!(new.allocated_storage(), Some(GOOD));
    let kept = all.iter().find(|one| born(one) == old).expect("the old one is kept");
    let name = kept.db_instance_identifier().unwrap_or_default();
    assert!(name.starts_with("finsight-db-before-20"), "{name}");
    assert_eq!((kept.allocated_storage(), kept.db_instance_status()), (Some(SPOILT), Some("available")));
    assert_eq!((owner(&new), owner(kept)), (Some(owned), None));
}

/// The old one is on record as kept.
#[track_caller]
fn is_on_record(part: &Part, old: &str) {
    let all = part.instances();
    let kept = all.iter().find(|one| born(one) == old).and_then(|one| one.db_instance_identifier());
    let listed = part.site.run(&["state", "list", "--json"]).ok().json();
    let remnants = listed["remnants"].as_array().expect("remnants");
    let ids: Vec<_> = remnants.iter().filter(|one| one["type"] == "aws:rds:DBInstance").collect();
    assert!(ids.len() == 1 && ids[0]["id"].as_str() == kept && ids[0]["monthly"].is_number(), "{listed:#}");
}

#[test]
fn at_every_record_and_call_of_it() {
    let template = spoilt();
    let from = template.served.call_count();
    let whole = template.again();
    whole.site.run(&RESTORE).ok();
    assert_eq!(whole.changes(0), CALLS);
    assert_eq!(template.changes(from), [""; 0]);
    let length = Length { records: RECORDS, calls: CALLS.len() };
    let points = length.points();
    let tally = rounds("kill restore", "kills", points.len(), |number| {
        let part = template.again();
        let old = part.instance(ID);
        let owned = owner(&old).expect("it is owned").to_owned();
        let point = points[number - 1];
        assert!(cut(&part.site, &part.served, &RESTORE, point), "{point:?} was not reached");
        std::thread::sleep(Duration::from_millis(30));
        if !names(&part.instances()).contains(&ID) {
            // An `up` in between would make an empty database.
            part.up().exit(3).says(&["OPS-RESTORE-UNFINISHED", "--snapshot good"]);
        }
        let said = part.site.run(&RESTORE).ok();
        is_on_record(&part, &born(&old));
        if point != Point::BeforeRecord(1) {
            said.says(&["going on with the restore"]);
        }
        is_restored(&part, &born(&old), &owned);
        let calls = part.changes(0);
        let restores = calls.iter().filter(|call| call.starts_with("Restore")).count();
        // Before its effect the first call was not carried out; the cloud counts it all the same.
        assert!(restores <= if point == Point::BeforeCall(1) { 2 } else { 1 }, "{point:?}: {calls:?}");
        part.settles();
        is_restored(&part, &born(&old), &owned);
        assert_eq!(
            part.served
                .block(part.rds.describe_db_proxy_targets().db_proxy_name("finsight-db-proxy").send())
                .expect("targets")
                .targets()[0]
                .rds_resource_id(),
            Some(ID)
        );
        Round::Done(Wrong::default())
    });
    tally.check();
    assert_eq!(tally.rounds, points.len());
}

/// The answer of each changing call is lost once.
#[derive(Default)]
pub struct Losing(Mutex<Vec<String>>);

impl Faults for Losing {
    fn before(&self, _call: &CallInfo) -> Option<Fault> {
        None
    }

    fn after(&self, call: &CallInfo) -> Option<Fault> {
        let mut lost = self.0.lock().expect("not poisoned");
        let first = call.mutating && lost.iter().filter(|one| **one == call.operation).count() < 2;
        first.then(|| {
            lost.push(call.operation.clone());
            Fault::DropConnection
        })
    }
}

#[test]
fn every_answer_is_lost() {
    let part = spoilt();
    let old = part.instance(ID);
    let from = part.served.call_count();
    let losing = Arc::new(Losing(Mutex::default()));
    part.served.faults(losing.clone());
    part.site.run(&RESTORE).ok();
    part.served.no_faults();
    assert!(losing.0.lock().expect("not poisoned").len() >= CALLS.len());
    assert_eq!(part.changes(from), CALLS);
    is_restored(&part, &born(&old), owner(&old).expect("it is owned"));
    part.settles();
}

/// What stop, start, snapshot and failover send is sent once, although no answer comes.
#[test]
fn every_answer_of_the_other_commands_is_lost() {
    let part = Part::new();
    part.site.edit_config("\"multi_az\": false", "\"multi_az\": true");
    part.up().ok();
    let zone = part.instance(ID).availability_zone().map(str::to_owned);
    let all: [(&[&str], &[&str]); 4] = [
        (&["failover", "--yes"], &["AddTagsToResource", "RebootDBInstance", "RemoveTagsFromResource"]),
        (&["snapshot", "--name", "one"], &["CreateDBSnapshot", "RemoveTagsFromResource"]),
        (&["stop", "--yes"], &["StopDBInstance"]),
        (&["start"], &["StartDBInstance"]),
    ];
    for (args, calls) in all {
        let from = part.served.call_count();
        part.served.faults(Arc::new(Losing(Mutex::default())));
        part.site.run(&[&["ops", "database"], args].concat()).ok();
        part.served.no_faults();
        assert_eq!(part.changes(from), calls);
    }
    assert_ne!(part.instance(ID).availability_zone().map(str::to_owned), zone);
    part.settles();
}

#[test]
fn the_answer_of_a_rollback_is_lost() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    site.run(&["up", "--yes"]).ok();
    let amplify = aws_sdk_amplify::Client::new(&served.sdk(REGION));
    let apps = served.block(amplify.list_apps().send()).expect("apps");
    let app = apps.apps()[0].app_id();
    let branches = served.block(amplify.list_branches().app_id(app).send()).expect("branches");
    let branch = branches.branches()[0].branch_name();
    let jobs = || {
        let all = served.block(amplify.list_jobs().app_id(app).branch_name(branch).send()).expect("builds");
        all.job_summaries().iter().map(|job| job.commit_id().to_owned()).collect::<Vec<_>>()
    };
    for commit in ["1111111", "2222222"] {
        let build = amplify.start_job().app_id(app).branch_name(branch).commit_id(commit);
        served.block(build.job_type(aws_sdk_amplify::types::JobType::Release).send()).expect("a build");
        std::thread::sleep(Duration::from_millis(20));
    }
    served.faults(Arc::new(Losing(Mutex::default())));
    site.run(&["ops", "frontend", "rollback", "--yes", "--branch", branch]).ok();
    served.no_faults();
    assert_eq!(jobs(), ["1111111", "2222222", "1111111"]);
}

#[test]
fn it_is_interrupted_and_nobody_else_gets_in() {
    let part = spoilt();
    let old = part.instance(ID);
    let holder = Holder::new(Side::Before, 2, None);
    part.served.faults(holder.clone());
    let mut started = part.site.start(&RESTORE);
    while !holder.reached() {
        assert!(!started.ended(), "it ended before its second call");
    }
    part.site.run(&["ops", "database", "stop", "--yes"]).exit(4).says(&["STATE-LOCKED"]);
    started.interrupt();
    std::thread::sleep(Duration::from_millis(100));
    holder.release();
    started.finish().exit(130).says(&["CLI-INTERRUPTED"]);
    part.served.no_faults();
    let history = part.site.run(&["history", "--json"]).ok().json();
    assert!(history.to_string().contains("interrupted"), "{history}");
    // Other arguments are another restore: the one that is on its way comes first.
    let other = part.site.run(&["ops", "database", "restore", "--latest", "--yes"]).exit(3);
    other.says(&["OPS-RESTORE-OTHER", "ops database restore --snapshot good"]);
    part.site.run(&RESTORE).ok();
    is_restored(&part, &born(&old), owner(&old).expect("it is owned"));
    part.settles();
    // A restore that has come to its end is not gone on with.
    let snapshots = part.instances().len();
    part.site.run(&RESTORE).ok();
    assert_eq!(part.instances().len(), snapshots + 1);
}

/// What the runbook says for those who want the old one back.
#[test]
fn the_old_one_is_put_back_by_hand() {
    let part = spoilt();
    let old = part.instance(ID);
    part.site.run(&RESTORE).ok();
    part.settles();
    let all = part.instances();
    let kept = all.iter().find(|one| born(one) == born(&old)).expect("the old one is kept");
    let kept = kept.db_instance_identifier().expect("its name");
    let out = part.rds.deregister_db_proxy_targets().db_proxy_name("finsight-db-proxy");
    part.served.block(out.db_instance_identifiers(ID).send()).expect("it is taken out");
    for (from, to) in [(ID, "finsight-db-wrong"), (kept, ID)] {
        let rename = part.rds.modify_db_instance().db_instance_identifier(from);
        let rename = rename.new_db_instance_identifier(to).apply_immediately(true);
        part.served.block(rename.send()).expect("it is renamed");
        std::thread::sleep(Duration::from_millis(50));
    }
    part.settles();
    let back = part.instance(ID);
    assert_eq!((born(&back), owner(&back)), (born(&old), owner(&old)));
}

/// C9: a database that is stopped each night was found out in the middle of a run.
#[test]
fn a_stopped_database_is_changed_by_no_plan() {
    let part = Part::new();
    part.site.run(&["ops", "database", "stop", "--yes"]).ok();
    part.up().ok().says(&["Nothing to change"]);
    part.site.edit_config("\"multi_az\": false", "\"multi_az\": true");
    let says = ["OPS-STATE", "is stopped", "ops database start", "nothing was changed"];
    part.site.run(&["preview"]).exit(3).says(&says);
    let from = part.served.call_count();
    part.up().exit(3).says(&says);
    assert_eq!(part.changes(from), [""; 0]);
    part.site.run(&["ops", "database", "start"]).ok();
    part.up().ok();
}

/// O6: a moment before the restored one began lies in the backups of the one that made way.
#[test]
fn a_moment_of_before_a_restore() {
    let part = spoilt();
    let old = born(&part.instance(ID));
    std::thread::sleep(Duration::from_millis(1500));
    part.site.run(&RESTORE).ok();
    part.settles();
    let restore = ["ops", "database", "restore", "--to-time", "2020-01-01T00:00:00Z", "--yes"];
    let said = part.site.run(&restore).exit(3);
    said.says(&["OPS-RESTORE-POINT", "-before-", &format!("--of {old}")]);
    let of = ["ops", "database", "restore", "--latest", "--of", &old, "--yes"];
    part.site.run(&of).ok();
    assert_eq!(part.instance(ID).allocated_storage(), Some(SPOILT));
    part.settles();
}
