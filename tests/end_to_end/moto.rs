//! A second opinion: the same against an emulator that others wrote.
//!
//! What it does unlike AWS is corrected in `corrected_moto.py`; what it lacks is in `moto.json` and left
//! out, with all that depends on it.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::python::MOTO;
use crate::support::wrong::compare;
use crate::support::{Eyes, Run, Seen, Site};

/// moto with its corrections, each with its reason.
const CORRECTED: &str = include_str!("corrected_moto.py");

/// The types that it lacks, each with its reason and a call that shows it.
const LACKS: &str = include_str!("moto.json");

/// A running moto; it ends with this value.
struct Moto {
    child: Child,
    python: PathBuf,
    url: String,
}

impl Moto {
    fn start(test: &str) -> Option<Self> {
        let python = MOTO.python_or_skip(test)?;
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let child = Command::new(&python)
            .args(["-c", CORRECTED, &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let mut moto = Self { child, python, url: format!("http://127.0.0.1:{port}") };
        for _ in 0..600 {
            assert!(moto.child.try_wait().expect("its status").is_none(), "moto ended");
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(moto);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("moto does not listen");
    }

    /// Asks the script itself.
    fn ask(&self, args: &[&str]) -> Value {
        let mut asked = Command::new(&self.python)
            .args(["-c", CORRECTED])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        asked.stdin.take().expect("its input").write_all(LACKS.as_bytes()).expect("it reads");
        let answer = asked.wait_with_output().expect("it ends");
        serde_json::from_slice(&answer.stdout).expect("JSON")
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a stack has in moto.
struct Share {
    stands: Vec<String>,
    left_out: Vec<String>,
}

/// The types that moto lacks, and what stands on them, are left out.
fn share(site: &Site) -> Share {
    let lacks: Value = serde_json::from_str(LACKS).expect("moto.json");
    let lacks = lacks["lacks"].as_array().expect("types").iter();
    let lacks: BTreeSet<&str> = lacks.filter_map(|entry| entry["type"].as_str()).collect();
    let graph = site.run(&["graph", "--format", "json"]).ok().json();
    let nodes = graph["resources"].as_array().expect("resources");
    let urn = |node: &Value| node["urn"].as_str().expect("a URN").to_owned();
    let lacking = |node: &&Value| node["type"].as_str().is_some_and(|kind| lacks.contains(kind));
    let mut out: BTreeSet<String> = nodes.iter().filter(lacking).map(urn).collect();
    loop {
        let stands_on = |node: &&Value| {
            let edges = node["depends_on"].as_array().expect("edges");
            edges.iter().any(|edge| out.contains(edge["urn"].as_str().expect("a URN")))
        };
        let more: Vec<String> =
            nodes.iter().filter(stands_on).map(urn).filter(|urn| !out.contains(urn)).collect();
        if more.is_empty() {
            break;
        }
        out.extend(more);
    }
    let stands = nodes.iter().map(urn).filter(|urn| !out.contains(urn)).collect();
    Share { stands, left_out: out.into_iter().collect() }
}

fn types(urns: &[String]) -> BTreeSet<&str> {
    urns.iter().filter_map(|urn| urn.split('/').nth(2)).collect()
}

fn a_whole_life(stack: &str) {
    let Some(moto) = Moto::start(&format!("{stack} in moto")) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let eyes = runtime.block_on(Eyes::open(&moto.url, finsight_aws::https_client()));
    let all = || -> BTreeSet<Seen> { runtime.block_on(eyes.all()).into_iter().collect() };
    // moto has a default network from the beginning, as an AWS account does.
    let others = all();
    let ours = || -> Vec<Seen> { all().difference(&others).cloned().collect() };
    let site = Site::at(stack, &moto.url);
    let Share { stands, left_out } = share(&site);
    let mut exclude = vec!["--exclude"];
    exclude.extend(left_out.iter().map(String::as_str));
    let run = |args: &[&str]| -> Run { site.run(&[args, &exclude].concat()) };

    let up = run(&["up", "--yes", "--json"]).ok();
    let calls = up.events().last().expect("an event")["api_calls"].clone();
    let wrong = compare(&site, &ours(), &stands);
    assert!(wrong.none(), "{wrong:?}");
    run(&["up", "--yes"]).ok().says(&[
        "Nothing to change",
        &format!("{} resources are as declared", stands.len()),
        &format!("{} are not selected", left_out.len()),
    ]);
    // That run recorded one output: a secret's text, readable only since its version was made beside it.
    let before = site.hash(".finsight");
    run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    run(&["preview", "--expect-no-changes"]).ok();
    let drift = site.run(&["drift", "--json"]).ok().json();
    assert_eq!(drift["drifted"], json!([]));
    assert_eq!(drift["checked"], stands.len());
    assert_eq!(site.hash(".finsight"), before);

    let changed = runtime.block_on(change(&eyes, &site));
    let drift = site.run(&["drift", "--json"]).exit(2).json();
    let drifted = drift["drifted"].as_array().expect("a list").iter();
    let drifted: BTreeSet<String> =
        drifted.map(|one| format!("{} {}", one["urn"], one["kind"]).replace('"', "")).collect();
    assert_eq!(drifted, changed.iter().map(|one| format!("{stack}/{one}")).collect());
    let group = site.id("api/aws:logs:LogGroup/functions");
    run(&["up", "--yes", "--confirm-delete", &group]).ok();
    site.run(&["drift"]).ok();
    assert!(compare(&site, &ours(), &stands).none());

    if stack == "prod" {
        site.run(&["destroy", "--yes"]).exit(3);
        unprotect(&site);
        run(&["up", "--yes"]).ok();
    }
    site.run(&["destroy", "--yes"]).ok();
    assert_eq!(site.rows(), Vec::<Value>::new());
    assert_eq!(ours(), []);
    assert_eq!(all(), others, "what was there before is as it was");
    let (kinds, kept) = (types(&left_out), types(&stands));
    println!(
        "moto, {stack}: {} of {} resources of {} types, {calls} API calls; {} types left out: {}",
        stands.len(),
        stands.len() + left_out.len(),
        kept.len(),
        kinds.difference(&kept).count(),
        kinds.difference(&kept).copied().collect::<Vec<_>>().join(" ")
    );
}

/// Others change three resources and delete one: what drift must say of it.
async fn change(eyes: &Eyes, site: &Site) -> Vec<&'static str> {
    let subnet = site.id("Subnet/public-a");
    let tag = aws_sdk_ec2::types::Tag::builder().key("Name").build();
    eyes.ec2.delete_tags().resources(&subnet).tags(tag).send().await.expect("a tag is removed");
    let group = site.id("api/aws:logs:LogGroup/functions");
    eyes.logs.delete_retention_policy().log_group_name(&group).send().await.expect("kept for ever");
    let filters = eyes.logs.describe_metric_filters().log_group_name(&group).send().await.expect("filters");
    for filter in filters.metric_filters() {
        let name = filter.filter_name().expect("a name");
        let call = eyes.logs.delete_metric_filter().log_group_name(&group).filter_name(name);
        call.send().await.expect("a filter is deleted");
    }
    let key = site.id("security/aws:kms:Key/database");
    eyes.kms.disable_key_rotation().key_id(key).send().await.expect("not rotated any more");
    vec![
        "network/aws:ec2:Subnet/public-a changed",
        "api/aws:logs:LogGroup/functions changed",
        "security/aws:kms:Key/database changed",
        "monitoring/aws:logs:MetricFilter/authorizer-unavailable deleted",
    ]
}

/// Protection goes off in the config, against the policy of prod, and so with a waiver.
fn unprotect(site: &Site) {
    site.edit_config("\"protection\": true", "\"protection\": false");
    site.edit_config("\"final_snapshot\": true", "\"final_snapshot\": false");
    site.waive("recovery-backups", "prod/database/*", "2099-12-31");
}

#[test]
fn dev_from_nothing_to_nothing() {
    a_whole_life("dev");
}

#[test]
fn staging_from_nothing_to_nothing() {
    a_whole_life("staging");
}

#[test]
fn prod_from_nothing_to_nothing() {
    a_whole_life("prod");
}

/// A type that works by now must not be left out any more.
#[test]
fn what_is_left_out_is_lacking() {
    let Some(moto) = Moto::start("what moto lacks") else { return };
    assert_eq!(moto.ask(&["--working", &moto.url]), json!({}));
    for correction in moto.ask(&["--corrections"]).as_array().expect("reasons") {
        println!("corrected in moto: {}", correction.as_str().expect("a reason"));
    }
    let lacks: Value = serde_json::from_str(LACKS).expect("moto.json");
    for entry in lacks["lacks"].as_array().expect("types") {
        let reason = entry["reason"].as_str().expect("a reason");
        assert!(!reason.is_empty());
        println!("lacking in moto: {} {reason}", entry["type"]);
    }
}
