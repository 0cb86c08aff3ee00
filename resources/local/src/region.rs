//! Where services are: a name that does not exist cannot be connected to. Their features, and the zones of regions.

use crate::call::Call;

const TABLE: &str = include_str!("../../specs/data/regions.txt");

const FEATURES: &str = include_str!("../../specs/data/features.txt");
const ZONES: &str = include_str!("../../specs/data/zones.txt");

/// What a table says of a name.
fn line(table: &'static str, name: &str) -> &'static str {
    table.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap_or_default()
}

/// Whether a region has a feature of a service, such as `cloudfront-logs`.
pub(crate) fn has_feature(region: &str, feature: &str) -> bool {
    let without = line(FEATURES, feature).split(' ').next().unwrap_or_default();
    !without.split(',').any(|name| name == region)
}

/// The zones of a region, name and id: those that an account usually sees, or `every` one.
pub(crate) fn zones(region: &str, every: bool) -> Vec<(String, String)> {
    let (code, letters) = line(ZONES, region).split_once(' ').unwrap_or(("zone", "a1 b2 c3"));
    let seen = letters.split(' ').filter(|word| every || !word.starts_with('('));
    let zone = |word: &str| {
        let (letter, number) = word.trim_matches(['(', ')']).split_at_checked(1)?;
        Some((format!("{region}{letter}"), format!("{code}-az{number}")))
    };
    seen.filter_map(zone).collect()
}

/// The names of all regions.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter_map(|line| line.strip_prefix("region ")?.split(' ').nth(1))
}

/// Whether AWS has an endpoint where a call goes: there is such a region, and it has the service.
pub(crate) fn has_endpoint(call: &Call) -> bool {
    let (service, region) = (call.service.name(), call.signed_region.as_str());
    let fields = || {
        TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').collect::<Vec<_>>())
    };
    let stands = fields().any(|line| matches!(line[..], ["region", _, name] if name == region));
    let lacks = |line: Vec<&str>| matches!(line[..], ["without", of, names] if of == service && names.split(',').any(|name| name == region));
    stands && !fields().any(lacks)
}
