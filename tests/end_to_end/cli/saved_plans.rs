//! A saved plan is checked against what it was made from: state, tool, code, program.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::gate::Gate;
use crate::support::{Served, Site};

/// The file of a plan, changed.
fn edit(site: &Site, change: impl FnOnce(&mut Value)) {
    let path = site.path("plan.json");
    let mut plan: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).expect("the plan")).expect("JSON");
    change(&mut plan);
    std::fs::write(path, plan.to_string()).expect("the plan is written");
}

/// V15: the plan carried the serial of a state that it was not made from.
#[test]
fn a_plan_is_tied_to_the_state_that_was_read() {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    site.run(&["up", "--yes", "--component", "network"]).ok();
    let gate = Gate::new("DescribeVpcs");
    served.faults(gate.clone());
    let preview = ["preview", "--component", "network", "--save-plan", "plan.json"];
    let started = site.start(&preview);
    gate.wait();
    // Another run changes the state while it is read.
    let edits = [("\"retention_days\": 30", "\"retention_days\": 60")];
    site.run_changed(&edits, &["up", "--yes", "--component", "network"]).ok();
    gate.open();
    started.finish().ok();
    let from = served.call_count();
    site.run(&["up", "--plan", "plan.json", "--yes"]).exit(3).says(&["PLAN-STALE", "moved on"]);
    assert!(served.calls(from).iter().all(|call| !call.mutating));
}

/// A change of a saved plan.
type Change<'a> = &'a dyn Fn(&mut Value);

/// V19: a plan of version 99 with later fields was carried out.
#[test]
fn a_plan_of_another_version_is_refused() {
    let site = Site::local("dev");
    let changes: [(&str, Change); 5] = [
        ("format 99", &|plan| plan["version"] = 99.into()),
        ("finsight-deploy 0.0.1", &|plan| plan["made_by"] = "0.0.1".into()),
        ("an unknown version", &|plan| {
            plan.as_object_mut().expect("an object").remove("made_by");
        }),
        ("plan.steps[0].later", &|plan| plan["steps"][0]["later"] = true.into()),
        ("unknown field `later`", &|plan| plan["steps"][0]["options"]["later"] = true.into()),
    ];
    for (said, change) in changes {
        site.run(&["preview", "--component", "network", "--save-plan", "plan.json"]).ok();
        edit(&site, change);
        site.run(&["up", "--plan", "plan.json", "--yes"]).exit(3).says(&["PLAN-VERSION", said]);
        assert!(site.rows().is_empty());
    }
}

/// The code of a function: its bootstrap.
fn build(site: &Site, words: &str) {
    let folder = site.path("config/build/users");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("bootstrap");
    std::fs::write(&file, format!("#!/bin/sh\necho {words}\n")).expect("the code");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("it is executable");
}

fn sha_of(plan: &Path) -> String {
    let plan: Value = serde_json::from_str(&std::fs::read_to_string(plan).expect("the plan")).expect("JSON");
    let steps = plan["steps"].as_array().expect("steps");
    let users = steps.iter().find(|step| {
        step["urn"].as_str().is_some_and(|urn| urn.contains("lambda:Function/") && urn.ends_with("users"))
    });
    users.expect("the function")["known"]["code_sha256"].as_str().expect("a hash").to_owned()
}

/// V23: 133 resources were made, and then the package was missing.
#[test]
fn the_code_of_a_plan_travels_with_it() {
    let site = Site::local("dev");
    let code =
        |code: &str| format!("\"users\": {{\n        \"memory_mib\": 512,\n        \"code\": \"{code}\"");
    site.edit_config(&code("placeholder"), &code("build/users"));
    build(&site, "one");
    site.run(&["preview", "--save-plan", "plan.json"]).ok();
    let wanted = sha_of(&site.path("plan.json"));
    build(&site, "two");
    // Without its packages it is refused before anything is sent.
    std::fs::rename(site.path("plan.json.artifacts"), site.path("away")).expect("they are moved");
    let run = site.run(&["up", "--plan", "plan.json", "--yes"]);
    run.exit(3).says(&["PLAN-PACKAGE", "Function/", "users", "nothing was changed", "plan.json.artifacts"]);
    assert!(site.rows().is_empty());
    std::fs::rename(site.path("away"), site.path("plan.json.artifacts")).expect("they are back");
    site.run(&["up", "--plan", "plan.json", "--yes"]).ok();
    let shown = site.run(&["state", "show", "*lambda:Function/users"]).ok().json();
    assert_eq!(shown["inputs"]["code_sha256"], *wanted);
    // The next `up` has what was built since.
    site.run(&["preview", "--save-plan", "plan.json"]).ok();
    assert_ne!(sha_of(&site.path("plan.json")), wanted);
}

/// V23: policy judged today's program, and not the one that the plan was made from.
#[test]
fn the_policy_judges_what_the_plan_was_made_from() {
    let site = Site::local("prod");
    site.run(&["preview", "--component", "network", "--save-plan", "plan.json"]).ok();
    site.edit_config("\"backup_retention_days\": 7", "\"backup_retention_days\": 3");
    site.run(&["up", "--yes", "--component", "network"]).exit(3).says(&["POLICY-BROKEN"]);
    assert!(site.rows().is_empty());
    site.run(&["up", "--plan", "plan.json", "--yes"]).ok();
    assert!(!site.rows().is_empty());

    // The other way round: what was waived when it was made, and is not any more.
    let prod = Site::local("prod");
    prod.edit_config("\"backup_retention_days\": 7", "\"backup_retention_days\": 3");
    prod.waive("recovery-backups", "prod/database/*", "2099-12-31");
    prod.run(&["preview", "--component", "network", "--save-plan", "plan.json"]).ok();
    prod.edit_config("2099-12-31", "2020-12-31");
    prod.run(&["up", "--plan", "plan.json", "--yes"]).exit(3).says(&["POLICY-BROKEN", "2020-12-31"]);
    assert!(prod.rows().is_empty());
}
