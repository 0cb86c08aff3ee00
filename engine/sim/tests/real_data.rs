//! What of the project's own types holds data: it goes by name alone, and what is left of it stays readable.

use std::sync::Arc;

use finsight_engine::graph::Graph;
use finsight_engine::plan::{Loss, Plan, PlanError};
use finsight_engine::program::{Scope, Stack};
use finsight_engine::value::Value;
use finsight_sim::{Ask, World};
use finsight_specs::apigateway::ApiKey;
use finsight_specs::kms::Key;
use finsight_specs::logs::LogGroup;
use finsight_specs::rds::DbInstance;
use finsight_specs::route53::HostedZone;
use finsight_specs::s3::Bucket;
use finsight_specs::secretsmanager::Secret;
use finsight_specs::ses::EmailIdentity;

fn program(declare: impl Fn(&Scope)) -> Graph {
    let stack = Stack::new("dev", "ap-northeast-1");
    declare(&stack.component("app", Default::default()));
    stack.finish().unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn policy() -> Value {
    Value::Map([("Version".to_owned(), "2012-10-17".into())].into())
}

fn world(graph: &Graph) -> World {
    let mut world = World::new(Arc::new(finsight_specs::registry()), 1);
    world.rename(&graph.stack);
    let run = world.up(graph);
    assert!(run.succeeded(), "{}", run.why());
    world
}

fn plan(world: &mut World, ask: &Ask) -> Plan {
    world.preview(ask).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn refused(world: &mut World, ask: &Ask) -> Vec<PlanError> {
    let run = world.run(ask);
    match run.end {
        finsight_sim::End::Refused(errors) => errors,
        other => panic!("not refused: {other:?}"),
    }
}

/// A database that leaves a last snapshot, encrypted with a key of the stack.
fn database(backups: i64, key: bool) -> Graph {
    program(|s| {
        let instance = DbInstance::new("db.t4g.micro", "postgres")
            .db_instance_identifier("db")
            .allocated_storage(20)
            .backup_retention_period(backups)
            .skip_final_snapshot(false);
        let instance = match key {
            true => {
                let key = s.add("db", Key::new(policy()));
                instance.kms_key_id(&key.arn).storage_encrypted(true)
            }
            false => instance,
        };
        s.add("db", instance);
    })
}

/// O5: the last snapshot of a stack that is taken down is encrypted with a key that goes too.
#[test]
fn a_key_goes_with_what_stays_encrypted_only_by_its_name() {
    let graph = database(7, true);
    let mut world = world(&graph);
    let key = world
        .store
        .state()
        .rows
        .values()
        .find(|row| row.urn.name() == "db" && row.urn.type_name() == "aws:kms:Key")
        .cloned();
    let key = key.expect("the key is on record");
    let errors = refused(&mut world, &Ask::destroy("dev"));
    let [PlanError::StillSeals { name, sealed, .. }] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!((name, sealed.as_slice()), (&key.id, &["a final snapshot of db".to_owned()][..]));

    let confirmed = Ask { confirmed: vec![key.id.clone()], ..Ask::destroy("dev") };
    let losses = plan(&mut world, &confirmed).losses;
    let of = |urn: &str| losses.iter().find(|loss| loss.urn.as_str().contains(urn)).cloned();
    let loss = of("DBInstance").expect("a database is lost");
    assert_eq!(
        (loss.what.as_str(), loss.leaves.as_slice()),
        ("a database", &["a final snapshot".to_owned()][..])
    );
    assert!(matches!(of("kms:Key"), Some(Loss { days: Some(30), .. })), "{losses:?}");
    let run = world.run(&confirmed);
    assert!(run.succeeded(), "{}", run.why());
}

/// The key is left, and all else goes.
#[test]
fn a_key_that_is_excluded_stays() {
    let mut world = world(&database(7, true));
    let mut ask = Ask::destroy("dev");
    ask.selection.exclude.push(finsight_engine::urn::UrnPattern::new("**/aws:kms:Key/db"));
    let run = world.run(&ask);
    assert!(run.succeeded(), "{}", run.why());
    let left: Vec<String> = world.store.state().rows.keys().map(ToString::to_string).collect();
    assert_eq!(left, ["dev/app/aws:kms:Key/db"]);
}

/// K17: each asks by name before it is deleted; a bucket that is only deleted empty can lose nothing.
#[test]
fn what_holds_data_is_deleted_by_its_name() {
    let graph = program(|s| {
        s.add("log", LogGroup::new().log_group_name("/app/log"));
        s.add("emptied", Bucket::new("emptied").force_destroy(true));
        s.add("empty", Bucket::new("empty"));
        s.add("secret", Secret::new().name("secret"));
        s.add("key", Key::new(policy()));
        s.add("zone", HostedZone::new("example.com"));
        s.add("mail", EmailIdentity::new("example.com"));
        s.add("caller", ApiKey::new().name("caller"));
    });
    let mut world = world(&graph);
    let errors = refused(&mut world, &Ask::up(&program(|_| {})));
    let mut asked: Vec<&str> = errors
        .iter()
        .map(|error| match error {
            PlanError::HoldsData { urn, flag: "--confirm-delete", .. } => urn.name(),
            other => panic!("{other}"),
        })
        .collect();
    asked.sort_unstable();
    assert_eq!(asked, ["caller", "emptied", "key", "log", "mail", "secret", "zone"]);
    let confirmed = world.store.state().rows.keys().map(ToString::to_string).collect();
    let run = world.run(&Ask { confirmed, ..Ask::up(&program(|_| {})) });
    assert!(run.succeeded(), "{}", run.why());
}

/// K17: a new secret, key or log begins empty.
#[test]
fn what_holds_data_is_replaced_by_its_name() {
    let graph = |spec: &str| {
        program(|s| {
            s.add("key", Key::new(policy()).key_spec(spec));
        })
    };
    let mut world = world(&graph("SYMMETRIC_DEFAULT"));
    let errors = refused(&mut world, &Ask::up(&graph("RSA_2048")));
    assert!(
        matches!(errors.as_slice(), [PlanError::HoldsData { flag: "--confirm-replace", .. }]),
        "{errors:?}"
    );
}

/// Backups that are turned off are all deleted at once.
#[test]
fn backups_are_turned_off_by_name() {
    let mut world = world(&database(7, false));
    let errors = refused(&mut world, &Ask::up(&database(0, false)));
    assert!(errors[0].to_string().contains("emptied: backup_retention_period 0"), "{errors:?}");
    let run = world.run(&Ask { confirmed: vec!["db".to_owned()], ..Ask::up(&database(0, false)) });
    assert!(run.succeeded(), "{}", run.why());
}

/// Of a log that is gone nothing is left that a new one could hide: it is made anew, and not only forgotten unasked.
#[test]
fn what_is_gone_for_good_is_made_anew() {
    let graph = program(|s| {
        s.add("log", LogGroup::new().log_group_name("/app/log"));
    });
    let mut world = world(&graph);
    let number = world.cloud.standing().next().map(|object| object.number).expect("it stands");
    world.cloud.someone_deletes(world.now, number).expect("nothing holds it");
    let pause = world.longest_lag();
    world.advance(pause);
    let run = world.up(&graph);
    assert!(run.succeeded(), "{}", run.why());
    world.expect_converged(&graph);
}
