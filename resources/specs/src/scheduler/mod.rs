//! EventBridge Scheduler.

mod schedule;
mod schedule_group;

pub use schedule::*;
pub use schedule_group::*;
