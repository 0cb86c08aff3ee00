//! Amplify.

mod app;
mod branch;
mod domain_association;
mod webhook;

pub use app::*;
pub use branch::*;
pub use domain_association::*;
pub use webhook::*;
