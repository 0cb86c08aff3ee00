//! What happens to an instance after its creation.

use serde_json::{Value, json};

use super::create::{check, combination, groups, key, log_types, managed, new_password, standby};
use super::instance::{Instance, Phase, missing, shown};
use super::property::{self, Effect, Properties, full_version, major};
use super::{backup, identifier, identifier_up_to, parameter_group, plan, rename, snapshot, storage};
use crate::answer::{Answered, Refusal};
use crate::secretsmanager::Hidden;
use crate::wire::query::Params;
use crate::world::Context;

/// Seconds that AWS typically takes for a change of class, storage and the like.
const MODIFYING: u32 = 300;
/// Seconds for a change that only touches settings.
const SETTING: u32 = 30;
/// Seconds until the status shows that a modification was taken ("up to half a minute",
/// aws-cloudformation-resource-providers-rds#243).
const ACCEPTING: u32 = 20;
/// Seconds until changed storage can be changed again: six hours, or as long as it is optimized, which can be more than a
/// day where there is much of it (re:Post, rds-stuck-in-storage-optimization).
const OPTIMIZING: u32 = 21_600;
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
    // A full one takes what makes it larger; whether it takes other changes along is not documented.
    if !(instance.phase == Phase::StorageFull && params.has("AllocatedStorage")) {
        instance.require_available()?;
    }
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
    let mut long = false;
    if now_wanted {
        // Applying at once takes along what was waiting.
        heavy.append(&mut instance.pending);
        long = !heavy.is_empty();
    }
    for (name, value) in changes {
        match effect(&instance, &name, &value) {
            Effect::Window if now_wanted => {
                heavy.insert(name, value);
                long = true;
            }
            Effect::Soon => {
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
    if !heavy.is_empty() || changed {
        if storage::NAMES.iter().any(|name| heavy.contains_key(*name)) {
            instance.optimizes_for = cx.clock.due(OPTIMIZING) - cx.now();
        }
        if heavy.get("MultiAZ") == Some(&json!(true)) {
            let whole = instance.properties.clone().into_iter().chain(heavy.clone()).collect();
            instance.standby = standby(cx, instance.subnet_group.as_deref(), &whole);
        }
        instance.coming.append(&mut heavy);
        let lasts = cx.clock.due(if long { MODIFYING } else { SETTING }) - cx.now();
        instance.ends = Phase::ordered(cx.world, &instance.id);
        instance.phase = Phase::Accepted { until: cx.clock.due(ACCEPTING), lasts };
    }
    if new_id.is_some() {
        instance.new_id = new_id;
    }
    if now_wanted && instance.new_id.is_some() {
        instance.phase = Phase::Renaming { until: cx.clock.due(rename::RENAMING) };
    }
    put(cx, instance)
}

/// When a change takes effect: backups are switched on and off in the window, all else about them soon.
fn effect(instance: &Instance, name: &str, value: &Value) -> Effect {
    let switches = instance.number(name) == 0 || value == 0;
    if name == "BackupRetentionPeriod" && switches { Effect::Window } else { property::effect(name) }
}

/// The properties that a call wants different from what is or waits.
fn changes(
    cx: &mut Context<'_>,
    params: &Params,
    instance: &Instance,
    now_wanted: bool,
) -> Result<Properties, Refusal> {
    let mut asked = property::asked(params)?;
    let any_version = params.flag("AllowMajorVersionUpgrade") == Some(true);
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
        if major(&full) != major(have) && !any_version {
            return Err(combination(
                "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
            ));
        }
        asked.insert("EngineVersion".to_owned(), json!(full));
    }
    storage::change(instance, &mut asked)?;
    insights(cx, params, instance, &mut asked)?;
    let mut whole = instance.properties.clone();
    whole.extend(asked.clone());
    let region = cx.region().to_owned();
    check(cx.world, &region, params, &whole)?;
    asked.retain(|name, value| {
        let coming = instance.coming.get(name).or_else(|| instance.pending.get(name));
        let stands = coming.or_else(|| instance.properties.get(name));
        // What waits is wanted at once: that is a change too.
        stands != Some(value) || (now_wanted && instance.pending.contains_key(name))
    });
    plan::check(cx, &asked)?;
    let group = instance.subnet_group.as_ref().filter(|_| asked.get("MultiAZ") == Some(&json!(true)));
    if let Some(group) = group.and_then(|name| cx.databases().subnet_groups.get(name)) {
        group.require_coverage()?;
    }
    if storage::NAMES.iter().any(|name| asked.contains_key(*name)) && instance.is_busy_with_storage(cx.now())
    {
        // terraform-provider-aws#12493
        return Err(combination(
            "You can't currently modify the storage of this DB instance because the previous storage change is being optimized.",
        ));
    }
    Ok(asked)
}

/// Performance Insights keeps the key that it was first turned on with, also while it is off, and a call that
/// says anything of it without a key means the account's own (terraform-provider-aws#9746, #6453, #44046).
fn insights(
    cx: &Context<'_>,
    params: &Params,
    instance: &Instance,
    asked: &mut Properties,
) -> Result<(), Refusal> {
    const SAID: [&str; 4] = [
        "EnablePerformanceInsights",
        "PerformanceInsightsKMSKeyId",
        "PerformanceInsightsRetentionPeriod",
        "DatabaseInsightsMode",
    ];
    let said = SAID.iter().any(|name| params.has(name));
    let wish = params.filled("PerformanceInsightsKMSKeyId");
    let on = params.flag("EnablePerformanceInsights");
    if wish.is_some() && on.is_none() {
        return Err(combination("Can not set PerformanceInsightsKMSKeyId without EnablePerformanceInsights"));
    }
    if !said || !on.unwrap_or_else(|| instance.flag("PerformanceInsightsEnabled")) {
        return Ok(());
    }
    let arn = key(cx.world, cx.region(), wish.as_deref().unwrap_or("alias/aws/rds"))?;
    let kept = instance.text("PerformanceInsightsKMSKeyId");
    if !kept.is_empty() && kept != arn {
        return Err(combination("You can't change your Performance Insights KMS key."));
    }
    asked.insert("PerformanceInsightsKMSKeyId".to_owned(), json!(arn));
    if instance.number("PerformanceInsightsRetentionPeriod") == 0 {
        asked.entry("PerformanceInsightsRetentionPeriod".to_owned()).or_insert(json!(7));
    }
    Ok(())
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
        let wanted = groups(cx.world, &region, params, "VpcSecurityGroupIds", vpc.as_deref())?;
        if wanted != instance.groups {
            let before = std::mem::replace(&mut instance.groups, wanted);
            instance.groups_before.get_or_insert(before);
        }
    }
    parameters(cx, params, instance)?;
    if let Some(port) = params.number("DBPortNumber")? {
        instance.port_coming = (port != instance.port).then_some(port);
    }
    if let Some(name) = params.filled("OptionGroupName") {
        instance.option_group = name;
    }
    let on = log_types(&params.below("CloudwatchLogsExportConfiguration").texts("EnableLogTypes"))?;
    let off = params.below("CloudwatchLogsExportConfiguration").texts("DisableLogTypes");
    let stands = instance.exports_coming.as_ref().unwrap_or(&instance.log_exports);
    let wanted: Vec<String> = stands.iter().chain(&on).filter(|kind| !off.contains(kind)).cloned().collect();
    let wanted = log_types(&wanted)?;
    instance.exports_coming = (wanted != instance.log_exports).then_some(wanted);
    master(cx, params, instance)?;
    if let Some(password) = params.filled("MasterUserPassword") {
        instance.password = Some(Hidden(password));
    }
    // What RDS keeps stands in its secret alone.
    if instance.secret.is_some() {
        instance.password = None;
    }
    if params.flag("RotateMasterUserPassword") == Some(true) {
        // "This setting is valid only if the master user password is managed by RDS" (`ModifyDBInstance`).
        let Some(secret) = &mut instance.secret else {
            return Err(combination(
                "You can't specify RotateMasterUserPassword for an instance whose master password RDS does not manage.",
            ));
        };
        if params.flag("ApplyImmediately") != Some(true) {
            return Err(combination(
                "You must apply the change immediately when rotating the master user password.",
            ));
        }
        secret.password = new_password();
        secret.rotates = true;
        secret.active_at = cx.clock.due(SETTING);
    }
    let password = params.filled("MasterUserPassword").is_some()
        || params.flag("RotateMasterUserPassword") == Some(true);
    let same = before.groups == instance.groups
        && before.parameter_group == instance.parameter_group
        && before.port_coming == instance.port_coming
        && before.option_group == instance.option_group
        && before.exports_coming == instance.exports_coming
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
        (Some(true), Some(secret)) => match params.filled("MasterUserSecretKmsKeyId") {
            Some(wish) if key(cx.world, &region, &wish)? != secret.key => Err(combination(
                "You can't change the KMS key of the secret while RDS manages the master user password.",
            )),
            _ => Ok(()),
        },
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
        // terraform-provider-aws#41795; that the key of a secret never changes is in `ModifyDBInstance`.
        _ if params.filled("MasterUserSecretKmsKeyId").is_some() => Err(combination(
            "A ManageMasterUserPassword value is required when MasterUserSecretKmsKeyId is specified.",
        )),
        _ => Ok(()),
    }
}

pub(crate) fn reboot(cx: &mut Context<'_>, params: &Params) -> Answered {
    let mut instance = find(cx, params)?;
    if instance.phase != Phase::IncompatibleParameters {
        instance.require_available()?;
    }
    if params.flag("ForceFailover") == Some(true) && !instance.flag("MultiAZ") {
        return Err(combination(
            "Reboot Instance with force failover can only be performed on Multi-AZ instances.",
        ));
    }
    if params.flag("ForceFailover") == Some(true) {
        fail_over(cx, &mut instance);
    }
    instance.ends = Phase::ordered(cx.world, &instance.id);
    instance.phase = Phase::Rebooting { until: cx.clock.due(REBOOTING) };
    put(cx, instance)
}

/// The standby takes over: it and the one before change places.
fn fail_over(cx: &mut Context<'_>, instance: &mut Instance) {
    let group = instance.subnet_group.as_ref().and_then(|name| cx.databases().subnet_groups.get(name));
    let zone = group.zip(instance.standby.as_ref()).and_then(|(group, standby)| group.zone_of(standby));
    if let Some(zone) = zone {
        std::mem::swap(&mut instance.subnet, &mut instance.standby);
        instance.properties.insert("AvailabilityZone".to_owned(), json!(zone));
    }
}

pub(crate) fn stop(cx: &mut Context<'_>, params: &Params) -> Answered {
    let mut instance = find(cx, params)?;
    instance.require_available()?;
    instance.phase = Phase::Stopping { until: cx.clock.due(STOPPING) };
    put(cx, instance)
}

pub(crate) fn start(cx: &mut Context<'_>, params: &Params) -> Answered {
    let mut instance = find(cx, params)?;
    if !matches!(instance.phase, Phase::Stopped { .. } | Phase::Inaccessible { .. }) {
        return Err(instance.wrong_state("stopped"));
    }
    let encrypted = Some(instance.text("KmsKeyId")).filter(|key| !key.is_empty());
    encrypted.map(|key_of| key(cx.world, &instance.region, key_of)).transpose()?;
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
            if !matches!(instance.phase, Phase::Available | Phase::Accepted { .. } | Phase::Stopped { .. }) {
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
    crate::logs::writer::goes(cx, instance.log_groups());
    put(cx, instance)
}
