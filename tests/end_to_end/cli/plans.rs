//! Saved plans, selections, replacements.

use crate::support::wrong::{compare, declared};
use crate::support::{Served, Site};

#[test]
fn a_saved_plan_is_done_or_refused() {
    let served = Served::new();
    let site = Site::at("staging", &served.url);
    site.run(&["preview", "--save-plan", "plan.json"]).ok();
    assert!(!site.path(".finsight").exists());
    site.run(&["up", "--plan", "plan.json", "--yes"]).ok();
    let wrong = compare(&site, &served.block(served.eyes.all()), &declared(&site));
    assert!(wrong.none(), "{wrong:?}");
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);

    let rows = site.rows();
    site.run(&["up", "--plan", "plan.json", "--yes"]).exit(3).says(&[
        "PLAN-STALE",
        "moved on",
        "--save-plan",
    ]);
    // What was approved is done, though the config has moved on since.
    site.edit_config("\"retention_days\": 30", "\"retention_days\": 60");
    site.run(&["preview", "--save-plan", "plan.json"]).ok();
    site.edit_config("\"retention_days\": 60", "\"retention_days\": 90");
    site.run(&["up", "--plan", "plan.json", "--yes"]).ok();
    let shown = site.run(&["state", "show", "*LogGroup/flow-logs"]).ok().json();
    assert_eq!(shown["inputs"]["retention_in_days"], 60);
    assert_eq!(site.rows().len(), rows.len());

    std::fs::write(site.path("none.json"), "{}").expect("a file");
    site.run(&["up", "--plan", "none.json", "--yes"]).exit(3).says(&["PLAN-UNREADABLE-FILE"]);
    site.run(&["preview", "--offline", "--save-plan", "offline.json"]).ok();
    let dev = Site::at("dev", &served.url);
    dev.run(&["up", "--plan", site.path("plan.json").to_str().expect("a path"), "--yes"])
        .exit(3)
        .says(&["staging"]);
}

#[test]
fn a_plan_made_offline_is_refused() {
    let site = Site::local("dev");
    site.run(&["preview", "--offline", "--save-plan", "plan.json"]).ok();
    site.run(&["up", "--plan", "plan.json", "--yes"]).exit(3).says(&["PLAN-STALE", "offline"]);
}

#[test]
fn selections() {
    let site = Site::local("dev");
    let vpc = "dev/network/aws:ec2:Vpc/main";
    site.run(&["up", "--yes", "--target", vpc]).ok();
    assert_eq!(site.rows().len(), 1);
    site.run(&["up", "--yes", "--target", "dev/network/aws:ec2:Subnet/*"]).ok();
    assert_eq!(site.rows().len(), 5);
    let without =
        ["*:NatGateway/*", "*:EIP/*", "*:RouteTable/private-*", "*Association/private-*", "*:VpcEndpoint/*"];
    site.run(&[&["up", "--yes", "--exclude"], &without[..]].concat()).ok();
    let partly = site.rows();
    assert!(!partly.iter().any(|row| row["urn"].as_str().is_some_and(|urn| urn.contains("NatGateway"))));
    site.run(&["up", "--yes", "--component", "network"]).ok();
    assert_eq!(site.rows().len(), declared(&site).len());
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    site.run(&["destroy", "--yes", "--target", "*VpcEndpoint/s3"]).ok();
    assert_eq!(site.rows().len(), declared(&site).len() - 1);
    site.run(&["up", "--yes"]).ok();
    // With what depends on them.
    let preview = site
        .run(&[
            "preview",
            "--json",
            "--replace",
            "*EIP/nat-a",
            "--target",
            "*EIP/nat-a",
            "--target-dependents",
        ])
        .ok()
        .json();
    assert_eq!(preview["summary"]["replace"], 2, "the address and its gateway: {preview:#}");
}

/// Options that fit nothing were dropped without a word.
#[test]
fn options_that_fit_nothing_are_refused() {
    let site = Site::local("dev");
    let (vpc, database) = ("dev/network/aws:ec2:Vpc/main", "dev/database/aws:rds:DBInstance/main");
    site.run(&["up", "--yes", "--target", vpc]).ok();
    let before = site.hash(".finsight");
    for args in [
        &["up", "--yes", "--replace", "dev/network/aws:ec2:Vpc/mian"][..],
        &["preview", "--replace", "dev/network/aws:ec2:Vpc/mian"],
    ] {
        site.run(args).exit(64).says(&["PLAN-NO-SUCH-URN", "did you mean", vpc]);
    }
    let run = site.run(&["up", "--yes", "--replace", vpc, "--target", "dev/network/aws:ec2:Subnet/*"]);
    run.exit(64).says(&["PLAN-NO-SUCH-URN", vpc, "is not among what is selected"]);
    for args in [
        &["up", "--yes", "--confirm-replace", "finsight-db"][..],
        &["preview", "--confirm-replace", database],
        &["refresh", "--yes", "--confirm-gone", "finsight-db"],
        &["drift", "--accept", "--yes", "--confirm-gone", "finsight-db"],
    ] {
        let run = site.run(args).exit(64);
        run.says(&[
            "PLAN-NO-SUCH-URN",
            args[args.len() - 2],
            "confirms nothing",
            "what holds data is nothing",
        ]);
    }
    site.run(&["up", "--yes", "--component", "netwrok"]).exit(64).says(&["did you mean network?"]);
    assert_eq!(site.hash(".finsight"), before);
}

#[test]
fn tainted_and_replaced_resources_are_made_anew() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    site.run(&["up", "--yes"]).ok();
    let endpoint = "dev/network/aws:ec2:VpcEndpoint/s3";
    let first = site.id("VpcEndpoint/s3");
    site.run(&["state", "taint", endpoint]).ok();
    site.run(&["state", "untaint", endpoint]).ok();
    site.run(&["up", "--yes"]).ok();
    assert_eq!(site.id("VpcEndpoint/s3"), first);
    site.run(&["state", "taint", endpoint]).ok();
    site.run(&["state", "list"]).ok().says(&["(tainted)"]);
    site.run(&["up", "--yes"]).ok();
    let second = site.id("VpcEndpoint/s3");
    assert_ne!(second, first);
    site.run(&["up", "--yes", "--replace", endpoint]).ok();
    assert_ne!(site.id("VpcEndpoint/s3"), second);
    // A subnet with all that stands in it: NAT gateway, routes, association.
    site.run(&["up", "--yes", "--replace", "dev/network/aws:ec2:Subnet/public-a"]).ok();
    let wrong = compare(&site, &served.block(served.eyes.all()), &declared(&site));
    assert!(wrong.none(), "{wrong:?}");
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
}
