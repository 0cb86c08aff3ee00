//! FinSight's infrastructure: components as functions from config to resources.

mod common;
pub mod config;
pub mod database;
pub mod network;
pub mod security;

use std::collections::BTreeMap;

use finsight_engine::graph::{Graph, GraphError};
use finsight_engine::program::{Scope, Stack};

use crate::config::Config;

/// Declares the whole stack.
///
/// # Errors
/// All declarations that are wrong.
pub fn finsight(stack: &str, config: &Config) -> Result<Graph, Vec<GraphError>> {
    let all = Stack::new(stack, &config.region);
    let network = network::network(&component(&all, stack, "network"), &config.network);
    all.output("vpc_id", &network.vpc);
    all.output("public_subnet_ids", finsight_engine::program::list(network.public_subnets.iter()));
    all.output("private_subnet_ids", finsight_engine::program::list(network.private_subnets.iter()));
    all.output("lambda_security_group_id", &network.lambda_group);
    all.output("database_security_group_id", &network.database_group);
    if let Some(group) = &network.proxy_group {
        all.output("proxy_security_group_id", group);
    }
    all.output(
        "nat_public_ips",
        finsight_engine::program::list(network.addresses.iter().map(|address| &address.public_ip)),
    );
    all.finish()
}

fn component(all: &Stack, stack: &str, name: &str) -> Scope {
    let tags =
        [("Project", "finsight"), ("Stack", stack), ("Component", name), ("ManagedBy", "finsight-deploy")];
    all.component(name, BTreeMap::from(tags.map(|(key, value)| (key.to_owned(), value.to_owned()))))
}

/// The name of a resource in this stack: prod uses the plain names, others add the stack's.
#[must_use]
pub fn stack_name(stack: &str, name: &str) -> String {
    if stack == "prod" { name.to_owned() } else { format!("{name}-{stack}") }
}
