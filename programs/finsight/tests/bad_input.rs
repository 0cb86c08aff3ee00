//! Whatever a config says: what the preview refuses is refused at its key. That AWS refuses nothing of what passes is shown in
//! `tests/end_to_end/bad_input.rs`.
#![allow(clippy::print_stdout)]

#[allow(dead_code, reason = "what passes is deployed elsewhere")]
mod inputs;

use std::collections::BTreeSet;

use finsight::config::Problem;
use inputs::{Change, Said, base, changes, preview};

/// Where a value is told to be wrong at another key, which is set against it: the key, where, and why.
const SET_AGAINST: &[(&str, &str)] = &[
    // The ranges of subnets lie within the VPC's.
    ("network.cidr", "network."),
    // There is a range for each zone.
    ("network.zones", "network."),
    // A tenth more than the storage at the start.
    ("database.storage_gib", "database.max_storage_gib"),
    // Percentages of the connections, and two windows, and two users.
    ("database.max_connections", "database.proxy.max_connections"),
    ("database.backup_window", "database.maintenance_window"),
    ("database.master_username", "database.application_username"),
    // What is reserved of the account's concurrency.
    ("api.account_concurrency", "api.reserved_concurrency"),
    ("api.reserved_concurrency", "api.functions."),
    // Who waits for a connection lives on for a statement.
    ("api.timeout_seconds", "database.proxy.borrow_timeout_seconds"),
    // Variables of all functions count with those of each.
    ("api.environment", "api.functions."),
    // Data points are of the periods, which are a day at most together; few may log in of those who may ask.
    ("monitoring.alarms.evaluation_periods", "monitoring.alarms."),
    ("security.firewall.requests_per_5_minutes", "security.firewall."),
    // One address may ask for less than all may together; a class is for some versions; something is traced.
    ("api.throttling", "security.firewall.requests_per_5_minutes"),
    ("database.engine_version", "database.instance_class"),
    ("monitoring.tracing.requests_per_second", "monitoring.tracing.percent"),
    // A branch's origin is let in by the API that it calls.
    ("api.cors_origins", "frontend.branches."),
    ("api.domain", "api.cors_origins"),
    // A key that no method asks for has no effect.
    ("api.api_key_required", "api.usage_plans."),
    ("api.api_key_required", "api.cdn.api_key"),
    ("api.usage_plans", "api.api_key_required"),
    ("api.usage_plans", "api.cdn.api_key"),
    // Names in the zone are each one's own.
    ("api.domain", "frontend.branches."),
    ("api.domain", "domain.delegations."),
    ("monitoring.mail.mail_from", "frontend.branches."),
    ("monitoring.mail.mail_from", "domain.delegations."),
    ("domain.delegations", "frontend.branches."),
    // `www` is where the zone's own name leads to.
    ("frontend.branches", "frontend.redirect_apex"),
    // Functions name secrets.
    ("security.secrets", "api.functions.users.secrets"),
    // What is said twice is told at the second place.
    ("network.public_subnets", "network.private_subnets"),
    ("monitoring.budget.alert_percents", "monitoring.budget.alert_percents"),
];

/// Whether a problem is told at the key that was changed, or at one that is set against it.
fn is_at(problem: &Problem, change: &Change) -> bool {
    let (key, place) = (change.key(), change.place());
    let within = |outer: &str, inner: &str| {
        inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'))
    };
    let at = |path: &str| within(path, &problem.path) || within(&problem.path, path);
    let against = SET_AGAINST.iter().any(|(of, at)| key.starts_with(of) && problem.path.starts_with(at));
    at(&key) || at(&place) || against || problem.found.contains(&format!(" at {key}"))
}

#[test]
fn what_aws_would_refuse_is_refused_in_the_preview_at_its_key() {
    let (base, registry) = (base(), finsight_specs::registry());
    assert_eq!(inputs::wrong_at_first(&registry), [] as [String; 0]);
    let mut all = Vec::new();
    changes(&base, &mut Vec::new(), &mut all);
    let (mut shapes, mut refused, mut passed, mut misplaced) = (0, 0, 0, BTreeSet::new());
    let (mut keys, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for change in &all {
        let Some(config) = change.made(&base) else { continue };
        keys.insert(change.key());
        let key = format!("{} {}", change.key(), change.names);
        match preview(&config, &registry, &mut |kinds| seen.insert(format!("{key}: {kinds}"))) {
            Said::Passed => passed += 1,
            Said::Shape => shapes += 1,
            Said::Refused(problems) => {
                refused += 1;
                if let Some(problem) = problems.iter().find(|problem| !is_at(problem, change)) {
                    misplaced.insert(format!("{} = {}: told at {problem:?}", change.key(), change.to));
                }
                assert!(problems.iter().all(|problem| problem.line > 0), "{problems:?}");
            }
        }
    }
    println!(
        "bad input: {} values of {} keys: {refused} refused at the key, {shapes} by their shape, {passed} passed",
        all.len(),
        keys.len()
    );
    let misplaced: Vec<String> = misplaced.into_iter().take(60).collect();
    assert!(misplaced.is_empty(), "{}", misplaced.join("\n"));
}
