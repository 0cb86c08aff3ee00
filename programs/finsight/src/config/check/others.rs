//! Monitoring and security.

use finsight_engine::urn::nearest;

use super::{Wrong, dmarc, is_domain, positive, retention, within};
use crate::config::{AlarmsConfig, Config, ProbeConfig};
use crate::policy::rules;
use crate::security::SECRETS;

pub(super) fn check(config: &Config, wrong: Wrong<'_>) {
    monitoring(config, wrong);
    security(config, wrong);
}

/// The longest text of a TXT record: it is sent in quoted parts of 255 characters.
const TXT: usize = 3_952;

fn monitoring(config: &Config, wrong: Wrong<'_>) {
    let monitoring = &config.monitoring;
    let record = &monitoring.mail.dmarc;
    if !record.starts_with("v=DMARC1;") || !record.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        wrong("monitoring.mail.dmarc", format!("`{record}`"), "a record such as v=DMARC1; p=quarantine");
    } else if record.len() > TXT {
        let found = format!("{} characters", record.len());
        wrong("monitoring.mail.dmarc", found, &format!("at most {TXT}: Route 53 takes 4000 with the quotes"));
    } else if let Err((found, expected)) = dmarc::tags(record) {
        wrong("monitoring.mail.dmarc", format!("`{found}`"), expected);
    }
    for (index, address) in monitoring.subscribers.iter().enumerate() {
        if !is_address(address) || monitoring.subscribers[..index].contains(address) {
            let path = format!("monitoring.subscribers.{index}");
            wrong(&path, format!("`{address}`"), "a mail address, such as ops@finsight.com, once");
        }
    }
    if let Some(probe) = &monitoring.probe {
        check_probe(probe, wrong);
    }
    alarms(&monitoring.alarms, wrong);
    within(
        "monitoring.tracing.requests_per_second",
        monitoring.tracing.requests_per_second,
        0..=1_000,
        wrong,
    );
    if !(0.0..=100.0).contains(&monitoring.tracing.percent) {
        wrong("monitoring.tracing.percent", monitoring.tracing.percent.to_string(), "0 to 100");
    } else if monitoring.tracing.requests_per_second == 0 && monitoring.tracing.percent == 0.0 {
        let expected = "above 0, or monitoring.tracing.requests_per_second: nothing would be traced";
        wrong("monitoring.tracing.percent", "0, and no request a second".to_owned(), expected);
    }
    if let Some(budget) = &monitoring.budget {
        positive("monitoring.budget.monthly_usd", budget.monthly_usd, wrong);
        // AWS takes five notifications a budget (`aws-semantics.md` 25).
        if budget.alert_percents.is_empty() || budget.alert_percents.len() > 5 {
            let found = format!("{} alerts", budget.alert_percents.len());
            wrong("monitoring.budget.alert_percents", found, "one to five percentages");
        }
        for (index, percent) in budget.alert_percents.iter().enumerate() {
            if !ALERTS.contains(percent) {
                let path = format!("monitoring.budget.alert_percents.{index}");
                wrong(
                    &path,
                    percent.to_string(),
                    "1 to 300: below it comes each month, above it when it is too late",
                );
            }
        }
    }
}

/// Of a budget, in percent: an alert that tells something.
const ALERTS: std::ops::RangeInclusive<f64> = 1.0..=300.0;

/// The fewest regions that a health check is asked from ("Values that you specify when you create or update health checks").
const ASKING: usize = 3;

fn check_probe(probe: &ProbeConfig, wrong: Wrong<'_>) {
    let plain = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}#".contains(c);
    let open =
        probe.path.strip_prefix("/auth").is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    if !open || !probe.path.chars().all(plain) {
        let found = format!("`{}`", probe.path);
        wrong("monitoring.probe.path", found, "a path below /auth: all others want a token");
    }
    if probe.regions.len() < ASKING {
        let found = format!("{} regions", probe.regions.len());
        wrong("monitoring.probe.regions", found, "three at least, which Route 53 demands");
    }
    for (index, region) in probe.regions.iter().enumerate() {
        if probe.regions[..index].contains(region) {
            wrong(&format!("monitoring.probe.regions.{index}"), format!("`{region}` again"), "each once");
        }
    }
}

/// Seconds that the values of one alarm may cover together: a day, or a week where each is of an hour at least (PutMetricAlarm).
const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

fn alarms(alarms: &AlarmsConfig, wrong: Wrong<'_>) {
    within("monitoring.alarms.evaluation_periods", alarms.evaluation_periods, 1..=100, wrong);
    let most = alarms.evaluation_periods.max(1);
    within("monitoring.alarms.datapoints_to_alarm", alarms.datapoints_to_alarm, 1..=most, wrong);
    for (name, seconds) in
        [("period_seconds", alarms.period_seconds), ("count_seconds", alarms.count_seconds)]
    {
        let path = format!("monitoring.alarms.{name}");
        let together = if seconds < 3_600 { DAY } else { WEEK };
        if seconds < 60 || seconds % 60 != 0 {
            wrong(&path, seconds.to_string(), "a multiple of 60");
        } else if seconds.saturating_mul(most) > together {
            let expected = format!("{together} seconds at most for all of evaluation_periods");
            wrong(&path, format!("{seconds}, {most} times"), &expected);
        }
    }
    for (name, count) in [
        ("failed_requests", alarms.failed_requests),
        ("function_errors", alarms.function_errors),
        ("function_throttles", alarms.function_throttles),
    ] {
        within(&format!("monitoring.alarms.{name}"), count, 1..=1_000_000_000, wrong);
    }
    // An attack of some hundreds of requests a second is heard of within minutes.
    within("monitoring.alarms.waf_blocks", alarms.waf_blocks, 1..=100_000, wrong);
    // API Gateway gives up after 29 seconds, and a function before.
    for (name, limit) in
        [("function_p95_ms", alarms.function_p95_ms), ("api_latency_p95_ms", alarms.api_latency_p95_ms)]
    {
        within(&format!("monitoring.alarms.{name}"), limit, 1..=28_000, wrong);
    }
    // Who waits longer is sent away: `borrow_timeout_seconds` is 28 at most.
    within("monitoring.alarms.proxy_borrow_ms", alarms.proxy_borrow_ms, 1..=28_000, wrong);
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
        ("proxy_connections_percent", alarms.proxy_connections_percent),
        ("proxy_pinned_percent", alarms.proxy_pinned_percent),
        ("proxy_availability_percent", alarms.proxy_availability_percent),
    ] {
        within(&format!("monitoring.alarms.{name}"), value, 1..=100, wrong);
    }
    // No instance class has more than 32 TiB.
    let memory = alarms.database_freeable_memory_mib;
    within("monitoring.alarms.database_freeable_memory_mib", memory, 1..=33_554_432, wrong);
    // At a tenth RDS makes the storage larger ("Managing capacity automatically with Amazon RDS storage autoscaling").
    let storage = alarms.database_free_storage_percent;
    within("monitoring.alarms.database_free_storage_percent", storage, 1..=9, wrong);
}

pub(super) fn is_address(text: &str) -> bool {
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
    // What API Gateway lets through of all callers together, no single address exceeds: the firewall would stop nobody.
    let all = &config.api.throttling;
    let most = all.rate_per_second.saturating_mul(300).saturating_add(all.burst).max(10);
    within("security.firewall.requests_per_5_minutes", limit, 10..=most, wrong);
    let log_ins = security.firewall.log_ins_per_5_minutes;
    within("security.firewall.log_ins_per_5_minutes", log_ins, 10..=limit.max(10), wrong);
    retention("security.firewall.log_retention_days", security.firewall.log_retention_days, wrong);
    if let Some(account) = &security.account {
        // AWS keeps the calls of 90 days for nothing ("Working with CloudTrail event history").
        within("security.account.trail_retention_days", account.trail_retention_days, 90..=36_500, wrong);
        within("security.account.config_retention_days", account.config_retention_days, 1..=36_500, wrong);
    }
    for name in security.secrets.keys() {
        let path = format!("security.secrets.{name}");
        // Secrets Manager: "ASCII letters, numbers, and the following characters: /_+=.@-" (CreateSecret).
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c)) {
            let expected = "letters of ASCII, digits and any of / _ + = . @ -";
            wrong(&path, format!("the name `{name}`"), expected);
        } else if SECRETS.contains(&name.as_str()) {
            wrong(&path, format!("the name `{name}`"), "another name: the stack has a secret of this one");
        }
    }
    let rules = if security.waivers.is_empty() { Vec::new() } else { rules() };
    for (index, waiver) in security.waivers.iter().enumerate() {
        let path = |rest: &str| format!("security.waivers.{index}.{rest}");
        if !rules.iter().any(|rule| rule.id == waiver.rule) {
            let near = nearest(&waiver.rule, rules.iter().map(|rule| rule.id));
            let such = near.first().copied().unwrap_or("audit-network");
            let expected = format!("a rule of the policy pack, such as {such}");
            wrong(&path("rule"), format!("`{}`", waiver.rule), &expected);
        }
        if waiver.urn.is_empty() {
            wrong(&path("urn"), "nothing".to_owned(), "a pattern of URNs, such as prod/network/*");
        }
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
        && number(1, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(0, 4)
            .zip(number(1, 2))
            .zip(number(2, 2))
            .is_some_and(|((year, month), day)| (1..=days_of(year, month)).contains(&day))
}

/// The days of a month.
fn days_of(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}
