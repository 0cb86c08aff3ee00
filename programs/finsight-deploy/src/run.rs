//! What the changing commands share: settle, read, plan, ask, do.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use finsight_driver::run::{now, refresh, run};
use finsight_driver::store::{Nowhere, Store};
use finsight_engine::approval::Broadening;
use finsight_engine::exec::{Machine, Outcome, Pace, Report, Settings};
use finsight_engine::graph::CheckedGraph;
use finsight_engine::plan::{Observed, Op, Plan, PlanError, PlanInput, Purpose, Selection};
use finsight_engine::policy::Finding;
use finsight_engine::refresh::Refresh;
use finsight_engine::state::{Entry, State};
use finsight_engine::urn::{Urn, UrnPattern};
use finsight_state::{LocalStore, StateError};
use tokio::sync::watch;

use crate::cli::{Global, RequireApproval};
use crate::connect::Connection;
use crate::crash_point;
use crate::error::CommandError;
use crate::render::Progress;
use crate::stack::{Stack, who};

/// A store that the command and the driver share.
#[derive(Clone)]
pub struct Shared(pub Arc<Mutex<LocalStore>>);

impl Shared {
    pub fn new(store: LocalStore) -> Self {
        Self(Arc::new(Mutex::new(store)))
    }

    /// The state as it is now.
    pub fn state(&self) -> State {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).state().clone()
    }

    /// Makes one record durable.
    pub fn append(&self, entries: Vec<Entry>) -> Result<(), CommandError> {
        self.write(vec![entries])?;
        Ok(())
    }

    fn write(&self, records: Vec<Vec<Entry>>) -> Result<(), StateError> {
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        crash_point::write(records, |records| store.append_group(records).map(|_| ()))
    }
}

impl Store for Shared {
    fn append(&mut self, records: Vec<Vec<Entry>>) -> Result<(), String> {
        self.write(records).map_err(|error| error.to_string())
    }
}

/// How a run behaves, by its options.
pub fn settings(global: &Global, pace: Pace, command: &str, continue_on_error: bool) -> Settings {
    Settings {
        parallel: global.parallel.map_or(0, usize::from),
        continue_on_error,
        pace,
        network_patience: Settings::NETWORK_PATIENCE,
        command: command.to_owned(),
        who: who(),
    }
}

/// Settles what an earlier run left open; on record with a store, in thought without one.
pub async fn settle(
    stack: &Stack,
    global: &Global,
    connection: &Connection,
    state: State,
    store: Option<&Shared>,
    interrupt: &watch::Receiver<bool>,
) -> Result<State, CommandError> {
    if state.intents.is_empty() {
        return Ok(state);
    }
    refuse_other_account(&state, connection)?;
    let machine = Machine::recovery(
        state,
        Arc::clone(&stack.registry),
        connection.place.clone(),
        settings(global, connection.pace, "recover", true),
    );
    let boxed: Box<dyn Store> = match store {
        Some(store) => Box::new(store.clone()),
        None => Box::new(Nowhere),
    };
    let mut progress = Progress::new(global);
    let (machine, _, outcome) =
        run(machine, Arc::clone(&connection.cloud), boxed, interrupt.clone(), |report| {
            progress.report(&report)
        })
        .await;
    progress.finish();
    match outcome.errors.into_iter().next() {
        Some((_, trouble)) => Err(trouble.into()),
        None if outcome.interrupted => Err(interrupted()),
        None => match outcome.store_failed {
            Some(why) => Err(CommandError::new("EXEC-STORE", why, "make room for the state and run again")),
            None => Ok(machine.state().clone()),
        },
    }
}

/// Rows of another account are not read: there, everything would seem absent.
pub fn refuse_other_account(state: &State, connection: &Connection) -> Result<(), CommandError> {
    let actual = connection.place.account.as_deref().unwrap_or_default();
    match state.accounts().into_iter().find(|account| *account != actual) {
        Some(recorded) => Err(CommandError::new(
            "PLAN-OTHER-ACCOUNT",
            format!("the state is of account {recorded}, but the credentials are of account {actual}"),
            "nothing was read or changed; use the credentials of the stack's account",
        )),
        None => Ok(()),
    }
}

pub fn interrupted() -> CommandError {
    CommandError::new("CLI-INTERRUPTED", "interrupted", "the state is whole; run the command again to go on")
        .with_exit(crate::error::INTERRUPTED)
}

/// Reads what is selected.
pub async fn observe(
    stack: &Stack,
    connection: &Connection,
    state: &State,
    selected: &BTreeSet<Urn>,
) -> Result<Observed, CommandError> {
    refuse_other_account(state, connection)?;
    let machine =
        Refresh::new(state, selected, Arc::clone(&stack.registry), connection.pace).at(now(), state);
    Ok(refresh(machine, Arc::clone(&connection.cloud)).await)
}

/// What a plan is made from, besides state and readings.
pub struct Wish<'a> {
    pub graph: &'a CheckedGraph,
    /// Of the state as it was loaded.
    pub serial: u64,
    pub purpose: Purpose,
    pub selection: &'a Selection,
    pub replace: &'a [UrnPattern],
    pub confirmed: &'a [String],
    pub destroy: bool,
}

/// Makes the plan, as far as it can be made; with refusals it must not be carried out.
pub fn draft_plan(
    stack: &Stack,
    wish: &Wish<'_>,
    state: &State,
    observed: Option<&Observed>,
    place: &finsight_engine::context::Place,
) -> Result<(Plan, Vec<PlanError>), CommandError> {
    let input = PlanInput {
        graph: wish.graph,
        purpose: wish.purpose,
        state,
        serial: wish.serial,
        registry: &stack.registry,
        observed,
        selection: wish.selection,
        replace: wish.replace,
        confirmed: wish.confirmed,
        place,
        entropy: &ulid::Ulid::new().to_string(),
    };
    if wish.destroy {
        Ok((finsight_engine::plan::plan_destroy(&input)?, Vec::new()))
    } else {
        Ok(finsight_engine::plan::draft(&input)?)
    }
}

/// Makes the plan.
pub fn make_plan(
    stack: &Stack,
    wish: &Wish<'_>,
    state: &State,
    observed: Option<&Observed>,
    place: &finsight_engine::context::Place,
) -> Result<Plan, CommandError> {
    let (plan, refusals) = draft_plan(stack, wish, state, observed, place)?;
    if refusals.is_empty() { Ok(plan) } else { Err(refusals.into()) }
}

/// Refuses a program that breaks a rule of the policy pack.
pub fn refuse(findings: &[Finding]) -> Result<(), CommandError> {
    let broken: Vec<String> = findings
        .iter()
        .filter(|finding| finding.refuses())
        .map(|finding| {
            let whose = finding.urn.as_ref().map(|urn| format!("{urn}: ")).unwrap_or_default();
            format!("{}: {whose}{}; {}", finding.rule, finding.message, finding.way_out)
        })
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    Err(CommandError::refused(
        "POLICY-BROKEN",
        broken.join("\n"),
        "nothing was changed; correct the program, or accept the finding for a time by a waiver in `security.waivers`",
    ))
}

/// Carries a plan out.
pub async fn execute(
    stack: &Stack,
    global: &Global,
    connection: &Connection,
    plan: Plan,
    store: &Shared,
    settings: Settings,
    interrupt: &watch::Receiver<bool>,
) -> Result<Outcome, CommandError> {
    // Ctrl-C while it was read or asked: nothing is begun.
    if *interrupt.borrow() {
        return Err(interrupted());
    }
    let stack_name = plan.stack.clone();
    let command = settings.command.clone();
    let edges = durations_graph(&plan);
    let machine =
        Machine::new(plan, store.state(), Arc::clone(&stack.registry), connection.place.clone(), settings)?;
    let mut progress = Progress::new(global);
    progress.started(&stack_name, &command);
    let mut took: BTreeMap<(Urn, bool), u64> = BTreeMap::new();
    let (_, _, outcome) =
        run(machine, Arc::clone(&connection.cloud), Box::new(store.clone()), interrupt.clone(), |report| {
            if let Report::StepSucceeded { urn, op, millis, .. } = &report {
                took.insert((urn.clone(), op == "delete"), *millis);
            }
            progress.report(&report);
        })
        .await;
    progress.finish();
    let critical = critical_path(&edges, &took);
    progress.finished(&outcome, connection.cloud.api_calls(), critical);
    Ok(outcome)
}

/// The actions of a plan as pairs of who and what must come before.
fn durations_graph(plan: &Plan) -> Vec<((Urn, bool), Vec<usize>)> {
    let key = |index: usize| {
        let action = &plan.actions[index];
        let delete = !matches!(action.kind, finsight_engine::plan::ActionKind::Apply);
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

/// Asks before a plan is carried out, where that is wanted.
pub fn approve(
    when: RequireApproval,
    yes: bool,
    plan: &Plan,
    broadening: &[Broadening],
    global: &Global,
) -> Result<(), CommandError> {
    let needed = match when {
        RequireApproval::Never => false,
        RequireApproval::AnyChange => plan.has_changes(),
        RequireApproval::Broadening => !broadening.is_empty() || deletes_data(plan),
    };
    if !needed || yes {
        return Ok(());
    }
    ask("carry out this plan", global)
}

/// Whether the whole stack is taken down.
fn deletes_data(plan: &Plan) -> bool {
    plan.destroy && plan.steps.iter().any(|step| step.op == Op::Delete)
}

/// Asks a question that only `yes` answers.
pub fn ask(what: &str, global: &Global) -> Result<(), CommandError> {
    if !std::io::stdin().is_terminal() || global.is_json() {
        return Err(CommandError::refused(
            "CLI-NOBODY-TO-ASK",
            format!("approval is needed to {what}, and there is no terminal to ask on"),
            "nothing was changed; look at the preview and give --yes",
        ));
    }
    let mut err = std::io::stderr().lock();
    let asked = write!(err, "\nDo you want to {what}? Only `yes` is taken: ").and_then(|()| err.flush());
    let mut answer = String::new();
    let read = asked.and_then(|()| std::io::stdin().read_line(&mut answer));
    match read {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        _ => Err(CommandError::refused("CLI-NOT-APPROVED", "not approved", "nothing was changed")),
    }
}

/// The exit code of a run.
pub fn exit_of(outcome: &Outcome) -> u8 {
    if outcome.interrupted {
        crate::error::INTERRUPTED
    } else if outcome.succeeded() {
        0
    } else {
        crate::error::FAILED
    }
}

/// Milliseconds since 1970, as RFC 3339.
pub fn timestamp() -> String {
    finsight_engine::exec::rfc3339(now())
}
