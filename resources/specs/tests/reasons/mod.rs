//! Differences that have a reason, each in a file beside what it is held against.

use std::collections::BTreeMap;
use std::fmt::Display;

/// Fails where something differs without a reason, or a reason is left of what does not differ any more.
pub fn explain(differ: &BTreeMap<String, impl Display>, reasons: &str) {
    let reasons: BTreeMap<String, String> =
        serde_json::from_str(reasons).expect("a reason for each difference");
    let unexplained: Vec<String> = differ
        .iter()
        .filter(|(name, _)| !reasons.contains_key(*name))
        .map(|(name, says)| format!("{name}: {says}"))
        .collect();
    assert!(unexplained.is_empty(), "no reason for:\n{}", unexplained.join("\n"));
    let stale: Vec<&String> = reasons.keys().filter(|name| !differ.contains_key(*name)).collect();
    assert!(stale.is_empty(), "they do not differ any more: {stale:?}");
}
