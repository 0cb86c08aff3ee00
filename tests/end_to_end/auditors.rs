//! Three auditors that others wrote, on prod as it stands in the embedded AWS, and on the printed rights.
//!
//! What they find is explained in `auditors/reasons.json`, and so is which of Prowler's checks do not run here. What
//! is not in the list fails the test, and what is in the list and is not so any more.
//!
//! ```console
//! $ cargo test -p finsight-deploy --test end_to_end -- --nocapture auditors
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::python::Venv;
use crate::support::{Served, Site};

/// The list.
const REASONS: &str = include_str!("auditors/reasons.json");

/// What runs parliament and cloudsplaining.
const POLICIES: &str = include_str!("auditors/policies.py");

/// What runs Prowler.
const PROWLER: &str = include_str!("auditors/prowler_checks.py");

/// What `permissions` prints.
const PURPOSES: &[&str] = &["preview", "up", "drift", "destroy", "ops"];

/// They say what is new in AWS, and so find other things in other releases. parliament reads its data through setuptools.
const LINTERS: Venv = Venv {
    name: "linters",
    wanted: &[&[
        "parliament==1.6.4",
        "cloudsplaining==0.9.1",
        "policy_sentry==0.15.2",
        "boto3==1.44.8",
        "setuptools<81",
    ]],
    alone: &[],
    imports: "boto3, cloudsplaining, parliament",
};

/// Prowler asks for the SDKs of twenty other clouds: only what AWS needs is installed.
const PROWLERS: Venv = Venv {
    name: "prowler",
    wanted: &[&[
        "alive-progress==3.3.0",
        "boto3==1.40.61",
        "colorama==0.4.6",
        "cryptography",
        "jsonschema==4.23.0",
        "kingfisher-bin==1.104.0",
        "markdown",
        "packaging",
        "py-iam-expand==0.3.0",
        "py-ocsf-models==0.10.0",
        "pydantic==2.12.5",
        "python-dateutil",
        "pytz",
        "pyyaml",
        "requests",
        "schema==0.7.5",
        "shodan==1.31.0",
        "tabulate==0.9.0",
        "tzlocal==5.3.1",
    ]],
    alone: &["prowler==5.46.0"],
    imports: "kingfisher, prowler.providers.aws.aws_provider",
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasons {
    /// What is as it should be.
    explained: Vec<Reason>,
    /// Of Prowler's checks, those that lack something in the embedded AWS.
    not_run: Vec<NotRun>,
}

/// Why findings are there; `*` stands for anything in their names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    tool: String,
    check: String,
    resource: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NotRun {
    check: String,
    reason: String,
}

/// What an auditor found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Finding {
    tool: String,
    check: String,
    resource: String,
    says: String,
}

/// What `policies.py` answers.
#[derive(Debug, Deserialize)]
struct OfPolicies {
    /// How many there are of each kind.
    policies: BTreeMap<String, usize>,
    findings: BTreeSet<Finding>,
}

/// What `prowler_checks.py` answers.
#[derive(Debug, Deserialize)]
struct OfProwler {
    /// What each check says, and of what.
    checks: BTreeMap<String, Vec<Said>>,
    not_run: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Said {
    status: String,
    #[serde(flatten)]
    finding: Finding,
}

fn reasons() -> Reasons {
    serde_json::from_str(REASONS).expect("reasons.json")
}

/// Whether a text is what a pattern says, in which `*` stands for anything.
pub fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text
            .strip_prefix(start)
            .is_some_and(|text| (0..=text.len()).any(|at| text.get(at..).is_some_and(|end| fits(rest, end)))),
    }
}

impl Reason {
    fn is_of(&self, finding: &Finding) -> bool {
        self.tool == finding.tool
            && fits(&self.check, &finding.check)
            && fits(&self.resource, &finding.resource)
    }
}

/// Runs a script in an environment that has nothing of the machine's own AWS settings.
fn ask<T: DeserializeOwned>(python: &Path, script: &str, url: &str, input: &Value) -> T {
    let home = tempfile::tempdir().expect("a temporary directory");
    let mut asked = Command::new(python)
        .args(["-c", script, url])
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    // Prowler asks for nothing, and may be gone.
    let _ = asked.stdin.take().expect("its input").write_all(input.to_string().as_bytes());
    let answer = asked.wait_with_output().expect("it ends");
    match serde_json::from_slice(&answer.stdout) {
        Ok(answer) => answer,
        Err(error) => panic!("{error}\n{}", String::from_utf8_lossy(&answer.stderr)),
    }
}

/// Prod, in an account of its own.
fn prod() -> (Served, Site) {
    let served = Served::new();
    let site = Site::at("prod", &served.url);
    site.run(&["up", "--yes"]).ok();
    (served, site)
}

/// Each finding has its reason, and each reason of these tools a finding.
fn judge(tools: &[&str], findings: &BTreeSet<Finding>) {
    let all = reasons().explained;
    let (mut unknown, mut used) = (Vec::new(), BTreeSet::new());
    for finding in findings {
        match all.iter().position(|reason| reason.is_of(finding)) {
            Some(at) => _ = used.insert(at),
            None => unknown.push(finding),
        }
    }
    for tool in tools {
        let of =
            |findings: &mut dyn Iterator<Item = &Finding>| findings.filter(|it| it.tool == *tool).count();
        let (count, left) = (of(&mut findings.iter()), of(&mut unknown.iter().copied()));
        println!("{tool}: {count} findings, {} explained", count - left);
    }
    let without: Vec<&Reason> = (0..all.len())
        .filter(|at| !used.contains(at) && tools.contains(&all[*at].tool.as_str()))
        .map(|at| &all[at])
        .collect();
    assert!(unknown.is_empty(), "without a reason: {unknown:#?}");
    assert!(without.is_empty(), "a reason for nothing: {without:#?}");
}

/// parliament and cloudsplaining, on all policies that stand and all that are printed.
#[test]
fn linters_find_nothing_in_the_policies_that_has_no_reason() {
    let Some(python) = LINTERS.python_or_skip("parliament and cloudsplaining on prod") else { return };
    let (served, site) = prod();
    let print = |purpose: &&str| {
        let printed = site.run(&["permissions", "--for", purpose, "--format", "json"]).ok().json();
        ((*purpose).to_owned(), printed["policies"].clone())
    };
    let printed: serde_json::Map<String, Value> = PURPOSES.iter().map(print).collect();
    let answer: OfPolicies = ask(&python, POLICIES, &served.url, &printed.into());
    for (kind, count) in &answer.policies {
        println!("policies {kind}: {count}");
        assert_ne!(*count, 0, "no policies {kind}");
    }
    judge(&["parliament", "cloudsplaining"], &answer.findings);
}

/// Prowler's checks of the services that the stack uses, in both regions.
#[test]
fn prowler_finds_nothing_that_has_no_reason() {
    let Some(python) = PROWLERS.python_or_skip("Prowler on prod") else { return };
    let (served, _site) = prod();
    let answer: OfProwler = ask(&python, PROWLER, &served.url, &json!({}));
    let reasons = reasons().not_run;
    for (check, why) in &answer.not_run {
        println!("prowler: not run: {check}: {why}");
        assert!(reasons.iter().any(|reason| fits(&reason.check, check)), "{check} has not run: {why}");
    }
    for NotRun { check, reason } in &reasons {
        assert!(!reason.is_empty());
        assert!(answer.not_run.keys().any(|it| fits(check, it)), "{check} runs by now");
    }
    let ran: Vec<&Vec<Said>> = answer
        .checks
        .iter()
        .filter(|(check, _)| !answer.not_run.contains_key(*check))
        .map(|(_, said)| said)
        .collect();
    let saw = ran.iter().filter(|said| !said.is_empty()).count();
    let all = ran.iter().flat_map(|said| said.iter());
    let (passed, others): (Vec<&Said>, Vec<&Said>) = all.partition(|said| said.status == "PASS");
    println!(
        "prowler: {} checks ran, {saw} of them saw something, {} have not run; {} times all was well",
        ran.len(),
        answer.not_run.len(),
        passed.len()
    );
    judge(&["prowler"], &others.into_iter().map(|said| said.finding.clone()).collect());
}

#[test]
fn a_reason_says_something() {
    for reason in reasons().explained {
        assert!(reason.reason.len() > 20, "{reason:?}");
    }
    assert!(fits("a*c*", "abcd") && fits("*", "") && !fits("a*c", "abcd") && !fits("a", "ab"));
}
