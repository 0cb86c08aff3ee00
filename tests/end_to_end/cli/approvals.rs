//! A question that nobody is there to answer is refused with 3, and nothing is changed.

use crate::support::{Served, Site};

#[test]
fn broadening_in_prod_is_asked_for() {
    let served = Served::new();
    let site = Site::at("prod", &served.url);
    site.run(&["up"]).exit(3).says(&["CLI-NOBODY-TO-ASK", "Opens up", "--yes"]);
    site.run(&["up", "--json"]).exit(3);
    assert_eq!(served.block(served.eyes.all()), []);
    assert_eq!(site.rows().len(), 0);
    site.run(&["up", "--yes"]).ok();
    // Nothing gets wider: nothing is asked.
    site.run(&["up"]).ok().says(&["Nothing to change"]);
    site.edit_config("\"retention_days\": 365", "\"retention_days\": 400");
    site.run(&["up"]).ok();
    site.run(&["up", "--require-approval", "any-change"]).ok();
    site.edit_config("\"retention_days\": 400", "\"retention_days\": 365");
    // It is kept for a shorter while.
    let group = site.id("LogGroup/flow-logs");
    let shorter = |when| site.run(&["up", "--require-approval", when, "--confirm-delete", &group]);
    site.run(&["up", "--require-approval", "never"]).exit(3).says(&["PLAN-HOLDS-DATA", "--confirm-delete"]);
    shorter("any-change").exit(3).says(&["CLI-NOBODY-TO-ASK"]);
    shorter("never").ok();
    // Given again, there is nothing left to do.
    shorter("never").ok().says(&["Nothing to change"]);
    site.run(&["destroy", "--yes"]).exit(3).says(&["PLAN-PROTECTED"]);
    let dashboard = ["destroy", "--target", "prod/monitoring/aws:cloudwatch:Dashboard/main"];
    site.run(&dashboard).exit(3).says(&["CLI-NOBODY-TO-ASK"]);
    assert!(!site.rows().is_empty());
}

#[test]
fn never_means_never() {
    let site = Site::local("dev");
    site.run(&["up"]).ok();
    let before = site.hash(".finsight");
    site.run(&["destroy"]).exit(3).says(&["CLI-NOBODY-TO-ASK", "nothing was changed"]);
    site.run(&["state", "remove", "*Vpc/main"]).exit(3);
    site.run(&["state", "repair"]).exit(3);
    site.run(&["local", "reset"]).exit(3);
    assert_eq!(site.hash(".finsight"), before);
    site.run(&["local", "reset", "--yes"]).ok();
    assert_eq!(site.run(&["local", "status", "--json"]).ok().json(), serde_json::json!({}));
}

#[test]
fn protected_resources_are_named() {
    let site = Site::local("dev");
    site.run(&["up", "--yes"]).ok();
    site.run(&["state", "protect", "dev/network/aws:ec2:Vpc/main"]).ok();
    site.run(&["state", "list"]).ok().says(&["protected"]);
    // Protected by hand: an `up` does not lift it.
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    let rows = site.rows();
    site.run(&["destroy", "--yes"]).exit(3).says(&["dev/network/aws:ec2:Vpc/main", "protect"]);
    site.run(&["up", "--yes", "--replace", "dev/network/aws:ec2:Vpc/main"])
        .exit(3)
        .says(&["aws:ec2:Vpc/main"]);
    assert_eq!(site.rows(), rows);
    site.run(&["state", "unprotect", "dev/network/aws:ec2:Vpc/main"]).ok();
    site.run(&["destroy", "--yes"]).ok();
    assert_eq!(site.rows().len(), 0);
}
