//! CloudWatch.

mod alarm;
mod alarm_rule;
mod composite_alarm;
mod dashboard;
mod metric;

pub use alarm::*;
pub use alarm_rule::*;
pub use composite_alarm::*;
pub use dashboard::*;
pub use metric::*;
