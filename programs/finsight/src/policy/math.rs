//! What an expression of metric math gives ("Using metric math", CloudWatch): arithmetic, comparisons, `IF` and `FILL`.

use std::iter::Peekable;
use std::str::Chars;

/// The value of an expression over metrics by their ids; nothing where it is not understood, or is no number.
pub(super) fn value(expression: &str, of: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
    let mut reader = Reader { rest: expression.chars().peekable(), of };
    let found = reader.comparison()?;
    reader.skip();
    (reader.rest.peek().is_none() && !found.is_nan()).then_some(found)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    of: &'a dyn Fn(&str) -> Option<f64>,
}

impl Reader<'_> {
    fn skip(&mut self) {
        while self.rest.next_if(char::is_ascii_whitespace).is_some() {}
    }

    fn take(&mut self, wanted: char) -> bool {
        self.skip();
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn word(&mut self, part: impl Fn(char) -> bool) -> String {
        self.skip();
        std::iter::from_fn(|| self.rest.next_if(|c| part(*c))).collect()
    }

    #[allow(clippy::float_cmp)]
    fn comparison(&mut self) -> Option<f64> {
        let left = self.sum()?;
        let operator = self.word(|c| "<>=!".contains(c));
        if operator.is_empty() {
            return Some(left);
        }
        let right = self.sum()?;
        let holds = match operator.as_str() {
            ">=" => left >= right,
            "<=" => left <= right,
            ">" => left > right,
            "<" => left < right,
            "==" => left == right,
            "!=" => left != right,
            _ => return None,
        };
        Some(f64::from(u8::from(holds)))
    }

    fn sum(&mut self) -> Option<f64> {
        let mut found = self.product()?;
        loop {
            if self.take('+') {
                found += self.product()?;
            } else if self.take('-') {
                found -= self.product()?;
            } else {
                return Some(found);
            }
        }
    }

    fn product(&mut self) -> Option<f64> {
        let mut found = self.one()?;
        loop {
            if self.take('*') {
                found *= self.one()?;
            } else if self.take('/') {
                found /= self.one()?;
            } else {
                return Some(found);
            }
        }
    }

    fn one(&mut self) -> Option<f64> {
        if self.take('-') {
            return Some(-self.one()?);
        }
        if self.take('(') {
            let inner = self.comparison()?;
            return self.take(')').then_some(inner);
        }
        let word = self.word(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return word.parse().ok();
        }
        if !self.take('(') {
            return (self.of)(&word);
        }
        let mut given = Vec::new();
        loop {
            given.push(self.comparison()?);
            if !self.take(',') {
                break;
            }
        }
        if !self.take(')') {
            return None;
        }
        match (word.to_ascii_uppercase().as_str(), given.as_slice()) {
            ("IF", [when, then, otherwise]) => Some(if *when > 0.0 { *then } else { *otherwise }),
            ("FILL", [of, _]) | ("ABS" | "CEIL" | "FLOOR", [of]) => Some(*of),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn expressions_have_values() {
        let of = |name: &str| match name {
            "errors" => Some(5.0),
            "calls" => Some(10.0),
            _ => None,
        };
        for (expression, wanted) in [
            ("IF(errors >= 3, 100 * errors / calls, 0)", Some(50.0)),
            ("IF(errors * calls / 100 >= 3, errors, 0)", Some(0.0)),
            ("(errors + 1) * -2 - calls", Some(-22.0)),
            ("errors == 5", Some(1.0)),
            ("other", None),
            ("errors calls", None),
            ("IF(errors", None),
            ("0 / 0", None),
        ] {
            assert_eq!(value(expression, &of), wanted, "{expression}");
        }
    }
}
