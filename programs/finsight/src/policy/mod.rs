//! The policy pack: requirement S6, the security checklist as rules.

mod access;
mod addresses;
mod alarms;
mod armed;
mod arns;
mod audit;
mod callers;
mod composite;
mod document;
mod edge;
mod effect;
mod encryption;
mod explained;
mod failures;
mod heard;
mod limits;
mod listeners;
mod logins;
mod logs;
mod mail;
mod math;
mod metrics;
mod names;
mod network;
mod outages;
mod pages;
mod paths;
mod pattern;
mod placeholders;
mod plain;
mod quotas;
mod reach;
mod rights;
mod seen;
mod sent;
mod site;
mod support;
mod transfer;
mod windows;
mod works;
mod worlds;

pub use explained::{Explained, NoRule, Source, explain, explained};
use finsight_engine::policy::{Rule, Severity, Subject, Violation, Waiver};
use finsight_engine::urn::UrnPattern;

use crate::config::SecurityConfig;

/// Why of rules about what has to work together.
const WORKS: &str = "operation: it works on its first day";
/// Why of rules about alarms, and who hears of them.
const HEARD: &str = "operation: what goes wrong is heard of";

/// What finds the breaks of a rule.
type Check = fn(&Subject<'_>) -> Vec<Violation>;

/// Declares rules that share a weight and a reason: each with its id, what it asks for, the way out, and what finds its breaks.
fn pack(
    severity: Severity,
    reason: &'static str,
) -> impl Fn(&'static str, &'static str, &'static str, Check) -> Rule {
    move |id, title, way_out, check| Rule { id, severity, title, reason, way_out, check }
}

/// All rules.
#[must_use]
pub fn rules() -> Vec<Rule> {
    let packs = [
        transfer::rules(),
        encryption::rules(),
        access::rules(),
        audit::rules(),
        support::rules(),
        quotas::rules(),
        heard::rules(),
        alarms::rules(),
        worlds::rules(),
        listeners::rules(),
        works::rules(),
        logins::rules(),
        windows::rules(),
        reach::rules(),
        network::rules(),
        rights::rules(),
        effect::rules(),
        edge::rules(),
        logs::rules(),
        limits::rules(),
        site::rules(),
        names::rules(),
        placeholders::rules(),
        armed::rules(),
        outages::rules(),
    ];
    packs.into_iter().flatten().collect()
}

/// The waivers of a config.
#[must_use]
pub fn waivers(config: &SecurityConfig) -> Vec<Waiver> {
    let waiver = |of: &crate::config::Waiver| Waiver {
        rule: of.rule.clone(),
        urns: UrnPattern::new(&of.urn),
        reason: of.reason.clone(),
        until: of.until.clone(),
    };
    config.waivers.iter().map(waiver).collect()
}
