//! `state …` and `import`: what is on record, moved, taken off, brought back, damaged, repaired.

use std::path::{Path, PathBuf};

use crate::support::wrong::{compare, declared};
use crate::support::{Served, Site};

fn settled(site: &Site, served: &Served) {
    site.run(&["up", "--yes"]).ok().says(&["Nothing to change"]);
    let wrong = compare(site, &served.block(served.eyes.all()), &declared(site));
    assert!(wrong.none(), "{wrong:?}");
}

fn deployed(stack: &str) -> (Served, Site) {
    let served = Served::new();
    let site = Site::at(stack, &served.url);
    site.run(&["up", "--yes"]).ok();
    (served, site)
}

fn segment(site: &Site) -> PathBuf {
    let mut files: Vec<PathBuf> = std::fs::read_dir(site.state().join("log"))
        .expect("a log")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files.pop().expect("a segment")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn what_was_taken_off_can_be_imported() {
    let (served, site) = deployed("staging");
    for (urn, change) in [
        ("staging/network/aws:ec2:Vpc/main", "a VPC"),
        ("staging/network/aws:ec2:SecurityGroup/lambda", "a security group"),
        ("staging/network/aws:kms:Key/logs", "a key"),
        ("staging/network/aws:iam:Role/flow-logs", "a role"),
        ("staging/network/aws:logs:LogGroup/flow-logs", "a log group"),
        ("staging/network/aws:ec2:RouteTable/private-a", "a route table"),
    ] {
        let id = site.id(urn);
        site.run(&["import", urn, &id, "--yes"]).exit(3).says(&["IMPORT-ON-RECORD", &id]);
        site.run(&["state", "remove", urn, "--yes"]).ok();
        // Without the VPC on record its database would be replaced, which is refused.
        let shown = site.run(&["preview", "--expect-no-changes"]);
        assert!(matches!(shown.code, Some(2 | 3)), "{shown:?}");
        site.run(&["import", urn, &id]).exit(3);
        site.run(&["import", urn, &id, "--yes"]).ok();
        assert_eq!(site.id(urn), id, "{change}");
        site.run(&["up", "--yes"]).ok();
        assert_eq!(site.id(urn), id, "{change} is kept by the next up");
        settled(&site, &served);
    }
    let urns = ["staging/network/aws:ec2:Subnet/public-a", "staging/network/aws:ec2:Subnet/public-b"];
    let ids = urns.map(|urn| site.id(urn));
    for urn in urns {
        site.run(&["state", "remove", urn, "--yes"]).ok();
    }
    let file = serde_json::json!({urns[0]: ids[0], urns[1]: ids[1]});
    std::fs::write(site.path("ids.json"), file.to_string()).expect("a file");
    site.run(&["import", "--file", "ids.json", "--yes"]).ok();
    assert_eq!(urns.map(|urn| site.id(urn)), ids);
    site.run(&["up", "--yes"]).ok();
    settled(&site, &served);
    site.run(&["state", "remove", urns[0], "--yes"]).ok();
    site.run(&["import", urns[0], "subnet-00000000000000000", "--yes"])
        .exit(3)
        .says(&["PLAN-IMPORT-ABSENT", "subnet-00000000000000000"]);
    site.run(&["import", urns[0], &ids[0], "--yes"]).ok();
    site.run(&["up", "--yes"]).ok();
    settled(&site, &served);
}

#[test]
fn a_moved_row_keeps_its_resource() {
    let (served, site) = deployed("dev");
    let (old, new) = ("dev/network/aws:ec2:Subnet/public-a", "dev/network/aws:ec2:Subnet/first");
    let id = site.id(old);
    site.run(&["state", "move", old, new]).ok();
    assert_eq!(site.id(new), id);
    site.run(&["state", "move", new, "dev/network/aws:ec2:Vpc/first"]).exit(64).says(&["type must stay"]);
    site.run(&["state", "move", new, "not-a-urn"]).exit(64);
    site.run(&["state", "move", new, "dev/network/aws:ec2:Subnet/public-b"]).exit(1);
    site.run(&["state", "move", new, old]).ok();
    assert_eq!(site.id(old), id);
    settled(&site, &served);
}

#[test]
fn exported_and_imported() {
    let (served, site) = deployed("staging");
    let exported = site.run(&["state", "export"]).ok();
    let document = exported.json();
    std::fs::write(site.path("state.json"), &exported.stdout).expect("a file");
    let rows = site.rows();
    let key = std::fs::read(site.state().join("secrets.key")).expect("the key");
    std::fs::remove_dir_all(site.state()).expect("the state is gone");
    assert_eq!(site.rows().len(), 0);
    // The document holds secrets, sealed: without their key it is of no use.
    site.run(&["state", "import", "state.json"]).exit(1).says(&["STATE-KEY", "secrets.key"]);
    std::fs::create_dir_all(site.state()).expect("a directory");
    std::fs::write(site.state().join("secrets.key"), key).expect("the key is copied");
    site.run(&["state", "import", "state.json"]).ok();
    assert_eq!(site.rows(), rows);
    settled(&site, &served);
    site.run(&["state", "verify"]).ok();

    site.edit_config("\"retention_days\": 30", "\"retention_days\": 60");
    site.run(&["up", "--yes"]).ok();
    site.run(&["state", "import", "state.json"]).exit(1).says(&["STATE-SERIAL", "--force"]);
    std::fs::write(site.path("broken.json"), "{\n  \"version\": }").expect("a file");
    site.run(&["state", "import", "broken.json"]).exit(1).says(&["STATE-DOCUMENT", "line 2"]);
    let mut newer = document.clone();
    let key = ["version", "format"].into_iter().find(|key| newer.get(key).is_some()).expect("a version");
    newer[key] = 99.into();
    std::fs::write(site.path("newer.json"), newer.to_string()).expect("a file");
    site.run(&["state", "import", "newer.json", "--force"]).exit(1).says(&["99"]);
    site.run(&["state", "import", "state.json", "--force"]).ok();
    site.run(&["up", "--yes"]).ok();
    settled(&site, &served);
}

#[test]
fn another_stacks_state_is_refused() {
    let (served, site) = deployed("dev");
    let staging = Site::at("staging", &served.url);
    copy(&site.state(), &staging.state());
    for args in [&["up", "--yes"][..], &["preview"], &["state", "list"], &["destroy", "--yes"]] {
        staging.run(args).exit(1).says(&["STATE-OTHER-STACK", "`dev`", "-s dev"]);
    }
    settled(&site, &served);
}

#[test]
fn a_newer_versions_state_is_refused() {
    let (served, site) = deployed("dev");
    let file = segment(&site);
    let whole = std::fs::read(&file).expect("the segment");
    // A header with a newer version, and sealed as that version would: checksum of all before it.
    let mut newer = whole.clone();
    newer[8..10].copy_from_slice(&9u16.to_le_bytes());
    let end = usize::from(u16::from_le_bytes([newer[10], newer[11]])) - 32;
    let sum = *blake3::hash(&newer[..end]).as_bytes();
    newer[end..end + 32].copy_from_slice(&sum);
    std::fs::write(&file, &newer).expect("a newer segment");
    // Without the read index, so that the log itself is looked at.
    std::fs::remove_dir_all(site.state().join("index")).expect("no index");
    std::fs::remove_dir_all(site.state().join("snapshots")).expect("no snapshots");
    for args in [
        &["up", "--yes"][..],
        &["preview"],
        &["state", "list"],
        &["state", "repair", "--yes"],
        &["destroy", "--yes"],
    ] {
        site.run(args).exit(1).says(&["STATE-NEWER", "format 9", "upgrade finsight-deploy"]);
    }
    assert_eq!(std::fs::read(&file).expect("the segment"), newer, "nothing is written to it");
    std::fs::write(&file, &whole).expect("as it was");
    settled(&site, &served);
}

#[test]
fn a_damaged_state_says_the_way_out() {
    let (served, site) = deployed("staging");
    let file = segment(&site);
    let whole = std::fs::read(&file).expect("the segment");
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x40;
    std::fs::write(&file, &damaged).expect("a flipped bit");
    std::fs::remove_dir_all(site.state().join("index")).expect("no index");
    site.run(&["state", "verify"]).exit(1).says(&["state repair"]);
    let seen = site.run(&["state", "verify", "--json"]).exit(1).json();
    assert_eq!(seen["whole"], false);
    let repaired = site.run(&["state", "repair", "--yes"]).ok();
    println!("repair says: {}", repaired.stdout.trim().replace('\n', " | "));
    site.run(&["state", "verify"]).ok();
    settled(&site, &served);

    // Without a snapshot, too, it is refused and not taken for less.
    std::fs::remove_dir_all(site.state().join("snapshots")).expect("no snapshots");
    let file = segment(&site);
    let whole = std::fs::read(&file).expect("the segment");
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("half a segment");
    site.run(&["up", "--yes"]).exit(1).says(&["STATE-DAMAGED", "state verify", "state repair"]);
    site.run(&["destroy", "--yes"]).exit(1).says(&["STATE-DAMAGED"]);
    assert!(!served.block(served.eyes.all()).is_empty());
}

#[test]
fn a_torn_end_is_dropped_with_a_word() {
    let (served, site) = deployed("dev");
    let file = segment(&site);
    let mut torn = std::fs::read(&file).expect("the segment");
    torn.extend_from_slice(b"FREC and then the power went");
    std::fs::write(&file, &torn).expect("a torn record");
    site.run(&["up", "--yes"]).ok().says(&["note:", "Nothing to change"]);
    settled(&site, &served);
}
