//! What AWS's services find out: events of RDS, as its own subscriptions bring them, and of EventBridge.

use serde_json::Value;

use crate::note::{Note, Tone};

/// The note of what RDS tells a topic. None where the message is something else.
#[must_use]
pub fn of_rds(message: &Value) -> Option<Note> {
    let part = |name: &str| message.get(name).and_then(Value::as_str).map(str::to_owned);
    let (said, source, arn) =
        (part("Event Message")?, part("Source ID")?, part("Source ARN").unwrap_or_default());
    // The id comes as the address of a page, with the event's own name at its end.
    let event = part("Event ID").and_then(|id| id.rsplit('#').next().map(str::to_owned)).unwrap_or_default();
    let region = arn.split(':').nth(3).unwrap_or_default().to_owned();
    Some(Note {
        tone: tone(&said),
        title: format!("RDS: {source}"),
        text: said,
        facts: vec![
            ("Kind", part("Event Source").unwrap_or_default()),
            ("Event", event),
            ("Region", region),
            ("Time", part("Event Time").unwrap_or_default()),
        ],
        link: None,
    })
}

/// RDS says in words alone how bad it is.
fn tone(said: &str) -> Tone {
    let said = said.to_ascii_lowercase();
    let has = |all: &[&str]| all.iter().any(|one| said.contains(one));
    if has(&[
        "failed",
        "failure",
        "unable",
        "could not",
        "storage-full",
        "out of",
        "exhausted",
        "incompatible",
    ]) {
        Tone::Bad
    } else if has(&["completed", "complete.", "is complete", "restored", "recovered"]) {
        Tone::Good
    } else {
        Tone::Unsure
    }
}

/// The note of an event of EventBridge: in words where it is one of those that the stack asks for, else as it is.
#[must_use]
pub fn of_events(event: &Value) -> Option<Note> {
    let part = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
    let kind = part("detail-type")?;
    let detail = event.get("detail");
    let (title, text, tone) = worded(&kind, detail.unwrap_or(&Value::Null)).unwrap_or_else(|| {
        let text = detail.and_then(|detail| serde_json::to_string_pretty(detail).ok()).unwrap_or_default();
        (kind, text, Tone::Plain)
    });
    Some(Note {
        tone,
        title,
        text,
        facts: vec![
            ("Source", part("source").unwrap_or_default()),
            ("Region", part("region").unwrap_or_default()),
            ("Account", part("account").unwrap_or_default()),
            ("Time", part("time").unwrap_or_default()),
        ],
        link: None,
    })
}

fn worded(kind: &str, detail: &Value) -> Option<(String, String, Tone)> {
    let at = |path: &str| detail.pointer(path).and_then(Value::as_str);
    match kind {
        "Config Rules Compliance Change" => {
            let (rule, state) = (at("/configRuleName")?, at("/newEvaluationResult/complianceType")?);
            let what =
                [at("/resourceType"), at("/resourceId")].into_iter().flatten().collect::<Vec<_>>().join(" ");
            let why = at("/newEvaluationResult/annotation").unwrap_or_default();
            let tone = match state {
                "NON_COMPLIANT" => Tone::Bad,
                "COMPLIANT" => Tone::Good,
                _ => Tone::Unsure,
            };
            Some((format!("{state}: {rule}"), [what.as_str(), why].join("\n").trim().to_owned(), tone))
        }
        "Amplify Deployment Status Change" => {
            let (branch, state) = (at("/branchName")?, at("/jobStatus")?);
            let tone = match state {
                "FAILED" => Tone::Bad,
                "SUCCEED" => Tone::Good,
                _ => Tone::Plain,
            };
            let text =
                format!("Job {} of the app {}", at("/jobId").unwrap_or("?"), at("/appId").unwrap_or("?"));
            Some((format!("{state}: build of {branch}"), text, tone))
        }
        _ => None,
    }
}
