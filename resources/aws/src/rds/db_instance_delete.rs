//! Deleting a database instance: the snapshot that stays, and what must not be overridden.

use aws_sdk_rds::types::{CloudwatchLogsExportConfiguration, DbInstance};
use finsight_engine::contract::{Failure, FailureClass, Target};
use finsight_specs::rds::final_snapshot_name;

use super::db_instance::described;
use super::db_instance_values::unfit;
use crate::failure::refused;
use crate::handler::Deleted;
use crate::session::Region;
use crate::values::Inputs;

/// Starts the delete. Deletion protection is never switched off on the way.
pub async fn delete(aws: &Region, target: &Target) -> Result<Deleted, Failure> {
    if stop_logging(aws, &target.id).await? {
        return Ok(Deleted::Pending);
    }
    let skip = target.inputs.flag("skip_final_snapshot").unwrap_or(false);
    let answer = aws
        .rds()
        .delete_db_instance()
        .db_instance_identifier(&target.id)
        .skip_final_snapshot(skip)
        .set_final_db_snapshot_identifier((!skip).then(|| final_snapshot_name(target)))
        .set_delete_automated_backups(target.inputs.flag("delete_automated_backups"))
        .send()
        .await
        .map_err(|error| refused("rds:DeleteDBInstance", &error));
    match answer {
        Ok(_) => Ok(Deleted::Pending),
        Err(failure)
            if failure.code == "InvalidDBInstanceState" && failure.message.contains("being deleted") =>
        {
            Ok(Deleted::Pending)
        }
        Err(failure) if failure.code == "DBSnapshotAlreadyExists" => {
            snapshot_stands(aws, &target.id, failure).await
        }
        Err(failure) if failure.code == "InvalidDBInstanceState" && !skip => {
            Err(unless_unfit(aws, &target.id, failure).await?)
        }
        Err(mut failure) => {
            // Busy with something long: worth waiting for.
            if failure.class == FailureClass::Transient {
                failure.class = FailureClass::Blocked;
            }
            Err(protected(failure, &target.id))
        }
    }
}

/// Switches off the logs that go to CloudWatch, and says whether that is under way: RDS would make a log group again
/// which is deleted after the instance (terraform-provider-aws#42858). One that is protected stays as it is, and
/// one that takes no changes now is deleted with its logs on.
async fn stop_logging(aws: &Region, id: &str) -> Result<bool, Failure> {
    let found = described(aws, vec![id.to_owned()]).await?;
    let ready = |instance: &&DbInstance| {
        matches!(instance.db_instance_status(), Some("available" | "storage-optimization"))
            && instance.deletion_protection() != Some(true)
    };
    let Some(instance) = found.iter().find(ready) else { return Ok(false) };
    let pending = instance.pending_modified_values().and_then(|p| p.pending_cloudwatch_logs_exports());
    if pending.is_some_and(|pending| !pending.log_types_to_disable().is_empty()) {
        return Ok(true);
    }
    let on = instance.enabled_cloudwatch_logs_exports();
    if on.is_empty() {
        return Ok(false);
    }
    let off = CloudwatchLogsExportConfiguration::builder().set_disable_log_types(Some(on.to_vec())).build();
    let call = aws.rds().modify_db_instance().db_instance_identifier(id).apply_immediately(true);
    let answer = call.cloudwatch_logs_export_configuration(off).send().await;
    match answer.map_err(|error| refused("rds:ModifyDBInstance", &error)) {
        Ok(_) => Ok(true),
        // It goes all the same.
        Err(failure) if failure.code == "InvalidDBInstanceState" => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// The snapshot is there: an earlier delete made it and goes on, or it is one of another instance.
async fn snapshot_stands(aws: &Region, id: &str, mut failure: Failure) -> Result<Deleted, Failure> {
    let found = described(aws, vec![id.to_owned()]).await?;
    if found.iter().all(|instance| instance.db_instance_status() == Some("deleting")) {
        return Ok(Deleted::Pending);
    }
    failure.class = FailureClass::Invalid;
    failure.code = "FinalSnapshotExists".to_owned();
    failure.message = format!(
        "{}: delete that snapshot, or give another `final_snapshot_identifier` and run `up` first",
        failure.message
    );
    Err(failure)
}

/// An instance that needs help gives no snapshot; one that is busy does later.
async fn unless_unfit(aws: &Region, id: &str, mut failure: Failure) -> Result<Failure, Failure> {
    let found = described(aws, vec![id.to_owned()]).await?;
    failure.class = FailureClass::Blocked;
    if let Some(status) = found.iter().filter_map(|instance| instance.db_instance_status()).find(|s| unfit(s))
    {
        failure.class = FailureClass::Invalid;
        failure.code = "FinalSnapshotImpossible".to_owned();
        failure.message = format!(
            "`{id}` is {status} and cannot give a final snapshot: put it right; or, if its data may go, set \
             `skip_final_snapshot` and run `up` first; or, where it has been replaced, delete it by hand \
             (`aws rds delete-db-instance --db-instance-identifier {id} --skip-final-snapshot`)"
        );
    }
    Ok(failure)
}

fn protected(mut failure: Failure, id: &str) -> Failure {
    let message = failure.message.to_ascii_lowercase();
    if failure.code == "InvalidParameterCombination" && message.contains("protect") {
        failure.class = FailureClass::Invalid;
        failure.code = "DeletionProtection".to_owned();
        failure.message = format!(
            "deletion protection of `{id}` is on: set `deletion_protection` to false, run `up`, then delete it"
        );
    }
    failure
}
