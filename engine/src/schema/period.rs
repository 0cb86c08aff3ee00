//! How long AWS keeps what a resource holds.

use crate::value::{Map, Value};

/// A time after which AWS drops what a resource holds. Where it becomes shorter, what is older goes at once, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// What is dropped, in words: `log events`.
    pub what: &'static str,
    /// The property.
    pub property: &'static str,
    /// Where in it the days stand.
    pub days: Days,
}

/// Where the days of a period stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// They are the value; where there is none, all is kept.
    OrForEver,
    /// They are the value; where there is none, nothing is kept.
    OrNone,
    /// The value is a list of rules, each with days under this key for what begins with its `prefix`, unless `enabled`
    /// is off. The shortest counts; what no rule covers is kept.
    OfRules(&'static str),
}

/// A period that becomes shorter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The property.
    pub property: &'static str,
    /// What is dropped, in words.
    pub what: String,
    /// For how many days it was kept; `None` is for ever.
    pub from: Option<i64>,
    /// For how many it is kept now; 0 is not at all.
    pub to: i64,
}

/// The days of what is kept for ever.
const EVER: i64 = i64::MAX;

impl Period {
    /// What of these inputs has a shorter period than before. What is not known is not judged.
    #[must_use]
    pub fn cuts(&self, before: &Map, after: &Map) -> Vec<Cut> {
        let null = Value::Null;
        let of = |map: &'_ Map| map.get(self.property).unwrap_or(&null).clone();
        let (before, after) = (of(before), of(after));
        if before.has_unknown() || after.has_unknown() {
            return Vec::new();
        }
        match self.days {
            Days::OrForEver => self.cut(days(&before, EVER), days(&after, EVER), "").into_iter().collect(),
            Days::OrNone => self.cut(days(&before, 0), days(&after, 0), "").into_iter().collect(),
            Days::OfRules(key) => {
                let kept = |prefix: &str| {
                    let covering = rules(&before, key).filter(|(covered, _)| prefix.starts_with(covered));
                    covering.map(|(_, days)| days).min().unwrap_or(EVER)
                };
                // What is kept shorter is so by a rule, and no key under its prefix was kept longer than the prefix.
                let cut = |(prefix, days): (&str, i64)| self.cut(kept(prefix), days, prefix);
                rules(&after, key).filter_map(cut).collect()
            }
        }
    }

    fn cut(&self, from: i64, to: i64, prefix: &str) -> Option<Cut> {
        let what =
            if prefix.is_empty() { self.what.to_owned() } else { format!("{} under {prefix}", self.what) };
        let from_days = (from != EVER).then_some(from);
        (to < from).then_some(Cut { property: self.property, what, from: from_days, to })
    }
}

impl Cut {
    /// What becomes of it, as the end of "it would be …".
    #[must_use]
    pub fn fate(&self) -> String {
        let from = self.from.map_or_else(|| "for ever".to_owned(), in_days);
        format!(
            "cut: {} keeps {} for {}, until now {from}, and AWS drops what is older at once",
            self.property,
            self.what,
            in_days(self.to)
        )
    }

    /// What is lost.
    #[must_use]
    pub fn lost(&self) -> String {
        if self.to == 0 {
            format!("all {}", self.what)
        } else {
            format!("{} older than {}", self.what, in_days(self.to))
        }
    }
}

fn in_days(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

fn days(value: &Value, unset: i64) -> i64 {
    value.as_int().unwrap_or(unset)
}

/// Prefix and days of each rule in force.
fn rules<'v>(value: &'v Value, key: &'static str) -> impl Iterator<Item = (&'v str, i64)> {
    let Value::List(rules) = value else { return Vec::new().into_iter() };
    let one = |rule: &'v Value| {
        let rule =
            rule.as_map().filter(|rule| rule.get("enabled").and_then(Value::as_bool) != Some(false))?;
        let prefix = rule.get("prefix").and_then(Value::as_text).unwrap_or_default();
        Some((prefix, rule.get(key)?.as_int()?))
    };
    rules.iter().filter_map(one).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(value: Value) -> Map {
        [("kept".to_owned(), value)].into()
    }

    fn cut(days: Days, before: Value, after: Value) -> Vec<(Option<i64>, i64)> {
        let period = Period { what: "things", property: "kept", days };
        let cuts = period.cuts(&inputs(before), &inputs(after));
        cuts.iter().map(|cut| (cut.from, cut.to)).collect()
    }

    #[test]
    fn shorter_is_a_cut_and_longer_is_none() {
        for (before, after, ever, none) in [
            (Value::Int(30), Value::Int(7), vec![(Some(30), 7)], vec![(Some(30), 7)]),
            (Value::Int(7), Value::Int(30), vec![], vec![]),
            (Value::Int(7), Value::Int(7), vec![], vec![]),
            (Value::Null, Value::Int(7), vec![(None, 7)], vec![]),
            (Value::Int(7), Value::Null, vec![], vec![(Some(7), 0)]),
            (Value::Int(7), Value::Unknown, vec![], vec![]),
        ] {
            assert_eq!(cut(Days::OrForEver, before.clone(), after.clone()), ever, "{before:?} {after:?}");
            assert_eq!(cut(Days::OrNone, before.clone(), after.clone()), none, "{before:?} {after:?}");
        }
    }

    #[test]
    fn of_rules_the_shortest_that_covers_counts() {
        let rules = |rules: &[(&str, i64, bool)]| {
            let one = |(prefix, days, enabled): &(&str, i64, bool)| {
                Value::Map(Map::from([
                    ("prefix".to_owned(), Value::text(*prefix)),
                    ("enabled".to_owned(), Value::Bool(*enabled)),
                    ("days".to_owned(), Value::Int(*days)),
                ]))
            };
            Value::List(rules.iter().map(one).collect())
        };
        let cut = |before, after| cut(Days::OfRules("days"), rules(before), rules(after));
        assert_eq!(cut(&[], &[("", 90, true)]), [(None, 90)]);
        assert_eq!(cut(&[], &[("", 90, false)]), []);
        assert_eq!(cut(&[("", 90, true)], &[]), []);
        assert_eq!(cut(&[("", 90, true)], &[("", 90, true), ("a/", 30, true)]), [(Some(90), 30)]);
        // What is under it went as early before.
        assert_eq!(cut(&[("", 30, true)], &[("", 90, true), ("a/", 30, true)]), []);
        // Another prefix says nothing of it.
        assert_eq!(cut(&[("b/", 7, true)], &[("a/", 30, true)]), [(None, 30)]);
    }
}
