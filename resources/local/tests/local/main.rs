//! The local cloud, driven through the real AWS SDKs. One binary, because linking it is slow.

mod amplify;
mod apigateway;
mod dns;
mod budgets;
mod endpoints;
mod faults;
mod iam;
mod kms;
mod lambda;
mod logs;
mod network;
mod rds;
mod rds_proxy;
mod routes;
mod secretsmanager;
mod security_groups;
mod server;
mod stages;
mod scheduler;
mod security_groups;
mod server;
mod ses;
mod sns;
mod store;
mod support;
mod xray;
