//! Changes of databases as AWS takes them: what it refuses, and what is pending for how long.

use std::time::Duration;

use aws_sdk_rds::types::{ApplyMethod, Parameter};

use crate::rds::{Site, site};
use crate::support::code;

async fn standing() -> Site {
    let site = site().await;
    site.create().send().await.unwrap();
    site.wait().await;
    site
}

async fn set(site: &Site, name: &str, value: &str) {
    let parameter = Parameter::builder().parameter_name(name).parameter_value(value);
    let parameter = parameter.apply_method(ApplyMethod::PendingReboot).build();
    let call = site.rds.modify_db_parameter_group().db_parameter_group_name("pg").parameters(parameter);
    call.send().await.unwrap();
}

/// H1: a parameter that is set to its family's default does not become the user's.
#[tokio::test]
async fn the_default_of_a_family_stays_the_family_s() {
    let site = site().await;
    set(&site, "rds.force_ssl", "1").await;
    let of = async |source: Option<&str>| {
        let call = site.rds.describe_db_parameters().db_parameter_group_name("pg");
        let found = call.set_source(source.map(str::to_owned)).send().await.unwrap();
        let found = found.parameters.unwrap_or_default().into_iter();
        found.filter(|p| p.parameter_name() == Some("rds.force_ssl")).collect::<Vec<_>>()
    };
    assert!(of(Some("user")).await.is_empty());
    let all = of(None).await;
    assert_eq!((all[0].parameter_value(), all[0].source()), (Some("1"), Some("system")));
    set(&site, "rds.force_ssl", "0").await;
    assert_eq!(of(Some("user")).await[0].parameter_value(), Some("0"));
    set(&site, "rds.force_ssl", "1").await;
    assert!(of(Some("user")).await.is_empty());
}

/// L5: AWS asks for five minutes between a modification of a group and the first instance with it.
#[tokio::test]
async fn a_group_that_has_just_changed_is_not_in_force_in_a_new_instance() {
    for (pause, status) in [(0, "pending-reboot"), (300, "in-sync")] {
        let site = site().await;
        set(&site, "max_connections", "100").await;
        site.clock.advance(Duration::from_secs(pause));
        site.create().send().await.unwrap();
        site.wait().await;
        assert_eq!(site.seen().await.db_parameter_groups()[0].parameter_apply_status(), Some(status));
    }
}

/// H2: security groups, ports and logs are on their way for a while too.
#[tokio::test]
async fn what_is_asked_for_is_pending_until_it_is_in_force() {
    let site = standing().await;
    let other = site.other_group().await;
    site.modify()
        .vpc_security_group_ids(&other)
        .db_port_number(5433)
        .backup_retention_period(3)
        .send()
        .await
        .unwrap();
    let db = site.seen().await;
    assert_eq!(db.db_instance_status(), Some("available"));
    let groups: Vec<_> = db
        .vpc_security_groups()
        .iter()
        .map(|g| (g.vpc_security_group_id().unwrap(), g.status().unwrap()))
        .collect();
    assert_eq!(groups, [(other.as_str(), "adding"), (site.group.as_str(), "removing")]);
    let pending = db.pending_modified_values().unwrap();
    assert_eq!((pending.port(), db.endpoint().unwrap().port()), (Some(5433), Some(5432)));
    assert_eq!((pending.backup_retention_period(), db.backup_retention_period()), (Some(3), Some(1)));
    site.wait().await;
    let db = site.seen().await;
    assert_eq!((db.endpoint().unwrap().port(), db.backup_retention_period()), (Some(5433), Some(3)));
    assert_eq!(db.vpc_security_groups()[0].status(), Some("active"));
    assert_eq!(db.vpc_security_groups().len(), 1);
}

/// H9: storage is optimized for hours, and from 400 GiB on gp3 what it performs is said along with its size.
#[tokio::test]
async fn storage_changes_one_at_a_time() {
    let site = standing().await;
    let refused =
        async |call: aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder,
               words: &str| {
            let refusal = format!("{:?}", call.apply_immediately(true).send().await.unwrap_err());
            assert!(refusal.contains("InvalidParameterCombination") && refusal.contains(words), "{refusal}");
        };
    refused(site.modify().storage_type("gp3").iops(3_000), "storage size less than 400").await;
    site.modify().storage_type("gp3").apply_immediately(true).send().await.unwrap();
    site.clock.advance(Duration::from_secs(400));
    let db = site.seen().await;
    assert_eq!((db.db_instance_status(), db.iops()), (Some("storage-optimization"), Some(3_000)));
    refused(site.modify().allocated_storage(30), "previous storage change is being optimized").await;
    site.modify().multi_az(true).apply_immediately(true).send().await.unwrap();
    site.clock.advance(Duration::from_secs(22_000));
    // Less than a tenth more is rounded up.
    site.modify().allocated_storage(21).apply_immediately(true).send().await.unwrap();
    site.clock.advance(Duration::from_secs(22_000));
    assert_eq!(site.seen().await.allocated_storage(), Some(22));
    refused(site.modify().allocated_storage(400).iops(3_000), "Invalid iops value for engine name postgres")
        .await;
    site.modify().allocated_storage(400).iops(12_000).apply_immediately(true).send().await.unwrap();
    site.clock.advance(Duration::from_secs(22_000));
    let db = site.seen().await;
    assert_eq!((db.iops(), db.storage_throughput()), (Some(12_000), Some(500)));
    refused(site.modify().allocated_storage(500), "specify both the storage size and iops").await;
}

/// H5, A7: neither the key of a secret that RDS keeps nor that of Performance Insights ever changes.
#[tokio::test]
async fn keys_that_were_chosen_stay() {
    let site = standing().await;
    let alone = site.modify().master_user_secret_kms_key_id(&site.key).send().await;
    assert!(format!("{alone:?}").contains("A ManageMasterUserPassword value is required"), "{alone:?}");
    let both = site.modify().manage_master_user_password(true).master_user_secret_kms_key_id(&site.key);
    assert_eq!(code(both.send().await), "InvalidParameterCombination");

    let insights = || site.modify().enable_performance_insights(true);
    insights().performance_insights_kms_key_id(&site.key).send().await.unwrap();
    site.wait().await;
    let others = [
        insights().performance_insights_kms_key_id("alias/aws/rds").send().await,
        site.modify().performance_insights_retention_period(31).send().await,
    ];
    for refused in others {
        assert!(
            format!("{refused:?}").contains("can't change your Performance Insights KMS key"),
            "{refused:?}"
        );
    }
    let alone = site.modify().performance_insights_kms_key_id(&site.key).send().await;
    assert!(format!("{alone:?}").contains("without EnablePerformanceInsights"), "{alone:?}");
    let along =
        insights().performance_insights_kms_key_id(&site.key).performance_insights_retention_period(31);
    along.send().await.unwrap();
}

/// H17: windows are half an hour at least, and apart.
#[tokio::test]
async fn windows_are_long_enough_and_apart() {
    let site = standing().await;
    let windows = async |backup: &str, maintenance: &str| {
        let call = site.modify().preferred_backup_window(backup).preferred_maintenance_window(maintenance);
        call.send().await.map(|_| ()).map_err(|refused| format!("{refused:?}"))
    };
    for (backup, maintenance) in [
        ("17:00-17:20", "sun:18:00-sun:18:30"),
        ("17:00-17:30", "sun:18:00-sun:18:10"),
        ("17:00-17:30", "sun:17:15-sun:18:15"),
        ("23:45-00:45", "mon:00:30-mon:01:30"),
        ("17-18", "sun:18:00-sun:18:30"),
    ] {
        let refused = windows(backup, maintenance).await.unwrap_err();
        assert!(refused.contains("InvalidParameterValue"), "{backup} {maintenance}: {refused}");
    }
    windows("17:00-17:30", "Sun:17:30-Sun:18:00").await.unwrap();
}

/// H6: the standby stands in a subnet too, which cannot be taken out of the group.
#[tokio::test]
async fn neither_subnet_of_a_database_in_two_zones_leaves_its_group() {
    let site = site().await;
    site.create().multi_az(true).send().await.unwrap();
    site.wait().await;
    let others = site.other_subnets().await;
    for kept in 0..2 {
        let ids = vec![site.subnets[kept].clone(), others[1 - kept].clone()];
        let call = site.rds.modify_db_subnet_group().db_subnet_group_name("db");
        assert_eq!(code(call.set_subnet_ids(Some(ids)).send().await), "SubnetAlreadyInUse");
    }
}

#[tokio::test]
async fn a_database_whose_key_is_disabled_is_out_of_reach_until_it_is_started() {
    let site = site().await;
    site.create().storage_encrypted(true).kms_key_id(&site.key).send().await.unwrap();
    site.wait().await;
    let take = |name: &str| {
        let call = site.rds.create_db_snapshot().db_instance_identifier("finsight-db");
        call.db_snapshot_identifier(name).send()
    };
    take("before").await.unwrap();
    site.kms.disable_key().key_id(&site.key).send().await.unwrap();
    assert_eq!(site.status().await, "available", "not noticed yet");
    site.clock.advance(Duration::from_secs(400));
    assert_eq!(site.status().await, "inaccessible-encryption-credentials-recoverable");
    assert_eq!(code(take("after").await), "InvalidDBInstanceState");
    assert_eq!(code(site.modify().allocated_storage(30).send().await), "InvalidDBInstanceState");
    let start = || site.rds.start_db_instance().db_instance_identifier("finsight-db").send();
    assert_eq!(code(start().await), "KMSKeyNotAccessibleFault");
    let restore = site.rds.restore_db_instance_from_db_snapshot().db_snapshot_identifier("before");
    let restore = restore.db_instance_identifier("new").db_subnet_group_name("db").send().await;
    assert_eq!(code(restore), "KMSKeyNotAccessibleFault");

    site.kms.enable_key().key_id(&site.key).send().await.unwrap();
    assert_eq!(site.status().await, "inaccessible-encryption-credentials-recoverable");
    start().await.unwrap();
    site.wait().await;
    site.kms.schedule_key_deletion().key_id(&site.key).send().await.unwrap();
    site.status().await;
    site.clock.advance(Duration::from_secs(400));
    site.status().await;
    site.clock.advance(Duration::from_secs(7 * 86_400));
    assert_eq!(site.status().await, "inaccessible-encryption-credentials");
    assert_eq!(code(start().await), "InvalidDBInstanceState");
    let delete = site.rds.delete_db_instance().db_instance_identifier("finsight-db");
    delete.skip_final_snapshot(true).send().await.unwrap();
}
