//! What is retained is said to be so: in the plan, while it is carried out, and of what is left of it.

use serde_json::Value;

use crate::support::{Served, Site};

const KEY: &str = "staging/network/aws:kms:Key/logs";

/// V33: "the old one is deleted", and it was not.
#[test]
fn a_replacement_that_keeps_the_old_one() {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    let network = ["--component", "network"];
    site.run(&[&["up", "--yes"], &network[..]].concat()).ok();
    let old = site.id(KEY);
    let preview = [
        &[
            "preview",
            "--replace",
            KEY,
            "--confirm-replace",
            KEY,
            "--confirm-unreadable",
            KEY,
            "--save-plan",
            "plan.json",
        ],
        &network[..],
    ]
    .concat();
    site.run(&preview).ok().says(&["the new one is created before the old one is deleted"]);
    let document = site.run(&[&preview[..], &["--json"]].concat()).ok().json();
    let step = document["steps"].as_array().expect("steps").iter().find(|step| step["urn"] == KEY);
    assert_eq!(step.expect("its step")["old"], "delete");

    // As of a program that says so.
    let path = site.path("plan.json");
    let text = std::fs::read_to_string(&path).expect("the plan");
    let mut plan: Value = serde_json::from_str(&text).expect("JSON");
    let steps = plan["steps"].as_array_mut().expect("steps");
    let step = steps.iter_mut().find(|step| step["urn"] == KEY).expect("its step");
    step["options"]["retain_on_delete"] = true.into();
    std::fs::write(&path, plan.to_string()).expect("the plan is written");
    let run = site.run(&["up", "--plan", "plan.json", "--yes"]).ok();
    run.says(&["the old one is not deleted", "it stands on in AWS, and leaves the record", "forgotten"]);
    assert!(site.rows().iter().all(|row| row["id"] != *old && row["deposed"] == false));
    let about = served.block(served.eyes.kms.describe_key().key_id(&old).send()).expect("the key");
    let state = about.key_metadata().and_then(|key| key.key_state()).map(|state| state.as_str().to_owned());
    assert_eq!(state.as_deref(), Some("Enabled"));
}
