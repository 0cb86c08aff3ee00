//! What a replacement left, and is still to be deleted, has an address.

use serde_json::Value;

use crate::support::point::{Point, cut};
use crate::support::{Served, Site};

const KEY: &str = "staging/network/aws:kms:Key/logs";

/// A network whose key was replaced, by a run that was killed before the old one went; the old one's id.
fn replaced() -> (Served, Site, String) {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    let network = ["up", "--yes", "--component", "network"];
    site.run(&network).ok();
    let old = site.id(KEY);
    let replace =
        [&network[..], &["--replace", KEY, "--confirm-replace", KEY, "--confirm-unreadable", KEY]].concat();
    // Its beginning, the intent, and the row of the new one with the old one beside it.
    assert!(cut(&site, &served, &replace, Point::AfterRecord(3)), "it was not cut off");
    (served, site, old)
}

fn row<'r>(rows: &'r [Value], id: &str) -> &'r Value {
    rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no row of {id} in {rows:?}"))
}

/// Whether a key is used, or waits for its deletion.
fn is_used(served: &Served, id: &str) -> bool {
    let about = served.block(served.eyes.kms.describe_key().key_id(id).send()).expect("the key");
    about.key_metadata().and_then(|key| key.key_state()).is_some_and(|state| state.as_str() == "Enabled")
}

/// V24: the row of what a replacement left could not be shown, removed or protected.
#[test]
fn an_incarnation_is_named() {
    let (served, site, old) = replaced();
    let rows = site.rows();
    let left = row(&rows, &old);
    assert_eq!((&left["deposed"], &left["urn"]), (&Value::Bool(true), &Value::from(KEY)));
    let address = left["address"].as_str().expect("an address").to_owned();
    let owner = address.strip_prefix(&format!("{KEY}#")).expect("the name, and behind # the incarnation");
    assert!(owner.len() >= 6, "{address}");
    site.run(&["state", "list"]).ok().says(&[&format!("{address}  {old}  (replaced, to be deleted)")]);
    let shown = site.run(&["state", "show", &address]).ok().json();
    assert_eq!(
        (&shown["id"], &shown["address"]),
        (&Value::from(old.as_str()), &Value::from(address.as_str()))
    );
    // Without it the name is that of the current one.
    assert_ne!(site.run(&["state", "show", KEY]).ok().json()["id"], *old);

    let wrong = format!("{KEY}#zzzzzz");
    for verb in ["show", "protect", "unprotect", "taint"] {
        site.run(&["state", verb, &wrong]).exit(64).says(&["PLAN-NO-SUCH-URN", &address]);
    }
    site.run(&["state", "show", &format!("{KEY}#abc")]).exit(64).says(&["CLI-URN", "at least 6 characters"]);
    for verb in ["taint", "untaint"] {
        site.run(&["state", verb, &address]).exit(64).says(&["CLI-URN", &address, "was replaced already"]);
    }
    assert_eq!(site.rows(), rows);

    // Protected, it stays where the next run would delete it.
    let up = ["up", "--yes", "--component", "network"];
    site.run(&["state", "protect", &address]).ok();
    site.run(&up).ok();
    assert_eq!(row(&site.rows(), &old)["address"], *address);
    assert!(is_used(&served, &old));
    site.run(&["state", "unprotect", &address]).ok();
    let preview = ["preview", "--component", "network"];
    site.run(&preview).exit(3).says(&["PLAN-STILL-SEALS", &old]);
    let confirmed = [&preview[..], &["--confirm-unreadable", &old]].concat();
    site.run(&confirmed).ok().says(&["delete", &old, "left by an earlier"]);
    // Taken off the record, it stands for good, and nothing is left to do.
    site.run(&["state", "remove", &address]).exit(3).says(&["CLI-NOBODY-TO-ASK", &address, &old]);
    site.run(&["state", "remove", &address, "--yes"]).ok();
    assert!(site.rows().iter().all(|row| row["id"] != *old && row["deposed"] == false));
    site.run(&up).ok().says(&["Nothing to change"]);
    assert!(is_used(&served, &old));
}

/// V24: taken off the record beside what a run had begun with it, it was found and put back.
#[test]
fn what_is_removed_beside_an_open_operation_is_not_put_back() {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    let network = ["up", "--yes", "--component", "network"];
    site.run(&network).ok();
    let endpoint = "staging/network/aws:ec2:VpcEndpoint/s3";
    let id = site.id(endpoint);
    // Cut off where its delete is on record, and was not sent.
    let destroy = ["destroy", "--yes", "--target", endpoint];
    assert!(cut(&site, &served, &destroy, Point::AfterRecord(2)), "it was not cut off");
    site.run(&["state", "list"]).ok().says(&[&format!("{endpoint}  (open: Delete of an earlier run)")]);
    site.run(&["state", "taint", endpoint]).exit(3).says(&["PLAN-UNSETTLED", "`refresh`"]);
    site.run(&["state", "remove", endpoint, "--yes"]).ok();
    assert!(site.rows().iter().all(|row| row["urn"] != endpoint));
    // It stands on, and is another one's from here: the next run makes its own beside it, or says that it stands.
    site.run(&["import", endpoint, &id, "--yes"]).ok();
    site.run(&network).ok();
    assert_eq!(site.id(endpoint), id);
}

/// A run that was killed while it made something: that is not on record yet, and is not unknown either.
#[test]
fn what_was_being_made_is_said_to_be_so() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    let vpc = "dev/network/aws:ec2:Vpc/main";
    let up = ["up", "--yes", "--target", vpc];
    assert!(cut(&site, &served, &up, Point::AfterCall(1)), "it was not cut off");
    for verb in ["show", "protect", "taint"] {
        site.run(&["state", verb, vpc]).exit(3).says(&["PLAN-UNSETTLED", vpc, "`up`"]);
    }
    site.run(&up).ok();
    site.run(&["state", "show", vpc]).ok();
}
