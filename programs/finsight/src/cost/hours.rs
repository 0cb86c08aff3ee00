//! How long something runs in a week that is started and stopped by schedules.

/// Minutes of a week.
pub(crate) const WEEK: i64 = 7 * 24 * 60;
/// The days of a week, as schedules name them.
pub(crate) const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A schedule that starts or stops.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span<'a> {
    /// Whether it starts; else it stops.
    pub starts: bool,
    /// `cron(…)` with six fields.
    pub expression: &'a str,
    /// The time zone of the expression.
    pub zone: &'a str,
}

/// Minutes of a week that it runs; `None` where nothing stops it.
///
/// # Errors
/// Why it cannot be told.
pub(super) fn running(spans: &[Span<'_>]) -> Result<Option<i64>, String> {
    if spans.iter().all(|span| span.starts) {
        return Ok(None);
    }
    if !spans.iter().any(|span| span.starts) {
        return Err("nothing starts it again but AWS itself, after 7 days".to_owned());
    }
    if spans.iter().any(|span| span.zone != spans[0].zone) {
        return Err("its schedules are in different time zones".to_owned());
    }
    let mut events = Vec::new();
    for span in spans {
        let minutes = weekly(span.expression)
            .ok_or_else(|| format!("`{}` is not the same every week", span.expression))?;
        events.extend(minutes.into_iter().map(|minute| (minute, span.starts)));
    }
    events.sort_unstable();
    let next = |at: usize| match events.get(at + 1) {
        Some((minute, _)) => *minute,
        None => events[0].0 + WEEK,
    };
    let on = events.iter().enumerate().filter(|(_, (_, starts))| *starts);
    Ok(Some(on.map(|(at, (minute, _))| next(at) - minute).sum()))
}

/// Whether something comes again about each month, by its moments in minutes: 28 days after the last time at the least, and 35 where
/// it comes on a day of the week, such as the first Monday.
pub(crate) fn is_monthly(moments: &[i64]) -> bool {
    const DAY: i64 = 24 * 60;
    let gaps = moments.iter().zip(moments.iter().skip(1)).map(|(one, next)| (next - one) / DAY);
    moments.len() > 12 && gaps.into_iter().all(|days| (28..=35).contains(&days))
}

/// The minutes of a week, from Sunday 0:00, at which a cron expression fits; `None` where the weeks differ.
pub(crate) fn weekly(expression: &str) -> Option<Vec<i64>> {
    let inner = expression.strip_prefix("cron(")?.strip_suffix(')')?;
    let fields: Vec<&str> = inner.split_whitespace().collect();
    let [minutes, hours, day, month, weekdays, year] = fields.as_slice() else { return None };
    let any = |field: &str| field == "*" || field == "?";
    if !any(day) || !any(month) || !any(year) {
        return None;
    }
    let (minutes, hours) = (numbers(minutes, 0, 59, &[])?, numbers(hours, 0, 23, &[])?);
    // 1 is Sunday.
    let weekdays = if any(weekdays) { (1..=7).collect() } else { numbers(weekdays, 1, 7, &DAYS)? };
    let mut found = Vec::new();
    for weekday in weekdays {
        for hour in &hours {
            found.extend(minutes.iter().map(|minute| ((weekday - 1) * 24 + hour) * 60 + minute));
        }
    }
    Some(found)
}

/// The numbers of a field: `5`, `1,3`, `MON-FRI`, `*`; nothing else.
fn numbers(field: &str, least: i64, most: i64, names: &[&str]) -> Option<Vec<i64>> {
    let number = |text: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = named.and_then(|at| i64::try_from(at).ok()).map(|at| at + least);
        named.or_else(|| text.parse().ok()).filter(|number| (least..=most).contains(number))
    };
    if field == "*" {
        return Some((least..=most).collect());
    }
    let mut found = Vec::new();
    for part in field.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to) = (number(from)?, number(to)?);
        // A week may go over its end, as in `MON-SUN`.
        if from > to {
            found.extend((from..=most).chain(least..=to));
        } else {
            found.extend(from..=to);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(starts: bool, expression: &str) -> Span<'_> {
        Span { starts, expression, zone: "Asia/Tokyo" }
    }

    #[test]
    fn nights_and_weekends_off() {
        let week = [span(true, "cron(0 8 ? * MON-FRI *)"), span(false, "cron(0 22 * * ? *)")];
        assert_eq!(running(&week), Ok(Some(5 * 14 * 60)));
        // From Friday over the week's end to Monday.
        let over = [span(true, "cron(30 18 ? * 6 *)"), span(false, "cron(0 6 ? * MON *)")];
        assert_eq!(running(&over), Ok(Some((2 * 24 + 11) * 60 + 30)));
        let each = [span(true, "cron(0 8 ? * MON-SUN *)"), span(false, "cron(0 22 ? * SUN-SAT *)")];
        assert_eq!(running(&each), Ok(Some(7 * 14 * 60)));
        let twice = [span(true, "cron(0 8,13 ? * * *)"), span(false, "cron(0 12,17 ? * * *)")];
        assert_eq!(running(&twice), Ok(Some(7 * 8 * 60)));
    }

    #[test]
    fn what_is_not_stopped_or_not_weekly() {
        assert_eq!(running(&[]), Ok(None));
        assert_eq!(running(&[span(true, "cron(0 8 ? * MON-FRI *)")]), Ok(None));
        assert!(running(&[span(false, "cron(0 22 * * ? *)")]).is_err());
        for other in [
            "cron(0 8 1 * ? *)",
            "rate(1 day)",
            "cron(0 8 ? * 2#1 *)",
            "cron(0/5 8 ? * * *)",
            "cron(0 25 * * ? *)",
        ] {
            assert!(running(&[span(true, other), span(false, "cron(0 22 * * ? *)")]).is_err(), "{other}");
        }
        let elsewhere = Span { zone: "UTC", ..span(true, "cron(0 8 ? * MON-FRI *)") };
        assert!(running(&[elsewhere, span(false, "cron(0 22 * * ? *)")]).is_err());
    }
}
