//! Reading a config file: every problem with file, line and column.

use std::fmt;
use std::path::Path;

use jsonc_parser::ast::Value as Ast;
use jsonc_parser::common::Ranged;

use super::{Config, check};

/// What is wrong at one place of a config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// Where in the document, such as `network.cidr`.
    pub path: String,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub expected: String,
}

/// A config that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub file: String,
    /// All that is wrong with it.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            if problem.line > 0 {
                write!(f, "{}:{}:{}: ", self.file, problem.line, problem.column)?;
            } else {
                write!(f, "{}: ", self.file)?;
            }
            if !problem.path.is_empty() {
                write!(f, "{}: ", problem.path)?;
            }
            write!(f, "found {}; expected {}", problem.found, problem.expected)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// The config files that are shipped with the program.
const SHIPPED: &[(&str, &str)] = &[
    ("dev", include_str!("../../../config/dev.json")),
    ("staging", include_str!("../../../config/staging.json")),
    ("prod", include_str!("../../../config/prod.json")),
];

/// The shipped config of a stack, if there is one.
#[must_use]
pub fn built_in(stack: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(name, _)| *name == stack).map(|(_, text)| *text)
}

/// Reads `<dir>/<stack>.json`.
///
/// # Errors
/// When it is missing, or with all that is wrong in it.
pub fn load(dir: &Path, stack: &str) -> Result<Config, ConfigError> {
    let path = dir.join(format!("{stack}.json"));
    let file = path.display().to_string();
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&file, &text),
        Err(error) => Err(ConfigError {
            file,
            problems: vec![Problem {
                line: 0,
                column: 0,
                path: String::new(),
                found: format!("no readable file ({error})"),
                expected: format!("the config of stack `{stack}`; give --config DIR, or create it"),
            }],
        }),
    }
}

/// Checks the text of a config file.
///
/// # Errors
/// All that is wrong in it.
pub fn parse(file: &str, text: &str) -> Result<Config, ConfigError> {
    let fail = |problems| ConfigError { file: file.to_owned(), problems };
    let config: Config = serde_json::from_str(text).map_err(|error| fail(vec![syntax(&error)]))?;
    let problems: Vec<Problem> = check::check(&config)
        .into_iter()
        .map(|finding| {
            let (line, column) = position(text, &finding.path);
            Problem { line, column, path: finding.path, found: finding.found, expected: finding.expected }
        })
        .collect();
    if problems.is_empty() { Ok(config) } else { Err(fail(problems)) }
}

/// Shape errors: `unknown field `x`, expected one of …`.
fn syntax(error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message);
    let (found, expected) = match message.split_once(", expected ") {
        Some((found, expected)) => (found, expected.to_owned()),
        None => (message, "valid JSON of this shape; see `finsight-deploy config schema`".to_owned()),
    };
    Problem {
        line: error.line(),
        column: error.column(),
        path: String::new(),
        found: found.to_owned(),
        expected,
    }
}

/// Line and column of a path such as `network.zones.1`; of the nearest parent where it is missing.
fn position(text: &str, path: &str) -> (usize, usize) {
    let parsed = jsonc_parser::parse_to_ast(
        text,
        &jsonc_parser::CollectOptions::default(),
        &jsonc_parser::ParseOptions::default(),
    );
    let Some(root) = parsed.ok().and_then(|result| result.value) else { return (0, 0) };
    let mut at: &Ast<'_> = &root;
    for part in path.split('.') {
        let next = match at {
            Ast::Object(object) => {
                object.properties.iter().find(|p| p.name.as_str() == part).map(|p| &p.value)
            }
            Ast::Array(array) => part.parse::<usize>().ok().and_then(|index| array.elements.get(index)),
            _ => None,
        };
        match next {
            Some(value) => at = value,
            None => break,
        }
    }
    let start = at.range().start;
    let before = &text[..start];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}
