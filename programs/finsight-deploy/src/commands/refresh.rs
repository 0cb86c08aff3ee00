//! `refresh`, and `drift --accept`: live values into the state.

use finsight_engine::contract::{Health, Live, Reading};
use finsight_engine::plan::Observed;
use finsight_engine::refresh::{Drift, DriftKind, drift};
use finsight_engine::state::{Entry, Finish, Removal, Row, State};
use finsight_engine::value::Map;

use crate::cli::{Global, Refresh};
use crate::connect::connect;
use crate::error::{CommandError, Outcome};
use crate::render::{self, drift_text};
use crate::run::{Shared, ask, observe, settle, timestamp};
use crate::signals;
use crate::stack::{Stack, selection, who};

pub async fn run(global: &Global, args: &Refresh) -> Outcome {
    let stack = Stack::new(global)?;
    let config = stack.config()?;
    let select = selection(&args.select);
    select.select(None, &stack.read()?.state).map_err(|error| vec![error])?;
    let connection = connect(global, &stack, &config).await?;
    let store = Shared::new(stack.lock("refresh")?);
    let interrupt = signals::watch();
    let state = settle(&stack, global, &connection, store.state(), Some(&store), &interrupt).await?;
    let chosen = select.select(None, &state).map_err(|error| vec![error])?;
    let observed = observe(&stack, &connection, &state, &chosen).await?;
    let found = drift(&stack.registry, &state, &observed);
    if global.is_json() {
        render::json(&drift_text::document(
            &stack.name,
            chosen.len(),
            connection.cloud.api_calls(),
            &found,
            &[],
        ));
    } else {
        render::text(&drift_text::human(
            &stack.name,
            chosen.len(),
            connection.cloud.api_calls(),
            &found,
            &[],
        ));
    }
    accept(&stack, &store, &state, &observed, &found, "refresh", args.yes, global)?;
    Ok(0)
}

/// Writes live values to the state, after approval; the next `up` sees what differs from the program.
#[allow(clippy::too_many_arguments)]
pub fn accept(
    stack: &Stack,
    store: &Shared,
    state: &State,
    observed: &Observed,
    found: &[Drift],
    command: &str,
    yes: bool,
    global: &Global,
) -> Result<(), CommandError> {
    if let Some(Drift { urn, kind: DriftKind::Unreadable(failure), .. }) =
        found.iter().find(|drift| matches!(drift.kind, DriftKind::Unreadable(_)))
    {
        return Err(CommandError::new(
            "PLAN-UNREADABLE",
            format!("{urn} could not be read: {failure}"),
            "nothing was changed",
        ));
    }
    let mut entries: Vec<Entry> = Vec::new();
    for row in state.all_rows() {
        match observed.readings.get(&row.owner) {
            Some(Reading::Absent) => {
                entries.push(Entry::RowRemoved { owner: row.owner.clone(), why: Removal::Absent });
            }
            Some(Reading::Found(live)) => {
                let drifted = found.iter().find(|drift| drift.owner == row.owner).map(|drift| &drift.kind);
                let new = Row {
                    id: live.id.clone(),
                    inputs: taken_in(stack, row, live, drifted),
                    outputs: live.outputs.clone(),
                    ..row.clone()
                };
                if new != *row {
                    entries.push(Entry::RowPut { row: Box::new(new) });
                }
            }
            _ => {}
        }
    }
    if entries.is_empty() {
        return Ok(());
    }
    if !yes {
        ask("take these values into the state", global)?;
    }
    let at = timestamp();
    let started = Entry::UpdateStarted { command: command.to_owned(), who: who(), at: at.clone() };
    let count = u64::try_from(entries.len()).unwrap_or_default();
    entries.insert(0, started);
    entries.push(Entry::UpdateFinished {
        record: Finish {
            result: "succeeded".to_owned(),
            at,
            seconds: 0.0,
            summary: [("refresh".to_owned(), count)].into(),
            errors: Vec::new(),
        },
    });
    store.append(entries)?;
    render::note(&format!("{count} resources on record were brought up to date"));
    Ok(())
}

/// The inputs on record with the values that drifted. What a read does not give back, or gives
/// back of a resource that is not ready, stays the base of the next diff.
fn taken_in(stack: &Stack, row: &Row, live: &Live, drifted: Option<&DriftKind>) -> Map {
    let mut inputs = row.inputs.clone();
    let (Some(DriftKind::Changed(changes)), Health::Ready) = (drifted, &live.health) else { return inputs };
    let Some(spec) = stack.registry.get(row.urn.type_name()) else { return inputs };
    for name in changes.iter().filter_map(|change| change.path.split('.').next()) {
        let Some(property) = spec.property(name) else { continue };
        let value = live.properties.get(name).cloned().or_else(|| property.default.clone());
        if let Some(value) = value {
            inputs.insert(name.to_owned(), value);
        }
    }
    inputs
}
