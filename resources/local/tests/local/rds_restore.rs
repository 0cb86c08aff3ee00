//! Names, snapshots and backups of instances: what recovery stands on.

use std::time::Duration;

use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types::{DbInstance, Tag};

use crate::rds::{Site, site};
use crate::support::code;

const ID: &str = "finsight-db";

async fn standing(site: &Site, id: &str) -> DbInstance {
    let found = site.rds.describe_db_instances().db_instance_identifier(id).send().await.unwrap();
    found.db_instances()[0].clone()
}

fn later(site: &Site, seconds: u64) {
    site.clock.advance(Duration::from_secs(seconds));
}

#[tokio::test]
async fn a_new_name_takes_all_along() {
    let site = site().await;
    site.create().tags(Tag::builder().key("a").value("b").build()).send().await.unwrap();
    site.wait().await;
    let before = site.seen().await;
    let rename = |to: &str| site.modify().new_db_instance_identifier(to).apply_immediately(true).send();
    assert_eq!(code(rename("finsight--db").await), "InvalidParameterValue");
    rename("Old-DB").await.unwrap();
    let leaving = site.seen().await;
    assert_eq!(leaving.db_instance_status(), Some("renaming"));
    assert_eq!(leaving.pending_modified_values().unwrap().db_instance_identifier(), Some("old-db"));
    assert_eq!(code(rename("another").await), "InvalidDBInstanceState");
    // Both names are taken.
    assert_eq!(code(site.create().send().await), "DBInstanceAlreadyExists");
    assert_eq!(code(site.create().db_instance_identifier("old-db").send().await), "DBInstanceAlreadyExists");
    later(&site, 700);
    let gone = site.rds.describe_db_instances().db_instance_identifier(ID).send().await;
    assert_eq!(code(gone), "DBInstanceNotFound");
    let now = standing(&site, "old-db").await;
    assert_eq!(now.db_instance_status(), Some("available"));
    assert_eq!(now.dbi_resource_id(), before.dbi_resource_id());
    assert_eq!(now.tag_list(), before.tag_list());
    assert_ne!(now.db_instance_arn(), before.db_instance_arn());
    // Another one gets the name, and with it the host name.
    site.create().send().await.unwrap();
    site.wait().await;
    let address = |of: &DbInstance| of.endpoint().and_then(|e| e.address()).map(str::to_owned);
    assert_eq!(address(&site.seen().await), address(&before));
    let taken = site.rds.modify_db_instance().db_instance_identifier("old-db");
    let taken = taken.new_db_instance_identifier(ID).apply_immediately(true).send().await;
    assert_eq!(code(taken), "DBInstanceAlreadyExists");
}

#[tokio::test]
async fn a_snapshot_is_restored_as_it_was() {
    let site = site().await;
    site.create().multi_az(true).send().await.unwrap();
    site.wait().await;
    let take = || site.rds.create_db_snapshot().db_instance_identifier(ID).db_snapshot_identifier("s").send();
    take().await.unwrap();
    assert_eq!(code(take().await), "DBSnapshotAlreadyExists");
    let restore = |from: &str, to: &str| {
        let call = site.rds.restore_db_instance_from_db_snapshot();
        call.db_snapshot_identifier(from).db_instance_identifier(to).db_subnet_group_name("db")
    };
    assert_eq!(code(restore("s", "new").send().await), "InvalidDBSnapshotState");
    later(&site, 200);
    assert_eq!(code(restore("none", "new").send().await), "DBSnapshotNotFound");
    assert_eq!(code(restore("s", ID).send().await), "DBInstanceAlreadyExists");
    let nowhere = site.rds.restore_db_instance_from_db_snapshot().db_snapshot_identifier("s");
    let nowhere = nowhere.db_instance_identifier("new").send().await;
    assert_eq!(code(nowhere), "InvalidRestoreFault");
    assert_eq!(code(restore("s", "new").allocated_storage(5).send().await), "InvalidParameterCombination");
    let managed = restore("s", "new").manage_master_user_password(true).send().await;
    assert_eq!(code(managed), "InvalidParameterCombination");

    let old = site.seen().await;
    let storage = old.allocated_storage().unwrap();
    site.modify().allocated_storage(storage * 2).apply_immediately(true).send().await.unwrap();
    later(&site, 400);
    restore("s", "new").vpc_security_group_ids(&site.group).send().await.unwrap();
    assert_eq!(standing(&site, "new").await.db_instance_status(), Some("creating"));
    later(&site, 1000);
    let new = standing(&site, "new").await;
    assert_eq!(new.db_instance_status(), Some("available"));
    assert_eq!(new.allocated_storage(), Some(storage));
    assert_eq!((new.engine_version(), new.kms_key_id()), (old.engine_version(), old.kms_key_id()));
    assert_eq!(new.backup_retention_period(), old.backup_retention_period());
    assert_ne!(new.dbi_resource_id(), old.dbi_resource_id());
    // What the call does not say is as with a new one.
    assert_eq!((new.multi_az(), new.master_user_secret()), (Some(false), None));
    assert_eq!(new.db_parameter_groups()[0].db_parameter_group_name(), Some("default.postgres15"));
}

#[tokio::test]
async fn moments_are_restored_as_far_as_backups_reach() {
    let site = site().await;
    site.create().backup_retention_period(2).send().await.unwrap();
    site.wait().await;
    let restore = |to: &str| {
        let call = site.rds.restore_db_instance_to_point_in_time().target_db_instance_identifier(to);
        call.db_subnet_group_name("db")
    };
    let of = || restore("new").source_db_instance_identifier(ID);
    assert_eq!(code(of().send().await), "InvalidParameterCombination");
    assert_eq!(
        code(restore("new").use_latest_restorable_time(true).send().await),
        "InvalidParameterCombination"
    );
    let none = restore("new").source_db_instance_identifier("none").use_latest_restorable_time(true);
    assert_eq!(code(none.send().await), "DBInstanceNotFound");
    let latest = site.seen().await.latest_restorable_time().unwrap().secs();
    let at = |seconds: i64| of().restore_time(DateTime::from_secs(seconds)).send();
    assert_eq!(code(at(latest + 60).await), "InvalidParameterValue");
    assert_eq!(code(at(latest - 30 * 86_400).await), "InvalidParameterValue");
    at(latest - 60).await.unwrap();
    assert_eq!(code(at(latest - 60).await), "DBInstanceAlreadyExists");

    // The backups of one that goes are kept, if that is asked for.
    let resource = site.seen().await.dbi_resource_id().unwrap().to_owned();
    site.modify().deletion_protection(false).apply_immediately(true).send().await.ok();
    later(&site, 100);
    let delete = site.rds.delete_db_instance().db_instance_identifier(ID).skip_final_snapshot(true);
    delete.delete_automated_backups(false).send().await.unwrap();
    later(&site, 300);
    let backups = site.rds.describe_db_instance_automated_backups().db_instance_identifier(ID);
    let backups = backups.send().await.unwrap();
    let [kept] = backups.db_instance_automated_backups() else { panic!("{backups:?}") };
    assert_eq!((kept.status(), kept.dbi_resource_id()), (Some("retained"), Some(resource.as_str())));
    let last = || restore(ID).source_dbi_resource_id(&resource).use_latest_restorable_time(true).send();
    last().await.unwrap();
    later(&site, 1000);
    assert_eq!(site.seen().await.db_instance_status(), Some("available"));
    // Two days later they are gone.
    later(&site, 3 * 86_400);
    let gone = restore("late").source_dbi_resource_id(&resource).use_latest_restorable_time(true);
    assert_eq!(code(gone.send().await), "DBInstanceAutomatedBackupNotFound");
    let off = site.modify().backup_retention_period(0).apply_immediately(true).send().await;
    off.unwrap();
    later(&site, 400);
    assert_eq!(
        code(restore("n").source_db_instance_identifier(ID).use_latest_restorable_time(true).send().await),
        "PointInTimeRestoreNotEnabled"
    );
}

#[tokio::test]
async fn a_failover_needs_a_standby_and_changes_the_zone() {
    let site = site().await;
    site.create().send().await.unwrap();
    site.wait().await;
    let reboot = || site.rds.reboot_db_instance().db_instance_identifier(ID).force_failover(true).send();
    assert_eq!(code(reboot().await), "InvalidParameterCombination");
    site.modify().multi_az(true).apply_immediately(true).send().await.unwrap();
    site.wait().await;
    let before = site.seen().await;
    reboot().await.unwrap();
    assert_eq!(code(reboot().await), "InvalidDBInstanceState");
    site.wait().await;
    let now = site.seen().await;
    assert_eq!(now.availability_zone(), before.secondary_availability_zone());
    assert_eq!(now.secondary_availability_zone(), before.availability_zone());
}
