//! Numbers and names of the database.

use finsight_engine::urn::nearest;
use finsight_specs::rds::postgres;
use finsight_specs::scheduler::{is_expression, is_zone, moments, zones};

use super::{Wrong, retention, within};
use crate::config::{Config, DatabaseConfig};
use crate::cost::hours::{is_monthly, weekly};
use crate::database::statement_seconds;

pub(super) fn check(config: &DatabaseConfig, region: &str, wrong: Wrong<'_>) {
    if !postgres::has_version(&config.engine_version) {
        let found = format!("`{}`", config.engine_version);
        wrong("database.engine_version", found, "a version of PostgreSQL that RDS has, such as 15 or 15.15");
    }
    if !postgres::has_class(region, &config.instance_class) {
        let found = format!("`{}`", config.instance_class);
        let there = postgres::classes().filter(|class| postgres::has_class(region, class));
        let near = nearest(&config.instance_class, there);
        let such = near.first().copied().unwrap_or("db.t3.micro");
        wrong(
            "database.instance_class",
            found,
            &format!("an instance class that {region} has, such as {such}"),
        );
    } else {
        version_of_class(config, wrong);
    }
    within("database.storage_gib", config.storage_gib, 20..=65_536, wrong);
    // RDS wants room to grow: a tenth at least (`aws-semantics.md` 2).
    let least = config.storage_gib.saturating_add(config.storage_gib.saturating_add(9) / 10);
    within("database.max_storage_gib", config.max_storage_gib, least..=65_536, wrong);
    within("database.backup_retention_days", config.backup_retention_days, 1..=35, wrong);
    within("database.max_connections", config.max_connections, 6..=8_388_607, wrong);
    retention("database.log_retention_days", config.log_retention_days, wrong);
    windows(config, wrong);
    names(config, wrong);
    if config.application_username == config.master_username {
        let found = format!("`{}`, the master user", config.application_username);
        wrong("database.application_username", found, "a user with fewer rights than the master user");
    }
    proxy(config, wrong);
    schedules(config, wrong);
}

/// A class that the version does not run on is refused by RDS after minutes.
fn version_of_class(config: &DatabaseConfig, wrong: Wrong<'_>) {
    let class = &config.instance_class;
    let major = config.engine_version.split('.').next().and_then(|major| major.parse().ok());
    if let Some(major) = major.filter(|major| !postgres::runs_on(*major, class)) {
        let found = format!("`{class}`, on which RDS has no PostgreSQL {major}");
        wrong("database.instance_class", found, "a class that this version runs on, such as db.t4g.micro");
    }
}

/// Names that RDS makes, and the user that the stack makes beside them.
fn names(config: &DatabaseConfig, wrong: Wrong<'_>) {
    for (path, name, kept) in [
        ("database.name", &config.name, postgres::is_kept_of_databases as fn(&str) -> bool),
        ("database.master_username", &config.master_username, postgres::is_kept_of_users),
        ("database.application_username", &config.application_username, postgres::is_kept_of_users),
    ] {
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let fits =
            name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(word);
        if !fits || kept(name) {
            wrong(
                path,
                format!("`{name}`"),
                "a name of lower-case letters, digits and underscores that is not reserved",
            );
        }
    }
}

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
/// Minutes that RDS wants of a window at least.
const LEAST: u32 = 30;

/// RDS wants half an hour at least for each window, and the two apart (`ModifyDBInstance`).
fn windows(config: &DatabaseConfig, wrong: Wrong<'_>) {
    let backup = window(&config.backup_window, minute_of_day, DAY);
    let maintenance = window(&config.maintenance_window, minute_of_week, WEEK);
    let lasts = |window: Option<(u32, u32)>| window.is_some_and(|(_, minutes)| minutes >= LEAST);
    if !lasts(backup) {
        let found = format!("`{}`", config.backup_window);
        wrong(
            "database.backup_window",
            found,
            "times in UTC, half an hour apart at least, such as 17:00-17:30",
        );
    }
    if !lasts(maintenance) {
        wrong(
            "database.maintenance_window",
            format!("`{}`", config.maintenance_window),
            "days and times in UTC, half an hour apart at least, such as sun:18:00-sun:18:30",
        );
    }
    if let (Some((from, lasts)), Some((begins, takes))) = (backup, maintenance) {
        let apart = |one: u32, other: u32| (other + WEEK - one) % WEEK;
        let meets = |start: u32| apart(start, begins) < lasts || apart(begins, start) < takes;
        if (0..7).map(|day| day * DAY + from).any(meets) {
            wrong(
                "database.maintenance_window",
                format!("`{}`, which meets `{}`", config.maintenance_window, config.backup_window),
                "a time apart from database.backup_window: RDS takes no windows that overlap",
            );
        }
    }
}

/// The beginning of a window and its length, in minutes; it comes again with this period.
fn window(text: &str, at: fn(&str) -> Option<u32>, period: u32) -> Option<(u32, u32)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (at(from)?, at(to)?);
    Some((from, (to + period - from) % period))
}

fn minute_of_day(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, below: u32| text.parse().ok().filter(|n: &u32| text.len() == 2 && *n < below);
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

fn minute_of_week(text: &str) -> Option<u32> {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let (day, time) = text.split_once(':')?;
    let day = u32::try_from(days.iter().position(|name| *name == day)?).ok()?;
    Some(day * DAY + minute_of_day(time)?)
}

/// Connections that are no pool's: three that PostgreSQL keeps for superusers ("Connections and Authentication",
/// `superuser_reserved_connections`), and that of the function which makes the user.
const BESIDE: i64 = 4;

/// RDS takes whole percents of `max_connections`.
fn proxy(config: &DatabaseConfig, wrong: Wrong<'_>) {
    let proxy = &config.proxy;
    let most = config.max_connections.saturating_sub(BESIDE).max(1);
    if !(1..=most).contains(&proxy.max_connections) {
        let found = format!("{} of {} connections", proxy.max_connections, config.max_connections);
        let expected = format!("1 to {most}: {BESIDE} of database.max_connections are not the proxy's");
        wrong("database.proxy.max_connections", found, &expected);
    }
    within(
        "database.proxy.idle_client_timeout_seconds",
        proxy.idle_client_timeout_seconds,
        1..=28_800,
        wrong,
    );
    // API Gateway gives up after 29 seconds.
    within("database.proxy.borrow_timeout_seconds", proxy.borrow_timeout_seconds, 0..=28, wrong);
    let exact = config.max_connections > 0
        && 100_i64.saturating_mul(proxy.max_connections) % config.max_connections == 0;
    if !exact {
        wrong(
            "database.proxy.max_connections",
            format!("{} of {} connections", proxy.max_connections, config.max_connections),
            "a whole percentage of database.max_connections: RDS Proxy takes nothing finer",
        );
    }
}

/// A function that has waited for a connection as long as it may has time left for a statement.
pub(super) fn waits(config: &Config, wrong: Wrong<'_>) {
    if statement_seconds(config).is_some() {
        return;
    }
    let (lasts, waits) = (config.api.timeout_seconds, config.database.proxy.borrow_timeout_seconds);
    if config.network.database_proxy {
        // What is out of its own range is said there.
        if !(0..=28).contains(&waits) {
            return;
        }
        let found = format!("{waits}, of the {lasts} seconds of a function");
        let expected = "four seconds less than api.timeout_seconds at least: then comes the statement";
        wrong("database.proxy.borrow_timeout_seconds", found, expected);
    } else if (1..=28).contains(&lasts) {
        let expected = "4 at least: three are left for what is no statement";
        wrong("api.timeout_seconds", lasts.to_string(), expected);
    }
}

/// When the database is saved, started and stopped, as EventBridge Scheduler takes it.
fn schedules(config: &DatabaseConfig, wrong: Wrong<'_>) {
    let (snapshot, hours) = (config.monthly_snapshot.as_ref(), config.working_hours.as_ref());
    for (path, when) in [
        ("database.monthly_snapshot.schedule", snapshot.map(|of| &of.schedule)),
        ("database.working_hours.start", hours.map(|of| &of.start)),
        ("database.working_hours.stop", hours.map(|of| &of.stop)),
    ] {
        if let Some(when) = when.filter(|when| !is_expression(when)) {
            wrong(path, format!("`{when}`"), "an expression of six fields, such as cron(0 3 1 * ? *)");
        }
    }
    // D6. Leap years are among the years from here on.
    let monthly = |when: &&String| is_expression(when) && !is_monthly(&moments(when, "2027-01-01", 60));
    if let Some(when) = snapshot.map(|of| &of.schedule).filter(monthly) {
        let expected = "a time once a month, in each year to come, such as cron(0 3 1 * ? *)";
        wrong("database.monthly_snapshot.schedule", format!("`{when}`"), expected);
    }
    // When it runs is told by what comes again each week.
    for (path, when) in [
        ("database.working_hours.start", hours.map(|of| &of.start)),
        ("database.working_hours.stop", hours.map(|of| &of.stop)),
    ] {
        if let Some(when) = when.filter(|when| is_expression(when) && weekly(when).is_none()) {
            let expected = "times that come again each week, such as cron(0 8 ? * MON-FRI *)";
            wrong(path, format!("`{when}`"), expected);
        }
    }
    for (path, zone) in [
        ("database.monthly_snapshot.time_zone", snapshot.map(|of| &of.time_zone)),
        ("database.working_hours.time_zone", hours.map(|of| &of.time_zone)),
    ] {
        if let Some(zone) = zone.filter(|zone| !is_zone(zone)) {
            let near = nearest(zone, zones());
            let such = near.first().copied().unwrap_or("Asia/Tokyo");
            wrong(path, format!("`{zone}`"), &format!("a time zone, such as {such}"));
        }
    }
}
