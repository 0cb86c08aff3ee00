//! A database instance as AWS describes it, in the shape of its spec.

use aws_sdk_rds::types::{DbInstance, PendingModifiedValues};
use finsight_engine::contract::{Health, Live};
use finsight_engine::value::Map;

use super::common::tag_pairs;
use crate::values::{Inputs, Values};

/// The property `condition` of an instance that needs nobody's help.
const FIT: &str = "fit";

/// The status of one that has no storage left.
pub const FULL: &str = "storage-full";

/// The instance as it stands under these inputs. Of what is pending see [`InForce`].
pub fn live(instance: &DbInstance, inputs: &Map) -> Live {
    let none = PendingModifiedValues::builder().build();
    let pending = instance.pending_modified_values().unwrap_or(&none);
    let of = InForce { inputs, at_once: inputs.flag("apply_immediately").unwrap_or(true) };
    let properties = storage(instance, pending, &of, Values::new());
    let properties = network(instance, pending, &of, properties);
    let secret = instance.master_user_secret();
    let properties = operation(instance, &of, properties)
        .set("db_instance_identifier", instance.db_instance_identifier())
        .set(
            "db_instance_class",
            of.text("db_instance_class", pending.db_instance_class(), instance.db_instance_class()),
        )
        .set("engine", instance.engine())
        .set("engine_version", of.text("engine_version", pending.engine_version(), instance.engine_version()))
        .set("db_name", instance.db_name())
        .set("master_username", instance.master_username())
        .set("manage_master_user_password", secret.is_some())
        .set("master_user_secret_kms_key_id", secret.and_then(|secret| secret.kms_key_id()))
        .set("multi_az", of.flag("multi_az", pending.multi_az(), instance.multi_az()))
        .set(
            "backup_retention_period",
            of.number(
                "backup_retention_period",
                pending.backup_retention_period(),
                instance.backup_retention_period(),
            ),
        )
        .set(
            "enable_iam_database_authentication",
            of.flag(
                "enable_iam_database_authentication",
                pending.iam_database_authentication_enabled(),
                instance.iam_database_authentication_enabled(),
            ),
        )
        .set(
            "ca_certificate_identifier",
            of.text(
                "ca_certificate_identifier",
                pending.ca_certificate_identifier(),
                instance.ca_certificate_identifier(),
            ),
        )
        .list("enable_cloudwatch_logs_exports", exports(instance, pending))
        .tags(tag_pairs(instance.tag_list()));
    let endpoint = instance.endpoint();
    let outputs = Values::new()
        .set("arn", instance.db_instance_arn())
        .set("dbi_resource_id", instance.dbi_resource_id())
        .set("endpoint_address", endpoint.and_then(|endpoint| endpoint.address()))
        .set("endpoint_port", endpoint.and_then(|endpoint| endpoint.port()))
        .set("endpoint_hosted_zone_id", endpoint.and_then(|endpoint| endpoint.hosted_zone_id()))
        .set("master_user_secret_arn", secret.and_then(|secret| secret.secret_arn()));
    Live {
        id: instance.db_instance_identifier().unwrap_or_default().to_owned(),
        properties: properties.build(),
        outputs: outputs.build(),
        health: health(instance, pending),
    }
}

/// What counts of a value and the one that is pending in its place.
///
/// Where changes wait for the maintenance window, what waits has been sent and must not be sent again: the
/// pending one counts. Where they are made at once, the status stays `available` for up to half a minute after
/// the call (aws-cloudformation-resource-providers-rds#243), and a change that fails is pending no more: of
/// what is wanted only what is in force counts. What somebody else has put into the window is a difference.
struct InForce<'a> {
    inputs: &'a Map,
    at_once: bool,
}

impl InForce<'_> {
    fn pick<T>(&self, pending: Option<T>, stands: Option<T>, wanted: impl FnOnce(&T) -> bool) -> Option<T> {
        match pending {
            Some(pending) if !(self.at_once && wanted(&pending)) => Some(pending),
            _ => stands,
        }
    }

    fn text<'a>(&self, name: &str, pending: Option<&'a str>, stands: Option<&'a str>) -> Option<&'a str> {
        let wanted = self.inputs.text(name);
        self.pick(pending, stands, |pending| {
            // `15` is wanted, `15.8` pending.
            let same = |text: &str| {
                pending.strip_prefix(text).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            wanted.is_some_and(same)
        })
    }

    fn number(&self, name: &str, pending: Option<i32>, stands: Option<i32>) -> Option<i32> {
        let wanted = self.inputs.int32(name);
        // Less than a tenth more of storage is rounded up.
        let same = |pending: &i32| match (wanted, name) {
            (Some(wanted), "allocated_storage") => *pending >= wanted,
            (wanted, "iops" | "storage_throughput") if wanted.is_none() => true,
            (wanted, _) => wanted == Some(*pending),
        };
        self.pick(pending, stands, same)
    }

    fn flag(&self, name: &str, pending: Option<bool>, stands: Option<bool>) -> Option<bool> {
        let wanted = self.inputs.flag(name);
        self.pick(pending, stands, |pending| wanted == Some(*pending))
    }
}

fn storage(
    instance: &DbInstance,
    pending: &PendingModifiedValues,
    of: &InForce<'_>,
    values: Values,
) -> Values {
    let allocated = of.number("allocated_storage", pending.allocated_storage(), instance.allocated_storage());
    // A ceiling at what is allocated is how growing is switched off.
    let ceiling = instance.max_allocated_storage().filter(|ceiling| Some(*ceiling) > allocated);
    values
        .set("allocated_storage", allocated)
        .set("max_allocated_storage", ceiling)
        .set("storage_type", of.text("storage_type", pending.storage_type(), instance.storage_type()))
        .set("iops", of.number("iops", pending.iops(), instance.iops()))
        .set(
            "storage_throughput",
            of.number("storage_throughput", pending.storage_throughput(), instance.storage_throughput()),
        )
        .set("storage_encrypted", instance.storage_encrypted().unwrap_or(false))
        .set("kms_key_id", instance.kms_key_id())
}

fn network(
    instance: &DbInstance,
    pending: &PendingModifiedValues,
    of: &InForce<'_>,
    values: Values,
) -> Values {
    let port = instance.endpoint().and_then(|endpoint| endpoint.port()).or(instance.db_instance_port());
    // A group on its way out is not one of its groups any more.
    let groups = instance
        .vpc_security_groups()
        .iter()
        .filter(|group| group.status() != Some("removing"))
        .filter_map(|group| group.vpc_security_group_id());
    values
        .set("port", of.number("port", pending.port(), port.filter(|port| *port > 0)))
        .set("availability_zone", instance.availability_zone())
        .set(
            "db_subnet_group_name",
            instance.db_subnet_group().and_then(|group| group.db_subnet_group_name()),
        )
        .list("vpc_security_group_ids", groups)
        .set("publicly_accessible", instance.publicly_accessible().unwrap_or(false))
        .set("network_type", instance.network_type())
}

fn operation(instance: &DbInstance, of: &InForce<'_>, values: Values) -> Values {
    let parameters = instance.db_parameter_groups().first();
    let option_group = instance.option_group_memberships().first();
    // A stopped instance gets its parameters when it starts. Where changes wait for the window, so does the
    // reboot, which nothing but a person or AWS makes then.
    let waits = parameters.is_some_and(|group| group.parameter_apply_status() == Some("pending-reboot"))
        && instance.db_instance_status() != Some("stopped")
        && of.at_once;
    values
        .set("condition", condition(instance))
        .set("db_parameter_group_name", parameters.and_then(|group| group.db_parameter_group_name()))
        .set("parameter_apply_status", if waits { "pending-reboot" } else { "in-sync" })
        .set("option_group_name", option_group.and_then(|group| group.option_group_name()))
        .set("preferred_backup_window", instance.preferred_backup_window())
        .set("preferred_maintenance_window", instance.preferred_maintenance_window())
        .set("copy_tags_to_snapshot", instance.copy_tags_to_snapshot().unwrap_or(false))
        .set("deletion_protection", instance.deletion_protection().unwrap_or(false))
        .set("auto_minor_version_upgrade", instance.auto_minor_version_upgrade().unwrap_or(true))
        .set("enable_performance_insights", instance.performance_insights_enabled().unwrap_or(false))
        .set("performance_insights_kms_key_id", instance.performance_insights_kms_key_id())
        .set("performance_insights_retention_period", instance.performance_insights_retention_period())
        .set("database_insights_mode", instance.database_insights_mode().map(|mode| mode.as_str()))
        .set("monitoring_interval", instance.monitoring_interval().unwrap_or(0))
        .set("monitoring_role_arn", instance.monitoring_role_arn())
        .set("engine_lifecycle_support", instance.engine_lifecycle_support())
}

/// The exported logs once what is pending is done.
fn exports(instance: &DbInstance, pending: &PendingModifiedValues) -> Vec<String> {
    let mut exports = instance.enabled_cloudwatch_logs_exports().to_vec();
    if let Some(change) = pending.pending_cloudwatch_logs_exports() {
        exports.retain(|name| !change.log_types_to_disable().contains(name));
        exports.extend(
            change
                .log_types_to_enable()
                .iter()
                .filter(|name| !exports.contains(name))
                .cloned()
                .collect::<Vec<_>>(),
        );
    }
    exports
}

/// Where the instance is in its life-cycle (`aws-semantics.md` 2). Stopped is
/// a steady state: the night schedule stops it.
///
/// No status is `Failed`: that would have it replaced, and its data with it.
/// What AWS cannot put right by itself is the property `condition`.
fn health(instance: &DbInstance, pending: &PendingModifiedValues) -> Health {
    let status = instance.db_instance_status().unwrap_or_default();
    match status {
        // Full or being optimised, it serves and takes changes: growing it must be possible.
        "available"
        | "storage-optimization"
        | FULL
        | "storage-config-upgrade"
        | "storage-initialization"
        | "stopped" => settled(instance, pending),
        "deleting" => Health::Deleting(status.to_owned()),
        _ if unfit(status) => Health::Ready,
        _ => Health::Pending(status.to_owned()),
    }
}

/// Whether someone has to help it out of this status.
pub fn unfit(status: &str) -> bool {
    matches!(status, "failed" | "restore-error" | "insufficient-capacity")
        || status.starts_with("incompatible-")
        || status.starts_with("inaccessible-encryption-credentials")
}

/// `fit`, or AWS's word for what someone has to put right.
fn condition(instance: &DbInstance) -> String {
    let status = instance.db_instance_status().unwrap_or_default();
    // A full one stands and takes changes, and writes nothing any more.
    if !unfit(status) && status != FULL {
        return FIT.to_owned();
    }
    let messages = instance.status_infos().iter().filter_map(|info| info.message());
    std::iter::once(status).chain(messages).collect::<Vec<_>>().join(": ")
}

/// Whether what RDS does beside the status is done too.
fn settled(instance: &DbInstance, pending: &PendingModifiedValues) -> Health {
    // Others read the secret as soon as the instance is ready.
    let secret = instance.master_user_secret().and_then(|secret| secret.secret_status());
    if let Some(doing @ ("creating" | "rotating")) = secret {
        return Health::Pending(format!("{doing} the master user secret"));
    }
    let applying = |group: &aws_sdk_rds::types::DbParameterGroupStatus| {
        group.parameter_apply_status() == Some("applying")
    };
    if instance.db_parameter_groups().iter().any(applying) {
        return Health::Pending("applying parameters".to_owned());
    }
    // These never wait for the window.
    let changing = |group: &aws_sdk_rds::types::VpcSecurityGroupMembership| {
        matches!(group.status(), Some("adding" | "removing"))
    };
    if instance.vpc_security_groups().iter().any(changing) {
        return Health::Pending("changing security groups".to_owned());
    }
    if pending.pending_cloudwatch_logs_exports().is_some() || pending.port().is_some() {
        return Health::Pending("modifying".to_owned());
    }
    Health::Ready
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::types::{
        DbParameterGroupStatus, PendingCloudwatchLogsExports, VpcSecurityGroupMembership,
    };

    use super::*;

    fn described(status: &str, parameters: &str) -> DbInstance {
        let pending = PendingModifiedValues::builder().db_instance_class("db.t3.medium").build();
        let group = DbParameterGroupStatus::builder().parameter_apply_status(parameters).build();
        let instance = DbInstance::builder().db_instance_status(status).db_instance_class("db.t3.micro");
        instance.pending_modified_values(pending).db_parameter_groups(group).build()
    }

    fn standing(status: &str, parameters: &str) -> Live {
        live(&described(status, parameters), &Map::new())
    }

    #[test]
    fn what_waits_for_the_maintenance_window_is_not_sent_again() {
        let inputs = Values::new().set("apply_immediately", false).set("db_instance_class", "db.t3.medium");
        let live = live(&described("available", "pending-reboot"), &inputs.build());
        assert_eq!(live.properties.text("db_instance_class"), Some("db.t3.medium"));
        assert_eq!(live.properties.text("parameter_apply_status"), Some("in-sync"), "a reboot waits too");
        assert_eq!(live.health, Health::Ready);
    }

    /// H2: what is made at once is done when it is in force, and what another hand has put into the window shows.
    #[test]
    fn what_is_made_at_once_counts_when_it_is_in_force() {
        let class = |wanted: &str| {
            let inputs = Values::new().set("db_instance_class", wanted).build();
            let live = live(&described("available", "in-sync"), &inputs);
            live.properties.text("db_instance_class").map(str::to_owned)
        };
        assert_eq!(class("db.t3.medium").as_deref(), Some("db.t3.micro"));
        assert_eq!(class("db.t3.micro").as_deref(), Some("db.t3.medium"));
    }

    /// H2: log exports and security groups never wait for the window: they are on their way.
    #[test]
    fn what_never_waits_is_waited_for() {
        let logs = PendingCloudwatchLogsExports::builder();
        let logs = logs.log_types_to_enable("upgrade").log_types_to_disable("postgresql").build();
        let pending = PendingModifiedValues::builder().pending_cloudwatch_logs_exports(logs).build();
        let instance = DbInstance::builder().db_instance_status("available");
        let exporting = instance.clone().enabled_cloudwatch_logs_exports("postgresql");
        let exporting = live(&exporting.pending_modified_values(pending).build(), &Map::new());
        assert_eq!(exporting.properties.texts("enable_cloudwatch_logs_exports"), ["upgrade"]);
        assert!(matches!(exporting.health, Health::Pending(_)));
        let group =
            VpcSecurityGroupMembership::builder().vpc_security_group_id("sg-1").status("adding").build();
        let moving = live(&instance.vpc_security_groups(group).build(), &Map::new());
        assert!(matches!(moving.health, Health::Pending(_)));
    }

    #[test]
    fn parameters_wait_for_a_reboot_but_not_of_a_stopped_instance() {
        let status = |live: &Live| live.properties.text("parameter_apply_status").map(str::to_owned);
        assert_eq!(status(&standing("available", "pending-reboot")).as_deref(), Some("pending-reboot"));
        let stopped = standing("stopped", "pending-reboot");
        assert_eq!((status(&stopped).as_deref(), &stopped.health), (Some("in-sync"), &Health::Ready));
        assert!(matches!(standing("available", "applying").health, Health::Pending(_)));
    }

    #[test]
    fn an_instance_that_needs_help_is_a_difference_and_never_replaced() {
        let cut_off = "inaccessible-encryption-credentials-recoverable";
        for status in ["failed", "incompatible-parameters", "storage-full", cut_off] {
            let live = standing(status, "in-sync");
            assert_eq!((live.properties.text("condition"), &live.health), (Some(status), &Health::Ready));
        }
        assert!(matches!(standing("modifying", "in-sync").health, Health::Pending(_)));
        assert!(matches!(standing("deleting", "in-sync").health, Health::Deleting(_)));
    }
}
