//! `rollback`: functions go back to a version before, and stay there until their code changes.
//!
//! It is a fix of what is on record: what an operation sets is a property on record like any other, so the way is that of
//! all commands, with its plan, approval, log and recovery.

use std::collections::{BTreeMap, BTreeSet};

use finsight_aws::ops::functions::{Versions, versions};
use finsight_engine::plan::{Confirmed, Selection};
use finsight_engine::state::{Row, State, Update};
use finsight_engine::urn::{Urn, UrnPattern};
use finsight_engine::value::{Map, Value};

use super::ops::work::cut_off;
use super::patience::{Next, Patience};
use crate::cli::ops::TakeBack;
use crate::cli::{Global, RequireApproval};
use crate::error::{CommandError, Outcome, USAGE};
use crate::render;
use crate::run::{Access, Aim, Desk, Wish};

const FUNCTION: &str = "aws:lambda:Function";
/// The property on record by which a function stays at a version.
pub const PIN: &str = "live_pin";
/// Minutes in which AWS is to say what stands.
const READING: u64 = 5;

pub async fn run(global: &Global, args: &TakeBack) -> Outcome {
    let desk = Desk::open(global)?.of_what_exists()?;
    let settled = desk.hold("rollback").await?.settle().await?;
    let mut sets: BTreeMap<Urn, Map> = BTreeMap::new();
    for row in meant(settled.state(), args)? {
        let version = match args.release {
            true => Value::Null,
            false => goal(&settled, &row, args.to).await?,
        };
        sets.insert(row.urn, [(PIN.to_owned(), version)].into());
    }
    let target = sets.keys().map(|urn| UrnPattern::new(urn.as_str())).collect();
    let select = Selection { target, ..Selection::default() };
    let read = settled.read(&select, None).await?;
    let wish = Wish {
        aim: Aim::Operation(&sets),
        selection: &select,
        replace: &[],
        confirmed: &Confirmed::default(),
    };
    let judged = read.plan(&wish).await?.judge().await?;
    judged.show(true, false);
    render::note(if args.release {
        "the next `up` keeps them as the program declares them"
    } else {
        "`up` keeps them there, and says so, until their code changes; then it asks (`--unpin NAME`)"
    });
    let approved = judged.approve(RequireApproval::AnyChange, args.yes, "carry out this plan").await?;
    approved.execute("rollback", false).await
}

/// The functions that are meant: the named ones, or those that the last update changed which changed any.
fn meant(state: &State, args: &TakeBack) -> Result<Vec<Row>, CommandError> {
    let all: Vec<&Row> = state.rows.values().filter(|row| row.urn.type_name() == FUNCTION).collect();
    let with_alias = |row: &&Row| row.inputs.get("live_alias").is_some_and(|alias| alias.as_text().is_some());
    let list = || all.iter().map(|row| row.id.as_str()).collect::<Vec<_>>().join(", ");
    let wrong = |message: String| {
        Err(CommandError::new(
            "OPS-WHICH",
            message,
            "nothing was changed; name functions with an alias `live`",
        )
        .with_exit(USAGE))
    };
    if all.is_empty() {
        return Err(CommandError::new(
            "OPS-NONE",
            format!("stack `{}` has no function on record", state.stack),
            "nothing was changed; `finsight-deploy state list` lists what there is",
        ));
    }
    let mut rows: Vec<Row> = Vec::new();
    for name in &args.function {
        let is = |row: &&&Row| {
            row.id == *name || row.urn.as_str() == name || UrnPattern::new(name).matches(&row.urn)
        };
        let Some(row) = all.iter().find(is) else {
            return wrong(format!("stack `{}` has no function `{name}`; it has {}", state.stack, list()));
        };
        if !with_alias(row) {
            return wrong(format!("`{}` has no alias by which callers reach it", row.id));
        }
        rows.push((**row).clone());
    }
    if args.function.is_empty() {
        let changed = last_changed(state);
        let pinned = |row: &Row| row.inputs.get(PIN).is_some_and(|pin| !pin.is_null());
        let wanted = |row: &&&Row| if args.release { pinned(row) } else { changed.contains(&row.urn) };
        rows.extend(all.iter().filter(wanted).filter(|row| with_alias(row)).map(|row| (*row).clone()));
        if rows.is_empty() {
            return wrong(match args.release {
                true => "no function was taken back".to_owned(),
                false => format!("no update on record has changed a function; there are {}", list()),
            });
        }
    }
    Ok(rows)
}

/// The functions that the last update changed which changed any in place.
fn last_changed(state: &State) -> BTreeSet<Urn> {
    let ours = |update: &&Update| {
        update.command != "rollback" && update.changes.iter().any(|(urn, what)| is_change(urn, what))
    };
    let last = state.history.iter().rev().find(ours);
    let changes = last.into_iter().flat_map(|update| &update.changes);
    changes.filter(|(urn, what)| is_change(urn, what)).map(|(urn, _)| urn.clone()).collect()
}

fn is_change(urn: &Urn, what: &str) -> bool {
    urn.type_name() == FUNCTION && what == "update"
}

/// Whether the last rollback was cut off, and had taken this function back.
fn taken_back(state: &State, row: &Row) -> bool {
    let pinned = row.inputs.get(PIN).is_some_and(|pin| !pin.is_null());
    let ours = |update: &Update| update.changes.iter().any(|(urn, _)| *urn == row.urn);
    pinned && cut_off(state, "rollback").is_some_and(|(update, _)| ours(update))
}

/// The version that a function goes to.
async fn goal<A: Access>(
    settled: &crate::run::Settled<A>,
    row: &Row,
    to: Option<u64>,
) -> Result<Value, CommandError> {
    let Some(connection) = settled.connection() else {
        return Err(CommandError::new("OPS-NONE", "there is no way to AWS", "nothing was changed"));
    };
    let aws = connection.session.region(&row.region);
    let alias = row.inputs.get("live_alias").and_then(Value::as_text).unwrap_or_default().to_owned();
    let mut patience = Patience::new(connection.pace, READING, settled.desk().stop.clone());
    let look = async || Ok(Next::Done(versions(&aws, &row.id, &alias).await?));
    let found = patience.until(&format!("what AWS says of `{}`", row.id), look).await?;
    let version = match to {
        Some(number) => found.find(number),
        // A rollback that was cut off is gone on with, whether it had come on record or not.
        None if taken_back(settled.state(), row) => {
            return Ok(row.inputs.get(PIN).cloned().unwrap_or_default());
        }
        None => match found.pinned.filter(|_| row.inputs.get(PIN).is_none_or(Value::is_null)) {
            Some(begun) => found.find(begun),
            None => found.before(),
        },
    };
    match version {
        Some(version) => Ok(Value::text(version.number.to_string())),
        None => Err(none(&row.id, &found, to)),
    }
}

fn none(name: &str, found: &Versions, to: Option<u64>) -> CommandError {
    let all: Vec<String> =
        found.all.iter().rev().map(|one| format!("{} of {}", one.number, one.published)).collect();
    let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
    let live = found.live.map_or_else(|| "none".to_owned(), |live| live.to_string());
    let what = match to {
        Some(number) => format!("`{name}` has no version {number}"),
        None => format!("`{name}` has no version before {live}, which is live"),
    };
    CommandError::refused(
        "OPS-NO-EARLIER-VERSION",
        what,
        format!("nothing was changed; versions that can be called: {all}"),
    )
}
