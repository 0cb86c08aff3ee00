//! Restoring a database. RDS restores into a new instance, so the old one makes way: it keeps all its data
//! under another identifier, and the new one gets the old one's.
//!
//! [`next`] decides from what stands alone what is to be done. A run that was killed anywhere goes on there.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use finsight_engine::contract::{Failure, OWNER_TAG};
use finsight_engine::value::Map;

use super::database::Database;
use crate::failure::{never, refused};
use crate::rds::common::tags_of;
use crate::session::Region;
use crate::values::Inputs;

/// The tag of a restored instance: which run made it, and from what. The next `up` takes it off.
pub const RESTORE_TAG: &str = "finsight:restore";

/// What is restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The last moment that the automated backups know.
    Latest,
    /// A moment, in RFC 3339.
    ToTime(String),
    /// A snapshot.
    Snapshot(String),
}

impl Source {
    /// A moment in UTC, whatever offset it was written with; `None` for what is no RFC 3339.
    #[must_use]
    pub fn to_time(text: &str) -> Option<Self> {
        let time = DateTime::from_str(text, Format::DateTimeWithOffset).ok()?;
        Some(Self::ToTime(DateTime::from_secs(time.secs()).fmt(Format::DateTime).ok()?))
    }

    /// The options that say so.
    #[must_use]
    pub fn options(&self) -> String {
        match self {
            Self::Latest => "--latest".to_owned(),
            Self::ToTime(time) => format!("--to-time {time}"),
            Self::Snapshot(id) => format!("--snapshot {id}"),
        }
    }
}

/// One restore: the identifiers of its instances, and its mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The identifier of the stack's database.
    pub id: String,
    /// The new one's, until it gets that.
    pub fresh: String,
    /// The old one's, from then on.
    pub before: String,
    /// The value of [`RESTORE_TAG`].
    pub mark: String,
}

impl Names {
    /// Those of a restore that began at a moment such as `20260102-030405`.
    #[must_use]
    pub fn new(id: &str, began: &str, source: &Source) -> Self {
        Self {
            id: id.to_owned(),
            fresh: fresh(id),
            before: format!("{id}-before-{began}"),
            mark: format!("{began} {}", source.options()),
        }
    }
}

/// The identifier of an instance that is being restored for another one.
#[must_use]
pub fn fresh(id: &str) -> String {
    format!("{id}-restore")
}

/// What stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// Under the database's identifier.
    pub here: Option<Database>,
    /// Under the new one's.
    pub fresh: Option<Database>,
    /// Under the old one's.
    pub before: Option<Database>,
    /// Targets of the stack's proxies that are the old one.
    pub stale: Vec<(String, String)>,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Restore; the database stands, or it was lost.
    Restore {
        /// Whether it was lost.
        lost: bool,
    },
    /// Give the old one its other identifier.
    MakeWay,
    /// Take the owner's tag off the old one, which has this ARN.
    Release(String),
    /// Take the old one out from behind a proxy.
    Deregister(String, String),
    /// Give the new one the database's identifier.
    TakePlace,
    /// AWS is busy with this.
    Wait(String),
    /// The instance of another restore stands there, with its mark.
    Other(String),
    /// An instance is in a state that waiting does not end.
    Stuck(String, String),
    /// The restored one stands under the database's identifier.
    Done,
}

/// Decides from what stands.
#[must_use]
pub fn next(names: &Names, seen: &Standing) -> Step {
    let ours = |database: &Database| database.tags.get(RESTORE_TAG) == Some(&names.mark);
    let busy = |database: &Database| {
        if database.is_unfit() || database.status == "stopped" {
            return Step::Stuck(database.id.clone(), database.status.clone());
        }
        Step::Wait(format!("{} is {}", database.id, database.status))
    };
    match (&seen.fresh, &seen.here) {
        (Some(fresh), _) if !ours(fresh) => {
            Step::Other(fresh.tags.get(RESTORE_TAG).cloned().unwrap_or_default())
        }
        (Some(fresh), _) if !fresh.is_available() => busy(fresh),
        (Some(_), Some(here)) if here.is_available() => Step::MakeWay,
        (_, Some(here)) if seen.fresh.is_some() => busy(here),
        (Some(_), _) => {
            if let Some(before) = seen.before.as_ref().filter(|before| before.tags.contains_key(OWNER_TAG)) {
                return Step::Release(before.arn.clone());
            }
            match seen.stale.first() {
                Some((proxy, instance)) => Step::Deregister(proxy.clone(), instance.clone()),
                None => Step::TakePlace,
            }
        }
        (None, Some(here)) if ours(here) && here.is_available() => Step::Done,
        (None, Some(here)) if ours(here) => busy(here),
        (None, Some(_)) => Step::Restore { lost: false },
        // Both have left their old identifiers, and one has not arrived at its new one.
        (None, None) if seen.before.is_some() => {
            Step::Wait(format!("{} is getting its identifier", names.fresh))
        }
        (None, None) => Step::Restore { lost: true },
    }
}

/// What stands and is nobody's wish: the zone may be the one that is down, and what AWS grants a volume of a
/// size it does not take as a request.
const GRANTED: [&str; 3] = ["availability_zone", "iops", "storage_throughput"];

/// What a restored instance is to be like: what is on record over what stands.
#[must_use]
pub fn wanted(on_record: &Map, standing: Option<&Database>) -> Map {
    let mut wanted = standing.map(|database| database.properties.clone()).unwrap_or_default();
    wanted.retain(|name, _| !GRANTED.contains(&name.as_str()));
    let tags = match (wanted.get("tags").cloned(), on_record.get("tags").cloned()) {
        (Some(live), _) => Some(live),
        (None, recorded) => recorded,
    };
    wanted
        .extend(on_record.iter().filter(|(_, value)| !value.is_null()).map(|(k, v)| (k.clone(), v.clone())));
    wanted.extend(tags.map(|tags| ("tags".to_owned(), tags)));
    wanted
}

/// The tags of a restored instance: those of the old one with the owner's, and the run's mark.
#[must_use]
pub fn tags(wanted: &Map, owner: &str, mark: &str) -> BTreeMap<String, String> {
    let mut tags = wanted.tags();
    tags.retain(|key, _| !key.to_ascii_lowercase().starts_with("aws:"));
    tags.insert(OWNER_TAG.to_owned(), owner.to_owned());
    tags.insert(RESTORE_TAG.to_owned(), mark.to_owned());
    tags
}

/// Settings that both calls take, from the properties of the instance that is to be like the old one.
macro_rules! like {
    ($call:expr, $wanted:expr, $tags:expr) => {{
        let (call, wanted) = ($call, $wanted);
        let text = |name: &str| wanted.text(name).map(str::to_owned);
        let texts = |name: &str| Some(wanted.texts(name)).filter(|texts| !texts.is_empty());
        // In two zones AWS chooses.
        let zone = text("availability_zone").filter(|_| wanted.flag("multi_az") != Some(true));
        call.set_db_instance_class(text("db_instance_class"))
            .set_port(wanted.int32("port"))
            .set_availability_zone(zone)
            .set_db_subnet_group_name(text("db_subnet_group_name"))
            .set_multi_az(wanted.flag("multi_az"))
            .set_publicly_accessible(wanted.flag("publicly_accessible"))
            .set_auto_minor_version_upgrade(wanted.flag("auto_minor_version_upgrade"))
            .set_storage_type(text("storage_type"))
            .set_iops(wanted.int32("iops"))
            .set_storage_throughput(wanted.int32("storage_throughput"))
            .set_option_group_name(text("option_group_name"))
            .set_copy_tags_to_snapshot(wanted.flag("copy_tags_to_snapshot"))
            .set_vpc_security_group_ids(texts("vpc_security_group_ids"))
            .set_enable_iam_database_authentication(wanted.flag("enable_iam_database_authentication"))
            .set_enable_cloudwatch_logs_exports(texts("enable_cloudwatch_logs_exports"))
            .set_db_parameter_group_name(text("db_parameter_group_name"))
            .set_deletion_protection(wanted.flag("deletion_protection"))
            .set_network_type(text("network_type"))
            .set_ca_certificate_identifier(text("ca_certificate_identifier"))
            .set_engine_lifecycle_support(text("engine_lifecycle_support"))
            .set_backup_retention_period(wanted.int32("backup_retention_period"))
            .set_preferred_backup_window(text("preferred_backup_window"))
            .set_tags(Some(tags_of($tags)))
    }};
}

/// Restores a snapshot into a new instance.
///
/// # Errors
/// What AWS said.
pub async fn from_snapshot(
    aws: &Region,
    snapshot: &str,
    fresh: &str,
    wanted: &Map,
    tags: BTreeMap<String, String>,
) -> Result<(), Failure> {
    let call = aws.rds().restore_db_instance_from_db_snapshot();
    let call = call.db_instance_identifier(fresh).db_snapshot_identifier(snapshot);
    let answer = like!(call, wanted, tags).send().await;
    answer.map(|_| ()).map_err(|error| refused("rds:RestoreDBInstanceFromDBSnapshot", &error))
}

/// Where a point in time is restored from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backups {
    /// Those of an instance that stands, by its identifier.
    Of(String),
    /// Those that were kept of one that is gone, by its resource id.
    Kept(String),
}

/// Restores a moment into a new instance; the last one that is known where none is given.
///
/// # Errors
/// What AWS said.
pub async fn to_point_in_time(
    aws: &Region,
    backups: &Backups,
    time: Option<&str>,
    fresh: &str,
    wanted: &Map,
    tags: BTreeMap<String, String>,
) -> Result<(), Failure> {
    let call = aws.rds().restore_db_instance_to_point_in_time().target_db_instance_identifier(fresh);
    let call = match backups {
        Backups::Of(id) => call.source_db_instance_identifier(id),
        Backups::Kept(resource) => call.source_dbi_resource_id(resource),
    };
    let operation = "rds:RestoreDBInstanceToPointInTime";
    let call = match time {
        None => call.use_latest_restorable_time(true),
        Some(text) => {
            let time = DateTime::from_str(text, Format::DateTime);
            call.restore_time(time.map_err(|error| never(operation, "NoTime", &error.to_string()))?)
        }
    };
    let call = call.set_max_allocated_storage(wanted.int32("max_allocated_storage"));
    let answer = like!(call, wanted, tags).send().await;
    answer.map(|_| ()).map_err(|error| refused(operation, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names::new("db", "20260102-030405", &Source::Latest)
    }

    fn database(id: &str, status: &str, tags: &[(&str, &str)]) -> Option<Database> {
        Some(Database {
            created: None,
            id: id.to_owned(),
            status: status.to_owned(),
            arn: format!("arn:{id}"),
            resource_id: "db-A".to_owned(),
            multi_az: false,
            zone: "a".to_owned(),
            renaming_to: None,
            tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            properties: Map::new(),
        })
    }

    /// The whole way, by what stands at each moment.
    #[test]
    fn each_moment_leads_on_to_the_next() {
        let names = names();
        let (mark, owner) = ((RESTORE_TAG, names.mark.as_str()), (OWNER_TAG, "o"));
        let standing = |here, fresh, before| Standing { here, fresh, before, stale: Vec::new() };
        let old = || database("db", "available", &[owner]);
        let fresh = |status| database("db-restore", status, &[owner, mark]);
        let before = |tags: &[(&str, &str)]| database(&names.before, "available", tags);
        let step = |standing: Standing| next(&names, &standing);
        assert_eq!(step(standing(old(), None, None)), Step::Restore { lost: false });
        assert_eq!(step(standing(None, None, None)), Step::Restore { lost: true });
        let creating = Step::Wait("db-restore is creating".to_owned());
        assert_eq!(step(standing(old(), fresh("creating"), None)), creating);
        assert_eq!(step(standing(old(), fresh("available"), None)), Step::MakeWay);
        let leaving = database("db", "renaming", &[owner]);
        let renaming = Step::Wait("db is renaming".to_owned());
        assert_eq!(step(standing(leaving, fresh("available"), None)), renaming);
        let release = Step::Release(format!("arn:{}", names.before));
        assert_eq!(step(standing(None, fresh("available"), before(&[owner]))), release);
        let mut behind = standing(None, fresh("available"), before(&[]));
        assert_eq!(step(behind.clone()), Step::TakePlace);
        behind.stale.push(("proxy".to_owned(), names.before.clone()));
        assert_eq!(step(behind), Step::Deregister("proxy".to_owned(), names.before.clone()));
        assert_eq!(step(standing(None, fresh("available"), None)), Step::TakePlace);
        assert!(matches!(step(standing(None, None, before(&[]))), Step::Wait(_)));
        let there = |status| database("db", status, &[owner, mark]);
        assert!(matches!(step(standing(there("rebooting"), None, before(&[]))), Step::Wait(_)));
        assert_eq!(step(standing(there("available"), None, before(&[]))), Step::Done);
    }

    #[test]
    fn nothing_of_another_restore_is_touched_and_no_state_is_waited_for_in_vain() {
        let names = names();
        let (owner, mark) = ((OWNER_TAG, "o"), (RESTORE_TAG, names.mark.as_str()));
        let seen = |here, fresh| Standing { here, fresh, ..Standing::default() };
        let other = (RESTORE_TAG, "20250102-030405 --latest");
        let step = next(&names, &seen(None, database("db-restore", "available", &[owner, other])));
        assert_eq!(step, Step::Other("20250102-030405 --latest".to_owned()));
        // A database that an earlier restore made is an old one to this.
        let step = next(&names, &seen(database("db", "available", &[owner, other]), None));
        assert_eq!(step, Step::Restore { lost: false });
        let stuck = |id: &str, status: &str| Step::Stuck(id.to_owned(), status.to_owned());
        let step = next(&names, &seen(None, database("db-restore", "incompatible-restore", &[owner, mark])));
        assert_eq!(step, stuck("db-restore", "incompatible-restore"));
        let ready = database("db-restore", "available", &[owner, mark]);
        let step = next(&names, &seen(database("db", "stopped", &[owner]), ready));
        assert_eq!(step, stuck("db", "stopped"));
    }

    #[test]
    fn times_are_told_in_utc() {
        let time = |text: &str| Source::to_time(text).map(|source| source.options());
        assert_eq!(time("2026-01-02T12:00:00+09:00").as_deref(), Some("--to-time 2026-01-02T03:00:00Z"));
        assert_eq!(time("2026-01-02T03:00:00Z").as_deref(), Some("--to-time 2026-01-02T03:00:00Z"));
        assert_eq!(time("yesterday"), None);
    }

    #[test]
    fn the_record_is_over_what_stands_but_for_the_tags() {
        let mut standing = database("db", "available", &[]).unwrap();
        standing.properties.insert("multi_az".to_owned(), false.into());
        standing.properties.insert("port".to_owned(), 5433.into());
        standing.properties.insert("availability_zone".to_owned(), "a".into());
        let mut tags = Map::new();
        tags.insert("Name".to_owned(), finsight_engine::value::Value::text("here"));
        standing.properties.insert("tags".to_owned(), finsight_engine::value::Value::Map(tags));
        let mut record = Map::new();
        record.insert("multi_az".to_owned(), true.into());
        record.insert("tags".to_owned(), finsight_engine::value::Value::Map(Map::new()));
        let wanted = wanted(&record, Some(&standing));
        assert_eq!((wanted.flag("multi_az"), wanted.int("port")), (Some(true), Some(5433)));
        assert_eq!(wanted.text("availability_zone"), None);
        let tags = super::tags(&wanted, "o", "m");
        let pairs: Vec<(&str, &str)> = tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("Name", "here"), (OWNER_TAG, "o"), (RESTORE_TAG, "m")]);
    }
}
