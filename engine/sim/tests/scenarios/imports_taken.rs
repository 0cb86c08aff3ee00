//! Imports of what somebody else has, of what is not there, and of what was there once.

use finsight_engine::contract::{OWNER_TAG, STACK_TAG};
use finsight_engine::graph::Graph;
use finsight_engine::plan::{Confirmed, Op, Purpose};
use finsight_engine::program::Options;
use finsight_engine::value::{Map, Value};
use finsight_sim::cloud::REGION;

use crate::check::{Life, after, check, did, nothing};
use crate::programs::*;
use crate::tape::{Fault, unread_tags};
use crate::wish::{Wish, destroy, preview, up};

fn theirs(life: Life, marks: &[(&str, &str)]) -> Life {
    life.with(|world| {
        let registry = std::sync::Arc::clone(&world.registry);
        let spec = registry.get(STORE).expect("the type");
        let tags: Map = marks.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
        let properties = Map::from([
            ("store_name".to_owned(), "ledger".into()),
            ("class".to_owned(), "large".into()),
            ("tags".to_owned(), Value::Map(tags)),
        ]);
        world.cloud.someone_makes(world.now, spec, REGION, properties).expect("a free name");
        world.imported.insert("ledger".to_owned());
        world.advance(60_000);
    })
}

fn importing(name: &str, id: &str) -> Graph {
    program(|p| {
        let options = Options { import_id: Some(id.to_owned()), ..plain() };
        p.add_with(STORE, name, &[("store_name", "ledger".into()), ("class", "small".into())], options);
    })
}

fn by_hand(graph: &Graph) -> Wish {
    let mut wish = up(graph);
    wish.ask.purpose = Purpose::Import;
    wish
}

/// V20: what carries another stack's tag is not taken, whoever asks.
#[test]
fn what_another_stack_owns_is_not_imported() {
    let marks = [(STACK_TAG, "another"), (OWNER_TAG, "abc")];
    let refused = "
        refused PLAN-NOT-OURS: Store/main cannot be imported: ledger carries the tag of stack another, which would make another one
    ";
    check(theirs(nothing(), &marks), &importing("main", "ledger"), &[], refused);
    check(theirs(nothing(), &marks), by_hand(&importing("main", "ledger")), &[], refused);
    // Without a reading the executor sees it.
    let mut life = theirs(nothing(), &marks);
    let (end, seen) = life.run(&up(&importing("main", "ledger")).no_refresh(), &[]);
    assert_eq!(end, "end failed", "{seen:?}");
    assert!(
        seen[1].contains("EXEC-CONFLICT") && seen[1].contains("carries the tag of stack another"),
        "{seen:?}"
    );
    assert!(life.world.store.state().rows.is_empty());
}

/// V20: what another row has is told by what the id turns out to be: here by our own mark.
#[test]
fn what_is_on_record_under_another_id_is_not_imported() {
    let mut life = after(&[&program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into())]);
    })]);
    let row = life.world.store.state().rows[&urn(PARENT, "main")].clone();
    let graph = program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into())]);
        let options = Options { import_id: Some("an-alias".to_owned()), ..plain() };
        p.add_with(PARENT, "again", &[("range", OLD.into())], options);
    });
    // An alias that answers with what the row is.
    let (id, outputs, inputs) = (row.id.clone(), row.outputs.clone(), row.inputs.clone());
    let registry = finsight_sim::kinds::registry();
    let live = finsight_engine::contract::Live {
        id,
        properties: inputs,
        outputs,
        health: finsight_engine::contract::Health::Ready,
    };
    let state = life.world.store.load().expect("a readable state");
    let reading = |live: &finsight_engine::contract::Live| {
        finsight_engine::contract::Reading::Found(Box::new(live.clone()))
    };
    let observed = finsight_engine::plan::Observed {
        readings: [(row.owner.clone(), reading(&live))].into(),
        imports: [(urn(PARENT, "again"), reading(&live))].into(),
        ..Default::default()
    };
    let graph = graph.checked(&registry).expect("a sound program");
    let errors = finsight_engine::plan::plan(&finsight_engine::plan::PlanInput {
        graph: &graph,
        purpose: Purpose::Up,
        state: &state,
        serial: state.serial,
        registry: &registry,
        observed: Some(&observed),
        selection: &finsight_engine::plan::Selection::default(),
        replace: &[],
        confirmed: &Confirmed::default(),
        sets: &std::collections::BTreeMap::new(),
        place: &life.world.place,
        entropy: "e",
    })
    .expect_err("it is taken");
    assert_eq!(errors[0].code(), "PLAN-IMPORT-TAKEN");
    assert!(errors[0].to_string().contains("already on record as dev/sim/sim:net:Parent/main"), "{errors:?}");
}

/// D5: an import's plan shows how it stands, and what the program wants of it.
#[test]
fn an_import_shows_what_stands() {
    let life = check(
        theirs(nothing(), &[]),
        preview(&importing("main", "ledger")),
        &[],
        "
        plan import Store/main: ledger is taken under management
        end ok
    ",
    );
    let plan = life.plan.expect("a plan");
    let class = plan.steps[0].diff.iter().find(|change| change.path == "class").expect("a difference");
    assert_eq!((class.before.as_text(), class.after.as_text()), (Some("large"), Some("small")));
    assert!(
        plan.steps[0].diff.iter().all(|change| change.path != "store_name"),
        "what is the same is no change"
    );
}

/// V6: what was imported once and is gone is made, and not imported again; unless somebody names it.
#[test]
fn an_import_is_spent_once_it_was_on_record() {
    let graph = importing("main", "ledger");
    let mut life = theirs(nothing(), &[]);
    let (end, seen) = life.run(&up(&graph), &[]);
    assert_eq!(end, "end ok", "{seen:?}");
    life.run(&up(&graph), &[]);
    life.run(&destroy(), &[]);
    let life = check(
        life.with(|world| world.advance(700_000)),
        &graph,
        &[],
        "
        plan create Store/main: it does not exist yet
        create Store/main#2
        end ok
        row Store/main#2
    ",
    );
    // Deleted outside: found gone and made in one run.
    let life = check(
        life.gone(&urn(STORE, "main")),
        &graph,
        &[],
        "
        plan gone Store/main#2
        plan create Store/main: it was deleted outside of finsight-deploy
        create Store/main#3
        end ok
        row Store/main#3
    ",
    );
    // A person imports what stands under that id by then.
    let life = life.gone(&urn(STORE, "main")).refreshed();
    let mut life = theirs(life, &[]);
    let (_, seen) = life.run(&by_hand(&graph), &[]);
    assert_eq!(seen[0], "plan import Store/main: ledger is taken under management");
    assert_eq!(life.plan.expect("a plan").steps[0].op, Op::Import);
}

/// V6: `state remove` lets it stand; it can be imported again.
#[test]
fn what_was_let_go_is_imported_again() {
    let graph = importing("main", "ledger");
    let mut life = theirs(nothing(), &[]);
    life.run(&up(&graph), &[]);
    let mut life = life.with(|world| {
        let owner = world.store.state().rows[&urn(STORE, "main")].owner.clone();
        let entry = finsight_engine::state::Entry::RowRemoved {
            owner,
            why: finsight_engine::state::Removal::Forgotten,
        };
        let writer = world.store.open();
        world.store.append(writer, &[entry]).expect("a legal record");
    });
    let (_, seen) = life.run(&up(&graph), &[]);
    assert_eq!(seen[0], "plan import Store/main: ledger is taken under management");
}

/// V8: an import of what is on record under its old name is refused, and nothing else comes with an import.
#[test]
fn an_import_does_nothing_else() {
    let old = program(|p| {
        p.add(STORE, "old", &[("store_name", "ledger".into())]);
    });
    let new = program(|p| {
        let options =
            Options { import_id: Some("ledger".to_owned()), moved_from: vec![urn(STORE, "old")], ..plain() };
        p.add_with(STORE, "new", &[("store_name", "other".into())], options);
    });
    check(
        after(&[&old]),
        by_hand(&new).target("new"),
        &[],
        "
        refused PLAN-IMPORT-ONLY: Store/new is not imported: it is on record as Store/old
        row Store/old#1
    ",
    );
    let changed = program(|p| {
        p.add(STORE, "old", &[("store_name", "other".into())]);
    });
    check(
        after(&[&old]),
        by_hand(&changed),
        &[],
        "
        refused PLAN-IMPORT-ONLY: Store/old is not imported: this plan would replace it (store_name cannot be changed in place)
        row Store/old#1
    ",
    );
}

/// V20: whose tags cannot be read is not imported.
#[test]
fn what_carries_tags_that_cannot_be_read_is_not_imported() {
    let mut life = nothing().with(|world| {
        let registry = std::sync::Arc::clone(&world.registry);
        let spec = registry.get(PARENT).expect("the type");
        let tags = Value::Map([("finsight:stack".to_owned(), "another".into())].into());
        let properties = [("range".to_owned(), Value::from(OLD)), ("tags".to_owned(), tags)].into();
        world.cloud.someone_makes(world.now, spec, finsight_sim::cloud::REGION, properties).expect("free");
        world.advance(60_000);
    });
    let id = life.world.cloud.standing().next().expect("theirs").id.clone();
    let wish = by_hand(&alone(OLD, Options { import_id: Some(id), ..plain() }));
    let (end, seen) = life.run(&wish, &[Fault::Answer("read", unread_tags)]);
    assert!(did(&seen, "refused PLAN-UNREADABLE"), "another stack's is taken: {end} {seen:#?}");
}
