//! Defects that the simulator has found, each in the smallest life that shows it.

mod names;
mod order;
mod reads;
mod values;

use finsight_engine::graph::Graph;
use finsight_engine::program::Options;
use finsight_engine::value::Value;
use finsight_sim::World;
use finsight_sim::kinds::{self, Program};

/// One resource without references.
pub fn one(type_name: &str, name: &str, inputs: &[(&str, Value)], options: Options) -> Graph {
    let mut program = Program::new("dev");
    program.add_with(type_name, name, inputs, options);
    program.graph()
}

/// A parent with this note.
pub fn parent(note: &str) -> Graph {
    one(
        "sim:net:Parent",
        "main",
        &[("range", "10.0.0.0/16".into()), ("note", note.into())],
        Options::default(),
    )
}

/// A role under this name of AWS.
pub fn role(name: &str, role_name: &str) -> Graph {
    one("sim:id:Role", name, &[("role_name", role_name.into())], Options::default())
}

/// Lives a life with many seeds; every one must keep all rules.
pub fn lives(life: impl Fn(&mut World)) {
    for seed in 0..40 {
        let mut world = World::new(kinds::registry(), seed);
        world.tell = true;
        life(&mut world);
        world.expect_no_violations();
    }
}

/// An `up` that has to come to its end.
pub fn succeeds(world: &mut World, graph: &Graph) {
    let run = world.up(graph);
    assert!(run.succeeded(), "{}\n{}", run.why(), world.story.join("\n"));
}
