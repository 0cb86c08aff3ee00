//! What `destroy` and others do with a selection that fits nothing, and with a stack that never was.

use crate::support::{Served, Site};

/// V18: the word was dropped without a sound, and everything was destroyed.
#[test]
fn an_exclude_that_fits_nothing_on_record_is_refused() {
    let site = Site::local("dev");
    site.run(&["up", "--yes", "--component", "network"]).ok();
    let (declared, recorded) = ("dev/network/aws:ec2:VpcEndpoint/s3", "dev/network/aws:ec2:VpcEndpoint/kept");
    site.run(&["state", "move", declared, recorded]).ok();
    let rows = site.rows();
    let says = ["PLAN-NO-SUCH-URN", declared, "nothing would be spared", "nothing was changed"];
    site.run(&["destroy", "--yes", "--exclude", declared]).exit(64).says(&says);
    // Beside one that fits, too.
    site.run(&["destroy", "--yes", "--exclude", "*Vpc/main", declared]).exit(64).says(&says[..2]);
    // The program declares it, and it was never made.
    site.run(&["destroy", "--yes", "--exclude", "dev/database/*"]).exit(64).says(&says[..1]);
    assert_eq!(site.rows(), rows);
    // A target that is gone is not all that stands.
    site.run(&["destroy", "--yes", "--target", "dev/database/*"]).ok().says(&["Nothing to change"]);
    assert_eq!(site.rows(), rows);
    site.run(&["destroy", "--yes", "--target", recorded]).ok();
    site.run(&["destroy", "--yes"]).ok();
    assert_eq!(site.rows().len(), 0);
    // Of a stack that was, and is gone, there is nothing left to be spared.
    site.run(&["destroy", "--yes", "--exclude", declared]).ok().says(&["Nothing to change"]);
}

/// N11: "Nothing to change", "nothing drifted", with 0.
#[test]
fn what_never_was_is_neither_compared_nor_taken_down() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    for args in [
        &["drift"][..],
        &["drift", "--fix", "--yes"],
        &["drift", "--accept", "--yes"],
        &["refresh", "--yes"],
        &["destroy", "--yes"],
    ] {
        let says = ["PLAN-NEVER-WAS", ".finsight/dev (there is no such directory)", "nothing was changed"];
        site.run(args).exit(1).says(&says);
    }
    let vpc = "dev/network/aws:ec2:Vpc/main";
    for args in [
        &["state", "move", vpc, "dev/network/aws:ec2:Vpc/other"][..],
        &["state", "remove", vpc, "--yes"],
        &["state", "protect", vpc],
        &["state", "unprotect", vpc],
        &["state", "taint", vpc],
        &["ops", "database", "stop", "--yes"],
        &["ops", "frontend", "rollback", "--yes"],
        // It is not the name that is wrong.
        &["drift", "--target", "nothing"],
    ] {
        site.run(args).exit(1).says(&["PLAN-NEVER-WAS", "there is no such directory"]);
    }
    for args in
        [&["state", "list"][..], &["state", "verify"], &["state", "export"], &["output"], &["history"]]
    {
        site.run(args).ok().says(&["there is no state of stack `dev` in", ".finsight/dev"]);
    }
    assert!(!site.path(".finsight").exists(), "a misspelt directory is not made");
    let shown = site.run(&["output", "--json"]).ok();
    assert_eq!(shown.json(), serde_json::json!({}));
    // A directory in which nothing was ever written.
    std::fs::create_dir_all(site.path(".finsight/dev")).expect("a directory");
    site.run(&["destroy", "--yes"]).exit(1).says(&["PLAN-NEVER-WAS", "(nothing was ever written to it)"]);
    site.run(&["state", "list"]).ok().says(&["nothing was ever written to it"]);
}
