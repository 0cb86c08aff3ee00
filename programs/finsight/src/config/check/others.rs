//! Frontend, monitoring and security.

use super::{Wrong, in_zone, is_below, is_domain, positive, retention, within};
use crate::config::Config;

pub(super) fn check(config: &Config, wrong: Wrong<'_>) {
    domain(config, wrong);
    frontend(config, wrong);
    monitoring(config, wrong);
    security(config, wrong);
}

fn domain(config: &Config, wrong: Wrong<'_>) {
    let domain = &config.domain;
    names(config, wrong);
    apart(config, wrong);
    if let Some(id) = &domain.hosted_zone_id
        && !(id.starts_with('Z') && id.len() <= 32 && id.chars().all(|c| c.is_ascii_alphanumeric()))
    {
        wrong("domain.hosted_zone_id", format!("`{id}`"), "the id of a hosted zone, such as Z0123456789ABC");
    }
    for (below, servers) in &domain.delegations {
        let path = format!("domain.delegations.{below}");
        if servers.len() < 2 || !servers.iter().all(|server| is_domain(server)) {
            wrong(&path, format!("{} name servers", servers.len()), "two name servers at least, by name");
        }
    }
}

/// The names that lie in the zone. Where none of them does, the zone is what is wrong.
fn names(config: &Config, wrong: Wrong<'_>) {
    let zone = &config.domain.zone;
    if !is_domain(zone) {
        wrong("domain.zone", format!("`{zone}`"), "a domain, such as finsight.com");
        return;
    }
    let mut names = vec![
        ("api.domain".to_owned(), &config.api.domain),
        ("monitoring.mail.mail_from".to_owned(), &config.monitoring.mail.mail_from),
    ];
    let delegations = config.domain.delegations.keys();
    names.extend(delegations.map(|below| (format!("domain.delegations.{below}"), below)));
    if !names.iter().any(|(_, name)| is_below(name, zone)) {
        let keys: Vec<&str> = names.iter().map(|(key, _)| key.as_str()).collect();
        let expected = format!("the domain that the names at {} are in", keys.join(", "));
        wrong("domain.zone", format!("`{zone}`"), &expected);
        return;
    }
    for (key, name) in names {
        in_zone(&key, name, zone, wrong);
    }
}

/// A name that the stack writes into the zone, and the key that says it.
struct Written<'a> {
    key: String,
    text: &'a str,
    name: String,
    /// Whether Route 53 takes nothing beside it: what leads to a branch is a CNAME, and a delegation gives the name away.
    alone: bool,
    /// Whether names below it are given away, too.
    delegation: bool,
}

/// Nothing stands beside a CNAME or a delegation, whichever comes first: Amplify's records are then refused and its
/// domain stays pending (amplify-hosting#2051), or the stack's own are.
fn apart(config: &Config, wrong: Wrong<'_>) {
    let zone = &config.domain.zone;
    let plain = |key: &str, text| Written {
        key: key.to_owned(),
        text,
        name: text.to_owned(),
        alone: false,
        delegation: false,
    };
    let mut all = vec![
        plain("api.domain", config.api.domain.as_str()),
        plain("monitoring.mail.mail_from", config.monitoring.mail.mail_from.as_str()),
    ];
    all.extend(config.domain.delegations.keys().map(|below| Written {
        alone: true,
        delegation: true,
        ..plain(&format!("domain.delegations.{below}"), below)
    }));
    all.extend(config.frontend.branches.iter().map(|(branch, of)| Written {
        name: format!("{}.{zone}", of.prefix),
        alone: true,
        ..plain(&format!("frontend.branches.{branch}.prefix"), &of.prefix)
    }));
    let meet = |one: &Written<'_>, other: &Written<'_>| {
        (one.alone || other.alone) && one.name == other.name
            || one.delegation && is_below(&other.name, &one.name)
            || other.delegation && is_below(&one.name, &other.name)
    };
    for (at, one) in all.iter().enumerate() {
        if let Some(other) = all[..at].iter().find(|other| meet(one, other)) {
            let found = format!("`{}`, which is `{}` of {}", one.text, other.text, other.key);
            let found = if one.name == other.name { found } else { found.replace("which is", "which meets") };
            wrong(
                &one.key,
                found,
                "a name of its own: Route 53 takes nothing beside a CNAME or a delegation",
            );
        }
    }
}

fn frontend(config: &Config, wrong: Wrong<'_>) {
    let frontend = &config.frontend;
    if !frontend.repository.starts_with("https://github.com/") {
        let found = format!("`{}`", frontend.repository);
        wrong(
            "frontend.repository",
            found,
            "a repository of GitHub, such as https://github.com/finsight/finsight-web",
        );
    }
    if !frontend.node_version.chars().all(|c| c.is_ascii_digit()) || frontend.node_version.is_empty() {
        wrong(
            "frontend.node_version",
            format!("`{}`", frontend.node_version),
            "a major version of Node.js, such as 22",
        );
    }
    for (name, branch) in &frontend.branches {
        let path = format!("frontend.branches.{name}.prefix");
        if !is_domain(&format!("{}.example.com", branch.prefix)) {
            wrong(&path, format!("`{}`", branch.prefix), "a label of DNS, such as www");
        }
    }
    let own = frontend
        .branches
        .iter()
        .map(|(name, branch)| (format!("frontend.branches.{name}.environment"), &branch.environment));
    for (path, variables) in
        std::iter::once(("frontend.environment".to_owned(), &frontend.environment)).chain(own)
    {
        for name in variables.keys().filter(|name| name.starts_with("AWS")) {
            let expected = "a name that does not begin with AWS: Amplify keeps those for itself";
            wrong(&format!("{path}.{name}"), format!("the name `{name}`"), expected);
        }
    }
    if frontend.redirect_apex && !frontend.branches.values().any(|branch| branch.prefix == "www") {
        wrong(
            "frontend.redirect_apex",
            "true".to_owned(),
            "false, or a branch with the prefix www to lead to",
        );
    }
}

/// The longest text of a TXT record: it is sent in quoted parts of 255 characters.
const TXT: usize = 3_952;

fn monitoring(config: &Config, wrong: Wrong<'_>) {
    let monitoring = &config.monitoring;
    let dmarc = &monitoring.mail.dmarc;
    if !dmarc.starts_with("v=DMARC1;") || !dmarc.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        wrong("monitoring.mail.dmarc", format!("`{dmarc}`"), "a record such as v=DMARC1; p=quarantine");
    } else if dmarc.len() > TXT {
        let found = format!("{} characters", dmarc.len());
        wrong("monitoring.mail.dmarc", found, &format!("at most {TXT}: Route 53 takes 4000 with the quotes"));
    }
    for (index, address) in monitoring.subscribers.iter().enumerate() {
        if !is_address(address) || monitoring.subscribers[..index].contains(address) {
            let path = format!("monitoring.subscribers.{index}");
            wrong(&path, format!("`{address}`"), "a mail address, such as ops@finsight.com, once");
        }
    }
    let alarms = &monitoring.alarms;
    if alarms.period_seconds < 60 || alarms.period_seconds % 60 != 0 {
        wrong("monitoring.alarms.period_seconds", alarms.period_seconds.to_string(), "a multiple of 60");
    }
    within("monitoring.alarms.evaluation_periods", alarms.evaluation_periods, 1..=100, wrong);
    for (name, value) in [
        ("api_5xx_percent", alarms.api_5xx_percent),
        ("api_4xx_percent", alarms.api_4xx_percent),
        ("cdn_5xx_percent", alarms.cdn_5xx_percent),
        ("mail_bounce_percent", alarms.mail_bounce_percent),
        ("mail_complaint_percent", alarms.mail_complaint_percent),
    ] {
        positive(&format!("monitoring.alarms.{name}"), value, wrong);
    }
    for (name, value) in [
        ("function_concurrency_percent", alarms.function_concurrency_percent),
        ("database_cpu_percent", alarms.database_cpu_percent),
        ("database_connections_percent", alarms.database_connections_percent),
        ("database_free_storage_percent", alarms.database_free_storage_percent),
        ("proxy_connections_percent", alarms.proxy_connections_percent),
    ] {
        within(&format!("monitoring.alarms.{name}"), value, 1..=100, wrong);
    }
    within(
        "monitoring.tracing.requests_per_second",
        monitoring.tracing.requests_per_second,
        0..=1_000,
        wrong,
    );
    if !(0.0..=100.0).contains(&monitoring.tracing.percent) {
        wrong("monitoring.tracing.percent", monitoring.tracing.percent.to_string(), "0 to 100");
    }
    if let Some(budget) = &monitoring.budget {
        positive("monitoring.budget.monthly_usd", budget.monthly_usd, wrong);
        // AWS takes five notifications a budget (`aws-semantics.md` 25).
        if budget.alert_percents.is_empty() || budget.alert_percents.len() > 5 {
            let found = format!("{} alerts", budget.alert_percents.len());
            wrong("monitoring.budget.alert_percents", found, "one to five percentages");
        }
        for (index, percent) in budget.alert_percents.iter().enumerate() {
            positive(&format!("monitoring.budget.alert_percents.{index}"), *percent, wrong);
        }
    }
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
        (1..=64).contains(&name.len()) && name.chars().all(plain) && is_domain(domain)
    })
}

fn security(config: &Config, wrong: Wrong<'_>) {
    let security = &config.security;
    within("security.key_deletion_days", security.key_deletion_days, 7..=30, wrong);
    if security.secret_recovery_days != 0 {
        within("security.secret_recovery_days", security.secret_recovery_days, 7..=30, wrong);
    }
    let limit = security.firewall.requests_per_5_minutes;
    within("security.firewall.requests_per_5_minutes", limit, 10..=2_000_000_000, wrong);
    retention("security.firewall.log_retention_days", security.firewall.log_retention_days, wrong);
    if let Some(account) = &security.account {
        within("security.account.trail_retention_days", account.trail_retention_days, 1..=36_500, wrong);
        within("security.account.config_retention_days", account.config_retention_days, 1..=36_500, wrong);
    }
    for (index, waiver) in security.waivers.iter().enumerate() {
        let path = |rest: &str| format!("security.waivers.{index}.{rest}");
        if waiver.reason.trim().len() < 10 {
            wrong(
                &path("reason"),
                format!("`{}`", waiver.reason),
                "why the finding is accepted, in a sentence",
            );
        }
        if !is_date(&waiver.until) {
            wrong(&path("until"), format!("`{}`", waiver.until), "a day, such as 2027-03-31");
        }
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |at: usize, digits: usize| {
        parts.get(at).filter(|part| part.len() == digits).and_then(|part| part.parse::<u32>().ok())
    };
    parts.len() == 3
        && number(0, 4).is_some()
        && number(1, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(2, 2).is_some_and(|day| (1..=31).contains(&day))
}
