//! `guide/policy.md`: exactly the rules of the policy pack.

use std::fmt::Write as _;

use finsight::policy::{Source, explained, rules};

use super::{cell, docs, keep, keep_part};

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

/// What `policy explain` prints, of all rules.
#[test]
fn the_reference_explains_each_rule() {
    let mut all = explained();
    all.sort_by_key(|one| one.rule.id);
    let mut page = "# Rules of the policy pack\n\nWhat `finsight-deploy policy explain RULE` prints. [The policy pack](../guide/policy.md) says when rules are asked, and how a finding is accepted for a time.\n".to_owned();
    for one in &all {
        let linked = |source: &Source| match source.url {
            Some(url) => format!("[{}]({url})", cell(source.title)),
            None => cell(&source.to_string()),
        };
        let sources: Vec<String> = one.sources.iter().map(linked).collect();
        let _ = write!(
            page,
            "\n## `{}`\n\n{}, {}.\n\n| | |\n| --- | --- |\n| asks for | {} |\n| without it | {} |\n| what to do | {} |\n| sources | {} |\n",
            one.rule.id,
            one.rule.severity.word(),
            one.rule.reason,
            cell(one.rule.title),
            cell(one.suffers),
            cell(one.rule.way_out),
            sources.join("; "),
        );
    }
    keep(&docs().join("reference/rules.md"), &page);
}
