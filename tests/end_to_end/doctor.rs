//! `doctor`: what would make `up` fail, before it does.

use std::sync::Arc;
use std::time::Duration;

use finsight_local::{Account, LocalClock};
use finsight_state::{Holder, LocalStore};
use serde_json::{Value, json};

use crate::support::site::REGION;
use crate::support::wire_faults::{Act, Call, Faults, Wire};
use crate::support::{Run, Served, Site};

/// All rights but these.
fn all_but(actions: &[&str]) -> String {
    let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let deny = json!({"Effect": "Deny", "Action": actions, "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [allow, deny]}).to_string()
}

/// Without the right to ask for rights nothing is rehearsed: a test that is about something else is quick.
fn quick(served: &Served) {
    served.caller(&[all_but(&["iam:SimulatePrincipalPolicy"])]);
}

/// The checks of a name.
fn checks(run: &Run, name: &str) -> Vec<Value> {
    let document = run.json();
    let all = document["checks"].as_array().expect("checks");
    all.iter().filter(|check| check["name"] == name).cloned().collect()
}

/// The only check of a name is so, and says this.
#[track_caller]
fn is(run: &Run, name: &str, status: &str, texts: &[&str]) {
    let found = checks(run, name);
    let [one] = found.as_slice() else { panic!("{name}: {found:?}") };
    assert_eq!(one["status"], status, "{one}");
    let said = one.to_string();
    for text in texts {
        assert!(said.contains(text), "{name} does not say {text:?}: {one}");
    }
}

/// The names of what fails.
fn failing(run: &Run) -> Vec<String> {
    let document = run.json();
    let all = document["checks"].as_array().expect("checks").clone();
    let fails = all.iter().filter(|check| check["status"] == "fails");
    fails.map(|check| check["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_stack_that_stands_is_healthy_and_nothing_is_changed() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    // Before the first `up` the token of the site's repository has to be put in.
    quick(&served);
    let fresh = site.run(&["doctor", "--json"]).exit(1);
    assert_eq!(failing(&fresh), ["people.github"]);
    is(&fresh, "people.github", "fails", &["DOCTOR-TOKEN", "Secret/github-token", "steps 5 and 8"]);
    is(&fresh, "state.whole", "ok", &["there is none yet"]);
    assert!(!site.path(".finsight").exists(), "nothing is written");

    served.any_caller();
    site.run(&["up", "--yes"]).ok();
    // What AWS says of certificates and mail domains has changed by itself since: that goes on record once.
    std::thread::sleep(Duration::from_millis(500));
    site.run(&["up", "--yes"]).ok();
    let (hash, before) = (site.hash(".finsight"), served.call_count());
    let run = site.run(&["doctor", "--json"]).ok();
    assert_eq!(run.json()["version"], 1);
    assert_eq!(run.json()["stack"], "dev");
    for (name, says) in [
        ("config.valid", "dev.json is valid"),
        ("config.region", REGION),
        ("config.policy", "no rule"),
        ("artifacts.packages", "x86_64"),
        ("state.whole", "records that follow from each other"),
        ("state.key", "its owner alone"),
        ("state.open", "no operation"),
        ("state.lock", "nobody"),
        ("credentials.caller", "arn:aws:iam::123456789012:user/local"),
        ("credentials.expiry", "do not end"),
        ("clock.difference", "this machine's clock goes with"),
        ("permissions.up", "rights that `up` needs"),
        ("quotas.mail", "14 messages a second"),
        ("plan.up", "nothing to change"),
        ("quotas.account", "what the plan needs"),
    ] {
        is(&run, name, "ok", &[says]);
    }
    is(&run, "account.config", "warning", &["123456789012", "set `"]);
    is(&run, "artifacts.placeholders", "warning", &["11 functions", "auth", "authorizer", "slack-notifier"]);
    let left = checks(&run, "people.left");
    let waits = |text: &str| left.iter().any(|one| one.to_string().contains(text));
    assert!(left.iter().all(|one| one["status"] == "warning"));
    assert!(waits("put-secret-value") && waits("Subscription Confirmation"), "{left:?}");

    assert_eq!(site.hash(".finsight"), hash, "nothing is written");
    let changing: Vec<String> =
        served.calls(before).into_iter().filter(|call| call.mutating).map(|call| call.operation).collect();
    assert_eq!(changing, Vec::<String>::new());
    assert!(served.judged().misfits().is_empty(), "{:?}", served.judged().misfits());

    // People read the same.
    quick(&served);
    site.run(&["doctor"]).ok().says(&[
        "Nothing is found that would make `up` fail",
        "not checked: no right to simulate (iam:SimulatePrincipalPolicy)",
        "finsight-deploy doctor --principal arn:aws:iam::123456789012:user/local",
    ]);
}

#[test]
fn a_right_that_is_taken_away_is_named() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    served.caller(&[all_but(&["rds:CreateDBInstance", "iam:PassRole"])]);
    let run = site.run(&["doctor", "--json"]).exit(1);
    is(
        &run,
        "permissions.up",
        "fails",
        &[
            "DOCTOR-RIGHTS",
            "rds:CreateDBInstance on arn:aws:rds:",
            "a policy denies it",
            "iam:PassRole on arn:aws:iam::",
        ],
    );
    // Of another principal an administrator asks: here of a role that has no policies.
    served.any_caller();
    let iam = aws_sdk_iam::Client::new(&served.sdk(REGION));
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
    ]});
    let made =
        iam.create_role().role_name("empty").path("/ci/").assume_role_policy_document(trust.to_string());
    served.block(made.send()).expect("a role");
    let session = "arn:aws:sts::123456789012:assumed-role/empty/run-7";
    let run = site.run(&["doctor", "--json", "--principal", session]).exit(1);
    is(
        &run,
        "permissions.up",
        "fails",
        &["arn:aws:iam::123456789012:role/ci/empty has not", "no policy allows it"],
    );
    site.run(&["doctor", "--principal", "somebody"]).exit(64);
}

/// AWS's clock by its dates, and one text of its answers.
struct Elsewhere {
    ahead: i64,
    rewrite: Option<(&'static str, &'static str, &'static str)>,
}

impl Faults for Elsewhere {
    fn meet(&self, call: &Call) -> Act {
        match self.rewrite {
            Some((operation, from, to)) if call.operation.contains(operation) => Act::Rewrite(from, to),
            _ => Act::Pass,
        }
    }

    fn ahead(&self) -> i64 {
        self.ahead
    }
}

#[test]
fn a_clock_that_is_off_is_told_before_aws_refuses_its_signatures() {
    let served = Served::new();
    quick(&served);
    let wire = Wire::new(&served.url);
    let site = Site::at("dev", &wire.url);
    for (ahead, status, says) in [
        (1_200, "fails", "behind AWS's"),
        (-1_200, "fails", "ahead of AWS's"),
        (90, "warning", "from 5 minutes on"),
        (0, "ok", "this machine's clock"),
    ] {
        wire.set(Arc::new(Elsewhere { ahead, rewrite: None }));
        let run = site.run(&["doctor", "--json"]);
        is(&run, "clock.difference", status, &[says]);
        assert_eq!(failing(&run).contains(&"clock.difference".to_owned()), status == "fails");
    }
}

#[test]
fn credentials_of_another_account_and_none_are_told() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    site.run(&["up", "--yes", "--target", "dev/network/aws:ec2:Vpc/main"]).ok();
    quick(&served);
    let wire = Wire::new(&served.url);
    let rewrite = Some(("GetCallerIdentity", "123456789012", "210987654321"));
    wire.set(Arc::new(Elsewhere { ahead: 0, rewrite }));
    let other = site.with("AWS_ENDPOINT_URL", &wire.url);
    let run = other.run(&["doctor", "--json"]).exit(1);
    assert_eq!(failing(&run), ["plan.up"]);
    is(&run, "plan.up", "fails", &["PLAN-OTHER-ACCOUNT", "123456789012", "210987654321"]);
    is(&run, "people.left", "unknown", &["without a plan"]);

    let run = Site::bare("dev").run(&["doctor", "--json"]).exit(1);
    is(&run, "credentials.caller", "fails", &["AWS-NO-CREDENTIALS"]);
    is(&run, "config.valid", "ok", &[]);
    for name in ["plan.up", "credentials.expiry", "account.config", "quotas.mail"] {
        is(&run, name, "unknown", &["no way to AWS"]);
    }
}

#[test]
fn what_is_wrong_with_the_state_is_told_without_a_repair() {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    // Secrets are on record, and a key that opens them.
    site.run(&["up", "--yes", "--component", "network", "security"]).ok();
    quick(&served);
    let key = site.state().join("secrets.key");
    let mode = |mode: u32| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).expect("its mode");
    };
    mode(0o644);
    let run = site.run(&["doctor", "--json"]);
    is(&run, "state.key", "warning", &["can be read by others", "chmod 600"]);
    mode(0o600);

    // Another run writes: it is told who, and nobody waits.
    let holder = Holder::now("ana@build-3", "up");
    let lock = LocalStore::lock(&site.path(".finsight"), "staging", &holder, None).expect("the lock");
    let run = site.run(&["doctor", "--json"]).exit(1);
    is(&run, "state.lock", "fails", &["STATE-LOCKED", "`up` of ana@build-3", "state unlock"]);
    drop(lock);

    let log =
        std::fs::read_dir(site.state().join("log")).expect("the log").flatten().next().expect("a segment");
    let mut bytes = std::fs::read(log.path()).expect("a segment");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(log.path(), bytes).expect("it is written");
    let hash = site.hash(".finsight");
    let run = site.run(&["doctor", "--json"]).exit(1);
    is(&run, "state.whole", "fails", &["STATE-DAMAGED", "byte", "state repair"]);
    is(&run, "config.valid", "ok", &[]);
    is(&run, "credentials.caller", "ok", &[]);
    assert_eq!(site.hash(".finsight"), hash, "nothing is repaired");
}

#[test]
fn code_and_configs_that_are_not_right_are_told() {
    let served = Served::new();
    quick(&served);
    let site = Site::at("dev", &served.url);
    let run =
        site.run_changed(&[("\"code\": \"placeholder\"", "\"code\": \"dist/auth\"")], &["doctor", "--json"]);
    let run = run.exit(1);
    assert_eq!(failing(&run), ["artifacts.packages"]);
    is(&run, "artifacts.packages", "fails", &["ARTIFACT-MISSING", "auth", "dist/auth"]);
    is(&run, "plan.up", "unknown", &[]);
    is(&run, "credentials.caller", "ok", &[]);

    let run =
        site.run_changed(&[("\"ap-northeast-1\"", "\"ap-northeast-9\"")], &["doctor", "--json"]).exit(1);
    assert_eq!(failing(&run), ["config.valid"]);
    is(&run, "config.valid", "fails", &["CONFIG-INVALID", "ap-northeast-9"]);
    is(&run, "state.whole", "ok", &[]);
    for name in ["config.policy", "credentials.caller", "quotas.mail", "plan.up", "database.snapshot"] {
        is(&run, name, "unknown", &["without a valid config"]);
    }
    // A warning is no silence.
    let site = Site::at("prod", &served.url);
    let old =
        site.run_changed(&[("\"node_version\": \"22\"", "\"node_version\": \"18\"")], &["doctor", "--json"]);
    is(&old, "config.policy", "warning", &["warns 1 time(s)", "finsight-deploy preview"]);
}

/// Keys of a session end, whether that is told or not.
#[test]
fn credentials_of_a_session_end() {
    let served = Served::new();
    quick(&served);
    let site = Site::at("dev", &served.url).with("AWS_SESSION_TOKEN", "token");
    is(&site.run(&["doctor", "--json"]), "credentials.expiry", "unknown", &["of a session"]);
}

/// A database that is stopped each night takes no change.
#[test]
fn a_change_of_a_stopped_database_is_told() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    site.run(&["up", "--yes", "--component", "network", "security", "database"]).ok();
    site.run(&["ops", "database", "stop", "--yes"]).ok();
    quick(&served);
    let run =
        site.run_changed(&[("\"multi_az\": false", "\"multi_az\": true")], &["doctor", "--json"]).exit(1);
    is(&run, "plan.up", "fails", &["OPS-STATE", "is stopped", "ops database start"]);
}

/// M1: the sending rate is an account's quota; no program sets it.
#[test]
fn what_ses_lets_the_account_send_is_said() {
    let served = Served::new();
    served.account(Account::Prepared);
    quick(&served);
    let wire = Wire::new(&served.url);
    let site = Site::at("dev", &wire.url);
    let run = site.run(&["doctor", "--json"]);
    is(&run, "quotas.mail", "warning", &["sandbox", "1 messages a second, 200 a day", "step 12"]);
    let rewrite = Some(("account", "\"MaxSendRate\":1.0", "\"MaxSendRate\":0.5"));
    wire.set(Arc::new(Elsewhere { ahead: 0, rewrite }));
    let run = site.run(&["doctor", "--json"]);
    is(&run, "quotas.mail", "warning", &["0.5 messages a second", "needs 1 a second"]);
}

#[test]
fn what_the_account_has_not_is_told_with_its_codes() {
    let served = Served::new();
    served.account(Account::New);
    quick(&served);
    let run = Site::at("prod", &served.url).run(&["doctor", "--json"]).exit(1);
    let found = checks(&run, "quotas.account");
    let codes: Vec<&str> = found.iter().filter_map(|check| check["code"].as_str()).collect();
    assert_eq!(codes, ["PREFLIGHT-PLAN", "PREFLIGHT-CONCURRENCY"]);
}

/// T14: a monthly snapshot that was not taken is seen, however its schedule failed.
#[test]
fn a_database_without_a_new_snapshot_is_told() {
    // It was made long ago, on a clock that stands at the first of January 2026.
    let clock = LocalClock::manual().with_factor(0.0);
    let served = Served::at(clock.clone());
    let site = Site::at("staging", &served.url);
    site.run(&["up", "--yes", "--component", "network", "security", "database"]).ok();
    quick(&served);
    let said = || site.run(&["doctor", "--json"]);
    is(&said(), "database.snapshot", "warning", &["finsight-db-staging", "no monthly snapshot of it stands"]);

    let rds = aws_sdk_rds::Client::new(&served.sdk(REGION));
    let take = |id: &str| {
        let call = rds.create_db_snapshot().db_instance_identifier("finsight-db-staging");
        served.block(call.db_snapshot_identifier(id).send()).expect("a snapshot");
    };
    take("finsight-db-staging-monthly-1");
    is(
        &said(),
        "database.snapshot",
        "warning",
        &["days old: finsight-db-staging-monthly-1", "ops database snapshot"],
    );

    // One that somebody took says nothing of the schedule.
    let since = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    clock.advance(since.elapsed().expect("it is later than 2026 began"));
    take("finsight-db-staging-manual-1");
    is(&said(), "database.snapshot", "warning", &["days old: finsight-db-staging-monthly-1"]);
    take("finsight-db-staging-monthly-2");
    is(&said(), "database.snapshot", "ok", &["0 days old: finsight-db-staging-monthly-2"]);
}
