//! AWS Config.

mod config_rule;
mod configuration_recorder;
mod configuration_recorder_status;
mod delivery_channel;
pub mod managed_rules;

pub use config_rule::*;
pub use configuration_recorder::*;
pub use configuration_recorder_status::*;
pub use delivery_channel::*;
