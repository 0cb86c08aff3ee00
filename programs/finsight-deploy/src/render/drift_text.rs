//! Drift as text and Markdown.

use std::fmt::Write as _;

use finsight_engine::plan::Op;
use finsight_engine::refresh::{Drift, DriftKind};
use finsight_engine::urn::Urn;

use super::plan_text::mark;
use super::remnants::{self, Shown};
use super::{BOLD, DELETE, DIM, UPDATE, styled, value};
use crate::error::CommandError;
use crate::run::{Ahead, Coming};

/// What is said of a resource that `--unmanaged` found.
pub const UNMANAGED: &str = "carries this stack's tag and is not in the state";

/// What was found, and what it was found in.
pub struct Report<'a> {
    pub stack: &'a str,
    /// How many resources were to be read, by how many calls.
    pub checked: usize,
    pub calls: u64,
    pub found: &'a [Drift],
    /// By type and id.
    pub strangers: &'a [(String, String)],
    /// What operations have set and is kept: no drift.
    pub kept: Vec<(&'a Urn, &'a str)>,
    /// What the next `up` would do; `None` where nobody asked.
    pub ahead: Option<&'a Result<Ahead, CommandError>>,
    /// What is kept after its resource: no drift.
    pub remnants: &'a [Shown],
}

impl<'a> Report<'a> {
    /// What the next `up` would do because of what stands, to resources of which no property on record drifted.
    pub fn consequences(&self) -> Vec<&'a Coming> {
        let steps = match self.ahead {
            Some(Ok(ahead)) => ahead.steps.as_slice(),
            _ => &[],
        };
        let named = |urn: &Urn| self.found.iter().any(|drift| drift.urn == *urn);
        steps.iter().filter(|coming| coming.counts() && !named(&coming.urn)).collect()
    }
}

/// For people.
pub fn human(report: &Report<'_>) -> String {
    let mut out = String::new();
    for drift in report.found {
        write_drift(&mut out, drift);
    }
    for (type_name, id) in report.strangers {
        let _ = writeln!(out, "{} {type_name} {id}  {UNMANAGED}", styled(UPDATE, "?"));
    }
    for (urn, what) in &report.kept {
        let _ = writeln!(out, "{} {urn}  keeps {what}, set by an operation", styled(DIM, "="));
    }
    let consequences = report.consequences().len();
    match report.ahead {
        Some(Ok(ahead)) => write_ahead(&mut out, report, ahead),
        Some(Err(error)) if !report.found.is_empty() => {
            let _ =
                writeln!(out, "What the next `up` would do is not known: {} [{}]", error.message, error.code);
        }
        _ => {}
    }
    out.push_str(&remnants::text(report.remnants));
    let count = report.found.len() + report.strangers.len();
    let verdict = match (count, consequences) {
        (0, 0) => "nothing drifted".to_owned(),
        (0, more) => {
            format!("no property on record drifted, but {more} are to change because of what others did")
        }
        (count, _) => format!("{count} drifted"),
    };
    let Report { stack, checked, calls, .. } = report;
    let _ =
        writeln!(out, "{verdict}: {checked} resources of stack `{stack}` checked with {calls} API calls.");
    out
}

fn write_drift(out: &mut String, drift: &Drift) {
    match &drift.kind {
        DriftKind::Deleted => {
            let _ = writeln!(out, "{} {}  deleted", styled(DELETE, "-"), styled(BOLD, &drift.urn));
        }
        DriftKind::Unreadable(failure) => {
            let _ = writeln!(
                out,
                "{} {}  could not be read: {failure}",
                styled(DELETE, "?"),
                styled(BOLD, &drift.urn)
            );
        }
        DriftKind::Changed(changes) => {
            let _ = writeln!(out, "{} {}  changed", styled(UPDATE, "~"), styled(BOLD, &drift.urn));
            for change in changes {
                let (before, after) = (value(&change.before), value(&change.after));
                let _ = writeln!(out, "    {}: {before} → {after}", change.path);
            }
        }
    }
}

/// What comes of what stands is named; what comes of the program alone is for `preview`.
fn write_ahead(out: &mut String, report: &Report<'_>, ahead: &Ahead) {
    let (outside, rest): (Vec<&Coming>, Vec<&Coming>) = ahead.steps.iter().partition(|one| one.outside);
    if outside.is_empty() && report.found.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", styled(BOLD, "The next `up` would"));
    if outside.is_empty() && ahead.refused.is_none() {
        let _ = writeln!(out, "  change nothing of that: what stands is as the program wants it");
    }
    for one in outside {
        let (sign, style) = mark(one.op);
        let paths = if one.diff.is_empty() || one.op != Op::Update {
            String::new()
        } else {
            format!(" ({})", one.paths())
        };
        let _ =
            writeln!(out, "  {} {} {}{paths}: {}", styled(style, sign), one.op.word(), one.urn, one.reason);
    }
    if !rest.is_empty() {
        let _ = writeln!(
            out,
            "  and, whatever has drifted, {} more because of the program or an earlier run: `preview` shows them",
            rest.len()
        );
    }
    if let Some(error) = &ahead.refused {
        let _ = writeln!(out, "  be refused, as it is now: {} [{}]", error.message, error.code);
    }
}

/// For a pull request's comment or a job's summary.
pub fn markdown(report: &Report<'_>) -> String {
    let mut out = format!("### Drift of stack `{}`\n\n", report.stack);
    let consequences = report.consequences();
    if report.found.is_empty() && report.strangers.is_empty() && consequences.is_empty() {
        let _ = writeln!(out, "None: {} resources are as recorded.", report.checked);
        out.push_str(&remnants::markdown(report.remnants));
        return out;
    }
    out.push_str("| resource | property | recorded | live |\n| --- | --- | --- | --- |\n");
    let cell = |text: String| text.replace('|', "\\|").replace('\n', " ");
    for drift in report.found {
        match &drift.kind {
            DriftKind::Deleted => {
                let _ = writeln!(out, "| `{}` | | exists | **deleted** |", drift.urn);
            }
            DriftKind::Unreadable(failure) => {
                let _ = writeln!(out, "| `{}` | | | unreadable: {} |", drift.urn, cell(failure.to_string()));
            }
            DriftKind::Changed(changes) => {
                for change in changes {
                    let _ = writeln!(
                        out,
                        "| `{}` | `{}` | {} | {} |",
                        drift.urn,
                        change.path,
                        cell(value(&change.before)),
                        cell(value(&change.after))
                    );
                }
            }
        }
    }
    for (type_name, id) in report.strangers {
        let _ = writeln!(out, "| `{type_name}` `{id}` | | not in the state | **unmanaged** |");
    }
    for one in consequences {
        let _ = writeln!(
            out,
            "| `{}` | {} | | the next `up` would {} it: {} |",
            one.urn,
            cell(one.paths()),
            one.op.word(),
            cell(one.reason.clone())
        );
    }
    out.push_str(&remnants::markdown(report.remnants));
    out
}
