//! The simulator: a cloud, a store and a clock that are not real, and the
//! rules that must hold after every step.
//!
//! A [`World`] is one life of a stack. It runs the engine as a driver does
//! (recovery, refresh, plan, execute), single-threaded and on simulated time;
//! the same seed gives the same events. It notes in
//! [`World::violations`] every rule that was broken.
//!
//! ```
//! use finsight_sim::{World, kinds};
//!
//! let mut world = World::new(kinds::registry(), 1);
//! let mut program = kinds::Program::new("dev");
//! let net = program.add("sim:net:Parent", "main", &[("range", "10.0.0.0/16".into())]);
//! program.add("sim:net:Member", "a", &[
//!     ("parent_id", kinds::reference(&net, "id")),
//!     ("range", "10.0.1.0/24".into()),
//! ]);
//!
//! let graph = program.graph();
//! assert!(world.up(&graph).succeeded());
//! world.expect_converged(&graph);
//! world.advance(120_000);
//! assert!(world.up(&graph).plan.unwrap().is_empty());
//!
//! // Die before the 4th command of the next run; the run after it settles what was open.
//! world.mishap_in(4, finsight_sim::Mishap::CrashBefore);
//! assert!(world.destroy().crashed());
//! assert!(world.destroy().succeeded());
//! world.expect_nothing_left();
//! world.expect_no_violations();
//! ```

pub mod cloud;
pub mod hardship;
pub mod kept;
pub mod kinds;
pub mod mutants;
pub mod nth;
pub mod random;
pub mod replaced;
mod rng;
pub mod store;
pub mod world;

pub use cloud::{Knobs, SimCloud};
pub use hardship::Hardship;
pub use rng::Rng;
pub use store::{SimStore, StoreFault};
pub use world::{Ask, Chaos, End, Mishap, Run, World};

/// Every secret of a simulated program holds this text, and no stored byte may.
pub const SECRET_MARK: &str = "s3cr3t";
