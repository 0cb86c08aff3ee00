//! A resource is owned whole: what another hand has hung on it is seen, and goes with the next `up`.

use finsight_engine::accept::accept;
use finsight_engine::contract::Reply;
use finsight_engine::graph::{Graph, GraphError};
use finsight_engine::plan::{Confirmed, Op, Plan};
use finsight_engine::program::Options;
use finsight_engine::state::{Entry, Removal, Status};
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use finsight_sim::Mishap;
use finsight_sim::cloud::REGION;
use finsight_sim::kinds::{self, reference};

use crate::check::{Life, after, check, nothing, observe, planned};
use crate::programs::*;
use crate::tape::{Fault, each_live};
use crate::wish::{apply, up};

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

/// What a plan does to the board, as far as it is shown.
fn shown(plan: &Plan) -> Vec<String> {
    let board = plan.steps.iter().filter(|step| step.urn == urn(BOARD, "main") && step.op != Op::Same);
    board.flat_map(|step| &step.diff).map(|change| change.path.clone()).collect()
}

/// The board's program with another title.
fn titled(title: &str) -> Graph {
    let mut graph = ours();
    let node = graph.nodes.get_mut(&urn(BOARD, "main")).expect("a node");
    node.inputs.insert("title".to_owned(), title.into());
    graph
}

/// Each is a resource of its own: what was hung on the board since the plan was made is not taken off unasked.
#[test]
fn what_the_plan_has_not_shown_is_left_to_the_next_one() {
    let life = hung(after(&[&ours()]), PIN, "theirs");
    let plan = planned(&life, &up(&ours()));
    let mut life = hung(life, PIN, "later");
    let (end, seen) = life.run(&apply(&plan, &ours()), &[]);
    assert_eq!(
        (end.as_str(), hanging(&life)),
        ("end ok", vec!["later".to_owned(), "one".to_owned()]),
        "{seen:?}"
    );
    assert!(life.drift()[0].contains("later"), "the next plan shows it");
    life.world.expect_no_violations();
    // Nothing was read, with and without something that an earlier run did not finish.
    for status in [Status::Ready, Status::Unfinished] {
        let life = hung(after(&[&ours()]), PIN, "theirs");
        let mut life = life.with_row(&urn(BOARD, "main"), |row| row.status = status);
        let (end, seen) = life.run(&up(&titled("other")).no_refresh(), &[]);
        assert_eq!(end, "end ok", "{seen:?}");
        assert_eq!(hanging(&life), ["one", "theirs"], "{status:?}: {seen:?}");
        life.world.expect_no_violations();
    }
}

/// A list may still show what this stack has just deleted: that is nobody else's.
#[test]
fn what_was_deleted_a_moment_ago_is_not_taken_for_another_hands() {
    let mut life = after(&[&ours()]);
    let none = board(&[], &Options::default());
    let (end, seen) = life.run(&up(&none), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    life.world.cloud.knobs.lag = 1000;
    for draws in 0..8 {
        let mut life = life.fork();
        for _ in 0..draws {
            observe(&mut life.world);
        }
        assert_eq!(life.drift(), Vec::<String>::new());
        let (_, seen) = life.run(&up(&none), &[]);
        assert!(life.plan.as_ref().is_some_and(Plan::is_empty), "{seen:?}");
    }
}

/// It is known as let stand, also where nothing on record says what it hangs on, or where that was taken off the record.
#[test]
fn what_was_let_stand_is_left_whatever_it_stood_on() {
    let life = after(&[&board(&[], &Options::default())]);
    let id = life.world.store.state().rows[&urn(BOARD, "main")].id.clone();
    let literal = |pins: &[&str]| {
        program(|p| {
            p.add(BOARD, "main", &[("title", "ours".into())]);
            for pin in pins {
                p.add_with(
                    PIN,
                    pin,
                    &[("board_id", id.as_str().into()), ("label", (*pin).into())],
                    retained(),
                );
            }
        })
    };
    let mut one = life;
    for graph in [literal(&["one"]), literal(&[]), literal(&[])] {
        let (end, seen) = one.run(&up(&graph), &[]);
        assert_eq!(end, "end ok", "{seen:?}");
        one.world.advance(60_000);
    }
    assert_eq!(hanging(&one), ["one"]);
    assert_eq!(one.drift(), Vec::<String>::new());
    one.world.expect_no_violations();

    let mut graph = board(&[], &retained());
    let mut life = after(&[&board(&["one"], &retained()), &graph]);
    let row = life.world.store.state().rows[&urn(BOARD, "main")].clone();
    let writer = life.world.store.open();
    let removed = Entry::RowRemoved { owner: row.owner.clone(), why: Removal::Forgotten };
    life.world.store.append(writer, &[removed]).expect("a legal record");
    graph.nodes.get_mut(&urn(BOARD, "main")).expect("a node").options.import_id = Some(row.id);
    for _ in 0..2 {
        let (end, seen) = life.run(&up(&graph), &[]);
        assert_eq!((end.as_str(), hanging(&life)), ("end ok", vec!["one".to_owned()]), "{seen:?}");
        life.world.advance(60_000);
    }
    assert_eq!(life.drift(), Vec::<String>::new());
}

/// First the board is imported, then what hangs on it: no plan says that what is taken under management goes.
#[test]
fn what_hangs_on_what_is_imported_is_not_on_record_as_the_boards() {
    let mut life = nothing().with(|world| {
        let registry = std::sync::Arc::clone(&world.registry);
        let mut makes = |type_name: &str, id: &str, inputs: &[(&str, &str)]| {
            let inputs = inputs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
            let spec = registry.get(type_name).expect("the type");
            world.cloud.someone_makes_as(world.now, spec, REGION, id, inputs.collect()).expect("room for it");
        };
        makes(BOARD, "theirs", &[("title", "ours")]);
        makes(PIN, "theirs|one", &[("board_id", "theirs"), ("label", "one")]);
        world.advance(60_000);
    });
    let imported = |pins: bool| {
        let importing = |id: &str| Options { import_id: Some(id.to_owned()), ..plain() };
        program(|p| {
            let board = p.add_with(BOARD, "main", &[("title", "ours".into())], importing("theirs"));
            if pins {
                let inputs = [("board_id", reference(&board, "id")), ("label", "one".into())];
                p.add_with(PIN, "one", &inputs, importing("theirs|one"));
            }
        })
    };
    let (end, seen) = life.run(&up(&imported(false)), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    life.world.advance(60_000);
    assert!(life.drift()[0].contains("theirs|one"), "what the next plan would take off is told");
    let (end, seen) = life.run(&up(&imported(true)), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert_eq!(
        shown(life.plan.as_ref().expect("a plan")).iter().find(|path| *path == "pins"),
        None,
        "{seen:?}"
    );
    assert_eq!(hanging(&life), ["one"]);
}

/// To accept what no program can say would only keep drift from telling what the next `up` takes off.
#[test]
fn what_another_hand_has_hung_on_it_is_not_accepted() {
    let mut life = hung(hung(after(&[&ours()]), PIN, "theirs"), NOTE, "a word");
    let observed = observe(&mut life.world);
    let state = life.world.store.load().expect("a readable state");
    let entries = accept(&life.world.registry, &state, &observed, &Confirmed::default())
        .expect("nothing that forbids it");
    let writer = life.world.store.open();
    life.world.store.append(writer, &entries).expect("a legal record");
    let drift = life.drift();
    // What is only told of is known from now on.
    assert!(drift.len() == 1 && drift[0].contains("theirs") && !drift[0].contains("a word"), "{drift:?}");
}

/// Nobody knows what hangs on it: nothing is sent for that.
#[test]
fn what_could_not_be_read_of_a_new_one_is_not_taken_off() {
    fn unread(reply: &mut Reply) {
        each_live(reply, |live| {
            live.properties.extend(["pins", "notes"].map(|name| (name.to_owned(), Value::Unknown)));
        });
    }
    let mut life = nothing();
    let (end, seen) = life.run(&up(&ours()), &[Fault::Answer("read Board/main#1", unread)]);
    assert_eq!(end, "end ok", "{seen:?}");
    assert!(!seen.iter().any(|line| line.starts_with("converge")), "{seen:?}");
}
