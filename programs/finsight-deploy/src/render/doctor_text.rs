//! What `doctor` found, for people.

use std::fmt::Write as _;

use super::{BOLD, CREATE, DELETE, DIM, UPDATE, styled};
use crate::commands::doctor::{Check, Report, Status};

/// The checks, by what they are about, and what comes of them.
pub fn report(report: &Report) -> String {
    let mut out = String::new();
    let group = |check: &Check| check.name.split('.').next().unwrap_or_default();
    let mut groups: Vec<&str> = Vec::new();
    for check in &report.0 {
        if !groups.contains(&group(check)) {
            groups.push(group(check));
        }
    }
    for of in groups {
        let _ = writeln!(out, "{}", styled(BOLD, of));
        report.0.iter().filter(|check| group(check) == of).for_each(|check| line(&mut out, check));
    }
    let (fails, warnings) = (report.count(Status::Fails), report.count(Status::Warning));
    let unknown = report.count(Status::Unknown);
    let _ = match fails {
        0 => write!(out, "\nNothing is found that would make `up` fail"),
        1 => write!(out, "\nOne thing would make `up` fail"),
        more => write!(out, "\n{more} things would make `up` fail"),
    };
    let _ = writeln!(out, " ({warnings} warnings, {unknown} not checked).");
    out
}

fn line(out: &mut String, check: &Check) {
    let (style, word) = match check.status {
        Status::Ok => (CREATE, "ok"),
        Status::Warning => (UPDATE, "warning"),
        Status::Unknown => (DIM, "not checked:"),
        Status::Fails => (DELETE, "fails"),
    };
    let code = check.code.as_ref().map(|code| format!(" [{code}]")).unwrap_or_default();
    let gap = if word.ends_with(':') { " " } else { "  " };
    let mut lines = check.message.lines();
    let first = lines.next().unwrap_or_default();
    let _ = writeln!(out, "  {}{code}{gap}{first}", styled(style, word));
    for more in lines {
        let _ = writeln!(out, "      {more}");
    }
    if !check.hint.is_empty() {
        let _ = writeln!(out, "      {DIM}=>{DIM:#} {}", check.hint);
    }
}
