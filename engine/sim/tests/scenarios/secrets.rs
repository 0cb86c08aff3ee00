//! Secrets: what holds one is one, and none is ever shown or stored in clear.
//!
//! That no event, plan or stored byte shows [`finsight_sim::SECRET_MARK`] is judged after every step.

use finsight_engine::contract::{FailureClass, Reply};
use finsight_engine::expr::Expr;
use finsight_engine::graph::Graph;
use finsight_engine::secret::Secret;
use finsight_engine::value::{Map, Value};
use finsight_sim::kinds::reference;

use crate::check::{after, check, nothing};
use crate::programs::*;
use crate::tape::{Fault, each_live, refuse};
use crate::wish::{preview, up};

fn secret(text: &str) -> Value {
    Value::Secret(Secret::new(text))
}

fn database(password: &str) -> Graph {
    program(|p| {
        let db = p.add(STORE, "db", &[("store_name", "main".into()), ("password", secret(password))]);
        let environment = [
            ("KEY".to_owned(), reference(&db, "key")),
            (
                "URL".to_owned(),
                Value::Expr(Box::new(Expr::Concat {
                    items: vec!["db://".into(), secret(password), "@".into(), reference(&db, "endpoint")],
                })),
            ),
        ];
        p.add(
            FUNCTION,
            "api",
            &[("role", "a-role".into()), ("environment", Value::Map(Map::from(environment)))],
        );
        p.export("key", reference(&db, "key"));
    })
}

#[test]
fn outputs_that_are_secret_by_type_and_what_is_made_of_secrets_are_secret_on_record() {
    let life = check(
        nothing(),
        &database("s3cr3t-one"),
        &[],
        "
        plan create Store/db: it does not exist yet
        plan create Function/api: it does not exist yet
        create Store/db#1
        create Function/api#1
        end ok
        row Function/api#1 on Store/db#1
        row Store/db#1
    ",
    );
    let state = life.world.store.state();
    assert!(matches!(state.rows[&urn(STORE, "db")].outputs["key"], Value::Secret(_)));
    assert!(matches!(state.outputs["key"], Value::Secret(_)));
    let environment = state.rows[&urn(FUNCTION, "api")].inputs["environment"].as_map().unwrap().clone();
    assert!(environment.values().all(|value| matches!(value, Value::Secret(_))), "{environment:?}");
    let text =
        life.world.cloud.standing().map(|object| format!("{:?}", object.properties())).collect::<String>();
    assert!(text.contains("db://s3cr3t-one@"), "AWS gets it in clear: {text}");
}

/// AWS shows the password in an output that the type does not call secret.
fn loose_lips(reply: &mut Reply) {
    each_live(reply, |live| {
        live.outputs.insert("endpoint".to_owned(), "main:s3cr3t-one@host".into());
        live.properties.insert("note".to_owned(), "made with s3cr3t-one".into());
    });
}

#[test]
fn what_aws_answers_in_clear_is_secret_where_it_holds_a_secret_input() {
    let graph = |note: Option<&str>| {
        program(|p| {
            let mut inputs = vec![("store_name", "main".into()), ("password", secret("s3cr3t-one"))];
            inputs.extend(note.map(|note| ("note", note.into())));
            p.add(STORE, "db", &inputs);
        })
    };
    let faults = [Fault::Answer("call read Store/db#1", loose_lips)];
    let life = check(
        nothing(),
        &graph(None),
        &faults,
        "
        plan create Store/db: it does not exist yet
        create Store/db#1
        end ok
        row Store/db#1
    ",
    );
    assert!(matches!(life.world.store.state().rows[&urn(STORE, "db")].outputs["endpoint"], Value::Secret(_)));
    // A difference in it is shown without it.
    let life = check(
        life,
        preview(&graph(Some("public"))),
        &faults,
        "
        plan update Store/db: the program changed it
        end ok
        row Store/db#1
    ",
    );
    let plan = life.plan.as_ref().unwrap();
    let shown = format!("{:?}", plan.steps[0].diff);
    assert!(shown.contains("$secret") && !shown.contains("s3cr3t"), "{shown}");
}

#[test]
fn a_changed_secret_is_a_difference_that_shows_neither_value() {
    let life = check(
        after(&[&database("s3cr3t-one")]),
        preview(&database("s3cr3t-two")),
        &[],
        "
        plan update Store/db: the program changed it
        plan update Function/api: the program changed it
        end ok
        row Function/api#1 on Store/db#1
        row Store/db#1
    ",
    );
    let plan = life.plan.clone().unwrap();
    let change = &plan.steps[0].diff[0];
    assert_eq!(
        (change.path.as_str(), change.before.masked(), change.after.masked()),
        ("password", serde_json::json!({"$secret": true}), serde_json::json!({"$secret": true}),)
    );
    check(
        life,
        &database("s3cr3t-two"),
        &[],
        "
        plan update Store/db: the program changed it
        plan update Function/api: the program changed it
        converge Store/db#1 password
        converge Function/api#1 environment
        end ok
        row Function/api#1 on Store/db#1
        row Store/db#1
    ",
    );
}

#[test]
fn an_unchanged_secret_leaves_the_stored_bytes_unchanged() {
    let life = after(&[&database("s3cr3t-one")]);
    let bytes = life.world.store.bytes();
    let life = check(
        life,
        &database("s3cr3t-one"),
        &[],
        "
        end ok
        row Function/api#1 on Store/db#1
        row Store/db#1
    ",
    );
    assert!(life.world.store.bytes() == bytes);
}

#[test]
fn a_secret_that_becomes_plain_and_back_is_not_shown_on_the_way() {
    let graph = |value: Value| {
        program(|p| {
            let environment = Map::from([("KEY".to_owned(), value)]);
            p.add(FUNCTION, "api", &[("role", "a-role".into()), ("environment", Value::Map(environment))]);
        })
    };
    let life = check(
        after(&[&graph(secret("s3cr3t-one"))]),
        preview(&graph("plain".into())),
        &[],
        "
        plan update Function/api: the program changed it
        end ok
        row Function/api#1
    ",
    );
    let shown = format!("{:?}", life.plan.as_ref().unwrap().steps[0].diff);
    assert!(shown.contains("environment.KEY") && !shown.contains("plain"), "{shown}");
}

#[test]
fn an_error_of_aws_that_repeats_a_secret_shows_it_to_nobody() {
    fn telltale(reply: &mut Reply) {
        if let Reply::Failed(failure) = reply {
            failure.message = "the password `s3cr3t-one` is too short".to_owned();
        }
    }
    let faults = [
        refuse("create Store/db#1", FailureClass::Invalid),
        Fault::Answer("call create Store/db#1", telltale),
    ];
    let mut life = nothing();
    let (end, seen) = life.run(&(&database("s3cr3t-one")).into(), &faults);
    assert_eq!(end, "end failed");
    assert!(seen.iter().all(|line| !line.contains("s3cr3t")), "{seen:#?}");
    let history = serde_json::to_string(&life.world.store.state().history).unwrap();
    assert!(!history.contains("s3cr3t"), "{history}");
    life.world.expect_no_violations();
}

#[test]
fn a_plan_with_secrets_is_saved_without_their_text_or_not_at_all() {
    let life = check(
        nothing(),
        preview(&database("s3cr3t-one")),
        &[],
        "
        plan create Store/db: it does not exist yet
        plan create Function/api: it does not exist yet
        end ok
    ",
    );
    let saved = serde_json::to_string(life.plan.as_ref().unwrap());
    assert!(saved.map_or(true, |text| !text.contains("s3cr3t")));
}

/// What somebody is to put into a secret is not in the program: where it is wrong, the error says where it is.
#[test]
fn what_is_refused_for_a_secret_says_where_that_is_held() {
    let program = program(|p| {
        let holder =
            p.add(STORE, "holder", &[("store_name", "a".into()), ("password", secret("s3cr3t-one"))]);
        p.add(STORE, "db", &[("store_name", "b".into()), ("password", reference(&holder, "key"))]);
        p.add(FUNCTION, "api", &[("role", "a-role".into())]);
    });
    let refused = |of: &'static str| {
        let mut life = nothing();
        let (end, _) = life.run(&up(&program), &[refuse(of, FailureClass::Invalid)]);
        assert_eq!(end, "end failed");
        life.troubles[0].1.hint.clone()
    };
    let hint = refused("create Store/db#1");
    assert!(
        hint.contains("or what ") && hint.contains("Store/holder holds, from which `password` comes"),
        "{hint}"
    );
    for other in ["create Store/holder#1", "create Function/api#1"] {
        assert_eq!(refused(other), "correct the program or its config, and run `up` again");
    }
}
