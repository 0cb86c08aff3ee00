//! What was looked at, and what was found.

use serde_json::{Value, json};

use crate::error::CommandError;

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// As `up` needs it.
    Ok,
    /// `up` can go on, and somebody should know.
    Warning,
    /// It could not be looked at.
    Unknown,
    /// `up` would fail, or be refused.
    Fails,
}

impl Status {
    /// As it stands in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Fails => "fails",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Check {
    /// What it is about: a group, a point and a word.
    pub name: &'static str,
    pub status: Status,
    /// The code of the error that `up` would end with, or of what is wrong.
    pub code: Option<String>,
    /// How it is.
    pub message: String,
    /// What to do; empty where there is nothing to do.
    pub hint: String,
}

/// All that was looked at, in its order.
#[derive(Debug, Default)]
pub struct Report(pub Vec<Check>);

impl Report {
    fn add(&mut self, name: &'static str, status: Status, message: String, hint: String) {
        self.0.push(Check { name, status, code: None, message, hint });
    }

    pub fn ok(&mut self, name: &'static str, message: impl Into<String>) {
        self.add(name, Status::Ok, message.into(), String::new());
    }

    pub fn warning(&mut self, name: &'static str, message: impl Into<String>, hint: impl Into<String>) {
        self.add(name, Status::Warning, message.into(), hint.into());
    }

    /// What could not be looked at, and why.
    pub fn unknown(&mut self, name: &'static str, message: impl Into<String>, hint: impl Into<String>) {
        self.add(name, Status::Unknown, message.into(), hint.into());
    }

    /// What `up` would end with.
    pub fn fails(&mut self, name: &'static str, error: CommandError) {
        let CommandError { code, message, hint, .. } = error;
        // Nothing is changed here, whatever is found.
        let hint = ["nothing was read or changed; ", "nothing was changed; "]
            .iter()
            .find_map(|words| hint.strip_prefix(words))
            .map_or_else(|| hint.clone(), str::to_owned);
        let hint = if hint == "nothing was changed" { String::new() } else { hint };
        self.0.push(Check { name, status: Status::Fails, code: Some(code), message, hint });
    }

    /// Whether `up` would fail.
    pub fn any_fails(&self) -> bool {
        self.0.iter().any(|check| check.status == Status::Fails)
    }

    /// How many are so.
    pub fn count(&self, status: Status) -> usize {
        self.0.iter().filter(|check| check.status == status).count()
    }

    pub fn json(&self, stack: &str) -> Value {
        let check = |check: &Check| {
            json!({
                "name": check.name, "status": check.status.word(), "code": check.code,
                "message": check.message, "hint": check.hint,
            })
        };
        let checks: Vec<Value> = self.0.iter().map(check).collect();
        json!({"version": 1, "stack": stack, "checks": checks})
    }
}
