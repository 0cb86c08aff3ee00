//! Changes of a database instance: one modify call that carries what differs.

use aws_sdk_rds::types::{CloudwatchLogsExportConfiguration, DatabaseInsightsMode};
use finsight_engine::contract::{Failure, Live};
use finsight_engine::value::{Map, Value};

use super::db_instance_values::FULL;
use crate::failure::refused;
use crate::session::Region;
use crate::values::Inputs;

/// Settings of the storage: AWS wants them together where one of them changes, and takes no change of them while
/// an earlier one is optimized, so that they go by themselves and last.
const STORAGE: [&str; 4] = ["storage_type", "iops", "storage_throughput", "allocated_storage"];

/// Settings of Performance Insights: what is said of it without its key means the account's own, which AWS
/// refuses where it is another one (terraform-provider-aws#44046).
const INSIGHTS: [&str; 4] = [
    "enable_performance_insights",
    "performance_insights_kms_key_id",
    "performance_insights_retention_period",
    "database_insights_mode",
];

/// GiB from which gp3 of PostgreSQL is striped, and the I/O operations and MiB a second that it has from there at
/// least (RDS User Guide, "gp3 storage"). Below that AWS takes no other than its own.
const STRIPED: (i64, i64, i64) = (400, 12_000, 500);

/// Of what differs, what the next modify call is about. A full instance gets its storage first: until then it takes
/// nothing else ("Allocate additional storage to resolve", user guide, DB instance status).
pub fn next<'a>(live: &Live, desired: &Map, differing: &[&'a str]) -> Vec<&'a str> {
    let (storage, others): (Vec<&str>, Vec<&str>) =
        differing.iter().copied().partition(|name| is_storage(desired, name));
    let grows = is_full(live) && storage.contains(&"allocated_storage");
    if others.is_empty() || grows { storage } else { others }
}

/// Whether a change is of the storage alone. It brings no reboot along, and AWS may refuse it for hours: a reboot that is
/// due comes before it.
pub fn comes_last(live: &Live, desired: &Map, changes: &[&str]) -> bool {
    !is_full(live) && changes.iter().all(|name| is_storage(desired, name))
}

fn is_full(live: &Live) -> bool {
    live.properties.text("condition") == Some(FULL)
}

fn is_storage(desired: &Map, name: &str) -> bool {
    // Growing is switched off by a ceiling at what is allocated.
    STORAGE.contains(&name)
        || (name == "max_allocated_storage" && desired.int("max_allocated_storage").is_none())
}

/// What the modify call has to carry: what differs, and what AWS wants along with it.
pub fn changed(live: &Live, desired: &Map, differing: &[&str]) -> Map {
    let differs = |name: &str| differing.contains(&name);
    let mut wanted: Vec<&str> = differing.to_vec();
    let with_storage = STORAGE.into_iter().any(differs);
    if with_storage {
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
    let insights =
        INSIGHTS.into_iter().any(differs) && desired.flag("enable_performance_insights").unwrap_or(false);
    if insights {
        wanted.extend(INSIGHTS);
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
    if with_storage {
        performance(live, &mut changed);
    }
    if insights && let Some(key) = live.properties.get("performance_insights_kms_key_id") {
        changed.entry("performance_insights_kms_key_id".to_owned()).or_insert_with(|| key.clone());
    }
    changed
}

/// What is provisioned apart from the size goes along with it, as it stands (terraform-provider-aws#33512).
fn performance(live: &Live, changed: &mut Map) {
    let stands = &live.properties;
    let kind = changed.text("storage_type").or(stands.text("storage_type")).unwrap_or_default().to_owned();
    let size = changed.int("allocated_storage").or(stands.int("allocated_storage")).unwrap_or(0);
    let (striped, least, slowest) = STRIPED;
    let same_kind = stands.text("storage_type") == Some(kind.as_str());
    let standing = |name: &str| stands.int(name).filter(|_| same_kind);
    let set = |changed: &mut Map, name: &str, value: Option<i64>| {
        if let Some(value) = value {
            changed.insert(name.to_owned(), value.into());
        }
    };
    if kind == "gp3" && size >= striped {
        let iops = changed.int("iops").or(standing("iops")).unwrap_or(least).max(least);
        let throughput = changed.int("storage_throughput").or(standing("storage_throughput"));
        set(changed, "iops", Some(iops));
        set(changed, "storage_throughput", Some(throughput.unwrap_or(slowest).max(slowest)));
    } else if kind.starts_with("io") {
        let iops = changed.int("iops").or(standing("iops"));
        set(changed, "iops", iops);
    } else {
        return;
    }
    set(changed, "allocated_storage", Some(size));
}

/// Storage goes last, so that only it is left: AWS takes another change of it six hours after the last one, or once that
/// is optimized, which can take a day (re:Post, rds-stuck-in-storage-optimization). No run waits for that.
pub fn storage_stays(id: &str, left: &[&str], mut failure: Failure) -> Failure {
    failure.code = "StorageOptimizing".to_owned();
    failure.message = format!(
        "{} All else of `{id}` is as wanted; {} stays as it is until 6 hours after the last change of the storage, or until \
         that is optimized, whichever is longer",
        failure.message,
        left.join(", ")
    );
    failure
}

/// The key of a secret that RDS keeps never changes (`ModifyDBInstance`): RDS gives the password back for a moment,
/// to one that nobody knows, and takes it again under the other key. AWS does that at once in any case ("ignores the
/// apply immediately setting", user guide, settings of instances); said that it should, it would do at once whatever
/// else waits for the maintenance window.
pub async fn let_go_of_secret(aws: &Region, id: &str, at_once: bool) -> Result<(), Failure> {
    let exclude = Map::from([("exclude_characters".to_owned(), Value::text("/@\"' \\"))]);
    let password = crate::secretsmanager::generate::generate(aws, &exclude).await?;
    let call = aws.rds().modify_db_instance().db_instance_identifier(id).apply_immediately(at_once);
    call.manage_master_user_password(false)
        .master_user_password(password)
        .send()
        .await
        .map_err(|error| refused("rds:ModifyDBInstance", &error))?;
    Ok(())
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
        Some(value) if value.is_null() => {
            changed.int32("allocated_storage").or(live.properties.int32("allocated_storage"))
        }
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
        let differing = ["storage_type"];
        assert_eq!(changed(&live, &storage(20), &differing).int("allocated_storage"), Some(35));
        assert_eq!(changed(&live, &storage(50), &differing).int("allocated_storage"), Some(50));
    }

    /// H9: storage goes last and by itself; from 400 GiB on gp3 what it performs goes along.
    #[test]
    fn storage_goes_by_itself_with_what_it_performs() {
        let desired =
            Values::new().set("allocated_storage", 500).set("db_instance_class", "db.t3.medium").build();
        let both = ["allocated_storage", "db_instance_class"];
        let of = |condition: &str| Live {
            id: "db".to_owned(),
            properties: Values::new().set("condition", condition).build(),
            outputs: Map::new(),
            health: Health::Ready,
        };
        let fit = of("fit");
        assert_eq!(next(&fit, &desired, &both), ["db_instance_class"]);
        assert_eq!(next(&fit, &desired, &both[..1]), ["allocated_storage"]);
        assert_eq!(next(&fit, &desired, &["max_allocated_storage", "port"]), ["port"]);
        assert_eq!(next(&of(FULL), &desired, &both), ["allocated_storage"]);
        assert_eq!(next(&of(FULL), &desired, &both[1..]), ["db_instance_class"]);
        let live = |size: i64, iops: i64| Live {
            id: "db".to_owned(),
            properties: Values::new()
                .set("storage_type", "gp3")
                .set("allocated_storage", size)
                .set("iops", iops)
                .build(),
            outputs: Map::new(),
            health: Health::Ready,
        };
        let carried = |live: &Live, size: i64| {
            let changed = changed(live, &Values::new().set("allocated_storage", size).build(), &both[..1]);
            (changed.int("iops"), changed.int("storage_throughput"))
        };
        assert_eq!(carried(&live(20, 3_000), 40), (None, None));
        assert_eq!(carried(&live(100, 3_000), 500), (Some(12_000), Some(500)));
        assert_eq!(carried(&live(400, 20_000), 500), (Some(20_000), Some(500)));
    }
}
