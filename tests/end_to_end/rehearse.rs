//! A restore is rehearsed: whatever comes of it, and wherever it is cut off, the copy goes and the stack's database stays as it is.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_rds::types::DbInstance;
use finsight_local::Outcome;
use serde_json::Value;

use crate::restore::Losing;
use crate::support::Run;
use crate::support::holder::{Holder, Side};
use crate::support::part::{ID, Part, names};
use crate::support::point::{Length, Point, cut};
use crate::support::work::{Round, rounds};
use crate::support::wrong::Wrong;

const COPY: &str = "finsight-db-rehearsal";
const REHEARSE: [&str; 8] =
    ["ops", "database", "restore", "--rehearse", "--snapshot", "good", "--queries", "questions.sql"];
/// What its changing calls are, in order: the first asks whether the function knows rehearsals.
const CALLS: [&str; 5] =
    ["Invoke", "RestoreDBInstanceFromDBSnapshot", "ModifyDBInstance", "Invoke", "DeleteDBInstance"];
/// The record of its beginning and that of its end.
const RECORDS: usize = 2;
/// Storage of the snapshot, and of the database since then.
const GOOD: i32 = 20;
const GROWN: i32 = 40;

/// The database, which has grown since a snapshot, and questions of which the snapshot answers all.
fn grown() -> Part {
    let part = Part::new();
    part.site.run(&["ops", "database", "snapshot", "--name", "good"]).ok();
    let grow = part.rds.modify_db_instance().db_instance_identifier(ID);
    part.served.block(grow.allocated_storage(GROWN).apply_immediately(true).send()).expect("it grows");
    let settled = |one: DbInstance| {
        (one.allocated_storage(), one.db_instance_status()) == (Some(GROWN), Some("available"))
    };
    let grew = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        settled(part.instance(ID))
    });
    assert!(grew, "its storage stays in optimization");
    asks(
        &part,
        &format!(
            "-- expect: 1\nselect 1;\n-- expect: {GOOD}\nselect allocated_storage from local.instance;\n"
        ),
    );
    part
}

fn asks(part: &Part, questions: &str) {
    std::fs::write(part.site.path("questions.sql"), questions).expect("questions");
}

/// What stands now, once more, with its questions.
fn again(part: &Part) -> Part {
    let other = part.again();
    std::fs::copy(part.site.path("questions.sql"), other.site.path("questions.sql")).expect("questions");
    other
}

fn rehearse(part: &Part, more: &[&str]) -> Run {
    part.site.run(&[&REHEARSE[..], &["--yes"], more].concat())
}

/// All that RDS tells of the stack's database, but the moment up to which it could be restored.
fn told(part: &Part) -> DbInstance {
    let mut one = part.instance(ID);
    one.latest_restorable_time = None;
    one
}

/// The copy is gone with its backups, and the database as it was.
#[track_caller]
fn is_as_before(part: &Part, before: &DbInstance) {
    assert_eq!(names(&part.instances()), [ID]);
    assert_eq!(&told(part), before);
    let backups = part.rds.describe_db_instance_automated_backups().send();
    let backups = part.served.block(backups).expect("backups");
    let of: Vec<_> =
        backups.db_instance_automated_backups().iter().map(|one| one.db_instance_identifier()).collect();
    assert_eq!(of, [Some(ID)]);
}

fn history(part: &Part) -> Vec<Value> {
    let history = part.site.run(&["history", "--json"]).ok().json();
    history.as_array().expect("updates").clone()
}

#[test]
fn the_whole_way() {
    let part = grown();
    let before = told(&part);
    let from = part.served.call_count();
    let said = rehearse(&part, &[]).ok();
    said.says(&[
        "USD an hour",
        "nothing of the stack changes",
        "passed",
        "2 of 2 answers as expected",
        "expected 20, got 20",
        "finsight-db-rehearsal is gone",
    ]);
    assert_eq!(part.changes(from), CALLS);
    is_as_before(&part, &before);
    let report = rehearse(&part, &["--json"]).ok().json();
    assert_eq!((&report["verdict"], &report["taken_down"]), (&"passed".into(), &true.into()));
    assert!(report["restore_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{report}");
    assert_eq!(report["queries"][1]["got"], "20");
    let all = history(&part);
    let last =
        all.iter().find(|one| one.to_string().contains("--rehearse --snapshot good")).expect("on record");
    assert!(last.to_string().contains("succeeded"), "{last}");
    // A moment, and the last one, and backups that are told to be of this one.
    let now = part.instance(ID).dbi_resource_id().expect("a resource id").to_owned();
    asks(&part, &format!("-- expect: {GROWN}\nselect allocated_storage from local.instance\n"));
    let of =
        ["ops", "database", "restore", "--rehearse", "--of", &now, "--queries", "questions.sql", "--yes"];
    part.site.run(&of).ok().says(&["passed", &format!("--latest --of {now}")]);
    is_as_before(&part, &before);
}

/// While it stands nobody takes it for the stack's.
#[test]
fn the_copy_is_nobodys_while_it_stands() {
    let part = grown();
    let before = told(&part);
    let point = Point::AfterCall(3);
    assert!(cut(&part.site, &part.served, &[&REHEARSE[..], &["--yes"]].concat(), point), "not reached");
    std::thread::sleep(Duration::from_millis(30));
    let copy = part.instance(COPY);
    assert_eq!(copy.deletion_protection(), Some(false));
    assert_eq!((copy.backup_retention_period(), copy.multi_az()), (Some(0), Some(false)));
    assert_eq!(copy.publicly_accessible(), Some(false));
    assert_eq!(copy.allocated_storage(), Some(GOOD));
    let own = part.instance(ID);
    let group = |one: &DbInstance| {
        one.db_subnet_group().and_then(|group| group.db_subnet_group_name()).map(str::to_owned)
    };
    let walls = |one: &DbInstance| {
        let all = one.vpc_security_groups().iter().filter_map(|one| one.vpc_security_group_id());
        all.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!((group(&copy), walls(&copy)), (group(&own), walls(&own)));
    assert_eq!(copy.kms_key_id(), own.kms_key_id());
    let keys: Vec<&str> = copy.tag_list().iter().filter_map(|tag| tag.key()).collect();
    let ours: Vec<&&str> = keys.iter().filter(|key| key.starts_with("finsight:")).collect();
    assert_eq!(ours, [&"finsight:rehearsal"]);
    part.settles();
    let strangers = part.site.run(&["drift", "--unmanaged"]);
    assert!(!strangers.stdout.contains(COPY), "{}", strangers.stdout);
    assert_eq!(names(&part.instances()).len(), 2);
    // Another rehearsal finds it in its way; whoever abandons it needs no options.
    let other = part.site.run(&["ops", "database", "restore", "--rehearse", "--yes"]).exit(3);
    other.says(&["OPS-REHEARSE-OTHER", "--rehearse --snapshot good", "--rehearse --abandon"]);
    let abandon = ["ops", "database", "restore", "--rehearse", "--abandon", "--yes"];
    part.site.run(&abandon).ok().says(&["finsight-db-rehearsal is taken down"]);
    is_as_before(&part, &before);
    part.site.run(&abandon).ok().says(&["there is nothing to take down"]);
}

#[test]
fn wrong_answers_fail_it_and_the_copy_goes_all_the_same() {
    let part = grown();
    let before = told(&part);
    asks(&part, "-- expect: 1\nselect 1\n-- expect: 40\nselect allocated_storage from local.instance\n");
    rehearse(&part, &[]).exit(1).says(&["failed", "1 of 2 answers", "expected 40, got 20", "is gone"]);
    is_as_before(&part, &before);
    assert!(history(&part).iter().any(|one| one.to_string().contains("the answers are not as expected")));
    // The database does not take what it is asked.
    asks(&part, "-- expect: > 0\nselect count(*) from users\n");
    let report = rehearse(&part, &["--json"]).exit(1).json();
    assert_eq!((&report["verdict"], &report["taken_down"]), (&"failed".into(), &true.into()));
    assert!(report["queries"][0]["got"].as_str().is_some_and(|got| got.contains("0A000")), "{report}");
    is_as_before(&part, &before);
    part.settles();
}

#[test]
fn what_cannot_be_asked_fails_and_the_copy_goes_all_the_same() {
    let part = grown();
    let before = told(&part);
    let badly = |kind: &str, name: &str, code: &str| {
        let [kind, name, code, reason] = [kind, name, code, "as ordered"].map(str::to_owned);
        part.served.outcomes(vec![Outcome { kind, name, code, reason }]);
    };
    // RDS cannot bring it up.
    badly("aws:rds:DBInstance", COPY, "failed");
    rehearse(&part, &[]).exit(1).says(&["OPS-FAILED", "finsight-db-rehearsal` is failed", "is taken down"]);
    part.served.outcomes(Vec::new());
    is_as_before(&part, &before);
    // The function fails: nothing is restored for it.
    let from = part.served.call_count();
    badly("aws:lambda:Invocation", "finsight-database-user", "Rehearsal.Unreachable");
    rehearse(&part, &[]).exit(3).says(&["OPS-REHEARSE-SILENT", "as ordered", "nothing was changed"]);
    assert_eq!(part.changes(from), ["Invoke"]);
    part.served.outcomes(Vec::new());
    // There is no such snapshot, or no such moment.
    let of = |from: &[&str]| {
        part.site.run(&[&["ops", "database", "restore", "--rehearse", "--yes"], from].concat())
    };
    of(&["--snapshot", "none"]).exit(3).says(&["OPS-RESTORE-POINT"]);
    of(&["--to-time", "2001-01-01T00:00:00Z"]).exit(3).says(&["OPS-RESTORE-POINT"]);
    is_as_before(&part, &before);
    // What is wrong with the questions is said before anything is sent.
    let from = part.served.call_count();
    asks(&part, "select 1\n");
    rehearse(&part, &[]).exit(64).says(&["OPS-REHEARSE-QUERIES", "line 1"]);
    assert_eq!(part.served.call_count(), from);
}

/// An instance of that name that nobody marked is neither asked nor deleted.
#[test]
fn an_instance_without_the_mark_is_not_touched() {
    let part = grown();
    let make = part.rds.restore_db_instance_from_db_snapshot().db_instance_identifier(COPY);
    let group =
        part.instance(ID).db_subnet_group().and_then(|group| group.db_subnet_group_name()).map(str::to_owned);
    let make = make.db_snapshot_identifier("good").set_db_subnet_group_name(group).send();
    part.served.block(make).expect("it is made");
    std::thread::sleep(Duration::from_millis(30));
    let theirs = part.instance(COPY);
    let from = part.served.call_count();
    rehearse(&part, &[]).exit(3).says(&["OPS-REHEARSE-OTHER", "has no mark of a rehearsal"]);
    let abandon = ["ops", "database", "restore", "--rehearse", "--abandon", "--yes"];
    part.site.run(&abandon).exit(3).says(&["OPS-REHEARSE-OTHER"]);
    assert_eq!(part.changes(from), [""; 0]);
    assert_eq!(part.instance(COPY).dbi_resource_id(), theirs.dbi_resource_id());
}

#[test]
fn at_every_record_and_call_of_it() {
    let template = grown();
    let before = told(&template);
    let command = [&REHEARSE[..], &["--yes"]].concat();
    let length = Length { records: RECORDS, calls: CALLS.len() };
    let points = length.points();
    let tally = rounds("kill rehearsal", "kills", points.len(), |number| {
        let part = again(&template);
        let point = points[number - 1];
        assert!(cut(&part.site, &part.served, &command, point), "{point:?} was not reached");
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(told(&part), before, "{point:?}");
        let stands = names(&part.instances()).contains(&COPY);
        let said = part.site.run(&command).ok().says(&["2 of 2 answers as expected", "is gone"]);
        let goes_on = said.stderr.contains("going on with the rehearsal");
        let calls = part.changes(0);
        let restores = calls.iter().filter(|call| call.starts_with("Restore")).count();
        // A copy that stands is gone on with. Where it was taken down, nobody was told the result: it is rehearsed again.
        // Before its effect a call was not carried out; the cloud counts it all the same.
        let down = matches!(point, Point::AfterCall(5) | Point::BeforeRecord(2));
        let most = if down || point == Point::BeforeCall(2) { 2 } else { 1 };
        assert!(restores <= most, "{point:?}: {calls:?}");
        assert!(goes_on || !stands || down, "{point:?}: {}", said.stderr);
        is_as_before(&part, &before);
        part.settles();
        Round::Done(Wrong::default())
    });
    tally.check();
    assert_eq!(tally.rounds, points.len());
}

#[test]
fn every_answer_is_lost() {
    let part = grown();
    let before = told(&part);
    let from = part.served.call_count();
    part.served.faults(Arc::new(Losing::default()));
    rehearse(&part, &[]).ok().says(&["passed"]);
    part.served.no_faults();
    let calls = part.changes(from);
    let count = |call: &str| calls.iter().filter(|one| one.starts_with(call)).count();
    assert_eq!((count("Restore"), count("Delete")), (1, 1), "{calls:?}");
    is_as_before(&part, &before);
    part.settles();
}

#[test]
fn who_interrupts_it_is_told_what_stands() {
    let part = grown();
    let before = told(&part);
    let holder = Holder::new(Side::Before, 3, None);
    part.served.faults(holder.clone());
    let mut started = part.site.start(&[&REHEARSE[..], &["--yes"]].concat());
    while !holder.reached() {
        assert!(!started.ended(), "it ended before its third call");
    }
    part.site.run(&["ops", "database", "stop", "--yes"]).exit(4).says(&["STATE-LOCKED"]);
    started.interrupt();
    std::thread::sleep(Duration::from_millis(100));
    holder.release();
    started.finish().exit(130).says(&["CLI-INTERRUPTED", "finsight-db-rehearsal", "--rehearse --abandon"]);
    part.served.no_faults();
    assert!(history(&part).iter().any(|one| one.to_string().contains("interrupted")));
    rehearse(&part, &[]).ok().says(&["going on with the rehearsal", "restored by a run before this one"]);
    is_as_before(&part, &before);
}

/// The password is nowhere: not in what is printed, not in the record, not in what the cloud wrote down of the calls.
#[test]
fn the_password_is_told_to_nobody() {
    let part = grown();
    // Before the second call of the function: the copy has its password.
    let holder = Holder::new(Side::Before, 4, None);
    part.served.faults(holder.clone());
    let mut started = part.site.start(&[&REHEARSE[..], &["--yes", "--json"]].concat());
    while !holder.reached() {
        assert!(!started.ended(), "it ended before its fourth call");
    }
    let cloud = std::fs::read_to_string(part.cloud().join("rds.json"));
    holder.release();
    let said = started.finish().ok();
    part.served.no_faults();
    let cloud = cloud.expect("the cloud's databases");
    let kept = password(&cloud, COPY);
    assert_eq!(kept.len(), 32, "{kept}");
    assert_ne!(kept, password(&cloud, ID));
    let calls: Vec<String> = part.served.calls(0).iter().map(|call| format!("{call:?}")).collect();
    let mut all = [vec![said.stdout.clone(), said.stderr.clone()], calls].concat();
    let mut folders = vec![part.site.path(".finsight")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the state").flatten() {
            match entry.file_type().expect("a type").is_dir() {
                true => folders.push(entry.path()),
                false => {
                    let bytes = std::fs::read(entry.path()).expect("a file");
                    all.push(String::from_utf8_lossy(&bytes).into_owned());
                }
            }
        }
    }
    assert!(all.len() > 10 && all.iter().all(|text| !text.contains(&kept)));
}

/// The master user's password, as the embedded AWS keeps it.
fn password(cloud: &str, id: &str) -> String {
    fn find<'a>(value: &'a Value, id: &str) -> Option<&'a Value> {
        let inner = value.get("instances").and_then(|all| all.get(id));
        inner.or_else(|| match value {
            Value::Object(all) => all.values().find_map(|one| find(one, id)),
            Value::Array(all) => all.iter().find_map(|one| find(one, id)),
            _ => None,
        })
    }
    let documents = serde_json::Deserializer::from_str(cloud).into_iter::<Value>();
    let documents: Vec<Value> = documents.map_while(Result::ok).collect();
    let one = documents.iter().rev().find_map(|document| find(document, id)).expect("the instance");
    let held = one.pointer("/secret/password").or(one.get("password"));
    held.and_then(Value::as_str).expect("a password").to_owned()
}

/// Two stacks in one account: each rehearses its own, and neither sees the other's copy.
#[test]
fn two_stacks_rehearse_beside_each_other() {
    let part = grown();
    let other = crate::support::Site::at("staging", &part.served.url);
    other
        .run(&["up", "--yes", "--component", "network", "--component", "security", "--component", "database"])
        .ok();
    let theirs = other.id("aws:rds:DBInstance/main");
    let before: Vec<String> =
        part.instances().iter().filter_map(|one| one.dbi_resource_id().map(str::to_owned)).collect();
    std::fs::write(
        other.path("questions.sql"),
        "-- expect: 20\nselect allocated_storage from local.instance\n",
    )
    .expect("questions");
    let point = Point::AfterCall(3);
    assert!(cut(&part.site, &part.served, &[&REHEARSE[..], &["--yes"]].concat(), point), "not reached");
    let of = ["ops", "database", "restore", "--rehearse", "--queries", "questions.sql", "--yes"];
    other.run(&of).ok().says(&["passed", &format!("{theirs}-rehearsal is gone")]);
    let all = part.instances();
    assert!(names(&all).contains(&COPY), "{:?}", names(&all));
    rehearse(&part, &[]).ok().says(&["going on with the rehearsal"]);
    let after: Vec<String> =
        part.instances().iter().filter_map(|one| one.dbi_resource_id().map(str::to_owned)).collect();
    assert_eq!(after, before);
    other.run(&["drift"]).ok();
}
