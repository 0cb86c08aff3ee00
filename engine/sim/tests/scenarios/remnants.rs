//! What a delete leaves is on record from the moment at which its row is not, wherever a run is cut off.

use finsight_engine::graph::Graph;
use finsight_engine::plan::Confirmed;
use finsight_engine::state::{Remnant, State};
use finsight_sim::{Ask, Mishap, World, kinds};

use crate::programs::*;

fn vault(engine: &str, skip: bool) -> Graph {
    program(|p| {
        let inputs =
            [("vault_name", "ledger".into()), ("engine", engine.into()), ("skip_snapshot", skip.into())];
        p.add(VAULT, "main", &inputs);
    })
}

fn world(skip: bool) -> World {
    let mut world = World::new(kinds::registry(), 1);
    let run = world.up(&vault("one", skip));
    assert!(run.succeeded(), "{}", run.why());
    world
}

fn left(state: &State) -> Vec<&str> {
    state.remnants.values().map(|one| one.id.as_str()).collect()
}

/// Cuts a run off at each of its commands; each time what is left is on record as soon as the row is not, and once
/// when the run was given again.
fn cut_off(skip: bool, ask: &Ask, gone: impl Fn(&State) -> bool, wanted: &[&str]) {
    let base = world(skip);
    let mut whole = base.fork();
    let run = whole.run(ask);
    assert!(run.succeeded(), "{}", run.why());
    assert_eq!(left(whole.store.state()), wanted);
    let (first, last) = (base.commands, whole.commands);
    let mut crashes = 0;
    for nth in 1..=last - first {
        for mishap in [Mishap::CrashBefore, Mishap::CrashAfter, Mishap::CrashInFlight] {
            let mut world = base.fork();
            world.mishap_in(nth, mishap);
            crashes += usize::from(world.run(ask).crashed());
            world.no_more_mishaps();
            let state = world.store.state();
            let now = if gone(state) { wanted } else { &[] };
            assert_eq!(left(state), now, "{nth} {mishap:?}: when it was cut off");
            let pause = world.longest_lag();
            world.advance(pause);
            let run = world.run(ask);
            assert!(run.succeeded(), "{nth} {mishap:?}: {}", run.why());
            assert_eq!(left(world.store.state()), wanted, "{nth} {mishap:?}: given again");
            world.expect_no_violations();
        }
    }
    assert!(crashes > 6, "{crashes}");
}

fn without_rows(state: &State) -> bool {
    state.rows.is_empty()
}

#[test]
fn a_destroy_that_is_cut_off_anywhere_leaves_its_snapshot_on_record() {
    cut_off(false, &Ask::destroy("dev"), without_rows, &["ledger-final"]);
}

#[test]
fn without_a_snapshot_nothing_is_on_record() {
    cut_off(true, &Ask::destroy("dev"), without_rows, &[]);
}

/// Whatever the program says, a replacement leaves one.
#[test]
fn so_does_a_replacement() {
    let first = world(true).store.state().rows.values().next().expect("a vault").owner.clone();
    let ask = Ask {
        confirmed: Confirmed { replace: vec!["ledger".to_owned()], ..Confirmed::default() },
        ..Ask::up(&vault("two", true))
    };
    cut_off(true, &ask, |state| state.row(&first).is_none(), &["ledger-final"]);
}

/// The snapshot is taken under management, or found gone.
#[test]
fn what_is_left_says_where_it_came_from() {
    let mut world = world(false);
    let row = world.store.state().rows.values().next().expect("a vault").clone();
    let run = world.destroy();
    assert!(run.succeeded(), "{}", run.why());
    let state = world.store.state();
    let one: &Remnant = state.remnants.values().next().expect("a snapshot");
    assert_eq!((&one.urn, &one.owner, &one.region), (&row.urn, &row.owner, &row.region));
    assert_eq!((one.what.as_str(), one.ends.as_deref()), ("a snapshot", Some("end ledger-final")));
    assert_eq!((one.until.as_ref(), one.brings_back.as_ref()), (None, None));
}
