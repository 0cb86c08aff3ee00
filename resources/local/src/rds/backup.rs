//! Automated backups: what a point in time is restored from, also when the instance is gone.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instance::Instance;
use super::{Databases, arn, done, paged};
use crate::answer::{Answered, Refusal};
use crate::clock::iso;
use crate::wire::query::Params;
use crate::world::Context;

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// The backups of an instance that was deleted without them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Retained {
    instance: Instance,
    /// The last moment that they know.
    until: i64,
}

/// What can be restored: an instance as it was in a span of time.
pub(super) struct Window {
    pub instance: Instance,
    pub earliest: i64,
    pub latest: i64,
}

impl Window {
    fn of(instance: &Instance, latest: i64) -> Window {
        let kept = latest - instance.number("BackupRetentionPeriod") * DAY;
        Window { instance: instance.clone(), earliest: instance.created_at.max(kept), latest }
    }

    fn arn(&self) -> String {
        let resource = self.instance.resource_id.to_lowercase();
        arn(&self.instance.region, "auto-backup", &format!("ab-{resource}"))
    }
}

/// Keeps the backups of an instance that goes, if it has any.
pub(super) fn retain(cx: &mut Context<'_>, instance: &Instance) {
    if instance.number("BackupRetentionPeriod") > 0 {
        let until = cx.now();
        let kept = Retained { instance: instance.clone(), until };
        cx.databases().retained.insert(instance.resource_id.clone(), kept);
    }
}

impl Databases {
    /// All that can be restored to a point in time, with its status.
    fn windows(&self, now: i64) -> Vec<(Window, &'static str)> {
        let standing = self.instances.values().filter(|i| i.number("BackupRetentionPeriod") > 0);
        let standing = standing.map(|i| (Window::of(i, now), "active"));
        let retained = self.retained.values().filter(|r| {
            !self.instances.values().any(|i| i.resource_id == r.instance.resource_id)
                && now - r.until < r.instance.number("BackupRetentionPeriod") * DAY
        });
        standing.chain(retained.map(|r| (Window::of(&r.instance, r.until), "retained"))).collect()
    }
}

/// The source that a call names: an instance, or the backups of one.
pub(super) fn source(cx: &mut Context<'_>, params: &Params) -> Result<Window, Refusal> {
    let now = cx.now();
    let databases = cx.databases();
    if let Some(id) = params.filled("SourceDBInstanceIdentifier") {
        let id = id.to_lowercase();
        let instance = databases.instances.get(&id).ok_or_else(|| super::instance::missing(&id))?;
        if instance.number("BackupRetentionPeriod") == 0 {
            let message = format!("Automated backups are not enabled for the DB instance {id}.");
            return Err(Refusal::bad("PointInTimeRestoreNotEnabled", message));
        }
        return Ok(Window::of(instance, now));
    }
    let resource = params.filled("SourceDbiResourceId");
    let backup = params.filled("SourceDBInstanceAutomatedBackupsArn");
    if resource.is_none() && backup.is_none() {
        let message = "Either SourceDBInstanceIdentifier, SourceDbiResourceId or SourceDBInstanceAutomatedBackupsArn must be provided.";
        return Err(super::create::combination(message));
    }
    let found = databases.windows(now).into_iter().map(|(window, _)| window).find(|window| {
        resource.as_ref().is_some_and(|id| *id == window.instance.resource_id)
            || backup.as_ref().is_some_and(|arn| *arn == window.arn())
    });
    found.ok_or_else(|| {
        let message = "The automated backup of the DB instance does not exist.";
        Refusal::new(404, "DBInstanceAutomatedBackupNotFound", message)
    })
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let now = cx.now();
    let (of, resource) = (params.filled("DBInstanceIdentifier"), params.filled("DbiResourceId"));
    let fits = |window: &Window| {
        of.as_ref().is_none_or(|id| id.to_lowercase() == window.instance.id)
            && resource.as_ref().is_none_or(|id| *id == window.instance.resource_id)
    };
    let render = |(window, status): &(Window, &'static str)| -> Value {
        let property = |name: &str| window.instance.properties.get(name).cloned();
        json!({
            "DBInstanceIdentifier": window.instance.id,
            "DBInstanceArn": window.instance.arn(),
            "DbiResourceId": window.instance.resource_id,
            "DBInstanceAutomatedBackupsArn": window.arn(),
            "Region": window.instance.region,
            "Status": status,
            "RestoreWindow": {"EarliestTime": iso(window.earliest), "LatestTime": iso(window.latest)},
            "InstanceCreateTime": iso(window.instance.created_at),
            "Engine": property("Engine"),
            "EngineVersion": property("EngineVersion"),
            "MasterUsername": property("MasterUsername"),
            "AllocatedStorage": property("AllocatedStorage"),
            "BackupRetentionPeriod": property("BackupRetentionPeriod"),
            "Encrypted": property("StorageEncrypted"),
            "KmsKeyId": property("KmsKeyId"),
            "Port": window.instance.port,
        })
    };
    let windows = cx.databases().windows(now);
    let items = windows.iter().filter(|(window, _)| fits(window)).map(render).collect();
    let body = paged(params, "DBInstanceAutomatedBackups", items)?;
    Ok(done(cx, &body))
}
