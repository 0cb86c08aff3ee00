//! Drift as text, JSON, Markdown, JUnit and SARIF.

use std::fmt::Write as _;

use finsight_engine::refresh::{Drift, DriftKind};
use finsight_engine::state::State;
use serde_json::{Value as Json, json};

use super::{BOLD, DELETE, UPDATE, plan_json, styled, value};

/// What is said of a resource that `--unmanaged` found.
const UNMANAGED: &str = "carries this stack's tag and is not in the state";

/// For people.
pub fn human(
    stack: &str,
    checked: usize,
    calls: u64,
    found: &[Drift],
    strangers: &[(String, String)],
) -> String {
    let mut out = String::new();
    for drift in found {
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
                    let _ = writeln!(
                        out,
                        "    {}: {} → {}",
                        change.path,
                        value(&change.before),
                        value(&change.after)
                    );
                }
            }
        }
    }
    for (type_name, id) in strangers {
        let _ = writeln!(out, "{} {type_name} {id}  {UNMANAGED}", styled(UPDATE, "?"));
    }
    let count = found.len() + strangers.len();
    let verdict = if count == 0 { "nothing drifted".to_owned() } else { format!("{count} drifted") };
    let _ =
        writeln!(out, "{verdict}: {checked} resources of stack `{stack}` checked with {calls} API calls.");
    out
}

/// The document of the command-line contract.
pub fn document(
    stack: &str,
    checked: usize,
    calls: u64,
    found: &[Drift],
    strangers: &[(String, String)],
) -> Json {
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
    document
}

/// For a pull request's comment or a job's summary.
pub fn markdown(stack: &str, checked: usize, found: &[Drift], strangers: &[(String, String)]) -> String {
    let mut out = format!("### Drift of stack `{stack}`\n\n");
    if found.is_empty() && strangers.is_empty() {
        let _ = writeln!(out, "None: {checked} resources are as recorded.");
        return out;
    }
    out.push_str("| resource | property | recorded | live |\n| --- | --- | --- | --- |\n");
    let cell = |text: String| text.replace('|', "\\|").replace('\n', " ");
    for drift in found {
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
    for (type_name, id) in strangers {
        let _ = writeln!(out, "| `{type_name}` `{id}` | | not in the state | **unmanaged** |");
    }
    out
}

/// One test case a resource, for CI systems that read JUnit.
pub fn junit(stack: &str, state: &State, found: &[Drift], strangers: &[(String, String)]) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    };
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"drift of {}\" tests=\"{}\" failures=\"{}\">\n",
        escape(stack),
        state.rows.len() + strangers.len(),
        found.len() + strangers.len()
    );
    for row in state.rows.values() {
        let name = escape(row.urn.as_str());
        match found.iter().find(|drift| drift.urn == row.urn) {
            None => {
                let _ = writeln!(out, "  <testcase classname=\"drift\" name=\"{name}\"/>");
            }
            Some(drift) => {
                let message = match &drift.kind {
                    DriftKind::Deleted => "deleted".to_owned(),
                    DriftKind::Unreadable(failure) => failure.to_string(),
                    DriftKind::Changed(changes) => changes
                        .iter()
                        .map(|change| {
                            format!("{}: {} → {}", change.path, value(&change.before), value(&change.after))
                        })
                        .collect::<Vec<_>>()
                        .join("; "),
                };
                let _ = writeln!(
                    out,
                    "  <testcase classname=\"drift\" name=\"{name}\"><failure message=\"{}\"/></testcase>",
                    escape(&message)
                );
            }
        }
    }
    for (type_name, id) in strangers {
        let _ = writeln!(
            out,
            "  <testcase classname=\"drift\" name=\"{}\"><failure message=\"{UNMANAGED}\"/></testcase>",
            escape(&format!("{type_name} {id}"))
        );
    }
    out.push_str("</testsuite>\n");
    out
}

/// For code-scanning dashboards.
pub fn sarif(stack: &str, found: &[Drift], strangers: &[(String, String)]) -> Json {
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
    json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{"tool": {"driver": {"name": "finsight-deploy", "rules": [
            {"id": "drift/changed"}, {"id": "drift/deleted"}, {"id": "drift/unreadable"}, {"id": "drift/unmanaged"}]}}, "results": results}],
    })
}
