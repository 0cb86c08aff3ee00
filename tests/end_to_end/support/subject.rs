//! A stack, or a part of it, as it is when nobody disturbs: what cut-off runs are measured by.

use std::path::Path;

use finsight_local::Status;
use tempfile::TempDir;

use super::point::Length;
use super::wrong::{Wrong, compare, declared};
use super::{Served, Site};

/// Off before a stack is taken down: on the database by AWS, on the rest by the engine.
const PROTECTION: (&str, &str) = ("\"protection\": true", "\"protection\": false");

/// A stack or a part of it, once made and once taken down without any trouble.
pub struct Subject {
    stack: &'static str,
    component: Option<&'static str>,
    pub declared: Vec<String>,
    /// State and cloud of the moment in which all stands.
    standing: TempDir,
    whole: Status,
    gone: Status,
    pub up: Length,
    pub destroy: Length,
}

impl Subject {
    pub fn new(stack: &'static str, component: Option<&'static str>) -> Self {
        let mut declared = declared(&Site::bare(stack));
        if let Some(component) = component {
            declared.retain(|urn| urn.split('/').nth(1) == Some(component));
        }
        let standing = tempfile::tempdir().expect("a temporary directory");
        let nothing = Length { records: 0, calls: 0 };
        let (whole, gone) = (Status::default(), Status::default());
        let mut subject =
            Self { stack, component, declared, standing, whole, gone, up: nothing, destroy: nothing };
        let cloud = subject.standing.path().join("cloud");
        let served = Served::open(&cloud);
        let site = removable(stack, &served.url);
        (subject.up, subject.whole) = subject.measure(&site, &served, "up");
        drop(served);
        copy(&site.path(".finsight"), &subject.standing.path().join("state"));
        let (site, served, _kept) = subject.stands();
        (subject.destroy, subject.gone) = subject.measure(&site, &served, "destroy");
        println!(
            "{stack} {}: {} resources, up {:?}, destroy {:?}",
            component.unwrap_or("whole"),
            subject.declared.len(),
            subject.up,
            subject.destroy
        );
        subject
    }

    /// Runs a command without any trouble; its length, and what the cloud counts afterwards.
    fn measure(&self, site: &Site, served: &Served, command: &str) -> (Length, Status) {
        let (records, calls) = (serial(site), served.call_count());
        site.run(&self.args(&[command, "--yes", "--parallel", "1"])).ok();
        let calls = served.calls(calls).into_iter().filter(|call| call.mutating).count();
        (Length { records: serial(site) - records, calls }, served.status())
    }

    /// A command for the part that this is about.
    pub fn args<'a>(&self, args: &[&'a str]) -> Vec<&'a str> {
        let part = self.component.map(|component| ["--component", component]);
        args.iter().copied().chain(part.into_iter().flatten()).collect()
    }

    /// A site where nothing stands yet, with the shipped config.
    pub fn bare(&self, served: &Served) -> Site {
        Site::at(self.stack, &served.url)
    }

    /// A site where all stands, and its cloud, which lives in the directory.
    pub fn stands(&self) -> (Site, Served, TempDir) {
        let kept = tempfile::tempdir().expect("a temporary directory");
        copy(&self.standing.path().join("cloud"), kept.path());
        let served = Served::open(kept.path());
        let site = removable(self.stack, &served.url);
        copy(&self.standing.path().join("state"), &site.path(".finsight"));
        (site, served, kept)
    }

    /// One more `up` must put everything right, and the next has nothing to do.
    pub fn recover_up(&self, site: &Site, served: &Served) -> Wrong {
        site.run(&self.args(&["up", "--yes"])).ok();
        let mut wrong = compare(site, &served.block(served.eyes.all()), &self.declared);
        wrong += uneven(&served.status(), &self.whole);
        site.run(&self.args(&["up", "--yes"])).ok().says(&["Nothing to change"]);
        wrong
    }

    /// One more `destroy` must leave nothing.
    pub fn recover_destroy(&self, site: &Site, served: &Served) -> Wrong {
        site.run(&self.args(&["destroy", "--yes"])).ok();
        let mut wrong = compare(site, &served.block(served.eyes.all()), &[]);
        wrong += uneven(&served.status(), &self.gone);
        wrong
    }
}

/// A site whose config lets the stack be taken down.
pub fn removable(stack: &str, url: &str) -> Site {
    unprotected(Site::at(stack, url))
}

/// The same with a site.
pub fn unprotected(site: Site) -> Site {
    if site.stack == "prod" {
        site.edit_config(PROTECTION.0, PROTECTION.1);
        site.edit_config("\"final_snapshot\": true", "\"final_snapshot\": false");
        site.edit_config("\"delete_records\": false", "\"delete_records\": true");
        // A rule of prod that has to be waived for that, as people would.
        site.waive("recovery-backups", "prod/**", "2099-12-31");
    }
    site
}

/// What the cloud counts of each type, against what it counts when nobody disturbs.
fn uneven(found: &Status, wanted: &Status) -> Wrong {
    let more = |of: &Status, than: &Status| -> Vec<String> {
        of.iter()
            .filter(|(kind, count)| *count > than.count(kind))
            .map(|(kind, count)| format!("{kind}: {count} and not {}", than.count(kind)))
            .collect()
    };
    let (duplicates, missing) = (more(found, wanted), more(wanted, found));
    if !duplicates.is_empty() || !missing.is_empty() {
        println!("too many: {duplicates:?}, too few: {missing:?}");
    }
    Wrong { duplicates: duplicates.len(), missing: missing.len(), ..Wrong::default() }
}

/// The serial of the last whole record on disk.
fn serial(site: &Site) -> usize {
    if !site.state().exists() {
        return 0;
    }
    let listed = site.run(&["state", "list", "--json"]).ok().json();
    usize::try_from(listed["serial"].as_u64().expect("a serial")).expect("a small number")
}

/// Copies a directory with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory to copy").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file is copied");
        }
    }
}
