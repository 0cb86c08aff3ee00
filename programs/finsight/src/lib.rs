//! FinSight's infrastructure: components as functions from config to resources.

pub mod api;
pub mod artifacts;
mod common;
pub mod config;
pub mod cost;
pub mod database;
pub mod dns;
pub mod frontend;
pub mod monitoring;
pub mod network;
mod outputs;
pub mod people;
pub mod policy;
pub mod security;

use finsight_engine::graph::{Graph, GraphError};
use finsight_engine::program::{Scope, Stack};

use crate::artifacts::Artifacts;
use crate::common::COMPONENT_TAGS;
use crate::config::Config;
use crate::dns::Zone;

/// Declares the whole stack.
///
/// # Errors
/// All declarations that are wrong.
pub fn finsight(stack: &str, config: &Config, artifacts: &Artifacts) -> Result<Graph, Vec<GraphError>> {
    let all = Stack::new(stack, &config.region).ignoring_tags(config.tags.ignored());
    let part = |name: &str| component(&all, stack, name);
    let protected = config.database.protection;
    let network_scope = part("network");
    let network = network::network(&network_scope, &config.network, protected);
    let zone = Zone::new(&network_scope, &config.domain, protected);
    let security = security::security(&part("security"), &config.security, protected);
    let database = database::database(&part("database"), config, &network, &security.keys, artifacts);
    let frontend = frontend::frontend(&part("frontend"), config, &zone, &security);
    let ground = api::Ground {
        network: &network,
        zone: &zone,
        frontend: &frontend,
        database: &database,
        security: &security,
        artifacts,
        secret_recovery_days: config.security.secret_recovery_days,
    };
    let api = api::api(&part("api"), config, &ground);
    let view = monitoring::View {
        zone: &zone,
        database: &database,
        api: &api,
        frontend: &frontend,
        security: &security,
        artifacts,
    };
    let monitoring = monitoring::monitoring(&part("monitoring"), config, &view);
    outputs::outputs(&all, config, &outputs::Parts { network, zone, database, api, frontend, monitoring });
    all.finish()
}

fn component(all: &Stack, stack: &str, name: &str) -> Scope {
    let values = ["finsight", stack, name, "finsight-deploy"];
    let tags = COMPONENT_TAGS.into_iter().zip(values);
    all.component(name, tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

/// The name of a resource in this stack: prod uses the plain names, others add the stack's.
#[must_use]
pub fn stack_name(stack: &str, name: &str) -> String {
    if stack == "prod" { name.to_owned() } else { format!("{name}-{stack}") }
}
