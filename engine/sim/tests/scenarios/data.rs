//! What holds data is replaced only when it is confirmed by name, and leaves a snapshot.

use finsight_engine::contract::Reply;
use finsight_engine::graph::Graph;
use finsight_engine::value::Value;

use crate::check::{after, check, did};
use crate::programs::*;
use crate::tape::{Fault, each_live};
use crate::wish::{Wish, destroy, preview, up};

fn vault(engine: &str) -> Graph {
    program(|p| {
        p.add(VAULT, "main", &[("vault_name", "ledger".into()), ("engine", engine.into())]);
    })
}

const REFUSED: &str = "
    refused PLAN-HOLDS-DATA: Vault/main holds a vault and would be replaced (engine cannot be changed in place): the new one starts without it
    row Vault/main#1
";

const REPLACED: &str = "
    plan replace Vault/main: engine cannot be changed in place, old one first: no two can have the same vault_name
    delete Vault/main#1, with a snapshot
    create Vault/main#2
    end ok
    row Vault/main#2
";

#[test]
fn without_its_name_a_replacement_is_refused_and_nothing_is_touched() {
    let life = after(&[&vault("one")]);
    let life = check(life, preview(&vault("two")), &[], REFUSED);
    let life = check(life, &vault("two"), &[], REFUSED);
    let life = check(life, up(&vault("two")).confirm("other"), &[], REFUSED);
    let named: Wish = up(&vault("one")).replace("**/main").confirm("other");
    let refused = REFUSED.replace("engine cannot be changed in place", "--replace names it");
    check(life, named, &[], &refused);
}

#[test]
fn with_its_name_it_is_replaced_and_leaves_a_snapshot() {
    check(after(&[&vault("one")]), up(&vault("two")).confirm("ledger"), &[], REPLACED);
}

#[test]
fn its_urn_is_a_name_too() {
    let urn = vault("one").nodes.keys().next().expect("a vault").to_string();
    check(after(&[&vault("one")]), up(&vault("two")).confirm(&urn), &[], REPLACED);
}

/// What the program does not declare any more goes with its data only by its name.
#[test]
fn without_its_name_it_is_not_deleted() {
    let without = program(|_| {});
    let refused = "
        refused PLAN-HOLDS-DATA: Vault/main holds a vault and would be deleted (the program no longer declares it)
        row Vault/main#1
    ";
    let life = check(after(&[&vault("one")]), &without, &[], refused);
    let deleted = "
        plan delete Vault/main: the program no longer declares it
        delete Vault/main#1
        end ok
    ";
    let other_word = up(&without).confirm("ledger");
    let life = check(life, other_word, &[], refused);
    check(life, up(&without).confirm_delete("ledger"), &[], deleted);
}

#[test]
fn a_destroy_does_as_the_program_says() {
    check(
        after(&[&vault("one")]),
        destroy(),
        &[],
        "
        plan delete Vault/main: the stack is taken down
        delete Vault/main#1
        end ok
    ",
    );
}

/// A vault of whose delete AWS itself wants to hear nothing.
fn locked(engine: &str, locked: bool) -> Graph {
    program(|p| {
        let inputs = [("vault_name", "ledger".into()), ("engine", engine.into()), ("locked", locked.into())];
        p.add(VAULT, "main", &inputs);
    })
}

#[test]
fn what_aws_guards_is_refused_before_anything_begins() {
    let refused = |what: &str| {
        format!(
            "
        refused PLAN-PROTECTED: Vault/main would be {what}, but AWS refuses to delete it while its `locked` is on
        row Vault/main#1
    "
        )
    };
    let life = after(&[&locked("one", true)]);
    let life = check(life, destroy(), &[], &refused("deleted"));
    // The program takes the guard off in the same breath: AWS would still refuse.
    let at_once = locked("two", false);
    let life = check(life, up(&at_once).confirm("ledger"), &[], &refused("replaced"));
    let life = check(
        life,
        &locked("one", false),
        &[],
        "
        plan update Vault/main: the program changed it
        converge Vault/main#1 locked
        end ok
        row Vault/main#1
    ",
    );
    check(life, up(&at_once).confirm("ledger"), &[], REPLACED);
}

/// O8: what held data and is gone is not made anew, empty, unasked.
#[test]
fn what_is_gone_with_its_data_is_not_made_anew_unasked() {
    let refused = "
        refused PLAN-HOLDS-DATA: Vault/main held a vault and is gone from AWS: a new one would be empty
        row Vault/main#1
    ";
    let gone = || after(&[&vault("one")]).gone(&crate::programs::urn(VAULT, "main"));
    check(gone(), &vault("one"), &[], refused);
    check(gone(), preview(&vault("one")), &[], refused);
    check(
        gone(),
        up(&vault("one")).confirm("ledger"),
        &[],
        "
        plan gone Vault/main#1
        plan create Vault/main: it was deleted outside of finsight-deploy
        create Vault/main#2
        end ok
        row Vault/main#2
    ",
    );
    // Where it was to go, nothing is lost.
    check(
        gone(),
        destroy(),
        &[],
        "
        plan gone Vault/main#1
        end ok
    ",
    );
}

/// O8: what vanishes in mid-run stays on record, so that the next run asks.
#[test]
fn what_vanishes_in_a_run_with_its_data_is_not_made_anew_unasked() {
    let noted = |locked: bool| {
        program(|p| {
            p.add(VAULT, "main", &[("vault_name", "ledger".into()), ("locked", locked.into())]);
        })
    };
    let mut life = after(&[&noted(true)]).gone(&crate::programs::urn(VAULT, "main"));
    let (end, seen) = life.run(&up(&noted(false)).no_refresh(), &[]);
    assert_eq!(end, "end failed", "{seen:?}");
    assert!(life.world.store.state().rows.contains_key(&crate::programs::urn(VAULT, "main")), "{seen:?}");
    let life = life.with(|world| world.advance(60_000));
    check(
        life,
        &noted(false),
        &[],
        "
        refused PLAN-HOLDS-DATA: Vault/main held a vault and is gone from AWS: a new one would be empty
        row Vault/main#1
    ",
    );
}

/// A guard that could not be read this time is as on record.
#[test]
fn a_guard_that_could_not_be_read_is_as_on_record() {
    fn unread(reply: &mut Reply) {
        each_live(reply, |live| {
            live.properties.insert("locked".to_owned(), Value::Unknown);
        });
    }
    let graph = program(|p| {
        p.add(VAULT, "main", &[("vault_name", "ledger".into()), ("locked", true.into())]);
        p.add(ROLE, "role", &[]);
    });
    let mut life = after(&[&graph]);
    let (end, seen) = life.run(&destroy(), &[Fault::Answer("read", unread)]);
    assert!(did(&seen, "refused"), "{end}: {seen:#?}");
}
