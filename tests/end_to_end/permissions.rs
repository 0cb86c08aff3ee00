//! `permissions`: what it prints suffices, and nothing of it is too much.
//!
//! A sample takes some statements of each policy away, others for each `SEED`; `FINSIGHT_CASES=all` takes each.
//!
//! ```console
//! $ FINSIGHT_CASES=all cargo test -p finsight-deploy --test end_to_end -- --nocapture permissions
//! ```

use serde_json::{Value, json};

use crate::support::point::seed;
use crate::support::subject::removable;
use crate::support::{Run, Served, Site};

/// Statements that are taken away of each policy, unless all are.
const SAMPLE: usize = 4;

/// The statements that are printed for a purpose.
fn printed(stack: &str, purpose: &str) -> Vec<Value> {
    let site = Site::bare(stack);
    let json = site.run(&["permissions", "--for", purpose, "--format", "json"]).ok().json();
    let policies = json["policies"].as_array().expect("policies").clone();
    for policy in &policies {
        assert!(policy.to_string().len() <= 6144, "a policy is longer than AWS takes");
    }
    policies.iter().flat_map(|policy| policy["Statement"].as_array().expect("statements").clone()).collect()
}

fn policy(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// Commands, one after the other.
type Steps = &'static [&'static [&'static str]];

/// What a purpose does, in one cloud each: the commands before, with all rights, and those with the printed ones.
fn steps(purpose: &str) -> &'static [(Steps, Steps)] {
    match purpose {
        "up" => &[(&[], &[&["up", "--yes"], &["up", "--yes"], &["destroy", "--yes"]])],
        // Where nothing stands it asks for other things than where all does.
        "preview" => &[(&[], &[&["preview"]]), (&[&["up", "--yes"]], &[&["preview"]])],
        "drift" => &[(&[&["up", "--yes"]], &[&["drift", "--unmanaged"]])],
        "destroy" => &[(&[&["up", "--yes"]], &[&["destroy", "--yes"]])],
        other => panic!("no steps for {other}"),
    }
}

/// Runs what a purpose does under these statements; the run that did not succeed, if one did not.
fn lived(stack: &str, purpose: &str, statements: &[Value]) -> Option<Run> {
    steps(purpose).iter().find_map(|(before, with)| {
        let served = Served::new();
        let site = removable(stack, &served.url);
        for args in *before {
            site.run(args).ok();
        }
        served.caller(&[policy(statements)]);
        with.iter().map(|args| site.run(args)).find(|run| run.code != Some(0))
    })
}

/// Whether a refusal names an action of a statement.
fn names_one_of(run: &Run, statement: &Value) -> bool {
    let actions = statement["Action"].as_array().expect("actions");
    let said = format!("{}{}", run.stdout, run.stderr);
    actions.iter().filter_map(Value::as_str).any(|action| said.contains(action))
}

fn each_statement_is_needed(stack: &str, purpose: &str, statements: &[Value]) {
    let all = std::env::var("FINSIGHT_CASES").is_ok_and(|cases| cases == "all");
    let first = usize::try_from(seed()).unwrap_or_default();
    let count = if all { statements.len() } else { SAMPLE };
    let mut spare = Vec::new();
    for number in (0..count).map(|nth| (first + nth * statements.len() / count) % statements.len()) {
        let mut fewer = statements.to_vec();
        let taken = fewer.remove(number);
        match lived(stack, purpose, &fewer) {
            None => spare.push(taken.to_string()),
            Some(run) => assert!(
                names_one_of(&run, &taken),
                "{purpose} without {taken} does not name what is missing:\n{}\n{}",
                run.stdout,
                run.stderr
            ),
        }
    }
    println!(
        "permissions: {stack}, {purpose}: {count} of {} statements taken away, {} not missed",
        statements.len(),
        spare.len()
    );
    assert!(spare.is_empty(), "{purpose}: not missed: {}", spare.join("\n"));
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
fn what_is_printed_for_up_suffices() {
    let statements = printed("prod", "up");
    let failed = lived("prod", "up", &statements);
    assert!(failed.is_none(), "{:?}", failed.map(|run| (run.stdout, run.stderr)));
}

#[test]
fn what_is_printed_for_destroy_suffices_and_is_needed() {
    suffices_and_is_needed("prod", "destroy");
}

fn suffices_and_is_needed(stack: &str, purpose: &str) {
    let statements = printed(stack, purpose);
    let failed = lived(stack, purpose, &statements);
    assert!(failed.is_none(), "{purpose}: {:?}", failed.map(|run| (run.stdout, run.stderr)));
    each_statement_is_needed(stack, purpose, &statements);
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
