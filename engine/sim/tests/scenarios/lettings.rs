//! A letting is carried out: a holder lets go of what goes first, and takes hold of its successor.

use std::collections::BTreeSet;

use finsight_engine::contract::{FailureClass, Reading};
use finsight_engine::diff::Effect;
use finsight_engine::graph::Graph;
use finsight_engine::plan::{Action, ActionKind, Letting, Plan};
use finsight_sim::Mishap;

use crate::check::{Life, after, planned};
use crate::programs::*;
use crate::tape::{Fault, bent};
use crate::wish::{apply, up};

/// A plan in which the function lets go of the role before that is deleted and made anew.
fn letting(life: &Life, graph: &Graph) -> Plan {
    let mut plan = planned(life, &up(graph));
    let (role, function) = (urn(ROLE, "runner"), urn(FUNCTION, "api"));
    let row = &life.world.store.state().rows[&function];
    let mut inputs = row.inputs.clone();
    inputs.insert("role".to_owned(), "nobody".into());
    plan.lettings.push(Letting {
        urn: function.clone(),
        owner: row.owner.clone(),
        properties: vec!["role".to_owned()],
        of: [role.clone()].into(),
        inputs,
        effect: Effect::Update,
    });
    let at = plan.actions.len();
    let after = BTreeSet::new();
    let kind = ActionKind::LetGo { letting: 0 };
    plan.actions.push(Action { kind, urn: function.clone(), after, late: false, path_millis: 99_000_000 });
    for action in &mut plan.actions[..at] {
        let removes = matches!(action.kind, ActionKind::Remove { .. }) && action.urn == role;
        if removes || (action.kind == ActionKind::Apply && action.urn == function) {
            action.after.insert(at);
        }
    }
    plan
}

#[test]
fn a_holder_lets_go_and_takes_hold_again() {
    let life = after(&[&named_service("/")]);
    let plan = letting(&life, &named_service("/other/"));
    let mut life = life;
    let (end, seen) = life.run(&apply(&plan, &named_service("/other/")), &[]);
    let calls: Vec<&str> = seen
        .iter()
        .map(String::as_str)
        .filter(|line| ["converge", "delete", "create"].iter().any(|word| line.starts_with(word)))
        .collect();
    let wanted = [
        "converge Function/api#1 role",
        "delete Role/runner#1",
        "create Role/runner#2",
        "converge Function/api#1 role",
    ];
    assert_eq!(calls, wanted, "{seen:?}");
    assert_eq!(end, "end ok", "{seen:?}");
    life.world.expect_converged(&named_service("/other/"));
    life.world.expect_no_violations();
}

/// A crash at any record or call of it: the next run ends well.
#[test]
fn a_letting_that_is_broken_off_is_gone_on_with() {
    let life = after(&[&named_service("/")]);
    let graph = named_service("/other/");
    let plan = letting(&life, &graph);
    let mut whole = life.fork();
    whole.run(&apply(&plan, &graph), &[]);
    let commands = whole.commands().len() as u64;
    for nth in 1..=commands {
        for mishap in [Mishap::CrashBefore, Mishap::CrashAfter, Mishap::Interrupt] {
            let mut life = life.fork();
            life.world.mishap_in(nth, mishap);
            life.run(&apply(&plan, &graph), &[]);
            life.world.no_more_mishaps();
            life.world.advance(60_000);
            let (end, seen) = life.run(&up(&graph), &[]);
            assert_eq!(end, "end ok", "{mishap:?} at {nth}: {seen:?}");
            life.world.expect_converged(&graph);
            life.world.expect_no_violations();
        }
    }
}

/// A read that is older than the record shows a holder without what it holds: that it has let go is not believed,
/// or its target's deletion would wait for it until the ceiling.
#[test]
fn a_holder_is_not_believed_to_have_let_go_by_a_lagging_read() {
    bent!(before, 1, |reading| {
        if let Reading::Found(live) = reading {
            live.properties.insert("role".to_owned(), "nobody".into());
        }
    });
    let life = after(&[&named_service("/")]);
    let graph = named_service("/other/");
    let plan = letting(&life, &graph);
    let mut life = life;
    let (end, seen) = life.run(&apply(&plan, &graph), &[Fault::Answer("read Function/api#1", before)]);
    assert_eq!(end, "end ok", "{seen:?}");
    let of_the_role =
        |line: &String| line == "converge Function/api#1 role" || line.starts_with("delete Role");
    let calls: Vec<&String> = seen.iter().filter(|line| of_the_role(line)).collect();
    assert_eq!(
        calls,
        ["converge Function/api#1 role", "delete Role/runner#1", "converge Function/api#1 role"]
    );
    life.world.expect_no_violations();
}

/// A call that AWS has refused has let go of nothing, whatever a read says that lags behind: from before it took hold.
#[test]
fn a_holder_is_not_believed_to_have_let_go_after_a_refused_call() {
    bent!(before, 2, |reading| {
        if let Reading::Found(live) = reading {
            live.properties.insert("role".to_owned(), "nobody".into());
        }
    });
    let life = after(&[&named_service("/")]);
    let graph = named_service("/other/");
    let plan = letting(&life, &graph);
    let mut life = life;
    let faults = [
        Fault::First("converge Function/api#1 role", FailureClass::NotYet, 1),
        Fault::Answer("read Function/api#1", before),
    ];
    let (end, seen) = life.run(&apply(&plan, &graph), &faults);
    assert_eq!(end, "end ok", "{seen:?}");
    let of_the_role =
        |line: &String| line.starts_with("converge Function/api#1 role") || line.starts_with("delete Role");
    let calls: Vec<&String> = seen.iter().filter(|line| of_the_role(line)).collect();
    let wanted = [
        "converge Function/api#1 role ✗ NotYet",
        "converge Function/api#1 role",
        "delete Role/runner#1",
        "converge Function/api#1 role",
    ];
    assert_eq!(calls, wanted);
    life.world.expect_no_violations();
}

/// A holder that stands as it should meanwhile gets no call.
#[test]
fn a_holder_that_has_let_go_gets_no_call() {
    let life = after(&[&named_service("/")]);
    let plan = letting(&life, &named_service("/other/"));
    let mut life = life.meddled(&urn(FUNCTION, "api"), "role", "nobody");
    let (_, seen) = life.run(&apply(&plan, &named_service("/other/")), &[]);
    let converges = seen.iter().filter(|line| line.starts_with("converge")).count();
    assert_eq!(converges, 1, "{seen:?}");
    life.world.expect_converged(&named_service("/other/"));
}
