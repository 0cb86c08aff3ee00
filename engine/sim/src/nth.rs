//! The n-th step: a mishap at every command of a run, and at every command of the run that recovers.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use finsight_engine::graph::Graph;
use finsight_engine::plan::Confirmed;
use finsight_engine::schema::Registry;
use finsight_engine::urn::UrnPattern;

use crate::cloud::{Knobs, REGION};
use crate::kept::{lost, to_be_kept};
use crate::rng::Rng;
use crate::world::{Ask, End, Mishap, World};

/// How thorough a sweep is.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// What goes wrong with the n-th command.
    pub mishaps: Vec<Mishap>,
    /// What goes wrong with the m-th command of the recovering run.
    pub again: Vec<Mishap>,
    /// At most this many commands of a recovering run are tried, spread evenly; `None` tries all.
    pub again_at_most: Option<u64>,
    /// Whether each recovering run meets one of `again`, in turn, rather than each of them.
    pub again_in_turn: bool,
    /// One life in so many meets a mishap while it recovers; 1 is every one.
    pub again_every: usize,
    /// At most this many commands of the run are tried with each mishap, spread evenly from a place that
    /// the seed chooses; `None` tries all.
    pub at_most: Option<u64>,
    /// What is confirmed by name.
    pub confirmed: Confirmed,
    /// What the run leaves alone. The goal is then not the program, but that what is to be kept is kept.
    pub exclude: Vec<UrnPattern>,
    /// Whether what is retained, protected or excluded is looked after, and nothing else is.
    pub keeps: bool,
    /// How the cloud behaves besides.
    pub knobs: Knobs,
    /// The seed.
    pub seed: u64,
}

impl Default for Sweep {
    fn default() -> Self {
        Self {
            mishaps: vec![
                Mishap::CrashBefore,
                Mishap::CrashAfter,
                Mishap::CrashInFlight,
                Mishap::AnswerLost,
                Mishap::LostBefore,
            ],
            again: vec![Mishap::CrashBefore, Mishap::CrashAfter, Mishap::AnswerLost],
            again_at_most: Some(3),
            again_in_turn: false,
            again_every: 1,
            at_most: None,
            confirmed: Confirmed::default(),
            exclude: Vec::new(),
            keeps: false,
            knobs: Knobs::natural(),
            seed: 1,
        }
    }
}

impl Sweep {
    /// Every pair of mishaps: for small programs.
    #[must_use]
    pub fn exhaustive() -> Self {
        Self { again_at_most: None, ..Self::default() }
    }
}

/// What a sweep has done and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Commands of the run without a mishap.
    pub commands: u64,
    /// How many of them were tried with each mishap.
    pub tried: u64,
    /// Lives lived to their end.
    pub lives: u64,
    /// Processes that died.
    pub crashes: u64,
    /// Whether the run was refused, with nothing changed.
    pub refused: bool,
    /// What went wrong, and in which life.
    pub broken: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} commands, {} lives, {} crashes",
            self.tried, self.commands, self.lives, self.crashes
        )?;
        for broken in &self.broken {
            write!(f, "\n{broken}")?;
        }
        Ok(())
    }
}

/// Tries every mishap at every command of the run that leads from `before` to
/// `after`, and again at the commands of the run after it; then two runs
/// without faults must reach `after`, and a third must have nothing to do.
///
/// `before: None` starts from nothing, `after: None` destroys. The lives are
/// shared out over the machine's cores; what they come to does not depend on that.
#[must_use]
pub fn nth_step(
    registry: &Arc<Registry>,
    before: Option<&Graph>,
    after: Option<&Graph>,
    sweep: &Sweep,
) -> Report {
    let base = base(registry, before, after, sweep);
    let mut report = Report::default();
    if !base.violations.is_empty() {
        report.broken.push(format!("before any mishap: {}", base.violations.join("; ")));
        return report;
    }
    let mut ask = ask(&base, before, after);
    ask.selection.exclude.clone_from(&sweep.exclude);
    let keep = sweep.keeps.then(|| to_be_kept(&base, &ask));
    let goal = Goal { ask, after: after.cloned(), keep };
    let mut whole = base.fork();
    let start = whole.commands;
    let changes = whole.cloud.log.len();
    let run = whole.run(&goal.ask);
    report.commands = whole.commands - start;
    if sweep.keeps && matches!(run.end, End::Refused(_)) {
        report.refused = whole.cloud.log.len() == changes;
        return report;
    }
    goal.judge(whole, "without a mishap", &mut report);
    drop(base);
    let lives = lives(sweep, &mut report);
    let next = AtomicUsize::new(0);
    let total = Mutex::new(report);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get).min(lives.len()) {
            scope.spawn(|| {
                // A world stays on its thread; the same seed makes the same one on each.
                let base = self::base(registry, before, after, sweep);
                let mut report = Report::default();
                while let Some((number, (mishap, nth))) = next_of(&lives, &next) {
                    live(&base, &goal, sweep, number, mishap, nth, &mut report);
                }
                total.lock().unwrap_or_else(PoisonError::into_inner).add(report);
            });
        }
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The world in which the run begins.
fn base(registry: &Arc<Registry>, before: Option<&Graph>, after: Option<&Graph>, sweep: &Sweep) -> World {
    let mut base = World::new(Arc::clone(registry), sweep.seed);
    if let Some(graph) = after.or(before) {
        base.rename(&graph.stack);
    }
    base.cloud.knobs = sweep.knobs.clone();
    base.confirmed.clone_from(&sweep.confirmed);
    if let Some(before) = before {
        base.settle_down(before);
    }
    base
}

/// Which mishap comes at which command.
fn lives(sweep: &Sweep, report: &mut Report) -> Vec<(Mishap, u64)> {
    let commands = report.commands;
    report.tried = sweep.at_most.unwrap_or(commands).min(commands);
    let mut places = Rng::new(sweep.seed);
    let mut lives = Vec::new();
    for mishap in &sweep.mishaps {
        // Another place to begin for each mishap: together they try more of the commands.
        let first = if report.tried == commands { 0 } else { places.below(commands) };
        lives.extend(
            (0..report.tried).map(|step| (*mishap, 1 + (first + step * commands / report.tried) % commands)),
        );
    }
    lives
}

fn next_of(lives: &[(Mishap, u64)], next: &AtomicUsize) -> Option<(usize, (Mishap, u64))> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    Some((number, *lives.get(number)?))
}

/// One mishap at one command, and what comes after it.
fn live(
    base: &World,
    goal: &Goal,
    sweep: &Sweep,
    number: usize,
    mishap: Mishap,
    nth: u64,
    report: &mut Report,
) {
    let mut world = base.fork();
    world.mishap_in(nth, mishap);
    let run = world.run(&goal.ask);
    world.no_more_mishaps();
    report.crashes += u64::from(run.crashed());
    let name = format!("{mishap:?} at {nth}");
    again(&world, goal, sweep, (number, &name), report);
    goal.judge(world, &name, report);
}

/// Tries mishaps at the commands of the run that recovers.
fn again(world: &World, goal: &Goal, sweep: &Sweep, (number, name): (usize, &str), report: &mut Report) {
    if sweep.again.is_empty() || !number.is_multiple_of(sweep.again_every) {
        return;
    }
    let mut whole = world.fork();
    let start = whole.commands;
    whole.run(&goal.ask);
    let commands = whole.commands - start;
    let tried = sweep.again_at_most.unwrap_or(commands).min(commands);
    let turn = number / sweep.again_every % sweep.again.len();
    let mishaps = if sweep.again_in_turn { &sweep.again[turn..=turn] } else { &sweep.again };
    for (kind, mishap) in mishaps.iter().enumerate() {
        // Spread over the run, and from another place in every life.
        let mut places = Rng::new(sweep.seed ^ ((number * sweep.again.len() + kind) as u64).rotate_left(32));
        let first = if tried == commands { 0 } else { places.below(commands) };
        for step in 0..tried {
            let nth = 1 + (first + step * commands / tried) % commands;
            let mut world = world.fork();
            world.mishap_in(nth, *mishap);
            let run = world.run(&goal.ask);
            world.no_more_mishaps();
            report.crashes += u64::from(run.crashed());
            goal.judge(world, &format!("{name}, then {mishap:?} at {nth}"), report);
        }
    }
}

impl Report {
    fn add(&mut self, other: Self) {
        self.lives += other.lives;
        self.crashes += other.crashes;
        self.broken.extend(other.broken);
        self.broken.sort();
        self.broken.truncate(20);
    }
}

struct Goal {
    ask: Ask,
    after: Option<Graph>,
    /// What must stand at the end, where that is all that counts.
    keep: Option<BTreeMap<u64, String>>,
}

impl Goal {
    fn judge(&self, mut world: World, name: &str, report: &mut Report) {
        report.lives += 1;
        match (&self.keep, &self.after) {
            (Some(keep), _) => {
                let run = world.run(&self.ask);
                if !run.succeeded() {
                    world.violation(format!("the run without a mishap ended so: {}", run.why()));
                }
                for what in lost(&world, keep) {
                    world.violation(what);
                }
            }
            (None, Some(graph)) => world.settle_down(graph),
            (None, None) => world.tear_down(),
        }
        if !world.violations.is_empty() && report.broken.len() < 20 {
            report.broken.push(format!("{name}: {}", world.violations.join("; ")));
        }
    }
}

fn ask(world: &World, before: Option<&Graph>, after: Option<&Graph>) -> Ask {
    match after {
        Some(graph) => Ask { confirmed: world.confirmed.clone(), ..Ask::up(graph) },
        None => {
            let graph = before.cloned().unwrap_or_else(|| Graph::new(&world.stack, REGION));
            Ask { graph, confirmed: world.confirmed.clone(), ..Ask::destroy(&world.stack) }
        }
    }
}

/// The story of one life of a sweep: how to look at what [`nth_step`] has found.
#[must_use]
pub fn story(
    registry: &Arc<Registry>,
    before: Option<&Graph>,
    after: Option<&Graph>,
    sweep: &Sweep,
    mishaps: &[(Mishap, u64)],
) -> Vec<String> {
    let mut world = base(registry, before, after, sweep);
    world.tell = true;
    let ask = ask(&world, before, after);
    for (mishap, nth) in mishaps {
        world.mishap_in(*nth, *mishap);
        world.run(&ask);
        world.no_more_mishaps();
    }
    match after {
        Some(graph) => world.settle_down(graph),
        None => world.tear_down(),
    }
    let mut story = world.story;
    story.extend(world.violations);
    story
}
