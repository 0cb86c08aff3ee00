//! Logs as Lambda's JSON: one object a line on stdout, with level, time and request.
//!
//! Spans are not kept: a function has one request at a time, whose id is set with [`request`].

use std::io::Write;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

static REQUEST: Mutex<Option<String>> = Mutex::new(None);

/// Writes the events of this process from now on. `level` is Lambda's `AWS_LAMBDA_LOG_LEVEL`; without one, `INFO`.
///
/// Of other crates' events from `WARN` on it is written that there was one, and where: what they say may hold an answer,
/// and with it what must not be logged.
pub fn install(level: Option<&str>) {
    let own = match level.unwrap_or_default() {
        "TRACE" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "WARN" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    };
    // A second call in one process changes nothing.
    let _ = tracing::subscriber::set_global_default(Lines { own, say: print });
}

fn print(line: &str) {
    // Nobody is left to tell when the log itself cannot be written.
    let _ = std::io::stdout().lock().write_all(line.as_bytes());
}

/// Names the request that the following events belong to.
pub fn request(id: Option<&str>) {
    if let Ok(mut current) = REQUEST.lock() {
        *current = id.map(str::to_owned);
    }
}

struct Lines {
    own: LevelFilter,
    say: fn(&str),
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && *metadata.level() <= self.own
            && (ours(metadata) || *metadata.level() <= Level::WARN)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.own)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let request = REQUEST.lock().ok().and_then(|current| current.clone());
        let mut text = line(event, request, SystemTime::now()).to_string();
        text.push('\n');
        (self.say)(&text);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn line(event: &Event<'_>, request: Option<String>, now: SystemTime) -> Value {
    let mut fields = Fields(Map::new());
    fields.0.insert("timestamp".to_owned(), Value::from(timestamp(now)));
    fields.0.insert("level".to_owned(), Value::from(event.metadata().level().as_str()));
    if let Some(id) = request {
        fields.0.insert("requestId".to_owned(), Value::from(id));
    }
    if ours(event.metadata()) {
        event.record(&mut fields);
    } else {
        fields.0.insert("library".to_owned(), Value::from(event.metadata().target()));
    }
    Value::Object(fields.0)
}

/// Whether this project's code says it.
fn ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("finsight")
}

struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), Value::from(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }
}

/// A time as RFC 3339 in UTC with milliseconds.
#[must_use]
fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, rest) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

/// Year, month and day of a day since 1970-01-01, counted in eras of 400 years that begin in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::{Duration, UNIX_EPOCH};

    use tracing::level_filters::LevelFilter;

    use super::{Lines, timestamp};

    static SAID: Mutex<String> = Mutex::new(String::new());

    #[test]
    fn of_other_crates_nothing_is_repeated() {
        let say = |line: &str| SAID.lock().expect("the lines").push_str(line);
        tracing::subscriber::with_default(Lines { own: LevelFilter::TRACE, say }, || {
            tracing::trace!(field = 1, "ours");
            tracing::warn!(target: "aws_smithy_runtime", body = "hunter2", "theirs: hunter2");
            tracing::info!(target: "hyper", "too fine");
        });
        let said = SAID.lock().expect("the lines");
        let lines: Vec<serde_json::Value> =
            said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.len(), 2, "{said}");
        assert_eq!((&lines[0]["message"], &lines[0]["field"]), (&"ours".into(), &1.into()));
        assert_eq!(
            (&lines[1]["library"], &lines[1]["level"]),
            (&"aws_smithy_runtime".into(), &"WARN".into())
        );
        assert!(!said.contains("hunter2"), "{said}");
    }

    #[test]
    fn times_are_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.250Z"),
            (951_782_400, "2000-02-29T00:00:00.250Z"),
            (1_709_251_199, "2024-02-29T23:59:59.250Z"),
            (1_793_318_400, "2026-10-30T00:00:00.250Z"),
            (4_102_444_800, "2100-01-01T00:00:00.250Z"),
        ] {
            assert_eq!(timestamp(UNIX_EPOCH + Duration::from_millis(seconds * 1_000 + 250)), text);
        }
    }
}
