//! What the commands do: settle, read, plan, carry out.

use std::collections::BTreeMap;
use std::sync::Arc;

use finsight_engine::contract::STACK_TAG;
use finsight_engine::exec::{Machine, Outcome, Pace, Report, Settings, Trouble};
use finsight_engine::graph::Graph;
use finsight_engine::plan::{
    Confirmed, Observed, Plan, PlanError, PlanInput, Purpose, Selection, Stranger, draft, is_blank,
    plan_destroy, questions,
};
use finsight_engine::refresh::Refresh;
use finsight_engine::state::State;
use finsight_engine::tags::IgnoredTags;
use finsight_engine::urn::{Urn, UrnPattern};
use finsight_engine::value::Map;

use super::decisions::Bounds;
use super::{Phase, Watch, World};
use crate::cloud::{Object, REGION};

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The program; of a destroy nothing but stack and region counts.
    pub graph: Graph,
    /// What the plan is for.
    pub purpose: Purpose,
    /// Whether everything is taken down.
    pub destroy: bool,
    /// Which resources are touched.
    pub selection: Selection,
    /// Which are replaced in any case.
    pub replace: Vec<UrnPattern>,
    /// What was confirmed by name.
    pub confirmed: Confirmed,
    /// Which tags are other hands' by now, where the record may say another thing.
    pub ignored: Option<IgnoredTags>,
    /// What an operation sets, beside what is on record.
    pub sets: BTreeMap<Urn, Map>,
    /// Whether the live resources are read first.
    pub refresh: bool,
    /// Whether independent steps go on after a failure.
    pub continue_on_error: bool,
    /// Operations at once; 0 for as many as may be.
    pub parallel: usize,
}

impl Ask {
    /// An `up` of everything, with a refresh.
    #[must_use]
    pub fn up(graph: &Graph) -> Self {
        Self {
            graph: graph.clone(),
            purpose: Purpose::Up,
            destroy: false,
            selection: Selection::default(),
            replace: Vec::new(),
            confirmed: Confirmed::default(),
            ignored: None,
            sets: BTreeMap::new(),
            refresh: true,
            continue_on_error: false,
            parallel: 0,
        }
    }

    /// A `destroy` of everything.
    #[must_use]
    pub fn destroy(stack: &str) -> Self {
        Self { destroy: true, ..Self::up(&Graph::new(stack, REGION)) }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// The machine came to its end; see the outcome.
    Over,
    /// The process died.
    Crashed,
    /// Ctrl-C before there was a plan.
    Interrupted,
    /// Open intents could not be settled; nothing else was done.
    Unsettled,
    /// There is no plan.
    Refused(Vec<PlanError>),
    /// The plan was not taken.
    Stale(Trouble),
    /// The state could not be read.
    Unreadable(String),
}

/// One run of a command.
#[derive(Debug, Clone)]
pub struct Run {
    /// How it ended.
    pub end: End,
    /// The plan.
    pub plan: Option<Plan>,
    /// How the settling of open intents ended, where there were any.
    pub recovery: Option<Outcome>,
    /// How the plan's execution ended.
    pub outcome: Option<Outcome>,
    /// What was reported.
    pub reports: Vec<Report>,
}

impl Run {
    /// Whether all that was planned was done.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.end == End::Over && self.outcome.as_ref().is_some_and(Outcome::succeeded)
    }

    /// Whether the process died.
    #[must_use]
    pub fn crashed(&self) -> bool {
        self.end == End::Crashed
    }

    /// What went wrong, for messages of failed tests.
    #[must_use]
    pub fn why(&self) -> String {
        let errors = self.outcome.iter().chain(&self.recovery).flat_map(|outcome| &outcome.errors);
        let errors: Vec<String> = errors.map(|(urn, trouble)| format!("{urn}: {trouble}")).collect();
        format!("{:?} {}", self.end, errors.join("; "))
    }
}

impl World {
    /// What `up` does with this program.
    pub fn up(&mut self, graph: &Graph) -> Run {
        self.run(&Ask { confirmed: self.confirmed.clone(), ..Ask::up(graph) })
    }

    /// What `destroy` does.
    pub fn destroy(&mut self) -> Run {
        self.run(&Ask::destroy(&self.stack.clone()))
    }

    /// The plan that `preview` shows; open intents stay open, and nothing is written.
    ///
    /// # Errors
    /// Why there is no plan.
    pub fn preview(&mut self, ask: &Ask) -> Result<Plan, Vec<PlanError>> {
        let before = self.store.bytes();
        let state = self.store.load().unwrap_or_else(|_| State::empty(&self.stack));
        self.watch = Watch { preview: true, ahead: self.ahead, ..Watch::default() };
        let entropy = self.entropy();
        let observed = if ask.refresh { self.refresh(&state, ask, 0) } else { Some(Observed::default()) };
        let observed = match observed {
            Some(observed) if ask.refresh => self.asked(&state, ask, observed, &entropy, 0),
            observed => observed,
        };
        let plan = self.plan_of(&state, ask, observed.as_ref(), &entropy);
        if self.store.bytes().0 != before.0 {
            self.violation("a preview wrote something".to_owned());
        }
        plan
    }

    /// Runs a command from the process's start to its end.
    pub fn run(&mut self, ask: &Ask) -> Run {
        self.runs += 1;
        self.reports.clear();
        self.watch = Watch { ahead: self.ahead, ..Watch::default() };
        self.say(|| format!("—— {} ——", if ask.destroy { "destroy" } else { "up" }));
        let mut run = Run { end: End::Over, plan: None, recovery: None, outcome: None, reports: Vec::new() };
        run.end = self.phases(ask, &mut run);
        run.reports = std::mem::take(&mut self.reports);
        self.say(|| run.why());
        run
    }

    fn phases(&mut self, ask: &Ask, run: &mut Run) -> End {
        let writer = self.store.open();
        let mut state = match self.store.load() {
            Ok(state) => state,
            Err(why) => {
                self.violation(format!("the state cannot be read: {why}"));
                return End::Unreadable(why);
            }
        };
        if let Some(bend) = &mut self.bend {
            bend.state(&mut state);
        }
        self.watch.bounds = Bounds::of(ask, &state);
        self.watch.began = self.now;
        if !state.intents.is_empty() {
            let settings = self.settings(ask, Phase::Recovery);
            let mut machine =
                Machine::recovery(state, Arc::clone(&self.registry), self.place.clone(), settings);
            if !self.drive(&mut machine, writer) {
                return End::Crashed;
            }
            run.recovery = machine.outcome(self.clock());
            state = machine.state().clone();
            if !run.recovery.as_ref().is_some_and(Outcome::succeeded) || !state.intents.is_empty() {
                return End::Unsettled;
            }
        }
        let entropy = self.entropy();
        let observed = if ask.refresh {
            let read = self.refresh(&state, ask, writer);
            match read.and_then(|read| self.asked(&state, ask, read, &entropy, writer)) {
                Some(observed) => Some(observed),
                None => return End::Crashed,
            }
        } else {
            None
        };
        if self.watch.interrupted {
            return End::Interrupted;
        }
        self.watch.read = ask.refresh;
        let mut plan = match self.plan_of(&state, ask, observed.as_ref(), &entropy) {
            Ok(plan) => plan,
            Err(errors) => {
                self.judge_errors(&errors, &state);
                return End::Refused(errors);
            }
        };
        self.judge_plan(&plan);
        self.decide_anew(&state);
        self.watch.plan = Some(plan.clone());
        run.plan = Some(plan.clone());
        if let Some(bend) = &mut self.bend {
            bend.plan(&mut plan, &state);
        }
        self.judge_grants(&plan, &state);
        self.execute(ask, plan, state, writer, run)
    }

    fn execute(&mut self, ask: &Ask, plan: Plan, state: State, writer: u64, run: &mut Run) -> End {
        let settings = self.settings(ask, Phase::Execution);
        let machine = Machine::new(plan, state, Arc::clone(&self.registry), self.place.clone(), settings);
        let mut machine = match machine {
            Ok(machine) => machine,
            Err(trouble) => return End::Stale(trouble),
        };
        if !self.drive(&mut machine, writer) {
            return End::Crashed;
        }
        run.outcome = machine.outcome(self.clock());
        if run.succeeded() && self.bend.is_none() && machine.state() != self.store.state() {
            self.violation("the machine's state is not the one on record".to_owned());
        }
        End::Over
    }

    /// Carries out a plan that was made before, as `up --plan` does.
    pub fn apply(&mut self, ask: &Ask, plan: &Plan) -> Run {
        self.reports.clear();
        self.watch = Watch { plan: Some(plan.clone()), ahead: self.ahead, ..Watch::default() };
        let mut run = Run {
            end: End::Over,
            plan: Some(plan.clone()),
            recovery: None,
            outcome: None,
            reports: Vec::new(),
        };
        let writer = self.store.open();
        run.end = match self.store.load() {
            Ok(state) => {
                self.watch.bounds = Bounds::of(ask, &state);
                self.watch.began = self.now;
                if state.serial == plan.serial {
                    self.decide_anew(&state);
                }
                let mut plan = plan.clone();
                if let Some(bend) = &mut self.bend {
                    bend.plan(&mut plan, &state);
                }
                self.execute(ask, plan, state, writer, &mut run)
            }
            Err(why) => End::Unreadable(why),
        };
        run.reports = std::mem::take(&mut self.reports);
        run
    }

    /// Reads what is on record; `None` where the process died.
    pub fn refresh(&mut self, state: &State, ask: &Ask, writer: u64) -> Option<Observed> {
        let selected = if ask.destroy {
            ask.selection.select_to_destroy(Some(&ask.graph), state).unwrap_or_default()
        } else {
            ask.selection.select(Some(&ask.graph), state).unwrap_or_default()
        };
        let pace = self.settings(ask, Phase::Refresh).pace;
        let mut machine =
            Refresh::new(state, &selected, Arc::clone(&self.registry), pace).at(self.clock(), state);
        if !ask.destroy {
            let again = ask.purpose == Purpose::Import;
            machine = machine.toward(&ask.graph);
            machine = machine.importing(&ask.graph, state, &selected, &self.place, again);
        }
        if !self.drive(&mut machine, writer) {
            return None;
        }
        let mut observed = machine.into_observed();
        observed.ignored.clone_from(&ask.ignored);
        if is_blank(state) {
            observed.strangers = self.strangers(state);
        }
        Some(observed)
    }

    /// Also looks for what stands where a draft creates something; `None` where the process died.
    fn asked(
        &mut self,
        state: &State,
        ask: &Ask,
        observed: Observed,
        entropy: &str,
        writer: u64,
    ) -> Option<Observed> {
        let Ok((draft, _)) = self.draft_of(state, ask, Some(&observed), entropy) else {
            return Some(observed);
        };
        let questions = questions(&draft, state, &self.registry);
        if questions.is_empty() || self.watch.interrupted {
            return Some(observed);
        }
        let pace = self.settings(ask, Phase::Refresh).pace;
        let clock = self.clock();
        let mut machine = Refresh::asking(questions, state, clock, Arc::clone(&self.registry), pace);
        self.drive(&mut machine, writer).then(|| observed.with(machine.into_observed()))
    }

    /// What carries the stack's tag and is not on record, as the tagging API lists it.
    fn strangers(&self, state: &State) -> Vec<Stranger> {
        let known = |object: &Object| {
            state.all_rows().any(|row| row.id == object.id && row.urn.type_name() == object.type_name)
        };
        let ours = self.cloud.standing().filter(|object| object.tag(STACK_TAG) == Some(&self.stack));
        let ours = ours.filter(|object| !known(object));
        ours.map(|object| Stranger {
            type_name: object.type_name.clone(),
            id: object.id.clone(),
            region: object.region.clone(),
        })
        .collect()
    }

    fn entropy(&self) -> String {
        format!("{}-{}", self.fingerprint, self.runs)
    }

    fn plan_of(
        &mut self,
        state: &State,
        ask: &Ask,
        observed: Option<&Observed>,
        entropy: &str,
    ) -> Result<Plan, Vec<PlanError>> {
        let (plan, refusals) = self.draft_of(state, ask, observed, entropy)?;
        if refusals.is_empty() { Ok(plan) } else { Err(refusals) }
    }

    fn draft_of(
        &mut self,
        state: &State,
        ask: &Ask,
        observed: Option<&Observed>,
        entropy: &str,
    ) -> Result<(Plan, Vec<PlanError>), Vec<PlanError>> {
        let mut ask = ask.clone();
        if let Some(bend) = &mut self.bend {
            bend.ask(&mut ask);
        }
        let graph = ask
            .graph
            .clone()
            .checked(&self.registry)
            .unwrap_or_else(|errors| panic!("a program of the simulator is sound: {errors:?}"));
        let input = PlanInput {
            graph: &graph,
            purpose: ask.purpose,
            state,
            serial: state.serial,
            registry: &self.registry,
            observed,
            selection: &ask.selection,
            replace: &ask.replace,
            confirmed: &ask.confirmed,
            sets: &ask.sets,
            place: &self.place,
            entropy,
        };
        if ask.destroy { Ok((plan_destroy(&input)?, Vec::new())) } else { draft(&input) }
    }

    fn settings(&self, ask: &Ask, phase: Phase) -> Settings {
        let lag_permille = self.bend.as_ref().map_or(1000, |bend| bend.lag_permille(phase));
        let poll_permille = self.bend.as_ref().map_or(1000, |bend| bend.poll_permille());
        Settings {
            parallel: ask.parallel,
            continue_on_error: ask.continue_on_error,
            pace: Pace { poll_permille, lag_permille },
            network_patience: Settings::NETWORK_PATIENCE,
            command: if ask.destroy { "destroy" } else { "up" }.to_owned(),
            who: "the simulator".to_owned(),
        }
    }
}
