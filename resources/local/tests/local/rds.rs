use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{
    ApplyMethod, CloudwatchLogsExportConfiguration, DbInstance, Filter, Parameter, Tag,
};
use finsight_local::{LocalClock, LocalCloud};

use crate::support::{REGION, code, config, ec2, group, role, subnet, vpc};

pub struct Site {
    pub rds: Client,
    pub ec2: aws_sdk_ec2::Client,
    pub clock: LocalClock,
    cloud: LocalCloud,
    pub subnets: [String; 2],
    pub group: String,
    pub key: String,
    pub kms: aws_sdk_kms::Client,
    vpc: String,
}

/// A subnet group `db`, a parameter group `pg`, a security group and a key.
pub async fn site() -> Site {
    let clock = LocalClock::manual();
    let cloud = LocalCloud::in_memory().with_clock(clock.clone());
    let config = config(&cloud, REGION).await;
    let (rds, ec2) = (Client::new(&config), ec2(&cloud).await);
    let vpc = vpc(&ec2).await;
    let subnets = [
        subnet(&ec2, &vpc, "10.0.1.0/24", "ap-northeast-1a").await,
        subnet(&ec2, &vpc, "10.0.2.0/24", "ap-northeast-1c").await,
    ];
    let group = group(&ec2, &vpc, "db").await;
    let few = rds
        .create_db_subnet_group()
        .db_subnet_group_name("few")
        .db_subnet_group_description("d")
        .subnet_ids(&subnets[0]);
    assert_eq!(code(few.send().await), "DBSubnetGroupDoesNotCoverEnoughAZs");
    let create = || {
        let call = rds.create_db_subnet_group().db_subnet_group_name("DB").db_subnet_group_description("d");
        call.set_subnet_ids(Some(subnets.to_vec())).send()
    };
    create().await.unwrap();
    assert_eq!(code(create().await), "DBSubnetGroupAlreadyExists");
    let pg =
        rds.create_db_parameter_group().db_parameter_group_name("pg").db_parameter_group_family("postgres15");
    pg.description("d").send().await.unwrap();
    let kms = aws_sdk_kms::Client::new(&config);
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap().arn.unwrap();
    Site { rds, ec2, clock, cloud, subnets, group, key, kms, vpc }
}

impl Site {
    pub async fn other_group(&self) -> String {
        group(&self.ec2, &self.vpc, "other").await
    }

    /// Two more subnets, one in each zone.
    pub async fn other_subnets(&self) -> [String; 2] {
        [
            subnet(&self.ec2, &self.vpc, "10.0.3.0/24", "ap-northeast-1a").await,
            subnet(&self.ec2, &self.vpc, "10.0.4.0/24", "ap-northeast-1c").await,
        ]
    }

    pub fn create(
        &self,
    ) -> aws_sdk_rds::operation::create_db_instance::builders::CreateDBInstanceFluentBuilder {
        self.rds
            .create_db_instance()
            .db_instance_identifier("Finsight-DB")
            .db_instance_class("db.t3.micro")
            .engine("postgres")
            .engine_version("15")
            .allocated_storage(20)
            .master_username("admin1")
            .manage_master_user_password(true)
            .db_subnet_group_name("db")
            .vpc_security_group_ids(&self.group)
            .db_parameter_group_name("pg")
    }

    pub async fn seen(&self) -> DbInstance {
        let found =
            self.rds.describe_db_instances().db_instance_identifier("finsight-db").send().await.unwrap();
        found.db_instances.unwrap().remove(0)
    }

    pub async fn status(&self) -> String {
        self.seen().await.db_instance_status.unwrap()
    }

    pub async fn wait(&self) {
        self.clock.advance(Duration::from_secs(900));
        assert_eq!(self.status().await, "available");
    }

    pub fn modify(
        &self,
    ) -> aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder {
        self.rds.modify_db_instance().db_instance_identifier("finsight-db")
    }
}

#[tokio::test]
async fn every_property_comes_back() {
    let site = site().await;
    let monitor = role(&site.cloud, "monitor", "monitoring.rds.amazonaws.com").await;
    let made = site
        .create()
        .max_allocated_storage(100)
        .storage_type("gp3")
        .storage_encrypted(true)
        .kms_key_id(&site.key)
        .master_user_secret_kms_key_id(&site.key)
        .multi_az(true)
        .enable_iam_database_authentication(true)
        .enable_cloudwatch_logs_exports("upgrade")
        .enable_cloudwatch_logs_exports("postgresql")
        .preferred_backup_window("01:00-02:00")
        .preferred_maintenance_window("Mon:03:00-Mon:04:00")
        .backup_retention_period(7)
        .deletion_protection(true)
        .copy_tags_to_snapshot(true)
        .auto_minor_version_upgrade(false)
        .enable_performance_insights(true)
        .monitoring_interval(60)
        .monitoring_role_arn(&monitor)
        .publicly_accessible(false)
        .port(5433)
        .db_name("finsight")
        .ca_certificate_identifier("rds-ca-rsa4096-g1")
        .tags(Tag::builder().key("k").value("v").build())
        .send()
        .await
        .unwrap()
        .db_instance
        .unwrap();
    assert_eq!(made.db_instance_status(), Some("creating"));
    assert!(made.endpoint().is_none());
    assert_eq!(made.master_user_secret().unwrap().secret_status(), Some("creating"));
    site.wait().await;
    let db = site.seen().await;
    assert_eq!(db.db_instance_identifier(), Some("finsight-db"));
    assert!(db.engine_version().unwrap().starts_with("15."));
    assert_eq!(
        (db.allocated_storage(), db.max_allocated_storage(), db.storage_type()),
        (Some(20), Some(100), Some("gp3"))
    );
    assert_eq!((db.storage_encrypted(), db.kms_key_id()), (Some(true), Some(site.key.as_str())));
    assert_eq!((db.multi_az(), db.secondary_availability_zone()), (Some(true), Some("ap-northeast-1c")));
    assert_eq!(db.iam_database_authentication_enabled(), Some(true));
    assert_eq!(db.enabled_cloudwatch_logs_exports(), ["postgresql", "upgrade"]);
    assert_eq!(db.preferred_maintenance_window(), Some("mon:03:00-mon:04:00"));
    assert_eq!(
        (db.backup_retention_period(), db.deletion_protection(), db.copy_tags_to_snapshot()),
        (Some(7), Some(true), Some(true))
    );
    assert_eq!(
        (db.performance_insights_enabled(), db.performance_insights_retention_period()),
        (Some(true), Some(7))
    );
    assert_eq!((db.monitoring_interval(), db.monitoring_role_arn()), (Some(60), Some(monitor.as_str())));
    assert_eq!((db.endpoint().unwrap().port(), db.db_name()), (Some(5433), Some("finsight")));
    assert_eq!(db.db_parameter_groups()[0].db_parameter_group_name(), Some("pg"));
    assert_eq!(db.vpc_security_groups()[0].vpc_security_group_id(), Some(site.group.as_str()));
    assert_eq!(db.db_subnet_group().unwrap().subnets().len(), 2);
    assert_eq!(db.tag_list()[0].value(), Some("v"));
    assert_eq!(db.master_user_secret().unwrap().secret_status(), Some("active"));
    assert_eq!(db.option_group_memberships()[0].option_group_name(), Some("default:postgres-15"));
    assert!(db.dbi_resource_id().unwrap().starts_with("db-"));
    let by = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
    let count = async |filter| {
        site.rds.describe_db_instances().filters(filter).send().await.unwrap().db_instances().len()
    };
    assert_eq!(count(by("dbi-resource-id", db.dbi_resource_id().unwrap())).await, 1);
    assert_eq!(count(by("db-instance-id", "other")).await, 0);
}

#[tokio::test]
async fn creation_is_checked() {
    let site = site().await;
    let no_group = site.create().db_subnet_group_name("none").send().await;
    assert_eq!(code(no_group), "DBSubnetGroupNotFoundFault");
    assert_eq!(code(site.create().db_parameter_group_name("none").send().await), "DBParameterGroupNotFound");
    assert_eq!(code(site.create().vpc_security_group_ids("sg-none").send().await), "InvalidParameterValue");
    assert_eq!(
        code(site.create().master_user_password("password1").send().await),
        "InvalidParameterCombination"
    );
    let key = site.create().storage_encrypted(true).kms_key_id("none").send().await;
    assert_eq!(code(key), "KMSKeyNotAccessibleFault");
    assert_eq!(code(site.create().monitoring_interval(60).send().await), "InvalidParameterCombination");
    assert_eq!(code(site.create().engine_version("16").send().await), "InvalidParameterCombination");
    assert_eq!(code(site.create().engine_version("15.99").send().await), "InvalidParameterCombination");
    assert_eq!(code(site.create().db_instance_class("db.t3.nano").send().await), "InvalidParameterValue");
    site.create().send().await.unwrap();
    assert_eq!(code(site.create().send().await), "DBInstanceAlreadyExists");
    assert_eq!(code(site.modify().multi_az(true).send().await), "InvalidDBInstanceState");
    assert_eq!(
        code(site.rds.describe_db_instances().db_instance_identifier("none").send().await),
        "DBInstanceNotFound"
    );
}

#[tokio::test]
async fn changes_wait_or_apply() {
    let site = site().await;
    site.create().send().await.unwrap();
    site.wait().await;
    assert_eq!(code(site.modify().send().await), "InvalidParameterCombination");
    site.modify().db_instance_class("db.t3.medium").send().await.unwrap();
    let db = site.seen().await;
    assert_eq!((db.db_instance_class(), db.db_instance_status()), (Some("db.t3.micro"), Some("available")));
    assert_eq!(db.pending_modified_values().unwrap().db_instance_class(), Some("db.t3.medium"));
    let again = site.modify().db_instance_class("db.t3.medium").send().await;
    assert_eq!(code(again), "InvalidParameterCombination", "it waits already");

    site.modify().multi_az(true).apply_immediately(true).send().await.unwrap();
    // H2: for up to half a minute the status does not show it.
    let db = site.seen().await;
    assert_eq!((db.db_instance_status(), db.multi_az()), (Some("available"), Some(false)));
    assert_eq!(db.pending_modified_values().unwrap().multi_az(), Some(true));
    site.clock.advance(Duration::from_secs(30));
    assert_eq!(site.status().await, "modifying");
    assert_eq!(code(site.modify().multi_az(false).send().await), "InvalidDBInstanceState");
    site.wait().await;
    let db = site.seen().await;
    assert_eq!(
        (db.db_instance_class(), db.multi_az()),
        (Some("db.t3.medium"), Some(true)),
        "what waited came along"
    );
    assert!(db.pending_modified_values().is_none_or(|p| p.db_instance_class().is_none()));

    let logs = CloudwatchLogsExportConfiguration::builder().enable_log_types("postgresql").build();
    site.modify().cloudwatch_logs_export_configuration(logs).send().await.unwrap();
    site.wait().await;
    assert_eq!(site.seen().await.enabled_cloudwatch_logs_exports(), ["postgresql"]);
    assert_eq!(code(site.modify().allocated_storage(19).send().await), "InvalidParameterCombination");
    let upgrade = site.modify().engine_version("16.4").send().await;
    assert_eq!(code(upgrade), "InvalidParameterCombination");
}

#[tokio::test]
async fn static_parameters_need_a_reboot() {
    let site = site().await;
    site.create().send().await.unwrap();
    site.wait().await;
    let set = |name: &str, value: &str, method: ApplyMethod| {
        let parameter =
            Parameter::builder().parameter_name(name).parameter_value(value).apply_method(method).build();
        site.rds.modify_db_parameter_group().db_parameter_group_name("pg").parameters(parameter).send()
    };
    let at_once = set("max_connections", "100", ApplyMethod::Immediate).await;
    assert_eq!(code(at_once), "InvalidParameterCombination");
    set("max_connections", "100", ApplyMethod::PendingReboot).await.unwrap();
    let apply =
        async || site.seen().await.db_parameter_groups()[0].parameter_apply_status().unwrap().to_owned();
    assert_eq!(apply().await, "pending-reboot");
    let user =
        site.rds.describe_db_parameters().db_parameter_group_name("pg").source("user").send().await.unwrap();
    assert_eq!(user.parameters()[0].parameter_value(), Some("100"));
    site.rds.reboot_db_instance().db_instance_identifier("finsight-db").send().await.unwrap();
    assert_eq!(site.status().await, "rebooting");
    site.wait().await;
    assert_eq!(apply().await, "in-sync");
    let many =
        (0..21).map(|n| Parameter::builder().parameter_name(format!("p{n}")).parameter_value("1").build());
    let many = site
        .rds
        .modify_db_parameter_group()
        .db_parameter_group_name("pg")
        .set_parameters(Some(many.collect()));
    assert_eq!(code(many.send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn stop_start_and_delete() {
    let site = site().await;
    site.create().deletion_protection(true).send().await.unwrap();
    site.wait().await;
    let id = "finsight-db";
    site.rds.stop_db_instance().db_instance_identifier(id).send().await.unwrap();
    assert_eq!(site.status().await, "stopping");
    site.clock.advance(Duration::from_secs(300));
    assert_eq!(site.status().await, "stopped");
    assert_eq!(
        code(site.rds.stop_db_instance().db_instance_identifier(id).send().await),
        "InvalidDBInstanceState"
    );
    assert_eq!(code(site.modify().multi_az(true).send().await), "InvalidDBInstanceState");
    site.rds.start_db_instance().db_instance_identifier(id).send().await.unwrap();
    site.wait().await;

    let delete = || site.rds.delete_db_instance().db_instance_identifier(id);
    assert_eq!(code(delete().skip_final_snapshot(true).send().await), "InvalidParameterCombination");
    site.modify().deletion_protection(false).apply_immediately(true).send().await.unwrap();
    assert_eq!(code(delete().send().await), "InvalidParameterCombination");
    let in_use = site.ec2.delete_security_group().group_id(&site.group).send().await;
    assert_eq!(code(in_use), "DependencyViolation");
    assert_eq!(
        code(site.ec2.delete_subnet().subnet_id(&site.subnets[0]).send().await),
        "DependencyViolation"
    );
    let group = site.rds.delete_db_subnet_group().db_subnet_group_name("db").send().await;
    assert_eq!(code(group), "InvalidDBSubnetGroupStateFault");
    let parameters = site.rds.delete_db_parameter_group().db_parameter_group_name("pg").send().await;
    assert_eq!(code(parameters), "InvalidDBParameterGroupState");
    delete().final_db_snapshot_identifier("last").send().await.unwrap();
    assert_eq!(site.status().await, "deleting");
    assert_eq!(code(delete().skip_final_snapshot(true).send().await), "InvalidDBInstanceState");
    site.clock.advance(Duration::from_secs(300));
    let gone = site.rds.describe_db_instances().db_instance_identifier(id).send().await;
    assert_eq!(code(gone), "DBInstanceNotFound");
    let snapshots = site.rds.describe_db_snapshots().db_snapshot_identifier("last").send().await.unwrap();
    assert_eq!(snapshots.db_snapshots()[0].status(), Some("available"));
    site.rds.delete_db_subnet_group().db_subnet_group_name("db").send().await.unwrap();
    site.rds.delete_db_parameter_group().db_parameter_group_name("pg").send().await.unwrap();
    site.ec2.delete_security_group().group_id(&site.group).send().await.unwrap();
}

#[tokio::test]
async fn tags_by_arn() {
    let site = site().await;
    let made = site.create().send().await.unwrap().db_instance.unwrap();
    let arns = [
        made.db_instance_arn().unwrap().to_owned(),
        format!("arn:aws:rds:{REGION}:123456789012:subgrp:db"),
        format!("arn:aws:rds:{REGION}:123456789012:pg:pg"),
    ];
    for arn in &arns {
        let tag = Tag::builder().key("k").value("v").build();
        site.rds.add_tags_to_resource().resource_name(arn).tags(tag).send().await.unwrap();
        let tags = site.rds.list_tags_for_resource().resource_name(arn).send().await.unwrap();
        assert_eq!(tags.tag_list()[0].value(), Some("v"));
        site.rds.remove_tags_from_resource().resource_name(arn).tag_keys("k").send().await.unwrap();
        let tags = site.rds.list_tags_for_resource().resource_name(arn).send().await.unwrap();
        assert!(tags.tag_list().is_empty());
    }
}

#[tokio::test]
async fn a_major_upgrade_needs_the_word_and_a_group_of_the_new_family() {
    let site = site().await;
    site.create().send().await.unwrap();
    site.clock.advance(Duration::from_secs(3_600));
    let new = site.rds.create_db_parameter_group().db_parameter_group_name("pg16").description("d");
    new.db_parameter_group_family("postgres16").send().await.unwrap();
    let to = |version: &str| {
        let call =
            site.rds.modify_db_instance().db_instance_identifier("finsight-db").apply_immediately(true);
        call.engine_version(version)
    };
    assert_eq!(code(to("16").send().await), "InvalidParameterCombination");
    let custom = to("16").allow_major_version_upgrade(true).send().await;
    assert!(format!("{custom:?}").contains("parameter group pg is custom"), "{custom:?}");
    let old = to("16").allow_major_version_upgrade(true).db_parameter_group_name("pg").send().await;
    assert!(format!("{old:?}").contains("DBParameterGroupFamily postgres16"), "{old:?}");
    to("16").allow_major_version_upgrade(true).db_parameter_group_name("pg16").send().await.unwrap();
    site.clock.advance(Duration::from_secs(3_600));
    let seen = site.seen().await;
    assert!(seen.engine_version().unwrap().starts_with("16."));
    let group = &seen.db_parameter_groups()[0];
    assert_eq!(group.db_parameter_group_name(), Some("pg16"));
    assert_eq!(group.parameter_apply_status(), Some("in-sync"));
    let back = to("15").allow_major_version_upgrade(true).db_parameter_group_name("pg").send().await;
    assert!(format!("{back:?}").contains("Cannot upgrade postgres from 16"), "{back:?}");
}

/// Names that are PostgreSQL's or RDS's own, names out of form, ports and periods that there are not.
#[tokio::test]
async fn names_ports_and_periods_are_what_rds_takes() {
    let site = site().await;
    for user in ["admin", "rdsadmin", "user", "pg_app", "1app", "my-app", "Table"] {
        let refused = site.create().master_username(user).send().await;
        assert_eq!(code(refused), "InvalidParameterValue", "{user}");
    }
    for database in ["my-db", "1db", "select"] {
        let refused = site.create().db_name(database).send().await;
        assert_eq!(code(refused), "InvalidParameterValue", "{database}");
    }
    for port in [80, 1149, 65_536] {
        assert_eq!(code(site.create().port(port).send().await), "InvalidParameterValue", "{port}");
    }
    let insights =
        |days| site.create().enable_performance_insights(true).performance_insights_retention_period(days);
    for days in [8, 94, 744] {
        assert_eq!(code(insights(days).send().await), "InvalidParameterValue", "{days}");
    }
    let advanced = insights(93).database_insights_mode("advanced".into());
    assert_eq!(code(advanced.send().await), "InvalidParameterCombination");
    let made = insights(465).database_insights_mode("advanced".into()).db_name("app_1").port(1_150);
    made.master_username("application_database_user").send().await.unwrap();
}
