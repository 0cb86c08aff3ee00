//! What people do to a standing stack by hand: calls that no plan makes.
//!
//! One call each, with its failure classified. Whoever uses them looks at what stands, decides, calls, and
//! looks again, so that a lost answer or a killed run costs nothing.

pub mod built;
pub mod database;
pub mod frontend;
pub mod functions;
pub mod rehearse;
pub mod restore;
pub mod rotation;
pub mod under_way;
