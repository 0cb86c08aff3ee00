//! Plans that would wait for what never comes, or take something down for nothing.

use finsight_engine::approval::broadening;
use finsight_engine::contract::FailureClass;
use finsight_engine::graph::Graph;
use finsight_engine::urn::UrnPattern;
use finsight_engine::value::{Map, Value};
use finsight_sim::kinds::{reference, registry_with};
use finsight_sim::world::End;
use finsight_sim::{Ask, Hardship, World};
use serde_json::json;

use crate::check::{after, check};
use crate::programs::*;
use crate::tape::refuse;

/// V2: what goes first goes only when all that its successor needs is there.
#[test]
fn the_old_one_stands_until_what_its_successor_needs_is_there() {
    let on = |new: bool| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let name = if new { "new" } else { "old" };
            let range = if new { "10.0.2.0/24" } else { "10.0.1.0/24" };
            let a = p.add(MEMBER, name, &member(&main, range));
            p.add(STORE, "store", &[("store_name", "ledger".into()), ("member_id", reference(&a, "id"))]);
        })
    };
    let faults = [refuse("create Member/new#1", FailureClass::Quota)];
    check(after(&[&on(false)]), &on(true), &faults, "
        plan create Member/new: it does not exist yet
        plan replace Store/store: member_id cannot be changed in place, old one first: no two can have the same store_name
        plan delete Member/old: the program no longer declares it
        create Member/new#1 ✗ Quota
        error Member/new EXEC-QUOTA: sim:create answered Quota: the scenario says so
        skipped Store/store: it waits for Member/new, which failed
        skipped Member/old: deletes come last, and Member/new failed
        end failed
        row Store/store#1 on Member/old#1
        row Member/old#1 on Parent/main#1
        row Parent/main#1
    ");
}

/// V4: a child that is let stand keeps its parent standing: said by name before anything goes.
#[test]
fn what_is_let_stand_holds_what_it_stands_on() {
    let before = after(&[&net(OLD, plain(), retained())]);
    check(
        before,
        &empty(),
        &[],
        "
        refused PLAN-HELD: Parent/main cannot be deleted: Member/a holds it by its `parent_id` and is retained
        row Member/a#1 on Parent/main#1
        row Parent/main#1
    ",
    );
}

/// N12: an old record, put back after a replacement, does not know who has the range by now.
#[test]
fn what_an_old_record_does_not_know_is_named() {
    let graph = |note: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", OLD.into())]);
            let [parent, range] = member(&main, "10.0.1.0/24");
            p.add_with(MEMBER, "a", &[parent, range, ("note", note.into())], first());
        })
    };
    let mut life = after(&[&graph("one")]);
    let old = life.world.store.clone();
    let replace = Ask { replace: vec![UrnPattern::new("a")], ..Ask::up(&graph("one")) };
    assert!(life.world.run(&replace).succeeded());
    let life = life.with(|world| {
        world.store = old;
        world.advance(60_000);
    });
    check(
        life,
        &graph("one"),
        &[],
        "
        refused PLAN-STANDS: Member/a cannot be created: Member/a#2 stands already and carries this stack's tag
        row Member/a#1 on Parent/main#1
        row Parent/main#1
    ",
    );
}

fn sites(names: &[(&str, &[&str])]) -> Graph {
    program(|p| {
        for (name, hosts) in names {
            let hosts: Vec<Value> = hosts.iter().map(|host| Value::from(*host)).collect();
            p.add(SITE, name, &[("names", hosts.into())]);
        }
    })
}

fn stands(hardship: Hardship, graph: &Graph, seed: u64) -> World {
    let hardships = [hardship].into_iter().collect();
    let mut world = World::new(registry_with(&hardships), seed);
    world.hardships.clone_from(&hardships);
    assert!(world.up(graph).succeeded());
    let pause = world.longest_lag();
    world.advance(pause);
    world
}

/// V12: names that a change in place takes are waited for, one by one, whoever gives them up and how.
#[test]
fn what_is_taken_in_place_is_waited_for() {
    let before = sites(&[("one", &["a", "b"]), ("two", &["c"]), ("gone", &["d"])]);
    let after = sites(&[("one", &["b", "d"]), ("two", &["a", "c"])]);
    for seed in 0..10 {
        let mut world = stands(Hardship::Claims, &before, seed);
        let run = world.run(&Ask::up(&after));
        assert!(run.succeeded(), "{}", run.why());
        world.expect_converged(&after);
        world.expect_no_violations();
    }
}

/// V12: of two that swap a name in place neither can be first: that is said before anything changes.
#[test]
fn a_swap_in_place_is_refused() {
    let before = sites(&[("one", &["a"]), ("two", &["b"])]);
    let swapped = sites(&[("one", &["b"]), ("two", &["a"])]);
    for seed in 0..10 {
        let mut world = stands(Hardship::Claims, &before, seed);
        let run = world.run(&Ask::up(&swapped));
        let End::Refused(errors) = &run.end else { panic!("{}", run.why()) };
        assert_eq!(errors[0].code(), "PLAN-CIRCLE");
        world.expect_converged(&before);
        world.expect_no_violations();
    }
}

/// V10: what an entry of a map of policies opens is asked for, like any other.
#[test]
fn a_policy_that_comes_back_to_a_map_is_wider() {
    let hardships = [Hardship::Policies].into_iter().collect();
    let registry = registry_with(&hardships);
    let policy =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}});
    let graph = program(|p| {
        let policies = Map::from([("reads".to_owned(), Value::from_plain_json(&policy))]);
        p.add("sim:id:Group", "staff", &[("group_name", "staff".into()), ("policies", Value::Map(policies))]);
    });
    let mut world = stands(Hardship::Policies, &graph, 1);
    let number = world.cloud.standing().next().expect("the group").number;
    world.cloud.someone_sets(world.now, number, "policies", Value::Map(Map::new()));
    world.advance(60_000);
    let plan = world.preview(&Ask::up(&graph)).expect("a plan");
    let state = world.store.load().expect("a state");
    let wider = broadening(&registry, &plan, &state);
    assert_eq!(wider.len(), 1, "{wider:?}");
    assert!(wider[0].statement.contains("s3:*"), "{wider:?}");
    world.expect_no_violations();
}
