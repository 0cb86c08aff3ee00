//! What of the project's own types holds data: it goes by name alone, and what is left of it stays readable.

use std::sync::Arc;

use finsight_engine::graph::Graph;
use finsight_engine::plan::{Confirmed, Loss, Meant, Plan, PlanError, Purpose, Word};
use finsight_engine::program::{Scope, Stack};
use finsight_engine::value::Value;
use finsight_sim::{Ask, Mishap, World};
use finsight_specs::apigateway::ApiKey;
use finsight_specs::kms::Key;
use finsight_specs::logs::LogGroup;
use finsight_specs::rds::DbInstance;
use finsight_specs::route53::HostedZone;
use finsight_specs::s3::{Bucket, LifecycleRule};
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

    let unreadable = Confirmed { unreadable: vec![key.id.clone()], ..Confirmed::default() };
    let confirmed = Ask { confirmed: unreadable, ..Ask::destroy("dev") };
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
    let delete = world.store.state().rows.keys().map(ToString::to_string).collect();
    let confirmed = Confirmed { delete, ..Confirmed::default() };
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

/// What was asked for by name, and may be deleted.
fn deleting(name: &str, graph: &Graph) -> Ask {
    let confirmed = Confirmed { delete: vec![name.to_owned()], ..Confirmed::default() };
    Ask { confirmed, ..Ask::up(graph) }
}

/// A change that AWS takes at once by dropping what is older, or all.
fn is_cut(before: &Graph, after: &Graph, name: &str, lost: &str) {
    let mut world = world(before);
    let errors = refused(&mut world, &Ask::up(after));
    let [PlanError::HoldsData { fate, flag: "--confirm-delete", name: asked, .. }] = errors.as_slice() else {
        panic!("{errors:?}")
    };
    assert!(fate.starts_with("cut: ") && asked == name, "{errors:?}");
    // No other word allows it.
    let others = Confirmed { delete: Vec::new(), ..Confirmed::all([name.to_owned()]) };
    refused(&mut world, &Ask { confirmed: others, ..Ask::up(after) });
    let losses = plan(&mut world, &deleting(name, after)).losses;
    let [loss] = losses.as_slice() else { panic!("{losses:?}") };
    assert_eq!((loss.id.as_str(), loss.what.as_str()), (name, lost));
    succeeds(&mut world, &deleting(name, after));
    // The other way nothing is lost.
    assert_eq!(plan(&mut world, &Ask::up(before)).losses, []);
    succeeds(&mut world, &Ask::up(before));
}

fn succeeds(world: &mut World, ask: &Ask) {
    let run = world.run(ask);
    assert!(run.succeeded(), "{}", run.why());
}

/// Automated backups that are older than a shorter retention go at once; at 0 all do.
#[test]
fn backups_are_kept_shorter_by_name() {
    is_cut(&database(7, false), &database(1, false), "db", "automated backups older than 1 day");
    is_cut(&database(7, false), &database(0, false), "db", "all automated backups");
}

fn log(days: Option<i64>) -> Graph {
    program(|s| {
        let group = LogGroup::new().log_group_name("/app/log");
        s.add("log", days.into_iter().fold(group, LogGroup::retention_in_days));
    })
}

/// Events of a log, which are kept for ever where it has no retention.
#[test]
fn a_log_is_kept_shorter_by_name() {
    is_cut(&log(Some(90)), &log(Some(30)), "/app/log", "log events older than 30 days");
    is_cut(&log(None), &log(Some(30)), "/app/log", "log events older than 30 days");
    let mut world = world(&log(Some(90)));
    let errors = refused(&mut world, &Ask::up(&log(Some(30))));
    assert_eq!(
        errors[0].to_string(),
        "dev/app/aws:logs:LogGroup/log holds the events of a log and would be cut: retention_in_days keeps log events for \
         30 days, until now 90 days, and AWS drops what is older at once; give `--confirm-delete /app/log` if that is meant"
    );
}

/// A log whose create was cut off before its retention was set has kept nothing: the next run finishes it without a word.
#[test]
fn what_was_cut_off_at_its_create_is_finished() {
    let fresh = || {
        let mut world = World::new(Arc::new(finsight_specs::registry()), 1);
        world.rename("dev");
        world
    };
    let graph = log(Some(30));
    let mut whole = fresh();
    succeeds(&mut whole, &Ask::up(&graph));
    for record in whole.records.clone() {
        for mishap in [Mishap::CrashBefore, Mishap::CrashAfter] {
            let mut world = fresh();
            world.mishap_in(record, mishap);
            world.run(&Ask::up(&graph));
            world.no_more_mishaps();
            succeeds(&mut world, &Ask::up(&graph));
        }
    }
}

fn bucket(rules: &[LifecycleRule]) -> Graph {
    program(|s| {
        s.add("logs", Bucket::new("logs").lifecycle_rules(rules.to_vec()));
    })
}

/// Objects and their versions, by the rules of a bucket; whether it is emptied with its delete has no part in it.
#[test]
fn objects_are_kept_shorter_by_name() {
    let days = |days| LifecycleRule::new("old").expiration_days(days);
    is_cut(&bucket(&[]), &bucket(&[days(90)]), "logs", "objects older than 90 days");
    is_cut(&bucket(&[days(90)]), &bucket(&[days(30)]), "logs", "objects older than 30 days");
    let part = LifecycleRule::new("part").prefix("a/").expiration_days(7);
    is_cut(&bucket(&[days(90)]), &bucket(&[days(90), part]), "logs", "objects under a/ older than 7 days");
    let versions = |days| LifecycleRule::new("old").noncurrent_version_expiration_days(days);
    is_cut(
        &bucket(&[versions(90)]),
        &bucket(&[versions(30)]),
        "logs",
        "versions of objects older than 30 days",
    );
    let waste = LifecycleRule::new("waste").abort_incomplete_multipart_upload_days(7);
    let mut world = world(&bucket(&[]));
    succeeds(&mut world, &Ask::up(&bucket(&[waste])));
}

/// Somebody had a log keep its events longer, or for ever: neither `up` nor a fix drops them unasked.
#[test]
fn what_somebody_has_kept_longer_is_cut_by_name() {
    for longer in [Value::Int(365), Value::Null] {
        let fix = || Ask { purpose: Purpose::Fix, ..Ask::up(&Graph::new("dev", "ap-northeast-1")) };
        for ask in [Ask::up(&log(Some(30))), fix()] {
            let mut world = world(&log(Some(30)));
            let number = world.cloud.standing().next().map(|object| object.number).expect("it stands");
            let set = world.cloud.someone_sets(world.now, number, "retention_in_days", longer.clone());
            set.expect("it stands");
            let pause = world.longest_lag();
            world.advance(pause);
            let errors = refused(&mut world, &ask);
            assert!(
                matches!(errors.as_slice(), [PlanError::HoldsData { flag: "--confirm-delete", .. }]),
                "{errors:?}"
            );
            let confirmed = Confirmed { delete: vec!["/app/log".to_owned()], ..Confirmed::default() };
            succeeds(&mut world, &Ask { confirmed, ..ask });
        }
    }
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

/// A confirmation that an earlier run has used up confirms nothing any more, and is no slip of the pen: also after a kill
/// at any record, and after a run in between that changed nothing.
#[test]
fn what_was_confirmed_and_is_done_is_known() {
    let base = world(&log(None));
    let urn = "dev/app/aws:logs:LogGroup/log";
    let none = program(|_| {});
    let meant = |world: &World, name: &str| Word::Delete.meant(&world.registry, world.store.state(), name);
    assert_eq!(
        [meant(&base, "/app/log"), meant(&base, urn), meant(&base, "/app/lgo")],
        [Meant::OnRecord, Meant::OnRecord, Meant::Nothing]
    );
    let mut whole = base.fork();
    succeeds(&mut whole, &deleting("/app/log", &none));
    succeeds(&mut whole, &deleting("/app/log", &none));
    let done = |world: &World| {
        assert_eq!([meant(world, "/app/log"), meant(world, urn)], [Meant::Done, Meant::Done]);
        assert_eq!(meant(world, "/app/lgo"), Meant::Nothing);
    };
    done(&whole);
    for record in whole.records.clone().into_iter().filter(|record| *record >= base.commands) {
        for mishap in [Mishap::CrashBefore, Mishap::CrashAfter] {
            let mut world = base.fork();
            world.mishap_in(record - base.commands, mishap);
            world.run(&deleting("/app/log", &none));
            world.no_more_mishaps();
            // As the command looks before it begins: at what is on record.
            assert_ne!(meant(&world, "/app/log"), Meant::Nothing, "{record} {mishap:?}");
            let pause = world.longest_lag();
            world.advance(pause);
            succeeds(&mut world, &deleting("/app/log", &none));
            done(&world);
        }
    }
    // Something else was done since: it is of no command that is given again.
    succeeds(&mut whole, &Ask::up(&bucket(&[])));
    assert_eq!(meant(&whole, "/app/log"), Meant::Nothing);
}

/// A log that is encrypted with one key of two, and the keys that there are.
fn sealed_log(with: &str, keys: &[&str]) -> Graph {
    program(|s| {
        let mut group = LogGroup::new().log_group_name("/kept").retention_in_days(30);
        for name in keys {
            let key = s.add(name, Key::new(policy()));
            if *name == with {
                group = group.kms_key_id(&key.arn);
            }
        }
        s.add("log", group);
    })
}

/// R2-1: events keep the key with which they came: it does not go when the group gets another one, nor later.
#[test]
fn a_key_stays_while_older_events_need_it() {
    let mut world = world(&sealed_log("one", &["one"]));
    let at_once = refused(&mut world, &Ask::up(&sealed_log("two", &["two"])));
    let older = |error: &PlanError| matches!(error, PlanError::StillSeals { sealed, .. } if sealed[0] == "/kept: the events of a log from before its key changed");
    assert!(at_once.iter().any(older), "{at_once:?}");
    succeeds(&mut world, &Ask::up(&sealed_log("two", &["one", "two"])));
    // An update of something else does not forget it.
    succeeds(&mut world, &Ask::up(&sealed_log("two", &["one", "two", "three"])));
    let later = refused(&mut world, &Ask::up(&sealed_log("two", &["two", "three"])));
    let Some(PlanError::StillSeals { name, .. }) = later.iter().find(|error| older(error)) else {
        panic!("{later:?}")
    };
    let confirmed =
        Confirmed { unreadable: vec![name.clone()], delete: vec![name.clone()], ..Confirmed::default() };
    succeeds(&mut world, &Ask { confirmed, ..Ask::up(&sealed_log("two", &["two", "three"])) });
    // With the group its events go, and no key is held any more.
    let keys = |world: &World| -> Vec<String> {
        let rows = world.store.state().rows.values().map(|row| row.id.clone());
        rows.collect()
    };
    let all = keys(&world);
    let confirmed = Confirmed { delete: all, ..Confirmed::default() };
    succeeds(&mut world, &Ask { confirmed, ..Ask::up(&program(|_| {})) });
}
