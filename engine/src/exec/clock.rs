//! The time of a run: durations on a clock that nobody sets, and what records say of the day.

/// The time of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on the run's own clock, on which every decision is made: the wall clock as it was when the
    /// run began, and what has passed since on a clock that nobody sets.
    pub run: u64,
    /// Milliseconds since 1970 by the wall clock: what records say, and nothing else.
    pub wall: u64,
}

/// Where both clocks are one: simulated time.
impl From<u64> for Now {
    fn from(millis: u64) -> Self {
        Self { run: millis, wall: millis }
    }
}

/// RFC 3339 of milliseconds since 1970, UTC.
#[must_use]
pub fn rfc3339(millis: u64) -> String {
    let (days, rest) = (millis / 86_400_000, millis % 86_400_000);
    // Howard Hinnant's civil_from_days, for days since 1970-01-01.
    let z = days + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + u64::from(month <= 2);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1000 % 60, rest % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Milliseconds since 1970 of what [`rfc3339`] wrote; `None` for other texts.
#[must_use]
pub fn millis_of(text: &str) -> Option<u64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    if text.len() != 24 || !text.ends_with('Z') {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    // Howard Hinnant's days_from_civil, for days since 1970-01-01.
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let (era, yoe) = (year / 400, year % 400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day.checked_sub(1)?;
    let days = (era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy).checked_sub(719_468)?;
    let seconds = days * 86_400 + number(11, 13)? * 3_600 + number(14, 16)? * 60 + number(17, 19)?;
    Some(seconds * 1000 + number(20, 23)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn times() {
        assert_eq!(super::rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(super::rfc3339(1_709_210_096_789), "2024-02-29T12:34:56.789Z");
        for millis in [0, 1_709_210_096_789, 1_735_689_599_999, 1_735_689_600_000] {
            assert_eq!(super::millis_of(&super::rfc3339(millis)), Some(millis));
        }
        assert_eq!(super::millis_of("yesterday"), None);
    }
}
