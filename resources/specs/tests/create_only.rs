//! What only a new resource can take, against CloudFormation's published schemas (`cloudformation/make.py`): each
//! difference has its reason in `cloudformation/reasons.json`.
#![allow(clippy::print_stdout)]

mod reasons;

use std::collections::{BTreeMap, BTreeSet};

use finsight_engine::schema::Effect;
use reasons::explain;
use serde_json::Value;

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// `DBInstanceIdentifier` and `db_instance_identifier` are one.
fn plain(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}

fn plain_all(names: &Value) -> BTreeSet<String> {
    names.as_array().into_iter().flatten().filter_map(Value::as_str).map(plain).collect()
}

#[test]
fn what_only_a_create_sets_is_what_cloudformation_says() {
    let schemas = read(include_str!("cloudformation/schemas.json"));
    let (mut types, mut compared, mut differ) = (0, 0, BTreeMap::new());
    let (mut without, mut unmatched) = (Vec::new(), 0);
    for spec in finsight_specs::registry().iter() {
        let schema = &schemas["types"][spec.name];
        if schema.is_null() {
            without.push(spec.name);
            continue;
        }
        types += 1;
        let (known, fixed) = (plain_all(&schema["properties"]), plain_all(&schema["create_only"]));
        let maybe = plain_all(&schema["maybe"]);
        for property in &spec.properties {
            let name = plain(property.name);
            if !known.contains(&name) {
                unmatched += 1;
                continue;
            }
            compared += 1;
            let (ours, theirs) = (property.effect == Effect::Replace, fixed.contains(&name));
            if ours != theirs && !maybe.contains(&name) {
                let says = if theirs { "replaced by CloudFormation" } else { "in place by CloudFormation" };
                differ.insert(format!("{}.{}", spec.name, property.name), says);
            }
        }
    }
    println!(
        "create-only: {types} types, {compared} properties compared, {} differ, {unmatched} have no counterpart",
        differ.len()
    );
    println!("without a schema: {}", without.join(", "));
    explain(&differ, include_str!("cloudformation/reasons.json"));
}
