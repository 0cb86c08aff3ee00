//! A life without faults: up, nothing, change, replace, destroy.

use finsight_engine::graph::Graph;
use finsight_engine::plan::Plan;
use finsight_engine::secret::Secret;
use finsight_engine::value::{Map, Value};
use finsight_sim::kinds::{self, Program, reference};
use finsight_sim::{Knobs, Rng, World};

fn program(range: &str, note: &str, with_store: bool) -> Graph {
    let mut program = Program::new("dev");
    let main = program.add("sim:net:Parent", "main", &[("range", range.into()), ("note", note.into())]);
    let a = program.add(
        "sim:net:Member",
        "a",
        &[("parent_id", reference(&main, "id")), ("range", "10.0.1.0/24".into()), ("note", note.into())],
    );
    program.add("sim:net:Default", "none", &[("parent_id", reference(&main, "id"))]);
    program.add(
        "sim:net:Link",
        "link",
        &[("parent_id", reference(&main, "id")), ("slot", "one".into()), ("target", reference(&a, "id"))],
    );
    let policy = serde_json::json!({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let role = program.add("sim:id:Role", "runner", &[("policy", Value::from_plain_json(&policy))]);
    let environment = Map::from([("KEY".to_owned(), Value::Secret(Secret::new("s3cr3t-key")))]);
    program.add(
        "sim:app:Function",
        "api",
        &[("role", reference(&role, "arn")), ("code", note.into()), ("environment", Value::Map(environment))],
    );
    if with_store {
        program.add(
            "sim:db:Store",
            "db",
            &[
                ("store_name", "main".into()),
                ("version", "15".into()),
                ("member_id", reference(&a, "id")),
                ("password", Value::Secret(Secret::new("s3cr3t-password"))),
            ],
        );
    }
    program.export("role", reference(&role, "arn"));
    program.graph()
}

fn live(seed: u64, knobs: Knobs) -> World {
    let mut world = World::new(kinds::registry(), seed);
    world.tell = true;
    world.cloud.knobs = knobs;
    let wishes = [
        program("10.0.0.0/16", "one", true),
        program("10.0.0.0/16", "two", true),
        program("10.1.0.0/16", "two", true),
        program("10.1.0.0/16", "one", false),
    ];
    for graph in &wishes {
        let run = world.up(graph);
        assert!(run.succeeded(), "{}\n{}", run.why(), world.story.join("\n"));
        world.expect_converged(graph);
        let pause = world.longest_lag();
        world.advance(pause);
        let bytes = world.store.bytes();
        assert!(world.up(graph).plan.as_ref().is_some_and(Plan::is_empty), "{}", world.story.join("\n"));
        assert_eq!(bytes.0, world.store.bytes().0);
    }
    let run = world.destroy();
    assert!(run.succeeded(), "{}\n{}", run.why(), world.story.join("\n"));
    world.expect_nothing_left();
    world.expect_no_violations();
    world
}

#[test]
fn a_calm_life() {
    live(1, Knobs::calm());
}

#[test]
fn a_life_on_a_cloud_that_waits_and_lags() {
    for seed in 0..50 {
        live(seed, Knobs::natural());
    }
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let seed = Rng::new(7).number();
    assert_eq!(live(seed, Knobs::natural()).story, live(seed, Knobs::natural()).story);
}
