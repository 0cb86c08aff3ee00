//! Reading a config file: every problem with file, line and column.

use std::fmt;
use std::path::Path;

use finsight_engine::graph::GraphError;
use finsight_engine::schema::Registry;
use jsonc_parser::ast::Value as Ast;
use jsonc_parser::common::Ranged;

use super::trace::{self, Declare, Traced};
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

/// The text of a config, and where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub file: String,
    /// What is in it.
    pub text: String,
}

impl Source {
    /// `<dir>/<stack>.json`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(dir: &Path, stack: &str) -> Result<Self, ConfigError> {
        let path = dir.join(format!("{stack}.json"));
        let file = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self { file, text }),
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

    /// The shipped config of a stack, if there is one.
    #[must_use]
    pub fn built_in(stack: &str) -> Option<Self> {
        let text = built_in(stack)?.to_owned();
        Some(Self { file: format!("built-in {stack}.json"), text })
    }

    /// The config.
    ///
    /// # Errors
    /// All that is wrong in it.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let config: Config =
            serde_json::from_str(&self.text).map_err(|error| self.error(vec![syntax(&error)]))?;
        let problem = |finding: check::Finding| self.problem(finding.path, finding.found, finding.expected);
        let problems: Vec<Problem> = check::check(&config).into_iter().map(problem).collect();
        if problems.is_empty() { Ok(config) } else { Err(self.error(problems)) }
    }

    /// What a program of this config is refused for: what goes back to keys of the config, as problems there, and the
    /// rest. `declare` is the program of another config.
    #[must_use]
    pub fn trace(
        &self,
        config: &Config,
        refused: Vec<GraphError>,
        registry: &Registry,
        declare: Declare<'_>,
    ) -> (Option<ConfigError>, Vec<GraphError>) {
        let (traced, untraced) = trace::trace(config, refused, registry, declare);
        let problems: Vec<Problem> = traced.iter().filter_map(|of| self.refusal(of)).collect();
        ((!problems.is_empty()).then(|| self.error(problems)), untraced)
    }

    fn refusal(&self, of: &Traced) -> Option<Problem> {
        let (key, others) = of.keys.split_first()?;
        let (first, more) = of.refused.split_first()?;
        let others: String =
            others.iter().map(|key| format!(", with {} at {}", key.found, key.path)).collect();
        let more = match more.len() {
            0 => String::new(),
            more => format!(" (and {more} more like it)"),
        };
        let (found, expected) = match first {
            GraphError::Limit { urn, property, found, takes, .. } => (
                format!("{}{others}: `{property}` of {urn}{more} {found}", key.found),
                format!("what AWS takes there: {takes}"),
            ),
            GraphError::Duplicate { urn, .. } => (
                format!("{}{others}: {urn} is declared twice{more}", key.found),
                "different names".to_owned(),
            ),
            GraphError::Name { why, .. } => {
                (format!("{}{others}{more}: {why}", key.found), "another name".to_owned())
            }
            other => (format!("{}{others}: {other}{more}", key.found), "another value".to_owned()),
        };
        Some(self.problem(key.path.clone(), found, expected))
    }

    fn problem(&self, path: String, found: String, expected: String) -> Problem {
        let (line, column) = position(&self.text, &path);
        Problem { line, column, path, found, expected }
    }

    fn error(&self, problems: Vec<Problem>) -> ConfigError {
        ConfigError { file: self.file.clone(), problems }
    }
}

/// Reads `<dir>/<stack>.json`.
///
/// # Errors
/// When it is missing, or with all that is wrong in it.
pub fn load(dir: &Path, stack: &str) -> Result<Config, ConfigError> {
    Source::read(dir, stack)?.config()
}

/// Checks the text of a config file.
///
/// # Errors
/// All that is wrong in it.
pub fn parse(file: &str, text: &str) -> Result<Config, ConfigError> {
    Source { file: file.to_owned(), text: text.to_owned() }.config()
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
    let parts: Vec<&str> = path.split('.').collect();
    let (mut at, mut rest): (&Ast<'_>, &[&str]) = (&root, &parts);
    while let Some((value, many)) = step(at, rest) {
        (at, rest) = (value, &rest[many..]);
    }
    let start = at.range().start;
    let before = &text[..start];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}

/// The value that the first parts of a path lead to, and how many they are: a name in a map can have dots in it.
fn step<'a, 'b>(at: &'a Ast<'b>, parts: &[&str]) -> Option<(&'a Ast<'b>, usize)> {
    match at {
        Ast::Object(object) => (1..=parts.len()).find_map(|many| {
            let name = parts[..many].join(".");
            let found = object.properties.iter().find(|p| p.name.as_str() == name)?;
            Some((&found.value, many))
        }),
        Ast::Array(array) => Some((array.elements.get(parts.first()?.parse::<usize>().ok()?)?, 1)),
        _ => None,
    }
}
