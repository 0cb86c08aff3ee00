//! `ops`: what people do to a standing stack by hand.
//!
//! Each command looks at what stands, does one thing, and looks again, until it stands as wanted. So a lost
//! answer is no trouble, and a run that was killed goes on when it is given again.

mod begun;
mod database;
mod frontend;
mod questions;
mod rehearse;
mod remnants;
mod restore;
mod secret;
pub mod work;

use std::sync::Arc;

use finsight_aws::session::Region;
use finsight_engine::state::{Row, State};
use finsight_engine::urn::UrnPattern;

use crate::cli::Global;
use crate::cli::ops::{Database, Frontend, How, OnDatabase, Ops, Secret};
use crate::connect::Connection;
use crate::error::{CommandError, Outcome, USAGE};
use crate::render;
use crate::run::{Desk, Shared, ask_or_stop};
use crate::signals::Stop;
use crate::stack::Stack;

use super::patience::Patience;

pub async fn run(global: &Global, command: &Ops) -> Outcome {
    match command {
        Ops::Database(Database::Stop(args)) => database::stop(global, args).await,
        Ops::Database(Database::Start(args)) => database::start(global, args).await,
        Ops::Database(Database::Snapshot(args)) => database::snapshot(global, args).await,
        Ops::Database(Database::Failover(args)) => database::failover(global, args).await,
        Ops::Database(Database::Restore(args)) => restore::restore(global, args).await,
        Ops::Frontend(Frontend::Build(args)) => frontend::build(global, args).await,
        Ops::Frontend(Frontend::Rollback(args)) => frontend::rollback(global, args).await,
        Ops::Secret(Secret::Rotate(args)) => secret::rotate(global, args).await,
    }
}

/// What a command works with: the stack, locked, and the way to AWS.
struct Bench {
    global: Global,
    stack: Stack,
    connection: Connection,
    store: Shared,
    state: State,
    stop: Stop,
    command: &'static str,
}

impl Bench {
    async fn open(global: &Global, command: &'static str) -> Result<Self, CommandError> {
        let desk = Desk::open(global)?.of_what_exists()?;
        let (desk, held, state) = desk.hold(command).await?.settle_for_hands().await?;
        let Desk { global, stack, stop, .. } = desk;
        Ok(Self { global, stack, connection: held.connection, store: held.store, state, stop, command })
    }

    /// The one resource of a type, or the one of several that is meant.
    fn row(&self, kind: &str, what: &str, named: Option<&str>) -> Result<Row, CommandError> {
        let all: Vec<&Row> = self.state.rows.values().filter(|row| row.urn.type_name() == kind).collect();
        let meant = |row: &&&Row| {
            named.is_none_or(|name| {
                row.urn.as_str() == name
                    || row.id.eq_ignore_ascii_case(name)
                    || UrnPattern::new(name).matches(&row.urn)
            })
        };
        let fits: Vec<&&Row> = all.iter().filter(meant).collect();
        let list = || all.iter().map(|row| row.id.as_str()).collect::<Vec<_>>().join(", ");
        match (fits.as_slice(), all.is_empty()) {
            ([one], _) => Ok((**one).clone()),
            ([], true) => Err(CommandError::new(
                "OPS-NONE",
                format!("stack `{}` has no {what} on record", self.stack.name),
                "nothing was changed; `finsight-deploy state list` lists what there is",
            )),
            ([], false) => Err(CommandError::new(
                "OPS-WHICH",
                format!(
                    "stack `{}` has no {what} `{}`; it has {}",
                    self.stack.name,
                    named.unwrap_or_default(),
                    list()
                ),
                "nothing was changed; give one of these",
            )
            .with_exit(USAGE)),
            _ => Err(CommandError::new(
                "OPS-WHICH",
                format!("stack `{}` has more than one {what}: {}", self.stack.name, list()),
                "nothing was changed; say which one is meant",
            )
            .with_exit(USAGE)),
        }
    }

    /// The database that is meant. One of which it is not known what an earlier run has done is that run's first.
    fn database(&self, on: &OnDatabase) -> Result<Row, CommandError> {
        let row = self.row("aws:rds:DBInstance", "database", on.database.as_deref())?;
        if self.state.intents.contains_key(row.owner.as_str()) {
            return Err(CommandError::refused(
                "OPS-UNSETTLED",
                format!(
                    "an earlier run was cut off while it changed {}, and what became of that is not known",
                    row.urn
                ),
                "nothing was changed; see to what the note above says, and run the command again",
            ));
        }
        Ok(row)
    }

    fn region(&self, row: &Row) -> Arc<Region> {
        self.connection.session.region(&row.region)
    }

    /// How long to wait, and how often to look.
    fn patience(&self, how: &How, minutes: u64) -> Patience {
        Patience::new(self.connection.pace, how.timeout.unwrap_or(minutes), self.stop.clone())
    }

    /// Asks before something is disrupted.
    async fn ask(&self, how: &How, what: &str) -> Result<(), CommandError> {
        if how.yes { Ok(()) } else { ask_or_stop(what, &self.global, &self.stop).await }
    }

    /// The result: one document, or a text.
    fn tell(&self, mut document: serde_json::Value, text: &str) {
        if self.global.is_json() {
            document["version"] = 1.into();
            document["stack"] = self.stack.name.as_str().into();
            document["command"] = self.command.into();
            render::json(&document);
        } else {
            render::text(&format!("{text}\n"));
        }
    }
}

/// `20260102-030405` of a moment in RFC 3339.
fn compact(at: &str) -> String {
    let digits: String = at.chars().take(19).filter(char::is_ascii_digit).collect();
    match digits.split_at_checked(8) {
        Some((day, time)) => format!("{day}-{time}"),
        None => digits,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments_in_names() {
        assert_eq!(super::compact("2026-01-02T03:04:05.678Z"), "20260102-030405");
    }
}
