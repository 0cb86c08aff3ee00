//! Live values into the state: `refresh`, and `drift --accept`.

use finsight_engine::contract::{Health, Live, Reading};
use finsight_engine::refresh::{Drift, DriftKind};
use finsight_engine::schema::{Registry, TypeSpec};
use finsight_engine::state::{Entry, Finish, Removal, Row};
use finsight_engine::value::{Map, Value};

use super::ask::ask_or_stop;
use super::loaded::Holding;
use super::read::Read;
use super::settled::Settled;
use super::timestamp;
use crate::error::CommandError;
use crate::preflight;
use crate::render;
use crate::stack::who;

/// What is to be written, with the same questions asked as of a plan.
pub struct Taking {
    settled: Settled<Holding>,
    entries: Vec<Entry>,
}

impl Read<Holding> {
    /// What taking the live values in would write. What holds data leaves the record only by its name.
    pub async fn taking(self, confirmed: &[String]) -> Result<Taking, CommandError> {
        let found = self.drift();
        if let Some(Drift { urn, kind: DriftKind::Unreadable(failure), .. }) =
            found.iter().find(|drift| matches!(drift.kind, DriftKind::Unreadable(_)))
        {
            return Err(CommandError::new(
                "PLAN-UNREADABLE",
                format!("{urn} could not be read: {failure}"),
                "nothing was changed",
            ));
        }
        let (gone, entries) = self.entries(&found);
        let desk = &self.settled.desk;
        // Between two names a database is not gone.
        let connection = &self.settled.access.connection;
        desk.stop.or(preflight::check_gone(&gone, connection)).await??;
        refuse_lost(&gone, &desk.stack.registry, confirmed)?;
        Ok(Taking { settled: self.settled, entries })
    }

    /// Rows that are gone, and the entries that say what stands.
    fn entries(&self, found: &[Drift]) -> (Vec<&Row>, Vec<Entry>) {
        let readings = self.observed.as_ref().map(|observed| &observed.readings);
        let registry = &self.settled.desk.stack.registry;
        let (mut gone, mut entries, mut removals) = (Vec::new(), Vec::new(), Vec::new());
        for row in self.settled.state.all_rows() {
            match readings.and_then(|readings| readings.get(&row.owner)) {
                Some(Reading::Absent) => {
                    gone.push(row);
                    removals.push(Entry::RowRemoved { owner: row.owner.clone(), why: Removal::Absent });
                }
                Some(Reading::Found(live)) => {
                    let drifted =
                        found.iter().find(|drift| drift.owner == row.owner).map(|drift| &drift.kind);
                    let new = Row {
                        id: live.id.clone(),
                        inputs: taken_in(registry, row, live, drifted),
                        outputs: known(&live.outputs, &row.outputs),
                        ..row.clone()
                    };
                    if new != *row {
                        entries.push(Entry::RowPut { row: Box::new(new) });
                    }
                }
                _ => {}
            }
        }
        // Last: a removal takes the edges to it off the rows that were put before.
        entries.append(&mut removals);
        (gone, entries)
    }
}

/// What held data does not leave the record without its name: its backups would be out of reach.
fn refuse_lost(gone: &[&Row], registry: &Registry, confirmed: &[String]) -> Result<(), CommandError> {
    let holds = |row: &&&Row| registry.get(row.urn.type_name()).is_some_and(TypeSpec::holds_data);
    let named = |row: &&Row| confirmed.iter().any(|name| *name == row.id || *name == row.urn.as_str());
    let lost: Vec<&&Row> = gone.iter().filter(holds).filter(|row| !named(row)).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let each: Vec<String> = lost
        .iter()
        .map(|row| {
            format!(
                "{} held data and is gone; `ops database restore --latest` brings it back out of its backups, \
                 while it is on record (`--confirm-gone {}` if it is not wanted any more)",
                row.urn, row.id
            )
        })
        .collect();
    Err(CommandError::refused("PLAN-HOLDS-DATA", each.join("\n"), "nothing was changed"))
}

impl Taking {
    /// Asks, and writes; the next `up` sees what differs from the program.
    pub async fn write(mut self, command: &str, yes: bool) -> Result<u8, CommandError> {
        if self.entries.is_empty() {
            return Ok(0);
        }
        let desk = &self.settled.desk;
        if !yes {
            ask_or_stop("take these values into the state", &desk.global, &desk.stop).await?;
        }
        desk.stop.begin()?;
        let at = timestamp();
        let started = Entry::UpdateStarted { command: command.to_owned(), who: who(), at: at.clone() };
        let count = u64::try_from(self.entries.len()).unwrap_or_default();
        self.entries.insert(0, started);
        self.entries.push(Entry::UpdateFinished {
            record: Finish {
                result: "succeeded".to_owned(),
                at,
                seconds: 0.0,
                summary: [("refresh".to_owned(), count)].into(),
                errors: Vec::new(),
            },
        });
        self.settled.access.store.append(self.entries)?;
        render::note(&format!("{count} resources on record were brought up to date"));
        Ok(0)
    }
}

/// What was read; what could not be read this time stays as it is on record.
fn known(read: &Map, recorded: &Map) -> Map {
    let value = |name: &String, value: &Value| match value {
        Value::Unknown => recorded.get(name).cloned(),
        value => Some(value.clone()),
    };
    read.iter().filter_map(|(name, read)| Some((name.clone(), value(name, read)?))).collect()
}

/// The inputs on record with the values that drifted. What a read does not give back, or gives
/// back of a resource that is not ready, stays the base of the next diff.
fn taken_in(registry: &Registry, row: &Row, live: &Live, drifted: Option<&DriftKind>) -> Map {
    let mut inputs = row.inputs.clone();
    let (Some(DriftKind::Changed(changes)), Health::Ready) = (drifted, &live.health) else { return inputs };
    let Some(spec) = registry.get(row.urn.type_name()) else { return inputs };
    for name in changes.iter().filter_map(|change| change.path.split('.').next()) {
        let Some(property) = spec.property(name) else { continue };
        let value = live.properties.get(name).cloned().or_else(|| property.default.clone());
        if let Some(value) = value.filter(|value| !value.has_unknown()) {
            inputs.insert(name.to_owned(), value);
        }
    }
    inputs
}
