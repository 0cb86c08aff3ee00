//! EventBridge Scheduler.

mod moments;
mod schedule;
mod schedule_group;
mod time;

pub use moments::moments;
pub use schedule::*;
pub use schedule_group::*;
pub use time::{is_expression, is_zone, zones};
