//! Without credentials, permission or an answer: one message, and nothing is changed.

use std::sync::Arc;

use finsight_local::{CallInfo, Fault, Faults};

use crate::support::wrong::{compare, declared};
use crate::support::{Run, Served, Site};

/// One operation is answered like this.
struct Refused(&'static str, u16, &'static str);

impl Faults for Refused {
    fn before(&self, call: &CallInfo) -> Option<Fault> {
        (call.operation == self.0).then(|| Fault::Respond {
            status: self.1,
            code: self.2.to_owned(),
            message: format!("not authorized to perform {}", self.0),
        })
    }

    fn after(&self, _call: &CallInfo) -> Option<Fault> {
        None
    }
}

#[track_caller]
fn one_message(site: &Site, run: Run, code: &str) {
    let run = run.exit(1);
    assert_eq!(run.stderr.matches("error[").count(), 1, "{}", run.stderr);
    assert!(run.stdout.is_empty(), "{}", run.stdout);
    run.says(&[&format!("error[{code}]"), "nothing was read or changed"]);
    assert!(!site.path(".finsight").exists(), "something is written");
}

#[test]
fn no_credentials() {
    let site = Site::bare("dev");
    for args in [&["up", "--yes"][..], &["preview", "--refresh"]] {
        one_message(&site, site.run(args), "AWS-NO-CREDENTIALS");
    }
}

#[test]
fn the_endpoint_is_down() {
    let site = Site::at("dev", "http://127.0.0.1:1");
    for args in [&["up", "--yes"][..], &["preview"]] {
        one_message(&site, site.run(args), "AWS-UNREACHABLE");
    }
}

#[test]
fn credentials_that_aws_does_not_take() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    served.faults(Arc::new(Refused("GetCallerIdentity", 403, "InvalidClientTokenId")));
    one_message(&site, site.run(&["up", "--yes"]), "AWS-CREDENTIALS-REFUSED");
    assert_eq!(served.call_count(), 1, "nothing else is asked");
}

#[test]
fn no_permission() {
    for (operation, status, code, what) in [
        ("CreateVpc", 403, "UnauthorizedOperation", "aws:ec2:Vpc/main"),
        ("CreateRole", 403, "AccessDenied", "aws:iam:Role/flow-logs"),
        ("CreateKey", 400, "AccessDeniedException", "aws:kms:Key/logs"),
    ] {
        let served = Served::new();
        let site = Site::at("staging", &served.url);
        served.faults(Arc::new(Refused(operation, status, code)));
        site.run(&["up", "--yes"]).exit(1).says(&["EXEC-DENIED", what, operation, "permission"]);
        served.no_faults();
        site.run(&["up", "--yes"]).ok();
        let wrong = compare(&site, &served.block(served.eyes.all()), &declared(&site));
        assert!(wrong.none(), "{wrong:?}");
    }
}

#[test]
fn a_permission_missing_while_reading() {
    let served = Served::new();
    let site = Site::at("dev", &served.url);
    site.run(&["up", "--yes"]).ok();
    served.faults(Arc::new(Refused("DescribeSubnets", 403, "UnauthorizedOperation")));
    let before = site.hash(".finsight");
    // What cannot be read is not taken for gone.
    site.run(&["drift"]).exit(1).says(&["could not be read", "DescribeSubnets"]);
    site.run(&["up", "--yes"]).exit(1).says(&["PLAN-UNREADABLE", "DescribeSubnets"]);
    site.run(&["destroy", "--yes"]).exit(1).says(&["PLAN-UNREADABLE"]);
    assert_eq!(site.hash(".finsight"), before);
}

#[test]
fn a_preview_needs_no_credentials() {
    for stack in ["dev", "staging", "prod"] {
        let site = Site::bare(stack);
        let wanted = declared(&site).len();
        let run = site.run(&["preview", "--offline"]).ok();
        let created = run.stdout.lines().filter(|line| line.starts_with("  + ")).count();
        assert_eq!(created, wanted, "{}", run.stdout);
        run.says(&[&format!("{wanted} to create"), "Opens up"]);
        site.run(&["preview"]).ok().says(&["there are no AWS credentials", &format!("{wanted} to create")]);
        let document = site.run(&["preview", "--offline", "--json"]).ok().json();
        assert_eq!(document["summary"]["create"], wanted);
        assert!(!site.path(".finsight").exists());
    }
}
