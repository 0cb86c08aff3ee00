//! `rollback`: a function goes back, stays there through what comes after, and asks when its code changes.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::point::{Point, cut};
use crate::support::served::Served;
use crate::support::site::Site;

const NAME: &str = "finsight-users-dev";

/// A stack in which a function was changed once.
struct Changed {
    served: Served,
    site: Site,
}

impl Changed {
    fn new() -> Self {
        let served = Served::new();
        let site = Site::at("dev", &served.url);
        site.edit_config(
            "\"users\": {\n        \"memory_mib\": 512,\n        \"code\": \"placeholder\"",
            &code(),
        );
        build(&site, "one");
        site.run(&["up", "--yes"]).ok();
        build(&site, "two");
        site.run(&["up", "--yes"]).ok();
        let changed = Self { served, site };
        assert_eq!(changed.live(), "2");
        changed
    }

    fn lambda(&self) -> aws_sdk_lambda::Client {
        aws_sdk_lambda::Client::new(&self.served.sdk("ap-northeast-1"))
    }

    /// The version that callers reach.
    fn live(&self) -> String {
        let alias = self.lambda().get_alias().function_name(NAME).name("live").send();
        let alias = self.served.block(alias).expect("the alias");
        alias.function_version().unwrap_or_default().to_owned()
    }

    fn versions(&self) -> usize {
        let all = self.lambda().list_versions_by_function().function_name(NAME).send();
        self.served.block(all).expect("the versions").versions().len()
    }
}

fn code() -> String {
    "\"users\": {\n        \"memory_mib\": 512,\n        \"code\": \"build/users\"".to_owned()
}

fn build(site: &Site, words: &str) {
    let folder = site.path("config/build/users");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("bootstrap");
    std::fs::write(&file, format!("#!/bin/sh\necho {words}\n")).expect("the code");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("it is executable");
}

/// F2: in an incident the next merge brought the fault back.
#[test]
fn it_stays_until_the_code_changes() {
    let on = Changed::new();
    on.site.run(&["rollback"]).exit(3).says(&["live_pin", "1", "CLI-NOBODY-TO-ASK"]);
    assert_eq!(on.live(), "2");
    on.site.run(&["rollback", "--yes"]).ok().says(&["until their code changes"]);
    assert_eq!(on.live(), "1");
    // Each command shows it, and none undoes it.
    on.site.run(&["preview"]).ok().says(&["Nothing to change", "keeps live_pin 1"]);
    on.site.run(&["up", "--yes"]).ok().says(&["Nothing to change", "keeps live_pin 1"]);
    on.site.run(&["drift"]).ok().says(&["keeps live_pin 1", "nothing drifted"]);
    assert_eq!(on.site.run(&["drift", "--json"]).ok().json()["kept"][0]["what"], "live_pin 1");
    on.site.run(&["drift", "--accept", "--yes"]).ok();
    on.site.edit_config(
        "\"memory_mib\": 512,\n        \"code\": \"build/users\"",
        "\"memory_mib\": 640,\n        \"code\": \"build/users\"",
    );
    on.site.run(&["up", "--yes"]).ok().says(&["keeps live_pin 1"]);
    assert_eq!(on.live(), "1");
    // Somebody takes it forward by hand: it is drift, and is put back.
    let alias = on.lambda().update_alias().function_name(NAME).name("live").function_version("2");
    on.served.block(alias.send()).expect("it is moved");
    on.site.run(&["drift"]).exit(2).says(&["live_version"]);
    on.site.run(&["drift", "--fix", "--yes"]).ok();
    assert_eq!(on.live(), "1");
    // Other code asks.
    build(&on.site, "three");
    on.site.run(&["up", "--yes"]).exit(3).says(&[
        "PLAN-PINNED",
        &format!("--unpin {NAME}"),
        "nothing was changed",
    ]);
    on.site.run(&["up", "--yes", "--unpin", "another"]).exit(64).says(&["PLAN-NO-SUCH-URN", NAME]);
    on.site.run(&["up", "--yes", "--unpin", NAME]).ok();
    assert_eq!(on.live(), on.versions().checked_sub(1).expect("versions").to_string());
    on.site.run(&["drift"]).ok();
    on.site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
}

#[test]
fn it_is_named_and_released() {
    let on = Changed::new();
    on.site.run(&["rollback", "nobody"]).exit(64).says(&["OPS-WHICH", NAME]);
    on.site
        .run(&["rollback", NAME, "--to", "99", "--yes"])
        .exit(3)
        .says(&["OPS-NO-EARLIER-VERSION", "1 of "]);
    on.site.run(&["rollback", "--to", "1", "--yes"]).exit(64);
    on.site.run(&["rollback", "--release", "--yes"]).exit(64).says(&["no function was taken back"]);
    on.site.run(&["rollback", NAME, "--to", "1", "--yes"]).ok();
    on.site.run(&["rollback", NAME, "--to", "1", "--yes"]).ok().says(&["Nothing to change"]);
    on.site.run(&["rollback", NAME, "--yes"]).exit(3).says(&["no version before 1"]);
    on.site.run(&["rollback", "--release", "--yes"]).ok();
    assert_eq!(on.live(), "2");
    on.site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
}

/// Cut off anywhere, with something else in between or not, it ends as if it had not been; a lost state leaves the mark
/// in AWS.
#[test]
fn a_rollback_that_is_cut_off_is_gone_on_with() {
    let on = Changed::new();
    let rollback = ["rollback", NAME, "--to", "1", "--yes"];
    let points = [1, 2, 3].map(Point::BeforeRecord).into_iter().chain([1, 2, 3].map(Point::AfterRecord));
    let between: [&[&str]; 4] = [
        &["state", "protect", "*Vpc/main"],
        &["up", "--yes", "--component", "network"],
        &["drift", "--accept", "--yes"],
        &["state", "unprotect", "*Vpc/main"],
    ];
    let mut cuts = 0;
    for (index, point) in points.enumerate() {
        if !cut(&on.site, &on.served, &rollback, point) {
            continue;
        }
        cuts += 1;
        on.site.run(between[index % between.len()]).ok();
        on.site.run(&rollback).ok();
        assert_eq!((on.live(), on.versions()), ("1".to_owned(), 3), "{point:?}");
        on.site.run(&["up", "--yes"]).ok().says(&["Nothing to change", "keeps live_pin 1"]);
        on.site.run(&["rollback", "--release", "--yes"]).ok();
        assert_eq!(on.live(), "2");
    }
    assert!(cuts >= 4, "{cuts} cuts");
}
