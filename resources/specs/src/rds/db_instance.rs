//! `aws:rds:DBInstance`

use std::collections::BTreeMap;

use finsight_engine::contract::{OWNER_TAG, Target};
use finsight_engine::schema::{Data, Days, Equality, Identity, Kept, Leaves, LetsGo, Period, Timing};
use finsight_engine::value::{Map, Value};

use crate::declare::resource;
use crate::ids::{Arn, DbInstanceId, DbParameterGroupName, DbSubnetGroupName, SecurityGroupId};

resource! {
    /// A database instance for PostgreSQL.
    DbInstance: "aws:rds:DBInstance", id DbInstanceId, outputs DbInstanceOutputs {
        required {
            /// The class, such as `db.t3.micro`.
            db_instance_class: String { interrupt(), lets_go(LetsGo::Free) },
            /// The engine: `postgres`.
            engine: String { replace(), lets_go(LetsGo::Free) },
        }
        optional {
            /// Its identifier, unique in the region; generated where it is not set.
            db_instance_identifier: String {
                replace(), equality(Equality::CaseInsensitive), lets_go(LetsGo::Free),
            },
            /// The version: `15` follows minor upgrades, `15.8` is that one at least and wants `auto_minor_version_upgrade`
            /// off. A later minor version is no difference; to an earlier major one there is no way.
            engine_version: String {
                interrupt(), equality(Equality::VersionPrefix), forward(), major("allow_major_version_upgrade"),
                lets_go(LetsGo::Free),
            },
            /// GiB of storage at least: it can grow, never shrink, and more than this is no difference.
            allocated_storage: i64 { equality(Equality::AtLeast) },
            /// GiB up to which AWS lets the storage grow by itself.
            max_allocated_storage: i64 { absent() },
            /// `gp3`, `gp2`, `io1` or `io2`.
            storage_type: String { lets_go(LetsGo::Free) },
            /// I/O operations a second, where the storage type takes it.
            iops: i64,
            /// MiB a second, for `gp3`.
            storage_throughput: i64,
            /// Whether storage, backups and snapshots are encrypted.
            storage_encrypted: bool { replace(), default(false) },
            /// The KMS key of the storage, by ARN; the account's own for RDS where it is not set.
            kms_key_id: Arn { replace(), lets_go(LetsGo::Never) },
            /// The database that is made with the instance.
            db_name: String { replace(), lets_go(LetsGo::Free) },
            /// The master user.
            master_username: String { replace(), lets_go(LetsGo::Free) },
            /// The master user's password, unless RDS manages it.
            master_user_password: String { write_only(), secret(), lets_go(LetsGo::Free) },
            /// Whether RDS keeps the master password in Secrets Manager and rotates it.
            manage_master_user_password: bool { follows(), default(false) },
            /// Not to be set: after which version of that secret `ops secret rotate` has RDS make a new password.
            rotation: String { by_operation(), write_only() },
            /// The KMS key of that secret, by ARN. RDS changes it of no secret: another key is another secret, for
            /// which the old password is given up first.
            master_user_secret_kms_key_id: Arn { interrupt(), lets_go(LetsGo::Changed) },
            /// The port; 5432 for PostgreSQL where it is not set.
            port: i64 { interrupt() },
            /// Whether a standby runs in another zone.
            multi_az: bool { default(false) },
            /// The zone; not together with `multi_az`, where AWS moves between zones.
            availability_zone: String { replace(), lets_go(LetsGo::Free) },
            /// The subnet group.
            db_subnet_group_name: DbSubnetGroupName {
                replace(), equality(Equality::CaseInsensitive), lets_go(LetsGo::Never),
            },
            /// Its security groups.
            vpc_security_group_ids: Vec<SecurityGroupId> { unordered(), lets_go(LetsGo::Shrunk) },
            /// Whether it has a public address.
            publicly_accessible: bool { default(false) },
            /// The parameter group.
            db_parameter_group_name: DbParameterGroupName {
                interrupt(), equality(Equality::CaseInsensitive), lets_go(LetsGo::Changed),
            },
            /// Those parameters of the group that take effect with a reboot: where they change, it is rebooted, in the
            /// same run and shown by the plan.
            static_parameters: BTreeMap<String, String> { write_only(), interrupt(), lets_go(LetsGo::Free) },
            /// `in-sync`: parameters that wait for a reboot get it, unless `apply_immediately` is off. Under
            /// `ignore_changes` they wait for the next one.
            parameter_apply_status: String { follows(), interrupt(), default("in-sync"), lets_go(LetsGo::Free) },
            /// Not to be set: `fit`, or AWS's word where it needs help by hand, such as `incompatible-parameters`.
            condition: String { follows(), default("fit"), lets_go(LetsGo::Free) },
            /// The option group.
            option_group_name: String { equality(Equality::CaseInsensitive), lets_go(LetsGo::Changed) },
            /// Days that automated backups are kept; 0 switches them off.
            backup_retention_period: i64 { default(1) },
            /// When backups are made, in UTC: `17:00-17:30`.
            preferred_backup_window: String { lets_go(LetsGo::Free) },
            /// When maintenance may be done, in UTC: `sun:18:00-sun:18:30`.
            preferred_maintenance_window: String {
                equality(Equality::CaseInsensitive), lets_go(LetsGo::Free),
            },
            /// Whether snapshots get the instance's tags.
            copy_tags_to_snapshot: bool { default(false) },
            /// Whether AWS refuses to delete it.
            deletion_protection: bool { default(false), guards() },
            /// Whether AWS installs minor versions by itself.
            auto_minor_version_upgrade: bool { default(true) },
            /// Whether users may log in with IAM credentials.
            enable_iam_database_authentication: bool { default(false) },
            /// Whether Performance Insights collects.
            enable_performance_insights: bool { default(false) },
            /// Its KMS key, by ARN. It stays the one that Performance Insights was first turned on with.
            performance_insights_kms_key_id: Arn { lets_go(LetsGo::Never) },
            /// Days that it keeps: 7 or a month's multiple.
            performance_insights_retention_period: i64,
            /// `standard` or `advanced`.
            database_insights_mode: String { lets_go(LetsGo::Free) },
            /// Seconds between two points of Enhanced Monitoring; 0 is off.
            monitoring_interval: i64 { default(0) },
            /// The role that sends them, by ARN.
            monitoring_role_arn: Arn { lets_go(LetsGo::Free) },
            /// The logs that go to CloudWatch: `postgresql`, `upgrade`, `iam-db-auth-error`.
            enable_cloudwatch_logs_exports: Vec<String> {
                unordered(), default(Vec::<Value>::new()), lets_go(LetsGo::Free),
            },
            /// The certificate authority, such as `rds-ca-rsa2048-g1`.
            ca_certificate_identifier: String { interrupt(), lets_go(LetsGo::Free) },
            /// `IPV4` or `DUAL`.
            network_type: String { lets_go(LetsGo::Free) },
            /// `open-source-rds-extended-support` or `open-source-rds-extended-support-disabled`.
            engine_lifecycle_support: String { lets_go(LetsGo::Free) },
            /// Whether changes are made at once; else in the next maintenance window, and reboots at the next occasion.
            apply_immediately: bool { write_only(), steers(), default(true) },
            /// Whether a change of `engine_version` may be one of the major version.
            allow_major_version_upgrade: bool { write_only(), default(false) },
            /// Whether its delete leaves no snapshot.
            skip_final_snapshot: bool { write_only(), default(false) },
            /// The name of the snapshot that its delete leaves; made of its identifier and resource id where it is not set.
            final_snapshot_identifier: String { write_only(), lets_go(LetsGo::Free) },
            /// Whether its delete takes the automated backups along.
            delete_automated_backups: bool { write_only(), default(true) },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// `db-…`, which `rds-db:connect` policies name.
            dbi_resource_id: String,
            /// The host name that clients connect to.
            endpoint_address: String,
            /// The port that they connect to.
            endpoint_port: i64 { volatile },
            /// The hosted zone of the host name.
            endpoint_hosted_zone_id: String,
            /// The secret with the master password, where RDS manages it.
            master_user_secret_arn: Arn { volatile },
        }
        spec {
            identity: Identity::Named { property: "db_instance_identifier" },
            generated_name: Some("db_instance_identifier"),
            timing: Timing::new([560, 320, 300], [40, 80, 60]).poll(5_000),
            pending: true,
            data: Some(Data {
                on_replace: &[("skip_final_snapshot", false), ("delete_automated_backups", false)],
                leaves: &[
                    Leaves { kept: FINAL_SNAPSHOT, property: "skip_final_snapshot", is: false },
                    Leaves { kept: BACKUPS, property: "delete_automated_backups", is: false },
                ],
                // At 0 they are switched off, and all go.
                periods: &[
                    Period {
                        what: "automated backups",
                        property: "backup_retention_period",
                        days: Days::OrNone,
                    },
                    Period {
                        what: "counters of Performance Insights",
                        property: "performance_insights_retention_period",
                        days: Days::OrNone,
                    },
                ],
                backed_up: true,
                sealed_by: &["kms_key_id"],
                ..Data::new("a database")
            }),
        }
    }
}

const FINAL_SNAPSHOT: Kept = Kept {
    type_name: "aws:rds:DBSnapshot",
    priced_by: &["allocated_storage"],
    ends: Some("aws rds delete-db-snapshot --region {region} --db-snapshot-identifier {id}"),
    brings_back: Some("finsight-deploy ops database restore --snapshot {id}"),
    ..Kept::new("a final snapshot", final_snapshot)
};

const BACKUPS: Kept = Kept {
    type_name: "aws:rds:DBInstanceAutomatedBackup",
    days: Some("backup_retention_period"),
    priced_by: &["allocated_storage"],
    ends: Some("aws rds delete-db-instance-automated-backup --region {region} --dbi-resource-id {id}"),
    brings_back: Some("finsight-deploy ops database restore --latest --of {id}"),
    ..Kept::new("its automated backups", backups)
};

/// The instance of which a restore has taken the place: it stands on under another name.
pub const BEFORE_RESTORE: Kept = Kept {
    type_name: "aws:rds:DBInstance",
    priced_by: &[
        "db_instance_class",
        "engine",
        "allocated_storage",
        "storage_type",
        "iops",
        "storage_throughput",
        "multi_az",
        "publicly_accessible",
        "manage_master_user_password",
    ],
    ends: Some(
        "aws rds modify-db-instance --region {region} --db-instance-identifier {id} --no-deletion-protection \
         --apply-immediately && aws rds delete-db-instance --region {region} --db-instance-identifier {id} \
         --final-db-snapshot-identifier {id}-final",
    ),
    ..Kept::new("the database as it was before a restore", backups)
};

/// The name of the snapshot that a delete leaves: the wanted one, or one that no other incarnation of the instance has
/// and every retry has again.
#[must_use]
pub fn final_snapshot_name(target: &Target) -> String {
    let text = |map: &Map, name: &str| map.get(name).and_then(Value::as_text).map(str::to_owned);
    if let Some(name) = text(&target.inputs, "final_snapshot_identifier") {
        return name;
    }
    let tags = target.inputs.get("tags").and_then(Value::as_map);
    let incarnation =
        text(&target.outputs, "dbi_resource_id").or_else(|| tags.and_then(|tags| text(tags, OWNER_TAG)));
    let name = format!("{}-final-{}", target.id, incarnation.as_deref().unwrap_or("snapshot"));
    name.to_ascii_lowercase()
}

fn final_snapshot(target: &Target) -> Option<String> {
    // AWS keeps it in lower case.
    Some(final_snapshot_name(target).to_ascii_lowercase())
}

/// What RDS keeps backups of an instance by.
fn backups(target: &Target) -> Option<String> {
    target.outputs.get("dbi_resource_id").and_then(Value::as_text).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_incarnation_has_its_own_final_snapshot() {
        let target = |resource: &str| Target {
            urn: "dev/database/aws:rds:DBInstance/main".parse().unwrap(),
            id: "finsight-db".to_owned(),
            inputs: Map::new(),
            outputs: [("dbi_resource_id".to_owned(), resource.into())].into_iter().collect(),
            awaited: false,
        };
        assert_eq!(final_snapshot_name(&target("db-ABC")), "finsight-db-final-db-abc");
        assert_ne!(final_snapshot_name(&target("db-ABC")), final_snapshot_name(&target("db-DEF")));
        let named = [("final_snapshot_identifier".to_owned(), "Last".into())].into_iter().collect();
        let named = Target { inputs: named, ..target("db-ABC") };
        assert_eq!(
            (final_snapshot_name(&named), final_snapshot(&named)),
            ("Last".into(), Some("last".into()))
        );
    }
}
