//! Changes of a database instance: one modify call that carries what differs.

use aws_sdk_rds::types::{CloudwatchLogsExportConfiguration, DatabaseInsightsMode};
use finsight_engine::contract::{Failure, Live};
use finsight_engine::value::Map;

use super::common::refused;
use crate::session::Region;
use crate::values::Inputs;

/// Settings of the storage: AWS wants them together where one of them changes.
const STORAGE: [&str; 4] = ["storage_type", "iops", "storage_throughput", "allocated_storage"];

/// What the modify call has to carry: what differs, and what AWS wants along with it.
pub fn changed(live: &Live, desired: &Map, differing: &[String]) -> Map {
    let differs = |name: &str| differing.iter().any(|item| item == name);
    let mut wanted: Vec<&str> = differing.iter().map(String::as_str).collect();
    if STORAGE.into_iter().any(differs) {
        wanted.extend(STORAGE);
    }
    // Without RDS's password the instance needs ours.
    if differs("manage_master_user_password") {
        let managed = desired.flag("manage_master_user_password") == Some(true);
        wanted.push(if managed { "master_user_secret_kms_key_id" } else { "master_user_password" });
    }
    // A major version needs its own family's parameter group in the same call.
    if differs("engine_version") {
        wanted.push("db_parameter_group_name");
    }
    let mut changed: Map = desired
        .iter()
        .filter(|(name, _)| wanted.contains(&name.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    // What has grown by itself is asked for as it stands: AWS refuses less.
    if let (Some(wanted), Some(live)) =
        (changed.int("allocated_storage"), live.properties.int("allocated_storage"))
        && live > wanted
    {
        changed.insert("allocated_storage".to_owned(), live.into());
    }
    changed
}

pub async fn modify(
    aws: &Region,
    id: &str,
    live: &Live,
    desired: &Map,
    changed: &Map,
) -> Result<(), Failure> {
    let text = |name: &str| changed.text(name).map(str::to_owned);
    // Storage stops growing by itself where its ceiling is where it stands.
    let ceiling = match changed.get("max_allocated_storage") {
        Some(value) if value.is_null() => live.properties.int32("allocated_storage"),
        _ => changed.int32("max_allocated_storage"),
    };
    aws.rds()
        .modify_db_instance()
        .db_instance_identifier(id)
        .apply_immediately(desired.flag("apply_immediately").unwrap_or(true))
        .set_db_instance_class(text("db_instance_class"))
        .set_engine_version(text("engine_version"))
        .set_allow_major_version_upgrade(
            changed.get("engine_version").and(desired.flag("allow_major_version_upgrade")),
        )
        .set_allocated_storage(changed.int32("allocated_storage"))
        .set_max_allocated_storage(ceiling)
        .set_storage_type(text("storage_type"))
        .set_iops(changed.int32("iops"))
        .set_storage_throughput(changed.int32("storage_throughput"))
        .set_master_user_password(text("master_user_password"))
        .set_manage_master_user_password(changed.flag("manage_master_user_password"))
        .set_master_user_secret_kms_key_id(text("master_user_secret_kms_key_id"))
        .set_db_port_number(changed.int32("port"))
        .set_multi_az(changed.flag("multi_az"))
        .set_vpc_security_group_ids(some(changed.texts("vpc_security_group_ids")))
        .set_publicly_accessible(changed.flag("publicly_accessible"))
        .set_db_parameter_group_name(text("db_parameter_group_name"))
        .set_option_group_name(text("option_group_name"))
        .set_backup_retention_period(changed.int32("backup_retention_period"))
        .set_preferred_backup_window(text("preferred_backup_window"))
        .set_preferred_maintenance_window(text("preferred_maintenance_window"))
        .set_copy_tags_to_snapshot(changed.flag("copy_tags_to_snapshot"))
        .set_deletion_protection(changed.flag("deletion_protection"))
        .set_auto_minor_version_upgrade(changed.flag("auto_minor_version_upgrade"))
        .set_enable_iam_database_authentication(changed.flag("enable_iam_database_authentication"))
        .set_enable_performance_insights(changed.flag("enable_performance_insights"))
        .set_performance_insights_kms_key_id(text("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(changed.int32("performance_insights_retention_period"))
        .set_database_insights_mode(changed.text("database_insights_mode").map(DatabaseInsightsMode::from))
        .set_monitoring_interval(changed.int32("monitoring_interval"))
        .set_monitoring_role_arn(text("monitoring_role_arn"))
        .set_cloudwatch_logs_export_configuration(exports_change(live, changed))
        .set_ca_certificate_identifier(text("ca_certificate_identifier"))
        .set_network_type(text("network_type"))
        .set_engine_lifecycle_support(text("engine_lifecycle_support"))
        .send()
        .await
        .map_err(|error| refused("rds:ModifyDBInstance", &error))?;
    Ok(())
}

/// AWS takes log exports as a difference.
fn exports_change(live: &Live, changed: &Map) -> Option<CloudwatchLogsExportConfiguration> {
    let name = "enable_cloudwatch_logs_exports";
    changed.get(name)?;
    let (from, to) = (live.properties.texts(name), changed.texts(name));
    let without = |all: &[String], others: &[String]| {
        some(all.iter().filter(|item| !others.contains(item)).cloned().collect())
    };
    Some(
        CloudwatchLogsExportConfiguration::builder()
            .set_enable_log_types(without(&to, &from))
            .set_disable_log_types(without(&from, &to))
            .build(),
    )
}

/// The list, unless it is empty.
pub fn some(items: Vec<String>) -> Option<Vec<String>> {
    Some(items).filter(|items| !items.is_empty())
}

#[cfg(test)]
mod tests {
    use finsight_engine::contract::Health;

    use super::*;
    use crate::values::Values;

    #[test]
    fn storage_that_grew_by_itself_is_never_asked_to_shrink() {
        let storage =
            |gib: i64| Values::new().set("allocated_storage", gib).set("storage_type", "gp3").build();
        let live =
            Live { id: "db".to_owned(), properties: storage(35), outputs: Map::new(), health: Health::Ready };
        let differing = ["storage_type".to_owned()];
        assert_eq!(changed(&live, &storage(20), &differing).int("allocated_storage"), Some(35));
        assert_eq!(changed(&live, &storage(50), &differing).int("allocated_storage"), Some(50));
    }
}
