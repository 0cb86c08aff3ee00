//! What may be carried out, and is.

use std::collections::BTreeMap;
use std::sync::Arc;

use finsight::config::Config;
use finsight::people::{self, Left, Standing};
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
use super::store::{is_lost, unwritten};
use crate::connect::Connection;
use crate::error::{CommandError, FAILED, INTERRUPTED};
use crate::render::{self, Progress};

/// A plan that came the whole way. There is no other way to one.
pub struct Approved(pub(super) Planned<Holding>);

impl Approved {
    /// Carries the plan out; gives the exit code.
    pub async fn execute(self, command: &str, continue_on_error: bool) -> Result<u8, CommandError> {
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
        // Index and snapshot are left where they should be before the lock goes.
        let notices = access.store.finish();
        let left = match outputs_wanted && command == "up" {
            true => left(&desk.config, &access.store.state(), &seen, &took, connection).await,
            false => Vec::new(),
        };
        progress.finished(&outcome, connection.cloud.api_calls(), critical, &notices, &left);
        if outputs_wanted && command == "up" && !desk.global.is_json() && outcome.succeeded() {
            render::outputs(&outcome.outputs);
        }
        exit_of(&outcome, &notices)
    }
}

/// What is left to people: of what this run has made or changed by the record, of all else by what was read.
async fn left(
    config: &Config,
    state: &State,
    seen: &BTreeMap<Urn, Map>,
    took: &BTreeMap<(Urn, bool), u64>,
    connection: &Connection,
) -> Vec<Left> {
    let changed = |urn: &Urn| took.contains_key(&(urn.clone(), false));
    let mut found = left_standing(config, state, seen, changed);
    found.extend(sandbox(state, connection).await);
    found
}

/// The same without what AWS's people do: by what was read, or by the record of what was changed since.
pub(super) fn left_standing(
    config: &Config,
    state: &State,
    seen: &BTreeMap<Urn, Map>,
    changed: impl Fn(&Urn) -> bool,
) -> Vec<Left> {
    let now = |row: &Row| match seen.get(&row.urn) {
        Some(outputs) if !changed(&row.urn) => outputs.clone(),
        _ => row.outputs.clone(),
    };
    let standing: Vec<(&Row, Map)> = state.rows.values().map(|row| (row, now(row))).collect();
    let all = standing.iter().map(|(row, outputs)| Standing { urn: &row.urn, inputs: &row.inputs, outputs });
    people::left(config, all)
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
