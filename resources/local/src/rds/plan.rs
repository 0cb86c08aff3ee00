//! What RDS refuses where an account is new: its free plan, and the role that AWS has not made for it yet.

use serde_json::Value;

use super::create::invalid;
use super::property::Properties;
use crate::account::Plan;
use crate::answer::Refusal;
use crate::iam::LinkedRole;
use crate::world::Context;

/// Days of backups that the free plan has: one ("retried with 2 and refused identically"), AWS documents none.
const BACKUPS: i64 = 1;
/// How many instances it has.
const INSTANCES: usize = 2;

/// As AWS ends each of these: yc-software/qm#352 and others that met it.
fn refused(what: &str) -> Refusal {
    let message = format!("{what} To remove all limitations, upgrade your account plan.");
    Refusal::bad("FreeTierRestrictionError", message)
}

fn feature() -> Refusal {
    refused("This feature isn\u{2019}t available with free plan accounts.")
}

fn is_free(cx: &Context<'_>) -> bool {
    cx.facts().plan == Some(Plan::Free)
}

/// Refuses what an instance of the free plan cannot have, of all that is asked for. Of a standby and of enhanced monitoring only that they are
/// not to be had is known, not the words.
pub(super) fn check(cx: &Context<'_>, properties: &Properties) -> Result<(), Refusal> {
    if !is_free(cx) {
        return Ok(());
    }
    let number = |name: &str| properties.get(name).and_then(Value::as_i64).unwrap_or(0);
    let class = properties.get("DBInstanceClass").and_then(Value::as_str);
    if number("BackupRetentionPeriod") > BACKUPS {
        return Err(refused(
            "The specified backup retention period exceeds the maximum available to free tier customers.",
        ));
    }
    if class.is_some_and(|class| !class.ends_with(".micro")) {
        return Err(refused("This instance size isn't available with free plan accounts."));
    }
    if properties.get("MultiAZ") == Some(&Value::Bool(true)) || number("MonitoringInterval") > 0 {
        return Err(feature());
    }
    Ok(())
}

/// Refuses one more instance than the free plan has.
pub(super) fn check_room(cx: &mut Context<'_>) -> Result<(), Refusal> {
    let now = cx.now();
    let standing =
        |databases: &super::Databases| databases.instances.values().filter(|i| !i.gone(now)).count();
    if is_free(cx) && cx.world.rds.values().map(standing).sum::<usize>() >= INSTANCES {
        return Err(refused(
            "You reached the maximum number of instances available with free plan accounts.",
        ));
    }
    Ok(())
}

/// Refuses a proxy: the free plan has none.
pub(super) fn check_proxy(cx: &Context<'_>) -> Result<(), Refusal> {
    if is_free(cx) { Err(feature()) } else { Ok(()) }
}

/// The first call of an account makes the role of RDS, and is refused until RDS can assume it (RDS User Guide,
/// "Using service-linked roles": "Otherwise wait and try again later").
pub(super) fn role_of_instances(cx: &mut Context<'_>) -> Result<(), Refusal> {
    if cx.linked_role(LinkedRole::Rds) {
        return Ok(());
    }
    Err(invalid(
        "Unable to create the resource. Verify that you have permission to create service linked role. Otherwise wait and try again later",
    ))
}

/// The same of a subnet group, in the words that it has (terraform-aws-rds#364, provider-aws#479).
pub(super) fn role_of_groups(cx: &mut Context<'_>) -> Result<(), Refusal> {
    if cx.linked_role(LinkedRole::Rds) {
        return Ok(());
    }
    Err(invalid(
        "Missing necessary credentials. Please check http://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html",
    ))
}

/// A proxy needs the role and does not make it (nx-plugin-for-aws#652); the code is a guess, its status is known.
pub(super) fn role_of_proxies(cx: &Context<'_>) -> Result<(), Refusal> {
    if cx.has_linked_role(LinkedRole::Rds) {
        return Ok(());
    }
    let message = format!(
        "RDS is not authorized to assume service-linked role {}. Check your RDS service-linked role and try again.",
        LinkedRole::Rds.arn()
    );
    Err(Refusal::new(403, "AccessDenied", message))
}
