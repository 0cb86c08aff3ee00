//! What `drift --fix` and `--accept` must never do.

use super::Deployed;
use crate::support::part::{ID, Part, names};
use crate::support::point::{Point, cut};

fn retention(on: &Deployed) -> Option<i32> {
    let group = on.site.id("LogGroup/flow-logs");
    let found = on.served.eyes.logs.describe_log_groups().log_group_name_prefix(&group).send();
    let found = on.served.block(found).expect("the log groups");
    found.log_groups().iter().find(|one| one.log_group_name() == Some(&group))?.retention_in_days()
}

fn shorten_retention(on: &Deployed) {
    let group = on.site.id("LogGroup/flow-logs");
    let put = on.served.eyes.logs.put_retention_policy().log_group_name(group).retention_in_days(7);
    on.served.block(put.send()).expect("the retention is changed");
}

/// D1: the program was carried out on whatever had drifted.
#[test]
fn a_fix_puts_back_the_record_and_not_the_program() {
    let on = Deployed::new("staging");
    on.site.edit_config("\"retention_days\": 30", "\"retention_days\": 60");
    shorten_retention(&on);
    let said =
        ["the program differs from the record in staging/network/aws:logs:LogGroup/flow-logs", "run `up`"];
    on.site.run(&["drift", "--fix", "--yes"]).ok().says(&said);
    assert_eq!(retention(&on), Some(30));
    on.site.run(&["drift"]).ok();
    // What the program does not declare any more is put back too, and not deleted.
    let flow_logs =
        ",\n    \"flow_logs\": {\n      \"retention_days\": 60,\n      \"key_deletion_days\": 7\n    }";
    on.site.edit_config(flow_logs, "");
    shorten_retention(&on);
    on.site.run(&["drift", "--fix", "--yes"]).ok().says(&said);
    assert_eq!(retention(&on), Some(30));
    // Rows are as they were, dependencies too: a fix alone leaves nothing to do.
    on.site.edit_config(
        "\"interface_endpoints\": []",
        &format!("\"interface_endpoints\": []{}", flow_logs.replace("60", "30")),
    );
    on.site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
}

/// D1b: a change of the program that `up` refuses came in through the fix.
#[test]
fn a_fix_does_not_let_in_what_the_policy_refuses() {
    let part = Part::new();
    part.site.edit_config("\"protection\": true", "\"protection\": false");
    part.up().exit(3).says(&["POLICY-BROKEN"]);
    let change = part.rds.modify_db_instance().db_instance_identifier(ID).backup_retention_period(1);
    part.served.block(change.apply_immediately(true).send()).expect("it is changed");
    std::thread::sleep(std::time::Duration::from_millis(50));
    part.site.run(&["drift", "--fix", "--yes"]).ok();
    let stands = part.instance(ID);
    assert_eq!((stands.deletion_protection(), stands.backup_retention_period()), (Some(true), Some(7)));
}

/// V16, O1, O3: between the two renames of a restore the database seems to be gone.
#[test]
fn between_two_names_a_database_is_not_gone() {
    let part = Part::new();
    part.site.run(&["ops", "database", "snapshot", "--name", "good"]).ok();
    let restore = ["ops", "database", "restore", "--snapshot", "good", "--yes"];
    assert!(cut(&part.site, &part.served, &restore, Point::AfterCall(2)), "it was not cut off");
    std::thread::sleep(std::time::Duration::from_millis(50));
    let stand = part.instances();
    assert!(!names(&stand).contains(&ID), "{:?}", names(&stand));
    for args in [
        &["drift", "--fix", "--yes"][..],
        &["drift", "--accept", "--yes"],
        &["refresh", "--yes"],
        &["refresh", "--yes", "--confirm-gone", ID],
    ] {
        part.site.run(args).exit(3).says(&[
            "OPS-RESTORE-UNFINISHED",
            "--snapshot good",
            "nothing was changed",
        ]);
        assert_eq!(names(&part.instances()), names(&stand));
    }
    // Nor are its copies called somebody else's by a destroy.
    let destroy = part.site.run(&["destroy", "--yes", "--target", "prod/database/*"]);
    destroy.exit(3).says(&["OPS-RESTORE-UNFINISHED", "finsight-db-restore", "nothing was changed"]);
    // O2: what is written to the history meanwhile does not make it another restore.
    part.site.run(&["state", "protect", "prod/network/aws:ec2:Vpc/main"]).ok();
    part.site.run(&restore).ok().says(&["going on with the restore"]);
    assert_eq!(part.instances().len(), 2);
    part.settles();
}

/// O3, O8: what held data and is gone stays on record until it is named: its backups are found by that.
#[test]
fn what_held_data_is_not_accepted_as_gone_without_its_name() {
    let part = Part::new();
    let open = part.rds.modify_db_instance().db_instance_identifier(ID).deletion_protection(false);
    part.served.block(open.apply_immediately(true).send()).expect("it is open");
    let delete = part.rds.delete_db_instance().db_instance_identifier(ID).skip_final_snapshot(true);
    part.served.block(delete.delete_automated_backups(false).send()).expect("it goes");
    std::thread::sleep(std::time::Duration::from_millis(50));
    let rows = part.site.rows();
    let way_out = ["PLAN-HOLDS-DATA", "ops database restore"];
    let by_fix = ["PLAN-NOT-BY-FIX", "a new one would be empty"];
    for (args, says) in [
        (&["drift", "--accept", "--yes"][..], &way_out),
        (&["refresh", "--yes"], &way_out),
        (&["drift", "--fix", "--yes"], &by_fix),
    ] {
        part.site.run(args).exit(3).says(says);
        assert_eq!((part.site.rows(), part.instances()), (rows.clone(), Vec::new()));
    }
    let again = part.again();
    again.site.run(&["drift", "--accept", "--yes", "--confirm-gone", ID]).ok();
    // What AWS took along with it goes too.
    assert!(again.site.rows().len() < rows.len());
    let database =
        |row: &serde_json::Value| row["urn"].as_str().is_some_and(|urn| urn.contains("DBInstance"));
    assert!(!again.site.rows().iter().any(database));
    // While it is on record, it comes back with what it held.
    part.site.run(&["ops", "database", "restore", "--latest", "--yes"]).ok();
    part.settles();
}

/// O8: an `up` made an empty database unasked, and the restore took that one for the source.
#[test]
fn an_empty_database_is_not_restored_from() {
    const GREW: i32 = 60;
    let part = Part::new();
    let lost = part.instance(ID);
    let lost = lost.dbi_resource_id().expect("its resource id");
    let grow = part.rds.modify_db_instance().db_instance_identifier(ID).deletion_protection(false);
    part.served.block(grow.allocated_storage(GREW).apply_immediately(true).send()).expect("it grows");
    std::thread::sleep(std::time::Duration::from_millis(50));
    let delete = part.rds.delete_db_instance().db_instance_identifier(ID).skip_final_snapshot(true);
    part.served.block(delete.delete_automated_backups(false).send()).expect("it goes");
    std::thread::sleep(std::time::Duration::from_millis(50));
    part.up().exit(3).says(&["PLAN-HOLDS-DATA", "ops database restore"]);
    assert_eq!(part.instances(), []);
    let anew = ["up", "--yes", "--confirm-replace", ID, "--component", "network", "security", "database"];
    part.site.run(&anew).ok();
    let restore =
        |more: &[&str]| part.site.run(&[&["ops", "database", "restore", "--latest", "--yes"], more].concat());
    restore(&[]).exit(3).says(&["OPS-RESTORE-WHICH", &format!("--of {lost}"), "nothing was changed"]);
    restore(&["--of", "db-NONE"]).exit(3).says(&["OPS-RESTORE-POINT", &format!("--latest --of {lost}")]);
    assert_eq!(names(&part.instances()), [ID]);
    restore(&["--of", lost]).ok();
    assert_eq!(part.instance(ID).allocated_storage(), Some(GREW));
    assert_eq!(part.instances().len(), 2);
}
