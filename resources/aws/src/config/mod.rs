//! Handlers of AWS Config.

mod common;
mod config_rule;
mod config_rule_values;
mod configuration_recorder;
mod configuration_recorder_status;
mod delivery_channel;

pub use config_rule::ConfigRule;
pub use configuration_recorder::ConfigurationRecorder;
pub use configuration_recorder_status::ConfigurationRecorderStatus;
pub use delivery_channel::DeliveryChannel;
