//! Database instances and their snapshots.

use std::collections::BTreeMap;

use aws_sdk_rds::types::{DbInstance, Filter};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use finsight_engine::contract::{Failure, FailureClass};
use finsight_engine::value::Map;

use crate::failure::{absent_as_none, refused, unread};
use crate::rds::common::{tag_pairs, tags_of};
use crate::rds::db_instance::described;
use crate::rds::db_instance_values::{live, unfit};
use crate::session::Region;

/// A database instance as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Database {
    /// Its identifier.
    pub id: String,
    /// AWS's word for what it is doing.
    pub status: String,
    /// Its ARN.
    pub arn: String,
    /// The incarnation, whatever its identifier.
    pub resource_id: String,
    /// Whether a standby runs in another zone.
    pub multi_az: bool,
    /// When it was made, in seconds since 1970.
    pub created: Option<i64>,
    /// The zone that it runs in.
    pub zone: String,
    /// The identifier that it is getting.
    pub renaming_to: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its properties, by the names of `aws:rds:DBInstance`.
    pub properties: Map,
}

impl Database {
    pub(super) fn of(instance: &DbInstance) -> Self {
        let pending = instance.pending_modified_values();
        let text = |of: Option<&str>| of.unwrap_or_default().to_owned();
        Self {
            id: text(instance.db_instance_identifier()),
            status: text(instance.db_instance_status()),
            arn: text(instance.db_instance_arn()),
            resource_id: text(instance.dbi_resource_id()),
            multi_az: instance.multi_az().unwrap_or(false),
            created: instance.instance_create_time().map(DateTime::secs),
            zone: text(instance.availability_zone()),
            renaming_to: pending.and_then(|pending| pending.db_instance_identifier()).map(str::to_owned),
            tags: tag_pairs(instance.tag_list()),
            properties: live(instance, &Map::new()).properties,
        }
    }

    /// Whether it serves and takes changes.
    #[must_use]
    pub fn is_available(&self) -> bool {
        let states =
            ["available", "storage-optimization", "storage-initialization", "storage-config-upgrade"];
        states.contains(&self.status.as_str()) && self.renaming_to.is_none()
    }

    /// Whether somebody has to help it: waiting does not.
    #[must_use]
    pub fn is_unfit(&self) -> bool {
        unfit(&self.status) || self.status == "deleting"
    }
}

/// The instances that stand among those named, by identifier.
///
/// # Errors
/// What AWS said.
pub async fn look(aws: &Region, ids: &[&str]) -> Result<BTreeMap<String, Database>, Failure> {
    let found = described(aws, ids.iter().map(|id| (*id).to_owned()).collect()).await?;
    Ok(found.iter().map(Database::of).map(|database| (database.id.clone(), database)).collect())
}

/// The instances that made way for a restored one, by the name that they got.
///
/// # Errors
/// What AWS said.
pub async fn earlier(aws: &Region, id: &str) -> Result<Vec<Database>, Failure> {
    let kept = format!("{id}-before-");
    let mut pages = aws.rds().describe_db_instances().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("rds:DescribeDBInstances", &error))?;
        let named =
            |one: &&DbInstance| one.db_instance_identifier().is_some_and(|one| one.starts_with(&kept));
        found.extend(page.db_instances().iter().filter(named).map(Database::of));
    }
    Ok(found)
}

/// Stops an instance.
///
/// # Errors
/// What AWS said.
pub async fn stop(aws: &Region, id: &str) -> Result<(), Failure> {
    let call = aws.rds().stop_db_instance().db_instance_identifier(id);
    call.send().await.map(|_| ()).map_err(|error| refused("rds:StopDBInstance", &error))
}

/// Starts an instance.
///
/// # Errors
/// What AWS said.
pub async fn start(aws: &Region, id: &str) -> Result<(), Failure> {
    let call = aws.rds().start_db_instance().db_instance_identifier(id);
    call.send().await.map(|_| ()).map_err(|error| refused("rds:StartDBInstance", &error))
}

/// Reboots an instance into its standby.
///
/// # Errors
/// What AWS said.
pub async fn fail_over(aws: &Region, id: &str) -> Result<(), Failure> {
    let call = aws.rds().reboot_db_instance().db_instance_identifier(id).force_failover(true);
    call.send().await.map(|_| ()).map_err(|error| refused("rds:RebootDBInstance", &error))
}

/// Gives an instance another identifier.
///
/// # Errors
/// What AWS said.
pub async fn rename(aws: &Region, id: &str, new: &str) -> Result<(), Failure> {
    let call = aws.rds().modify_db_instance().db_instance_identifier(id);
    let call = call.new_db_instance_identifier(new).apply_immediately(true);
    call.send().await.map(|_| ()).map_err(|error| refused("rds:ModifyDBInstance", &error))
}

/// Takes a tag off.
///
/// # Errors
/// What AWS said.
pub async fn untag(aws: &Region, arn: &str, key: &str) -> Result<(), Failure> {
    let call = aws.rds().remove_tags_from_resource().resource_name(arn).tag_keys(key);
    call.send().await.map(|_| ()).map_err(|error| refused("rds:RemoveTagsFromResource", &error))
}

/// Puts a tag on.
///
/// # Errors
/// What AWS said.
pub async fn tag(aws: &Region, arn: &str, key: &str, value: &str) -> Result<(), Failure> {
    let tags = tags_of([(key.to_owned(), value.to_owned())].into());
    let call = aws.rds().add_tags_to_resource().resource_name(arn).set_tags(Some(tags));
    call.send().await.map(|_| ()).map_err(|error| refused("rds:AddTagsToResource", &error))
}

/// The snapshots of an instance that bear a tag, with what it says.
///
/// # Errors
/// What AWS said.
pub async fn tagged_snapshots(aws: &Region, of: &str, key: &str) -> Result<Vec<(String, String)>, Failure> {
    let call = aws.rds().describe_db_snapshots().db_instance_identifier(of).snapshot_type("manual");
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("rds:DescribeDBSnapshots", &error))?;
        found.extend(page.db_snapshots().iter().filter_map(|one| {
            Some((one.db_snapshot_identifier()?.to_owned(), tag_pairs(one.tag_list()).remove(key)?))
        }));
    }
    Ok(found)
}

/// A snapshot as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its identifier.
    pub id: String,
    /// The identifier that its instance had.
    pub of: String,
    /// AWS's word for how far it is.
    pub status: String,
    /// Percent done.
    pub percent: i32,
    /// Its ARN.
    pub arn: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What is in it, by the names of `aws:rds:DBInstance`: what no restore changes.
    pub fixed: BTreeMap<&'static str, String>,
}

/// The snapshot of a name; `None` where there is none.
///
/// # Errors
/// What AWS said.
pub async fn snapshot(aws: &Region, id: &str) -> Result<Option<Snapshot>, Failure> {
    let filter = Filter::builder().name("db-snapshot-id").values(id).build();
    let answer = aws.rds().describe_db_snapshots().filters(filter).send().await;
    let answer = answer.map_err(|error| unread("rds:DescribeDBSnapshots", &error));
    let Some(answer) = absent_as_none(answer)? else { return Ok(None) };
    let found = answer.db_snapshots().iter().find(|snapshot| snapshot.db_snapshot_identifier() == Some(id));
    Ok(found.map(|snapshot| {
        let text = |of: Option<&str>| of.unwrap_or_default().to_owned();
        let fixed = [
            ("engine", snapshot.engine()),
            ("master_username", snapshot.master_username()),
            ("kms_key_id", snapshot.kms_key_id()),
        ];
        Snapshot {
            id: id.to_owned(),
            of: text(snapshot.db_instance_identifier()),
            status: text(snapshot.status()),
            percent: snapshot.percent_progress().unwrap_or(0),
            arn: text(snapshot.db_snapshot_arn()),
            tags: tag_pairs(snapshot.tag_list()),
            fixed: fixed.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned()))).collect(),
        }
    }))
}

/// The newest snapshot of an incarnation that is whole and whose name begins so, and when it was taken, in seconds since
/// 1970: not AWS's own, which go with the time that backups are kept.
///
/// # Errors
/// What AWS said.
pub async fn newest_snapshot(
    aws: &Region,
    resource_id: &str,
    prefix: &str,
) -> Result<Option<(String, i64)>, Failure> {
    let filter = Filter::builder().name("dbi-resource-id").values(resource_id).build();
    let call = aws.rds().describe_db_snapshots().filters(filter).snapshot_type("manual");
    let mut pages = call.into_paginator().send();
    let mut newest: Option<(String, i64)> = None;
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("rds:DescribeDBSnapshots", &error))?;
        for snapshot in page.db_snapshots().iter().filter(|one| one.status() == Some("available")) {
            let id = snapshot.db_snapshot_identifier().unwrap_or_default();
            if !id.starts_with(prefix) {
                continue;
            }
            let Some(taken) = snapshot.snapshot_create_time().map(DateTime::secs) else { continue };
            if newest.as_ref().is_none_or(|(_, before)| *before < taken) {
                newest = Some((id.to_owned(), taken));
            }
        }
    }
    Ok(newest)
}

/// Takes a snapshot.
///
/// # Errors
/// What AWS said; one of that name is [`FailureClass::Exists`].
pub async fn take_snapshot(
    aws: &Region,
    of: &str,
    id: &str,
    tags: BTreeMap<String, String>,
) -> Result<(), Failure> {
    let call = aws.rds().create_db_snapshot().db_instance_identifier(of).db_snapshot_identifier(id);
    let call = call.set_tags(Some(tags_of(tags)));
    call.send().await.map(|_| ()).map_err(|error| refused("rds:CreateDBSnapshot", &error))
}

/// Automated backups that bear an instance's identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backup {
    /// The last moment that they know, in RFC 3339; empty where AWS does not say.
    pub latest: String,
    /// The incarnation that they are of.
    pub resource_id: String,
}

/// The automated backups of all incarnations that had an identifier, oldest first: of the one that stands,
/// and those that were kept of others.
///
/// # Errors
/// What AWS said.
pub async fn backups(aws: &Region, id: &str) -> Result<Vec<Backup>, Failure> {
    let call = aws.rds().describe_db_instance_automated_backups().db_instance_identifier(id);
    let answer = call.send().await;
    let answer = answer.map_err(|error| unread("rds:DescribeDBInstanceAutomatedBackups", &error));
    let answer = match answer {
        Err(failure) if failure.code == "DBInstanceAutomatedBackupNotFound" => return Ok(Vec::new()),
        answer => absent_as_none(answer)?,
    };
    let mut found: Vec<Backup> = answer
        .iter()
        .flat_map(|answer| answer.db_instance_automated_backups())
        .filter_map(|backup| {
            let latest = backup.restore_window().and_then(|window| window.latest_time());
            let latest = latest.and_then(|time| DateTime::from_secs(time.secs()).fmt(Format::DateTime).ok());
            Some(Backup {
                latest: latest.unwrap_or_default(),
                resource_id: backup.dbi_resource_id()?.to_owned(),
            })
        })
        .collect();
    found.sort();
    Ok(found)
}

/// The snapshots of what had an identifier.
///
/// # Errors
/// What AWS said.
pub async fn snapshots(aws: &Region, of: &str) -> Result<Vec<String>, Failure> {
    let answer = aws.rds().describe_db_snapshots().db_instance_identifier(of).send().await;
    let answer = answer.map_err(|error| unread("rds:DescribeDBSnapshots", &error));
    let Some(answer) = absent_as_none(answer)? else { return Ok(Vec::new()) };
    let ids = answer.db_snapshots().iter().filter_map(|snapshot| snapshot.db_snapshot_identifier());
    Ok(ids.map(str::to_owned).collect())
}

/// The proxies' targets that name one of these instances, as proxy and instance.
///
/// # Errors
/// What AWS said.
pub async fn targets(
    aws: &Region,
    proxies: &[String],
    instances: &[&str],
) -> Result<Vec<(String, String)>, Failure> {
    let mut found = Vec::new();
    for proxy in proxies {
        let answer = aws.rds().describe_db_proxy_targets().db_proxy_name(proxy).send().await;
        let answer = answer.map_err(|error| unread("rds:DescribeDBProxyTargets", &error));
        let Some(answer) = absent_as_none(answer)? else { continue };
        let named = answer.targets().iter().filter_map(|target| target.rds_resource_id());
        let stale = named.filter(|named| instances.contains(named));
        found.extend(stale.map(|named| (proxy.clone(), named.to_owned())));
    }
    Ok(found)
}

/// Takes an instance out from behind a proxy; it is no failure if it is not there any more.
///
/// # Errors
/// What AWS said.
pub async fn deregister(aws: &Region, proxy: &str, instance: &str) -> Result<(), Failure> {
    let call = aws.rds().deregister_db_proxy_targets().db_proxy_name(proxy).target_group_name("default");
    let answer = call.db_instance_identifiers(instance).send().await;
    match answer.map_err(|error| refused("rds:DeregisterDBProxyTargets", &error)) {
        Ok(_) => Ok(()),
        Err(failure) if failure.class == FailureClass::Absent => Ok(()),
        Err(mut failure) if failure.code == "InvalidDBProxyStateFault" => {
            failure.class = FailureClass::NotYet;
            Err(failure)
        }
        Err(failure) => Err(failure),
    }
}
