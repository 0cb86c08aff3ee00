//! D1 to D8.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::types::DbInstance;
use serde_json::Value;

use super::api::function;
use super::policies::{Role, set};
use super::stand::{Stand, after, dev, planned, prod, text};

async fn instance(stand: &Stand, id: &str) -> DbInstance {
    let found = stand.here.rds.describe_db_instances().db_instance_identifier(id).send().await;
    let found = found.expect("the database");
    let [one] = found.db_instances() else { panic!("{found:?}") };
    one.clone()
}

/// What the instance's parameter group sets.
async fn parameters(stand: &Stand, of: &DbInstance) -> BTreeMap<String, String> {
    let [group] = of.db_parameter_groups() else { panic!("{of:?}") };
    let name = text(group.db_parameter_group_name());
    let all = stand.here.rds.describe_db_parameters().db_parameter_group_name(name).send().await;
    let all = all.expect("parameters");
    let pair = |p: &aws_sdk_rds::types::Parameter| {
        (text(p.parameter_name()).to_owned(), text(p.parameter_value()).to_owned())
    };
    all.parameters().iter().map(pair).collect()
}

#[test]
fn d1_postgres_15_on_t3_micro_in_private_subnets() {
    let stand = prod();
    stand.block(async {
        let database = instance(stand, "finsight-db").await;
        assert_eq!(database.engine(), Some("postgres"));
        assert!(database.engine_version().is_some_and(|version| version.split('.').next() == Some("15")));
        assert_eq!(database.db_instance_class(), Some("db.t3.micro"));
        assert_eq!(database.multi_az(), Some(false));
        assert_eq!(database.publicly_accessible(), Some(false));
        assert_eq!(database.endpoint().and_then(|endpoint| endpoint.port()), Some(5432));
        let subnets: BTreeSet<String> = database
            .db_subnet_group()
            .expect("a subnet group")
            .subnets()
            .iter()
            .map(|subnet| text(subnet.subnet_identifier()).to_owned())
            .collect();
        let all = stand.here.ec2.describe_subnets().send().await.expect("subnets");
        let private = all.subnets().iter().filter(|subnet| {
            subnet.tags().iter().any(|tag| tag.value().is_some_and(|v| v.starts_with("finsight-private")))
        });
        let private: BTreeSet<String> = private.map(|subnet| text(subnet.subnet_id()).to_owned()).collect();
        assert_eq!((subnets.len(), &subnets), (2, &private));
    });
    // Scaling up keeps the instance.
    let edits = [("db.t3.micro", "db.t3.medium"), ("\"multi_az\": false", "\"multi_az\": true")];
    let plan = stand.run_changed(&edits, &["preview", "--json", "--no-refresh"]).ok().json();
    let steps = plan["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["type"] == "aws:rds:DBInstance").expect("the database");
    assert_eq!(step["op"], "update");
    assert_eq!(after(step, "db_instance_class"), "db.t3.medium");
    assert_eq!(after(step, "multi_az"), true);
}

#[test]
fn d2_backups_encryption_tls_and_deletion_protection() {
    let stand = prod();
    stand.block(async {
        let database = instance(stand, "finsight-db").await;
        assert_eq!(database.backup_retention_period(), Some(7));
        assert_eq!(database.storage_encrypted(), Some(true));
        let key = stand.key("alias/finsight-database").await;
        assert_eq!(database.kms_key_id(), Some(key.as_str()));
        assert_eq!(database.deletion_protection(), Some(true));
        assert_eq!(parameters(stand, &database).await.get("rds.force_ssl").map(String::as_str), Some("1"));
    });
    // AWS is told of the last snapshot when the instance is deleted, and shows nothing of it before.
    let step = &planned("prod", &[], "aws:rds:DBInstance")[0];
    assert_eq!(after(step, "skip_final_snapshot"), false);
    assert_eq!(after(step, "deletion_protection"), true);
}

#[test]
fn d3_master_secret_and_iam_authentication() {
    let stand = prod();
    stand.block(async {
        let database = instance(stand, "finsight-db").await;
        let secret = database.master_user_secret().expect("RDS manages it");
        let key = stand.key("alias/finsight-secrets").await;
        assert_eq!(secret.kms_key_id(), Some(key.as_str()));
        let about = stand.here.secrets.describe_secret().secret_id(text(secret.secret_arn())).send().await;
        let about = about.expect("it is in Secrets Manager");
        assert_eq!(about.owning_service(), Some("rds"));
        assert_eq!(about.kms_key_id(), Some(key.as_str()));
        assert_eq!(database.iam_database_authentication_enabled(), Some(true));
    });
}

/// AWS makes no users in the database: a function does, which the deployment calls, with the secret that RDS keeps.
#[test]
fn d3_the_deployment_makes_the_user_of_the_functions() {
    let stand = prod();
    stand.block(async {
        let database = instance(stand, "finsight-db").await;
        let secret = text(database.master_user_secret().and_then(|secret| secret.secret_arn()));
        let maker = function(stand, "finsight-database-user").await;
        let role = Role::read(stand, text(maker.role())).await;
        assert_eq!(role.service(), "lambda.amazonaws.com");
        assert_eq!(role.on("secretsmanager:GetSecretValue"), set([secret]));
        assert_eq!(role.on("kms:Decrypt"), set([&stand.key("alias/finsight-secrets").await]));
        assert!(role.on("rds-db:connect").is_empty(), "{:?}", role.actions());
        let environment = maker.environment().and_then(|all| all.variables()).expect("an environment");
        let host = database.endpoint().and_then(|endpoint| endpoint.address());
        for (name, value) in [
            ("DB_HOST", text(host)),
            ("DB_NAME", text(database.db_name())),
            ("DB_USER", "finsight_app"),
            ("DB_MASTER_SECRET_ARN", secret),
        ] {
            assert_eq!(environment.get(name).map(String::as_str), Some(value), "{name}");
        }
        // In the private subnets, with a group that the database lets in.
        let group = database.db_subnet_group().expect("its subnets");
        let private: BTreeSet<_> =
            group.subnets().iter().filter_map(|subnet| subnet.subnet_identifier()).collect();
        let place = maker.vpc_config().expect("a VPC");
        assert_eq!(place.subnet_ids().iter().map(String::as_str).collect::<BTreeSet<_>>(), private);
        assert_eq!(place.security_group_ids().len(), 1);
    });
    for stack in ["dev", "prod"] {
        let steps = planned(stack, &[], "aws:lambda:Invocation");
        let [call] = steps.as_slice() else { panic!("{steps:?}") };
        assert_eq!(after(call, "triggers")["user"], "finsight_app", "{stack}");
        assert_eq!(after(call, "triggers")["database"], "finsight", "{stack}");
        assert_eq!(after(call, "qualifier"), "live", "{stack}");
    }
}

#[test]
fn d4_proxy_takes_iam_and_tls_and_20_connections() {
    let stand = prod();
    stand.block(async {
        let rds = &stand.here.rds;
        let database = instance(stand, "finsight-db").await;
        let proxies = rds.describe_db_proxies().send().await.expect("proxies");
        let [proxy] = proxies.db_proxies() else { panic!("{proxies:?}") };
        assert_eq!(proxy.db_proxy_name(), Some("finsight-db-proxy"));
        assert_eq!(proxy.engine_family(), Some("POSTGRESQL"));
        assert_eq!(proxy.require_tls(), Some(true));
        assert_eq!(proxy.idle_client_timeout(), Some(1800));
        // From the function to the database with IAM: no password is behind it, the master's least of all.
        assert_eq!(proxy.default_auth_scheme(), Some("IAM_AUTH"));
        assert!(proxy.auth().is_empty(), "{proxy:?}");
        let groups = rds.describe_db_proxy_target_groups().db_proxy_name("finsight-db-proxy").send().await;
        let groups = groups.expect("its pool");
        let [group] = groups.target_groups() else { panic!("{groups:?}") };
        let percent = group.connection_pool_config().and_then(|pool| pool.max_connections_percent());
        let most: i32 = parameters(stand, &database).await["max_connections"].parse().expect("a number");
        assert_eq!(percent.expect("a percentage") * most / 100, 20);
        let targets = rds.describe_db_proxy_targets().db_proxy_name("finsight-db-proxy").send().await;
        let targets = targets.expect("its target");
        let [target] = targets.targets() else { panic!("{targets:?}") };
        assert_eq!(target.rds_resource_id(), Some("finsight-db"));
        let role = Role::read(stand, text(proxy.role_arn())).await;
        assert_eq!(role.service(), "rds.amazonaws.com");
        assert_eq!(role.actions(), set(["rds-db:connect"]));
        let user = format!("dbuser:{}/finsight_app", text(database.dbi_resource_id()));
        assert_eq!(role.on("rds-db:connect"), set([&stand.arn("rds-db", &user)]));
    });
}

#[test]
fn d5_postgres_logs_to_the_stacks_own_group() {
    let stand = prod();
    stand.block(async {
        let database = instance(stand, "finsight-db").await;
        assert_eq!(database.enabled_cloudwatch_logs_exports(), ["postgresql"]);
        let name = "/aws/rds/instance/finsight-db/postgresql";
        let groups = stand.here.logs.describe_log_groups().log_group_name_prefix(name).send().await;
        let groups = groups.expect("log groups");
        let [group] = groups.log_groups() else { panic!("{groups:?}") };
        assert_eq!((group.log_group_name(), group.retention_in_days()), (Some(name), Some(90)));
        let arn = text(group.arn()).trim_end_matches(":*");
        let tags = stand.here.logs.list_tags_for_resource().resource_arn(arn).send().await.expect("tags");
        let tags = tags.tags().expect("tags");
        assert_eq!(tags.get("ManagedBy").map(String::as_str), Some("finsight-deploy"));
        assert_eq!(tags.get("Component").map(String::as_str), Some("database"));
    });
}

/// The one that the scheduler holds of this name: when, in which zone, what it calls with what, as whom.
async fn schedule(stand: &Stand, group: &str, name: &str) -> (String, String, String, Value, Role) {
    let found = stand.here.scheduler.get_schedule().group_name(group).name(name).send().await;
    let found = found.expect("the schedule");
    assert_eq!(found.state().map(|state| state.as_str()), Some("ENABLED"));
    let target = found.target().expect("a target");
    let role = Role::read(stand, target.role_arn()).await;
    assert_eq!(role.service(), "scheduler.amazonaws.com");
    assert!(role.attached.is_empty());
    assert_eq!(role.trust[0].condition["StringEquals"]["aws:SourceAccount"], stand.account.as_str());
    (
        text(found.schedule_expression()).to_owned(),
        text(found.schedule_expression_timezone()).to_owned(),
        target.arn().to_owned(),
        serde_json::from_str(text(target.input())).expect("JSON"),
        role,
    )
}

#[test]
fn d6_a_snapshot_each_month() {
    let stand = prod();
    stand.block(async {
        let found = schedule(stand, "finsight-database", "monthly-snapshot").await;
        let (when, zone, calls, with, role) = found;
        // On the first of each month, at three at night.
        assert_eq!((when.as_str(), zone.as_str()), ("cron(0 3 1 * ? *)", "Asia/Tokyo"));
        assert_eq!(calls, "arn:aws:scheduler:::aws-sdk:rds:createDBSnapshot");
        assert_eq!(with["DbInstanceIdentifier"], "finsight-db");
        let snapshots = stand.arn("rds", "snapshot:finsight-db-*");
        let name = with["DbSnapshotIdentifier"].as_str().expect("a name");
        assert!(name.starts_with("finsight-db-monthly-<aws.scheduler."), "{name}");
        assert_eq!(role.actions(), set(["rds:AddTagsToResource", "rds:CreateDBSnapshot"]));
        let database = stand.arn("rds", "db:finsight-db");
        assert_eq!(role.on("rds:CreateDBSnapshot"), set([&database, &snapshots]));
        assert_eq!(role.on("rds:AddTagsToResource"), set([&snapshots]));
    });
}

#[test]
fn d7_dev_database_rests_at_night_and_at_weekends() {
    let stand = dev();
    stand.block(async {
        let mut found = Vec::new();
        for name in ["start", "stop"] {
            let (when, zone, calls, with, role) = schedule(stand, "finsight-database-dev", name).await;
            assert_eq!(zone, "Asia/Tokyo");
            assert_eq!(with, serde_json::json!({"DbInstanceIdentifier": "finsight-db-dev"}));
            assert_eq!(role.actions(), set(["rds:StartDBInstance", "rds:StopDBInstance"]));
            assert_eq!(role.on("rds:StopDBInstance"), set([&stand.arn("rds", "db:finsight-db-dev")]));
            found.push((when, calls));
        }
        // It starts and is stopped on working days: a stop of what is stopped is refused, and an alarm each weekend.
        assert_eq!(found[0].0, "cron(0 8 ? * MON-FRI *)");
        assert_eq!(found[0].1, "arn:aws:scheduler:::aws-sdk:rds:startDBInstance");
        assert_eq!(found[1].0, "cron(0 22 ? * MON-FRI *)");
        assert_eq!(found[1].1, "arn:aws:scheduler:::aws-sdk:rds:stopDBInstance");
        let all = prod().here.scheduler.list_schedules().send().await.expect("schedules of prod");
        assert!(all.schedules().iter().all(|one| text(one.name()) == "monthly-snapshot"), "{all:?}");
    });
}

#[test]
fn d8_a_database_is_not_replaced_unless_it_is_named() {
    let stand = dev();
    let _changing = stand.changing();
    let born = |database: &DbInstance| text(database.dbi_resource_id()).to_owned();
    let before = stand.block(instance(stand, "finsight-db-dev"));
    // The first database's name cannot be changed in place.
    let edits = [("\"name\": \"finsight\"", "\"name\": \"ledger\"")];
    let refused = stand.run_changed(&edits, &["up", "--yes"]).exit(3);
    refused.says(&["PLAN-HOLDS-DATA", "--confirm-replace finsight-db-dev"]);
    stand.run_changed(&edits, &["up", "--yes", "--confirm-replace", "another"]).exit(64);
    assert_eq!(born(&stand.block(instance(stand, "finsight-db-dev"))), born(&before));

    stand.run_changed(&edits, &["up", "--yes", "--confirm-replace", "finsight-db-dev"]).ok();
    let now = stand.block(instance(stand, "finsight-db-dev"));
    assert_ne!(born(&now), born(&before));
    assert_eq!(now.db_name(), Some("ledger"));
    let snapshots = stand.block(stand.here.rds.describe_db_snapshots().send()).expect("snapshots");
    let last = snapshots.db_snapshots().iter().find(|snapshot| {
        snapshot.db_instance_identifier() == Some("finsight-db-dev")
            && snapshot.snapshot_type() == Some("manual")
            && snapshot.dbi_resource_id().is_none_or(|id| id == born(&before))
    });
    assert!(last.is_some(), "no last snapshot of the old one: {snapshots:?}");
    stand.run(&["up", "--yes", "--confirm-replace", "finsight-db-dev"]).ok();
    // In production the name is not enough: the database is protected besides.
    prod().run_changed(&edits, &["up", "--yes"]).exit(3).says(&["PLAN-PROTECTED", "aws:rds:DBInstance/main"]);
}
