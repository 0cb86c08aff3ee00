//! Whether what is done to a database is done while it runs, and one thing at a time.

use finsight_engine::expr::references;
use finsight_engine::policy::{Filled, Rule, Severity, Subject, Violation};
use finsight_engine::value::Value;

use super::{WORKS, pack};
use crate::cost::hours::{DAYS, WEEK, weekly};

const DAY: i64 = 24 * 60;
/// Time zones that are as far from UTC the whole year, in minutes (the IANA time zone database: no rule of theirs is in force). In
/// another one, whose clocks are changed, nothing is judged.
const ZONES: &[(&str, i64)] = &[
    ("UTC", 0),
    ("Etc/UTC", 0),
    ("Africa/Johannesburg", 2 * 60),
    ("Africa/Lagos", 60),
    ("Africa/Nairobi", 3 * 60),
    ("America/Bogota", -5 * 60),
    ("America/Lima", -5 * 60),
    ("America/Phoenix", -7 * 60),
    ("America/Sao_Paulo", -3 * 60),
    ("Asia/Bangkok", 7 * 60),
    ("Asia/Dubai", 4 * 60),
    ("Asia/Ho_Chi_Minh", 7 * 60),
    ("Asia/Hong_Kong", 8 * 60),
    ("Asia/Jakarta", 7 * 60),
    ("Asia/Karachi", 5 * 60),
    ("Asia/Kolkata", 5 * 60 + 30),
    ("Asia/Kuala_Lumpur", 8 * 60),
    ("Asia/Manila", 8 * 60),
    ("Asia/Riyadh", 3 * 60),
    ("Asia/Seoul", 9 * 60),
    ("Asia/Shanghai", 8 * 60),
    ("Asia/Singapore", 8 * 60),
    ("Asia/Taipei", 8 * 60),
    ("Asia/Tokyo", 9 * 60),
    ("Australia/Brisbane", 10 * 60),
    ("Australia/Perth", 8 * 60),
    ("Europe/Istanbul", 3 * 60),
    ("Europe/Moscow", 3 * 60),
    ("Pacific/Honolulu", -10 * 60),
];

pub(super) fn rules() -> Vec<Rule> {
    vec![pack(Severity::Warning, WORKS)(
        "works-windows",
        "what is done to a database is done while it can be, and one thing at a time",
        "put backup_window and maintenance_window into the working hours, the snapshot outside of both, and stop it on days on which it is started",
        windows,
    )]
}

/// A schedule that calls RDS about an instance: what, when, and how far its zone is from UTC.
struct Call<'a> {
    action: &'a str,
    expression: &'a str,
    ahead: i64,
}

/// What a schedule calls, by the last part of its target's ARN.
pub(super) fn action<'a>(schedule: &'a Filled<'_>) -> &'a str {
    let target = schedule.get("target").and_then(Value::as_map);
    let arn = target.and_then(|target| target.get("arn")).and_then(Value::as_text).unwrap_or_default();
    arn.rsplit(':').next().unwrap_or_default()
}

fn schedules<'a>(subject: &'a Subject<'_>, instance: &'a Filled<'_>) -> impl Iterator<Item = &'a Filled<'a>> {
    subject.of_type("aws:scheduler:Schedule").filter(move |schedule| {
        schedule.get("target").is_some_and(|target| references(target).contains(instance.urn()))
    })
}

fn calls<'a>(subject: &'a Subject<'_>, instance: &'a Filled<'_>) -> Option<Vec<Call<'a>>> {
    let mut found = Vec::new();
    for schedule in schedules(subject, instance) {
        let text = |name: &str| schedule.get(name).and_then(Value::as_text).unwrap_or_default();
        let zone = text("schedule_expression_timezone");
        let (_, ahead) = ZONES.iter().find(|(name, _)| *name == zone)?;
        let expression = text("schedule_expression");
        found.push(Call { action: action(schedule), expression, ahead: *ahead });
    }
    Some(found)
}

/// Starts and stops that do not come again each week: of them nothing else here is told.
fn open(subject: &Subject<'_>, instance: &Filled<'_>) -> Vec<Violation> {
    let moves = schedules(subject, instance)
        .filter(|schedule| ["startDBInstance", "stopDBInstance"].contains(&action(schedule)));
    let expressions = moves.filter_map(|schedule| schedule.get("schedule_expression")?.as_text());
    let message = |expression: &str| {
        format!("{expression} starts or stops it, and not each week alike: when it runs, nobody can tell")
    };
    let all = expressions.filter(|expression| weekly(expression).is_none());
    all.map(|expression| Violation::new(instance, message(expression))).collect()
}

/// Minutes of a week in UTC, from Sunday 0:00, at which calls of an action come.
fn moments(calls: &[Call<'_>], action: &str) -> Option<Vec<i64>> {
    let mut found = Vec::new();
    for call in calls.iter().filter(|call| call.action == action) {
        found.extend(
            weekly(call.expression)?.into_iter().map(|minute| (minute - call.ahead).rem_euclid(WEEK)),
        );
    }
    Some(found)
}

/// Whether an instance runs at a minute of the week, by when it is started and stopped.
fn runs(starts: &[i64], stops: &[i64], minute: i64) -> bool {
    let since = |moments: &[i64]| moments.iter().map(|at| (minute - at).rem_euclid(WEEK)).min();
    match (since(starts), since(stops)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(started), Some(stopped)) => started < stopped,
    }
}

/// The minutes of a week at which a window begins, and how long it is.
fn window(text: &str) -> Option<(Vec<i64>, i64)> {
    let (from, to) = text.split_once('-')?;
    let time = |text: &str| -> Option<(Option<i64>, i64)> {
        let mut parts: Vec<&str> = text.split(':').collect();
        let minutes: i64 = parts.pop()?.parse().ok()?;
        let hours: i64 = parts.pop()?.parse().ok()?;
        let day = match parts.pop() {
            Some(name) => Some(DAYS.iter().position(|day| day.eq_ignore_ascii_case(name))?),
            None => None,
        };
        Some((day.and_then(|day| i64::try_from(day).ok()), hours * 60 + minutes))
    };
    let ((day, begins), (_, ends)) = (time(from)?, time(to)?);
    let days = day.map_or_else(|| (0..7).collect(), |day| vec![day]);
    Some((days.into_iter().map(|day| day * DAY + begins).collect(), (ends - begins).rem_euclid(DAY)))
}

fn windows(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for instance in subject.of_type("aws:rds:DBInstance") {
        found.extend(open(subject, instance));
        let Some(calls) = calls(subject, instance) else { continue };
        found.extend(copies(instance, &calls));
        found.extend(vain(instance, &calls));
        for name in ["preferred_backup_window", "preferred_maintenance_window"] {
            let text = instance.get(name).and_then(Value::as_text).unwrap_or_default();
            let Some((begins, lasts)) = window(text) else { continue };
            if let (Some(starts), Some(stops)) =
                (moments(&calls, "startDBInstance"), moments(&calls, "stopDBInstance"))
                && !begins
                    .iter()
                    .any(|minute| runs(&starts, &stops, *minute) && runs(&starts, &stops, minute + lasts))
            {
                let message =
                    format!("its {name} {text} lies in the hours when its schedules have stopped it");
                found.push(Violation::new(instance, message));
            }
            for call in calls.iter().filter(|call| call.action == "createDBSnapshot") {
                let meets = |taken: i64| begins.iter().any(|begin| (taken - begin).rem_euclid(DAY) < lasts);
                if time_of_day(call).is_some_and(meets) {
                    let message = format!(
                        "its {name} {text} meets the schedule that copies it: RDS refuses a copy meanwhile"
                    );
                    found.push(Violation::new(instance, message));
                }
            }
        }
    }
    found
}

/// Copies that are taken on days on which the instance is stopped at that time: RDS copies what is available alone ("Creating a DB
/// snapshot for a Single-AZ DB instance").
fn copies(instance: &Filled<'_>, calls: &[Call<'_>]) -> Option<Violation> {
    let (starts, stops) = (moments(calls, "startDBInstance")?, moments(calls, "stopDBInstance")?);
    let copy = calls.iter().find(|call| call.action == "createDBSnapshot")?;
    let time = time_of_day(copy)?;
    // The day of a month may be any day of the week.
    let sleeps = (0..7).any(|day| !runs(&starts, &stops, day * DAY + time));
    let message = format!(
        "its copies ({}) come on days when its schedules have stopped it: there is none to restore",
        copy.expression
    );
    sleeps.then(|| Violation::new(instance, message))
}

/// Calls that come each week to an instance that is stopped, or runs, already: RDS refuses them ("`StopDBInstance`",
/// `InvalidDBInstanceState`), and Scheduler counts them among what failed.
fn vain(instance: &Filled<'_>, calls: &[Call<'_>]) -> Option<Violation> {
    let mut all = Vec::new();
    for (action, starts) in [("startDBInstance", true), ("stopDBInstance", false)] {
        all.extend(moments(calls, action)?.into_iter().map(|minute| (minute, starts)));
    }
    all.sort_unstable();
    all.dedup();
    let both = all.iter().any(|(_, starts)| *starts) && all.iter().any(|(_, starts)| !starts);
    let before = all.iter().cycle().skip(all.len().saturating_sub(1));
    let (minute, starts) = all.iter().zip(before).find(|(one, before)| both && one.1 == before.1)?.0;
    let day = usize::try_from(minute / DAY).ok().and_then(|day| DAYS.get(day))?;
    let (does, is) = if *starts { ("starts", "runs") } else { ("stops", "is stopped") };
    let message = format!(
        "its schedule {does} it at {:02}:{:02} UTC on {day}, when it {is} already: RDS refuses that each week, and the alarm on calls that failed goes off for nothing",
        minute % DAY / 60,
        minute % 60
    );
    Some(Violation::new(instance, message))
}

/// When on a day a schedule comes, in minutes of UTC.
fn time_of_day(call: &Call<'_>) -> Option<i64> {
    let inner = call.expression.strip_prefix("cron(")?.strip_suffix(')')?;
    let mut fields = inner.split_whitespace();
    let (minute, hour): (i64, i64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((hour * 60 + minute - call.ahead).rem_euclid(DAY))
}
