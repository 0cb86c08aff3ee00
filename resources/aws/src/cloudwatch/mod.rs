//! Handlers of CloudWatch.

mod alarm;
mod alarm_values;
mod common;
mod composite_alarm;
mod dashboard;

pub use alarm::Alarm;
pub use composite_alarm::CompositeAlarm;
pub use dashboard::Dashboard;
