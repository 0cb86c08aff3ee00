//! Each operation is cut off at each record and each changing call, and given again: at once, after something else was done in
//! between, with the state of before, or with none. It ends as one that nobody disturbs, and nothing is made twice.
//!
//! `FINSIGHT_POSITIONS=all` takes all points with all that can come in between, a number so many of each operation.

use aws_sdk_amplify::types::JobType;

use crate::support::point::{Length, Point, cut};
use crate::support::site::REGION;
use crate::support::subject::copy;
use crate::support::work::{Round, rounds};
use crate::support::working::{BRANCH, FUNCTION, Working};
use crate::support::wrong::Wrong;

/// Points of each operation that are tried, unless all are.
const SAMPLE: usize = 2;

/// An operation, and what has to stand before it.
struct Operation {
    args: &'static [&'static str],
    prepare: fn(&Working),
}

fn nothing(_: &Working) {}

/// Something was written since the snapshot.
fn spoilt(on: &Working) {
    on.site.run(&["ops", "database", "snapshot", "--name", "good", "--yes"]).ok();
    let rds = aws_sdk_rds::Client::new(&on.served.sdk(REGION));
    let grow = rds.modify_db_instance().db_instance_identifier(on.site.id("aws:rds:DBInstance/main"));
    on.served.block(grow.allocated_storage(60).apply_immediately(true).send()).expect("it grows");
}

fn stopped(on: &Working) {
    on.site.run(&["ops", "database", "stop", "--yes"]).ok();
}

/// Two pushes were built.
fn pushed(on: &Working) {
    let amplify = aws_sdk_amplify::Client::new(&on.served.sdk(REGION));
    let app = on.site.id("aws:amplify:App/main");
    for commit in ["1111111", "2222222"] {
        let build = amplify.start_job().app_id(&app).branch_name(BRANCH).commit_id(commit);
        on.served.block(build.job_type(JobType::Release).send()).expect("a build");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

const OPERATIONS: [Operation; 11] = [
    Operation { args: &["ops", "database", "restore", "--snapshot", "good", "--yes"], prepare: spoilt },
    Operation { args: &["ops", "database", "failover", "--yes"], prepare: nothing },
    Operation { args: &["ops", "database", "stop", "--yes"], prepare: nothing },
    Operation { args: &["ops", "database", "start", "--yes"], prepare: stopped },
    Operation { args: &["ops", "database", "snapshot", "--yes"], prepare: nothing },
    Operation { args: &["ops", "secret", "rotate", "cdn-origin", "--yes"], prepare: nothing },
    Operation { args: &["ops", "secret", "rotate", "finsight-db-staging", "--yes"], prepare: nothing },
    Operation { args: &["ops", "secret", "rotate", "frontend", "--yes"], prepare: nothing },
    Operation { args: &["rollback", FUNCTION, "--yes"], prepare: nothing },
    Operation { args: &["ops", "frontend", "build", "--yes"], prepare: nothing },
    Operation { args: &["ops", "frontend", "rollback", "--yes"], prepare: pushed },
];

/// What comes in between.
#[derive(Debug, Clone, Copy)]
enum Between {
    Nothing,
    Run(&'static [&'static str]),
    /// The state of before the operation is what is left of it.
    EarlierState,
    /// The state is lost: nothing is done without it, and it is found again.
    NoState,
}

const BETWEEN: [Between; 7] = [
    Between::Nothing,
    Between::Run(&["up", "--yes"]),
    Between::Run(&["drift", "--accept", "--yes"]),
    Between::Run(&["drift", "--fix", "--yes"]),
    Between::Run(&["state", "protect", "staging/security/aws:kms:Key/data"]),
    Between::EarlierState,
    Between::NoState,
];

/// What it comes to after the next `up`: what stands, and how `up` and `drift` end.
fn end(on: &Working) -> Vec<String> {
    let up = on.site.run(&["up", "--yes"]);
    let drift = on.site.run(&["drift"]);
    let again = on.site.run(&["up", "--yes"]);
    let mut facts = on.facts();
    facts.push(format!("up {:?}, drift {:?}, up {:?}", up.code, drift.code, again.code));
    facts.push(format!("nothing to change {}", again.stdout.contains("Nothing to change")));
    facts
}

fn at_every_point(operation: &Operation) {
    let template = Working::new();
    (operation.prepare)(&template);
    // One at a time: its changing calls have an order.
    let args = [operation.args, &["--parallel", "1"]].concat();
    let whole = template.again();
    let (from, records) = (whole.served.call_count(), whole.serial());
    whole.site.run(&args).ok();
    let length = Length { records: whole.serial() - records, calls: whole.changes(from).len() };
    let undisturbed = end(&whole);
    let all = std::env::var("FINSIGHT_POSITIONS").is_ok_and(|wanted| wanted == "all");
    let points = length.sample(SAMPLE);
    let cases: Vec<(Point, Between)> = match all {
        true => points.iter().flat_map(|point| BETWEEN.map(|between| (*point, between))).collect(),
        // Each point with something else, and each thing in between with some operation.
        false => {
            let first = operation.args.iter().map(|arg| arg.len()).sum::<usize>();
            let between = |number| BETWEEN[(first + number) % BETWEEN.len()];
            points.iter().enumerate().map(|(number, point)| (*point, between(number))).collect()
        }
    };
    // A new key is on no record of before: which one is to go cannot be told (as after any `up` with an earlier state).
    let told = operation.args != ["ops", "secret", "rotate", "frontend", "--yes"];
    let title = format!(
        "kill `{}`, {} points, {} cases",
        operation.args.join(" "),
        length.points().len(),
        cases.len()
    );
    let tally = rounds(&title, "kills", cases.len(), |number| {
        let (point, between) = cases[number - 1];
        let on = template.again();
        copy(&on.site.path(".finsight"), &on.site.path("before"));
        assert!(cut(&on.site, &on.served, &args, point), "{point:?} was not reached");
        on.lets_in();
        std::thread::sleep(std::time::Duration::from_millis(30));
        // After its last call all is done: with the state of before nothing tells it from one that is asked for anew.
        let last = matches!(point, Point::BeforeRecord(n) if n == length.records)
            || matches!(point, Point::AfterCall(n) if n == length.calls);
        match between {
            Between::EarlierState if last || !told => {}
            Between::Nothing => {}
            Between::Run(between) => drop(on.site.run(between)),
            Between::EarlierState => {
                std::fs::remove_dir_all(on.site.path(".finsight")).expect("it is lost");
                std::fs::rename(on.site.path("before"), on.site.path(".finsight")).expect("it is found");
            }
            Between::NoState => {
                std::fs::rename(on.site.path(".finsight"), on.site.path("found")).expect("it is lost");
                let from = on.served.call_count();
                let run = on.site.run(&args).exit(1);
                run.says(&["PLAN-NEVER-WAS"]);
                assert!(on.changes(from).is_empty());
                let _ = std::fs::remove_dir_all(on.site.path(".finsight"));
                std::fs::rename(on.site.path("found"), on.site.path(".finsight")).expect("it is found");
            }
        }
        on.lets_in();
        on.site.run(operation.args).ok();
        let ended = end(&on);
        assert_eq!(ended, undisturbed, "{point:?}, {between:?}");
        Round::Done(Wrong::default())
    });
    tally.check();
    assert_eq!(tally.rounds, cases.len());
}

macro_rules! operations {
    ($($name:ident: $number:expr),* $(,)?) => {$(
        #[test]
        fn $name() {
            at_every_point(&OPERATIONS[$number]);
        }
    )*};
}

operations! {
    a_restore: 0,
    a_failover: 1,
    a_stop: 2,
    a_start: 3,
    a_snapshot: 4,
    a_rotation_of_the_origins_secret: 5,
    a_rotation_of_the_master_password: 6,
    a_rotation_of_an_api_key: 7,
    a_rollback_of_a_function: 8,
    a_build_of_the_site: 9,
    a_rollback_of_the_site: 10,
}

/// The order in which a value comes into force and goes out of it.
#[test]
fn what_takes_the_value_has_it_before_what_sends_it() {
    let on = Working::new();
    let secret = on.site.id("aws:secretsmanager:Secret/cdn-origin");
    let (before, _) = on.value(&secret);
    let from = on.served.call_count();
    let run = on.site.run(&["ops", "secret", "rotate", "cdn-origin", "--yes", "--parallel", "1"]).ok();
    run.says(&["stays in force"]);
    let calls =
        ["PutSecretValue", "UpdateWebACL", "UpdateDistribution", "UpdateSecretVersionStage", "UpdateWebACL"];
    assert_eq!(on.changes(from), calls);
    let (value, _) = on.value(&secret);
    assert_ne!(value, before);
    assert_eq!((on.sent("x-finsight-origin"), on.taken()), (value.clone(), [value].into()));
}

#[test]
fn what_people_put_in_is_not_made_anew() {
    let on = Working::new();
    on.site
        .run(&["ops", "secret", "rotate", "github-token", "--yes"])
        .exit(64)
        .says(&["OPS-WHICH", "Secrets"]);
    on.site.run(&["ops", "secret", "rotate", "nobody", "--yes"]).exit(64).says(&["OPS-WHICH", "cdn-origin"]);
    on.site.run(&["ops", "secret", "rotate", "cdn-origin"]).exit(3).says(&["CLI-NOBODY-TO-ASK", "rotation"]);
}
