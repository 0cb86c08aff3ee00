//! dump
use finsight::artifacts::Artifacts;
use finsight::config::{built_in, parse};
use finsight_engine::policy::{Subject, evaluate};
#[test]
fn base() {
    for stack in ["dev", "staging", "prod"] {
        let config = parse("t", built_in(stack).unwrap()).unwrap();
        let graph = finsight::finsight(stack, &config, &Artifacts::default()).unwrap();
        let registry = finsight_specs::registry();
        let found = evaluate(&finsight::policy::rules(), &Subject::new(&graph, &registry, "2026-11-30"), &finsight::policy::waivers(&config.security));
        for one in found.iter().filter(|one| one.waived.is_none()) { println!("{stack} {} {:?} {}", one.rule, one.urn.as_ref().map(|u| u.to_string()), one.message); }
    }
}
