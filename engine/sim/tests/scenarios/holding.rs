//! Holds that the program does not say any more, and those that are none.

use finsight_engine::expr::Expr;
use finsight_engine::graph::Graph;
use finsight_engine::urn::Urn;
use finsight_engine::value::Value;
use finsight_sim::kinds::reference;

use crate::check::*;
use crate::programs::*;
use crate::wish::up;

fn holding(set: bool, note: &str, with: bool) -> Graph {
    program(|p| {
        let main = p.add(PARENT, "main", &[("range", OLD.into())]);
        let mut inputs = vec![("store_name", Value::from("ledger")), ("note", note.into())];
        if with {
            let a = p.add(MEMBER, "a", &member(&main, "10.0.1.0/24"));
            if set {
                inputs.push(("member_id", reference(&a, "id")));
            }
        }
        p.add(STORE, "db", &inputs);
    })
}

/// A property without a default that is not set any more: AWS keeps what stands, and so does the hold.
#[test]
fn what_is_not_set_any_more_still_holds_in_the_same_run() {
    let mut life = after(&[&holding(true, "one", true)]);
    let (_, seen) = life.run(&up(&holding(false, "two", false)), &[]);
    assert!(did(&seen, "refused PLAN-HELD"), "begun, and blocked: {seen:#?}");
}

/// The same in two runs: the first takes the edge off the record.
#[test]
fn what_is_not_set_any_more_still_holds_in_the_next_run() {
    let mut life = after(&[&holding(true, "one", true)]);
    let (end, seen) = life.run(&up(&holding(false, "one", true)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    let began = life.world.now;
    let (_, seen) = life.run(&up(&holding(false, "one", false)), &[]);
    let minutes = (life.world.now - began) / 60_000;
    assert!(did(&seen, "refused PLAN-HELD"), "blocked after {minutes} minutes: {seen:#?}");
}

/// The first of two texts, the second of which is an output: what it comes to is the same whatever that is.
fn steady(of: &Urn) -> Value {
    let of = Value::List(vec!["steady".into(), reference(of, "id")]);
    Value::Expr(Box::new(Expr::Index { of, key: "0".to_owned() }))
}

/// Who refers to a replaced one by a value that stays the same holds nothing of the old one.
#[test]
fn whose_value_stays_the_same_does_not_hold_the_old_one() {
    let graph = |range: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", range.into())]);
            p.add(PARENT, "other", &[("range", OLD.into()), ("note", steady(&main))]);
        })
    };
    let mut life = after(&[&graph(OLD)]);
    let (end, seen) = life.run(&up(&graph(NEW)), &[]);
    assert_eq!(end, "end ok", "refused for ever: {seen:#?}");
}

/// The same without an operator that drops a part: an output that is the same of both incarnations, as the
/// validation records of a certificate are.
#[test]
fn whose_output_is_the_same_of_both_does_not_hold_the_old_one() {
    let graph = |range: &str| {
        program(|p| {
            let main = p.add(PARENT, "main", &[("range", range.into())]);
            p.add(PARENT, "other", &[("range", OLD.into()), ("note", reference(&main, "arn"))]);
        })
    };
    let mut life = after(&[&graph(OLD)]);
    let arn = life.world.store.state().rows[&urn(PARENT, "main")].outputs["arn"].clone();
    let (end, seen) = life.run(&up(&graph(NEW)).target("*/main"), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    let mut life = life.with_row(&urn(PARENT, "main"), |row| {
        row.outputs.insert("arn".to_owned(), arn);
    });
    let (end, seen) = life.run(&up(&graph(NEW)).no_refresh(), &[]);
    assert_eq!(end, "end ok", "refused for ever: {seen:#?}");
}
