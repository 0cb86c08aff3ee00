//! What is wrong between a cloud, a state and a program.

use std::collections::{BTreeMap, BTreeSet};

use super::eyes::{LISTED, Seen};
use super::site::Site;

/// Counts of what must be zero.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// Resources that the state does not know.
    pub orphans: usize,
    /// More of a type than the program declares.
    pub duplicates: usize,
    /// Rows, or declarations, that no resource stands for.
    pub missing: usize,
    /// Resources without our stack's tag.
    pub untagged: usize,
}

impl Wrong {
    pub fn none(self) -> bool {
        self == Self::default()
    }
}

impl std::ops::AddAssign for Wrong {
    fn add_assign(&mut self, other: Self) {
        self.orphans += other.orphans;
        self.duplicates += other.duplicates;
        self.missing += other.missing;
        self.untagged += other.untagged;
    }
}

/// Compares the cloud's listing with the state's and with the program's graph (`declared` URNs).
pub fn compare(site: &Site, listing: &[Seen], declared: &[String]) -> Wrong {
    let mut wrong = Wrong::default();
    let rows = site.rows();
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let type_of = |urn: &str| urn.split('/').nth(2).unwrap_or_default().to_owned();
    let known: BTreeSet<(String, String)> =
        rows.iter().map(|row| (type_of(&text(row, "urn")), text(row, "id"))).collect();
    let seen: BTreeSet<(String, String)> =
        listing.iter().map(|s| (s.kind.to_owned(), s.id.clone())).collect();
    wrong.orphans = seen.difference(&known).count();
    wrong.missing = known.difference(&seen).filter(|(kind, _)| LISTED.contains(&kind.as_str())).count();

    let count = |kinds: Vec<String>| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for kind in kinds {
            *counts.entry(kind).or_default() += 1;
        }
        counts
    };
    let wanted = count(declared.iter().map(|urn| type_of(urn)).collect());
    for (kind, number) in count(listing.iter().map(|s| s.kind.to_owned()).collect()) {
        wrong.duplicates += number.saturating_sub(wanted.get(&kind).copied().unwrap_or(0));
    }
    let urns: BTreeSet<String> = rows.iter().map(|row| text(row, "urn")).collect();
    wrong.missing += declared.iter().filter(|urn| !urns.contains(*urn)).count();
    wrong.duplicates += rows.len() - urns.len();
    wrong.missing += rows.iter().filter(|row| row["status"] != "ready" || row["deposed"] != false).count();
    let ours = |seen: &&Seen| seen.tags.get("finsight:stack") == Some(&site.stack);
    wrong.untagged = listing.iter().filter(|s| s.kind != "aws:kms:Alias").filter(|s| !ours(s)).count();
    let owners: Vec<&String> = listing.iter().filter_map(|s| s.tags.get("finsight:id")).collect();
    wrong.duplicates += owners.len() - owners.iter().collect::<BTreeSet<_>>().len();
    wrong
}

/// The URNs that the program declares.
pub fn declared(site: &Site) -> Vec<String> {
    let graph = site.run(&["graph", "--format", "json"]).ok().json();
    let nodes = graph["resources"].as_array().expect("resources");
    nodes.iter().map(|node| node["urn"].as_str().expect("a URN").to_owned()).collect()
}
