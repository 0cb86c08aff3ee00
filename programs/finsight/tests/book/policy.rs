//! `guide/policy.md`: exactly the rules of the policy pack.

use std::fmt::Write as _;

use finsight::policy::rules;

use super::{cell, docs, keep_part};

#[test]
fn the_table_of_rules_is_the_policy_pack() {
    let mut rules = rules();
    rules.sort_by_key(|rule| rule.id);
    let ids: std::collections::BTreeSet<&str> = rules.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), rules.len(), "an id names one rule");
    let mut table = format!("{} rules:\n\n", rules.len());
    table.push_str("| rule | weight | what it asks | why | way out |\n| --- | --- | --- | --- | --- |\n");
    for rule in &rules {
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} | {} |",
            rule.id,
            rule.severity.word(),
            cell(rule.title),
            cell(rule.reason),
            cell(rule.way_out),
        );
    }
    keep_part(&docs().join("guide/policy.md"), "rules", &table);
}
