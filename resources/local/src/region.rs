//! Where services are: a name that does not exist cannot be connected to.

use crate::call::Call;

const TABLE: &str = include_str!("../../specs/data/regions.txt");

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
