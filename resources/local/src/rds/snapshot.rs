//! Manual DB snapshots, of which final ones are one kind.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instance::{Instance, missing as no_instance};
use super::{arn, done, identifier, identifier_up_to, paged, tags};
use crate::answer::{Answered, Refusal};
use crate::clock::iso;
use crate::wire::query::Params;
use crate::world::{Context, Tags};

/// Seconds that AWS typically takes.
const TAKING: u32 = 120;
/// The longest name of a snapshot.
pub(crate) const LONGEST: usize = 255;

const FILTERS: [&str; 5] = ["db-snapshot-id", "db-instance-id", "dbi-resource-id", "engine", "snapshot-type"];

/// A snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    id: String,
    pub instance: Instance,
    pub tags: Tags,
    created_at: i64,
    pub available_at: i64,
    #[serde(default)]
    failed: bool,
}

pub(crate) fn missing(id: &str) -> Refusal {
    Refusal::new(404, "DBSnapshotNotFound", format!("DBSnapshot {id} not found."))
}

impl Snapshot {
    fn render(&self, now: i64) -> Value {
        let ready = now >= self.available_at;
        let of = |name: &str| self.instance.properties.get(name).cloned();
        json!({
            "DBSnapshotIdentifier": self.id,
            "DBSnapshotArn": arn(&self.instance.region, "snapshot", &self.id),
            "DBInstanceIdentifier": self.instance.id,
            "DbiResourceId": self.instance.resource_id,
            "SnapshotType": "manual",
            "Status": match ready {
                true if self.failed => "failed",
                true => "available",
                false => "creating",
            },
            "PercentProgress": if ready && !self.failed { 100 } else { 0 },
            "SnapshotCreateTime": iso(self.created_at),
            "Port": self.instance.port,
            "Engine": of("Engine"),
            "EngineVersion": of("EngineVersion"),
            "AllocatedStorage": of("AllocatedStorage"),
            "StorageType": of("StorageType"),
            "Encrypted": of("StorageEncrypted"),
            "KmsKeyId": of("KmsKeyId"),
            "MasterUsername": of("MasterUsername"),
            "AvailabilityZone": of("AvailabilityZone"),
            "TagList": tags::render(&self.tags),
        })
    }
}

/// Takes a snapshot of an instance.
pub(crate) fn take(cx: &mut Context<'_>, of: &Instance, id: &str, tags: Tags) -> Result<(), Refusal> {
    if cx.databases().snapshots.contains_key(id) {
        let message =
            format!("Cannot create the snapshot because a snapshot with the identifier {id} already exists.");
        return Err(Refusal::bad("DBSnapshotAlreadyExists", message));
    }
    let (now, available_at) = (cx.now(), cx.clock.due(TAKING));
    let failed = cx.world.outcomes.of("aws:rds:DBSnapshot", id).is_some();
    let instance = of.clone();
    let snapshot = Snapshot { id: id.to_owned(), instance, tags, created_at: now, available_at, failed };
    cx.databases().snapshots.insert(id.to_owned(), snapshot);
    Ok(())
}

pub(crate) fn create(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = identifier_up_to(params, "DBSnapshotIdentifier", LONGEST)?;
    let of = identifier(params, "DBInstanceIdentifier")?;
    let instance = cx.databases().instances.get(&of).cloned().ok_or_else(|| no_instance(&of))?;
    instance.require_available()?;
    let mut tags = tags::of(params)?;
    if instance.flag("CopyTagsToSnapshot") && tags.is_empty() {
        tags = instance.tags.clone();
    }
    take(cx, &instance, &id, tags)?;
    let now = cx.now();
    let body = json!({"DBSnapshot": cx.databases().snapshots.get(&id).map(|s| s.render(now))});
    Ok(done(cx, &body))
}

pub(crate) fn describe(cx: &mut Context<'_>, params: &Params) -> Answered {
    let now = cx.now();
    let one = params.filled("DBSnapshotIdentifier").map(|id| id.to_lowercase());
    let of = params.filled("DBInstanceIdentifier").map(|id| id.to_lowercase());
    let databases = cx.databases();
    if let Some(id) = &one
        && !databases.snapshots.contains_key(id)
    {
        return Err(missing(id));
    }
    let filters: Vec<(String, Vec<String>)> = params
        .list("Filters")
        .iter()
        .map(|f| Ok((f.required("Name")?, f.texts("Values").iter().map(|v| v.to_lowercase()).collect())))
        .collect::<Result<_, Refusal>>()?;
    if let Some((name, _)) = filters.iter().find(|(name, _)| !FILTERS.contains(&name.as_str())) {
        return Err(Refusal::bad("InvalidParameterValue", format!("Unrecognized filter name: {name}")));
    }
    let passes = |s: &Snapshot, name: &str, values: &[String]| {
        let is = |text: &str| values.iter().any(|value| value == text);
        match name {
            "db-snapshot-id" => is(&s.id),
            "db-instance-id" => is(&s.instance.id),
            "dbi-resource-id" => is(&s.instance.resource_id.to_lowercase()),
            "engine" => is(s.instance.text("Engine")),
            _ => is("manual"),
        }
    };
    let manual = params.filled("SnapshotType").is_none_or(|kind| kind == "manual");
    let fits = |s: &&Snapshot| {
        manual
            && one.as_ref().is_none_or(|id| *id == s.id)
            && of.as_ref().is_none_or(|id| *id == s.instance.id)
            && filters.iter().all(|(name, values)| passes(s, name, values))
    };
    let items = databases.snapshots.values().filter(fits).map(|s| s.render(now)).collect();
    let body = paged(params, "DBSnapshots", items)?;
    Ok(done(cx, &body))
}

pub(crate) fn delete(cx: &mut Context<'_>, params: &Params) -> Answered {
    let id = identifier_up_to(params, "DBSnapshotIdentifier", LONGEST)?;
    let now = cx.now();
    let snapshot = cx.databases().snapshots.get(&id).cloned().ok_or_else(|| missing(&id))?;
    if now < snapshot.available_at {
        let message =
            format!("Cannot delete the snapshot because it is not currently in the available state: {id}");
        return Err(Refusal::bad("InvalidDBSnapshotState", message));
    }
    cx.databases().snapshots.remove(&id);
    let mut body = json!({"DBSnapshot": snapshot.render(now)});
    body["DBSnapshot"]["Status"] = json!("deleted");
    Ok(done(cx, &body))
}
