//! Small lives with a kill at every record: what is retained, protected or excluded is never deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use finsight_engine::graph::Graph;
use finsight_engine::plan::Confirmed;
use finsight_engine::state::Entry;
use finsight_engine::urn::UrnPattern;

use crate::cloud::Knobs;
use crate::random::{Design, Vocabulary};
use crate::rng::Rng;
use crate::world::{Ask, Bend, Mishap, World};

/// Makes a broken engine for a life.
pub type Bent<'a> = Option<&'a (dyn Fn() -> Box<dyn Bend> + Sync)>;

/// What many lives have come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lives lived.
    pub lives: u64,
    /// Runs that were killed.
    pub kills: u64,
    /// Resources that were to be kept, over all lives.
    pub kept: u64,
    /// Resources that were deleted, over all lives: not everything is kept.
    pub deleted: u64,
    /// What was broken, and in which life.
    pub broken: Vec<String>,
    /// The seed from which the lives go on.
    pub next: u64,
}

impl Tally {
    /// The tally with that of further lives.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.lives += more.lives;
        self.kills += more.kills;
        self.kept += more.kept;
        self.deleted += more.deleted;
        self.broken.extend(more.broken);
        self.next = more.next;
        self
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lives, kills, kept, deleted, .. } = self;
        write!(f, "{lives} lives, {kills} kills, {kept} resources to be kept, {deleted} deleted")?;
        self.broken.iter().try_for_each(|broken| write!(f, "\n{broken}"))
    }
}

/// Lives at least so many lives from this seed on, on all cores.
#[must_use]
pub fn kept(vocabulary: &Vocabulary, first: u64, lives: u64, bent: Bent<'_>) -> Tally {
    let next = AtomicU64::new(first);
    let total = Mutex::new(Tally::default());
    let worker = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let tally = kept_of(vocabulary, seed, bent);
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            *total = std::mem::take(&mut *total).and(tally);
            if total.lives >= lives || total.broken.len() >= 10 {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(worker);
        }
    });
    let mut tally = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.broken.sort();
    tally.next = next.into_inner();
    tally
}

/// A kill before and after every record of one run of a small random program, and a run after each.
#[must_use]
pub fn kept_of(vocabulary: &Vocabulary, seed: u64, bent: Bent<'_>) -> Tally {
    lives_of(vocabulary, seed, bent, false).0
}

fn lives_of(vocabulary: &Vocabulary, seed: u64, bent: Bent<'_>, tell: bool) -> (Tally, Vec<String>) {
    let mut rng = Rng::new(seed ^ 0x4EE9);
    let mut tally = Tally::default();
    let (mut base, mut design) = begin(vocabulary, seed, &mut rng);
    if !base.violations.is_empty() {
        tally.broken.push(format!("seed {seed}, before any kill: {}", base.violations.join("; ")));
        return (tally, base.story);
    }
    base.tell = tell;
    for _ in 0..1 + rng.below(4) {
        design.change(&mut rng);
    }
    let ask = draw(&mut base, &design, &mut rng);
    let keep = to_be_kept(&base, &ask);
    let mut whole = fork(&base, bent);
    whole.run(&ask);
    judge(&whole, &keep, &format!("seed {seed}, no kill"), &mut tally);
    let mut story = whole.story.clone();
    for record in whole.records.clone() {
        for mishap in [Mishap::CrashBefore, Mishap::CrashAfter] {
            let sound = tally.broken.is_empty();
            let mut world = fork(&base, bent);
            world.mishap_in(record - base.commands, mishap);
            tally.kills += u64::from(world.run(&ask).crashed());
            world.no_more_mishaps();
            world.run(&ask);
            let name = format!("seed {seed}, {mishap:?} at record {}", record - base.commands);
            judge(&world, &keep, &name, &mut tally);
            // What was decided holds, whatever the program says next.
            let mut next = design.clone();
            next.draw_options(&mut rng);
            next.change(&mut rng);
            world.run(&Ask { confirmed: ask.confirmed.clone(), ..Ask::up(&next.graph()) });
            if !world.violations.is_empty() && tally.broken.is_empty() {
                tally.broken.push(format!("{name}, then another program: {}", world.violations.join("; ")));
            }
            tally.deleted += gone(&base, &world);
            if sound && !tally.broken.is_empty() {
                story = std::mem::take(&mut world.story);
            }
        }
    }
    story.extend(tally.broken.clone());
    (tally, story)
}

/// The story of the first life of a seed that breaks a rule, or of the one without a kill.
#[must_use]
pub fn story(vocabulary: &Vocabulary, seed: u64) -> Vec<String> {
    lives_of(vocabulary, seed, None, true).1
}

/// A small program that stands.
fn begin(vocabulary: &Vocabulary, seed: u64, rng: &mut Rng) -> (World, Design) {
    let mut world = World::new(Arc::clone(&vocabulary.registry), seed);
    world.hardships.clone_from(&vocabulary.hardships);
    world.cloud.holds = vocabulary.holds(crate::Hardship::Users);
    if rng.chance(300) {
        world.cloud.knobs = Knobs::natural();
    }
    let mut design = Design::new(vocabulary.clone(), 2 + usize::try_from(rng.below(4)).unwrap_or(0));
    for _ in 0..10 {
        design.change(rng);
    }
    design.relax(&BTreeSet::new());
    design.draw_options(rng);
    let run = world.up(&design.graph());
    if !run.succeeded() {
        world.violation(format!("what was to stand does not: {}", run.why()));
    }
    let pause = world.longest_lag();
    world.advance(pause);
    (world, design)
}

/// What the run is asked, with locks, exclusions and replacements drawn at random.
fn draw(world: &mut World, design: &Design, rng: &mut Rng) -> Ask {
    let graph = design.graph();
    let mut ask = Ask { destroy: rng.chance(250), ..Ask::up(&graph) };
    ask.refresh = rng.chance(700);
    ask.parallel = usize::try_from(rng.below(3)).unwrap_or(0);
    ask.continue_on_error = rng.chance(500);
    let rows: Vec<_> = world.store.state().rows.values().cloned().collect();
    ask.confirmed = Confirmed::all(rows.iter().map(|row| row.urn.to_string()));
    let word = |row: &finsight_engine::state::Row| UrnPattern::new(row.urn.as_str());
    if rng.chance(400) {
        ask.selection.exclude.extend(rng.pick(&rows).map(word));
    }
    if rng.chance(400) {
        ask.replace.extend(rng.pick(&rows).map(word));
    }
    if rng.chance(200)
        && let Some(row) = rng.pick(&rows)
    {
        let mut row = row.clone();
        row.locked = true;
        let writer = world.store.open();
        if let Err(why) = world.store.append(writer, &[Entry::RowPut { row: Box::new(row) }]) {
            world.violation(why);
        }
    }
    ask
}

fn fork(base: &World, bent: Bent<'_>) -> World {
    let mut world = base.fork();
    world.bend = bent.map(|make| make());
    world
}

/// The objects that the run must let stand, each with the reason: by the record and the program alone.
pub(crate) fn to_be_kept(world: &World, ask: &Ask) -> BTreeMap<u64, String> {
    let state = world.store.state();
    let wanted = if ask.destroy { &Graph::default() } else { &ask.graph };
    let mut kept = BTreeMap::new();
    for row in state.rows.values() {
        let moved = |node: &&finsight_engine::graph::Node| node.options.moved_from.contains(&row.urn);
        let node = wanted.nodes.get(&row.urn).or_else(|| wanted.nodes.values().find(moved));
        let says = |on_record: bool, declared: Option<bool>| declared.unwrap_or(on_record);
        let retained = says(row.options.retain_on_delete, node.map(|node| node.options.retain_on_delete));
        let protected = row.options.protect && node.is_none_or(|node| node.options.protect);
        let why = match () {
            () if row.locked => "locked",
            () if protected => "protected",
            () if retained => "retained",
            () if ask.selection.exclude.iter().any(|pattern| pattern.matches(&row.urn)) => "excluded",
            () => continue,
        };
        let is = |o: &&crate::cloud::Object| {
            o.stands() && o.type_name == row.urn.type_name() && o.region == row.region
        };
        let stands = world.cloud.with_id(&row.id).find(is);
        if let Some(object) = stands {
            kept.insert(object.number, format!("{} ({why})", row.urn));
        }
    }
    kept
}

fn judge(world: &World, keep: &BTreeMap<u64, String>, name: &str, tally: &mut Tally) {
    tally.lives += 1;
    tally.kept += keep.len() as u64;
    let mut broken = world.violations.clone();
    broken.extend(lost(world, keep));
    if !broken.is_empty() && tally.broken.is_empty() {
        tally.broken.push(format!("{name}: {}", broken.join("; ")));
    }
}

/// What was to be kept and does not stand.
pub(crate) fn lost(world: &World, keep: &BTreeMap<u64, String>) -> Vec<String> {
    let standing: BTreeSet<u64> = world.cloud.standing().map(|object| object.number).collect();
    let lost = keep.iter().filter(|(number, _)| !standing.contains(number));
    // What stands in a parent by nature goes with it.
    let lost = lost.filter(|(number, _)| world.cloud.objects().any(|o| o.number == **number && !o.adopted));
    lost.map(|(_, what)| format!("{what} was deleted")).collect()
}

fn gone(base: &World, world: &World) -> u64 {
    let standing: BTreeSet<u64> = world.cloud.standing().map(|object| object.number).collect();
    base.cloud.standing().filter(|object| !standing.contains(&object.number)).count() as u64
}
