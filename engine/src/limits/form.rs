//! Forms of texts, as AWS's service models write them: regular expressions of Java for the whole of a text.

use std::sync::OnceLock;

use fancy_regex::Regex;

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
        let compiled = self.compiled.get_or_init(|| Regex::new(&ours(self.pattern)).ok());
        compiled.as_ref().is_none_or(|regex| regex.is_match(text).unwrap_or(true))
    }

    /// Whether the pattern is understood.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        Regex::new(&ours(self.pattern)).is_ok()
    }
}

/// A pattern of Java as one of ours: classes of ASCII, Java's names for what can be printed, its way to write a code point.
fn ours(pattern: &str) -> String {
    let mut ours = pattern
        .replace(r"\w", "[0-9A-Za-z_]")
        .replace(r"\d", "[0-9]")
        .replace(r"\p{Print}", r"[\x20-\x7E]")
        .replace(r"\p{Graph}", r"[\x21-\x7E]")
        .replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\x{10000}-\x{10FFFF}");
    while let Some(at) = ours.find(r"\u")
        && let Some(digits) = ours.get(at + 2..at + 6).map(str::to_owned)
    {
        ours.replace_range(at..at + 6, &format!(r"\x{{{digits}}}"));
    }
    format!(r"\A(?:{ours})\z")
}
