//! One operation on its way: what it will do is shown and asked for, and it is on record from before its first change to its
//! end, however that comes.

use finsight_driver::clock::now;
use finsight_engine::exec::millis_of;
use finsight_engine::state::{Entry, Finish, State, Update};

use super::Bench;
use crate::cli::ops::How;
use crate::error::{CommandError, INTERRUPTED};
use crate::render;
use crate::run::timestamp;
use crate::stack::who;

/// What an operation will do, for people to decide on.
pub struct Outline {
    /// What is done, as the end of "Do you want to".
    pub what: String,
    /// Its steps, in order.
    pub steps: Vec<String>,
    /// How long it takes, in words.
    pub takes: &'static str,
    /// For how many seconds at most requests that need it fail; of a restore until the next `up` has ended.
    pub interruption: Option<u64>,
    /// Who notices it meanwhile.
    pub meanwhile: String,
    /// What the next `up` does about it.
    pub next_up: String,
}

impl Outline {
    fn text(&self) -> String {
        let mut text = String::new();
        for (number, step) in (1..).zip(&self.steps) {
            text.push_str(&format!("  {number}. {step}\n"));
        }
        let Self { takes, meanwhile, next_up, .. } = self;
        let interrupts = match self.interruption {
            Some(0) => "nothing".to_owned(),
            Some(seconds) => format!("up to {seconds} seconds"),
            None => "until it is undone, or the next `up` has ended".to_owned(),
        };
        text.push_str(&format!(
            "  takes:       {takes}\n  interrupts:  {interrupts}\n  meanwhile:   {meanwhile}\n  next `up`:   {next_up}\n"
        ));
        text
    }
}

/// For how long a command that was cut off is gone on with when it is given again, in milliseconds: later it is another one.
const FRESH: u64 = 3 * 3_600_000;

/// What marks an operation at AWS while it is under way.
pub fn mark(what: &str) -> String {
    format!("{what} at {}", timestamp())
}

/// What a mark says is under way; `None` of one that is old.
pub fn marked(mark: &str) -> Option<&str> {
    let (what, at) = mark.rsplit_once(" at ")?;
    is_fresh(at).then_some(what)
}

fn is_fresh(at: &str) -> bool {
    millis_of(at).is_some_and(|at| now() < at.saturating_add(FRESH))
}

/// The last command on record that begins with these words, with what it says behind them, where it was cut off lately.
pub fn cut_off<'s>(state: &'s State, words: &str) -> Option<(&'s Update, &'s str)> {
    let mut ours = state.history.iter().rev().filter_map(|update| {
        let rest = update.command.strip_prefix(words)?;
        Some((update, rest.trim_start()))
    });
    ours.next().filter(|(update, _)| !update.succeeded() && is_fresh(&update.at))
}

impl Bench {
    /// What is on record behind these words of a command that was cut off, and not given again to its end.
    pub fn begun(&self, words: &str) -> Option<&str> {
        let (update, rest) = cut_off(&self.state, words)?;
        update.finish.is_none().then_some(rest)
    }

    /// Shows what will be done, and asks.
    pub async fn propose(&self, how: &How, outline: &Outline) -> Result<(), CommandError> {
        // A document is one, and whoever reads it has said `--yes`.
        if !self.global.is_json() {
            render::text(&format!("{}\n\n{}\n", sentence(&outline.what), outline.text()));
        }
        self.ask(how, &outline.what).await
    }

    /// Carries an operation out, with its beginning and its end in the history.
    pub async fn carry_out<T>(
        &self,
        command: &str,
        began: String,
        work: impl AsyncFnOnce() -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let end = async |record| vec![Entry::UpdateFinished { record }];
        self.carry_out_to(command, began, work, end).await
    }

    /// The same with an end that tells more.
    pub async fn carry_out_to<T>(
        &self,
        command: &str,
        began: String,
        work: impl AsyncFnOnce() -> Result<T, CommandError>,
        told: impl AsyncFnOnce(Finish) -> Vec<Entry>,
    ) -> Result<T, CommandError> {
        // From here on its end is recorded, however it comes.
        self.stop.begin()?;
        // The last entry of the history may be another command's by now.
        let goes_on =
            self.state.history.last().is_some_and(|update| update.command == command && !update.succeeded());
        if !goes_on {
            let command = command.to_owned();
            self.store.append(vec![Entry::UpdateStarted { command, who: who(), at: began }])?;
        }
        let clock = tokio::time::Instant::now();
        let end = work().await;
        let done = self.command.rsplit(' ').next().unwrap_or_default().to_owned();
        let record = Finish {
            result: match &end {
                Ok(_) => "succeeded",
                Err(error) if error.exit == INTERRUPTED => "interrupted",
                Err(_) => "failed",
            }
            .to_owned(),
            at: timestamp(),
            seconds: clock.elapsed().as_secs_f64(),
            summary: end.as_ref().map(|_| [(done, 1)].into()).unwrap_or_default(),
            errors: end.as_ref().err().map(|error| error.message.clone()).into_iter().collect(),
        };
        self.store.append(told(record).await)?;
        end
    }
}

/// With a capital letter and a full stop.
fn sentence(what: &str) -> String {
    let mut letters = what.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_while_it_is_fresh() {
        assert_eq!(marked(&mark("failover from a")), Some("failover from a"));
        assert_eq!(marked("failover from a at 2020-01-01T00:00:00.000Z"), None);
        assert_eq!(marked("failover from a"), None);
    }

    #[test]
    fn an_outline_is_a_text() {
        let outline = Outline {
            what: "stop it".to_owned(),
            steps: vec!["RDS stops it".to_owned()],
            takes: "5 minutes",
            interruption: Some(0),
            meanwhile: "nobody".to_owned(),
            next_up: "changes nothing".to_owned(),
        };
        assert!(
            outline.text().contains("  1. RDS stops it\n  takes:       5 minutes\n  interrupts:  nothing\n")
        );
        assert_eq!(sentence(&outline.what), "Stop it.");
    }
}
