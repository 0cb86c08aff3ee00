//! F5, O6, O7: what people do to a standing stack by hand.

use aws_sdk_amplify::types::{JobSummary, JobType};
use aws_sdk_rds::types::DbInstance;

use super::stand::{Stand, dev, prod, text};
use crate::support::part::{ID, Part, born, names, owner};
use crate::support::{Served, Site};

/// The site of prod, its builds made by hand.
struct Builds<'a> {
    stand: &'a Stand,
    app: String,
}

impl Builds<'_> {
    fn build(&self, commit: &str) {
        let call = self.stand.here.amplify.start_job().app_id(&self.app).branch_name("main");
        let call =
            call.job_type(JobType::Release).commit_id(commit).commit_message(format!("change {commit}"));
        self.stand.block(call.send()).expect("a build");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }

    /// Newest first.
    fn all(&self) -> Vec<JobSummary> {
        let call = self.stand.here.amplify.list_jobs().app_id(&self.app).branch_name("main");
        self.stand.block(call.send()).expect("builds").job_summaries().to_vec()
    }

    fn newest(&self) -> (String, String, String) {
        let all = self.all();
        let job = all.first().expect("a build");
        (job.commit_id().to_owned(), job.job_type().as_str().to_owned(), job.status().as_str().to_owned())
    }
}

#[test]
fn f5_one_command_brings_the_build_before_back() {
    let stand = prod();
    let apps = stand.block(stand.here.amplify.list_apps().send()).expect("apps");
    let [app] = apps.apps() else { panic!("{apps:?}") };
    let builds = Builds { stand, app: app.app_id().to_owned() };
    let rollback = |more: &[&str]| stand.run(&[&["ops", "frontend", "rollback", "--yes"], more].concat());
    rollback(&[]).exit(3).says(&["OPS-NO-EARLIER-BUILD"]);
    builds.build("1111111");
    rollback(&[]).exit(3).says(&["OPS-NO-EARLIER-BUILD"]);
    // A build that fails is not deployed, and nothing to go back to.
    builds.build("not-a-commit");
    builds.build("3333333");
    stand.run(&["ops", "frontend", "rollback"]).exit(3).says(&["CLI-NOBODY-TO-ASK", "build 1"]);
    assert_eq!(builds.all().len(), 3);

    let done = rollback(&["--json"]).ok().json();
    assert_eq!((&done["branch"], &done["from"], &done["to"]), (&"main".into(), &"3".into(), &"1".into()));
    assert_eq!((&done["job"], &done["changed"]), (&"4".into(), &true.into()));
    assert_eq!(builds.newest(), ("1111111".to_owned(), "RETRY".to_owned(), "SUCCEED".to_owned()));
    // Once more: what it was taken back from is no way further back.
    rollback(&[]).exit(3).says(&["OPS-NO-EARLIER-BUILD", "good builds"]);
    rollback(&["--to", "2"]).exit(3).says(&["OPS-NO-EARLIER-BUILD", "FAILED"]);
    rollback(&["--to", "99"]).exit(3).says(&["OPS-NO-EARLIER-BUILD", "no build 99"]);
    rollback(&["--branch", "none"]).exit(1).says(&["OPS-GONE"]);
    rollback(&["--branch", "develop"]).exit(3).says(&["OPS-NO-EARLIER-BUILD"]);
    // To a build by its number, which is the same when it is given again.
    rollback(&["--to", "3"]).ok().says(&["change 3333333", "The next push"]);
    assert_eq!(builds.newest().0, "3333333");
    let same = rollback(&["--to", "3", "--json"]).ok().json();
    assert_eq!((&same["changed"], builds.all().len()), (&false.into(), 5));
    stand.run(&["drift"]).ok();
}

#[test]
fn o7_the_dev_database_is_stopped_and_started_by_hand() {
    let stand = dev();
    let _changing = stand.changing();
    let status = || {
        let call = stand.here.rds.describe_db_instances().db_instance_identifier("finsight-db-dev");
        let found = stand.block(call.send()).expect("the database");
        text(found.db_instances()[0].db_instance_status()).to_owned()
    };
    stand.run(&["ops", "database", "stop"]).exit(3).says(&["CLI-NOBODY-TO-ASK"]);
    assert_eq!(status(), "available");
    let serial = stand.run(&["state", "list", "--json"]).ok().json()["serial"].clone();
    let done = stand.run(&["ops", "database", "stop", "--yes", "--json"]).ok().json();
    assert_eq!((&done["status"], &done["changed"]), (&"stopped".into(), &true.into()));
    assert_eq!(status(), "stopped");
    // It is as wanted: no drift, nothing to change, and on record is its beginning and its end alone.
    stand.run(&["drift"]).ok();
    stand.run(&["preview", "--expect-no-changes"]).ok();
    let later = stand.run(&["state", "list", "--json"]).ok().json()["serial"].clone();
    assert_eq!(later.as_u64(), serial.as_u64().map(|serial| serial + 2));
    stand.run(&["ops", "database", "stop"]).ok().says(&["stopped already"]);
    stand.run(&["ops", "database", "snapshot"]).exit(3).says(&["OPS-STATE", "ops database start"]);
    stand.run(&["ops", "database", "start"]).ok().says(&["is started"]);
    assert_eq!(status(), "available");
    stand.run(&["ops", "database", "start"]).ok().says(&["runs already"]);
    stand.run(&["drift"]).ok();
}

#[test]
fn o7_which_database_and_which_stack() {
    let part = Part::new();
    let start = |more: &[&str]| part.site.run(&[&["ops", "database", "start"], more].concat());
    start(&["--database", "finsight-db"]).ok();
    start(&["--database", "prod/database/aws:rds:DBInstance/main"]).ok();
    start(&["--database", "ledger"]).exit(64).says(&["OPS-WHICH", "finsight-db"]);
    // The part has no site, and an empty stack has nothing.
    part.site.run(&["ops", "frontend", "rollback", "--yes"]).exit(1).says(&["OPS-NONE"]);
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    site.run(&["ops", "database", "start"]).exit(1).says(&["PLAN-NEVER-WAS"]);
    let json = site.run(&["ops", "database", "start", "--json"]).exit(1).json();
    assert_eq!(json["code"], "PLAN-NEVER-WAS");
    // One that is gone is said so.
    delete(&part, true);
    start(&[]).exit(1).says(&["OPS-GONE", "ops database restore"]);
}

/// Takes the database away, as an accident would.
fn delete(part: &Part, backups: bool) {
    let open = part.rds.modify_db_instance().db_instance_identifier(ID).deletion_protection(false);
    part.served.block(open.apply_immediately(true).send()).expect("it is open");
    let gone = part.rds.delete_db_instance().db_instance_identifier(ID).skip_final_snapshot(true);
    part.served.block(gone.delete_automated_backups(backups).send()).expect("it goes");
    std::thread::sleep(std::time::Duration::from_millis(20));
    assert_eq!(part.instances(), []);
}

#[test]
fn o6_a_snapshot_with_the_stacks_tags() {
    let part = Part::new();
    let snapshot = |more: &[&str]| part.site.run(&[&["ops", "database", "snapshot"], more].concat());
    let done = snapshot(&["--json"]).ok().json();
    let name = done["snapshot"].as_str().expect("a name");
    let stamp = name.strip_prefix("finsight-db-manual-").expect("its beginning");
    let digits = stamp.chars().filter(char::is_ascii_digit).count();
    assert_eq!((stamp.len(), digits, &stamp[8..9]), (15, 14, "-"), "{name}");
    snapshot(&["--name", "Before-Release"]).ok().says(&["is taken"]);
    snapshot(&["--name", "before-release"]).ok().says(&["stands already"]);
    let all = part.served.block(part.rds.describe_db_snapshots().send()).expect("snapshots");
    assert_eq!(all.db_snapshots().len(), 2);
    for one in all.db_snapshots() {
        assert_eq!((one.status(), one.db_instance_identifier()), (Some("available"), Some(ID)));
        let tag = |key: &str| one.tag_list().iter().find(|t| t.key() == Some(key)).and_then(|t| t.value());
        assert_eq!((tag("Project"), tag("Stack")), (Some("finsight"), Some("prod")));
        // It is not the incarnation that the record tells of.
        assert_eq!(tag("finsight:id"), None);
    }
    // A name that another database's snapshot has.
    let other = part.rds.restore_db_instance_from_db_snapshot().db_snapshot_identifier("before-release");
    let other = other.db_instance_identifier("other").db_subnet_group_name(ID);
    part.served.block(other.send()).expect("another database");
    std::thread::sleep(std::time::Duration::from_millis(30));
    let other =
        part.rds.create_db_snapshot().db_instance_identifier("other").db_snapshot_identifier("theirs");
    part.served.block(other.send()).expect("its snapshot");
    snapshot(&["--name", "theirs"]).exit(3).says(&["OPS-SNAPSHOT-TAKEN", "`other`"]);
}

#[test]
fn o6_failover_to_the_standby() {
    let part = Part::new();
    let from = part.served.call_count();
    let refused = part.site.run(&["ops", "database", "failover", "--yes"]).exit(3);
    refused.says(&["OPS-SINGLE-AZ", "nothing was changed"]);
    assert_eq!(part.changes(from), [""; 0]);
    part.site.edit_config("\"multi_az\": false", "\"multi_az\": true");
    part.up().ok();
    let before = part.instance(ID);
    assert_eq!(before.multi_az(), Some(true));
    part.site.run(&["ops", "database", "failover"]).exit(3).says(&["CLI-NOBODY-TO-ASK"]);
    let done = part.site.run(&["ops", "database", "failover", "--yes", "--json"]).ok().json();
    let now = part.instance(ID);
    assert_eq!(now.availability_zone(), before.secondary_availability_zone());
    assert_ne!(now.availability_zone(), before.availability_zone());
    assert_eq!(done["zone"].as_str(), now.availability_zone());
    part.settles();
}

/// Settings that a restore must not lose, whatever RDS's defaults are.
fn kept(of: &DbInstance) -> String {
    let groups: Vec<_> = of.vpc_security_groups().iter().map(|g| g.vpc_security_group_id()).collect();
    format!(
        "{:?}",
        (
            (
                of.db_instance_class(),
                of.multi_az(),
                groups,
                of.db_parameter_groups()[0].db_parameter_group_name()
            ),
            of.db_subnet_group().and_then(|group| group.db_subnet_group_name()),
            (of.publicly_accessible(), of.iam_database_authentication_enabled(), of.deletion_protection()),
            (of.enabled_cloudwatch_logs_exports(), of.kms_key_id(), of.backup_retention_period()),
            (of.copy_tags_to_snapshot(), of.endpoint().and_then(|e| e.address())),
        )
    )
}

#[test]
fn o6_restore_to_a_moment() {
    let part = Part::new();
    let old = part.instance(ID);
    let restore = |more: &[&str]| part.site.run(&[&["ops", "database", "restore", "--yes"], more].concat());
    part.site.run(&["ops", "database", "restore", "--latest"]).exit(3).says(&["CLI-NOBODY-TO-ASK"]);
    restore(&[]).exit(64);
    restore(&["--latest", "--snapshot", "s"]).exit(64);
    restore(&["--to-time", "yesterday"]).exit(64).says(&["CLI-USAGE", "RFC 3339"]);
    restore(&["--to-time", "2001-01-01T00:00:00Z"]).exit(3).says(&["OPS-RESTORE-POINT", "earlier than"]);
    restore(&["--snapshot", "none"]).exit(3).says(&["OPS-RESTORE-POINT"]);
    assert_eq!(names(&part.instances()), [ID]);

    let done = restore(&["--latest", "--json"]).ok().json();
    let new = part.instance(ID);
    assert_ne!(born(&new), born(&old));
    assert_eq!(kept(&new), kept(&old));
    let before = part.instance(done["before"].as_str().expect("the old one's name"));
    assert_eq!(born(&before), born(&old));
    assert_eq!((owner(&new), owner(&before)), (owner(&old), None));
    assert_eq!(done["next"], "finsight-deploy up --stack prod");
    part.settles();
    let now = part.instance(ID);
    assert_eq!(born(&now), born(&new));
    let secret = |of: &DbInstance| of.master_user_secret().and_then(|s| s.secret_arn()).map(str::to_owned);
    assert!(secret(&now).is_some_and(|arn| Some(arn) != secret(&old)));

    // To a moment that is told in another zone's time.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let moment = now.instance_create_time().expect("a time").secs() + 1;
    let moment = jiff::Timestamp::from_second(moment).expect("a moment");
    let moment = moment.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9)));
    let moment = moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    restore(&["--to-time", &moment]).ok().says(&["finsight-db-before-"]);
    assert_ne!(born(&part.instance(ID)), born(&now));
    assert_eq!(part.instances().len(), 3);
    assert_eq!(part.instances().iter().filter(|one| owner(one).is_some()).count(), 1);
    part.settles();
}

#[test]
fn o6_restore_of_a_database_that_is_lost() {
    let part = Part::new();
    part.site.run(&["ops", "database", "snapshot", "--name", "last"]).ok();
    let old = part.instance(ID);
    let lost = part.again();
    delete(&part, false);
    let restored = part.site.run(&["ops", "database", "restore", "--latest", "--yes", "--json"]).ok().json();
    assert_eq!(restored["before"], serde_json::Value::Null);
    let new = part.instance(ID);
    assert_eq!((kept(&new), owner(&new)), (kept(&old), owner(&old)));
    assert_eq!(names(&part.instances()), [ID]);
    part.settles();

    // Without backups there is the snapshot.
    delete(&lost, true);
    let none = lost.site.run(&["ops", "database", "restore", "--latest", "--yes"]).exit(3);
    none.says(&["OPS-RESTORE-POINT", "--snapshot"]);
    lost.site.run(&["ops", "database", "restore", "--snapshot", "last", "--yes"]).ok();
    assert_eq!(kept(&lost.instance(ID)), kept(&old));
    lost.settles();
}

/// The whole of prod and of dev, where the functions connect without a proxy.
/// How often functions were called.
fn called(served: &Served) -> usize {
    served.calls(0).iter().filter(|call| call.operation == "Invoke").count()
}

#[test]
fn o6_after_a_restore_one_up_brings_the_whole_stack_back() {
    for stack in ["prod", "dev"] {
        let served = Served::new();
        let site = Site::at(stack, &served.url);
        site.run(&["up", "--yes"]).ok();
        assert_eq!(called(&served), 1, "{stack}: the database's user is made");
        site.run(&["ops", "database", "restore", "--latest", "--yes"]).ok();
        assert_eq!(called(&served), 1, "{stack}");
        // W1: what was restored may be older than the user.
        site.run(&["up", "--yes"]).ok().says(&["aws:lambda:Invocation/database-user"]);
        assert_eq!(called(&served), 2, "{stack}: and made again");
        let clean = site.run(&["drift", "--json"]).ok().json();
        assert_eq!(clean["drifted"], serde_json::json!([]), "{stack}");
        site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
        assert_eq!(called(&served), 2, "{stack}: never for nothing");
        let last = site.run(&["history", "--json"]).ok().json();
        assert!(last.to_string().contains("ops database restore --latest"), "{last}");
    }
}
