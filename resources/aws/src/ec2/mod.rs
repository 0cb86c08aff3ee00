//! Handlers of EC2 networking.

mod common;
mod vpc;

pub use vpc::Vpc;
