//! Previews of the whole stack, and what the replacement of a database asks for.

use serde_json::Value;

use crate::support::{Served, Site};

#[test]
fn an_offline_preview_of_prod_prints_all_components_in_their_order() {
    let site = Site::bare("prod");
    let run = site.run(&["preview", "--offline"]).ok();
    let components = ["network", "security", "database", "api", "frontend", "monitoring"];
    let places: Vec<usize> = components
        .iter()
        .map(|name| run.stdout.lines().position(|line| line == *name).unwrap_or_else(|| panic!("no {name}")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    let json = site.run(&["preview", "--offline", "--json"]).ok().json();
    let steps = json["steps"].as_array().expect("steps");
    assert!(steps.len() > 200 && json["summary"]["create"] == steps.len(), "{}", json["summary"]);
    for step in steps {
        let (kind, name) = step["urn"].as_str().and_then(|urn| urn.rsplit_once('/')).expect("a URN");
        let kind = kind.rsplit('/').next().expect("a type");
        assert!(run.stdout.contains(&format!("+ {kind} {name} ")), "{kind} {name} is not shown");
    }
}

#[test]
fn the_memory_of_one_function_is_one_update_in_place() {
    let site = Site::local("dev");
    site.run(&["up", "--yes"]).ok();
    let path = site.path("config").join("dev.json");
    let text = std::fs::read_to_string(&path).expect("the config");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    config["api"]["functions"]["reports"]["memory_mib"] = 768.into();
    std::fs::write(&path, config.to_string()).expect("the config is written");
    let changed = site.run(&["preview", "--json"]).ok().json();
    let summary = &changed["summary"];
    for (op, number) in [("create", 0), ("update", 1), ("replace", 0), ("delete", 0)] {
        assert_eq!(summary[op], number, "{op}: {summary}");
    }
    let steps = changed["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["op"] == "update").expect("an update");
    assert_eq!(step["urn"], "dev/api/aws:lambda:Function/reports");
    assert_eq!(step["diff"][0]["path"], "memory_size");
    assert_eq!((&step["diff"][0]["before"], &step["diff"][0]["after"]), (&1024.into(), &768.into()));
    assert_eq!(step["diff"].as_array().map(Vec::len), Some(1));
    site.run(&["up", "--yes"]).ok();
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
}

#[test]
fn another_range_of_the_vpc_shows_what_is_replaced_what_is_refused_and_why() {
    let served = Served::new();
    let site = Site::at("prod", &served.url);
    site.run(&["up", "--yes"]).ok();
    let before = site.hash(".finsight");
    for (old, new) in [
        ("10.0.0.0/16", "10.1.0.0/16"),
        ("10.0.0.0/24", "10.1.0.0/24"),
        ("10.0.1.0/24", "10.1.1.0/24"),
        ("10.0.10.0/24", "10.1.10.0/24"),
        ("10.0.11.0/24", "10.1.11.0/24"),
    ] {
        site.edit_config(old, new);
    }
    let refused = site.run(&["preview"]).exit(3);
    for line in [
        "± aws:ec2:Vpc main  replace: cidr_block cannot be changed in place",
        "± aws:ec2:Subnet private-a  replace: ",
        "± aws:rds:DBInstance main  replace: ",
    ] {
        assert!(refused.stdout.contains(line), "no `{line}` in:\n{}", refused.stdout);
    }
    refused.says(&[
        "PLAN-PROTECTED",
        "prod/database/aws:rds:DBInstance/main is protected and would be replaced",
    ]);
    site.run(&["up", "--yes"]).exit(3);
    assert_eq!(site.hash(".finsight"), before, "a refusal changes nothing");
}

#[test]
fn a_database_is_replaced_by_name_only_and_leaves_a_snapshot() {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    site.run(&["up", "--yes"]).ok();
    site.edit_config("\"name\": \"finsight\"", "\"name\": \"ledger\"");
    let why = "db_name cannot be changed in place";
    let refused = site.run(&["up", "--yes"]).exit(3);
    refused.says(&["PLAN-HOLDS-DATA", why, "--confirm-replace finsight-db-staging"]);
    let another = site.run(&["up", "--yes", "--confirm-replace", "another"]).exit(64);
    another.says(&["confirms nothing", "finsight-db-staging"]);
    let rds = aws_sdk_rds::Client::new(&served.sdk("ap-northeast-1"));
    let snapshots = || {
        let call = rds.describe_db_snapshots().snapshot_type("manual");
        let answer = served.block(call.send()).expect("snapshots");
        answer
            .db_snapshots()
            .iter()
            .filter_map(|one| one.db_instance_identifier().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert!(snapshots().is_empty(), "nothing was touched");
    site.run(&["preview", "--confirm-replace", "finsight-db-staging"]).ok().says(&["replace", why]);
    site.run(&["up", "--yes", "--confirm-replace", "finsight-db-staging"]).ok();
    assert_eq!(snapshots(), ["finsight-db-staging"], "the old one left its last snapshot");
    let call = rds.describe_db_instances().db_instance_identifier("finsight-db-staging");
    let answer = served.block(call.send()).expect("the new instance");
    assert_eq!(answer.db_instances()[0].db_name(), Some("ledger"));
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
}

#[test]
fn a_major_version_needs_its_word_and_has_a_way_back() {
    let site = Site::local("dev");
    let components = ["--component", "network", "--component", "security", "--component", "database"];
    let up = || site.run(&[&["up", "--yes"], &components[..]].concat());
    up().ok();
    site.edit_config("\"engine_version\": \"15\"", "\"engine_version\": \"16\"");
    let refused = up().exit(3);
    refused.says(&["PLAN-MAJOR-VERSION", "to 16", "allow_major_version_upgrade"]);
    site.edit_config("\"engine_version\": \"16\"", "\"engine_version\": \"15\"");
    up().ok();
    up().ok().says(&["Nothing to change"]);
    let allowed = "\"engine_version\": \"16\", \"allow_major_version_upgrade\": true";
    site.edit_config("\"engine_version\": \"15\"", allowed);
    up().ok().says(&["aws:rds:DBParameterGroup/main  replaced", "aws:rds:DBInstance/main  updated"]);
    up().ok().says(&["Nothing to change"]);
    site.run(&["drift"]).ok();
    // G5: no engine goes back to an older version, whatever the program allows.
    site.edit_config("\"engine_version\": \"16\"", "\"engine_version\": \"15\"");
    up().exit(3).says(&["PLAN-NO-WAY-BACK", "cannot go back from engine_version 16"]);
    site.edit_config("\"engine_version\": \"15\"", "\"engine_version\": \"16\"");
    up().ok();
    up().ok().says(&["Nothing to change"]);
}

#[test]
fn a_program_that_breaks_the_policy_is_refused_before_anything_is_read() {
    let site = Site::local("dev");
    site.edit_config("\"node_version\": \"22\"", "\"node_version\": \"18\"");
    let shown = site.run(&["preview", "--offline", "--json"]).ok().json();
    let finding =
        shown["policy"].as_array().expect("findings").iter().find(|one| one["rule"] == "supported-node");
    assert_eq!(finding.expect("a finding")["severity"], "warning");
    let waived =
        shown["policy"].as_array().expect("findings").iter().find(|one| one["rule"] == "audit-network");
    assert!(
        waived.expect("a waived finding")["waived"]
            .as_str()
            .is_some_and(|text| text.contains("until 2027-12-31"))
    );
    let prod = Site::local("prod");
    prod.edit_config("\"backup_retention_days\": 7", "\"backup_retention_days\": 3");
    prod.run(&["up", "--yes"]).exit(3).says(&[
        "POLICY-BROKEN",
        "recovery-backups",
        "prod/database/aws:rds:DBInstance/main",
    ]);
    assert!(!prod.state().exists(), "nothing was begun");
}

#[test]
fn missing_code_is_one_error_that_lists_all_of_it() {
    let site = Site::local("dev");
    let path = site.path("config").join("dev.json");
    let mut config: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).expect("the config")).expect("JSON");
    config["api"]["functions"]["users"]["code"] = "build/users".into();
    config["api"]["authorizer"]["code"] = "build/authorizer.zip".into();
    std::fs::write(&path, config.to_string()).expect("the config is written");
    site.run(&["up", "--yes"]).exit(1).says(&["ARTIFACT-MISSING", "build/users", "build/authorizer.zip"]);
    assert!(!site.state().exists(), "nothing was begun");
}
