//! What waits for its deletion is taken back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use finsight_engine::contract::{Health, Reading, Reply};
use finsight_engine::plan::Op;
use finsight_engine::schema::Registry;
use finsight_engine::state::{Entry, Removal, Status};
use finsight_sim::kinds;

use crate::check::{after, planned};
use crate::programs::*;
use crate::tape::{Fault, bent, each_live};
use crate::wish::{apply, up};

/// The types, where a parent that is deleted waits for days.
fn restorable() -> Arc<Registry> {
    let mut specs = kinds::specs();
    for spec in specs.iter_mut().filter(|spec| spec.name == PARENT) {
        spec.restorable = true;
    }
    Arc::new(Registry::new(specs))
}

fn restored(reply: &mut Reply) {
    *reply = Reply::Restored;
}

fn going_at_first(reply: &mut Reply) {
    static READS: AtomicU32 = AtomicU32::new(0);
    each_live(reply, |live| {
        if READS.fetch_add(1, Ordering::Relaxed) < 3 {
            live.health = Health::Deleting("pending deletion".to_owned());
        }
    });
}

/// E6: what waits for its deletion is taken back and adopted, tags and all, instead of created.
#[test]
fn what_waits_for_its_deletion_is_restored_and_adopted() {
    let mut life = after(&[&zoned("x")]);
    let id = life.world.store.state().rows[&urn(PARENT, "main")].id.clone();
    let owner = life.world.store.state().rows[&urn(PARENT, "main")].owner.clone();
    life = life.with(|world| {
        let writer = world.store.open();
        let why = Removal::Absent;
        let gone = Entry::RowRemoved { owner, why };
        world.store.append(writer, &[gone]).expect("a legal record");
        world.registry = restorable();
        world.imported.insert(id.clone());
    });
    let mut plan = planned(&life, &up(&zoned("x")));
    assert_eq!(plan.steps[0].op, Op::Create);
    plan.steps[0].adopts = Some(id.clone());
    let faults =
        [Fault::Answer("read Parent/main", going_at_first), Fault::Answer("restore Parent/main", restored)];
    let (end, seen) = life.run(&apply(&plan, &zoned("x")), &faults);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(seen.iter().any(|line| line.starts_with("restore Parent/main")), "{seen:?}");
    assert!(!seen.iter().any(|line| line.starts_with("create")), "{seen:?}");
    assert!(seen.iter().any(|line| line.starts_with("converge") && line.ends_with("tags")), "{seen:?}");
    assert_eq!(life.world.store.state().rows[&urn(PARENT, "main")].id, id);
    let row = &life.world.store.state().rows[&urn(PARENT, "main")];
    assert_eq!(row.status, Status::Ready);
}

/// E6: one on record that somebody has deleted is taken back by its update, under an intent.
#[test]
fn an_update_restores_what_waits_for_its_deletion() {
    bent!(going, 1, |reading| {
        if let Reading::Found(live) = reading {
            live.health = Health::Deleting("pending deletion".to_owned());
        }
    });
    let life = after(&[&zoned("x")]);
    let plan = planned(&life, &up(&zoned("y")));
    let mut life = life.with(|world| world.registry = restorable());
    let faults = [Fault::Answer("read Parent/main#1", going), Fault::Answer("restore Parent/main", restored)];
    let (end, seen) = life.run(&apply(&plan, &zoned("y")), &faults);
    assert_eq!(end, "end ok", "{seen:?}");
    let commands = life.commands();
    let at = commands.iter().position(|c| c.starts_with("call restore")).expect("a restore");
    assert_eq!(commands[at - 1], "record intend update Parent/main#1");
    life.world.expect_no_violations();
}
