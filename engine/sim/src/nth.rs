//! The n-th step: a mishap at every command of a run, and at every command of the run that recovers.

use std::fmt;
use std::sync::Arc;

use finsight_engine::graph::Graph;
use finsight_engine::schema::Registry;

use crate::cloud::{Knobs, REGION};
use crate::world::{Ask, Mishap, World};

/// How thorough a sweep is.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// What goes wrong with the n-th command.
    pub mishaps: Vec<Mishap>,
    /// What goes wrong with the m-th command of the recovering run.
    pub again: Vec<Mishap>,
    /// At most this many commands of a recovering run are tried, spread evenly; `None` tries all.
    pub again_at_most: Option<u64>,
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
    /// Lives lived to their end.
    pub lives: u64,
    /// Processes that died.
    pub crashes: u64,
    /// What went wrong, and in which life.
    pub broken: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} commands, {} lives, {} crashes", self.commands, self.lives, self.crashes)?;
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
/// `before: None` starts from nothing, `after: None` destroys.
#[must_use]
pub fn nth_step(
    registry: &Arc<Registry>,
    before: Option<&Graph>,
    after: Option<&Graph>,
    sweep: &Sweep,
) -> Report {
    let mut base = World::new(Arc::clone(registry), sweep.seed);
    if let Some(graph) = after.or(before) {
        base.rename(&graph.stack);
    }
    base.cloud.knobs = sweep.knobs.clone();
    let mut report = Report::default();
    if let Some(before) = before {
        base.settle_down(before);
        if !base.violations.is_empty() {
            report.broken.push(format!("before any mishap: {}", base.violations.join("; ")));
            return report;
        }
    }
    let goal = Goal { ask: ask(&base, after), after: after.cloned() };
    let mut whole = base.fork();
    let start = whole.commands;
    whole.run(&goal.ask);
    report.commands = whole.commands - start;
    goal.judge(whole, "without a mishap", &mut report);
    for mishap in &sweep.mishaps {
        for nth in 1..=report.commands {
            let mut world = base.fork();
            world.mishap_in(nth, *mishap);
            let run = world.run(&goal.ask);
            world.no_more_mishaps();
            report.crashes += u64::from(run.crashed());
            let name = format!("{mishap:?} at {nth}");
            again(&world, &goal, sweep, &name, &mut report);
            goal.judge(world, &name, &mut report);
        }
    }
    report
}

/// Tries mishaps at the commands of the run that recovers.
fn again(world: &World, goal: &Goal, sweep: &Sweep, name: &str, report: &mut Report) {
    if sweep.again.is_empty() {
        return;
    }
    let mut whole = world.fork();
    let start = whole.commands;
    whole.run(&goal.ask);
    let commands = whole.commands - start;
    let tried = sweep.again_at_most.unwrap_or(commands).min(commands);
    for mishap in &sweep.again {
        for step in 0..tried {
            // Spread over the run, and another offset at every first command.
            let nth = if tried == commands {
                step + 1
            } else {
                1 + (step * commands / tried + report.lives) % commands
            };
            let mut world = world.fork();
            world.mishap_in(nth, *mishap);
            let run = world.run(&goal.ask);
            world.no_more_mishaps();
            report.crashes += u64::from(run.crashed());
            goal.judge(world, &format!("{name}, then {mishap:?} at {nth}"), report);
        }
    }
}

struct Goal {
    ask: Ask,
    after: Option<Graph>,
}

impl Goal {
    fn judge(&self, mut world: World, name: &str, report: &mut Report) {
        report.lives += 1;
        match &self.after {
            Some(graph) => world.settle_down(graph),
            None => world.tear_down(),
        }
        if !world.violations.is_empty() && report.broken.len() < 20 {
            report.broken.push(format!("{name}: {}", world.violations.join("; ")));
        }
    }
}

fn ask(world: &World, after: Option<&Graph>) -> Ask {
    match after {
        Some(graph) => Ask::up(graph),
        None => Ask { graph: Graph::new(&world.stack, REGION), ..Ask::destroy(&world.stack) },
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
    let mut world = World::new(Arc::clone(registry), sweep.seed);
    if let Some(graph) = after.or(before) {
        world.rename(&graph.stack);
    }
    world.cloud.knobs = sweep.knobs.clone();
    if let Some(before) = before {
        world.settle_down(before);
    }
    world.tell = true;
    let ask = ask(&world, after);
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
