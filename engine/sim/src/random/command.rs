//! What a user asks for, in what weather, and what is done by hand.

use finsight_engine::graph::Graph;
use finsight_engine::state::{Entry, Removal, Row, Status};
use finsight_engine::urn::{Urn, UrnPattern};

use super::{Design, Vocabulary, people};
use crate::cloud::Knobs;
use crate::hardship::Hardship;
use crate::rng::Rng;
use crate::world::{Ask, Between, Chaos, World};

/// An hour, in milliseconds.
const HOUR: i64 = 60 * 60_000;

/// The command of a round.
pub(super) fn command(world: &mut World, design: &Design, rng: &mut Rng) -> Ask {
    let destroys = rng.chance(120);
    let mut ask = Ask { destroy: destroys, ..Ask::up(&design.graph()) };
    let selects = design.vocabulary().holds(Hardship::Selections);
    let mut urns = design.urns();
    if selects {
        // By the names on record too.
        urns.extend(world.store.state().rows.keys().cloned());
    }
    let word = |urn: &Urn| UrnPattern::new(urn.as_str());
    if rng.chance(120)
        && let Some(urn) = rng.pick(&urns)
    {
        ask.selection.target.push(word(urn));
        ask.selection.target_dependents = rng.chance(500);
    }
    if selects && rng.chance(200) {
        ask.selection.exclude.extend(rng.pick(&urns).map(word));
    }
    if selects && rng.chance(100) {
        ask.selection.component.extend(rng.pick(&urns).map(|urn| urn.component().to_owned()));
    }
    if rng.chance(120)
        && let Some(urn) = rng.pick(&urns)
    {
        ask.replace.push(word(urn));
    }
    if design.vocabulary().holds(Hardship::Users) && rng.chance(300) {
        // What is used goes first where its name allows no other beside it.
        ask.replace.extend(rng.pick(&design.used()).map(word));
    }
    if design.vocabulary().holds(Hardship::Taint) && rng.chance(150) {
        taint(world, rng);
    }
    ask.refresh = !rng.chance(200);
    ask.continue_on_error = rng.chance(400);
    ask.parallel = usize::try_from(rng.below(4)).unwrap_or(0);
    ask
}

/// What comes between the commands of the next run, and the clock before it.
pub(super) fn between(world: &mut World, design: &mut Design, rng: &mut Rng) {
    let vocabulary = design.vocabulary().clone();
    let jump = if rng.chance(500) { HOUR } else { -HOUR };
    if vocabulary.holds(Hardship::Clocks) {
        if rng.chance(300) {
            world.ahead += jump;
        }
        if rng.chance(300) {
            world.between_in(1 + rng.below(30), Between::Jump(-jump));
        }
    }
    if vocabulary.holds(Hardship::Responders) && rng.chance(400) {
        let ours = world.cloud.standing().filter(|o| o.owner.is_some()).map(|object| object.number);
        let numbers: Vec<u64> = ours.filter(|number| people::is_told(world, *number)).collect();
        let from = usize::try_from(rng.below(8)).unwrap_or(0);
        if let Some(number) = rng.pick(&numbers).copied() {
            world.between_in(1 + rng.below(20), Between::Changes(number, from));
        }
    }
    if vocabulary.holds(Hardship::Rivals) && rng.chance(250) {
        let mut other = design.clone();
        other.change(rng);
        // The names that were given stay given.
        let ask = Ask::up(&other.graph());
        *design = other;
        world.between_in(1 + rng.below(30), Between::Rival(Box::new(ask)));
    }
}

pub(super) fn weather(vocabulary: &Vocabulary, rng: &mut Rng) -> Knobs {
    let knobs = match rng.below(4) {
        0 => Knobs::natural(),
        1 => Knobs { lost_after: 300, in_flight: 150, lag: 600, ..Knobs::natural() },
        _ => Knobs::stormy(),
    };
    let knobs = with_nature(vocabulary, knobs);
    let often = |hardship, permille| if vocabulary.holds(hardship) { permille } else { 0 };
    let bad = rng.chance(500);
    Knobs {
        unreadable: often(Hardship::Unreadable, 60),
        hours: often(Hardship::Hours, 10),
        outage: if bad { often(Hardship::Outages, 8) } else { 0 },
        expired: if bad { 0 } else { often(Hardship::Outages, 8) },
        split: often(Hardship::Undoing, 40),
        undoing: often(Hardship::Undoing, 300),
        quota: if bad { often(Hardship::Successors, 60) } else { 0 },
        ..knobs
    }
}

/// The weather of a cloud without faults, with all that is its nature.
pub(super) fn calm(vocabulary: &Vocabulary) -> Knobs {
    with_nature(vocabulary, Knobs::natural())
}

/// What is no fault, but AWS's way.
fn with_nature(vocabulary: &Vocabulary, knobs: Knobs) -> Knobs {
    let often = |hardship, permille| if vocabulary.holds(hardship) { permille } else { 0 };
    Knobs {
        unseen: often(Hardship::Unseen, 300),
        cut: often(Hardship::Cut, 60),
        unread: often(Hardship::Unread, 60),
        ..knobs
    }
}

pub(super) fn trouble(rng: &mut Rng) -> Chaos {
    match rng.below(4) {
        0 => Chaos::default(),
        1 => Chaos { crash: 60, ..Chaos::default() },
        2 => Chaos { store: 30, interrupt: 10, crash: 10 },
        _ => Chaos { crash: 20, store: 10, interrupt: 10 },
    }
}

/// `state protect` and `state unprotect`: by hand, whatever the program says.
pub(super) fn protect(world: &mut World, mut wanted: impl FnMut(&Row) -> bool) {
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

/// `state taint`: the next run replaces it.
fn taint(world: &mut World, rng: &mut Rng) {
    let rows: Vec<Row> = world.store.state().rows.values().cloned().collect();
    let Some(row) = rng.pick(&rows).filter(|row| row.status == Status::Ready) else { return };
    if world.store.state().intents.contains_key(row.owner.as_str()) {
        return;
    }
    let entry = Entry::RowPut { row: Box::new(Row { status: Status::Tainted, ..row.clone() }) };
    append(world, entry);
}

fn append(world: &mut World, entry: Entry) {
    let writer = world.store.open();
    if let Err(why) = world.store.append(writer, &[entry]) {
        world.violation(why);
    }
}

/// What a user does by hand so that the program can be reached: nothing is protected any more, what is
/// declared no longer is not retained, and what was let stand is off the record and gone.
pub(super) fn by_hand(world: &mut World, graph: &Graph) {
    protect(world, |_| false);
    if !world.holds(Hardship::Retained) && !world.holds(Hardship::Decisions) {
        return;
    }
    let rows: Vec<Row> =
        world.store.state().all_rows().filter(|row| row.options.retain_on_delete).cloned().collect();
    for mut row in rows {
        if world.store.state().deposed.contains_key(row.owner.as_str()) {
            world.forgotten.insert(row.owner.clone());
            append(world, Entry::RowRemoved { owner: row.owner, why: Removal::Forgotten });
        } else if !graph.nodes.contains_key(&row.urn) {
            row.options.retain_on_delete = false;
            append(world, Entry::RowPut { row: Box::new(row) });
        }
    }
    heal(world, graph);
}

/// What no engine can put right is put right in the account.
pub(super) fn heal(world: &mut World, graph: &Graph) {
    let wanted = |id: &String| {
        world.store.state().all_rows().any(|row| row.id == *id)
            || graph.nodes.values().any(|node| node.options.import_id.as_ref() == Some(id))
    };
    // What was to be imported and is not any more is a stranger's.
    let imported = world.imported.iter().filter(|id| wanted(id)).cloned().collect();
    world.cloud.heal(world.now, &imported);
    world.cloud.put_tags_right(world.now, &world.stack);
    if world.holds(Hardship::Retained) || world.holds(Hardship::Decisions) {
        world.cloud.take_away(world.now, &world.forgotten);
    }
}
