//! Drift for machines: JSON, JUnit and SARIF.

use std::fmt::Write as _;

use finsight_engine::refresh::DriftKind;
use finsight_engine::state::State;
use serde_json::{Value as Json, json};

use super::drift_text::{Report, UNMANAGED};
use super::{plan_json, remnants, value};
use crate::error::CommandError;
use crate::run::{Ahead, Coming};

/// The document of the command-line contract.
pub fn document(report: &Report<'_>) -> Json {
    let Report { stack, checked, calls, found, strangers, .. } = report;
    let mut drifted: Vec<Json> = found.iter().filter_map(plan_json::drift).collect();
    drifted.extend(
        strangers.iter().map(|(type_name, id)| json!({"urn": format!("{stack}/-/{type_name}/{id}"), "kind": "unmanaged", "diff": []})),
    );
    let unreadable: Vec<Json> = found
        .iter()
        .filter_map(|drift| match &drift.kind {
            DriftKind::Unreadable(failure) => Some(json!({"urn": drift.urn, "message": failure.to_string()})),
            _ => None,
        })
        .collect();
    let mut document =
        json!({"version": 1, "stack": stack, "checked": checked, "api_calls": calls, "drifted": drifted});
    if !unreadable.is_empty() {
        document["unreadable"] = json!(unreadable);
    }
    if !report.kept.is_empty() {
        let kept = report.kept.iter().map(|(urn, what)| json!({"urn": urn, "what": what}));
        document["kept"] = kept.collect();
    }
    if !report.remnants.is_empty() {
        document["remnants"] = remnants::json(report.remnants);
    }
    if let Some(ahead) = report.ahead {
        document["next_up"] = next_up(ahead);
    }
    document
}

/// What the next `up` would do, or why that is not known.
fn next_up(ahead: &Result<Ahead, CommandError>) -> Json {
    let about = |error: &CommandError| json!({"code": error.code, "message": error.message});
    let ahead = match ahead {
        Ok(ahead) => ahead,
        Err(error) => return json!({"unknown": about(error)}),
    };
    let steps: Vec<Json> = ahead
        .steps
        .iter()
        .map(|one| {
            let diff = plan_json::changes(&one.diff);
            json!({"urn": one.urn, "op": one.op, "reason": one.reason, "outside": one.outside, "diff": diff})
        })
        .collect();
    let mut json = json!({"steps": steps});
    if let Some(error) = &ahead.refused {
        json["refused"] = about(error);
    }
    json
}

/// One test case a resource, for CI systems that read JUnit.
pub fn junit(report: &Report<'_>, state: &State) -> String {
    let Report { stack, found, strangers, .. } = report;
    let consequences = report.consequences();
    let new = consequences.iter().filter(|one| !state.rows.contains_key(&one.urn));
    let escape = |text: &str| {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    };
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"drift of {}\" tests=\"{}\" failures=\"{}\">\n",
        escape(stack),
        state.rows.len() + new.clone().count() + strangers.len(),
        found.len() + strangers.len() + consequences.len()
    );
    for row in state.rows.values() {
        let name = escape(row.urn.as_str());
        let drifted = found.iter().find(|drift| drift.urn == row.urn).map(|drift| match &drift.kind {
            DriftKind::Deleted => "deleted".to_owned(),
            DriftKind::Unreadable(failure) => failure.to_string(),
            DriftKind::Changed(changes) => changes
                .iter()
                .map(|change| {
                    format!("{}: {} → {}", change.path, value(&change.before), value(&change.after))
                })
                .collect::<Vec<_>>()
                .join("; "),
        });
        let coming = || consequences.iter().find(|one| one.urn == row.urn).map(|one| would(one));
        match drifted.or_else(coming) {
            None => {
                let _ = writeln!(out, "  <testcase classname=\"drift\" name=\"{name}\"/>");
            }
            Some(message) => {
                let _ = writeln!(
                    out,
                    "  <testcase classname=\"drift\" name=\"{name}\"><failure message=\"{}\"/></testcase>",
                    escape(&message)
                );
            }
        }
    }
    // What is not on record yet.
    for one in new {
        let _ = writeln!(
            out,
            "  <testcase classname=\"drift\" name=\"{}\"><failure message=\"{}\"/></testcase>",
            escape(one.urn.as_str()),
            escape(&would(one))
        );
    }
    for (type_name, id) in *strangers {
        let _ = writeln!(
            out,
            "  <testcase classname=\"drift\" name=\"{}\"><failure message=\"{UNMANAGED}\"/></testcase>",
            escape(&format!("{type_name} {id}"))
        );
    }
    out.push_str("</testsuite>\n");
    out
}

/// A consequence in words.
fn would(one: &Coming) -> String {
    let paths = if one.diff.is_empty() { String::new() } else { format!(" ({})", one.paths()) };
    format!("the next `up` would {} it{paths}: {}", one.op.word(), one.reason)
}

/// For code-scanning dashboards.
pub fn sarif(report: &Report<'_>) -> Json {
    let Report { stack, found, strangers, .. } = report;
    let mut results: Vec<Json> = found
        .iter()
        .map(|drift| {
            let (rule, message) = match &drift.kind {
                DriftKind::Deleted => ("drift/deleted", format!("{} was deleted", drift.urn)),
                DriftKind::Unreadable(failure) => ("drift/unreadable", failure.to_string()),
                DriftKind::Changed(changes) => {
                    let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
                    ("drift/changed", format!("{} differs: {}", drift.urn, paths.join(", ")))
                }
            };
            json!({
                "ruleId": rule, "level": "error", "message": {"text": message},
                "locations": [{"logicalLocations": [{"fullyQualifiedName": drift.urn, "kind": "resource"}]}],
            })
        })
        .collect();
    results.extend(strangers.iter().map(|(type_name, id)| {
        json!({
            "ruleId": "drift/unmanaged", "level": "warning",
            "message": {"text": format!("{type_name} {id} {UNMANAGED}")},
            "locations": [{"logicalLocations": [
                {"fullyQualifiedName": format!("{stack}/-/{type_name}/{id}"), "kind": "resource"}]}],
        })
    }));
    results.extend(report.consequences().into_iter().map(|one| {
        json!({
            "ruleId": "drift/consequence", "level": "error",
            "message": {"text": format!("{}: {}", one.urn, would(one))},
            "locations": [{"logicalLocations": [{"fullyQualifiedName": one.urn, "kind": "resource"}]}],
        })
    }));
    results.extend(report.remnants.iter().map(|one| {
        json!({
            "ruleId": "drift/kept", "level": "note",
            "message": {"text": format!("{}: {} of {} is kept", one.id, one.what, one.urn)},
            "locations": [{"logicalLocations": [{"fullyQualifiedName": one.urn, "kind": "resource"}]}],
        })
    }));
    json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{"tool": {"driver": {"name": "finsight-deploy", "rules": [
            {"id": "drift/changed"}, {"id": "drift/deleted"}, {"id": "drift/unreadable"}, {"id": "drift/unmanaged"},
            {"id": "drift/consequence"}, {"id": "drift/kept"}]}}, "results": results}],
    })
}
