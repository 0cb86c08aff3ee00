//! `drift --fix`: the record is the wish, never the program.

use finsight_engine::graph::Graph;
use finsight_engine::plan::Purpose;
use finsight_engine::state::Edge;
use finsight_engine::value::Value;
use finsight_sim::kinds::reference;

use crate::check::{after, check};
use crate::programs::*;
use crate::wish::{Wish, destroy, up};

fn fix(graph: &Graph) -> Wish {
    let mut wish = up(graph);
    wish.ask.purpose = Purpose::Fix;
    // What the record says is not what the program says: it is compared below.
    wish.ask.selection.component.push("sim".to_owned());
    wish
}

fn store(class: &str) -> Graph {
    program(|p| {
        p.add(STORE, "main", &[("store_name", "ledger".into()), ("class", class.into())]);
    })
}

/// D1: what the program has changed or dropped is not carried out; what drifted goes back to the record.
#[test]
fn the_record_is_the_wish() {
    let before = || after(&[&store("small")]).meddled(&urn(STORE, "main"), "note", "meddled");
    let put_back = "
        plan update Store/main: it was changed outside of finsight-deploy
        converge Store/main#1 note
        end ok
        row Store/main#1
    ";
    let with_note = |note: &str| {
        program(|p| {
            p.add(STORE, "main", &[("store_name", "ledger".into()), ("note", note.into())]);
        })
    };
    let drifted = || after(&[&with_note("ours")]).meddled(&urn(STORE, "main"), "note", "meddled");
    for program in [&with_note("theirs"), &store("large"), &empty()] {
        let life = check(drifted(), fix(program), &[], put_back);
        let object = life.world.cloud.standing().next().expect("the store");
        assert_eq!(object.properties()["note"].as_text(), Some("ours"));
        assert_eq!(object.properties()["class"].as_text(), Some("small"));
    }
    // Where nothing is on record of a property, there is nothing to put back.
    check(
        before(),
        fix(&store("large")),
        &[],
        "
        end ok
        row Store/main#1
    ",
    );
}

/// D1b: options stay as on record: protection above all.
#[test]
fn options_stay_as_on_record() {
    let graph = |options| {
        program(|p| {
            p.add_with(PARENT, "main", &[("range", OLD.into()), ("note", "ours".into())], options);
        })
    };
    let life = after(&[&graph(protected())]).meddled(&urn(PARENT, "main"), "note", "meddled");
    let life = check(
        life,
        fix(&graph(plain())),
        &[],
        "
        plan update Parent/main: it was changed outside of finsight-deploy
        converge Parent/main#1 note
        end ok
        row Parent/main#1
    ",
    );
    assert!(life.world.store.state().rows[&urn(PARENT, "main")].options.protect);
}

/// D1: what would be replaced or deleted is refused by name; so is what held data.
#[test]
fn nothing_is_replaced_or_made_empty() {
    let graph = alone(OLD, plain());
    let life = after(&[&graph]).meddled(&urn(PARENT, "main"), "range", NEW);
    check(
        life,
        fix(&empty()),
        &[],
        "
        refused PLAN-NOT-BY-FIX: Parent/main is not put right by a fix: it would be replaced (range cannot be changed in place)
        row Parent/main#1
    ",
    );
    let vault = program(|p| {
        p.add(VAULT, "main", &[("vault_name", "ledger".into())]);
    });
    check(
        after(&[&vault]).gone(&urn(VAULT, "main")),
        fix(&vault).confirm("ledger"),
        &[],
        "
        refused PLAN-NOT-BY-FIX: Vault/main is not put right by a fix: it held data and is gone
        row Vault/main#1
    ",
    );
}

/// What is gone and held nothing is made again as on record; what stands on it follows.
#[test]
fn what_is_gone_is_made_again_as_on_record() {
    let graph = |note: &str| {
        program(|p| {
            let role = p.add(ROLE, "runner", &[("note", note.into())]);
            p.add(FUNCTION, "api", &[("role", reference(&role, "arn"))]);
            p.add(ROLE, "other", &[("note", note.into())]);
        })
    };
    let life = after(&[&graph("one")]).gone(&urn(ROLE, "runner"));
    let life = check(
        life,
        fix(&graph("two")),
        &[],
        "
        plan gone Role/runner#1
        plan create Role/runner: it was deleted outside of finsight-deploy
        plan update Function/api: the program changed it
        create Role/runner#2
        end ok
        row Function/api#1 on Role/runner#2
        row Role/other#1
        row Role/runner#2
    ",
    );
    let state = life.world.store.state();
    assert_eq!(state.rows[&urn(ROLE, "runner")].inputs["note"].as_text(), Some("one"));
    assert_eq!(state.rows[&urn(ROLE, "other")].inputs["note"].as_text(), Some("one"));
    life.world.expect_converged(&graph("one"));
}

/// What cannot follow what is made anew is refused by name.
#[test]
fn what_would_be_replaced_with_what_is_gone_is_refused() {
    let graph = net(OLD, plain(), plain());
    let life = after(&[&graph]).gone(&urn(MEMBER, "a")).gone(&urn(PARENT, "main"));
    check(
        life,
        fix(&graph),
        &[],
        "
        plan gone Member/a#1
        plan gone Parent/main#1
        plan create Parent/main: it was deleted outside of finsight-deploy
        plan create Member/a: it was deleted outside of finsight-deploy
        create Parent/main#2
        create Member/a#2
        end ok
        row Member/a#2 on Parent/main#2
        row Parent/main#2
    ",
    );
}

/// `drift --fix` as the command asks it: of what drifted alone. Who stands on what was gone must follow it.
#[test]
fn who_stands_on_what_a_fix_makes_anew_follows_it() {
    let graph = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let on = Value::Map([("PARENT".to_owned(), reference(&main, "id"))].into());
        p.add(FUNCTION, "api", &[("role", "nobody".into()), ("environment", on)]);
    });
    let mut life = after(&[&graph]).gone(&urn(PARENT, "main"));
    let drift = life.drift();
    assert_eq!(drift, ["Parent/main deleted"], "what the command makes its targets of");
    let mut wish = up(&graph).target(urn(PARENT, "main").as_str());
    wish.ask.purpose = Purpose::Fix;
    let (end, seen) = life.run(&wish, &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let id = life.world.store.state().rows[&urn(PARENT, "main")].id.clone();
    let number = life.number(&urn(FUNCTION, "api"));
    let stands = life.world.cloud.standing().find(|object| object.number == number).expect("the function");
    let has = stands.properties()["environment"].any(&|value| value.as_text() == Some(id.as_str()));
    assert!(has, "it names what is gone, and nothing drifts: {:?} {seen:#?}", life.drift());
}

/// A record that an earlier version wrote can have a circle: a fix of it is refused, and takes nothing off the record;
/// an `up` opens it.
#[test]
fn a_fix_of_a_circle_on_record_is_refused() {
    let (a, b) = (urn(MEMBER, "a"), urn(MEMBER, "b"));
    let life = after(&[&peers(false)]);
    let owner = life.world.store.state().rows[&a].owner.clone();
    let mut life = life.with_row(&b, |row| {
        row.edges.push(Edge { urn: a.clone(), owner, via: "peers".to_owned() });
    });
    let mut gone = life.fork().with(|world| {
        let members: Vec<u64> =
            world.cloud.standing().filter(|o| o.type_name == MEMBER).map(|o| o.number).collect();
        for number in members {
            world.cloud.someone_deletes(world.now, number).expect("nothing that holds it");
        }
        world.advance(60_000);
    });
    let (end, seen) = gone.run(&fix(&peers(true)), &[]);
    assert!(end.starts_with("row") || end.starts_with("refused"), "{end}: {seen:#?}");
    assert!(seen.iter().any(|line| line.starts_with("refused PLAN-CIRCLE")), "{seen:#?}");
    assert_eq!(gone.world.store.state().rows.len(), 3, "{seen:#?}");
    let (end, seen) = life.run(&up(&peers(true)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let (end, seen) = life.run(&destroy(), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
}
