//! A resource with as many properties set as can stand together.

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::schema::{Effect, TypeSpec};
use serde_json::Value as Json;

use super::known::KNOWN;
use crate::fixture::Fixture;

/// Beside a property: one sample of every other property that goes with it, the base, and each other. What is changed
/// in place cannot lose what only a replacement changes.
pub fn crowd(fixture: &Fixture, spec: &TypeSpec, property: &str) -> Vec<(String, Json)> {
    let mut all: BTreeMap<String, Json> = fixture.base.clone();
    all.extend(fixture.beside(property).into_iter().map(|(name, value)| (name.to_owned(), value)));
    // What stands because of the tests, not in all of them.
    let beside = fixture.beside(property).into_iter().filter(|(_, value)| !value.is_null());
    let mut standing: BTreeSet<String> = beside.map(|(name, _)| name.to_owned()).collect();
    standing.insert(property.to_owned());
    let replaces = |name: &str| spec.property(name).is_some_and(|it| it.effect == Effect::Replace);
    for (name, (sample, _)) in &fixture.samples {
        let told = name == property || all.contains_key(name) || (replaces(name) && !replaces(property));
        if told || !KNOWN.may_stand(spec.name, name, &standing) {
            continue;
        }
        let needs = fixture.beside(name);
        let goes = |(needed, value): &(&str, Json)| {
            let free = *needed != property && KNOWN.may_stand(spec.name, needed, &standing);
            all.get(*needed).map_or(free, |stands| stands == value)
        };
        if !needs.iter().all(goes) {
            continue;
        }
        let added = needs.into_iter().map(|(name, value)| (name.to_owned(), value));
        for (name, value) in added.chain([(name.clone(), sample.clone())]) {
            if !value.is_null() {
                standing.insert(name.clone());
            }
            all.insert(name, value);
        }
    }
    all.remove(property);
    all.into_iter().collect()
}
