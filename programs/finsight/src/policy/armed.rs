//! Whether what protects, records or keeps is switched on: it is paid for, and looks as if it were.

use std::collections::BTreeSet;

use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation, referred};
use finsight_engine::value::{Map, Value, at_path};
use finsight_specs::scheduler::moments;

use super::document::{Operation, api_of};
use super::effect::EFFECT;
use super::pack;
use super::plain::{at, plain};
use super::works::{behaviors, kept_by, of_api, origins};
use crate::cost::hours::is_monthly;

pub(super) fn rules() -> Vec<Rule> {
    let (error, warning) = (pack(Severity::Error, EFFECT), pack(Severity::Warning, EFFECT));
    vec![
        error(
            "effect-firewall",
            "rules of a firewall refuse what they find",
            "let the rule block, or waive it for as long as it is only tried out",
            firewall,
        ),
        warning(
            "effect-cache",
            "a cache that is paid for keeps something",
            "name api.cache.groups, give the cache policy a max_ttl, or take the cache away",
            cache,
        ),
        error(
            "effect-schedules",
            "schedules call, and copies of a database are taken about each month",
            "set the schedule's state to ENABLED and its expression to times that are still to come, for copies once a month; or take it away",
            schedules,
        ),
        error(
            "effect-recorder",
            "recorders of configurations record",
            "declare a ConfigurationRecorderStatus of the recorder that records",
            recorder,
        ),
        error("effect-probe", "health checks ask as users do", "let the health check ask by HTTPS", probe),
    ]
}

/// How a web ACL's own rules and groups act that do not refuse. One rule of a group may count where another of the web ACL's own
/// refuses the same, as with long bodies: `effect-bodies` looks at that.
fn firewall(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for acl in subject.of_type("aws:wafv2:WebACL") {
        let rules = acl.get("rules").and_then(Value::as_map);
        for (name, rule) in
            rules.into_iter().flatten().filter_map(|(name, rule)| Some((name, rule.as_map()?)))
        {
            let counts = ["action.count", "override_action.count"];
            if counts.iter().any(|path| at_path(rule, path).is_some()) {
                found.push(Violation::new(acl, format!("its rule {name} counts, and refuses nobody")));
            }
            let group = at_path(rule, "statement.managed_rule_group_statement").and_then(Value::as_map);
            let other = group.and_then(|group| group.get("rule_action_overrides")).and_then(Value::as_map);
            let mut lax: BTreeSet<&str> = BTreeSet::new();
            for (part, action) in other.into_iter().flatten() {
                let refuses =
                    action.as_map().is_some_and(|map| map.keys().any(|key| REFUSE.contains(&key.as_str())));
                if !refuses && part != super::works::LONG_BODIES {
                    lax.insert(part);
                }
            }
            if !lax.is_empty() {
                let lax = lax.into_iter().collect::<Vec<_>>().join(", ");
                found.push(Violation::new(acl, format!("its rule {name} counts what {lax} would refuse")));
            }
        }
    }
    found
}

/// Actions that stop whoever is not to pass.
const REFUSE: &[&str] = &["block", "captcha", "challenge"];

fn cache(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for stage in subject.of_type("aws:apigateway:Stage").filter(|one| one.is("cache_cluster_enabled", true)) {
        let Some(api) = api_of(subject, stage, "rest_api_id") else { continue };
        if !Operation::all(api).iter().any(|operation| kept_by(stage, operation)) {
            let message = "its cache is paid for by the hour, and no method's answers are kept in it";
            found.push(Violation::new(stage, message));
        }
    }
    for item in subject.of_type("aws:cloudfront:Distribution") {
        let apis: BTreeSet<&str> = origins(item).filter(|(_, one)| of_api(one)).map(|(id, _)| id).collect();
        for behavior in behaviors(item) {
            let policy = behavior.get("cache_policy_id").and_then(referred).and_then(|urn| subject.get(urn));
            let Some(policy) = policy.filter(|_| apis.contains(at(behavior, "target_origin_id").as_str()))
            else {
                continue;
            };
            if policy.get("max_ttl").and_then(Value::as_int) == Some(0) {
                let pattern = behavior.get("path_pattern").map_or_else(|| "*".to_owned(), plain);
                let message = format!("{} lets it keep nothing of {pattern}: its max_ttl is 0", policy.urn());
                found.push(Violation::new(item, message));
            }
        }
    }
    found
}

/// Copies made by hand that RDS keeps in a region, until somebody deletes them ("Quotas and constraints for Amazon RDS", manual DB
/// instance snapshots).
const COPIES: usize = 100;

fn schedules(subject: &Subject<'_>) -> Vec<Violation> {
    let wrong = |one: &Filled<'_>| -> Option<String> {
        if one.is("state", "DISABLED") {
            return Some("it is switched off: what it is for is never done, and nothing says so".to_owned());
        }
        let expression = one.get("schedule_expression").and_then(Value::as_text)?;
        let ended = one.get("end_date").and_then(Value::as_text).is_some_and(|end| end < subject.today);
        // One more copy than RDS keeps.
        let next = moments(expression, subject.today, COPIES + 1);
        if ended || next.is_empty() {
            return Some(format!(
                "{expression} never comes again after {}: what it is for is not done any more",
                subject.today
            ));
        }
        if super::windows::action(one) != "createDBSnapshot" || is_monthly(&next) {
            return None;
        }
        let days = next.last().zip(next.first()).map_or(0, |(last, first)| (last - first) / (24 * 60));
        Some(if next.len() > COPIES && days < 28 * 100 {
            format!(
                "{expression} takes {COPIES} copies within {days} days, which is all that RDS keeps until somebody deletes some: then each fails"
            )
        } else {
            format!(
                "{expression} does not take a copy about each month: the one that is needed is too old, or is not there"
            )
        })
    };
    let all = subject.of_type("aws:scheduler:Schedule");
    all.filter_map(|one| Some(Violation::new(one, wrong(one)?))).collect()
}

/// "Managing the customer managed configuration recorder": a recorder that was not started records nothing.
fn recorder(subject: &Subject<'_>) -> Vec<Violation> {
    let started = |recorder: &Filled<'_>| {
        let mut all = subject.of_type("aws:config:ConfigurationRecorderStatus");
        all.any(|one| one.refers_to("name") == Some(recorder.urn()) && !one.is("recording", false))
    };
    let all = subject.of_type("aws:config:ConfigurationRecorder").filter(|one| !started(one));
    all.map(|one| Violation::new(one, "nothing starts it: it records nothing, and no rule judges anything"))
        .collect()
}

/// The types of health checks that ask as a browser does, and judge what is answered.
const AS_USERS: &[&str] = &["HTTPS", "HTTPS_STR_MATCH"];

/// Names that CloudFront or API Gateway answers for, which take HTTPS alone.
fn probe(subject: &Subject<'_>) -> Vec<Violation> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for item in subject.of_type("aws:cloudfront:Distribution") {
        names.extend(super::plain::plains(item.get("aliases")));
    }
    names.extend(
        subject.of_type("aws:apigateway:DomainName").filter_map(|one| one.get("domain_name")).map(plain),
    );
    let mut found = Vec::new();
    for check in subject.of_type("aws:route53:HealthCheck") {
        let text = |inputs: &Map, name: &str| at(inputs, name);
        let kind = text(&check.inputs, "health_check_type");
        let name = text(&check.inputs, "fully_qualified_domain_name");
        if names.contains(&name) && !AS_USERS.contains(&kind.as_str()) {
            let message = format!("it asks {name} by {kind}: what is answered over TLS, it does not see");
            found.push(Violation::new(check, message));
        }
    }
    found
}
