//! When schedules come.

use jiff::civil::{Date, DateTime, Weekday};

/// The last year that a schedule may name ("Schedule types in EventBridge Scheduler").
const LAST: i16 = 2199;
const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The next moments of an expression from a day such as `2026-12-01` on, in minutes of its own time zone from 1970 on: so many at
/// most. A rate begins with that day.
#[must_use]
pub fn moments(expression: &str, from: &str, most: usize) -> Vec<i64> {
    let Ok(from) = from.parse::<Date>() else { return Vec::new() };
    let inside = |name: &str| expression.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(every) = inside("rate").and_then(minutes_of_rate) {
        let first = minutes(from.at(0, 0, 0, 0));
        return (0..).take(most).map(|n: i64| first + n.saturating_mul(every)).collect();
    }
    if let Some(at) = inside("at").and_then(|at| at.parse::<DateTime>().ok()) {
        return (at.date() >= from).then(|| minutes(at)).into_iter().take(most).collect();
    }
    inside("cron").and_then(Cron::read).map(|cron| cron.moments(from, most)).unwrap_or_default()
}

fn minutes(at: DateTime) -> i64 {
    at.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_mins()
}

fn minutes_of_rate(text: &str) -> Option<i64> {
    let (number, unit) = text.split_once(' ')?;
    let each = match unit.trim_end_matches('s') {
        "minute" => 1,
        "hour" => 60,
        "day" => 24 * 60,
        _ => return None,
    };
    Some(number.parse::<u32>().ok().filter(|n| *n > 0).map(i64::from)? * each)
}

/// The six fields of a cron expression.
struct Cron<'a> {
    minutes: Vec<i16>,
    hours: Vec<i16>,
    day: &'a str,
    months: Vec<i16>,
    weekday: &'a str,
    years: Vec<i16>,
}

impl<'a> Cron<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, day, month, weekday, year] = fields.as_slice() else { return None };
        Some(Self {
            minutes: numbers(minutes, 0, 59, &[])?,
            hours: numbers(hours, 0, 23, &[])?,
            day,
            months: numbers(month, 1, 12, &MONTHS)?,
            weekday,
            years: numbers(year, 1970, LAST, &[])?,
        })
    }

    fn moments(&self, from: Date, most: usize) -> Vec<i64> {
        let mut found = Vec::new();
        for year in self.years.iter().filter(|year| **year >= from.year()) {
            for first in
                self.months.iter().filter_map(|month| Date::new(*year, i8::try_from(*month).ok()?, 1).ok())
            {
                for date in
                    first.series(jiff::Span::new().days(1)).take_while(|date| date.month() == first.month())
                {
                    if date < from || !self.comes_on(date) {
                        continue;
                    }
                    for (hour, minute) in self
                        .hours
                        .iter()
                        .flat_map(|hour| self.minutes.iter().map(move |minute| (hour, minute)))
                    {
                        if found.len() == most {
                            return found;
                        }
                        found.push(minutes(date.at(0, 0, 0, 0)) + i64::from(*hour) * 60 + i64::from(*minute));
                    }
                }
            }
        }
        found
    }

    fn comes_on(&self, date: Date) -> bool {
        self.day.split(',').any(|item| is_day(item, date))
            && self.weekday.split(',').any(|item| is_weekday(item, date))
    }
}

/// Whether an item of the days of a month fits: a number, `L` for the last, `15W` for the working day next to it.
fn is_day(item: &str, date: Date) -> bool {
    let last = date.days_in_month();
    match item {
        "?" => true,
        "L" => date.day() == last,
        "LW" => Some(date.day()) == working(last, date),
        _ => match item.strip_suffix('W') {
            Some(near) => near.parse().ok().is_some_and(|day| Some(date.day()) == working(day, date)),
            None => numbers(item, 1, 31, &[]).is_some_and(|all| all.contains(&i16::from(date.day()))),
        },
    }
}

/// The working day next to a day of the month, within the month.
fn working(day: i8, within: Date) -> Option<i8> {
    let date = within.with().day(day).build().ok()?;
    let last = within.days_in_month();
    Some(match date.weekday() {
        Weekday::Saturday if day == 1 => 3,
        Weekday::Saturday => day - 1,
        Weekday::Sunday if day == last => day - 2,
        Weekday::Sunday => day + 1,
        _ => day,
    })
}

/// Whether an item of the days of a week fits: a day, `6L` for the last one of the month, `2#1` for its first.
fn is_weekday(item: &str, date: Date) -> bool {
    let own = i16::from(date.weekday().to_sunday_one_offset());
    let is = |text: &str| numbers(text, 1, 7, &DAYS).is_some_and(|all| all.contains(&own));
    if item == "?" {
        return true;
    }
    if let Some((day, which)) = item.split_once('#') {
        return is(day) && which.parse() == Ok((date.day() - 1) / 7 + 1);
    }
    match item.strip_suffix('L') {
        Some("") => is("7"),
        Some(day) => is(day) && date.day() + 7 > date.days_in_month(),
        None => is(item),
    }
}

/// The numbers of a field: `5`, `1,3`, `MON-FRI`, `0/15`, `*`.
fn numbers(field: &str, least: i16, most: i16, names: &[&str]) -> Option<Vec<i16>> {
    let number = |text: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = named.and_then(|at| i16::try_from(at).ok()).map(|at| at + least);
        named.or_else(|| text.parse().ok()).filter(|number| (least..=most).contains(number))
    };
    let mut found = Vec::new();
    for item in field.split(',') {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (least, most),
            Some((from, to)) => (number(from)?, number(to)?),
            None => (number(range)?, if step.is_some() { most } else { number(range)? }),
        };
        let step = step.map_or(Some(1), |step| step.parse().ok().filter(|step| *step > 0))?;
        // A week may go over its end, as in `FRI-MON`.
        let through: Vec<i16> =
            if from > to { (from..=most).chain(least..=to).collect() } else { (from..=to).collect() };
        found.extend(through.into_iter().step_by(step));
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(expression: &str, from: &str, most: usize) -> Vec<String> {
        let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        let at = |minute: i64| epoch.saturating_add(jiff::SignedDuration::from_mins(minute));
        moments(expression, from, most)
            .into_iter()
            .map(|minute| at(minute).strftime("%F %R").to_string())
            .collect()
    }

    #[test]
    fn what_comes_next() {
        let next = |expression: &str| days(expression, "2026-12-01", 2);
        for (expression, wanted) in [
            ("cron(0 3 1 * ? *)", ["2026-12-01 03:00", "2027-01-01 03:00"]),
            ("cron(0 8 ? * MON#1 *)", ["2026-12-07 08:00", "2027-01-04 08:00"]),
            ("cron(0 8 ? * 6L *)", ["2026-12-25 08:00", "2027-01-29 08:00"]),
            ("cron(0 8 L 2 ? *)", ["2027-02-28 08:00", "2028-02-29 08:00"]),
            ("cron(30 0/12 ? * FRI-MON *)", ["2026-12-04 00:30", "2026-12-04 12:30"]),
            ("cron(0 9 1W 8 ? *)", ["2027-08-02 09:00", "2028-08-01 09:00"]),
            ("cron(0 9 LW JAN ? 2027-2199)", ["2027-01-29 09:00", "2028-01-31 09:00"]),
            ("rate(2 days)", ["2026-12-01 00:00", "2026-12-03 00:00"]),
        ] {
            assert_eq!(next(expression), wanted, "{expression}");
        }
        assert_eq!(next("at(2026-12-01T00:00:00)"), ["2026-12-01 00:00"]);
    }

    #[test]
    fn what_never_comes_again() {
        for never in [
            "cron(0 8 31 2 ? *)",
            "cron(0 8 ? * MON-FRI 2025)",
            "at(2026-11-30T23:59:00)",
            "cron(0 8 30 FEB ? *)",
            "x",
        ] {
            assert_eq!(days(never, "2026-12-01", 1), Vec::<String>::new(), "{never}");
        }
    }
}
