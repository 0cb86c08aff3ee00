//! Handlers of SNS.

mod subscription;
mod topic;
mod topic_policy;

pub use subscription::Subscription;
pub use topic::Topic;
