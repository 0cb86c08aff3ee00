//! What a copy of the database is asked, and what is expected of it.
//!
//! A file of questions is SQL. `-- expect: …` on a line of its own begins a question; what follows, up to the next such line, is
//! its one statement.

use std::fmt::{self, Display};
use std::path::Path;

use finsight_aws::ops::rehearse::Answer;

use crate::error::{CommandError, USAGE};

/// What begins a question.
const EXPECT: &str = "-- expect:";
/// What is asked without a file: that it answers, and that there is a table of one's own.
const DEFAULT: &str = "\
-- expect: 1
select 1;
-- expect: > 0
select count(*) from pg_catalog.pg_tables where schemaname not in ('pg_catalog', 'information_schema');
";
/// Characters of a statement or an answer that are shown.
const SHOWN: usize = 100;

/// One statement, and what is expected of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub sql: String,
    pub expect: Expect,
}

/// A comparison: of the one value of an answer, or of how many rows it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    rows: bool,
    than: Than,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Than {
    Is,
    IsNot,
    AtLeast,
    AtMost,
    More,
    Less,
}

/// Two characters before one: what begins alike is looked for first.
const WORDS: [(&str, Than); 6] = [
    (">=", Than::AtLeast),
    ("<=", Than::AtMost),
    ("!=", Than::IsNot),
    (">", Than::More),
    ("<", Than::Less),
    ("=", Than::Is),
];

/// The questions of a file, or those that are asked without one.
pub fn questions(file: Option<&Path>) -> Result<Vec<Question>, CommandError> {
    let Some(file) = file else {
        return parse(DEFAULT).map_err(|problem| wrong("the built-in questions", &problem));
    };
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&name, &error.to_string()))?;
    parse(&text).map_err(|problem| wrong(&name, &problem))
}

fn wrong(name: &str, problem: &str) -> CommandError {
    let hint =
        "nothing was sent; above each statement write what its answer is to be, such as `-- expect: >= 1`";
    CommandError::new("OPS-REHEARSE-QUERIES", format!("{name}: {problem}"), hint).with_exit(USAGE)
}

fn parse(text: &str) -> Result<Vec<Question>, String> {
    let mut all: Vec<(usize, Expect, Vec<&str>)> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        match (line.trim_start().strip_prefix(EXPECT), all.last_mut()) {
            (Some(rest), _) => {
                let expect = Expect::parse(rest.trim()).map_err(|why| format!("line {number}: {why}"))?;
                all.push((number, expect, Vec::new()));
            }
            (None, Some((_, _, lines))) => lines.push(line),
            (None, None) if line.trim().is_empty() || line.trim_start().starts_with("--") => {}
            (None, None) => return Err(format!("line {number}: it is not said what is expected of this")),
        }
    }
    if all.is_empty() {
        return Err("there is no question in it".to_owned());
    }
    let question = |(number, expect, mut lines): (usize, Expect, Vec<&str>)| {
        // Remarks between two questions.
        while lines.last().is_some_and(|line| line.trim().is_empty() || line.trim_start().starts_with("--")) {
            lines.pop();
        }
        let sql = lines.join("\n").trim().trim_end_matches(';').trim_end().to_owned();
        if sql.is_empty() {
            Err(format!("line {number}: no statement follows"))
        } else {
            Ok(Question { sql, expect })
        }
    };
    all.into_iter().map(question).collect()
}

impl Expect {
    fn parse(text: &str) -> Result<Self, String> {
        let (rows, rest) = match text.strip_prefix("rows") {
            Some(rest) if rest.is_empty() || rest.starts_with([' ', '>', '<', '=', '!']) => {
                (true, rest.trim_start())
            }
            _ => (false, text),
        };
        let found = WORDS.iter().find_map(|(word, than)| Some((*than, rest.strip_prefix(word)?)));
        let (than, value) = found.unwrap_or((Than::Is, rest));
        let value = value.trim().to_owned();
        if value.is_empty() {
            return Err("nothing is expected".to_owned());
        }
        if number(&value).is_none() && (rows || !matches!(than, Than::Is | Than::IsNot)) {
            return Err(format!("`{value}` is no number"));
        }
        Ok(Self { rows, than, value })
    }

    /// What the answer says, and whether that is as expected.
    pub fn judge(&self, answer: &Answer) -> (String, bool) {
        match answer {
            Answer::Error(error) => (error.clone(), false),
            Answer::Rows(count, _) if self.rows => (format!("{count} rows"), self.holds(&count.to_string())),
            Answer::Rows(1, rows) => match rows.first().map(Vec::as_slice) {
                Some([Some(value)]) => (value.clone(), self.holds(value)),
                Some([None]) => ("NULL".to_owned(), self.holds("NULL")),
                row => (format!("{} columns, and not one value", row.map_or(0, <[_]>::len)), false),
            },
            Answer::Rows(count, _) => (format!("{count} rows, and not one value"), false),
        }
    }

    fn holds(&self, got: &str) -> bool {
        let order = number(got).zip(number(&self.value)).and_then(|(got, value)| got.partial_cmp(&value));
        match (self.than, order) {
            (Than::Is, Some(order)) => order.is_eq(),
            (Than::IsNot, Some(order)) => order.is_ne(),
            (Than::AtLeast, Some(order)) => order.is_ge(),
            (Than::AtMost, Some(order)) => order.is_le(),
            (Than::More, Some(order)) => order.is_gt(),
            (Than::Less, Some(order)) => order.is_lt(),
            (Than::Is, None) => got == self.value,
            (Than::IsNot, None) => got != self.value,
            (_, None) => false,
        }
    }
}

impl Display for Expect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WORDS.iter().find(|(_, than)| *than == self.than && *than != Than::Is);
        let rows = if self.rows { "rows " } else { "" };
        write!(out, "{rows}{}{}", word.map(|(word, _)| format!("{word} ")).unwrap_or_default(), self.value)
    }
}

/// Counts are compared exactly as long as they are whole numbers below 2^53.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// In one line, and not too long.
pub fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    line.chars().take(SHOWN - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Answer {
        Answer::Rows(1, vec![vec![Some(text.to_owned())]])
    }

    #[test]
    fn a_file_is_statements_with_what_is_expected() {
        let file = "-- Written for the monthly rehearsal.\n\n-- expect: >= 1\nselect count(*)\n  from users; -- all\n\
                    -- a remark; about the next\n\n  -- expect: rows = 3\nselect ';' from t\n-- expect: t\nselect true;\n";
        let all = parse(file).expect("questions");
        let sql: Vec<&str> = all.iter().map(|one| one.sql.as_str()).collect();
        assert_eq!(sql, ["select count(*)\n  from users; -- all", "select ';' from t", "select true"]);
        let expected: Vec<String> = all.iter().map(|one| one.expect.to_string()).collect();
        assert_eq!(expected, [">= 1", "rows 3", "t"]);
        assert_eq!(questions(None).expect("built in").len(), 2);
    }

    #[test]
    fn what_is_no_question_is_named_by_its_line() {
        for (file, problem) in [
            ("", "there is no question in it"),
            ("-- only a remark\n", "there is no question in it"),
            ("\nselect 1\n", "line 2: it is not said what is expected of this"),
            ("-- expect: 1\n\n", "line 1: no statement follows"),
            ("-- expect: 1\n-- expect: 2\nselect 2", "line 1: no statement follows"),
            ("-- expect:\nselect 1", "line 1: nothing is expected"),
            ("-- expect: >=\nselect 1", "line 1: nothing is expected"),
            ("-- expect: > many\nselect 1", "line 1: `many` is no number"),
            ("-- expect: rows many\nselect 1", "line 1: `many` is no number"),
        ] {
            assert_eq!(parse(file), Err(problem.to_owned()), "{file:?}");
        }
    }

    #[test]
    fn what_holds_and_what_does_not() {
        let judge = |expect: &str, answer: &Answer| Expect::parse(expect).expect(expect).judge(answer);
        for (expect, got, holds) in [
            ("1", "1", true),
            ("= 1", "1.0", true),
            ("1", "2", false),
            (">= 1", "10", true),
            ("> 9", "10", true),
            ("<9", "10", false),
            ("<= 10", "10", true),
            ("!= 0", "0", false),
            ("t", "t", true),
            ("t", "f", false),
            ("!= t", "f", true),
            (">= 1", "many", false),
            ("rowsome", "rowsome", true),
        ] {
            assert_eq!(judge(expect, &value(got)), (got.to_owned(), holds), "{expect} {got}");
        }
        let rows = |count| Answer::Rows(count, Vec::new());
        assert_eq!(judge("rows >= 2", &rows(3)), ("3 rows".to_owned(), true));
        assert_eq!(judge("rows 0", &rows(0)), ("0 rows".to_owned(), true));
        assert_eq!(judge("0", &rows(0)), ("0 rows, and not one value".to_owned(), false));
        let null = Answer::Rows(1, vec![vec![None]]);
        assert_eq!(judge(">= 0", &null), ("NULL".to_owned(), false));
        assert_eq!(judge("NULL", &null), ("NULL".to_owned(), true));
        let two = Answer::Rows(1, vec![vec![None, None]]);
        assert!(!judge("NULL", &two).1);
        assert_eq!(judge("1", &Answer::Error("no".to_owned())), ("no".to_owned(), false));
    }
}
