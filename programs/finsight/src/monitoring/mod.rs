//! `monitoring`: requirements M1 to M7.

mod alarms;
mod callers;
mod dashboard;
mod events;
mod mail;
mod probe;
mod proxy;
mod slack;
mod trail;
mod watch;

pub(crate) use alarms::UNAVAILABLE;
pub(crate) use mail::MAIL_SETTINGS;

use finsight_engine::program::{Handle, Scope};
use finsight_specs::budgets::{Budget, CostTypes, Notification};
use finsight_specs::cloudwatch::Dashboard;
use finsight_specs::logs::QueryDefinition;
use finsight_specs::sns::Topic;
use finsight_specs::xray::{Group, SamplingRule};

use crate::api::Api;
use crate::artifacts::Artifacts;
use crate::common::{name, named};
use crate::config::{BudgetConfig, Config, TracingConfig};
use crate::database::Database;
use crate::dns::Zone;
use crate::frontend::Frontend;
use crate::security::Security;

/// What the rest of the stack gives to look at.
pub struct View<'a> {
    /// Names in DNS.
    pub zone: &'a Zone,
    /// The database.
    pub database: &'a Database,
    /// The API.
    pub api: &'a Api,
    /// The site.
    pub frontend: &'a Frontend,
    /// Keys, secrets, firewalls.
    pub security: &'a Security,
    /// The code of functions.
    pub artifacts: &'a Artifacts,
}

/// What one sees of monitoring.
pub struct Monitoring {
    /// Where alarms go.
    pub alarms: Handle<Topic>,
    /// The whole stack on one page.
    pub dashboard: Handle<Dashboard>,
}

/// Mail, alarms, dashboard, traces, budget.
#[must_use]
pub fn monitoring(s: &Scope, config: &Config, view: &View<'_>) -> Monitoring {
    let topics = slack::topics(s, config, view);
    mail::mail(s, config, view.zone, &topics);
    alarms::alarms(s, config, view, &topics);
    probe::probe(s, config, view, &topics);
    events::events(s, config, view, &topics);
    let dashboard = dashboard::dashboard(s, config, view);
    queries(s, view);
    traces(s, &config.monitoring.tracing);
    if let Some(limit) = &config.monitoring.budget {
        budget(s, limit, &topics.alarms);
    }
    Monitoring { alarms: topics.alarms, dashboard }
}

/// M5: queries of Logs Insights. Lambda writes the end of each call at `INFO`, with the time of a cold start in it; its
/// `platform.initReport` is at `DEBUG` (Lambda's guide, "Log level filtering").
fn queries(s: &Scope, view: &View<'_>) {
    let functions = &view.api.log_group;
    let queries = [
        (
            "errors",
            functions,
            "filter level in [\"ERROR\", \"FATAL\"] or (type = \"platform.report\" and record.status != \"success\")\n| fields @timestamp, coalesce(requestId, record.requestId) as request, coalesce(message, record.status) as what, @logStream\n| sort @timestamp desc\n| limit 200",
        ),
        (
            "slow-calls",
            functions,
            "filter type = \"platform.report\"\n| fields @timestamp, record.requestId, record.metrics.durationMs as ms\n| sort ms desc\n| limit 50",
        ),
        (
            "cold-starts",
            functions,
            "filter type = \"platform.report\" and ispresent(record.metrics.initDurationMs)\n| stats count() as starts, avg(record.metrics.initDurationMs) as ms by bin(1h)",
        ),
        (
            "failed-requests",
            &view.api.access_log,
            "fields @timestamp, method, path, status, requestId\n| filter status >= 500\n| sort @timestamp desc\n| limit 200",
        ),
        (
            "slow-statements",
            &view.database.log_group,
            "fields @timestamp, @message\n| filter @message like /duration:/\n| sort @timestamp desc\n| limit 100",
        ),
    ];
    for (what, group, text) in queries {
        s.add(
            what,
            QueryDefinition::new(format!("{}/{what}", named(s, "queries")), text).log_group_names([group]),
        );
    }
}

/// M6: which requests are traced, and the map of them.
fn traces(s: &Scope, config: &TracingConfig) {
    // X-Ray takes 32 characters: beside a long stack's name there is no room for the project's.
    let called = Some(named(s, "api")).filter(|name| name.len() <= 32);
    let called = called.unwrap_or_else(|| format!("api-{}", s.stack_name()));
    s.add(
        "main",
        Group::new(called.as_str())
            .filter_expression(format!("service(\"{}/v1\")", named(s, "api")))
            .insights_enabled(true)
            .tags(name(s, "api")),
    );
    s.add(
        "main",
        SamplingRule::new(called.as_str(), 1000, config.requests_per_second, config.percent / 100.0)
            .service_name(format!("{}/v1", named(s, "api")))
            .service_type("AWS::ApiGateway::Stage")
            .tags(name(s, "api")),
    );
}

/// M7.
fn budget(s: &Scope, limit: &BudgetConfig, topic: &Handle<Topic>) {
    let alerts: Vec<Notification> =
        limit.alert_percents.iter().map(|percent| Notification::actual(*percent).sns(&topic.arn)).collect();
    let stack = format!("user:Stack${}", s.stack_name());
    s.add(
        "monthly",
        Budget::new("COST", "MONTHLY", format!("{}", limit.monthly_usd))
            .budget_name(named(s, "monthly"))
            .cost_filters(std::collections::BTreeMap::from([("TagKeyValue".to_owned(), vec![stack])]))
            // What is used, whoever pays: credits of a new account would hide it (Budgets' own default counts them).
            .cost_types(CostTypes::new().set("include_credit", false).set("include_refund", false))
            .notifications(alerts)
            .tags(name(s, "monthly")),
    );
}
