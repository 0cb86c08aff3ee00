//! The windows for backups and maintenance (`ModifyDBInstance`): in UTC, of half an hour at least, and apart.

use super::create::invalid;
use crate::answer::Refusal;

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Minutes of a window at least.
const LEAST: u32 = 30;

/// Minutes since midnight.
fn time(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, below: u32| text.parse::<u32>().ok().filter(|n| text.len() == 2 && *n < below);
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

/// Minutes since Monday.
fn moment(text: &str) -> Option<u32> {
    let (day, rest) = text.split_once(':')?;
    let day = u32::try_from(DAYS.iter().position(|name| *name == day)?).ok()?;
    Some(day * DAY + time(rest)?)
}

/// Beginning and length of a window that comes again with this period.
fn window(text: &str, at: fn(&str) -> Option<u32>, period: u32) -> Option<(u32, u32)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (at(from)?, at(to)?);
    Some((from, (to + period - from) % period))
}

/// Refuses windows that AWS does not take. The words are from memory.
pub(super) fn check(backup: &str, maintenance: &str) -> Result<(), Refusal> {
    let Some((from, lasts)) = window(backup, time, DAY) else {
        return Err(invalid(format!("Invalid backup window format: {backup}. Should be hh24:mi-hh24:mi")));
    };
    let Some((begins, takes)) = window(maintenance, moment, WEEK) else {
        return Err(invalid(format!(
            "Invalid maintenance window format: {maintenance}. Should be specified as a range ddd:hh24:mi-ddd:hh24:mi"
        )));
    };
    if lasts < LEAST {
        return Err(invalid("The backup window must be at least 30 minutes."));
    }
    if takes < LEAST {
        return Err(invalid("The maintenance window must be at least 30 minutes."));
    }
    let apart = |one: u32, other: u32| (other + WEEK - one) % WEEK;
    let meets = (0..7)
        .map(|day| day * DAY + from)
        .any(|start| apart(start, begins) < lasts || apart(begins, start) < takes);
    if meets {
        return Err(invalid("The backup window and maintenance window must not overlap."));
    }
    Ok(())
}
