//! What can be wrong with sources, all at once.

use std::fmt;

/// The stable code of an error; each has a page in `docs/errors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// There is nothing at the place that was named.
    Missing,
    /// It is larger than Lambda takes.
    TooLarge,
    /// It is no code that Lambda can run.
    Invalid,
    /// The operating system refused a read or a write.
    Io,
}

impl Code {
    /// The code as it stands in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "ARTIFACT-MISSING",
            Self::TooLarge => "ARTIFACT-TOO-LARGE",
            Self::Invalid => "ARTIFACT-INVALID",
            Self::Io => "ARTIFACT-IO",
        }
    }
}

/// What is wrong with one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The function's name.
    pub name: String,
    /// The kind of problem.
    pub code: Code,
    /// What was looked for, or found.
    pub found: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}; {}", self.name, self.found, self.remedy)
    }
}

/// All that is wrong with the sources, in their order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct PackError {
    /// One or more.
    pub problems: Vec<Problem>,
}

impl PackError {
    /// The code of the whole: that of the first problem, but what is missing comes before the rest.
    #[must_use]
    pub fn code(&self) -> &'static str {
        let missing = self.problems.iter().find(|problem| problem.code == Code::Missing);
        missing.or(self.problems.first()).map_or(Code::Invalid, |problem| problem.code).as_str()
    }
}

/// A problem before it is known whose it is.
#[derive(Debug)]
pub(crate) struct Flaw {
    code: Code,
    found: String,
    remedy: String,
}

impl Flaw {
    pub(crate) fn new(code: Code, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, found: found.into(), remedy: remedy.into() }
    }

    pub(crate) fn invalid(found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Code::Invalid, found, remedy)
    }

    pub(crate) fn io(what: &str, error: &std::io::Error) -> Self {
        Self::new(Code::Io, format!("{what}: {error}"), "check the place and its permissions")
    }

    pub(crate) fn of(self, name: &str) -> Problem {
        Problem { name: name.to_owned(), code: self.code, found: self.found, remedy: self.remedy }
    }
}
