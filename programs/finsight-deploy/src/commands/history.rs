//! `history`

use std::fmt::Write as _;

use crate::cli::{Global, History};
use crate::error::{CommandError, Outcome, USAGE};
use crate::render;
use crate::stack::Stack;

pub fn run(global: &Global, args: &History) -> Outcome {
    let stack = Stack::new(global)?;
    let loaded = stack.show()?;
    let updates = &loaded.state.history;
    if let Some(number) = args.number {
        let Some(update) = updates.iter().find(|update| update.number == number) else {
            let message = format!("there is no update {number}");
            return Err(CommandError::new("CLI-NO-UPDATE", message, "`finsight-deploy history` lists them")
                .with_exit(USAGE));
        };
        if global.is_json() {
            render::json(&serde_json::json!(update));
            return Ok(0);
        }
        let mut text =
            format!("Update {}: {} by {} at {}\n", update.number, update.command, update.who, update.at);
        for (urn, what) in &update.changes {
            let _ = writeln!(text, "  {what:8} {urn}");
        }
        match &update.finish {
            Some(finish) => {
                let _ = writeln!(text, "{} at {} after {:.1} s", finish.result, finish.at, finish.seconds);
                for error in &finish.errors {
                    let _ = writeln!(text, "  {error}");
                }
            }
            None => text.push_str("It was killed before its end.\n"),
        }
        render::text(&text);
        return Ok(0);
    }
    if global.is_json() {
        render::json(&serde_json::json!(updates));
        return Ok(0);
    }
    let mut text = String::new();
    for update in updates.iter().rev() {
        let (result, seconds) =
            update.finish.as_ref().map_or(("killed", 0.0), |finish| (finish.result.as_str(), finish.seconds));
        let _ = writeln!(
            text,
            "{:>5}  {}  {:<16} {:<11} {:>4} changes {:>8.1} s  {}",
            update.number,
            update.at,
            update.command,
            result,
            update.changes.len(),
            seconds,
            update.who
        );
    }
    if text.is_empty() {
        text.push_str("There was no update yet.\n");
    }
    render::text(&text);
    Ok(0)
}
