//! Progress: spinners with elapsed time on a terminal, plain lines without one, events as JSON.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use finsight::people::Left;
use finsight_engine::exec::{Outcome, Report};
use finsight_engine::urn::Urn;
use finsight_state::Notice;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::json;

use super::remnants::{self, Shown};
use super::{BOLD, CREATE, DELETE, DIM, UPDATE, duration, json_line, styled, text};
use crate::cli::Global;
use crate::run::timestamp;

/// How many of those that were not begun for one reason are named.
const FEW: usize = 3;

/// Where reports of a run go.
pub struct Progress {
    json: bool,
    bars: Option<(MultiProgress, BTreeMap<Urn, ProgressBar>)>,
    verbose: bool,
    /// What each resource waits for, as last shown on plain lines.
    waits: BTreeMap<Urn, String>,
    /// What was not begun, by the reason: said once for all of them.
    skipped: BTreeMap<String, Vec<Urn>>,
}

impl Progress {
    pub fn new(global: &Global) -> Self {
        let live = !global.is_json() && std::io::stderr().is_terminal();
        Self {
            json: global.is_json(),
            bars: live.then(|| (MultiProgress::new(), BTreeMap::new())),
            verbose: global.verbose > 0,
            waits: BTreeMap::new(),
            skipped: BTreeMap::new(),
        }
    }

    pub fn started(&self, stack: &str, command: &str, likely_millis: u64) {
        if self.json {
            json_line(&json!({
                "event": "update_started",
                "time": timestamp(),
                "stack": stack,
                "command": command,
                "likely_seconds": Duration::from_millis(likely_millis).as_secs_f64(),
            }));
        }
    }

    pub fn report(&mut self, report: &Report) {
        if self.json {
            let mut event = json!(report);
            event["time"] = json!(timestamp());
            json_line(&event);
            return;
        }
        match report {
            Report::StepStarted { urn, op } => self.begin(urn, op),
            Report::StepProgress { urn, message } => self.wait(urn, message),
            Report::StepSucceeded { urn, op, id, millis } => {
                let id = id.as_deref().map(|id| format!("  {}", styled(DIM, id))).unwrap_or_default();
                let line = format!("{} {urn}  {}{id}  {}", styled(CREATE, "✓"), past(op), duration(*millis));
                self.end(urn, &line);
            }
            Report::StepFailed { urn, op, error } => {
                let line = format!("{} {urn}  {op} failed: {error}\n    {}", styled(DELETE, "✗"), error.hint);
                self.end(urn, &line);
            }
            Report::StepSkipped { urn, reason } => {
                self.skipped.entry(reason.clone()).or_default().push(urn.clone());
            }
            // Of the recovery, which has no operation of its own.
            Report::StepInterrupted { urn, op, reason } if op == "same" => {
                let left = "what an earlier run left open is not settled";
                self.end(urn, &format!("{} {urn}  {left}: {reason}", styled(UPDATE, "-")));
            }
            Report::StepInterrupted { urn, op, reason } => {
                self.end(urn, &format!("{} {urn}  {op} broken off: {reason}", styled(UPDATE, "-")));
            }
            Report::Waiting { why, millis, .. } => {
                self.say(&format!("waiting since {}: {why}", duration(*millis)));
            }
            Report::Resumed { millis } => {
                self.say(&format!("going on after {}", duration(*millis)));
            }
            Report::Recovered { urn, message } => {
                self.end(
                    urn,
                    &format!("{} {urn}  an earlier run left it open: {message}", styled(UPDATE, "↻")),
                );
            }
        }
    }

    fn begin(&mut self, urn: &Urn, op: &str) {
        match &mut self.bars {
            Some((all, bars)) => {
                let bar = all.add(ProgressBar::new_spinner());
                if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {msg}  {elapsed}") {
                    bar.set_style(style);
                }
                bar.set_prefix(urn.to_string());
                bar.set_message(op.to_owned());
                bar.enable_steady_tick(Duration::from_millis(120));
                bars.insert(urn.clone(), bar);
            }
            None if self.verbose => line(&format!("{} {urn}  {op}", styled(DIM, "…"))),
            None => {}
        }
    }

    fn wait(&mut self, urn: &Urn, message: &str) {
        match &mut self.bars {
            Some((_, bars)) => {
                if let Some(bar) = bars.get(urn) {
                    bar.set_message(message.to_owned());
                }
            }
            // An answer of AWS (`Code: message`) is said once; polls are for -v.
            None if (self.verbose || message.contains(": "))
                && self.waits.get(urn).is_none_or(|said| said != message) =>
            {
                line(&format!("{} {urn}  {message}", styled(DIM, "…")));
                self.waits.insert(urn.clone(), message.to_owned());
            }
            None => {}
        }
    }

    fn end(&mut self, urn: &Urn, text: &str) {
        match &mut self.bars {
            Some((all, bars)) => {
                if let Some(bar) = bars.remove(urn) {
                    bar.finish_and_clear();
                }
                // Above the spinners; a failure to draw is no failure of the run.
                let _ = all.println(text);
            }
            None => line(text),
        }
    }

    /// Says what is about the run and not about one resource.
    fn say(&mut self, text: &str) {
        match &self.bars {
            Some((all, _)) => {
                let _ = all.println(text);
            }
            None => line(text),
        }
    }

    /// Takes away what still spins, and says what was not begun.
    pub fn finish(&mut self) {
        for (reason, urns) in std::mem::take(&mut self.skipped) {
            let first: Vec<String> = urns.iter().take(FEW).map(Urn::to_string).collect();
            let more = match urns.len().saturating_sub(FEW) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            self.say(&format!("{} {}{more}  not begun: {reason}", styled(UPDATE, "-"), first.join(", ")));
        }
        if let Some((all, bars)) = &mut self.bars {
            bars.clear();
            let _ = all.clear();
        }
    }

    pub fn finished(
        &self,
        outcome: &Outcome,
        api_calls: u64,
        critical_path_millis: u64,
        notices: &[Notice],
        left: &[Left],
        kept: &[Shown],
    ) {
        if self.json {
            let outputs: serde_json::Map<_, _> =
                outcome.outputs.iter().map(|(name, value)| (name.clone(), value.masked())).collect();
            let errors: Vec<_> = outcome
                .errors
                .iter()
                .map(|(urn, trouble)| json!({"urn": urn, "code": trouble.code, "message": trouble.message, "hint": trouble.hint}))
                .collect();
            let mut event = json!({
                "event": "update_finished",
                "time": timestamp(),
                "result": result(outcome),
                "summary": outcome.summary,
                "outputs": outputs,
                "seconds": Duration::from_millis(outcome.millis).as_secs_f64(),
                "api_calls": api_calls,
                "critical_path_seconds": Duration::from_millis(critical_path_millis).as_secs_f64(),
                "errors": errors,
            });
            if !notices.is_empty() {
                let said = |notice: &Notice| json!({"code": notice.code(), "message": notice.to_string()});
                event["notices"] = notices.iter().map(said).collect();
            }
            if !left.is_empty() {
                event["left_to_people"] =
                    left.iter().map(|one| json!({"urns": one.urns, "what": one.what})).collect();
            }
            if !kept.is_empty() {
                event["remnants"] = remnants::json(kept);
            }
            json_line(&event);
            super::notices(notices);
            return;
        }
        let done: Vec<String> = outcome
            .summary
            .iter()
            .filter(|(op, _)| *op != "same")
            .map(|(op, count)| format!("{count} {}", past(op)))
            .collect();
        if done.is_empty() && outcome.succeeded() {
            super::left(left);
            text(&remnants::text(kept));
            super::notices(notices);
            return;
        }
        let style = if outcome.succeeded() { CREATE } else { DELETE };
        text(&format!(
            "\n{}: {}, in {} with {api_calls} API calls.\n",
            styled(style, styled(BOLD, result(outcome))),
            if done.is_empty() { "nothing changed".to_owned() } else { done.join(", ") },
            duration(outcome.millis)
        ));
        super::left(left);
        text(&remnants::text(kept));
        super::notices(notices);
        if outcome.interrupted && outcome.store_failed.is_none() {
            super::note("what was begun is on record; run the command again to go on");
        }
    }
}

fn result(outcome: &Outcome) -> &'static str {
    if outcome.interrupted {
        "interrupted"
    } else if outcome.succeeded() {
        "succeeded"
    } else {
        "failed"
    }
}

/// `create` as `created`.
fn past(op: &str) -> String {
    match op {
        "same" => "unchanged".to_owned(),
        "forget" => "forgotten".to_owned(),
        "import" => "imported".to_owned(),
        other => format!("{other}d"),
    }
}

fn line(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}
