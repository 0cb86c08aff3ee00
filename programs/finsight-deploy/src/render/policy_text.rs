//! Findings of the policy pack for people.

use std::fmt::Write as _;

use finsight_engine::policy::{Finding, Severity};

use super::{DELETE, DIM, UPDATE, styled};

/// The findings, gravest first; nothing where there are none.
pub fn findings(all: &[Finding]) -> String {
    let mut out = String::new();
    if !all.is_empty() {
        let _ = writeln!(out, "Policy:");
    }
    for finding in all {
        let style = match (&finding.waived, finding.severity) {
            (Some(_), _) | (None, Severity::Info) => DIM,
            (None, Severity::Error) => DELETE,
            (None, Severity::Warning) => UPDATE,
        };
        let word = if finding.waived.is_some() { "waived" } else { finding.severity.word() };
        let whose = finding.urn.as_ref().map(|urn| format!("{urn}: ")).unwrap_or_default();
        let _ = writeln!(out, "  {} {}: {whose}{}", styled(style, word), finding.rule, finding.message);
        match &finding.waived {
            Some(waived) => {
                let _ = writeln!(out, "      {waived}");
            }
            None => {
                let _ = writeln!(out, "      {}", finding.way_out);
            }
        }
    }
    out
}
