//! The plan, and what it was made from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use finsight_engine::contract::Reading;
use finsight_engine::graph::{CheckedGraph, Graph};
use finsight_engine::plan::{self, Confirmed, Observed, Plan, PlanInput, Purpose, Selection};
use finsight_engine::policy::Finding;
use finsight_engine::state::State;
use finsight_engine::urn::{Urn, UrnPattern};
use finsight_engine::value::Map;

use super::desk::Desk;
use super::loaded::{Access, Holding, Loaded};
use super::packages;
use super::program::Program;
use super::read::Read;
use super::record;
use super::saved::{self, Saved};
use super::settled::Settled;
use crate::error::CommandError;

/// What a plan is to reach.
pub enum Aim<'a> {
    /// What the program declares.
    Up(&'a Program),
    /// The imports of a program, and nothing else.
    Import(&'a Program),
    /// What is on record. The program has no part in it.
    Fix,
    /// What is on record, with what an operation sets.
    Operation(&'a BTreeMap<Urn, Map>),
    /// What the program declares, with what an operation sets.
    OperationUp(&'a Program, &'a BTreeMap<Urn, Map>),
    /// Nothing of the stack; the program knows by which names.
    Destroy(Option<&'a Program>),
}

/// What a plan is made from, besides state and readings.
pub struct Wish<'a> {
    pub aim: Aim<'a>,
    pub selection: &'a Selection,
    pub replace: &'a [UrnPattern],
    /// What was confirmed by name.
    pub confirmed: &'a Confirmed,
}

/// A plan with all that it was made from; with refusals it must not be carried out.
pub struct Planned<A> {
    pub(super) settled: Settled<A>,
    pub(super) plan: Plan,
    /// What forbids it, whatever policy and preflight say.
    pub(super) sound: Result<(), CommandError>,
    /// What it was made towards: that is what the policy is asked of.
    pub(super) wish: Wanted,
    /// Where its packages may lie.
    pub(super) packages: Vec<PathBuf>,
    /// What AWS said of what stands, where it was asked.
    pub(super) seen: BTreeMap<Urn, Map>,
}

/// What a plan was made towards.
pub(super) enum Wanted {
    /// A program, of which the policy was asked already.
    Program(Graph, Vec<Finding>),
    /// A program that was kept with the plan, and may be another than today's.
    Kept(Graph),
    /// What is on record.
    Record(Graph),
    /// Nothing.
    Nothing,
}

impl Wanted {
    fn of(program: &Program) -> Self {
        Self::Program(program.graph.clone().into_graph(), program.policy().to_vec())
    }
}

/// The outputs of what was read, as they are now.
fn seen(state: &State, observed: &Observed) -> BTreeMap<Urn, Map> {
    let rows = state.rows.values();
    rows.filter_map(|row| match observed.readings.get(&row.owner)? {
        Reading::Found(live) => Some((row.urn.clone(), live.outputs.clone())),
        _ => None,
    })
    .collect()
}

impl<A: Access> Read<A> {
    /// Makes the plan, as far as it can be made.
    pub async fn plan(self, wish: &Wish<'_>) -> Result<Planned<A>, CommandError> {
        let desk = &self.settled.desk;
        let state = &self.settled.state;
        let registry = &desk.stack.registry;
        let place = self.settled.place();
        let empty = CheckedGraph::empty(&desk.stack.name, &place.region);
        let (graph, purpose, wanted) = match &wish.aim {
            Aim::Up(program) | Aim::OperationUp(program, _) => {
                (&program.graph, Purpose::Up, Wanted::of(program))
            }
            Aim::Import(program) => (&program.graph, Purpose::Import, Wanted::of(program)),
            Aim::Fix | Aim::Operation(_) => {
                (&empty, Purpose::Fix, Wanted::Record(record::graph(state, &place.region)))
            }
            Aim::Destroy(program) => {
                (program.map_or(&empty, |program| &program.graph), Purpose::Up, Wanted::Nothing)
            }
        };
        let none = BTreeMap::new();
        let sets = match wish.aim {
            Aim::Operation(sets) | Aim::OperationUp(_, sets) => sets,
            _ => &none,
        };
        let draft = |observed: Option<&Observed>| {
            let input = PlanInput {
                sets,
                graph,
                purpose,
                state,
                // What was settled in thought moved the serial of the copy alone.
                serial: self.settled.serial,
                registry,
                observed,
                selection: wish.selection,
                replace: wish.replace,
                confirmed: wish.confirmed,
                place: &place,
                entropy: &self.entropy,
            };
            match wish.aim {
                Aim::Destroy(_) => plan::draft_destroy(&input),
                _ => plan::draft(&input),
            }
        };
        let (mut plan, mut refusals) = draft(self.observed.as_ref())?;
        // What stands already where something is to be created is looked for, and the plan made again.
        if let Some(observed) = &self.observed {
            let answers = self.settled.ask(&plan).await?;
            let held = answers.holders.values().any(|names| !names.is_empty());
            if held || !answers.standing.is_empty() || !answers.unlooked.is_empty() {
                (plan, refusals) = draft(Some(&observed.clone().with(answers)))?;
            }
        }
        let sound = if refusals.is_empty() { Ok(()) } else { Err(refusals.into()) };
        let mut folders = vec![desk.stack.artifacts()];
        if let Aim::Up(program) | Aim::Import(program) = wish.aim {
            folders.insert(0, program.packages().to_owned());
        }
        let seen = self.observed.as_ref().map(|observed| seen(state, observed)).unwrap_or_default();
        Ok(Planned { settled: self.settled, plan, sound, wish: wanted, packages: folders, seen })
    }
}

impl Loaded<Holding> {
    /// Refuses a saved plan that was not made from this very state, before anything is settled.
    pub fn check(&self, saved: &Saved) -> Result<(), CommandError> {
        let account = self.access.connection.place.account.as_deref();
        refuse_foreign(&saved.plan, &self.desk, &self.state, account)
    }
}

impl Settled<Holding> {
    /// Takes a saved plan, where it was made from this very state.
    pub fn take(self, saved: Saved, program: Option<&Program>) -> Result<Planned<Holding>, CommandError> {
        let mut plan = saved.plan;
        refuse_foreign(&plan, &self.desk, &self.state, self.access.connection.place.account.as_deref())?;
        if plan.has_secret() {
            let sealer = self.access.store.sealer()?;
            plan.open(sealer.as_ref()).map_err(|why| {
                CommandError::refused(
                    "PLAN-SECRETS",
                    format!("the plan's secrets cannot be opened: {why}"),
                    "nothing was changed; make a new plan",
                )
            })?;
        }
        let mut packages = vec![saved.packages, self.desk.stack.artifacts()];
        packages.extend(program.map(|program| program.packages().to_owned()));
        let wish = Wanted::Kept(saved.declared);
        Ok(Planned { settled: self, plan, sound: Ok(()), wish, packages, seen: BTreeMap::new() })
    }
}

/// A saved plan is done as it was approved, or not at all.
fn refuse_foreign(
    plan: &Plan,
    desk: &Desk,
    state: &State,
    account: Option<&str>,
) -> Result<(), CommandError> {
    let stale = |message: String| {
        Err(CommandError::refused(
            "PLAN-STALE",
            message,
            "nothing was changed; make a new plan with `preview --save-plan`",
        ))
    };
    if plan.stack != desk.stack.name {
        return stale(format!("the plan is of stack `{}`, not of `{}`", plan.stack, desk.stack.name));
    }
    // Where an earlier run had left something open, settling it has moved the serial.
    if plan.serial != state.serial || !state.intents.is_empty() {
        return stale(format!(
            "the state has moved on since: from serial {} to {}",
            plan.serial, state.serial
        ));
    }
    match plan.account.as_deref() {
        None => stale("the plan was made offline, without knowing the account".to_owned()),
        Some(wanted) if Some(wanted) != account => stale("the plan was made for another account".to_owned()),
        Some(_) => Ok(()),
    }
}

impl<A: Access> Planned<A> {
    pub fn state(&self) -> &State {
        self.settled.state()
    }

    pub fn desk(&self) -> &Desk {
        self.settled.desk()
    }

    /// Whether anything forbids to carry it out.
    pub fn is_refused(&self) -> bool {
        self.sound.is_err()
    }

    /// Writes it to a file, its secrets sealed, and its packages beside it.
    pub(super) fn save(
        &self,
        file: &Path,
        sealer: &dyn Fn() -> Result<Sealer, CommandError>,
    ) -> Result<(), CommandError> {
        let mut sealed = self.plan.clone();
        if sealed.has_secret() {
            sealed.seal(sealer()?.as_ref());
        }
        let declared = match &self.wish {
            Wanted::Program(graph, _) | Wanted::Kept(graph) | Wanted::Record(graph) => graph.clone(),
            Wanted::Nothing => Graph::new(&self.plan.stack, &self.plan.region),
        };
        saved::save(&sealed, declared, file, &self.packages)
    }

    /// Whether its packages are all there; said before anything is sent.
    pub(super) fn check_packages(&self) -> Result<(), CommandError> {
        packages::check(&packages::needed(&self.plan), &self.packages)
    }
}

/// What seals secrets.
pub(super) type Sealer = std::sync::Arc<finsight_state::KeySealer>;
