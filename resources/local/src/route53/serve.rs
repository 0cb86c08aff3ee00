//! What public zones answer for a name.

use super::{HOME, record};
use crate::world::World;

/// The name that an `A` record of a public zone stands for.
pub(crate) fn leads_to(world: &World, name: &str) -> Option<String> {
    let name = record::dns(name);
    let zones = world.route53.get(HOME)?.zones.values().filter(|zone| !zone.private());
    let record =
        zones.flat_map(|zone| &zone.records).find(|record| record.name == name && record.kind == "A")?;
    record.alias.as_ref().map(|alias| alias.name.trim_end_matches('.').to_owned())
}
