//! What takes the place of the one before in its create call, so that there is no moment without either.

use finsight_engine::contract::FailureClass;
use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::state::Status;
use finsight_engine::value::{Map, Value};
use finsight_sim::cloud::REGION;
use finsight_sim::kinds::reference;
use finsight_sim::{Knobs, Mishap};

use crate::check::{Life, after, check, nothing};
use crate::programs::*;
use crate::tape::{Fault, refuse};
use crate::wish::up;

fn names(kinds: &[(&str, &str)], options: &Options) -> Graph {
    program(|p| {
        for (name, kind) in kinds {
            let inputs = [("parent_id", "zone"), ("label", "www"), ("kind", *kind), ("target", "there")];
            p.add_with(NAME, name, &inputs.map(|(name, value)| (name, value.into())), options.clone());
        }
    })
}

fn www(kind: &str) -> Graph {
    names(&[("www", kind)], &Options::default())
}

/// The kinds of name that stand, oldest first.
fn kinds(life: &Life) -> Vec<String> {
    let kind = |map: &Map| map["kind"].as_text().unwrap_or_default().to_owned();
    life.world.cloud.standing().map(|object| kind(object.properties())).collect()
}

/// From the first name that stood to the last there was always one.
fn never_without(life: &Life) {
    let mut spans: Vec<(u64, u64)> = life
        .world
        .cloud
        .objects()
        .map(|object| (object.created, object.gone_at.unwrap_or(u64::MAX)))
        .collect();
    spans.sort_unstable();
    let mut until = spans[0].1;
    for (created, gone) in spans {
        assert!(created <= until, "nothing stood from {until} to {created}");
        until = until.max(gone);
    }
    assert_eq!(until, u64::MAX, "one stands");
}

#[test]
fn one_call_makes_the_new_one_and_ends_the_old_one() {
    let life = check(
        after(&[&www("A")]),
        &www("CNAME"),
        &[],
        "
        plan replace Name/www: kind cannot be changed in place
        create Name/www#2 in the place of Name/www#1
        delete Name/www#1
        end ok
        row Name/www#2
    ",
    );
    assert_eq!(kinds(&life), ["CNAME"]);
    never_without(&life);
}

/// Kinds that stand side by side need no such call.
#[test]
fn what_can_stand_beside_the_old_one_comes_beside_it() {
    let life = check(
        after(&[&www("A")]),
        &www("AAAA"),
        &[],
        "
        plan replace Name/www: kind cannot be changed in place
        create Name/www#2
        delete Name/www#1
        end ok
        row Name/www#2
    ",
    );
    never_without(&life);
}

#[test]
fn where_its_batch_is_refused_the_old_one_stands_and_the_next_run_goes_on() {
    for class in [FailureClass::Invalid, FailureClass::Denied] {
        let mut life = after(&[&www("A")]);
        let (end, seen) = life.run(&up(&www("CNAME")), &[refuse("create Name/www#2", class)]);
        assert_eq!(end, "end failed", "{seen:?}");
        assert_eq!(kinds(&life), ["A"], "{class:?}: nothing was changed");
        let state = life.world.store.state();
        assert_eq!((state.rows.len(), state.deposed.len(), state.intents.len()), (1, 0, 0), "{seen:?}");
        life.world.expect_no_violations();
        // The program goes back: what stands is as wanted, and is sure again.
        let mut back = life.fork();
        let (end, seen) = back.run(&up(&www("A")), &[]);
        assert_eq!(end, "end ok", "{seen:?}");
        assert!(back.world.store.state().rows.values().all(|row| row.status == Status::Ready), "{seen:?}");
        back.world.expect_converged(&www("A"));
        // Or it goes on.
        let (end, seen) = life.run(&up(&www("CNAME")), &[]);
        assert_eq!(end, "end ok", "{seen:?}");
        life.world.expect_converged(&www("CNAME"));
        never_without(&life);
    }
}

/// A record of another hand that cannot stand beside the new one: AWS refuses the whole batch.
#[test]
fn what_stands_beside_the_old_one_keeps_it_standing() {
    let mut life = after(&[&www("A")]).with(|world| {
        let registry = std::sync::Arc::clone(&world.registry);
        let spec = registry.get(NAME).expect("the type");
        let theirs = [("parent_id", "zone"), ("label", "www"), ("kind", "AAAA"), ("target", "theirs")];
        let theirs = theirs.map(|(name, value)| (name.to_owned(), Value::from(value)));
        world.cloud.someone_makes(world.now, spec, REGION, Map::from(theirs)).expect("room for it");
        world.advance(60_000);
    });
    let (end, seen) = life.run(&up(&www("CNAME")), &[]);
    assert_eq!(end, "end failed", "{seen:?}");
    assert_eq!(kinds(&life), ["A", "AAAA"], "{seen:?}");
    life.world.expect_no_violations();
}

#[test]
fn an_old_one_that_is_gone_already_is_no_hindrance() {
    let gone = || after(&[&www("A")]).gone(&urn(NAME, "www"));
    let life = check(
        gone(),
        &www("CNAME"),
        &[],
        "
        plan gone Name/www#1
        plan create Name/www: it was deleted outside of finsight-deploy
        create Name/www#2
        end ok
        row Name/www#2
    ",
    );
    assert_eq!(kinds(&life), ["CNAME"]);
    // Nothing was read: the plan takes it for standing.
    let life = check(
        gone(),
        up(&www("CNAME")).no_refresh(),
        &[],
        "
        plan replace Name/www: kind cannot be changed in place
        create Name/www#2 in the place of Name/www#1
        delete Name/www#1
        end ok
        row Name/www#2
    ",
    );
    assert_eq!(kinds(&life), ["CNAME"]);
}

/// Killed at every command of the swap, in every way: what stands is on record, and the next run comes to its end.
#[test]
fn killed_at_every_step_one_stands_and_the_next_run_ends_it() {
    let mishaps = [
        Mishap::CrashBefore,
        Mishap::CrashAfter,
        Mishap::CrashInFlight,
        Mishap::AnswerLost,
        Mishap::LostBefore,
    ];
    let steps = [
        "record start",
        "record intend create Name/www#2",
        "call look",
        "create Name/www#2",
        "delete Name/www#1",
    ];
    for mishap in mishaps {
        for step in steps {
            for late in [0, 600_000] {
                let mut life = after(&[&www("A")]);
                if step == "record intend create Name/www#2" {
                    // It comes with the row of the old one, which stands first.
                    life.run(&up(&www("CNAME")), &[Fault::At("intend create Name/www#2", mishap)]);
                } else {
                    life.run(&up(&www("CNAME")), &[Fault::At(step, mishap)]);
                }
                life.world.advance(late);
                life.world.expect_no_violations();
                assert_eq!(kinds(&life).len(), 1, "{mishap:?} at {step}: {:?}", kinds(&life));
                for program in [www("CNAME"), www("A")] {
                    let mut life = life.fork();
                    let (end, seen) = life.run(&up(&program), &[]);
                    assert_eq!(end, "end ok", "{mishap:?} at {step}: {seen:?}");
                    life.world.expect_no_violations();
                    life.world.expect_converged(&program);
                    never_without(&life);
                }
            }
        }
    }
}

/// What is to stand on does not make way: there is no room, and nothing is changed in AWS.
#[test]
fn what_is_retained_is_not_swapped_away() {
    let retained = |kind| names(&[("www", kind)], &Options { retain_on_delete: true, ..Options::default() });
    let mut life = after(&[&retained("A")]);
    let (end, seen) = life.run(&up(&retained("CNAME")), &[]);
    assert_ne!(end, "end ok", "{seen:?}");
    assert_eq!(kinds(&life), ["A"], "{seen:?}");
    life.world.expect_no_violations();
}

#[test]
fn what_is_protected_is_not_swapped_away() {
    let protected = |kind| names(&[("www", kind)], &Options { protect: true, ..Options::default() });
    let mut life = after(&[&protected("A")]);
    let (end, seen) = life.run(&up(&protected("CNAME")), &[]);
    assert_ne!(end, "end ok", "{seen:?}");
    assert_eq!(kinds(&life), ["A"], "{seen:?}");
    life.world.expect_no_violations();
}

/// What comes beside the new one waits for the swap, and what cannot stand beside it goes before.
#[test]
fn who_wants_the_room_waits_for_the_swap() {
    let options = Options::default();
    let (one, two) = (www("CNAME"), names(&[("www", "A"), ("six", "AAAA")], &options));
    let life = check(
        after(&[&one]),
        &two,
        &[],
        "
        plan replace Name/www: kind cannot be changed in place
        plan create Name/six: it does not exist yet
        create Name/www#2 in the place of Name/www#1
        create Name/six#1
        delete Name/www#1
        end ok
        row Name/six#1
        row Name/www#2
    ",
    );
    never_without(&life);
    let life = check(
        after(&[&two]),
        &one,
        &[],
        "
        plan replace Name/www: kind cannot be changed in place
        plan delete Name/six: the program no longer declares it, old one first: Name/www takes its parent_id and label and kind
        delete Name/six#1
        create Name/www#2 in the place of Name/www#1
        delete Name/www#1
        end ok
        row Name/www#2
    ",
    );
    never_without(&life);
}

/// What it waits for wants its room: nothing could be swapped, and the old one goes first.
#[test]
fn what_depends_on_who_wants_the_room_makes_way_before() {
    let names = |kinds: &[(&str, &str, &[&str])]| {
        program(|p| {
            for (name, kind, on) in kinds {
                let inputs = [("parent_id", "zone"), ("label", "www"), ("kind", *kind), ("target", "there")];
                let depends_on = on.iter().map(|on| (urn(NAME, on), "it says so".to_owned())).collect();
                let options = Options { depends_on, ..plain() };
                p.add_with(NAME, name, &inputs.map(|(name, value)| (name, value.into())), options);
            }
        })
    };
    check(
        after(&[&names(&[("www", "CNAME", &[])])]),
        &names(&[("six", "AAAA", &[]), ("www", "A", &["six"])]),
        &[],
        "
        plan create Name/six: it does not exist yet
        plan replace Name/www: kind cannot be changed in place, old one first: Name/six takes its parent_id and label and kind
        delete Name/www#1
        create Name/six#1
        create Name/www#2
        end ok
        row Name/six#1
        row Name/www#2 on Name/six#1
    ",
    );
    // By what it waits for in turn as well.
    let life = check(
        after(&[&names(&[("www", "CNAME", &[])])]),
        &names(&[("six", "AAAA", &[]), ("text", "TXT", &["six"]), ("www", "A", &["text"])]),
        &[],
        "
        plan create Name/six: it does not exist yet
        plan create Name/text: it does not exist yet
        plan replace Name/www: kind cannot be changed in place, old one first: Name/six takes its parent_id and label and kind
        delete Name/www#1
        create Name/six#1
        create Name/text#1
        create Name/www#2
        end ok
        row Name/six#1
        row Name/text#1 on Name/six#1
        row Name/www#2 on Name/text#1
    ",
    );
    assert_eq!(kinds(&life).len(), 3);
}

/// Who holds the old one lets go of it before: no call could end it sooner.
#[test]
fn what_is_held_is_not_swapped() {
    let graph = |kind: &str| {
        program(|p| {
            let inputs = [("parent_id", "zone"), ("label", "www"), ("kind", kind), ("target", "there")];
            let www = p.add(NAME, "www", &inputs.map(|(name, value)| (name, value.into())));
            p.add(MEMBER, "m", &[("parent_id", reference(&www, "id")), ("range", "10.0.1.0/24".into())]);
        })
    };
    check(
        after(&[&graph("A")]).with(|world| world.cloud.holds = true),
        &graph("CNAME"),
        &[],
        "
        plan replace Name/www: kind cannot be changed in place, old one first: no two can have the same parent_id and label and kind
        plan replace Member/m: parent_id cannot be changed in place, old one first: what it stands on is deleted first
        delete Member/m#1
        delete Name/www#1
        create Name/www#2
        create Member/m#2
        end ok
        row Member/m#2 on Name/www#2
        row Name/www#2
    ",
    );
}

#[test]
fn where_the_record_before_it_cannot_be_written_nothing_was_sent() {
    let mut life = after(&[&www("A")]);
    let fails = [Fault::At("intend create Name/www#2", Mishap::LostBefore)];
    let (_, seen) = life.run(&up(&www("CNAME")), &fails);
    let message = &life.troubles[0].1.message;
    assert!(message.contains("nothing was sent"), "{message}: {seen:?}");
    assert_eq!(kinds(&life), ["A"]);
}

/// Names of one label, of kinds that come, go and change hands, on a cloud that lags, with mishaps at any command.
#[test]
fn names_of_one_label_come_and_go_under_mishaps() {
    const KINDS: [&[(usize, &str)]; 7] = [
        &[(0, "CNAME")],
        &[(0, "A")],
        &[(0, "A"), (1, "AAAA")],
        &[(0, "AAAA"), (1, "A"), (2, "TXT")],
        &[(0, "TXT"), (1, "A")],
        &[(0, "AAAA")],
        &[],
    ];
    const MISHAPS: [Mishap; 6] = [
        Mishap::CrashBefore,
        Mishap::CrashAfter,
        Mishap::CrashInFlight,
        Mishap::AnswerLost,
        Mishap::LostBefore,
        Mishap::Interrupt,
    ];
    for seed in 0..120u64 {
        let mut drawn = seed.wrapping_mul(7919).wrapping_add(17);
        let mut below = |many: usize| {
            drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(drawn >> 33).expect("31 bits") % many
        };
        let mut life = nothing();
        if seed % 2 == 1 {
            life.world.cloud.knobs = Knobs::natural();
        }
        let mut story = Vec::new();
        let mut last = empty();
        for _ in 0..6 {
            let (kinds, shift) = (KINDS[below(KINDS.len())], below(3));
            let named =
                |(at, kind): &(usize, &'static str)| (["one", "two", "three"][(at + shift) % 3], *kind);
            let kinds: Vec<(&str, &str)> = kinds.iter().map(named).collect();
            last = names(&kinds, &Options::default());
            if below(3) > 0 {
                life.world.mishap_in(1 + below(14) as u64, MISHAPS[below(MISHAPS.len())]);
            }
            let (end, seen) = life.run(&up(&last), &[]);
            assert!(!end.starts_with("refused"), "seed {seed}: {seen:?}\n{story:?}");
            story.push((kinds, seen));
            life.world.advance(below(2) as u64 * 60_000);
        }
        life.world.settle_down(&last);
        assert!(life.world.violations.is_empty(), "seed {seed}: {:?}\n{story:?}", life.world.violations);
    }
}
