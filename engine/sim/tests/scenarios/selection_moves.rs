//! Selections of what was renamed, where both names fit and what fits nothing is refused; and what a part puts on record.

use finsight_engine::contract::FailureClass;
use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use finsight_sim::kinds::reference;

use crate::check::{after, check, did, nothing};
use crate::programs::*;
use crate::tape::refuse;
use crate::wish::{destroy, up};

fn vault(name: &str, from: &[Urn]) -> Graph {
    program(|p| {
        let options = Options { moved_from: from.to_vec(), ..plain() };
        p.add_with(VAULT, name, &[("vault_name", "ledger".into())], options);
        p.add(ROLE, "runner", &[]);
    })
}

const SPARED: &str = "
    plan delete Role/runner: the stack is taken down
    delete Role/runner#1
    end ok
    row Vault/main#1
";

/// V18: what is to be spared goes by its old name and by the new one that the program gives it.
#[test]
fn a_destroy_spares_what_was_renamed_and_not_applied_under_either_name() {
    for name in ["main", "renamed"] {
        let program = vault("renamed", &[urn(VAULT, "main")]);
        check(after(&[&vault("main", &[])]), destroy().knowing(&program).exclude(name), &[], SPARED);
    }
}

/// V18: and by both once the renaming was applied.
#[test]
fn a_destroy_spares_what_was_renamed_and_applied_under_either_name() {
    for name in ["main", "renamed"] {
        let program = vault("renamed", &[urn(VAULT, "main")]);
        let life = after(&[&vault("main", &[]), &program]);
        let spared = SPARED.replace("row Vault/main#1", "row Vault/renamed=Vault/main#1");
        check(life, destroy().knowing(&program).exclude(name), &[], &spared);
    }
}

/// V18: a word that spares nothing is refused, and never dropped.
#[test]
fn a_destroy_that_would_spare_nothing_is_refused() {
    let refused = "
        refused PLAN-NO-SUCH-URN: `renamed` is to be spared and fits no resource on record, so nothing would be spared
        row Vault/main#1
        row Role/runner#1
    ";
    // Renamed without a word that it was: the program knows the name, the record does not.
    let program = vault("renamed", &[]);
    check(after(&[&vault("main", &[])]), destroy().knowing(&program).exclude("renamed"), &[], refused);
    check(after(&[&vault("main", &[])]), destroy().exclude("renamed"), &[], refused);
}

fn parent(name: &str, from: &[Urn], note: &str) -> Graph {
    program(|p| {
        let options = Options { moved_from: from.to_vec(), ..plain() };
        let main = p.add_with(PARENT, name, &[("range", OLD.into()), ("note", note.into())], options);
        let [parent_id, range] = member(&main, "10.0.1.0/24");
        p.add(MEMBER, "a", &[parent_id, range, ("note", note.into())]);
    })
}

/// V22: `--target` and `--exclude` of an `up` take both names.
#[test]
fn an_up_selects_what_it_renames_under_either_name() {
    let renamed = parent("renamed", &[urn(PARENT, "main")], "two");
    for name in ["main", "renamed"] {
        check(
            after(&[&parent("main", &[], "one")]),
            up(&renamed).target(name),
            &[],
            "
            plan move Parent/main to Parent/renamed
            plan update Parent/renamed: the program changed it
            converge Parent/main#1 note
            end ok
            row Member/a#1 on Parent/renamed=Parent/main#1
            row Parent/renamed=Parent/main#1
        ",
        );
    }
}

/// V22: the child of a parent that is renamed can be selected alone.
#[test]
fn the_child_of_a_renamed_parent_is_selected_alone() {
    check(
        after(&[&parent("main", &[], "one")]),
        up(&parent("renamed", &[urn(PARENT, "main")], "two")).target("a"),
        &[],
        "
        plan move Parent/main to Parent/renamed
        plan update Member/a: the program changed it
        converge Member/a#1 note
        end ok
        row Member/a#1 on Parent/renamed=Parent/main#1
        row Parent/renamed=Parent/main#1
    ",
    );
}

/// An old incarnation of what is spared stands on what would be deleted.
#[test]
fn a_destroy_sees_what_an_old_one_of_the_spared_stands_on() {
    let graph = |on: &str, range: &str| {
        program(|p| {
            let one = p.add(PARENT, "one", &[("range", OLD.into())]);
            let two = p.add(PARENT, "two", &[("range", OLD.into())]);
            p.add(MEMBER, "a", &member(if on == "one" { &one } else { &two }, range));
        })
    };
    let mut life = after(&[&graph("one", "10.0.1.0/24")]);
    let faults = [refuse("delete Member/a#1", FailureClass::Denied)];
    let (end, seen) = life.run(&up(&graph("two", "10.0.2.0/24")), &faults);
    assert_eq!(end, "end failed", "{seen:#?}");
    assert_eq!(life.world.store.state().deposed.len(), 1);
    life.world.advance(60_000);
    let (end, seen) = life.run(&destroy().target("*/one"), &[]);
    assert!(did(&seen, "refused"), "{end}: {seen:#?}");
}

/// `--replace` of a renamed resource by its old name, and of what is not there at all.
#[test]
fn a_replacement_that_fits_nothing_is_refused() {
    let graph = |name: &str, from: &[Urn]| {
        program(|p| {
            let options = Options { moved_from: from.to_vec(), ..plain() };
            p.add_with(PARENT, name, &[("range", OLD.into())], options);
        })
    };
    let life = after(&[&graph("old", &[])]);
    let mut renamed = life.fork();
    let (end, seen) = renamed.run(&up(&graph("new", &[urn(PARENT, "old")])).replace("*/old"), &[]);
    let replaced = did(&seen, "plan replace Parent/new");
    let mut life = life;
    let (other, none) = life.run(&up(&graph("old", &[])).replace("*/misspelt"), &[]);
    assert!(replaced && did(&none, "refused"), "{end}: {seen:#?}\n{other}: {none:#?}");
}

#[test]
fn a_part_writes_the_outputs_that_tell_of_it_alone() {
    let graph = |wide: &str| {
        program(|p| {
            let t = p.add(PARENT, "t", &[("range", wide.into())]);
            let u = p.add(PARENT, "u", &[("range", wide.into())]);
            p.export("of-t", reference(&t, "arn"));
            p.export("of-both", Value::List(vec![reference(&t, "arn"), reference(&u, "arn")]));
            p.export("of-none", "as it is written".into());
        })
    };
    let names =
        |life: &crate::check::Life| life.world.store.state().outputs.keys().cloned().collect::<Vec<_>>();
    let life = check(
        nothing(),
        up(&graph(OLD)).target("t"),
        &[],
        "
        plan create Parent/t: it does not exist yet
        create Parent/t#1
        end ok
        row Parent/t#1
    ",
    );
    assert_eq!(names(&life), ["of-t"]);
    let whole = after(&[&graph(OLD)]);
    assert_eq!(names(&whole), ["of-both", "of-none", "of-t"]);
}
