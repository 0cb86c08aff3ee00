//! Wrong usage is 64, and says what would be right.

use crate::support::Site;

#[test]
fn wrong_usage_is_64() {
    let site = Site::bare("dev");
    let wrong: &[&[&str]] = &[
        &[],
        &["upp"],
        &["up", "--no-such-option"],
        &["up", "--parallel", "0"],
        &["up", "--local", "--endpoint-url", "http://127.0.0.1:1"],
        &["up", "--plan", "file", "--target", "a"],
        &["drift", "--fix", "--accept"],
        &["drift", "--format", "yaml"],
        &["import", "only-a-urn"],
        &["preview", "--target-dependents"],
        &["graph", "--format", "png"],
        &["up", "--state", "ftp://x"],
        &["history", "77"],
        &["output", "no_such_output"],
    ];
    for args in wrong {
        site.run(args).exit(64);
    }
    for stack in ["UPPER", "1st", "a-name-that-is-much-too-long"] {
        Site::bare(stack).run(&["preview"]).exit(64).says(&["CLI-STACK-NAME", stack]);
    }
    assert!(!site.path(".finsight").exists());
}

#[test]
fn help_and_version_are_0() {
    let site = Site::bare("dev");
    site.run(&["--help"]).ok().says(&["preview", "destroy", "--local", "FINSIGHT_STACK"]);
    site.run(&["up", "--help"]).ok().says(&["--require-approval", "--continue-on-error", "--target"]);
    site.run(&["--version"]).ok().says(&["finsight-deploy "]);
}

#[test]
fn a_target_that_is_not_there_offers_the_nearest() {
    // Without credentials: it is said before anything is asked of AWS.
    let site = Site::bare("dev");
    for command in ["up", "preview"] {
        let wrong = "dev/network/aws:ec2:Vpc/mian";
        site.run(&[command, "--target", wrong])
            .exit(64)
            .says(&[wrong, "did you mean dev/network/aws:ec2:Vpc/main"]);
    }
    site.run(&["up", "--exclude", "dev/network/aws:ec2:Subnet/public-z"]).exit(64).says(&["public-a"]);
    site.run(&["up", "--component", "netwrok"]).exit(64).says(&["network"]);
    assert!(!site.path(".finsight").exists());
}

#[test]
fn names_on_record_that_are_not_there_offer_the_nearest() {
    let site = Site::local("dev");
    site.run(&["up", "--yes"]).ok();
    for args in [["state", "show"], ["state", "protect"], ["state", "taint"]] {
        site.run(&[&args[..], &["dev/network/aws:ec2:Vpc/mian"]].concat())
            .exit(64)
            .says(&["aws:ec2:Vpc/main"]);
    }
    site.run(&["output", "vpc_di"]).exit(64).says(&["did you mean vpc_id"]);
    site.run(&["history", "99"]).exit(64);
    let shown = site.run(&["state", "show", "*Vpc/main"]).ok().json();
    assert_eq!(shown["inputs"]["cidr_block"], "10.0.0.0/16");
}
