//! Every place of a state or a record that can hold a secret, in one list.

use finsight_engine::secret::{Sealer, Secret};
use finsight_engine::state::{Entry, Row, State};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};

use crate::key::KeySealer;

fn maps_of_row(row: &mut Row) -> Vec<&mut Map> {
    let interim = row.interim.as_mut().map(|interim| &mut interim.inputs);
    [&mut row.inputs, &mut row.outputs].into_iter().chain(interim).collect()
}

/// The values of an entry.
fn maps_of_entry(entry: &mut Entry) -> Vec<&mut Map> {
    match entry {
        Entry::Intended { intent } => vec![&mut intent.inputs],
        Entry::RowPut { row } => maps_of_row(row),
        Entry::Outputs { outputs } => vec![outputs],
        Entry::UpdateStarted { .. }
        | Entry::Deposed { .. }
        | Entry::RowRemoved { .. }
        | Entry::Moved { .. }
        | Entry::Settled { .. }
        | Entry::Left { .. }
        | Entry::LetGo { .. }
        | Entry::UpdateFinished { .. } => Vec::new(),
    }
}

/// The values of a state, each with whose they are.
fn maps_of_state(state: &mut State) -> Vec<(Option<Urn>, &mut Map)> {
    let rows = state.rows.values_mut().chain(state.deposed.values_mut());
    let rows = rows.flat_map(|row| {
        let urn = row.urn.clone();
        maps_of_row(row).into_iter().map(move |map| (Some(urn.clone()), map))
    });
    let intents = state.intents.values_mut().map(|intent| (Some(intent.urn.clone()), &mut intent.inputs));
    rows.chain(intents).chain([(None, &mut state.outputs)]).collect()
}

fn each_secret(map: &mut Map, visit: &mut dyn FnMut(&mut Secret)) {
    for value in map.values_mut() {
        value.each_secret(visit);
    }
}

/// Whether any entry holds a secret.
pub(crate) fn entries_have_secrets(entries: &mut [Entry]) -> bool {
    let has = |map: &mut Map| map.values().any(Value::has_secret);
    entries.iter_mut().any(|entry| maps_of_entry(entry).into_iter().any(has))
}

/// Seals and opens every secret of a record, so that each has both forms and they fit.
///
/// # Errors
/// When a sealed form does not open, or not to the text beside it: it must not be written.
pub(crate) fn seal_entries(entries: &mut [Entry], sealer: &KeySealer) -> Result<(), String> {
    let mut outcome = Ok(());
    let mut visit = |secret: &mut Secret| {
        secret.seal(sealer);
        if let Err(why) = seal_fits(secret, sealer) {
            outcome = Err(why);
        }
    };
    for map in entries.iter_mut().flat_map(maps_of_entry) {
        each_secret(map, &mut visit);
    }
    outcome
}

fn seal_fits(secret: &mut Secret, sealer: &KeySealer) -> Result<(), String> {
    let sealed = secret.sealed().ok_or("a secret has neither a text nor a sealed form")?;
    let clear = sealer.open(sealed)?;
    match secret.reveal() {
        Some(text) if text != clear => Err("a secret's sealed form is not that of its text".to_owned()),
        Some(_) => Ok(()),
        None => secret.open(sealer),
    }
}

/// The number of secrets that a state holds.
pub(crate) fn count(state: &State) -> usize {
    let mut copy = state.clone();
    let mut secrets = 0;
    for (_, map) in maps_of_state(&mut copy) {
        each_secret(map, &mut |_| secrets += 1);
    }
    secrets
}

/// Opens every secret of a state.
///
/// # Errors
/// Whose secret cannot be opened, and why.
pub(crate) fn open_state(state: &mut State, sealer: &KeySealer) -> Result<(), String> {
    for (urn, map) in maps_of_state(state) {
        let mut outcome = Ok(());
        each_secret(map, &mut |secret| {
            if let Err(why) = secret.open(sealer) {
                outcome = Err(why);
            }
        });
        outcome.map_err(|why| format!("a secret of {} does not open: {why}", whose(urn)))?;
    }
    Ok(())
}

/// Seals every secret of an opened state again, with the sealer's current key.
pub(crate) fn reseal_state(state: &mut State, sealer: &KeySealer) {
    for (_, map) in maps_of_state(state) {
        each_secret(map, &mut |secret| {
            if let Some(clear) = secret.reveal() {
                *secret = Secret::new(clear);
                secret.seal(sealer);
            }
        });
    }
}

/// Takes every secret that does not open out of a state; gives where they were.
pub(crate) fn forget_secrets(state: &mut State, sealer: Option<&KeySealer>) -> Vec<String> {
    let mut gone = Vec::new();
    for (urn, map) in maps_of_state(state) {
        let whose = whose(urn);
        for (name, value) in map.iter_mut() {
            forget_in(value, &format!("{whose} {name}"), sealer, &mut gone);
        }
    }
    gone
}

fn forget_in(value: &mut Value, path: &str, sealer: Option<&KeySealer>, gone: &mut Vec<String>) {
    match value {
        Value::Secret(secret) => {
            let opens = match (secret.sealed(), sealer) {
                (Some(sealed), Some(sealer)) => sealer.open(sealed).is_ok(),
                _ => false,
            };
            if !opens {
                *value = Value::Null;
                gone.push(path.to_owned());
            }
        }
        Value::List(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                forget_in(item, &format!("{path}.{at}"), sealer, gone);
            }
        }
        Value::Map(map) => {
            for (name, item) in map.iter_mut() {
                forget_in(item, &format!("{path}.{name}"), sealer, gone);
            }
        }
        Value::Expr(expr) => {
            for item in expr.operands_mut() {
                forget_in(item, path, sealer, gone);
            }
        }
        _ => {}
    }
}

fn whose(urn: Option<Urn>) -> String {
    urn.map_or_else(|| "the stack's outputs".to_owned(), |urn| urn.to_string())
}
