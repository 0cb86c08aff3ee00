//! What people and pipelines see. stdout carries the result, stderr all else.

pub mod cost_json;
pub mod cost_text;
pub mod doctor_text;
pub mod drift_json;
pub mod drift_text;
pub mod losses;
pub mod plan_json;
pub mod plan_text;
pub mod policy_text;
mod progress;
pub mod remnants;
#[cfg(feature = "local")]
pub mod walk;

use std::fmt::Display;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use finsight::people::Left;
use finsight_engine::urn::Urn;
use finsight_engine::value::{Map, Value};
use finsight_state::Notice;
use tracing_subscriber::EnvFilter;

use crate::cli::{ColorWhen, Global};
use crate::error::CommandError;

pub use progress::Progress;

pub const CREATE: Style = AnsiColor::Green.on_default();
pub const UPDATE: Style = AnsiColor::Yellow.on_default();
pub const REPLACE: Style = AnsiColor::Magenta.on_default();
pub const DELETE: Style = AnsiColor::Red.on_default();
pub const DIM: Style = Style::new().dimmed();
pub const BOLD: Style = Style::new().bold();

/// Sets colours and logs up.
pub fn set_up(global: &Global) {
    match global.color {
        ColorWhen::Auto => {}
        ColorWhen::Always => anstream::ColorChoice::Always.write_global(),
        ColorWhen::Never => anstream::ColorChoice::Never.write_global(),
    }
    let default = match global.verbose {
        0 => "off",
        1 => "finsight=debug,finsight_aws=debug,finsight_driver=debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // A second initialisation, as in tests, changes nothing.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

/// Writes text to stdout; a closed pipe is no failure.
pub fn text(text: &str) {
    let _ = anstream::stdout().lock().write_all(text.as_bytes());
}

/// Writes a JSON document to stdout.
pub fn json(document: &serde_json::Value) {
    let _ = writeln!(std::io::stdout().lock(), "{document:#}");
}

/// Writes one line of JSON to stdout.
pub fn json_line(document: &serde_json::Value) {
    let _ = writeln!(std::io::stdout().lock(), "{document}");
}

/// A remark, to stderr.
pub fn note(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{DIM}note:{DIM:#} {text}");
}

/// What was found and set right while the state was opened.
pub fn notices(notices: &[Notice]) {
    for notice in notices {
        let code = notice.code().map(|code| format!(" [{code}]")).unwrap_or_default();
        note(&format!("{notice}{code}"));
    }
}

/// A failure: what happened, and what to do.
pub fn error(error: &CommandError, global: &Global) {
    if global.is_json() {
        json_line(&serde_json::json!({
            "event": "error", "time": crate::run::timestamp(), "code": error.code, "message": error.message, "hint": error.hint,
        }));
    }
    let mut err = anstream::stderr().lock();
    let _ = writeln!(err, "{DELETE}{BOLD}error[{}]:{BOLD:#}{DELETE:#} {}", error.code, error.message);
    if !error.hint.is_empty() {
        let _ = writeln!(err, "  {DIM}=>{DIM:#} {}", error.hint);
    }
}

/// The stack's outputs.
pub fn outputs(outputs: &Map) {
    if outputs.is_empty() {
        return;
    }
    let mut out = format!("\n{BOLD}Outputs{BOLD:#}\n");
    let width = outputs.keys().map(String::len).max().unwrap_or(0);
    for (name, output) in outputs {
        out.push_str(&format!("  {name:width$}  {}\n", value(output)));
    }
    text(&out);
}

/// What is left to people, in the order of the resources that wait for it.
pub fn left(left: &[Left]) {
    if left.is_empty() {
        return;
    }
    let mut out = format!("\n{BOLD}Left to people{BOLD:#} (docs/guide/first-deployment.md)\n");
    for (index, one) in left.iter().enumerate() {
        let more = match one.urns.len() {
            0 | 1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        let first = one.urns.first().map(Urn::to_string).unwrap_or_default();
        out.push_str(&format!("  {}. {first}{more}\n     {}\n", index + 1, one.what));
    }
    text(&out);
}

/// A value in one line; unknown and secret shown as such.
pub fn value(value: &Value) -> String {
    match value {
        Value::Null => "(not set)".to_owned(),
        Value::Unknown => "(known after apply)".to_owned(),
        Value::Secret(_) => "(secret)".to_owned(),
        Value::Text(text) => text.clone(),
        other => words(&other.masked().to_string()),
    }
}

/// Compact JSON in which markers read as words.
fn words(json: &str) -> String {
    json.replace("{\"$unknown\":true}", "(known after apply)").replace("{\"$secret\":true}", "(secret)")
}

/// `1 s`, `2 min 5 s`.
pub fn duration(millis: u64) -> String {
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{:.1} s", std::time::Duration::from_millis(millis).as_secs_f64()),
        _ => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1000),
    }
}

/// A styled text.
pub fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}
