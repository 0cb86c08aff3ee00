//! Shown by a reading: each fails as long as the fault is there.

use finsight_engine::contract::FailureClass;
use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::value::Value;
use finsight_sim::Hardship;
use finsight_sim::kinds::reference;

use crate::check::*;
use crate::programs::*;
use crate::tape::refuse;
use crate::wish::{destroy, up};

/// `a` stands on `b`, or the other way round.
fn peers(turned: bool) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let mut add = |name: &str, range: &str, on: Option<&str>| {
            let [parent, range] = member(&main, range);
            let mut inputs = vec![parent, range];
            if let Some(on) = on {
                inputs.push(("peers", vec![reference(&urn(MEMBER, on), "id")].into()));
            }
            p.add(MEMBER, name, &inputs);
        };
        add("a", "10.0.1.0/24", (!turned).then_some("b"));
        add("b", "10.0.2.0/24", turned.then_some("a"));
    })
}

/// A selection across edges puts a circle on record: no `destroy` comes out of it.
#[test]
fn adv_a_target_does_not_put_a_circle_on_record() {
    let mut life = after(&[&peers(false)]);
    let (end, seen) = life.run(&up(&peers(true)).target("*/b"), &[]);
    if end.starts_with("refused") {
        return;
    }
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let (_, gone) = life.fork().run(&up(&empty()), &[]);
    let (end, seen) = life.run(&destroy(), &[]);
    assert_eq!(end, "end ok", "destroy: {seen:#?}\nup of nothing: {gone:#?}");
}

/// `lb` can do without `a` for a while; `a` stands on `runner`, whose replacement goes last by its name.
fn stacked(path: &str, range: &str) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let m = p.add(MEMBER, "m", &member(&main, "10.0.9.0/24"));
        let role = p.add(ROLE, "runner", &[("role_name", "runner".into()), ("path", path.into())]);
        let a = p.add(MEMBER, "a", &[("parent_id", reference(&role, "arn")), ("range", range.into())]);
        p.add(
            BALANCER,
            "lb",
            &[
                ("parent_id", reference(&main, "id")),
                ("member_ids", vec![reference(&m, "id")].into()),
                ("role", reference(&a, "arn")),
            ],
        );
    })
}

/// What an earlier run left to be deleted goes along first, and its holder is not made to let go.
#[test]
fn adv_the_holder_of_what_was_left_over_lets_go() {
    let mut life = wide(&[Hardship::Users], &stacked("/", "10.0.1.0/24"));
    let (end, seen) = life.run(&up(&stacked("/", "10.0.2.0/24")).target("*/a"), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    assert_eq!(life.world.store.state().deposed.len(), 1, "{seen:#?}");
    life.world.advance(60_000);
    let (first, seen) = life.run(&up(&stacked("/b/", "10.0.2.0/24")), &[]);
    life.world.advance(60_000);
    let (end, again) = life.run(&up(&stacked("/b/", "10.0.2.0/24")), &[]);
    assert!(first == "end ok" && end == "end ok", "{first}: {seen:#?}\nonce more: {end}: {again:#?}");
}

/// The same without anything left over: what it can do.
#[test]
fn adv_control_the_holder_lets_go() {
    let mut life = wide(&[Hardship::Users], &stacked("/", "10.0.2.0/24"));
    let (end, seen) = life.run(&up(&stacked("/b/", "10.0.2.0/24")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
}

/// An update that was begun and failed: the next program's plan goes by what is on record of it. (The killed one is
/// in `along.rs`; this one needs the letting of leftovers.)
#[test]
fn adv_a_begun_update_does_not_keep_the_next_plan_from_letting_go() {
    let mut ends = Vec::new();
    for fault in [refuse("converge Balancer/lb", FailureClass::Denied)] {
        let mut life = wide(&[Hardship::Users], &stacked("/", "10.0.1.0/24"));
        life.run(&up(&stacked("/", "10.0.2.0/24")), &[fault]);
        life.world.advance(60_000);
        ends.push(life.run(&up(&stacked("/b/", "10.0.2.0/24")), &[]));
    }
    assert!(ends.iter().all(|(end, _)| end == "end ok"), "{ends:#?}");
}

/// A holder that is perhaps replaced turns out to stay: nothing makes it let go then.
#[test]
fn adv_a_holder_whose_replacement_is_not_needed_lets_go() {
    let graph = |path: &str, note: &str| {
        program(|p| {
            let site = p.add(SITE, "site", &[("note", note.into())]);
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let m = p.add(MEMBER, "m", &member(&main, "10.0.9.0/24"));
            let role = p.add(ROLE, "runner", &[("role_name", "runner".into()), ("path", path.into())]);
            let options = Options { replace_on_changes: vec!["note".to_owned()], ..plain() };
            p.add_with(
                BALANCER,
                "lb",
                &[
                    ("parent_id", reference(&main, "id")),
                    ("member_ids", vec![reference(&m, "id")].into()),
                    ("role", reference(&role, "arn")),
                    ("note", reference(&site, "domain")),
                ],
                options,
            );
        })
    };
    let mut wrong = Vec::new();
    for how in [finsight_engine::schema::LetsGo::Emptied, finsight_engine::schema::LetsGo::Changed] {
        let mut life = bent_types(lets_go(BALANCER, "role", how), true);
        let (end, seen) = life.run(&up(&graph("/", "one")), &[]);
        assert_eq!(end, "end ok", "{seen:#?}");
        life.world.advance(60_000);
        let (end, seen) = life.run(&up(&graph("/b/", "two")), &[]);
        life.world.advance(60_000);
        let again = life.run(&up(&graph("/b/", "two")), &[]);
        if end == "end failed" {
            wrong.push((how, end, seen, "once more", again));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Someone has given a claim to one of ours, and the program gives it to another: the first is put right before.
fn named(sites: &[(&str, &str)]) -> Graph {
    program(|p| {
        for (site, name) in sites {
            let names: Vec<Value> = if name.is_empty() { Vec::new() } else { vec![(*name).into()] };
            p.add(SITE, site, &[("names", names.into())]);
        }
    })
}

#[test]
fn adv_a_claim_that_stands_and_is_not_on_record_is_given_up_first() {
    let mut ends = Vec::new();
    for (new, a, z, parallel) in
        [(false, "a", "z", 1), (false, "z", "a", 1), (false, "z", "a", 0), (true, "a", "z", 1)]
    {
        let before = if new { named(&[(z, "")]) } else { named(&[(a, "y"), (z, "")]) };
        let life = wide(&[Hardship::Claims], &before);
        let mut life = life.meddled(&urn(SITE, z), "names", vec![Value::from("x")]);
        let graph = named(&[(a, "x"), (z, "")]);
        for _ in 0..3 {
            let mut wish = up(&graph);
            wish.ask.parallel = parallel;
            let (end, seen) = life.run(&wish, &[]);
            ends.push((new, a, parallel, end, seen));
            life.world.advance(60_000);
        }
    }
    assert!(ends.iter().all(|(.., end, _)| end == "end ok"), "{ends:#?}");
}

/// A world whose types are bent.
fn bent_types(change: impl Fn(&mut finsight_engine::schema::TypeSpec), holds: bool) -> Life {
    let mut life = nothing();
    let bend = life.world.bend.take();
    let hardships: std::collections::BTreeSet<Hardship> =
        [Hardship::Users, Hardship::Waiting, Hardship::Needless, Hardship::Claims].into();
    let mut specs: Vec<_> = finsight_sim::kinds::specs();
    specs.extend(finsight_sim::kinds::wide::specs(&hardships));
    specs.iter_mut().for_each(change);
    let registry = std::sync::Arc::new(finsight_engine::schema::Registry::new(specs));
    life.world = finsight_sim::World::new(registry, 1);
    life.world.cloud.holds = holds;
    life.world.bend = bend;
    life
}

/// A name that is known only later turns out to be the one that the old resource has.
#[test]
fn adv_a_claim_that_turns_out_to_be_its_own_goes_first() {
    let graph = |path: &str, note: &str| {
        program(|p| {
            let site = p.add(SITE, "site", &[("note", note.into())]);
            let name = reference(&site, "domain");
            p.add(ROLE, "runner", &[("role_name", name), ("path", path.into())]);
        })
    };
    let mut life = wide(&[Hardship::Needless], &graph("/", "one"));
    let mut ends = Vec::new();
    for _ in 0..2 {
        ends.push(life.run(&up(&graph("/b/", "two")), &[]));
        life.world.advance(60_000);
    }
    assert!(ends.iter().all(|(end, _)| end == "end ok"), "{ends:#?}");
}

/// The same of what another one has that goes.
#[test]
fn adv_a_claim_that_turns_out_to_be_anothers_goes_first() {
    let graph = |name: &str, note: &str| {
        program(|p| {
            let site = p.add(SITE, "site", &[("note", note.into())]);
            p.add(ROLE, name, &[("role_name", reference(&site, "domain"))]);
        })
    };
    let mut life = wide(&[Hardship::Needless], &graph("one", "one"));
    let mut ends = Vec::new();
    for _ in 0..2 {
        ends.push(life.run(&up(&graph("two", "two")), &[]));
        life.world.advance(60_000);
    }
    assert!(ends.iter().all(|(end, _)| end == "end ok"), "{ends:#?}");
}

/// A database that is replaced is in the subnet that its group is to leave: it goes last, and the group cannot
/// leave before.
#[test]
fn adv_who_stands_in_what_is_left_goes_before_or_is_named() {
    use finsight_engine::plan::ActionKind;
    use finsight_engine::schema::{LetsGo, UsedBy};
    const USED: UsedBy = UsedBy { of: STORE, place: "zone", spread: "spread", way: "move it" };
    let graph = |new: bool, db: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let a = p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
            let mut members = vec![reference(&a, "id")];
            if !new {
                let b = p.add(MEMBER, "b", &member(&main, "10.0.2.0/24"));
                members.push(reference(&b, "id"));
            }
            let on = [("parent_id", reference(&main, "id")), ("member_ids", members.into())];
            let group = p.add(BALANCER, "group", &on);
            if !db.is_empty() {
                p.add(STORE, "db", &[("store_name", db.into()), ("member_id", reference(&group, "id"))]);
            }
        })
    };
    let mut life = bent_types(
        |spec| {
            for property in spec.properties.iter_mut().filter(|property| property.name == "member_ids") {
                property.lets_go = Some(LetsGo::Changed);
                property.used_by = Some(USED);
            }
        },
        true,
    );
    let (end, seen) = life.run(&up(&graph(false, "one")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let mut wrong = Vec::new();
    for db in ["one", "two", ""] {
        let Ok(plan) = life.fork().world.preview(&up(&graph(true, db)).ask) else { continue };
        let apply = plan
            .actions
            .iter()
            .position(|a| matches!(a.kind, ActionKind::Apply) && a.urn == urn(BALANCER, "group"));
        let remove = plan
            .actions
            .iter()
            .position(|a| matches!(a.kind, ActionKind::Remove { .. }) && a.urn == urn(STORE, "db"));
        let late = plan.actions[remove.expect("a delete of the database")].late;
        let after = plan.actions[apply.expect("a change of the group")].after.contains(&remove.unwrap());
        if !after {
            wrong.push(format!("db {db:?}: the group lets go first, the database goes late: {late}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `lb` holds `a`, which moved to another range in a run that left `lb` alone; `x` is to have the old range.
fn taken_over(range: &str, x: bool) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let m = p.add(MEMBER, "m", &member(&main, "10.0.9.0/24"));
        let a = p.add(MEMBER, "a", &member(&main, range));
        p.add(
            BALANCER,
            "lb",
            &[
                ("parent_id", reference(&main, "id")),
                ("member_ids", vec![reference(&m, "id")].into()),
                ("role", reference(&a, "arn")),
            ],
        );
        if x {
            p.add(MEMBER, "x", &member(&main, "10.0.1.0/24"));
        }
    })
}

/// What a leftover's holder changes to stands already: it changes before, and neither waits nor does without.
#[test]
fn adv_the_holder_of_a_leftover_that_makes_way_just_changes() {
    use finsight_engine::schema::LetsGo;
    let mut wrong = Vec::new();
    for how in [LetsGo::Changed, LetsGo::Emptied, LetsGo::Recreated] {
        let mut life = bent_types(lets_go(BALANCER, "role", how), true);
        let (end, seen) = life.run(&up(&taken_over("10.0.1.0/24", false)), &[]);
        assert_eq!(end, "end ok", "{seen:#?}");
        life.world.advance(60_000);
        let (end, seen) = life.run(&up(&taken_over("10.0.2.0/24", false)).target("*/a"), &[]);
        assert_eq!(end, "end ok", "{seen:#?}");
        life.world.advance(60_000);
        for _ in 0..2 {
            let (end, seen) = life.run(&up(&taken_over("10.0.2.0/24", true)), &[]);
            let lettings = life.plan.as_ref().map_or(0, |plan| plan.lettings.len());
            if end != "end ok" || lettings > 0 || did(&seen, "plan replace Balancer/lb") {
                wrong.push((how, lettings, end, seen));
            }
            life.world.advance(60_000);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A record with a circle has no order: a fix of it is refused, or takes the rows off the record and makes nothing.
#[test]
fn adv_a_fix_of_a_circle_on_record() {
    let mut seen_of = Vec::new();
    for circle in [false, true] {
        let mut life = after(&[&peers(false)]);
        if circle {
            let (end, seen) = life.run(&up(&peers(true)).target("*/b"), &[]);
            assert_eq!(end, "end ok", "{seen:#?}");
            life.world.advance(60_000);
        }
        let mut wish = up(&peers(true));
        wish.ask.purpose = finsight_engine::plan::Purpose::Fix;
        wish.ask.selection.component.push("sim".to_owned());
        let none = || Value::from(Vec::<Value>::new());
        let drifted = life.fork().meddled(&urn(MEMBER, "a"), "peers", none());
        let mut drifted = drifted.meddled(&urn(MEMBER, "b"), "peers", none());
        seen_of.push((circle, "drifted", drifted.run(&wish, &[])));
        let gone = life.fork().with(|world| {
            let numbers: Vec<u64> =
                world.cloud.standing().filter(|o| o.type_name == MEMBER).map(|o| o.number).collect();
            for number in numbers {
                world.cloud.someone_deletes(world.now, number).expect("nothing that holds it");
            }
            world.advance(60_000);
        });
        let mut gone = gone;
        seen_of.push((circle, "gone", gone.run(&wish, &[])));
    }
    let good = |(_, what, (end, seen)): &(bool, &str, (String, Vec<String>))| {
        end == "end ok" && (*what != "gone" || did(seen, "create"))
    };
    assert!(seen_of.iter().all(good), "{seen_of:#?}");
}

/// A type whose property lets go in this way.
fn lets_go(
    of: &'static str,
    name: &'static str,
    how: finsight_engine::schema::LetsGo,
) -> impl Fn(&mut finsight_engine::schema::TypeSpec) {
    move |spec| {
        for property in spec.properties.iter_mut().filter(|_| spec.name == of) {
            if property.name == name {
                property.lets_go = Some(how);
            }
        }
    }
}

/// What was let stand by an earlier run holds what a later one deletes: half an hour, each time, and no name.
#[test]
fn adv_what_was_forgotten_by_an_earlier_run_is_known_as_a_holder() {
    let graph = |lb: bool, a: bool| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let m = p.add(MEMBER, "m", &member(&main, "10.0.9.0/24"));
            if a {
                p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
            }
            if lb {
                let on = [
                    ("parent_id", reference(&main, "id")),
                    ("member_ids", vec![reference(&m, "id")].into()),
                    ("role", reference(&urn(MEMBER, "a"), "arn")),
                ];
                p.add_with(BALANCER, "lb", &on, retained());
            }
        })
    };
    let mut life = wide(&[Hardship::Users], &graph(true, true));
    let (end, seen) = life.run(&up(&graph(false, true)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let mut ends = Vec::new();
    for _ in 0..2 {
        let began = life.world.now;
        let (end, seen) = life.run(&up(&graph(false, false)), &[]);
        let calls = seen.iter().filter(|line| line.starts_with("delete")).count();
        let error = seen.into_iter().find(|line| line.starts_with("error"));
        ends.push((end, (life.world.now - began) / 60_000, calls, error));
        life.world.advance(60_000);
    }
    assert!(ends.iter().all(|(_, minutes, ..)| *minutes < 5), "end, minutes, deletes, error: {ends:#?}");
}
