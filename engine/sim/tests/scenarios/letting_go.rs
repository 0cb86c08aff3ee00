//! Who holds what goes first, and how it lets go: what an earlier run left, and what may be replaced or stay.

use std::collections::BTreeSet;
use std::sync::Arc;

use finsight_engine::contract::FailureClass;
use finsight_engine::graph::Graph;
use finsight_engine::plan::ActionKind;
use finsight_engine::program::Options;
use finsight_engine::schema::{LetsGo, Registry, TypeSpec, UsedBy};
use finsight_sim::kinds::{self, reference};
use finsight_sim::{Hardship, Mishap, World};

use crate::check::*;
use crate::programs::*;
use crate::tape::{Fault, refuse};
use crate::wish::{destroy, up};

/// A world whose types are bent.
fn bent(change: impl Fn(&mut TypeSpec)) -> Life {
    let mut life = nothing();
    let bend = life.world.bend.take();
    let hardships: BTreeSet<Hardship> = [Hardship::Users, Hardship::Needless, Hardship::Claims].into();
    let mut specs: Vec<_> = kinds::specs();
    specs.extend(kinds::wide::specs(&hardships));
    specs.iter_mut().for_each(change);
    life.world = World::new(Arc::new(Registry::new(specs)), 1);
    life.world.cloud.holds = true;
    life.world.bend = bend;
    life
}

/// A balancer lets go of its role in this way.
fn lets_go(how: LetsGo) -> impl Fn(&mut TypeSpec) {
    move |spec| {
        let role = spec.properties.iter_mut().filter(|property| property.name == "role");
        role.filter(|_| spec.name == BALANCER).for_each(|property| property.lets_go = Some(how));
    }
}

/// Who stays and can do without what goes first does without it for a while.
#[test]
fn who_can_do_without_it_lets_go() {
    let mut life = wide(&[Hardship::Users], &stacked("/", "10.0.2.0/24"));
    let (end, seen) = life.run(&up(&stacked("/b/", "10.0.2.0/24")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
}

/// What an earlier run left goes along with what it stands on, and its holder lets go of it before.
#[test]
fn the_holder_of_what_was_left_over_lets_go() {
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

/// What the holder of a leftover changes to stands already: it changes before, and neither waits nor does without.
#[test]
fn the_holder_of_a_leftover_that_makes_way_just_changes() {
    let mut wrong = Vec::new();
    for how in [LetsGo::Changed, LetsGo::Emptied, LetsGo::Recreated] {
        let mut life = bent(lets_go(how));
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

/// A holder that may be replaced and turns out to stay lets go all the same; where it cannot, it goes along.
#[test]
fn a_holder_whose_replacement_is_not_needed_lets_go() {
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
    for how in [LetsGo::Emptied, LetsGo::Changed] {
        let mut life = bent(lets_go(how));
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

/// Stores stand in what the balancer that they are on has for its members.
fn used(spec: &mut TypeSpec) {
    const USED: UsedBy = UsedBy { of: STORE, place: "zone", spread: "spread", way: "move it" };
    for property in spec.properties.iter_mut().filter(|property| property.name == "member_ids") {
        property.lets_go = Some(LetsGo::Changed);
        property.used_by = Some(USED);
    }
}

/// Who stands in what a group leaves, and goes, goes before the group changes; who stays is named.
#[test]
fn who_stands_in_what_is_left_goes_before_or_is_named() {
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
    let mut life = bent(used);
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

/// `lb`, which is to be let stand, holds `a`.
fn holding(lb: bool, a: bool) -> Graph {
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
}

/// What was let stand and waits for its deletion by now uses nothing, for all the days that it can be taken back.
#[test]
fn what_was_let_stand_and_waits_for_its_deletion_holds_nothing() {
    let mut life = bent(|spec| spec.restorable |= spec.name == BALANCER);
    for graph in [holding(true, true), holding(false, true)] {
        let (end, seen) = life.run(&up(&graph), &[]);
        assert_eq!(end, "end ok", "{seen:#?}");
        life.world.advance(60_000);
    }
    let refused = life.fork().run(&up(&holding(false, false)), &[]).1;
    assert!(did(&refused, "refused PLAN-HELD"), "{refused:#?}");
    let number = life.world.cloud.standing().find(|object| object.type_name == BALANCER).expect("lb").number;
    life.world.cloud.someone_deletes(life.world.now, number).expect("nothing that holds it");
    life.world.advance(60_000);
    let (end, seen) = life.run(&up(&holding(false, false)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
}

/// What an earlier run let stand holds what a later one is to delete: said by name before anything changes, until it
/// holds it no more.
#[test]
fn what_an_earlier_run_let_stand_is_known_as_a_holder() {
    let graph = holding;
    let mut life = wide(&[Hardship::Users], &graph(true, true));
    let (end, seen) = life.run(&up(&graph(false, true)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let lb = urn(BALANCER, "lb");
    let refused = "
        refused PLAN-HELD: Member/a cannot be deleted: Balancer/lb holds it by its `role` and was taken off the record and let stand
        row Member/a#1 on Parent/main#1
        row Member/m#1 on Parent/main#1
        row Parent/main#1
    ";
    // A read that is throttled says nothing yet.
    let throttled = [Fault::First("call read Balancer/lb", FailureClass::Throttled, 2)];
    let (end, seen) = life.fork().run(&up(&graph(false, false)), &throttled);
    assert!(did(&seen, "refused PLAN-HELD"), "{end}: {seen:#?}");
    // One that is denied leaves it open, and that is said.
    let mut untold = life.fork();
    untold.run(&up(&graph(false, false)), &[refuse("call read Balancer/lb", FailureClass::Denied)]);
    let notes = untold.plan.expect("a plan").notes;
    assert!(notes.iter().any(|note| note.contains("let stand, and could not be read")), "{notes:?}");
    let life = check(life, up(&graph(false, false)), &[], refused);
    let number = life.world.cloud.standing().find(|object| object.type_name == BALANCER).expect("lb").number;
    assert_eq!(life.world.store.state().let_stand.values().map(|row| &row.urn).collect::<Vec<_>>(), [&lb]);
    let gone = life.fork().with(|world| {
        world.cloud.someone_deletes(world.now, number).expect("nothing that holds it");
        world.advance(60_000);
    });
    let elsewhere = life.with(|world| {
        world.cloud.someone_sets(world.now, number, "role", "nobody".into()).expect("a standing object");
        world.advance(60_000);
    });
    for mut life in [gone, elsewhere] {
        let (end, seen) = life.run(&up(&graph(false, false)), &[]);
        assert_eq!(end, "end ok", "{seen:#?}");
    }
}

/// What has been let go of is not named any more by who let go, whatever is wanted.
#[test]
fn what_was_let_go_of_can_be_deleted_alone() {
    let mut life = wide(&[Hardship::Users], &stacked("/", "10.0.2.0/24"));
    let killed = [Fault::At("intend delete Member/a#1", Mishap::CrashBefore)];
    let (end, seen) = life.run(&up(&stacked("/b/", "10.0.2.0/24")), &killed);
    assert!(end == "end crashed" && did(&seen, "converge Balancer/lb#1 role"), "{end}: {seen:#?}");
    life.world.advance(60_000);
    let (end, seen) = life.run(&destroy().target("*/a"), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let (end, seen) = life.run(&up(&stacked("/b/", "10.0.2.0/24")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.expect_converged(&stacked("/b/", "10.0.2.0/24"));
}

/// What somebody has given back by hand to who let go of it is held again: it lets go once more.
#[test]
fn what_was_given_back_by_hand_is_let_go_of_again() {
    let mut life = wide(&[Hardship::Users], &stacked("/", "10.0.2.0/24"));
    let killed = [Fault::At("intend delete Member/a#1", Mishap::CrashBefore)];
    let (end, seen) = life.run(&up(&stacked("/b/", "10.0.2.0/24")), &killed);
    assert!(end == "end crashed" && did(&seen, "converge Balancer/lb#1 role"), "{end}: {seen:#?}");
    let arn = life.world.store.state().rows[&urn(MEMBER, "a")].outputs["arn"].clone();
    let mut life = life.meddled(&urn(BALANCER, "lb"), "role", arn);
    let (end, seen) = life.run(&up(&stacked("/b/", "10.0.2.0/24")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.expect_converged(&stacked("/b/", "10.0.2.0/24"));
}

/// `lb` holds `a`, `b`, or `c`, which is to have the range of `b`.
fn on(which: &str) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let m = p.add(MEMBER, "m", &member(&main, "10.0.9.0/24"));
        p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
        p.add(MEMBER, if which == "c" { "c" } else { "b" }, &member(&main, "10.0.2.0/24"));
        p.add(
            BALANCER,
            "lb",
            &[
                ("parent_id", reference(&main, "id")),
                ("member_ids", vec![reference(&m, "id")].into()),
                ("role", reference(&urn(MEMBER, which), "arn")),
            ],
        );
    })
}

/// `lb` stands on `a`; an update by which it would have come to stand on `b` was refused.
fn came_to_nothing() -> Life {
    let mut life = wide(&[Hardship::Users], &on("a"));
    let (end, seen) = life.run(&up(&on("b")), &[refuse("converge Balancer/lb", FailureClass::Denied)]);
    assert!(end == "end failed" && did(&seen, "row Balancer/lb#1 unfinished"), "{end}: {seen:#?}");
    life.world.advance(60_000);
    life
}

/// A delete that AWS refuses for a while is not given up for an edge that nothing bears out.
#[test]
fn an_update_that_came_to_nothing_does_not_end_a_delete() {
    let mut life = came_to_nothing();
    let busy = [Fault::First("delete Member/b#1", FailureClass::Blocked, 3)];
    let (end, seen) = life.run(&up(&on("c")), &busy);
    assert_eq!(end, "end ok", "{seen:#?}");
}

/// Nor does it keep a fix from making anew what is gone.
#[test]
fn an_update_that_came_to_nothing_does_not_keep_a_fix_from_what_is_gone() {
    let mut life = came_to_nothing().gone(&urn(MEMBER, "b"));
    let mut fix = up(&empty()).target(urn(MEMBER, "b").as_str());
    fix.ask.purpose = finsight_engine::plan::Purpose::Fix;
    let (end, seen) = life.run(&fix, &[]);
    assert!(end == "end ok" && did(&seen, "create Member/b#2"), "{end}: {seen:#?}");
    let (end, seen) = life.run(&up(&on("a")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.expect_converged(&on("a"));
}

/// Nor does it have anybody deleted before its successor is there.
#[test]
fn an_update_that_came_to_nothing_has_nobody_deleted_first() {
    let graph = |in_group: bool, b: bool, db: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let a = p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
            let mut members = vec![reference(&a, "id")];
            if b {
                let b = p.add(MEMBER, "b", &member(&main, "10.0.2.0/24"));
                members.extend(in_group.then(|| reference(&b, "id")));
            }
            let on = [("parent_id", reference(&main, "id")), ("member_ids", members.into())];
            let group = p.add(BALANCER, "group", &on);
            p.add(STORE, "db", &[("store_name", db.into()), ("member_id", reference(&group, "id"))]);
        })
    };
    let mut life = bent(used);
    let (end, seen) = life.run(&up(&graph(false, true, "one")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let refused = [refuse("converge Balancer/group", FailureClass::Denied)];
    let (end, seen) = life.run(&up(&graph(true, true, "one")), &refused);
    assert!(end == "end failed" && did(&seen, "row Balancer/group#1 unfinished"), "{end}: {seen:#?}");
    life.world.advance(60_000);
    let plan = planned(&life, &up(&graph(false, false, "two")));
    let step = plan.step(&urn(STORE, "db")).expect("a step");
    assert_eq!(step.delete_first, None);
}

/// What is in another one that is made anew under its name is made anew with it, in its place, though all that it says
/// of it stays the same; what is in one that may get another id stands in nobody's way.
#[test]
fn what_is_in_another_one_of_the_same_name_goes_before_its_successor() {
    let graph = |path: &str, note: &str| {
        program(|p| {
            let role = p.add(ROLE, "runner", &[("role_name", "runner".into()), ("path", path.into())]);
            let on = [("parent_id", reference(&role, "id")), ("slot", "one".into()), ("target", "x".into())];
            p.add(LINK, "entry", &on);
            let site = p.add(SITE, "site", &[("note", note.into())]);
            let options = Options { replace_on_changes: vec!["zone".to_owned()], ..plain() };
            let inputs = [("range", OLD.into()), ("zone", reference(&site, "domain"))];
            let main = p.add_with(PARENT, "main", &inputs, options);
            p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
        })
    };
    let mut life = bent(|spec| {
        let parent = spec.properties.iter_mut().filter(|property| property.name == "parent_id");
        parent.filter(|_| spec.name == LINK).for_each(|property| property.lets_go = Some(LetsGo::Free));
    });
    let (end, seen) = life.run(&up(&graph("/", "one")), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let plan = planned(&life, &up(&graph("/b/", "two")));
    let first = |of: &str, name: &str| plan.step(&urn(of, name)).expect("a step").delete_first.is_some();
    assert!(first(ROLE, "runner") && first(LINK, "entry"));
    assert!(!first(PARENT, "main") && !first(MEMBER, "a"));
}
