//! What is ignored, and what no read gives back.

use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::secret::Secret;
use finsight_engine::value::Value;
use finsight_sim::{Mishap, World};

use crate::{lives, one, succeeds};

fn store(inputs: &[(&str, Value)], options: Options) -> Graph {
    let inputs: Vec<(&str, Value)> =
        [("store_name", Value::text("main"))].into_iter().chain(inputs.iter().cloned()).collect();
    one("sim:db:Store", "db", &inputs, options)
}

fn secret(text: &str) -> Value {
    Value::Secret(Secret::new(format!("s3cr3t-{text}")))
}

/// The true value of a property of the only standing object of a type.
fn actual(world: &World, type_name: &str, property: &str) -> Option<Value> {
    let object = world.cloud.standing().find(|object| object.type_name == type_name)?;
    object.properties().get(property).cloned()
}

#[test]
fn what_is_ignored_is_neither_sent_nor_recorded_as_sent() {
    let ignoring = Options { ignore_changes: vec!["password".to_owned()], ..Options::default() };
    lives(|world| {
        succeeds(world, &store(&[("password", secret("one"))], Options::default()));
        // The record changes, but not the password.
        succeeds(world, &store(&[("password", secret("two")), ("class", "large".into())], ignoring.clone()));
        assert_eq!(actual(world, "sim:db:Store", "password"), Some("s3cr3t-one".into()));
        succeeds(
            world,
            &store(&[("password", secret("two")), ("class", "large".into())], Options::default()),
        );
        assert_eq!(actual(world, "sim:db:Store", "password"), Some("s3cr3t-two".into()));
    });
}

#[test]
fn a_write_only_change_that_was_cut_off_and_taken_back_is_taken_back() {
    lives(|world| {
        let graph = |text: &str| store(&[("password", secret(text))], Options::default());
        succeeds(world, &graph("one"));
        world.advance(60_000);
        for nth in 1..12 {
            world.mishap_in(nth, Mishap::CrashAfter);
            world.up(&graph("two"));
            world.no_more_mishaps();
            succeeds(world, &graph("one"));
            assert_eq!(actual(world, "sim:db:Store", "password"), Some("s3cr3t-one".into()));
        }
    });
}

#[test]
fn a_write_only_property_that_is_no_longer_set_is_not_sent() {
    lives(|world| {
        succeeds(world, &store(&[("password", secret("one"))], Options::default()));
        succeeds(world, &store(&[("class", "large".into())], Options::default()));
        assert_eq!(actual(world, "sim:db:Store", "password"), Some("s3cr3t-one".into()));
    });
}
