//! What a config's shape cannot say: ranges, counts, names.

mod api;
mod database;
mod dmarc;
mod names;
mod network;
mod others;
mod tags;
mod uploads;
mod variables;

use std::collections::BTreeSet;

use finsight_engine::urn::nearest;
use finsight_specs::regions;
use serde_json::Value as Json;

use super::Config;

/// A finding at a path of the config.
pub(super) struct Finding {
    pub path: String,
    pub found: String,
    pub expected: String,
}

/// The retentions that CloudWatch Logs takes, in days (`aws-semantics.md` 13), from a week on: what failed on Friday is looked for on
/// Monday.
const RETENTIONS: &[i64] =
    &[7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// All that is wrong with a config.
pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wrong = |path: &str, found: String, expected: &str| {
        findings.push(Finding { path: path.to_owned(), found, expected: expected.to_owned() });
    };
    region(&config.region, &mut wrong);
    if let Some(account) = &config.account
        && (account.len() != 12 || !account.chars().all(|c| c.is_ascii_digit()))
    {
        wrong("account", format!("`{account}`"), "an account id of 12 digits");
    }
    let whole = serde_json::to_value(config).unwrap_or_default();
    plain(&whole, "", &mut wrong);
    repeated(&whole, "", &mut wrong);
    network::check(&config.network, &config.region, &mut wrong);
    database::check(&config.database, &config.region, &mut wrong);
    database::waits(config, &mut wrong);
    api::check(config, &mut wrong);
    names::check(config, &mut wrong);
    others::check(config, &mut wrong);
    uploads::check(config, &mut wrong);
    variables::check(config, &mut wrong);
    tags::check(config, &mut wrong);
    findings
}

/// A region that AWS has, with all services of the stack.
fn region(name: &str, wrong: Wrong<'_>) {
    if regions::partition(name).is_none() {
        let near = nearest(name, regions::all());
        let near = near.first().copied().unwrap_or("ap-northeast-1");
        return wrong("region", format!("`{name}`"), &format!("a region of AWS, such as {near}"));
    }
    let registry = finsight_specs::registry();
    let absent = registry.iter().filter(|spec| !regions::has(name, spec.name));
    let absent: BTreeSet<&str> = absent.filter_map(|spec| spec.name.split(':').nth(1)).collect();
    if !absent.is_empty() {
        let absent = absent.into_iter().collect::<Vec<_>>().join(", ");
        let expected = "a region that has all services of the stack, such as ap-northeast-1";
        wrong("region", format!("`{name}`, where AWS has no {absent}"), expected);
        return;
    }
    if let Some((_, lacks)) = FEATURES.iter().find(|(feature, _)| !regions::has_feature(name, feature)) {
        let expected = "a region that has all that the stack uses, such as ap-northeast-1";
        wrong("region", format!("`{name}`, {lacks}"), expected);
    }
}

/// What the stack has of a service that is not in all regions where the service is.
const FEATURES: &[(&str, &str)] = &[("cloudfront-logs", "where CloudFront delivers no access logs")];

/// Takes a finding: where, what, and what is allowed.
type Wrong<'a> = &'a mut dyn FnMut(&str, String, &str);

fn within(path: &str, value: i64, range: std::ops::RangeInclusive<i64>, wrong: Wrong<'_>) {
    if !range.contains(&value) {
        wrong(path, value.to_string(), &format!("{} to {}", range.start(), range.end()));
    }
}

fn retention(path: &str, days: i64, wrong: Wrong<'_>) {
    if !RETENTIONS.contains(&days) {
        let allowed: Vec<String> = RETENTIONS.iter().map(ToString::to_string).collect();
        wrong(path, days.to_string(), &format!("one of {}", allowed.join(", ")));
    }
}

/// What steers a terminal is in no name and no text: AWS takes it nowhere, but for lines.
fn plain(value: &Json, path: &str, wrong: Wrong<'_>) {
    let steers = |text: &str| text.chars().any(|c| c.is_control() && !"\n\t".contains(c));
    let below = |part: &str| if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") };
    match value {
        Json::String(text) if steers(text) => {
            wrong(path, format!("{text:?}"), "a text without control characters");
        }
        Json::Object(map) => map.iter().for_each(|(name, item)| {
            if steers(name) {
                wrong(path, format!("the name {name:?}"), "names without control characters");
            }
            plain(item, &below(name), wrong);
        }),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| plain(item, &below(&index.to_string()), wrong))
        }
        _ => {}
    }
}

/// A list of the config never says one thing twice: two subnets in one zone fail together, and two resources of one name
/// are none.
fn repeated(value: &Json, path: &str, wrong: Wrong<'_>) {
    let below = |part: &str| if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") };
    match value {
        Json::Object(map) => map.iter().for_each(|(name, item)| repeated(item, &below(name), wrong)),
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let path = below(&index.to_string());
                if !item.is_object() && items[..index].contains(item) {
                    let said = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                    wrong(&path, format!("`{said}` a second time"), "each once");
                }
                repeated(item, &path, wrong);
            }
        }
        _ => {}
    }
}

fn positive(path: &str, value: f64, wrong: Wrong<'_>) {
    if !(value > 0.0 && value.is_finite()) {
        wrong(path, value.to_string(), "a number above 0");
    }
}

/// A name of DNS: labels of letters, digits and hyphens.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

/// Whether a text can stand in the value of a tag: letters and digits of any script, spaces, and these signs.
fn is_tag_text(text: &str) -> bool {
    text.trim() == text && text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
}

/// Whether a name of DNS lies below a zone.
fn is_below(domain: &str, zone: &str) -> bool {
    domain.strip_suffix(zone).is_some_and(|front| front.ends_with('.') && front.len() > 1)
}

fn in_zone(path: &str, domain: &str, zone: &str, wrong: Wrong<'_>) {
    if !is_domain(domain) || !is_below(domain, zone) {
        wrong(path, format!("`{domain}`"), &format!("a name in the zone, such as www.{zone}"));
    }
}
