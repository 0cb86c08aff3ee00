//! New instances out of snapshots and backups. What they take over of the old one is little: all else is as
//! with a new one, unless the call says it.

use serde_json::{Value, json};

use super::create::{check, combination, groups, invalid, key, log_types, standby};
use super::instance::{Instance, Phase, default_options, shown};
use super::property::{self, Properties, major};
use super::{backup, identifier, parameter_group, plan, rename, snapshot, storage, subnet_group, tags};
use crate::answer::{Answered, Refusal};
use crate::clock::iso;
use crate::wire::query::Params;
use crate::world::{Context, letters};

/// Seconds that AWS typically takes.
const RESTORING: u32 = 900;

/// What an instance is, and what a restore leaves as it was.
const INHERITED: [&str; 13] = [
    "AllocatedStorage",
    "BackupRetentionPeriod",
    "DBInstanceClass",
    "DBName",
    "Engine",
    "EngineVersion",
    "Iops",
    "KmsKeyId",
    "LicenseModel",
    "MasterUsername",
    "PreferredBackupWindow",
    "StorageEncrypted",
    "StorageType",
];

/// What is in the backup whatever the call says.
const FIXED: [&str; 6] =
    ["DBName", "Engine", "EngineVersion", "KmsKeyId", "MasterUsername", "StorageEncrypted"];

pub(crate) fn from_snapshot(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = identifier(params, "DBInstanceIdentifier")?;
    rename::free(cx, &id)?;
    let name = params.required("DBSnapshotIdentifier")?.to_lowercase();
    let now = cx.now();
    let found = cx.databases().snapshots.get(&name).cloned().ok_or_else(|| snapshot::missing(&name))?;
    if now < found.available_at {
        let message = format!("The snapshot {name} is not in the available state.");
        return Err(Refusal::bad("InvalidDBSnapshotState", message));
    }
    restored(cx, params, &id, &found.instance)
}

pub(crate) fn to_point_in_time(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = identifier(params, "TargetDBInstanceIdentifier")?;
    rename::free(cx, &id)?;
    let source = backup::source(cx, params)?;
    let latest = params.flag("UseLatestRestorableTime") == Some(true);
    match (params.filled("RestoreTime"), latest) {
        (Some(_), true) => {
            return Err(combination(
                "RestoreTime cannot be specified together with UseLatestRestorableTime.",
            ));
        }
        (None, false) => {
            return Err(combination("Either RestoreTime or UseLatestRestorableTime must be specified."));
        }
        (None, true) => {}
        (Some(text), false) => {
            let time: jiff::Timestamp =
                text.parse().map_err(|_| invalid(format!("Invalid RestoreTime: {text}")))?;
            let at = time.as_millisecond();
            let beyond = |word: &str, limit: i64| {
                let message =
                    format!("The specified instance cannot be restored to a time {word} than {}", iso(limit));
                Err(invalid(message))
            };
            // The window is told in whole seconds.
            if at / 1000 > source.latest / 1000 {
                return beyond("later", source.latest);
            }
            if at / 1000 < source.earliest / 1000 {
                return beyond("earlier", source.earliest);
            }
        }
    }
    restored(cx, params, &id, &source.instance)
}

fn restored(cx: &mut Context<'_>, params: &Params, id: &str, source: &Instance) -> Answered {
    let (now, until, region) = (cx.now(), cx.clock.due(RESTORING), cx.region().to_owned());
    let mut properties = properties(cx, params, source)?;
    if let Some(reference) = properties.get("KmsKeyId").and_then(Value::as_str) {
        key(cx.world, &region, reference)?;
    }
    let subnet_group = params.filled("DBSubnetGroupName").map(|name| name.to_lowercase());
    let place = match &subnet_group {
        Some(name) => Some(subnet_group::place(cx, name, params.filled("AvailabilityZone").as_deref())?),
        None if source.subnet.is_some() => {
            let message = "Cannot restore from VPC backup to non-VPC DB instance.";
            return Err(Refusal::bad("InvalidRestoreFault", message));
        }
        None => None,
    };
    let vpc = place.as_ref().map(|place| place.vpc.as_str());
    let groups = groups(cx.world, &region, params, "VpcSecurityGroupIds", vpc)?;
    let text = |name: &str| properties.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (engine, version) = (text("Engine"), text("EngineVersion"));
    let family = format!("{engine}{}", major(&version));
    let parameter_group = match params.filled("DBParameterGroupName") {
        Some(name) => parameter_group::fitting(cx, &name, &family)?,
        None => format!("default.{family}"),
    };
    let zone = place.as_ref().map_or_else(|| format!("{region}a"), |place| place.zone.clone());
    plan::check_room(cx)?;
    plan::role_of_instances(cx)?;
    properties.insert("AvailabilityZone".to_owned(), json!(zone));
    let standby = standby(cx, subnet_group.as_deref(), &properties);
    let instance = Instance {
        id: id.to_owned(),
        region,
        resource_id: format!("db-{}", letters(26, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")),
        properties,
        pending: Properties::new(),
        coming: Properties::new(),
        phase: Phase::Creating { until },
        ends: Phase::ordered(cx.world, id),
        new_id: None,
        port: params.number("Port")?.unwrap_or(source.port),
        log_exports: log_types(&params.texts("EnableCloudwatchLogsExports"))?,
        groups,
        groups_before: None,
        port_coming: None,
        exports_coming: None,
        optimizes_for: 0,
        optimized_at: 0,
        parameter_group,
        awaits_reboot: false,
        option_group: params.filled("OptionGroupName").unwrap_or_else(|| default_options(&engine, &version)),
        subnet_group,
        without_address: place.as_ref().is_some_and(|place| place.full),
        subnet: place.map(|place| place.subnet),
        standby,
        cut_off_at: None,
        // The password is the one of the backup: whoever kept it for the old instance goes on with that one.
        secret: None,
        password: source.password().cloned(),
        tags: tags::of(params)?,
        created_at: now,
    };
    cx.databases().instances.insert(id.to_owned(), instance);
    shown(cx, id)
}

fn properties(cx: &Context<'_>, params: &Params, source: &Instance) -> Result<Properties, Refusal> {
    if params.flag("ManageMasterUserPassword") == Some(true) {
        return Err(combination(
            "ManageMasterUserPassword is not supported when restoring this engine: modify the instance afterwards.",
        ));
    }
    let mut properties = property::defaults();
    let inherited = INHERITED.iter().filter_map(|name| Some((*name, source.properties.get(*name)?)));
    properties.extend(inherited.map(|(name, value)| (name.to_owned(), value.clone())));
    let mut asked = property::asked(params)?;
    asked.retain(|name, _| !FIXED.contains(&name.as_str()));
    properties.extend(asked);
    let storage = properties.get("AllocatedStorage").and_then(Value::as_i64);
    if storage.is_some_and(|storage| storage < source.number("AllocatedStorage")) {
        return Err(combination("Allocated storage is smaller than that of the backup."));
    }
    let region = cx.region().to_owned();
    check(cx.world, &region, params, &properties)?;
    plan::check(cx, &properties)?;
    if properties.get("StorageType") == Some(&json!("gp3"))
        && properties.get("Iops").is_none_or(Value::is_null)
    {
        storage::of_a_new_one(&mut properties)?;
    }
    Ok(properties)
}
