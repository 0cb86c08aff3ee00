//! O4: what GitHub Actions does, by the scripts that its workflows run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_norway::Value;

use crate::support::{Served, Site};

fn github() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.github")).canonicalize().expect("the workflows")
}

/// A runner with a lasting disk for the state, and AWS.
struct Runner {
    served: Served,
    site: Site,
}

impl Runner {
    fn new(stack: &str) -> Self {
        let served = Served::new();
        let site = Site::at(stack, &served.url);
        std::fs::create_dir(site.path("programs")).expect("a directory");
        // A checkout has its configs there.
        std::os::unix::fs::symlink("../config", site.path("programs/config")).expect("a link");
        Self { served, site }
    }

    /// One step of a job.
    fn step(&self, script: &str, file: &str) -> Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_finsight-deploy")).parent().expect("a directory");
        Command::new(github().join("deploy").join(script))
            .args(Some(file).filter(|file| !file.is_empty()))
            .current_dir(self.site.path(""))
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", binary.display()))
            .env("HOME", self.site.path(""))
            .env("GITHUB_STEP_SUMMARY", self.site.path("summary.md"))
            .env("FINSIGHT_STACK", &self.site.stack)
            .env("FINSIGHT_STATE", format!("file://{}", self.site.path(".finsight").display()))
            .env("AWS_ENDPOINT_URL", &self.served.url)
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "ap-northeast-1")
            .output()
            .expect("the script runs")
    }

    #[track_caller]
    fn ends(&self, script: &str, file: &str, code: i32) {
        let output = self.step(script, file);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.code() == Some(code),
            "{script} ended with {}, not {code}\n{}\n{}",
            output.status,
            text(&output.stdout),
            text(&output.stderr)
        );
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.site.path(name)).unwrap_or_default()
    }
}

#[test]
fn o4_a_push_deploys_a_pull_request_is_commented_and_drift_is_found() {
    let runner = Runner::new("staging");
    let logs = aws_sdk_cloudwatchlogs::Client::new(&runner.served.sdk("ap-northeast-1"));
    let retention = |name: &'static str| {
        let call = logs.describe_log_groups().log_group_name_prefix(name);
        let answer = runner.served.block(call.send()).expect("log groups");
        answer.log_groups().first().and_then(|group| group.retention_in_days())
    };
    let postgres = "/aws/rds/instance/finsight-db-staging/postgresql";

    // A push: planned, shown, then done as it was shown.
    runner.ends("plan", "plan.json", 0);
    assert!(runner.file("summary.md").contains("### Plan for `staging`"));
    assert!(runner.file("summary.md").contains("to create"));
    assert_eq!(retention(postgres), None, "a plan changes nothing");
    runner.ends("apply", "plan.json", 0);
    assert_eq!(retention(postgres), Some(30));
    // The same plan again: the state has moved on.
    runner.ends("apply", "plan.json", 3);

    // A pull request: what it would change, as a comment that GitHub takes.
    let before = runner.site.hash(".finsight");
    runner.site.edit_config("\"log_retention_days\": 30", "\"log_retention_days\": 60");
    runner.ends("comment", "comment.md", 0);
    let comment = runner.file("comment.md");
    assert!(comment.starts_with("### Preview of `staging`"), "{comment}");
    assert!(comment.contains("aws:logs:LogGroup") && comment.contains("30 → 60"), "{comment}");
    assert!(comment.len() < 65_536 && !comment.contains('\u{1b}'), "{comment}");
    assert_eq!(runner.site.hash(".finsight"), before, "a comment changes nothing");
    // One that is refused says why, and fails the check.
    runner.site.edit_config("\"name\": \"finsight\"", "\"name\": \"ledger\"");
    runner.ends("comment", "comment.md", 3);
    assert!(runner.file("comment.md").contains("PLAN-HOLDS-DATA"), "{}", runner.file("comment.md"));
    runner.site.edit_config("\"name\": \"ledger\"", "\"name\": \"finsight\"");

    // It is merged.
    runner.ends("plan", "plan.json", 0);
    runner.ends("apply", "plan.json", 0);
    assert_eq!(retention(postgres), Some(60));

    // In the morning: nothing; and then somebody has been at it by hand.
    runner.ends("drift", "", 0);
    let call = logs.put_retention_policy().log_group_name(postgres).retention_in_days(7);
    runner.served.block(call.send()).expect("the retention is changed");
    runner.ends("drift", "", 2);
    let told = runner.file("summary.md");
    assert!(told.contains("staging/database/aws:logs:LogGroup/postgresql"), "{told}");
}

/// All texts below a key of a document.
fn below<'a>(document: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match document {
        Value::Mapping(map) => {
            for (name, value) in map {
                if name.as_str() == Some(key) {
                    found.push(value);
                }
                below(value, key, found);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| below(item, key, found)),
        _ => {}
    }
}

#[test]
fn o4_the_workflows_run_the_scripts_when_they_should() {
    let workflow = |name: &str| -> Value {
        let path = github().join("workflows").join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        serde_norway::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let (deploy, preview, drift) = (workflow("deploy.yml"), workflow("preview.yml"), workflow("drift.yml"));
    let rehearse = workflow("rehearse.yml");
    let branches = serde_norway::from_str::<Value>("[main, develop]").expect("YAML");
    assert_eq!(deploy["on"]["push"]["branches"], branches);
    assert_eq!(preview["on"]["pull_request"]["branches"], branches);
    for scheduled in [&drift, &rehearse] {
        let cron = scheduled["on"]["schedule"][0]["cron"].as_str().expect("a schedule");
        assert_eq!(cron.split(' ').count(), 5, "{cron}");
    }
    let mut run = BTreeSet::new();
    for document in [&deploy, &preview, &drift, &rehearse] {
        // A role by OIDC, or keys from secrets.
        assert_eq!(document["permissions"]["id-token"], "write");
        let mut found = Vec::new();
        below(document, "with", &mut found);
        let signed = found.iter().filter(|with| with["role-to-assume"].is_string());
        for with in signed.clone() {
            assert_eq!(with["aws-access-key-id"], "${{ secrets.AWS_ACCESS_KEY_ID }}");
            assert_eq!(with["aws-secret-access-key"], "${{ secrets.AWS_SECRET_ACCESS_KEY }}");
        }
        assert!(signed.count() > 0);
        let mut found = Vec::new();
        below(document, "run", &mut found);
        run.extend(found.iter().filter_map(|text| text.as_str()?.strip_prefix(".github/deploy/")));
    }
    assert_eq!(preview["permissions"]["pull-requests"], "write");
    assert_eq!(
        preview["jobs"]["preview"]["steps"].as_sequence().and_then(|s| s.last()).map(|step| {
            step["run"]
                .as_str()
                .is_some_and(|run| run.starts_with("gh pr comment") && run.contains("comment.md"))
        }),
        Some(true)
    );
    assert_eq!(
        run,
        BTreeSet::from(["plan plan.json", "apply plan.json", "comment comment.md", "drift", "rehearse"])
    );
    // Each script is used, and there is one for each that is run.
    let scripts = std::fs::read_dir(github().join("deploy")).expect("the scripts").flatten();
    let scripts: BTreeSet<String> =
        scripts.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(scripts, run.iter().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect());
}
