//! Questions to people.

use std::io::{IsTerminal as _, Write as _};

use crate::cli::Global;
use crate::error::CommandError;
use crate::signals::Stop;

/// Asks a question that only `yes` answers.
pub fn ask(what: &str, global: &Global) -> Result<(), CommandError> {
    if !std::io::stdin().is_terminal() || global.is_json() {
        return Err(CommandError::refused(
            "CLI-NOBODY-TO-ASK",
            format!("approval is needed to {what}, and there is no terminal to ask on"),
            "nothing was changed; look at the preview and give --yes",
        ));
    }
    let mut err = std::io::stderr().lock();
    let asked = write!(err, "\nDo you want to {what}? Only `yes` is taken: ").and_then(|()| err.flush());
    drop(err);
    let mut answer = String::new();
    let read = asked.and_then(|()| std::io::stdin().read_line(&mut answer));
    match read {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        _ => Err(CommandError::refused("CLI-NOT-APPROVED", "not approved", "nothing was changed")),
    }
}

/// The same, left at the first signal: a prompt is a wait like any other.
pub async fn ask_or_stop(what: &str, global: &Global, stop: &Stop) -> Result<(), CommandError> {
    let (what, global) = (what.to_owned(), global.clone());
    let answer = tokio::task::spawn_blocking(move || ask(&what, &global));
    match stop.or(answer).await? {
        Ok(answer) => answer,
        Err(error) => Err(CommandError::io("asking", &error)),
    }
}
