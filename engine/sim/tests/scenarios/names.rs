//! Names: of two that would be one, and of what goes.

use finsight_engine::graph::{Graph, GraphError};
use finsight_engine::program::Options;
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use finsight_sim::kinds::{self, reference};

use crate::check::{after, check, did, nothing};
use crate::programs::*;
use crate::wish::{destroy, up};

/// V7: two declared resources with one identity.
#[test]
fn two_that_would_be_one_are_refused() {
    let stores = program(|p| {
        p.add(STORE, "one", &[("store_name", "ledger".into())]);
        p.add(STORE, "two", &[("store_name", "ledger".into())]);
    });
    check(
        nothing(),
        &stores,
        &[],
        r#"
        refused PLAN-CLAIM-TAKEN: Store/one and Store/two would be one resource: both have the same store_name "ledger"
    "#,
    );
    // What exists anyway is adopted by one only; known once its parent stands.
    let parent = alone(OLD, plain());
    let adopted = program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        p.add("sim:net:Default", "one", &[("parent_id", reference(&main, "id"))]);
        p.add("sim:net:Default", "two", &[("parent_id", reference(&main, "id"))]);
    });
    let mut life = after(&[&parent]);
    let (_, seen) = life.run(&(&adopted).into(), &[]);
    assert!(seen[0].starts_with("refused PLAN-CLAIM-TAKEN: Default/"), "{seen:?}");
    assert!(seen[0].contains(" would be one resource: both have the same parent_id"), "{seen:?}");
}

fn function(role: &str, with_role: bool) -> Graph {
    program(|p| {
        if with_role {
            p.add(ROLE, "runner", &[("role_name", "the-runner".into())]);
        }
        p.add(FUNCTION, "api", &[("role", role.into())]);
    })
}

/// E4: a literal that is the id or the ARN of what goes is a reference to it.
#[test]
fn a_literal_that_names_what_goes_is_a_reference() {
    let arn = "arn:aws:id:us-east-1:123456789012:role/the-runner";
    for (role, on) in [(arn, ""), ("the-runner", " on Role/runner#1")] {
        check(
            after(&[&function(role, true)]),
            &function(role, false),
            &[],
            &"
            refused PLAN-STILL-NEEDED: Role/runner would be deleted, but `role` of Function/api names it
            row Function/api#1HOW
            row Role/runner#1
        "
            .replace("HOW", on),
        );
    }
    // A word that is only the same is none, and neither is a name where no role can stand.
    let word = |with_role: bool| {
        program(|p| {
            if with_role {
                p.add(ROLE, "runner", &[("role_name", "the-runner".into())]);
            }
            let words = Map::from([("TEAM".to_owned(), Value::text("the-runner"))]);
            p.add(FUNCTION, "api", &[("role", "another".into()), ("environment", Value::Map(words))]);
        })
    };
    check(
        after(&[&word(true)]),
        &word(false),
        &[],
        "
        plan delete Role/runner: the program no longer declares it
        delete Role/runner#1
        end ok
        row Function/api#1
    ",
    );
    // A successor of its type takes its name, and that is no reference.
    let successor = program(|p| {
        p.add(ROLE, "next", &[("role_name", "the-runner".into())]);
    });
    check(
        after(&[&program(|p| {
            p.add(ROLE, "runner", &[("role_name", "the-runner".into())]);
        })]),
        &successor,
        &[],
        "
        plan create Role/next: it does not exist yet
        plan delete Role/runner: the program no longer declares it, old one first: Role/next takes its role_name
        delete Role/runner#1
        create Role/next#1
        end ok
        row Role/next#1
    ",
    );
}

/// A literal that names what is declared is a reference to it: first the one, then the other.
#[test]
fn a_literal_that_names_what_is_declared_orders() {
    let graph = program(|p| {
        p.add(FUNCTION, "api", &[("role", "the-runner".into())]);
        p.add(ROLE, "runner", &[("role_name", "the-runner".into())]);
    });
    check(
        nothing(),
        &graph,
        &[],
        "
        plan create Role/runner: it does not exist yet
        plan create Function/api: it does not exist yet
        create Role/runner#1
        create Function/api#1
        end ok
        row Function/api#1 on Role/runner#1
        row Role/runner#1
    ",
    );
    // What would go round in a circle stays a text.
    let round = program(|p| {
        let api = p.add(FUNCTION, "api", &[("role", "the-runner".into())]);
        p.add(ROLE, "runner", &[("role_name", "the-runner".into()), ("note", reference(&api, "arn"))]);
    });
    check(
        nothing(),
        &round,
        &[],
        "
        plan create Function/api: it does not exist yet
        plan create Role/runner: it does not exist yet
        create Function/api#1
        create Role/runner#1
        end ok
        row Function/api#1
        row Role/runner#1 on Function/api#1
    ",
    );
}

/// A literal that the successor is called by means the successor: it comes first, and nothing is refused.
#[test]
fn a_literal_that_names_the_successor_is_a_reference_to_it() {
    let arn = "arn:aws:id:us-east-1:123456789012:role/the-runner";
    for (role, on) in [(arn, ""), ("the-runner", " on Role/next#1")] {
        let named = |name: &str, note: &str| {
            program(|p| {
                p.add(ROLE, name, &[("role_name", "the-runner".into()), ("note", note.into())]);
                p.add(FUNCTION, "api", &[("role", role.into()), ("code", note.into())]);
            })
        };
        check(
            after(&[&named("runner", "one")]),
            &named("next", "two"),
            &[],
            &"
            plan create Role/next: it does not exist yet
            plan update Function/api: the program changed it
            plan delete Role/runner: the program no longer declares it, old one first: Role/next takes its role_name
            delete Role/runner#1
            create Role/next#1
            converge Function/api#1 code
            end ok
            row Function/api#1HOW
            row Role/next#1
        "
            .replace("HOW", on),
        );
    }
}

/// The id of what is replaced is the old one's alone.
#[test]
fn a_literal_that_is_the_id_of_what_is_replaced_is_refused() {
    let mut life = after(&[&alone(OLD, plain())]);
    let id = life.world.store.state().rows[&urn(PARENT, "main")].id.clone();
    let graph = program(|p| {
        p.add(PARENT, "main", &[("range", NEW.into())]);
        p.add(FUNCTION, "api", &[("role", id.as_str().into())]);
    });
    let (_, seen) = life.run(&(&graph).into(), &[]);
    let refused =
        "refused PLAN-STILL-NEEDED: Parent/main would be replaced, but `role` of Function/api names it";
    assert_eq!(seen[0], refused, "{seen:?}");
}

fn wrong(options: Options, others: &[(&str, Options)]) -> Vec<String> {
    let graph = program(|p| {
        p.add_with(PARENT, "main", &[("range", OLD.into())], options);
        for (name, options) in others {
            p.add_with(PARENT, name, &[("range", OLD.into())], options.clone());
        }
    });
    match graph.checked(&kinds::registry()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(GraphError::to_string).collect(),
    }
}

/// V21: options that can have no effect are refused with their place.
#[test]
fn options_that_can_have_no_effect_are_refused() {
    let says = |found: &[String], text: &str| {
        assert!(found.iter().any(|line| line.contains(text) && line.contains("(here)")), "{text}: {found:?}");
    };
    let paths = |ignored: &[&str], replacing: &[&str]| Options {
        ignore_changes: ignored.iter().map(|path| (*path).to_owned()).collect(),
        replace_on_changes: replacing.iter().map(|path| (*path).to_owned()).collect(),
        ..plain()
    };
    assert_eq!(wrong(paths(&["note", "tags.team", "*"], &["zone"]), &[]), Vec::<String>::new());
    says(
        &wrong(paths(&["noet"], &[]), &[]),
        "option `ignore_changes`: `noet`: sim:net:Parent has no property `noet`",
    );
    says(&wrong(paths(&[], &["tag.x"]), &[]), "option `replace_on_changes`: `tag.x`");
    let from = |urns: &[Urn]| Options { moved_from: urns.to_vec(), ..plain() };
    says(&wrong(from(&[urn(ROLE, "old")]), &[]), "is of another type");
    says(&wrong(from(&[urn(PARENT, "b")]), &[("b", plain())]), "is declared itself");
    let old = from(&[urn(PARENT, "old")]);
    says(&wrong(old.clone(), &[("b", old)]), "is also the old name of");
    assert_eq!(wrong(from(&[urn(PARENT, "old"), urn(PARENT, "older")]), &[]), Vec::<String>::new());
}

/// V21: a path below a text can have no effect.
#[test]
fn an_option_below_a_text_is_refused() {
    let options = Options { ignore_changes: vec!["note.x".to_owned(), "tags.a.b".to_owned()], ..plain() };
    let graph = alone(OLD, options);
    assert!(graph.checked(&finsight_sim::kinds::registry()).is_err());
}

/// A text that is the name of what goes by chance is no reference.
#[test]
fn a_text_that_is_a_name_by_chance_is_no_reference() {
    let graph = |role: bool| {
        program(|p| {
            if role {
                p.add(ROLE, "reporter", &[("role_name", "reporter".into())]);
            }
            p.add(PARENT, "main", &[("range", OLD.into()), ("note", "reporter".into())]);
        })
    };
    let mut life = after(&[&graph(true)]);
    let (end, seen) = life.run(&up(&graph(false)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
}

/// E4 for a part of the stack: `destroy --target` of what another names by a literal.
#[test]
fn a_destroy_of_a_part_sees_literals_too() {
    let graph = |id: &str| {
        program(|p| {
            p.add(PARENT, "main", &[("range", OLD.into())]);
            if !id.is_empty() {
                p.add(MEMBER, "a", &[("parent_id", id.into()), ("range", "10.0.1.0/24".into())]);
            }
        })
    };
    let mut life = after(&[&graph("")]);
    let id = life.world.store.state().rows[&urn(PARENT, "main")].id.clone();
    let (end, seen) = life.run(&up(&graph(&id)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let began = life.world.now;
    let (end, seen) = life.run(&destroy().target("*/main").knowing(&graph(&id)), &[]);
    let minutes = (life.world.now - began) / 60_000;
    assert!(did(&seen, "refused"), "{end} after {minutes} minutes: {}", seen.len());
}
