//! Replacement: the new one is created first, old ones go last, dependents before what they depend on.

use finsight_engine::contract::FailureClass;
use finsight_engine::program::Options;
use finsight_engine::state::Status;
use finsight_engine::value::Value;
use finsight_sim::kinds::reference;

use crate::check::{Life, after, check};
use crate::programs::*;
use crate::tape::refuse;
use crate::wish::{destroy, up};

#[test]
fn what_sees_another_id_is_replaced_after_it_and_old_ones_go_last() {
    let before = after(&[&net(OLD, plain(), plain())]);
    check(
        before,
        &net(NEW, plain(), plain()),
        &[],
        "
        plan replace Parent/main: range cannot be changed in place
        plan replace Member/a: parent_id cannot be changed in place
        create Parent/main#2
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
fn what_sees_no_change_stays() {
    let fixed = |path: &str| {
        program(|p| {
            let role = p.add(ROLE, "runner", &[("path", path.into()), ("role_name", "fixed-name".into())]);
            p.add(FUNCTION, "api", &[("role", reference(&role, "arn"))]);
        })
    };
    check(after(&[&fixed("/")]), &fixed("/x/"), &[], "
        plan replace Role/runner: path cannot be changed in place, old one first: no two can have the same role_name
        plan update Function/api: the program changed it
        delete Role/runner#1
        create Role/runner#2
        end ok
        row Function/api#1 on Role/runner#2
        row Role/runner#2
    ");
}

#[test]
fn what_only_depends_on_it_stays_and_its_edge_follows() {
    let graph = |range: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", range.into())]);
            p.add_with(ROLE, "runner", &[], depending(&main));
        })
    };
    check(
        after(&[&graph(OLD)]),
        &graph(NEW),
        &[],
        "
        plan replace Parent/main: range cannot be changed in place
        plan record Role/runner: nothing differs
        create Parent/main#2
        delete Parent/main#1
        end ok
        row Role/runner#1 on Parent/main#2
        row Parent/main#2
    ",
    );
}

/// `Role/runner` is made anew, and `Function/api`, which runs as it, is changed in place.
fn renewed() -> Life {
    check(
        after(&[&service("/", plain())]),
        &service("/x/", plain()),
        &[],
        "
        plan replace Role/runner: path cannot be changed in place
        plan update Function/api: the program changed it
        create Role/runner#2
        converge Function/api#1 role
        delete Role/runner#1
        end ok
        row Function/api#1 on Role/runner#2
        row Role/runner#2
    ",
    )
}

#[test]
fn what_can_change_in_place_is_updated_and_not_replaced() {
    renewed();
}

#[test]
fn the_cascade_honours_replace_on_changes() {
    let options = Options { replace_on_changes: vec!["role".to_owned()], ..plain() };
    check(
        after(&[&service("/", options.clone())]),
        &service("/x/", options),
        &[],
        "
        plan replace Role/runner: path cannot be changed in place
        plan replace Function/api: role cannot be changed in place
        create Role/runner#2
        create Function/api#2
        delete Function/api#1
        delete Role/runner#1
        end ok
        row Function/api#2 on Role/runner#2
        row Role/runner#2
    ",
    );
}

#[test]
fn the_new_one_stands_and_its_dependent_s_replacement_fails() {
    let graph = net(NEW, plain(), plain());
    let faults = [refuse("create Member/a#2", FailureClass::Invalid)];
    let life = check(
        after(&[&net(OLD, plain(), plain())]),
        &graph,
        &faults,
        "
        plan replace Parent/main: range cannot be changed in place
        plan replace Member/a: parent_id cannot be changed in place
        create Parent/main#2
        create Member/a#2 ✗ Invalid
        error Member/a EXEC-INVALID: sim:create answered Invalid: the scenario says so
        skipped Parent/main: deletes come last, and Member/a failed
        skipped Member/a: deletes come last, and Member/a failed
        end failed
        row Member/a#1 on Parent/main#1
        row Parent/main#2
        old Parent/main#1
    ",
    );
    check(
        life,
        &graph,
        &[],
        "
        plan replace Member/a: parent_id cannot be changed in place
        plan delete Parent/main#1
        create Member/a#3
        delete Member/a#1
        delete Parent/main#1
        end ok
        row Member/a#3 on Parent/main#2
        row Parent/main#2
    ",
    );
}

/// `Parent/main#2` stands, `Parent/main#1` is still to be deleted, and `Role/other` stands apart.
fn with_an_old_one() -> Life {
    let graph = |range: &str| {
        program(|p| {
            p.add(PARENT, "main", &[("range", range.into())]);
            p.add(ROLE, "other", &[]);
        })
    };
    let faults = [refuse("delete Parent/main#1", FailureClass::Denied)];
    check(
        after(&[&graph(OLD)]),
        &graph(NEW),
        &faults,
        "
        plan replace Parent/main: range cannot be changed in place
        create Parent/main#2
        delete Parent/main#1 ✗ Denied
        error Parent/main EXEC-DENIED: sim:delete answered Denied: the scenario says so
        end failed
        row Role/other#1
        row Parent/main#2
        old Parent/main#1 deleting
    ",
    )
}

#[test]
fn an_old_one_and_its_successor_are_both_deleted_once_each() {
    check(
        with_an_old_one(),
        &empty(),
        &[],
        "
        plan delete Role/other: the program no longer declares it
        plan delete Parent/main: the program no longer declares it
        plan delete Parent/main#1
        delete Role/other#1
        delete Parent/main#2
        delete Parent/main#1
        end ok
    ",
    );
}

#[test]
fn of_what_the_program_keeps_only_the_old_one_is_deleted() {
    let kept = program(|p| {
        p.add(PARENT, "main", &[("range", NEW.into())]);
        p.add(ROLE, "other", &[]);
    });
    check(
        with_an_old_one(),
        &kept,
        &[],
        "
        plan delete Parent/main#1
        delete Parent/main#1
        end ok
        row Role/other#1
        row Parent/main#2
    ",
    );
}

#[test]
fn a_destroy_of_something_else_leaves_the_old_one() {
    check(
        with_an_old_one(),
        destroy().target("other"),
        &[],
        "
        plan delete Role/other: the stack is taken down
        delete Role/other#1
        end ok
        row Parent/main#2
        old Parent/main#1 deleting
    ",
    );
}

#[test]
fn what_is_marked_tainted_is_replaced_and_its_neighbours_are_not_touched() {
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
        p.add(ROLE, "runner", &[]);
    });
    let before = after(&[&graph]).with_row(&urn(MEMBER, "a"), |row| row.status = Status::Tainted);
    check(before, &graph, &[], "
        plan replace Member/a: it is marked as tainted, old one first: no two can have the same parent_id and range
        delete Member/a#1
        create Member/a#2
        end ok
        row Role/runner#1
        row Member/a#2 on Parent/main#1
        row Parent/main#1
    ");
}

#[test]
fn what_is_named_by_replace_is_replaced() {
    let graph = alone(OLD, plain());
    check(
        after(&[&graph]),
        up(&graph).replace("main"),
        &[],
        "
        plan replace Parent/main: --replace names it
        create Parent/main#2
        delete Parent/main#1
        end ok
        row Parent/main#2
    ",
    );
}

#[test]
fn what_is_retained_is_forgotten_when_the_program_drops_it() {
    let life = check(
        after(&[&alone(OLD, retained())]),
        &empty(),
        &[],
        "
        plan forget Parent/main: retain_on_delete is set
        forget Parent/main
        end ok
    ",
    );
    assert_eq!(life.world.cloud.standing().count(), 1);
}

#[test]
fn what_is_retained_is_forgotten_when_it_is_replaced() {
    let life = check(
        after(&[&alone(OLD, retained())]),
        &alone(NEW, retained()),
        &[],
        "
        plan replace Parent/main: range cannot be changed in place
        create Parent/main#2
        forget Parent/main
        end ok
        row Parent/main#2
    ",
    );
    assert_eq!(life.world.cloud.standing().count(), 2);
}

#[test]
fn an_old_one_that_is_retained_is_forgotten_by_a_later_run() {
    let faults = [refuse("delete Parent/main#1", FailureClass::Denied)];
    let mut life = after(&[&alone(OLD, plain())]);
    life.run(&(&alone(NEW, plain())).into(), &faults);
    let owner = life.world.store.state().deposed.values().next().map(|row| row.owner.clone());
    let owner = owner.expect("an old one");
    let life = life.with_old_row(&owner, |row| row.options = retained());
    check(
        life,
        &alone(NEW, plain()),
        &[],
        "
        plan forget Parent/main#1
        forget Parent/main
        end ok
        row Parent/main#2
    ",
    );
}

#[test]
fn a_replacement_takes_a_new_generated_name() {
    let life = renewed();
    let names: Vec<Option<&Value>> = life
        .world
        .cloud
        .objects()
        .filter(|object| object.type_name == ROLE)
        .map(|object| object.properties().get("role_name"))
        .collect();
    assert!(
        names.len() == 2 && names[0].is_some() && names[1].is_some() && names[0] != names[1],
        "{names:?}"
    );
}
