//! AWS as the engine's cloud: one handler a resource type, over the AWS SDK.

pub mod cloud;
pub mod failure;
pub mod handler;
pub mod left;
pub mod limits;
pub mod ops;
pub mod preflight;
pub mod session;

mod answer;
mod arn;
mod artifact;
mod asking;
mod client_token;
mod clock;
mod codes;
mod credentials;
mod document;
mod pages;
mod retry;
mod simulated;
mod standing;
mod tagged;
mod values;
#[cfg(test)]
mod wire;

mod acm;
mod amplify;
mod apigateway;
mod applicationautoscaling;
mod budgets;
mod cloudfront;
mod cloudtrail;
mod cloudwatch;
mod config;
mod ec2;
mod events;
mod iam;
mod kms;
mod lambda;
mod logs;
mod rds;
mod route53;
mod s3;
mod scheduler;
mod secretsmanager;
mod ses;
mod sns;
mod wafv2;
mod xray;

pub use cloud::AwsCloud;
pub use credentials::Chain;
pub use preflight::{AccountPlan, ConcurrencyError, Shortage};
pub use retry::Patience;
pub use ses::{Sending, sending};
pub use session::{Account, Session, SessionError, https_client, is_near};
pub use simulated::{Simulated, Wanted, role_of, simulate};
pub use tagged::{Tagged, strangers};
