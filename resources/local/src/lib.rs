//! The AWS that `finsight-deploy` carries inside itself.
//!
//! [`LocalCloud`] answers the real AWS SDKs without a network: it is the cloud of `--local` and of
//! most tests, and [`LocalCloud::serve`] puts it on a loopback port for any other AWS client.
//!
//! The services underneath are the winterbaume crates. Where they and AWS differ, AWS wins: one
//! module a service keeps its own state and answers those calls itself; the rest goes through to
//! winterbaume, which is told of the resources that it must know about. `README.md` beside this
//! crate lists what still differs.

mod access;
mod account;
mod acm;
mod amplify;
mod answer;
mod apigateway;
mod applicationautoscaling;
mod beneath;
mod budgets;
mod call;
mod clock;
mod cloud;
mod cloudfront;
mod cloudtrail;
mod cloudwatch;
mod config;
mod connector;
mod dispatch;
mod ec2;
mod error;
mod events;
mod fault;
mod freetier;
mod iam;
mod kms;
mod lambda;
mod logs;
mod model;
mod outcome;
mod pace;
mod policy;
mod quota;
mod rds;
mod region;
mod route53;
mod s3;
mod scheduler;
mod secretsmanager;
mod server;
mod services;
mod sesv2;
mod sns;
mod status;
mod store;
mod sts;
mod tagging;
mod wafv2;
pub mod walk;
mod wire;
mod world;
mod xray;

pub use access::{Right, all_of_the_handlers};
pub use account::Account;
pub use clock::LocalClock;
pub use cloud::LocalCloud;
pub use error::LocalError;
pub use fault::{CallInfo, Fault, Faults};
pub use model::Judged;
pub use outcome::Outcome;
pub use server::LocalServer;
pub use status::Status;
