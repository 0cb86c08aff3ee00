//! Every handler, through the engine and the real SDK, on the embedded AWS.
//!
//! What is tested of a type is in its fixture, `fixtures/<type>.json`: what
//! must stand around it, a base, and two samples for each of its properties. A
//! type without a fixture, or a property without samples, fails the tests.

#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::disallowed_methods, reason = "which types are tested can be said by the environment")]

mod attached;
mod buckets;
mod builders;
mod codes;
mod ec2;
mod edge;
mod events;
mod failing;
mod fixture;
mod functions;
mod gateway;
mod grants;
mod ground;
mod groups;
mod identity;
mod invocations;
mod kept;
mod keys;
mod life;
mod lost;
mod network;
mod preflight;
mod principals;
mod properties;
mod quotas;
mod rds;
mod rds_changes;
mod records;
mod schedules;
mod sealed;
mod secrets;
mod standing;
mod trails;
mod versions;

use finsight_engine::schema::{Registry, TypeSpec};

fn registry() -> Registry {
    finsight_specs::registry()
}

/// The types under test: all, or those that `FINSIGHT_TYPES` names, such as `aws:sns,aws:rds:DBProxy`.
fn subjects() -> Vec<TypeSpec> {
    let wanted = std::env::var("FINSIGHT_TYPES").unwrap_or_default();
    let fits =
        |spec: &&TypeSpec| wanted.is_empty() || wanted.split(',').any(|prefix| spec.name.starts_with(prefix));
    registry().iter().filter(fits).cloned().collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// A runtime whose clock is paused: it jumps to what is waited for.
fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime")
}

#[test]
fn every_type_has_a_handler_and_a_fixture() {
    let handlers = finsight_aws::handler::handlers();
    for spec in &subjects() {
        assert!(handlers.contains_key(spec.name), "{} has no handler", spec.name);
        let fixture = fixture::Fixture::of(spec.name);
        for property in &spec.properties {
            let covered =
                fixture.samples.contains_key(property.name) || fixture.not_tested.contains_key(property.name);
            assert!(covered, "{}.{} has no samples in its fixture", spec.name, property.name);
        }
        for name in fixture.samples.keys().chain(fixture.not_tested.keys()) {
            assert!(
                spec.property(name).is_some(),
                "{}: the fixture names `{name}`, which does not exist",
                spec.name
            );
        }
    }
}
