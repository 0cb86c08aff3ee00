//! Replacement where the old one is deleted before the new one is created.

use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::value::Value;
use finsight_sim::Hardship;
use finsight_sim::kinds::reference;

use crate::check::{after, check, did, wide};
use crate::programs::*;
use crate::wish::{preview, up};

/// A parent is deleted before its successor is made, and its member with it.
pub const ALL_IN_TURN: &str = "
    plan replace Parent/main: range cannot be changed in place, old one first: delete_before_replace is set
    plan replace Member/a: parent_id cannot be changed in place, old one first: what it stands on is deleted first
    delete Member/a#1
    delete Parent/main#1
    create Parent/main#2
    create Member/a#2
    end ok
    row Member/a#2 on Parent/main#2
    row Parent/main#2
";

#[test]
fn delete_before_replace_takes_dependents_along() {
    check(after(&[&net(OLD, first(), plain())]), &net(NEW, first(), plain()), &[], ALL_IN_TURN);
}

#[test]
fn delete_before_replace_may_come_with_the_change_itself() {
    check(after(&[&net(OLD, plain(), plain())]), &net(NEW, first(), plain()), &[], ALL_IN_TURN);
}

#[test]
fn it_goes_down_three_levels() {
    let graph = |range: &str| {
        program(|p| {
            let main = p.add_with(PARENT, "main", &[("range", range.into())], first());
            let a = p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
            p.add(STORE, "db", &[("store_name", "main".into()), ("member_id", reference(&a, "id"))]);
        })
    };
    check(after(&[&graph(OLD)]), &graph(NEW), &[], "
        plan replace Parent/main: range cannot be changed in place, old one first: delete_before_replace is set
        plan replace Member/a: parent_id cannot be changed in place, old one first: what it stands on is deleted first
        plan replace Store/db: member_id cannot be changed in place, old one first: no two can have the same store_name
        delete Store/db#1
        delete Member/a#1
        delete Parent/main#1
        create Parent/main#2
        create Member/a#2
        create Store/db#2
        end ok
        row Store/db#2 on Member/a#2
        row Member/a#2 on Parent/main#2
        row Parent/main#2
    ");
}

#[test]
fn what_cannot_stand_twice_is_deleted_first_by_itself() {
    let graph = |chosen: usize| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let members = ["10.0.1.0/24", "10.0.2.0/24"].map(|range| {
                p.add(MEMBER, if range == "10.0.1.0/24" { "a" } else { "b" }, &member(&main, range))
            });
            p.add(
                STORE,
                "db",
                &[("store_name", "main".into()), ("member_id", reference(&members[chosen], "id"))],
            );
        })
    };
    check(after(&[&graph(0)]), &graph(1), &[], "
        plan replace Store/db: member_id cannot be changed in place, old one first: no two can have the same store_name
        delete Store/db#1
        create Store/db#2
        end ok
        row Store/db#2 on Member/b#1
        row Member/a#1 on Parent/main#1
        row Member/b#1 on Parent/main#1
        row Parent/main#1
    ");
}

#[test]
fn what_takes_another_one_s_place_waits_until_that_is_gone() {
    let graph = |name: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            p.add(MEMBER, name, &member(&main, "10.0.1.0/24"));
        })
    };
    check(after(&[&graph("a")]), &graph("b"), &[], "
        plan create Member/b: it does not exist yet
        plan delete Member/a: the program no longer declares it, old one first: Member/b takes its parent_id and range
        delete Member/a#1
        create Member/b#1
        end ok
        row Member/b#1 on Parent/main#1
        row Parent/main#1
    ");
}

/// `Member/a` moves from `Parent/main` to `Parent/other`, and main is replaced, the old one first.
#[test]
fn the_cascade_follows_edges_of_the_record_too() {
    let graph = |range: &str, moved: bool| {
        program(|p| {
            let main = p.add_with(PARENT, "main", &[("range", range.into())], first());
            let other = p.add(PARENT, "other", &[("range", OLD.into())]);
            p.add(MEMBER, "a", &member(if moved { &other } else { &main }, "10.0.1.0/24"));
        })
    };
    check(after(&[&graph(OLD, false)]), &graph(NEW, true), &[], "
        plan replace Parent/main: range cannot be changed in place, old one first: delete_before_replace is set
        plan replace Member/a: parent_id cannot be changed in place, old one first: what it stands on is deleted first
        delete Member/a#1
        delete Parent/main#1
        create Parent/main#2
        create Member/a#2
        end ok
        row Member/a#2 on Parent/other#1
        row Parent/main#2
        row Parent/other#1
    ");
}

const REFUSED: &str = "
    refused PLAN-PROTECTED: Member/a is protected and would be replaced
    row Member/a#1 on Parent/main#1
    row Parent/main#1
";

fn wanted(a: Options) -> Graph {
    net(NEW, first(), a)
}

#[test]
fn a_protected_dependent_stops_it_before_any_call() {
    let before = || after(&[&net(OLD, first(), protected())]);
    check(before(), preview(&wanted(protected())), &[], REFUSED);
    check(before(), &wanted(protected()), &[], REFUSED);
}

#[test]
fn after_the_program_drops_the_protection_the_same_update_works() {
    let life = check(after(&[&net(OLD, first(), protected())]), &wanted(protected()), &[], REFUSED);
    check(life, &wanted(plain()), &[], ALL_IN_TURN);
}

#[test]
fn after_state_unprotect_the_same_update_works() {
    let life = check(after(&[&net(OLD, first(), protected())]), &wanted(protected()), &[], REFUSED);
    let life = life.with_row(&urn(MEMBER, "a"), |row| row.options.protect = false);
    check(life, &wanted(protected()), &[], ALL_IN_TURN);
}

#[test]
fn of_a_protected_one_itself_too() {
    let graph = |range: &str, options: Options| alone(range, options);
    let before = || after(&[&graph(OLD, protected())]);
    let refused = "
        refused PLAN-PROTECTED: Parent/main is protected and would be replaced
        row Parent/main#1
    ";
    check(before(), preview(&graph(NEW, protected())), &[], refused);
    check(before(), &graph(NEW, protected()), &[], refused);
    // Removing the protection and replacing in one update works.
    check(
        before(),
        &graph(NEW, plain()),
        &[],
        "
        plan replace Parent/main: range cannot be changed in place
        create Parent/main#2
        delete Parent/main#1
        end ok
        row Parent/main#2
    ",
    );
}

#[test]
fn two_that_swap_their_places_are_both_deleted_first() {
    let graph = |one: &str, two: &str| {
        program(|p| {
            p.add(STORE, "one", &[("store_name", one.into())]);
            p.add(STORE, "two", &[("store_name", two.into())]);
        })
    };
    check(after(&[&graph("x", "y")]), &graph("y", "x"), &[], "
        plan replace Store/two: store_name cannot be changed in place, old one first: Store/one takes its store_name
        plan replace Store/one: store_name cannot be changed in place, old one first: Store/two takes its store_name
        delete Store/two#1
        delete Store/one#1
        create Store/two#2
        create Store/one#2
        end ok
        row Store/one#2
        row Store/two#2
    ");
}

/// `Link/link` points at `Member/a`, whose place `Member/b` takes.
#[test]
fn who_stays_is_pointed_elsewhere_as_soon_as_that_stands() {
    let graph = |name: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let target = p.add(MEMBER, name, &member(&main, "10.0.1.0/24"));
            p.add(
                LINK,
                "link",
                &[
                    ("parent_id", reference(&main, "id")),
                    ("slot", "one".into()),
                    ("target", reference(&target, "id")),
                ],
            );
        })
    };
    check(after(&[&graph("a")]), &graph("b"), &[], "
        plan create Member/b: it does not exist yet
        plan update Link/link: the program changed it
        plan delete Member/a: the program no longer declares it, old one first: Member/b takes its parent_id and range
        delete Member/a#1
        create Member/b#1
        converge Link/link#1 target
        end ok
        row Link/link#1 on Member/b#1 Parent/main#1
        row Member/b#1 on Parent/main#1
        row Parent/main#1
    ");
}

/// What is let go stands on: no other of its name can be made beside it.
#[test]
fn what_cannot_stand_twice_and_is_retained_cannot_be_replaced() {
    let graph = |chosen: &str| {
        program(|p| {
            let inputs = [("store_name", "main".into()), ("member_id", chosen.into())];
            p.add_with(STORE, "db", &inputs, retained());
        })
    };
    check(after(&[&graph("one")]), &graph("two"), &[], "
        refused PLAN-RETAINED: Store/db cannot be replaced: it is to be retained, and no two can have the same store_name
        row Store/db#1
    ");
}

#[test]
fn another_region_is_another_resource() {
    let graph = |region: &str| alone(OLD, Options { region: Some(region.to_owned()), ..plain() });
    let life = check(
        after(&[&graph("eu-west-1")]),
        &graph("us-west-2"),
        &[],
        "
        plan replace Parent/main: its region changes from eu-west-1 to us-west-2
        create Parent/main#2
        delete Parent/main#1
        end ok
        row Parent/main#2
    ",
    );
    let regions: Vec<&str> = life.world.cloud.standing().map(|object| object.region.as_str()).collect();
    assert_eq!(regions, ["us-west-2"]);
}

/// Beside an id that is certainly another, what is known only later may still be what it was: nothing is replaced for it.
#[test]
fn what_stands_beside_a_new_id_is_not_taken_for_another() {
    let graph = |new: bool, note: &str| {
        program(|p| {
            let site = p.add(SITE, "site", &[("note", note.into())]);
            let first = if new {
                reference(&p.add(PARENT, "new", &[("range", OLD.into())]), "id")
            } else {
                "none".into()
            };
            let environment = [("A".to_owned(), first), ("B".to_owned(), reference(&site, "domain"))];
            let options = Options { replace_on_changes: vec!["environment.B".to_owned()], ..plain() };
            let inputs = [("role", "nobody".into()), ("environment", Value::Map(environment.into()))];
            p.add_with(FUNCTION, "api", &inputs, options);
        })
    };
    let mut life = wide(&[Hardship::Needless], &graph(false, "one"));
    let (end, seen) = life.run(&up(&graph(true, "two")), &[]);
    assert!(end == "end ok" && !did(&seen, "create Function/api#2"), "{end}: {seen:#?}");
}
