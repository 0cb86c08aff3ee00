//! A resource is owned whole: what another hand has hung on it is seen, and goes with the next `up`.

use finsight_engine::graph::{Graph, GraphError};
use finsight_engine::program::Options;
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use finsight_sim::Mishap;
use finsight_sim::cloud::REGION;
use finsight_sim::kinds::{self, reference};

use crate::check::{Life, after, check};
use crate::programs::*;
use crate::tape::Fault;
use crate::wish::up;

/// A board, and what is pinned to it.
fn board(pins: &[&str], options: &Options) -> Graph {
    program(|p| {
        let board = p.add(BOARD, "main", &[("title", "ours".into())]);
        for pin in pins {
            let inputs = [("board_id", reference(&board, "id")), ("label", (*pin).into())];
            p.add_with(PIN, pin, &inputs, options.clone());
        }
    })
}

fn ours() -> Graph {
    board(&["one"], &Options::default())
}

/// Somebody hangs something on the board.
fn hung(life: Life, type_name: &str, label: &str) -> Life {
    let board = life.world.store.state().rows[&urn(BOARD, "main")].id.clone();
    life.with(|world| {
        let registry = std::sync::Arc::clone(&world.registry);
        let spec = registry.get(type_name).expect("the type");
        let inputs = [("board_id".to_owned(), board.into()), ("label".to_owned(), label.into())];
        world.cloud.someone_makes(world.now, spec, REGION, Map::from(inputs)).expect("room for it");
        world.advance(60_000);
    })
}

/// What hangs on the board, by label.
fn hanging(life: &Life) -> Vec<String> {
    let label = |map: &Map| map["label"].as_text().unwrap_or_default().to_owned();
    let parts = life.world.cloud.standing().filter(|object| object.type_name != BOARD);
    let mut labels: Vec<String> = parts.map(|object| label(object.properties())).collect();
    labels.sort_unstable();
    labels
}

#[test]
fn what_another_hand_has_hung_on_it_is_drift_and_goes_with_the_next_up() {
    let mut life = hung(after(&[&ours()]), PIN, "theirs");
    let drift = life.drift();
    assert_eq!(drift.len(), 1, "{drift:?}");
    assert!(
        drift[0].contains("pins") && drift[0].contains("theirs") && !drift[0].contains("one"),
        "{drift:?}"
    );
    let life = check(
        life,
        &ours(),
        &[],
        "
        plan update Board/main: it was changed outside of finsight-deploy
        converge Board/main#1 pins
        end ok
        row Board/main#1
        row Pin/one#1 on Board/main#1
    ",
    );
    assert_eq!(hanging(&life), ["one"], "what is declared stays");
}

/// Killed while it takes them off: the next run has what is left to do, and no more.
#[test]
fn a_removal_that_is_cut_off_goes_on() {
    for mishap in [Mishap::CrashBefore, Mishap::CrashAfter, Mishap::CrashInFlight, Mishap::AnswerLost] {
        let mut life = hung(hung(after(&[&ours()]), PIN, "theirs"), PIN, "more");
        life.run(&up(&ours()), &[Fault::At("converge Board/main#1 pins", mishap)]);
        life.world.advance(60_000);
        let (end, seen) = life.run(&up(&ours()), &[]);
        assert_eq!(end, "end ok", "{mishap:?}: {seen:?}");
        assert_eq!(hanging(&life), ["one"], "{mishap:?}");
        life.world.expect_no_violations();
        life.world.expect_converged(&ours());
        assert_eq!(life.drift(), Vec::<String>::new(), "{mishap:?}");
    }
}

/// What comes with this very run, and what goes with it, is none of another hand.
#[test]
fn what_comes_and_goes_with_the_run_is_ours() {
    let (one, two) = (ours(), board(&["two", "three"], &Options::default()));
    let mut life = hung(after(&[&one]), PIN, "theirs");
    let (end, seen) = life.run(&up(&two), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert_eq!(hanging(&life), ["three", "two"]);
    assert_eq!(life.drift(), Vec::<String>::new());
    life.world.expect_no_violations();
    life.world.expect_converged(&two);
}

/// Taken under management in the run that takes the others off.
#[test]
fn what_is_imported_with_the_run_stays() {
    let mut life = hung(hung(after(&[&ours()]), PIN, "theirs"), PIN, "meant");
    let board = life.world.store.state().rows[&urn(BOARD, "main")].id.clone();
    let mut graph = self::board(&["one", "meant"], &Options::default());
    let node = graph.nodes.get_mut(&urn(PIN, "meant")).expect("a node");
    node.options.import_id = Some(format!("{board}|meant"));
    let (end, seen) = life.run(&up(&graph), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert_eq!(hanging(&life), ["meant", "one"], "{seen:?}");
    assert_eq!(life.drift(), Vec::<String>::new());
}

#[test]
fn what_was_let_stand_on_purpose_is_not_taken_off() {
    let kept = |pins: &[&str]| board(pins, &Options { retain_on_delete: true, ..Options::default() });
    let mut life = after(&[&kept(&["one"]), &kept(&[])]);
    assert_eq!(hanging(&life), ["one"]);
    assert_eq!(life.drift(), Vec::<String>::new());
    let (end, seen) = life.run(&up(&kept(&[])), &[]);
    assert_eq!((end.as_str(), hanging(&life)), ("end ok", vec!["one".to_owned()]), "{seen:?}");
}

/// Somebody works on it: it is told, nothing is done, and nothing is left to do.
#[test]
fn what_is_only_told_of_is_left() {
    let mut life = hung(after(&[&ours()]), NOTE, "theirs");
    let drift = life.drift();
    assert!(drift.len() == 1 && drift[0].contains("notes") && drift[0].contains("theirs"), "{drift:?}");
    let (end, seen) = life.run(&up(&ours()), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    let plan = life.plan.as_ref().expect("a plan");
    assert!(plan.is_empty(), "{seen:?}");
    assert!(
        plan.notes.len() == 1 && plan.notes[0].contains("notes is ") && plan.notes[0].contains("theirs"),
        "{:?}",
        plan.notes
    );
    assert_eq!(hanging(&life), ["one", "theirs"]);
    // Beside a change of the board's own it is left, too.
    let mut other = ours();
    let node = other.nodes.get_mut(&urn(BOARD, "main")).expect("a node");
    node.inputs.insert("title".to_owned(), "other".into());
    let (end, seen) = life.run(&up(&other), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert_eq!(hanging(&life), ["one", "theirs"]);
    life.world.expect_no_violations();
}

/// A program that sets what only shows could never come to rest: it is refused.
#[test]
fn a_program_does_not_set_what_only_shows() {
    for name in ["pins", "notes"] {
        let mut graph = ours();
        let node = graph.nodes.get_mut(&Urn::clone(&urn(BOARD, "main"))).expect("a node");
        node.inputs.insert(name.to_owned(), Value::List(vec!["a".into()]));
        let errors = graph.check_types(&kinds::registry()).expect_err("an error");
        assert!(
            matches!(&errors[..], [GraphError::Property { property, .. }] if property == name),
            "{errors:?}"
        );
    }
}
