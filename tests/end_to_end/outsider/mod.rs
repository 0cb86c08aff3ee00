//! Someone else changes what we made, or has resources beside ours.

mod ahead;
mod changes;
mod fixes;
mod imports;
mod lost;
mod reports;
mod strangers;
mod tags;

use serde_json::Value;

use crate::support::wrong::{compare, declared};
use crate::support::{Served, Site};

/// A stack that stands in an AWS of its own.
pub struct Deployed {
    pub served: Served,
    pub site: Site,
    declared: Vec<String>,
}

impl Deployed {
    pub fn new(stack: &str) -> Self {
        let served = Served::new();
        let site = Site::at(stack, &served.url);
        let declared = declared(&site);
        site.run(&["up", "--yes"]).ok();
        Self { served, site, declared }
    }

    /// What `drift --json` finds of one resource; it must find it, and exit with 2.
    #[track_caller]
    pub fn found(&self, ending: &str, kind: &str) -> Value {
        let document = self.site.run(&["drift", "--json"]).exit(2).json();
        let drifted = document["drifted"].as_array().expect("a list");
        let one = drifted
            .iter()
            .find(|d| d["kind"] == *kind && d["urn"].as_str().is_some_and(|u| u.ends_with(ending)));
        one.unwrap_or_else(|| panic!("{ending} is not {kind} in {document:#}")).clone()
    }

    /// One changed property: before and after contain these texts, or are `null` where empty.
    #[track_caller]
    pub fn changed(&self, ending: &str, path: &str, before: &str, after: &str) {
        let one = self.found(ending, "changed");
        let diff = one["diff"].as_array().expect("a list");
        let change = diff.iter().find(|change| change["path"].as_str().is_some_and(|p| p.starts_with(path)));
        let change = change.unwrap_or_else(|| panic!("no change of {path} in {one:#}"));
        for (side, text) in [("before", before), ("after", after)] {
            let found = change[side].to_string();
            assert!(found.contains(text), "{side} of {path} is {found}, without {text}");
        }
    }

    /// `up` puts it right, and drift is clean then.
    #[track_caller]
    pub fn put_right(&self) {
        self.site.run(&["up", "--yes"]).ok();
        self.clean();
    }

    #[track_caller]
    pub fn clean(&self) {
        let document = self.site.run(&["drift", "--json"]).ok().json();
        assert_eq!(document["drifted"], serde_json::json!([]));
        assert_eq!(document["checked"], self.declared.len());
        let wrong = compare(&self.site, &self.served.block(self.served.eyes.all()), &self.declared);
        assert!(wrong.none(), "{wrong:?}");
    }
}
