//! What AWS's free plan has not, as data.

use std::fmt;

use finsight_engine::value::Value;

/// The list; its head says what is in it and where it is from.
const TABLE: &str = include_str!("../data/free-plan.txt");

/// What the free plan has of a property, or of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreePlan {
    /// The type.
    pub type_name: &'static str,
    /// The property; none where the resources of the type are counted.
    pub property: Option<&'static str>,
    /// What there is.
    pub has: Has,
    /// AWS's words where there is more, as far as they are known.
    pub words: Option<&'static str>,
    /// Where that is from.
    pub source: &'static str,
}

/// What there is on the free plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    /// A number up to this one.
    AtMost(i64),
    /// Texts that end so.
    EndingWith(&'static str),
    /// No value but this one.
    Only(bool),
}

impl Has {
    fn of(text: &'static str) -> Option<Self> {
        if let Some(number) = text.strip_prefix("at most ") {
            return number.parse().ok().map(Self::AtMost);
        }
        if let Some(end) = text.strip_prefix("like *") {
            return Some(Self::EndingWith(end));
        }
        text.strip_prefix("only ")?.parse().ok().map(Self::Only)
    }

    /// Whether a value is to be had. One that is not known yet may be.
    #[must_use]
    pub fn allows(&self, value: &Value) -> bool {
        match self {
            Self::AtMost(most) => value.as_int().is_none_or(|number| number <= *most),
            Self::EndingWith(end) => value.as_text().is_none_or(|text| text.ends_with(end)),
            Self::Only(one) => value.as_bool().is_none_or(|value| value == *one),
        }
    }
}

impl fmt::Display for Has {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(0) => write!(f, "none"),
            Self::AtMost(most) => write!(f, "at most {most}"),
            Self::EndingWith(end) => write!(f, "those alone that end in `{end}`"),
            Self::Only(one) => write!(f, "`{one}` alone"),
        }
    }
}

impl FreePlan {
    /// All of it.
    #[must_use]
    pub fn all() -> Vec<Self> {
        TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(Self::of).collect()
    }

    fn of(line: &'static str) -> Option<Self> {
        let fields: Vec<&'static str> = line.split(" | ").collect();
        let [what, has, words, source] = fields.try_into().ok()?;
        let (type_name, property) = what.split_once('.').map_or((what, None), |(of, name)| (of, Some(name)));
        let words = Some(words).filter(|words| *words != "-");
        Some(Self { type_name, property, has: Has::of(has)?, words, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_of_a_property_that_can_have_more() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        let all = FreePlan::all();
        assert_eq!(all.len(), lines);
        let registry = crate::registry();
        for line in &all {
            let spec = registry.get(line.type_name).unwrap_or_else(|| panic!("{line:?}"));
            if let Some(name) = line.property {
                assert!(spec.property(name).is_some(), "{}: no property {name}", line.type_name);
            }
        }
    }

    #[test]
    fn what_is_not_known_yet_may_be_to_be_had() {
        assert!(Has::AtMost(1).allows(&1.into()) && !Has::AtMost(1).allows(&2.into()));
        assert!(Has::AtMost(1).allows(&Value::text("?")));
        let micro = Has::EndingWith(".micro");
        assert!(micro.allows(&Value::text("db.t4g.micro")) && !micro.allows(&Value::text("db.t3.small")));
        assert!(Has::Only(false).allows(&false.into()) && !Has::Only(false).allows(&true.into()));
    }
}
