//! Handlers of EventBridge Scheduler.

mod schedule;
mod schedule_group;
mod schedule_values;

pub use schedule::Schedule;
pub use schedule_group::ScheduleGroup;
