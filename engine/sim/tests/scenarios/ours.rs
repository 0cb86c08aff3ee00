//! Whose a resource is: what carries our mark is ours, and nothing else is deleted.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use finsight_engine::contract::{OWNER_TAG, Reading, Reply, STACK_TAG};
use finsight_engine::graph::Graph;
use finsight_engine::state::Status;
use finsight_engine::value::{Map, Value};
use finsight_sim::Mishap;
use finsight_sim::cloud::REGION;
use finsight_sim::kinds::reference;

use crate::check::{Life, after, check, did, observe};
use crate::programs::*;
use crate::tape::{Fault, bent, each_live, unread_tags};
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
    check(
        after(&[&store("small")]),
        destroy(),
        &[Fault::Answer("call read Store/main#1", unread_tags)],
        "
        plan delete Store/main: the stack is taken down
        delete Store/main#1
        end ok
    ",
    );
}

/// V34: a read that sees nothing lags behind, first or after one that has seen a stranger's: nothing is deleted.
#[test]
fn a_stranger_is_not_deleted_when_a_read_sees_nothing() {
    bent!(absent_first, 1, |reading| *reading = Reading::Absent);
    bent!(absent_then, 2, |reading| *reading = Reading::Absent);
    for bend in [absent_first, absent_then] {
        let mut life = usurped("small", &[]);
        let (end, seen) = life.run(&destroy().no_refresh(), &[Fault::Answer("read Store/main#1", bend)]);
        assert_eq!(strangers_left(&life), 1, "the stranger's is deleted: {end} {seen:#?}");
    }
}

static OWNER: std::sync::Mutex<String> = std::sync::Mutex::new(String::new());

fn as_ours(reading: &mut Reading) {
    if let Reading::Found(live) = reading {
        let owner = OWNER.lock().expect("no test has panicked").clone();
        let marks = [(STACK_TAG, "dev"), (OWNER_TAG, owner.as_str())];
        live.properties.insert("tags".to_owned(), tags(&marks));
    }
}

/// V34: a read that shows ours, after one that has seen a stranger's, lags behind too: ours it is only after a whole
/// lag in which no read has shown another's.
#[test]
fn a_stranger_that_was_seen_once_is_not_deleted_when_a_read_lags() {
    bent!(the_second, 2, as_ours);
    bent!(the_fourth, 4, as_ours);
    bent!(the_last_of_a_refresh, 7, as_ours);
    for (wish, bend) in [
        (destroy().no_refresh(), the_second as fn(&mut Reply)),
        (destroy().no_refresh(), the_fourth),
        (destroy(), the_last_of_a_refresh),
    ] {
        let mut life = usurped("small", &[]);
        let owner = life.world.store.state().rows[&urn(STORE, "main")].owner.clone();
        owner.as_str().clone_into(&mut OWNER.lock().expect("no test has panicked"));
        let (end, seen) = life.run(&wish, &[Fault::Answer("read Store/main#1", bend)]);
        assert_eq!(strangers_left(&life), 1, "the stranger's is deleted: {end} {seen:#?}");
        assert!(!did(&seen, "delete"), "{end} {seen:#?}");
        assert!(
            !did(&seen, "plan delete") || did(&seen, "error Store/main EXEC-CONFLICT"),
            "{end} {seen:#?}"
        );
    }
}

/// V34: nor is it changed, by an update or by what an earlier run did not finish.
#[test]
fn a_stranger_under_our_name_is_not_changed() {
    for status in [Status::Unfinished, Status::Ready] {
        let life = usurped("small", &[]).with_row(&urn(STORE, "main"), |row| row.status = status);
        let mut life = life;
        let (end, seen) = life.run(&up(&store("large")).no_refresh(), &[]);
        assert!(!did(&seen, "converge"), "{status:?} {end}: {seen:#?}");
        assert!(
            did(&seen, "error Store/main EXEC-CONFLICT: Store/main is not changed any further"),
            "{seen:#?}"
        );
    }
}

fn vault() -> Graph {
    program(|p| {
        p.add(VAULT, "main", &[("vault_name", "ledger".into())]);
    })
}

/// V34 in two steps: an `up` marks a stranger's that looks like ours, and a `destroy` deletes it. Of what holds data
/// a person says whose it is.
#[test]
fn a_stranger_s_look_alike_is_not_marked_and_then_deleted() {
    let life = after(&[&vault()]);
    let number = life.number(&urn(VAULT, "main"));
    let mut life = life.with(|world| {
        world.cloud.someone_replaces(world.now, number).expect("theirs");
        world.advance(60_000);
    });
    let (end, seen) = life.run(&up(&vault()), &[]);
    assert!(did(&seen, "refused PLAN-NOT-OURS"), "{end} {seen:#?}");
    life.world.advance(60_000);
    let (_, then) = life.run(&destroy(), &[]);
    assert_eq!(strangers_left(&life), 1, "the stranger's vault is gone: {end} {seen:#?} {then:#?}");
}

/// What holds data and has lost its mark gets it back where that is confirmed by name, and where it has kept this
/// stack's tag: no stranger's has that.
#[test]
fn a_mark_of_what_holds_data_comes_back_once_it_is_sure() {
    let bare = || retagged(after(&[&vault()]), VAULT, |tags| tags.clear());
    let kept = || {
        retagged(after(&[&vault()]), VAULT, |tags| {
            tags.remove(OWNER_TAG);
        })
    };
    for (mut life, wish) in [(bare(), up(&vault()).confirm("ledger")), (kept(), up(&vault()))] {
        let (end, seen) = life.run(&wish, &[]);
        assert_eq!(end, "end ok", "{seen:#?}");
        assert!(did(&seen, "converge Vault/main#1 tags"), "{seen:#?}");
    }
}

/// V34: what AWS mints with each incarnation tells a look-alike from ours that has lost its tags.
#[test]
fn a_look_alike_is_told_by_what_is_minted_anew() {
    let another: fn(&mut Reply) = |reply| {
        each_live(reply, |live| {
            live.outputs.insert("key".to_owned(), "another's".into());
        });
    };
    let mut life = usurped("small", &[]);
    let (end, seen) = life.run(&up(&store("small")), &[Fault::Answer("read Store/main#1", another)]);
    assert!(did(&seen, "refused PLAN-NOT-OURS"), "{end} {seen:#?}");
}

/// V34: what takes no tags is only known by its looks: nothing is begun where one stands, so that what a killed run
/// leaves behind is never taken for what it has made.
#[test]
fn what_takes_no_tags_is_not_begun_where_one_stands() {
    let parent = alone(OLD, plain());
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let inputs = [("parent_id", reference(&main, "id")), ("slot", "one".into()), ("target", "a".into())];
        p.add(LINK, "link", &inputs);
    });
    for mishap in [None, Some(Mishap::CrashBefore), Some(Mishap::CrashAfter)] {
        let mut life = after(&[&parent]).with(|world| {
            let registry = std::sync::Arc::clone(&world.registry);
            let spec = registry.get(LINK).expect("the type");
            let id = world.store.state().rows[&urn(PARENT, "main")].id.clone();
            let inputs = [("parent_id", Value::from(id)), ("slot", "one".into()), ("target", "a".into())];
            let properties = inputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            world.cloud.someone_makes(world.now, spec, REGION, properties).expect("free");
            world.advance(60_000);
        });
        let faults: Vec<Fault> = mishap.into_iter().map(|mishap| Fault::At("call look", mishap)).collect();
        let (end, seen) = life.run(&up(&graph).no_refresh(), &faults);
        assert!(!did(&seen, "create"), "{mishap:?} {end} {seen:#?}");
        assert!(
            mishap.is_some() || did(&seen, "error Link/link EXEC-CONFLICT"),
            "{mishap:?} {end} {seen:#?}"
        );
        assert!(life.world.store.state().intents.is_empty(), "{mishap:?}");
        life.world.advance(60_000);
        let (_, seen) = life.run(&up(&graph), &[]);
        assert!(did(&seen, "refused PLAN-STANDS"), "{mishap:?} {seen:#?}");
        life.run(&destroy(), &[]);
        let left = life.world.cloud.standing().filter(|object| object.type_name == LINK).count();
        assert_eq!(left, 1, "{mishap:?}: the stranger's is adopted and deleted");
    }
}

/// A read shows nothing, and the next one ours, older than that: who has taken the name since is not seen yet.
#[test]
fn what_a_read_has_not_shown_is_ours_again_only_after_a_lag() {
    static OURS: Mutex<Option<Reading>> = Mutex::new(None);
    static READS: AtomicU32 = AtomicU32::new(0);
    fn lagging(reply: &mut Reply) {
        let ours = OURS.lock().expect("one thread").clone().expect("what was read before");
        let Reply::Read(readings) = reply else { return };
        match READS.fetch_add(1, Ordering::SeqCst) {
            0 | 2 => *readings = vec![ours],
            1 => *readings = vec![Reading::Absent],
            _ => {}
        }
    }
    let readings = observe(&mut after(&[&store("small")]).world).readings;
    *OURS.lock().expect("one thread") = readings.into_values().next();
    let mut life = usurped("small", &[]);
    let (end, seen) = life.run(&destroy(), &[Fault::Answer("read Store/main#1", lagging)]);
    assert_eq!((end.as_str(), strangers_left(&life)), ("end failed", 1), "{seen:?}");
    assert_eq!(life.troubles[0].1.code, "EXEC-CONFLICT", "{:?}", life.troubles);
    life.world.expect_no_violations();
}
