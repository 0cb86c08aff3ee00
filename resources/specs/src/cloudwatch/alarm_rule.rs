//! The rule of a composite alarm, which refers to other alarms.

use finsight_engine::expr::Expr;
use finsight_engine::program::Input;
use finsight_engine::value::Value;

use crate::ids::AlarmName;

/// When a composite alarm goes off.
#[derive(Clone)]
pub struct AlarmRule(Vec<Value>);

impl AlarmRule {
    /// While this alarm is in the state ALARM.
    #[must_use]
    pub fn alarm(name: impl Into<Input<AlarmName>>) -> Self {
        Self::state("ALARM", name.into().into_value())
    }

    /// While this alarm is in the state OK.
    #[must_use]
    pub fn ok(name: impl Into<Input<AlarmName>>) -> Self {
        Self::state("OK", name.into().into_value())
    }

    fn state(word: &str, name: Value) -> Self {
        Self(vec![Value::text(format!("{word}(\"")), name, Value::text("\")")])
    }

    /// While any of these holds.
    #[must_use]
    pub fn any(rules: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(rules, " OR ")
    }

    /// While all of these hold.
    #[must_use]
    pub fn all(rules: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(rules, " AND ")
    }

    /// While this does not hold.
    #[must_use]
    pub fn negate(rule: Self) -> Self {
        let mut parts = vec![Value::text("NOT ")];
        parts.extend(rule.0);
        Self(parts)
    }

    fn joined(rules: impl IntoIterator<Item = Self>, word: &str) -> Self {
        let mut parts = vec![Value::text("(")];
        for (at, rule) in rules.into_iter().enumerate() {
            if at > 0 {
                parts.push(Value::text(word));
            }
            parts.extend(rule.0);
        }
        parts.push(Value::text(")"));
        Self(parts)
    }
}

impl From<AlarmRule> for Input<String> {
    fn from(rule: AlarmRule) -> Self {
        Self::from_value(Value::Expr(Box::new(Expr::Concat { items: rule.0 })))
    }
}
