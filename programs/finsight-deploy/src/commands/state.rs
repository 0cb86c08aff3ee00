//! `state …`

use std::fmt::Write as _;
use std::io::Read as _;

use finsight_driver::clock::now;
use finsight_engine::state::{Address, AddressError, Entry, Finish, Row, State as Recorded, Status};
use finsight_engine::urn::{Urn, UrnPattern};
use finsight_state::{Holder, LocalStore, RepairOptions, Severity};
use serde_json::json;

use crate::cli::{Global, State};
use crate::error::{CommandError, FAILED, Outcome, USAGE};
use crate::render::{self, remnants};
use crate::run::{Shared, ask, timestamp};
use crate::stack::{Stack, find_urn, who};

pub fn run(global: &Global, command: &State) -> Outcome {
    let stack = Stack::new(global)?;
    match command {
        State::List => list(global, &stack),
        State::Show { urn } => show(&stack, urn),
        State::Export => {
            let loaded = LocalStore::read_sealed(&stack.base, &stack.name)?;
            render::notices(&loaded.notices);
            stack.say_if_empty(&loaded);
            render::text(&finsight_state::export(&loaded.state)?);
            Ok(0)
        }
        State::Import { file, force } => import(&stack, file, *force),
        State::Move { from, to } => rename(&stack, from, to),
        State::Remove { urn, yes } => remove(global, &stack, urn, *yes),
        State::Protect { urn } => change(&stack, urn, "state protect", |_, row| vec![row.protecting(true)]),
        State::Unprotect { urn } => unprotect(&stack, urn),
        State::Taint { urn } => mark(&stack, urn, "state taint", Status::Tainted),
        State::Untaint { urn } => mark(&stack, urn, "state untaint", Status::Unfinished),
        State::Verify => verify(global, &stack),
        State::Repair { forget_secrets, yes } => repair(global, &stack, *forget_secrets, *yes),
        State::Unlock => {
            match LocalStore::force_unlock(&stack.base, &stack.name)? {
                Some(holder) => render::note(&format!(
                    "the lock of `{}` by {} since {} is gone; make sure that run is dead",
                    holder.command, holder.who, holder.since
                )),
                None => {
                    render::note(&format!("there was no lock in {}", stack.base.join(&stack.name).display()))
                }
            }
            Ok(0)
        }
    }
}

fn list(global: &Global, stack: &Stack) -> Outcome {
    let loaded = stack.show()?;
    if global.is_json() {
        let rows: Vec<_> = loaded
            .state
            .all_rows()
            .map(|row| {
                let deposed = loaded.state.deposed.contains_key(row.owner.as_str());
                let address = loaded.state.address(row).to_string();
                json!({"urn": row.urn, "address": address, "id": row.id, "region": row.region, "status": row.status, "deposed": deposed,
                       "protect": row.options.protect || row.locked})
            })
            .collect();
        let mut document =
            json!({"version": 1, "stack": stack.name, "serial": loaded.state.serial, "resources": rows});
        let kept = remnants::shown(&loaded.state, &stack.registry, now());
        if !kept.is_empty() {
            document["remnants"] = remnants::json(&kept);
        }
        render::json(&document);
        return Ok(0);
    }
    let mut text = String::new();
    for row in loaded.state.all_rows() {
        let deposed = loaded.state.deposed.contains_key(row.owner.as_str());
        let mark = match (deposed, row.status) {
            (true, _) => "  (replaced, to be deleted)",
            (_, Status::Ready) => "",
            (_, Status::Unfinished) if !row.configured => "  (created, not configured to its end)",
            (_, Status::Unfinished) => "  (unfinished)",
            (_, Status::Tainted) => "  (tainted)",
            (_, Status::Deleting) => "  (being deleted)",
        };
        let protect = if row.options.protect || row.locked { "  protected" } else { "" };
        let _ = writeln!(text, "{}  {}{mark}{protect}", loaded.state.address(row), row.id);
    }
    for intent in loaded.state.intents.values() {
        let _ = writeln!(text, "{}  (open: {:?} of an earlier run)", intent.urn, intent.operation);
    }
    text.push_str(&remnants::text(&remnants::shown(&loaded.state, &stack.registry, now())));
    render::text(&text);
    Ok(0)
}

fn show(stack: &Stack, address: &str) -> Outcome {
    let loaded = stack.read()?;
    render::notices(&loaded.notices);
    stack.say_if_empty(&loaded);
    if let Some(remnant) = loaded.state.remnant(address) {
        render::json(&json!(remnant));
        return Ok(0);
    }
    let row = find(&loaded.state, address)?;
    let masked = |map: &finsight_engine::value::Map| -> serde_json::Map<String, serde_json::Value> {
        map.iter().map(|(name, value)| (name.clone(), value.masked())).collect()
    };
    render::json(&json!({
        "urn": row.urn, "address": loaded.state.address(row).to_string(), "id": row.id, "owner": row.owner, "account": row.account, "region": row.region,
        "status": row.status, "inputs": masked(&row.inputs), "outputs": masked(&row.outputs),
        "edges": row.edges, "options": row.options, "configured": row.configured, "locked": row.locked,
        "interim": row.interim.as_ref().map(|interim| masked(&interim.inputs)),
        "deposed": loaded.state.is_deposed(row),
    }));
    Ok(0)
}

fn import(stack: &Stack, file: &std::path::Path, force: bool) -> Outcome {
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(file).map(|content| text = content)
    };
    read.map_err(|error| CommandError::io(&format!("reading {}", file.display()), &error))?;
    let store = Shared::new(stack.lock("state import")?);
    let serial = store.import(&text, force)?;
    render::note(&format!("the state of `{}` is at serial {serial} now", stack.name));
    Ok(store.end())
}

fn rename(stack: &Stack, from: &str, to: &str) -> Outcome {
    let store = Shared::new(stack.lock_existing("state move")?);
    let from = find_urn(from, store.state().rows.keys(), "state list")?;
    let to: Urn = to.parse().map_err(|error: finsight_engine::urn::UrnError| {
        CommandError::new("CLI-URN", error.to_string(), "nothing was changed").with_exit(USAGE)
    })?;
    if to.type_name() != from.type_name() || to.stack() != from.stack() {
        let message = format!("{from} cannot become {to}: stack and type must stay");
        return Err(CommandError::new("CLI-URN", message, "nothing was changed").with_exit(USAGE));
    }
    write(&store, "state move", vec![Entry::Moved { from, to }])
}

/// The row that an address names: `URN`, or `URN#OWNER6` of what an earlier replacement left.
fn find<'a>(state: &'a Recorded, text: &str) -> Result<&'a Row, CommandError> {
    let address = text.parse::<Address>();
    address.and_then(|address| state.find(&address)).map_err(|error| {
        // What was being made when a run was cut off is not on record yet.
        let begun = state.intents.values().find(|intent| UrnPattern::new(text).matches(&intent.urn));
        if let (AddressError::Nothing { .. }, Some(intent)) = (&error, begun) {
            return unsettled(&intent.urn);
        }
        let code = if matches!(error, AddressError::Form { .. }) { "CLI-URN" } else { "PLAN-NO-SUCH-URN" };
        let hint = "nothing was changed; `finsight-deploy state list` lists what is there";
        CommandError::new(code, error.to_string(), hint).with_exit(USAGE)
    })
}

fn change(
    stack: &Stack,
    address: &str,
    command: &str,
    entries: impl FnOnce(&Recorded, &Row) -> Vec<Entry>,
) -> Outcome {
    let store = Shared::new(stack.lock_existing(command)?);
    let state = store.state();
    let row = find(&state, address)?;
    let entries = entries(&state, row);
    write(&store, command, entries)
}

/// Takes a row off the record, with what was begun on it: the next run does not put it back.
fn remove(global: &Global, stack: &Stack, address: &str, yes: bool) -> Outcome {
    stack.check_exists()?;
    if let Some(remnant) = LocalStore::read_sealed(&stack.base, &stack.name)?.state.remnant(address) {
        if !yes {
            ask(
                &format!("take {} ({}) off the record; it stands on in AWS", remnant.id, remnant.what),
                global,
            )?;
        }
        let store = Shared::new(stack.lock_existing("state remove")?);
        return write(&store, "state remove", vec![Entry::LetGo { key: remnant.key() }]);
    }
    if !yes {
        let loaded = LocalStore::read_sealed(&stack.base, &stack.name)?;
        let row = find(&loaded.state, address)?;
        let (address, id) = (loaded.state.address(row), &row.id);
        ask(&format!("take {address} ({id}) off the record; it stands on in AWS"), global)?;
    }
    change(stack, address, "state remove", Recorded::forgetting)
}

/// Marks a row as to be replaced, or takes that mark off.
fn mark(stack: &Stack, address: &str, command: &str, status: Status) -> Outcome {
    let store = Shared::new(stack.lock_existing(command)?);
    let state = store.state();
    let row = find(&state, address)?;
    if state.is_deposed(row) {
        return Err(CommandError::refused(
            "CLI-URN",
            format!("{} was replaced already", state.address(row)),
            "nothing was changed; the next `up` deletes it, and only the current one can be marked",
        )
        .with_exit(USAGE));
    }
    // What it becomes is not known before the intent is settled.
    if state.intents.contains_key(row.owner.as_str()) {
        return Err(unsettled(&row.urn));
    }
    if (status == Status::Tainted) == (row.status == Status::Tainted) {
        let is = if status == Status::Tainted { "is marked already" } else { "is not marked" };
        render::note(&format!("{} {is}: nothing was changed", row.urn));
        return Ok(store.end());
    }
    let row = Row { status, ..row.clone() };
    write(&store, command, vec![Entry::RowPut { row: Box::new(row) }])
}

fn unsettled(urn: &Urn) -> CommandError {
    CommandError::refused(
        "PLAN-UNSETTLED",
        format!("an earlier run was cut off while it changed {urn}"),
        "nothing was changed; run `up`, `refresh` or `destroy` first: each settles that",
    )
}

/// Takes the protection off the resource, and off what an earlier replacement left of it; off one
/// incarnation alone, where the address names it.
fn unprotect(stack: &Stack, address: &str) -> Outcome {
    let store = Shared::new(stack.lock_existing("state unprotect")?);
    let state = store.state();
    let rows: Vec<Row> = if address.contains('#') {
        vec![find(&state, address)?.clone()]
    } else {
        let urn = find_urn(address, state.all_rows().map(|row| &row.urn), "state list")?;
        state.all_rows().filter(|row| row.urn == urn).cloned().collect()
    };
    let entries = rows.iter().map(|row| row.protecting(false)).collect();
    write(&store, "state unprotect", entries)
}

/// One change by hand, in the history as an update of its own.
fn write(store: &Shared, command: &str, changes: Vec<Entry>) -> Outcome {
    let at = timestamp();
    let record = Finish {
        result: "succeeded".to_owned(),
        at: at.clone(),
        seconds: 0.0,
        summary: std::collections::BTreeMap::new(),
        errors: Vec::new(),
    };
    let mut entries = vec![Entry::UpdateStarted { command: command.to_owned(), who: who(), at }];
    entries.extend(changes);
    entries.push(Entry::UpdateFinished { record });
    store.append(entries)?;
    render::note("done");
    Ok(store.end())
}

fn verify(global: &Global, stack: &Stack) -> Outcome {
    // The read index is compared in a copy: opening it would change its files.
    let scratch =
        tempfile::tempdir().map_err(|error| CommandError::io("making a scratch directory", &error))?;
    let report = finsight_state::verify(
        &stack.base,
        &stack.name,
        stack.passphrase().as_deref(),
        Some(scratch.path()),
    )?;
    let damaged = report.findings.iter().any(|finding| finding.severity == Severity::Damage);
    if !damaged {
        stack.say_if_empty(&LocalStore::read_sealed(&stack.base, &stack.name)?);
    }
    if global.is_json() {
        let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        render::json(&json!({"version": 1, "stack": stack.name, "whole": !damaged, "findings": findings}));
    } else {
        let mut text = String::new();
        for finding in &report.findings {
            let _ = writeln!(text, "{finding}");
        }
        text.push_str(if damaged {
            "The state is damaged. `finsight-deploy state repair` rebuilds what can be rebuilt.\n"
        } else {
            "The state is whole.\n"
        });
        render::text(&text);
    }
    Ok(if damaged { FAILED } else { 0 })
}

fn repair(global: &Global, stack: &Stack, forget_secrets: bool, yes: bool) -> Outcome {
    if !yes {
        ask("rebuild the state; the damaged files are kept", global)?;
    }
    let holder = Holder::now(&who(), "state repair");
    let options = RepairOptions { passphrase: stack.passphrase(), forget_secrets };
    let report = finsight_state::repair(&stack.base, &stack.name, &holder, &options)?;
    let mut text = String::new();
    for action in &report.actions {
        let _ = writeln!(text, "{action}");
    }
    for loss in &report.lost {
        let _ = writeln!(text, "lost: {loss}");
    }
    for what in report.forgotten.iter().chain(&report.remaining) {
        let _ = writeln!(text, "{what}");
    }
    if let Some(kept) = &report.kept {
        let _ = writeln!(text, "The files that were replaced are kept in {}.", kept.display());
    }
    let _ = writeln!(text, "The state is at serial {}.", report.serial);
    render::text(&text);
    Ok(if report.state_whole() { 0 } else { FAILED })
}
