//! Changes of databases that AWS takes in its own way: later than it says, one after the other, or not at all.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use finsight_engine::contract::{Call, Live, Reading, Reply};
use finsight_engine::expr::Expr;
use finsight_engine::graph::Node;
use finsight_engine::plan::{Op, Plan};
use finsight_engine::value::Value;
use finsight_local::{CallInfo, Fault, Faults, LocalClock};
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep};

use crate::fixture::urn;
use crate::life::Life;
use crate::rds::{INSTANCE, database, graph, inputs, node};
use crate::{paused, runtime};

const PARAMETERS: &str = "aws:rds:DBParameterGroup";
const KEY: &str = "aws:kms:Key";

/// Records the names of the calls.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    fn count(&self, operation: &str) -> usize {
        self.0.lock().expect("no panic").iter().filter(|name| *name == operation).count()
    }
}

impl Faults for Heard {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        self.0.lock().expect("no panic").push(call.operation.clone());
        None
    }

    fn after(&self, _: &CallInfo) -> Option<Fault> {
        None
    }
}

fn instance(more: Json) -> Node {
    let mut all = database(json!({"skip_final_snapshot": true}));
    all.extend(inputs(more));
    node(INSTANCE, "subject", all)
}

/// A key that the account may use.
fn key(name: &str) -> Node {
    let root = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [root]});
    node(KEY, name, inputs(json!({"pending_window_in_days": 7, "key_policy": policy})))
}

/// The instance as a read shows it that knows what is wanted.
async fn standing(life: &Life) -> Live {
    let row = life.subject(INSTANCE);
    match life.call(&row, Call::Read { targets: vec![row.target()] }).await {
        Reply::Read(readings) => match readings.into_iter().next() {
            Some(Reading::Found(live)) => *live,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn with(mut node: Node, name: &str, value: Value) -> Node {
    node.inputs.insert(name.to_owned(), value);
    node
}

fn output(type_name: &str, name: &str, output: &str) -> Value {
    Value::Expr(Box::new(Expr::Output { urn: urn(type_name, name), name: output.to_owned() }))
}

fn changes(plan: &Plan) -> Vec<(Op, String)> {
    let changed = plan.steps.iter().filter(|step| step.op != Op::Same);
    changed.map(|step| (step.op, step.urn.to_string())).collect()
}

/// H2: a change is done when it is in force, and not when AWS has taken it.
#[test]
fn a_change_is_done_when_it_is_in_force() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        life.reach(&graph([instance(json!({}))]), "small").await;
        let more = json!({
            "db_instance_class": "db.t3.medium", "backup_retention_period": 9, "port": 5433,
            "enable_cloudwatch_logs_exports": ["postgresql"],
        });
        let outcome = life.up(&graph([instance(more)])).await;
        assert!(outcome.succeeded(), "{:?}", outcome.errors);
        let live = standing(&life).await;
        let text = |name: &str| live.properties.get(name).cloned();
        assert_eq!(text("db_instance_class"), Some(Value::text("db.t3.medium")));
        assert_eq!(text("backup_retention_period"), Some(Value::Int(9)));
        assert_eq!(live.outputs.get("endpoint_port"), Some(&Value::Int(5433)));
        life.destroy("medium").await;
    });
}

/// H5: the key of the secret that RDS keeps changes with the secret.
#[test]
fn another_key_for_the_master_password_makes_another_secret() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let keys = || ["one", "two"].map(key);
        let under = |name: &str| {
            let of = with(instance(json!({})), "master_user_secret_kms_key_id", output(KEY, name, "arn"));
            graph(keys().into_iter().chain([of]))
        };
        life.reach(&under("one"), "one key").await;
        let before = life.subject(INSTANCE).outputs["master_user_secret_arn"].clone();
        life.reach(&under("two"), "another key").await;
        let row = life.subject(INSTANCE);
        assert_ne!(row.outputs["master_user_secret_arn"], before);
        let key = life.state.rows[&urn(KEY, "two")].outputs["arn"].clone();
        assert_eq!(standing(&life).await.properties["master_user_secret_kms_key_id"], key);
        life.destroy("another key").await;
    });
}

/// A7: the key of Performance Insights goes along with what is said of it, and another one is refused in words.
#[test]
fn performance_insights_keep_their_key() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let keys = || ["one", "two"].map(key);
        let under = |name: &str, days: i64| {
            let of = instance(json!({
                "enable_performance_insights": true, "performance_insights_retention_period": days,
            }));
            let of = with(of, "performance_insights_kms_key_id", output(KEY, name, "arn"));
            graph(keys().into_iter().chain([of]))
        };
        life.reach(&under("one", 7), "a key").await;
        life.reach(&under("one", 31), "a longer time").await;
        let outcome = life.up(&under("two", 31)).await;
        let shown = format!("{:?}", outcome.errors);
        assert!(!outcome.succeeded() && shown.contains("InsightsKeyFixed"), "{shown}");
    });
}

/// H9: storage goes last and by itself, with what it performs from 400 GiB on. A second change within six hours of the
/// first is left to a later run, which is said at once, and holds up nothing else of the database.
#[test]
fn storage_grows_after_all_else_and_once_in_six_hours() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        let _at_aws_s_pace = life.cloud.clone().with_clock(LocalClock::real().with_factor(1.0));
        let of = |gib: i64, class: &str| {
            let more = json!({"allocated_storage": gib, "storage_type": "gp3", "db_instance_class": class});
            graph([instance(more)])
        };
        life.reach(&of(20, "db.t3.micro"), "20 GiB").await;
        let heard = Arc::new(Heard::default());
        life.cloud.set_faults(Some(heard.clone()));
        life.reach(&of(400, "db.t3.small"), "400 GiB").await;
        assert!(heard.count("ModifyDBInstance") >= 2, "class and storage go in calls of their own");
        life.cloud.set_faults(None);

        let (began, more) = (Instant::now(), of(500, "db.t3.medium"));
        let outcome = life.up(&more).await;
        assert!(began.elapsed() < Duration::from_secs(3_600), "{:?}", began.elapsed());
        let said = format!("{:?}", outcome.errors);
        assert!(
            said.contains("EXEC-UNAVAILABLE") && said.contains("allocated_storage stays as it is"),
            "{said}"
        );
        assert!(said.contains("6 hours after the last change of the storage"), "{said}");
        let live = standing(&life).await;
        assert_eq!(live.properties["db_instance_class"], Value::text("db.t3.medium"));
        assert_eq!(live.properties["allocated_storage"], Value::Int(400));

        sleep(Duration::from_secs(6 * 3_600)).await;
        life.reach(&more, "500 GiB").await;
        let live = standing(&life).await;
        assert_eq!(live.properties["allocated_storage"], Value::Int(500));
        assert_eq!(live.properties["iops"], Value::Int(12_000));
        life.destroy("500 GiB").await;
    });
}

/// H10: a static parameter takes effect in the run that sets it, which shows the reboot; a dynamic one reboots nothing.
#[test]
fn a_static_parameter_reboots_in_the_run_that_sets_it() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let of = |connections: &str, statement: &str| {
            let parameters = json!({"max_connections": connections, "log_statement": statement});
            let group = json!({
                "db_parameter_group_name": "pg", "db_parameter_group_family": "postgres15", "description": "d",
                "parameters": parameters,
            });
            let of = instance(json!({"static_parameters": {"max_connections": connections}}));
            let of = with(of, "db_parameter_group_name", output(PARAMETERS, "main", "id"));
            graph([node(PARAMETERS, "main", inputs(group)), of])
        };
        life.reach(&of("100", "ddl"), "100 connections").await;
        let heard = Arc::new(Heard::default());
        life.cloud.set_faults(Some(heard.clone()));
        life.reach(&of("100", "all"), "other logs").await;
        assert_eq!(heard.count("RebootDBInstance"), 0);
        let plan = life.plan(&of("120", "all")).await;
        assert_eq!(changes(&plan).len(), 2, "{:?}", changes(&plan));
        let step = plan.step(&urn(INSTANCE, "subject")).expect("a step");
        let effects: Vec<_> = step.diff.iter().map(|change| change.effect).collect();
        assert_eq!(effects, [finsight_engine::diff::Effect::Interrupt]);
        life.reach(&of("120", "all"), "120 connections").await;
        assert!(heard.count("RebootDBInstance") >= 1);
        life.cloud.set_faults(None);
        life.destroy("120 connections").await;
    });
}

/// What waits for hours holds up no reboot: storage brings none along, and all else is as wanted when that is said.
#[test]
fn a_reboot_does_not_wait_for_storage() {
    paused().block_on(async {
        let mut life = Life::unhurried().await;
        let _at_aws_s_pace = life.cloud.clone().with_clock(LocalClock::real().with_factor(1.0));
        let of = |gib: i64, connections: &str| {
            let group = json!({
                "db_parameter_group_name": "pg", "db_parameter_group_family": "postgres15", "description": "d",
                "parameters": {"max_connections": connections},
            });
            let of = instance(json!({
                "allocated_storage": gib, "static_parameters": {"max_connections": connections},
            }));
            let of = with(of, "db_parameter_group_name", output(PARAMETERS, "main", "id"));
            graph([node(PARAMETERS, "main", inputs(group)), of])
        };
        life.reach(&of(20, "100"), "20 GiB").await;
        life.reach(&of(40, "100"), "40 GiB").await;
        let heard = Arc::new(Heard::default());
        life.cloud.set_faults(Some(heard.clone()));
        let said = format!("{:?}", life.up(&of(60, "120")).await.errors);
        assert!(said.contains("allocated_storage stays as it is"), "{said}");
        assert_eq!(heard.count("RebootDBInstance"), 1);
        assert_eq!(standing(&life).await.properties["parameter_apply_status"], Value::text("in-sync"));
        life.cloud.set_faults(None);
        sleep(Duration::from_secs(6 * 3_600)).await;
        life.reach(&of(60, "120"), "60 GiB").await;
        life.destroy("60 GiB").await;
    });
}

/// H10: where changes wait for the maintenance window, no reboot is made for them.
#[test]
fn a_reboot_waits_where_changes_wait() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let of = |connections: &str| {
            let group = json!({
                "db_parameter_group_name": "pg", "db_parameter_group_family": "postgres15", "description": "d",
                "parameters": {"max_connections": connections},
            });
            let of = instance(json!({
                "apply_immediately": false, "static_parameters": {"max_connections": connections},
            }));
            let of = with(of, "db_parameter_group_name", output(PARAMETERS, "main", "id"));
            graph([node(PARAMETERS, "main", inputs(group)), of])
        };
        let heard = Arc::new(Heard::default());
        life.cloud.set_faults(Some(heard.clone()));
        life.reach(&of("100"), "100 connections").await;
        life.reach(&of("120"), "120 connections").await;
        assert_eq!(heard.count("RebootDBInstance"), 0);
        life.cloud.set_faults(None);
    });
}

/// G5: a later minor version is no difference, and an earlier major one is refused by the plan.
#[test]
fn a_version_goes_forward_alone() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let of = |version: &str| graph([instance(json!({"engine_version": version}))]);
        life.reach(&of("15.8"), "15.8").await;
        life.reach(&of("15.10"), "15.10").await;
        let plan = life.plan(&of("15.8")).await;
        assert!(!plan.has_changes(), "{}", crate::life::shown(&plan));
        let errors = life.try_plan(&of("14")).await.expect_err("there is no way back");
        assert_eq!(errors.iter().map(|error| error.code()).collect::<Vec<_>>(), ["PLAN-NO-WAY-BACK"]);
    });
}

/// H24: a key that is switched off is not waited for.
#[test]
fn a_key_that_is_off_ends_the_create_at_once() {
    runtime().block_on(async {
        let mut life = Life::new().await;
        let mut off = key("one");
        off.inputs.insert("enabled".to_owned(), Value::Bool(false));
        let of = with(instance(json!({"storage_encrypted": true})), "kms_key_id", output(KEY, "one", "arn"));
        let outcome = life.up(&graph([off, of])).await;
        let shown = format!("{:?}", outcome.errors);
        assert!(!outcome.succeeded() && shown.contains("is Disabled"), "{shown}");
    });
}

/// H6: the subnet in which a database stands is not taken out of its group; the plan says so, and the way.
#[test]
fn the_subnet_of_a_database_is_not_replaced_under_it() {
    runtime().block_on(async {
        let text = include_str!("fixtures/aws.rds.DBInstance.json");
        let mut json: Json = serde_json::from_str(text).expect("a fixture");
        json["base"]["db_subnet_group_name"] = json!({"$output": "aws:rds:DBSubnetGroup/a.id"});
        json["base"]["availability_zone"] = json!("ap-northeast-1a");
        let with = |json: &Json| {
            let mut fixture: crate::fixture::Fixture =
                serde_json::from_value(json.clone()).expect("a fixture");
            fixture.type_name = INSTANCE.to_owned();
            fixture.graph(&[])
        };
        let mut life = Life::new().await;
        life.reach(&with(&json), "a database in a subnet").await;
        let around = json["around"].as_array_mut().expect("a list");
        let subnet = around.iter_mut().find(|one| one["type"] == "aws:ec2:Subnet" && one["name"] == "a");
        subnet.expect("a subnet")["inputs"]["cidr_block"] = json!("10.0.0.0/25");
        let errors = life.try_plan(&with(&json)).await.expect_err("the database stands in it");
        let shown: Vec<String> = errors.iter().map(|error| format!("{} {error}", error.code())).collect();
        assert!(
            shown.iter().any(|one| one.contains("PLAN-HELD") && one.contains("ops database failover")),
            "{shown:?}"
        );
    });
}
