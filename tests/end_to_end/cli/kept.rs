//! What a `destroy` leaves is on record until it is gone: shown, priced, and let go of.

use serde_json::Value;

use crate::support::site::REGION;
use crate::support::{Served, Site};

const COMPONENTS: [&str; 4] = ["--component", "network", "security", "database"];
const SNAPSHOT: &str = "aws:rds:DBSnapshot";

/// Staging, whose database leaves a last snapshot, taken down.
fn destroyed() -> (Served, Site) {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    site.edit_config("\"final_snapshot\": false", "\"final_snapshot\": true");
    site.run(&[&["up", "--yes"], &COMPONENTS[..]].concat()).ok();
    let keys: Vec<String> = site
        .rows()
        .iter()
        .filter(|row| row["urn"].as_str().is_some_and(|urn| urn.contains("aws:kms:Key/")))
        .map(|row| row["urn"].as_str().unwrap_or_default().to_owned())
        .collect();
    let mut destroy = vec!["destroy", "--yes", "--json", "--confirm-unreadable"];
    destroy.extend(keys.iter().map(String::as_str));
    let run = site.run(&destroy).ok();
    let events = run.events();
    let end = events.iter().find(|event| event["event"] == "update_finished").expect("its end");
    assert!(of(&end["remnants"], SNAPSHOT).is_some(), "{end:#}");
    (served, site)
}

fn of<'a>(remnants: &'a Value, type_name: &str) -> Option<&'a Value> {
    remnants.as_array()?.iter().find(|one| one["type"] == type_name)
}

#[test]
fn the_last_snapshot_is_on_record_until_it_is_gone() {
    let (served, site) = destroyed();
    let rds = aws_sdk_rds::Client::new(&served.sdk(REGION));
    assert_eq!(site.rows().len(), 0);
    let listed = site.run(&["state", "list", "--json"]).ok().json();
    let one = of(&listed["remnants"], SNAPSHOT).expect("the snapshot").clone();
    let id = one["id"].as_str().expect("its identifier");
    let all = served.block(rds.describe_db_snapshots().send()).expect("the snapshots");
    let stands: Vec<&str> =
        all.db_snapshots().iter().filter_map(|one| one.db_snapshot_identifier()).collect();
    assert_eq!(stands, [id]);
    // Nothing stands whose backups are free: 20 GB at 0.095.
    assert_eq!((&one["monthly"], &one["until"]), (&1.9.into(), &Value::Null));
    let ends = format!("aws rds delete-db-snapshot --region {REGION} --db-snapshot-identifier {id}");
    assert_eq!(one["ends"], ends);
    // A key that waits for its end says until when, and costs nothing.
    let key = of(&listed["remnants"], "aws:kms:Key").expect("a key");
    assert!(key["until"].is_string() && key["monthly"] == 0.0 && key["ends"].is_null(), "{key:#}");

    site.run(&["state", "list"]).ok().says(&["Kept after its resource", id, "a final snapshot", &ends]);
    site.run(&["state", "show", id]).ok().says(&[SNAPSHOT, "allocated_storage"]);
    site.run(&["cost"]).ok().says(&["Kept after its resource", id, "$1.90 a month", "besides the total"]);
    let cost = site.run(&["cost", "--json"]).ok().json();
    assert_eq!(cost["remnants_monthly"], 1.9);

    // No drift by itself: the exit code says so.
    let drift = site.run(&["drift", "--json"]).ok().json();
    assert_eq!(of(&drift["remnants"], SNAPSHOT).expect("it stands")["stands"], true);
    site.run(&["drift"]).ok().says(&["Kept after its resource", id, "nothing drifted"]);
    site.run(&["drift", "--unmanaged"]).ok();
    site.run(&["drift", "--format", "markdown"]).ok().says(&["Kept after its resource", id]);
    site.run(&["drift", "--format", "sarif"]).ok().says(&["drift/kept", id]);

    served.block(rds.delete_db_snapshot().db_snapshot_identifier(id).send()).expect("it is deleted");
    let drift = site.run(&["drift", "--json"]).ok().json();
    assert!(of(&drift["remnants"], SNAPSHOT).is_none(), "{drift:#}");
    // Who looks takes no lock: the next run that writes takes it off the record.
    site.run(&["destroy", "--yes"]).ok();
    let listed = site.run(&["state", "list", "--json"]).ok().json();
    assert!(of(&listed["remnants"], SNAPSHOT).is_none(), "{listed:#}");
    assert!(of(&listed["remnants"], "aws:kms:Key").is_some(), "it stands");
}

/// What nobody wants to know of goes by hand; an `up` in between keeps it.
#[test]
fn it_is_taken_off_by_hand() {
    let (_served, site) = destroyed();
    let kept = || site.run(&["state", "list", "--json"]).ok().json()["remnants"].clone();
    let snapshot = of(&kept(), SNAPSHOT).expect("the snapshot")["id"].as_str().expect("an id").to_owned();
    site.run(&["up", "--yes", "--component", "network"]).ok();
    assert!(of(&kept(), SNAPSHOT).is_some());
    site.run(&["state", "remove", &snapshot, "--yes"]).ok();
    assert!(of(&kept(), SNAPSHOT).is_none());
}
