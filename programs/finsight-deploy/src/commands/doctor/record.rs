//! The state on disk: whole, its key there, nothing open, nobody writing.

use finsight_engine::state::State;
use finsight_state::{Held, LocalStore, Presence, Severity, StateError};

use super::report::Report;
use crate::error::CommandError;
use crate::stack::Stack;

/// Looks at it without a lock that anybody would wait for.
pub fn look(stack: &Stack, report: &mut Report) -> Result<(), CommandError> {
    whole(stack, report)?;
    key(stack, report);
    lock(stack, report);
    Ok(())
}

/// Whether it can be read, and every record follows from the one before.
fn whole(stack: &Stack, report: &mut Report) -> Result<(), CommandError> {
    const NAME: &str = "state.whole";
    let scratch =
        tempfile::tempdir().map_err(|error| CommandError::io("making a scratch directory", &error))?;
    let passphrase = stack.passphrase();
    let seen = finsight_state::verify(&stack.base, &stack.name, passphrase.as_deref(), Some(scratch.path()));
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => {
            report.fails(NAME, error.into());
            return Ok(());
        }
    };
    let of = |severity: Severity| {
        let all = seen.findings.iter().filter(move |finding| finding.severity == severity);
        all.map(ToString::to_string).collect::<Vec<_>>()
    };
    let damage = of(Severity::Damage);
    if !damage.is_empty() {
        let hint =
            "`finsight-deploy state repair` rebuilds what can be rebuilt (docs/runbooks/damaged-state.md)";
        let damaged = CommandError::new("STATE-DAMAGED", damage.join("\n"), hint);
        // A key that is missing has another way out.
        let key = stack.read().err().filter(|error| error.code == "STATE-KEY");
        report.fails(NAME, key.unwrap_or(damaged));
        return Ok(());
    }
    if seen.presence != Presence::Records {
        let place = stack.base.join(&stack.name);
        report.ok(NAME, format!("there is none yet in {}: `up` begins one", place.display()));
        return Ok(());
    }
    let derived = of(Severity::Derived);
    if derived.is_empty() {
        report.ok(
            NAME,
            format!("serial {}, {} records that follow from each other", seen.serial, seen.records),
        );
    } else {
        report.warning(NAME, derived.join("\n"), "the next run that writes builds it again");
    }
    match LocalStore::read_sealed(&stack.base, &stack.name) {
        Ok(loaded) => open(&loaded.state, report),
        Err(error) => report.fails(NAME, error.into()),
    }
    Ok(())
}

/// What an earlier run has begun, and nobody knows the end of.
fn open(state: &State, report: &mut Report) {
    const NAME: &str = "state.open";
    if state.intents.is_empty() {
        report.ok(NAME, "no operation of an earlier run is open");
        return;
    }
    let all: Vec<String> =
        state.intents.values().map(|intent| format!("{} ({:?})", intent.urn, intent.operation)).collect();
    report.warning(
        NAME,
        format!("an earlier run was cut off: {} operations are open\n{}", all.len(), all.join("\n")),
        "`up`, `refresh` and `destroy` settle that first (docs/runbooks/killed-run.md)",
    );
}

/// The key that opens the secrets on record.
fn key(stack: &Stack, report: &mut Report) {
    const NAME: &str = "state.key";
    let key = match LocalStore::key(&stack.base, &stack.name) {
        // What is missing or damaged and needed is told of the whole.
        Ok(None) => return report.ok(NAME, "there is none, and no secret on record"),
        Ok(Some(key)) => key,
        Err(error) => return report.fails(NAME, error.into()),
    };
    let file = key.path.display();
    if key.wrapped && stack.passphrase().is_none() {
        let why = "a passphrase protects it, and FINSIGHT_PASSPHRASE is not set";
        let error = StateError::Key { path: key.path.clone(), why: why.to_owned() };
        return report.fails(NAME, error.into());
    }
    if key.open_to_others {
        return report.warning(
            NAME,
            format!("{file} can be read by others on this machine: it opens the secrets of the state"),
            format!("chmod 600 {file}"),
        );
    }
    let by = if key.wrapped { "a passphrase protects it" } else { "its owner alone can read it" };
    report.ok(NAME, format!("{file}: {by}"));
}

/// Whether a run holds the lock: then `up` does not begin.
fn lock(stack: &Stack, report: &mut Report) {
    const NAME: &str = "state.lock";
    match LocalStore::held_by(&stack.base, &stack.name) {
        Ok(None) => report.ok(NAME, "nobody holds the lock"),
        Ok(Some(Held(holder))) => {
            let who = holder.map_or_else(
                || "another run".to_owned(),
                |holder| {
                    format!(
                        "`{}` of {} (process {}) since {}",
                        holder.command, holder.who, holder.pid, holder.since
                    )
                },
            );
            let hint = "wait for its end; only if that run is surely dead: `finsight-deploy state unlock`";
            report.fails(NAME, CommandError::new("STATE-LOCKED", format!("{who} holds the lock"), hint));
        }
        Err(error) => report.fails(NAME, error.into()),
    }
}
