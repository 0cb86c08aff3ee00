//! Changes: batches of records, all or none.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::record::{Record, batch, dns, invalid};
use super::zone::Zone;
use super::{find, reply};
use crate::answer::{Answered, Refusal};
use crate::clock::iso;
use crate::wire::xml_in::Element;
use crate::world::{Context, letters};

/// How long AWS takes to have a change on all its servers.
const SYNC: u32 = 30;
/// Changes that can still be asked for.
const KEPT: usize = 200;
/// Validation records that are remembered.
const PAST: usize = 1000;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Submitted {
    at: i64,
    due: i64,
}

/// A CNAME record below a label that begins with `_`, as it stood once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Past {
    pub name: String,
    pub value: String,
    pub since: i64,
    pub until: i64,
}

/// Writes a change down and shows it.
pub(super) fn submit(cx: &mut Context<'_>) -> Value {
    let (at, due) = (cx.now(), cx.clock.due(SYNC));
    let id = format!("C{}", letters(20, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"));
    let changes = &mut cx.zones().changes;
    while changes.len() >= KEPT {
        let oldest = changes.iter().min_by_key(|(_, change)| change.at).map(|(id, _)| id.clone());
        let Some(oldest) = oldest else { break };
        changes.remove(&oldest);
    }
    let submitted = Submitted { at, due };
    let shown = render(&id, &submitted, at);
    changes.insert(id, submitted);
    shown
}

fn render(id: &str, change: &Submitted, now: i64) -> Value {
    json!({
        "Id": format!("/change/{id}"),
        "Status": if now >= change.due { "INSYNC" } else { "PENDING" },
        "SubmittedAt": iso(change.at),
    })
}

pub(super) fn get(cx: &mut Context<'_>) -> Answered {
    let id = cx.call.segments().get(2).cloned().unwrap_or_default();
    let now = cx.now();
    let change =
        cx.zones().changes.get(&id).ok_or_else(|| {
            Refusal::new(404, "NoSuchChange", format!("Could not find resource with ID: {id}"))
        })?;
    let shown = json!({"ChangeInfo": render(&id, change, now)});
    Ok(reply(200, "GetChangeResponse", &shown))
}

pub(super) fn change(cx: &mut Context<'_>) -> Answered {
    let wish = Element::parse(&cx.call.body)?;
    let changes = wish.child("ChangeBatch").map(|batch| batch.list("Changes", "Change")).unwrap_or_default();
    let now = cx.now();
    let zone = find(cx)?;
    if changes.is_empty() {
        return Err(invalid("Expected at least one Change".to_owned()));
    }
    // A copy: a batch is made whole or not at all.
    let mut changed = zone.clone();
    for change in changes {
        let record =
            change.child("ResourceRecordSet").ok_or_else(|| invalid("No ResourceRecordSet".into()))?;
        let record = Record { since: now, ..Record::parse(record)? };
        match change.text("Action").as_deref() {
            Some("CREATE") => create(&mut changed, record)?,
            Some("UPSERT") => upsert(&mut changed, record)?,
            Some("DELETE") => delete(&mut changed, &record)?,
            other => return Err(invalid(format!("Invalid action: {}", other.unwrap_or_default()))),
        }
    }
    for (kind, word) in [("NS", "at least one NS record"), ("SOA", "exactly one SOA record")] {
        if !changed.records.iter().any(|record| record.name == changed.name && record.kind == kind) {
            return Err(batch(&format!("A HostedZone must contain {word} for the zone itself.")));
        }
    }
    let gone: Vec<Past> = past(zone, &changed, now);
    *zone = changed;
    let remembered = &mut cx.zones().past;
    remembered.extend(gone);
    let too_many = remembered.len().saturating_sub(PAST);
    remembered.drain(..too_many);
    let info = submit(cx);
    Ok(reply(200, "ChangeResourceRecordSetsResponse", &json!({"ChangeInfo": info})))
}

/// The validation records that a change takes away.
fn past(before: &Zone, after: &Zone, now: i64) -> Vec<Past> {
    let own = |record: &&Record| record.kind == "CNAME" && record.name.starts_with('_');
    let gone = |record: &&Record| !after.records.iter().any(|other| other.same_content(record));
    let entry = |record: &Record| {
        let value = record.values.first()?;
        let (name, value) = (record.name.clone(), dns(value));
        Some(Past { name, value, since: record.since, until: now })
    };
    if before.private() {
        return Vec::new();
    }
    before.records.iter().filter(own).filter(gone).filter_map(entry).collect()
}

fn shown(record: &Record) -> String {
    let set = record.set.as_ref().map(|set| format!(", set-identifier='{set}'")).unwrap_or_default();
    format!("[name='{}', type='{}'{set}]", record.name, record.kind)
}

fn create(zone: &mut Zone, record: Record) -> Result<(), Refusal> {
    if zone.records.iter().any(|other| other.same_entry(&record)) {
        let what = shown(&record);
        return Err(batch(&format!("Tried to create resource record set {what} but it already exists")));
    }
    add(zone, record)
}

fn upsert(zone: &mut Zone, record: Record) -> Result<(), Refusal> {
    // One that says the same is left alone, with its age.
    if zone.records.iter().any(|other| other.same_content(&record)) {
        return Ok(());
    }
    zone.records.retain(|other| !other.same_entry(&record));
    add(zone, record)
}

/// A record of another service: one for the zone's own name takes the place of what stands there, and others leave
/// what leads somewhere already (amplify-hosting#814). Beside anything else there can be no CNAME (amplify-hosting#2051).
pub(super) fn own(zone: &mut Zone, record: Record) -> Result<(), Refusal> {
    let leads = |other: &Record| ["A", "AAAA", "CNAME"].contains(&other.kind.as_str());
    if record.alias.is_some() {
        upsert(zone, record)
    } else if zone.records.iter().any(|other| other.name == record.name && leads(other)) {
        Ok(())
    } else {
        add(zone, record)
    }
}

fn add(zone: &mut Zone, record: Record) -> Result<(), Refusal> {
    let Record { name, kind, .. } = &record;
    let within = *name == zone.name || name.ends_with(&format!(".{}", zone.name));
    if !within {
        return Err(batch(&format!("RRSet with DNS name {name} is not permitted in zone {}", zone.name)));
    }
    if kind == "CNAME" && *name == zone.name {
        return Err(batch(&format!(
            "RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {}",
            zone.name
        )));
    }
    for other in zone.records.iter().filter(|other| other.name == *name) {
        if (kind == "CNAME") != (other.kind == "CNAME") {
            return Err(batch(&format!(
                "RRSet of type {kind} with DNS name {name} is not permitted because a conflicting RRSet of type {} with the same DNS name already exists in zone {}",
                other.kind, zone.name
            )));
        }
        if other.kind == *kind && (other.set.is_none() || record.set.is_none()) {
            return Err(batch(&format!(
                "RRSet with DNS name {name}, type {kind}, SetIdentifier {} cannot be created as other RRSets exist with the same name and type.",
                record.set.as_deref().unwrap_or("null")
            )));
        }
    }
    if let Some(alias) = record.alias.as_ref().filter(|alias| alias.zone == zone.id) {
        let stands = zone.records.iter().any(|other| other.name == alias.name && other.kind == *kind);
        if !stands {
            return Err(batch(&format!(
                "Tried to create an alias that targets {}, type {kind} in zone {}, but that target was not found",
                alias.name, zone.id
            )));
        }
    }
    zone.records.push(record);
    Ok(())
}

fn delete(zone: &mut Zone, record: &Record) -> Result<(), Refusal> {
    let what = shown(record);
    let at =
        zone.records.iter().position(|other| other.same_entry(record)).ok_or_else(|| {
            batch(&format!("Tried to delete resource record set {what} but it was not found"))
        })?;
    if !zone.records[at].same_content(record) {
        return Err(batch(&format!(
            "Tried to delete resource record set {what} but the values provided do not match the current values"
        )));
    }
    zone.records.remove(at);
    Ok(())
}
