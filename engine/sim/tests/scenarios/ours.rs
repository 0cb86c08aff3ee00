//! Whose a resource is: what carries our mark is ours, and nothing else is deleted.

use finsight_engine::contract::{Reading, Reply, STACK_TAG};
use finsight_engine::graph::Graph;
use finsight_engine::value::{Map, Value};
use finsight_sim::cloud::REGION;

use crate::check::{Life, after, check};
use crate::programs::*;
use crate::tape::Fault;
use crate::wish::{destroy, up};

fn store(class: &str) -> Graph {
    program(|p| {
        p.add(STORE, "main", &[("store_name", "ledger".into()), ("class", class.into())]);
    })
}

fn tags(entries: &[(&str, &str)]) -> Value {
    Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect())
}

/// Ours is deleted outside, and a stranger makes one under the same name.
fn usurped(class: &str, marks: &[(&str, &str)]) -> Life {
    after(&[&store("small")]).gone(&urn(STORE, "main")).with(|world| {
        let registry = std::sync::Arc::clone(&world.registry);
        let spec = registry.get(STORE).expect("the type");
        let properties = Map::from([
            ("store_name".to_owned(), "ledger".into()),
            ("class".to_owned(), class.into()),
            ("tags".to_owned(), tags(marks)),
        ]);
        world.cloud.someone_makes(world.now, spec, REGION, properties).expect("a free name");
        world.advance(60_000);
    })
}

fn strangers_left(life: &Life) -> usize {
    life.world.cloud.standing().filter(|object| object.owner.is_none()).count()
}

/// The tags of what stands, with something done to them.
fn retagged(life: Life, type_name: &str, change: impl FnOnce(&mut Map)) -> Life {
    let urn = urn(type_name, "main");
    let number = life.number(&urn);
    let object = life.world.cloud.objects().find(|object| object.number == number).expect("an object");
    let mut tags = object.properties()["tags"].as_map().expect("tags").clone();
    change(&mut tags);
    life.meddled(&urn, "tags", tags)
}

/// V34: a stranger's resource under the name of ours is not deleted by `destroy`.
#[test]
fn a_stranger_under_our_name_survives_a_destroy() {
    for class in ["small", "large"] {
        let life = check(
            usurped(class, &[]),
            destroy(),
            &[],
            "
            plan gone Store/main#1
            end ok
        ",
        );
        assert_eq!(strangers_left(&life), 1);
        let notes = life.plan.expect("a plan").notes;
        assert!(notes[0].contains("stands without the mark of this stack and is left"), "{notes:?}");
    }
}

/// V34: nor where nothing was read before: the executor looks for the mark itself.
#[test]
fn a_stranger_under_our_name_survives_a_destroy_without_a_refresh() {
    let life = check(
        usurped("small", &[]),
        destroy().no_refresh(),
        &[],
        "
        plan delete Store/main: the stack is taken down
        error Store/main EXEC-CONFLICT: Store/main was not deleted: ledger stands without the mark of this stack
        end failed
        row Store/main#1
    ",
    );
    assert_eq!(strangers_left(&life), 1);
}

/// V34: nor by an `up` whose program does not declare it any more.
#[test]
fn a_stranger_under_our_name_survives_the_end_of_its_declaration() {
    let life = check(
        usurped("large", &[]),
        &empty(),
        &[],
        "
        plan gone Store/main#1
        end ok
    ",
    );
    assert_eq!(strangers_left(&life), 1);
}

/// V34: nor as what an earlier replacement left.
#[test]
fn a_stranger_under_the_name_of_an_old_one_survives() {
    use finsight_engine::contract::FailureClass;
    let named = |name: &str| {
        program(|p| {
            p.add(STORE, "main", &[("store_name", name.into())]);
        })
    };
    let faults = [crate::tape::refuse("delete Store/main#1", FailureClass::Denied)];
    let mut life = after(&[&named("one")]);
    life.run(&up(&named("two")), &faults);
    let life = life.with(|world| {
        let number = world.cloud.standing().find(|object| object.id == "one").expect("the old one").number;
        world.cloud.someone_deletes(world.now, number).expect("nothing that holds it");
        let registry = std::sync::Arc::clone(&world.registry);
        let properties = Map::from([("store_name".to_owned(), "one".into()), ("tags".to_owned(), tags(&[]))]);
        let spec = registry.get(STORE).expect("the type");
        world.cloud.someone_makes(world.now, spec, REGION, properties).expect("a free name");
        world.advance(60_000);
    });
    let life = check(
        life,
        &named("two"),
        &[],
        "
        plan gone Store/main#1
        end ok
        row Store/main#2
    ",
    );
    assert_eq!(strangers_left(&life), 1);
}

/// V34: an `up` does not take a stranger's for its own either.
#[test]
fn a_stranger_under_our_name_is_refused_by_name_in_an_up() {
    let refused = "
        refused PLAN-NOT-OURS: Store/main: ledger stands without the mark of this stack and is not as on record, so it may be another's: it is not touched
        row Store/main#1
    ";
    check(usurped("large", &[]), &store("small"), &[], refused);
    // As on record, but to be replaced: a replacement deletes.
    check(usurped("small", &[]), up(&store("small")).replace("main"), &[], refused);
    // What another stack made is another's, and ours is gone.
    let life = usurped("small", &[(STACK_TAG, "another")]);
    let life = check(
        life,
        destroy(),
        &[],
        "
        plan gone Store/main#1
        end ok
    ",
    );
    assert_eq!(strangers_left(&life), 1);
}

/// Tags that were taken off are drift, and come back.
#[test]
fn a_mark_that_was_taken_off_comes_back_with_the_next_up() {
    let life = retagged(after(&[&store("small")]), STORE, |tags| tags.clear());
    check(
        life,
        &store("small"),
        &[],
        "
        plan update Store/main: it was changed outside of finsight-deploy
        converge Store/main#1 tags
        end ok
        row Store/main#1
    ",
    );
}

/// G4: an id that AWS gave is ours, whatever stack its tag names; protected or not.
#[test]
fn an_edited_stack_tag_of_a_minted_id_is_drift() {
    for options in [plain(), protected()] {
        let graph = alone(OLD, options);
        let life = retagged(after(&[&graph]), PARENT, |tags| {
            tags.insert(STACK_TAG.to_owned(), "another".into());
        });
        check(
            life,
            &graph,
            &[],
            "
            plan update Parent/main: it was changed outside of finsight-deploy
            converge Parent/main#1 tags
            end ok
            row Parent/main#1
        ",
        );
    }
}

/// Tags that could not be read say nothing about whose it is.
#[test]
fn unread_tags_decide_nothing() {
    let unread: fn(&mut Reply) = |reply| {
        let Reply::Read(readings) = reply else { return };
        for reading in readings {
            if let Reading::Found(live) = reading {
                live.properties.insert("tags".to_owned(), Value::Unknown);
            }
        }
    };
    check(
        after(&[&store("small")]),
        destroy(),
        &[Fault::Answer("call read Store/main#1", unread)],
        "
        plan delete Store/main: the stack is taken down
        delete Store/main#1
        end ok
    ",
    );
}
