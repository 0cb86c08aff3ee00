//! Versions that go in one direction, and to another major one with a word alone.

use std::sync::Arc;

use finsight_engine::graph::Graph;
use finsight_engine::schema::{Kind, Property, Registry};
use finsight_engine::value::Value;
use finsight_sim::{World, kinds};

use crate::check::{Life, nothing};
use crate::programs::*;
use crate::wish::{preview, up};

/// The simulator's types, of which the store has a version as a database has.
fn registry() -> Arc<Registry> {
    let all = kinds::registry();
    let versioned = all.iter().cloned().map(|mut spec| {
        if spec.name == STORE {
            let version =
                |it: Property| if it.name == "version" { it.forward().major("allow_major") } else { it };
            spec.properties = spec.properties.into_iter().map(version).collect();
            spec.properties.push(
                Property::new("allow_major", Kind::Bool, false, "Whether it may.")
                    .write_only()
                    .default(false),
            );
        }
        spec
    });
    Arc::new(Registry::new(versioned))
}

fn store(version: &str, allow: bool) -> Graph {
    program(|p| {
        let inputs = [
            ("store_name", "ledger".into()),
            ("version", version.into()),
            ("allow_major", Value::Bool(allow)),
        ];
        p.add(STORE, "main", &inputs);
    })
}

fn standing(version: &str) -> Life {
    let mut life = nothing();
    let bend = life.world.bend.take();
    life.world = World::new(registry(), 1);
    life.world.bend = bend;
    let (end, seen) = life.run(&up(&store(version, false)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    life.world.advance(60_000);
    life
}

/// C9: what AWS would refuse in the middle of a run is refused before it begins, in a preview too.
#[test]
fn another_major_version_is_refused_without_its_word() {
    let refused = |version: &str, allow: bool| {
        let mut ends = Vec::new();
        for wish in [up(&store(version, allow)), preview(&store(version, allow))] {
            let mut life = standing("15");
            let (_, seen) = life.run(&wish, &[]);
            let refusal = seen.iter().find(|line| line.starts_with("refused"));
            ends.push(refusal.map(|line| line.split(':').next().unwrap_or_default().to_owned()));
        }
        assert_eq!(ends[0], ends[1], "{version}");
        ends.remove(0)
    };
    assert_eq!(refused("16", false).as_deref(), Some("refused PLAN-MAJOR-VERSION"));
    assert_eq!(refused("17.1", false).as_deref(), Some("refused PLAN-MAJOR-VERSION"));
    assert_eq!(refused("16", true), None);
    assert_eq!(refused("14", false).as_deref(), Some("refused PLAN-NO-WAY-BACK"));
    assert_eq!(refused("14", true).as_deref(), Some("refused PLAN-NO-WAY-BACK"));
    // A later minor version that stands is as good.
    assert_eq!(refused("15.2", false), None);
}

#[test]
fn with_its_word_it_goes_on() {
    let mut life = standing("15");
    let (end, seen) = life.run(&up(&store("16", true)), &[]);
    assert_eq!(end, "end ok", "{seen:#?}");
    let object = life.world.cloud.standing().next().expect("the store");
    assert_eq!(object.properties()["version"].as_text(), Some("16"));
    life.world.expect_no_violations();
}
