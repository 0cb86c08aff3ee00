//! The forms of expressions, and time zones.

/// Whether a text is a schedule expression: `rate(1 day)`, `at(2026-12-01T00:00:00)`, `cron(0 20 ? * MON-FRI *)`.
#[must_use]
pub fn is_expression(text: &str) -> bool {
    let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(rate) = inside("rate") {
        return is_rate(rate);
    }
    if let Some(at) = inside("at") {
        return at.parse::<jiff::civil::DateTime>().is_ok() && at.len() == 19;
    }
    inside("cron").is_some_and(is_cron)
}

fn is_rate(text: &str) -> bool {
    let Some((number, unit)) = text.split_once(' ') else { return false };
    let units = ["minute", "minutes", "hour", "hours", "day", "days"];
    number.parse::<u32>().is_ok_and(|n| n > 0) && units.contains(&unit)
}

/// Six fields: minutes, hours, day of month, month, day of week, year; one of the two kinds of day is `?`.
fn is_cron(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minutes, hours, day, month, weekday, year] = fields.as_slice() else { return false };
    let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    let one_kind_of_day = (*day == "?") != (*weekday == "?");
    one_kind_of_day
        && is_field(minutes, 0, 59, &[], "")
        && is_field(hours, 0, 23, &[], "")
        && (*day == "?" || is_field(day, 1, 31, &[], "LW"))
        && is_field(month, 1, 12, &months, "")
        && (*weekday == "?" || is_field(weekday, 1, 7, &days, "L#"))
        && is_field(year, 1970, 2199, &[], "")
}

/// Comma-separated values, ranges and steps; `special` are the letters that a kind of day may have besides.
fn is_field(text: &str, least: u32, most: u32, names: &[&str], special: &str) -> bool {
    let value = |text: &str| {
        let number = || text.parse::<u32>().is_ok_and(|n| (least..=most).contains(&n));
        names.contains(&text.to_ascii_uppercase().as_str()) || number()
    };
    let item = |text: &str| {
        let (range, step) = text.split_once('/').unwrap_or((text, "1"));
        let range_fits = match range.split_once('-') {
            _ if range == "*" => true,
            Some((from, to)) => value(from) && value(to),
            None => value(range),
        };
        let ends = |c: char| special.contains(c);
        let with_special = text.contains(ends)
            && text.split(ends).all(|part| part.is_empty() || value(part) || part.parse::<u32>().is_ok());
        (range_fits && step.parse::<u32>().is_ok_and(|n| n > 0)) || with_special
    };
    text.split(',').all(item)
}

/// Time zones of the IANA's database, such as `Asia/Tokyo`.
pub fn zones() -> impl Iterator<Item = &'static str> {
    include_str!("../../data/time-zones.txt").lines().filter(|line| !line.starts_with('#'))
}

/// Whether a text is a time zone of the IANA's database.
#[must_use]
pub fn is_zone(text: &str) -> bool {
    zones().any(|zone| zone == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for good in [
            "rate(1 day)",
            "rate(15 minutes)",
            "at(2026-12-01T00:00:00)",
            "cron(0 20 ? * MON-FRI *)",
            "cron(0/15 8-18 L * ? 2026-2030)",
            "cron(0 9 ? * 2#1 *)",
        ] {
            assert!(is_expression(good), "{good}");
        }
        for bad in [
            "rate(0 days)",
            "rate(1 week)",
            "at(tomorrow)",
            "cron(0 20 * * MON-FRI *)",
            "cron(0 20 * * *)",
            "cron(61 20 ? * MON *)",
            "0 20 * * *",
        ] {
            assert!(!is_expression(bad), "{bad}");
        }
        assert!(is_zone("Asia/Tokyo") && is_zone("UTC") && is_zone("Etc/GMT+9"));
        assert!(!is_zone("tokyo") && !is_zone("") && !is_zone("Asia/") && !is_zone("Asia/Tokio"));
    }
}
