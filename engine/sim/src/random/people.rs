//! Other people in the account, and what they do between two runs.

use finsight_engine::contract::STACK_TAG;
use finsight_engine::schema::Identity;
use finsight_engine::value::{Map, Value};

use super::{Design, Vocabulary, literal};
use crate::cloud::REGION;
use crate::hardship::Hardship;
use crate::rng::Rng;
use crate::world::World;

/// Someone else does something in the account.
pub(super) fn meddle(world: &mut World, design: &Design, rng: &mut Rng) {
    let now = world.now;
    let numbers: Vec<u64> = world.cloud.standing().map(|object| object.number).collect();
    let Some(number) = rng.pick(&numbers).copied() else { return };
    if rng.chance(300) && meddle_hard(world, rng, number) {
        return;
    }
    match rng.below(6) {
        5 => squat(world, design.vocabulary(), rng),
        0 => drop(world.cloud.someone_deletes(now, number)),
        1 => drop(world.cloud.someone_tags(now, number)),
        // What no tag and no record tells is told by its looks alone: changed, nobody could find it again.
        2 | 3 if is_told(world, number) => {
            let from = usize::try_from(rng.below(8)).unwrap_or(0);
            drop(world.cloud.someone_changes(now, number, from));
        }
        _ => foreign(world, design, rng),
    }
}

/// Whether a tag or the record tells whose it is.
pub(super) fn is_told(world: &World, number: u64) -> bool {
    let state = world.store.state();
    world.cloud.standing().filter(|object| object.number == number).all(|object| {
        let taggable = world.registry.get(&object.type_name).is_some_and(|spec| spec.taggable());
        let recorded = || object.owner.as_ref().is_some_and(|owner| state.row(owner).is_some());
        taggable || object.owner.is_none() || recorded()
    })
}

/// What people do where a hardship says so; `false` where none does.
fn meddle_hard(world: &mut World, rng: &mut Rng, number: u64) -> bool {
    let held: Vec<Hardship> = world.hardships.iter().copied().collect();
    let now = world.now;
    match rng.pick(&held) {
        Some(Hardship::Strangers) => world.cloud.someone_replaces(now, number).is_some(),
        Some(Hardship::Retags) => {
            let registry = std::sync::Arc::clone(&world.registry);
            let minted = world.cloud.standing().any(|object| {
                object.number == number
                    // What nobody could find again without its tags is not what this is about.
                    && object.owner.as_ref().is_some_and(|owner| world.store.state().row(owner).is_some())
                    && registry
                        .get(&object.type_name)
                        .is_some_and(|spec| matches!(spec.identity, Identity::Minted { .. }))
            });
            let stack = rng.chance(500).then_some("another");
            minted && world.cloud.someone_retags(now, number, stack).is_some()
        }
        Some(Hardship::Auditors) => world.cloud.someone_audits(now, number).is_some(),
        Some(Hardship::Imports) => {
            let taken = |id: &String| world.taken_in.contains(id);
            let object = world.cloud.standing().find(|object| taken(&object.id)).map(|object| object.number);
            object.is_some_and(|number| world.cloud.someone_deletes(now, number).is_some())
        }
        Some(Hardship::Policies) => world.cloud.someone_takes_out(now, number).is_some(),
        _ => false,
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
pub(super) fn import(world: &mut World, design: &mut Design, rng: &mut Rng) {
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
