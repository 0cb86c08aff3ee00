//! `reference/holds.md`: what AWS allows only once, and what keeps what from being deleted in the shipped stacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use finsight_engine::schema::LetsGo;

use super::types::{claims, letting_word, linked};
use super::{STACKS, docs, graph_of, keep};

/// A reference: the holder's type, its property, and the type that it refers to.
type Reference = (&'static str, &'static str, String);

/// Every kind of reference in the shipped stacks, with how the holder lets go.
fn references() -> BTreeMap<Reference, LetsGo> {
    let registry = finsight_specs::registry();
    let mut found = BTreeMap::new();
    for node in STACKS.into_iter().flat_map(|stack| graph_of(stack).nodes.into_values()) {
        let spec = registry.get(node.urn.type_name()).expect("a known type");
        for (to, via) in node.dependencies() {
            let Some(property) = spec.property(&via) else {
                assert!(node.options.depends_on.contains_key(&to), "{}: {via} is no property", node.urn);
                continue;
            };
            let to = to.type_name();
            found.insert((spec.name, property.name, to.to_owned()), property.letting_of(to));
        }
    }
    found
}

const HEAD: &str = "# Claims and holds

What the planner knows of AWS's refusals, from the specs in `resources/specs/src`. This page is made by
`UPDATE_REFERENCE=1 cargo test -p finsight --test book`; without the variable the test compares it. How the words are
meant stands [with the types](resource-types.md).

## What AWS allows only once

Of a list each element counts by itself. IP ranges count where they overlap. What is not set, and a flag that is off,
counts for nothing.

| type | only once |
| --- | --- |
";

const HOLDS: &str = "
## What holds what

Every kind of reference in the shipped stacks that keeps AWS from deleting what it refers to, or what is referred to from
being of use after it, and how the holder lets go of it when it stays itself.

| holder | property | what it holds | lets go |
| --- | --- | --- | --- |
";

const FREE: &str = "
## What holds nothing

Every other kind of reference in the shipped stacks: AWS deletes what is referred to all the same.

| type | properties |
| --- | --- |
";

#[test]
fn the_page_of_claims_and_holds_is_the_registry() {
    let registry = finsight_specs::registry();
    let mut page = HEAD.to_owned();
    for spec in registry.iter() {
        let claims = claims(spec);
        if !claims.is_empty() {
            let _ = writeln!(page, "| {} | {} |", linked(spec.name), claims.join("; "));
        }
    }
    let none: Vec<String> =
        registry.iter().filter(|spec| spec.claims().next().is_none()).map(|spec| linked(spec.name)).collect();
    let _ = writeln!(page, "\nNothing is claimed by {}.", none.join(", "));

    let mut free: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    page.push_str(HOLDS);
    for ((holder, property, to), how) in references() {
        if how == LetsGo::Free {
            free.entry(holder).or_default().insert(property);
        } else {
            let said = letting_word(how);
            let _ = writeln!(page, "| {} | `{property}` | {} | {said} |", linked(holder), linked(&to));
        }
    }
    page.push_str(FREE);
    for (holder, properties) in free {
        let names: Vec<String> = properties.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(page, "| {} | {} |", linked(holder), names.join(", "));
    }
    keep(&docs().join("reference/holds.md"), &page);
}
