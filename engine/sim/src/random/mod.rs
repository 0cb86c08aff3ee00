//! Random lives in two phases: with faults nothing unsafe happens, without
//! them everything is reached.

mod command;
mod design;
mod people;
mod vocabulary;

use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use finsight_engine::exec::Outcome;
use finsight_engine::plan::{Confirmed, PlanError};

pub use design::Design;
pub use vocabulary::{Link, Vocabulary, literal};

use command::{between, by_hand, command, protect, trouble, weather};
use people::{import, meddle};

use crate::hardship::Hardship;
use crate::rng::Rng;
use crate::world::{Ask, Bend, Chaos, End, World};

/// A life that was lived.
pub struct Life {
    /// The world at its end.
    pub world: World,
    /// The rules that were broken; empty in a sound engine.
    pub broken: Vec<String>,
}

/// Lives the life of a seed.
#[must_use]
pub fn live(vocabulary: &Vocabulary, seed: u64) -> Life {
    live_with(vocabulary, seed, None, false)
}

/// Lives the life of a seed with a bent engine, and keeps its story if asked to.
#[must_use]
pub fn live_with(vocabulary: &Vocabulary, seed: u64, bend: Option<Box<dyn Bend>>, tell: bool) -> Life {
    let mut rng = Rng::new(seed ^ 0x11FE);
    let mut world = World::new(std::sync::Arc::clone(&vocabulary.registry), seed);
    world.tell = tell;
    world.bend = bend;
    world.hardships.clone_from(&vocabulary.hardships);
    world.cloud.holds = vocabulary.holds(Hardship::Users);
    let largest = 2 + usize::try_from(rng.below(9)).unwrap_or(0);
    let mut design = Design::new(vocabulary.clone(), largest);
    for _ in 0..largest * 2 {
        design.change(&mut rng);
    }
    let rounds = 1 + rng.below(5);
    for round in 0..rounds {
        world.cloud.knobs = weather(vocabulary, &mut rng);
        world.chaos = trouble(&mut rng);
        round_of(&mut world, &mut design, &mut rng, round);
        if !world.violations.is_empty() {
            let broken = world.violations.clone();
            return Life { world, broken };
        }
    }
    calm_down(&mut world, &mut design, &mut rng);
    let broken = world.violations.clone();
    Life { world, broken }
}

/// What many lives have come to.
#[derive(Debug, Clone, Default)]
pub struct Lives {
    /// Lives lived.
    pub lives: u64,
    /// Commands carried out in all of them.
    pub commands: u64,
    /// What was broken, by seed.
    pub broken: Vec<(u64, Vec<String>)>,
}

/// Broken lives after which no more are lived.
const ENOUGH: usize = 10;

/// Lives the lives of these seeds on all cores.
#[must_use]
pub fn live_all(vocabulary: &Vocabulary, seeds: Range<u64>) -> Lives {
    let next = AtomicU64::new(seeds.start);
    let total = Mutex::new(Lives::default());
    let worker = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            let life = live(vocabulary, seed);
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            total.lives += 1;
            total.commands += life.world.commands;
            if !life.broken.is_empty() {
                total.broken.push((seed, life.broken));
            }
            if total.broken.len() >= ENOUGH {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(worker);
        }
    });
    let mut lives = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    lives.broken.sort();
    lives
}

impl Lives {
    /// What was broken, one life a line.
    #[must_use]
    pub fn why(&self) -> String {
        let lines: Vec<String> = self
            .broken
            .iter()
            .map(|(seed, broken)| format!("seed {seed}: {}", broken.join("\n    ")))
            .collect();
        lines.join("\n")
    }
}

/// One round of the first phase: the program changes, a command runs, someone meddles.
fn round_of(world: &mut World, design: &mut Design, rng: &mut Rng, round: u64) {
    for _ in 0..rng.below(4) {
        design.change(rng);
    }
    let imports = if world.holds(Hardship::Imports) { 300 } else { 100 };
    if rng.chance(imports) {
        import(world, design, rng);
    }
    for _ in 0..rng.below(3) {
        meddle(world, design, rng);
    }
    if rng.chance(80) {
        let urns = design.urns();
        protect(world, |row| rng.pick(&urns) == Some(&row.urn) || row.locked);
    }
    let ask = command(world, design, rng);
    between(world, design, rng);
    if rng.chance(150)
        && let Ok(plan) = world.preview(&ask)
    {
        // A plan that was saved, and applied when the state may have moved on.
        if rng.chance(500) {
            world.run(&Ask::up(&design.graph()));
        }
        let serial = world.store.state().serial;
        let run = world.apply(&ask, &plan);
        if plan.serial != serial && !matches!(run.end, End::Stale(_)) {
            world.violation("a stale plan was taken".to_owned());
        }
    }
    let run = world.run(&ask);
    if let End::Refused(errors) = &run.end {
        judge_refusal(world, errors);
    }
    if let Some(Outcome { store_failed: Some(why), .. }) = &run.outcome
        && why.contains("refused:")
    {
        world.violation(format!("round {round}: {why}"));
    }
    world.no_more_between();
    if rng.chance(300) {
        design.untwin();
    }
    world.advance(1_000 + rng.below(90_000));
}

/// A circle is a dead end: the next run would find it again.
fn judge_refusal(world: &mut World, errors: &[PlanError]) {
    for error in errors {
        // Two that swap what a change in place takes do so in two runs.
        let swap = matches!(error, PlanError::Circle { .. }) && world.holds(Hardship::Claims);
        if !swap
            && matches!(
                error,
                PlanError::Circle { .. } | PlanError::UnknownType { .. } | PlanError::Expression { .. }
            )
        {
            world.violation(format!("dead end: {error}"));
        }
    }
}

/// What a user does where the plan says that it cannot be done at once: what holds the way is taken out of
/// the program, and put back later.
fn make_way(world: &mut World, design: &mut Design) {
    for _ in 0..4 {
        let End::Refused(errors) = world.up(&design.graph()).end else { return };
        judge_refusal(world, &errors);
        let in_the_way = errors.iter().filter_map(|error| match error {
            PlanError::Held { holder, .. } | PlanError::ClaimTaken { holder, .. } => Some(holder.clone()),
            _ => None,
        });
        let rest = design.without(&in_the_way.collect());
        // What is taken out is to go, whatever was said of it before.
        by_hand(world, &rest.graph());
        world.up(&rest.graph());
        let claims =
            |error: &PlanError| matches!(error, PlanError::Circle { .. } | PlanError::ClaimTaken { .. });
        if errors.iter().any(claims) {
            design.unclaim();
        }
    }
}

/// The second phase: no faults any more, and the wish must be reached.
fn calm_down(world: &mut World, design: &mut Design, rng: &mut Rng) {
    world.cloud.knobs = command::calm(design.vocabulary());
    world.chaos = Chaos::default();
    world.no_more_mishaps();
    design.relax(&world.taken_in);
    let pause = world.longest_lag();
    world.advance(pause);
    command::heal(world, &design.graph());
    // Until now nobody has confirmed that what holds data is replaced, or made anew where it is gone.
    let mut names: Vec<String> = design.urns().iter().map(ToString::to_string).collect();
    names.extend(world.store.state().all_rows().map(|row| row.id.clone()));
    // What may have been made counts as well.
    names.extend(world.store.state().intents.values().map(|intent| intent.urn.to_string()));
    world.confirmed = Confirmed::all(names);
    world.run(&Ask { refresh: false, ..Ask::up(&design.graph()) });
    // What recovery has found is on record now, with the options that it was made with.
    by_hand(world, &design.graph());
    make_way(world, design);
    let graph = design.graph();
    world.settle_down(&graph);
    if world.violations.is_empty() && rng.chance(500) {
        world.tear_down();
    }
}
