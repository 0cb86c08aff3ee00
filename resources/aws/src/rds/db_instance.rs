//! `aws:rds:DBInstance`

use async_trait::async_trait;
use aws_sdk_rds::types::{DatabaseInsightsMode, Filter};
use finsight_engine::contract::{
    Candidate, Failure, FailureClass, Live, OWNER_TAG, OwnerId, Reading, Target,
};
use finsight_engine::value::Map;

use super::common::{converge_tags, tag_pairs, tags_of};
use super::db_instance_changes::{changed, comes_last, let_go_of_secret, modify, next, some, storage_stays};
use super::db_instance_delete;
use super::db_instance_values::{FULL, live};
use crate::failure::{never, refused, unexpected, unread};
use crate::handler::{Deleted, Handler};
use crate::ops::rotation::{Rotation, in_force};
use crate::pages::in_order;
use crate::session::Region;
use crate::values::Inputs;

/// One page describes at most this many.
const BATCH: usize = 100;
/// Taken by a call or a delete and never given back.
const WRITE_ONLY: [&str; 8] = [
    "master_user_password",
    "rotation",
    "static_parameters",
    "apply_immediately",
    "allow_major_version_upgrade",
    "skip_final_snapshot",
    "final_snapshot_identifier",
    "delete_automated_backups",
];
/// The handler of `aws:rds:DBInstance`.
pub struct DbInstance;

#[async_trait]
impl Handler for DbInstance {
    async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
        let mut found = Vec::new();
        for batch in targets.chunks(BATCH) {
            let instances = described(aws, batch.iter().map(|target| target.id.clone()).collect()).await?;
            let none = Map::new();
            let inputs = |id: Option<&str>| {
                let target = batch.iter().find(|target| Some(target.id.as_str()) == id);
                target.map_or(&none, |target| &target.inputs)
            };
            found.extend(
                instances.iter().map(|instance| live(instance, inputs(instance.db_instance_identifier()))),
            );
        }
        Ok(in_order(targets, found))
    }

    async fn find(&self, aws: &Region, owner: &OwnerId, inputs: &Map) -> Result<Vec<Candidate>, Failure> {
        let name = inputs.required("db_instance_identifier")?.to_ascii_lowercase();
        let found = described(aws, vec![name.clone()]).await?;
        // One that is on its way out is not what the call made.
        let standing = found.iter().filter(|instance| {
            instance.db_instance_identifier() == Some(&name)
                && instance.db_instance_status() != Some("deleting")
        });
        Ok(standing
            .map(|instance| {
                let ours =
                    tag_pairs(instance.tag_list()).get(OWNER_TAG).is_some_and(|tag| tag == owner.as_str());
                Candidate { id: name.clone(), ours }
            })
            .collect())
    }

    async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
        let text = |name: &str| inputs.text(name).map(str::to_owned);
        let answer = aws
            .rds()
            .create_db_instance()
            .db_instance_identifier(inputs.required("db_instance_identifier")?)
            .db_instance_class(inputs.required("db_instance_class")?)
            .engine(inputs.required("engine")?)
            .set_engine_version(text("engine_version"))
            .set_allocated_storage(inputs.int32("allocated_storage"))
            .set_max_allocated_storage(inputs.int32("max_allocated_storage"))
            .set_storage_type(text("storage_type"))
            .set_iops(inputs.int32("iops"))
            .set_storage_throughput(inputs.int32("storage_throughput"))
            .set_storage_encrypted(inputs.flag("storage_encrypted"))
            .set_kms_key_id(text("kms_key_id"))
            .set_db_name(text("db_name"))
            .set_master_username(text("master_username"))
            .set_master_user_password(text("master_user_password"))
            .set_manage_master_user_password(
                inputs.flag("manage_master_user_password").filter(|managed| *managed),
            )
            .set_master_user_secret_kms_key_id(text("master_user_secret_kms_key_id"))
            .set_port(inputs.int32("port"))
            .set_multi_az(inputs.flag("multi_az"))
            .set_availability_zone(text("availability_zone"))
            .set_db_subnet_group_name(text("db_subnet_group_name"))
            .set_vpc_security_group_ids(some(inputs.texts("vpc_security_group_ids")))
            .set_publicly_accessible(inputs.flag("publicly_accessible"))
            .set_db_parameter_group_name(text("db_parameter_group_name"))
            .set_option_group_name(text("option_group_name"))
            .set_backup_retention_period(inputs.int32("backup_retention_period"))
            .set_preferred_backup_window(text("preferred_backup_window"))
            .set_preferred_maintenance_window(text("preferred_maintenance_window"))
            .set_copy_tags_to_snapshot(inputs.flag("copy_tags_to_snapshot"))
            .set_deletion_protection(inputs.flag("deletion_protection"))
            .set_auto_minor_version_upgrade(inputs.flag("auto_minor_version_upgrade"))
            .set_enable_iam_database_authentication(inputs.flag("enable_iam_database_authentication"))
            .set_enable_performance_insights(inputs.flag("enable_performance_insights"))
            .set_performance_insights_kms_key_id(text("performance_insights_kms_key_id"))
            .set_performance_insights_retention_period(inputs.int32("performance_insights_retention_period"))
            .set_database_insights_mode(inputs.text("database_insights_mode").map(DatabaseInsightsMode::from))
            .set_monitoring_interval(inputs.int32("monitoring_interval"))
            .set_monitoring_role_arn(text("monitoring_role_arn"))
            .set_enable_cloudwatch_logs_exports(some(inputs.texts("enable_cloudwatch_logs_exports")))
            .set_ca_certificate_identifier(text("ca_certificate_identifier"))
            .set_network_type(text("network_type"))
            .set_engine_lifecycle_support(text("engine_lifecycle_support"))
            .set_tags(Some(tags_of(inputs.tags())))
            .send()
            .await
            .map_err(|error| refused("rds:CreateDBInstance", &error))?;
        // AWS keeps identifiers in lower case: its answer is the id.
        let instance = answer.db_instance().and_then(|instance| instance.db_instance_identifier());
        instance
            .map(str::to_owned)
            .ok_or_else(|| unexpected("rds:CreateDBInstance", "the answer has no identifier"))
    }

    async fn converge(
        &self,
        aws: &Region,
        target: &Target,
        live: &Live,
        desired: &Map,
        differing: &[String],
    ) -> Result<Vec<String>, Failure> {
        let id = target.id.as_str();
        if let Some(arn) = live.outputs.text("arn") {
            converge_tags(aws, arn, &live.properties, desired).await?;
        }
        let differs = |name: &str| differing.iter().any(|item| item == name);
        let managed = |map: &Map| map.flag("manage_master_user_password") == Some(true);
        if differs("master_user_secret_kms_key_id") && managed(&live.properties) && managed(desired) {
            let_go_of_secret(aws, id, desired.flag("apply_immediately").unwrap_or(true)).await?;
            return Ok(Vec::new());
        }
        // By itself: RDS begins at once, and takes other changes when it is done.
        if differs("rotation") {
            rotate(aws, id, desired).await?;
            return Ok(vec!["rotation".to_owned()]);
        }
        if let Some(refusal) = insights_key(live, desired) {
            return Err(refusal);
        }
        // A reboot waits for the changes: many of them bring one along.
        let elsewhere = |name: &str| matches!(name, "tags" | "parameter_apply_status" | "condition");
        let option = |name: &str| name != "master_user_password" && WRITE_ONLY.contains(&name);
        let settings: Vec<&str> =
            differing.iter().map(String::as_str).filter(|name| !elsewhere(name) && !option(name)).collect();
        let changes = next(live, desired, &settings);
        let due = differs("parameter_apply_status") || static_ones_changed(target, desired, differing);
        let mut rebooted = true;
        if due && comes_last(live, desired, &changes) {
            reboot(aws, id).await?;
        } else if !changes.is_empty() {
            rebooted = false;
            let changed = changed(live, desired, &changes);
            match modify(aws, id, live, desired, &changed).await {
                // An earlier call did it, and the description has not caught up.
                Err(failure) if failure.message.contains("No modifications were requested") => {}
                // No change is taken in this state, and waiting for it does not end.
                Err(failure) if failure.code == "InvalidDBInstanceState" && differs("condition") => {
                    return Err(unfit(id, live.properties.text("condition").unwrap_or_default()));
                }
                Err(failure) if failure.class == FailureClass::Later => {
                    return Err(storage_stays(id, &settings, failure));
                }
                Err(failure) => return Err(unless_stopped(aws, id, failure).await?),
                Ok(()) => {}
            }
        } else if differs("condition") {
            return Err(unfit(id, live.properties.text("condition").unwrap_or_default()));
        }
        let sent = |name: &&String| WRITE_ONLY.contains(&name.as_str());
        let sent = differing.iter().filter(sent).filter(|name| rebooted || *name != "static_parameters");
        Ok(sent.cloned().collect())
    }

    async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
        db_instance_delete::delete(aws, target).await
    }
}

/// Has RDS make a new master password after the version of its secret that `rotation` names, once.
async fn rotate(aws: &Region, id: &str, desired: &Map) -> Result<(), Failure> {
    let Some(rotation) = desired.text("rotation").and_then(Rotation::parse) else { return Ok(()) };
    let found = described(aws, vec![id.to_owned()]).await?;
    let secret = found.first().and_then(|instance| instance.master_user_secret());
    let Some(arn) =
        secret.filter(|secret| secret.secret_status() != Some("rotating")).and_then(|s| s.secret_arn())
    else {
        return Ok(());
    };
    if in_force(aws, arn).await?.is_none_or(|now| now.current != rotation.after) {
        return Ok(());
    }
    let call = aws.rds().modify_db_instance().db_instance_identifier(id);
    let answer = call.rotate_master_user_password(true).apply_immediately(true).send().await;
    answer.map(|_| ()).map_err(|error| refused("rds:ModifyDBInstance", &error))
}

/// The instances that stand among those named. A filter omits what is missing.
pub(crate) async fn described(
    aws: &Region,
    ids: Vec<String>,
) -> Result<Vec<aws_sdk_rds::types::DbInstance>, Failure> {
    let mut found = Vec::new();
    let filter = Filter::builder().name("db-instance-id").set_values(Some(ids)).build();
    let mut pages = aws.rds().describe_db_instances().filters(filter).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| unread("rds:DescribeDBInstances", &error))?;
        found.extend(page.db_instances.unwrap_or_default());
    }
    Ok(found)
}

/// Whether static parameters of its group are others than those on record: they take effect with a reboot. That
/// the group says so may be seen a moment later only, so it is not waited for. Where changes wait for the
/// maintenance window they wait for the next reboot.
fn static_ones_changed(target: &Target, desired: &Map, differing: &[String]) -> bool {
    let name = "static_parameters";
    let recorded = target.inputs.get(name).filter(|value| !value.is_null());
    differing.iter().any(|item| item == name)
        && recorded.is_some_and(|recorded| Some(recorded) != desired.get(name))
        && desired.flag("apply_immediately").unwrap_or(true)
}

/// One that is stopped needs none: it gets its parameters when it starts.
async fn reboot(aws: &Region, id: &str) -> Result<(), Failure> {
    let call = aws.rds().reboot_db_instance().db_instance_identifier(id);
    let Err(error) = call.send().await else { return Ok(()) };
    let failure = refused("rds:RebootDBInstance", &error);
    let stopped = failure.code == "InvalidDBInstanceState" && is_stopped(aws, id).await?;
    if stopped { Ok(()) } else { Err(failure) }
}

async fn is_stopped(aws: &Region, id: &str) -> Result<bool, Failure> {
    let found = described(aws, vec![id.to_owned()]).await?;
    Ok(found.iter().any(|instance| instance.db_instance_status() == Some("stopped")))
}

/// Performance Insights keeps the key that it was turned on with, also while it is off.
fn insights_key(live: &Live, desired: &Map) -> Option<Failure> {
    let name = "performance_insights_kms_key_id";
    let (stands, wanted) = (live.properties.text(name)?, desired.text(name)?);
    (stands != wanted).then(|| {
        let message = format!(
            "Performance Insights keeps the key that it was first turned on with, {stands}: set `{name}` to that, or \
             leave it out"
        );
        never("rds:ModifyDBInstance", "InsightsKeyFixed", &message)
    })
}

/// No call of ours puts it right, and replacing it would lose its data.
fn unfit(id: &str, condition: &str) -> Failure {
    let advice = match condition {
        FULL => "it writes nothing until it has more storage: set a larger `allocated_storage`",
        _ => "see what AWS advises for this status, or name it with `--replace` if its data may go",
    };
    let mut failure = unexpected("rds:DescribeDBInstances", &format!("`{id}` is {condition}; {advice}"));
    failure.class = FailureClass::Invalid;
    failure.code = "DBInstanceUnfit".to_owned();
    failure
}

/// Trying again does not help with an instance that is stopped: says so.
async fn unless_stopped(aws: &Region, id: &str, mut failure: Failure) -> Result<Failure, Failure> {
    if failure.code == "InvalidDBInstanceState" && is_stopped(aws, id).await? {
        failure.class = FailureClass::Invalid;
        failure.code = "DBInstanceStopped".to_owned();
        failure.message = format!(
            "`{id}` is stopped and takes no changes but tags: start it \
             (`finsight-deploy ops database start`), then run `up` again"
        );
    }
    Ok(failure)
}
