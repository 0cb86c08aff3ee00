//! Storage: what goes with what, and how it may grow.
//!
//! Sources: RDS User Guide, "Amazon RDS DB instance storage"; `ModifyDBInstance` on `AllocatedStorage` and
//! `Iops`; terraform-provider-aws#28382 and #33512 for the words of refusals.

use serde_json::{Value, json};

use super::create::combination;
use super::instance::Instance;
use super::property::Properties;
use crate::answer::Refusal;

/// The properties that are storage.
pub(super) const NAMES: [&str; 4] = ["AllocatedStorage", "Iops", "StorageThroughput", "StorageType"];

/// GiB from which the storage of PostgreSQL on gp3 is striped over several volumes.
const STRIPED: i64 = 400;

fn number(properties: &Properties, name: &str) -> Option<i64> {
    properties.get(name).and_then(Value::as_i64)
}

/// I/O operations and MiB a second that gp3 has at least.
fn baseline(size: i64) -> (i64, i64) {
    if size < STRIPED { (3_000, 125) } else { (12_000, 500) }
}

/// Refuses performance that this size of gp3 does not have.
fn fits(size: i64, iops: Option<i64>, throughput: Option<i64>) -> Result<(), Refusal> {
    if size < STRIPED && (iops.is_some() || throughput.is_some()) {
        return Err(combination(
            "You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400.",
        ));
    }
    let (least, slowest) = baseline(size);
    let invalid = |what: &str, value: i64| {
        combination(format!("Invalid {what} value for engine name postgres and storage type gp3: {value}"))
    };
    match (iops, throughput) {
        (Some(iops), _) if !(least..=64_000).contains(&iops) => Err(invalid("iops", iops)),
        (_, Some(throughput)) if !(slowest..=4_000).contains(&throughput) => {
            Err(invalid("storage throughput", throughput))
        }
        _ => Ok(()),
    }
}

/// The storage of a new instance: gp3 has its baseline where nothing else is asked.
pub(super) fn of_a_new_one(properties: &mut Properties) -> Result<(), Refusal> {
    if properties.get("StorageType") != Some(&json!("gp3")) {
        return Ok(());
    }
    let size = number(properties, "AllocatedStorage").unwrap_or(0);
    fits(size, number(properties, "Iops"), number(properties, "StorageThroughput"))?;
    let (iops, throughput) = baseline(size);
    properties.entry("Iops".to_owned()).or_insert(json!(iops));
    properties.entry("StorageThroughput".to_owned()).or_insert(json!(throughput));
    Ok(())
}

/// What a modification asks for, completed, or AWS's refusal of it.
pub(super) fn change(instance: &Instance, asked: &mut Properties) -> Result<(), Refusal> {
    if !NAMES.iter().any(|name| asked.contains_key(*name)) {
        return Ok(());
    }
    let have = instance.number("AllocatedStorage");
    let was = instance.text("StorageType");
    let kind = asked.get("StorageType").and_then(Value::as_str).unwrap_or(was).to_owned();
    let said = number(asked, "AllocatedStorage");
    if said.is_some_and(|size| size < have) {
        return Err(combination(
            "Requested storage size is smaller than the current storage size. Storage size cannot be reduced.",
        ));
    }
    // What is less than a tenth more is rounded up to that.
    let size = said.map_or(have, |size| if size == have { size } else { size.max(have + (have + 9) / 10) });
    let (iops, throughput) = (number(asked, "Iops"), number(asked, "StorageThroughput"));
    // What is provisioned apart from the size is said together with it.
    let provisioned = (kind == "gp3" && was == "gp3" && have >= STRIPED) || kind.starts_with("io");
    let both = said.is_some() && iops.is_some();
    let changes = size != have || iops.is_some_and(|iops| iops != instance.number("Iops"));
    if provisioned && changes && !both {
        return Err(combination(
            "You must specify both the storage size and iops when modifying the storage size or iops on a DB instance that has iops.",
        ));
    }
    if said.is_some() {
        asked.insert("AllocatedStorage".to_owned(), json!(size));
    }
    if kind == "gp3" {
        fits(size, iops, throughput)?;
        let standing = if was == "gp3" && have >= STRIPED { Some(instance) } else { None };
        let (least, slowest) = baseline(size);
        let standing = |name: &str, least: i64| standing.map_or(least, |i| i.number(name).max(least));
        asked.entry("Iops".to_owned()).or_insert(json!(standing("Iops", least)));
        asked.entry("StorageThroughput".to_owned()).or_insert(json!(standing("StorageThroughput", slowest)));
    } else if was == "gp3" {
        asked.entry("Iops".to_owned()).or_insert(Value::Null);
        asked.insert("StorageThroughput".to_owned(), Value::Null);
    }
    asked.retain(|name, value| !value.is_null() || instance.properties.contains_key(name));
    Ok(())
}
