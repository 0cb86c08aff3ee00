//! Random lives in two phases: with faults nothing unsafe happens, without
//! them everything is reached.

mod design;
mod vocabulary;

use finsight_engine::contract::STACK_TAG;
use finsight_engine::exec::Outcome;
use finsight_engine::plan::PlanError;
use finsight_engine::state::{Entry, Row};
use finsight_engine::urn::UrnPattern;
use finsight_engine::value::{Map, Value};

pub use design::Design;
pub use vocabulary::{Link, Vocabulary, literal};

use crate::cloud::{Knobs, REGION};
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
    let largest = 2 + usize::try_from(rng.below(9)).unwrap_or(0);
    let mut design = Design::new(vocabulary.clone(), largest);
    for _ in 0..largest * 2 {
        design.change(&mut rng);
    }
    let rounds = 1 + rng.below(5);
    for round in 0..rounds {
        world.cloud.knobs = weather(&mut rng);
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

/// One round of the first phase: the program changes, a command runs, someone meddles.
fn round_of(world: &mut World, design: &mut Design, rng: &mut Rng, round: u64) {
    for _ in 0..rng.below(4) {
        design.change(rng);
    }
    if rng.chance(100) {
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
    world.advance(1_000 + rng.below(90_000));
}

/// A circle is a dead end: the next run would find it again.
fn judge_refusal(world: &mut World, errors: &[PlanError]) {
    for error in errors {
        if matches!(
            error,
            PlanError::Circle { .. } | PlanError::UnknownType { .. } | PlanError::Expression { .. }
        ) {
            world.violation(format!("dead end: {error}"));
        }
    }
}

fn command(world: &World, design: &Design, rng: &mut Rng) -> Ask {
    let mut ask = if rng.chance(120) { Ask::destroy(&world.stack) } else { Ask::up(&design.graph()) };
    let urns = design.urns();
    if rng.chance(120)
        && let Some(urn) = rng.pick(&urns)
    {
        ask.selection.target.push(UrnPattern::new(urn.as_str()));
        ask.selection.target_dependents = rng.chance(500);
    }
    if rng.chance(120)
        && let Some(urn) = rng.pick(&urns)
    {
        ask.replace.push(UrnPattern::new(urn.as_str()));
    }
    ask.refresh = !rng.chance(200);
    ask.continue_on_error = rng.chance(400);
    ask.parallel = usize::try_from(rng.below(4)).unwrap_or(0);
    ask
}

fn weather(rng: &mut Rng) -> Knobs {
    match rng.below(4) {
        0 => Knobs::natural(),
        1 => Knobs { lost_after: 300, in_flight: 150, lag: 600, ..Knobs::natural() },
        _ => Knobs::stormy(),
    }
}

fn trouble(rng: &mut Rng) -> Chaos {
    match rng.below(4) {
        0 => Chaos::default(),
        1 => Chaos { crash: 60, ..Chaos::default() },
        2 => Chaos { store: 30, interrupt: 10, crash: 10 },
        _ => Chaos { crash: 20, store: 10, interrupt: 10 },
    }
}

/// Someone else does something in the account.
fn meddle(world: &mut World, design: &Design, rng: &mut Rng) {
    let now = world.now;
    let numbers: Vec<u64> = world.cloud.standing().map(|object| object.number).collect();
    let Some(number) = rng.pick(&numbers).copied() else { return };
    match rng.below(6) {
        5 => squat(world, design.vocabulary(), rng),
        0 => drop(world.cloud.someone_deletes(now, number)),
        1 => drop(world.cloud.someone_tags(now, number)),
        2 | 3 => {
            let from = usize::try_from(rng.below(8)).unwrap_or(0);
            drop(world.cloud.someone_changes(now, number, from));
        }
        _ => foreign(world, design, rng),
    }
}

/// Someone makes a resource that uses one of ours: ours cannot be deleted then.
fn squat(world: &mut World, vocabulary: &Vocabulary, rng: &mut Rng) {
    let Some(link) = rng.pick(&vocabulary.links) else { return };
    let used = world.cloud.standing().find(|object| object.type_name == link.to && object.owner.is_some());
    let (Some(used), Some(spec)) = (used.map(|object| object.id.clone()), vocabulary.registry.get(link.from))
    else {
        return;
    };
    let mut properties: Map = spec
        .properties
        .iter()
        .filter(|property| property.required)
        .filter_map(|property| {
            let value = literal(spec, property, 999, rng.below(100));
            Some((property.name.to_owned(), crate::cloud::in_clear(&value)?))
        })
        .collect();
    properties.insert(link.property.to_owned(), Value::Text(used));
    let now = world.now;
    let _ = world.cloud.someone_makes(now, spec, REGION, properties);
}

/// Someone makes a resource with a name that the program wants.
fn foreign(world: &mut World, design: &Design, rng: &mut Rng) {
    let graph = design.graph();
    let nodes: Vec<&finsight_engine::graph::Node> = graph.nodes.values().collect();
    let Some(node) = rng.pick(&nodes) else { return };
    let plain = node.inputs.values().all(|value| !value.any(&|value| matches!(value, Value::Expr(_))));
    let registry = std::sync::Arc::clone(&world.registry);
    if let (true, Some(spec)) = (plain, registry.get(node.urn.type_name())) {
        let mut properties: Map = node
            .inputs
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), crate::cloud::in_clear(value)?)))
            .collect();
        if spec.taggable() && rng.chance(500) {
            let tags = Map::from([(STACK_TAG.to_owned(), Value::text("another"))]);
            properties.insert("tags".to_owned(), Value::Map(tags));
        }
        let now = world.now;
        let _ = world.cloud.someone_makes(now, spec, REGION, properties);
    }
}

/// Someone makes a resource, and the program takes it under management.
fn import(world: &mut World, design: &mut Design, rng: &mut Rng) {
    let id = format!("imported-{}", rng.below(1_000_000));
    let before = design.clone();
    let Some((type_name, inputs)) = design.import(rng, &id) else { return };
    let registry = std::sync::Arc::clone(&world.registry);
    let Some(spec) = registry.get(type_name) else { return };
    let properties = inputs
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), crate::cloud::in_clear(value)?)))
        .collect();
    let now = world.now;
    if world.cloud.someone_makes_as(now, spec, REGION, &id, properties).is_none() {
        *design = before;
    } else {
        world.imported.insert(id);
    }
}

/// The second phase: no faults any more, and the wish must be reached.
fn calm_down(world: &mut World, design: &mut Design, rng: &mut Rng) {
    world.cloud.knobs = Knobs::natural();
    world.chaos = Chaos::default();
    world.no_more_mishaps();
    design.relax();
    let pause = world.longest_lag();
    world.advance(pause);
    world.cloud.heal(world.now, &world.imported);
    let graph = design.graph();
    if let End::Refused(errors) = world.run(&Ask { refresh: false, ..Ask::up(&graph) }).end {
        judge_refusal(world, &errors);
    }
    // What recovery has found is on record now, with the options that it was made with.
    protect(world, |_| false);
    // Until now nobody has confirmed that what holds data is replaced.
    world.confirmed = graph.nodes.keys().map(ToString::to_string).collect();
    world.settle_down(&graph);
    if world.violations.is_empty() && rng.chance(500) {
        world.tear_down();
    }
}

/// `state protect` and `state unprotect`: by hand, whatever the program says.
fn protect(world: &mut World, mut wanted: impl FnMut(&Row) -> bool) {
    let rows: Vec<Row> = world.store.state().all_rows().cloned().collect();
    let writer = world.store.open();
    for mut row in rows {
        let current = world.store.state().rows.get(&row.urn).is_some_and(|other| other.owner == row.owner);
        let locked = wanted(&row) && (current || row.locked);
        if row.locked == locked && (locked || !row.options.protect) {
            continue;
        }
        row.locked = locked;
        row.options.protect &= locked;
        let entry = Entry::RowPut { row: Box::new(row) };
        if let Err(why) = world.store.append(writer, &[entry]) {
            world.violation(why);
        }
    }
}
