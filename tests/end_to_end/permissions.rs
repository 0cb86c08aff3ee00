//! `permissions`: what it prints suffices, and nothing of it is too much.
//!
//! A sample takes some statements of each policy away, others for each `SEED`; `FINSIGHT_CASES=all` takes each.
//!
//! ```console
//! $ FINSIGHT_CASES=all cargo test -p finsight-deploy --test end_to_end -- --nocapture permissions
//! ```

use std::collections::BTreeSet;
use std::time::Duration;

use finsight_local::Right;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::auditors::fits;
use crate::support::builds::let_amplify_in;
use crate::support::others::settle;
use crate::support::point::seed;
use crate::support::site::REGION;
use crate::support::subject::{copy, removable};
use crate::support::{Served, Site};

/// Statements that are taken away of each policy, unless all are.
const SAMPLE: usize = 4;

/// The statements that are printed for a purpose.
fn printed(stack: &str, purpose: &str) -> Vec<Value> {
    let site = Site::bare(stack);
    let json = site.run(&["permissions", "--for", purpose, "--format", "json"]).ok().json();
    let policies = json["policies"].as_array().expect("policies").clone();
    // What can be attached to a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    assert!(policies.len() <= 10, "{} policies", policies.len());
    for policy in &policies {
        assert!(policy.to_string().len() <= 6144, "a policy is longer than AWS takes");
    }
    policies.iter().flat_map(|policy| policy["Statement"].as_array().expect("statements").clone()).collect()
}

fn policy(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// The key of the last snapshot that a `destroy` leaves.
const KEY: &str = "prod/security/aws:kms:Key/database";

/// Commands, one after the other.
type Steps = &'static [&'static [&'static str]];

/// What a purpose does, in one cloud each: whether the stack stands before, and the commands.
fn steps(purpose: &str) -> &'static [(bool, Steps)] {
    match purpose {
        "up" => &[(
            false,
            &[&["up", "--yes"], &["up", "--yes"], &["destroy", "--yes", "--confirm-unreadable", KEY]],
        )],
        // Where nothing stands it asks for other things than where all does.
        "preview" => &[(false, &[&["preview"]]), (true, &[&["preview"]])],
        "drift" => &[(true, &[&["drift", "--unmanaged"]])],
        "destroy" => &[(true, &[&["destroy", "--yes", "--confirm-unreadable", KEY]])],
        "ops" => &[(
            true,
            &[
                &["ops", "secret", "rotate", "cdn-origin", "--yes"],
                &["ops", "secret", "rotate", "finsight-db", "--yes"],
                &["ops", "secret", "rotate", "frontend", "--yes"],
                &["rollback", "finsight-users", "--to", "1", "--yes"],
                &["ops", "database", "snapshot"],
                &["ops", "database", "snapshot", "--name", "before-the-change"],
                &["ops", "database", "stop", "--yes"],
                &["ops", "database", "start", "--yes"],
                &["ops", "database", "failover", "--yes"],
                &["ops", "database", "restore", "--rehearse", "--queries", "questions.sql", "--yes"],
                &[
                    "ops",
                    "database",
                    "restore",
                    "--rehearse",
                    "--snapshot",
                    "before-the-change",
                    "--queries",
                    "questions.sql",
                    "--yes",
                ],
                &["ops", "database", "restore", "--latest", "--yes"],
                &["ops", "database", "restore", "--snapshot", "before-the-change", "--yes"],
                &["ops", "frontend", "rollback", "--yes"],
                &["ops", "frontend", "rollback", "--yes", "--branch", "develop"],
                &["ops", "frontend", "build", "--yes"],
                &["ops", "frontend", "build", "--yes", "--branch", "develop"],
            ],
        )],
        other => panic!("no steps for {other}"),
    }
}

/// What a purpose does with a stack, again and again.
struct Lives {
    stack: &'static str,
    purpose: &'static str,
    /// Cloud and state, where the stack stands before.
    standing: Option<TempDir>,
}

impl Lives {
    fn new(stack: &'static str, purpose: &'static str) -> Self {
        let mut lives = Self { stack, purpose, standing: None };
        if steps(purpose).iter().any(|(stands, _)| *stands) {
            let standing = tempfile::tempdir().expect("a temporary directory");
            let served = Served::open(&standing.path().join("cloud"));
            settle(&served);
            let site = lives.site(&served);
            site.run(&["up", "--yes"]).ok();
            let_amplify_in(&served);
            match purpose {
                "ops" => site.run(&["up", "--yes", "--no-build"]).ok(),
                _ => site.run(&["up", "--yes"]).ok(),
            };
            if purpose == "ops" {
                build(&served);
            }
            copy(&site.path(".finsight"), &standing.path().join("state"));
            lives.standing = Some(standing);
        }
        lives
    }

    fn site(&self, served: &Served) -> Site {
        let site = removable(self.stack, &served.url);
        if self.stack == "prod" {
            site.edit_config("\"final_snapshot\": false", "\"final_snapshot\": true");
        }
        if self.purpose == "ops" {
            site.edit_config("\"multi_az\": false", "\"multi_az\": true");
            let questions = "-- expect: 1\nselect 1\n";
            std::fs::write(site.path("questions.sql"), questions).expect("questions");
        }
        site
    }

    /// One life under these statements.
    fn live(&self, statements: &[Value]) -> Lived {
        let mut lived = Lived::default();
        for (stands, commands) in steps(self.purpose) {
            let kept = tempfile::tempdir().expect("a temporary directory");
            let standing = self.standing.as_ref().filter(|_| *stands);
            if let Some(standing) = standing {
                copy(&standing.path().join("cloud"), kept.path());
            }
            let served = if standing.is_some() { Served::open(kept.path()) } else { Served::new() };
            if standing.is_none() {
                settle(&served);
            }
            let site = self.site(&served);
            if let Some(standing) = standing {
                copy(&standing.path().join("state"), &site.path(".finsight"));
            }
            served.caller(&[policy(statements)]);
            for args in *commands {
                let run = site.run(args);
                lived.failed = run.code != Some(0);
                lived.said += &format!("{}\n{}\n", run.stdout, run.stderr);
                if lived.failed {
                    break;
                }
                // The next one builds the site.
                if args[0] == "up" {
                    lived.needed.extend(served.rights());
                    served.any_caller();
                    let_amplify_in(&served);
                    served.forget_rights();
                    served.caller(&[policy(statements)]);
                }
            }
            lived.needed.extend(served.rights());
            if lived.failed {
                break;
            }
        }
        lived
    }
}

/// What a life came to.
#[derive(Default)]
struct Lived {
    /// Something did not succeed.
    failed: bool,
    /// What was said, notes too.
    said: String,
    /// The rights that were needed.
    needed: BTreeSet<Right>,
}

/// Two good builds of each branch: one to go back from, and one to go back to.
fn build(served: &Served) {
    let amplify = aws_sdk_amplify::Client::new(&served.sdk(REGION));
    let apps = served.block(amplify.list_apps().send()).expect("apps");
    // Others have one too.
    let ours = |app: &&aws_sdk_amplify::types::App| app.name() != "others";
    let app = apps.apps().iter().find(ours).expect("an app").app_id();
    for branch in ["main", "develop"] {
        for commit in ["1111111", "2222222"] {
            let build = amplify.start_job().app_id(app).branch_name(branch).commit_id(commit);
            let build = build.job_type(aws_sdk_amplify::types::JobType::Release);
            served.block(build.send()).expect("a build");
            loop {
                let jobs = served.block(amplify.list_jobs().app_id(app).branch_name(branch).send());
                let jobs = jobs.expect("builds");
                if jobs.job_summaries().iter().all(|job| job.end_time().is_some()) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// Whether a statement is about a right.
fn is_about(statement: &Value, right: &Right) -> bool {
    let any = |member: &str, text: &str| {
        let all = statement[member].as_array().expect("a list");
        all.iter().filter_map(Value::as_str).any(|pattern| fits(pattern, text))
    };
    let passed_to = statement["Condition"]["StringEquals"]["iam:PassedToService"].as_str();
    any("Action", &right.action)
        && any("Resource", &right.resource)
        && passed_to.is_none_or(|service| right.passed_to.as_deref() == Some(service))
}

/// Whether a refusal names an action of a statement.
fn names_one_of(said: &str, statement: &Value) -> bool {
    let actions = statement["Action"].as_array().expect("actions");
    actions.iter().filter_map(Value::as_str).any(|action| said.contains(action))
}

/// Each statement that a life asks for is missed, and named, when it is taken away.
fn each_statement_is_needed(lives: &Lives, statements: &[Value], needed: &BTreeSet<Right>) {
    let purpose = lives.purpose;
    let is_asked_for = |number: &usize| needed.iter().any(|right| is_about(&statements[*number], right));
    let (asked_for, others): (Vec<usize>, Vec<usize>) = (0..statements.len()).partition(is_asked_for);
    // What `up` may have to change one day is not changed in this life.
    assert!(others.is_empty() || purpose == "up", "{purpose}: for nothing: {others:?} of {statements:#?}");
    let all = std::env::var("FINSIGHT_CASES").is_ok_and(|cases| cases == "all");
    let first = usize::try_from(seed()).unwrap_or_default();
    let count = if all { asked_for.len() } else { SAMPLE.min(asked_for.len()) };
    let (mut spare, mut unnamed, mut noted) = (Vec::new(), Vec::new(), 0);
    for nth in 0..count {
        let number = asked_for[(first + nth * asked_for.len() / count) % asked_for.len()];
        let mut fewer = statements.to_vec();
        let taken = fewer.remove(number);
        let lived = lives.live(&fewer);
        match names_one_of(&lived.said, &taken) {
            true if lived.failed => {}
            // What would be good to know and is not is no failure.
            true => noted += 1,
            false if lived.failed => unnamed.push(format!("{taken}:\n{}", lived.said)),
            false => spare.push(taken.to_string()),
        }
    }
    println!(
        "permissions: {}, {purpose}: {} statements, {} for changes only; {count} taken away, {noted} missed in a note, {} not missed",
        lives.stack,
        statements.len(),
        others.len(),
        spare.len()
    );
    assert!(unnamed.is_empty(), "{purpose}: fails and does not say why without {}", unnamed.join("\n"));
    assert!(spare.is_empty(), "{purpose}: not missed: {}", spare.join("\n"));
}

fn suffices_and_is_needed(stack: &'static str, purpose: &'static str) {
    let statements = printed(stack, purpose);
    let lives = Lives::new(stack, purpose);
    let lived = lives.live(&statements);
    assert!(!lived.failed, "{purpose}: {}", lived.said);
    assert!(!lived.said.contains("is not known"), "{purpose}: {}", lived.said);
    each_statement_is_needed(&lives, &statements, &lived.needed);
}

#[test]
fn what_is_printed_for_a_preview_suffices_and_is_needed() {
    suffices_and_is_needed("prod", "preview");
}

#[test]
fn what_is_printed_for_drift_suffices_and_is_needed() {
    suffices_and_is_needed("prod", "drift");
}

#[test]
fn what_is_printed_for_up_suffices_and_is_needed() {
    suffices_and_is_needed("prod", "up");
}

#[test]
fn what_is_printed_for_destroy_suffices_and_is_needed() {
    suffices_and_is_needed("prod", "destroy");
}

#[test]
fn what_is_printed_for_ops_suffices_and_is_needed() {
    suffices_and_is_needed("prod", "ops");
}

/// Roles are passed only to the service that takes them, and no one may make rights for itself.
#[test]
fn roles_are_passed_to_their_services_only() {
    let statements = printed("prod", "up");
    let allows = |statement: &&Value, action: &str| {
        statement["Action"].as_array().is_some_and(|actions| actions.iter().any(|it| it == action))
    };
    let passes: Vec<&Value> = statements.iter().filter(|it| allows(it, "iam:PassRole")).collect();
    assert!(passes.len() > 3);
    for statement in passes {
        assert!(statement["Condition"]["StringEquals"]["iam:PassedToService"].is_string(), "{statement}");
        assert!(
            statement["Resource"].as_array().is_some_and(|all| all.iter().all(|it| it != "*")),
            "{statement}"
        );
    }
    for action in ["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreateRole", "lambda:CreateFunction"] {
        for statement in statements.iter().filter(|it| allows(it, action)) {
            let resources = statement["Resource"].as_array().expect("resources");
            assert!(resources.iter().all(|it| it != "*"), "{statement}");
        }
    }
}

/// A file that is no policy is said so; with one, callers are held to it.
#[test]
fn a_caller_is_held_to_its_policy() {
    let site = Site::bare("dev");
    let run = site.run(&["local", "serve", "--port", "0", "--as", "missing.json"]).exit(1);
    run.says(&["LOCAL-POLICY", "missing.json"]);
    let served = Served::new();
    served.caller(&[policy(&[json!({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})])]);
    let run = Site::at("dev", &served.url).run(&["up", "--yes"]);
    assert_ne!(run.code, Some(0));
    run.says(&["is not authorized to perform"]);
}
