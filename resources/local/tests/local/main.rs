//! The local cloud, driven through the real AWS SDKs. One binary, because linking it is slow.

mod apigateway;
mod budgets;
mod endpoints;
mod faults;
mod iam;
mod kms;
mod lambda;
mod logs;
mod network;
mod rds;
mod routes;
mod scheduler;
mod security_groups;
mod server;
mod ses;
mod sns;
mod store;
mod support;
mod xray;
