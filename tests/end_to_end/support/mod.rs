//! What the tests share.

pub mod builds;
pub mod eyes;
pub mod gate;
pub mod holder;
pub mod others;
pub mod part;
pub mod point;
pub mod python;
pub mod served;
pub mod site;
pub mod storms;
pub mod subject;
pub mod wire_faults;
pub mod work;
pub mod working;
pub mod wrong;

pub use eyes::{Eyes, Seen};
pub use served::Served;
pub use site::{Run, Site};
