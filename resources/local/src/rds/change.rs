//! What happens to an instance after its creation.

use serde_json::{Value, json};

use super::create::{check, combination, groups, invalid, key, log_types, managed, new_password};
use super::instance::{Instance, Phase, missing, shown};
use super::property::{self, Effect, Properties, full_version, major};
use super::{backup, identifier, identifier_up_to, parameter_group, rename, snapshot, subnet_group};
use crate::answer::{Answered, Refusal};
use crate::wire::query::Params;
use crate::world::Context;

/// Seconds that AWS typically takes for a change of class, storage and the like.
const MODIFYING: u32 = 300;
/// Seconds for a change that only touches settings.
const SETTING: u32 = 30;
const REBOOTING: u32 = 60;
const STOPPING: u32 = 120;
const STARTING: u32 = 180;
const DELETING: u32 = 180;

/// The instance that a call names.
fn find(cx: &mut Context<'_>, params: &Params) -> Result<Instance, Refusal> {
    let id = identifier(params, "DBInstanceIdentifier")?;
    cx.databases().instances.get(&id).cloned().ok_or_else(|| missing(&id))
}

/// Puts an instance back, and shows it.
fn put(cx: &mut Context<'_>, instance: Instance) -> Answered {
    let id = instance.id.clone();
    cx.databases().instances.insert(id.clone(), instance);
    shown(cx, &id)
}

pub(crate) fn modify(cx: &mut Context<'_>, params: &Params) -> Answered {
    let mut instance = find(cx, params)?;
    instance.require_available()?;
    let new_id = rename::asked(cx, params, &instance)?;
    let now_wanted = params.flag("ApplyImmediately").unwrap_or(false);
    let changes = changes(cx, params, &instance, now_wanted)?;
    let mut changed = settings(cx, params, &mut instance)?;
    let carried = now_wanted
        && (!instance.pending.is_empty() || instance.new_id.is_some())
        && params.has("ApplyImmediately");
    if changes.is_empty() && !changed && !carried && new_id.is_none() {
        return Err(combination("No modifications were requested"));
    }
    let mut heavy = Properties::new();
    if now_wanted {
        // Applying at once takes along what was waiting.
        heavy.append(&mut instance.pending);
    }
    for (name, value) in changes {
        match property::effect(&name) {
            Effect::Window if now_wanted => {
                heavy.insert(name, value);
            }
            Effect::Window if instance.properties.get(&name) == Some(&value) => {
                // Back to what it is: nothing waits any more.
                instance.pending.remove(&name);
            }
            Effect::Window => {
                instance.pending.insert(name, value);
            }
            Effect::Quiet => {
                instance.properties.insert(name, value);
            }
            Effect::Always | Effect::Never => {
                changed = true;
                instance.properties.insert(name, value);
            }
        }
    }
    if !heavy.is_empty() {
        instance.coming = heavy;
        instance.phase = Phase::Modifying { until: cx.clock.due(MODIFYING) };
    } else if changed {
        instance.phase = Phase::Modifying { until: cx.clock.due(SETTING) };
    }
    if new_id.is_some() {
        instance.new_id = new_id;
    }
    if now_wanted && instance.new_id.is_some() {
        instance.phase = Phase::Renaming { until: cx.clock.due(rename::RENAMING) };
    }
    put(cx, instance)
}

/// The properties that a call wants different from what is or waits.
fn changes(
    cx: &mut Context<'_>,
    params: &Params,
    instance: &Instance,
    now_wanted: bool,
) -> Result<Properties, Refusal> {
    let mut asked = property::asked(params)?;
    let refused = |name: &String| property::effect(name) == Effect::Never;
    asked.retain(|name, _| !refused(name));
    if let Some(version) = asked.get("EngineVersion").and_then(Value::as_str).map(str::to_owned) {
        let have = instance.text("EngineVersion");
        let full = if have.starts_with(&format!("{version}.")) {
            have.to_owned()
        } else {
            full_version(Some(&version))
        };
        if number(&full) < number(have) {
            return Err(combination(format!(
                "Cannot upgrade {} from {have} to {full}",
                instance.text("Engine")
            )));
        }
        if major(&full) != major(have) && params.flag("AllowMajorVersionUpgrade") != Some(true) {
            return Err(combination(
                "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
            ));
        }
        asked.insert("EngineVersion".to_owned(), json!(full));
    }
    if let Some(storage) = asked.get("AllocatedStorage").and_then(Value::as_i64)
        && storage < instance.number("AllocatedStorage")
    {
        return Err(combination(
            "Requested storage size is smaller than the current storage size. Storage size cannot be reduced.",
        ));
    }
    if asked.get("PerformanceInsightsEnabled") == Some(&json!(true))
        && !instance.flag("PerformanceInsightsEnabled")
    {
        let region = cx.region().to_owned();
        let wish = params.filled("PerformanceInsightsKMSKeyId");
        let arn = key(cx.world, &region, wish.as_deref().unwrap_or("alias/aws/rds"))?;
        asked.insert("PerformanceInsightsKMSKeyId".to_owned(), json!(arn));
        asked.entry("PerformanceInsightsRetentionPeriod".to_owned()).or_insert(json!(7));
    }
    let mut whole = instance.properties.clone();
    whole.extend(asked.clone());
    check(cx.world, params, &whole)?;
    asked.retain(|name, value| {
        let stands = instance.pending.get(name).or_else(|| instance.properties.get(name));
        // What waits is wanted at once: that is a change too.
        stands != Some(value) || (now_wanted && instance.pending.contains_key(name))
    });
    Ok(asked)
}

/// The parts of a version, to be compared.
fn number(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

/// Takes another parameter group, which must be of the family that the instance is or comes to.
fn parameters(cx: &mut Context<'_>, params: &Params, instance: &mut Instance) -> Result<(), Refusal> {
    let (engine, have) = (instance.text("Engine").to_owned(), instance.text("EngineVersion").to_owned());
    let version = params.filled("EngineVersion").unwrap_or_else(|| have.clone());
    let family = format!("{engine}{}", major(&version));
    let upgrade = major(&version) != major(&have);
    let name = match params.filled("DBParameterGroupName") {
        Some(name) => name,
        None if upgrade && instance.parameter_group == format!("default.{engine}{}", major(&have)) => {
            format!("default.{family}")
        }
        None if upgrade => {
            return Err(combination(format!(
                "The current DB instance parameter group {} is custom. You must explicitly specify a new DB parameter group, either default or custom, for the engine version upgrade.",
                instance.parameter_group
            )));
        }
        None => return Ok(()),
    };
    let name = parameter_group::fitting(cx, &name, &family)?;
    if name != instance.parameter_group {
        instance.parameter_group = name;
        // An upgrade restarts the engine.
        instance.awaits_reboot = !upgrade;
    }
    Ok(())
}

/// Applies what is not a plain value; says whether anything changed.
fn settings(cx: &mut Context<'_>, params: &Params, instance: &mut Instance) -> Result<bool, Refusal> {
    let before = instance.clone();
    let region = cx.region().to_owned();
    if params.has("VpcSecurityGroupIds") {
        let network = cx.world.ec2.get(&region);
        let vpc = instance.subnet.as_ref().zip(network).and_then(|(s, n)| n.subnet(s)).map(|s| s.vpc);
        instance.groups = groups(cx.world, &region, params, "VpcSecurityGroupIds", vpc.as_deref())?;
    }
    parameters(cx, params, instance)?;
    instance.port = params.number("DBPortNumber")?.unwrap_or(instance.port);
    if let Some(name) = params.filled("OptionGroupName") {
        instance.option_group = name;
    }
    let on = log_types(&params.below("CloudwatchLogsExportConfiguration").texts("EnableLogTypes"))?;
    let off = params.below("CloudwatchLogsExportConfiguration").texts("DisableLogTypes");
    let wanted: Vec<String> =
        instance.log_exports.iter().chain(&on).filter(|kind| !off.contains(kind)).cloned().collect();
    instance.log_exports = log_types(&wanted)?;
    master(cx, params, instance)?;
    if params.flag("RotateMasterUserPassword") == Some(true)
        && let Some(secret) = &mut instance.secret
    {
        secret.password = new_password();
    }
    let password = params.filled("MasterUserPassword").is_some()
        || params.flag("RotateMasterUserPassword") == Some(true);
    let same = before.groups == instance.groups
        && before.parameter_group == instance.parameter_group
        && before.port == instance.port
        && before.option_group == instance.option_group
        && before.log_exports == instance.log_exports
        && before.secret == instance.secret;
    Ok(password || !same)
}

/// Turns RDS's care of the master password on and off.
fn master(cx: &mut Context<'_>, params: &Params, instance: &mut Instance) -> Result<(), Refusal> {
    let given = params.filled("MasterUserPassword").is_some();
    let region = cx.region().to_owned();
    let active_at = cx.clock.due(SETTING);
    match (params.flag("ManageMasterUserPassword"), &instance.secret) {
        (Some(true), _) if given => Err(combination(
            "You can't specify MasterUserPassword for an instance when ManageMasterUserPassword is enabled.",
        )),
        (Some(true), None) => {
            instance.secret = Some(managed(cx.world, &region, params, active_at)?);
            Ok(())
        }
        (Some(false), Some(_)) if !given => {
            Err(combination("A MasterUserPassword is required when ManageMasterUserPassword is turned off."))
        }
        (Some(false), _) => {
            instance.secret = None;
            Ok(())
        }
        (None, Some(_)) if given => Err(combination(
            "You can't specify MasterUserPassword for an instance whose master password RDS manages.",
        )),
        _ => match (params.filled("MasterUserSecretKmsKeyId"), &mut instance.secret) {
            (Some(wish), Some(secret)) => {
                secret.key = key(cx.world, &region, &wish)?;
                Ok(())
            }
            (Some(_), None) => {
                Err(invalid("MasterUserSecretKmsKeyId is only valid with ManageMasterUserPassword."))
            }
            (None, _) => Ok(()),
        },
    }
}

pub(crate) fn reboot(cx: &mut Context<'_>, params: &Params) -> Answered {
    let mut instance = find(cx, params)?;
    instance.require_available()?;
    if params.flag("ForceFailover") == Some(true) && !instance.flag("MultiAZ") {
        return Err(combination(
            "Reboot Instance with force failover can only be performed on Multi-AZ instances.",
        ));
    }
    if params.flag("ForceFailover") == Some(true) {
        fail_over(cx, &mut instance)?;
    }
    instance.phase = Phase::Rebooting { until: cx.clock.due(REBOOTING) };
    put(cx, instance)
}

/// The standby takes over: it and the one before change places.
fn fail_over(cx: &mut Context<'_>, instance: &mut Instance) -> Result<(), Refusal> {
    let Some(group) = instance.subnet_group.clone() else { return Ok(()) };
    let zone = instance.text("AvailabilityZone").to_owned();
    let other = cx.databases().subnet_groups.get(&group).and_then(|g| g.other_zone(&zone));
    if let Some(other) = other {
        let place = subnet_group::place(cx, &group, Some(&other))?;
        instance.subnet = Some(place.subnet);
        instance.properties.insert("AvailabilityZone".to_owned(), json!(place.zone));
    }
    Ok(())
}

pub(crate) fn stop(cx: &mut Context<'_>, params: &Params) -> Answered {
    let mut instance = find(cx, params)?;
    instance.require_available()?;
    instance.phase = Phase::Stopping { until: cx.clock.due(STOPPING) };
    put(cx, instance)
}

pub(crate) fn start(cx: &mut Context<'_>, params: &Params) -> Answered {
    let mut instance = find(cx, params)?;
    if !matches!(instance.phase, Phase::Stopped { .. }) {
        return Err(instance.wrong_state("stopped"));
    }
    instance.phase = Phase::Starting { until: cx.clock.due(STARTING) };
    put(cx, instance)
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let mut instance = find(cx, params)?;
    if matches!(instance.phase, Phase::Deleting { .. }) {
        return Err(instance.wrong_state("available"));
    }
    if instance.flag("DeletionProtection") {
        return Err(combination(
            "Cannot delete protected DB Instance, please disable deletion protection and try again.",
        ));
    }
    let skip = params.flag("SkipFinalSnapshot").unwrap_or(false);
    match (skip, params.filled("FinalDBSnapshotIdentifier")) {
        (true, Some(_)) => {
            return Err(combination(
                "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true.",
            ));
        }
        (false, None) => {
            return Err(combination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
            ));
        }
        (false, Some(_)) => {
            if !matches!(instance.phase, Phase::Available | Phase::Stopped { .. }) {
                let message = format!(
                    "Cannot create a snapshot because the database instance {} is not currently in the available state.",
                    instance.id
                );
                return Err(Refusal::bad("InvalidDBInstanceState", message));
            }
            snapshot::take(
                cx,
                &instance,
                &identifier_up_to(params, "FinalDBSnapshotIdentifier", snapshot::LONGEST)?,
                instance.tags.clone(),
            )?;
        }
        (true, None) => {}
    }
    if params.flag("DeleteAutomatedBackups") == Some(false) {
        backup::retain(cx, &instance);
    }
    instance.phase = Phase::Deleting { until: cx.clock.due(DELETING) };
    put(cx, instance)
}
