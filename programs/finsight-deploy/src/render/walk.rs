//! A walk through a stack, for people and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{BOLD, CREATE, DELETE, DIM, styled};
use crate::cli::Global;
use crate::commands::{Row, Tried};

/// Shows a walk.
pub fn show(tried: &Tried, global: &Global) {
    if global.is_json() {
        super::json(&document(tried));
    } else {
        super::text(&text(tried));
    }
}

fn text(tried: &Tried) -> String {
    let mut out = format!("{BOLD}{}{BOLD:#}: what a browser sees of {}\n\n", tried.stack, tried.url);
    let width = tried.requests.iter().map(|row| title(row).chars().count()).max().unwrap_or_default();
    for row in &tried.requests {
        line(&mut out, row, width);
    }
    let (good, wrong): (Vec<&Row>, Vec<&Row>) = tried.alarms.iter().partition(|row| row.is_good());
    let whom: Vec<&str> = good.first().map(|row| heard(row)).unwrap_or_default();
    let whom = if whom.is_empty() { "anybody as they should".to_owned() } else { whom.join(" and ") };
    let _ = writeln!(out, "\n{} of {} alarms reach {whom}", good.len(), tried.alarms.len());
    // What has one cause is said once.
    let mut causes: Vec<(&[String], Vec<&str>)> = Vec::new();
    for row in wrong {
        match causes.iter_mut().find(|(wrong, _)| *wrong == row.wrong.as_slice()) {
            Some((_, rows)) => rows.push(&row.what),
            None => causes.push((&row.wrong, vec![&row.what])),
        }
    }
    for (wrong, rows) in causes {
        let more = rows.len() - 1;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(out, "  {} {}{more}", styled(DELETE, "✗"), rows.first().unwrap_or(&""));
        for why in wrong {
            let _ = writeln!(out, "      {}", styled(DELETE, why));
        }
    }
    for (what, all) in
        [("Stood in for", &tried.stand_ins), ("Not as AWS does it, or not walked", &tried.unknown)]
    {
        let _ = writeln!(out, "\n{}", styled(DIM, what));
        for one in all {
            let _ = writeln!(out, "  {}", styled(DIM, one));
        }
    }
    let all = tried.requests.len() + tried.alarms.len();
    let bad = tried.requests.iter().chain(&tried.alarms).filter(|row| !row.is_good()).count();
    let end = match bad {
        0 => styled(CREATE, format!("all {all} are as they should be")),
        _ => styled(DELETE, format!("{bad} of {all} are not as they should be")),
    };
    let _ = writeln!(out, "\n{end}");
    out
}

/// Who hears of an alarm.
fn heard(row: &Row) -> Vec<&str> {
    row.seen
        .hops
        .iter()
        .map(|hop| if hop.at.starts_with("function ") { "Slack" } else { hop.at.as_str() })
        .collect()
}

fn title(row: &Row) -> String {
    if row.times > 1 { format!("{} (×{})", row.what, row.times) } else { row.what.clone() }
}

fn line(out: &mut String, row: &Row, width: usize) {
    let mark = if row.is_good() { styled(CREATE, "✓") } else { styled(DELETE, "✗") };
    let status = row.seen.status().map_or_else(|| "   ".to_owned(), |status| status.to_string());
    let title = title(row);
    let _ = writeln!(out, "  {mark} {title:width$}  {status}  {}", styled(DIM, row.place()));
    for wrong in &row.wrong {
        let _ = writeln!(out, "      {}", styled(DELETE, wrong));
    }
}

fn document(tried: &Tried) -> Value {
    json!({
        "version": 1,
        "stack": tried.stack,
        "url": tried.url,
        "good": tried.is_good(),
        "requests": tried.requests.iter().map(row).collect::<Vec<_>>(),
        "alarms": tried.alarms.iter().map(row).collect::<Vec<_>>(),
        "stand_ins": tried.stand_ins,
        "unknown": tried.unknown,
    })
}

fn row(row: &Row) -> Value {
    let reply = row.seen.reply.as_ref().map(|reply| {
        let headers: serde_json::Map<String, Value> =
            reply.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), json!(value))).collect();
        let body: String = reply.text().chars().take(500).collect();
        json!({"status": reply.status, "headers": headers, "body": body})
    });
    let hops: Vec<Value> = row
        .seen
        .hops
        .iter()
        .map(|hop| json!({"at": hop.at, "did": hop.did, "status": hop.reply.as_ref().map(|reply| reply.status)}))
        .collect();
    json!({
        "what": row.what,
        "times": row.times,
        "method": row.asked.as_ref().map(|(method, _)| method),
        "url": row.asked.as_ref().map(|(_, url)| url),
        "origin": row.origin,
        "reply": reply,
        "decided_by": row.place(),
        "hops": hops,
        "milliseconds": row.seen.millis,
        "good": row.is_good(),
        "wrong": row.wrong,
    })
}
