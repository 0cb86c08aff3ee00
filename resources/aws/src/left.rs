//! What deletes have left: whether it still stands, in one list call a type and region.

use std::collections::BTreeSet;

use aws_sdk_rds::types::Filter;
use finsight_engine::contract::Failure;

use crate::failure::unread;
use crate::rds::db_instance::described;
use crate::session::Region;

/// Of things of a type those that stand, by identifier; `None` where this type is not known.
///
/// # Errors
/// What AWS said.
pub async fn standing(
    aws: &Region,
    type_name: &str,
    ids: &[&str],
) -> Result<Option<BTreeSet<String>>, Failure> {
    let found = match type_name {
        "aws:rds:DBInstance" => {
            let found = described(aws, ids.iter().map(|id| (*id).to_owned()).collect()).await?;
            found.into_iter().filter_map(|instance| instance.db_instance_identifier).collect()
        }
        "aws:rds:DBSnapshot" => snapshots(aws, ids).await?,
        "aws:rds:DBInstanceAutomatedBackup" => backups(aws).await?,
        "aws:secretsmanager:Secret" => secrets(aws).await?,
        "aws:kms:Key" => keys(aws).await?,
        _ => return Ok(None),
    };
    Ok(Some(found))
}

async fn snapshots(aws: &Region, ids: &[&str]) -> Result<BTreeSet<String>, Failure> {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    let filter = Filter::builder().name("db-snapshot-id").set_values(Some(ids)).build();
    let mut found = BTreeSet::new();
    let mut pages = aws.rds().describe_db_snapshots().filters(filter).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("rds:DescribeDBSnapshots", &error))?;
        found.extend(page.db_snapshots.into_iter().flatten().filter_map(|one| one.db_snapshot_identifier));
    }
    Ok(found)
}

async fn backups(aws: &Region) -> Result<BTreeSet<String>, Failure> {
    let mut found = BTreeSet::new();
    let mut pages = aws.rds().describe_db_instance_automated_backups().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("rds:DescribeDBInstanceAutomatedBackups", &error))?;
        let all = page.db_instance_automated_backups.into_iter().flatten();
        found.extend(all.filter_map(|one| one.dbi_resource_id));
    }
    Ok(found)
}

async fn secrets(aws: &Region) -> Result<BTreeSet<String>, Failure> {
    let mut found = BTreeSet::new();
    let call = aws.secretsmanager().list_secrets().include_planned_deletion(true);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("secretsmanager:ListSecrets", &error))?;
        found.extend(page.secret_list.into_iter().flatten().filter_map(|one| one.arn));
    }
    Ok(found)
}

/// Also those that wait for their end.
async fn keys(aws: &Region) -> Result<BTreeSet<String>, Failure> {
    let mut found = BTreeSet::new();
    let mut pages = aws.kms().list_keys().limit(1000).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("kms:ListKeys", &error))?;
        found.extend(page.keys.into_iter().flatten().filter_map(|one| one.key_id));
    }
    Ok(found)
}
