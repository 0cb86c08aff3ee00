//! Forms of texts, as AWS's service models write them: regular expressions of Java for the whole of a text.

use std::sync::OnceLock;

use fancy_regex::Regex;

use super::java::whole;

/// A form of a text.
#[derive(Debug, Clone)]
pub struct Form {
    /// The pattern, as AWS has it.
    pub pattern: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        self.pattern == other.pattern
    }
}

impl Form {
    /// The form of a pattern.
    #[must_use]
    pub fn new(pattern: &'static str) -> Self {
        Self { pattern, compiled: OnceLock::new() }
    }

    /// Whether the whole of a text has this form. A text on which the search gives up was not shown to be wrong.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(&whole(self.pattern)).ok());
        compiled.as_ref().is_none_or(|regex| regex.is_match(text).unwrap_or(true))
    }

    /// Whether the pattern is understood.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        Regex::new(&whole(self.pattern)).is_ok()
    }
}
