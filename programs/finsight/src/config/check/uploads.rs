//! Paths of uploads, where the firewall takes bodies that it cannot judge whole.

use super::Wrong;
use super::api::OPEN;
use crate::config::Config;

/// What a path of uploads exempts begins with it: it lies in one group of paths that asks for a token, or it exempts others too.
pub(super) fn check(config: &Config, wrong: Wrong<'_>) {
    let groups: Vec<&str> =
        config.api.functions.all().iter().flat_map(|(_, groups, _)| groups.iter().copied()).collect();
    let closed: Vec<String> =
        groups.iter().filter(|group| **group != OPEN).map(|group| format!("/{group}")).collect();
    for (index, upload) in config.security.firewall.upload_paths.iter().enumerate() {
        let path = format!("security.firewall.upload_paths.{index}");
        let fits = |c: char| c.is_ascii_alphanumeric() || "/-_".contains(c);
        // AWS WAF looks for 200 bytes at most.
        if !upload.starts_with('/') || !(2..=200).contains(&upload.len()) || !upload.chars().all(fits) {
            let expected = "the beginning of a path, such as /transactions, of 200 bytes at most";
            wrong(&path, format!("`{upload}`"), expected);
            continue;
        }
        let first = upload.split('/').nth(1).unwrap_or_default();
        if !closed.iter().any(|group| group[1..] == *first) {
            let expected =
                format!("{}, or a path below one: all that begins with it is exempt", closed.join(", "));
            wrong(&path, format!("`{upload}`"), &expected);
        }
    }
}
