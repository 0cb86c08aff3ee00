//! The stack's outputs: what other programs and people need of it.

use finsight_engine::program::{Input, Output, Stack, concat, list};

use crate::api::Api;
use crate::common::plain;
use crate::config::Config;
use crate::database::Database;
use crate::dns::Zone;
use crate::frontend::{Frontend, address};
use crate::monitoring::Monitoring;
use crate::network::Network;

/// All parts of a stack that have outputs.
pub(crate) struct Parts {
    pub network: Network,
    pub zone: Zone,
    pub database: Database,
    pub api: Api,
    pub frontend: Frontend,
    pub monitoring: Monitoring,
}

/// Declares the outputs.
pub(crate) fn outputs(all: &Stack, config: &Config, parts: &Parts) {
    let Parts { network, zone, database, api, frontend, monitoring } = parts;
    all.output("vpc_id", &network.vpc);
    all.output("public_subnet_ids", list(network.public_subnets.iter()));
    all.output("private_subnet_ids", list(network.private_subnets.iter()));
    all.output("lambda_security_group_id", &network.lambda_group);
    all.output("database_security_group_id", &network.database_group);
    if let Some(group) = &network.proxy_group {
        all.output("proxy_security_group_id", group);
    }
    all.output("nat_public_ips", list(network.addresses.iter().map(|address| &address.public_ip)));
    if let Some(servers) = zone.name_servers() {
        all.output("name_servers", servers);
    }
    all.output("database_host", &database.host);
    all.output("api_url", format!("https://{}", config.api.domain));
    all.output("distribution_domain", &api.distribution.domain_name);
    if let Some(address) = address(config) {
        all.output("site_url", address);
    }
    all.output("site_default_domain", &frontend.app.default_domain);
    let region = config.region.as_str();
    let console = |rest: &str| format!("https://{region}.console.aws.amazon.com/{rest}");
    let dashboard: Output<String> = concat([
        Input::from(console(&format!("cloudwatch/home?region={region}#dashboards:name="))),
        plain(&monitoring.dashboard.id()),
    ]);
    all.output("dashboard_url", dashboard);
    all.output(
        "logs_insights_url",
        console(&format!("cloudwatch/home?region={region}#logsV2:logs-insights")),
    );
    all.output("xray_url", console(&format!("cloudwatch/home?region={region}#xray:service-map/map")));
    all.output("alarms_topic_arn", &monitoring.alarms.arn);
}
