//! What may be carried out, and is.

use std::collections::BTreeMap;
use std::sync::Arc;

use finsight::config::Config;
use finsight::people::{self, Left};
use finsight_aws::sending;
use finsight_driver::run::run;
use finsight_engine::exec::{Machine, Outcome, Report};
use finsight_engine::plan::{ActionKind, Plan};
use finsight_engine::state::{Row, State};
use finsight_engine::urn::Urn;
use finsight_engine::value::Map;
use finsight_state::Notice;

use super::desk::settings;
use super::loaded::Holding;
use super::packages;
use super::planned::Planned;
use super::remnants;
use super::store::{is_lost, unwritten};
use crate::builds::{After, Ahead, standing};
use crate::connect::Connection;
use crate::error::{CommandError, FAILED, INTERRUPTED};
use crate::render::remnants::shown;
use crate::render::{self, Progress};

/// A plan that came the whole way. There is no other way to one.
pub struct Approved(pub(super) Planned<Holding>);

impl Approved {
    /// Carries the plan out; gives the exit code.
    pub async fn execute(self, command: &str, continue_on_error: bool) -> Result<u8, CommandError> {
        self.carry_out(command, continue_on_error, None).await
    }

    /// The same towards the program: then the site is built where it needs that, unless that is left to others.
    pub async fn up(
        self,
        continue_on_error: bool,
        builds: Ahead,
        no_build: bool,
    ) -> Result<u8, CommandError> {
        self.carry_out("up", continue_on_error, Some((builds, no_build))).await
    }

    async fn carry_out(
        self,
        command: &str,
        continue_on_error: bool,
        builds: Option<(Ahead, bool)>,
    ) -> Result<u8, CommandError> {
        let Planned { settled, plan, packages, seen, .. } = self.0;
        let (desk, access) = (settled.desk, settled.access);
        // Its packages lie where the handlers look, before anything is sent.
        packages::gather(&packages::needed(&plan), &packages, &desk.stack.artifacts())?;
        // Ctrl-C while it was read or asked: nothing is begun.
        desk.stop.begin()?;
        let connection = &access.connection;
        let settings = settings(&desk.global, connection.pace, command, continue_on_error);
        let edges = durations_graph(&plan);
        let (stack_name, likely) = (plan.stack.clone(), plan.likely_millis());
        let outputs_wanted = !plan.destroy;
        let before = access.store.state().remnants;
        let machine = Machine::new(
            plan,
            access.store.state(),
            Arc::clone(&desk.stack.registry),
            connection.place.clone(),
            settings,
        )?;
        let mut progress = Progress::new(&desk.global);
        progress.started(&stack_name, command, likely);
        let mut took: BTreeMap<(Urn, bool), u64> = BTreeMap::new();
        let store = Box::new(access.store.clone());
        let stop = desk.stop.receiver();
        let (_, _, outcome) = run(machine, Arc::clone(&connection.cloud), store, stop, |report| {
            if let Report::StepSucceeded { urn, op, millis, .. } = &report {
                took.insert((urn.clone(), op == "delete"), *millis);
            }
            progress.report(&report);
        })
        .await;
        progress.finish();
        let critical = critical_path(&edges, &took);
        if outcome.store_failed.is_none() && !outcome.interrupted {
            remnants::let_go(connection, &access.store, &before).await;
        }
        // Index and snapshot are left where they should be before the lock goes.
        let notices = access.store.finish();
        let state = access.store.state();
        let now = newer(&state, &seen, &took);
        let left = match outputs_wanted && command == "up" {
            true => left(&desk.config, &state, &now, connection).await,
            false => Vec::new(),
        };
        // Of an `up` what it has left itself, of a `destroy` all that stays.
        let mut kept = shown(&state, &desk.stack.registry, finsight_driver::clock::now());
        if outputs_wanted {
            kept.retain(|one| !one.key.is_empty() && !before.contains_key(&one.key));
        }
        progress.finished(&outcome, connection.cloud.api_calls(), critical, &notices, &left, &kept);
        if outputs_wanted && command == "up" && !desk.global.is_json() && outcome.succeeded() {
            render::outputs(&outcome.outputs);
        }
        let exit = exit_of(&outcome, &notices)?;
        if let Some((builds, no_build)) = builds.filter(|_| exit == 0 && outputs_wanted) {
            builds.carry_out(&After { desk: &desk, connection, state: &state, now: &now, no_build }).await?;
        }
        Ok(exit)
    }
}

/// What was read, of what this run has not made or changed.
pub(super) fn newer<'a>(
    state: &'a State,
    seen: &'a BTreeMap<Urn, Map>,
    took: &BTreeMap<(Urn, bool), u64>,
) -> BTreeMap<&'a str, &'a Map> {
    let rows = state.rows.values().filter(|row| !took.contains_key(&(row.urn.clone(), false)));
    rows.filter_map(|row| Some((row.urn.as_str(), seen.get(&row.urn)?))).collect()
}

/// What is left to people: of what this run has made or changed by the record, of all else by what was read.
async fn left(
    config: &Config,
    state: &State,
    now: &BTreeMap<&str, &Map>,
    connection: &Connection,
) -> Vec<Left> {
    let mut found = people::left(config, standing(state, now).into_iter());
    found.extend(sandbox(state, connection).await);
    found
}

/// Who sends mail is let out of SES's sandbox by AWS's people; where AWS does not say whether it is, somebody is to look.
async fn sandbox(state: &State, connection: &Connection) -> Option<Left> {
    let mails = |row: &&Row| row.urn.type_name() == "aws:ses:EmailIdentity";
    let row = state.rows.values().find(mails)?;
    let aws = connection.session.region(&row.region);
    let what = match connection.ask_soon(async || sending(&aws).await).await {
        Ok(sending) if sending.to_anybody => return None,
        Ok(_) => "SES sends to verified addresses alone: request production access (step 12)".to_owned(),
        Err(failure) => format!(
            "whether SES sends to verified addresses alone could not be asked ({}: {}): see with `aws sesv2 get-account` (step 12)",
            failure.operation, failure.code
        ),
    };
    Some(Left { urns: vec![row.urn.clone()], what })
}

/// The exit code of a run, or why it could not go on.
fn exit_of(outcome: &Outcome, notices: &[Notice]) -> Result<u8, CommandError> {
    match &outcome.store_failed {
        Some(why) => Err(unwritten(why)),
        None if outcome.interrupted => Ok(INTERRUPTED),
        None if outcome.succeeded() && !is_lost(notices) => Ok(0),
        None => Ok(FAILED),
    }
}

/// The actions of a plan as pairs of who and what must come before.
fn durations_graph(plan: &Plan) -> Vec<((Urn, bool), Vec<usize>)> {
    let key = |index: usize| {
        let action = &plan.actions[index];
        let delete = !matches!(action.kind, ActionKind::Apply);
        (action.urn.clone(), delete)
    };
    (0..plan.actions.len())
        .map(|index| (key(index), plan.actions[index].after.iter().copied().collect()))
        .collect()
}

/// The longest chain of operations that waited for each other, in milliseconds.
fn critical_path(edges: &[((Urn, bool), Vec<usize>)], took: &BTreeMap<(Urn, bool), u64>) -> u64 {
    let mut length = vec![0u64; edges.len()];
    for _ in 0..edges.len() {
        let mut changed = false;
        for (index, (key, after)) in edges.iter().enumerate() {
            let before = after.iter().map(|before| length[*before]).max().unwrap_or(0);
            let total = before + took.get(key).copied().unwrap_or(0);
            if total > length[index] {
                length[index] = total;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    length.into_iter().max().unwrap_or(0)
}
