//! AWS as the engine's cloud: one handler a resource type, over the AWS SDK.

pub mod cloud;
pub mod failure;
pub mod handler;
pub mod limits;
pub mod session;

mod document;
mod ec2;
mod pages;
mod values;

mod apigateway;
mod iam;
mod kms;
mod lambda;
mod logs;
mod rds;
mod tagged;

pub use cloud::AwsCloud;
pub use session::{Account, Session, SessionError, https_client};
pub use tagged::{Tagged, tagged};
