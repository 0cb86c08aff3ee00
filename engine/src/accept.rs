//! Taking what stands for the record: `refresh` and `drift --accept`.

use std::collections::BTreeSet;

use crate::contract::{Health, Live, OWNER_TAG, OwnerId, Reading, STACK_TAG};
use crate::plan::{Confirmed, Observed, PlanError, Whose, Word, gone_with_data, only_tags_differ, whose};
use crate::refresh::{Drift, DriftKind, drift};
use crate::schema::{Registry, TypeSpec};
use crate::state::{Entry, Found, Readings, Row, State};
use crate::value::{Map, Value};

/// The entries that make the record what was read; none where it is that already. What held data is not
/// taken for gone unless it is among [`Confirmed::gone`].
///
/// # Errors
/// What could not be read, what held data and is gone, and what stands under a name of ours without our mark.
pub fn accept(
    registry: &Registry,
    state: &State,
    observed: &Observed,
    confirmed: &Confirmed,
) -> Result<Vec<Entry>, Vec<PlanError>> {
    let found = drift(registry, state, observed);
    let mut errors = Vec::new();
    let mut gone: Vec<OwnerId> = Vec::new();
    for row in state.all_rows() {
        let spec = registry.get(row.urn.type_name());
        match (observed.readings.get(&row.owner), spec) {
            (Some(Reading::Unknown(failure)), _) => {
                errors.push(PlanError::Unreadable { urn: row.urn.clone(), why: failure.to_string() });
            }
            (Some(Reading::Absent), _) => gone.push(row.owner.clone()),
            // It waits for its end, and drift calls it deleted.
            (Some(Reading::Found(live)), Some(spec))
                if spec.restorable && matches!(live.health, Health::Deleting(_)) =>
            {
                gone.push(row.owner.clone());
            }
            (Some(Reading::Found(live)), Some(spec)) => match whose(spec, row, live) {
                Whose::Ours => {}
                Whose::AnotherStack(_) => gone.push(row.owner.clone()),
                Whose::Unmarked if only_tags_differ(spec, row, live) => {}
                Whose::Unmarked => errors.push(PlanError::NotOurs {
                    urn: row.urn.clone(),
                    id: row.id.clone(),
                    owner: row.owner.clone(),
                }),
            },
            _ => {}
        }
    }
    let held = state.all_rows().filter(|row| gone.contains(&row.owner));
    errors.extend(held.filter_map(|row| gone_with_data(registry, row, confirmed, Word::Gone)));
    if !errors.is_empty() {
        return Err(errors);
    }
    let ours = |row: &Row, live: &Live| Live {
        properties: observed.options_of(row).ignore_tags.without(live.properties.clone()),
        ..live.clone()
    };
    let read = |row: &Row| {
        let Some(Reading::Found(live)) = observed.readings.get(&row.owner) else { return None };
        let drifted = found.iter().find(|drift| drift.owner == row.owner);
        Some(Found {
            owner: row.owner.clone(),
            id: live.id.clone(),
            inputs: Some(taken_in(registry.get(row.urn.type_name()), row, &ours(row, live), drifted)),
            unseen: unseen(registry.get(row.urn.type_name()), row, live),
            outputs: live.over(row).outputs,
        })
    };
    let found = state.all_rows().filter(|row| !gone.contains(&row.owner)).filter_map(read).collect();
    Ok(state.take_on(&Readings { moves: Vec::new(), gone, found }))
}

/// Of what a resource does without for a while, what this reading does not show.
fn unseen(spec: Option<&TypeSpec>, row: &Row, live: &Live) -> BTreeSet<String> {
    let shows = |name: &str| {
        live.health == Health::Ready
            && !live.properties.get(name).is_some_and(Value::has_unknown)
            && spec.and_then(|spec| spec.property(name)).is_some_and(|property| !property.write_only)
    };
    let names = row.interim.iter().flat_map(|interim| interim.inputs.keys());
    names.filter(|name| !shows(name)).cloned().collect()
}

/// The inputs on record with the values that drifted. What a read does not give back, or gives
/// back of a resource that is not ready, stays the base of the next diff; so does our mark.
fn taken_in(spec: Option<&TypeSpec>, row: &Row, live: &Live, drifted: Option<&Drift>) -> Map {
    let mut inputs = row.inputs.clone();
    let (Some(Drift { kind: DriftKind::Changed(changes), .. }), Health::Ready, Some(spec)) =
        (drifted, &live.health, spec)
    else {
        return inputs;
    };
    for name in changes.iter().filter_map(|change| change.path.split('.').next()) {
        // What no program sets is on record as none: the next `up` would take it off, and drift would not say so.
        let Some(property) = spec.property(name).filter(|property| !property.shown || property.told) else {
            continue;
        };
        let value = live.properties.get(name).cloned().or_else(|| property.default.clone());
        let Some(mut value) = value else {
            // Somebody took it off, and nothing stands in its place.
            inputs.remove(name);
            continue;
        };
        if value.has_unknown() {
            continue;
        }
        if let ("tags", Value::Map(tags), Some(Value::Map(old))) = (name, &mut value, row.inputs.get("tags"))
        {
            for mark in [STACK_TAG, OWNER_TAG] {
                if let Some(own) = old.get(mark) {
                    tags.insert(mark.to_owned(), own.clone());
                }
            }
        }
        inputs.insert(name.to_owned(), value);
    }
    inputs
}
