//! Tags of other hands: none of ours, and none of AWS's.

use super::Wrong;
use crate::common::OWN_TAGS;
use crate::config::Config;

/// The longest key of a tag ("Tag naming limits and requirements").
const LONGEST: usize = 128;
/// What the keys of the engine's own tags begin with, and those of AWS's.
const ENGINE: &str = "finsight:";
const AWS: &str = "aws:";

pub(super) fn check(config: &Config, wrong: Wrong<'_>) {
    let ignore = &config.tags.ignore;
    for (index, key) in ignore.keys.iter().enumerate() {
        let own = OWN_TAGS.contains(&key.as_str()) || key.starts_with(ENGINE);
        judge(&format!("tags.ignore.keys.{index}"), key, own, wrong);
    }
    for (index, prefix) in ignore.prefixes.iter().enumerate() {
        let covers = |key: &&str| key.starts_with(prefix.as_str());
        let own = prefix.starts_with(ENGINE) || OWN_TAGS.iter().chain([&ENGINE]).any(covers);
        judge(&format!("tags.ignore.prefixes.{index}"), prefix, own, wrong);
    }
}

fn judge(path: &str, text: &str, own: bool, wrong: Wrong<'_>) {
    if text.trim().is_empty() {
        wrong(path, "nothing".to_owned(), "the key of a tag, or what keys begin with, such as audit:");
    } else if own {
        let expected = format!("none of the stack's own tags: {ENGINE}… and {}", OWN_TAGS.join(", "));
        wrong(path, format!("`{text}`"), &expected);
    } else if text.to_ascii_lowercase().starts_with(AWS) {
        wrong(path, format!("`{text}`"), "another one: AWS's own tags are left alone anyhow");
    } else if text.chars().count() > LONGEST {
        wrong(path, format!("{} characters", text.chars().count()), "at most 128, as AWS takes them");
    }
}
