//! `--local`: from nothing to nothing, and what stdout carries on the way.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::python::MOTO;
use crate::support::site::Started;
use crate::support::wrong::{compare, declared};
use crate::support::{Eyes, Run, Seen, Site};

/// Counts what lives in every service, with a client of another make.
const BOTO: &str = r#"
import boto3, json, sys
def client(name, region="ap-northeast-1"):
    return boto3.client(name, region_name=region, endpoint_url=sys.argv[1],
                        aws_access_key_id="local", aws_secret_access_key="local")
ec2, iam = client("ec2"), client("iam")
kms = [client("kms"), client("kms", "us-east-1")]
logs = [client("logs"), client("logs", "us-east-1")]
keys = [k.describe_key(KeyId=e["KeyId"])["KeyMetadata"] for k in kms for e in k.list_keys()["Keys"]]
print(json.dumps({
    "aws:ec2:Vpc": [v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"]],
    "aws:ec2:Subnet": [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]],
    "aws:ec2:RouteTable": [t["RouteTableId"] for t in ec2.describe_route_tables()["RouteTables"]
                           if not any(a["Main"] for a in t["Associations"])],
    "aws:ec2:SecurityGroup": [g["GroupId"] for g in ec2.describe_security_groups()["SecurityGroups"]
                              if g["GroupName"] != "default"],
    "aws:ec2:InternetGateway": [g["InternetGatewayId"] for g in ec2.describe_internet_gateways()["InternetGateways"]],
    "aws:ec2:EIP": [a["AllocationId"] for a in ec2.describe_addresses()["Addresses"]],
    "aws:ec2:NatGateway": [n["NatGatewayId"] for n in ec2.describe_nat_gateways()["NatGateways"]
                           if n["State"] not in ("deleted", "deleting")],
    "aws:ec2:VpcEndpoint": [e["VpcEndpointId"] for e in ec2.describe_vpc_endpoints()["VpcEndpoints"]],
    "aws:ec2:FlowLog": [f["FlowLogId"] for f in ec2.describe_flow_logs()["FlowLogs"]],
    "aws:logs:LogGroup": [g["logGroupName"] for l in logs for g in l.describe_log_groups()["logGroups"]],
    "aws:kms:Key": [k["KeyId"] for k in keys if k["KeyState"] != "PendingDeletion" and k["KeyManager"] == "CUSTOMER"],
    "aws:kms:Alias": [a["AliasName"] for k in kms for a in k.list_aliases()["Aliases"] if not a["AliasName"].startswith("alias/aws/")],
    "aws:iam:Role": [r["RoleName"] for r in iam.list_roles()["Roles"]],
}))
"#;

/// What the embedded AWS of a site holds: by our clients, and by boto3 where it is there.
fn look(site: &Site) -> Vec<Seen> {
    let (serving, url) = serve(site);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let seen = runtime.block_on(async { Eyes::open(&url, finsight_aws::https_client()).await.all().await });
    if let Some(python) = MOTO.python_or_skip("the listing by boto3") {
        let output = Command::new(python).args(["-c", BOTO, &url]).output().expect("Python runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let listed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let theirs: BTreeSet<(String, String)> = listed
            .as_object()
            .expect("an object")
            .iter()
            .flat_map(|(kind, ids)| {
                ids.as_array()
                    .expect("a list")
                    .iter()
                    .map(|id| (kind.clone(), id.as_str().unwrap_or_default().to_owned()))
            })
            .collect();
        let ours: BTreeSet<_> = seen.iter().map(|s| (s.kind.to_owned(), s.id.clone())).collect();
        assert_eq!(theirs, ours, "boto3 and our clients see the same");
        println!("boto3 lists {} resources of stack {}", theirs.len(), site.stack);
    }
    serving.interrupt();
    serving.finish().ok();
    seen
}

/// `local serve` on a free port.
pub fn serve(site: &Site) -> (Started, String) {
    let mut serving = site.start(&["local", "serve", "--port", "0", "--json"]);
    for _ in 0..600 {
        assert!(!serving.ended(), "`local serve` ended: {}", serving.stdout());
        if let Ok(json) = serde_json::from_str::<Value>(&serving.stdout()) {
            let url = json["endpoint"].as_str().expect("an endpoint").to_owned();
            return (serving, url);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("`local serve` does not say where it listens");
}

fn a_whole_life(stack: &str) {
    let site = Site::local(stack);
    let declared = declared(&site);
    let up = site.run(&["up", "--yes", "--json"]).ok();
    let finished = conforms(&up, stack, "up");
    assert_eq!(finished["summary"]["create"], declared.len());
    assert!(finished["outputs"]["vpc_id"].as_str().is_some_and(|id| id.starts_with("vpc-")));
    let outputs = site.run(&["output", "--json"]).ok().json();
    assert_eq!(outputs, finished["outputs"]);
    println!("{stack}: {} resources, {} API calls", declared.len(), finished["api_calls"]);

    let listing = look(&site);
    let wrong = compare(&site, &listing, &declared);
    assert!(wrong.none(), "{wrong:?}: {listing:#?}");

    // What AWS says of certificates and mail domains has changed by itself since: that goes on record once.
    std::thread::sleep(Duration::from_millis(500));
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    let before = site.hash(".finsight");
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    assert_eq!(site.hash(".finsight"), before, "an `up` without changes writes nothing");
    let drift = site.run(&["drift", "--json"]).ok().json();
    assert_eq!(drift["version"], 1);
    assert_eq!(drift["stack"], *stack);
    assert_eq!(drift["checked"], declared.len());
    assert!(drift["api_calls"].as_u64().is_some_and(|calls| calls > 0));
    assert_eq!(drift["drifted"], serde_json::json!([]));
    site.run(&["preview"]).ok().says(&["Nothing to change"]);
    site.run(&["preview", "--expect-no-changes", "--detailed-exitcode"]).ok();
    site.run(&["state", "verify"]).ok();
    assert_eq!(site.hash(".finsight"), before, "reading changes nothing");

    if stack == "prod" {
        take_protection_off(&site);
    }
    let mut destroy = vec!["destroy", "--yes", "--json"];
    if stack == "prod" {
        // Q5, O5: a last snapshot stays, and the key that opens it goes by its name alone.
        let refused = site.run(&["destroy", "--yes"]).exit(3);
        refused.says(&[
            "PLAN-STILL-SEALS",
            "a final snapshot of finsight-db",
            "What stays of it",
            "USD a month",
        ]);
        destroy.extend(["--confirm-unreadable", "prod/security/aws:kms:Key/database"]);
    }
    let down = site.run(&destroy).ok();
    let finished = conforms(&down, stack, "destroy");
    if stack == "prod" {
        recorded_to_the_end(&down);
    }
    assert_eq!(finished["summary"]["delete"], declared.len());
    assert_eq!(look(&site), []);
    let left = site.run(&["local", "status", "--json"]).ok().json();
    let snapshots = left.as_object().expect("counts").len();
    assert_eq!(snapshots, usize::from(stack == "prod"), "{left}");
    assert_eq!(site.rows().len(), 0);
    site.run(&["destroy", "--yes"]).ok();
    // Its secrets and keys wait for their end, the secrets with their names: they are taken back (E6).
    let again = site.run(&["up", "--yes"]).ok();
    if stack == "prod" {
        again.says(&["it waits for its deletion: it is restored"]);
    }
    site.run(&["preview", "--expect-no-changes"]).ok();
    site.run(&destroy).ok();
}

/// X14: trail and recorder see everything go but what they stand on themselves.
fn recorded_to_the_end(down: &Run) {
    let gone: Vec<String> = down
        .events()
        .iter()
        .filter(|event| event["event"] == "step_succeeded")
        .filter_map(|event| event["urn"].as_str().map(str::to_owned))
        .collect();
    let at = |urn: &str| gone.iter().position(|other| other.ends_with(urn)).expect("it went");
    let first = at("aws:cloudtrail:Trail/main").min(at("aws:config:ConfigurationRecorderStatus/main"));
    for urn in ["aws:rds:DBInstance/main", "aws:ec2:Vpc/main", "aws:cloudfront:Distribution/api"] {
        assert!(at(urn) < first, "{urn} went unseen: {gone:?}");
    }
}

/// Prod refuses to go, by name, until its config takes the protection off.
fn take_protection_off(site: &Site) {
    let refused = site.run(&["destroy", "--yes"]).exit(3);
    refused.says(&[
        "PLAN-PROTECTED",
        "prod/database/aws:rds:DBInstance/main",
        "prod/security/aws:s3:Bucket/trail",
    ]);
    site.edit_config("\"protection\": true", "\"protection\": false");
    // X1: the records of trail and configurations go by name only.
    site.edit_config("\"delete_records\": false", "\"delete_records\": true");
    site.run(&["up", "--yes"]).exit(3).says(&["POLICY-BROKEN", "recovery-backups"]);
    for rule in ["recovery-backups", "recovery-protect"] {
        site.waive(rule, "prod/**", "2999-12-31");
    }
    site.run(&["up", "--yes"]).ok();
}

/// One event a line, each with `event` and `time`; gives the last.
fn conforms(run: &Run, stack: &str, command: &str) -> Value {
    const EVENTS: &[&str] = &[
        "update_started",
        "step_started",
        "step_progress",
        "step_succeeded",
        "step_failed",
        "step_skipped",
        "recovered",
        "update_finished",
    ];
    let events = run.events();
    for event in &events {
        let name = event["event"].as_str().expect("an event's name");
        assert!(EVENTS.contains(&name), "{name} is not in the contract");
        let time = event["time"].as_str().expect("a time");
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time} is not RFC 3339");
        if name.starts_with("step_") {
            assert!(event["urn"].as_str().is_some_and(|urn| urn.starts_with(stack)));
        }
    }
    assert_eq!(events[0]["event"], "update_started");
    assert_eq!(events[0]["stack"], *stack);
    assert_eq!(events[0]["command"], *command);
    let last = events.last().expect("an event").clone();
    assert_eq!(last["event"], "update_finished");
    for key in ["summary", "outputs", "seconds", "api_calls", "critical_path_seconds", "errors"] {
        assert!(last.get(key).is_some(), "update_finished has no {key}");
    }
    assert_eq!(last["errors"], serde_json::json!([]));
    last
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

#[test]
fn the_document_of_a_preview() {
    let site = Site::local("staging");
    let new = site.run(&["preview", "--json"]).ok().json();
    document(&new, "staging");
    assert_eq!(new["summary"]["create"], new["steps"].as_array().expect("steps").len());
    assert_eq!(new["serial"], 0);
    assert!(!new["broadening"].as_array().expect("a list").is_empty());
    site.run(&["preview", "--json", "--detailed-exitcode"]).exit(2);
    site.run(&["preview", "--expect-no-changes"]).exit(2);
    assert!(!site.state().exists(), "a preview writes no state");

    site.run(&["up", "--yes"]).ok();
    let same = site.run(&["preview", "--json", "--expect-no-changes"]).ok().json();
    document(&same, "staging");
    assert_eq!(same["summary"]["same"], same["steps"].as_array().expect("steps").len());

    site.edit_config("\"database_proxy\": true", "\"database_proxy\": false");
    // K17: its log goes with it, by name.
    let log = "staging/database/aws:logs:LogGroup/proxy";
    site.run(&["preview"]).exit(3).says(&["PLAN-HOLDS-DATA", log, "--confirm-delete /aws/rds/proxy/"]);
    let named = ["preview", "--json", "--detailed-exitcode", "--confirm-delete", log];
    let changed = site.run(&named).exit(2).json();
    document(&changed, "staging");
    assert_eq!(changed["losses"][0]["what"], "the events of a log", "{}", changed["losses"]);
    let steps = changed["steps"].as_array().expect("steps");
    let gone: BTreeSet<&str> =
        steps.iter().filter(|step| step["op"] == "delete").filter_map(|step| step["type"].as_str()).collect();
    assert!(gone.contains("aws:rds:DBProxy") && gone.contains("aws:ec2:SecurityGroupEgress"), "{gone:?}");
    let update = steps.iter().find(|step| {
        step["op"] == "update"
            && step["urn"].as_str().is_some_and(|urn| urn.ends_with("SecurityGroup/database"))
    });
    let diff = &update.expect("an update")["diff"][0];
    assert!(diff["path"].as_str().is_some_and(|path| path.starts_with("ingress")), "{diff}");
    assert_eq!(diff["effect"], "update");
}

fn document(document: &Value, stack: &str) {
    for key in [
        "version",
        "stack",
        "serial",
        "steps",
        "summary",
        "likely_seconds",
        "losses",
        "drift",
        "policy",
        "broadening",
        "cost",
    ] {
        assert!(document.get(key).is_some(), "the document has no {key}");
    }
    assert_eq!(document["version"], 1);
    assert_eq!(document["stack"], *stack);
    let ops = ["create", "update", "replace", "delete", "same", "import", "forget"];
    for op in ops {
        assert!(document["summary"][op].is_u64(), "the summary has no {op}");
    }
    let steps = document["steps"].as_array().expect("steps");
    let urns: BTreeSet<&str> = steps.iter().filter_map(|step| step["urn"].as_str()).collect();
    for step in steps {
        assert!(ops.iter().any(|op| step["op"] == *op), "{step}");
        let urn = step["urn"].as_str().expect("a URN");
        assert_eq!(step["type"], *urn.split('/').nth(2).expect("a type"));
        assert!(step["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
        for change in step["diff"].as_array().expect("a list") {
            assert!(
                change["path"].is_string() && change.get("before").is_some() && change.get("after").is_some()
            );
            assert!(["none", "update", "replace"].iter().any(|effect| change["effect"] == *effect));
        }
        for other in step["depends_on"].as_array().expect("a list") {
            assert!(urns.contains(other.as_str().expect("a URN")), "{other}");
        }
    }
    for item in document["broadening"].as_array().expect("a list") {
        assert!(item["kind"] == "iam" || item["kind"] == "network", "{item}");
        assert!(item["urn"].is_string() && item.get("statement").is_some(), "{item}");
    }
}
