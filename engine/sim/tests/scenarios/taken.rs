//! Names: what stands under one already, what a text means, what holds data under another URN.

use finsight_engine::graph::Graph;
use finsight_engine::plan::Purpose;
use finsight_engine::program::Options;
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use finsight_sim::kinds::reference;
use finsight_sim::store::SimStore;
use finsight_sim::{Hardship, Mishap};

use crate::check::*;
use crate::programs::*;
use crate::tape::Fault;
use crate::wish::up;

/// E14 for replacements: what stands under the new name is looked for before the old one goes.
#[test]
fn a_name_that_is_taken_is_found_before_the_old_one_goes() {
    let graph = |name: &str| {
        program(|p| {
            p.add_with(STORE, "main", &[("store_name", name.into())], first());
        })
    };
    let mut life = after(&[&graph("old")]).with(|world| {
        let registry = std::sync::Arc::clone(&world.registry);
        let spec = registry.get(STORE).expect("the type");
        let properties = [("store_name".to_owned(), Value::from("taken"))].into();
        world.cloud.someone_makes(world.now, spec, finsight_sim::cloud::REGION, properties).expect("free");
        world.advance(60_000);
    });
    let (_, seen) = life.run(&up(&graph("taken")), &[]);
    assert!(!did(&seen, "delete Store/main#1"), "gone, and its successor cannot be made: {seen:#?}");
}

/// E4 for replacements: a literal that is the id of what is replaced is a reference.
#[test]
fn a_literal_that_names_what_is_replaced_is_a_reference() {
    let graph = |range: &str, id: &str| {
        program(|p| {
            p.add(PARENT, "main", &[("range", range.into())]);
            if !id.is_empty() {
                p.add(MEMBER, "a", &[("parent_id", id.into()), ("range", "10.0.1.0/24".into())]);
            }
        })
    };
    let mut life = after(&[&graph(OLD, "")]);
    let id = life.world.store.state().rows[&urn(PARENT, "main")].id.clone();
    let (end, seen) = life.run(&up(&graph(OLD, &id)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let began = life.world.now;
    let (end, seen) = life.run(&up(&graph(NEW, &id)), &[]);
    let minutes = (life.world.now - began) / 60_000;
    assert!(did(&seen, "refused"), "{end} after {minutes} minutes: {seen:#?}");
}

fn vault(name: &str) -> Graph {
    program(|p| {
        p.add(VAULT, name, &[("vault_name", "ledger".into())]);
    })
}

/// What holds data is replaced under another URN: the old one is deleted as the program says, and an empty one made.
#[test]
fn what_holds_data_and_gets_another_urn_is_not_replaced_unasked() {
    let mut life = after(&[&vault("main")]);
    let (end, seen) = life.run(&up(&vault("other")), &[]);
    assert!(did(&seen, "refused"), "{end}: {seen:#?}");
}

/// The same where the old one is gone already: an empty one is made, unasked.
#[test]
fn what_held_data_and_is_gone_is_not_made_anew_under_another_urn_unasked() {
    let mut life = after(&[&vault("main")]).gone(&urn(VAULT, "main"));
    let (end, seen) = life.run(&up(&vault("other")), &[]);
    assert!(did(&seen, "refused"), "{end}: {seen:#?}");
}

/// N1, N2: the way out of a lost state is `import`; after the first one nothing is looked for any more.
#[test]
fn a_lost_state_is_said_after_the_first_import_too() {
    let graph = |id: Option<String>| {
        program(|p| {
            p.add(PARENT, "one", &[("range", OLD.into())]);
            p.add_with(PARENT, "two", &[("range", OLD.into())], Options { import_id: id, ..plain() });
        })
    };
    let life = after(&[&graph(None)]);
    let id = life.world.store.state().rows[&urn(PARENT, "two")].id.clone();
    let mut life = life.with(|world| {
        world.store = SimStore::new("dev");
        world.advance(60_000);
    });
    let mut wish = up(&graph(Some(id))).target("*/two");
    wish.ask.purpose = Purpose::Import;
    let (end, seen) = life.run(&wish, &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let (end, seen) = life.run(&up(&graph(None)), &[]);
    let ones = life.world.cloud.standing().filter(|object| object.type_name == PARENT).count();
    assert!(did(&seen, "refused PLAN-STATE-LOST"), "{end}, {ones} parents stand: {seen:#?}");
}

/// `state move` onto a name that an open create has: the row that was moved is taken for what was replaced, its
/// protection is dropped, and it is deleted.
#[test]
fn a_move_onto_what_is_being_created_is_refused() {
    let graph = |name: &str| {
        program(|p| {
            p.add_with(PARENT, name, &[("range", OLD.into())], protected());
        })
    };
    let both = program(|p| {
        p.add_with(PARENT, "old", &[("range", OLD.into())], protected());
        p.add_with(PARENT, "new", &[("range", OLD.into())], protected());
    });
    let mut life = after(&[&graph("old")]);
    // The rename was forgotten; the run is killed as the new one is made.
    life.run(&up(&both), &[Fault::At("call create Parent/new#1", Mishap::CrashAfter)]);
    life.world.advance(60_000);
    let (from, to) = (urn(PARENT, "old"), urn(PARENT, "new"));
    let writer = life.world.store.open();
    let moved = finsight_engine::state::Entry::Moved { from, to };
    if life.world.store.append(writer, &[moved]).is_err() {
        return;
    }
    let (end, seen) = life.run(&up(&graph("new")), &[]);
    assert!(!did(&seen, "delete Parent/old#1"), "{end}: the protected one is deleted: {seen:#?}");
}

/// `moved_from` of what is on record, to a name that is on record too: it has no effect, and the old one is deleted.
#[test]
fn a_move_that_has_no_effect_is_said() {
    let graph = |names: &[&str], from: &[Urn]| {
        program(|p| {
            for name in names {
                let options = Options { moved_from: from.to_vec(), ..plain() };
                p.add_with(PARENT, name, &[("range", OLD.into())], options);
            }
        })
    };
    let mut life = after(&[&graph(&["old", "new"], &[])]);
    let (end, seen) = life.run(&up(&graph(&["new"], &[urn(PARENT, "old")])), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    let notes = life.plan.expect("a plan").notes;
    assert!(notes.iter().any(|note| note.starts_with("`moved_from` of")), "{notes:?}");
}

/// Sites, each with its name.
fn named(sites: &[(&str, &str)]) -> Graph {
    program(|p| {
        for (site, name) in sites {
            let names: Vec<Value> = if name.is_empty() { Vec::new() } else { vec![(*name).into()] };
            p.add(SITE, site, &[("names", names.into())]);
        }
    })
}

/// Somebody has given a name to one of ours, and the program gives it to another: the first gives it up before.
#[test]
fn a_claim_that_stands_and_is_not_on_record_is_given_up_first() {
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

/// A name that is known only later will likely be what it was: the old one that has it goes first.
#[test]
fn a_claim_that_turns_out_to_be_its_own_goes_first() {
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

/// What is replaced only if its name turns out to be another shares it with none then: nothing goes before it must, and
/// nothing is refused.
#[test]
fn a_name_that_may_be_another_is_not_its_own_claim() {
    let graph = |note: &str, options: Options| {
        program(|p| {
            let site = p.add(SITE, "site", &[("note", note.into())]);
            p.add_with(ROLE, "runner", &[("role_name", reference(&site, "domain"))], options);
        })
    };
    let mut wrong = Vec::new();
    for options in [plain(), retained()] {
        let mut life = wide(&[Hardship::Needless], &graph("one", options.clone()));
        let plan = life.fork().world.preview(&up(&graph("two", options.clone())).ask);
        let first = plan
            .as_ref()
            .is_ok_and(|p| p.step(&urn(ROLE, "runner")).is_some_and(|step| step.delete_first.is_some()));
        let (end, seen) = life.run(&up(&graph("two", options)), &[]);
        if end != "end ok" || first || did(&seen, "create Role/runner#2") {
            wrong.push((first, end, seen));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Where anything else may need the replacement as well, the name that it likely keeps is its own claim.
#[test]
fn a_name_that_is_likely_kept_is_its_own_claim_where_something_else_changes() {
    let graph = |note: &str| {
        program(|p| {
            let site = p.add(SITE, "site", &[("note", note.into())]);
            let parent = p.add(PARENT, "main", &[("range", OLD.into()), ("note", note.into())]);
            let on = [("role_name", reference(&site, "domain")), ("path", reference(&parent, "state"))];
            p.add(ROLE, "runner", &on);
        })
    };
    let life = wide(&[Hardship::Needless], &graph("one"));
    let plan = planned(&life, &up(&graph("two")));
    let step = plan.step(&urn(ROLE, "runner")).expect("a step");
    assert!(!step.forced && step.delete_first.is_some(), "{step:#?}");
}

/// The same where another one has it, and goes.
#[test]
fn a_claim_that_turns_out_to_be_anothers_goes_first() {
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
