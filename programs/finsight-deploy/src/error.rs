//! One message for each failure: what happened, what is true now, what to do.

use std::fmt::Display;

use finsight::artifacts::PackError;
use finsight::config::ConfigError;
use finsight_engine::cost::NoPrice;
use finsight_engine::exec::Trouble;
use finsight_engine::graph::GraphError;
use finsight_engine::plan::{PlanError, Severity};
use finsight_state::StateError;

/// Failed: the program, the config, AWS, or the state.
pub const FAILED: u8 = 1;
/// Differences were found.
pub const DIFFERENCES: u8 = 2;
/// Refused: nothing was changed.
pub const REFUSED: u8 = 3;
/// The state is locked by another run.
pub const LOCKED: u8 = 4;
/// Wrong usage.
pub const USAGE: u8 = 64;
/// Interrupted.
pub const INTERRUPTED: u8 = 130;

/// Why a command ends without its result.
#[derive(Debug, Clone)]
pub struct CommandError {
    /// The stable code, a page of the book.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What is true now and what to do.
    pub hint: String,
    /// The exit code.
    pub exit: u8,
}

/// A command's result: its exit code.
pub type Outcome = Result<u8, CommandError>;

impl CommandError {
    pub fn new(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: hint.into(), exit: FAILED }
    }

    pub fn with_exit(mut self, exit: u8) -> Self {
        self.exit = exit;
        self
    }

    pub fn io(doing: &str, error: &dyn Display) -> Self {
        Self::new("CLI-IO", format!("{doing}: {error}"), "check the path and its permissions")
    }

    /// The embedded AWS, which could not be opened.
    #[cfg(feature = "local")]
    pub fn local(error: &dyn Display) -> Self {
        let hint = "nothing was changed; its files lie where --state says, under `local/`: that has to be writable, \
                    and used by one run at a time";
        Self::new("LOCAL-OPEN", error.to_string(), hint)
    }

    /// A program that is refused: at keys of its config, where it goes back to them.
    pub fn traced((config, program): (Option<ConfigError>, Vec<GraphError>)) -> Self {
        let Some(config) = config else { return program.into() };
        let mut error = Self::from(config);
        if !program.is_empty() {
            error.message = format!("{}\n{}", error.message, joined(&program));
            error.hint = format!("{}, and the program where no key of it is named", error.hint);
        }
        error
    }

    /// A refusal: approval, protection, or a question that nobody is there to answer.
    pub fn refused(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(code, message, hint).with_exit(REFUSED)
    }
}

impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        Self::new(
            "CONFIG-INVALID",
            error.to_string(),
            "nothing was read or changed; correct the config (its schema: `finsight-deploy config schema`)",
        )
    }
}

impl From<PackError> for CommandError {
    fn from(error: PackError) -> Self {
        let hint = "nothing was read or changed; a function whose code does not exist yet can be `placeholder` in the config";
        Self::new(error.code(), error.to_string(), hint)
    }
}

impl From<Vec<GraphError>> for CommandError {
    fn from(errors: Vec<GraphError>) -> Self {
        Self::new("PROGRAM-INVALID", joined(&errors), "nothing was read or changed; correct the program")
    }
}

impl From<Vec<PlanError>> for CommandError {
    fn from(errors: Vec<PlanError>) -> Self {
        // Of several the worst counts.
        let worst = PlanError::worst(&errors);
        let exit = match worst.map(PlanError::severity) {
            Some(Severity::Usage) => USAGE,
            Some(Severity::Refused) => REFUSED,
            Some(Severity::Failed) | None => FAILED,
        };
        let code = worst.map_or("PLAN", PlanError::code);
        Self::new(code, joined(&errors), "nothing was changed").with_exit(exit)
    }
}

impl From<Vec<NoPrice>> for CommandError {
    fn from(missing: Vec<NoPrice>) -> Self {
        let hint = "nothing was estimated; what has no price does not cost nothing: add its price to programs/finsight/src/cost/prices.json";
        Self::new("COST-NO-PRICE", joined(&missing), hint)
    }
}

impl From<StateError> for CommandError {
    fn from(error: StateError) -> Self {
        let exit = if matches!(error, StateError::Locked { .. }) { LOCKED } else { FAILED };
        Self::new(error.code(), error.to_string(), way_out(&error)).with_exit(exit)
    }
}

/// What to do about what is wrong with a state; the rest say it themselves.
fn way_out(error: &StateError) -> &'static str {
    use std::io::ErrorKind;
    match error {
        StateError::Locked { .. } => {
            "nothing was changed; only if that run is surely dead: `finsight-deploy state unlock`"
        }
        StateError::LockLost { .. } => {
            "what was written before is safe; run the command again when the run that has the lock now is at its end"
        }
        StateError::Replaced { .. } => {
            "put the files back; `finsight-deploy state verify` shows what is left"
        }
        StateError::NoDirectory { .. } => "nothing was changed; check --state and the working directory",
        StateError::Key { .. } => {
            "nothing was changed; put back the secrets.key that belongs to this state, or set FINSIGHT_PASSPHRASE \
             (the runbook `A lost key` has the rest)"
        }
        StateError::Io { source, .. } => match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                "make room and run the command again"
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                "make it writable for this user, or take another place with --state file://PATH"
            }
            _ => "check the path, its permissions and the disk; --state says where the state lives",
        },
        StateError::Transition { .. } => {
            "nothing was changed; `finsight-deploy state list` lists what is on record"
        }
        StateError::Document { .. } => "nothing was changed; take a document that `state export` wrote",
        _ => "",
    }
}

impl From<Trouble> for CommandError {
    fn from(trouble: Trouble) -> Self {
        let exit = if trouble.code == "PLAN-STALE" { REFUSED } else { FAILED };
        Self::new(trouble.code, trouble.message, trouble.hint).with_exit(exit)
    }
}

fn joined<E: Display>(errors: &[E]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use finsight_engine::plan::PlanError;
    use finsight_engine::urn::Urn;

    use super::{CommandError, FAILED, REFUSED, USAGE};

    fn urn() -> Urn {
        "dev/network/aws:ec2:Vpc/main".parse().expect("a URN")
    }

    fn protected() -> PlanError {
        PlanError::Protected { urn: urn(), what: "deleted".to_owned() }
    }

    fn unreadable() -> PlanError {
        PlanError::Unreadable { urn: urn(), why: "no answer".to_owned() }
    }

    /// V28: the first error alone gave the exit code, and refusals ended with 1.
    #[test]
    fn of_several_errors_the_worst_gives_the_exit_code() {
        let retained = PlanError::Retained { urn: urn(), claim: "name".to_owned() };
        let misspelt = PlanError::NoSuchUrn { pattern: "x".to_owned(), near: Vec::new() };
        for (errors, exit, code) in [
            (vec![retained.clone()], REFUSED, "PLAN-RETAINED"),
            (vec![misspelt.clone()], USAGE, "PLAN-NO-SUCH-URN"),
            (vec![misspelt, protected()], REFUSED, "PLAN-PROTECTED"),
            (vec![protected(), unreadable()], FAILED, "PLAN-UNREADABLE"),
            (vec![unreadable(), protected()], FAILED, "PLAN-UNREADABLE"),
            (vec![retained, protected()], REFUSED, "PLAN-RETAINED"),
        ] {
            let all = CommandError::from(errors);
            assert_eq!((all.exit, all.code.as_str()), (exit, code), "{}", all.message);
        }
    }
}
