//! `database`: requirements D1 to D8.

mod user;

use std::collections::BTreeMap;

use finsight_engine::program::{Handle, Input, Options, Output, Scope, concat, json, list};
use finsight_engine::value::{Map, Value};
use finsight_specs::iam::{Policy, Role, Statement};
use finsight_specs::ids::Arn;
use finsight_specs::lambda::Invocation;
use finsight_specs::logs::LogGroup;
use finsight_specs::rds::{
    DbInstance, DbParameterGroup, DbProxy, DbProxyTarget, DbProxyTargetGroup, DbSubnetGroup,
};
use finsight_specs::scheduler::{Schedule, ScheduleGroup, Target};

use crate::artifacts::Artifacts;
use crate::common::{after, arn, name, named, plain, plain_trust, trust, typed};
use crate::config::{Config, DatabaseConfig};
use crate::network::Network;
use crate::security::Keys;
use crate::stack_name;

/// What stands in a monthly snapshot's name behind that of its database.
pub const MONTHLY: &str = "-monthly-";

/// What other components need of the database.
pub struct Database {
    /// The instance.
    pub instance: Handle<DbInstance>,
    /// The proxy, if there is one, and the target that makes it answer.
    pub proxy: Option<(Handle<DbProxy>, Handle<DbProxyTarget>)>,
    /// The host that the functions connect to.
    pub host: Output<String>,
    /// What `rds-db:connect` policies name: the proxy where there is one.
    pub connect_resource: Output<String>,
    /// PostgreSQL's log.
    pub log_group: Handle<LogGroup>,
    /// The call that makes the user as which functions log in: who logs in comes after it.
    pub user: Handle<Invocation>,
    /// What starts, stops and copies it, if anything does.
    pub schedules: Option<Handle<ScheduleGroup>>,
}

/// Seconds of a function's time that are left for what is neither a wait for a connection nor a statement.
const ROOM: i64 = 3;
/// Seconds after which a wait for a lock ends at the latest.
const LOCK: i64 = 10;

/// Seconds that a statement may take: who has waited for a connection as long as he may, and then for a statement, still lives and
/// says so. With none, no time is left for one.
pub(crate) fn statement_seconds(config: &Config) -> Option<i64> {
    let waits = if config.network.database_proxy { config.database.proxy.borrow_timeout_seconds } else { 0 };
    Some(config.api.timeout_seconds - waits - ROOM).filter(|seconds| *seconds > 0)
}

/// What PostgreSQL takes over at once. Whoever has given up no longer holds one of the few connections: what a function has begun
/// ends before the function does. A migration sets its own limits.
fn dynamic_parameters(config: &Config) -> [(&'static str, String); 5] {
    let statement = statement_seconds(config).unwrap_or(1) * 1_000;
    [
        ("rds.force_ssl", "1".to_owned()),
        ("statement_timeout", statement.to_string()),
        ("lock_timeout", (statement / 2).min(LOCK * 1_000).to_string()),
        ("idle_in_transaction_session_timeout", "60000".to_owned()),
        // The query of slow statements looks for these lines.
        ("log_min_duration_statement", "1000".to_owned()),
    ]
}

/// The database that FinSight keeps its data in.
#[must_use]
pub fn database(s: &Scope, all: &Config, network: &Network, keys: &Keys, artifacts: &Artifacts) -> Database {
    let config = &all.database;
    let identifier = named(s, "db");
    let subnets = s.add(
        "main",
        DbSubnetGroup::new("FinSight: the private subnets", list(&network.private_subnets))
            .db_subnet_group_name(identifier.as_str())
            .vpc_id(&network.vpc)
            .tags(name(s, "db")),
    );
    let major = config.engine_version.split('.').next().unwrap_or_default();
    let parameters = s.add(
        "main",
        DbParameterGroup::new(
            format!("postgres{major}"),
            "FinSight: TLS alone, and as many connections as the proxy counts with",
        )
        .parameters({
            let mut parameters = static_parameters(config);
            parameters.extend(dynamic_parameters(all).map(|(name, value)| (name.to_owned(), value)));
            parameters
        })
        .tags(name(s, "db")),
    );
    let log_group = s.add(
        "postgresql",
        LogGroup::new()
            .log_group_name(format!("/aws/rds/instance/{identifier}/postgresql"))
            .retention_in_days(config.log_retention_days)
            .tags(name(s, "db")),
    );
    let owned = after(&log_group, "RDS would make the log group itself, without a retention");
    let instance = s.add_with(
        "main",
        DbInstance::new(config.instance_class.as_str(), "postgres")
            .db_instance_identifier(identifier.as_str())
            .engine_version(config.engine_version.as_str())
            .allow_major_version_upgrade(config.allow_major_version_upgrade)
            .allocated_storage(config.storage_gib)
            .max_allocated_storage(config.max_storage_gib)
            .storage_type("gp3")
            .storage_encrypted(true)
            .kms_key_id(&keys.database.arn)
            .db_name(config.name.as_str())
            .master_username(config.master_username.as_str())
            .manage_master_user_password(true)
            .master_user_secret_kms_key_id(&keys.secrets.arn)
            .port(5432)
            .multi_az(config.multi_az)
            // Without it AWS would bill Extended Support from the end of a major version on; so it upgrades.
            .engine_lifecycle_support("open-source-rds-extended-support-disabled")
            .db_subnet_group_name(&subnets)
            .vpc_security_group_ids([&network.database_group])
            .publicly_accessible(false)
            .db_parameter_group_name(&parameters)
            .static_parameters(static_parameters(config))
            // AWS would raise what is pinned by itself, and takes none back.
            .auto_minor_version_upgrade(!config.engine_version.contains('.'))
            .backup_retention_period(config.backup_retention_days)
            .preferred_backup_window(config.backup_window.as_str())
            .preferred_maintenance_window(config.maintenance_window.as_str())
            .copy_tags_to_snapshot(true)
            .deletion_protection(config.protection)
            .skip_final_snapshot(!config.final_snapshot)
            .enable_iam_database_authentication(true)
            .enable_cloudwatch_logs_exports(vec!["postgresql".to_owned()])
            .tags(name(s, "db")),
        Options { protect: config.protection, ..owned },
    );
    let proxy = network.proxy_group.as_ref().map(|_| proxy(s, config, network, &instance));
    let (host, resource) = match &proxy {
        Some((proxy, _)) => (proxy.endpoint.clone(), proxy.resource_id.clone()),
        None => (instance.endpoint_address.clone(), instance.dbi_resource_id.clone()),
    };
    let user = user::user(s, all, &user::Ground { network, keys, artifacts, instance: &instance });
    let schedules = schedules(s, config, &instance);
    Database { instance, proxy, host, connect_resource: resource, log_group, user, schedules }
}

/// What PostgreSQL takes over with a reboot alone.
fn static_parameters(config: &DatabaseConfig) -> BTreeMap<String, String> {
    BTreeMap::from([("max_connections".to_owned(), config.max_connections.to_string())])
}

/// D4. RDS takes percentages of `max_connections` where the requirement counts connections.
fn proxy(
    s: &Scope,
    config: &DatabaseConfig,
    network: &Network,
    instance: &Handle<DbInstance>,
) -> (Handle<DbProxy>, Handle<DbProxyTarget>) {
    // End to end with IAM: who may log in as a user of the database may do so through the proxy, and the proxy itself logs
    // in as that user alone. No password is read by anyone ("Configuring IAM authentication for RDS Proxy").
    let user = arn(
        s,
        "rds-db",
        concat([
            Input::from("dbuser:"),
            plain(&instance.dbi_resource_id),
            Input::from(format!("/{}", config.application_username)),
        ]),
    );
    let connect = Policy::new().statement(Statement::allow(&["rds-db:connect"]).resource(user));
    let role = s.add(
        "proxy",
        // Nothing says that a proxy tells on whose behalf it asks: AWS's own policy for its role has no condition.
        Role::new(plain_trust("rds.amazonaws.com"))
            .role_name(named(s, "db-proxy"))
            .description("FinSight's database proxy: logs in to the database")
            .inline_policies(BTreeMap::from([("connect".to_owned(), connect.document())]))
            .tags(name(s, "db-proxy")),
    );
    let log_group = s.add(
        "proxy",
        LogGroup::new()
            .log_group_name(format!("/aws/rds/proxy/{}", named(s, "db-proxy")))
            .retention_in_days(config.log_retention_days)
            .tags(name(s, "db-proxy")),
    );
    let proxy = s.add_with(
        "main",
        DbProxy::new("POSTGRESQL", &role.arn, list(&network.private_subnets))
            .db_proxy_name(named(s, "db-proxy"))
            .default_auth_scheme("IAM_AUTH")
            .require_tls(true)
            .idle_client_timeout(config.proxy.idle_client_timeout_seconds)
            .vpc_security_group_ids(list(&network.proxy_group))
            .tags(name(s, "db-proxy")),
        after(&log_group, "the proxy would make the log group itself, without a retention"),
    );
    let percent = (100 * config.proxy.max_connections / config.max_connections.max(1)).clamp(1, 100);
    let pool = s.add(
        "main",
        DbProxyTargetGroup::new(&proxy)
            .max_connections_percent(percent)
            .max_idle_connections_percent((percent / 2).max(1))
            .connection_borrow_timeout(config.proxy.borrow_timeout_seconds),
    );
    let target = s.add_with(
        "main",
        DbProxyTarget::new(&proxy, instance),
        after(&pool, "the pool's limits stand before its first connection"),
    );
    (proxy, target)
}

/// D6 and D7: a snapshot each month, and nights and weekends off.
fn schedules(
    s: &Scope,
    config: &DatabaseConfig,
    instance: &Handle<DbInstance>,
) -> Option<Handle<ScheduleGroup>> {
    if config.monthly_snapshot.is_none() && config.working_hours.is_none() {
        return None;
    }
    let stack = s.stack_name();
    let group = s.add(
        "database",
        ScheduleGroup::new().name(stack_name(stack, "finsight-database")).tags(name(s, "database")),
    );
    let identifier: Output<String> = Output::of(instance.urn(), "id");
    if let Some(when) = &config.monthly_snapshot {
        let allowed = Policy::new()
            .statement(
                Statement::allow(&["rds:CreateDBSnapshot"]).resource(plain(&instance.arn)).resource(arn(
                    s,
                    "rds",
                    format!("snapshot:{}-*", named(s, "db")),
                )),
            )
            .statement(Statement::allow(&["rds:AddTagsToResource"]).resource(arn(
                s,
                "rds",
                format!("snapshot:{}-*", named(s, "db")),
            )));
        let role = scheduler_role(s, "snapshots", "takes the monthly snapshots", allowed);
        // The scheduler puts the time of the call in place of the keyword.
        let id: Output<String> = concat([
            Input::from(&identifier),
            Input::from(format!("{MONTHLY}<aws.scheduler.execution-id>").as_str()),
        ]);
        let input = request(&[("DbInstanceIdentifier", &identifier), ("DbSnapshotIdentifier", &id)]);
        s.add(
            "monthly-snapshot",
            Schedule::new(when.schedule.as_str(), call("createDBSnapshot", &role).input(input))
                .name("monthly-snapshot")
                .group_name(&group)
                .schedule_expression_timezone(when.time_zone.as_str())
                .description("FinSight: the monthly snapshot of the database"),
        );
    }
    if let Some(hours) = &config.working_hours {
        let allowed = Policy::new().statement(
            Statement::allow(&["rds:StartDBInstance", "rds:StopDBInstance"]).resource(plain(&instance.arn)),
        );
        let role = scheduler_role(s, "working-hours", "starts and stops the database", allowed);
        let input = || request(&[("DbInstanceIdentifier", &identifier)]);
        for (what, when, action) in
            [("start", &hours.start, "startDBInstance"), ("stop", &hours.stop, "stopDBInstance")]
        {
            s.add(
                what,
                Schedule::new(when.as_str(), call(action, &role).input(input()))
                    .name(what)
                    .group_name(&group)
                    .schedule_expression_timezone(hours.time_zone.as_str())
                    .description(format!("FinSight: {what} of the database")),
            );
        }
    }
    Some(group)
}

fn scheduler_role(s: &Scope, what: &str, does: &str, allowed: Policy) -> Handle<Role> {
    s.add(
        what,
        Role::new(trust(s, "scheduler.amazonaws.com"))
            .role_name(named(s, &format!("db-{what}")))
            .description(format!("EventBridge Scheduler: {does}"))
            .inline_policies(BTreeMap::from([("call".to_owned(), allowed.document())]))
            .tags(name(s, &format!("db-{what}"))),
    )
}

/// A call of RDS's API by the scheduler.
fn call(action: &str, role: &Handle<Role>) -> Target {
    let api: Input<Arn> = typed(format!("arn:aws:scheduler:::aws-sdk:rds:{action}"));
    Target::new(api, &role.arn).retry_policy(3600, 3)
}

/// The JSON text of a request.
fn request(members: &[(&str, &Output<String>)]) -> Output<String> {
    let members: Map = members.iter().map(|(name, value)| ((*name).to_owned(), value.value())).collect();
    json(Value::Map(members))
}
