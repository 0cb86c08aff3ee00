//! Every reference of the shipped stacks says what it holds.

use std::collections::{BTreeMap, BTreeSet};

use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight_engine::schema::Effect;

/// What is not said is taken for a hold, and a hold that is none makes a plan refuse what AWS allows.
#[test]
fn every_reference_says_how_it_lets_go() {
    let registry = finsight_specs::registry();
    let mut unsaid: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for stack in ["dev", "staging", "prod"] {
        let config = parse(&format!("{stack}.json"), built_in(stack).expect("it is shipped"))
            .unwrap_or_else(|error| panic!("{error}"));
        let graph = finsight::finsight(stack, &config, &Artifacts::default())
            .unwrap_or_else(|errors| panic!("{stack}: {errors:?}"));
        for node in graph.nodes.values() {
            for (to, via) in node.dependencies() {
                let spec = registry.get(node.urn.type_name()).expect("a known type");
                let Some(property) = spec.property(&via) else {
                    assert!(
                        node.options.depends_on.contains_key(&to),
                        "{}: {via} is neither a property nor an option",
                        node.urn
                    );
                    continue;
                };
                seen.insert((spec.name, property.name));
                if property.lets_go.is_none() && property.effect != Effect::Replace {
                    let which = format!("{}.{}", spec.name, property.name);
                    unsaid.entry(which).or_default().insert(to.type_name().to_owned());
                }
            }
        }
    }
    assert!(unsaid.is_empty(), "these count as holds, for they do not say how they let go: {unsaid:#?}");
    assert!(seen.len() > 60, "{} properties refer to something", seen.len());
}
