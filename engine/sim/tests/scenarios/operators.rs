//! The operators over outputs: what they give, and that unknown and secret go through them.

use std::collections::BTreeMap;

use finsight_engine::context::{Place, View, Views};
use finsight_engine::expr::{ContextKey, Expr, resolve};
use finsight_engine::program::{Output, base64, concat, index, join, json};
use finsight_engine::secret::Secret;
use finsight_engine::value::{Map, Value};
use finsight_sim::kinds::reference;
use serde_json::{Value as Json, json};

use crate::programs::*;

/// `Parent/main` stands, `Parent/new` will be made; `Parent/main.password` is secret.
fn check(value: Value, expected: &Json) {
    check_result(&value, &Ok(expected.clone()));
}

fn check_result(value: &Value, expected: &Result<Json, String>) {
    let outputs = Map::from([
        ("arn".to_owned(), "arn:main".into()),
        ("zones".to_owned(), vec![Value::from("a"), Value::from("b")].into()),
        ("ports".to_owned(), vec![Value::from(80), Value::from(443)].into()),
        ("volatile".to_owned(), Value::Unknown),
        ("password".to_owned(), Value::Secret(Secret::new("hunter2"))),
        ("tags".to_owned(), Value::Map(Map::from([("Name".to_owned(), "main".into())]))),
    ]);
    let views = BTreeMap::from([
        (urn(PARENT, "main"), View::Known { id: "parent-1".to_owned(), outputs }),
        (urn(PARENT, "new"), View::Unknown),
    ]);
    let place = Place {
        account: Some("123456789012".to_owned()),
        partition: None,
        region: "ap-northeast-1".to_owned(),
    };
    let seen = resolve(value, &Views { views: &views, place: &place });
    assert_eq!(&seen.as_ref().map(Value::masked).map_err(Clone::clone), expected, "{value:?}");
    // What was saved in a plan gives the same.
    if !value.has_secret() {
        let saved = serde_json::to_string(value).expect("an expression can be saved");
        let back: Value = serde_json::from_str(&saved).expect("a saved expression can be read");
        assert_eq!(&back, value);
    }
}

fn main(name: &str) -> Value {
    reference(&urn(PARENT, "main"), name)
}

fn new(name: &str) -> Value {
    reference(&urn(PARENT, "new"), name)
}

fn text(value: Value) -> finsight_engine::program::Input<String> {
    finsight_engine::program::Input::from_value(value)
}

fn list(value: Value) -> finsight_engine::program::Input<Vec<String>> {
    finsight_engine::program::Input::from_value(value)
}

fn unknown() -> Json {
    json!({"$unknown": true})
}

fn secret() -> Json {
    json!({"$secret": true})
}

#[test]
fn outputs_and_context() {
    check(main("id"), &json!("parent-1"));
    check(main("arn"), &json!("arn:main"));
    check(main("volatile"), &unknown());
    check(main("password"), &secret());
    check(new("id"), &unknown());
    let context = |key| Value::Expr(Box::new(Expr::Context { key }));
    check(context(ContextKey::AccountId), &json!("123456789012"));
    check(context(ContextKey::Region), &json!("ap-northeast-1"));
    check(context(ContextKey::Partition), &unknown());
    check_result(
        &reference(&urn(PARENT, "nowhere"), "id"),
        &Err("dev/sim/sim:net:Parent/nowhere is not there".to_owned()),
    );
}

#[test]
fn concat_of_texts_numbers_and_outputs() {
    check(concat([text("a-".into()), text(main("id"))]).value(), &json!("a-parent-1"));
    check(concat([text(1.into()), text(true.into())]).value(), &json!("1true"));
    check(concat([text("a-".into()), text(new("id"))]).value(), &unknown());
    check(concat([text("a-".into()), text(main("password"))]).value(), &secret());
    check(concat([text(Value::Secret(Secret::new("x"))), text("y".into())]).value(), &secret());
    // Unknown comes first: what it will be is not known, but a plan does not show the secret either.
    check(concat([text(main("password")), text(new("id"))]).value(), &unknown());
    let wrong = concat([text(main("zones"))]).value();
    check_result(&wrong, &Err(r#"a text is wanted, not ["a","b"]"#.to_owned()));
}

#[test]
fn join_of_lists() {
    check(join(",", list(main("zones"))).value(), &json!("a,b"));
    check(join(",", list(main("ports"))).value(), &json!("80,443"));
    check(join(",", list(Value::List(vec![main("arn"), new("id")]))).value(), &unknown());
    check(join(",", list(Value::List(vec![main("arn"), main("password")]))).value(), &secret());
    check(join(",", list(Value::List(Vec::new()))).value(), &json!(""));
    check(join(",", list(new("zones"))).value(), &unknown());
    check_result(
        &join(",", list(main("arn"))).value(),
        &Err(r#"join takes a list, not "arn:main""#.to_owned()),
    );
}

#[test]
fn json_of_values_with_outputs_in_them() {
    let map = |value: Value| Value::Map(Map::from([("Arn".to_owned(), value), ("N".to_owned(), 1.into())]));
    check(json(map(main("arn"))).value(), &json!(r#"{"Arn":"arn:main","N":1}"#));
    check(json(map(main("ports"))).value(), &json!(r#"{"Arn":[80,443],"N":1}"#));
    check(json(map(new("arn"))).value(), &unknown());
    check(json(map(main("volatile"))).value(), &unknown());
    check(json(map(main("password"))).value(), &secret());
    check(json(map("a \"quoted\" text".into())).value(), &json!(r#"{"Arn":"a \"quoted\" text","N":1}"#));
}

#[test]
fn index_of_lists_and_maps() {
    let zones = |at| index(&Output::<Vec<String>>::of(&urn(PARENT, "main"), "zones"), at).value();
    check(zones(1), &json!("b"));
    check_result(&zones(2), &Err(r#"there is no entry `2` in ["a","b"]"#.to_owned()));
    check(index(&Output::<Vec<String>>::of(&urn(PARENT, "new"), "zones"), 0).value(), &unknown());
    let key = |of: Value, key: &str| Value::Expr(Box::new(Expr::Index { of, key: key.to_owned() }));
    check(key(main("tags"), "Name"), &json!("main"));
    check_result(
        &key(main("tags"), "name"),
        &Err(r#"there is no entry `name` in {"Name":"main"}"#.to_owned()),
    );
    // What is wrong with a secret is said without it.
    check_result(
        &key(main("password"), "0"),
        &Err(r#"there is no entry `0` in {"$secret":true}"#.to_owned()),
    );
}

#[test]
fn base64_of_texts() {
    check(base64(text(main("arn"))).value(), &json!("YXJuOm1haW4="));
    check(base64(text(new("arn"))).value(), &unknown());
    check(base64(text(main("password"))).value(), &secret());
}

#[test]
fn operators_within_operators() {
    let user_data = base64(join(
        "\n",
        list(Value::List(vec![
            "#!/bin/sh".into(),
            concat([text("export ARN=".into()), text(main("arn"))]).value(),
        ])),
    ));
    check(user_data.value(), &json!("IyEvYmluL3NoCmV4cG9ydCBBUk49YXJuOm1haW4="));
    let deep = json(Value::List(vec![base64(text(main("password"))).value()]));
    check(deep.value(), &secret());
    let deep = json(Value::List(vec![base64(text(new("id"))).value()]));
    check(deep.value(), &unknown());
}

#[test]
fn an_expression_with_a_secret_in_it_is_masked_before_it_is_resolved() {
    let value = concat([text(Value::Secret(Secret::new("hunter2"))), text(new("id"))]).value();
    assert_eq!(value.masked(), secret());
    assert_eq!(format!("{value:?}"), r#"{"$secret":true}"#);
    assert_eq!(main("arn").masked(), unknown());
}
