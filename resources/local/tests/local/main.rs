//! The local cloud, driven through the real AWS SDKs. One binary, because linking it is slow.

mod apigateway;
mod cloudfront;
mod endpoints;
mod faults;
mod iam;
mod kms;
mod lambda;
mod logs;
mod network;
mod rds;
mod routes;
mod security_groups;
mod server;
mod store;
mod support;
mod wafv2;
