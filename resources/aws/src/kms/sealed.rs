//! What is encrypted with a key and stands: without the key nobody could read it.
//!
//! AWS has no list of it. Looked at are snapshots, retained backups and instances of RDS, log groups and secrets.

use aws_sdk_rds::types::DbInstanceAutomatedBackup;
use finsight_engine::contract::Failure;
use futures::future::try_join5;

use super::common::key_id;
use crate::pages::all_pages;
use crate::rds::common::instances;
use crate::session::Region;

/// Each by its id, with what it is.
pub(super) async fn with(aws: &Region, key: &str) -> Result<Vec<String>, Failure> {
    let it = |named: Option<&str>| named.is_some_and(|named| key_id(named) == key);
    // Automated ones go or stay with their instance's backups.
    let snapshots = async {
        all_pages!(
            aws.rds().describe_db_snapshots().snapshot_type("manual"),
            "rds:DescribeDBSnapshots",
            db_snapshots,
            |one| it(one.kms_key_id())
                .then(|| one.db_snapshot_identifier().map(|name| format!("{name} (DB snapshot)")))
                .flatten()
        )
    };
    let backups = async {
        all_pages!(
            aws.rds().describe_db_instance_automated_backups(),
            "rds:DescribeDBInstanceAutomatedBackups",
            db_instance_automated_backups,
            |one| (it(one.kms_key_id()) && one.status() == Some("retained")).then(|| backup(one))
        )
    };
    let groups = async {
        all_pages!(aws.logs().describe_log_groups(), "logs:DescribeLogGroups", log_groups, |one| {
            it(one.kms_key_id())
                .then(|| one.log_group_name().map(|name| format!("{name} (log group)")))
                .flatten()
        })
    };
    let secrets = async {
        all_pages!(aws.secretsmanager().list_secrets(), "secretsmanager:ListSecrets", secret_list, |one| {
            it(one.kms_key_id()).then(|| one.arn().map(|arn| format!("{arn} (secret)"))).flatten()
        })
    };
    let databases = instances(aws, |one| it(one.kms_key_id()));
    let (mut found, more, groups, secrets, databases) =
        try_join5(snapshots, backups, groups, secrets, databases).await?;
    found.extend(more.into_iter().chain(groups).chain(secrets).chain(databases));
    Ok(found)
}

/// A retained backup by the instance that it is of.
fn backup(one: &DbInstanceAutomatedBackup) -> String {
    let of = one.db_instance_identifier().unwrap_or_default();
    format!("{} (retained backups of {of})", one.dbi_resource_id().unwrap_or(of))
}
