//! Selection: what is selected changes, and nothing else.

use finsight_engine::contract::FailureClass;
use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::value::Value;
use finsight_sim::Mishap;
use finsight_sim::kinds::reference;

use crate::check::{after, check, nothing};
use crate::programs::*;
use crate::replacement_first::ALL_IN_TURN;
use crate::tape::{Fault, refuse};
use crate::wish::{destroy, up};

#[test]
fn a_new_resource_that_nothing_selected_refers_to_is_not_touched() {
    let both = program(|p| {
        p.add(PARENT, "t", &[("range", OLD.into())]);
        p.add(PARENT, "u", &[("range", OLD.into())]);
    });
    let life = check(
        nothing(),
        up(&both).target("t"),
        &[],
        "
        plan create Parent/t: it does not exist yet
        create Parent/t#1
        end ok
        row Parent/t#1
    ",
    );
    let summary = life.plan.expect("a plan").summary();
    assert_eq!((summary["create"], summary["same"]), (1, 0), "what is left alone is not counted");
}

#[test]
fn a_new_unselected_resource_that_a_selected_one_refers_to_is_an_error_that_names_both() {
    check(
        nothing(),
        up(&net(OLD, plain(), plain())).target("a"),
        &[],
        "
        refused PLAN-UNSELECTED: Member/a needs Parent/main, which does not exist yet and is not selected
    ",
    );
    // By `depends_on` too.
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        p.add_with(ROLE, "runner", &[], depending(&main));
    });
    check(
        nothing(),
        up(&graph).target("runner"),
        &[],
        "
        refused PLAN-UNSELECTED: Role/runner needs Parent/main, which does not exist yet and is not selected
    ",
    );
}

#[test]
fn an_unselected_resource_whose_program_changed_keeps_its_row_byte_for_byte() {
    let graph = |note: &str, options: Options| {
        program(|p| {
            p.add_with(PARENT, "t", &[("range", OLD.into()), ("note", note.into())], plain());
            p.add_with(PARENT, "u", &[("range", OLD.into()), ("note", note.into())], options);
        })
    };
    let before = after(&[&graph("one", plain())]);
    let bytes = |life: &crate::check::Life| {
        let row = life.world.store.state().rows[&urn(PARENT, "u")].clone();
        serde_json::to_string(&row).unwrap()
    };
    let old = bytes(&before);
    let life = check(
        before,
        up(&graph("two", protected())).target("t"),
        &[],
        "
        plan update Parent/t: the program changed it
        converge Parent/t#1 note
        end ok
        row Parent/t#1
        row Parent/u#1
    ",
    );
    assert_eq!(bytes(&life), old);
}

/// u ← a (by a property) ← l (by another) and f (by `depends_on`) ← s; r stands apart.
fn chain(note: &str) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
        let a = p.add(
            MEMBER,
            "a",
            &[("parent_id", reference(&main, "id")), ("range", "10.0.1.0/24".into()), ("note", note.into())],
        );
        let f = p.add_with(FUNCTION, "f", &[("role", "a-role".into()), ("code", note.into())], depending(&a));
        p.add(
            STORE,
            "s",
            &[("store_name", "s".into()), ("note", reference(&f, "arn")), ("class", note.into())],
        );
        p.add(ROLE, "r", &[("note", note.into())]);
    })
}

#[test]
fn target_dependents_goes_along_every_kind_of_edge_transitively_and_no_further() {
    check(
        after(&[&chain("one")]),
        up(&chain("two")).target("a").dependents(),
        &[],
        "
        plan update Member/a: the program changed it
        plan update Function/f: the program changed it
        plan update Store/s: the program changed it
        converge Member/a#1 note
        converge Function/f#1 code
        converge Store/s#1 class
        end ok
        row Function/f#1 on Member/a#1
        row Store/s#1 on Function/f#1
        row Role/r#1
        row Member/a#1 on Parent/main#1
        row Parent/main#1
    ",
    );
}

#[test]
fn target_dependents_goes_along_edges_that_are_only_on_record() {
    let dropped = program(|p| {
        p.add(PARENT, "main", &[("range", OLD.into()), ("note", "two".into())]);
        p.add(ROLE, "runner", &[("note", "two".into())]);
    });
    let recorded = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into()), ("note", "one".into())]);
        p.add_with(ROLE, "runner", &[("note", "one".into())], depending(&main));
    });
    check(
        after(&[&recorded]),
        up(&dropped).target("main").dependents(),
        &[],
        "
        plan update Parent/main: the program changed it
        plan update Role/runner: the program changed it
        converge Parent/main#1 note
        converge Role/runner#1 note
        end ok
        row Role/runner#1
        row Parent/main#1
    ",
    );
}

#[test]
fn without_target_dependents_only_the_target_changes() {
    check(
        after(&[&chain("one")]),
        up(&chain("two")).target("a"),
        &[],
        "
        plan update Member/a: the program changed it
        converge Member/a#1 note
        end ok
        row Function/f#1 on Member/a#1
        row Store/s#1 on Function/f#1
        row Role/r#1
        row Member/a#1 on Parent/main#1
        row Parent/main#1
    ",
    );
}

#[test]
fn a_destroy_of_what_others_stand_on_is_refused_and_with_its_dependents_done() {
    check(
        after(&[&chain("one")]),
        destroy().target("a"),
        &[],
        "
        refused PLAN-STILL-NEEDED: Member/a cannot be deleted alone: Function/f stands on it
        row Function/f#1 on Member/a#1
        row Store/s#1 on Function/f#1
        row Role/r#1
        row Member/a#1 on Parent/main#1
        row Parent/main#1
    ",
    );
    check(
        after(&[&chain("one")]),
        destroy().target("a").dependents(),
        &[],
        "
        plan delete Function/f: the stack is taken down
        plan delete Store/s: the stack is taken down
        plan delete Member/a: the stack is taken down
        delete Store/s#1
        delete Function/f#1
        delete Member/a#1
        end ok
        row Role/r#1
        row Parent/main#1
    ",
    );
}

#[test]
fn the_old_one_of_a_selected_replacement_stays_while_unselected_ones_stand_on_it() {
    let life = check(
        after(&[&net(OLD, plain(), plain())]),
        up(&net(NEW, plain(), plain())).target("main"),
        &[],
        "
        plan replace Parent/main: range cannot be changed in place
        create Parent/main#2
        end ok
        row Member/a#1 on Parent/main#1
        row Parent/main#2
        old Parent/main#1
    ",
    );
    check(
        life,
        &net(NEW, plain(), plain()),
        &[],
        "
        plan replace Member/a: parent_id cannot be changed in place
        plan delete Parent/main#1
        create Member/a#2
        delete Member/a#1
        delete Parent/main#1
        end ok
        row Member/a#2 on Parent/main#2
        row Parent/main#2
    ",
    );
}

#[test]
fn delete_before_replace_of_what_unselected_ones_stand_on_is_refused() {
    let (old, new) = (net(OLD, first(), plain()), net(NEW, first(), plain()));
    check(
        after(&[&old]),
        up(&new).target("main"),
        &[],
        "
        refused PLAN-STILL-NEEDED: Parent/main cannot be deleted alone: Member/a stands on it
        row Member/a#1 on Parent/main#1
        row Parent/main#1
    ",
    );
    check(after(&[&old]), up(&new).target("main").dependents(), &[], ALL_IN_TURN);
}

#[test]
fn credentials_that_are_missing_in_a_region_that_is_not_selected_do_not_matter() {
    let graph = |note: &str| {
        let far = Options { region: Some("eu-west-1".to_owned()), ..plain() };
        program(|p| {
            p.add(PARENT, "near", &[("range", OLD.into()), ("note", note.into())]);
            p.add_with(PARENT, "far", &[("range", OLD.into()), ("note", note.into())], far);
        })
    };
    let denied = || [refuse("Parent/far", FailureClass::Denied)];
    check(
        after(&[&graph("one")]),
        up(&graph("two")).target("near"),
        &denied(),
        "
        plan update Parent/near: the program changed it
        converge Parent/near#1 note
        end ok
        row Parent/far#1
        row Parent/near#1
    ",
    );
    check(
        after(&[&graph("one")]),
        &graph("two"),
        &denied(),
        "
        refused PLAN-UNREADABLE: Parent/far could not be read: sim:read answered Denied: the scenario says so
        row Parent/far#1
        row Parent/near#1
    ",
    );
}

#[test]
fn a_selection_that_fits_nothing_is_an_error_with_the_names_near_it() {
    check(
        after(&[&alone(OLD, plain())]),
        up(&alone(OLD, plain())).target("mian"),
        &[],
        "
        refused PLAN-NO-SUCH-URN: `mian` fits no resource of the stack
        row Parent/main#1
    ",
    );
}

/// What is not selected is not written: the outputs of a part are those on record.
#[test]
fn a_run_of_a_part_writes_no_outputs_that_its_plan_does_not_show() {
    let graph = |text: &str, note: &str| {
        program(|p| {
            p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
            p.add(PARENT, "other", &[("range", OLD.into())]);
            p.export("said", text.into());
        })
    };
    let mut life = after(&[&graph("one", "one")]);
    let (end, seen) = life.run(&up(&graph("two", "two")).target("*/main"), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    let shown = life.plan.as_ref().is_some_and(|plan| plan.outputs_change);
    let written = life.world.store.state().outputs["said"] != Value::from("one");
    assert!(shown == written, "shown: {shown}, written: {written}");
}

/// `a` stands on the parent, or on `runner`, whose replacement makes it anew.
fn on_runner(path: &str, on_role: bool) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let role = p.add(ROLE, "runner", &[("role_name", "runner".into()), ("path", path.into())]);
        let parent = if on_role { reference(&role, "arn") } else { reference(&main, "id") };
        p.add(MEMBER, "a", &[("parent_id", parent), ("range", "10.0.1.0/24".into())]);
    })
}

/// Nothing is built on what is not selected and does not stay: being deleted, tainted, or never finished.
#[test]
fn nothing_is_built_on_what_is_unselected_and_does_not_stay() {
    let target = |graph: &Graph| up(graph).target("*/a");
    let deleting = || {
        let mut life = after(&[&on_runner("/", false)]);
        let fault = Fault::At("call delete Role/runner", Mishap::CrashAfter);
        life.run(&up(&on_runner("/b/", false)), &[fault]);
        life.world.advance(60_000);
        life
    };
    let (end, seen) = deleting().run(&target(&on_runner("/b/", true)), &[]);
    assert!(
        end.starts_with("refused PLAN-UNSELECTED") && end.contains("is being deleted"),
        "{end}: {seen:#?}"
    );
    let tainted = || {
        let life = after(&[&on_runner("/", false)]);
        life.with_row(&urn(ROLE, "runner"), |row| row.status = finsight_engine::state::Status::Tainted)
    };
    let (end, seen) = tainted().run(&target(&on_runner("/", true)), &[]);
    assert!(end.starts_with("refused PLAN-UNSELECTED") && end.contains("to be replaced"), "{end}: {seen:#?}");
    // What it stands on already and does not leave is no matter.
    let (end, seen) = tainted().run(&target(&on_runner("/", false)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    let mut unread = nothing();
    let fault = Fault::At("call read Role/runner", Mishap::CrashBefore);
    unread.run(&up(&on_runner("/", true)), &[fault]);
    unread.world.advance(60_000);
    let (end, seen) = unread.run(&target(&on_runner("/", true)), &[]);
    assert!(end.starts_with("refused PLAN-UNSELECTED") && end.contains("not finished"), "{end}: {seen:#?}");
}

/// What is selected does not come to stand on what stands on it and is left alone: no `destroy` would come of that.
#[test]
fn a_target_does_not_put_a_circle_on_record() {
    let refused = "
        refused PLAN-UNSELECTED: Member/b is to stand on Member/a by its `peers`, and Member/a is on record as standing on it and is not selected: neither could be deleted any more
        row Member/a#1 on Member/b#1 Parent/main#1
        row Member/b#1 on Parent/main#1
        row Parent/main#1
    ";
    let mut life = check(after(&[&peers(false)]), up(&peers(true)).target("*/b"), &[], refused);
    let (end, seen) = life.fork().run(&up(&peers(true)).target("*/b").target("*/a"), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    let (end, seen) = life.run(&up(&peers(true)).target("*/a"), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let (end, seen) = life.run(&up(&peers(true)).target("*/b"), &[]);
    assert_eq!(end, "end ok", "who stands on nothing any more is in nobody's way: {seen:#?}");
    life.world.advance(60_000);
    let (end, seen) = life.run(&destroy(), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
}
